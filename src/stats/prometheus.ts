/**
 * The proxy's stats in Prometheus' text form, byte for byte as Envoy 1.40 prints them: counters, gauges, then
 * histograms, each kind sorted by base name, `{}` for a metric without tags (source/server/admin/prometheus_stats.cc).
 * Names and labels are worked out once per metric and kept: a scrape only adds the numbers.
 */
import { sorting } from '../platform/stepwise-sort.ts';
import type { TextWriter } from '../platform/text-writer.ts';
import {
  computeBuckets,
  computeQuantiles,
  DEFAULT_BUCKETS,
  QUANTILES,
  sampleCount,
  sampleSum,
} from './histogram-statistics.ts';
import { general } from './number-format.ts';
import type { HistogramMetric, NumberMetric, StatsReader } from './reader.ts';
import { type Tag, TagCache, TagRules } from './tags.ts';

export interface PrometheusOptions {
  readonly usedOnly: boolean;
  /** Whether a full metric name is shown. */
  readonly keep: ((name: string) => boolean) | null;
  /** Histograms as cumulative buckets, or as quantiles of the last interval. */
  readonly histograms: 'buckets' | 'summary';
}

interface Row<M> {
  readonly metric: M;
  /** `a="b",c="d"`, without braces. */
  readonly labels: string;
  /** What its line begins with, where that is kept; '' until it is first printed. */
  start: string | null;
}

/** In larger families what lines begin with is put together anew each time: a thousand clusters would keep 13 MB of it. */
const KEEP_STARTS = 16;

interface Family<M> {
  /** `envoy_…` */
  readonly name: string;
  readonly rows: Row<M>[];
}

/** Digits Envoy prints of a sum or quantile. */
const DIGITS = 32;

export class PrometheusView {
  private readonly reader: StatsReader;
  private readonly rules: TagRules;
  private readonly edgesOf: (name: string) => readonly number[];
  private builtFor: string;
  private counters: Family<NumberMetric>[];
  private gauges: Family<NumberMetric>[];
  private histograms: Family<HistogramMetric>[];
  private building: Generator<null, void> | null = null;

  /** `edgesOf`: where the buckets of a histogram end (`histogram_bucket_settings`). */
  constructor(
    reader: StatsReader,
    rules: TagRules = TagRules.defaults([]),
    edgesOf: (name: string) => readonly number[] = () => DEFAULT_BUCKETS,
  ) {
    this.reader = reader;
    this.rules = rules;
    this.edgesOf = edgesOf;
    this.builtFor = '';
    this.counters = [];
    this.gauges = [];
    this.histograms = [];
  }

  /** Writes the page, in steps. */
  *render(out: TextWriter, options: PrometheusOptions): Generator<null, void> {
    yield* this.reader.refreshing();
    if (this.builtFor !== this.reader.version) {
      this.building ??= this.build();
      const { building } = this;
      while (this.building === building) {
        if (building.next().done === true) this.building = null;
        yield null;
      }
    }
    const { counters, gauges, histograms } = this;
    yield* each(out, counters, 'counter', options, number);
    yield* each(out, gauges, 'gauge', options, number);
    const { edgesOf } = this;
    const buckets: typeof summary = (o, name, row) => writeBuckets(o, name, row, edgesOf(row.metric.name));
    if (options.histograms === 'buckets') yield* each(out, histograms, 'histogram', options, buckets);
    else yield* each(out, histograms, 'summary', options, summary);
  }

  private *build(): Generator<null, void> {
    const { reader } = this;
    const version = reader.version;
    const tags = new TagCache(this.rules, formatTags);
    const counters = yield* families(reader.numbers, 'counter', tags);
    const gauges = yield* families(reader.numbers, 'gauge', tags);
    const histograms = yield* families(reader.histograms, '', tags);
    this.counters = counters;
    this.gauges = gauges;
    this.histograms = histograms;
    this.builtFor = version;
  }
}

/** Envoy sorts by parts between dots, not by bytes: a dot goes before everything. */
function byParts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x === DOT ? -1 : y === DOT ? 1 : x - y;
  }
  return a.length - b.length;
}
const DOT = 46;

/** Metrics that are looked at between two steps, as a mask. */
const STEP = 7;

interface Named {
  readonly name: string;
  readonly kind?: 'counter' | 'gauge';
}

/** Those of this kind, grouped by base name; families and rows in Envoy's order. */
function* families<M extends Named>(
  metrics: readonly M[],
  kind: string,
  tags: TagCache<string>,
): Generator<null, Family<M>[]> {
  const groups = new Map<string, Row<M>[]>();
  let n = 0;
  for (const metric of metrics) {
    if (kind !== '' && metric.kind !== kind) continue;
    const { base, label } = tags.split(metric.name);
    const row: Row<M> = { metric, labels: label, start: '' };
    const group = groups.get(base);
    if (group === undefined) groups.set(base, [row]);
    else group.push(row);
    if ((++n & STEP) === 0) yield null;
  }
  const sorted = [...groups];
  yield* sorting(sorted, (a, b) => byParts(a[0], b[0]));
  const out: Family<M>[] = [];
  for (const [base, rows] of sorted) {
    if (rows.length > 1) yield* sorting(rows, (a, b) => byParts(a.metric.name, b.metric.name));
    if (rows.length > KEEP_STARTS) for (const row of rows) row.start = null;
    out.push({ name: `envoy_${base.replace(/[^a-zA-Z0-9_]/g, '_')}`, rows });
    if ((out.length & STEP) === 0) yield null;
  }
  return out;
}

function formatTags(tags: readonly Tag[]): string {
  let out = '';
  for (const tag of tags) {
    out += `${out === '' ? '' : ','}${tag.name.replace(/[^a-zA-Z0-9_]/g, '_')}="${escapeValue(tag.value)}"`;
  }
  return out;
}

function escapeValue(value: string): string {
  if (!/[\\\n"]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

/** All lines of some families. */
function* each<M extends { readonly name: string; readonly used: boolean }>(
  out: TextWriter,
  list: readonly Family<M>[],
  type: string,
  options: PrometheusOptions,
  print: (out: TextWriter, name: string, row: Row<M>) => void,
): Generator<null, void> {
  const { usedOnly, keep } = options;
  let n = 0;
  for (const { name, rows } of list) {
    let shown = false;
    for (const row of rows) {
      if ((++n & STEP) === 0) yield null;
      if ((usedOnly && !row.metric.used) || (keep !== null && !keep(row.metric.name))) continue;
      if (!shown) out.write(`# TYPE ${name} ${type}\n`);
      shown = true;
      print(out, name, row);
    }
  }
}

function number(out: TextWriter, name: string, row: Row<NumberMetric>): void {
  const start = row.start || `${name}{${row.labels}} `;
  if (row.start === '') row.start = start;
  out.write(start);
  const { value } = row.metric;
  out.write(value === 0 ? '0\n' : `${value}\n`);
}

interface Edges {
  /** `0.5"} ` and so on, behind what a histogram's lines begin with. */
  readonly le: readonly string[];
  /** The same of a histogram without values. */
  readonly zero: readonly string[];
}
const known = new WeakMap<readonly number[], Edges>();

function textOf(edges: readonly number[]): Edges {
  let text = known.get(edges);
  if (text === undefined) {
    const le = ['', ...edges.map((edge) => `${edge}"} `), '+Inf"} '];
    known.set(edges, (text = { le, zero: le.map((s) => (s === '' ? '' : `${s}0\n`)) }));
  }
  return text;
}

function writeBuckets(out: TextWriter, name: string, row: Row<HistogramMetric>, edges: readonly number[]): void {
  const { le: ends, zero: zeros } = textOf(edges);
  const { metric, labels } = row;
  const start = row.start || `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`;
  if (row.start === '') row.start = start;
  // One native call instead of twenty lines' pieces.
  if (!metric.used) {
    out.write(zeros.join(start));
    out.write(`${name}_sum{${labels}} 0\n${name}_count{${labels}} 0\n`);
    return;
  }
  const bins = metric.cumulative();
  const counts = computeBuckets(bins, edges);
  const total = sampleCount(bins);
  out.write(ends.map((le, i) => (le === '' ? '' : `${le}${i <= counts.length ? counts[i - 1] : total}\n`)).join(start));
  out.write(`${name}_sum{${labels}} ${general(sampleSum(bins), DIGITS)}\n${name}_count{${labels}} ${total}\n`);
}

function summary(out: TextWriter, name: string, { metric, labels }: Row<HistogramMetric>): void {
  const bins = metric.interval();
  const more = labels === '' ? '' : `${labels},`;
  const values = computeQuantiles(bins);
  for (let i = 0; i < QUANTILES.length; i++) {
    out.write(`${name}{${more}quantile="${QUANTILES[i]}"} ${general(values[i], DIGITS)}\n`);
  }
  out.write(
    `${name}_sum{${labels}} ${general(sampleSum(bins), DIGITS)}\n${name}_count{${labels}} ${sampleCount(bins)}\n`,
  );
}
