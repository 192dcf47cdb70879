/** How /stats prints histograms, as text and as JSON (source/server/admin/stats_render.cc). */
import {
  computeBuckets,
  computeQuantiles,
  DEFAULT_BUCKETS,
  disjointBuckets,
  occupiedBins,
  QUANTILES,
} from '../stats/histogram-statistics.ts';
import { general, jsonNumber, shortest } from '../stats/number-format.ts';
import type { HistogramMetric } from '../stats/reader.ts';
import type { HistogramMode } from './stats-params.ts';

export function jsonString(text: string): string {
  return JSON.stringify(text);
}

export function histogramText(h: HistogramMetric, mode: HistogramMode): string {
  if (!h.used) return `${h.name}: No recorded values\n`;
  if (mode === 'detailed') {
    const detail = (bins: Float64Array): string =>
      occupiedBins(bins)
        .map((b) => `${general(b.left, 15)},${general(b.width, 15)}:${b.count}`)
        .join(', ');
    return (
      `${h.name}:\n  totals=${detail(h.cumulative())}\n  intervals=${detail(h.interval())}\n` +
      `  summary=${quantileText(h)}\n`
    );
  }
  if (mode === 'summary') return `${h.name}: ${quantileText(h)}\n`;
  const interval = bucketCounts(h.interval(), mode);
  const cumulative = bucketCounts(h.cumulative(), mode);
  const parts = DEFAULT_BUCKETS.map((edge, i) => `B${general(edge, 6)}(${interval[i]},${cumulative[i]})`);
  return `${h.name}: ${parts.join(' ')}\n`;
}

function quantileText(h: HistogramMetric): string {
  const interval = computeQuantiles(h.interval());
  const cumulative = computeQuantiles(h.cumulative());
  return QUANTILES.map((q, i) => `P${general(100 * q, 6)}(${shortest(interval[i])},${shortest(cumulative[i])})`).join(
    ' ',
  );
}

function bucketCounts(bins: Float64Array, mode: HistogramMode): number[] {
  const counts = computeBuckets(bins);
  return mode === 'disjoint' ? disjointBuckets(counts) : counts;
}

/** One item of the `stats` array, holding all histograms. */
export function histogramsJson(histograms: readonly HistogramMetric[], mode: HistogramMode): string {
  const percents = `[${QUANTILES.map((q) => jsonNumber(q * 100)).join(',')}]`;
  if (mode === 'summary') {
    const items = histograms.map((h) => `{"name":${jsonString(h.name)},"values":${quantileJson(h)}}`);
    return `{"histograms":{"supported_quantiles":${percents},"computed_quantiles":[${items.join(',')}]}}`;
  }
  if (mode === 'detailed') {
    const detail = (bins: Float64Array): string =>
      `[${occupiedBins(bins)
        .map((b) => `{"lower_bound":${jsonNumber(b.left)},"width":${jsonNumber(b.width)},"count":${b.count}}`)
        .join(',')}]`;
    const items = histograms.map(
      (h) =>
        `{"name":${jsonString(h.name)},"totals":${detail(h.cumulative())},"intervals":${detail(h.interval())},` +
        `"percentiles":${quantileJson(h)}}`,
    );
    return `{"histograms":{"supported_percentiles":${percents},"details":[${items.join(',')}]}}`;
  }
  const items = histograms.map((h) => {
    const interval = bucketCounts(h.interval(), mode);
    const cumulative = bucketCounts(h.cumulative(), mode);
    const buckets = DEFAULT_BUCKETS.map(
      (edge, i) => `{"upper_bound":${jsonNumber(edge)},"interval":${interval[i]},"cumulative":${cumulative[i]}}`,
    );
    return `{"name":${jsonString(h.name)},"buckets":[${buckets.join(',')}]}`;
  });
  return `{"histograms":[${items.join(',')}]}`;
}

function quantileJson(h: HistogramMetric): string {
  const interval = computeQuantiles(h.interval());
  const cumulative = computeQuantiles(h.cumulative());
  const pairs = QUANTILES.map(
    (_, i) => `{"cumulative":${jsonNumber(cumulative[i])},"interval":${jsonNumber(interval[i])}}`,
  );
  return `[${pairs.join(',')}]`;
}
