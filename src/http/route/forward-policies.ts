/** What a route says about its tries and copies of a request, beside where it goes. Null for the usual route, which says nothing of it: a request then pays one look. */
import { each } from '../../config/refusal.ts';
import type { RouteConfiguration, Route as RouteMessage, VirtualHost as VhMessage } from '../../config/schema/types.ts';
import { MirrorPolicy } from './mirror-policy.ts';
import type { RouteBuild } from './route-context.ts';

export interface ForwardPolicies {
  readonly mirrors: readonly MirrorPolicy[];
  /** Bytes of a request that are kept, or may be ahead of a slow mirror; Infinity: the stream's own limit. */
  readonly bufferLimit: number;
}

/** The most specific level counts, as a whole. */
export function compilePolicies(
  config: RouteMessage,
  [host, table]: readonly [VhMessage, RouteConfiguration],
  build: RouteBuild,
): ForwardPolicies | null {
  const { route } = config;
  const limit = bufferLimit(config, host);
  if (route === undefined) return null;
  const mirrors = [route, host, table].find((level) => (level.requestMirrorPolicies ?? []).length > 0);
  if (mirrors === undefined) return null;
  return {
    mirrors: each(mirrors.requestMirrorPolicies, (m) => new MirrorPolicy(m, build)),
    bufferLimit: limit,
  };
}

function bufferLimit(route: RouteMessage, host: VhMessage): number {
  return (
    route.requestBodyBufferLimit ??
    host.requestBodyBufferLimit ??
    route.perRequestBufferLimitBytes ??
    host.perRequestBufferLimitBytes ??
    Number.POSITIVE_INFINITY
  );
}
