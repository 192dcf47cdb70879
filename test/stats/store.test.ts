import t from 'tap';
import { rollOf } from '../../src/stats/roll.ts';
import { Store } from '../../src/stats/store.ts';

function names(store: Store): string[] {
  const out: string[] = [];
  store.forEach({
    counter: (c) => out.push(`c ${c.name} ${c.value}`),
    gauge: (g) => out.push(`g ${g.name} ${g.value}`),
    histogram: (h) => out.push(`h ${h.name}`),
  });
  return out.sort();
}

t.test('the same full name is the same metric, whatever scopes it was reached by', async (t) => {
  const store = new Store();
  const c = store.scope('cluster.a.').counter('upstream_rq_total');
  c.inc();
  t.equal(store.counter('cluster.a.upstream_rq_total'), c);
  t.equal(store.scope('cluster.').counter('a.upstream_rq_total'), c);
  t.equal(store.scope('cluster.').scope('a.').counter('upstream_rq_total'), c);
  t.throws(() => store.scope('cluster.a.upstream_rq_'), TypeError, 'a prefix ends at a dot');
  t.equal(store.histogram('a.b', 'ms'), store.scope('a.').histogram('b', 'ms'));
  t.equal(c.name, 'cluster.a.upstream_rq_total');
  t.equal(c.value, 1);
});

t.test('metrics keep their own slots over many chunks', async (t) => {
  const store = new Store();
  const counters = Array.from({ length: 3000 }, (_, i) => store.counter(`c.${i}`));
  const gauges = Array.from({ length: 3000 }, (_, i) => store.gauge(`g.${i}`));
  for (const [i, c] of counters.entries()) c.add(i);
  for (const [i, g] of gauges.entries()) g.set(-i);
  t.ok(counters.every((c, i) => c.value === i));
  t.ok(gauges.every((g, i) => g.value === -i || i === 0));
});

t.test('used: a counter that counted, even if reset; a gauge that was touched, even at 0', async (t) => {
  const store = new Store();
  const c = store.counter('c');
  const g = store.gauge('g');
  t.notOk(c.used);
  t.notOk(g.used);
  c.inc();
  c.reset();
  g.inc();
  g.dec();
  t.equal(c.value, 0);
  t.ok(c.used);
  t.ok(g.used);
});

t.test('a grid costs no objects until somebody looks, and is then ordinary counters', async (t) => {
  const store = new Store();
  const rows = ['get', 'set'];
  const columns = ['total', 'success'];
  const grid = store
    .scope('redis.x.')
    .scope('command.')
    .grid(rows, columns, [{ name: 'latency', unit: 'us' }]);
  grid.inc(1, 0);
  grid.inc(1, 0);
  const c = store.counter('redis.x.command.set.total');
  t.equal(c.value, 2, 'asked for by name before anything was read');
  c.inc();
  t.equal(grid.counter(1, 0), c);
  grid.inc(0, 1);
  t.same(names(store), [
    'c redis.x.command.get.success 1',
    'c redis.x.command.get.total 0',
    'c redis.x.command.set.success 0',
    'c redis.x.command.set.total 3',
    'h redis.x.command.get.latency',
    'h redis.x.command.set.latency',
  ]);
  t.equal(grid.histogram(0, 0), store.histogram('redis.x.command.get.latency', 'us'));
  t.equal(store.scope('redis.x.command.').grid(rows, columns, []), grid, 'the same grid again is the same grid');
  t.equal(store.counter('redis.x.command.mget.total').value, 0, 'a name beside the grid is a counter of its own');
});

t.test('announced names are seen, and made by whoever asks first', async (t) => {
  const store = new Store();
  const roll = rollOf((scope) => {
    scope.counter('total');
    scope.counter('below.it');
    scope.gauge('active');
    scope.histogram('ms', 'ms');
  });
  t.same(roll, { counters: ['total'], gauges: ['active'], histograms: [{ name: 'ms', unit: 'ms' }] });
  const scope = store.scope('cluster.a.');
  const before = store.version;
  scope.announce(roll);
  t.not(store.version, before, 'what was sorted is out of date');
  const total = scope.counter('total');
  total.inc();
  const all = ['c cluster.a.total 1', 'g cluster.a.active 0', 'h cluster.a.ms'];
  t.same(names(store), all);
  t.equal(scope.counter('total'), total);
  const made = store.version;
  t.same(names(store), all);
  t.equal(store.version, made, 'the second time nothing is made');
  scope.announce(roll);
  t.same(names(store), all, 'announced again, as by a cluster that replaces another');
  t.equal(scope.counter('total').value, 1);
});

t.test('of announced names an observer hears when they are made', async (t) => {
  const store = new Store();
  store.scope('cluster.a.').announce({ counters: ['total'], gauges: [], histograms: [] });
  const heard: string[] = [];
  store.observe({
    counter: (name) => heard.push(name),
    gauge() {},
    histogram() {},
    bins() {},
    gone() {},
  });
  t.same(heard, []);
  store.counter('cluster.a.total').inc();
  t.same(heard, ['cluster.a.total']);
});

t.test('what stats_matcher rejects is not there for being announced', async (t) => {
  const store = new Store();
  store.rejects = (name) => name.endsWith('.b');
  store.scope('x.').announce({ counters: ['a', 'b'], gauges: ['b'], histograms: [{ name: 'b', unit: 'ms' }] });
  t.same(names(store), ['c x.a 0']);
});
