/**
 * envoy.filters.http.router: picks the host, forwards, answers for what goes wrong. Mirrors Router::Filter
 * (source/common/router/router.cc). One try at a host is attempt.ts.
 */
import { headerLines } from '../../codec/header-lines.ts';
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import { lasting } from '../../platform/lent.ts';
import { runtime } from '../../runtime/runtime.ts';
import type { AsyncOptions } from '../../upstream/async.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Host } from '../../upstream/host.ts';
import type { LbMetadata, LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import { LOCAL_ORIGIN_CONNECT_FAILED } from '../../upstream/outlier/host-monitor.ts';
import { poolsOf } from '../../upstream/pools/host-pools.ts';
import { poolProtocol } from '../../upstream/pools/pool-protocol.ts';
import { grpcToHttpStatus, parseGrpcStatus } from '../grpc.ts';
import type { ClusterPolicies } from '../route/cluster-policies.ts';
import { Forward } from '../route/forward.ts';
import type { ForwardPolicies } from '../route/forward-policies.ts';
import type { MirrorPolicy } from '../route/mirror-policy.ts';
import { CONTINUE, type DataStatus, type HeadersStatus, type TrailersStatus } from '../stream/filter.ts';
import { NO_HEALTHY_UPSTREAM } from '../stream/local-reply.ts';
import { logIds } from '../stream/log-ids.ts';
import {
  DROP_OVERLOAD,
  NO_CLUSTER_FOUND,
  NO_HEALTHY_UPSTREAM_FLAG,
  NO_ROUTE_FOUND,
  UNCONDITIONAL_DROP_OVERLOAD,
  UPSTREAM_OVERFLOW,
} from '../stream/response-flags.ts';
import type { StreamInfo } from '../stream/stream-info.ts';
import { Attempt, type AttemptLog, type AttemptOwner } from './attempt.ts';
import { ChosenHost } from './chosen-host.ts';
import { controls, takeControls, takeLateControls } from './control-headers.ts';
import { ALT_RESPONSE, CANARY, DESTROYED, INTERNAL, REQUEST_ENDED, RESPONSE_STARTED } from './forwarding.ts';
import { isInMaintenance } from './maintenance.ts';
import { Mirrors } from './mirror.ts';
import { requestTimeout, tellTimeout, tryTimeout } from './request-timeouts.ts';
import { Resend, type ResendOwner } from './resend.ts';
import { TcpUpstream } from './tcp-upstream.ts';
import { Timed } from './timed.ts';
import { TryLimits, timesAt } from './try-limits.ts';
import type { UpstreamSource } from './upstream.ts';
import { resetBody, resetDetails, resetFlag, resetStatus, transportFailure } from './upstream-failure.ts';
import { upstreamNames } from './upstream-names.ts';

const log = logger('router');

const OVERLOADED = ['x-envoy-overloaded', 'true'];

/** 100, 102, 103 and 104; a 101 does not come here. */
const LAST_KNOWN_1XX = 104;

export class Router extends Timed implements AttemptOwner, ResendOwner {
  // --- request -----------------------------------------------------------------------------------------------------

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { settings, stream: cb } = this;
    settings.stats.rqTotal.inc();
    const route = cb.route();
    if (route === null) {
      settings.stats.noRoute.inc();
      if (log.debugOn) log.debug(`${logIds(cb.connection, cb.info)} no route match for URL '${h.path}'`);
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
      if (log.debugOn) log.debug(`${logIds(cb.connection, cb.info)} unknown cluster '${action.clusterName(h)}'`);
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
    const { virtualClusters } = route.virtualHost;
    if (virtualClusters !== null) {
      this.virtual = virtualClusters.find(h);
      cb.info.virtualClusterName = this.virtual.name;
      if (this.charge !== null) this.charge = this.virtual.with(this.charge);
    }
    if (h.has('x-envoy-internal')) this.state |= INTERNAL;
    if (log.debugOn) log.debug(`${logIds(cb.connection, cb.info)} cluster '${info.name}' match for URL '${h.path}'`);
    if (runtime.version !== 0 && isInMaintenance(info)) {
      this.maintenance(info);
      return CONTINUE;
    }
    if (info.drops > 0 && Math.random() < info.drops) {
      this.dropped(info.drops);
      return CONTINUE;
    }
    const own = info.policies as ClusterPolicies | null;
    const policies = own === null ? route.policies : own.over(route.policies);
    const keep = !settings.suppressEnvoyHeaders;
    takeControls(h);
    const timeoutMs = requestTimeout(h, action, cb.grpcRequest);
    const perTryMs = tryTimeout(
      controls.perTryMs >= 0 || policies === null ? controls.perTryMs : perTry(policies),
      timeoutMs,
    );
    this.timeoutMs = timeoutMs;
    tellTimeout(h, action, cb.grpcRequest, keep, hedges(policies) ? 0 : perTryMs, timeoutMs, 0);
    if (policies?.attemptCountInRequest) h.setUnchecked('x-envoy-attempt-count', '1');
    route.requestMutations?.apply(h, cb.info, h, null);
    action.rewrite(h, keep, cb.info);
    takeLateControls(h);
    if (controls.altResponse) this.state |= ALT_RESPONSE;
    const idleMs = policies === null || policies.retry === null ? 0 : policies.retry.perTryIdleTimeoutMs;
    const { durationMs } = controls;
    if (perTryMs > 0 || durationMs >= 0 || idleMs > 0) this.tryTimes = { perTryMs, idleMs, durationMs };
    if (policies !== null || controls.retries) {
      this.resend = Resend.make(policies, action, h, info, cb.bufferLimit, this);
    }
    if (settings.sheds !== null && settings.sheds.sheds()) {
      settings.stats.rqOverloadLocalReply.inc();
      cb.sendLocalReply({ status: 503, body: 'envoy overloaded', details: 'overload' });
      return CONTINUE;
    }
    if (endStream) this.onRequestEnd();
    this.startAttempt(cluster, h, endStream, action);
    if (policies !== null && policies.mirrors.length > 0 && this.attempt !== null) {
      this.startMirrors(policies, h, endStream);
    }
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
      this,
    );
  }
  traceMirror(_policy: MirrorPolicy, _head: Headers): AsyncOptions['onEnd'] {
    return undefined;
  }

  protected startAttempt(cluster: Cluster, h: Headers, endStream: boolean, route: Forward): void {
    const host = cluster.chooseHost(this.choice(cluster, h, route));
    if (host === null) {
      this.noHealthyHost();
      return;
    }
    this.resend?.hosts?.note(host);
    if (this.stream.info.schemeOfUpstream) {
      h.scheme = host.connection.transport?.secure === true ? 'https' : 'http';
    }
    if (route.autoHostRewrite) route.nameHost(h, host.hostname, !this.settings.suppressEnvoyHeaders);
    const source = this.source(host, route, h);
    if (source === null) {
      this.noHealthyHost();
      return;
    }
    const times = timesAt(host, this.tryTimes);
    const limits = times === null ? null : new TryLimits(this, times, (this.state & REQUEST_ENDED) !== 0);
    const logs = this.settings.upstreamLogs;
    const tryLog = logs === null ? null : logs.begin(this.stream, host);
    const attempt = this.newAttempt(host, h, endStream, limits, tryLog);
    this.attempt = attempt;
    if (log.debugOn) {
      log.debug(
        `${logIds(this.stream.connection, this.stream.info)} router decoding headers, to host ${host.address.text}:${headerLines(h)}`,
      );
    }
    for (let k = this.stream.above; k > 0; k--) attempt.readDisable(true);
    attempt.start(source);
  }

  protected newAttempt(
    host: Host,
    h: Headers,
    endStream: boolean,
    limits: TryLimits | null,
    tryLog: AttemptLog | null,
  ): Attempt {
    return new Attempt(this, host, h, endStream, limits, tryLog);
  }

  /** What the balancer may look at; null for nothing. */
  private choice(cluster: Cluster, h: Headers, route: Forward): LoadBalancerContext | null {
    const hash = this.hash(cluster, h, route);
    const context = this.resend === null || this.resend.hosts === null ? hash : this.resend.hosts.with(hash);
    const { overrideHost } = this.stream.info;
    const metadata = cluster.usesMetadata ? this.lbMetadata(route) : null;
    const { connection, info } = this.stream;
    const request = cluster.usesRequest ? { headers: h, info, connection } : null;
    if (overrideHost === null && metadata === null && request === null) return context;
    return new ChosenHost(context, overrideHost, metadata, request);
  }

  /** What the request's filters say counts before what its route says. */
  private lbMetadata({ metadataMatch }: Forward): LbMetadata | null {
    const own = this.stream.info.dynamicMetadata('envoy.lb');
    return own === undefined ? metadataMatch : { ...metadataMatch, ...own };
  }

  private hash(cluster: Cluster, h: Headers, route: Forward): LoadBalancerContext | null {
    const own = cluster.info.policies as ClusterPolicies | null;
    const hashPolicies = own?.hash ?? route.hashPolicies;
    if (hashPolicies === null || !cluster.usesHash) return null;
    const cookies: string[] = [];
    const context = hashPolicies.compute(h, this.stream.info, cookies);
    // A further try makes the same ones.
    if (cookies.length > 0) this.cookies = cookies;
    return context;
  }

  protected noHealthyHost(): void {
    const { stream } = this;
    stream.info.flags |= NO_HEALTHY_UPSTREAM_FLAG;
    const status = stream.info.overrideHost?.missingStatus ?? 503;
    this.charge?.count(status, this.internal, false);
    this.cleanUp();
    this.reply({ status, body: NO_HEALTHY_UPSTREAM, details: 'no_healthy_upstream' });
  }

  /** By the runtime: whoever runs the cluster has taken it out of service. */
  private maintenance(info: ClusterInfo): void {
    this.stream.info.flags |= UPSTREAM_OVERFLOW;
    this.charge?.count(503, this.internal, false);
    info.stats.upstreamRqMaintenanceMode.inc();
    this.cleanUp();
    const headers = this.settings.suppressEnvoyHeaders ? undefined : OVERLOADED;
    this.reply({ status: 503, body: 'maintenance mode', details: 'maintenance_mode', headers });
  }

  /** drop_overloads of the cluster: this request is one of that share. */
  private dropped(share: number): void {
    const { info } = this.stream;
    const all = share === 1;
    info.flags |= all ? UNCONDITIONAL_DROP_OVERLOAD : DROP_OVERLOAD;
    // No try was made.
    info.attempts--;
    this.charge?.count(503, this.internal, false);
    this.cleanUp();
    const name = all ? 'x-envoy-unconditional-drop-overload' : 'x-envoy-drop-overload';
    const headers = this.settings.suppressEnvoyHeaders ? undefined : [name, 'true'];
    const body = all ? 'unconditional drop overload' : 'drop overload';
    this.reply({ status: 503, body, details: all ? 'unconditional_drop_overload' : 'drop_overload', headers });
  }

  /** Null: the host may have no other pool. */
  private source(host: Host, route: Forward, h: Headers): UpstreamSource | null {
    if (route.connect !== null && (h.method === 'CONNECT' || (route.connect.allowPost && h.method === 'POST')))
      return new TcpUpstream(host);
    const { http } = host.cluster;
    let names = http.namesFromHeader === null ? null : upstreamNames(http.namesFromHeader, h);
    const { connection } = this.stream;
    const asked = connection === null ? null : host.transportFor(connection);
    if (asked !== null) names = { ...names, ...asked };
    return poolsOf(host).get(poolProtocol(http, this.stream.info.protocol), route.priority, names);
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (endStream) this.onRequestEnd();
    if (this.mirrors !== null || this.resend !== null) data = lasting(data);
    if (this.mirrors !== null) this.mirror(this.mirrors, data, endStream);
    if (this.resend !== null && !this.keep(this.resend, data)) return CONTINUE;
    this.attempt?.encodeData(data, endStream);
    return CONTINUE;
  }

  override decodeTrailers(trailers: Headers): TrailersStatus {
    this.onRequestEnd();
    this.mirrors?.sendTrailers(trailers);
    this.mirrors = null;
    this.resend?.keepTrailers(trailers);
    this.attempt?.encodeTrailers(trailers);
    return CONTINUE;
  }

  private mirror(mirrors: Mirrors, data: Buffer, endStream: boolean): void {
    const givenUp = mirrors.sendData(data, endStream);
    if (endStream) this.mirrors = null;
    if (givenUp > 0) this.cluster?.stats.scope.counter('retry_or_shadow_abandoned').add(givenUp);
  }

  override onDestroy(): void {
    if (this.destroyed) return;
    this.state |= DESTROYED;
    this.cleanUp();
    this.mirrors?.cancel();
    this.resetAttempt();
  }

  override onAboveWriteBuffer(): void {
    this.cluster?.stats.upstreamFlowControlPausedReadingTotal.inc();
    this.attempt?.readDisable(true);
    if (this.resend !== null) for (const a of this.resend.others) a.readDisable(true);
  }
  override onBelowWriteBuffer(): void {
    this.cluster?.stats.upstreamFlowControlResumedReadingTotal.inc();
    this.attempt?.readDisable(false);
    if (this.resend !== null) for (const a of this.resend.others) a.readDisable(false);
  }
  readDisableDownstream(disable: boolean): void {
    if (!this.destroyed) this.stream.readDisable(disable);
  }

  // --- response ----------------------------------------------------------------------------------------------------

  onUpstreamReady(attempt: Attempt): void {
    this.virtual?.rqTotal.inc();
    const { info } = this.stream;
    info.upstream = attempt;
    if (info.needs !== 0) noteReady(info, attempt, (this.state & REQUEST_ENDED) !== 0);
    if (log.debugOn) {
      log.debug(
        `${logIds(this.stream.connection, this.stream.info)} pool ready: upstream connection [C${attempt.connection?.id}] to ${attempt.host.address.text}, ${attempt.protocol ?? 'TCP'}`,
      );
    }
  }

  onUpstream1xx(h: Headers, attempt: Attempt): void {
    // Envoy's codec drops the others (HeaderUtility::isSpecial1xx).
    if (h.status > LAST_KNOWN_1XX) return;
    // The client hears of this try: there is no other one.
    if (this.resend !== null) this.decideFor(attempt, this.resend);
    this.charge?.count(h.status, this.internal, false);
    this.stream.encode1xx(h);
  }

  onUpstreamHeaders(h: Headers, endStream: boolean, attempt: Attempt): void {
    const { host } = attempt;
    if (log.debugOn) {
      log.debug(
        `${logIds(this.stream.connection, this.stream.info)} upstream headers complete: end_stream=${endStream}, status ${h.status} from ${host.address.text}`,
      );
    }
    host.monitor.putStatus(this.stream.grpcRequest ? grpcOutcome(h) : h.status);
    const { onImmediateFailure, onDegraded } = host.cluster;
    if (onImmediateFailure !== null && h.has('x-envoy-immediate-health-check-fail')) onImmediateFailure(host.id);
    if (onDegraded !== null && h.status < 500 && h.has('x-envoy-degraded')) onDegraded(host.id);
    if (this.resend !== null && !this.passes(this.resend, h, endStream, attempt)) return;
    this.state |= RESPONSE_STARTED;
    if (this.requestEndMs >= 0 && !this.settings.suppressEnvoyHeaders) {
      h.setUnchecked('x-envoy-upstream-service-time', String(Math.floor(turnMs() - this.requestEndMs)));
    }
    if (this.resend?.policies?.attemptCountInResponse) {
      h.setUnchecked('x-envoy-attempt-count', String(this.stream.info.attempts));
    }
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
    this.cleanUp();
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
    this.drop(attempt);
    const { stream, settings, resend } = this;
    const { host } = attempt;
    const { info } = stream;
    if (log.debugOn) {
      log.debug(
        `${logIds(stream.connection, stream.info)} upstream reset: host ${host.address.text}, reset reason: ${reason}, transport failure reason: ${detail}`,
      );
    }
    // Our own limits say nothing about the host.
    if (reason !== 'overflow') host.monitor.putResult(LOCAL_ORIGIN_CONNECT_FAILED, 1);
    info.upstream = attempt;
    if (info.timings !== null && info.timings.poolReady < 0) info.timings.poolReady = turnMs();
    const failure = transportFailure(reason, detail);
    info.transportFailure = failure;
    if (this.retriesReset(reason, attempt, false)) return;
    const old = settings.envoy16;
    if ((this.state & RESPONSE_STARTED) !== 0) {
      this.cleanUp();
      info.flags |= resetFlag(reason);
      this.countCutOff(attempt);
      info.details = resetDetails(reason, true, old);
      stream.reset('local reset');
      return;
    }
    const status = resetStatus(reason, old);
    this.charge?.count(status, this.internal, false);
    host.stats.rqError++;
    if (resend?.waitsForOthers(this.attempt)) return;
    this.cleanUp();
    info.flags |= resetFlag(reason);
    this.reply({
      status,
      body: resetBody(reason, old, info.attempts > 1),
      details: resetDetails(reason, false, old, failure),
      headers: reason === 'overflow' && !settings.suppressEnvoyHeaders ? OVERLOADED : undefined,
    });
  }

  onDefect(error: unknown): void {
    this.stream.failed(error);
  }
}

/** What a gRPC answer's head says of its outcome, as a status of HTTP. */
function grpcOutcome(h: Headers): number {
  const status = parseGrpcStatus(h.get('grpc-status'));
  return status < 0 ? h.status : grpcToHttpStatus(status);
}

/** ms. */
const perTry = (policies: ForwardPolicies): number => (policies.retry === null ? -1 : policies.retry.perTryTimeoutMs);

function hedges(policies: ForwardPolicies | null): boolean {
  return controls.hedge >= 0 ? controls.hedge === 1 : policies !== null && policies.hedgeOnPerTryTimeout;
}

/** For formats that ask: there is a connection, and what there was of the request has been sent. */
function noteReady(info: StreamInfo, attempt: Attempt, whole: boolean): void {
  // Of a stream Envoy knows the last try only.
  if (info.tries !== null) info.tries = [attempt];
  if (info.meters !== null) attempt.measure(info.meters.up);
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
