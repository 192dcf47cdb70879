// hash_balance_factor, MURMUR_HASH_2, FULL_SCAN, weighted_priority_health, override_host_status, what the runtime says of balancing.
import t from 'tap';
import { runtime } from '../../../src/runtime/runtime.ts';
import { DEGRADED_ACTIVE_HC, FAILED_ACTIVE_HC } from '../../../src/upstream/health/health-flags.ts';
import { Mt19937 } from '../../../src/upstream/load-balancers/mt19937.ts';
import { murmurHash2 } from '../../../src/upstream/load-balancers/murmur2.ts';
import { endpoint, makeCluster, ports, priority, setHosts, withHash } from '../hosts.ts';
import { conforms } from './conformance.ts';

for (const lbPolicy of ['RING_HASH', 'MAGLEV'] as const) {
  const commonLbConfig = { consistentHashingLbConfig: { hashBalanceFactor: 150 } };
  conforms({ lbPolicy, commonLbConfig }, undefined, `bounded ${lbPolicy}`);

  t.test(
    `${lbPolicy}: who has more than its part of the requests is passed over, for the same host each time`,
    async (t) => {
      const c = makeCluster({ lbPolicy, commonLbConfig });
      setHosts(c, ...[1, 2, 3, 4, 5].map((p) => endpoint(p)));
      const key = withHash(123, 456);
      const first = c.chooseHost(key)!;
      c.info.stats.upstreamRqActive.set(9);
      first.stats.rqActive = 3;
      t.equal(c.chooseHost(key), first, 'up to (9 + 1) × 1.5 / 5 = 3 requests');
      first.stats.rqActive = 4;
      const second = c.chooseHost(key)!;
      t.not(second, first);
      t.equal(c.chooseHost(key), second);
      for (const h of c.hosts) h.stats.rqActive = 9;
      second.stats.rqActive = 8;
      t.equal(c.chooseHost(key), second, 'all have too many: the one with the least');
    },
  );
}

t.test("std::mt19937's numbers: the 10000th of the default seed is the one the C++ standard names", async (t) => {
  const random = new Mt19937(5489);
  let last = 0;
  for (let i = 0; i < 10_000; i++) last = random.next();
  t.equal(last, 4123659995);
});

// Of a C++ program: std::hash<std::string>.
t.test('MurmurHash2 of texts is what libstdc++ makes of them', async (t) => {
  const out = { hi: 0, lo: 0 };
  for (const [text, hash] of [
    ['', 6142509188972423790n],
    ['a', 4993892634952068459n],
    ['ab', 5498234120169091963n],
    ['127.0.0.1:8080_17', 3591327324750848891n],
  ] as const) {
    murmurHash2(Buffer.from(text), out);
    t.equal((BigInt(out.hi) << 32n) | BigInt(out.lo), hash, text);
  }
});

t.test('FULL_SCAN: always the host with the fewest requests, ties by chance', async (t) => {
  const value = { selectionMethod: 'FULL_SCAN' };
  const typedConfig = { typeUrl: 'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest', value };
  const c = makeCluster({
    loadBalancingPolicy: { policies: [{ typedExtensionConfig: { name: 'x', typedConfig } }] },
  } as never);
  setHosts(c, ...Array.from({ length: 50 }, (_, i) => endpoint(i + 1)));
  for (const h of c.hosts) h.stats.rqActive = 5;
  for (const p of [7, 23, 41]) c.hosts[p - 1].stats.rqActive = 2;
  const seen = ports(c, 3000);
  for (const p of [7, 23, 41]) t.ok(Math.abs(seen.filter((s) => s === p).length - 1000) < 120, `${p}`);
  c.hosts[9].stats.rqActive = 1;
  t.same(ports(c, 3), [10, 10, 10]);
});

t.test('weighted_priority_health: a priority is as healthy as its weights', async (t) => {
  const share = (weightedPriorityHealth: boolean): number => {
    const c = makeCluster({ loadAssignment: { policy: { weightedPriorityHealth } } });
    c.update([
      priority(0, endpoint(1, { weight: 9 }), endpoint(2, { weight: 1, healthStatus: 'UNHEALTHY' })),
      priority(1, endpoint(3)),
    ]);
    return ports(c, 2000).filter((p) => p === 1).length / 2000;
  };
  t.equal(share(true), 1, '90 % × 1.4');
  t.ok(Math.abs(share(false) - 0.7) < 0.05, '50 % × 1.4');
});

t.test('override_host_status says of which health a host may be that is asked for by its address', async (t) => {
  const asked = (statuses: string[] | undefined, set: (c: ReturnType<typeof makeCluster>) => void): boolean => {
    const common = statuses === undefined ? {} : { overrideHostStatus: { statuses } };
    const c = makeCluster({ commonLbConfig: { healthyPanicThreshold: { value: 0 }, ...common } } as never);
    setHosts(
      c,
      endpoint(1),
      endpoint(2),
      endpoint(3, { healthStatus: 'DRAINING' }),
      endpoint(4, { healthStatus: 'HEALTHY' }),
    );
    set(c);
    c.hostsChanged();
    return c.chooseHost({ ...withHash(0, 0), override: '127.0.0.1:1', strict: true }) !== null;
  };
  const nothing = (): void => {};
  const sick = (c: ReturnType<typeof makeCluster>): void => c.hosts[0].setHealth(FAILED_ACTIVE_HC);
  const weak = (c: ReturnType<typeof makeCluster>): void => c.hosts[0].setHealth(DEGRADED_ACTIVE_HC);
  t.same([asked(undefined, nothing), asked(undefined, sick), asked(undefined, weak)], [true, false, true], 'default');
  t.same([asked(['HEALTHY'], nothing), asked(['UNKNOWN'], nothing)], [false, true], 'discovery has said nothing of it');
  t.same([asked(['UNHEALTHY'], sick), asked(['DEGRADED'], weak), asked(['UNKNOWN'], weak)], [true, true, false]);
  t.equal(asked([], nothing), false);
});

t.test('the runtime: panic, zones and the bias of least request follow it when hosts change', async (t) => {
  t.teardown(() => runtime.clear());
  const c = makeCluster();
  setHosts(c, endpoint(1), endpoint(2, { healthStatus: 'UNHEALTHY' }), endpoint(3, { healthStatus: 'UNHEALTHY' }));
  t.equal(new Set(ports(c, 100)).size, 3, 'panic below 50 %');
  runtime.set(new Map([['upstream.healthy_panic_threshold', { raw: '20', uint: 20 }]]));
  c.hostsChanged();
  t.same([...new Set(ports(c, 100))], [1]);
  const least = makeCluster({
    lbPolicy: 'LEAST_REQUEST',
    leastRequestLbConfig: { activeRequestBias: { defaultValue: 1, runtimeKey: 'bias' } },
  });
  setHosts(least, endpoint(1, { weight: 1 }), endpoint(2, { weight: 3 }));
  least.hosts[1].stats.rqActive = 2;
  const share = (): number => ports(least, 2000).filter((p) => p === 2).length / 2000;
  t.ok(Math.abs(share() - 0.5) < 0.02, '3 / (2 + 1) is as much as 1');
  runtime.set(new Map([['bias', { raw: '0', number: 0 }]]));
  least.hostsChanged();
  t.ok(Math.abs(share() - 0.75) < 0.02, 'without a bias the weights alone');
});

t.test('close_connections_on_host_set_change: connections to hosts that stay take no more requests', async (t) => {
  for (const closeConnectionsOnHostSetChange of [true, false]) {
    const c = makeCluster({ commonLbConfig: { closeConnectionsOnHostSetChange } });
    setHosts(c, endpoint(1));
    let drained = 0;
    c.hosts[0].pools = { drainExisting: () => drained++, drain: () => {} } as never;
    setHosts(c, endpoint(1, { weight: 2 }));
    t.equal(drained, 0, 'the same hosts');
    setHosts(c, endpoint(1), endpoint(2));
    t.equal(drained, closeConnectionsOnHostSetChange ? 1 : 0);
  }
});
