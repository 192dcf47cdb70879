/** Clusters of loopback hosts without sockets, and a random source that is a list. For the tests of this directory. */

import { logger } from '../../src/log/logger.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { UpstreamCluster } from '../../src/upstream/cluster.ts';
import type { ClusterConfig, LbEndpointConfig } from '../../src/upstream/cluster-config.ts';
import { UpstreamHost } from '../../src/upstream/host.ts';
import type { Random } from '../../src/upstream/load-balancers/load-balancer.ts';
import { random32 } from '../../src/upstream/load-balancers/load-balancer.ts';
import type { LoadBalancerContext } from '../../src/upstream/types.ts';

logger('upstream').level = 6;

export function makeCluster(
  config: Partial<ClusterConfig> = {},
  random: Random = random32,
  store = new Store(),
): UpstreamCluster {
  return new UpstreamCluster({ name: 'c', ...config }, store, random, false);
}

export interface HostOptions {
  readonly weight?: number;
  readonly priority?: number;
  readonly healthStatus?: string;
  readonly hostname?: string;
  readonly hashKey?: string;
}

export function makeHost(cluster: UpstreamCluster, port: number, o: HostOptions = {}): UpstreamHost {
  const filterMetadata = new Map([['envoy.lb', { hash_key: o.hashKey }]]);
  const ep: LbEndpointConfig = {
    loadBalancingWeight: o.weight,
    healthStatus: o.healthStatus,
    metadata: { filterMetadata },
  };
  return new UpstreamHost(cluster, new Address('127.0.0.1', port), o.hostname ?? '', { priority: o.priority }, ep);
}

/** A cluster of hosts on ports 1, 2 … with these weights. */
export function weighted(config: Partial<ClusterConfig>, weights: readonly number[], random?: Random): UpstreamCluster {
  const c = makeCluster(config, random);
  c.setHosts(
    0,
    weights.map((weight, i) => makeHost(c, i + 1, { weight })),
  );
  return c;
}

/** The values in turn, then zeros. */
export function listed(values: readonly number[]): Random {
  let i = 0;
  return () => values[i++] ?? 0;
}

export function withHash(hi: number, lo: number): LoadBalancerContext {
  return { hasHash: true, hashHi: hi, hashLo: lo };
}

export function ports(c: UpstreamCluster, n: number, ctx: LoadBalancerContext | null = null): number[] {
  return Array.from({ length: n }, () => c.chooseHost(ctx)?.address.port ?? -1);
}
