import t from 'tap';
import { Store } from '../../src/stats/store.ts';
import { makeResources } from '../../src/upstream/circuit-breakers.ts';

t.test('defaults of both priorities', async (t) => {
  for (const m of makeResources(undefined, new Store())) {
    t.same([m.connections.max, m.pending.max, m.requests.max, m.retries.max], [1024, 1024, 1024, 3]);
  }
});

t.test('thresholds go to their priority; the first one of a priority wins', async (t) => {
  const [low, high] = makeResources(
    [{ priority: 'HIGH', maxRequests: 7 }, { maxRequests: 5 }, { priority: 'DEFAULT', maxRequests: 6 }],
    new Store(),
  );
  t.equal(low.requests.max, 5);
  t.equal(high.requests.max, 7);
});

t.test('open and remaining gauges follow the count, even past the limit', async (t) => {
  const store = new Store();
  const [m] = makeResources([{ maxConnections: 2, trackRemaining: true }], store);
  const open = store.gauge('circuit_breakers.default.cx_open');
  const left = store.gauge('circuit_breakers.default.remaining_cx');
  const seen: unknown[] = [];
  const look = (): void => void seen.push([m.connections.canCreate(), open.value, left.value]);
  look();
  m.connections.inc();
  look();
  m.connections.inc();
  look();
  m.connections.inc();
  look();
  m.connections.dec();
  look();
  m.connections.dec();
  look();
  t.same(seen, [
    [true, 0, 2],
    [true, 0, 1],
    [false, 1, 0],
    [false, 1, 0],
    [false, 1, 0],
    [true, 0, 1],
  ]);
});

t.test('a limit of 0 admits nothing', async (t) => {
  const [m] = makeResources([{ maxPendingRequests: 0 }], new Store());
  t.equal(m.pending.canCreate(), false);
});

t.test('a retry budget is a share of what runs, with a floor', async (t) => {
  const [m] = makeResources([{ retryBudget: { budgetPercent: { value: 50 } } }], new Store());
  t.equal(m.retries.max, 3);
  for (let i = 0; i < 9; i++) m.requests.inc();
  m.pending.inc();
  t.equal(m.retries.max, 5);
  for (let i = 0; i < 5; i++) m.retries.inc();
  t.equal(m.retries.canCreate(), false);
});
