/**
 * One connection, downstream or upstream: coalesced writes, watermarks, counted read-disable, half close, and a close that
 * may wait for what is queued. Role of Envoy's Network::ConnectionImpl (source/common/network/connection_impl.cc).
 *
 * Whatever is written during one turn of the event loop goes out in one system call after the turn's reads are done.
 */
import type { CodecOutput } from '../codec/http.ts';
import { logger } from '../log/logger.ts';
import { turnMs } from '../platform/clock.ts';
import { systemSentence } from '../platform/errno.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { holdLoan, isBulkLent, LENT_BYTES, type LoanHolder } from '../platform/lent.ts';
import { atTurnEnd, beginRead, endRead, JOINS, type TurnTask, WAITS } from '../platform/turn.ts';
import type { Counter, Gauge } from '../stats/store.ts';
import type { Address } from './address.ts';
import type { SocketInfo } from './socket-info.ts';
import { Timer } from './timers.ts';
import { RAW_BUFFER, type TransportFactory, type TransportOptions } from './transport-factory.ts';
import type { ConnectionHandler } from './types.ts';
import type { TransportSecurity, Wire, WireOwner } from './wire.ts';
import { WriteQueue } from './write-queue.ts';
import { JOIN_LIMIT } from './write-scratch.ts';

const log = logger('connection');

/** Envoy's default of per_connection_buffer_limit_bytes (listener.proto, cluster.proto). */
export const DEFAULT_BUFFER_LIMIT = 1024 * 1024;

export type CloseType =
  /** Drop what is queued. */
  | 'noFlush'
  /** Write what is queued, then close. */
  | 'flush'
  /** Write what is queued, then wait for the peer to close, at most `delayedCloseTimeoutMs`: the peer gets to read our last words before a reset. */
  | 'flushDelayed';

/** Bytes in, out and queued, of whoever owns the connection; any may be shared by many connections. */
export interface ByteStats {
  readonly rxTotal: Counter;
  readonly rxBuffered: Gauge;
  readonly txTotal: Counter;
  readonly txBuffered: Gauge;
}

export interface ConnectionLifetime {
  connectionClosed(c: Connection): void;
  /** More is queued than the buffer limit, or no longer; and with its end no longer. */
  crowded?(c: Connection, above: boolean): void;
}

const OPEN = 0;
/** A flushing close is under way: input is dropped. */
const CLOSING = 1;
const CLOSED = 2;

/** Of this event loop. */
export const connectionIds: { next: number } = { next: 1 };

/** What a listener's access log is told by those who have the connection. */
export interface ConnectionRecord {
  /** Named in the log as FILTER_CHAIN_NAME. */
  readonly chainName: string;
  /** A filter's own record of the connection, which says more: tcp_proxy's. */
  session: object | null;
  protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' | null;
  /** Response flags. */
  flags: number;
}

export class Connection implements CodecOutput, WireOwner, TurnTask, LoanHolder {
  readonly id: number;
  handler: ConnectionHandler;
  /** Set by whoever counts bytes. */
  stats: ByteStats | null;
  /** ms; 0 = close as soon as flushed. Default of HttpConnectionManager.delayed_close_timeout is 1000. */
  delayedCloseTimeoutMs: number;
  /** Counts closes that had to be forced after `delayedCloseTimeoutMs`. */
  onDelayedCloseTimeout: Counter | null;
  /** Connection-wide facts for logs, headers and stats. */
  readonly startMs: number;
  /** Told once when the connection is gone, whoever its handler is: the listener counts with it. */
  lifetime: ConnectionLifetime | null;
  /** Seconds of silence before the kernel probes the peer, set once connected; 0 = no probes. */
  keepAliveSeconds: number;
  /**
   * Turns of the event loop, at most, that a flush is put off while each brings more to write: requests of many clients to one
   * host then share a system call. Read at the end of every turn; 0 (the default) = flush in the turn of the write.
   */
  gatherTurns: number;

  /** Writes of several reads go out together where a turn brings several: many streams or clients share this connection. */
  joinsWrites: boolean;

  /** The handler keeps nothing of a lent chunk (platform/lent.ts). */
  takesLent: boolean;

  /** The handler keeps nothing of a long chunk either without a copy (platform/lent.ts). */
  takesBulk: boolean;

  /** For the access log of its listener; null where there is none. */
  record: ConnectionRecord | null;

  /** What listener filters found out; null where none looked. */
  socketInfo: SocketInfo | null;

  /** Its transport is one that cannot be read on the way, also while its handshake is under way. */
  secure: boolean;

  private wire!: Wire;
  private state: number;
  private connecting: boolean;
  private readonly limit: number;
  private above: boolean;
  private readDisableCount: number;
  private readonly queue: WriteQueue;
  private pendingBytes: number;
  private inFlight: number;
  private dirty: boolean;
  /** Of what is queued some is lent in bulk. */
  private holdsLent: boolean;
  /** Turns that the flush has been put off, and what was queued at the last of them. */
  private gathered: number;
  private gatheredBytes: number;
  /** Has bytes for us that it gathers until we write: a codec (CodecOutput.beforeFlush). */
  private source: { flush(): void } | null;
  private wantEnd: boolean;
  private endSent: boolean;
  /** Our FIN is with the kernel. */
  private shutdownDone: boolean;
  private endReceived: boolean;
  private closeWaits: CloseType;
  /** Bytes left when the delayed close last looked. */
  private leftAtClose: number;
  /** Where it connects to; null where the peer came to us. A socket that is refused does not say. */
  target: Address | null;
  private timer: Timer | null;
  private error: string;
  /** Why it was closed from here; '' for no word of it. */
  closeReason: string;
  private wasReset: boolean;

  constructor(handler: ConnectionHandler, bufferLimitBytes: number) {
    this.id = connectionIds.next++;
    this.handler = handler;
    this.stats = null;
    this.delayedCloseTimeoutMs = 0;
    this.onDelayedCloseTimeout = null;
    this.startMs = turnMs();
    this.lifetime = null;
    this.keepAliveSeconds = 0;
    this.gatherTurns = 0;
    this.joinsWrites = false;
    this.takesLent = false;
    this.takesBulk = false;
    this.record = null;
    this.socketInfo = null;
    this.secure = false;
    this.state = OPEN;
    this.connecting = false;
    this.limit = bufferLimitBytes;
    this.above = false;
    this.readDisableCount = 0;
    this.queue = new WriteQueue();
    this.pendingBytes = 0;
    this.inFlight = 0;
    this.dirty = false;
    this.holdsLent = false;
    this.gathered = 0;
    this.gatheredBytes = 0;
    this.source = null;
    this.wantEnd = false;
    this.endSent = false;
    this.shutdownDone = false;
    this.endReceived = false;
    this.closeWaits = 'noFlush';
    this.leftAtClose = 0;
    this.target = null;
    this.timer = null;
    this.error = '';
    this.closeReason = '';
    this.wasReset = false;
  }

  /** Called once, right after construction. */
  attach(wire: Wire, connecting: boolean): void {
    this.wire = wire;
    this.secure = wire.secure === true;
    this.connecting = connecting;
    if (!connecting && this.readDisableCount === 0) wire.readStart();
  }

  startConnectTimer(ms: number): void {
    this.timer = new Timer(this.onConnectTimeout);
    this.timer.arm(ms);
  }
  private readonly onConnectTimeout = (): void => {
    if (this.connecting) {
      this.error = CONNECT_TIMEOUT;
      this.finish(true);
    }
  };

  /** The client's, as a proxy before us says where a listener filter believes it. */
  get remoteAddress(): Address {
    return this.socketInfo?.remoteAddress ?? this.wire.remoteAddress();
  }
  /** Where the client wanted to go. */
  get localAddress(): Address {
    return this.socketInfo?.localAddress ?? this.wire.localAddress();
  }
  /** Where the socket was accepted. */
  get directLocalAddress(): Address {
    return this.wire.localAddress();
  }
  /** Whoever the socket is connected to. */
  get directRemoteAddress(): Address {
    return this.wire.remoteAddress();
  }
  /** The transport's handshake is over, if it has one. */
  get transportReady(): boolean {
    return this.wire.ready;
  }
  /** Why the transport gave up, '' while it has not. */
  get transportFailure(): string {
    return this.secure ? this.error : '';
  }
  /** What the transport's handshake agreed on, null while there is none. */
  get security(): TransportSecurity | null {
    return this.wire.security;
  }
  get open(): boolean {
    return this.state === OPEN;
  }
  get closed(): boolean {
    return this.state === CLOSED;
  }
  get bufferedBytes(): number {
    return this.pendingBytes + this.inFlight;
  }
  get aboveWriteBuffer(): boolean {
    return this.above;
  }
  /** The peer has half-closed. */
  get ended(): boolean {
    return this.endReceived;
  }

  setKeepAlive(seconds: number): void {
    this.wire.setKeepAlive(true, seconds);
  }

  // --- writing -----------------------------------------------------------------------------------------------------

  write(data: Buffer): void {
    if (this.state !== OPEN || this.wantEnd || data.length === 0) return;
    this.queue.push(data);
    this.queued(data.length);
  }

  writeLatin1(text: string): void {
    if (this.state !== OPEN || this.wantEnd || text.length === 0) return;
    this.queue.pushLatin1(text);
    this.queued(text.length);
  }

  /** `buf[from, to)` of a chunk that may be lent (platform/lent.ts). */
  writeBytes(buf: Buffer, from: number, to: number): void {
    if (this.state !== OPEN || this.wantEnd || from === to) return;
    if (to - from > LENT_BYTES && isBulkLent(buf)) {
      this.queue.pushLent(from === 0 && to === buf.length ? buf : buf.subarray(from, to));
      if (!this.holdsLent) {
        this.holdsLent = true;
        holdLoan(this);
      }
    } else {
      this.queue.pushBytes(buf, from, to);
    }
    this.queued(to - from);
  }

  /** A chunk as a connection reads it whose owner takes what is lent in bulk, and that alone. */
  pass(chunk: Buffer): void {
    if (isBulkLent(chunk)) this.writeBytes(chunk, 0, chunk.length);
    else this.write(chunk);
  }

  loanEnds(): void {
    this.holdsLent = false;
    if (!this.queue.lent || this.state === CLOSED) return;
    if (this.inFlight > 0 || this.connecting) {
      this.queue.keepLent();
      return;
    }
    this.drainSource();
    this.sendLent();
  }

  /**
   * What is queued goes to the kernel while it lies where it was read: nothing is copied, and it is still in the processor's caches. What
   * the kernel does not take now is.
   */
  private sendLent(): void {
    if (this.wire.writeSome === undefined) {
      this.queue.keepLent();
      return;
    }
    const n = this.queue.sendNow(this.wire, this.pendingBytes);
    if (n === 0) return;
    this.pendingBytes -= n;
    this.sent(n);
  }

  protected queued(n: number): void {
    this.pendingBytes += n;
    heldMemory.add(n);
    const s = this.stats;
    if (s !== null) s.txBuffered.add(n);
    this.flushLater();
    if (!this.above) {
      const limit = heldMemory.of(this.limit);
      if (this.pendingBytes + this.inFlight > limit && limit > 0) {
        this.above = true;
        this.lifetime?.crowded?.(this, true);
        this.handler.onAboveWriteBuffer();
      }
    }
  }

  /** CodecOutput.beforeFlush: `source` gathers what it has to write until this connection writes. One source per connection. */
  beforeFlush(source: { flush(): void }): void {
    this.source = source;
    this.joinsWrites = true;
    this.flushLater();
  }

  private drainSource(): void {
    const source = this.source;
    if (source === null) return;
    this.source = null;
    source.flush();
  }

  private flushLater(): void {
    if (this.dirty) return;
    this.dirty = true;
    if (this.gatherTurns > 0) atTurnEnd(this, WAITS);
    else if (this.joinsWrites) atTurnEnd(this, JOINS);
    else atTurnEnd(this);
  }

  /** Called at the end of an event-loop turn in which something was written, or was left to be. */
  turnEnded(): void {
    if (this.gatherTurns > 0 && this.gathers()) atTurnEnd(this, WAITS);
    else this.flush();
  }

  private gathers(): boolean {
    const more = this.pendingBytes > this.gatheredBytes && this.pendingBytes < JOIN_LIMIT;
    if (more && this.gathered < this.gatherTurns && this.state === OPEN && !this.wantEnd) {
      this.gathered++;
      this.gatheredBytes = this.pendingBytes;
      return true;
    }
    this.gathered = 0;
    this.gatheredBytes = 0;
    return false;
  }

  /** Write what is queued now. */
  flush(): void {
    this.drainSource();
    this.dirty = false;
    if (this.inFlight > 0 || this.connecting || this.state === CLOSED) return;
    if (this.queue.lent) this.sendLent();
    const n = this.pendingBytes;
    if (n > 0) {
      this.pendingBytes = 0;
      this.inFlight = n;
      if (this.queue.send(this.wire, n)) this.taken();
      return;
    }
    this.afterFlush();
  }

  wireWritten(): void {
    this.taken();
    if (this.pendingBytes > 0 && this.inFlight === 0 && this.state !== CLOSED && !this.dirty) this.flush();
  }

  private taken(): void {
    const n = this.inFlight;
    this.inFlight = 0;
    this.sent(n);
    if (this.pendingBytes === 0) this.afterFlush();
  }

  /** `n` bytes, no longer counted as queued nor as in flight, are with the kernel. */
  private sent(n: number): void {
    heldMemory.add(-n);
    const s = this.stats;
    if (s !== null) {
      s.txTotal.add(n);
      s.txBuffered.add(-n);
    }
    if (!this.above) return;
    const limit = heldMemory.of(this.limit);
    if (limit === 0 || this.pendingBytes <= limit >>> 1) {
      this.above = false;
      this.lifetime?.crowded?.(this, false);
      if (this.state === OPEN) this.handler.onBelowWriteBuffer();
    }
  }

  private afterFlush(): void {
    if (this.wantEnd && !this.endSent && this.state !== CLOSED) {
      this.endSent = true;
      this.wire.shutdown();
    }
    if (this.state === CLOSING) {
      if (this.closeWaits === 'flush' || this.delayedCloseTimeoutMs === 0 || this.endReceived) {
        this.finish(true);
      } else {
        this.armDelayedClose();
        this.wire.readStart();
      }
    }
  }
  /** Both for what is still to be written and for the peer to close (ConnectionImpl::closeInternal). */
  private armDelayedClose(): void {
    if (this.delayedCloseTimeoutMs === 0) return;
    this.timer ??= new Timer(this.onDelayedClose);
    this.timer.arm(this.delayedCloseTimeoutMs);
  }
  private readonly onDelayedClose = (): void => {
    const left = this.bufferedBytes === 0 ? 0 : this.pendingBytes + this.wire.unwritten();
    if (left > 0 && left < this.leftAtClose) {
      // Slow, but taking it.
      this.leftAtClose = left;
      this.armDelayedClose();
      return;
    }
    if (this.onDelayedCloseTimeout !== null) {
      this.onDelayedCloseTimeout.inc();
      this.closeReason = 'triggered_delayed_close_timeout';
    }
    this.finish(true);
  };

  /** Half close: FIN after what is queued. */
  end(): void {
    if (this.state !== OPEN || this.wantEnd) return;
    this.drainSource();
    this.wantEnd = true;
    this.flushLater();
  }

  /** `reason`: why, for logs (LOCAL_CLOSE_REASON). */
  close(type: CloseType, reason = ''): void {
    if (this.state === CLOSED) return;
    if (reason !== '') this.closeReason = reason;
    if (type === 'noFlush' || this.connecting) {
      this.finish(true);
      return;
    }
    if (this.state === CLOSING) return;
    this.drainSource();
    if (type === 'flush' && this.bufferedBytes === 0 && !this.dirty) {
      this.finish(true);
      return;
    }
    this.state = CLOSING;
    this.closeWaits = type;
    if (type === 'flush') this.wire.readStop();
    if (this.bufferedBytes === 0) {
      this.afterFlush();
    } else {
      this.leftAtClose = this.bufferedBytes;
      this.armDelayedClose();
    }
  }

  /** How it ended, as far as is known (StreamInfo::DetectedCloseType). */
  get closeType(): 'Normal' | 'LocalReset' | 'RemoteReset' {
    if (this.wasReset) return 'LocalReset';
    return this.error === 'ECONNRESET' ? 'RemoteReset' : 'Normal';
  }

  /** Close with a RST. */
  reset(): void {
    if (this.state === CLOSED) return;
    this.wasReset = true;
    this.wire.reset();
    this.finish(true);
  }

  // --- reading -----------------------------------------------------------------------------------------------------

  /** Counted: reading stops while more `true` than `false` were given. */
  readDisable(disable: boolean): void {
    if (disable) {
      if (this.readDisableCount++ === 0 && this.state === OPEN && !this.connecting) this.wire.readStop();
    } else if (--this.readDisableCount === 0 && this.state === OPEN && !this.connecting && !this.endReceived) {
      this.wire.readStart();
    }
  }

  /** Reads bring a few KiB at a time: what is waited for is short, and what comes with it has nowhere to go. */
  readSparingly(on: boolean): void {
    this.wire.readSparingly?.(on);
  }

  wireData(chunk: Buffer): void {
    const s = this.stats;
    if (s !== null) s.rxTotal.add(chunk.length);
    if (this.state !== OPEN) return;
    beginRead();
    try {
      this.handler.onData(chunk);
    } finally {
      endRead();
    }
  }

  wireEnd(): void {
    if (this.endReceived) return;
    this.endReceived = true;
    if (this.state === CLOSING) {
      if (this.bufferedBytes === 0) this.finish(false);
    } else if (this.state === OPEN) {
      this.handler.onEnd();
      if (this.shutdownDone && this.state === OPEN) this.finish(false);
    }
  }

  wireReady(): void {
    this.handler.onHandshake?.();
  }

  wireConnected(): void {
    this.connecting = false;
    if (log.debugOn) log.debug(`[C${this.id}] connected to ${this.remoteAddress.text}`);
    this.timer?.cancel();
    this.timer = null;
    if (this.keepAliveSeconds > 0) this.setKeepAlive(this.keepAliveSeconds);
    if (this.readDisableCount === 0) this.wire.readStart();
    this.handler.onConnected();
    if (this.pendingBytes > 0 && !this.dirty) this.flush();
  }

  wireShutdownDone(): void {
    this.shutdownDone = true;
    // Both directions are over: nothing more can come.
    if (this.endReceived && this.state === OPEN) this.finish(false);
  }

  wireFailed(code: string): void {
    if (this.error === '') this.error = code;
    this.finish(code.startsWith(BIND_FAILED));
  }

  private logEnd(local: boolean): void {
    const error = why(this.error);
    if (this.connecting) {
      const reason = error === '' ? 'given up' : error === CONNECT_TIMEOUT ? error : `delayed connect error: ${error}`;
      log.debug(`[C${this.id}] not connected to ${this.target?.text}: ${reason}`);
    } else {
      const bytes = this.bufferedBytes;
      log.debug(
        `[C${this.id}] ${local && !this.endReceived ? 'closing socket' : 'remote close'}, data_to_write=${bytes}${error === '' ? '' : `: ${error}`}`,
      );
    }
  }

  private finish(local: boolean): void {
    if (this.state === CLOSED) return;
    this.state = CLOSED;
    if (log.debugOn) this.logEnd(local);
    this.connecting = false;
    this.timer?.cancel();
    this.timer = null;
    const left = this.pendingBytes + this.inFlight;
    if (left > 0) {
      heldMemory.add(-left);
      if (this.stats !== null) this.stats.txBuffered.add(-left);
    }
    this.pendingBytes = 0;
    this.inFlight = 0;
    this.queue.clear();
    this.source = null;
    this.wire.close();
    this.handler.onClose(local, this.error);
    this.lifetime?.connectionClosed(this);
  }
}

function why(error: string): string {
  return error === '' || error === CONNECT_TIMEOUT ? error : systemSentence(error);
}

/** What the error text of `onClose` begins with where the local address could not be had: the connection ends here, nobody refused it. */
export const BIND_FAILED = 'failed to bind to ';
/** Error text of `onClose` after `connectTimeoutMs`. */
export const CONNECT_TIMEOUT = 'connect timeout';

export interface ConnectOptions {
  readonly bufferLimitBytes: number;
  /** ms from now; then `onClose(true, 'connect timeout')`. */
  readonly connectTimeoutMs: number;
  /** TCP keep-alive: seconds of silence before the first probe; absent or 0 = none. */
  readonly keepAliveSeconds?: number;
  /** Absent: the bytes as they are. */
  readonly transport?: TransportFactory;
  readonly transportOptions?: TransportOptions;
}

/** Begin to connect. `handler.onConnected` or `handler.onClose` follows, never from within this call. */
export function connect(address: Address, handler: ConnectionHandler, opts: ConnectOptions): Connection {
  const c = new Connection(handler, opts.bufferLimitBytes);
  c.keepAliveSeconds = opts.keepAliveSeconds ?? 0;
  c.target = address;
  if (log.debugOn) log.debug(`[C${c.id}] connecting to ${address.text}`);
  c.attach((opts.transport ?? RAW_BUFFER).connect(address, c, opts.transportOptions ?? null), true);
  c.startConnectTimer(opts.connectTimeoutMs);
  return c;
}
