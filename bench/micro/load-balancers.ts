/**
 * ns per choice of a host, by policy and number of hosts, plus the cost of a Maglev table and of xxHash64.
 * `node bench/micro/load-balancers.ts [thousands of choices]`.
 */
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { UpstreamCluster } from '../../src/upstream/cluster.ts';
import { UpstreamHost } from '../../src/upstream/host.ts';
import { random32 } from '../../src/upstream/load-balancers/load-balancer.ts';
import { xxHash64 } from '../../src/upstream/load-balancers/xxhash64.ts';

const n = Number(process.argv[2] ?? 1000) * 1000;

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

function row(name: string, ns: number): void {
  console.log(`${name.padEnd(36)} ${ns.toFixed(1).padStart(10)} ns`);
}

const hash = { hi: 0, lo: 0 };
const key = Buffer.from('user:1000:profile');
let t = process.hrtime.bigint();
for (let i = 0; i < n; i++) xxHash64(key, hash);
row(`xxHash64, ${key.length} bytes`, Number(process.hrtime.bigint() - t) / n);

for (const policy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'MAGLEV']) {
  for (const [hosts, weighted] of [
    [1, false],
    [10, false],
    [10, true],
    [1000, true],
  ] as const) {
    const c = makeCluster(policy, hosts, weighted);
    const ctx = { hasHash: true, hashHi: 0, hashLo: 0 };
    const name = `${policy} ${hosts}${weighted ? ' weighted' : ''}`;
    if (policy === 'MAGLEV') {
      t = process.hrtime.bigint();
      c.chooseHost(ctx);
      row(`${name}: first choice`, Number(process.hrtime.bigint() - t));
    }
    t = process.hrtime.bigint();
    for (let i = 0; i < n; i++) {
      ctx.hashLo = i;
      c.chooseHost(ctx);
    }
    row(name, Number(process.hrtime.bigint() - t) / n);
  }
}
