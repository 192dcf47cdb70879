/**
 * The recording half of a histogram: log-linear bins with two significant decimal digits, the layout of libcircllhist
 * as Envoy uses it for whole numbers (0, 1…9, then 90 bins per decade). Recording is one array add; the bins appear
 * with the first value and grow by decade. Reading (quantiles, buckets) is histogram-statistics.ts.
 */
import type { HistogramLatch } from './flush.ts';
import type { Histogram } from './store.ts';

/** Bins 0…9 hold the values 0…9, each decade from 10 on has 90. */
const FIRST_DECADE = 10;
const BINS_PER_DECADE = 90;
/** First allocation: values to 9,999 (280 bins, 2.2 kB), enough for milliseconds in the usual case. */
const FIRST_CAPACITY = FIRST_DECADE + 3 * BINS_PER_DECADE;
/** Values above are recorded as this one: the end of whole numbers in a double. */
const MAX_VALUE = Number.MAX_SAFE_INTEGER;
const MAX_DECADES = 15;
const MAX_INT32 = 0x7fffffff;

/** Bin of a whole number ≥ 0. Bin n ≥ 10 starts at (10 + (n - 10) % 90) × 10^floor((n - 10) / 90). */
export function binOf(value: number): number {
  let first = 0;
  let v = value;
  while (v > MAX_INT32) {
    v = Math.floor(v / 10);
    first += BINS_PER_DECADE;
  }
  // From here on 32-bit integers: the engine turns the division by a constant into a multiplication.
  let n = v | 0;
  while (n >= 100) {
    n = (n / 10) | 0;
    first += BINS_PER_DECADE;
  }
  return first + n;
}

/** What a histogram asks of the store that made it. */
export interface HistogramHome {
  /** Non-zero once something was recorded since the last latch. In shared memory when the store is. */
  readonly dirty: Int32Array;
  /** Called by the first value after a latch. */
  onDirty(): void;
  /** A zeroed array, on shared memory when the store is; the histogram keeps it as its bins. */
  allocateBins(histogram: LogLinearHistogram, length: number): Float64Array;
}

const NO_BINS = new Float64Array(0);

export class LogLinearHistogram implements Histogram {
  /** Counts since the start; empty until the first value. Replaced when it grows. */
  bins: Float64Array;
  /** What the last two flushes saw; null before the first. */
  latch: HistogramLatch | null;
  /** Seen by no one any more (store.ts, Directory.gone). */
  gone = false;
  private readonly prefix: string;
  private readonly shortName: string;
  private readonly home: HistogramHome;

  constructor(prefix: string, shortName: string, home: HistogramHome) {
    this.bins = NO_BINS;
    this.latch = null;
    this.prefix = prefix;
    this.shortName = shortName;
    this.home = home;
  }

  get name(): string {
    return this.prefix + this.shortName;
  }

  /** Fractions are cut off (Envoy records whole numbers); what is below 0 or not a number counts as 0. */
  record(value: number): void {
    const bin = value >= 1 ? binOf(Math.min(value, MAX_VALUE)) : 0;
    if (bin >= this.bins.length) this.grow(bin);
    this.bins[bin] += 1;
    if (this.home.dirty[0] === 0) this.home.onDirty();
  }

  private grow(bin: number): void {
    let capacity = FIRST_CAPACITY;
    while (capacity <= bin) capacity += BINS_PER_DECADE;
    const wider = this.home.allocateBins(this, Math.min(capacity, FIRST_DECADE + MAX_DECADES * BINS_PER_DECADE));
    wider.set(this.bins);
    this.bins = wider;
  }
}

/** Lower edge of a bin, computed as libcircllhist does so that the last digits agree. */
export function binLeft(bin: number): number {
  if (bin < 10) return bin;
  const n = bin - FIRST_DECADE;
  return ((10 + (n % BINS_PER_DECADE)) / 10) * 10 ** (Math.floor(n / BINS_PER_DECADE) + 1);
}

/** Width of a bin; 1…9 are 0.1 wide, because they too have two digits; 0 has no width. */
export function binWidth(bin: number): number {
  if (bin < 10) return bin === 0 ? 0 : 0.1;
  return 10 ** (Math.floor((bin - FIRST_DECADE) / BINS_PER_DECADE) + 1) / 10;
}
