/**
 * /stats and /stats/prometheus: text, JSON and Prometheus views of all metrics, in Envoy's order and digits
 * (source/server/admin/stats_request.cc, stats_render.cc).
 */
import type { TextWriter } from '../../platform/text-writer.ts';
import { DEFAULT_BUCKETS } from '../../stats/histogram-statistics.ts';
import type { HistogramMetric, NumberMetric, StatsReader } from '../../stats/reader.ts';
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, json, text } from '../respond.ts';
import type { ServerView } from '../server-view.ts';
import { parseStatsParams, type StatsParams } from '../stats-params.ts';

export async function page(req: AdminRequest, server: ServerView): Promise<AdminResponse> {
  const params = await parseStatsParams(req.query);
  if (typeof params === 'string') return text(params, 400);
  if (params.format === 'prometheus' || req.path === '/stats/prometheus') {
    const { prometheusPage } = await import('../prometheus-page.ts');
    return prometheusPage(params, server);
  }
  if (params.histograms === 'prometheusnative') {
    return text('Invalid histogram_buckets type for non prometheus stats type', 400);
  }
  if (server.statsFlushOnAdmin) server.flushStats();
  const render = await import('../stats-render.ts');
  return params.format === 'json'
    ? json((out) => writeJson(out, params, server, render))
    : text((out) => writeText(out, params, server, render));
}

const edgesOf = (server: ServerView): ((name: string) => readonly number[]) =>
  server.statsSettings?.edgesOf ?? (() => DEFAULT_BUCKETS);

type Render = typeof import('../stats-render.ts');
/** Metrics that are looked at between two steps, as a mask. */
const STEP = 7;

function* writeText(out: TextWriter, params: StatsParams, server: ServerView, render: Render): Generator<null, void> {
  const { stats } = server;
  const shown = yield* select(params, stats);
  let n = 0;
  for (const metric of shown.numbers) {
    out.write(metric.name);
    out.write(`: ${metric.value}\n`);
    if ((++n & STEP) === 0) yield null;
  }
  for (const h of shown.histograms) {
    out.write(render.histogramText(h, params.histograms ?? 'summary', edgesOf(server)));
    yield null;
  }
}

function* writeJson(out: TextWriter, params: StatsParams, server: ServerView, render: Render): Generator<null, void> {
  const { stats } = server;
  const { jsonString } = render;
  const shown = yield* select(params, stats);
  let before = '{"stats":[';
  let n = 0;
  for (const metric of shown.numbers) {
    out.write(before);
    before = ',';
    out.write(`{"name":${jsonString(metric.name)},"value":${metric.value}}`);
    if ((++n & STEP) === 0) yield null;
  }
  if (shown.histograms.length > 0) {
    out.write(before);
    before = '';
    yield* render.writeHistograms(out, shown.histograms, params.histograms ?? 'summary', edgesOf(server));
  }
  out.write(before === ',' || before === '' ? ']}' : `${before}]}`);
}

interface Shown {
  readonly numbers: readonly NumberMetric[];
  readonly histograms: readonly HistogramMetric[];
}

function* select(params: StatsParams, stats: StatsReader): Generator<null, Shown> {
  yield* stats.refreshing();
  const { type } = params;
  const all = type === 'All';
  const { numbers, histograms } = stats;
  return {
    numbers: all || type === 'Counters' || type === 'Gauges' ? yield* filtered(numbers, params) : [],
    histograms: all || type === 'Histograms' ? yield* filtered(histograms, params) : [],
  };
}

interface Selectable {
  readonly name: string;
  readonly used: boolean;
  readonly kind?: 'counter' | 'gauge';
}

function* filtered<M extends Selectable>(list: readonly M[], params: StatsParams): Generator<null, readonly M[]> {
  const { usedOnly, keep, type } = params;
  const kind = type === 'Counters' ? 'counter' : type === 'Gauges' ? 'gauge' : undefined;
  if (!usedOnly && keep === null && kind === undefined) return list;
  const out: M[] = [];
  let n = 0;
  for (const m of list) {
    if ((++n & STEP) === 0) yield null;
    if (kind !== undefined && m.kind !== kind) continue;
    if ((!usedOnly || m.used) && (keep === null || keep(m.name))) out.push(m);
  }
  return out;
}
