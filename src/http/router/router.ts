/**
 * envoy.filters.http.router: picks the host, forwards, answers for what goes wrong. Mirrors Router::Filter
 * (source/common/router/router.cc). One try at a host is attempt.ts.
 */
import { headerLines } from '../../codec/header-lines.ts';
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import { Timer } from '../../transport/timers.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Host } from '../../upstream/host.ts';
import type { LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import { LOCAL_ORIGIN_CONNECT_FAILED, LOCAL_ORIGIN_TIMEOUT } from '../../upstream/outlier/host-monitor.ts';
import { poolsOf } from '../../upstream/pools/host-pools.ts';
import { poolProtocol } from '../../upstream/pools/pool-protocol.ts';
import type { ResponseStats } from '../../upstream/response-stats.ts';
import { grpcToHttpStatus, parseGrpcStatus } from '../grpc.ts';
import { Forward } from '../route/forward.ts';
import type { ForwardPolicies } from '../route/forward-policies.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  StreamFilter,
  type TerminalStream,
  type TrailersStatus,
} from '../stream/filter.ts';
import { NO_HEALTHY_UPSTREAM, UPSTREAM_DURATION_REACHED, UPSTREAM_REQUEST_TIMEOUT } from '../stream/local-reply.ts';
import {
  NO_CLUSTER_FOUND,
  NO_HEALTHY_UPSTREAM_FLAG,
  NO_ROUTE_FOUND,
  UPSTREAM_MAX_STREAM_DURATION_REACHED,
  UPSTREAM_REQUEST_TIMEOUT_FLAG,
} from '../stream/response-flags.ts';
import type { StreamInfo } from '../stream/stream-info.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { controls, takeControls, takeLateControls } from './control-headers.ts';
import { Mirrors } from './mirror.ts';
import { requestTimeout, tellTimeout, tryTimeout } from './request-timeouts.ts';
import type { RouterSettings } from './router-settings.ts';
import { TcpUpstream } from './tcp-upstream.ts';
import { TryLimits, type TryOwner, type TryTimes } from './try-limits.ts';
import type { UpstreamSource } from './upstream.ts';
import { resetBody, resetDetails, resetFlag, resetStatus, transportFailure } from './upstream-failure.ts';

const log = logger('router');

const OVERLOADED = ['x-envoy-overloaded', 'true'];
/** 100, 102, 103 and 104; a 101 does not come here. */
const LAST_KNOWN_1XX = 104;

class ResponseTimer extends Timer {
  private readonly router: Router;
  constructor(router: Router) {
    super(unused);
    this.router = router;
  }
  override expire(): void {
    this.router.onTime(RESPONSE, null);
  }
}
function unused(): void {}

/** What can be over. */
const RESPONSE = 0;
const PER_TRY = 1;
const PER_TRY_IDLE = 2;
const DURATION = 3;

// Bits of `state`.
const REQUEST_ENDED = 1;
const RESPONSE_STARTED = 2;
/** The caller wants 204 in place of 504. */
const ALT_RESPONSE = 4;
/** The caller is one of ours (x-envoy-internal). */
const INTERNAL = 8;
/** The answering host is a canary. */
const CANARY = 16;
const DESTROYED = 32;

export class Router extends StreamFilter<TerminalStream> implements AttemptOwner, TryOwner {
  private readonly settings: RouterSettings;
  private cluster: ClusterInfo | null;
  private charge: ResponseStats | null;
  private attempt: Attempt | null;
  private state: number;
  /** turnMs() when the client's last byte came; -1 before. */
  private requestEndMs: number;
  /** ms; 0 = for ever. */
  private timeoutMs: number;
  private timer: ResponseTimer | null;
  /** Null where nothing limits a try. */
  private tryTimes: TryTimes | null;
  /** Copies of the request that want more of it; null for none. */
  private mirrors: Mirrors | null;
  /** Made for a hash policy: values of set-cookie for the client; null for none. */
  private cookies: readonly string[] | null;

  constructor(settings: RouterSettings) {
    super();
    this.settings = settings;
    this.cluster = null;
    this.charge = null;
    this.attempt = null;
    this.state = 0;
    this.requestEndMs = -1;
    this.timeoutMs = 0;
    this.timer = null;
    this.tryTimes = null;
    this.mirrors = null;
    this.cookies = null;
  }

  private get destroyed(): boolean {
    return (this.state & DESTROYED) !== 0;
  }
  private get internal(): boolean {
    return (this.state & INTERNAL) !== 0;
  }
  get bufferLimit(): number {
    return this.stream.bufferLimit;
  }

  // --- request -----------------------------------------------------------------------------------------------------

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { settings, stream: cb } = this;
    settings.stats.rqTotal.inc();
    const route = cb.route();
    if (route === null) {
      settings.stats.noRoute.inc();
      if (log.debugOn) log.debug(`[C${cb.connection?.id}] no route match for URL '${h.path}'`);
      cb.info.flags |= NO_ROUTE_FOUND;
      cb.sendLocalReply({ status: 404, body: '', details: 'route_not_found' });
      return CONTINUE;
    }
    const { action } = route;
    if (!(action instanceof Forward)) {
      settings.stats.rqDirectResponse.inc();
      cb.sendLocalReply(action.reply(h, !settings.suppressEnvoyHeaders, cb.info));
      return CONTINUE;
    }
    const cluster = action.cluster(h);
    if (cluster === null) {
      settings.stats.noCluster.inc();
      if (log.debugOn) log.debug(`[C${cb.connection?.id}] unknown cluster '${action.clusterName(h)}'`);
      cb.info.flags |= settings.envoy16 ? NO_ROUTE_FOUND : NO_CLUSTER_FOUND;
      cb.sendLocalReply({ status: action.clusterNotFoundStatus, body: '', details: 'cluster_not_found' });
      return CONTINUE;
    }
    const info = cluster.info;
    this.cluster = info;
    cb.info.cluster = info;
    // Also where no host can be had; headers of the request may tell it.
    cb.info.attempts++;
    if (settings.dynamicStats) this.charge = info.responses;
    if (h.has('x-envoy-internal')) this.state |= INTERNAL;
    if (log.debugOn) log.debug(`[C${cb.connection?.id}] cluster '${info.name}' match for URL '${h.path}'`);
    takeControls(h);
    const timeoutMs = requestTimeout(h, action, cb.grpcRequest);
    const perTryMs = tryTimeout(controls.perTryMs, timeoutMs);
    this.timeoutMs = timeoutMs;
    tellTimeout(h, action, cb.grpcRequest, !settings.suppressEnvoyHeaders, perTryMs, timeoutMs, 0);
    route.requestMutations?.apply(h, cb.info, h, null);
    action.rewrite(h, !settings.suppressEnvoyHeaders, cb.info);
    takeLateControls(h);
    if (controls.altResponse) this.state |= ALT_RESPONSE;
    if (perTryMs > 0 || controls.durationMs > 0) {
      this.tryTimes = { perTryMs, idleMs: 0, durationMs: Math.max(0, controls.durationMs) };
    }
    if (endStream) this.onRequestEnd();
    const { policies } = route;
    this.startAttempt(cluster, h, endStream, action);
    if (policies !== null && this.attempt !== null) this.startMirrors(policies, h, endStream);
    return CONTINUE;
  }

  private startMirrors({ mirrors, bufferLimit }: ForwardPolicies, h: Headers, endStream: boolean): void {
    const own = this.stream.bufferLimit;
    const buffer = own > 0 ? Math.min(own, bufferLimit) : bufferLimit;
    this.mirrors = Mirrors.start(
      mirrors,
      this.settings.client,
      h,
      endStream,
      { timeoutMs: this.timeoutMs, buffer },
      this.stream.info,
    );
  }

  private startAttempt(cluster: Cluster, h: Headers, endStream: boolean, route: Forward): void {
    const host = cluster.chooseHost(this.hash(cluster, h, route));
    if (host === null) {
      const { stream } = this;
      stream.info.flags |= NO_HEALTHY_UPSTREAM_FLAG;
      this.charge?.count(503, this.internal, false);
      this.cancelTimer();
      stream.sendLocalReply({ status: 503, body: NO_HEALTHY_UPSTREAM, details: 'no_healthy_upstream' });
      return;
    }
    if (this.stream.info.schemeOfUpstream) {
      h.scheme = host.cluster.connection.transport?.secure === true ? 'https' : 'http';
    }
    if (route.autoHostRewrite) route.nameHost(h, host.hostname, !this.settings.suppressEnvoyHeaders);
    const times = this.tryTimes;
    const limits = times === null ? null : new TryLimits(this, times, (this.state & REQUEST_ENDED) !== 0);
    const attempt = new Attempt(this, host, h, endStream, limits);
    this.attempt = attempt;
    if (log.debugOn) {
      log.debug(
        `[C${this.stream.connection?.id}] router decoding headers, to host ${host.address.text}:${headerLines(h)}`,
      );
    }
    attempt.start(this.source(host, route, h));
  }

  /** What the balancer may look at; null for nothing. */
  private hash(cluster: Cluster, h: Headers, { hashPolicies }: Forward): LoadBalancerContext | null {
    if (hashPolicies === null || !cluster.usesHash) return null;
    const cookies: string[] = [];
    const context = hashPolicies.compute(h, this.stream.info, cookies);
    if (cookies.length > 0) this.cookies = cookies;
    return context;
  }

  private source(host: Host, route: Forward, h: Headers): UpstreamSource {
    if (route.connect !== null && (h.method === 'CONNECT' || (route.connect.allowPost && h.method === 'POST')))
      return new TcpUpstream(host);
    return poolsOf(host).get(poolProtocol(host.cluster.http, this.stream.info.protocol), route.priority);
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (endStream) this.onRequestEnd();
    if (this.mirrors !== null) this.mirror(this.mirrors, data, endStream);
    this.attempt?.encodeData(data, endStream);
    return CONTINUE;
  }

  override decodeTrailers(trailers: Headers): TrailersStatus {
    this.onRequestEnd();
    this.mirrors?.sendTrailers(trailers);
    this.mirrors = null;
    this.attempt?.encodeTrailers(trailers);
    return CONTINUE;
  }

  private mirror(mirrors: Mirrors, data: Buffer, endStream: boolean): void {
    const givenUp = mirrors.sendData(data, endStream);
    if (endStream) this.mirrors = null;
    if (givenUp > 0) this.cluster?.stats.scope.counter('retry_or_shadow_abandoned').add(givenUp);
  }

  private onRequestEnd(): void {
    this.state |= REQUEST_ENDED;
    this.requestEndMs = this.stream.info.requestEndMs;
    if (this.timeoutMs > 0 && this.timer === null && !this.destroyed) {
      this.timer = new ResponseTimer(this);
      this.timer.arm(this.timeoutMs);
    }
    const { timings, upstream } = this.stream.info;
    if (timings !== null && upstream !== null) timings.upstreamTxLast = turnMs();
    this.attempt?.onRequestEnd();
  }

  override onDestroy(): void {
    if (this.destroyed) return;
    this.state |= DESTROYED;
    this.cancelTimer();
    this.mirrors?.cancel();
    this.resetAttempt();
  }

  private resetAttempt(): void {
    const a = this.attempt;
    if (a === null) return;
    this.attempt = null;
    a.reset();
  }

  override onAboveWriteBuffer(): void {
    this.cluster?.stats.upstreamFlowControlPausedReadingTotal.inc();
    this.attempt?.readDisable(true);
  }
  override onBelowWriteBuffer(): void {
    this.cluster?.stats.upstreamFlowControlResumedReadingTotal.inc();
    this.attempt?.readDisable(false);
  }
  readDisableDownstream(disable: boolean): void {
    if (!this.destroyed) this.stream.readDisable(disable);
  }

  // --- response ----------------------------------------------------------------------------------------------------

  onUpstreamReady(attempt: Attempt): void {
    const { info } = this.stream;
    info.upstream = attempt;
    if (info.needs !== 0) noteReady(info, attempt, (this.state & REQUEST_ENDED) !== 0);
    if (log.debugOn) {
      log.debug(
        `[C${this.stream.connection?.id}] pool ready: upstream connection [C${attempt.connection?.id}] to ${attempt.host.address.text}, ${attempt.protocol ?? 'TCP'}`,
      );
    }
  }

  onUpstream1xx(h: Headers): void {
    // Envoy's codec drops the others (HeaderUtility::isSpecial1xx).
    if (h.status > LAST_KNOWN_1XX) return;
    this.charge?.count(h.status, this.internal, false);
    this.stream.encode1xx(h);
  }

  onUpstreamHeaders(h: Headers, endStream: boolean, attempt: Attempt): void {
    const { host } = attempt;
    if (log.debugOn) {
      log.debug(
        `[C${this.stream.connection?.id}] upstream headers complete: end_stream=${endStream}, status ${h.status} from ${host.address.text}`,
      );
    }
    this.state |= RESPONSE_STARTED;
    if (this.requestEndMs >= 0 && !this.settings.suppressEnvoyHeaders) {
      h.setUnchecked('x-envoy-upstream-service-time', String(Math.floor(turnMs() - this.requestEndMs)));
    }
    host.monitor.putStatus(h.status);
    if (this.charge !== null) {
      const canary = host.canary || h.get('x-envoy-upstream-canary') === 'true';
      if (canary) this.state |= CANARY;
      this.charge.count(h.status, this.internal, canary);
    }
    if (h.status >= 500) {
      host.stats.rqError++;
    } else if (!this.stream.grpcRequest) {
      host.stats.rqSuccess++;
    } else if (endStream) {
      this.countGrpc(h, host);
    } else {
      attempt.grpcDeferred = true;
    }
    const { info, request } = this.stream;
    info.details = 'via_upstream';
    info.responseCode = h.status;
    if (info.timings !== null) info.timings.upstreamRxFirst = turnMs();
    if (this.cookies !== null) for (const cookie of this.cookies) h.addUnchecked('set-cookie', cookie);
    this.stream.route()?.responseMutations?.apply(h, info, request, h);
    if (endStream) this.onUpstreamComplete(attempt);
    this.stream.encodeHeaders(h, endStream);
  }

  private countGrpc(h: Headers, host: Host): void {
    const status = parseGrpcStatus(h.get('grpc-status'));
    if (status >= 0 && grpcToHttpStatus(status) < 500) host.stats.rqSuccess++;
    else host.stats.rqError++;
  }

  onUpstreamData(data: Buffer, endStream: boolean, attempt: Attempt): void {
    if (endStream) {
      if (attempt.grpcDeferred) attempt.host.stats.rqError++;
      this.onUpstreamComplete(attempt);
    }
    this.stream.encodeData(data, endStream);
  }

  onUpstreamTrailers(trailers: Headers, attempt: Attempt): void {
    if (attempt.grpcDeferred) this.countGrpc(trailers, attempt.host);
    this.onUpstreamComplete(attempt);
    this.stream.encodeTrailers(trailers);
  }

  private onUpstreamComplete(attempt: Attempt): void {
    this.cancelTimer();
    this.attempt = null;
    const { timings } = this.stream.info;
    if (timings !== null) timings.upstreamRxLast = turnMs();
    if ((this.state & REQUEST_ENDED) !== 0) {
      attempt.finish();
      this.charge?.recordTime(turnMs() - this.requestEndMs, this.internal, (this.state & CANARY) !== 0);
    } else {
      // The host answered before the request was whole: it does not want the rest.
      attempt.reset();
    }
  }

  onUpstreamReset(reason: ResetReason, detail: string, attempt: Attempt): void {
    if (this.destroyed) return;
    this.attempt = null;
    this.cancelTimer();
    const { stream, settings } = this;
    if (log.debugOn)
      log.debug(
        `[C${stream.connection?.id}] upstream reset: ${attempt.host.address.text}, reset reason: ${reason}, transport failure reason: ${detail}`,
      );
    const { host } = attempt;
    // Our own limits say nothing about the host.
    if (reason !== 'overflow') host.monitor.putResult(LOCAL_ORIGIN_CONNECT_FAILED, 1);
    const { info } = stream;
    info.flags |= resetFlag(reason);
    info.upstream = attempt;
    if (info.timings !== null && info.timings.poolReady < 0) info.timings.poolReady = turnMs();
    const failure = transportFailure(reason, detail);
    info.transportFailure = failure;
    const old = settings.envoy16;
    if ((this.state & RESPONSE_STARTED) !== 0) {
      this.countCutOff(attempt);
      info.details = resetDetails(reason, true, old);
      stream.reset('local reset');
      return;
    }
    const status = resetStatus(reason, old);
    this.charge?.count(status, this.internal, false);
    host.stats.rqError++;
    stream.sendLocalReply({
      status,
      body: resetBody(reason, old),
      details: resetDetails(reason, false, old, failure),
      headers: reason === 'overflow' && !settings.suppressEnvoyHeaders ? OVERLOADED : undefined,
    });
  }

  /** Its answer had begun. */
  private countCutOff(attempt: Attempt): void {
    if (!attempt.grpcDeferred) return;
    attempt.host.stats.rqError++;
    this.settings.stats.rqResetAfterDownstreamResponseStarted.inc();
  }

  onDefect(error: unknown): void {
    this.stream.failed(error);
  }

  // --- time --------------------------------------------------------------------------------------------------------

  onPerTryTimeout(attempt: Attempt): void {
    this.onTime(PER_TRY, attempt);
  }
  onPerTryIdleTimeout(attempt: Attempt): void {
    this.onTime(PER_TRY_IDLE, attempt);
  }
  onTryDuration(attempt: Attempt): void {
    this.onTime(DURATION, attempt);
  }

  /** All timers come here. */
  onTime(what: number, attempt: Attempt | null): void {
    if (this.destroyed) return;
    try {
      const { stats } = this.cluster as ClusterInfo;
      switch (what) {
        case RESPONSE:
          stats.upstreamRqTimeout.inc();
          this.timedOut('response_timeout', this.attempt);
          break;
        case PER_TRY:
          stats.upstreamRqPerTryTimeout.inc();
          this.timedOut('upstream_per_try_timeout', attempt);
          break;
        case PER_TRY_IDLE:
          stats.scope.counter('upstream_rq_per_try_idle_timeout').inc();
          this.timedOut('upstream_per_try_idle_timeout', attempt);
          break;
        default:
          this.lastedTooLong();
      }
    } catch (e) {
      this.onDefect(e);
    }
  }

  private timedOut(details: string, attempt: Attempt | null): void {
    const { stream } = this;
    if (log.debugOn) log.debug(`[C${stream.connection?.id}] upstream timeout: ${details}, ${told(attempt)}`);
    stream.info.flags |= UPSTREAM_REQUEST_TIMEOUT_FLAG;
    this.cancelTimer();
    this.attempt = null;
    if (attempt !== null) {
      attempt.reset();
      attempt.host.stats.rqTimeout++;
      attempt.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    }
    if ((this.state & RESPONSE_STARTED) !== 0) {
      stream.info.details = details;
      stream.reset('local reset');
      return;
    }
    const alt = (this.state & ALT_RESPONSE) !== 0;
    const status = alt ? 204 : 504;
    this.charge?.count(status, this.internal, false);
    if (attempt !== null && status >= 500) attempt.host.stats.rqError++;
    stream.sendLocalReply({ status, body: alt ? '' : UPSTREAM_REQUEST_TIMEOUT, details });
  }

  /** The stream to the host has lasted as long as the caller allowed. */
  private lastedTooLong(): void {
    const { stream } = this;
    if (log.debugOn)
      log.debug(`[C${stream.connection?.id}] upstream max stream duration reached, ${told(this.attempt)}`);
    (this.cluster as ClusterInfo).stats.scope.counter('upstream_rq_max_duration_reached').inc();
    stream.info.flags |= UPSTREAM_MAX_STREAM_DURATION_REACHED;
    this.cancelTimer();
    this.resetAttempt();
    // Once the answer has begun, this ends it.
    stream.sendLocalReply({
      status: (this.state & REQUEST_ENDED) !== 0 ? 504 : 408,
      body: UPSTREAM_DURATION_REACHED,
      details: 'upstream_max_stream_duration_reached',
    });
  }

  private cancelTimer(): void {
    this.timer?.cancel();
  }
}

/** For the log. */
function told(attempt: Attempt | null): string {
  if (attempt === null) return 'no host';
  const { connection } = attempt;
  return `host ${attempt.host.address.text}, ${connection === null ? 'not connected' : `upstream connection [C${connection.id}]`}`;
}

/** For formats that ask: there is a connection, and what there was of the request has been sent. */
function noteReady(info: StreamInfo, attempt: Attempt, whole: boolean): void {
  info.tries?.push(attempt);
  // A connection that is gone does not tell them any more.
  attempt.connection?.localAddress;
  attempt.connection?.remoteAddress;
  const { timings } = info;
  if (timings === null) return;
  const now = turnMs();
  timings.poolReady = now;
  timings.upstreamTxFirst = now;
  if (whole) timings.upstreamTxLast = now;
}
