/** Choosing a host, by policy and number of hosts; the cost of building a Maglev table, and of xxHash64. */
import type { ClusterLbPolicy, Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { Cluster } from '../../src/upstream/cluster.ts';
import { ClusterRefs } from '../../src/upstream/cluster-ref.ts';
import { type Endpoint, makeEndpoint } from '../../src/upstream/endpoint.ts';
import { configuredBalancer } from '../../src/upstream/load-balancers/configured-balancer.ts';
import { random32 } from '../../src/upstream/load-balancers/load-balancer.ts';
import { isPlain } from '../../src/upstream/load-balancers/policy.ts';
import { xxHash64 } from '../../src/upstream/load-balancers/xxhash64.ts';

import type { MicroCase, Suite } from './harness.ts';

function makeCluster(
  lbPolicy: ClusterLbPolicy,
  hosts: number,
  weighted: boolean,
  more: Partial<ClusterMessage> = {},
): Cluster {
  const config: ClusterMessage = { name: 'c', lbPolicy, ...more };
  const ctx = { scope: new Store(), random: random32, clusters: new ClusterRefs() };
  const c = new Cluster(config, ctx, false, isPlain(config) ? undefined : configuredBalancer);
  const endpoints: Endpoint[] = [];
  for (let i = 0; i < hosts; i++) {
    const loadBalancingWeight = weighted ? 1 + (i % 7) : 1;
    const metadata = { filterMetadata: new Map([['envoy.lb', { part: i % 10 }]]) };
    endpoints.push(makeEndpoint(i, new Address('127.0.0.1', 1000 + i), '', { loadBalancingWeight, metadata }));
  }
  const localities = ['a', 'b', 'c'].map((zone, i) => ({
    locality: { region: '', zone, subZone: '' },
    weight: 1 + i,
    endpoints: endpoints.filter((e) => e.id % 3 === i),
  }));
  c.update([{ priority: 0, localities }]);
  return c;
}

const CALLS = 1000;

function choice(policy: ClusterLbPolicy, hosts: number, weighted: boolean): MicroCase {
  const c = makeCluster(policy, hosts, weighted);
  const ctx = { hasHash: true, hashHi: 0, hashLo: 0 };
  const kind = `${policy}${weighted ? ', weighted' : ''}`;
  return {
    name: `${kind}, ${hosts} hosts`,
    series: kind,
    size: hosts,
    perCall: CALLS,
    run: () => {
      for (let i = 0; i < CALLS; i++) {
        ctx.hashLo++;
        c.chooseHost(ctx);
      }
    },
  };
}

/** What is more than a policy: subsets, places, bounds. */
function configured(name: string, policy: ClusterLbPolicy, more: Partial<ClusterMessage>, hosts = 1000): MicroCase {
  const c = makeCluster(policy, hosts, false, more);
  const ctx = { hasHash: true, hashHi: 0, hashLo: 0, metadata: { part: 3 } };
  return {
    name: `${name}, ${hosts} hosts`,
    series: name,
    size: hosts,
    perCall: CALLS,
    run: () => {
      for (let i = 0; i < CALLS; i++) {
        ctx.hashLo = (Math.imul(i, 2654435761) >>> 0) as number;
        ctx.hashHi = ctx.hashLo;
        c.chooseHost(ctx);
      }
    },
  };
}

const SUBSETS: Partial<ClusterMessage> = { lbSubsetConfig: { subsetSelectors: [{ keys: ['part'] }] } };
const WEIGHTED: Partial<ClusterMessage> = { commonLbConfig: { localityWeightedLbConfig: {} } };
const BOUNDED: Partial<ClusterMessage> = { commonLbConfig: { consistentHashingLbConfig: { hashBalanceFactor: 150 } } };
const SLOW: Partial<ClusterMessage> = { roundRobinLbConfig: { slowStartConfig: { slowStartWindow: 3_600_000 } } };

/** The table is built at the first choice after the hosts changed. */
function maglevTable(hosts: number): MicroCase {
  return {
    name: `MAGLEV table, ${hosts} hosts`,
    series: 'MAGLEV table',
    size: hosts,
    perCall: 1,
    run: () => {
      makeCluster('MAGLEV', hosts, true).chooseHost({ hasHash: true, hashHi: 0, hashLo: 0 });
    },
  };
}

const key = Buffer.from('user:1000:profile');
const hash = { hi: 0, lo: 0 };

export const suite: Suite = {
  name: 'load-balancers',
  unit: 'choice',
  growth: {
    ROUND_ROBIN: 0.3,
    'ROUND_ROBIN, weighted': 0.5,
    LEAST_REQUEST: 0.3,
    'LEAST_REQUEST, weighted': 0.5,
    RANDOM: 0.3,
    'MAGLEV, weighted': 0.4,
  },
  cases: () => [
    {
      name: `xxHash64, ${key.length} bytes`,
      perCall: CALLS,
      run: () => {
        for (let i = 0; i < CALLS; i++) xxHash64(key, hash);
      },
    },
    configured('RING_HASH', 'RING_HASH', {}),
    configured('subsets of ROUND_ROBIN', 'ROUND_ROBIN', SUBSETS),
    configured('subsets of MAGLEV', 'MAGLEV', SUBSETS),
    configured('localities of ROUND_ROBIN', 'ROUND_ROBIN', WEIGHTED),
    configured('localities of RING_HASH', 'RING_HASH', WEIGHTED),
    configured('bounded MAGLEV', 'MAGLEV', BOUNDED),
    configured('slow start of ROUND_ROBIN', 'ROUND_ROBIN', SLOW),
    ...(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM'] as const).flatMap((p) =>
      [1, 10, 1000].map((n) => choice(p, n, false)),
    ),
    ...(['ROUND_ROBIN', 'LEAST_REQUEST', 'MAGLEV'] as const).flatMap((p) => [10, 1000].map((n) => choice(p, n, true))),
    ...[10, 1000].map(maglevTable),
  ],
};
