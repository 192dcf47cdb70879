/**
 * envoy.filters.http.router: picks the host, forwards, answers for what goes wrong. Mirrors Router::Filter
 * (source/common/router/router.cc) without retries, hedging and mirroring, which are not configurable yet.
 */
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import type { Router as RouterMessage } from '../../config/schema/types.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import { Timer } from '../../transport/timers.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Host } from '../../upstream/host.ts';
import { LOCAL_ORIGIN_CONNECT_FAILED, LOCAL_ORIGIN_TIMEOUT } from '../../upstream/outlier/host-monitor.ts';
import { poolsOf } from '../../upstream/pools/host-pools.ts';
import { poolProtocol } from '../../upstream/pools/pool-protocol.ts';
import type { ProtocolPool } from '../../upstream/pools/protocol-pool.ts';
import type { ResponseStats } from '../../upstream/response-stats.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { formatGrpcTimeout, grpcToHttpStatus, parseGrpcStatus, parseGrpcTimeout } from '../grpc.ts';
import { Forward } from '../route/forward.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  StreamFilter,
  type TerminalStream,
  type TrailersStatus,
} from '../stream/filter.ts';
import {
  NO_HEALTHY_UPSTREAM,
  UPSTREAM_CONNECT_ERROR,
  UPSTREAM_DURATION_REACHED,
  UPSTREAM_REQUEST_TIMEOUT,
} from '../stream/local-reply.ts';
import {
  LOCAL_RESET,
  NO_CLUSTER_FOUND,
  NO_HEALTHY_UPSTREAM_FLAG,
  NO_ROUTE_FOUND,
  OVERLOAD_MANAGER,
  UPSTREAM_CONNECTION_FAILURE,
  UPSTREAM_CONNECTION_TERMINATION,
  UPSTREAM_MAX_STREAM_DURATION_REACHED,
  UPSTREAM_OVERFLOW,
  UPSTREAM_PROTOCOL_ERROR,
  UPSTREAM_REMOTE_RESET,
  UPSTREAM_REQUEST_TIMEOUT_FLAG,
} from '../stream/response-flags.ts';
import { controls, takeControls, takeLateControls } from './control-headers.ts';
import { RouterStats } from './router-stats.ts';
import { TryLimits, type TryOwner } from './try-limits.ts';
import { UpstreamRequest } from './upstream-request.ts';

const log = logger('router');

const OVERLOADED = ['x-envoy-overloaded', 'true'];

/** Response flags by reset reason (Filter::streamResetReasonToResponseFlag). */
const FLAGS: Record<ResetReason, number> = {
  'local reset': LOCAL_RESET,
  'local refused stream reset': LOCAL_RESET,
  'remote reset': UPSTREAM_REMOTE_RESET,
  'remote refused stream reset': UPSTREAM_REMOTE_RESET,
  'connection failure': UPSTREAM_CONNECTION_FAILURE,
  'local connection failure': UPSTREAM_CONNECTION_FAILURE,
  'remote connection failure': UPSTREAM_CONNECTION_FAILURE,
  'connection timeout': UPSTREAM_CONNECTION_FAILURE,
  'connection termination': UPSTREAM_CONNECTION_TERMINATION,
  overflow: UPSTREAM_OVERFLOW,
  'protocol error': UPSTREAM_PROTOCOL_ERROR,
  'connect error': UPSTREAM_REMOTE_RESET,
  'overload manager reset': OVERLOAD_MANAGER,
};

/** Settings shared by all requests of one filter chain. */
interface RouterConfig {
  readonly ctx: HttpFactoryContext;
  readonly stats: RouterStats;
  readonly suppressEnvoyHeaders: boolean;
  readonly dynamicStats: boolean;
}

export function create(message: RouterMessage, ctx: HttpFactoryContext): HttpFilterFactory {
  const config: RouterConfig = {
    ctx,
    stats: new RouterStats(ctx.httpStats.scope),
    suppressEnvoyHeaders: message.suppressEnvoyHeaders ?? false,
    dynamicStats: message.dynamicStats ?? true,
  };
  return { terminal: true, create: () => new Router(config) };
}

class ResponseTimer extends Timer {
  private readonly router: Router;
  constructor(router: Router) {
    super(unused);
    this.router = router;
  }
  override expire(): void {
    this.router.onResponseTimeout();
  }
}
function unused(): void {}

/** 100, 102, 103 and 104; a 101 does not come here. */
const LAST_KNOWN_1XX = 104;

export class Router extends StreamFilter<TerminalStream> implements TryOwner {
  private readonly config: RouterConfig;
  private cluster: ClusterInfo | null;
  private charge: ResponseStats | null;
  private request: UpstreamRequest | null;
  private requestEnded: boolean;
  /** turnMs() when the client's last byte came; -1 before. */
  private requestEndMs: number;
  private responseStarted: boolean;
  private timeoutMs: number;
  private timer: ResponseTimer | null;
  private timeoutAltResponse: boolean;
  /** ms; 0 = none. */
  private perTryMs: number;
  private limits: TryLimits | null;
  /** The gRPC outcome is in the trailers: success is counted there. */
  private grpcDeferred: boolean;
  private internal: boolean;
  private canary: boolean;
  private destroyed: boolean;

  constructor(config: RouterConfig) {
    super();
    this.config = config;
    this.cluster = null;
    this.charge = null;
    this.request = null;
    this.requestEnded = false;
    this.requestEndMs = -1;
    this.responseStarted = false;
    this.canary = false;
    this.timeoutMs = 0;
    this.timer = null;
    this.timeoutAltResponse = false;
    this.perTryMs = 0;
    this.limits = null;
    this.grpcDeferred = false;
    this.internal = false;
    this.destroyed = false;
  }

  // --- request -----------------------------------------------------------------------------------------------------

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { config, stream: cb } = this;
    config.stats.rqTotal.inc();
    const route = cb.route();
    if (route === null) {
      config.stats.noRoute.inc();
      if (log.debugOn) log.debug(`[C${cb.connection?.id}] no route match for URL '${h.path}'`);
      cb.info.flags |= NO_ROUTE_FOUND;
      cb.sendLocalReply({ status: 404, body: '', details: 'route_not_found' });
      return CONTINUE;
    }
    const { action } = route;
    if (!(action instanceof Forward)) {
      cb.sendLocalReply(action.reply(h));
      return CONTINUE;
    }
    const cluster = action.cluster(h);
    if (cluster === null) {
      config.stats.noCluster.inc();
      if (log.debugOn) log.debug(`[C${cb.connection?.id}] unknown cluster '${action.clusterName(h)}'`);
      cb.info.flags |= config.ctx.envoy16 ? NO_ROUTE_FOUND : NO_CLUSTER_FOUND;
      cb.sendLocalReply({ status: action.clusterNotFoundStatus, body: '', details: 'cluster_not_found' });
      return CONTINUE;
    }
    const info = cluster.info;
    this.cluster = info;
    if (config.dynamicStats) this.charge = info.responses;
    this.internal = h.has('x-envoy-internal');
    if (log.debugOn) log.debug(`[C${cb.connection?.id}] cluster '${info.name}' match for URL '${h.path}'`);
    this.setTimeouts(h, action);
    route.requestMutations?.apply(h);
    takeLateControls(h);
    this.timeoutAltResponse = controls.altResponse;
    if (this.perTryMs > 0 || controls.durationMs > 0) {
      this.limits = new TryLimits(this, this.perTryMs, Math.max(0, controls.durationMs));
    }
    const host = cluster.chooseHost(null);
    if (host === null) {
      cb.info.flags |= NO_HEALTHY_UPSTREAM_FLAG;
      this.charge?.count(503, this.internal, false);
      cb.sendLocalReply({ status: 503, body: NO_HEALTHY_UPSTREAM, details: 'no_healthy_upstream' });
      return CONTINUE;
    }
    if (endStream) this.onRequestEnd();
    const request = new UpstreamRequest(this, host, h, endStream);
    this.request = request;
    cb.info.attempts++;
    request.start(this.pool(host, action));
    return CONTINUE;
  }

  private pool(host: Host, route: Forward): ProtocolPool {
    return poolsOf(host).get(poolProtocol(host.cluster.http, this.stream.info.protocol), route.priority);
  }

  /** FilterUtility::finalTimeout: the route's timeout unless an internal caller's header says otherwise. */
  private setTimeouts(h: Headers, route: Forward): void {
    let ms = route.timeoutMs;
    const grpcMax = this.stream.grpcRequest ? route.maxGrpcTimeoutMs : -1;
    if (grpcMax >= 0) {
      ms = parseGrpcTimeout(h.get('grpc-timeout')) ?? 0;
      if (route.grpcTimeoutOffsetMs < ms) ms -= route.grpcTimeoutOffsetMs;
      if (grpcMax > 0 && (ms === 0 || ms > grpcMax)) ms = grpcMax;
    }
    takeControls(h);
    if (controls.timeoutMs >= 0) ms = controls.timeoutMs;
    this.timeoutMs = ms;
    // A limit of a try that is not below that of the request is none.
    this.perTryMs = controls.perTryMs > 0 && (ms === 0 || controls.perTryMs < ms) ? controls.perTryMs : 0;
    const expected = this.perTryMs > 0 ? this.perTryMs : ms;
    if (expected === 0) return;
    if (!this.config.suppressEnvoyHeaders)
      h.setUnchecked('x-envoy-expected-rq-timeout-ms', String(Math.floor(expected)));
    if (grpcMax >= 0) h.set('grpc-timeout', formatGrpcTimeout(expected));
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (endStream) this.onRequestEnd();
    this.request?.encodeData(data, endStream);
    return CONTINUE;
  }

  override decodeTrailers(trailers: Headers): TrailersStatus {
    this.onRequestEnd();
    this.request?.encodeTrailers(trailers);
    return CONTINUE;
  }

  private onRequestEnd(): void {
    this.requestEnded = true;
    this.requestEndMs = this.stream.info.requestEndMs;
    if (this.timeoutMs > 0 && this.timer === null && !this.destroyed) {
      this.timer = new ResponseTimer(this);
      this.timer.arm(this.timeoutMs);
    }
    this.limits?.onRequestEnd();
  }

  override onDestroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.cancelTimers();
    const r = this.request;
    if (r !== null) {
      this.request = null;
      r.reset();
    }
  }

  override onAboveWriteBuffer(): void {
    this.cluster?.stats.upstreamFlowControlPausedReadingTotal.inc();
    this.request?.readDisable(true);
  }
  override onBelowWriteBuffer(): void {
    this.cluster?.stats.upstreamFlowControlResumedReadingTotal.inc();
    this.request?.readDisable(false);
  }
  readDisableDownstream(disable: boolean): void {
    if (!this.destroyed) this.stream.readDisable(disable);
  }

  // --- response ----------------------------------------------------------------------------------------------------

  onUpstreamChosen(r: UpstreamRequest): void {
    this.stream.info.upstream = r;
    this.limits?.onSent();
  }

  onUpstream1xx(h: Headers): void {
    // Envoy's codec drops the others (HeaderUtility::isSpecial1xx).
    if (h.status > LAST_KNOWN_1XX) return;
    this.charge?.count(h.status, this.internal, false);
    this.stream.encode1xx(h);
  }

  onUpstreamHeaders(h: Headers, endStream: boolean, r: UpstreamRequest): void {
    this.responseStarted = true;
    this.limits?.onAnswer();
    if (this.requestEndMs >= 0 && !this.config.suppressEnvoyHeaders) {
      h.setUnchecked('x-envoy-upstream-service-time', String(Math.floor(turnMs() - this.requestEndMs)));
    }
    const stats = r.host.stats;
    r.host.monitor.putStatus(h.status);
    if (this.charge !== null) {
      this.canary = r.host.canary || h.get('x-envoy-upstream-canary') === 'true';
      this.charge.count(h.status, this.internal, this.canary);
    }
    if (h.status >= 500) {
      stats.rqError++;
    } else if (!this.stream.grpcRequest) {
      stats.rqSuccess++;
    } else if (endStream) {
      this.countGrpc(h, r);
    } else {
      this.grpcDeferred = true;
    }
    this.stream.info.details = 'via_upstream';
    this.stream.route()?.responseMutations?.apply(h);
    if (endStream) this.onUpstreamComplete(r);
    this.stream.encodeHeaders(h, endStream);
  }

  private countGrpc(h: Headers, r: UpstreamRequest): void {
    const status = parseGrpcStatus(h.get('grpc-status'));
    if (status >= 0 && grpcToHttpStatus(status) < 500) r.host.stats.rqSuccess++;
    else r.host.stats.rqError++;
  }

  onUpstreamData(data: Buffer, endStream: boolean, r: UpstreamRequest): void {
    if (endStream) {
      if (this.grpcDeferred) r.host.stats.rqError++;
      this.onUpstreamComplete(r);
    }
    this.stream.encodeData(data, endStream);
  }

  onUpstreamTrailers(trailers: Headers, r: UpstreamRequest): void {
    if (this.grpcDeferred) this.countGrpc(trailers, r);
    this.onUpstreamComplete(r);
    this.stream.encodeTrailers(trailers);
  }

  private onUpstreamComplete(r: UpstreamRequest): void {
    this.cancelTimers();
    this.request = null;
    if (this.requestEnded) {
      r.finish();
      this.charge?.recordTime(turnMs() - this.requestEndMs, this.internal, this.canary);
    } else {
      // The host answered before the request was whole: it does not want the rest.
      r.reset();
    }
  }

  onUpstreamReset(reason: ResetReason, detail: string, r: UpstreamRequest): void {
    if (this.destroyed) return;
    this.request = null;
    this.cancelTimers();
    if (log.debugOn)
      log.debug(
        `[C${this.stream.connection?.id}] upstream reset: reset reason: ${reason}, transport failure reason: ${detail}`,
      );
    // Our own limits say nothing about the host.
    if (reason !== 'overflow') r.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_FAILED, 1);
    const info = this.stream.info;
    info.flags |= FLAGS[reason];
    info.upstream = r;
    if (detail !== '') info.transportFailure = detail;
    const old = this.config.ctx.envoy16;
    if (this.responseStarted) {
      if (this.grpcDeferred) {
        r.host.stats.rqError++;
        this.config.stats.rqResetAfterDownstreamResponseStarted.inc();
      }
      info.details = `upstream_reset_after_response_started{${reason.replaceAll(' ', '_')}}`;
      this.stream.reset('local reset');
      return;
    }
    const status = reason === 'protocol error' && !old ? 502 : 503;
    this.charge?.count(status, this.internal, false);
    r.host.stats.rqError++;
    const shown = old ? oldReason(reason) : reason;
    const body = `${UPSTREAM_CONNECT_ERROR}${shown}`;
    const word = old ? shown : reason.replaceAll(' ', '_');
    this.stream.sendLocalReply({
      status,
      body,
      details: `upstream_reset_before_response_started{${word}}`,
      headers: reason === 'overflow' && !this.config.suppressEnvoyHeaders ? OVERLOADED : undefined,
    });
  }

  onResponseTimeout(): void {
    if (this.destroyed) return;
    (this.cluster as ClusterInfo).stats.upstreamRqTimeout.inc();
    this.timedOut('response_timeout');
  }

  onPerTryTimeout(): void {
    if (this.destroyed) return;
    (this.cluster as ClusterInfo).stats.upstreamRqPerTryTimeout.inc();
    this.timedOut('upstream_per_try_timeout');
  }

  private timedOut(details: string): void {
    const { stream } = this;
    stream.info.flags |= UPSTREAM_REQUEST_TIMEOUT_FLAG;
    this.cancelTimers();
    const r = this.request;
    this.request = null;
    if (r !== null) {
      r.host.stats.rqTimeout++;
      r.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
      r.reset();
    }
    if (this.responseStarted) {
      stream.info.details = details;
      stream.reset('local reset');
      return;
    }
    const status = this.timeoutAltResponse ? 204 : 504;
    this.charge?.count(status, this.internal, false);
    if (r !== null && status >= 500) r.host.stats.rqError++;
    stream.sendLocalReply({ status, body: this.timeoutAltResponse ? '' : UPSTREAM_REQUEST_TIMEOUT, details });
  }

  /** The stream to the host has lasted as long as the caller allowed. */
  onTryDuration(): void {
    if (this.destroyed) return;
    const { stream } = this;
    (this.cluster as ClusterInfo).stats.scope.counter('upstream_rq_max_duration_reached').inc();
    stream.info.flags |= UPSTREAM_MAX_STREAM_DURATION_REACHED;
    this.cancelTimers();
    this.request?.reset();
    this.request = null;
    // Once the answer has begun, this ends it.
    stream.sendLocalReply({
      status: this.requestEnded ? 504 : 408,
      body: UPSTREAM_DURATION_REACHED,
      details: 'upstream_max_stream_duration_reached',
    });
  }

  private cancelTimers(): void {
    this.timer?.cancel();
    this.limits?.cancel();
  }
}

/** Envoy 1.16 had one word for every failed connect. */
function oldReason(reason: ResetReason): string {
  return reason === 'remote connection failure' ||
    reason === 'local connection failure' ||
    reason === 'connection timeout'
    ? 'connection failure'
    : reason;
}
