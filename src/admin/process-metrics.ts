/**
 * Metrics of the process itself, in a prom-client registry: CPU, memory, heap, event loop, garbage collection. Gauges
 * are read at scrape time. prom-client's collectDefaultMetrics is not used because its event-loop monitor wakes the
 * process every 10 ms for ever; here the lag is measured once per scrape.
 */
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. */
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];
const GC_KINDS: Readonly<Record<number, string>> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };

let registry: Registry | null = null;

/** Prometheus text. */
export function processMetrics(): Promise<string> {
  registry ??= build();
  return registry.metrics();
}

function build(): Registry {
  const all = new Registry();
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [all],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('process_cpu_seconds_total', 'CPU time, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('process_start_time_seconds', 'Start of the process, Unix time.', () => performance.timeOrigin / 1000);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_total_bytes', 'Size of the JavaScript heap.', () => process.memoryUsage().heapTotal);
  gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed);
  gauge(
    'nodejs_external_memory_bytes',
    'Memory of buffers and other native objects.',
    () => process.memoryUsage().external,
  );
  let before = performance.eventLoopUtilization();
  gauge('nodejs_eventloop_utilization', 'Share of time the event loop was busy since the last scrape.', () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  });
  new Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'How long the event loop took to come round, measured once per scrape.',
    registers: [all],
    async collect() {
      const start = performance.now();
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.set((performance.now() - start) / 1000);
    },
  });
  const collections = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collections since the first scrape.',
    labelNames: ['kind'],
    buckets: GC_BUCKETS,
    registers: [all],
  });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = (entry as { detail?: { kind?: number } }).detail?.kind ?? 0;
      collections.observe({ kind: GC_KINDS[kind] ?? 'other' }, entry.duration / 1000);
    }
  }).observe({ entryTypes: ['gc'] });
  new Gauge({
    name: 'nodejs_version_info',
    help: 'Version of Node.js.',
    labelNames: ['version'],
    registers: [all],
  }).set({ version: process.version }, 1);
  return all;
}
