/**
 * When to ask DNS again: `dns_refresh_rate` (or, with `respect_dns_ttl`, the answer's own time to live) after an answer, `dns_failure_refresh_rate` after a failure. Mirrors
 * Config::Utility::prepareDnsRefreshStrategy and JitteredExponentialBackOffStrategy (source/common/common/backoff_strategy.cc).
 */
import { refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, DnsCluster } from '../../config/schema/types.ts';
import type { Random } from '../load-balancers/load-balancer.ts';

/** Cluster.dns_refresh_rate, ms (api: 5 s). */
export const DEFAULT_REFRESH_MS = 5000;
/** RefreshRate.max_interval when only base_interval is given (api). */
const MAX_INTERVAL_FACTOR = 10;

export class RefreshInterval {
  private readonly refreshMs: number;
  private readonly respectTtl: boolean;
  private readonly leastTtlMs: number;
  /** Cluster.dns_jitter: up to so much later, so that many proxies do not ask at once. */
  private readonly jitterMs: number;
  private readonly baseMs: number;
  private readonly maxMs: number;
  private readonly random: Random;
  private nextMs: number;

  /** Throws when max_interval is below base_interval. */
  constructor(config: ClusterMessage & Pick<DnsCluster, 'dnsMinRefreshRate'>, random: Random) {
    this.random = random;
    this.refreshMs = config.dnsRefreshRate ?? DEFAULT_REFRESH_MS;
    this.respectTtl = config.respectDnsTtl === true;
    this.leastTtlMs = config.dnsMinRefreshRate ?? 0;
    this.jitterMs = config.dnsJitter ?? 0;
    const failure = config.dnsFailureRefreshRate;
    this.baseMs = failure?.baseInterval ?? 0;
    this.maxMs = failure?.maxInterval ?? this.baseMs * MAX_INTERVAL_FACTOR;
    if (failure !== undefined && this.maxMs < this.baseMs) {
      const message = 'dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval';
      refuse(failure, 'max_interval', message);
    }
    this.nextMs = this.baseMs;
  }

  /** `ttlMs`: of the answer, 0 when it has none; counts with `respect_dns_ttl`. */
  afterSuccess(ttlMs = 0): number {
    this.nextMs = this.baseMs;
    const interval = this.respectTtl && ttlMs > 0 ? Math.max(ttlMs, this.leastTtlMs) : this.refreshMs;
    return this.jitterMs > 0 ? interval + (this.random() % this.jitterMs) : interval;
  }

  /** Any time below an interval that doubles from base to max. */
  afterFailure(): number {
    if (this.baseMs === 0) return this.refreshMs;
    const interval = this.nextMs;
    this.nextMs = interval < this.maxMs / 2 ? interval * 2 : this.maxMs;
    return Math.min(this.random() % interval, this.maxMs);
  }
}
