/** Choosing a host, by policy and number of hosts; the cost of building a Maglev table, and of xxHash64. */
import type { ClusterLbPolicy } from '../../src/config/schema/types.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { Cluster } from '../../src/upstream/cluster.ts';
import { ClusterRefs } from '../../src/upstream/cluster-ref.ts';
import { type Endpoint, makeEndpoint } from '../../src/upstream/endpoint.ts';
import { random32 } from '../../src/upstream/load-balancers/load-balancer.ts';
import { xxHash64 } from '../../src/upstream/load-balancers/xxhash64.ts';

import type { MicroCase, Suite } from './harness.ts';

function makeCluster(lbPolicy: ClusterLbPolicy, hosts: number, weighted: boolean): Cluster {
  const c = new Cluster({ name: 'c', lbPolicy }, { scope: new Store(), random: random32, clusters: new ClusterRefs() });
  const endpoints: Endpoint[] = [];
  for (let i = 0; i < hosts; i++) {
    const loadBalancingWeight = weighted ? 1 + (i % 7) : 1;
    endpoints.push(makeEndpoint(i, new Address('127.0.0.1', 1000 + i), '', { loadBalancingWeight }));
  }
  const locality = { region: '', zone: '', subZone: '' };
  c.update([{ priority: 0, localities: [{ locality, weight: 0, endpoints }] }]);
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
    ...(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM'] as const).flatMap((p) =>
      [1, 10, 1000].map((n) => choice(p, n, false)),
    ),
    ...(['ROUND_ROBIN', 'LEAST_REQUEST', 'MAGLEV'] as const).flatMap((p) => [10, 1000].map((n) => choice(p, n, true))),
    ...[10, 1000].map(maglevTable),
  ],
};
