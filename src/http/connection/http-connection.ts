/**
 * One downstream HTTP connection: chooses the codec, counts, times out, drains. Role of ConnectionManagerImpl
 * (source/common/http/conn_manager_impl.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import {
  CodecError,
  type Protocol,
  type ServerCallbacks,
  type ServerCodec,
  type StreamDecoder,
  type StreamEncoder,
} from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import type { DrainSequence } from '../../transport/drain.ts';
import { Timer } from '../../transport/timers.ts';
import type { ConnectionHandler } from '../../transport/types.ts';
import { ActiveStream } from '../stream/active-stream.ts';
import type { HcmConfig } from './config.ts';
import { httpDate } from './date.ts';
import type { ServerCodecs } from './server-codecs.ts';

const log = logger('http');

/** What an HTTP/2 client with prior knowledge sends first (RFC 9113 §3.4); Envoy decides on these 12 bytes. */
const EMPTY = Buffer.alloc(0);
/** Runtime keys overload.premature_reset_total_stream_count and …_min_stream_lifetime_seconds; whole seconds above 1 count as long. */
const PREMATURE_RESET_COUNT = 500;
const PREMATURE_LIFETIME_MS = 2000;
const PREFACE_START = Buffer.from('PRI * HTTP/2', 'latin1');

export class HttpConnection implements ConnectionHandler, ServerCallbacks {
  readonly cfg: HcmConfig;
  readonly connection: Connection;
  protocol: Protocol;
  /** HTTP/1: no request after the current one. HTTP/2: final GOAWAY is out. */
  closing: boolean;
  /** The drain sequence has begun: HTTP/1 answers say `connection: close`, HTTP/2 has had its first GOAWAY. */
  draining: boolean;
  private codec: ServerCodec | null;
  private readonly codecs: ServerCodecs;
  /** Bytes too few to tell HTTP/1 from HTTP/2. */
  private sniffed: Buffer | null;
  private active: number;
  private requests: number;
  private remoteEnded: boolean;
  /** Requests that were cut off by the end of the connection. */
  private cutOff: number;
  private cutOffByPeer: boolean;
  /** HTTP/1: no further request is read until the client has taken enough of its answers. */
  private inputHeld: boolean;
  /** A pipelined request waits in the codec for the same. */
  private heldInputWaits: boolean;
  /** Requests that are over, and those of them that the client gave up at once (CVE-2023-44487). */
  private closedRequests: number;
  private prematureResets: number;
  /** HTTP/2: looks for finished answers that the client does not take. */
  private readonly flushTimer: Timer | null;
  private dispatching: boolean;
  /** The last stream's request was read to its end: closing at once loses nothing. */
  private skipDelay: boolean;
  private current: ActiveStream | null;
  private readonly idleTimer: Timer | null;
  private drainTimer: Timer | null;
  private readonly durationTimer: Timer | null;

  constructor(cfg: HcmConfig, codecs: ServerCodecs, connection: Connection) {
    this.cfg = cfg;
    this.codecs = codecs;
    this.connection = connection;
    this.protocol = 'HTTP/1.1';
    this.closing = false;
    this.draining = false;
    this.codec = null;
    this.sniffed = null;
    this.active = 0;
    this.requests = 0;
    this.remoteEnded = false;
    this.cutOff = 0;
    this.cutOffByPeer = false;
    this.inputHeld = false;
    this.heldInputWaits = false;
    this.closedRequests = 0;
    this.prematureResets = 0;
    this.flushTimer = cfg.streamIdleTimeoutMs > 0 ? new Timer(this.onFlushTimer) : null;
    this.dispatching = false;
    this.skipDelay = false;
    this.current = null;
    this.drainTimer = null;
    connection.stats = cfg.stats.bytes;
    connection.delayedCloseTimeoutMs = cfg.delayedCloseTimeoutMs;
    connection.onDelayedCloseTimeout = cfg.stats.cxDelayedCloseTimeout;
    cfg.stats.cxTotal.inc();
    cfg.stats.cxActive.inc();
    this.idleTimer = cfg.idleTimeoutMs > 0 ? new Timer(this.onIdle) : null;
    this.idleTimer?.arm(cfg.idleTimeoutMs);
    this.durationTimer = cfg.maxConnectionDurationMs > 0 ? new Timer(this.onMaxDuration) : null;
    this.durationTimer?.arm(cfg.maxConnectionDurationMs);
    if (cfg.codecType === 'HTTP1') this.useCodec('HTTP/1.1');
    else if (cfg.codecType === 'HTTP2') this.useCodec('HTTP/2');
  }

  private useCodec(protocol: Protocol): ServerCodec {
    const s = this.cfg.stats;
    this.protocol = protocol;
    // One read of HTTP/2 has many frames to keep: a copy each would cost more than one of all.
    this.connection.takesLent = protocol !== 'HTTP/2';
    if (protocol === 'HTTP/2') {
      s.cxHttp2Total.inc();
      s.cxHttp2Active.inc();
      this.codec = this.codecs.http2(this.connection, this);
    } else {
      s.cxHttp1Total.inc();
      s.cxHttp1Active.inc();
      this.codec = this.codecs.http1(this.connection, this);
    }
    return this.codec as ServerCodec;
  }

  // --- connection --------------------------------------------------------------------------------------------------

  onConnected(): void {}

  onData(chunk: Buffer): void {
    let codec = this.codec;
    if (codec === null) {
      const data = this.sniffed === null ? chunk : Buffer.concat([this.sniffed, chunk]);
      const n = Math.min(data.length, PREFACE_START.length);
      const same = data.compare(PREFACE_START, 0, n, 0, n) === 0;
      if (same && n < PREFACE_START.length) {
        this.sniffed = data;
        return;
      }
      this.sniffed = null;
      codec = this.useCodec(same ? 'HTTP/2' : 'HTTP/1.1');
      this.dispatch(codec, data);
      return;
    }
    this.dispatch(codec, chunk);
  }

  private dispatch(codec: ServerCodec, chunk: Buffer): void {
    this.dispatching = true;
    try {
      codec.dispatch(chunk);
    } catch (e) {
      this.dispatching = false;
      this.onCodecError(e);
      return;
    }
    this.dispatching = false;
    if (!this.connection.open) return;
    this.maybeClose();
    // A request whose head is not complete has no answer that its client could be waiting for.
    if (this.protocol !== 'HTTP/2' && (this.current === null || !this.current.headRead)) this.holdInput();
  }

  /** Answers nobody reads must not pile up: pipelined requests may be answered as fast as they are read (Envoy closes: http1.response_flood). */
  private holdInput(): void {
    const c = this.connection;
    if (this.inputHeld || !c.open || !c.aboveWriteBuffer) return;
    this.inputHeld = true;
    c.readDisable(true);
  }

  private onCodecError(e: unknown): void {
    const s = this.cfg.stats;
    if (!(e instanceof CodecError)) {
      log.error(
        `[C${this.connection.id}] internal error, closing the connection: ${e instanceof Error ? e.stack : String(e)}`,
      );
      this.connection.close('noFlush');
      return;
    }
    if (log.debugOn) log.debug(`[C${this.connection.id}] dispatch error: ${e.message}`);
    // Envoy's manager, not its codec, finds that one.
    const noHost = e.code === 'missing_host_header';
    if (!noHost) s.cxProtocolError.inc();
    if (e.status > 0 && this.protocol !== 'HTTP/2' && (this.current === null || !this.current.responseBegun)) {
      if (this.current === null) {
        s.rqTotal.inc();
        s.rqHttp1Total.inc();
      }
      s.countResponse(e.status);
      if (!noHost) s.rqResponseBeforeRqComplete.inc();
      this.connection.writeLatin1(rawReply(this.codec?.protocol ?? 'HTTP/1.1', e.status, e.body, this.cfg.serverName));
    } else {
      this.cutOff = this.active;
    }
    this.closing = true;
    this.codec?.onConnectionClosed('connection termination', e.code);
    this.connection.close('flushDelayed');
  }

  onEnd(): void {
    // HTTP does not half-close here: the peer's FIN ends the connection, as in Envoy.
    this.remoteEnded = true;
    this.cutOff = this.active;
    this.cutOffByPeer = true;
    const codec = this.codec;
    if (codec !== null) {
      try {
        codec.onEndOfInput();
      } catch (e) {
        // A request cut short is not counted as a protocol error.
        if (!(e instanceof CodecError)) throw e;
      }
      codec.onConnectionClosed('connection termination', 'downstream_remote_disconnect');
    }
    this.connection.close('flush');
  }

  onClose(local: boolean): void {
    const s = this.cfg.stats;
    const remote = this.remoteEnded || !local;
    s.cxActive.dec();
    s.cxDestroy.inc();
    if (remote) s.cxDestroyRemote.inc();
    else s.cxDestroyLocal.inc();
    if (this.active > 0 || this.cutOff > 0) {
      s.cxDestroyActiveRq.inc();
      if (this.cutOff > 0 ? this.cutOffByPeer : remote) s.cxDestroyRemoteActiveRq.inc();
      else s.cxDestroyLocalActiveRq.inc();
    }
    if (this.codec !== null && this.protocol === 'HTTP/2') this.codecs.http2Closed();
    if (this.codec !== null) (this.protocol === 'HTTP/2' ? s.cxHttp2Active : s.cxHttp1Active).dec();
    s.cxLengthMs.record(turnMs() - this.connection.startMs);
    this.idleTimer?.cancel();
    this.drainTimer?.cancel();
    this.durationTimer?.cancel();
    this.flushTimer?.cancel();
    this.codec?.onConnectionClosed(
      'connection termination',
      remote ? 'downstream_remote_disconnect' : 'downstream_local_disconnect',
    );
    this.codecs.closed(this.codec);
    this.onGone?.(this);
  }
  /** The manager's list of connections. */
  onGone: ((c: HttpConnection) => void) | null = null;

  onAboveWriteBuffer(): void {
    this.codec?.onUnderlyingAboveWriteBuffer();
  }
  onBelowWriteBuffer(): void {
    this.codec?.onUnderlyingBelowWriteBuffer();
    if (this.inputHeld) {
      this.inputHeld = false;
      this.connection.readDisable(false);
    }
    if (this.heldInputWaits) {
      this.heldInputWaits = false;
      setImmediate(this.resumeHeldInput);
    }
  }
  private readonly resumeHeldInput = (): void => this.onHeldInput();

  // --- codec -------------------------------------------------------------------------------------------------------

  newStream(encoder: StreamEncoder): StreamDecoder {
    this.active++;
    this.requests++;
    this.idleTimer?.cancel();
    const stream = new ActiveStream(this, encoder);
    this.current = stream;
    if (this.protocol === 'HTTP/2' && this.flushTimer?.armed === false)
      this.flushTimer.arm(this.cfg.streamIdleTimeoutMs);
    const max = this.cfg.maxRequestsPerConnection;
    if (max > 0 && this.requests >= max) {
      if (this.requests === max) this.cfg.stats.cxMaxRequestsReached.inc();
      if (this.protocol === 'HTTP/2') this.startDrain();
      else this.closing = true;
    }
    return stream;
  }

  /** A request's head is complete: its exact protocol version is known now. */
  onRequestHeaders(): void {
    const codec = this.codec as ServerCodec;
    if (this.protocol === 'HTTP/2') return;
    this.protocol = codec.protocol;
    if (this.current !== null) this.current.info.protocol = codec.protocol;
  }

  /** HTTP/1: drops names with an underscore, or says that the request must be refused (headers_with_underscores_action). */
  hasUnderscores(h: Headers): boolean {
    const list = h.unchecked;
    const root = this.cfg.stats.root;
    for (let i = list.length - 2; i >= 0; i -= 2) {
      if (!list[i].includes('_')) continue;
      if (this.cfg.headersWithUnderscores === 'REJECT_REQUEST') {
        root.counter('http1.requests_rejected_with_underscores_in_headers').inc();
        return true;
      }
      root.counter('http1.dropped_headers_with_underscores').inc();
      list.splice(i, 2);
    }
    return false;
  }

  /** HTTP/1: a pipelined request may be read now. */
  onHeldInput(): void {
    if (this.codec === null || !this.connection.open) return;
    if (this.connection.aboveWriteBuffer) this.heldInputWaits = true;
    else this.dispatch(this.codec, EMPTY);
  }

  onGoAway(): void {
    // The client goes away: nothing to do, its streams finish.
  }

  // --- streams -----------------------------------------------------------------------------------------------------

  streamGone(stream: ActiveStream): void {
    this.active--;
    if (this.current === stream) this.current = null;
    this.countPremature(stream);
    if (this.active === 0 && this.idleTimer !== null && this.connection.open)
      this.idleTimer.arm(this.cfg.idleTimeoutMs);
  }

  /** ConnectionManagerImpl::maybeDrainDueToPrematureResets: too many requests given up before their answer began. */
  private countPremature(stream: ActiveStream): void {
    const closed = ++this.closedRequests;
    const { info } = stream;
    if (info.responseCode !== 0 || turnMs() - info.startMs >= PREMATURE_LIFETIME_MS) return;
    const premature = ++this.prematureResets;
    if (premature * 2 < Math.max(closed, PREMATURE_RESET_COUNT) || this.prematureClose || !this.connection.open) return;
    this.prematureClose = true;
    this.cfg.stats.rqTooManyPrematureResets.inc();
    // The codec may be in the middle of the frame that was too much.
    setImmediate(this.abort);
    this.connection.readDisable(true);
  }
  private prematureClose = false;
  private readonly abort = (): void => this.connection.close('noFlush');

  /** After a response's last byte, or a reset. `skipDelay`: nothing can still be on its way from the client. */
  afterStream(skipDelay: boolean): void {
    this.skipDelay = skipDelay;
    if (!this.dispatching) this.maybeClose();
  }

  private maybeClose(): void {
    const codec = this.codec;
    if (codec === null || this.active > 0) return;
    // HTTP/2: complete answers that wait for window are still delivered.
    if (!codec.mustClose && codec.activeStreams > 0) return;
    if (codec.mustClose || this.closing) this.connection.close(this.skipDelay ? 'flush' : 'flushDelayed');
  }

  // --- drain -------------------------------------------------------------------------------------------------------

  /** Called with each response while the server drains. */
  drainOnce(): void {
    if (this.draining) return;
    this.cfg.stats.cxDrainClose.inc();
    this.startDrain();
    if (this.protocol !== 'HTTP/2') this.closing = true;
  }

  startDrain(): void {
    if (this.draining) return;
    this.draining = true;
    this.drainTimer?.cancel();
    this.codec?.shutdownNotice();
    this.drainTimer = new Timer(this.onDrainTimeout);
    this.drainTimer.arm(this.cfg.drainTimeoutMs);
  }

  /** The listener drains: a connection without requests goes by itself, at a moment of its own, with time left for the drain sequence. */
  onDrain(sequence: DrainSequence): void {
    if (this.draining) return;
    const ms = sequence.idleDelayMs(this.cfg.drainTimeoutMs);
    if (ms === 0) return;
    this.drainTimer = new Timer(() => this.drainIdle());
    this.drainTimer.arm(ms);
  }

  private drainIdle(): void {
    if (this.draining) return;
    this.cfg.stats.cxDrainClose.inc();
    if (this.codec === null) this.connection.close('flush');
    else this.startDrain();
  }

  private readonly onDrainTimeout = (): void => {
    this.closing = true;
    this.codec?.goAway();
    this.maybeClose();
  };

  /** A client that never opens its window must not keep a finished answer here for ever (tx_flush_timeout). */
  private readonly onFlushTimer = (): void => {
    const codec = this.codec;
    if (codec === null || !this.connection.open) return;
    codec.expirePendingFlush?.();
    if (codec.activeStreams > 0) this.flushTimer?.arm(this.cfg.streamIdleTimeoutMs);
    else this.maybeClose();
  };

  private readonly onIdle = (): void => {
    this.cfg.stats.cxIdleTimeout.inc();
    if (this.codec === null) this.connection.close('flush');
    else this.startDrain();
  };

  private readonly onMaxDuration = (): void => {
    this.cfg.stats.cxMaxDurationReached.inc();
    if (this.codec === null) this.connection.close('flush');
    else this.startDrain();
  };
}

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  413: 'Payload Too Large',
  426: 'Upgrade Required',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
};

/** The last words on a connection whose framing is lost. */
function rawReply(protocol: Protocol, status: number, body: string, server: string): string {
  const start = `${protocol} ${status} ${REASONS[status] ?? 'Error'}\r\n`;
  const common = `date: ${httpDate()}\r\nserver: ${server}\r\nconnection: close\r\n`;
  // Envoy's order: the length of an empty body is the codec's doing and comes last.
  return body === ''
    ? `${start}${common}content-length: 0\r\n\r\n`
    : `${start}content-length: ${body.length}\r\ncontent-type: text/plain\r\n${common}\r\n${body}`;
}
