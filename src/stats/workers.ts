/**
 * Stats of worker threads. Every worker has its own Store on shared memory and describes it to the main thread in small
 * batches by message; the main thread then reads the workers' slots without asking anybody (Envoy's thread-local
 * stats, source/common/stats/thread_local_store.cc, without their merge step).
 *
 * Worker: `new StatsPublisher(store, (batch) => port.postMessage(batch))`.
 * Main:   `const stats = new WorkerStats(flusher)`, then `stats.apply(workerId, batch)` per message.
 */
import type { BinSource, HistogramFlusher, HistogramLatch, Latchable } from './flush.ts';
import type { Directory, Store, StoreObserver } from './store.ts';

/** What a worker tells since the last batch; `chunks` are numbered in the order they were sent. */
export interface StatsBatch {
  /** What is seen no more, before all that follows; null: nothing. */
  gone: { counters: string[]; gauges: string[]; histograms: string[]; chunks: number[] } | null;
  readonly chunks: Float64Array[];
  /** Names, and a [chunk, index] pair for each. */
  readonly counters: string[];
  readonly counterSlots: number[];
  readonly gauges: string[];
  readonly gaugeSlots: number[];
  readonly histograms: string[];
  /** Histograms whose bins moved to a new array. */
  readonly bins: { name: string; bins: Float64Array }[];
  /** The store's dirty flag, in the first batch only. */
  dirty: Int32Array | null;
  /** Something was recorded after a flush: the main thread should flush at the next edge. */
  recorded: boolean;
}

function emptyBatch(): StatsBatch {
  return {
    gone: null,
    chunks: [],
    counters: [],
    counterSlots: [],
    gauges: [],
    gaugeSlots: [],
    histograms: [],
    bins: [],
    dirty: null,
    recorded: false,
  };
}

/** In the worker: collects what is new and sends it once per event-loop turn. */
export class StatsPublisher implements StoreObserver {
  private readonly send: (batch: StatsBatch) => void;
  private readonly chunkIds: Map<Float64Array, number>;
  private batch: StatsBatch;
  private scheduled: boolean;
  /** Chunks sent so far. */
  private sent = 0;

  constructor(store: Store, send: (batch: StatsBatch) => void) {
    this.send = send;
    this.chunkIds = new Map();
    this.batch = emptyBatch();
    this.scheduled = false;
    this.batch.dirty = store.dirty;
    store.observe(this);
    store.onHistogramDirty = () => {
      this.batch.recorded = true;
      this.schedule();
    };
    this.schedule();
  }

  counter(name: string, slots: Float64Array, index: number): void {
    this.batch.counters.push(name);
    this.batch.counterSlots.push(this.chunk(slots), index);
    this.schedule();
  }
  gauge(name: string, slots: Float64Array, index: number): void {
    this.batch.gauges.push(name);
    this.batch.gaugeSlots.push(this.chunk(slots), index);
    this.schedule();
  }
  histogram(name: string): void {
    this.batch.histograms.push(name);
    this.schedule();
  }
  bins(name: string, bins: Float64Array): void {
    this.batch.bins.push({ name, bins });
    this.schedule();
  }

  gone(directories: readonly Directory[], chunks: readonly Float64Array[]): void {
    const { batch } = this;
    // What came before has to be known before it can go.
    if (batch.counters.length + batch.gauges.length + batch.histograms.length + batch.bins.length > 0) this.flush();
    const gone = (this.batch.gone ??= { counters: [], gauges: [], histograms: [], chunks: [] });
    for (const d of directories) {
      if (d.counters !== null) for (const name of d.counters.keys()) gone.counters.push(d.prefix + name);
      if (d.gauges !== null) for (const name of d.gauges.keys()) gone.gauges.push(d.prefix + name);
      if (d.histograms !== null) for (const name of d.histograms.keys()) gone.histograms.push(d.prefix + name);
    }
    for (const chunk of chunks) {
      const id = this.chunkIds.get(chunk);
      if (id !== undefined) gone.chunks.push(id);
      this.chunkIds.delete(chunk);
    }
    this.schedule();
  }

  private flush(): void {
    const batch = this.batch;
    this.batch = emptyBatch();
    this.send(batch);
  }

  private chunk(slots: Float64Array): number {
    let id = this.chunkIds.get(slots);
    if (id === undefined) {
      id = this.sent++;
      this.chunkIds.set(slots, id);
      this.batch.chunks.push(slots);
    }
    return id;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }
}

class RemoteNumber {
  private readonly slots: Float64Array;
  private readonly index: number;
  private readonly flag: boolean;
  constructor(slots: Float64Array, index: number, flag: boolean) {
    this.slots = slots;
    this.index = index;
    this.flag = flag;
  }
  get value(): number {
    return this.slots[this.index];
  }
  get used(): boolean {
    return this.slots[this.flag ? this.index + 1 : this.index] !== 0;
  }
}

class RemoteHistogram implements BinSource {
  bins: Float64Array;
  latch: HistogramLatch | null;
  constructor() {
    this.bins = new Float64Array(0);
    this.latch = null;
  }
}

/** One worker's store, seen from the main thread. */
class RemoteStore implements Latchable {
  dirty: Int32Array;
  onHistogramDirty: (() => void) | null;
  readonly counters: Map<string, RemoteNumber>;
  readonly gauges: Map<string, RemoteNumber>;
  readonly histograms: Map<string, RemoteHistogram>;
  /** Gauges that are asked for by themselves. */
  readonly activeConnections = new Map<string, RemoteNumber>();
  private readonly chunks = new Map<number, Float64Array>();
  private chunksSeen = 0;

  constructor(dirty: Int32Array) {
    this.dirty = dirty;
    this.onHistogramDirty = null;
    this.counters = new Map();
    this.gauges = new Map();
    this.histograms = new Map();
  }

  forEachHistogram(visit: (h: BinSource) => void): void {
    for (const h of this.histograms.values()) visit(h);
  }

  apply(batch: StatsBatch): void {
    const { gone } = batch;
    if (gone !== null) {
      for (const name of gone.counters) this.counters.delete(name);
      for (const name of gone.gauges) {
        this.gauges.delete(name);
        this.activeConnections.delete(name);
      }
      for (const name of gone.histograms) this.histograms.delete(name);
      for (const id of gone.chunks) this.chunks.delete(id);
    }
    for (const chunk of batch.chunks) this.chunks.set(this.chunksSeen++, chunk);
    const slots = batch.counterSlots;
    batch.counters.forEach((name, i) => {
      this.counters.set(name, new RemoteNumber(this.slotsOf(slots[2 * i]), slots[2 * i + 1], false));
    });
    const gaugeSlots = batch.gaugeSlots;
    batch.gauges.forEach((name, i) => {
      const gauge = new RemoteNumber(this.slotsOf(gaugeSlots[2 * i]), gaugeSlots[2 * i + 1], true);
      this.gauges.set(name, gauge);
      if (ACTIVE_CONNECTIONS.test(name)) this.activeConnections.set(name, gauge);
    });
    for (const name of batch.histograms)
      if (!this.histograms.has(name)) this.histograms.set(name, new RemoteHistogram());
    for (const { name, bins } of batch.bins) {
      let h = this.histograms.get(name);
      if (h === undefined) this.histograms.set(name, (h = new RemoteHistogram()));
      h.bins = bins;
    }
    if (batch.recorded && this.onHistogramDirty !== null) this.onHistogramDirty();
  }

  private slotsOf(chunk: number): Float64Array {
    return this.chunks.get(chunk) as Float64Array;
  }
}

interface Count {
  readonly value: number;
  readonly used: boolean;
}

/** What workers that are gone have counted: counters and histograms never fall. Their gauges went with them. */
class GoneStore implements Latchable {
  readonly dirty: Int32Array = new Int32Array(1);
  onHistogramDirty: (() => void) | null = null;
  readonly counters = new Map<string, Count>();
  readonly histograms = new Map<string, RemoteHistogram>();

  forEachHistogram(visit: (h: BinSource) => void): void {
    for (const h of this.histograms.values()) visit(h);
  }

  forget({ counters, histograms }: NonNullable<StatsBatch['gone']>): void {
    for (const name of counters) this.counters.delete(name);
    for (const name of histograms) this.histograms.delete(name);
  }

  take(store: RemoteStore): void {
    for (const [name, { value, used }] of store.counters) {
      const before = this.counters.get(name);
      this.counters.set(name, { value: value + (before?.value ?? 0), used: used || before?.used === true });
    }
    for (const [name, { bins }] of store.histograms) {
      let h = this.histograms.get(name);
      if (h === undefined) this.histograms.set(name, (h = new RemoteHistogram()));
      const sum = new Float64Array(Math.max(bins.length, h.bins.length));
      sum.set(h.bins);
      for (let i = 0; i < bins.length; i++) sum[i] += bins[i];
      h.bins = sum;
    }
    this.dirty[0] = 1;
    this.onHistogramDirty?.();
  }
}

/**
 * Metrics of things that Envoy has once and we have once per worker: every worker counts the same event, so the
 * largest is shown instead of the sum.
 */
const ONCE_PER_PROCESS =
  /^(?:cluster_manager|listener_manager|runtime|server|main_thread|control_plane)\.|^cluster\..*\.(?:membership_\w+|max_host_weight|version|update_\w+|assignment_\w+|lb_subsets_(?:active|created|removed|single_\w+)|lb_recalculate_zone_structures|warming_state|(?:maglev_lb|ring_hash_lb)\.\w+|circuit_breakers\.\w+\.\w+|health_check\.\w+|outlier_detection\.\w+)$/;

/** Metrics that `walking` visits between two steps, as a mask. */
const STEP = 15;

export interface RemoteVisitor {
  number(name: string, kind: 'counter' | 'gauge', source: Count): void;
  remoteHistogram(name: string, source: BinSource): void;
}

/** `listener.<address>.worker_<n>.downstream_cx_active` */
const ACTIVE_CONNECTIONS = /^listener\..*\.worker_\d+\.downstream_cx_active$/;

/** In the main thread: all workers' stats. */
export class WorkerStats {
  /** Counts batches that brought something new. */
  version: number;
  private readonly flusher: HistogramFlusher;
  private readonly stores: Map<number, RemoteStore>;
  private gone: GoneStore | null;

  constructor(flusher: HistogramFlusher) {
    this.version = 0;
    this.flusher = flusher;
    this.stores = new Map();
    this.gone = null;
  }

  apply(workerId: number, batch: StatsBatch): void {
    let store = this.stores.get(workerId);
    if (store === undefined) {
      if (batch.dirty === null) throw new Error(`worker ${workerId}: the first stats batch must carry the dirty flag`);
      store = new RemoteStore(batch.dirty);
      this.stores.set(workerId, store);
      store.apply(batch);
      this.flusher.add(store);
    } else {
      store.apply(batch);
    }
    if (batch.gone !== null) this.gone?.forget(batch.gone);
    const changed = batch.counters.length + batch.gauges.length + batch.histograms.length > 0 || batch.gone !== null;
    if (changed) this.version++;
  }

  /** The worker is no more; another may come under its number. */
  retire(workerId: number): void {
    const store = this.stores.get(workerId);
    if (store === undefined) return;
    this.stores.delete(workerId);
    this.flusher.remove(store);
    if (this.gone === null) {
      this.gone = new GoneStore();
      this.flusher.add(this.gone);
    }
    this.gone.take(store);
    this.version++;
  }

  /** A counter of all workers there are, summed. */
  counted(name: string): number {
    let sum = 0;
    for (const store of this.stores.values()) sum += store.counters.get(name)?.value ?? 0;
    return sum;
  }

  takesMax(name: string): boolean {
    return ONCE_PER_PROCESS.test(name);
  }

  /** Every metric of every worker, some ten a step. */
  *walking(visit: RemoteVisitor): Generator<null, void> {
    let n = 0;
    for (const store of this.stores.values()) {
      for (const [name, source] of store.counters) {
        visit.number(name, 'counter', source);
        if ((++n & STEP) === 0) yield null;
      }
      for (const [name, source] of store.gauges) {
        visit.number(name, 'gauge', source);
        if ((++n & STEP) === 0) yield null;
      }
      for (const [name, source] of store.histograms) visit.remoteHistogram(name, source);
    }
    const { gone } = this;
    if (gone === null) return;
    for (const [name, source] of gone.counters) {
      visit.number(name, 'counter', source);
      if ((++n & STEP) === 0) yield null;
    }
    for (const [name, source] of gone.histograms) visit.remoteHistogram(name, source);
  }

  /** Connections of all listeners of all workers now. */
  get activeConnections(): number {
    let n = 0;
    for (const store of this.stores.values()) for (const gauge of store.activeConnections.values()) n += gauge.value;
    return n;
  }
}
