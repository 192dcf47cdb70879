/**
 * Reading all stats: one sorted list per kind, merged over the main thread's store and the workers' (workers.ts).
 * Nothing is built before the first reader; what was sorted is kept until the set of metrics changes. Order and the
 * meaning of "used" follow Envoy's stats page (source/server/admin/stats_request.cc).
 */
import { sorting } from '../platform/stepwise-sort.ts';
import type { BinSource, HistogramFlusher } from './flush.ts';
import type { LogLinearHistogram } from './histogram.ts';
import type { Counter, Gauge, Store } from './store.ts';
import type { WorkerStats } from './workers.ts';

/** A counter or gauge as readers see it. */
export interface NumberMetric {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly value: number;
  readonly used: boolean;
}

export interface HistogramMetric {
  readonly name: string;
  /** Has had a value, as of the last flush. */
  readonly used: boolean;
  /** Counts per bin (histogram.ts) of the last flush interval. */
  interval(): Float64Array;
  /** Counts per bin since the start, as of the last flush. */
  cumulative(): Float64Array;
}

interface NumberSource {
  readonly value: number;
  readonly used: boolean;
}

class MergedNumber implements NumberMetric {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  private readonly first: NumberSource;
  /** Of the workers; null with one thread. */
  private others: NumberSource[] | null;
  private readonly takeMax: boolean;
  /** What /reset_counters left in slots that belong to other threads. */
  private base: number;

  constructor(name: string, kind: 'counter' | 'gauge', first: NumberSource, takeMax: boolean) {
    this.name = name;
    this.kind = kind;
    this.first = first;
    this.others = null;
    this.takeMax = takeMax;
    this.base = 0;
  }
  add(source: NumberSource): void {
    if (this.others === null) this.others = [source];
    else this.others.push(source);
  }
  get value(): number {
    return this.total() - this.base;
  }
  get used(): boolean {
    return this.first.used || (this.others !== null && this.others.some((o) => o.used));
  }
  reset(): void {
    this.base = this.total();
  }
  /** Another list was built from scratch: carry the reset over. */
  inherit(old: MergedNumber): void {
    this.base = old.base;
  }
  private total(): number {
    let v = this.first.value;
    if (this.others !== null) {
      for (const o of this.others) v = this.takeMax ? Math.max(v, o.value) : v + o.value;
    }
    return v;
  }
}

class MergedHistogram implements HistogramMetric {
  readonly name: string;
  private readonly sources: BinSource[];
  private readonly flusher: HistogramFlusher;
  constructor(name: string, first: BinSource, flusher: HistogramFlusher) {
    this.name = name;
    this.sources = [first];
    this.flusher = flusher;
  }
  add(source: BinSource): void {
    this.sources.push(source);
  }
  get used(): boolean {
    return this.sources.some((s) => s.latch !== null);
  }
  interval(): Float64Array {
    if (!this.flusher.intervalIsCurrent) return new Float64Array(0);
    const out = new Float64Array(this.width());
    for (const s of this.sources) {
      if (s.latch === null) continue;
      const { latched, previous } = s.latch;
      for (let i = 0; i < latched.length; i++) out[i] += latched[i] - (i < previous.length ? previous[i] : 0);
    }
    return out;
  }
  cumulative(): Float64Array {
    const out = new Float64Array(this.width());
    for (const s of this.sources) {
      if (s.latch !== null) for (let i = 0; i < s.latch.latched.length; i++) out[i] += s.latch.latched[i];
    }
    return out;
  }
  private width(): number {
    let n = 0;
    for (const s of this.sources) if (s.latch !== null) n = Math.max(n, s.latch.latched.length);
    return n;
  }
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

export class StatsReader {
  private readonly store: Store;
  private readonly flusher: HistogramFlusher;
  private readonly workers: WorkerStats | null;
  private readonly refreshers: (() => void)[];
  private builtFor: string;
  private numberList: MergedNumber[];
  private histogramList: MergedHistogram[];
  private building: Generator<null, void> | null = null;

  /** `workers` is null when this thread does all the work. */
  constructor(store: Store, flusher: HistogramFlusher, workers: WorkerStats | null = null) {
    this.store = store;
    this.flusher = flusher;
    this.workers = workers;
    this.refreshers = [];
    this.builtFor = '';
    this.numberList = [];
    this.histogramList = [];
  }

  /** Called before anything is read: for gauges that are measured only when somebody looks. */
  onRefresh(refresh: () => void): void {
    this.refreshers.push(refresh);
  }

  /** Bring measured gauges, due flushes and the lists up to date. Readers of several lists call it once. */
  refresh(): void {
    for (const _ of this.refreshing());
  }

  /** The same a little at a time, for a page that is made in slices. */
  *refreshing(): Generator<null, void> {
    for (const refresh of this.refreshers) refresh();
    this.flusher.catchUp();
    yield* this.sharedBuild();
  }

  private *sharedBuild(): Generator<null, void> {
    if (this.builtFor === this.version) return;
    // Several pages that are made at the same time share the work.
    this.building ??= this.build();
    const { building } = this;
    while (this.building === building) {
      if (building.next().done === true) this.building = null;
      yield null;
    }
  }

  /** Changes when metrics were added. */
  get version(): string {
    return `${this.store.version}/${this.workers === null ? 0 : this.workers.version}`;
  }

  /** Counters and gauges by name. */
  get numbers(): readonly NumberMetric[] {
    return this.numberList;
  }
  get histograms(): readonly HistogramMetric[] {
    return this.histogramList;
  }

  /** POST /reset_counters. */
  resetCounters(): void {
    for (const _ of this.sharedBuild());
    this.store.forEach({ counter: (c: Counter) => c.reset(), gauge: () => {}, histogram: () => {} });
    if (this.workers !== null) for (const n of this.numberList) if (n.kind === 'counter') n.reset();
  }

  /** What comes to be meanwhile has another version, and is in the lists of the next call. */
  private *build(): Generator<null, void> {
    // Spelling out grids makes metrics.
    yield* this.store.spelling();
    const version = this.version;
    const merge = new Merge(this.workers, this.flusher);
    yield* this.store.walking(merge);
    if (this.workers !== null) {
      yield* this.workers.walking(merge);
      merge.inherit(this.numberList);
    }
    const { numbers: numberList, histograms: histogramList } = merge;
    yield* sorting(numberList, byName);
    yield* sorting(histogramList, byName);
    this.numberList = numberList;
    this.histogramList = histogramList;
    this.builtFor = version;
  }
}

/** What all stores have under the same name is one metric. With one store there is nothing to look up. */
class Merge {
  readonly numbers: MergedNumber[] = [];
  readonly histograms: MergedHistogram[] = [];
  private readonly workers: WorkerStats | null;
  private readonly flusher: HistogramFlusher;
  private readonly counters = new Map<string, MergedNumber>();
  private readonly gauges = new Map<string, MergedNumber>();
  private readonly histogramsByName = new Map<string, MergedHistogram>();

  constructor(workers: WorkerStats | null, flusher: HistogramFlusher) {
    this.workers = workers;
    this.flusher = flusher;
  }

  counter(c: Counter): void {
    this.number(c.name, 'counter', c);
  }
  gauge(g: Gauge): void {
    this.number(g.name, 'gauge', g);
  }

  number(name: string, kind: 'counter' | 'gauge', source: NumberSource): void {
    const { workers } = this;
    if (workers === null) {
      this.numbers.push(new MergedNumber(name, kind, source, false));
      return;
    }
    const known = kind === 'counter' ? this.counters : this.gauges;
    const found = known.get(name);
    if (found !== undefined) {
      found.add(source);
      return;
    }
    const made = new MergedNumber(name, kind, source, workers.takesMax(name));
    known.set(name, made);
    this.numbers.push(made);
  }

  histogram(h: LogLinearHistogram): void {
    this.remoteHistogram(h.name, h);
  }

  remoteHistogram(name: string, source: BinSource): void {
    const found = this.workers === null ? undefined : this.histogramsByName.get(name);
    if (found !== undefined) {
      found.add(source);
      return;
    }
    const made = new MergedHistogram(name, source, this.flusher);
    if (this.workers !== null) this.histogramsByName.set(name, made);
    this.histograms.push(made);
  }

  /** Resets are not forgotten. */
  inherit(before: readonly MergedNumber[]): void {
    for (const old of before) (old.kind === 'counter' ? this.counters : this.gauges).get(old.name)?.inherit(old);
  }
}
