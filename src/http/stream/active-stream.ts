/**
 * One request and its response: checks, header work, routing, filters, timeouts, local replies.
 * Role of ConnectionManagerImpl::ActiveStream (source/common/http/conn_manager_impl.cc).
 */
import { Headers } from '../../codec/headers.ts';
import type { ResetReason, StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import { listHas } from '../../codec/ows.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { Connection } from '../../transport/connection.ts';
import { Timer } from '../../transport/timers.ts';
import type { HcmConfig } from '../connection/config.ts';
import { httpDate } from '../connection/date.ts';
import type { HttpConnection } from '../connection/http-connection.ts';
import { formatGrpcTimeout, GRPC_DEADLINE_EXCEEDED, isGrpcContentType, parseGrpcTimeout } from '../grpc.ts';
import { cleanResponseHeaders, mutateRequestHeaders } from '../headers/forwarding.ts';
import type { RouteEntry } from '../route/route-entry.ts';
import type { FilterCallbacks, HttpFilter } from './filter.ts';
import { type ChainSink, FilterChain } from './filter-chain.ts';
import { DOWNSTREAM_DURATION_TIMEOUT, localReplyHeaders, REQUEST_TIMEOUT, STREAM_TIMEOUT } from './local-reply.ts';
import { DOWNSTREAM_REMOTE_RESET, DURATION_TIMEOUT, STREAM_IDLE_TIMEOUT } from './response-flags.ts';
import { StreamInfo, StreamTimings } from './stream-info.ts';

const log = logger('http');
const NEVER = Number.MAX_VALUE;

/** One timer for all deadlines of a stream: it is armed for the nearest and looks at all when it fires. */
class StreamTimer extends Timer {
  private readonly stream: ActiveStream;
  constructor(stream: ActiveStream) {
    super(unused);
    this.stream = stream;
  }
  override expire(): void {
    this.stream.onTimer();
  }
}
function unused(): void {}

export class ActiveStream implements StreamDecoder, FilterCallbacks {
  readonly info: StreamInfo;
  requestHeaders: Headers;
  responseHeaders: Headers | null;
  route: RouteEntry | null;
  grpcRequest: boolean;
  readonly encoder: StreamEncoder;
  private readonly conn: HttpConnection;
  private readonly cfg: HcmConfig;
  private filters: HttpFilter[];
  /** The last filter of the chain: gets the request directly when it is the only one. */
  private terminal: HttpFilter | null;
  private decodeChain: FilterChain | null;
  private encodeChain: FilterChain | null;
  private haveHeaders: boolean;
  private requestComplete: boolean;
  /** The head is being looked at: an answer given meanwhile counts as early, even where there is no body. */
  private inHeaders: boolean;
  private responseStarted: boolean;
  /** Response headers were given to the codec. */
  private headersEncoded: boolean;
  private responseComplete: boolean;
  private destroyed: boolean;
  private localReply: boolean;
  /** This connection must not serve another request after this one. */
  private closeAfter: boolean;
  private readonly timer: StreamTimer;
  private idleMs: number;
  private idleAt: number;
  private headersBy: number;
  private requestBy: number;
  private durationBy: number;
  private internal: boolean;
  private upgrade: boolean;

  constructor(conn: HttpConnection, encoder: StreamEncoder) {
    const cfg = conn.cfg;
    this.conn = conn;
    this.cfg = cfg;
    this.encoder = encoder;
    const now = turnMs();
    this.info = new StreamInfo(conn.protocol, now, conn.connection);
    if (cfg.timings) this.info.timings = new StreamTimings();
    this.requestHeaders = EMPTY;
    this.responseHeaders = null;
    this.route = null;
    this.grpcRequest = false;
    this.filters = NO_FILTERS;
    this.terminal = null;
    this.decodeChain = null;
    this.encodeChain = null;
    this.haveHeaders = false;
    this.requestComplete = false;
    this.inHeaders = false;
    this.responseStarted = false;
    this.headersEncoded = false;
    this.responseComplete = false;
    this.destroyed = false;
    this.localReply = false;
    this.closeAfter = false;
    this.idleMs = cfg.streamIdleTimeoutMs;
    this.idleAt = this.idleMs > 0 ? now + this.idleMs : NEVER;
    this.headersBy = cfg.requestHeadersTimeoutMs > 0 ? now + cfg.requestHeadersTimeoutMs : NEVER;
    this.requestBy = cfg.requestTimeoutMs > 0 ? now + cfg.requestTimeoutMs : NEVER;
    this.durationBy = cfg.maxStreamDurationMs > 0 ? now + cfg.maxStreamDurationMs : NEVER;
    this.internal = false;
    this.upgrade = false;
    this.timer = new StreamTimer(this);
    this.armTimer(now);
    const s = cfg.stats;
    s.rqTotal.inc();
    s.rqActive.inc();
    if (conn.protocol === 'HTTP/2') s.rqHttp2Total.inc();
    else s.rqHttp1Total.inc();
  }

  get connection(): Connection {
    return this.conn.connection;
  }
  get bufferLimit(): number {
    return this.cfg.bufferLimit;
  }
  /** The request's head is complete. */
  get headRead(): boolean {
    return this.haveHeaders;
  }
  /** Used by the connection: may a raw error answer still be written? */
  get responseBegun(): boolean {
    return this.responseStarted;
  }

  // --- timers ------------------------------------------------------------------------------------------------------

  private armTimer(now: number): void {
    let at = this.idleAt;
    if (this.headersBy < at) at = this.headersBy;
    if (this.requestBy < at) at = this.requestBy;
    if (this.durationBy < at) at = this.durationBy;
    if (at !== NEVER) this.timer.arm(at - now);
    else if (this.timer.armed) this.timer.cancel();
  }

  /** Any byte in either direction: only a number is stored; the timer finds out when it fires. */
  private touch(): void {
    if (this.idleMs > 0) this.idleAt = turnMs() + this.idleMs;
  }

  onTimer(): void {
    if (this.destroyed) return;
    const now = turnMs();
    const s = this.cfg.stats;
    if (now >= this.durationBy) {
      s.rqMaxDurationReached.inc();
      this.timedOut(DURATION_TIMEOUT, DOWNSTREAM_DURATION_TIMEOUT, 'max_duration_timeout', GRPC_DEADLINE_EXCEEDED);
    } else if (now >= this.headersBy) {
      s.rqHeaderTimeout.inc();
      this.timedOut(DURATION_TIMEOUT, 'request header timeout', 'request_header_timeout');
    } else if (now >= this.requestBy) {
      s.rqTimeout.inc();
      this.timedOut(DURATION_TIMEOUT, REQUEST_TIMEOUT, 'request_overall_timeout');
    } else if (now >= this.idleAt) {
      s.rqIdleTimeout.inc();
      this.timedOut(STREAM_IDLE_TIMEOUT, STREAM_TIMEOUT, 'stream_idle_timeout');
    } else {
      this.armTimer(now);
    }
  }

  private timedOut(flag: number, body: string, details: string, grpcStatus?: number): void {
    this.info.flags |= flag;
    if (this.responseStarted) {
      this.info.details = details;
      this.resetStream('local reset');
      return;
    }
    // Once the request is whole, it is not the client that is late (1.40; 1.16 said 408 all the same).
    this.sendLocalReply(this.requestComplete && !this.cfg.envoy16 ? 504 : 408, body, details, undefined, grpcStatus);
  }

  // --- request: called by the codec --------------------------------------------------------------------------------

  on1xx(): void {}

  onHeaders(h: Headers, endStream: boolean): void {
    this.inHeaders = true;
    this.dispatchHeaders(h, endStream);
    this.inHeaders = false;
  }

  private dispatchHeaders(h: Headers, endStream: boolean): void {
    const cfg = this.cfg;
    this.requestHeaders = h;
    this.haveHeaders = true;
    this.headersBy = NEVER;
    this.grpcRequest = isGrpcContentType(h.get('content-type'));
    if (endStream) this.requestDone();
    this.conn.onRequestHeaders();
    const h1 = this.conn.protocol !== 'HTTP/2';
    if (h1) this.closeAfter = wantsClose(h, this.info.protocol);
    if (log.debugOn) {
      log.debug(
        `[C${this.connection.id}] request headers complete (end_stream=${endStream}): ${h.method} ${h.authority}${h.path}`,
      );
    }
    if (h1 && cfg.headersWithUnderscores !== 'ALLOW' && this.conn.hasUnderscores(h)) {
      this.closeAfter = true;
      this.sendLocalReply(400, 'Bad Request', 'http1.unexpected_underscore');
      return;
    }
    const expect = h.get('expect');
    if (expect !== undefined && !cfg.proxy100Continue && asciiLower(expect) === '100-continue') {
      const c = new Headers();
      c.status = 100;
      cfg.stats.countResponse(100);
      this.encoder.encode1xx(c);
      h.remove('expect');
    }
    // HTTP/1: the codec refuses a request without Host; an empty one is fine.
    if (h.authority === '' && !h1) {
      this.sendLocalReply(400, '', 'missing_host_header');
      return;
    }
    const connectRequest = h.method === 'CONNECT';
    if (h.path === '') {
      if (!connectRequest) {
        this.sendLocalReply(404, '', 'missing_path');
        return;
      }
    } else if (h.path.charCodeAt(0) !== 47 /* / */) {
      cfg.stats.rqNonRelativePath.inc();
      this.sendLocalReply(404, '', 'absolute_path_rejected');
      return;
    }
    if (h.path.includes('#')) {
      // What stands behind a fragment would escape whoever matches on the path. An HTTP/2 connection carries others' streams, too.
      this.closeAfter = h1;
      this.sendLocalReply(400, '', 'path_normalization_failed');
      return;
    }
    // A QUERY must say of what type its body is, even an empty one (draft-ietf-httpbis-safe-method-w-body section 2; as 1.40).
    if (h.method === 'QUERY' && (h.get('content-type') ?? '') === '') {
      this.closeAfter = h1;
      this.sendLocalReply(400, '', 'missing_content_type');
      return;
    }
    this.upgrade = connectRequest || (h1 ? isUpgrade(h) : h.protocol !== '');
    this.internal = mutateRequestHeaders(h, cfg, this.connection, this.upgrade);
    this.route = cfg.routes.find(h);
    this.info.route = this.route;
    if (this.route !== null && this.upgrade) {
      // upgrade_configs are not supported: every upgrade is one this listener does not accept.
      this.closeAfter = true;
      cfg.stats.rqWsOnNonWsRoute.inc();
      this.sendLocalReply(403, '', 'upgrade_failed');
      return;
    }
    const idle = this.route === null ? -1 : this.route.idleTimeoutMs;
    if (idle >= 0 && idle !== this.idleMs) {
      this.idleMs = idle;
      this.idleAt = idle > 0 ? turnMs() + idle : NEVER;
      this.armTimer(turnMs());
    } else {
      this.touch();
    }
    if (this.route !== null) this.routeDuration(h, this.route);
    this.createFilters();
    if (this.decodeChain !== null) this.decodeChain.onHeaders(h, endStream);
    else this.terminal?.decodeHeaders?.(h, endStream);
  }

  /** max_stream_duration of the route and the request's own grpc-timeout (ActiveStream::refreshDurationTimeout). */
  private routeDuration(h: Headers, route: RouteEntry): void {
    let ms = route.maxStreamDurationMs;
    if (route.grpcTimeoutHeaderMaxMs >= 0 && this.grpcRequest) {
      const asked = parseGrpcTimeout(h.get('grpc-timeout'));
      if (asked !== undefined) {
        const max = route.grpcTimeoutHeaderMaxMs;
        ms = max > 0 && asked > max ? max : asked;
        if (ms > 0) ms = Math.max(0, ms - route.grpcTimeoutHeaderOffsetMs);
        h.set('grpc-timeout', formatGrpcTimeout(ms));
        this.setDuration(Math.max(1, ms));
        return;
      }
    }
    if (ms >= 0) this.setDuration(ms);
  }

  private setDuration(ms: number): void {
    this.durationBy = ms > 0 ? this.info.startMs + ms : NEVER;
    this.armTimer(turnMs());
  }

  private createFilters(): void {
    const factories = this.cfg.filters;
    const n = factories.length;
    if (n === 1) {
      const only = factories[0].create(this);
      this.filters = [only];
      this.terminal = only;
      return;
    }
    if (n === 0) return;
    const up: (HttpFilter | null)[] = [];
    for (let i = 0; i < n; i++) up.push(factories[i].create(i === n - 1 ? this : new IndexedCallbacks(this, i, n)));
    this.filters = up as HttpFilter[];
    this.terminal = this.filters[n - 1];
    const none: ChainSink = {
      chainHeaders() {},
      chainData() {},
      chainTrailers() {},
      chainOverflow: () => this.requestTooLarge(),
    };
    this.decodeChain = new FilterChain(up, true, none, this.cfg.bufferLimit);
    const down = this.filters.map((f) => (f.encodeHeaders || f.encodeData || f.encodeTrailers ? f : null)).reverse();
    this.encodeChain = new FilterChain(
      down,
      false,
      {
        chainHeaders: (h, end) => this.sendHeaders(h, end),
        chainData: (d, end) => this.sendData(d, end),
        chainTrailers: (t) => this.sendTrailers(t),
        chainOverflow: () => this.responseTooLarge(),
      },
      this.cfg.bufferLimit,
    );
  }

  private requestTooLarge(): void {
    this.cfg.stats.rqTooLarge.inc();
    this.sendLocalReply(413, 'Payload Too Large', 'request_payload_too_large');
  }

  private responseTooLarge(): void {
    this.cfg.stats.rsTooLarge.inc();
    if (this.headersEncoded) {
      this.info.details = 'response_payload_too_large';
      this.resetStream('local reset');
      return;
    }
    this.encodeChain?.destroy();
    this.encodeChain = null;
    this.responseStarted = false;
    this.sendLocalReply(500, 'Internal Server Error', 'response_payload_too_large');
  }

  onData(data: Buffer, endStream: boolean): void {
    this.info.bytesReceived += data.length;
    if (endStream) this.requestDone();
    this.touch();
    if (this.localReply) return;
    if (this.decodeChain !== null) this.decodeChain.onData(data, endStream);
    else this.terminal?.decodeData?.(data, endStream);
  }

  onTrailers(trailers: Headers): void {
    this.requestDone();
    this.touch();
    if (this.localReply) return;
    if (this.decodeChain !== null) this.decodeChain.onTrailers(trailers);
    else this.terminal?.decodeTrailers?.(trailers);
  }

  private requestDone(): void {
    this.requestComplete = true;
    this.requestBy = NEVER;
    this.info.requestEndMs = turnMs();
  }

  /** The codec says the stream is dead: the peer reset it, or the connection is gone. */
  onReset(reason: ResetReason, detail: string): void {
    if (this.destroyed) return;
    this.cfg.stats.rqRxReset.inc();
    this.info.flags |= DOWNSTREAM_REMOTE_RESET;
    if (this.info.details === '')
      this.info.details = detail === '' ? `downstream_${reason.replaceAll(' ', '_')}` : detail;
    this.destroy();
  }

  onAboveWriteBuffer(): void {
    this.cfg.stats.flowControlPaused.inc();
    this.terminal?.onDownstreamAboveWriteBuffer?.();
  }
  onBelowWriteBuffer(): void {
    this.cfg.stats.flowControlResumed.inc();
    this.terminal?.onDownstreamBelowWriteBuffer?.();
  }

  // --- filter callbacks --------------------------------------------------------------------------------------------

  continueDecoding(): void {}
  continueEncoding(): void {}
  decodingBuffer(): Buffer | null {
    return this.decodeChain?.buffer() ?? null;
  }
  encodingBuffer(): Buffer | null {
    return this.encodeChain?.buffer() ?? null;
  }
  addEncodedData(data: Buffer): void {
    this.encodeChain?.addData(data);
  }
  decodeChainOf(): FilterChain | null {
    return this.decodeChain;
  }
  encodeChainOf(): FilterChain | null {
    return this.encodeChain;
  }

  readDisable(disable: boolean): void {
    if (!this.destroyed) this.encoder.readDisable(disable);
  }

  resetStream(reason: ResetReason): void {
    if (this.destroyed) return;
    this.cfg.stats.rqTxReset.inc();
    // Envoy's codec tells the manager of any reset, its own included.
    this.cfg.stats.rqRxReset.inc();
    this.encoder.reset(reason);
    this.destroy();
    // An answer that was cut off is nothing to wait for: the client must not go on waiting for its rest.
    this.conn.afterStream(this.headersEncoded);
  }

  sendLocalReply(status: number, body: string, details: string, extra?: readonly string[], grpcStatus?: number): void {
    if (this.destroyed) return;
    this.info.details = details;
    if (this.responseStarted) {
      this.resetStream('local reset');
      return;
    }
    this.localReply = true;
    const head = this.requestHeaders.method === 'HEAD';
    const h = localReplyHeaders(
      status,
      body,
      this.grpcRequest,
      grpcStatus,
      extra,
      this.route?.responseMutations ?? null,
    );
    const withBody = body !== '' && !this.grpcRequest && !head;
    this.encodeHeaders(h, !withBody);
    if (withBody && !this.destroyed) this.encodeData(Buffer.from(body), true);
  }

  // --- response ----------------------------------------------------------------------------------------------------

  encode1xx(h: Headers): void {
    if (this.destroyed || this.responseStarted) return;
    // 100 was already answered here, and Envoy passes no other 1xx either unless it proxies 100.
    if (!this.cfg.proxy100Continue) return;
    this.cfg.stats.countResponse(h.status);
    this.encoder.encode1xx(h);
  }

  encodeHeaders(h: Headers, endStream: boolean): void {
    if (this.destroyed || this.responseStarted) return;
    this.responseStarted = true;
    this.responseHeaders = h;
    this.touch();
    if (this.encodeChain !== null) this.encodeChain.onHeaders(h, endStream);
    else this.sendHeaders(h, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.destroyed || this.responseComplete) return;
    this.touch();
    if (this.encodeChain !== null) this.encodeChain.onData(data, endStream);
    else this.sendData(data, endStream);
  }

  encodeTrailers(trailers: Headers): void {
    if (this.destroyed || this.responseComplete) return;
    this.touch();
    if (this.encodeChain !== null) this.encodeChain.onTrailers(trailers);
    else this.sendTrailers(trailers);
  }

  private sendHeaders(h: Headers, endStream: boolean): void {
    const cfg = this.cfg;
    const conn = this.conn;
    cleanResponseHeaders(h, false);
    if (!h.has('date')) h.addUnchecked('date', httpDate());
    if (cfg.serverHeader === 'OVERWRITE' || (cfg.serverHeader === 'APPEND_IF_ABSENT' && !h.has('server'))) {
      h.setUnchecked('server', cfg.serverName);
    }
    if (cfg.alwaysSetRequestIdInResponse || (this.internal && this.requestHeaders.has('x-envoy-force-trace'))) {
      const id = this.requestHeaders.get('x-request-id');
      if (id !== undefined) h.set('x-request-id', id);
    }
    if (cfg.via !== '') {
      const via = h.get('via');
      h.set('via', via === undefined ? cfg.via : `${via}, ${cfg.via}`);
    }
    if (cfg.isDraining()) conn.drainOnce();
    if (conn.protocol !== 'HTTP/2') {
      if (this.info.protocol === 'HTTP/1.0') {
        if (!h.has('content-length')) this.closeAfter = true;
        if (!this.closeAfter && !conn.closing && !conn.draining) h.set('connection', 'keep-alive');
      }
      if (!this.requestComplete) this.closeAfter = true;
      if (this.closeAfter || conn.closing || conn.draining) {
        conn.closing = true;
        h.set('connection', 'close');
      }
    } else if (this.closeAfter) {
      conn.startDrain();
    }
    if (!this.requestComplete) cfg.stats.rqResponseBeforeRqComplete.inc();
    this.info.responseCode = h.status;
    cfg.stats.countResponse(h.status);
    this.headersEncoded = true;
    const { timings } = this.info;
    if (timings !== null) timings.downstreamTxFirst = turnMs();
    this.encoder.encodeHeaders(h, endStream);
    if (endStream) this.done();
  }

  private sendData(data: Buffer, endStream: boolean): void {
    this.info.bytesSent += data.length;
    this.encoder.encodeData(data, endStream);
    if (endStream) this.done();
  }

  private sendTrailers(trailers: Headers): void {
    this.encoder.encodeTrailers(trailers);
    this.done();
  }

  private done(): void {
    if (this.destroyed) return;
    this.responseComplete = true;
    const { timings } = this.info;
    if (timings !== null) timings.downstreamTxLast = turnMs();
    const complete = this.requestComplete;
    // HTTP/2: tell the client not to send the rest. HTTP/1: the connection closes.
    if (!complete) {
      this.cfg.stats.rqRxReset.inc();
      this.encoder.reset('local reset');
    }
    // ActiveStream::shouldSkipDeferredCloseDelay.
    const unframed = this.info.protocol === 'HTTP/1.0' && this.responseHeaders?.has('content-length') !== true;
    this.destroy();
    this.conn.afterStream(unframed || (complete && !this.inHeaders && this.closeAfter));
  }

  private destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.timer.cancel();
    const s = this.cfg.stats;
    s.rqActive.dec();
    const now = turnMs();
    if (this.haveHeaders) s.rqTime.record(now - this.info.startMs);
    this.decodeChain?.destroy();
    this.encodeChain?.destroy();
    const filters = this.filters;
    for (let i = 0; i < filters.length; i++) filters[i].onDestroy?.();
    const logs = this.cfg.accessLogs;
    for (let i = 0; i < logs.length; i++) logs[i].log(this.info, this.requestHeaders, this.responseHeaders, now);
    this.conn.streamGone(this);
  }

  get isInternal(): boolean {
    return this.internal;
  }
}

const EMPTY = new Headers();
const NO_FILTERS: HttpFilter[] = [];

/** Utility::isUpgrade: `upgrade` present and `connection` names it. */
function isUpgrade(h: Headers): boolean {
  if (!h.has('upgrade')) return false;
  const c = h.getAll('connection');
  return c !== undefined && listHas(c, 'upgrade');
}

/** HeaderUtility::shouldCloseConnection. */
function wantsClose(h: Headers, protocol: string): boolean {
  const connection = h.getAll('connection');
  if (connection !== undefined && listHas(connection, 'close')) return true;
  if (protocol === 'HTTP/1.0' && !(connection !== undefined && listHas(connection, 'keep-alive'))) return true;
  const proxy = h.getAll('proxy-connection');
  return proxy !== undefined && listHas(proxy, 'close');
}

/** Callbacks of a filter that is not the last: it needs its own place in the chain to go on from. */
class IndexedCallbacks implements FilterCallbacks {
  private readonly stream: ActiveStream;
  private readonly index: number;
  private readonly count: number;
  constructor(stream: ActiveStream, index: number, count: number) {
    this.stream = stream;
    this.index = index;
    this.count = count;
  }
  get info(): StreamInfo {
    return this.stream.info;
  }
  get connection(): Connection {
    return this.stream.connection;
  }
  get requestHeaders(): Headers {
    return this.stream.requestHeaders;
  }
  get route(): RouteEntry | null {
    return this.stream.route;
  }
  get grpcRequest(): boolean {
    return this.stream.grpcRequest;
  }
  get bufferLimit(): number {
    return this.stream.bufferLimit;
  }
  continueDecoding(): void {
    this.stream.decodeChainOf()?.continueFrom(this.index);
  }
  continueEncoding(): void {
    // The response meets the filters in reverse order.
    this.stream.encodeChainOf()?.continueFrom(this.count - 1 - this.index);
  }
  decodingBuffer(): Buffer | null {
    return this.stream.decodingBuffer();
  }
  encodingBuffer(): Buffer | null {
    return this.stream.encodingBuffer();
  }
  addEncodedData(data: Buffer): void {
    this.stream.addEncodedData(data);
  }
  sendLocalReply(status: number, body: string, details: string, extra?: readonly string[], grpcStatus?: number): void {
    this.stream.sendLocalReply(status, body, details, extra, grpcStatus);
  }
  encode1xx(h: Headers): void {
    this.stream.encode1xx(h);
  }
  encodeHeaders(h: Headers, endStream: boolean): void {
    this.stream.encodeHeaders(h, endStream);
  }
  encodeData(data: Buffer, endStream: boolean): void {
    this.stream.encodeData(data, endStream);
  }
  encodeTrailers(trailers: Headers): void {
    this.stream.encodeTrailers(trailers);
  }
  resetStream(reason: ResetReason): void {
    this.stream.resetStream(reason);
  }
  readDisable(disable: boolean): void {
    this.stream.readDisable(disable);
  }
}
