/** envoy.filters.http.router: makes a router of each stream; what it does is router.ts. */
import { makeAccessLogs } from '../../access-log/access-log.ts';
import type { Router as RouterMessage } from '../../config/schema/types.ts';
import { loadShedPoint } from '../../transport/overload.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import type { HttpFilterFactory } from '../stream/filter.ts';
import { Client } from './async-client.ts';
import type { AttemptLogs } from './attempt.ts';
import { Router } from './router.ts';
import { type RouterSettings, RouterStats } from './router-settings.ts';

export async function create(message: RouterMessage, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const headersAndStats = {
    suppressEnvoyHeaders: message.suppressEnvoyHeaders ?? false,
    dynamicStats: message.dynamicStats ?? true,
  };
  const settings: RouterSettings = {
    ...headersAndStats,
    clusters: ctx.clusters,
    stats: new RouterStats(ctx.httpStats.scope),
    envoy16: ctx.envoy16,
    // Copies of requests are sent by this router's rules.
    client: new Client(ctx, headersAndStats),
    upstreamLogs: await upstreamLogs(message, ctx),
    sheds: loadShedPoint('http_downstream_filter_check'),
  };
  const { makeRouter } = ctx;
  if (makeRouter !== undefined) return { terminal: true, create: () => makeRouter(settings) };
  return { terminal: true, create: () => new Router(settings) };
}

/** upstream_log and its options. */
async function upstreamLogs(message: RouterMessage, ctx: HttpFactoryContext): Promise<AttemptLogs | null> {
  const { upstreamLog = [], upstreamLogOptions: options } = message;
  if (upstreamLog.length === 0) return null;
  const { UpstreamLogs } = await import('./upstream-log.ts');
  const loggers = await makeAccessLogs(upstreamLog, ctx, ctx.format);
  const onStream = options?.flushUpstreamLogOnUpstreamStream ?? false;
  return loggers.length === 0 ? null : new UpstreamLogs(loggers, onStream, options?.upstreamLogFlushInterval ?? 0);
}
