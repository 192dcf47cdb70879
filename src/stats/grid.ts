/**
 * A block of metrics named `<prefix><row>.<column>` that exists from the start without an object or a name each: Envoy
 * creates 5 counters and a histogram for every Redis command when it starts (redis_proxy stats `command.<cmd>.*`).
 * The cells become ordinary counters when somebody asks for them by name or reads all stats.
 */
import type { Counter, Histogram, HistogramUnit, Store } from './store.ts';

export class MetricGrid {
  readonly prefix: string;
  readonly rows: readonly string[];
  readonly counters: readonly string[];
  readonly histograms: readonly { readonly name: string; readonly unit: HistogramUnit }[];
  /** Row-major counts: row × counters.length + column. */
  readonly slots: Float64Array;
  /** Counters per row. */
  readonly stride: number;
  private readonly store: Store;
  private materialised: boolean;
  private rowIndex: Map<string, number> | null;

  constructor(
    store: Store,
    prefix: string,
    rows: readonly string[],
    counters: readonly string[],
    histograms: readonly { readonly name: string; readonly unit: HistogramUnit }[],
    slots: Float64Array,
  ) {
    this.prefix = prefix;
    this.rows = rows;
    this.counters = counters;
    this.histograms = histograms;
    this.slots = slots;
    this.stride = counters.length;
    this.store = store;
    this.materialised = false;
    this.rowIndex = null;
  }

  /** Count one in a cell. */
  inc(row: number, column: number): void {
    this.slots[row * this.stride + column] += 1;
  }

  /** The histogram of a row: same object every time; keep it instead of asking per request. */
  histogram(row: number, column: number): Histogram {
    const { name, unit } = this.histograms[column];
    return this.store.histogram(`${this.prefix}${this.rows[row]}.${name}`, unit);
  }

  counter(row: number, column: number): Counter {
    return this.store.counter(`${this.prefix}${this.rows[row]}.${this.counters[column]}`);
  }

  /** Slot of the counter `shortName` in the directory `directory`, or -1 when it is not of this grid. */
  cell(directory: string, shortName: string): number {
    if (!directory.startsWith(this.prefix)) return -1;
    const column = this.counters.indexOf(shortName);
    if (column < 0) return -1;
    if (this.rowIndex === null) this.rowIndex = new Map(this.rows.map((row, i) => [row, i]));
    const row = this.rowIndex.get(directory.slice(this.prefix.length, -1));
    return row === undefined ? -1 : row * this.stride + column;
  }

  /** Makes the object of every cell, a row a step. */
  *materialising(): Generator<null, void> {
    if (this.materialised) return;
    for (let row = 0; row < this.rows.length; row++) {
      const prefix = `${this.prefix}${this.rows[row]}.`;
      const scope = this.store.scope(prefix);
      for (let column = 0; column < this.stride; column++) {
        this.store.gridCounter(prefix, this.counters[column], this.slots, row * this.stride + column);
      }
      for (const h of this.histograms) scope.histogram(h.name, h.unit);
      yield null;
    }
    this.materialised = true;
  }

  materialise(): void {
    for (const _ of this.materialising());
  }
}
