/**
 * The proxy's stats in Prometheus' text form, byte for byte as Envoy 1.40 prints them: counters, gauges, then
 * histograms, each kind sorted by base name, `{}` for a metric without tags (source/server/admin/prometheus_stats.cc).
 * Names and labels are worked out once per metric and kept: a scrape only adds the numbers.
 */
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
import type { TextReadout } from './store.ts';
import { extractTags, type Tag } from './tags.ts';

export interface PrometheusOptions {
  readonly usedOnly: boolean;
  /** Whether a full metric name is shown. */
  readonly keep: ((name: string) => boolean) | null;
  /** Text readouts as gauges with value 0. */
  readonly textReadouts: boolean;
  /** Histograms as cumulative buckets, or as quantiles of the last interval. */
  readonly histograms: 'buckets' | 'summary';
}

interface Row<M> {
  readonly metric: M;
  /** `a="b",c="d"`, without braces. */
  readonly labels: string;
}

interface Family<M> {
  /** `envoy_…` */
  readonly name: string;
  readonly rows: Row<M>[];
}

const EDGES: readonly string[] = DEFAULT_BUCKETS.map(String);
/** Digits Envoy prints of a sum or quantile. */
const DIGITS = 32;

export class PrometheusView {
  private readonly reader: StatsReader;
  private readonly fixed: readonly Tag[];
  private builtFor: string;
  private counters: Family<NumberMetric>[];
  private gauges: Family<NumberMetric>[];
  private histograms: Family<HistogramMetric>[];
  private texts: Family<TextReadout>[];

  /** `fixed`: labels of every series (`--stats-tag`). */
  constructor(reader: StatsReader, fixed: readonly Tag[] = []) {
    this.reader = reader;
    this.fixed = fixed;
    this.builtFor = '';
    this.counters = [];
    this.gauges = [];
    this.histograms = [];
    this.texts = [];
  }

  render(options: PrometheusOptions): string {
    this.reader.refresh();
    this.build();
    const out: string[] = [];
    numbers(out, this.counters, 'counter', options);
    numbers(out, this.gauges, 'gauge', options);
    if (options.textReadouts) {
      each(this.texts, options, (name, rows) => {
        out.push(`# TYPE ${name} gauge\n`);
        for (const { metric, labels } of rows) {
          const value = `text_value="${escapeValue(metric.value)}"`;
          out.push(`${name}{${labels === '' ? value : `${labels},${value}`}} 0\n`);
        }
      });
    }
    each(this.histograms, options, (name, rows) => {
      if (options.histograms === 'buckets') buckets(out, name, rows);
      else summary(out, name, rows);
    });
    return out.join('');
  }

  private build(): void {
    if (this.builtFor === this.reader.version) return;
    this.counters = families(
      this.reader.numbers.filter((n) => n.kind === 'counter'),
      this.fixed,
    );
    this.gauges = families(
      this.reader.numbers.filter((n) => n.kind === 'gauge'),
      this.fixed,
    );
    this.histograms = families(this.reader.histograms, this.fixed);
    this.texts = families(this.reader.texts, this.fixed);
    this.builtFor = this.reader.version;
  }
}

/** Envoy sorts by parts between dots, not by bytes: a dot goes before everything. */
function sortKey(name: string): string {
  return name.replaceAll('.', '\0');
}

/** Group by base name; families and rows in Envoy's order. */
function families<M extends { readonly name: string }>(metrics: readonly M[], fixed: readonly Tag[]): Family<M>[] {
  const groups = new Map<string, { key: string; row: Row<M> }[]>();
  for (const metric of metrics) {
    const { base, tags } = extractTags(metric.name, fixed);
    const entry = { key: sortKey(metric.name), row: { metric, labels: formatTags(tags) } };
    const group = groups.get(base);
    if (group === undefined) groups.set(base, [entry]);
    else group.push(entry);
  }
  const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  return [...groups]
    .map(([base, entries]) => ({ key: sortKey(base), base, entries }))
    .sort(byKey)
    .map(({ base, entries }) => ({
      name: `envoy_${base.replace(/[^a-zA-Z0-9_]/g, '_')}`,
      rows: entries.sort(byKey).map((e) => e.row),
    }));
}

function formatTags(tags: readonly Tag[]): string {
  let out = '';
  for (const tag of tags) {
    out += `${out === '' ? '' : ','}${tag.name.replace('.', '_')}="${escapeValue(tag.value)}"`;
  }
  return out;
}

function escapeValue(value: string): string {
  if (!/[\\\n"]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function each<M extends { readonly name: string; readonly used: boolean }>(
  list: readonly Family<M>[],
  options: PrometheusOptions,
  print: (name: string, rows: readonly Row<M>[]) => void,
): void {
  const { usedOnly, keep } = options;
  for (const family of list) {
    const rows =
      usedOnly || keep !== null
        ? family.rows.filter((r) => (!usedOnly || r.metric.used) && (keep === null || keep(r.metric.name)))
        : family.rows;
    if (rows.length > 0) print(family.name, rows);
  }
}

function numbers(
  out: string[],
  list: readonly Family<NumberMetric>[],
  type: 'counter' | 'gauge',
  options: PrometheusOptions,
): void {
  each(list, options, (name, rows) => {
    out.push(`# TYPE ${name} ${type}\n`);
    for (const { metric, labels } of rows) out.push(`${name}{${labels}} ${metric.value}\n`);
  });
}

function buckets(out: string[], name: string, rows: readonly Row<HistogramMetric>[]): void {
  out.push(`# TYPE ${name} histogram\n`);
  for (const { metric, labels } of rows) {
    const more = labels === '' ? '' : `${labels},`;
    if (!metric.used) {
      for (const le of EDGES) out.push(`${name}_bucket{${more}le="${le}"} 0\n`);
      out.push(`${name}_bucket{${more}le="+Inf"} 0\n${name}_sum{${labels}} 0\n${name}_count{${labels}} 0\n`);
      continue;
    }
    const bins = metric.cumulative();
    const counts = computeBuckets(bins);
    for (let i = 0; i < EDGES.length; i++) out.push(`${name}_bucket{${more}le="${EDGES[i]}"} ${counts[i]}\n`);
    const total = sampleCount(bins);
    out.push(`${name}_bucket{${more}le="+Inf"} ${total}\n`);
    out.push(`${name}_sum{${labels}} ${general(sampleSum(bins), DIGITS)}\n${name}_count{${labels}} ${total}\n`);
  }
}

function summary(out: string[], name: string, rows: readonly Row<HistogramMetric>[]): void {
  out.push(`# TYPE ${name} summary\n`);
  for (const { metric, labels } of rows) {
    const bins = metric.interval();
    const more = labels === '' ? '' : `${labels},`;
    const values = computeQuantiles(bins);
    for (let i = 0; i < QUANTILES.length; i++) {
      out.push(`${name}{${more}quantile="${QUANTILES[i]}"} ${general(values[i], DIGITS)}\n`);
    }
    out.push(`${name}_sum{${labels}} ${general(sampleSum(bins), DIGITS)}\n`);
    out.push(`${name}_count{${labels}} ${sampleCount(bins)}\n`);
  }
}
