/**
 * /stats/prometheus: first the proxy's metrics in Envoy's exact text (stats/prometheus.ts), then those of the process
 * from prom-client's registry (process-metrics.ts). prom-client's own serializer writes `# HELP` lines, no `{}` and
 * another order, so Envoy's part does not go through it. With a filter or `usedonly` only Envoy's part is shown.
 */
import { PrometheusView } from '../stats/prometheus.ts';
import type { StatsReader } from '../stats/reader.ts';
import { type AdminResponse, text } from './respond.ts';
import type { ServerView } from './server-view.ts';
import type { StatsParams } from './stats-params.ts';

/** Kept with the reader: names and labels are worked out on the first scrape. */
const views = new WeakMap<StatsReader, PrometheusView>();

export async function prometheusPage(params: StatsParams, server: ServerView): Promise<AdminResponse> {
  const mode = params.histograms;
  if (mode === 'disjoint' || mode === 'detailed') return text('unsupported prometheus histogram bucket mode', 400);
  if (mode === 'prometheusnative') {
    return text('native histograms need the protobuf exposition format, which is not built in\n', 400);
  }
  if (server.statsFlushOnAdmin) server.flushStats();
  let view = views.get(server.stats);
  if (view === undefined) views.set(server.stats, (view = new PrometheusView(server.stats, server.statsTags)));
  const proxy = view.render({
    usedOnly: params.usedOnly,
    keep: params.keep,
    textReadouts: params.textReadouts,
    histograms: mode === 'summary' ? 'summary' : 'buckets',
  });
  if (params.keep !== null || params.usedOnly) return text(proxy);
  const { processMetrics } = await import('./process-metrics.ts');
  return text(proxy + (await processMetrics(Object.fromEntries(server.statsTags.map((tag) => [tag.name, tag.value])))));
}
