/**
 * One request that became several. With an aggregator it answers once all parts are in. Without one (MGET) the parts' replies are the elements
 * of an array and are not gathered: each takes a place of its own in the session's order of replies, so they stream to the client as they
 * come, and this object only counts.
 */
import type { Aggregator } from './aggregators.ts';
import type { ReplyTarget } from './reply-target.ts';
import type { RedisStats } from './stats.ts';

export class Split {
  readonly target: ReplyTarget;
  readonly aggregator: Aggregator | null;
  readonly command: number;
  /** turnMs() when the request was read. */
  readonly time: number;
  /** What an aggregator adds up. */
  total: number;
  private readonly stats: RedisStats;
  /** Place of the one reply; unused without an aggregator. */
  private readonly seq: number;
  private left: number;
  private errors: number;

  constructor(
    target: ReplyTarget,
    stats: RedisStats,
    aggregator: Aggregator | null,
    seq: number,
    command: number,
    parts: number,
    time: number,
  ) {
    this.target = target;
    this.aggregator = aggregator;
    this.command = command;
    this.time = time;
    this.total = 0;
    this.stats = stats;
    this.seq = seq;
    this.left = parts;
    this.errors = 0;
  }

  /** Bytes of a part's reply that are worth keeping. */
  get longest(): number {
    return this.aggregator === null ? 0 : this.aggregator.longest;
  }

  /** A part was answered: the reply's type byte, and the reply itself when it is not longer than `longest`. */
  part(type: number, reply: Buffer | null, now: number): void {
    this.partDone(this.aggregator!.take(this, type, reply), now);
  }

  /** A part has its reply, or will have none. */
  partDone(ok: boolean, now: number): void {
    if (!ok) this.errors++;
    if (--this.left > 0) return;
    const { target } = this;
    if (target.closed) return;
    this.stats.commandDone(this.command, this.errors === 0, now - this.time);
    if (this.aggregator !== null) {
      target.replyText(this.seq, this.errors > 0 ? finishedWith(this.errors) : this.aggregator.reply(this));
    }
    target.requestsDone(1);
  }
}

export function finishedWith(errors: number): string {
  return `-finished with ${errors} error(s)\r\n`;
}
