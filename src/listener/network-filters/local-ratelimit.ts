/**
 * envoy.filters.network.local_ratelimit: as many new connections go on as a bucket has tokens; others are closed. Mirrors
 * source/extensions/filters/network/local_ratelimit/local_ratelimit.cc. Each event loop has buckets of its own (docs/behaviour.md, N1).
 */
import { refuse } from '../../config/refusal.ts';
import type { NetworkLocalRateLimit as Config } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { UPSTREAM_RETRY_LIMIT_EXCEEDED } from '../../http/stream/response-flags.ts';
import { TokenBucket } from '../../platform/token-bucket.ts';
import { runtimeFlag } from '../../runtime/runtime.ts';
import type { ReadFilter, ReadFilterFactory } from '../network-filter.ts';

const MIN_FILL_MS = 50;
const REASON = 'local_ratelimit_close_over_limit';
const PASS: ReadFilter = {};

/** Of filters with one share_key and equal buckets, while one of these filters is there. */
const shared = new Map<string, WeakRef<TokenBucket>>();

function bucketOf(config: Config): TokenBucket {
  const { maxTokens = 0, tokensPerFill = 1, fillInterval = 0 } = config.tokenBucket ?? {};
  if (fillInterval < MIN_FILL_MS) {
    refuse(config.tokenBucket ?? config, 'fill_interval', 'local rate limit token bucket fill timer must be >= 50ms');
  }
  const { shareKey = '' } = config;
  if (shareKey === '') return new TokenBucket(maxTokens, tokensPerFill, fillInterval);
  const key = JSON.stringify([shareKey, maxTokens, tokensPerFill, fillInterval]);
  let bucket = shared.get(key)?.deref();
  if (bucket === undefined) {
    for (const [name, ref] of shared) if (ref.deref() === undefined) shared.delete(name);
    bucket = new TokenBucket(maxTokens, tokensPerFill, fillInterval);
    shared.set(key, new WeakRef(bucket));
  }
  return bucket;
}

export function create(config: Config, ctx: FactoryContext): ReadFilterFactory {
  const bucket = bucketOf(config);
  const limited = ctx.store.scope(`local_rate_limit.${config.statPrefix ?? ''}.`).counter('rate_limited');
  const enabled = runtimeFlag(config.runtimeEnabled, true);
  return {
    terminal: false,
    create: (callbacks) =>
      enabled.value
        ? {
            onNewConnection() {
              if (bucket.take()) return 'continue';
              limited.inc();
              callbacks.info.flag(UPSTREAM_RETRY_LIMIT_EXCEEDED);
              callbacks.connection.close('noFlush', REASON);
              return 'stop';
            },
          }
        : PASS,
  };
}
