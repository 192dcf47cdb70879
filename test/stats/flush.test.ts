import t from 'tap';
import { HistogramFlusher } from '../../src/stats/flush.ts';
import { computeQuantiles, sampleCount } from '../../src/stats/histogram-statistics.ts';
import { type HistogramMetric, StatsReader } from '../../src/stats/reader.ts';
import { Store } from '../../src/stats/store.ts';

/** A store whose clock the test moves. Timers of real time are far away and unreferenced. */
function setup() {
  const clock = { ms: 1_000_000 };
  const store = new Store();
  const flusher = new HistogramFlusher(5000, () => clock.ms);
  flusher.add(store);
  const reader = new StatsReader(store, flusher);
  const read = (): HistogramMetric => {
    reader.refresh();
    return reader.histograms[0];
  };
  return { clock, store, flusher, reader, read };
}

t.test('values show up at the next edge, then leave the interval at the one after', async (t) => {
  const { clock, store, flusher, read } = setup();
  t.teardown(() => flusher.close());
  const h = store.histogram('h', 'ms');
  clock.ms += 1000;
  h.record(10);
  clock.ms += 3999;
  t.notOk(read().used, 'not yet: 4,999 ms');
  clock.ms += 1;
  t.ok(read().used, 'at the edge');
  t.equal(sampleCount(read().interval()), 1);
  t.equal(sampleCount(read().cumulative()), 1);
  h.record(20);
  h.record(30);
  clock.ms += 4999;
  t.equal(sampleCount(read().cumulative()), 1, 'new values wait');
  clock.ms += 1;
  t.equal(sampleCount(read().interval()), 2);
  t.equal(sampleCount(read().cumulative()), 3);
  clock.ms += 5000;
  t.equal(sampleCount(read().interval()), 0, 'a window without values');
  t.ok(computeQuantiles(read().interval()).every(Number.isNaN));
  t.equal(sampleCount(read().cumulative()), 3);
  clock.ms += 500_000;
  h.record(5);
  t.equal(sampleCount(read().interval()), 0);
  clock.ms += 5000;
  t.equal(sampleCount(read().interval()), 1, 'after a long rest');
  t.equal(sampleCount(read().cumulative()), 4);
});

t.test('a histogram that got nothing has an empty interval while another one has values', async (t) => {
  const { clock, store, flusher, reader } = setup();
  t.teardown(() => flusher.close());
  const a = store.histogram('a', 'ms');
  const b = store.histogram('b', 'ms');
  a.record(1);
  b.record(1);
  clock.ms += 5000;
  reader.refresh();
  b.record(100_000_000);
  clock.ms += 5000;
  reader.refresh();
  const [ra, rb] = reader.histograms;
  t.equal(sampleCount(ra.interval()), 0);
  t.equal(sampleCount(rb.interval()), 1, 'grown bins are compared with the shorter ones before');
  t.equal(sampleCount(ra.cumulative()), 1);
  t.equal(sampleCount(rb.cumulative()), 2);
});

t.test('an idle store sets no timer; one value sets one, which does not keep the process', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((r) => r === 'Timeout').length;
  const { store, flusher } = setup();
  const h = store.histogram('h', 'ms');
  store.counter('c').inc();
  const before = timers();
  t.equal(store.dirty[0], 0);
  h.record(1);
  h.record(2);
  t.equal(store.dirty[0], 1);
  t.equal(timers(), before, 'unreferenced');
  flusher.close();
});

t.test('a timer latches by itself', async (t) => {
  const store = new Store();
  const flusher = new HistogramFlusher(20);
  flusher.add(store);
  t.teardown(() => flusher.close());
  const h = store.histogram('h', 'ms');
  h.record(1);
  const keepAlive = setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => {
    const check = () => (store.dirty[0] === 0 ? resolve() : setImmediate(check));
    check();
  });
  clearInterval(keepAlive);
  t.equal(sampleCount(h.latch!.latched), 1);
});

t.test('the reader sorts, sees new metrics, resets counters only', async (t) => {
  const { store, flusher, reader } = setup();
  t.teardown(() => flusher.close());
  store.counter('b').add(3);
  store.gauge('a.x').set(4);
  store.counter('a-x').add(5);
  let measured = 0;
  reader.onRefresh(() => store.gauge('measured').set(++measured));
  reader.refresh();
  t.same(
    reader.numbers.map((n) => [n.name, n.kind, n.value]),
    [
      ['a-x', 'counter', 5],
      ['a.x', 'gauge', 4],
      ['b', 'counter', 3],
      ['measured', 'gauge', 1],
    ],
  );
  store.counter('aa').inc();
  reader.refresh();
  t.same(
    reader.numbers.map((n) => n.name),
    ['a-x', 'a.x', 'aa', 'b', 'measured'],
  );
  reader.resetCounters();
  t.same(
    reader.numbers.map((n) => n.value),
    [0, 4, 0, 0, 2],
  );
});
