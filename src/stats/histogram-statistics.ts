/**
 * What is read from a histogram's bins: quantiles, bucket counts, sum. Positions within a bin and edges follow
 * libcircllhist (hist_approx_quantile, _count_below, _sum) as Envoy 1.40 has it, so the same samples print the same
 * digits (source/common/stats/histogram_impl.cc). 1.16 interpolated within a bin differently; 1.40 counts.
 */
import { binLeft, binOf, binWidth } from './histogram.ts';

/** Envoy's supported quantiles, in order. */
export const QUANTILES: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1];

/** Envoy's default bucket edges. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000,
];

export function sampleCount(bins: Float64Array): number {
  let n = 0;
  for (let i = 0; i < bins.length; i++) n += bins[i];
  return n;
}

/** Approximate: each sample counts as the weighted middle of its bin. */
export function sampleSum(bins: Float64Array): number {
  let sum = 0;
  for (let i = 1; i < bins.length; i++) {
    if (bins[i] === 0) continue;
    const left = binLeft(i);
    const width = binWidth(i);
    sum += (left + width * (left / (left + (left + width)))) * bins[i];
  }
  return sum;
}

/** One value per quantile, which rise; all NaN when there is no sample. */
export function computeQuantiles(bins: Float64Array, quantiles = QUANTILES): number[] {
  const total = sampleCount(bins);
  if (total === 0) return quantiles.map(() => Number.NaN);
  let bin = 0;
  while (bins[bin] === 0) bin++;
  let last = bins.length - 1;
  while (bins[last] === 0) last--;
  let below = 0;
  return quantiles.map((q) => {
    const rank = total * q;
    while (bin < last && below + bins[bin] < rank) below += bins[bin++];
    if (bins[bin] === 0) while (bins[bin] === 0) bin++;
    // The k-th of n samples in a bin is expected at k / (n + 1) of its width.
    const k = Math.max(1, Math.ceil(rank - below));
    return binLeft(bin) + (k / (bins[bin] + 1)) * binWidth(bin);
  });
}

/** Samples up to each edge, the whole bin of the edge included: the numbers of Prometheus' `le` buckets. */
export function computeBuckets(bins: Float64Array, edges: readonly number[] = DEFAULT_BUCKETS): number[] {
  const out: number[] = [];
  let bin = 0;
  let count = 0;
  for (const edge of edges) {
    const last = Math.min(binOf(Math.floor(edge)), bins.length - 1);
    while (bin <= last) count += bins[bin++];
    out.push(count);
  }
  return out;
}

/** Samples between one edge and the next. */
export function disjointBuckets(cumulative: readonly number[]): number[] {
  return cumulative.map((n, i) => (i === 0 ? n : n - cumulative[i - 1]));
}

export interface OccupiedBin {
  readonly left: number;
  readonly width: number;
  readonly count: number;
}

/** The bins that hold something, for `histogram_buckets=detailed`. */
export function occupiedBins(bins: Float64Array): OccupiedBin[] {
  const out: OccupiedBin[] = [];
  for (let i = 0; i < bins.length; i++) {
    if (bins[i] !== 0) out.push({ left: binLeft(i), width: binWidth(i), count: bins[i] });
  }
  return out;
}
