/**
 * When what happens on the data path has a Redis Cluster asked for its slots again, before it is time. Role of ClusterRefreshManagerImpl
 * (source/extensions/common/redis/cluster_refresh_manager_impl.cc); each event loop counts for itself (docs/behaviour.md R22).
 */
import type { RedisClusterConfig } from '../config/schema/types.ts';
import { turnMs } from '../platform/clock.ts';
import type { ClusterInfo } from '../upstream/cluster-info.ts';

const REDIS_CLUSTER = 'envoy.extensions.clusters.redis.v3.RedisClusterConfig';
/** RedisClusterConfig.redirect_refresh_interval, ms, and redirect_refresh_threshold (api). The other thresholds are 0: off. */
const DEFAULT_INTERVAL_MS = 5000;
const DEFAULT_REDIRECTS = 5;

/** 0: a redirection, 1: a failure, 2: a degraded host was chosen. */
export type Happening = 0 | 1 | 2;

export class ClusterRefresh {
  private readonly name: string;
  private readonly refresh: (name: string) => void;
  private readonly intervalMs: number;
  /** Happenings that are enough; 0: never. */
  private readonly thresholds: readonly [redirects: number, failures: number, degraded: number];
  private readonly counts: [number, number, number] = [0, 0, 0];
  /** turnMs() of the last time; so that the first one need not wait. */
  private last = Number.NEGATIVE_INFINITY;

  constructor(cluster: ClusterInfo, refresh: (name: string) => void) {
    const config = (cluster.config.clusterType?.typedConfig?.value ?? {}) as RedisClusterConfig;
    this.name = cluster.name;
    this.refresh = refresh;
    this.intervalMs = config.redirectRefreshInterval ?? DEFAULT_INTERVAL_MS;
    this.thresholds = [
      config.redirectRefreshThreshold ?? DEFAULT_REDIRECTS,
      config.failureRefreshThreshold ?? 0,
      config.hostDegradedRefreshThreshold ?? 0,
    ];
  }

  /** Null for a cluster of another type. */
  static of(cluster: ClusterInfo, refresh: (name: string) => void): ClusterRefresh | null {
    return cluster.config.clusterType?.typedConfig?.typeUrl === REDIS_CLUSTER
      ? new ClusterRefresh(cluster, refresh)
      : null;
  }

  on(kind: Happening): void {
    const threshold = this.thresholds[kind];
    if (threshold === 0) return;
    // What happens so soon after the last time is not counted either.
    const now = turnMs();
    if (now - this.last < this.intervalMs || ++this.counts[kind] < threshold) return;
    this.last = now;
    this.counts.fill(0);
    this.refresh(this.name);
  }
}

/** Of all clusters of a redis_proxy. */
export class Refreshes {
  private readonly refresh: (name: string) => void;
  private readonly all = new WeakMap<ClusterInfo, ClusterRefresh | null>();

  constructor(refresh: (name: string) => void) {
    this.refresh = refresh;
  }

  on(cluster: ClusterInfo, what: Happening): void {
    let refresh = this.all.get(cluster);
    if (refresh === undefined) {
      refresh = ClusterRefresh.of(cluster, this.refresh);
      this.all.set(cluster, refresh);
    }
    refresh?.on(what);
  }
}
