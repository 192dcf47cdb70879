/**
 * envoy.filters.http.health_check: answers health checks, or passes them on and remembers the answer for a while. Mirrors
 * source/extensions/filters/http/health_check/health_check.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { HealthCheckHealthCheck as HealthCheck } from '../../config/schema/types.ts';
import { turnMs } from '../../platform/clock.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { ListenerDrain } from '../../transport/drain.ts';
import type { ClusterRef } from '../../upstream/cluster-ref.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { HeaderMatcher } from '../headers/header-matcher.ts';
import { filterRegexes } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { FAILED_LOCAL_HEALTH_CHECK } from '../stream/response-flags.ts';

const DEGRADED = 'x-envoy-degraded';

/** The last answer of the upstream, until the clock's next period of `cache_time` begins. */
class CachedAnswer {
  private readonly periodMs: number;
  private readonly startMs: number;
  private period = -1;
  status = 200;
  degraded = false;

  constructor(periodMs: number) {
    this.periodMs = periodMs;
    this.startMs = turnMs();
  }

  get usable(): boolean {
    return this.period === this.now;
  }

  set(status: number, degraded: boolean): void {
    this.period = this.now;
    this.status = status;
    this.degraded = degraded;
  }

  private get now(): number {
    return Math.floor((turnMs() - this.startMs) / this.periodMs);
  }
}

interface ClusterShare {
  readonly cluster: ClusterRef;
  readonly minPercent: number;
}

interface Settings {
  readonly passThrough: boolean;
  readonly cache: CachedAnswer | null;
  readonly clusters: readonly ClusterShare[];
  readonly matchers: readonly HeaderMatcher[];
  readonly drain: ListenerDrain;
  /** `node.cluster`. */
  readonly localCluster: string;
}

interface Verdict {
  readonly status: number;
  readonly details: string;
  readonly degraded?: boolean;
}

class HealthCheckFilter extends StreamFilter {
  private readonly settings: Settings;
  private isCheck = false;
  private handles = false;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { passThrough, cache, matchers, drain } = this.settings;
    if (!matchers.every((m) => m.matches(h))) return CONTINUE;
    this.isCheck = true;
    this.stream.info.healthCheck = true;
    this.handles = !passThrough || drain.healthCheckFailed || cache?.usable === true;
    if (!this.handles) return CONTINUE;
    if (endStream) this.answer();
    return STOP;
  }

  override decodeData(_data: Buffer, endStream: boolean): DataStatus {
    if (!this.handles) return CONTINUE;
    if (endStream) this.answer();
    return STOP_NO_BUFFER;
  }

  override decodeTrailers(): TrailersStatus {
    if (!this.handles) return CONTINUE;
    this.answer();
    return STOP;
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    const { cache, drain, localCluster } = this.settings;
    if (this.isCheck) {
      cache?.set(h.status, h.has(DEGRADED));
      h.set('x-envoy-upstream-healthchecked-cluster', localCluster);
    }
    if (drain.healthCheckFailed) h.set('x-envoy-immediate-health-check-fail', 'true');
    return CONTINUE;
  }

  private answer(): void {
    const { info } = this.stream;
    const { status, details, degraded } = this.verdict();
    if (status < 200 || status > 299) info.flags |= FAILED_LOCAL_HEALTH_CHECK;
    const headers = degraded ? [DEGRADED, ''] : [];
    this.stream.sendLocalReply({ status, body: '', details, headers });
  }

  private verdict(): Verdict {
    const { cache, clusters, drain } = this.settings;
    if (drain.healthCheckFailed) return { status: 503, details: 'health_check_failed' };
    if (cache !== null) return { status: cache.status, details: 'health_check_cached', degraded: cache.degraded };
    if (clusters.length === 0) return { status: 200, details: 'health_check_ok' };
    for (const { cluster, minPercent } of clusters) {
      if (cluster.current === null) return { status: 503, details: 'health_check_failed_no_cluster_found' };
      const { membershipTotal, membershipHealthy, membershipDegraded } = cluster.current.info.membership;
      const total = membershipTotal.value;
      if (total === 0) {
        if (minPercent === 0) continue;
        return { status: 503, details: 'health_check_failed_cluster_empty' };
      }
      if (100 * (membershipHealthy.value + membershipDegraded.value) < total * minPercent) {
        return { status: 503, details: 'health_check_failed_cluster_unhealthy' };
      }
    }
    return { status: 200, details: 'health_check_ok_cluster_healthy' };
  }
}

export async function create(c: HealthCheck, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const passThrough = c.passThroughMode ?? false;
  const cacheMs = c.cacheTime ?? 0;
  if (!passThrough && cacheMs > 0) {
    refuse(c, 'cache_time', 'cache_time_ms must not be set when path_through_mode is disabled');
  }
  // Who passes checks on does not look at clusters, as Envoy does not.
  const shares = passThrough ? [] : [...(c.clusterMinHealthyPercentages ?? [])];
  const regex = await filterRegexes(c, ctx.envoy16);
  const settings: Settings = {
    passThrough,
    cache: cacheMs > 0 ? new CachedAnswer(cacheMs) : null,
    clusters: shares.map(([name, percent]) => ({
      cluster: ctx.clusters.ref(name),
      minPercent: Math.floor(percent.value ?? 0),
    })),
    matchers: (c.headers ?? []).map((m) => new HeaderMatcher(m, regex)),
    drain: ctx.drain,
    localCluster: toWire(ctx.localInfo.nodeCluster),
  };
  return { terminal: false, create: () => new HealthCheckFilter(settings) };
}
