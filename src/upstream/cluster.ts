/**
 * One upstream cluster in one event loop: its info, its hosts by priority and its balancer. Mirrors ClusterImplBase and
 * ThreadLocalClusterManagerImpl::ClusterEntry (source/common/upstream/{upstream_impl,cluster_manager_impl}.cc).
 */
import { refuse } from '../config/refusal.ts';
import type { ClusterLoadAssignmentPolicy, Cluster as ClusterMessage } from '../config/schema/types.ts';
import { logger } from '../log/logger.ts';
import type { StatsRoot } from '../stats/store.ts';
import { ClusterInfo } from './cluster-info.ts';
import type { ClusterLookup } from './cluster-ref.ts';
import { dropShare } from './drop-overload.ts';
import type { Locality, PriorityUpdate } from './endpoint.ts';
import { FAILURE_FLAGS, HEALTHY, UNHEALTHY } from './health/health-flags.ts';
import { Host } from './host.ts';
import type { LoadBalancer, LoadBalancerContext, Random } from './load-balancers/load-balancer.ts';
import { makePolicy } from './load-balancers/policy.ts';
import { PriorityBalancer, panicOf } from './load-balancers/priority-balancer.ts';
import { DEFAULT_OVERPROVISIONING, HostSet, type LocalityHosts, mergeLocalities } from './priority-set.ts';
import type { UpstreamTransports } from './upstream-transports.ts';

/** Highest LocalityLbEndpoints.priority the api allows. */
export const MAX_PRIORITY = 128;

const log = logger('upstream');
const NO_HOSTS: readonly Host[] = [];

/** What a cluster is made with besides its config. */
export interface ClusterContext {
  readonly scope: StatsRoot;
  readonly random: Random;
  /** Other clusters of this event loop. */
  readonly clusters: ClusterLookup;
  /** Absent: plain bytes are all there is. */
  readonly transports?: UpstreamTransports;
  /** Absent: not told. */
  readonly local?: LocalPlace;
}

/** Where this proxy is, and the cluster of the proxies like it (cluster_manager.local_cluster_name; '' for none). */
export interface LocalPlace {
  readonly cluster: string;
  readonly locality: Locality;
}

/** Makes the balancer of a cluster whose type chooses hosts itself (ORIGINAL_DST, aggregate …). */
export type BalancerFactory = (cluster: Cluster, ctx: ClusterContext) => LoadBalancer;

export class Cluster {
  readonly info: ClusterInfo;
  /** Index: priority. Never empty. */
  readonly priorities: HostSet[];
  /** All hosts now, in priority order. */
  hosts: readonly Host[];
  /** The balancer looks at a hash and there is more than one host: computing one is worth it. */
  needsHash: boolean;
  readonly balancer: LoadBalancer;
  private readonly policy: ClusterLoadAssignmentPolicy | undefined;
  private dropOverloads: ClusterLoadAssignmentPolicy['dropOverloads'];
  /** The only host, when it is usable: nothing to balance. */
  private single: Host | null;
  /** Not by priority alone: the only host need not be what is wanted. */
  private readonly choosesAlways: boolean;
  private updates: number;
  private byAddress: Map<string, Host> | null;
  /** Removed or replaced. */
  retired: boolean;
  /** Its gauges are its own: from when it can be seen until it is replaced. */
  private shown: boolean;
  /** Told after its hosts, or what they can take, became other ones. */
  readonly watchers: Set<() => void>;

  /** Throws Envoy's sentence for what the configuration gets wrong. */
  constructor(config: ClusterMessage, ctx: ClusterContext, addedViaApi = false, balancer?: BalancerFactory) {
    const info = new ClusterInfo(config, ctx.scope, addedViaApi, ctx.transports);
    this.info = info;
    const byName = config.commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing === true;
    if (byName && info.type !== 'STRICT_DNS') {
      const type = `envoy.cluster.${info.type.toLowerCase()}`;
      const message = `Cannot use hostname for consistent hashing loadbalancing for cluster of type: '${type}'`;
      refuse(config, 'common_lb_config', message);
    }
    this.policy = config.loadAssignment?.policy;
    this.dropOverloads = undefined;
    if (this.policy !== undefined) this.drop(this.policy);
    this.priorities = [this.newSet(0)];
    this.watchers = new Set();
    this.hosts = NO_HOSTS;
    this.needsHash = false;
    this.single = null;
    this.updates = 0;
    this.byAddress = null;
    this.shown = false;
    this.retired = false;
    try {
      this.balancer = (balancer ?? plainBalancer)(this, ctx);
      this.choosesAlways = this.balancer.takesTheOnly !== true;
    } catch (error) {
      info.dispose();
      throw error;
    }
    this.rebuild(this.priorities);
  }

  /** The hash is the slot of a Redis Cluster, always to be told. */
  get hashesSlots(): boolean {
    return this.balancer.hashesSlots === true;
  }
  /** Who is asked for what concerns all of the cluster: of a Redis Cluster one host a shard. */
  get shards(): readonly Host[] {
    return this.balancer.shards ?? this.hosts;
  }

  /** The balancer looks at a hash, also while there is one host only. */
  get usesHash(): boolean {
    return this.balancer.usesHash;
  }

  /** The balancer looks at what route and request say in `envoy.lb`. */
  get usesMetadata(): boolean {
    return this.balancer.usesMetadata === true;
  }

  /** … at the rest of the request too. */
  get usesRequest(): boolean {
    return this.balancer.usesRequest === true;
  }

  /** A choice for another cluster: nothing is counted. */
  balance(ctx: LoadBalancerContext | null): Host | null {
    return this.single ?? this.balancer.choose(ctx);
  }

  /** Null when there is none (counted in upstream_cx_none_healthy). */
  chooseHost(ctx: LoadBalancerContext | null): Host | null {
    let host: Host | null = null;
    let strict = false;
    if (ctx !== null && typeof ctx.override === 'string') {
      host = this.usable(ctx.override);
      strict = ctx.strict === true;
    }
    if (host === null && !strict) host = this.balance(ctx);
    if (host === null) {
      if (log.debugOn) log.debug(`no healthy host in cluster '${this.info.name}'`);
      this.info.stats.upstreamCxNoneHealthy.inc();
    }
    return host;
  }

  /** The host with this `ip:port`, unless its health is one that override_host_status leaves out (HostUtility::selectOverrideHost). */
  private usable(address: string): Host | null {
    this.byAddress ??= new Map(this.hosts.map((h) => [h.address.text, h]));
    const host = this.byAddress.get(address);
    if (host === undefined) return null;
    return (this.balancer.mayOverride?.(host) ?? host.level !== UNHEALTHY) ? host : null;
  }

  private drop({ dropOverloads }: Pick<ClusterLoadAssignmentPolicy, 'dropOverloads'>): void {
    this.dropOverloads = dropOverloads;
    this.info.drops = dropShare(dropOverloads);
  }

  private newSet(priority: number): HostSet {
    const { overprovisioningFactor = DEFAULT_OVERPROVISIONING, weightedPriorityHealth } = this.policy ?? {};
    return new HostSet(priority, overprovisioningFactor, weightedPriorityHealth);
  }

  /**
   * The hosts of these priorities from now on; of others nothing changes. A choice sees all of the batch or nothing of it. Hosts that
   * are in none of the given priorities any more are drained.
   */
  update(batch: readonly PriorityUpdate[]): void {
    for (const { priority } of batch) {
      if (priority > MAX_PRIORITY) throw new Error(`priority ${priority} is above ${MAX_PRIORITY}`);
    }
    const seen = ++this.updates;
    const known = this.hosts.length === 0 ? null : new Map(this.hosts.map((h) => [h.id, h]));
    const changed: HostSet[] = [];
    const before: (readonly Host[])[] = [];
    let added = 0;
    for (const { priority, localities, policy } of batch) {
      const addedBefore = added;
      const places = localities.map(({ locality, weight, endpoints }): LocalityHosts => {
        const hosts = endpoints.map((endpoint) => {
          let host = known?.get(endpoint.id);
          if (host === undefined) {
            host = new Host(this.info, endpoint, locality, priority);
            added++;
          } else {
            if (host.priority !== priority) added++;
            host.take(endpoint, locality, priority);
          }
          host.seen = seen;
          return host;
        });
        return { locality, weight, hosts };
      });
      const hosts = places.length === 1 ? places[0].hosts : places.flatMap((p) => p.hosts);
      const set = this.setOf(priority, changed);
      if (policy !== undefined) {
        set.overprovisioning = policy.overprovisioningFactor ?? DEFAULT_OVERPROVISIONING;
        set.weighsHealth = policy.weightedPriorityHealth === true;
        // Discovery that has it says all of it; a STATIC cluster's workers are told without.
        if (this.policy === undefined) this.drop(policy);
      }
      before.push(set.hosts);
      // Nobody new and as many as before: they are the same.
      if (added > addedBefore || hosts.length !== set.hosts.length) this.info.membership.membershipChange.inc();
      set.setHosts(hosts, mergeLocalities(places));
    }
    this.info.membership.totalMatchCount.add(added);
    this.rebuild(changed);
    const removed: Host[] = [];
    for (const hosts of before) for (const h of hosts) if (h.seen !== seen) removed.push(h);
    if (log.debugOn) {
      log.debug(`membership update for TLS cluster ${this.info.name} added ${added} removed ${removed.length}`);
    }
    for (const h of removed) h.drain();
    const closes = this.info.config.commonLbConfig?.closeConnectionsOnHostSetChange === true;
    if (closes && (added > 0 || removed.length > 0)) for (const h of this.hosts) h.pools?.drainExisting();
  }

  /** The set of a priority, put among the changed ones; priorities up to it come to be, empty. */
  private setOf(priority: number, changed: HostSet[]): HostSet {
    while (this.priorities.length <= priority) {
      const set = this.newSet(this.priorities.length);
      this.priorities.push(set);
      changed.push(set);
    }
    const set = this.priorities[priority];
    if (!changed.includes(set)) changed.push(set);
    return set;
  }

  /** Health or weight of hosts was changed: count and balance anew. */
  hostsChanged(): void {
    for (const set of this.priorities) set.refresh();
    this.rebuild(this.priorities);
  }

  /** All hosts as endpoints: what another event loop needs to have the same ones. */
  snapshot(): PriorityUpdate[] {
    return this.priorities.map((set) => ({
      priority: set.priority,
      policy: {
        overprovisioningFactor: set.overprovisioning,
        weightedPriorityHealth: set.weighsHealth,
        dropOverloads: this.dropOverloads,
      },
      localities: set.localities.map(({ locality, weight, hosts }) => ({
        locality,
        weight,
        endpoints: hosts.map(({ id, address, others, hostname, weight, health, metadata, check }) => ({
          id,
          address,
          others,
          hostname,
          weight,
          health,
          metadata,
          check,
        })),
      })),
    }));
  }

  /** HealthFlag bits of hosts by id, as health checks found them. */
  setHealth(changes: readonly (readonly [id: number, flags: number])[]): void {
    const flags = new Map(changes);
    const failed: Host[] = [];
    for (const h of this.hosts) {
      const now = flags.get(h.id);
      if (now === undefined) continue;
      if ((now & ~h.health & FAILURE_FLAGS) !== 0) failed.push(h);
      h.setHealth(now);
    }
    this.hostsChanged();
    for (const h of failed) h.failed();
  }

  /** The cluster can be seen from now on: what its gauges show is its own. */
  show(): void {
    this.shown = true;
    this.publish();
  }

  /** It was removed, or `replaced` by another of its name: what runs on its hosts may finish, then their connections close. */
  retire(replaced: boolean): void {
    const hosts = this.hosts;
    this.retired = true;
    if (replaced) this.shown = false;
    for (const set of this.priorities) set.setHosts(NO_HOSTS, []);
    this.rebuild(this.priorities);
    this.shown = false;
    this.info.dispose();
    this.balancer.retire?.();
    for (const h of hosts) h.drain();
  }

  private rebuild(changed: readonly HostSet[]): void {
    const sets = this.priorities;
    this.hosts = sets.length === 1 ? sets[0].hosts : sets.flatMap((s) => s.hosts);
    this.balancer.update(sets, changed);
    const only = this.hosts.length === 1 ? this.hosts[0] : null;
    this.single = only !== null && only.level === HEALTHY && !this.choosesAlways ? only : null;
    this.needsHash = this.balancer.usesHash && (this.hosts.length > 1 || this.choosesAlways);
    this.byAddress = null;
    if (this.shown) this.publish();
    for (const changed of this.watchers) changed();
  }

  private publish(): void {
    let healthy = 0;
    let degraded = 0;
    let excluded = 0;
    for (const s of this.priorities) {
      healthy += s.healthy.length;
      degraded += s.degraded.length;
      excluded += s.excluded;
    }
    const stats = this.info.membership;
    const before = stats.membershipHealthy.value;
    if (before > 0 && healthy === 0 && !this.retired) {
      log.warn(`cluster '${this.info.name}': none of its ${this.hosts.length} hosts is healthy`);
    }
    stats.membershipTotal.set(this.hosts.length);
    stats.membershipHealthy.set(healthy);
    stats.membershipDegraded.set(degraded);
    stats.membershipExcluded.set(excluded);
  }
}

/** By lb_policy alone. */
export function plainBalancer({ info }: Cluster, { random }: ClusterContext): LoadBalancer {
  return new PriorityBalancer(makePolicy(info.config, info, random), random, info, panicOf(info.config));
}
