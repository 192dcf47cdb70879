/** A cluster's circuit breaker for retries, and what is counted of them. */
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { RetryResources } from './retry-state.ts';

/** Made for a request that may be tried again; names are looked up when it is. */
export class ClusterRetries implements RetryResources {
  private readonly cluster: ClusterInfo;
  private readonly priority: 0 | 1;

  constructor(cluster: ClusterInfo, priority: 0 | 1) {
    this.cluster = cluster;
    this.priority = priority;
  }

  take(): boolean {
    const { retries } = this.cluster.resources[this.priority];
    if (!retries.canCreate()) return false;
    retries.inc();
    return true;
  }
  give(): void {
    this.cluster.resources[this.priority].retries.dec();
  }
  countRetry(): void {
    this.count('retry');
  }
  countSuccess(): void {
    this.count('retry_success');
  }
  countLimitExceeded(): void {
    this.count('retry_limit_exceeded');
  }
  countOverflow(): void {
    this.count('retry_overflow');
  }
  countBackOff(rateLimited: boolean): void {
    this.count(rateLimited ? 'retry_backoff_ratelimited' : 'retry_backoff_exponential');
  }

  private count(what: string): void {
    this.cluster.stats.scope.counter(`upstream_rq_${what}`).inc();
  }
}
