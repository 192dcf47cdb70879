/** Clusters of loopback hosts without sockets, and a random source that is a list. For the tests of this directory. */

import type { Cluster as ClusterMessage, HealthStatus } from '../../src/config/schema/types.ts';
import { logger } from '../../src/log/logger.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { type BalancerFactory, Cluster } from '../../src/upstream/cluster.ts';
import { ClusterRefs } from '../../src/upstream/cluster-ref.ts';
import { type Endpoint, type Locality, makeEndpoint, type PriorityUpdate } from '../../src/upstream/endpoint.ts';
import { type Host, hostSlot } from '../../src/upstream/host.ts';
import { configuredBalancer } from '../../src/upstream/load-balancers/configured-balancer.ts';
import type { LoadBalancerContext, Random } from '../../src/upstream/load-balancers/load-balancer.ts';
import { random32 } from '../../src/upstream/load-balancers/load-balancer.ts';
import { isPlain } from '../../src/upstream/load-balancers/policy.ts';

logger('upstream').level = 6;

export function makeCluster(
  config: Partial<ClusterMessage> = {},
  random: Random = random32,
  store = new Store(),
  balancer?: BalancerFactory,
): Cluster {
  const ctx = { scope: store, random, clusters: new ClusterRefs() };
  const full: ClusterMessage = { name: 'c', ...config };
  const c = new Cluster(full, ctx, false, balancer ?? (isPlain(full) ? undefined : configuredBalancer));
  c.show();
  return c;
}

export interface EndpointOptions {
  readonly weight?: number;
  readonly healthStatus?: HealthStatus;
  readonly hostname?: string;
  readonly hashKey?: string;
  readonly lb?: Readonly<Record<string, unknown>>;
}

/** On loopback; the port is the id as well. */
export function endpoint(port: number, o: EndpointOptions = {}): Endpoint {
  const lb = o.lb ?? (o.hashKey === undefined ? undefined : { hash_key: o.hashKey });
  return makeEndpoint(port, new Address('127.0.0.1', port), o.hostname ?? '', {
    loadBalancingWeight: o.weight,
    healthStatus: o.healthStatus,
    metadata: lb === undefined ? undefined : { filterMetadata: new Map([['envoy.lb', lb]]) },
  });
}

export function place(region: string, zone = ''): Locality {
  return { region, zone, subZone: '' };
}

/** One priority, its hosts in one place. */
export function priority(n: number, ...endpoints: readonly Endpoint[]): PriorityUpdate {
  return { priority: n, localities: [{ locality: place(''), weight: 1, endpoints }] };
}

/** Priority 0 of `c` from now on. */
export function setHosts(c: Cluster, ...endpoints: readonly Endpoint[]): void {
  c.update([priority(0, ...endpoints)]);
}

/** A cluster of hosts on ports 1, 2 … with these weights. */
export function weighted(config: Partial<ClusterMessage>, weights: readonly number[], random?: Random): Cluster {
  const c = makeCluster(config, random);
  setHosts(c, ...weights.map((weight, i) => endpoint(i + 1, { weight })));
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

export function ports(c: Cluster, n: number, ctx: LoadBalancerContext | null = null): number[] {
  return Array.from({ length: n }, () => c.chooseHost(ctx)?.address.port ?? -1);
}

const SLOT = hostSlot();

/** Call back when the host is drained. Null: not any more. */
export function onDrain(host: Host, call: (() => void) | null): void {
  host.slots[SLOT] = call === null ? undefined : { drain: call };
}
