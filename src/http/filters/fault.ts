/**
 * envoy.filters.http.fault: delays a share of the requests, aborts a share, slows down a share of the answers.
 * Mirrors source/extensions/filters/http/fault/fault_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { HTTPFault } from '../../config/schema/types.ts';
import type { Counter, Gauge } from '../../stats/store.ts';
import { Timer } from '../../transport/timers.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { filterRegexes } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_NO_BUFFER,
  STOP_WATERMARK,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { DELAY_INJECTED, FAULT_INJECTED } from '../stream/response-flags.ts';
import { compileFault, type FaultSettings } from './fault-settings.ts';
import { DEFAULT_FILL_INTERVAL_MS, onward, SliceBucket, StreamRateLimiter } from './stream-rate-limiter.ts';

/** `http.<stat_prefix>.fault.` */
interface FaultStats {
  readonly abortsInjected: Counter;
  readonly delaysInjected: Counter;
  readonly faultsOverflow: Counter;
  readonly responseRlInjected: Counter;
  readonly activeFaults: Gauge;
}

class FaultFilter extends StreamFilter {
  private readonly stats: FaultStats;
  private settings: FaultSettings;
  private request: Headers | null = null;
  /** Null while nothing is delayed. */
  private delay: Timer | null = null;
  private limiter: StreamRateLimiter | null = null;
  /** Counted among the active faults. */
  private active = false;

  constructor(settings: FaultSettings, stats: FaultStats) {
    super();
    this.settings = settings;
    this.stats = stats;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stream, stats } = this;
    this.settings = stream.routeConfig<FaultSettings>(this) ?? this.settings;
    const { settings } = this;
    if (!this.concerns(h)) return CONTINUE;
    this.limitResponse(h);
    const ms = settings.delay?.ms(h, downstreamCluster(h)) ?? 0;
    if (ms > 0 && this.activate()) {
      this.request = h;
      this.delay = new Timer(() => this.delayed());
      this.delay.arm(ms);
      stats.delaysInjected.inc();
      this.tell(DELAY_INJECTED);
      return STOP;
    }
    return this.abort(h) ? STOP : CONTINUE;
  }

  override decodeData(): DataStatus {
    return this.delay === null ? CONTINUE : STOP_WATERMARK;
  }
  override decodeTrailers(): TrailersStatus {
    return this.delay === null ? CONTINUE : STOP;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.limiter === null) return CONTINUE;
    this.limiter.push(data, endStream);
    return STOP_NO_BUFFER;
  }
  override encodeTrailers(): TrailersStatus {
    return this.limiter?.onTrailers() === true ? STOP : CONTINUE;
  }

  override onDestroy(): void {
    this.delay?.cancel();
    this.delay = null;
    this.limiter?.stop();
    if (this.active) this.stats.activeFaults.dec();
    this.active = false;
  }

  private concerns(h: Headers): boolean {
    const { upstreamCluster, downstreamNodes, matchers } = this.settings;
    if (upstreamCluster !== '') {
      const forward = this.stream.route()?.forward;
      if (forward == null || forward.clusterName(h) !== upstreamCluster) return false;
    }
    if (downstreamNodes.size > 0 && !downstreamNodes.has(h.get('x-envoy-downstream-service-node') ?? '')) return false;
    return matchers.every((m) => m.matches(h));
  }

  private delayed(): void {
    this.delay = null;
    if (!this.abort(this.request as Headers)) this.stream.continueDecoding(this);
  }

  /** True: answered. */
  private abort(h: Headers): boolean {
    const { abort } = this.settings;
    const status = abort?.status(h, downstreamCluster(h)) ?? null;
    if (abort === null || status === null || !this.activate()) return false;
    this.stats.abortsInjected.inc();
    this.tell(FAULT_INJECTED);
    const { http, grpc } = status;
    this.stream.sendLocalReply({
      status: grpc >= 0 ? 200 : http,
      body: abort.body || 'fault filter abort',
      details: 'fault_filter_abort',
      ...(grpc >= 0 ? { grpcStatus: grpc } : {}),
    });
    return true;
  }

  private limitResponse(h: Headers): void {
    const kbps = this.settings.rate?.kbps(h) ?? 0;
    if (kbps === 0 || !this.activate()) return;
    const { stream } = this;
    this.stats.responseRlInjected.inc();
    const bucket = new SliceBucket(kbps, DEFAULT_FILL_INTERVAL_MS, 1);
    this.limiter = new StreamRateLimiter(bucket, stream.bufferLimit, onward(this, false));
  }

  /** One more, unless there are as many as there may be. */
  private activate(): boolean {
    if (this.active) return true;
    const { activeFaults, faultsOverflow } = this.stats;
    if (activeFaults.value >= this.settings.maxActiveFaults.value) {
      faultsOverflow.inc();
      return false;
    }
    activeFaults.inc();
    this.active = true;
    return true;
  }

  private tell(flag: number): void {
    const { info } = this.stream;
    info.flags |= flag;
    const { metadata } = this.settings;
    if (metadata !== null) info.addMetadata('envoy.filters.http.fault', metadata);
  }
}

export async function create(c: HTTPFault, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { scope } = ctx.httpStats;
  const settings = compileFault(c, await filterRegexes(c, ctx.envoy16));
  const stats: FaultStats = {
    abortsInjected: scope.counter('fault.aborts_injected'),
    delaysInjected: scope.counter('fault.delays_injected'),
    faultsOverflow: scope.counter('fault.faults_overflow'),
    responseRlInjected: scope.counter('fault.response_rl_injected'),
    activeFaults: scope.gauge('fault.active_faults'),
  };
  return {
    terminal: false,
    create: () => new FaultFilter(settings, stats),
    createRoute: (config, regex) => compileFault(config as HTTPFault, regex),
  };
}

const downstreamCluster = (h: Headers): string => h.get('x-envoy-downstream-service-cluster') ?? '';
