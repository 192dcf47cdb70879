/**
 * One request that became several. With an aggregator it answers once all parts are in. Without one (MGET) the parts' replies are the elements
 * of an array and are not gathered: each takes a place of its own in the session's order of replies, where they wait for one another while they are
 * few bytes, and this object only counts.
 */
import type { Aggregator } from './aggregators.ts';
import type { ProxySettings } from './proxy-settings.ts';
import type { ReplySource, ReplyTarget } from './reply-target.ts';

export class Split {
  readonly target: ReplyTarget;
  readonly command: number;
  /** turnMs() when the request was read. */
  readonly time: number;
  /** Bytes of a part's reply that are worth keeping. */
  readonly longest: number;
  /** What an aggregator adds up, or gathers by part. */
  total: number;
  readonly replies: Buffer[];
  errors: number;
  private readonly aggregator: Aggregator | null;
  private readonly proxy: ProxySettings;
  /** Place of the one reply; unused without an aggregator. */
  private readonly seq: number;
  private left: number;
  private gathered: number;

  constructor(
    target: ReplyTarget,
    proxy: ProxySettings,
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
    this.longest = aggregator === null ? 0 : (aggregator.longest ?? proxy.unreadLimit);
    this.total = 0;
    this.replies = aggregator?.gathers === true ? new Array(parts) : NONE;
    this.errors = 0;
    this.proxy = proxy;
    this.seq = seq;
    this.left = parts;
    this.gathered = 0;
  }

  /** Part `i` was answered: the reply's type byte, and the reply itself when it is not longer than `longest`. */
  part(from: ReplySource, i: number, type: number, reply: Buffer | null, now: number): void {
    const { aggregator, target } = this;
    if (aggregator!.gathers && reply !== null) {
      this.gathered += reply.length;
      target.gathers(from, reply.length);
    }
    this.partDone(aggregator!.take(this, i, type, reply), now);
  }

  /** Part `i` will have no reply: `text` takes its place. */
  partFailed(i: number, text: string, now: number): void {
    if (this.aggregator?.gathers === true) this.replies[i] = Buffer.from(text);
    this.partDone(false, now);
  }

  /** A part has its reply, or will have none. */
  partDone(ok: boolean, now: number): void {
    if (!ok) this.errors++;
    if (--this.left > 0) return;
    const { target, aggregator } = this;
    if (target.closed) return;
    const reply = aggregator === null ? null : aggregator.reply(this);
    this.proxy.stats.commandDone(this.command, this.errors === 0, now - this.time + target.lateMs);
    if (this.gathered > 0) target.gathers(null, -this.gathered);
    if (typeof reply === 'string') target.replyText(this.seq, reply);
    else if (reply !== null) target.replyBytes(this.seq, reply);
    else target.passElements();
    target.requestsDone(1);
  }
}

const NONE: Buffer[] = [];
