import t from 'tap';
import type { PriorityUpdate } from '../../src/upstream/endpoint.ts';
import { EDS_STATUS_DRAINING, FAILED_ACTIVE_HC, FAILED_EDS_HEALTH } from '../../src/upstream/health/health-flags.ts';
import { endpoint, makeCluster, onDrain, place, ports, priority, setHosts } from './hosts.ts';

const shown = (c: ReturnType<typeof makeCluster>): number[][] =>
  c.priorities.map((s) => s.hosts.map((h) => h.address.port));

t.test('a batch of priorities and localities is seen whole or not at all', async (t) => {
  const c = makeCluster({ lbPolicy: 'ROUND_ROBIN' });
  c.update([priority(0, endpoint(1), endpoint(2)), priority(1, endpoint(3))]);
  // Whoever looks in the middle of the update: a host that is drained by it.
  const looks: unknown[] = [];
  for (const h of c.hosts) {
    onDrain(h, () => looks.push([shown(c), ports(c, 20).some((p) => p < 10), c.hosts.map((x) => x.address.port)]));
  }
  c.update([
    priority(0, endpoint(11, { healthStatus: 'UNHEALTHY' })),
    priority(1, endpoint(13)),
    priority(2, endpoint(14)),
  ]);
  t.equal(looks.length, 3, 'all three are drained');
  for (const look of looks) t.same(look, [[[11], [13], [14]], false, [11, 13, 14]]);
  t.equal(c.info.stats.membershipTotal.value, 3);
  t.equal(c.info.stats.membershipHealthy.value, 2);
  t.same([...new Set(ports(c, 50))].sort(), [13], 'the load of the batch as a whole');
});

t.test('a priority that is not in the batch keeps its hosts', async (t) => {
  const c = makeCluster();
  c.update([priority(0, endpoint(1)), priority(1, endpoint(2))]);
  onDrain(c.hosts[1], () => t.fail('nothing was said about it'));
  c.update([priority(0)]);
  t.same(shown(c), [[], [2]]);
  t.same(ports(c, 3), [2, 2, 2]);
});

t.test('a host that moves to another priority or place stays the same host', async (t) => {
  const c = makeCluster();
  c.update([priority(0, endpoint(1), endpoint(2)), priority(1, endpoint(3))]);
  const moves = c.hosts[1];
  onDrain(moves, () => t.fail('it is still there'));
  moves.stats.rqTotal = 7;
  c.update([
    priority(0, endpoint(1)),
    { priority: 1, localities: [{ locality: place('r', 'z'), weight: 5, endpoints: [endpoint(3), endpoint(2)] }] },
  ]);
  t.equal(c.priorities[1].hosts[1], moves);
  t.equal(moves.priority, 1);
  t.equal(moves.locality.region, 'r');
  t.equal(moves.stats.rqTotal, 7);
  t.equal(c.info.stats.membershipChange.value, 4, 'once for each priority that changed');
});

t.test('weight, health, name and metadata of a host that stays are taken over', async (t) => {
  const c = makeCluster({ lbPolicy: 'ROUND_ROBIN' });
  setHosts(c, endpoint(1), endpoint(2));
  const [a, b] = c.hosts;
  c.setHealth([[1, FAILED_ACTIVE_HC]]);
  t.equal(c.info.stats.membershipHealthy.value, 1);
  setHosts(
    c,
    endpoint(1, { healthStatus: 'UNHEALTHY', hostname: 'n', hashKey: 'k' }),
    endpoint(2, { weight: 3, healthStatus: 'DRAINING' }),
  );
  t.equal(c.hosts[0], a);
  t.equal(a.health, FAILED_ACTIVE_HC | FAILED_EDS_HEALTH, 'what a check found out stays');
  t.match(a, { hostname: 'n', hashKey: 'k' });
  t.match(b, { weight: 3, health: EDS_STATUS_DRAINING });
  t.equal(c.info.stats.membershipHealthy.value, 0);
  setHosts(c, endpoint(1), endpoint(2, { weight: 3 }));
  t.equal(a.health, FAILED_ACTIVE_HC);
  t.equal(a.hashKey, '');
  t.equal(b.health, 0);
  t.equal(c.info.stats.membershipChange.value, 1, 'nobody came or went');
});

t.test(
  'localities named several times are one, in the order of their names; the hosts keep the order they came in; one without hosts is none',
  async (t) => {
    const c = makeCluster();
    const at = (region: string, zone: string, weight: number, ...p: number[]): PriorityUpdate['localities'][0] => ({
      locality: place(region, zone),
      weight,
      endpoints: p.map((port) => endpoint(port)),
    });
    c.update([
      { priority: 0, localities: [at('r', 'b', 1, 1, 2), at('r', 'a', 2, 3), at('r', 'b', 9, 4), at('q', 'z', 0)] },
    ]);
    t.same(shown(c), [[1, 2, 3, 4]]);
    t.same(
      c.priorities[0].localities.map((l) => [l.locality.region, l.locality.zone, l.weight, l.hosts.map((h) => h.id)]),
      [
        ['r', 'a', 2, [3]],
        ['r', 'b', 9, [1, 2, 4]],
      ],
    );
  },
);

t.test('a priority above 128 is refused before anything has changed', async (t) => {
  const c = makeCluster();
  setHosts(c, endpoint(1));
  t.throws(() => c.update([priority(0, endpoint(2)), priority(129, endpoint(3))]), { message: /priority 129/ });
  t.same(shown(c), [[1]]);
});

t.test('a snapshot gives another cluster the same hosts', async (t) => {
  const c = makeCluster({ loadAssignment: { policy: { overprovisioningFactor: 100 } } });
  c.update([
    priority(0, endpoint(1, { weight: 4, hostname: 'h', hashKey: 'k' }), endpoint(2, { healthStatus: 'DEGRADED' })),
    { priority: 2, localities: [{ locality: place('r', 'z'), weight: 5, endpoints: [endpoint(3)] }] },
  ]);
  c.setHealth([[1, FAILED_ACTIVE_HC]]);
  const d = makeCluster();
  d.update(c.snapshot());
  const facts = (x: typeof c): unknown =>
    x.hosts.map((h) => ({ ...h, cluster: null, monitor: null, slots: [], seen: 0 }));
  t.same(facts(d), facts(c));
  t.equal(d.priorities.length, 3);
});

t.test('10,000 hosts come, most stay, all go: each update in one pass', async (t) => {
  const c = makeCluster();
  const some = (from: number): PriorityUpdate =>
    priority(0, ...Array.from({ length: 10_000 }, (_, i) => endpoint(from + i)));
  let drained = 0;
  for (const from of [1, 2, 5001]) {
    c.update([some(from)]);
    for (const h of c.hosts) onDrain(h, () => drained++);
  }
  t.equal(drained, 1 + 4999);
  setHosts(c);
  t.equal(drained, 1 + 4999 + 10_000);
  t.equal(c.info.stats.membershipTotal.value, 0);
});
