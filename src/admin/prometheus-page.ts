/**
 * /stats/prometheus: first the proxy's metrics in Envoy's exact text (stats/prometheus.ts), then those of the process
 * from prom-client's registry (process-metrics.ts). prom-client's own serializer writes `# HELP` lines, no `{}` and
 * another order, so Envoy's part does not go through it. With a filter or `usedonly` only Envoy's part is shown.
 */
import type { TextWriter } from '../platform/text-writer.ts';
import { PrometheusView } from '../stats/prometheus.ts';
import type { StatsReader } from '../stats/reader.ts';
import { TagRules } from '../stats/tags.ts';
import { type AdminResponse, text } from './respond.ts';
import type { ServerView } from './server-view.ts';
import type { StatsParams } from './stats-params.ts';

/** Kept with the reader: names and labels are worked out on the first scrape. */
const views = new WeakMap<StatsReader, PrometheusView>();

export function prometheusPage(params: StatsParams, server: ServerView): AdminResponse {
  const mode = params.histograms;
  if (mode === 'disjoint' || mode === 'detailed') return text('unsupported prometheus histogram bucket mode', 400);
  if (mode === 'prometheusnative') {
    return text('native histograms need the protobuf exposition format, which is not built in\n', 400);
  }
  if (server.statsFlushOnAdmin) server.flushStats();
  let view = views.get(server.stats);
  if (view === undefined) {
    const { rules = TagRules.defaults(server.statsTags), edgesOf } = server.statsSettings ?? {};
    views.set(server.stats, (view = new PrometheusView(server.stats, rules, edgesOf)));
  }
  return text((out) => write(out, view, params, server.statsTags));
}

function* write(
  out: TextWriter,
  view: PrometheusView,
  params: StatsParams,
  tags: ServerView['statsTags'],
): Generator<null | Promise<unknown>, void> {
  yield* view.render(out, {
    usedOnly: params.usedOnly,
    keep: params.keep,
    histograms: params.histograms === 'summary' ? 'summary' : 'buckets',
  });
  if (params.keep !== null || params.usedOnly) return;
  // Loaded once, in slices of their own.
  process.getBuiltinModule('node:perf_hooks');
  yield null;
  const loading = import('./process-metrics.ts');
  let loaded!: Awaited<typeof loading>;
  yield loading.then((module) => {
    loaded = module;
  });
  yield* loaded.writeProcessMetrics(out, Object.fromEntries(tags.map((tag) => [tag.name, tag.value])));
}
