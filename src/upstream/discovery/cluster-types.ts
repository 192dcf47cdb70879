/** The cluster types: those every start has, by `Cluster.type`, and those that are loaded with the first cluster of their type. */
import type { Cluster as ClusterMessage } from '../../config/schema/types.ts';
import { EXTENSIONS } from '../../extensions.ts';
import type { BalancerFactory } from '../cluster.ts';
import { isPlain } from '../load-balancers/policy.ts';
import type { ClusterType } from './discovery.ts';
import { LogicalDnsDiscovery } from './logical-dns.ts';
import { StaticDiscovery } from './static.ts';
import { StrictDnsDiscovery } from './strict-dns.ts';

const DNS_CLUSTER = 'envoy.extensions.clusters.dns.v3.DnsCluster';

/** What the names of Envoy's own five begin with. */
const BUILT_IN = 'envoy.cluster.';

export interface ClusterTypes {
  get(type: string): ClusterType | undefined;
  /** What chooses hosts where lb_policy alone does not say it; absent: lb_policy says it. */
  balancer?(config: ClusterMessage): BalancerFactory | undefined;
  /** For what few clusters ask for; null where none did. */
  readonly options?: typeof import('../cluster-options.ts') | null;
}

/** Hosts of these types may have several addresses; so may those of a load assignment. */
const HOSTS_OF_ADDRESSES: ReadonlySet<string> = new Set(['LOGICAL_DNS', 'EDS', DNS_CLUSTER]);

export function hasSeveralAddresses(c: ClusterMessage): boolean {
  return (
    HOSTS_OF_ADDRESSES.has(typeKey(c)) ||
    c.loadAssignment?.endpoints?.some((l) => l.lbEndpoints?.some((e) => e.endpoint?.additionalAddresses)) === true
  );
}

export function hasPoolLimit(c: ClusterMessage): boolean {
  return c.circuitBreakers?.thresholds?.some((t) => t.maxConnectionPools !== undefined) === true;
}

function hasOptions(c: ClusterMessage): boolean {
  return (
    c.preconnectPolicy !== undefined || c.upstreamBindConfig !== undefined || hasPoolLimit(c) || hasSeveralAddresses(c)
  );
}

export const CLUSTER_TYPES: ReadonlyMap<string, ClusterType> = new Map<string, ClusterType>([
  ['STATIC', { discover: (config, sink) => new StaticDiscovery(config, sink) }],
  [
    'STRICT_DNS',
    { discover: (config, sink, ctx) => new StrictDnsDiscovery(config, sink, ctx.resolver(config), ctx.random) },
  ],
  [
    'LOGICAL_DNS',
    { discover: (config, sink, ctx) => new LogicalDnsDiscovery(config, sink, ctx.resolver(config), ctx.random) },
  ],
]);

/** Of `Cluster.type`, loaded on demand. */
const BY_NAME: Readonly<Record<string, () => Promise<unknown>>> = {
  EDS: () => import('./eds-file.ts'),
  ORIGINAL_DST: () => import('./original-dst.ts'),
};

/** What `get` is asked for: the type of `cluster_type`'s config, or one of Envoy's five. */
export function typeKey(config: ClusterMessage): string {
  const own = config.clusterType;
  if (own === undefined) return config.type ?? 'STATIC';
  const { typedConfig, name = '' } = own;
  // `envoy.cluster.strict_dns` is STRICT_DNS.
  return typedConfig?.typeUrl ?? (name.startsWith(BUILT_IN) ? name.slice(BUILT_IN.length).toUpperCase() : name);
}

export class LoadedClusterTypes implements ClusterTypes {
  private readonly loaded = new Map<string, ClusterType>();
  private readonly zoned: boolean;
  private readonly bound: boolean;
  /** Both null before a cluster needs it. */
  options: typeof import('../cluster-options.ts') | null = null;
  private configured: typeof import('../load-balancers/configured-balancer.ts') | null = null;

  /** `zoned`: there is a local cluster, so that zones count. `bound`: all clusters have a local address. */
  constructor(zoned = false, bound = false) {
    this.zoned = zoned;
    this.bound = bound;
  }

  balancer(config: ClusterMessage): BalancerFactory | undefined {
    if (this.isPlain(config)) return undefined;
    if (this.configured === null) throw new Error('balancers were not loaded: prepare() comes first');
    if (!this.configured.providedByType(config)) return this.configured.configuredBalancer;
    const provided = this.get(typeKey(config))?.balancer;
    return provided ?? this.configured.nobodyProvides(config);
  }

  private hasOptions(config: ClusterMessage): boolean {
    return this.bound || hasOptions(config);
  }

  private isPlain(config: ClusterMessage): boolean {
    return !this.zoned && isPlain(config);
  }

  get(type: string): ClusterType | undefined {
    return CLUSTER_TYPES.get(type) ?? this.loaded.get(type);
  }

  has(config: ClusterMessage): boolean {
    return (
      this.get(typeKey(config)) !== undefined &&
      (this.configured !== null || this.isPlain(config)) &&
      (this.options !== null || !this.hasOptions(config))
    );
  }

  /** What these clusters need. A type that is not built stays unknown: whoever asks for it says so. */
  async prepare(configs: readonly ClusterMessage[]): Promise<void> {
    if (this.configured === null && !configs.every((c) => this.isPlain(c))) {
      this.configured = await import('../load-balancers/configured-balancer.ts');
    }
    if (this.options === null && configs.some((c) => this.hasOptions(c))) {
      this.options = await import('../cluster-options.ts');
    }
    for (const config of configs) {
      const key = typeKey(config);
      if (this.get(key) !== undefined) continue;
      const load = BY_NAME[key] ?? EXTENSIONS.find((r) => r.kind === 'cluster type' && r.typeUrl === key)?.load;
      if (load === undefined) continue;
      const module = (await load()) as unknown as { create(): ClusterType };
      this.loaded.set(key, module.create());
    }
  }
}
