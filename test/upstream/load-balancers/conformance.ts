/** What everything that chooses hosts must do, whatever it balances by. The test file of each policy and of each balancer runs it. */
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import type { BalancerFactory, Cluster } from '../../../src/upstream/cluster.ts';
import { FAILED_ACTIVE_HC } from '../../../src/upstream/health/health-flags.ts';
import type { Host } from '../../../src/upstream/host.ts';
import { endpoint, makeCluster as makeClusterOf, ports, priority, setHosts, withHash } from '../hosts.ts';

export function conforms(
  config: Partial<ClusterMessage>,
  balancer?: BalancerFactory,
  name = config.lbPolicy ?? '',
): void {
  const makeCluster = (config: Partial<ClusterMessage>): Cluster =>
    makeClusterOf(config, undefined, undefined, balancer);
  const weighted = (config: Partial<ClusterMessage>, weights: readonly number[]): Cluster => {
    const c = makeCluster(config);
    setHosts(c, ...weights.map((weight, i) => endpoint(i + 1, { weight })));
    return c;
  };

  t.test(`${name}: no host`, async (t) => {
    const c = makeCluster(config);
    t.equal(c.chooseHost(null), null);
    t.equal(c.info.stats.upstreamCxNoneHealthy.value, 1);
    // A subset's balancer is made before there is a host.
    if (!name.startsWith('subsets of') && config.commonLbConfig === undefined) t.equal(c.needsHash, false);
  });

  t.test(`${name}: one host is always it, hash or not, healthy or not`, async (t) => {
    const c = weighted(config, [1]);
    t.same(ports(c, 3), [1, 1, 1]);
    t.same(ports(c, 3, withHash(7, 9)), [1, 1, 1]);
    t.equal(c.info.stats.lbHealthyPanic.value, 0);
    c.hosts[0].setHealth(FAILED_ACTIVE_HC);
    c.hostsChanged();
    t.same(ports(c, 3), [1, 1, 1], 'panic: below 50 % healthy all hosts are used');
    t.equal(c.info.stats.lbHealthyPanic.value, 3);
  });

  t.test(`${name}: every host gets its turn`, async (t) => {
    const c = weighted(config, [1, 1, 1]);
    t.same([...new Set(ports(c, 300))].sort(), [1, 2, 3]);
  });

  t.test(`${name}: unhealthy hosts are passed over until too few are left`, async (t) => {
    const c = weighted(config, [1, 1, 1, 1]);
    ports(c, 4);
    c.hosts[0].setHealth(FAILED_ACTIVE_HC);
    c.hosts[2].setHealth(FAILED_ACTIVE_HC);
    c.hostsChanged();
    t.same([...new Set(ports(c, 300))].sort(), [2, 4]);
    t.equal(c.info.stats.membershipHealthy.value, 2);
    c.hosts[1].setHealth(FAILED_ACTIVE_HC);
    c.hostsChanged();
    t.same([...new Set(ports(c, 400))].sort(), [1, 2, 3, 4], 'panic');
    t.ok(c.info.stats.lbHealthyPanic.value >= 400);
  });

  t.test(`${name}: panic threshold 0 sends nothing to unhealthy hosts`, async (t) => {
    const c = makeCluster({ ...config, commonLbConfig: { healthyPanicThreshold: { value: 0 } } });
    setHosts(c, endpoint(1, { healthStatus: 'UNHEALTHY' }), endpoint(2, { healthStatus: 'DRAINING' }));
    t.same(ports(c, 3), [-1, -1, -1]);
  });

  t.test(`${name}: hosts come and go`, async (t) => {
    const c = makeCluster(config);
    const hosts = [1, 2, 3].map((p) => endpoint(p));
    setHosts(c, ...hosts);
    ports(c, 5);
    setHosts(c, ...hosts.slice(1));
    t.same([...new Set(ports(c, 200))].sort(), [2, 3]);
    setHosts(c, hosts[1]);
    t.same(ports(c, 3), [2, 2, 2]);
    setHosts(c);
    t.equal(c.chooseHost(null), null);
    setHosts(c, ...hosts);
    t.same([...new Set(ports(c, 300))].sort(), [1, 2, 3]);
  });

  t.test(`${name}: the next priority takes what the first cannot, in Envoy's shares`, async (t) => {
    const c = makeCluster(config);
    // 1 of 2 healthy × 1.4 = 70 %; the rest goes to priority 1.
    c.update([
      priority(0, endpoint(1), endpoint(2, { healthStatus: 'UNHEALTHY' })),
      priority(1, endpoint(3), endpoint(4)),
    ]);
    const seen = ports(c, 2000);
    t.notOk(seen.includes(2));
    const first = seen.filter((p) => p === 1).length;
    t.ok(first > 1250 && first < 1550, `about 70 %: ${first} of 2000`);
  });

  t.test(`${name}: a try may ask for another host, as often as it says; the last one drawn is taken`, async (t) => {
    const c = weighted(config, [1, 1, 1, 1]);
    const asked: number[] = [];
    const ctx = {
      ...withHash(7, 9),
      tries: 50,
      another: (h: Host) => {
        asked.push(h.address.port);
        return h.address.port !== 3;
      },
    };
    for (let i = 0; i < 20; i++) t.equal(c.chooseHost(ctx)?.address.port, 3);
    asked.length = 0;
    const never = { ...ctx, tries: 2, another: (h: Host) => asked.push(h.address.port) > 0 };
    t.ok(c.chooseHost(never));
    t.equal(asked.length, 2);
    t.ok(c.chooseHost({ ...never, tries: 0 }), 'no further try');
    t.equal(asked.length, 2);
    t.equal(makeCluster(config).chooseHost(ctx), null, 'without a host nobody is asked');
    t.equal(weighted(config, [1]).chooseHost(never)?.address.port, 1, 'the only host is taken');
  });

  t.test(`${name}: a host asked for by its address is taken while it can serve`, async (t) => {
    const c = weighted(config, [1, 1, 1, 1]);
    const at = (override: string) => ({ ...withHash(7, 9), override });
    t.same([...new Set(ports(c, 20, at('127.0.0.1:2')))], [2]);
    t.not(c.chooseHost(at('127.0.0.1:9')), null, 'not of this cluster: balanced');
    c.hosts[1].setHealth(FAILED_ACTIVE_HC);
    c.hostsChanged();
    t.notOk(ports(c, 20, at('127.0.0.1:2')).includes(2), 'unhealthy: balanced');
    setHosts(c, endpoint(5), endpoint(6));
    t.same([...new Set(ports(c, 20, at('127.0.0.1:6')))], [6], 'after the hosts have changed');
  });
}
