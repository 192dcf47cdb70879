/**
 * Counters, gauges and histograms. Every metric is a slot in a typed array, found once when the config is built;
 * on the data path `inc()` is one array add. Chunks never move, so a metric object keeps its array for life.
 * Mirrors what Envoy's stats subsystem shows (source/common/stats), names included.
 */

/** Slots per chunk. A chunk is one Float64Array (optionally on shared memory, for workers). */
const CHUNK = 1024;

export class Counter {
  readonly name: string;
  private readonly slots: Float64Array;
  private readonly index: number;
  constructor(name: string, slots: Float64Array, index: number) {
    this.name = name;
    this.slots = slots;
    this.index = index;
  }
  inc(): void {
    this.slots[this.index] += 1;
  }
  add(n: number): void {
    this.slots[this.index] += n;
  }
  get value(): number {
    return this.slots[this.index];
  }
  reset(): void {
    this.slots[this.index] = 0;
  }
}

export class Gauge {
  readonly name: string;
  /** Touched at least once: Envoy shows only such gauges with `usedonly`. */
  used = false;
  private readonly slots: Float64Array;
  private readonly index: number;
  constructor(name: string, slots: Float64Array, index: number) {
    this.name = name;
    this.slots = slots;
    this.index = index;
  }
  inc(): void {
    this.used = true;
    this.slots[this.index] += 1;
  }
  dec(): void {
    this.slots[this.index] -= 1;
  }
  add(n: number): void {
    this.used = true;
    this.slots[this.index] += n;
  }
  set(n: number): void {
    this.used = true;
    this.slots[this.index] = n;
  }
  get value(): number {
    return this.slots[this.index];
  }
}

/** Unit only changes how a histogram is named in docs; values are recorded as given (Envoy: ms for `_ms`/`_time`). */
export type HistogramUnit = 'ms' | 'us' | 'bytes' | 'none';

/** A log-linear histogram (two significant decimal digits, as circllhist). */
export interface Histogram {
  readonly name: string;
  record(value: number): void;
}

/** Names below a prefix. `scope('cluster.a.').counter('upstream_rq_total')`. Same name, same object. */
export interface Scope {
  counter(name: string): Counter;
  gauge(name: string): Gauge;
  histogram(name: string, unit: HistogramUnit): Histogram;
  text(name: string): { value: string; readonly name: string };
  scope(prefix: string): Scope;
}
