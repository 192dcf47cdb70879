/** envoy.filters.http.bandwidth_limit: bodies pass at so many bytes a second, all streams together. Mirrors source/extensions/filters/http/bandwidth_limit. */
import { refuse } from '../../config/refusal.ts';
import type { BandwidthLimit } from '../../config/schema/types.ts';
import { turnMs } from '../../platform/clock.ts';
import { type RuntimeValue, runtimeFlag } from '../../runtime/runtime.ts';
import type { Counter, Gauge, Histogram, Scope } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { DEFAULT_FILL_INTERVAL_MS, onward, SliceBucket, StreamRateLimiter } from './stream-rate-limiter.ts';

/** `<stat_prefix>.http_bandwidth_limit.request_…` or `response_…`. */
class DirectionStats {
  readonly enabled: Counter;
  readonly enforced: Counter;
  readonly pending: Gauge;
  readonly incomingSize: Gauge;
  readonly incomingTotal: Counter;
  readonly allowedSize: Gauge;
  readonly allowedTotal: Counter;
  readonly duration: Histogram;

  constructor(scope: Scope, direction: string) {
    this.enabled = scope.counter(`${direction}_enabled`);
    this.enforced = scope.counter(`${direction}_enforced`);
    this.pending = scope.gauge(`${direction}_pending`);
    this.incomingSize = scope.gauge(`${direction}_incoming_size`);
    this.incomingTotal = scope.counter(`${direction}_incoming_total_size`);
    this.allowedSize = scope.gauge(`${direction}_allowed_size`);
    this.allowedTotal = scope.counter(`${direction}_allowed_total_size`);
    this.duration = scope.histogram(`${direction}_transfer_duration`, 'ms');
  }
}

/** One config: the filter's, or a route's. */
class Limit {
  readonly request: boolean;
  readonly response: boolean;
  readonly enabled: RuntimeValue<boolean>;
  readonly requestStats: DirectionStats;
  readonly responseStats: DirectionStats;
  readonly bucket: SliceBucket | null;

  constructor(c: BandwidthLimit, ctx: HttpFactoryContext) {
    const mode = c.enableMode ?? 'DISABLED';
    this.enabled = runtimeFlag(c.runtimeEnabled, true);
    this.request = mode === 'REQUEST' || mode === 'REQUEST_AND_RESPONSE';
    this.response = mode === 'RESPONSE' || mode === 'REQUEST_AND_RESPONSE';
    const scope = ctx.store.scope(`${c.statPrefix ?? ''}.http_bandwidth_limit.`);
    this.requestStats = new DirectionStats(scope, 'request');
    this.responseStats = new DirectionStats(scope, 'response');
    const { limitKbps } = c;
    this.bucket =
      limitKbps === undefined ? null : new SliceBucket(limitKbps, c.fillInterval ?? DEFAULT_FILL_INTERVAL_MS, 1);
  }
}

/** A body on its way. */
class Transfer {
  readonly limiter: StreamRateLimiter;
  private readonly stats: DirectionStats;
  private readonly startMs: number;
  private open = true;

  constructor(f: StreamFilter, decode: boolean, bucket: SliceBucket, stats: DirectionStats) {
    const out = onward(f, decode);
    this.stats = stats;
    this.startMs = turnMs();
    stats.pending.inc();
    this.limiter = new StreamRateLimiter(bucket, f.stream.bufferLimit, {
      write: (data, end) => {
        stats.allowedSize.set(data.length);
        stats.allowedTotal.add(data.length);
        if (this.limiter.waiting > 0) stats.enforced.inc();
        if (end) this.done();
        out.write(data, end);
      },
      goOn: () => {
        this.done();
        out.goOn();
      },
      pause: out.pause,
    });
  }

  push(data: Buffer, end: boolean): void {
    this.stats.incomingSize.set(data.length);
    this.stats.incomingTotal.add(data.length);
    this.limiter.push(data, end);
  }

  trailers(): boolean {
    const waits = this.limiter.onTrailers();
    if (!waits) this.done();
    return waits;
  }

  stop(): void {
    this.limiter.stop();
    if (this.open) this.stats.pending.dec();
    this.open = false;
  }

  private done(): void {
    if (!this.open) return;
    this.open = false;
    this.stats.pending.dec();
    this.stats.duration.record(Math.floor(turnMs() - this.startMs));
  }
}

class BandwidthLimitFilter extends StreamFilter {
  private limit: Limit;
  private request: Transfer | null = null;
  private response: Transfer | null = null;

  constructor(limit: Limit) {
    super();
    this.limit = limit;
  }

  override decodeHeaders(_h: unknown, endStream: boolean): HeadersStatus {
    this.limit = this.stream.routeConfig<Limit>(this) ?? this.limit;
    const { bucket, request, requestStats, enabled } = this.limit;
    if (request && bucket !== null && enabled.value) {
      requestStats.enabled.inc();
      if (!endStream) this.request = new Transfer(this, true, bucket, requestStats);
    }
    return CONTINUE;
  }
  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.request === null) return CONTINUE;
    this.request.push(data, endStream);
    return STOP_NO_BUFFER;
  }
  override decodeTrailers(): TrailersStatus {
    return this.request?.trailers() === true ? STOP : CONTINUE;
  }

  override encodeHeaders(_h: unknown, endStream: boolean): HeadersStatus {
    const { bucket, response, responseStats, enabled } = this.limit;
    if (response && bucket !== null && enabled.value) {
      responseStats.enabled.inc();
      if (!endStream) this.response = new Transfer(this, false, bucket, responseStats);
    }
    return CONTINUE;
  }
  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.response === null) return CONTINUE;
    this.response.push(data, endStream);
    return STOP_NO_BUFFER;
  }
  override encodeTrailers(): TrailersStatus {
    return this.response?.trailers() === true ? STOP : CONTINUE;
  }

  override onDestroy(): void {
    this.request?.stop();
    this.response?.stop();
  }
}

export function create(c: BandwidthLimit, ctx: HttpFactoryContext): HttpFilterFactory {
  const limit = new Limit(c, ctx);
  return {
    terminal: false,
    create: () => new BandwidthLimitFilter(limit),
    sharesRoute: true,
    createRoute: (config) => {
      const route = config as BandwidthLimit;
      if (route.limitKbps === undefined) {
        refuse(route, 'limit_kbps', 'bandwidthlimitfilter: limit must be set for per route filter config');
      }
      return new Limit(route, ctx);
    },
  };
}
