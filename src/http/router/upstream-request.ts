/** One try at one host: waits for a connection, holds what cannot be sent yet, relays back-pressure. Role of Envoy's UpstreamRequest (source/common/router/upstream_request.cc). */
import type { Headers } from '../../codec/headers.ts';
import type { Protocol, ResetReason, StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import { heldMemory } from '../../platform/held-memory.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Host } from '../../upstream/host.ts';
import { LOCAL_ORIGIN_CONNECT_SUCCESS } from '../../upstream/outlier/host-monitor.ts';
import type { ActiveClient } from '../../upstream/pools/active-client.ts';
import type { PendingStream, PoolCallbacks, ProtocolPool } from '../../upstream/pools/protocol-pool.ts';
import type { UpstreamInfo } from '../stream/stream-info.ts';
import type { Router } from './router.ts';

export class UpstreamRequest implements StreamDecoder, PoolCallbacks, UpstreamInfo {
  readonly host: Host;
  private readonly router: Router;
  private readonly headers: Headers;
  private encoder: StreamEncoder | null;
  private client: ActiveClient | null;
  private pending: PendingStream | null;
  /** Body that came before there was a connection. */
  private held: Buffer[];
  private heldBytes: number;
  private heldTrailers: Headers | null;
  /** The request's end is among what is held, or was sent. */
  private ended: boolean;
  /** The headers alone were the request. */
  private readonly headersOnly: boolean;
  /** Downstream reading was stopped because of what is held. */
  private holding: boolean;
  private done: boolean;
  /** readDisable(true) calls of the client's side before there was an encoder. */
  private readDisables: number;
  /** What we have added to the downstream's read-disable count. */
  private paused: number;

  constructor(router: Router, host: Host, headers: Headers, endStream: boolean) {
    this.router = router;
    this.host = host;
    this.headers = headers;
    this.encoder = null;
    this.client = null;
    this.pending = null;
    this.held = NONE;
    this.heldBytes = 0;
    this.heldTrailers = null;
    this.ended = endStream;
    this.headersOnly = endStream;
    this.holding = false;
    this.done = false;
    this.readDisables = 0;
    this.paused = 0;
  }

  get connection(): Connection | null {
    return this.client === null ? null : this.client.connection;
  }
  get protocol(): Protocol | null {
    const codec = this.client?.codec ?? null;
    return codec === null ? null : codec.protocol;
  }

  start(pool: ProtocolPool): void {
    const p = pool.newStream(this, this);
    if (!this.done && this.encoder === null) this.pending = p;
  }

  onPoolReady(encoder: StreamEncoder, client: ActiveClient): void {
    this.pending = null;
    this.encoder = encoder;
    this.client = client;
    this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_SUCCESS, 1);
    this.router.onUpstreamChosen(this);
    for (; this.readDisables > 0; this.readDisables--) encoder.readDisable(true);
    encoder.encodeHeaders(this.headers, this.headersOnly);
    const held = this.held;
    if (held !== NONE) {
      this.dropHeld();
      for (let i = 0; i < held.length && !this.done; i++) {
        encoder.encodeData(held[i], this.ended && this.heldTrailers === null && i === held.length - 1);
      }
    }
    if (this.heldTrailers !== null && !this.done) encoder.encodeTrailers(this.heldTrailers);
    if (this.holding) {
      this.holding = false;
      this.pauseDownstream(false);
    }
  }

  onPoolFailure(reason: ResetReason, detail: string): void {
    this.pending = null;
    this.done = true;
    this.dropHeld();
    this.release();
    this.router.onUpstreamReset(reason, detail, this);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.done) return;
    this.ended = endStream;
    if (this.encoder !== null) {
      this.encoder.encodeData(data, endStream);
      return;
    }
    if (this.held === NONE) this.held = [];
    this.held.push(data);
    this.heldBytes += data.length;
    heldMemory.add(data.length);
    const limit = heldMemory.of(this.router.stream.bufferLimit);
    if (!this.holding && limit > 0 && this.heldBytes > limit) {
      this.holding = true;
      this.pauseDownstream(true);
    }
  }

  private dropHeld(): void {
    if (this.held === NONE) return;
    this.held = NONE;
    heldMemory.add(-this.heldBytes);
    this.heldBytes = 0;
  }

  encodeTrailers(trailers: Headers): void {
    if (this.done) return;
    this.ended = true;
    if (this.encoder !== null) this.encoder.encodeTrailers(trailers);
    else this.heldTrailers = trailers;
  }

  /** The client reads slower than the host answers. */
  readDisable(disable: boolean): void {
    if (this.done) return;
    if (this.encoder !== null) this.encoder.readDisable(disable);
    else this.readDisables += disable ? 1 : -1;
  }

  /** End it from our side. */
  reset(): void {
    if (this.done) return;
    this.done = true;
    if (this.pending !== null) {
      this.pending.cancel();
      this.pending = null;
    }
    if (this.encoder !== null) {
      this.client?.countReset('local reset');
      this.encoder.reset('local reset');
    }
    this.encoder = null;
    this.dropHeld();
    this.release();
  }

  /** The response ended and the request had ended before: nothing is left to do. */
  finish(): void {
    this.done = true;
    this.encoder = null;
    this.release();
  }

  /** Give back what we took from the downstream's read-disable count. */
  private release(): void {
    if (this.holding) {
      this.holding = false;
      this.pauseDownstream(false);
    }
    for (; this.paused > 0; this.paused--) this.pauseDownstream(false);
  }

  private pauseDownstream(pause: boolean): void {
    const s = this.host.cluster.stats;
    (pause ? s.upstreamFlowControlBackedUpTotal : s.upstreamFlowControlDrainedTotal).inc();
    this.router.readDisableDownstream(pause);
  }

  // --- response ----------------------------------------------------------------------------------------------------

  on1xx(headers: Headers): void {
    if (!this.done) this.router.onUpstream1xx(headers);
  }
  onHeaders(headers: Headers, endStream: boolean): void {
    if (!this.done) this.router.onUpstreamHeaders(headers, endStream, this);
  }
  onData(data: Buffer, endStream: boolean): void {
    if (!this.done) this.router.onUpstreamData(data, endStream, this);
  }
  onTrailers(trailers: Headers): void {
    if (!this.done) this.router.onUpstreamTrailers(trailers, this);
  }
  onReset(reason: ResetReason, detail: string): void {
    if (this.done) return;
    this.done = true;
    this.encoder = null;
    this.client?.countReset(reason);
    this.release();
    this.router.onUpstreamReset(reason, detail, this);
  }
  /** The host reads slower than the client sends. */
  onAboveWriteBuffer(): void {
    if (this.done) return;
    this.paused++;
    this.pauseDownstream(true);
  }
  onBelowWriteBuffer(): void {
    if (this.paused === 0) return;
    this.paused--;
    this.pauseDownstream(false);
  }
}

const NONE: Buffer[] = [];
