/**
 * What a route says about its tries and copies of a request, beside where it goes. Null for the usual route, which says nothing of it: a
 * request then pays one look.
 */
import { each } from '../../config/refusal.ts';
import type { RouteConfiguration, Route as RouteMessage, VirtualHost as VhMessage } from '../../config/schema/types.ts';
import { compileInternalRedirects, type InternalRedirects } from './internal-redirect-policy.ts';
import { MirrorPolicy } from './mirror-policy.ts';
import { compileRetryPolicy, type RetrySettings } from './retry-policy.ts';
import type { RouteBuild } from './route-context.ts';

export interface ForwardPolicies {
  readonly retry: RetrySettings | null;
  /** A try that is too slow goes on beside the next one. */
  readonly hedgeOnPerTryTimeout: boolean;
  readonly redirects: InternalRedirects | null;
  readonly mirrors: readonly MirrorPolicy[];
  /** Bytes of a request that are kept, or may be ahead of a slow mirror; Infinity: the stream's own limit. */
  readonly bufferLimit: number;
  /** x-envoy-attempt-count to the host, and to the client. */
  readonly attemptCountInRequest: boolean;
  readonly attemptCountInResponse: boolean;
  /** x-envoy-is-timeout-retry to the host of a further try. */
  readonly timeoutRetryInRequest: boolean;
}

/** The most specific level counts, as a whole. */
export function compilePolicies(
  config: RouteMessage,
  [host, table]: readonly [VhMessage, RouteConfiguration],
  build: RouteBuild,
): ForwardPolicies | null {
  const { route } = config;
  const limit = bufferLimit(config, host);
  const retry = route?.retryPolicy ?? host.retryPolicy;
  const hedge = route?.hedgePolicy ?? host.hedgePolicy;
  const attemptCountInRequest = host.includeRequestAttemptCount ?? false;
  const attemptCountInResponse = host.includeAttemptCountInResponse ?? false;
  const timeoutRetryInRequest = host.includeIsTimeoutRetryHeader ?? false;
  if (route === undefined) return null;
  const redirects = compileInternalRedirects(route);
  const mirrors = [route, host, table].find((level) => (level.requestMirrorPolicies ?? []).length > 0);
  const hedgeOnPerTryTimeout = hedge?.hedgeOnPerTryTimeout ?? false;
  if (retry === undefined && redirects === null && mirrors === undefined && limit === Number.POSITIVE_INFINITY) {
    if (!attemptCountInRequest && !attemptCountInResponse && !timeoutRetryInRequest && !hedgeOnPerTryTimeout)
      return null;
  }
  return {
    retry: retry === undefined ? null : compileRetryPolicy(retry, build.regexes.test, build.envoy16),
    hedgeOnPerTryTimeout,
    redirects,
    mirrors: each(mirrors?.requestMirrorPolicies, (m) => new MirrorPolicy(m, build)),
    bufferLimit: limit,
    attemptCountInRequest,
    attemptCountInResponse,
    timeoutRetryInRequest,
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
