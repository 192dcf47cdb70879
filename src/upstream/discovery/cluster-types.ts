/** The cluster types that are built in, by `Cluster.type`. */
import type { ClusterType } from './discovery.ts';
import { LogicalDnsDiscovery } from './logical-dns.ts';
import { StaticDiscovery } from './static.ts';
import { StrictDnsDiscovery } from './strict-dns.ts';

export type ClusterTypes = ReadonlyMap<string, ClusterType>;

export const CLUSTER_TYPES: ClusterTypes = new Map<string, ClusterType>([
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
