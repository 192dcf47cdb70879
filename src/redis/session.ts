/**
 * One client connection of redis_proxy: brings the replies into the order of the requests and keeps its memory bounded. Role
 * of Envoy's ProxyFilter (redis_proxy/proxy_filter.cc).
 *
 * Every request (every key of an MGET) takes the next sequence number; a reply whose number is `head` is written at once,
 * others are held.
 */
import { heldMemory } from '../platform/held-memory.ts';
import type { Connection } from '../transport/connection.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { RedisFilter } from './filter.ts';
import { ReplyHold } from './reply-hold.ts';
import { RequestRouter } from './request-router.ts';
import type { UpstreamClient } from './upstream-client.ts';

/** A client with this many replies outstanding is not read any further until half of them are out. */
const MAX_PENDING = 8192;
/** How long a client we turned away may take to read why, ms (Envoy's delayed_close_timeout). */
const LAST_WORDS_MS = 1000;
export class Session implements ConnectionHandler {
  readonly conn: Connection;
  readonly filter: RedisFilter;
  /** Sequence number of the next reply to be written, and of the next request. Both wrap around at 32 bits. */
  head: number;
  tail: number;
  closed: boolean;
  /** Upstream that has written part of a reply to us. */
  streaming: UpstreamClient | null;
  /** Upstreams that do not read because of us. */
  readonly pausing: UpstreamClient[];

  private readonly requests: RequestRouter;
  private readonly held: ReplyHold;
  /** No more input is taken; the connection closes when the last reply is out. */
  private finishing: boolean;
  private lastWords: boolean;
  /** Requests without a complete answer, and those of the read under way. */
  private active: number;
  private inTurn: boolean;
  private turnDone: number;
  private above: boolean;
  private waits: number;
  private stopped: boolean;

  constructor(conn: Connection, filter: RedisFilter) {
    this.conn = conn;
    this.filter = filter;
    this.head = 0;
    this.tail = 0;
    this.closed = false;
    this.streaming = null;
    this.pausing = [];
    this.requests = new RequestRouter(this, filter);
    this.held = new ReplyHold();
    this.finishing = false;
    this.lastWords = false;
    this.active = 0;
    this.inTurn = false;
    this.turnDone = 0;
    this.above = false;
    this.waits = 0;
    this.stopped = false;
    filter.stats.cxTotal.inc();
    filter.sessions++;
    filter.stats.cxActive.inc();
    conn.stats = filter.stats.bytes;
    conn.handler = this;
    conn.takesLent = true;
  }

  get heldBytes(): number {
    return this.held.bytes;
  }

  onData(chunk: Buffer): void {
    if (this.finishing) return;
    this.inTurn = true;
    const started = this.requests.read(chunk);
    this.inTurn = false;
    const stats = this.filter.stats;
    stats.rqTotal.add(started);
    const left = started - this.turnDone;
    this.turnDone = 0;
    if (this.closed) return;
    if (left !== 0) {
      this.active += left;
      stats.rqActive.add(left);
    }
    // A request that has not come whole yet can neither go on nor wait.
    if (this.requests.holdsTooMuch) {
      heldMemory.countGivenUp();
      this.abort();
      return;
    }
    if (this.head === this.tail) this.allAnswered();
    else if (((this.tail - this.head) | 0) > MAX_PENDING) this.updateReading();
  }

  /** The next sequence number, for a request. */
  take(): number {
    const seq = this.tail;
    this.tail = (seq + 1) | 0;
    return seq;
  }

  /** A request of ours was written there. */
  wroteTo(client: UpstreamClient): void {
    if (client.holdsBack(this)) {
      this.waits++;
      this.updateReading();
    }
  }

  /** Earlier requests are answered first; then the client is told, and the connection closes. */
  protocolError(): void {
    this.filter.stats.cxProtocolError.inc();
    this.finishing = true;
    this.lastWords = true;
    this.conn.readDisable(true);
    this.replyText(this.take(), '-downstream protocol error\r\n');
  }

  // --- replies -----------------------------------------------------------------------------------------------------

  /** The next `count` replies, whole and in order. */
  forward(from: UpstreamClient, data: Buffer, count: number): void {
    this.requestsDone(count);
    this.forwardPart(from, data, count);
  }

  /** Bytes of the reply that is due; with `count` > 0 they complete that many. */
  forwardPart(from: UpstreamClient, data: Buffer, count: number): void {
    if (this.closed) return;
    this.conn.write(data);
    if (this.conn.bufferedBytes > heldMemory.of(this.filter.unreadLimit)) from.pauseFor(this);
    if (count > 0) this.advance(count);
  }

  /** A complete reply, of which the bytes in `earlier` came first, that is not due yet. */
  hold(from: UpstreamClient, seq: number, last: Buffer, earlier: Buffer[] | null): void {
    this.held.put(this.head, this.tail, seq, earlier === null ? last : Buffer.concat([...earlier, last]));
    if (this.held.bytes > heldMemory.of(this.filter.unreadLimit)) from.pauseFor(this);
  }

  replyText(seq: number, text: string): void {
    if (this.closed) return;
    if (seq === this.head) {
      this.conn.writeLatin1(text);
      this.advance(1);
    } else {
      this.held.put(this.head, this.tail, seq, Buffer.from(text, 'latin1'));
    }
  }

  /** `n` requests have their whole answer, though it may be held. */
  requestsDone(n: number): void {
    if (this.closed) return;
    if (this.inTurn) {
      this.turnDone += n;
    } else {
      this.active -= n;
      this.filter.stats.rqActive.add(-n);
    }
  }

  private advance(count: number): void {
    this.head = (this.head + count) | 0;
    if (this.held.count > 0) {
      let next = this.held.take(this.head);
      while (next !== null) {
        this.conn.write(next);
        this.head = (this.head + 1) | 0;
        next = this.held.take(this.head);
      }
    }
    if (this.pausing.length > 0) this.release();
    if (this.stopped) this.updateReading();
    if (this.head === this.tail) this.allAnswered();
  }

  private allAnswered(): void {
    if (this.finishing) {
      if (this.lastWords) {
        this.conn.delayedCloseTimeoutMs = LAST_WORDS_MS;
        this.conn.end();
        this.conn.close('flushDelayed');
      } else {
        this.conn.close('flush');
      }
    } else if (!this.inTurn && this.filter.isDraining()) {
      this.filter.stats.cxDrainClose.inc();
      this.finishing = true;
      this.conn.close('flush');
    }
  }

  // --- flow control ------------------------------------------------------------------------------------------------

  private updateReading(): void {
    const pending = (this.tail - this.head) | 0;
    const full = pending > (this.stopped ? MAX_PENDING / 2 : MAX_PENDING);
    const stop = this.above || this.waits > 0 || full;
    if (stop === this.stopped || this.closed) return;
    this.stopped = stop;
    if (stop) this.filter.stats.flowControlPaused.inc();
    this.conn.readDisable(stop);
  }

  onAboveWriteBuffer(): void {
    this.above = true;
    this.updateReading();
  }

  onBelowWriteBuffer(): void {
    this.above = false;
    this.updateReading();
    if (this.pausing.length > 0) this.release();
  }

  /** An upstream we had to wait for sent what it had queued, or closed. */
  upstreamDrained(): void {
    this.waits--;
    this.updateReading();
  }

  /** Upstreams that stopped reading for us may go on once we hold little. */
  private release(): void {
    const half = heldMemory.of(this.filter.unreadLimit) / 2;
    if (this.conn.bufferedBytes > half || this.held.bytes > half) return;
    const list = this.pausing.splice(0);
    for (const client of list) client.unpause(this);
  }

  /** We kept others waiting for longer than op_timeout. */
  closeSlow(): void {
    if (this.closed) return;
    this.filter.stats.cxSlowReaderClose.inc();
    this.abort();
  }

  abort(): void {
    if (!this.closed) this.conn.close('noFlush');
  }

  // --- life --------------------------------------------------------------------------------------------------------

  onConnected(): void {}

  /** The client sends no more. What it asked for is still answered, then the connection closes. */
  onEnd(): void {
    if (this.finishing) return;
    this.finishing = true;
    if (this.head === this.tail) this.conn.close('flush');
  }

  onClose(_local: boolean, _error: string): void {
    this.closed = true;
    this.finishing = true;
    this.requests.end();
    this.held.clear();
    this.filter.sessions--;
    this.filter.stats.cxActive.dec();
    if (this.active > 0) this.filter.stats.rqActive.add(-this.active);
    this.active = 0;
    const list = this.pausing.splice(0);
    for (const client of list) client.unpause(this);
  }
}
