/**
 * One client connection of redis_proxy: brings the replies into the order of the requests and keeps its memory bounded. Role
 * of Envoy's ProxyFilter (redis_proxy/proxy_filter.cc).
 *
 * Every request (every key of an MGET) takes the next sequence number; a reply whose number is `head` is written at once,
 * others are held.
 */
import { heldMemory } from '../platform/held-memory.ts';
import { LENT_BYTES, own } from '../platform/lent.ts';
import type { Connection } from '../transport/connection.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { ReplyHold } from './reply-hold.ts';
import type { ReplySource } from './reply-target.ts';
import type { Requester, RequestRouter } from './request-router.ts';

/** A client with this many replies outstanding is not read any further until half of them are out. */
const MAX_PENDING = 8192;
/** Elements of an array wait for one another up to so many bytes. */
const GATHER_BYTES = 16 * 1024;
/** How long a client we turned away may take to read why, ms (Envoy's delayed_close_timeout). */
const LAST_WORDS_MS = 1000;

export class Session implements ConnectionHandler, Requester {
  readonly conn: Connection;
  readonly id: number;
  readonly lateMs = 0;
  private readonly proxy: ProxySettings;
  /** Sequence number of the next reply to be written, and of the next request. Both wrap around at 32 bits. */
  head: number;
  tail: number;
  closed: boolean;
  streaming: ReplySource | null;
  /** Upstreams that do not read because of us. */
  private readonly pausing: ReplySource[];

  protected readonly requests: RequestRouter;
  private readonly held: ReplyHold;
  private gathered: number;
  /** No more input is taken; the connection closes when the last reply is out. */
  protected finishing: boolean;
  private lastWords: boolean;
  /** A request has been read that is not looked at yet. */
  private inputHeld: boolean;
  /** Requests without a complete answer, and those of the read under way. */
  private active: number;
  private inTurn: boolean;
  private turnDone: number;
  private above: boolean;
  private waits: number;
  private stopped: boolean;

  constructor(conn: Connection, proxy: ProxySettings, requests: ((session: Session) => RequestRouter) | null = null) {
    this.conn = conn;
    this.id = conn.id;
    this.proxy = proxy;
    this.head = 0;
    this.tail = 0;
    this.closed = false;
    this.streaming = null;
    this.pausing = [];
    this.requests = requests === null ? proxy.requests(this) : requests(this);
    this.held = new ReplyHold();
    this.gathered = 0;
    this.finishing = false;
    this.lastWords = false;
    this.inputHeld = false;
    this.active = 0;
    this.inTurn = false;
    this.turnDone = 0;
    this.above = false;
    this.waits = 0;
    this.stopped = false;
    proxy.stats.cxTotal.inc();
    proxy.sessions++;
    proxy.stats.cxActive.inc();
    conn.stats = proxy.stats.bytes;
    conn.handler = this;
    conn.takesLent = true;
  }

  get heldBytes(): number {
    return this.held.bytes + this.gathered;
  }

  onData(chunk: Buffer): void {
    if (this.finishing) return;
    this.inTurn = true;
    const started = this.requests.read(chunk);
    this.inTurn = false;
    const stats = this.proxy.stats;
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

  take(): number {
    const seq = this.tail;
    this.tail = (seq + 1) | 0;
    return seq;
  }

  wroteTo(upstream: ReplySource): void {
    if (upstream.waitToWrite(this)) {
      this.waits++;
      this.updateReading();
    }
  }

  protocolError(): void {
    this.proxy.stats.cxProtocolError.inc();
    this.finishing = true;
    this.lastWords = true;
    this.conn.readDisable(true);
    this.replyText(this.take(), '-downstream protocol error\r\n');
  }

  leave(): void {
    this.finishing = true;
  }

  holdInput(): void {
    this.inputHeld = true;
    this.conn.readDisable(true);
  }

  resume(unread: Buffer): void {
    if (this.closed) return;
    this.inputHeld = false;
    this.conn.readDisable(false);
    this.onData(unread);
  }

  // --- replies -----------------------------------------------------------------------------------------------------

  forward(from: ReplySource, buf: Buffer, at: number, to: number, count: number): void {
    this.requestsDone(count);
    this.forwardPart(from, buf, at, to, count);
  }

  forwardPart(from: ReplySource, buf: Buffer, at: number, to: number, count: number): void {
    if (this.closed) return;
    // A reply or two: the block in which a connection gathers more would be one more for each client.
    if (to - at <= LENT_BYTES) this.conn.write(own(buf, at, to));
    else this.conn.writeBytes(buf, at, to);
    if (this.conn.bufferedBytes > heldMemory.of(this.proxy.unreadLimit)) from.pauseFor(this);
    if (count > 0) this.advance(count);
  }

  hold(from: ReplySource, seq: number, buf: Buffer, at: number, to: number, earlier: Buffer[] | null): void {
    if (earlier === null) {
      this.held.put(this.head, this.tail, seq, buf, at, to);
    } else {
      const whole = Buffer.concat([...earlier, buf.subarray(at, to)]);
      this.held.put(this.head, this.tail, seq, whole, 0, whole.length);
    }
    this.bound(from);
  }

  beginArray(seq: number, text: string): void {
    if (!this.closed) this.held.putText(this.head, this.tail, seq, text);
  }

  element(from: ReplySource, seq: number, buf: Buffer, at: number, to: number): void {
    if (this.closed) return;
    if (to - at > GATHER_BYTES) {
      this.passElements();
      if (seq === this.head) {
        this.forwardPart(from, buf, at, to, 1);
        return;
      }
    }
    this.held.put(this.head, this.tail, seq, buf, at, to);
    if (this.held.bytes > GATHER_BYTES) this.passElements();
    this.bound(from);
  }

  passElements(): void {
    if (!this.closed && this.held.count > 0) this.advance(0);
  }

  /** `from` reads nothing while we hold too much; what only waits for the rest of its array waits no longer then. */
  private bound(from: ReplySource): void {
    const limit = heldMemory.of(this.proxy.unreadLimit);
    if (this.heldBytes > limit) this.passElements();
    if (this.heldBytes > limit || this.conn.bufferedBytes > limit) from.pauseFor(this);
  }

  gathers(from: ReplySource | null, bytes: number): void {
    if (this.closed) return;
    this.gathered += bytes;
    heldMemory.add(bytes);
    if (from !== null && this.heldBytes > heldMemory.of(this.proxy.unreadLimit)) from.pauseFor(this);
  }

  replyBytes(seq: number, bytes: Buffer): void {
    if (this.closed) return;
    if (seq === this.head) {
      this.conn.write(bytes);
      this.advance(1);
    } else {
      this.held.put(this.head, this.tail, seq, bytes, 0, bytes.length);
    }
  }

  replyText(seq: number, text: string): void {
    if (this.closed) return;
    if (seq === this.head) {
      this.conn.writeLatin1(text);
      this.advance(1);
    } else {
      this.held.putText(this.head, this.tail, seq, text);
    }
  }

  requestsDone(n: number): void {
    if (this.closed) return;
    if (this.inTurn) {
      this.turnDone += n;
    } else {
      this.active -= n;
      this.proxy.stats.rqActive.add(-n);
    }
  }

  private advance(count: number): void {
    this.head = (this.head + count) | 0;
    while (this.held.pass(this.head, this.conn)) this.head = (this.head + 1) | 0;
    if (this.pausing.length > 0) this.release();
    if (this.stopped) this.updateReading();
    if (this.head === this.tail) this.allAnswered();
  }

  protected allAnswered(): void {
    if (this.inputHeld) this.requests.goOn();
    else if (this.finishing) {
      if (this.lastWords) {
        this.conn.delayedCloseTimeoutMs = LAST_WORDS_MS;
        this.conn.end();
        this.conn.close('flushDelayed');
      } else {
        this.conn.close('flush');
      }
    } else if (!this.inTurn && this.proxy.isDraining()) {
      this.proxy.stats.cxDrainClose.inc();
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
    if (stop) this.proxy.stats.flowControlPaused.inc();
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

  upstreamDrained(): void {
    this.waits--;
    this.updateReading();
  }

  /** Upstreams that stopped reading for us may go on once we hold little. */
  private release(): void {
    const half = heldMemory.of(this.proxy.unreadLimit) / 2;
    if (this.conn.bufferedBytes > half || this.heldBytes > half) return;
    const list = this.pausing.splice(0);
    for (const source of list) source.unpause(this);
  }

  pausedBy(source: ReplySource): void {
    this.pausing.push(source);
  }

  closeSlow(): void {
    if (this.closed) return;
    this.proxy.stats.cxSlowReaderClose.inc();
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
    heldMemory.add(-this.gathered);
    this.gathered = 0;
    this.proxy.sessions--;
    this.proxy.stats.cxActive.dec();
    if (this.active > 0) this.proxy.stats.rqActive.add(-this.active);
    this.active = 0;
    const list = this.pausing.splice(0);
    for (const source of list) source.unpause(this);
  }
}
