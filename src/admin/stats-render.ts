/** How /stats prints histograms, as text and as JSON (source/server/admin/stats_render.cc). */
import type { TextWriter } from '../platform/text-writer.ts';
import {
  computeBuckets,
  computeQuantiles,
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

/** Where the buckets of a histogram end. */
export type EdgesOf = (name: string) => readonly number[];

export function histogramText(h: HistogramMetric, mode: HistogramMode, edgesOf: EdgesOf): string {
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
  const edges = edgesOf(h.name);
  const interval = bucketCounts(h.interval(), mode, edges);
  const cumulative = bucketCounts(h.cumulative(), mode, edges);
  const parts = edges.map((edge, i) => `B${general(edge, 6)}(${interval[i]},${cumulative[i]})`);
  return `${h.name}: ${parts.join(' ')}\n`;
}

function quantileText(h: HistogramMetric): string {
  const interval = computeQuantiles(h.interval());
  const cumulative = computeQuantiles(h.cumulative());
  return QUANTILES.map((q, i) => `P${general(100 * q, 6)}(${shortest(interval[i])},${shortest(cumulative[i])})`).join(
    ' ',
  );
}

function bucketCounts(bins: Float64Array, mode: HistogramMode, edges: readonly number[]): number[] {
  const counts = computeBuckets(bins, edges);
  return mode === 'disjoint' ? disjointBuckets(counts) : counts;
}

/** One item of the `stats` array, holding all histograms; a step for each. */
export function* writeHistograms(
  out: TextWriter,
  histograms: readonly HistogramMetric[],
  mode: HistogramMode,
  edgesOf: EdgesOf,
): Generator<null, void> {
  const percents = `[${QUANTILES.map((q) => jsonNumber(q * 100)).join(',')}]`;
  let print: (h: HistogramMetric) => string;
  if (mode === 'summary') {
    out.write(`{"histograms":{"supported_quantiles":${percents},"computed_quantiles":[`);
    print = (h) => `"values":${quantileJson(h)}`;
  } else if (mode === 'detailed') {
    out.write(`{"histograms":{"supported_percentiles":${percents},"details":[`);
    print = (h) =>
      `"totals":${detailJson(h.cumulative())},"intervals":${detailJson(h.interval())},"percentiles":${quantileJson(h)}`;
  } else {
    out.write('{"histograms":[');
    print = (h) => `"buckets":${bucketJson(h, mode, edgesOf(h.name))}`;
  }
  let comma = '';
  for (const h of histograms) {
    out.write(`${comma}{"name":${jsonString(h.name)},${print(h)}}`);
    comma = ',';
    yield null;
  }
  out.write(mode === 'summary' || mode === 'detailed' ? ']}}' : ']}');
}

function detailJson(bins: Float64Array): string {
  return `[${occupiedBins(bins)
    .map((b) => `{"lower_bound":${jsonNumber(b.left)},"width":${jsonNumber(b.width)},"count":${b.count}}`)
    .join(',')}]`;
}

function bucketJson(h: HistogramMetric, mode: HistogramMode, edges: readonly number[]): string {
  const interval = bucketCounts(h.interval(), mode, edges);
  const cumulative = bucketCounts(h.cumulative(), mode, edges);
  const buckets = edges.map(
    (edge, i) => `{"upper_bound":${jsonNumber(edge)},"interval":${interval[i]},"cumulative":${cumulative[i]}}`,
  );
  return `[${buckets.join(',')}]`;
}

function quantileJson(h: HistogramMetric): string {
  const interval = computeQuantiles(h.interval());
  const cumulative = computeQuantiles(h.cumulative());
  const pairs = QUANTILES.map(
    (_, i) => `{"cumulative":${jsonNumber(cumulative[i])},"interval":${jsonNumber(interval[i])}}`,
  );
  return `[${pairs.join(',')}]`;
}
