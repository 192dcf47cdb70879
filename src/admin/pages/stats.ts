/**
 * /stats and /stats/prometheus: text, JSON and Prometheus views of all metrics, in Envoy's order and digits
 * (source/server/admin/stats_request.cc, stats_render.cc).
 */
import type { HistogramMetric, NumberMetric, StatsReader } from '../../stats/reader.ts';
import type { TextReadout } from '../../stats/store.ts';
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
  server.stats.refresh();
  const { histogramText, histogramsJson, jsonString } = await import('../stats-render.ts');
  const shown = select(params, server.stats);
  if (params.format === 'json') {
    const items = [
      ...shown.texts.map((t) => `{"name":${jsonString(t.name)},"value":${jsonString(t.value)}}`),
      ...shown.numbers.map((n) => `{"name":${jsonString(n.name)},"value":${n.value}}`),
    ];
    if (shown.histograms.length > 0) items.push(histogramsJson(shown.histograms, params.histograms ?? 'summary'));
    return json(`{"stats":[${items.join(',')}]}`);
  }
  const out: string[] = [];
  for (const t of shown.texts) out.push(`${t.name}: "${t.value}"\n`);
  for (const n of shown.numbers) out.push(`${n.name}: ${n.value}\n`);
  for (const h of shown.histograms) out.push(histogramText(h, params.histograms ?? 'summary'));
  return text(out.join(''));
}

interface Shown {
  readonly texts: readonly TextReadout[];
  readonly numbers: readonly NumberMetric[];
  readonly histograms: readonly HistogramMetric[];
}

function select(params: StatsParams, stats: StatsReader): Shown {
  const { usedOnly, keep, type } = params;
  const show = (m: { readonly name: string; readonly used: boolean }): boolean =>
    (!usedOnly || m.used) && (keep === null || keep(m.name));
  const numbers =
    type === 'All'
      ? stats.numbers
      : stats.numbers.filter((n) => (n.kind === 'counter' ? type === 'Counters' : type === 'Gauges'));
  return {
    texts: type === 'All' || type === 'TextReadouts' ? stats.texts.filter(show) : [],
    numbers: numbers.filter(show),
    histograms: type === 'All' || type === 'Histograms' ? stats.histograms.filter(show) : [],
  };
}
