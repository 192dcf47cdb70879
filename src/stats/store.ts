/**
 * Counters, gauges and histograms. Every metric is a slot in a typed array, found once when the config is built;
 * on the data path `inc()` is one array add. Chunks never move, so a metric object keeps its array for life.
 * Mirrors what Envoy's stats subsystem shows (source/common/stats), names included.
 *
 * Making a metric costs no string work: it is kept under its last name part in the directory of what stands before
 * it, and the full name is only put together when somebody reads it.
 */
import { MetricGrid } from './grid.ts';
import { type HistogramHome, LogLinearHistogram } from './histogram.ts';
import type { Roll } from './roll.ts';
import { Tenant } from './tenant.ts';

/** Slots per chunk. A chunk is one Float64Array (optionally on shared memory, for workers). */
const CHUNK = 1024;

export class Counter {
  private readonly prefix: string;
  private readonly shortName: string;
  private readonly slots: Float64Array;
  private readonly index: number;
  private touched: boolean;
  constructor(prefix: string, shortName: string, slots: Float64Array, index: number) {
    this.prefix = prefix;
    this.shortName = shortName;
    this.slots = slots;
    this.index = index;
    this.touched = false;
  }
  get name(): string {
    return this.prefix + this.shortName;
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
  /** Counted at least once, resets not forgotten: what `usedonly` keeps. */
  get used(): boolean {
    return this.touched || this.slots[this.index] !== 0;
  }
  reset(): void {
    if (this.slots[this.index] !== 0) this.touched = true;
    this.slots[this.index] = 0;
  }
}

/** Two neighbouring slots: the value, and whether it was ever touched. */
export class Gauge {
  private readonly prefix: string;
  private readonly shortName: string;
  private readonly slots: Float64Array;
  private readonly index: number;
  constructor(prefix: string, shortName: string, slots: Float64Array, index: number) {
    this.prefix = prefix;
    this.shortName = shortName;
    this.slots = slots;
    this.index = index;
  }
  get name(): string {
    return this.prefix + this.shortName;
  }
  inc(): void {
    this.slots[this.index] += 1;
    this.slots[this.index + 1] = 1;
  }
  dec(): void {
    this.slots[this.index] -= 1;
    this.slots[this.index + 1] = 1;
  }
  add(n: number): void {
    this.slots[this.index] += n;
    this.slots[this.index + 1] = 1;
  }
  set(n: number): void {
    this.slots[this.index] = n;
    this.slots[this.index + 1] = 1;
  }
  get value(): number {
    return this.slots[this.index];
  }
  /** Touched at least once: Envoy shows only such gauges with `usedonly`. */
  get used(): boolean {
    return this.slots[this.index + 1] !== 0;
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
  scope(prefix: string): Scope;
  /** `rows` × `counters` counters and `rows` × `histograms`, named `<row>.<column>`, without an object each. */
  grid(
    rows: readonly string[],
    counters: readonly string[],
    histograms: readonly { readonly name: string; readonly unit: HistogramUnit }[],
  ): MetricGrid;
  /** These names are there, though nobody has asked for them: each is made when somebody does, or reads all. */
  announce(names: Roll): void;
}

/** Stands for every counter that is not kept: it is always 0, as Envoy's. */
class NoCounter extends Counter {
  override inc(): void {}
  override add(): void {}
}
class NoGauge extends Gauge {
  override inc(): void {}
  override dec(): void {}
  override add(): void {}
  override set(): void {}
}
class NoHistogram extends LogLinearHistogram {
  override record(): void {}
}
const NO_SLOTS = new Float64Array(2);
export const NO_COUNTER = new NoCounter('', '', NO_SLOTS, 0);
export const NO_GAUGE = new NoGauge('', '', NO_SLOTS, 0);
export const NO_HISTOGRAM = new NoHistogram('', '', {
  dirty: new Int32Array(1),
  onDirty() {},
  allocateBins: (_, length) => new Float64Array(length),
});

/** All names; `tenant()`: the same for something that comes and goes. */
export interface StatsRoot extends Scope {
  tenant(): Tenant;
}

/** Where slots come from. What is given up whole has one of its own: its memory goes with the last who holds a metric of it. */
export class Arena {
  readonly chunks: Float64Array[] = [];
  used = 0;
  /** Directories in it that can be seen. */
  directories = 0;
  private readonly size: number;
  private readonly allocate: (length: number) => Float64Array;

  constructor(size: number, allocate: (length: number) => Float64Array) {
    this.size = size;
    this.allocate = allocate;
  }

  /** The chunk in which `used` is the first of `n` free slots. */
  chunk(n: number): Float64Array {
    if (this.chunks.length === 0 || this.used + n > this.size) {
      this.chunks.push(this.allocate(this.size));
      this.used = 0;
    }
    return this.chunks[this.chunks.length - 1];
  }
}

/** All metrics whose full name is `prefix` + one part without a dot. */
export class Directory implements Scope {
  readonly prefix: string;
  readonly arena: Arena;
  /** Tenants that name it. */
  tenants = 0;
  /** Somebody who stays names it. */
  permanent = false;
  /** Nobody names it any more: what is still counted in it is seen by no one. */
  gone = false;
  // Null until the first: most directories have some of them only.
  counters: Map<string, Counter> | null;
  gauges: Map<string, Gauge> | null;
  histograms: Map<string, LogLinearHistogram> | null;
  /** Names that are still to be made; null for none. */
  private roll: Roll | null;
  private readonly store: Store;

  constructor(store: Store, prefix: string, arena: Arena) {
    this.prefix = prefix;
    this.arena = arena;
    this.counters = null;
    this.gauges = null;
    this.histograms = null;
    this.roll = null;
    this.store = store;
  }

  counter(name: string): Counter {
    const found = this.counters?.get(name);
    if (found !== undefined) return found;
    if (name.indexOf('.') >= 0) return this.below(name).counter(lastPart(name));
    if (this.store.rejects?.(this.prefix + name)) return NO_COUNTER;
    const made = this.store.makeCounter(this, name);
    this.counters ??= new Map();
    this.counters.set(name, made);
    return made;
  }

  gauge(name: string): Gauge {
    const found = this.gauges?.get(name);
    if (found !== undefined) return found;
    if (name.indexOf('.') >= 0) return this.below(name).gauge(lastPart(name));
    if (this.store.rejects?.(this.prefix + name)) return NO_GAUGE;
    const made = this.store.makeGauge(this, name);
    this.gauges ??= new Map();
    this.gauges.set(name, made);
    return made;
  }

  histogram(name: string, unit: HistogramUnit): LogLinearHistogram {
    if (name.indexOf('.') >= 0) return this.below(name).histogram(lastPart(name), unit);
    if (this.store.rejects?.(this.prefix + name)) return NO_HISTOGRAM;
    this.histograms ??= new Map();
    let h = this.histograms.get(name);
    if (h === undefined) this.histograms.set(name, (h = this.store.makeHistogram(this, name)));
    return h;
  }

  scope(prefix: string): Scope {
    return this.store.scope(this.prefix + prefix);
  }

  grid(
    rows: readonly string[],
    counters: readonly string[],
    histograms: readonly { readonly name: string; readonly unit: HistogramUnit }[],
  ): MetricGrid {
    return this.store.makeGrid(this.prefix, rows, counters, histograms);
  }

  announce(names: Roll): void {
    this.roll = names;
    this.store.version++;
  }

  /** Makes what was announced. False when there was nothing to do. */
  spell(): boolean {
    const { roll } = this;
    if (roll === null) return false;
    this.roll = null;
    for (const name of roll.counters) this.counter(name);
    for (const name of roll.gauges) this.gauge(name);
    for (const { name, unit } of roll.histograms) this.histogram(name, unit);
    return true;
  }

  private below(name: string): Directory {
    return this.store.directory(this.prefix + name.slice(0, name.lastIndexOf('.') + 1));
  }
}

export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Metrics that `walking` visits between two steps, as a mask. */
const STEP = 15;

export interface MetricVisitor {
  counter(c: Counter): void;
  gauge(g: Gauge): void;
  histogram(h: LogLinearHistogram): void;
}

/** Told of everything that comes to be in a store; a worker uses it to describe itself to the main thread. */
export interface StoreObserver {
  counter(name: string, slots: Float64Array, index: number): void;
  gauge(name: string, slots: Float64Array, index: number): void;
  histogram(name: string): void;
  /** The histogram's bins now live in this array. */
  bins(name: string, bins: Float64Array): void;
  /** They are seen no more. `chunks`: nothing that can be seen is in these. */
  gone(directories: readonly Directory[], chunks: readonly Float64Array[]): void;
}

export interface StoreOptions {
  /** Chunks and bins on SharedArrayBuffers, so that another thread can read them. Default false. */
  shared?: boolean;
}

/** All metrics of one event loop. */
export class Store implements StatsRoot, HistogramHome {
  readonly dirty: Int32Array;
  /** `stats_matcher`: what is not kept. Set before anything is made; null: all is kept. */
  rejects: ((name: string) => boolean) | null = null;
  /** Set by who latches histograms (flush.ts): called by the first value after a latch. */
  onHistogramDirty: (() => void) | null;
  /** Another one where stats sinks are told single values (server/sampled-histograms.ts). */
  histogramClass: typeof LogLinearHistogram = LogLinearHistogram;
  /** Counts changes to the set of metrics, so that views can keep what they sorted. */
  version: number;
  private readonly shared: boolean;
  private readonly directories: Map<string, Directory>;
  private readonly grids: MetricGrid[];
  private readonly root: Directory;
  private observer: StoreObserver | null;
  private readonly arena: Arena;

  constructor(options: StoreOptions = {}) {
    this.shared = options.shared ?? false;
    this.dirty = new Int32Array(this.shared ? new SharedArrayBuffer(4) : new ArrayBuffer(4));
    this.onHistogramDirty = null;
    this.version = 0;
    this.directories = new Map();
    this.grids = [];
    this.observer = null;
    this.arena = this.newArena(CHUNK);
    this.root = this.directory('');
  }

  counter(name: string): Counter {
    return this.root.counter(name);
  }
  gauge(name: string): Gauge {
    return this.root.gauge(name);
  }
  histogram(name: string, unit: HistogramUnit): LogLinearHistogram {
    return this.root.histogram(name, unit);
  }
  scope(prefix: string): Scope {
    return this.directory(prefix);
  }
  tenant(): Tenant {
    return new Tenant(this);
  }
  grid(
    rows: readonly string[],
    counters: readonly string[],
    histograms: readonly { readonly name: string; readonly unit: HistogramUnit }[],
  ): MetricGrid {
    return this.makeGrid('', rows, counters, histograms);
  }
  announce(names: Roll): void {
    this.root.announce(names);
  }

  /** Every metric there is, in no order. Grids and what is announced are spelt out first. */
  forEach(visit: MetricVisitor): void {
    for (const _ of this.spelling());
    for (const _ of this.walking(visit));
  }

  /** `forEach` in steps of some ten metrics. Nothing is spelt out: `spelling` first. What comes or goes meanwhile may be left out. */
  *walking(visit: MetricVisitor): Generator<null, void> {
    let n = 0;
    for (const d of this.directories.values()) {
      if (d.counters !== null) {
        for (const c of d.counters.values()) {
          visit.counter(c);
          if ((++n & STEP) === 0) yield null;
        }
      }
      if (d.gauges !== null) {
        for (const g of d.gauges.values()) {
          visit.gauge(g);
          if ((++n & STEP) === 0) yield null;
        }
      }
      if (d.histograms !== null) for (const h of d.histograms.values()) visit.histogram(h);
    }
  }

  *spelling(): Generator<null, void> {
    for (const grid of this.grids) yield* grid.materialising();
    for (const d of this.directories.values()) if (d.spell()) yield null;
  }

  forEachHistogram(visit: (h: LogLinearHistogram) => void): void {
    for (const d of this.directories.values()) {
      if (d.histograms !== null) for (const h of d.histograms.values()) visit(h);
    }
  }

  /** Tell `observer` of everything there is, and from now on of everything new. What is only announced, the main thread's store announces too. */
  observe(observer: StoreObserver): void {
    for (const grid of this.grids) grid.materialise();
    const all = this.walking({
      counter: (c) => observer.counter(c.name, c['slots'], c['index']),
      gauge: (g) => observer.gauge(g.name, g['slots'], g['index']),
      histogram: (h) => {
        observer.histogram(h.name);
        if (h.bins.length > 0) observer.bins(h.name, h.bins);
      },
    });
    for (const _ of all);
    this.observer = observer;
  }

  // What follows is for directories, grids and histograms of this store.

  onDirty(): void {
    this.dirty[0] = 1;
    if (this.onHistogramDirty !== null) this.onHistogramDirty();
  }

  allocateBins(histogram: LogLinearHistogram, length: number): Float64Array {
    const bins = this.allocate(length);
    if (this.observer !== null && !histogram.gone) this.observer.bins(histogram.name, bins);
    return bins;
  }

  /** Of who stays. */
  directory(prefix: string): Directory {
    const d = this.findDirectory(prefix, this.arena);
    d.permanent = true;
    return d;
  }

  /** A prefix ends with a dot, but for that of the root. */
  findDirectory(prefix: string, arena: Arena): Directory {
    let d = this.directories.get(prefix);
    if (d === undefined) {
      if (prefix !== '' && !prefix.endsWith('.')) throw new TypeError(`a scope's prefix ends with a dot: ${prefix}`);
      this.directories.set(prefix, (d = new Directory(this, prefix, arena)));
      arena.directories++;
    }
    return d;
  }

  newArena(size: number): Arena {
    return new Arena(size, (length) => this.allocate(length));
  }

  /** One that is seen by nobody. */
  unseen(prefix: string, arena: Arena): Directory {
    const d = new Directory(this, prefix, arena);
    d.gone = true;
    return d;
  }

  /** Nobody names these any more. */
  forget(directories: readonly Directory[]): void {
    const chunks: Float64Array[] = [];
    for (const d of directories) {
      d.gone = true;
      if (d.histograms !== null) for (const h of d.histograms.values()) h.gone = true;
      this.directories.delete(d.prefix);
      if (--d.arena.directories === 0) chunks.push(...d.arena.chunks);
    }
    this.version++;
    if (this.observer !== null) this.observer.gone(directories, chunks);
  }

  makeCounter(d: Directory, shortName: string): Counter {
    const { prefix, arena } = d;
    if (this.grids.length > 0) {
      for (const grid of this.grids) {
        const cell = grid.cell(prefix, shortName);
        if (cell >= 0) return this.register(new Counter(prefix, shortName, grid.slots, cell), grid.slots, cell);
      }
    }
    const chunk = arena.chunk(1);
    const index = arena.used++;
    const counter = new Counter(prefix, shortName, chunk, index);
    return d.gone ? counter : this.register(counter, chunk, index);
  }

  /** A counter whose slot a grid has. */
  gridCounter(prefix: string, shortName: string, slots: Float64Array, cell: number): void {
    const d = this.directory(prefix);
    d.counters ??= new Map();
    const { counters } = d;
    if (counters.has(shortName) || this.rejects?.(prefix + shortName)) return;
    counters.set(shortName, this.register(new Counter(prefix, shortName, slots, cell), slots, cell));
  }

  makeGauge(d: Directory, shortName: string): Gauge {
    const { prefix, arena } = d;
    const chunk = arena.chunk(2);
    const index = arena.used;
    arena.used += 2;
    if (!d.gone) {
      this.version++;
      if (this.observer !== null) this.observer.gauge(prefix + shortName, chunk, index);
    }
    return new Gauge(prefix, shortName, chunk, index);
  }

  makeHistogram(d: Directory, shortName: string): LogLinearHistogram {
    const { prefix } = d;
    if (!d.gone) {
      this.version++;
      if (this.observer !== null) this.observer.histogram(prefix + shortName);
    }
    const h = new this.histogramClass(prefix, shortName, this);
    h.gone = d.gone;
    return h;
  }

  makeGrid(
    prefix: string,
    rows: readonly string[],
    counters: readonly string[],
    histograms: readonly { readonly name: string; readonly unit: HistogramUnit }[],
  ): MetricGrid {
    for (const grid of this.grids) {
      if (grid.prefix === prefix && grid.rows === rows && grid.counters === counters) return grid;
    }
    const grid = new MetricGrid(this, prefix, rows, counters, histograms, this.allocate(rows.length * counters.length));
    this.grids.push(grid);
    this.version++;
    if (this.observer !== null) grid.materialise();
    return grid;
  }

  private register(counter: Counter, slots: Float64Array, index: number): Counter {
    this.version++;
    if (this.observer !== null) this.observer.counter(counter.name, slots, index);
    return counter;
  }

  private allocate(length: number): Float64Array {
    return this.shared ? new Float64Array(new SharedArrayBuffer(length * 8)) : new Float64Array(length);
  }
}
