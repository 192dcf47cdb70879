/**
 * envoy.filters.http.router: picks the host, forwards, answers for what goes wrong. Mirrors Router::Filter
 * (source/common/router/router.cc). One try at a host is attempt.ts.
 */
import { headerLines } from '../../codec/header-lines.ts';
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import { logger } from '../../log/logger.ts';
import { turnMs } from '../../platform/clock.ts';
import type { Counter } from '../../stats/store.ts';
import { Timer } from '../../transport/timers.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { ClusterStats } from '../../upstream/cluster-stats.ts';
import type { Host } from '../../upstream/host.ts';
import type { LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import { LOCAL_ORIGIN_CONNECT_FAILED, LOCAL_ORIGIN_TIMEOUT } from '../../upstream/outlier/host-monitor.ts';
import { poolsOf } from '../../upstream/pools/host-pools.ts';
import { poolProtocol } from '../../upstream/pools/pool-protocol.ts';
import type { ResponseCounts } from '../../upstream/response-stats.ts';
import { grpcToHttpStatus, parseGrpcStatus } from '../grpc.ts';
import type { LocalReply } from '../reply.ts';
import { Forward } from '../route/forward.ts';
import type { ForwardPolicies } from '../route/forward-policies.ts';
import type { InternalRedirects } from '../route/internal-redirect-policy.ts';
import type { VirtualCluster } from '../route/virtual-clusters.ts';
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
  UPSTREAM_OVERFLOW,
  UPSTREAM_REQUEST_TIMEOUT_FLAG,
  UPSTREAM_RETRY_LIMIT_EXCEEDED,
} from '../stream/response-flags.ts';
import type { StreamInfo } from '../stream/stream-info.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { controls, takeControls, takeLateControls } from './control-headers.ts';
import { redirect } from './internal-redirect.ts';
import { Mirrors } from './mirror.ts';
import { requestTimeout, tellTimeout, tryTimeout } from './request-timeouts.ts';
import { Resend, type ResendOwner } from './resend.ts';
import type { RetryVerdict } from './retry-state.ts';
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
const BACK_OFF = 4;

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

export class Router extends StreamFilter<TerminalStream> implements AttemptOwner, TryOwner, ResendOwner {
  private readonly settings: RouterSettings;
  private cluster: ClusterInfo | null;
  private charge: ResponseCounts | null;
  /** What the request is, where that is counted. */
  virtual: VirtualCluster | null;
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
  /** Null for a request that is sent once. */
  private resend: Resend | null;

  constructor(settings: RouterSettings) {
    super();
    this.settings = settings;
    this.cluster = null;
    this.charge = null;
    this.virtual = null;
    this.attempt = null;
    this.state = 0;
    this.requestEndMs = -1;
    this.timeoutMs = 0;
    this.timer = null;
    this.tryTimes = null;
    this.mirrors = null;
    this.cookies = null;
    this.resend = null;
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
    const { virtualClusters } = route.virtualHost;
    if (virtualClusters !== null) {
      this.virtual = virtualClusters.find(h);
      cb.info.virtualClusterName = this.virtual.name;
      if (this.charge !== null) this.charge = this.virtual.with(this.charge);
    }
    if (h.has('x-envoy-internal')) this.state |= INTERNAL;
    if (log.debugOn) log.debug(`[C${cb.connection?.id}] cluster '${info.name}' match for URL '${h.path}'`);
    const { policies } = route;
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
    if (perTryMs > 0 || controls.durationMs > 0 || idleMs > 0) {
      this.tryTimes = { perTryMs, idleMs, durationMs: Math.max(0, controls.durationMs) };
    }
    if (policies !== null || controls.retries) {
      this.resend = Resend.make(policies, action, h, info, cb.bufferLimit, this);
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
    );
  }

  private startAttempt(cluster: Cluster, h: Headers, endStream: boolean, route: Forward): void {
    const host = cluster.chooseHost(this.choice(cluster, h, route));
    if (host === null) {
      this.noHealthyHost();
      return;
    }
    this.resend?.hosts?.note(host);
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
    for (let k = this.stream.above; k > 0; k--) attempt.readDisable(true);
    attempt.start(this.source(host, route, h));
  }

  /** What the balancer may look at; null for nothing. */
  private choice(cluster: Cluster, h: Headers, route: Forward): LoadBalancerContext | null {
    const hash = this.hash(cluster, h, route);
    return this.resend === null || this.resend.hosts === null ? hash : this.resend.hosts.with(hash);
  }

  private hash(cluster: Cluster, h: Headers, { hashPolicies }: Forward): LoadBalancerContext | null {
    if (hashPolicies === null || !cluster.usesHash) return null;
    const cookies: string[] = [];
    const context = hashPolicies.compute(h, this.stream.info, cookies);
    // A further try makes the same ones.
    if (cookies.length > 0) this.cookies = cookies;
    return context;
  }

  private noHealthyHost(): void {
    const { stream } = this;
    stream.info.flags |= NO_HEALTHY_UPSTREAM_FLAG;
    this.charge?.count(503, this.internal, false);
    this.cleanUp();
    this.reply({ status: 503, body: NO_HEALTHY_UPSTREAM, details: 'no_healthy_upstream' });
  }

  /** An answer of our own, once there was a try to get another one. */
  private reply(reply: LocalReply): void {
    const { resend, stream } = this;
    if (resend === null || resend.policies?.attemptCountInResponse !== true) {
      stream.sendLocalReply(reply);
      return;
    }
    const count = ['x-envoy-attempt-count', String(stream.info.attempts)];
    stream.sendLocalReply({ ...reply, headers: [...(reply.headers ?? []), ...count] });
  }

  private source(host: Host, route: Forward, h: Headers): UpstreamSource {
    if (route.connect !== null && (h.method === 'CONNECT' || (route.connect.allowPost && h.method === 'POST')))
      return new TcpUpstream(host);
    return poolsOf(host).get(poolProtocol(host.cluster.http, this.stream.info.protocol), route.priority);
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (endStream) this.onRequestEnd();
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

  /** For another try. False: there was nothing but that to come, and the client is told. */
  private keep(resend: Resend, data: Buffer): boolean {
    if (resend.keep(data)) return true;
    this.cluster?.stats.scope.counter('retry_or_shadow_abandoned').inc();
    resend.endRetries();
    if (this.attempt !== null) return true;
    this.cleanUp();
    this.reply({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
    });
    return false;
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
    this.cleanUp();
    this.mirrors?.cancel();
    this.resetAttempt();
  }

  /** No timer runs from here on, and nothing is kept. */
  private cleanUp(): void {
    this.timer?.cancel();
    this.resend?.end();
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
        `[C${this.stream.connection?.id}] pool ready: upstream connection [C${attempt.connection?.id}] to ${attempt.host.address.text}, ${attempt.protocol ?? 'TCP'}`,
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
        `[C${this.stream.connection?.id}] upstream headers complete: end_stream=${endStream}, status ${h.status} from ${host.address.text}`,
      );
    }
    host.monitor.putStatus(this.stream.grpcRequest ? grpcOutcome(h) : h.status);
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

  /** Whether the client gets this answer. False: another try is made, or runs already, or the request goes elsewhere. */
  private passes(resend: Resend, h: Headers, endStream: boolean, attempt: Attempt): boolean {
    const { retry, policies } = resend;
    const { host } = attempt;
    let couldNotRetry = false;
    if (retry !== null) {
      if (attempt.hedged) {
        couldNotRetry = retry.wouldRetry(h);
      } else {
        const verdict = retry.onHeaders(h);
        if (verdict === 'yes') {
          resend.schedule(false);
          host.stats.rqError++;
          host.cluster.responses.countRetry(h.status);
          this.drop(attempt);
          if (endStream && (this.state & REQUEST_ENDED) !== 0) attempt.finish();
          else attempt.reset();
          return false;
        }
        couldNotRetry = this.noteVerdict(verdict);
      }
    }
    const redirects = policies === null ? null : policies.redirects;
    if (
      redirects !== null &&
      redirects.statuses.includes(h.status) &&
      this.follow(redirects, resend, h, endStream, attempt)
    ) {
      return false;
    }
    if (couldNotRetry && resend.waitsForOthers(this.attempt)) {
      host.stats.rqError++;
      this.drop(attempt);
      attempt.reset();
      return false;
    }
    this.decideFor(attempt, resend);
    return true;
  }

  /** A redirect that is followed here: the request begins anew, with the same client and another target. */
  private follow(
    redirects: InternalRedirects,
    resend: Resend,
    h: Headers,
    endStream: boolean,
    attempt: Attempt,
  ): boolean {
    const { stream } = this;
    const stats = (this.cluster as ClusterInfo).stats.scope;
    const ended = (this.state & REQUEST_ENDED) !== 0 && !resend.overflowed;
    const { body } = resend;
    const target = ended ? redirect(redirects, h, stream, this.settings.stats) : null;
    if (target === null || stream.recreate === undefined) {
      stats.counter('upstream_internal_redirect_failed_total').inc();
      return false;
    }
    stats.counter('upstream_internal_redirect_succeeded_total').inc();
    const kept = target.withoutBody ? [] : body.slice();
    this.drop(attempt);
    if (endStream) attempt.finish();
    else attempt.reset();
    this.cleanUp();
    stream.recreate(h, kept);
    return true;
  }

  /** It is this try that the client hears of. */
  private decideFor(attempt: Attempt, resend: Resend): void {
    resend.endRetries();
    if (this.attempt !== attempt) {
      const other = this.attempt;
      resend.remove(attempt);
      this.attempt = attempt;
      other?.reset();
    }
    resend.resetOthers();
    this.stream.info.upstream = attempt;
  }

  /** True: there would have been another try. */
  private noteVerdict(verdict: RetryVerdict): boolean {
    const { info } = this.stream;
    if (verdict === 'overflow') info.flags |= UPSTREAM_OVERFLOW;
    else if (verdict === 'limit exceeded') info.flags |= UPSTREAM_RETRY_LIMIT_EXCEEDED;
    else return false;
    return true;
  }

  /** Whether another try follows one that ended without an answer. */
  private retriesReset(reason: ResetReason, attempt: Attempt, afterTimeout: boolean): boolean {
    const { resend } = this;
    if (resend === null || resend.retry === null || attempt.hedged || (this.state & RESPONSE_STARTED) !== 0)
      return false;
    const verdict = resend.retry.onReset(reason, attempt.sent);
    if (verdict !== 'yes') {
      this.noteVerdict(verdict);
      return false;
    }
    resend.schedule(afterTimeout);
    attempt.host.stats.rqError++;
    return true;
  }

  private tryAgain(resend: Resend): void {
    resend.pending = false;
    resend.retry?.onRetry();
    const { headers: h, route, policies } = resend;
    // It may have been replaced, or have gone.
    const cluster = this.settings.clusters.get((this.cluster as ClusterInfo).name);
    const number = ++this.stream.info.attempts;
    if (cluster === undefined) {
      this.noHealthyHost();
      return;
    }
    this.cluster = cluster.info;
    this.stream.info.cluster = cluster.info;
    if (policies?.attemptCountInRequest) h.setUnchecked('x-envoy-attempt-count', String(number));
    if (policies?.timeoutRetryInRequest) {
      h.setUnchecked('x-envoy-is-timeout-retry', resend.afterTimeout ? 'true' : 'false');
    }
    const ended = (this.state & REQUEST_ENDED) !== 0;
    const passed = ended ? turnMs() - this.requestEndMs : 0;
    const perTryMs = resend.hedge || this.tryTimes === null ? 0 : this.tryTimes.perTryMs;
    tellTimeout(
      h,
      route,
      this.stream.grpcRequest,
      !this.settings.suppressEnvoyHeaders,
      perTryMs,
      this.timeoutMs,
      passed,
    );
    if (this.attempt !== null) resend.leave(this.attempt);
    this.attempt = null;
    this.startAttempt(cluster, h, ended && resend.headersOnly, route);
    const attempt = this.attempt as Attempt | null;
    if (attempt === null) return;
    const { body, trailers } = resend;
    for (let i = 0; i < body.length && !attempt.done; i++) {
      attempt.encodeData(body[i], ended && trailers === null && i === body.length - 1);
    }
    if (trailers !== null) attempt.encodeTrailers(trailers);
  }

  /** The attempt is none of ours any more. */
  private drop(attempt: Attempt): void {
    if (this.attempt === attempt) this.attempt = null;
    else this.resend?.remove(attempt);
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
        `[C${stream.connection?.id}] upstream reset: host ${host.address.text}, reset reason: ${reason}, transport failure reason: ${detail}`,
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

  /** Its answer had begun. */
  private countCutOff(attempt: Attempt): void {
    if (!attempt.grpcDeferred) return;
    attempt.host.stats.rqError++;
    this.settings.stats.rqResetAfterDownstreamResponseStarted.inc();
  }

  onDefect(error: unknown): void {
    this.stream.failed(error);
  }

  onBackOffEnd(): void {
    this.onTime(BACK_OFF, null);
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
    if (log.debugOn && what !== BACK_OFF) {
      log.debug(`[C${this.stream.connection?.id}] upstream timeout: ${TIMES[what]}, ${told(attempt ?? this.attempt)}`);
    }
    try {
      const { stats } = this.cluster as ClusterInfo;
      switch (what) {
        case RESPONSE:
          this.responseTimedOut(stats);
          break;
        case PER_TRY:
          this.tryTimedOut(stats.upstreamRqPerTryTimeout, 'upstream_per_try_timeout', attempt as Attempt);
          break;
        case PER_TRY_IDLE:
          this.tryTimedOut(
            stats.scope.counter('upstream_rq_per_try_idle_timeout'),
            'upstream_per_try_idle_timeout',
            attempt as Attempt,
          );
          break;
        case BACK_OFF:
          if (this.resend?.pending) this.tryAgain(this.resend);
          break;
        default:
          this.lastedTooLong(attempt as Attempt);
      }
    } catch (e) {
      this.onDefect(e);
    }
  }

  private responseTimedOut(stats: ClusterStats): void {
    const running = this.resend === null ? [] : this.resend.takeOthers().slice();
    if (this.attempt !== null) running.push(this.attempt);
    this.attempt = null;
    for (const attempt of running) {
      stats.upstreamRqTimeout.inc();
      this.virtual?.rqTimeout.inc();
      attempt.reset();
      attempt.host.stats.rqTimeout++;
      if (attempt.answered) continue;
      // One that was too slow before has been told of then.
      if (!attempt.hedged) attempt.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
      this.countLate(attempt);
    }
    this.answerLate('response_timeout');
  }

  private tryTimedOut(counter: Counter, details: string, attempt: Attempt): void {
    const { resend } = this;
    if (resend?.hedge) {
      this.tryBeside(resend, attempt);
      return;
    }
    counter.inc();
    this.drop(attempt);
    attempt.reset();
    attempt.host.stats.rqTimeout++;
    attempt.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    if (this.retriesReset('local reset', attempt, true)) return;
    if ((this.state & RESPONSE_STARTED) !== 0) this.countCutOff(attempt);
    else this.countLate(attempt);
    this.answerLate(details);
  }

  /** hedge_on_per_try_timeout: the late try goes on, another one is made. */
  private tryBeside(resend: Resend, attempt: Attempt): void {
    attempt.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    if (resend.retry === null || (this.state & RESPONSE_STARTED) !== 0) return;
    const verdict = resend.retry.onHedge();
    if (verdict !== 'yes') {
      this.noteVerdict(verdict);
      return;
    }
    attempt.markHedged();
    resend.schedule(true);
  }

  private get lateStatus(): number {
    return (this.state & ALT_RESPONSE) !== 0 ? 204 : 504;
  }

  private countLate(attempt: Attempt): void {
    this.charge?.count(this.lateStatus, this.internal, false);
    attempt.host.stats.rqError++;
  }

  private answerLate(details: string): void {
    const { stream } = this;
    stream.info.flags |= UPSTREAM_REQUEST_TIMEOUT_FLAG;
    this.cleanUp();
    if ((this.state & RESPONSE_STARTED) !== 0) {
      stream.info.details = details;
      stream.reset('local reset');
      return;
    }
    const status = this.lateStatus;
    this.reply({ status, body: status === 204 ? '' : UPSTREAM_REQUEST_TIMEOUT, details });
  }

  /** The stream to the host has lasted as long as the caller allowed. */
  private lastedTooLong(attempt: Attempt): void {
    const { stream } = this;
    (this.cluster as ClusterInfo).stats.scope.counter('upstream_rq_max_duration_reached').inc();
    this.drop(attempt);
    attempt.reset();
    if (this.retriesReset('local reset', attempt, false)) return;
    stream.info.flags |= UPSTREAM_MAX_STREAM_DURATION_REACHED;
    this.cleanUp();
    this.resetAttempt();
    // Once the answer has begun, this ends it.
    this.reply({
      status: (this.state & REQUEST_ENDED) !== 0 ? 504 : 408,
      body: UPSTREAM_DURATION_REACHED,
      details: 'upstream_max_stream_duration_reached',
    });
  }
}

/** What was too long, for the log. */
const TIMES: Readonly<Record<number, string>> = {
  [RESPONSE]: 'response',
  [PER_TRY]: 'per try',
  [PER_TRY_IDLE]: 'per try, idle',
  [DURATION]: 'max stream duration',
};

function told(attempt: Attempt | null): string {
  if (attempt === null) return 'no host';
  const { connection } = attempt;
  return `host ${attempt.host.address.text}, ${connection === null ? 'not connected' : `upstream connection [C${connection.id}]`}`;
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
