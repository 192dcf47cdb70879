/**
 * All clusters by name: builds them, waits for their first answers, adds and removes them. Mirrors ClusterManagerImpl
 * (source/common/upstream/cluster_manager_impl.cc).
 */
import { logger } from '../log/logger.ts';
import type { Counter, Gauge, Scope } from '../stats/store.ts';
import { UpstreamCluster } from './cluster.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { type ClusterRef, ClusterRefs } from './cluster-ref.ts';
import { CountedResolver, DnsStats } from './discovery/counted-resolver.ts';
import type { Discovery } from './discovery/discovery.ts';
import type { DnsResolver } from './discovery/dns-resolver.ts';
import { SystemDnsResolver } from './discovery/dns-resolver.ts';
import { dnsServers } from './discovery/dns-servers.ts';
import { LogicalDnsDiscovery } from './discovery/logical-dns.ts';
import { StaticDiscovery } from './discovery/static.ts';
import { StrictDnsDiscovery } from './discovery/strict-dns.ts';
import type { Random } from './load-balancers/load-balancer.ts';
import { random32 } from './load-balancers/load-balancer.ts';
import type { ClusterManager } from './types.ts';

const log = logger('upstream');

export interface ClusterManagerOptions {
  /** Default: hosts file and DNS as the machine is set up (`SystemDnsResolver`). */
  readonly resolver?: DnsResolver;
  /** Tests only. */
  readonly random?: Random;
  /** One of several event loops: the main thread's says what Envoy says once. Default false. */
  readonly quiet?: boolean;
}

export class UpstreamClusterManager implements ClusterManager {
  readonly clusters = new Map<string, UpstreamCluster>();
  private readonly refs = new ClusterRefs();
  private readonly scope: Scope;
  private readonly random: Random;
  private readonly resolver: DnsResolver;
  private dnsStats: DnsStats | null = null;
  private counted: CountedResolver | null = null;
  private readonly quiet: boolean;
  /** Resolvers of clusters that name their own servers, by those servers. */
  private readonly others = new Map<string, DnsResolver>();
  private readonly added: Counter;
  private readonly removed: Counter;
  private readonly active: Gauge;
  private readonly warming: Gauge;

  /** `scope`: the root of the stats store. */
  constructor(scope: Scope, options: ClusterManagerOptions = {}) {
    this.scope = scope;
    this.random = options.random ?? random32;
    this.quiet = options.quiet ?? false;
    this.resolver = options.resolver ?? new SystemDnsResolver();
    const own = scope.scope('cluster_manager.');
    this.added = own.counter('cluster_added');
    this.removed = own.counter('cluster_removed');
    this.active = own.gauge('active_clusters');
    this.warming = own.gauge('warming_clusters');
    for (const name of ['cluster_modified', 'cluster_updated', 'cluster_updated_via_merge']) own.counter(name);
    for (const name of ['update_merge_cancelled', 'update_out_of_merge_window']) own.counter(name);
  }

  get(name: string): UpstreamCluster | undefined {
    return this.clusters.get(name);
  }

  ref(name: string): ClusterRef {
    return this.refs.ref(name);
  }

  /** `Bootstrap.static_resources.clusters`. Throws Envoy's sentences: duplicate names, malformed addresses … */
  loadStatic(configs: readonly ClusterConfig[]): void {
    for (const config of configs) {
      if (this.clusters.has(config.name)) throw new Error(`cluster manager: duplicate cluster '${config.name}'`);
      this.make(config, false);
    }
  }

  /** Resolves when each cluster had its first hosts or its first failure; never rejects. */
  async initialize(): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const cluster of this.clusters.values()) waits.push(this.startCluster(cluster));
    await Promise.all(waits);
    if (!this.quiet) log.info('cm init: all clusters initialized');
  }

  /** For xDS: a cluster under a new name, ready when the promise resolves. */
  async add(config: ClusterConfig): Promise<void> {
    if (this.clusters.has(config.name)) throw new Error(`cluster manager: duplicate cluster '${config.name}'`);
    this.warming.inc();
    await this.startCluster(this.make(config, true));
    this.warming.dec();
  }

  /** For xDS: false when there is none, or when it came from the bootstrap and so cannot be removed. */
  remove(name: string): boolean {
    const cluster = this.clusters.get(name);
    if (cluster === undefined || !cluster.addedViaApi) return false;
    this.clusters.delete(name);
    this.refs.clear(name);
    this.starts.delete(cluster);
    cluster.stop();
    this.removed.inc();
    this.active.set(this.clusters.size);
    return true;
  }

  shutdown(): void {
    for (const cluster of this.clusters.values()) {
      this.refs.clear(cluster.name);
      cluster.stop();
    }
    this.resolver.close();
    for (const r of this.others.values()) r.close();
    this.clusters.clear();
    this.active.set(0);
  }

  private readonly starts = new Map<UpstreamCluster, Discovery>();

  private make(config: ClusterConfig, viaApi: boolean): UpstreamCluster {
    const cluster = new UpstreamCluster(config, this.scope, this.random, viaApi);
    this.starts.set(cluster, this.makeDiscovery(config, cluster));
    this.clusters.set(config.name, cluster);
    this.refs.set(config.name, cluster);
    this.added.inc();
    this.active.set(this.clusters.size);
    return cluster;
  }

  private makeDiscovery(config: ClusterConfig, cluster: UpstreamCluster): Discovery {
    switch (cluster.type) {
      case 'STATIC':
        return new StaticDiscovery(config, cluster);
      case 'STRICT_DNS':
        return new StrictDnsDiscovery(config, cluster, this.resolverOf(config), this.random);
      case 'LOGICAL_DNS':
        return new LogicalDnsDiscovery(config, cluster, this.resolverOf(config), this.random);
      default:
        throw new Error(`cluster '${config.name}': type ${cluster.type} is not supported yet`);
    }
  }

  private resolverOf(config: ClusterConfig): DnsResolver {
    this.dnsStats ??= new DnsStats(this.scope);
    const servers = dnsServers(config);
    if (servers === null) {
      this.counted ??= new CountedResolver(this.resolver, this.dnsStats);
      return this.counted;
    }
    const key = servers.join(',');
    let resolver = this.others.get(key);
    if (resolver === undefined) {
      resolver = new CountedResolver(new SystemDnsResolver(undefined, undefined, servers), this.dnsStats);
      this.others.set(key, resolver);
    }
    return resolver;
  }

  private startCluster(cluster: UpstreamCluster): Promise<void> {
    const discovery = this.starts.get(cluster);
    if (discovery === undefined) return Promise.resolve();
    this.starts.delete(cluster);
    return new Promise((resolve) => cluster.start(discovery, resolve));
  }
}
