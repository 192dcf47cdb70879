/**
 * Metrics of the process itself, in a prom-client registry: CPU, memory, heap, event loop, garbage collection. All are
 * read at scrape time. prom-client's collectDefaultMetrics is not used because its event-loop monitor wakes the process
 * every 10 ms for ever; and only its gauge and registry are loaded: the whole package, with OpenTelemetry for
 * exemplars, costs 85 ms of CPU on the first scrape instead of 9.
 */
import { PerformanceObserver, performance } from 'node:perf_hooks';
import type { Gauge as GaugeType, Registry as RegistryType } from 'prom-client';
import Gauge from 'prom-client/lib/gauge.js';
import Registry from 'prom-client/lib/registry.js';
import { memoryUsage, residentBytes } from '../platform/memory-usage.ts';
import type { TextWriter } from '../platform/text-writer.ts';

const GC_KINDS: Readonly<Record<number, string>> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };

/** A number that only grows and is known elsewhere: printed as a counter, set like a gauge. */
class Total extends Gauge {
  override async get() {
    const values = await super.get();
    return { ...values, type: 'counter' as unknown as typeof values.type };
  }
}

const registry: RegistryType = new Registry();
/** Made at the first scrape, each in a step of its own; what is in here is still to be made. */
const toMake: (() => void)[] = [
  () =>
    measure(Total, 'process_cpu_seconds_total', 'CPU time, user and system.', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
  () => measure(Gauge, 'process_start_time_seconds', 'Start, Unix time.', () => performance.timeOrigin / 1000),
  () => measure(Gauge, 'process_resident_memory_bytes', 'Resident memory.', () => residentBytes()),
  () => measure(Gauge, 'nodejs_heap_size_total_bytes', 'Size of the heap.', () => memoryUsage().heapTotal),
  () => measure(Gauge, 'nodejs_heap_size_used_bytes', 'Heap in use.', () => memoryUsage().heapUsed),
  () => measure(Gauge, 'nodejs_external_memory_bytes', 'Buffers and the like.', () => memoryUsage().external),
  () =>
    measure(Gauge, 'nodejs_eventloop_lag_seconds', 'One turn of the event loop, measured by this scrape.', async () => {
      const start = performance.now();
      await new Promise<void>((resolve) => setImmediate(resolve));
      return (performance.now() - start) / 1000;
    }),
  () => {
    let before = performance.eventLoopUtilization();
    measure(Gauge, 'nodejs_eventloop_utilization', 'Busy share of the event loop since the last scrape.', () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    });
  },
  watchCollections,
  () => {
    const labels = { labelNames: ['version'], registers: [registry] };
    const info = new Gauge({ name: 'nodejs_version_info', help: 'Version of Node.js.', ...labels });
    info.set({ version: process.version }, 1);
  },
];

function measure(Kind: typeof Gauge, name: string, help: string, read: () => number | Promise<number>): void {
  new Kind({
    name,
    help,
    registers: [registry],
    async collect(this: GaugeType) {
      this.set(await read());
    },
  });
}

function watchCollections(): void {
  const labels = { labelNames: ['kind'], registers: [registry] };
  const seconds = new Total({
    name: 'nodejs_gc_seconds_total',
    help: 'Collecting, since the first scrape.',
    ...labels,
  });
  const runs = new Total({ name: 'nodejs_gc_runs_total', help: 'Collections since the first scrape.', ...labels });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = GC_KINDS[(entry as { detail?: { kind?: number } }).detail?.kind ?? 0] ?? 'other';
      seconds.inc({ kind }, entry.duration / 1000);
      runs.inc({ kind });
    }
  }).observe({ entryTypes: ['gc'] });
}

/** Prometheus text, a metric a step; `labels` of every series, as they are at the first call. */
export function* writeProcessMetrics(
  out: TextWriter,
  labels: Readonly<Record<string, string>> = {},
): Generator<null | Promise<unknown>, void> {
  for (let make = toMake.shift(); make !== undefined; make = toMake.shift()) {
    make();
    yield null;
  }
  registry.setDefaultLabels(labels);
  let before = '';
  for (const { name } of registry.getMetricsAsArray()) {
    yield registry.getSingleMetricAsString(name).then((text) => {
      out.write(before);
      out.write(text);
    });
    before = '\n\n';
  }
  out.write('\n');
}
