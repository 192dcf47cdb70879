/**
 * One try at one host: waits for a connection, holds what cannot be sent yet, relays back-pressure, and tells its owner what comes back.
 * Role of Envoy's UpstreamRequest (source/common/router/upstream_request.cc). What comes from the host comes from a connection that other
 * streams share: whatever throws on the way to the client ends this try, and is told to the owner, never to the connection.
 */
import type { BytesMeter } from '../../codec/bytes-meter.ts';
import type { Headers } from '../../codec/headers.ts';
import type { Protocol, ResetReason, StreamDecoder } from '../../codec/http.ts';
import { heldMemory } from '../../platform/held-memory.ts';
import { lasting } from '../../platform/lent.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Host } from '../../upstream/host.ts';
import { LOCAL_ORIGIN_CONNECT_SUCCESS } from '../../upstream/outlier/host-monitor.ts';
import type { TerminalStream } from '../stream/filter.ts';
import type { UpstreamInfo } from '../stream/stream-info.ts';
import type { TryLimits } from './try-limits.ts';
import type { Upstream, UpstreamCallbacks, UpstreamConnection, UpstreamSource } from './upstream.ts';

/** Who makes attempts; every call says which one it is. */
export interface AttemptOwner {
  /** Bytes that may wait for a connection before the sender is paused; 0 = unlimited. */
  readonly bufferLimit: number;
  /** There is a connection; the request is about to be written. */
  onUpstreamReady(attempt: Attempt): void;
  onUpstream1xx(headers: Headers, attempt: Attempt): void;
  onUpstreamHeaders(headers: Headers, endStream: boolean, attempt: Attempt): void;
  onUpstreamData(data: Buffer, endStream: boolean, attempt: Attempt): void;
  onUpstreamTrailers(trailers: Headers, attempt: Attempt): void;
  onUpstreamReset(reason: ResetReason, detail: string, attempt: Attempt): void;
  /** Counted: pause the sender of the request. */
  readDisableDownstream(disable: boolean): void;
  /** Something threw on the way from the host: this request is over, and only it. */
  onDefect(error: unknown): void;
}

/** What logs of tries are told of one (upstream-log.ts). */
export interface AttemptLog {
  /** There is a connection. `whole`: of the request only the head is to be sent. */
  onReady(upstream: UpstreamInfo, whole: boolean): void;
  onSent(bytes: number, end: boolean): void;
  onHeaders(headers: Headers): void;
  onReceived(bytes: number): void;
  onTrailers(trailers: Headers): void;
  /** Null: it ended well, or we ended it. */
  onEnd(reason: ResetReason | null, detail: string): void;
}

/** Begins the log of a try. */
export interface AttemptLogs {
  begin(stream: TerminalStream, host: Host): AttemptLog;
}

// What comes from the host's side.
const READY = 0;
const FAILED = 1;
const INFORMATION = 2;
const HEADERS = 3;
const DATA = 4;
const TRAILERS = 5;
const RESET = 6;
const ABOVE = 7;
const BELOW = 8;

// Bits of `state`.
/** The request's end is among what is held, or was sent. */
const ENDED = 1;
/** The headers alone were the request. */
const HEADERS_ONLY = 2;
/** Downstream reading was stopped because of what is held. */
const HOLDING = 4;
const DONE = 8;
/** The answer has begun. */
const ANSWERED = 16;
/** gRPC: whether it went well is in the trailers. */
const GRPC_DEFERRED = 32;
/** Another try runs beside this one, which was too slow. */
const HEDGED = 64;

export class Attempt implements StreamDecoder, UpstreamCallbacks, UpstreamInfo {
  readonly host: Host;
  private readonly owner: AttemptOwner;
  private readonly headers: Headers;
  private upstream: Upstream | null;
  private upstreamConnection: UpstreamConnection | null;
  private pending: { cancel(): void } | null;
  /** What came before there was a connection; null for nothing. */
  private held: Held | null;
  private state: number;
  /** Before there is an upstream: what it is to be paused by. Then: what we have added to the downstream's read-disable count. */
  private paused: number;
  /** Null where nothing limits the try. */
  private readonly limits: TryLimits | null;
  /** Null where tries are not logged. */
  private readonly log: AttemptLog | null;

  constructor(
    owner: AttemptOwner,
    host: Host,
    headers: Headers,
    endStream: boolean,
    limits: TryLimits | null,
    log: AttemptLog | null,
  ) {
    this.owner = owner;
    this.host = host;
    this.headers = headers;
    this.upstream = null;
    this.upstreamConnection = null;
    this.pending = null;
    this.held = null;
    this.state = endStream ? ENDED | HEADERS_ONLY : 0;
    this.paused = 0;
    this.limits = limits;
    this.log = log;
    if (limits !== null) limits.attempt = this;
  }

  get connection(): Connection | null {
    return this.upstreamConnection === null ? null : this.upstreamConnection.connection;
  }
  get protocol(): Protocol | null {
    const codec = this.upstreamConnection === null ? null : this.upstreamConnection.codec;
    return codec === null ? null : codec.protocol;
  }
  get done(): boolean {
    return (this.state & DONE) !== 0;
  }
  /** Any of the request has been sent. */
  get sent(): boolean {
    return this.upstreamConnection !== null;
  }
  get requestEnded(): boolean {
    return (this.state & ENDED) !== 0;
  }
  get answered(): boolean {
    return (this.state & ANSWERED) !== 0;
  }
  get grpcDeferred(): boolean {
    return (this.state & GRPC_DEFERRED) !== 0;
  }
  set grpcDeferred(on: boolean) {
    this.state = on ? this.state | GRPC_DEFERRED : this.state & ~GRPC_DEFERRED;
  }
  get hedged(): boolean {
    return (this.state & HEDGED) !== 0;
  }
  markHedged(): void {
    this.state |= HEDGED;
  }

  /** From `onUpstreamReady`: `meter` counts what goes to the host and comes from it. */
  measure(meter: BytesMeter): void {
    if (this.upstream !== null) this.upstream.meter = meter;
  }

  start(source: UpstreamSource): void {
    const p = source.newStream(this, this);
    if ((this.state & DONE) === 0 && this.upstream === null) this.pending = p;
  }

  // --- request -----------------------------------------------------------------------------------------------------

  encodeData(data: Buffer, endStream: boolean): void {
    if ((this.state & DONE) !== 0) return;
    if (endStream) this.state |= ENDED;
    this.log?.onSent(data.length, endStream);
    if (this.upstream !== null) {
      this.limits?.onProgress();
      this.upstream.encodeData(data, endStream);
      return;
    }
    this.held ??= new Held();
    this.held.add(data);
    const limit = heldMemory.of(this.owner.bufferLimit);
    if ((this.state & HOLDING) === 0 && limit > 0 && this.held.bytes > limit) {
      this.state |= HOLDING;
      this.pauseDownstream(true);
    }
  }

  private dropHeld(): void {
    if (this.held === null) return;
    heldMemory.add(-this.held.bytes);
    this.held = null;
  }

  encodeTrailers(trailers: Headers): void {
    if ((this.state & DONE) !== 0) return;
    this.state |= ENDED;
    this.log?.onSent(0, true);
    if (this.upstream !== null) {
      this.upstream.encodeTrailers(trailers);
      return;
    }
    this.held ??= new Held();
    this.held.trailers = trailers;
  }

  /** The client has sent all: from now on the try may be too slow. */
  onRequestEnd(): void {
    this.limits?.onRequestEnd();
  }

  /** The client reads slower than the host answers. */
  readDisable(disable: boolean): void {
    if ((this.state & DONE) !== 0) return;
    if (this.upstream !== null) this.upstream.readDisable(disable);
    else this.paused += disable ? 1 : -1;
  }

  /** End it from our side. */
  reset(): void {
    if ((this.state & DONE) !== 0) return;
    this.state |= DONE;
    this.limits?.cancel();
    if (this.pending !== null) {
      this.pending.cancel();
      this.pending = null;
    }
    if (this.upstream !== null) {
      this.upstreamConnection?.countReset('local reset');
      this.upstream.reset('local reset');
    }
    this.dropHeld();
    this.release();
    this.upstream = null;
    this.log?.onEnd(null, '');
  }

  /** The response ended and the request had ended before: nothing is left to do. */
  finish(): void {
    this.state |= DONE;
    this.limits?.cancel();
    this.release();
    this.upstream = null;
    this.log?.onEnd(null, '');
  }

  /** Give back what we took from the downstream's read-disable count. */
  private release(): void {
    if ((this.state & HOLDING) !== 0) {
      this.state &= ~HOLDING;
      this.pauseDownstream(false);
    }
    if (this.upstreamConnection !== null) for (; this.paused > 0; this.paused--) this.pauseDownstream(false);
  }

  private pauseDownstream(pause: boolean): void {
    const s = this.host.cluster.stats;
    (pause ? s.upstreamFlowControlBackedUpTotal : s.upstreamFlowControlDrainedTotal).inc();
    this.owner.readDisableDownstream(pause);
  }

  // --- from the host -----------------------------------------------------------------------------------------------

  onPoolReady(upstream: Upstream, connection: UpstreamConnection): void {
    this.pending = null;
    this.upstream = upstream;
    this.upstreamConnection = connection;
    this.run(READY, null, '', false);
  }
  onPoolFailure(reason: ResetReason, detail: string): void {
    this.pending = null;
    this.end();
    this.log?.onEnd(reason, detail);
    this.run(FAILED, reason, detail, false);
  }
  on1xx(headers: Headers): void {
    if ((this.state & DONE) === 0) this.run(INFORMATION, headers, '', false);
  }
  onHeaders(headers: Headers, endStream: boolean): void {
    if ((this.state & DONE) === 0) this.run(HEADERS, headers, '', endStream);
  }
  onData(data: Buffer, endStream: boolean): void {
    if ((this.state & DONE) === 0) this.run(DATA, data, '', endStream);
  }
  onTrailers(trailers: Headers): void {
    if ((this.state & DONE) === 0) this.run(TRAILERS, trailers, '', true);
  }
  onReset(reason: ResetReason, detail: string): void {
    if ((this.state & DONE) !== 0) return;
    this.upstreamConnection?.countReset(reason);
    this.end();
    this.log?.onEnd(reason, detail);
    this.run(RESET, reason, detail, false);
  }
  /** The host reads slower than the client sends. */
  onAboveWriteBuffer(): void {
    if ((this.state & DONE) === 0) this.run(ABOVE, null, '', false);
  }
  onBelowWriteBuffer(): void {
    if (this.paused > 0 && this.upstream !== null) this.run(BELOW, null, '', false);
  }

  /** Ended by the other side. */
  private end(): void {
    this.state |= DONE;
    this.upstream = null;
    this.limits?.cancel();
    this.dropHeld();
  }

  /** Everything that comes from the host's side goes through here. */
  private run(what: number, subject: unknown, detail: string, end: boolean): void {
    const { owner } = this;
    try {
      switch (what) {
        case READY:
          this.send();
          break;
        case INFORMATION:
          owner.onUpstream1xx(subject as Headers, this);
          break;
        case HEADERS:
          this.state |= ANSWERED;
          this.limits?.onAnswer();
          this.log?.onHeaders(subject as Headers);
          owner.onUpstreamHeaders(subject as Headers, end, this);
          break;
        case DATA:
          this.limits?.onProgress();
          this.log?.onReceived((subject as Buffer).length);
          owner.onUpstreamData(subject as Buffer, end, this);
          break;
        case TRAILERS:
          this.log?.onTrailers(subject as Headers);
          owner.onUpstreamTrailers(subject as Headers, this);
          break;
        case ABOVE:
          this.paused++;
          this.pauseDownstream(true);
          break;
        case BELOW:
          this.paused--;
          this.pauseDownstream(false);
          break;
        default:
          this.release();
          owner.onUpstreamReset(subject as ResetReason, detail, this);
      }
    } catch (e) {
      this.failed(e);
    }
  }

  private failed(e: unknown): void {
    try {
      this.owner.onDefect(e);
    } finally {
      // Unless its owner has, as it does with what is still its own.
      this.reset();
    }
  }

  /** All that is there of the request, to the host. */
  private send(): void {
    const upstream = this.upstream as Upstream;
    this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_SUCCESS, 1);
    this.owner.onUpstreamReady(this);
    this.limits?.onSent();
    this.log?.onReady(this, (this.state & HEADERS_ONLY) !== 0);
    for (; this.paused > 0; this.paused--) upstream.readDisable(true);
    upstream.encodeHeaders(this.headers, (this.state & HEADERS_ONLY) !== 0);
    const { held } = this;
    if (held !== null) {
      this.dropHeld();
      const { pieces, trailers } = held;
      const ends = (this.state & ENDED) !== 0 && trailers === null;
      for (let i = 0; i < pieces.length && (this.state & DONE) === 0; i++) {
        upstream.encodeData(pieces[i], ends && i === pieces.length - 1);
      }
      if (trailers !== null && (this.state & DONE) === 0) upstream.encodeTrailers(trailers);
    }
    if ((this.state & HOLDING) !== 0) {
      this.state &= ~HOLDING;
      this.pauseDownstream(false);
    }
  }
}

class Held {
  readonly pieces: Buffer[] = [];
  bytes = 0;
  trailers: Headers | null = null;

  add(data: Buffer): void {
    this.pieces.push(lasting(data));
    this.bytes += data.length;
    heldMemory.add(data.length);
  }
}
