/**
 * One request and its response, between the codec, the connection and the filters: checks, deadlines, the heads, the end. Role of
 * ConnectionManagerImpl::ActiveStream (source/common/http/conn_manager_impl.cc).
 */
import { BytesMeter } from '../../codec/bytes-meter.ts';
import { headerLines } from '../../codec/header-lines.ts';
import { Headers } from '../../codec/headers.ts';
import type { CodecError, ResetReason, StreamDecoder, StreamEncoder } from '../../codec/http.ts';
import {
  ATTEMPTS,
  DOWNSTREAM_END,
  DOWNSTREAM_PERIODIC,
  DOWNSTREAM_START,
  METERS,
  type Occasion,
  TIMINGS,
  TUNNEL_ESTABLISHED,
} from '../../format/format-context.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { Connection } from '../../transport/connection.ts';
import { Timer } from '../../transport/timers.ts';
import { isGrpcContentType } from '../grpc.ts';
import { mutateRequestHeaders } from '../headers/forwarding.ts';
import { detected } from '../headers/ip-detection.ts';
import type { LocalReply } from '../reply.ts';
import type { Route } from '../route/route.ts';
import type { RouteTable } from '../route/route-table.ts';
import { type Deadline, type DeadlineOwner, Deadlines, deadlineReply, NOT_YET } from './deadlines.ts';
import type { HttpFilterChain } from './filter-chain.ts';
import {
  ANSWERED,
  FilterManager,
  GONE,
  GRPC,
  HEAD_READ,
  HEAD_SENT,
  IN_HEAD,
  INTERNAL,
  REQUEST_DONE,
  RESPONDING,
  ROUTED,
  SENT,
  UPGRADED,
} from './filter-manager.ts';
import { logIds } from './log-ids.ts';
import type { ReplyRules } from './reply-rules.ts';
import { NOT_RELATIVE, type Refusal, refusalOf, UNDERSCORE, UPGRADE, wantsClose } from './request-checks.ts';
import {
  DOWNSTREAM_CONNECTION_TERMINATION,
  DOWNSTREAM_PROTOCOL_ERROR,
  DOWNSTREAM_REMOTE_RESET,
  OVERLOAD_MANAGER,
} from './response-flags.ts';
import { finishResponseHead } from './response-head.ts';
import { applyStreamDuration, NO_LIMIT } from './stream-duration.ts';
import { StreamInfo, StreamMeters, StreamTimings } from './stream-info.ts';
import type { StreamOwner } from './stream-owner.ts';
import type { StreamSettings } from './stream-settings.ts';
import { acceptsUpgrade, upgradeChain, upgradeType } from './upgrades.ts';

const log = logger('http');

/** Why the codec gave the stream up; anything else is the client's own reset. */
const RESET_FLAGS: Partial<Record<ResetReason, number>> = {
  'connection termination': DOWNSTREAM_CONNECTION_TERMINATION,
  'protocol error': DOWNSTREAM_PROTOCOL_ERROR,
  'overload manager reset': OVERLOAD_MANAGER,
};
const OVERLOADED: ResetReason = 'overload manager reset';

export class ActiveStream extends FilterManager implements StreamDecoder, DeadlineOwner {
  private readonly encoder: StreamEncoder;
  private readonly owner: StreamOwner;
  private readonly cfg: StreamSettings;
  private readonly deadlines: Deadlines;
  /** Null without a log interval. */
  private logTimer: Timer | null;
  /** The routes when the request's head came. */
  private table: RouteTable | null;
  protected chain: HttpFilterChain;

  constructor(owner: StreamOwner, encoder: StreamEncoder) {
    const { cfg } = owner;
    const now = turnMs();
    super(new StreamInfo(owner.protocol, now, owner.connection), cfg.bufferLimit);
    if (cfg.schemeOfUpstream) this.info.schemeOfUpstream = true;
    const needs = cfg.needs.bits;
    if (needs !== 0) {
      this.info.needs = needs;
      if ((needs & TIMINGS) !== 0) this.info.timings = new StreamTimings();
      if ((needs & ATTEMPTS) !== 0) this.info.tries = [];
      if ((needs & METERS) !== 0) {
        encoder.meter = new BytesMeter();
        this.info.meters = new StreamMeters(encoder.meter);
      }
    }
    this.encoder = encoder;
    this.owner = owner;
    this.cfg = cfg;
    this.deadlines = cfg.overload === null ? new Deadlines(this, cfg, now) : cfg.overload.deadlines(this, cfg, now);
    this.logTimer = null;
    if (cfg.logIntervalMs > 0) this.logPeriodically(cfg.logIntervalMs);
    this.table = null;
    this.chain = cfg.chain.usual;
    const s = cfg.stats;
    s.rqTotal.inc();
    s.rqActive.inc();
    if (owner.protocol === 'HTTP/2') s.rqHttp2Total.inc();
    else s.rqHttp1Total.inc();
  }

  get connection(): Connection {
    return this.owner.connection;
  }
  get envoy16(): boolean {
    return this.cfg.envoy16;
  }
  /** The request's head is complete. */
  get headRead(): boolean {
    return (this.state & HEAD_READ) !== 0;
  }
  /** Used by the connection: may a raw error answer still be written? */
  get responseBegun(): boolean {
    return (this.state & RESPONDING) !== 0;
  }

  // --- request: called by the codec --------------------------------------------------------------------------------

  on1xx(): void {}

  onHeaders(h: Headers, endStream: boolean): void {
    this.state |= HEAD_READ | IN_HEAD;
    this.runHead(h, endStream);
    this.state &= ~IN_HEAD;
  }

  onData(data: Buffer, endStream: boolean): void {
    this.info.bytesReceived += data.length;
    if (endStream) this.requestDone();
    this.deadlines.touch();
    this.runData(data, endStream);
  }

  onTrailers(trailers: Headers): void {
    this.requestDone();
    this.deadlines.touch();
    this.runTrailers(trailers);
  }

  private requestDone(): void {
    this.state |= REQUEST_DONE;
    this.deadlines.requestDone();
    this.info.requestEndMs = turnMs();
  }

  /** The codec says the stream is dead: the peer reset it, or the connection is gone. */
  onReset(reason: ResetReason, detail: string): void {
    if (this.gone) return;
    this.cfg.stats.rqRxReset.inc();
    if ((this.state & SENT) === 0) this.info.flags |= RESET_FLAGS[reason] ?? DOWNSTREAM_REMOTE_RESET;
    // The end of a connection says more than that an answer had come.
    if (detail !== '') this.info.details = detail;
    else if (this.info.details === '') this.info.details = `downstream_${reason.replaceAll(' ', '_')}`;
    this.destroy();
  }

  /** The connection has answered past us: the codec refused the request. For the log. */
  answeredByCodec(head: Headers, text: string, bodyBytes: number, error: CodecError, brokeProtocol: boolean): void {
    const { info } = this;
    if (error.request !== null) this.request = error.request;
    if (info.meters !== null) {
      info.meters.down.sentHead(text.slice(0, text.length - bodyBytes - 4));
      info.meters.down.wireSent += bodyBytes;
    }
    this.state |= SENT;
    this.response = head;
    info.responseCode = head.status;
    info.bytesSent = bodyBytes;
    if (info.timings !== null) {
      const now = turnMs();
      info.timings.downstreamTxFirst = now;
      info.timings.downstreamTxLast = now;
    }
    info.details = error.code;
    if (brokeProtocol) info.flags |= DOWNSTREAM_PROTOCOL_ERROR;
  }

  // --- the request's head ------------------------------------------------------------------------------------------

  protected decodeHead(h: Headers, endStream: boolean): void {
    const { cfg, owner } = this;
    this.deadlines.headersDone();
    if (isGrpcContentType(h.get('content-type'))) this.state |= GRPC;
    if (endStream) this.requestDone();
    owner.onRequestHead(this);
    const http1 = owner.protocol !== 'HTTP/2';
    if (http1 && wantsClose(h, owner.protocol)) owner.endsHere();
    if (log.debugOn) {
      log.debug(
        `${logIds(this.connection, this.info)} request headers complete (end_stream=${endStream}):${headerLines(h)}`,
      );
    }
    if (cfg.overload?.refuses() === true) {
      this.refuse(cfg.overload.reply);
      return;
    }
    if (owner.refusesUnderscores(h)) {
      this.refuse(UNDERSCORE);
      return;
    }
    const expect = h.get('expect');
    if (expect !== undefined && !cfg.proxy100Continue && asciiLower(expect) === '100-continue') this.sendContinue(h);
    const refusal = refusalOf(h, http1);
    if (refusal !== null) {
      this.refuse(refusal);
      return;
    }
    if (cfg.target !== null) {
      const reply = this.applyTarget(cfg.target, h);
      if (reply !== null) {
        const s = cfg.stats;
        (reply.status === 400 ? s.rqFailedPathNormalization : s.rqRedirectedWithNormalizedPath).inc();
        this.refuse({ ...reply, ends: http1 && reply.status === 400 });
        return;
      }
    }
    const upgrade = upgradeType(h);
    this.table = cfg.routes.current;
    if (cfg.early !== null) cfg.early(h, this.info);
    if (cfg.detections !== null && !this.detectClient(cfg.detections, h)) return;
    if (mutateRequestHeaders(h, cfg, this.connection, h.protocol !== '')) this.state |= INTERNAL;
    else this.table?.removeInternal(h);
    const route = this.route();
    if (upgrade !== '' && !this.allowUpgrade(upgrade, route)) return;
    if (route !== null && route.filterSwitches !== null) this.chain = this.chain.whole.forRoute(route.filterSwitches);
    if (cfg.logsNewRequests) this.log(DOWNSTREAM_START);
    this.startFilters(h, endStream);
  }

  /** Of its own, for the closure: a method that has one pays for it with each call. */
  private applyTarget(target: NonNullable<StreamSettings['target']>, h: Headers): ReturnType<typeof target.apply> {
    return target.apply(h, this.grpcRequest, () => this.connection.localAddress.port);
  }

  /** False: it is refused, as nobody can tell who sent it. */
  private detectClient(detections: NonNullable<StreamSettings['detections']>, h: Headers): boolean {
    detections.detect(h, this.connection);
    if (detected.reject !== null) {
      this.cfg.stats.rqRejectedViaIpDetection.inc();
      this.sendLocalReply(detected.reject);
      return false;
    }
    this.info.clientIp = detected.ip;
    return true;
  }

  /** Over HTTP/1 a bad request is the last one, whoever says so. */
  override sendLocalReply(reply: LocalReply): void {
    if (reply.status === 400 && this.owner.protocol !== 'HTTP/2') this.owner.endsHere();
    super.sendLocalReply(reply);
  }

  private refuse(refusal: Refusal): void {
    if (refusal === NOT_RELATIVE) this.cfg.stats.rqNonRelativePath.inc();
    if (refusal.ends) this.owner.endsHere();
    this.sendLocalReply(refusal);
  }

  /** Its filters are chosen; or it is refused. Without a route the usual ones say so. */
  private allowUpgrade(type: string, route: Route | null): boolean {
    const { cfg } = this;
    const chain = upgradeChain(type, cfg.upgrades, route?.forward?.upgrades ?? null, cfg.chain);
    if (chain !== null) {
      this.chain = chain.usual;
      this.state |= UPGRADED;
      cfg.stats.cxUpgradesTotal.inc();
      cfg.stats.cxUpgradesActive.inc();
    } else if (route !== null) {
      cfg.stats.rqWsOnNonWsRoute.inc();
      this.refuse(UPGRADE);
      return false;
    }
    return true;
  }

  private sendContinue(h: Headers): void {
    const c = new Headers();
    c.status = 100;
    this.cfg.stats.countResponse(100);
    this.encoder.encode1xx(c);
    h.remove('expect');
  }

  route(): Route | null {
    const { info } = this;
    if ((this.state & ROUTED) !== 0) return info.route;
    this.state |= ROUTED;
    const route = this.table === null ? null : this.table.find(this.request, info);
    info.route = route;
    const forward = route === null ? null : route.forward;
    // Also where a filter answers: it would have gone there.
    info.cluster = forward === null ? null : (forward.choose(this.request)?.info ?? null);
    if (forward === null || forward.idleTimeoutMs < 0) this.deadlines.touch();
    else this.deadlines.setIdle(forward.idleTimeoutMs);
    const limit = forward === null ? NO_LIMIT : applyStreamDuration(forward, this.request, this.grpcRequest);
    if (limit !== NO_LIMIT) this.deadlines.setDuration(info.startMs, limit);
    return route;
  }

  findRoute(): Route | null {
    return this.table === null ? null : this.table.find(this.request, this.info);
  }

  /** Role of ActiveStream::recreateStream. */
  recreate(response: Headers, body: readonly Buffer[]): void {
    const { cfg, request: h } = this;
    const now = turnMs();
    this.info.details = 'internal_redirect';
    this.info.responseCode = response.status;
    this.response = response;
    cfg.stats.rqTime.record(now - this.info.startMs);
    this.endFilters();
    this.log(DOWNSTREAM_END);
    this.destroyFilters();
    this.restart(
      this.info.again(now),
      HEAD_READ | REQUEST_DONE | (this.state & (IN_HEAD | GRPC | INTERNAL | UPGRADED)),
    );
    cfg.stats.rqTotal.inc();
    const http1 = this.owner.protocol !== 'HTTP/2';
    (http1 ? cfg.stats.rqHttp1Total : cfg.stats.rqHttp2Total).inc();
    this.table = cfg.routes.current;
    const refusal = refusalOf(h, http1);
    if (refusal !== null) {
      this.refuse(refusal);
      return;
    }
    const switches = this.route()?.filterSwitches ?? null;
    this.chain = switches === null ? this.chain.whole.usual : this.chain.whole.forRoute(switches);
    if (cfg.logsNewRequests) this.log(DOWNSTREAM_START);
    this.startFilters(h, body.length === 0);
    for (let i = 0; i < body.length; i++) this.runData(body[i], i === body.length - 1);
  }

  // --- asked by filters --------------------------------------------------------------------------------------------

  readDisable(disable: boolean): void {
    const s = this.cfg.stats;
    (disable ? s.flowControlPaused : s.flowControlResumed).inc();
    if (!this.gone) this.encoder.readDisable(disable);
  }

  drainConnection(): void {
    this.owner.endsHere();
  }

  reset(reason: ResetReason): void {
    if (this.gone) return;
    this.cfg.stats.rqTxReset.inc();
    // Envoy's codec tells the manager of any reset, its own included.
    this.cfg.stats.rqRxReset.inc();
    this.encoder.reset(reason);
    this.destroy();
    this.owner.onStreamReset((this.state & HEAD_SENT) !== 0);
  }

  protected get replyRules(): ReplyRules | null {
    return this.cfg.replyRules;
  }
  protected get proxies1xx(): boolean {
    return this.cfg.proxy100Continue;
  }
  protected countTooLarge(decode: boolean): void {
    const s = this.cfg.stats;
    (decode ? s.rqTooLarge : s.rsTooLarge).inc();
  }
  protected countInternalError(): void {
    this.cfg.stats.countInternalError();
  }

  /** For reset_high_memory_stream. */
  get heldBytes(): number {
    return (this.encoder.waitingBytes ?? 0) + this.heldByFilters;
  }
  resetForOverload(): void {
    if (this.gone) return;
    this.encoder.reset(OVERLOADED);
    this.onReset(OVERLOADED, 'overload');
    this.owner.onStreamReset(true);
  }

  // --- time --------------------------------------------------------------------------------------------------------

  protected touch(): void {
    this.deadlines.touch();
  }

  onDeadline(): void {
    if (this.gone) return;
    const passed = this.deadlines.passed();
    if (passed !== NOT_YET) this.runDeadline(passed);
  }

  protected timedOut(deadline: Deadline): void {
    // Once the request is whole, it is not the client that is late (1.40; 1.16 said 408 all the same).
    const status = (this.state & REQUEST_DONE) !== 0 && !this.cfg.envoy16 ? 504 : 408;
    this.sendLocalReply(deadlineReply(deadline, status, this.info, this.cfg.stats));
  }

  // --- response: behind the filters --------------------------------------------------------------------------------

  send1xx(h: Headers): void {
    this.cfg.stats.countResponse(h.status);
    this.encoder.encode1xx(h);
  }

  sendHeaders(h: Headers, endStream: boolean): void {
    const { cfg, info } = this;
    finishResponseHead(h, this.request, cfg, (this.state & INTERNAL) !== 0);
    const requestComplete = (this.state & REQUEST_DONE) !== 0;
    const tunnel = (this.state & UPGRADED) !== 0 && acceptsUpgrade(this.request, h);
    this.owner.onAnswer(h, requestComplete, tunnel);
    const logsTunnel = tunnel && cfg.logsTunnels;
    if (!requestComplete) cfg.stats.rqResponseBeforeRqComplete.inc();
    info.responseCode = h.status;
    if (!info.healthCheck) cfg.stats.countResponse(h.status);
    this.state |= HEAD_SENT;
    if (log.debugOn) {
      log.debug(
        `${logIds(this.connection, this.info)} encoding headers via codec (end_stream=${endStream}):${headerLines(h)}`,
      );
    }
    if (info.timings !== null) info.timings.downstreamTxFirst = turnMs();
    if (logsTunnel) this.log(TUNNEL_ESTABLISHED);
    this.writeHead(h, endStream);
    if (endStream) this.finish();
  }

  protected writeHead(h: Headers, endStream: boolean): void {
    this.encoder.encodeHeaders(h, endStream);
  }

  sendData(data: Buffer, endStream: boolean): void {
    this.info.bytesSent += data.length;
    this.encoder.encodeData(data, endStream);
    if (endStream) this.finish();
  }

  sendTrailers(trailers: Headers): void {
    this.encoder.encodeTrailers(trailers);
    this.finish();
  }

  // --- end of life -------------------------------------------------------------------------------------------------

  /** The response is with the codec. */
  private finish(): void {
    if (this.gone) return;
    const { info } = this;
    const complete = (this.state & REQUEST_DONE) !== 0;
    this.state |= SENT | ANSWERED;
    if (info.timings !== null) info.timings.downstreamTxLast = turnMs();
    // HTTP/2: tell the client not to send the rest. HTTP/1: the connection closes.
    if (!complete) {
      this.cfg.stats.rqRxReset.inc();
      this.encoder.reset('local reset');
    }
    const early = (this.state & IN_HEAD) !== 0;
    const unframed = info.protocol === 'HTTP/1.0' && this.response?.has('content-length') !== true;
    this.destroy();
    this.owner.onAnswered(complete, early, unframed);
  }

  private logEnd(now: number): void {
    const { info, request } = this;
    const what = (this.state & SENT) !== 0 ? 'Codec completed encoding stream' : 'stream ended early';
    const host = info.upstream === null ? 'no upstream' : `host ${info.upstream.host.address.text}`;
    log.debug(
      `${logIds(this.connection, this.info)} ${what}: ${request.method} ${request.path}, status ${info.responseCode}, ${Math.floor(now - info.startMs)} ms, ${host}, ${info.details}`,
    );
  }

  private destroy(): void {
    this.state |= GONE;
    this.deadlines.cancel();
    const { info } = this;
    const s = this.cfg.stats;
    s.rqActive.dec();
    if ((this.state & UPGRADED) !== 0) s.cxUpgradesActive.dec();
    const now = turnMs();
    if (log.debugOn) this.logEnd(now);
    if ((this.state & HEAD_READ) !== 0) s.rqTime.record(now - info.startMs);
    this.endFilters();
    this.logTimer?.cancel();
    this.log(DOWNSTREAM_END);
    this.destroyFilters();
    this.owner.onStreamGone(this);
  }

  private logPeriodically(ms: number): void {
    const timer = new Timer(() => {
      this.log(DOWNSTREAM_PERIODIC);
      if (!this.gone) timer.arm(ms);
    });
    this.logTimer = timer;
    timer.arm(ms);
  }

  private log(occasion: Occasion): void {
    const logs = this.cfg.accessLogs;
    try {
      for (let i = 0; i < logs.length; i++) logs[i].log(this, occasion);
    } catch (e) {
      this.failed(e);
    }
  }
}
