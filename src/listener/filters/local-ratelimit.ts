/**
 * envoy.filters.listener.local_ratelimit: as many new sockets as a bucket has tokens. Mirrors
 * source/extensions/filters/listener/local_ratelimit/local_ratelimit.cc. Each event loop has a bucket of its own.
 */
import { refuse } from '../../config/refusal.ts';
import type { ListenerLocalRateLimit } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { TokenBucket } from '../../platform/token-bucket.ts';
import { runtimeFlag } from '../../runtime/runtime.ts';
import type { ListenerFilter, ListenerFilterFactory } from '../listener-filter.ts';

/** ms: buckets that fill more often are refused. */
const MIN_FILL_INTERVAL = 50;

const CLOSES: ListenerFilter = { maxBytes: 0, onData: () => 'close' };

export function create(config: ListenerLocalRateLimit, ctx: FactoryContext): ListenerFilterFactory {
  const { statPrefix = '', tokenBucket: bucket = {}, runtimeEnabled } = config;
  const limited = ctx.store.scope(`listener_local_ratelimit.${statPrefix}.`).counter('rate_limited');
  const { maxTokens = 0, tokensPerFill = 1, fillInterval = 0 } = bucket;
  if (fillInterval < MIN_FILL_INTERVAL) {
    refuse(bucket, 'fill_interval', 'local rate limit token bucket fill timer must be >= 50ms');
  }
  const tokens = new TokenBucket(maxTokens, tokensPerFill, fillInterval);
  const enabled = runtimeFlag(runtimeEnabled, true);
  return {
    name: 'envoy.filters.listener.local_ratelimit',
    create() {
      if (!enabled.value || tokens.take()) return null;
      limited.inc();
      return CLOSES;
    },
  };
}
