import { Worker } from 'node:worker_threads';
import t from 'tap';
import { HistogramFlusher } from '../../src/stats/flush.ts';
import { sampleCount } from '../../src/stats/histogram-statistics.ts';
import { StatsReader } from '../../src/stats/reader.ts';
import { Store } from '../../src/stats/store.ts';
import { type StatsBatch, WorkerStats } from '../../src/stats/workers.ts';

const store = JSON.stringify(new URL('../../src/stats/store.ts', import.meta.url).href);
const workers = JSON.stringify(new URL('../../src/stats/workers.ts', import.meta.url).href);

/** A thread with a store of its own; each message to it is a round of counting, answered when done. */
const CODE = `
import { parentPort } from 'node:worker_threads';
const { Store } = await import(${store});
const { StatsPublisher } = await import(${workers});
const s = new Store({ shared: true });
const rq = s.counter('cluster.a.upstream_rq_total');
const active = s.gauge('cluster.a.upstream_rq_active');
const members = s.gauge('cluster.a.membership_total');
s.histogram('cluster.a.idle', 'ms');
new StatsPublisher(s, (batch) => parentPort.postMessage(batch));
const time = s.histogram('cluster.a.upstream_rq_time', 'ms');
parentPort.on('message', (n) => {
  for (let i = 0; i < n; i++) { rq.inc(); time.record(i); }
  active.inc();
  members.set(3);
  s.counter('cluster.a.round_' + n).inc();
  time.record(123456789);
  setImmediate(() => setImmediate(() => parentPort.postMessage('done')));
});
`;

t.test('the main thread sums what the workers count', async (t) => {
  const main = new Store();
  const flusher = new HistogramFlusher();
  flusher.add(main);
  t.teardown(() => flusher.close());
  const all = new WorkerStats(flusher);
  const reader = new StatsReader(main, flusher, all);
  main.counter('cluster.a.upstream_rq_total').add(1000);
  main.gauge('cluster.a.membership_total').set(3);

  const url = new URL(`data:text/javascript,${encodeURIComponent(CODE)}`);
  const threads = [0, 1].map((id) => {
    const worker = new Worker(url);
    worker.on('message', (m: StatsBatch | 'done') => {
      if (m !== 'done') all.apply(id, m);
    });
    return worker;
  });
  t.teardown(() => Promise.all(threads.map((w) => w.terminate())));
  const round = (worker: Worker, n: number): Promise<void> =>
    new Promise((resolve) => {
      const onMessage = (m: unknown): void => {
        if (m !== 'done') return;
        worker.off('message', onMessage);
        resolve();
      };
      worker.on('message', onMessage);
      worker.postMessage(n);
    });
  const value = (name: string): number | undefined => {
    reader.refresh();
    return reader.numbers.find((n) => n.name === name)?.value;
  };
  const histogram = (name: string) => {
    reader.refresh();
    return reader.histograms.find((h) => h.name === name)!;
  };

  await Promise.all([round(threads[0], 10), round(threads[1], 20)]);
  t.equal(value('cluster.a.upstream_rq_total'), 1030, 'counters add up');
  t.equal(value('cluster.a.upstream_rq_active'), 2, 'gauges add up');
  t.equal(value('cluster.a.membership_total'), 3, 'what every worker sees alike is not added');
  t.equal(value('cluster.a.round_20'), 1, 'metrics made later are there');
  flusher.flush();
  t.equal(sampleCount(histogram('cluster.a.upstream_rq_time').cumulative()), 32);
  t.notOk(histogram('cluster.a.idle').used);

  await round(threads[0], 5);
  t.equal(value('cluster.a.upstream_rq_total'), 1035, 'read from shared memory');
  flusher.flush();
  t.equal(sampleCount(histogram('cluster.a.upstream_rq_time').interval()), 6);
  t.equal(sampleCount(histogram('cluster.a.upstream_rq_time').cumulative()), 38);

  reader.resetCounters();
  t.equal(value('cluster.a.upstream_rq_total'), 0, 'reset');
  t.equal(value('cluster.a.upstream_rq_active'), 3, 'gauges stay');
  await round(threads[1], 7);
  t.equal(value('cluster.a.upstream_rq_total'), 7, 'and counts on, with a metric list built anew');
});
