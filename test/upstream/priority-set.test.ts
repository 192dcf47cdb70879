// Shares and panic per priority: the tables of Envoy's docs (arch_overview/upstream/load_balancing/{priority,panic_threshold})
// and of load_balancer_impl_test.cc (1.16).
import t from 'tap';
import { type HostSet, shareLoad } from '../../src/upstream/priority-set.ts';
import { endpoint, makeCluster, priority } from './hosts.ts';

/** One priority from [hosts, healthy, degraded, draining]. */
function sets(...shape: readonly (readonly number[])[]): readonly HostSet[] {
  const c = makeCluster();
  c.update(
    shape.map(([n, healthy, degraded = 0, draining = 0], p) =>
      priority(
        p,
        ...Array.from({ length: n }, (_, k) => {
          const left = [
            ['HEALTHY', healthy],
            ['DEGRADED', degraded],
            ['DRAINING', draining],
            ['UNHEALTHY', n],
          ] as const;
          let sum = 0;
          const healthStatus = left.find(([, count]) => k < (sum += count))?.[0];
          return endpoint(1000 * p + k + 1, { healthStatus });
        }),
      ),
    ),
  );
  return c.priorities;
}

function loads(s: readonly HostSet[], threshold = 50): unknown[] {
  shareLoad(s, threshold);
  return s.map((x) => [x.healthyLoad, x.degradedLoad, x.panic]);
}

t.test('two priorities of 100 hosts: the first keeps all until fewer than 72 are healthy', async (t) => {
  t.same(loads(sets([100, 100], [100, 100])), [
    [100, 0, false],
    [0, 0, false],
  ]);
  t.same(loads(sets([100, 72], [100, 100])), [
    [100, 0, false],
    [0, 0, false],
  ]);
  t.same(loads(sets([100, 71], [100, 100])), [
    [99, 0, false],
    [1, 0, false],
  ]);
  t.same(loads(sets([100, 50], [100, 100])), [
    [70, 0, false],
    [30, 0, false],
  ]);
  t.same(loads(sets([100, 25], [100, 100])), [
    [35, 0, false],
    [65, 0, false],
  ]);
  t.same(loads(sets([100, 0], [100, 100])), [
    [0, 0, false],
    [100, 0, false],
  ]);
});

t.test('below 100 % in total the shares are scaled up, and thin priorities panic', async (t) => {
  t.same(loads(sets([100, 25], [100, 25])), [
    [50, 0, true],
    [50, 0, true],
  ]);
  t.same(loads(sets([100, 5], [100, 65])), [
    [8, 0, true],
    [92, 0, false],
  ]);
  t.same(
    loads(sets([100, 0], [100, 2])),
    [
      [50, 0, true],
      [50, 0, true],
    ],
    'all in panic: by number of hosts',
  );
});

t.test('degraded hosts take what the healthy ones leave', async (t) => {
  t.same(loads(sets([100, 0, 100])), [[0, 100, false]]);
  t.same(loads(sets([100, 50, 50])), [[70, 30, false]]);
  t.same(loads(sets([10, 5, 0], [10, 0, 10])), [
    [70, 0, false],
    [0, 30, false],
  ]);
});

t.test('no hosts at all, and panic switched off', async (t) => {
  t.same(loads(sets([0, 0])), [[100, 0, true]]);
  t.same(loads(sets([2, 0]), 0), [[100, 0, false]]);
  t.same(loads(sets([4, 1]), 0), [[100, 0, false]]);
});

t.test('an empty first priority passes everything on', async (t) => {
  t.same(loads(sets([0, 0], [3, 3])), [
    [0, 0, false],
    [100, 0, false],
  ]);
});

t.test('[1.40] hosts the config says are draining count neither as healthy nor as missing', async (t) => {
  t.same(loads(sets([100, 71, 0, 20], [100, 100])), [
    [100, 0, false],
    [0, 0, false],
  ]);
  t.same(loads(sets([4, 1, 0, 2])), [[100, 0, false]], 'half of those that count are healthy: no panic');
});
