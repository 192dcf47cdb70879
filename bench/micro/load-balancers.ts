/** Choosing a host, by policy and number of hosts; the cost of building a Maglev table, and of xxHash64. */
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { UpstreamCluster } from '../../src/upstream/cluster.ts';
import { UpstreamHost } from '../../src/upstream/host.ts';
import { random32 } from '../../src/upstream/load-balancers/load-balancer.ts';
import { xxHash64 } from '../../src/upstream/load-balancers/xxhash64.ts';

import type { MicroCase, Suite } from './harness.ts';

function makeCluster(lbPolicy: string, hosts: number, weighted: boolean): UpstreamCluster {
  const c = new UpstreamCluster({ name: 'c', lbPolicy }, new Store(), random32, false);
  const list: UpstreamHost[] = [];
  for (let i = 0; i < hosts; i++) {
    const loadBalancingWeight = weighted ? 1 + (i % 7) : 1;
    list.push(new UpstreamHost(c, new Address('127.0.0.1', 1000 + i), '', {}, { loadBalancingWeight }));
  }
  c.setHosts(0, list);
  return c;
}

const CALLS = 1000;

function choice(policy: string, hosts: number, weighted: boolean): MicroCase {
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
    ...['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM'].flatMap((p) => [1, 10, 1000].map((n) => choice(p, n, false))),
    ...['ROUND_ROBIN', 'LEAST_REQUEST', 'MAGLEV'].flatMap((p) => [10, 1000].map((n) => choice(p, n, true))),
    ...[10, 1000].map(maglevTable),
  ],
};
