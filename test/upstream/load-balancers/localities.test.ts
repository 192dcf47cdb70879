// Locality weights, zones and slow start. The same answers of real Envoy 1.40: conformance localities/*.
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import { Store } from '../../../src/stats/store.ts';
import { Cluster, type ClusterContext } from '../../../src/upstream/cluster.ts';
import { ClusterRefs } from '../../../src/upstream/cluster-ref.ts';
import type { LocalityEndpoints } from '../../../src/upstream/endpoint.ts';
import { FAILED_ACTIVE_HC } from '../../../src/upstream/health/health-flags.ts';
import { configuredBalancer } from '../../../src/upstream/load-balancers/configured-balancer.ts';
import { random32 } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { roundRobin, weightOf } from '../../../src/upstream/load-balancers/round-robin.ts';
import { SlowStart, slowStart } from '../../../src/upstream/load-balancers/slow-start.ts';
import { endpoint, makeCluster, place, ports, setHosts, withHash } from '../hosts.ts';
import { conforms } from './conformance.ts';

const WEIGHTED = { localityWeightedLbConfig: {} };
for (const lbPolicy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'] as const) {
  conforms({ lbPolicy, commonLbConfig: WEIGHTED }, undefined, `localities of ${lbPolicy}`);
}

/** Ports of a place: `from`, `from + 1` … */
const at = (name: string, weight: number, from: number, count: number): LocalityEndpoints => ({
  locality: place(name),
  weight,
  endpoints: Array.from({ length: count }, (_, i) => endpoint(from + i)),
});

const share = (all: readonly number[], below: number): number => all.filter((p) => p < below).length / all.length;

for (const lbPolicy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM'] as const) {
  t.test(`${lbPolicy}: places by weight, whatever the number of their hosts; a sick place gets less`, async (t) => {
    const c = makeCluster({ lbPolicy, commonLbConfig: WEIGHTED });
    c.update([{ priority: 0, localities: [at('a', 1, 10, 10), at('b', 3, 20, 2), at('c', 0, 30, 5)] }]);
    const before = ports(c, 4000);
    t.ok(Math.abs(share(before, 20) - 0.25) < 0.01, `${share(before, 20)}`);
    t.notOk(
      before.some((p) => p >= 30),
      'a place without a weight gets nothing',
    );
    // One of two of b is healthy: 0.5 × 1.4 = 0.7 of its weight.
    c.hosts.find((h) => h.address.port === 20)!.setHealth(FAILED_ACTIVE_HC);
    c.hostsChanged();
    const after = ports(c, 4000);
    t.ok(Math.abs(share(after, 20) - 1 / 3.1) < 0.01, `${share(after, 20)}`);
    t.notOk(after.includes(20));
  });
}

t.test('no place has a weight: all hosts alike', async (t) => {
  const c = makeCluster({ commonLbConfig: WEIGHTED });
  c.update([{ priority: 0, localities: [at('a', 0, 1, 1), at('b', 0, 2, 3)] }]);
  t.same(ports(c, 8).sort(), [1, 1, 2, 2, 3, 3, 4, 4]);
});

t.test('hashing with locality weights: shares are right, and nobody is left where no place has a weight', async (t) => {
  for (const lbPolicy of ['RING_HASH', 'MAGLEV'] as const) {
    const c = makeCluster({ lbPolicy, commonLbConfig: WEIGHTED, ringHashLbConfig: { minimumRingSize: 20_000 } });
    c.update([{ priority: 0, localities: [at('a', 1, 10, 8), at('b', 3, 20, 2), at('c', 0, 30, 2)] }]);
    let a = 0;
    for (let i = 0; i < 4000; i++) {
      const host = c.chooseHost(withHash(Math.imul(i, 2654435761) >>> 0, Math.imul(i, 40503) >>> 0))!;
      t.ok(host.address.port < 30);
      if (host.address.port < 20) a++;
    }
    t.ok(Math.abs(a / 4000 - 0.25) < 0.03, `${lbPolicy}: ${a}`);
    c.update([{ priority: 0, localities: [at('a', 0, 1, 2)] }]);
    t.equal(c.chooseHost(withHash(1, 2)), null);
  }
});

/** A cluster `c` and the proxies' own one, both by places. */
class Zoned {
  readonly store = new Store();
  readonly refs = new ClusterRefs();
  readonly ctx: ClusterContext = {
    scope: this.store,
    random: random32,
    clusters: this.refs,
    local: { cluster: 'proxies', locality: place('here') },
  };
  readonly proxies = new Cluster({ name: 'proxies' }, this.ctx, false, configuredBalancer);
  readonly c: Cluster;
  constructor(config: Partial<ClusterMessage> = {}) {
    this.refs.set('proxies', this.proxies);
    this.c = new Cluster({ name: 'c', ...config }, this.ctx, false, configuredBalancer);
  }
  /** How many of each there are here, in a and in b. Ports below 100 are here, below 200 in a. */
  set(proxies: readonly number[], hosts: readonly number[]): this {
    this.proxies.update([{ priority: 0, localities: this.places(proxies, 1000) }]);
    this.c.update([{ priority: 0, localities: this.places(hosts, 1) }]);
    return this;
  }
  private places(counts: readonly number[], from: number): LocalityEndpoints[] {
    return counts.map((n, i) => at(['here', 'a', 'b'][i], 0, from + 100 * i, n));
  }
  count(name: string): number {
    return this.c.info.stats.scope.counter(`lb_${name}`).value;
  }
}

t.test('zones: all stays here where the own place has its share of the hosts', async (t) => {
  const z = new Zoned().set([2, 2], [4, 4]);
  t.ok(ports(z.c, 200).every((p) => p < 100));
  t.equal(z.count('zone_routing_all_directly'), 200);
});

t.test('zones: what the own place cannot take goes where there is room', async (t) => {
  // Half of the proxies are here, a quarter of the hosts: half of the requests stay. a has 25 % too many hosts, b none.
  const z = new Zoned().set([4, 2, 2], [2, 4, 2]);
  const all = ports(z.c, 4000);
  t.ok(Math.abs(share(all, 100) - 0.5) < 0.04, `${share(all, 100)}`);
  t.notOk(all.some((p) => p >= 200));
  t.equal(z.count('zone_routing_sampled') + z.count('zone_routing_cross_zone'), 4000);
});

t.test('zones: when they do not count', async (t) => {
  const spread = (z: Zoned): number => new Set(ports(z.c, 400)).size;
  const small = new Zoned().set([2, 2], [2, 2]);
  t.equal(spread(small), 4, 'fewer hosts than min_cluster_size');
  t.equal(small.count('zone_cluster_too_small'), 1);
  const zoneAwareLbConfig = { minClusterSize: 1 };
  t.equal(spread(new Zoned({ commonLbConfig: { zoneAwareLbConfig } }).set([2, 2], [2, 2])), 2);
  t.equal(
    spread(
      new Zoned({ commonLbConfig: { zoneAwareLbConfig: { ...zoneAwareLbConfig, routingEnabled: { value: 0 } } } }).set(
        [2, 2],
        [2, 2],
      ),
    ),
    4,
    'routing_enabled 0',
  );
  const lost = new Zoned().set([0, 2, 2], [4, 4]);
  t.equal(spread(lost), 8, 'no proxy here');
  t.ok(lost.count('local_cluster_not_ok') > 0);
  t.equal(spread(new Zoned().set([4], [4, 4])), 8, 'all proxies in one place');
  t.equal(spread(new Zoned().set([2, 2], [8])), 8, 'all hosts in one place');
});

t.test('zones: proxies in panic; fail_traffic_on_panic', async (t) => {
  for (const failTrafficOnPanic of [false, true]) {
    const z = new Zoned({ commonLbConfig: { zoneAwareLbConfig: { failTrafficOnPanic } } }).set([4, 2], [4, 4]);
    t.ok(z.count('recalculate_zone_structures') > 0);
    for (const h of z.proxies.hosts.slice(0, 3)) h.setHealth(FAILED_ACTIVE_HC);
    z.proxies.hosts[4].setHealth(FAILED_ACTIVE_HC);
    z.proxies.hostsChanged();
    const seen = new Set(ports(z.c, 400));
    if (failTrafficOnPanic) t.same([...seen], [-1]);
    else t.equal(seen.size, 8);
    t.equal(z.count('local_cluster_not_ok'), 400);
  }
});

t.test('zones: the proxies change, requests follow; a cluster that is gone hears no more of it', async (t) => {
  const z = new Zoned().set([2, 2], [4, 4]);
  t.ok(ports(z.c, 100).every((p) => p < 100));
  const before = z.count('recalculate_zone_structures');
  z.proxies.update([{ priority: 0, localities: [at('here', 0, 1000, 6), at('a', 0, 1100, 2)] }]);
  t.equal(z.count('recalculate_zone_structures'), before + 1);
  const stay = share(ports(z.c, 3000), 100);
  t.ok(Math.abs(stay - 2 / 3) < 0.05, `${stay}`);
  t.equal(z.proxies.watchers.size, 1);
  z.c.retire(false);
  t.equal(z.proxies.watchers.size, 0);
});

t.test('zones: locality_basis HEALTHY_HOSTS_WEIGHT, force_local_zone', async (t) => {
  const typed = (zoneAwareLbConfig: object): Partial<ClusterMessage> =>
    ({
      loadBalancingPolicy: {
        policies: [
          {
            typedExtensionConfig: {
              typedConfig: {
                typeUrl: 'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin',
                value: { localityLbConfig: { zoneAwareLbConfig } },
              },
            },
          },
        ],
      },
    }) as never;
  const forced = new Zoned(typed({ forceLocalZone: { minSize: 2 } })).set([4, 2], [2, 6]);
  t.ok(ports(forced.c, 100).every((p) => p < 100));
  const few = new Zoned(typed({ forceLocalZone: { minSize: 3 } })).set([4, 2], [2, 6]);
  t.notOk(ports(few.c, 100).every((p) => p < 100));
  const weighed = new Zoned(typed({ localityBasis: 'HEALTHY_HOSTS_WEIGHT' })).set([3, 3], [3, 3]);
  const heavy = at('a', 0, 101, 3).endpoints.map((e) => ({ ...e, weight: 5 }));
  weighed.c.update([
    { priority: 0, localities: [at('here', 0, 1, 3), { locality: place('a'), weight: 0, endpoints: heavy }] },
  ]);
  // A sixth of the weight is here and half of the proxies: a third stays.
  const stay = share(ports(weighed.c, 3000), 100);
  t.ok(Math.abs(stay - 1 / 3) < 0.05, `${stay}`);
});

t.test('slow start: a young host gets its share little by little, at least min_weight_percent of it', async (t) => {
  let now = 1000;
  const slow = new SlowStart({ slowStartWindow: 10_000, minWeightPercent: { value: 20 } }, () => now);
  const c = makeCluster();
  setHosts(c, endpoint(1), endpoint(2));
  const picker = slowStart(roundRobin(random32), slow, () => weightOf, random32).make(c.priorities[0], 2);
  now += 20_000;
  picker.setHosts(c.hosts);
  const part = (): number => {
    let second = 0;
    for (let i = 0; i < 1200; i++) if (picker.pick(0, 0)!.address.port === 2) second++;
    return second / 1200;
  };
  now += 20_000;
  picker.setHosts(c.hosts);
  t.equal(part(), 0.5, 'nobody is young');
  c.hosts[1].setHealth(FAILED_ACTIVE_HC);
  picker.setHosts([c.hosts[0]]);
  c.hosts[1].setHealth(0);
  picker.setHosts(c.hosts);
  for (const [age, factor] of [
    [0, 0.2],
    [1000, 0.2],
    [5000, 0.5],
    [8000, 0.8],
    [10_000, 1],
  ]) {
    now += age - (c.hosts[1].healthySince === 0 ? 0 : now - c.hosts[1].healthySince);
    part();
    const got = part();
    t.ok(Math.abs(got - factor / (1 + factor)) < 0.01, `${age} ms: ${got}`);
  }
});

t.test('slow start: aggression bends the way up', async (t) => {
  const clock = { now: 100 };
  const host = { level: 2, healthySince: 100 } as never;
  const at = (aggression: number, age: number): number => {
    clock.now = 100 + age;
    return new SlowStart({ slowStartWindow: 1000, aggression: { defaultValue: aggression } }, () => clock.now).factor(
      host,
    );
  };
  t.equal(at(1, 500), 0.5);
  t.equal(at(2, 250), 0.5);
  t.equal(at(0.5, 500), 0.25);
  t.equal(at(1, 0), 0.1, 'min_weight_percent 10');
  t.equal(at(1, 1000), 1);
});
