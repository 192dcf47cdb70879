/**
 * One downstream HTTP connection: chooses the codec, hands it bytes, counts, and says the last words when framing is lost.
 * Role of ConnectionManagerImpl (source/common/http/conn_manager_impl.cc).
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
import type { Timer } from '../../transport/timers.ts';
import type { ConnectionHandler } from '../../transport/types.ts';
import { ActiveStream } from '../stream/active-stream.ts';
import { DOWNSTREAM_PROTOCOL_ERROR, OVERLOAD_MANAGER } from '../stream/response-flags.ts';
import type { StreamOwner } from '../stream/stream-owner.ts';
import { ConnectionEnd, timerFor } from './connection-end.ts';
import { PrematureResets } from './premature-resets.ts';
import { rawReply, rawReplyHead } from './raw-reply.ts';
import type { ServerCodecs } from './server-codecs.ts';
import type { ConnectionManagerSettings } from './settings.ts';
import { dropUnderscores } from './underscores.ts';

const log = logger('http');

const EMPTY = Buffer.alloc(0);
/** What an HTTP/2 client with prior knowledge sends first (RFC 9113 §3.4); Envoy decides on these 12 bytes. */
const PREFACE_START = Buffer.from('PRI * HTTP/2', 'latin1');

export class HttpConnection implements ConnectionHandler, ServerCallbacks, StreamOwner {
  readonly cfg: ConnectionManagerSettings;
  readonly connection: Connection;
  protocol: Protocol;
  private codec: ServerCodec | null;
  private readonly codecs: ServerCodecs;
  /** When it serves no further request, and how it ends. */
  private readonly end: ConnectionEnd;
  /** Bytes too few to tell HTTP/1 from HTTP/2. */
  private sniffed: Buffer | null;
  private remoteEnded: boolean;
  /** Requests that were cut off by the end of the connection. */
  private cutOff: number;
  private cutOffByPeer: boolean;
  /** HTTP/1: no further request is read until the client has taken enough of its answers. */
  private inputHeld: boolean;
  /** A pipelined request waits in the codec for the same. */
  private heldInputWaits: boolean;
  private readonly resets: PrematureResets;
  /** HTTP/2: looks for finished answers that the client does not take. */
  private readonly flushTimer: Timer | null;
  private dispatching: boolean;
  private current: ActiveStream | null;

  constructor(cfg: ConnectionManagerSettings, codecs: ServerCodecs, connection: Connection) {
    this.cfg = cfg;
    this.codecs = codecs;
    this.connection = connection;
    this.protocol = 'HTTP/1.1';
    this.codec = null;
    this.sniffed = null;
    this.remoteEnded = false;
    this.cutOff = 0;
    this.cutOffByPeer = false;
    this.inputHeld = false;
    this.heldInputWaits = false;
    this.resets = new PrematureResets();
    this.flushTimer = timerFor(cfg.streamFlushTimeoutMs, cfg, 'HTTP_DOWNSTREAM_STREAM_FLUSH', this.onFlushTimer);
    this.dispatching = false;
    this.current = null;
    connection.stats = cfg.stats.bytes;
    // A log names the peer also where its reset has ended the socket.
    if (cfg.accessLogs.length > 0) rememberAddresses(connection);
    connection.delayedCloseTimeoutMs = cfg.delayedCloseTimeoutMs;
    connection.onDelayedCloseTimeout = cfg.stats.cxDelayedCloseTimeout;
    cfg.stats.cxTotal.inc();
    cfg.stats.cxActive.inc();
    if (connection.secure) {
      cfg.stats.cxSslTotal.inc();
      cfg.stats.cxSslActive.inc();
    }
    this.end = new ConnectionEnd(cfg, connection);
    if (cfg.overload === null) this.useFixedCodec();
  }

  /** Null where the first bytes decide. */
  private useFixedCodec(): ServerCodec | null {
    const { codecType } = this.cfg;
    return codecType === 'AUTO' ? null : this.useCodec(codecType === 'HTTP1' ? 'HTTP/1.1' : 'HTTP/2');
  }

  private useCodec(protocol: Protocol): ServerCodec {
    const s = this.cfg.stats;
    this.protocol = protocol;
    // One read of HTTP/2 has many frames to keep: a copy each would cost more than one of all.
    this.connection.takesLent = protocol !== 'HTTP/2';
    this.connection.takesBulk = true;
    let codec: ServerCodec;
    if (protocol === 'HTTP/2') {
      s.cxHttp2Total.inc();
      s.cxHttp2Active.inc();
      codec = this.codecs.http2(this.connection, this);
    } else {
      s.cxHttp1Total.inc();
      s.cxHttp1Active.inc();
      codec = this.codecs.http1(this.connection, this);
    }
    this.codec = codec;
    this.end.codec = codec;
    return codec;
  }

  // --- connection --------------------------------------------------------------------------------------------------

  onConnected(): void {}

  onData(chunk: Buffer): void {
    let codec = this.codec;
    if (codec === null && this.cfg.overload !== null) {
      if (this.cfg.overload.refusesCodec()) {
        this.connection.close('noFlush');
        return;
      }
      codec = this.useFixedCodec();
    }
    if (codec === null) {
      // What was agreed on is spoken; the preface is looked at where nothing was (ConnectionManagerUtility::determineNextProtocol).
      const agreed = this.connection.security?.alpn ?? '';
      if (agreed !== '') {
        this.dispatch(this.useCodec(agreed === 'h2' ? 'HTTP/2' : 'HTTP/1.1'), chunk);
        return;
      }
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
    const { overload } = this.cfg;
    this.dispatching = true;
    try {
      if (overload !== null && overload.beforeDispatch(codec, this.protocol)) {
        this.dispatching = false;
        this.end.giveUp();
        this.connection.close('flush');
        return;
      }
      codec.dispatch(chunk);
    } catch (e) {
      this.dispatching = false;
      this.onCodecError(e);
      return;
    }
    this.dispatching = false;
    if (!this.connection.open) return;
    this.end.check();
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
      // Streams catch what goes wrong in them: this is the codec itself, whose state nobody knows now.
      log.error(
        `[C${this.connection.id}] internal error, closing the connection: ${e instanceof Error ? e.stack : String(e)}`,
      );
      this.connection.close('noFlush');
      return;
    }
    if (log.debugOn) log.debug(`[C${this.connection.id}] dispatch error: ${e.message}`);
    // Envoy's manager, not its codec, finds that one.
    const noHost = e.code === 'missing_host_header';
    const overloaded = e.code === 'overload';
    const atFault = !noHost && !overloaded;
    if (atFault) s.cxProtocolError.inc();
    const { record } = this.connection;
    if (record !== null) {
      record.flags |= overloaded ? OVERLOAD_MANAGER : DOWNSTREAM_PROTOCOL_ERROR;
      this.connection.closeReason = `${overloaded ? e.code : 'codec_error'}:${e.message}`;
    }
    if (e.status > 0 && this.protocol !== 'HTTP/2' && (this.current === null || !this.current.responseBegun)) {
      if (this.current === null) {
        s.rqTotal.inc();
        s.rqHttp1Total.inc();
      }
      s.countResponse(e.status);
      if (!noHost) s.rqResponseBeforeRqComplete.inc();
      const head = rawReplyHead(e.status, e.body, this.cfg.serverName);
      const proper = this.cfg.http1.headerKeyFormat?.properCaseWords !== undefined;
      const text = rawReply(this.codec?.protocol ?? 'HTTP/1.1', head, e.body, proper);
      this.connection.writeLatin1(text);
      this.current?.answeredByCodec(head, text, e.body.length, e, atFault);
    } else {
      this.cutOff = this.end.openRequests;
    }
    this.end.giveUp();
    this.codec?.onConnectionClosed(overloaded ? 'overload manager reset' : 'protocol error', e.code);
    this.connection.close('flushDelayed');
  }

  onEnd(): void {
    // HTTP does not half-close here: the peer's FIN ends the connection, as in Envoy.
    this.remoteEnded = true;
    this.cutOff = this.end.openRequests;
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
    const { record } = this.connection;
    if (record !== null && this.codec !== null && (record.flags === 0 || this.end.requests > 1))
      record.protocol = this.protocol;
    s.cxActive.dec();
    if (this.connection.secure) s.cxSslActive.dec();
    s.cxDestroy.inc();
    if (remote) s.cxDestroyRemote.inc();
    else s.cxDestroyLocal.inc();
    if (this.end.openRequests > 0 || this.cutOff > 0) {
      s.cxDestroyActiveRq.inc();
      if (this.cutOff > 0 ? this.cutOffByPeer : remote) s.cxDestroyRemoteActiveRq.inc();
      else s.cxDestroyLocalActiveRq.inc();
    }
    if (this.codec !== null) (this.protocol === 'HTTP/2' ? s.cxHttp2Active : s.cxHttp1Active).dec();
    s.cxLengthMs.record(turnMs() - this.connection.startMs);
    this.end.onClosed();
    this.flushTimer?.cancel();
    this.codec?.onConnectionClosed(
      'connection termination',
      remote ? 'downstream_remote_disconnect' : 'downstream_local_disconnect',
    );
    this.codecs.closed(this.codec);
  }

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

  onDrain(sequence: DrainSequence): void {
    this.end.onServerDrain(sequence);
  }

  // --- codec -------------------------------------------------------------------------------------------------------

  newStream(encoder: StreamEncoder): StreamDecoder {
    this.end.onRequest();
    const stream = this.makeStream(encoder);
    this.current = stream;
    if (this.protocol === 'HTTP/2' && this.flushTimer?.armed === false)
      this.flushTimer.arm(this.cfg.streamFlushTimeoutMs);
    return stream;
  }

  protected makeStream(encoder: StreamEncoder): ActiveStream {
    return new ActiveStream(this, encoder);
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

  /** A client that never opens its window must not keep a finished answer here for ever (tx_flush_timeout). */
  private readonly onFlushTimer = (): void => {
    const codec = this.codec;
    if (codec === null || !this.connection.open) return;
    codec.expirePendingFlush?.();
    if (codec.activeStreams > 0) this.flushTimer?.arm(this.cfg.streamFlushTimeoutMs);
    else this.end.check();
  };

  // --- streams -----------------------------------------------------------------------------------------------------

  onRequestHead(stream: ActiveStream): void {
    if (this.protocol === 'HTTP/2') return;
    this.protocol = (this.codec as ServerCodec).protocol;
    stream.info.protocol = this.protocol;
  }

  refusesUnderscores(h: Headers): boolean {
    return this.protocol !== 'HTTP/2' && dropUnderscores(h, this.cfg);
  }

  endsHere(): void {
    this.end.endsHere();
  }

  onAnswer(h: Headers, requestComplete: boolean, tunnel: boolean): void {
    this.end.onAnswer(h, this.protocol, requestComplete, tunnel);
  }

  onStreamGone(stream: ActiveStream): void {
    if (this.current === stream) this.current = null;
    this.end.onRequestOver();
    if (this.resets.tooMany(stream.info) && this.connection.open) {
      this.cfg.stats.rqTooManyPrematureResets.inc();
      // The codec may be in the middle of the frame that was too much.
      setImmediate(this.abort);
      this.connection.readDisable(true);
    }
  }
  private readonly abort = (): void => this.connection.close('noFlush');

  onAnswered(requestComplete: boolean, early: boolean, unframed: boolean): void {
    this.end.onAnswered(requestComplete, early, unframed);
    if (!this.dispatching) this.end.check();
  }

  onStreamReset(cutOff: boolean): void {
    this.end.onReset(cutOff);
    if (!this.dispatching) this.end.check();
  }
}

/** Read once: a socket that is gone does not tell them any more. */
function rememberAddresses(c: Connection): void {
  c.directRemoteAddress;
  c.directLocalAddress;
}
