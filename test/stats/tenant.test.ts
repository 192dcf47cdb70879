import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { HistogramFlusher } from '../../src/stats/flush.ts';
import { StatsReader } from '../../src/stats/reader.ts';
import { Store } from '../../src/stats/store.ts';
import { type StatsBatch, StatsPublisher, WorkerStats } from '../../src/stats/workers.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function names(store: Store): string[] {
  const out: string[] = [];
  const add = (m: { name: string }): void => void out.push(m.name);
  store.forEach({ counter: add, gauge: add, histogram: add });
  return out.sort();
}

t.test('what is named through a tenant goes with it, below it too', async (t) => {
  const store = new Store();
  store.counter('stays');
  const tenant = store.tenant();
  const own = tenant.scope('cluster.a.');
  own.counter('rq');
  own.gauge('breakers.default.open');
  own.scope('http2.').histogram('sizes', 'none');
  tenant.counter('cluster.a.late');
  t.same(names(store), [
    'cluster.a.breakers.default.open',
    'cluster.a.http2.sizes',
    'cluster.a.late',
    'cluster.a.rq',
    'stays',
  ]);
  t.equal(own.counter('rq'), store.scope('cluster.').counter('a.rq'), 'the same metric for whoever asks');
});

t.test('what is announced through a tenant goes with it, made or not', async (t) => {
  const store = new Store();
  const tenant = store.tenant();
  const scope = tenant.scope('cluster.a.');
  scope.announce({ counters: ['rq', 'cx'], gauges: [], histograms: [] });
  scope.counter('rq').inc();
  const other = store.tenant();
  const late = other.scope('cluster.b.');
  late.announce({ counters: ['rq'], gauges: [], histograms: [] });
  tenant.dispose();
  t.same(names(store), ['cluster.b.rq']);
  other.dispose();
  t.same(names(store), []);
  late.counter('rq').inc();
  t.same(names(store), [], 'who is late counts for nobody');
});

t.test('disposed: not seen, and what is still counted reaches no other', async (t) => {
  const store = new Store();
  const old = store.tenant();
  const scope = old.scope('cluster.a.');
  const rq = scope.counter('rq');
  const before = store.version;
  old.dispose();
  old.dispose();
  t.not(store.version, before);
  t.same(names(store), []);
  const now = store.tenant().scope('cluster.a.').counter('rq');
  rq.add(5);
  scope.counter('rq').inc();
  scope.counter('late').inc();
  scope.scope('deep.').gauge('late').set(1);
  scope.histogram('time', 'ms').record(3);
  old.counter('cluster.a.later').inc();
  t.equal(now.value, 0);
  t.same(names(store), ['cluster.a.rq']);
});

t.test('shared by two: it goes with the last; with one who stays, it stays', async (t) => {
  const store = new Store();
  const [a, b] = [store.tenant(), store.tenant()];
  const first = a.scope('http.in.').counter('rq');
  const second = b.scope('http.in.').counter('rq');
  t.equal(first, second);
  a.dispose();
  second.inc();
  t.same(names(store), ['http.in.rq']);
  t.equal(store.tenant().scope('http.in.').counter('rq'), first, 'a third finds what it has counted');
  b.dispose();
  t.same(names(store), ['http.in.rq'], 'the third has it now');
  const c = store.tenant();
  c.scope('http.out.').counter('rq').inc();
  store.scope('http.out.');
  c.dispose();
  t.same(names(store), ['http.in.rq', 'http.out.rq']);
});

t.test('a worker tells what goes; the main thread forgets it, also of workers that are gone', async (t) => {
  const main = new Store();
  const flusher = new HistogramFlusher();
  t.teardown(() => flusher.close());
  const all = new WorkerStats(flusher);
  const reader = new StatsReader(main, flusher, all);
  const batches: StatsBatch[] = [];
  const start = (): Store => {
    const store = new Store({ shared: true });
    new StatsPublisher(store, (batch) => batches.push(structuredClone(batch)));
    return store;
  };
  const told = async (id: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    for (const batch of batches.splice(0)) all.apply(id, batch);
    reader.refresh();
  };
  const shown = (): string[] => [...reader.numbers, ...reader.histograms].map((m) => m.name);

  const store = start();
  const a = store.tenant();
  a.scope('cluster.a.').counter('rq').add(3);
  a.scope('listener.x.').gauge('worker_0.downstream_cx_active').set(2);
  a.scope('cluster.a.').histogram('time', 'ms').record(5);
  await told(1);
  t.same(shown(), ['cluster.a.rq', 'listener.x.worker_0.downstream_cx_active', 'cluster.a.time']);
  t.equal(all.activeConnections, 2);

  // Removed and put again in one turn of the event loop, with names that came in the same.
  a.scope('cluster.a.').counter('fresh');
  a.dispose();
  const again = store.tenant();
  again.scope('cluster.a.').counter('rq').inc();
  await told(1);
  t.same(shown(), ['cluster.a.rq']);
  t.equal(reader.numbers[0].value, 1, 'a new one, from the beginning');
  t.equal(all.activeConnections, 0);

  all.retire(1);
  const next = start();
  const c = next.tenant();
  c.scope('cluster.a.').counter('rq').add(10);
  await told(1);
  t.equal(reader.numbers[0].value, 11, 'with what the worker before it had counted');
  c.dispose();
  await told(1);
  t.same(shown(), []);
});

t.test('10,000 that come and go leave nothing behind', async (t) => {
  const main = new Store();
  const flusher = new HistogramFlusher();
  t.teardown(() => flusher.close());
  const all = new WorkerStats(flusher);
  const store = new Store({ shared: true });
  new StatsPublisher(store, (batch) => all.apply(1, batch));
  const reader = new StatsReader(main, flusher, all);
  const round = (i: number): void => {
    const tenant = store.tenant();
    const own = tenant.scope(`cluster.c${i}.`);
    for (let k = 0; k < 20; k++) own.counter(`counter_${k}`).inc();
    own.scope('circuit_breakers.').gauge('open').set(1);
    own.histogram('time', 'ms').record(i);
    tenant.dispose();
  };
  const bytes = (): number => {
    gc();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + Math.max(external, arrayBuffers);
  };
  for (let i = 0; i < 2000; i++) round(i);
  const before = bytes();
  for (let i = 2000; i < 12_000; i++) {
    round(i);
    // What is told is told once a turn.
    if (i % 500 === 0) await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  t.same(names(store), []);
  reader.refresh();
  t.same(reader.numbers, []);
  // Kept, they would be some 50 MB.
  t.ok(bytes() - before < 8e6, `${bytes() - before} bytes more`);
});
