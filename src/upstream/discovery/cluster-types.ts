/** The cluster types: those every start has, by `Cluster.type`, and those that are loaded with the first cluster of their type. */
import type { Cluster as ClusterMessage } from '../../config/schema/types.ts';
import { EXTENSIONS } from '../../extensions.ts';
import type { ClusterType } from './discovery.ts';
import { LogicalDnsDiscovery } from './logical-dns.ts';
import { StaticDiscovery } from './static.ts';
import { StrictDnsDiscovery } from './strict-dns.ts';

export interface ClusterTypes {
  get(type: string): ClusterType | undefined;
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

/** What `get` is asked for: the type of `cluster_type`'s config, or one of Envoy's five. */
export function typeKey(config: ClusterMessage): string {
  const own = config.clusterType;
  return own === undefined ? (config.type ?? 'STATIC') : (own.typedConfig?.typeUrl ?? own.name ?? '');
}

export class LoadedClusterTypes implements ClusterTypes {
  private readonly loaded = new Map<string, ClusterType>();

  get(type: string): ClusterType | undefined {
    return CLUSTER_TYPES.get(type) ?? this.loaded.get(type);
  }

  has(config: ClusterMessage): boolean {
    return this.get(typeKey(config)) !== undefined;
  }

  /** What these clusters need. A type that is not built stays unknown: whoever asks for it says so. */
  async prepare(configs: readonly ClusterMessage[]): Promise<void> {
    for (const config of configs) {
      const key = typeKey(config);
      if (this.get(key) !== undefined) continue;
      const row = EXTENSIONS.find((r) => r.kind === 'cluster type' && r.typeUrl === key);
      if (row?.load === undefined) continue;
      const module = (await row.load()) as unknown as { create(): ClusterType };
      this.loaded.set(key, module.create());
    }
  }
}
