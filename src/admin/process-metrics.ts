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

const GC_KINDS: Readonly<Record<number, string>> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };

/** A number that only grows and is known elsewhere: printed as a counter, set like a gauge. */
class Total extends Gauge {
  override async get() {
    const values = await super.get();
    return { ...values, type: 'counter' as unknown as typeof values.type };
  }
}

let registry: RegistryType | null = null;

/** Prometheus text; `labels` of every series, as they are at the first call. */
export function processMetrics(labels: Readonly<Record<string, string>> = {}): Promise<string> {
  if (registry === null) {
    registry = build();
    registry.setDefaultLabels(labels);
  }
  return registry.metrics();
}

function build(): RegistryType {
  const all = new Registry();
  const measure = (Kind: typeof Gauge, name: string, help: string, read: () => number | Promise<number>): void => {
    new Kind({
      name,
      help,
      registers: [all],
      async collect(this: GaugeType) {
        this.set(await read());
      },
    });
  };
  measure(Total, 'process_cpu_seconds_total', 'CPU time, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  measure(Gauge, 'process_start_time_seconds', 'Start, Unix time.', () => performance.timeOrigin / 1000);
  measure(Gauge, 'process_resident_memory_bytes', 'Resident memory.', () => residentBytes());
  measure(Gauge, 'nodejs_heap_size_total_bytes', 'Size of the heap.', () => memoryUsage().heapTotal);
  measure(Gauge, 'nodejs_heap_size_used_bytes', 'Heap in use.', () => memoryUsage().heapUsed);
  measure(Gauge, 'nodejs_external_memory_bytes', 'Buffers and the like.', () => memoryUsage().external);
  measure(Gauge, 'nodejs_eventloop_lag_seconds', 'One turn of the event loop, measured by this scrape.', async () => {
    const start = performance.now();
    await new Promise<void>((resolve) => setImmediate(resolve));
    return (performance.now() - start) / 1000;
  });
  let before = performance.eventLoopUtilization();
  measure(Gauge, 'nodejs_eventloop_utilization', 'Busy share of the event loop since the last scrape.', () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  });
  const labelled = { labelNames: ['kind'], registers: [all] };
  const seconds = new Total({
    name: 'nodejs_gc_seconds_total',
    help: 'Collecting, since the first scrape.',
    ...labelled,
  });
  const runs = new Total({ name: 'nodejs_gc_runs_total', help: 'Collections since the first scrape.', ...labelled });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = GC_KINDS[(entry as { detail?: { kind?: number } }).detail?.kind ?? 0] ?? 'other';
      seconds.inc({ kind }, entry.duration / 1000);
      runs.inc({ kind });
    }
  }).observe({ entryTypes: ['gc'] });
  const version = {
    name: 'nodejs_version_info',
    help: 'Version of Node.js.',
    labelNames: ['version'],
    registers: [all],
  };
  new Gauge(version).set({ version: process.version }, 1);
  return all;
}
