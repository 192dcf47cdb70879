/** envoy.filters.http.router: makes a router of each stream; what it does is router.ts. */
import type { Router as RouterMessage } from '../../config/schema/types.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import type { HttpFilterFactory } from '../stream/filter.ts';
import { Client } from './async-client.ts';
import { Router } from './router.ts';
import { type RouterSettings, RouterStats } from './router-settings.ts';

export function create(message: RouterMessage, ctx: HttpFactoryContext): HttpFilterFactory {
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
  };
  return { terminal: true, create: () => new Router(settings) };
}
