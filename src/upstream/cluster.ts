/**
 * One upstream cluster: its settings, its hosts by priority, its balancer and its numbers. Mirrors ClusterInfoImpl and
 * ClusterImplBase (source/common/upstream/upstream_impl.cc).
 */

import { logger } from '../log/logger.ts';
import type { Scope } from '../stats/store.ts';
import { makeResources } from './circuit-breakers.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { ClusterStatsSet } from './cluster-stats.ts';
import type { Discovery, HostSink, UpdateStats } from './discovery/discovery.ts';
import type { UpstreamHost } from './host.ts';
import { DEFAULT_OVERPROVISIONING, DEFAULT_PANIC_THRESHOLD, HostSet, shareLoad } from './host-set.ts';
import { makeHttpOptions } from './http-options.ts';
import type { Random } from './load-balancers/load-balancer.ts';
import { LoadBalancer } from './load-balancers/load-balancer.ts';
import { makePolicy } from './load-balancers/policy.ts';
import type { Cluster, ClusterHttpOptions, Host, LoadBalancerContext, ResourceManager } from './types.ts';

/** Cluster.connect_timeout, ms (api: 5 s). */
export const DEFAULT_CONNECT_TIMEOUT_MS = 5000;
/** Cluster.per_connection_buffer_limit_bytes (api: 1 MiB). */
export const DEFAULT_BUFFER_LIMIT_BYTES = 1048576;
/** TcpKeepalive.keepalive_time without a value, s: Linux' default (tcp(7)), which Envoy leaves as it is. */
export const DEFAULT_KEEPALIVE_SECONDS = 7200;
/** Highest LocalityLbEndpoints.priority the api allows. */
export const MAX_PRIORITY = 128;

const log = logger('upstream');
const NO_HOSTS: readonly UpstreamHost[] = [];

export class UpstreamCluster implements Cluster, HostSink, UpdateStats {
  readonly name: string;
  readonly statName: string;
  /** STATIC, STRICT_DNS … */
  readonly type: string;
  readonly addedViaApi: boolean;
  readonly connectTimeoutMs: number;
  readonly perConnectionBufferLimitBytes: number;
  readonly tcpKeepaliveSeconds: number | undefined;
  readonly http: ClusterHttpOptions;
  readonly stats: ClusterStatsSet;
  readonly resources: readonly [ResourceManager, ResourceManager];
  readonly config: ClusterConfig;
  readonly priorities: HostSet[] = [];
  hosts: readonly UpstreamHost[] = NO_HOSTS;
  needsHash = false;
  private readonly balancer: LoadBalancer;
  private readonly usesHash: boolean;
  private readonly panicThreshold: number;
  private readonly overprovisioning: number;
  /** The only host, when it is usable: nothing to balance. */
  private single: UpstreamHost | null = null;
  private discovery: Discovery | null = null;

  /** `scope`: the root scope. Throws Envoy's sentence for what the configuration gets wrong. */
  constructor(config: ClusterConfig, scope: Scope, random: Random, addedViaApi: boolean) {
    this.config = config;
    this.name = config.name;
    this.statName = config.altStatName !== undefined && config.altStatName !== '' ? config.altStatName : config.name;
    this.type = config.type ?? 'STATIC';
    this.addedViaApi = addedViaApi;
    this.connectTimeoutMs = config.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT_MS;
    this.perConnectionBufferLimitBytes = config.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT_BYTES;
    const keepalive = config.upstreamConnectionOptions?.tcpKeepalive;
    this.tcpKeepaliveSeconds =
      keepalive === undefined ? undefined : (keepalive.keepaliveTime ?? DEFAULT_KEEPALIVE_SECONDS);
    this.http = makeHttpOptions(config);
    const clusterScope = scope.scope(`cluster.${sanitize(this.statName)}.`);
    this.stats = new ClusterStatsSet(clusterScope);
    this.resources = makeResources(config.circuitBreakers?.thresholds, clusterScope);
    if (
      config.commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing === true &&
      this.type !== 'STRICT_DNS'
    ) {
      const type = `envoy.cluster.${this.type.toLowerCase()}`;
      throw new Error(`Cannot use hostname for consistent hashing loadbalancing for cluster of type: '${type}'`);
    }
    const policy = makePolicy(config, clusterScope, random);
    this.usesHash = policy.usesHash;
    const failOnPanic = config.commonLbConfig?.zoneAwareLbConfig?.failTrafficOnPanic === true;
    this.balancer = new LoadBalancer(policy, random, this.stats.lbHealthyPanic, failOnPanic);
    // Envoy rounds the percentage to an integer.
    this.panicThreshold = Math.round(config.commonLbConfig?.healthyPanicThreshold?.value ?? DEFAULT_PANIC_THRESHOLD);
    this.overprovisioning = config.loadAssignment?.policy?.overprovisioningFactor ?? DEFAULT_OVERPROVISIONING;
    this.setHosts(0, NO_HOSTS);
  }

  get cluster(): Cluster {
    return this;
  }
  get updates(): UpdateStats {
    return this;
  }

  chooseHost(ctx: LoadBalancerContext | null): Host | null {
    if (this.single !== null) return this.single;
    const host = this.balancer.choose(ctx);
    if (host === null) this.stats.upstreamCxNoneHealthy.inc();
    return host;
  }

  /** The cluster takes the discovery over: it is stopped with the cluster. */
  start(discovery: Discovery, onReady: () => void): void {
    this.discovery = discovery;
    discovery.start(onReady);
  }

  /** The cluster goes: discovery ends, every host drains. */
  stop(): void {
    if (this.discovery !== null) this.discovery.stop();
    this.discovery = null;
    for (const set of this.priorities) this.setHosts(set.priority, NO_HOSTS);
  }

  setHosts(priority: number, hosts: readonly UpstreamHost[]): void {
    if (priority > MAX_PRIORITY) throw new Error(`priority ${priority} is above ${MAX_PRIORITY}`);
    const changed: HostSet[] = [];
    while (this.priorities.length <= priority) {
      const set = new HostSet(this.priorities.length);
      set.overprovisioning = this.overprovisioning;
      this.priorities.push(set);
      changed.push(set);
    }
    const set = this.priorities[priority];
    if (!changed.includes(set)) changed.push(set);
    const removed = set.hosts.filter((h) => !hosts.includes(h));
    let added = 0;
    for (const h of hosts) if (!set.hosts.includes(h)) added++;
    set.setHosts(hosts);
    if (added > 0 || removed.length > 0) this.stats.membershipChange.inc();
    this.stats.totalMatchCount.add(added);
    this.rebuild(changed);
    if (log.debugOn && this.discovery !== null) {
      log.debug(`membership update for TLS cluster ${this.name} added ${added} removed ${removed.length}`);
    }
    for (const h of removed) h.drain();
  }

  /** A host's `healthy`, `degraded` or `weight` was changed: count and balance anew. */
  hostsChanged(): void {
    for (const set of this.priorities) set.setHosts(set.hosts);
    this.rebuild(this.priorities);
  }

  private rebuild(changed: readonly HostSet[]): void {
    let total = 0;
    let healthy = 0;
    let degraded = 0;
    for (const s of this.priorities) {
      total += s.hosts.length;
      healthy += s.healthy.length;
      degraded += s.degraded.length;
    }
    this.hosts = this.priorities.length === 1 ? this.priorities[0].hosts : this.priorities.flatMap((s) => s.hosts);
    shareLoad(this.priorities, this.panicThreshold);
    this.balancer.update(this.priorities, changed);
    this.single = total === 1 && healthy === 1 ? this.hosts[0] : null;
    this.needsHash = this.usesHash && total > 1;
    this.stats.membershipTotal.set(total);
    this.stats.membershipHealthy.set(healthy);
    this.stats.membershipDegraded.set(degraded);
  }

  attempt(): void {
    this.stats.updateAttempt.inc();
  }
  success(): void {
    this.stats.updateSuccess.inc();
  }
  failure(): void {
    this.stats.updateFailure.inc();
  }
  empty(): void {
    this.stats.updateEmpty.inc();
  }
  noRebuild(): void {
    this.stats.updateNoRebuild.inc();
  }
  maxHostWeight(weight: number): void {
    this.stats.maxHostWeight.set(weight);
  }
}

/** Colons would look like a separator in /stats (Stats::Utility::sanitizeStatsName). */
function sanitize(name: string): string {
  return name.replaceAll('://', '_').replaceAll(':/', '_').replaceAll(':', '_').replaceAll('\0', '_');
}
