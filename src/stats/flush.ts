/**
 * Envoy shows a histogram only as of the last flush: every `stats_flush_interval` (default 5 s) what was recorded since
 * the flush before becomes "interval", and everything so far "cumulative" (source/server/server.cc flushStats). Here a
 * timer is set only when something was recorded, so an idle process does not wake; a window in which nothing was
 * recorded is recognised by the clock when somebody reads.
 */
import { clockMs } from '../platform/clock.ts';

/** Something with bins to latch: a histogram of this thread or of a worker. */
export interface BinSource {
  readonly bins: Float64Array;
  /** Kept here so that no map is needed; null until the first latch. */
  latch: HistogramLatch | null;
}

export interface Latchable {
  /** Non-zero when something was recorded since it was last set to 0. */
  readonly dirty: Int32Array;
  /** Called with the first value recorded after `dirty` was 0. */
  onHistogramDirty: (() => void) | null;
  forEachHistogram(visit: (h: BinSource) => void): void;
}

const EMPTY = new Float64Array(0);

/** The two last flushed states of one histogram. */
export class HistogramLatch {
  /** Counts at the last flush. */
  latched: Float64Array;
  /** Counts at the flush before. */
  previous: Float64Array;

  constructor() {
    this.latched = EMPTY;
    this.previous = EMPTY;
  }

  take(bins: Float64Array): void {
    const reuse = this.previous;
    this.previous = this.latched;
    if (reuse.length === bins.length) {
      reuse.set(bins);
      this.latched = reuse;
    } else {
      this.latched = Float64Array.from(bins);
    }
  }
}

/** ms; Envoy's default of stats_flush_interval. */
export const DEFAULT_FLUSH_MS = 5000;

export class HistogramFlusher {
  private readonly intervalMs: number;
  private readonly sources: Latchable[];
  private readonly start: number;
  private readonly now: () => number;
  private timer: NodeJS.Timeout | null;
  /** Window in which the last latch happened; -1 before the first. */
  private latchedIn: number;
  /** Somebody else flushes at intervals (server/stats-sinks.ts). */
  isDriven = false;
  /** Window in which the timer was set. */
  private armedIn: number;

  /** `intervalMs`: bootstrap `stats_flush_interval`, Envoy's default 5,000 ms. */
  constructor(intervalMs = DEFAULT_FLUSH_MS, now: () => number = clockMs) {
    this.intervalMs = intervalMs;
    this.sources = [];
    this.now = now;
    this.start = now();
    this.timer = null;
    this.latchedIn = -1;
    this.armedIn = -1;
  }

  /** Latch this store (or a worker's) from now on. */
  add(source: Latchable): void {
    this.sources.push(source);
    source.onHistogramDirty = () => this.arm();
    if (source.dirty[0] !== 0) this.arm();
  }

  remove(source: Latchable): void {
    const i = this.sources.indexOf(source);
    if (i >= 0) this.sources.splice(i, 1);
    source.onHistogramDirty = null;
  }

  /** Latch what is due; readers call this first. */
  catchUp(): void {
    if (this.timer !== null && this.window() !== this.armedIn) this.flush();
  }

  /** Latch now, out of turn (`stats_flush_on_admin`). */
  flush(): void {
    this.latch(this.window());
  }

  private latch(window: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const source of this.sources) {
      // First the flag, then the copy: a value recorded in between sets it again.
      source.dirty[0] = 0;
      source.forEachHistogram((h) => {
        if (h.bins.length > 0) (h.latch ??= new HistogramLatch()).take(h.bins);
      });
    }
    this.latchedIn = window;
  }

  /** Whether the last latch is the latest flush Envoy would have made; if not, nothing was recorded since. */
  get intervalIsCurrent(): boolean {
    return this.isDriven || this.latchedIn >= this.window();
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const source of this.sources) source.onHistogramDirty = null;
    this.sources.length = 0;
  }

  private arm(): void {
    if (this.timer !== null || this.isDriven) return;
    const elapsed = this.now() - this.start;
    this.armedIn = Math.floor(elapsed / this.intervalMs);
    // A timer may fire a fraction of a ms early: what it latches belongs to the next window all the same.
    const next = this.armedIn + 1;
    this.timer = setTimeout(
      () => this.latch(Math.max(next, this.window())),
      Math.ceil(this.intervalMs - (elapsed % this.intervalMs)),
    );
    this.timer.unref();
  }

  private window(): number {
    return Math.floor((this.now() - this.start) / this.intervalMs);
  }
}
