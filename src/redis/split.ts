/**
 * One request that became several (Envoy's FragmentedRequest family, redis_proxy/command_splitter_impl.cc). An MGET's values
 * are not gathered: each takes a place of its own in the session's order of replies, so they stream to the client as they
 * come, and this object only counts. The others answer with a sum once all parts are in.
 */
import type { Session } from './session.ts';

const COLON = 58;
const DOLLAR = 36;
const MINUS = 45;
const ZERO = 48;
const OK = '+OK\r\n';

export class Split {
  readonly session: Session;
  readonly command: number;
  /** turnMs() when the request was read. */
  readonly time: number;
  /** Place of the one reply; unused for MGET. */
  private readonly seq: number;
  private readonly kind: SplitKind;
  private left: number;
  private errors: number;
  private total: number;

  constructor(session: Session, kind: SplitKind, seq: number, command: number, parts: number, time: number) {
    this.session = session;
    this.kind = kind;
    this.seq = seq;
    this.command = command;
    this.time = time;
    this.left = parts;
    this.errors = 0;
    this.total = 0;
  }

  /** A part was answered: the reply's type byte, and the reply itself when it is short enough to matter. */
  part(type: number, reply: Buffer | null, now: number): void {
    if (this.kind === 'integers' && type === COLON && reply !== null) this.total += integerOf(reply);
    else if (this.kind !== 'oks' || reply === null || reply.toString('latin1') !== OK) this.errors++;
    this.done(now);
  }

  /** A part failed, or (MGET) an element was delivered. */
  partDone(ok: boolean, now: number): void {
    if (!ok) this.errors++;
    this.done(now);
  }

  private done(now: number): void {
    if (--this.left > 0) return;
    const s = this.session;
    if (s.closed) return;
    s.filter.stats.commandDone(this.command, this.errors === 0, now - this.time);
    if (this.kind !== 'elements') {
      if (this.errors > 0) s.replyText(this.seq, `-finished with ${this.errors} error(s)\r\n`);
      else s.replyText(this.seq, this.kind === 'oks' ? OK : `:${this.total}\r\n`);
    }
    s.requestsDone(1);
  }
}

/** MGET; DEL, EXISTS, TOUCH and UNLINK; MSET. */
export type SplitKind = 'elements' | 'integers' | 'oks';

/** What may stand in an MGET's answer: bulk strings, null, errors. */
export function isElement(type: number): boolean {
  return type === DOLLAR || type === MINUS;
}

/** Redis gave it, so it is `:`, digits, CRLF. */
function integerOf(reply: Buffer): number {
  let n = 0;
  let p = 1;
  const negative = reply[p] === MINUS;
  if (negative) p++;
  for (; p < reply.length - 2; p++) n = n * 10 + (reply[p] - ZERO);
  return negative ? -n : n;
}
