/** What a client's side and an upstream connection's side of redis_proxy know of each other, and no more. */

/** Whoever asked: it gets the replies. */
export interface ReplyTarget {
  /** Id of its connection. */
  readonly id: number;
  /** It has gone: what comes for it is dropped. */
  readonly closed: boolean;
  /** How long a fault keeps its replies back, ms. */
  readonly lateMs: number;
  /** Sequence number of the reply that is due; any other one has to wait. */
  readonly head: number;
  /** Bytes of replies that wait for their turn, or for their other parts. */
  readonly heldBytes: number;
  /** Who has given it a part of a reply whose end is still to come. */
  streaming: ReplySource | null;

  // Bytes are `buf[at, to)` of what was read, which may be lent (platform/lent.ts).

  /** The next `count` replies, whole and in order. */
  forward(from: ReplySource, buf: Buffer, at: number, to: number, count: number): void;
  /** Bytes of the reply that is due; with `count` > 0 they complete that many. */
  forwardPart(from: ReplySource, buf: Buffer, at: number, to: number, count: number): void;
  /** A complete reply, of which the bytes in `earlier` came first, that is not due yet. */
  hold(from: ReplySource, seq: number, buf: Buffer, at: number, to: number, earlier: Buffer[] | null): void;
  /** What an array begins with, and a complete reply that is one of its elements: they wait for one another up to some size, for a write each would cost more. */
  beginArray(seq: number, text: string): void;
  element(from: ReplySource, seq: number, buf: Buffer, at: number, to: number): void;
  /** Elements that are due wait no longer. */
  passElements(): void;
  /** A reply made here, due or not. */
  replyText(seq: number, text: string): void;
  replyBytes(seq: number, bytes: Buffer): void;
  /** So many bytes more (or, below 0, less) are kept for it until the rest of a reply has come. */
  gathers(from: ReplySource | null, bytes: number): void;
  /** `n` requests have their whole answer, though it may be held. */
  requestsDone(n: number): void;
  /** `source` reads nothing for its sake, until `unpause`. */
  pausedBy(source: ReplySource): void;
  /** An upstream it had to wait for sent what it had queued, or closed. */
  upstreamDrained(): void;
  /** It kept others waiting for longer than op_timeout. */
  closeSlow(): void;
  abort(): void;
}

/** Waits for nothing: of a request that no client has made. */
export const NOBODY: ReplyTarget = {
  id: -1,
  closed: true,
  lateMs: 0,
  head: 0,
  heldBytes: 0,
  streaming: null,
  forward() {},
  forwardPart() {},
  hold() {},
  beginArray() {},
  element() {},
  passElements() {},
  replyText() {},
  replyBytes() {},
  gathers() {},
  requestsDone() {},
  pausedBy() {},
  upstreamDrained() {},
  closeSlow() {},
  abort() {},
};

/** Whoever answers. */
export interface ReplySource {
  /** Read nothing until the target has taken what it was given. */
  pauseFor(target: ReplyTarget): void;
  unpause(target: ReplyTarget): void;
  /** True when too much waits to be sent there and the target did not know: it is told when that is over (`upstreamDrained`). */
  waitToWrite(target: ReplyTarget): boolean;
}
