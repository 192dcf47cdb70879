/** What every lb_policy must do, whatever it balances by. Each policy's test file runs it. */
import t from 'tap';
import type { ClusterConfig } from '../../../src/upstream/cluster-config.ts';
import { makeCluster, makeHost, ports, weighted, withHash } from '../hosts.ts';

export function conforms(config: Partial<ClusterConfig>): void {
  const name = config.lbPolicy ?? '';

  t.test(`${name}: no host`, async (t) => {
    const c = makeCluster(config);
    t.equal(c.chooseHost(null), null);
    t.equal(c.stats.upstreamCxNoneHealthy.value, 1);
    t.equal(c.needsHash, false);
  });

  t.test(`${name}: one host is always it, hash or not, healthy or not`, async (t) => {
    const c = weighted(config, [1]);
    t.same(ports(c, 3), [1, 1, 1]);
    t.same(ports(c, 3, withHash(7, 9)), [1, 1, 1]);
    t.equal(c.stats.lbHealthyPanic.value, 0);
    c.hosts[0].healthy = false;
    c.hostsChanged();
    t.same(ports(c, 3), [1, 1, 1], 'panic: below 50 % healthy all hosts are used');
    t.equal(c.stats.lbHealthyPanic.value, 3);
  });

  t.test(`${name}: every host gets its turn`, async (t) => {
    const c = weighted(config, [1, 1, 1]);
    t.same([...new Set(ports(c, 300))].sort(), [1, 2, 3]);
  });

  t.test(`${name}: unhealthy hosts are passed over until too few are left`, async (t) => {
    const c = weighted(config, [1, 1, 1, 1]);
    ports(c, 4);
    c.hosts[0].healthy = false;
    c.hosts[2].healthy = false;
    c.hostsChanged();
    t.same([...new Set(ports(c, 300))].sort(), [2, 4]);
    t.equal(c.stats.membershipHealthy.value, 2);
    c.hosts[1].healthy = false;
    c.hostsChanged();
    t.same([...new Set(ports(c, 400))].sort(), [1, 2, 3, 4], 'panic');
    t.ok(c.stats.lbHealthyPanic.value >= 400);
  });

  t.test(`${name}: panic threshold 0 sends nothing to unhealthy hosts`, async (t) => {
    const c = makeCluster({ ...config, commonLbConfig: { healthyPanicThreshold: { value: 0 } } });
    c.setHosts(0, [makeHost(c, 1, { healthStatus: 'UNHEALTHY' }), makeHost(c, 2, { healthStatus: 'DRAINING' })]);
    t.same(ports(c, 3), [-1, -1, -1]);
  });

  t.test(`${name}: hosts come and go`, async (t) => {
    const c = makeCluster(config);
    const hosts = [1, 2, 3].map((p) => makeHost(c, p));
    c.setHosts(0, hosts);
    ports(c, 5);
    c.setHosts(0, hosts.slice(1));
    t.same([...new Set(ports(c, 200))].sort(), [2, 3]);
    c.setHosts(0, [hosts[1]]);
    t.same(ports(c, 3), [2, 2, 2]);
    c.setHosts(0, []);
    t.equal(c.chooseHost(null), null);
    c.setHosts(0, hosts);
    t.same([...new Set(ports(c, 300))].sort(), [1, 2, 3]);
  });

  t.test(`${name}: the next priority takes what the first cannot, in Envoy's shares`, async (t) => {
    const c = makeCluster(config);
    // 1 of 2 healthy × 1.4 = 70 %; the rest goes to priority 1.
    c.setHosts(0, [makeHost(c, 1), makeHost(c, 2, { healthStatus: 'UNHEALTHY' })]);
    c.setHosts(1, [makeHost(c, 3, { priority: 1 }), makeHost(c, 4, { priority: 1 })]);
    const seen = ports(c, 2000);
    t.notOk(seen.includes(2));
    const first = seen.filter((p) => p === 1).length;
    t.ok(first > 1250 && first < 1550, `about 70 %: ${first} of 2000`);
  });
}
