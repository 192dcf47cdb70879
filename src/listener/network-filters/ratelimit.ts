/**
 * envoy.filters.network.ratelimit: asks a rate limit service about each new connection. Mirrors
 * source/extensions/filters/network/ratelimit/ratelimit.cc. What comes meanwhile is held, up to the connection's buffer limit.
 */
import type { NetworkRateLimit as Config, RateLimitResponse } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { compileText } from '../../format/compile.ts';
import { formatBuild } from '../../format/format-build.ts';
import { type Formatter, NO_LOG } from '../../format/format-context.ts';
import { loadCodec } from '../../grpc/message-codec.ts';
import { RateLimitService } from '../../http/filters/rate-limit-service.ts';
import { formatCompiler } from '../../http/headers/body-format.ts';
import type { Descriptor } from '../../http/route/rate-limits.ts';
import { NO_HEADERS } from '../../http/stream/connection-facts.ts';
import { toWire } from '../../platform/wire-text.ts';
import { shareByKey } from '../../runtime/runtime.ts';
import type { Counter, Gauge } from '../../stats/store.ts';
import type { ConnectionInfo } from '../connection-info.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory } from '../network-filter.ts';

const NAMESPACE = 'envoy.filters.network.ratelimit';

type Entries = readonly { readonly key: string; readonly value: Formatter }[];

/** Runtime keys that Envoy looks at by itself, percents. */
const ENABLED = 'ratelimit.tcp_filter_enabled';
const ENFORCING = 'ratelimit.tcp_filter_enforcing';
const ALWAYS = { numerator: 100 };

class RateLimit {
  readonly enabled = shareByKey(ENABLED, ALWAYS);
  readonly enforcing = shareByKey(ENFORCING, ALWAYS);
  readonly failureModeDeny: boolean;
  readonly total: Counter;
  readonly error: Counter;
  readonly overLimit: Counter;
  readonly ok: Counter;
  readonly failureModeAllowed: Counter;
  readonly cxClosed: Counter;
  readonly active: Gauge;
  private readonly service: RateLimitService;
  private readonly domain: string;
  private readonly descriptors: readonly Entries[];

  constructor(c: Config, ctx: FactoryContext, service: RateLimitService) {
    this.service = service;
    this.domain = c.domain ?? '';
    this.failureModeDeny = c.failureModeDeny ?? false;
    const build = formatBuild(ctx, () => undefined);
    this.descriptors = (c.descriptors ?? []).map((d) =>
      (d.entries ?? []).map((e) => ({ key: toWire(e.key ?? ''), value: compileText(e.value ?? '', build) })),
    );
    const scope = ctx.store.scope(`ratelimit.${c.statPrefix ?? ''}.`);
    this.total = scope.counter('total');
    this.error = scope.counter('error');
    this.overLimit = scope.counter('over_limit');
    this.ok = scope.counter('ok');
    this.failureModeAllowed = scope.counter('failure_mode_allowed');
    this.cxClosed = scope.counter('cx_closed');
    this.active = scope.gauge('active');
  }

  ask(info: ConnectionInfo, done: (answer: RateLimitResponse | null) => void): { cancel(): void } {
    const descriptors: Descriptor[] = this.descriptors.map((entries) => ({
      entries: entries.map(({ key, value }) => ({ key, value: value(info, NO_LOG) })),
      limit: null,
      hitsAddend: -1,
      negativeHits: false,
      xHeaders: null,
    }));
    const stream = {
      request: NO_HEADERS,
      info,
      failed(error: unknown): void {
        throw error;
      },
    };
    return this.service.ask(this.domain, descriptors, 0, stream, done);
  }
}

class RateLimitFilter implements ReadFilter {
  private readonly callbacks: ReadFilterCallbacks;
  private readonly limit: RateLimit;
  private call: { cancel(): void } | null = null;

  constructor(callbacks: ReadFilterCallbacks, limit: RateLimit) {
    this.callbacks = callbacks;
    this.limit = limit;
  }

  onNewConnection(): 'continue' | 'stop' {
    const { limit } = this;
    if (!limit.enabled.happens()) return 'continue';
    limit.active.inc();
    limit.total.inc();
    this.call = limit.ask(this.callbacks.info, (answer) => {
      this.call = null;
      limit.active.dec();
      this.answered(answer);
    });
    return 'stop';
  }

  private answered(answer: RateLimitResponse | null): void {
    const { limit } = this;
    const { connection, info } = this.callbacks;
    const metadata = answer?.dynamicMetadata;
    if (metadata !== undefined && Object.keys(metadata).length > 0) info.addMetadata(NAMESPACE, { ...metadata });
    if (answer === null) {
      limit.error.inc();
      if (limit.failureModeDeny) {
        limit.cxClosed.inc();
        connection.close('noFlush', 'ratelimit_error_failure_mode_connection_close');
        return;
      }
      limit.failureModeAllowed.inc();
    } else if (answer.overallCode === 'OVER_LIMIT') {
      limit.overLimit.inc();
      if (limit.enforcing.happens()) {
        limit.cxClosed.inc();
        connection.close('noFlush', 'ratelimit_close_over_limit');
        return;
      }
    } else {
      limit.ok.inc();
    }
    this.callbacks.continueReading(this);
  }

  onClose(): void {
    if (this.call === null) return;
    this.call.cancel();
    this.call = null;
    this.limit.active.dec();
  }
}

export async function create(c: Config, ctx: FactoryContext): Promise<ReadFilterFactory> {
  const codecs = [
    await loadCodec('envoy.service.ratelimit.v3.RateLimitRequest'),
    await loadCodec('envoy.service.ratelimit.v3.RateLimitResponse'),
  ] as const;
  const formats = formatCompiler(formatBuild(ctx, () => undefined));
  const service = new RateLimitService(c.rateLimitService ?? {}, c.timeout, ctx, formats, codecs);
  const limit = new RateLimit(c, ctx, service);
  return { terminal: false, create: (callbacks) => new RateLimitFilter(callbacks, limit) };
}
