/**
 * envoy.filters.http.local_ratelimit: lets as many requests through as its buckets have tokens. Mirrors
 * source/extensions/filters/http/local_ratelimit/local_ratelimit.cc. Each event loop has buckets of its own (docs/behaviour.md, H126).
 */
import { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { HeaderValueOption, LocalRateLimit } from '../../config/schema/types.ts';
import { statusNumber } from '../../config/status-code.ts';
import { formatBuild } from '../../format/format-build.ts';
import type { TokenBucket } from '../../platform/token-bucket.ts';
import { type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { Counter } from '../../stats/store.ts';
import type { Connection } from '../../transport/connection.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { formatCompiler } from '../headers/body-format.ts';
import { compileMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import { loadRegexes, NO_REGEXES, needsRegex, type Regexes } from '../headers/regex.ts';
import { type Descriptor, type DescriptorSource, type LimitBuild, RateLimits } from '../route/rate-limits.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';
import { RATE_LIMITED } from '../stream/response-flags.ts';
import { LocalRateLimiter } from './local-rate-limiter.ts';

const RESOURCE_EXHAUSTED = 8;

/** `<stat_prefix>.http_local_rate_limit.` */
interface LimitStats {
  readonly enabled: Counter;
  readonly enforced: Counter;
  readonly rateLimited: Counter;
  readonly shadowMode: Counter;
  readonly ok: Counter;
}

/** One config: the filter's, or a route's. */
class Limit {
  readonly config: LocalRateLimit;
  readonly enabled: RuntimeShare;
  readonly enforced: RuntimeShare;
  readonly status: number;
  readonly grpcStatus: number | undefined;
  readonly stats: LimitStats;
  readonly requestMutations: HeaderMutations | null;
  readonly responseMutations: HeaderMutations | null;
  readonly showsLimits: boolean;
  readonly showsRetryAfter: boolean;
  /** Instead of those of routes; null: theirs. */
  private readonly ownLimits: RateLimits;
  private readonly shared: LocalRateLimiter;
  /** Of each connection; null: all have one. */
  private readonly byConnection: WeakMap<Connection, LocalRateLimiter> | null;

  constructor(c: LocalRateLimit, ctx: HttpFactoryContext, regexes: Regexes) {
    this.config = c;
    this.enabled = runtimeShare(c.filterEnabled, 0);
    this.enforced = runtimeShare(c.filterEnforced, 0);
    const code = statusNumber(c.status?.code);
    this.status = code >= 400 ? code : 429;
    this.grpcStatus = c.rateLimitedAsResourceExhausted ? RESOURCE_EXHAUSTED : undefined;
    const scope = ctx.store.scope(`${c.statPrefix ?? ''}.http_local_rate_limit.`);
    this.stats = {
      enabled: scope.counter('enabled'),
      enforced: scope.counter('enforced'),
      rateLimited: scope.counter('rate_limited'),
      shadowMode: scope.counter('shadow_mode'),
      ok: scope.counter('ok'),
    };
    const format = formatBuild(ctx, ctx.clientAddress);
    const formats = formatCompiler(format);
    const build: LimitBuild = { format, formats, regexes };
    const mutations = (
      direction: 'request' | 'response',
      list: readonly HeaderValueOption[] | undefined,
    ): HeaderMutations | null =>
      compileMutations(direction, null, [{ [`${direction}HeadersToAdd`]: list ?? [] }], false, formats);
    this.requestMutations = mutations('request', c.requestHeadersToAddWhenNotEnforced);
    this.responseMutations = mutations('response', c.responseHeadersToAdd);
    this.showsLimits = c.enableXRatelimitHeaders === 'DRAFT_VERSION_03';
    this.showsRetryAfter = c.enableRetryAfterHeader ?? false;
    this.ownLimits = new RateLimits(c.rateLimits, build, true);
    this.shared = new LocalRateLimiter(c);
    this.byConnection = c.localRateLimitPerDownstreamConnection ? new WeakMap() : null;
  }

  limiter(connection: Connection | null): LocalRateLimiter {
    const { byConnection } = this;
    if (byConnection === null || connection === null) return this.shared;
    let found = byConnection.get(connection);
    if (found === undefined) byConnection.set(connection, (found = new LocalRateLimiter(this.config)));
    return found;
  }

  descriptors(f: LocalRateLimitFilter, h: Headers): readonly Descriptor[] {
    if (!this.shared.hasDescriptors) return [];
    const { stream } = f;
    const route = stream.route();
    const cluster = route?.forward?.cluster(h)?.info;
    if (route === null || cluster === undefined) return [];
    const found: Descriptor[] = [];
    const source: DescriptorSource = { info: stream.info, request: h, cluster };
    if (!this.ownLimits.empty) {
      this.ownLimits.add(found, -1, false, source);
      return found;
    }
    const limits = route.rateLimits;
    if (limits === null) return found;
    const { vhRateLimits = 'OVERRIDE', stage = 0 } = this.config;
    const host = limits.includeHost ? 'INCLUDE' : vhRateLimits;
    limits.route.add(found, stage, false, source);
    if (host === 'INCLUDE' || (host === 'OVERRIDE' && limits.route.empty)) limits.host.add(found, stage, false, source);
    return found;
  }
}

class LocalRateLimitFilter extends StreamFilter {
  private readonly usual: Limit;
  private limit: Limit;
  private bucket: TokenBucket | null = null;

  constructor(limit: Limit) {
    super();
    this.usual = limit;
    this.limit = limit;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stream } = this;
    this.limit = stream.routeConfig<Limit>(this) ?? this.usual;
    const { limit } = this;
    const { stats } = limit;
    if (!limit.enabled.happens()) return CONTINUE;
    stats.enabled.inc();
    const { allowed, shadow, bucket } = limit.limiter(stream.connection).ask(limit.descriptors(this, h));
    this.bucket = bucket;
    if (allowed && !shadow) {
      stats.ok.inc();
      return CONTINUE;
    }
    stats.rateLimited.inc();
    if (shadow) {
      stats.shadowMode.inc();
      return CONTINUE;
    }
    if (!limit.enforced.happens()) {
      limit.requestMutations?.apply(h, stream.info, h, null);
      return CONTINUE;
    }
    stats.enforced.inc();
    stream.info.flags |= RATE_LIMITED;
    const { status, grpcStatus } = limit;
    const more = grpcStatus === undefined ? {} : { grpcStatus };
    stream.sendLocalReply({
      status,
      body: 'local_rate_limited',
      details: 'local_rate_limited',
      headers: this.headers(h),
      ...more,
    });
    return STOP;
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    const { limit, bucket } = this;
    if (bucket === null) return CONTINUE;
    if (limit.showsLimits) {
      h.set('x-ratelimit-limit', String(bucket.maxTokens));
      h.set('x-ratelimit-remaining', String(bucket.remaining));
      h.set('x-ratelimit-reset', String(bucket.secondsUntil(1)));
    }
    return CONTINUE;
  }

  /** response_headers_to_add, and retry-after. */
  private headers(request: Headers): readonly string[] {
    const { responseMutations, showsRetryAfter } = this.limit;
    const h = new Headers();
    responseMutations?.apply(h, this.stream.info, request, h);
    if (showsRetryAfter && this.bucket !== null) h.set('retry-after', String(Math.max(1, this.bucket.secondsUntil(1))));
    return h.list;
  }
}

export async function create(c: LocalRateLimit, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const regexes = needsRegex(c) ? await loadRegexes(ctx.envoy16) : NO_REGEXES;
  const limit = new Limit(c, ctx, regexes);
  return {
    terminal: false,
    create: () => new LocalRateLimitFilter(limit),
    sharesRoute: true,
    createRoute: (config, test) => {
      const route = config as LocalRateLimit;
      if (route.tokenBucket === undefined) {
        refuse(route, 'token_bucket', 'local rate limit token bucket must be set for per filter configs');
      }
      return new Limit(route, ctx, { ...regexes, test });
    },
  };
}
