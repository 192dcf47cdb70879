/**
 * envoy.filters.http.grpc_stats: calls and messages of gRPC as statistics of the cluster, by service and method. Mirrors
 * source/extensions/filters/http/grpc_stats/grpc_stats_filter.cc and source/common/grpc/context_impl.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { GrpcStatsFilterConfig as FilterConfig } from '../../config/schema/types.ts';
import { TIMINGS } from '../../format/format-context.ts';
import { type FieldWriter, SharedMessage } from '../../format/shared-message.ts';
import { FRAME_HEAD_BYTES } from '../../grpc/frames.ts';
import { turnMs } from '../../platform/clock.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { Counter, Histogram, Scope } from '../../stats/store.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { isGrpcAnswer } from '../grpc.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';

const FILTER = 'envoy.filters.http.grpc_stats';
/** Names of a cluster that clients make by what they ask for, and hosts by what they answer. Those beyond are counted without a method, or as failures alone. */
const MAX_METHODS = 1000;
const MAX_STATUSES = 100;

/** Counts how many messages have begun: their heads are looked at, their flags are not (Grpc::FrameInspector). */
class MessageCounter {
  count = 0;
  /** Bytes of the head that have come. */
  private head = 0;
  private length = 0;
  /** Bytes of the message that are still to come. */
  private rest = 0;

  /** How many more begin in `data`. */
  inspect(data: Buffer): number {
    const before = this.count;
    for (let i = 0; i < data.length; ) {
      if (this.rest > 0) {
        const n = Math.min(this.rest, data.length - i);
        this.rest -= n;
        i += n;
        continue;
      }
      if (this.head === 0) {
        this.count++;
        this.length = 0;
      } else this.length = this.length * 256 + data[i];
      i++;
      if (++this.head < FRAME_HEAD_BYTES) continue;
      this.head = 0;
      this.rest = this.length;
    }
    return this.count - before;
  }
}

/** `cluster.<c>.grpc[.<service>.<method>].`; each comes to be when it is first counted. */
class CallStats {
  private readonly scope: Scope;
  private success: Counter | null = null;
  private failure: Counter | null = null;
  private total: Counter | null = null;
  private requests: Counter | null = null;
  private responses: Counter | null = null;
  private time: Histogram | null = null;
  private readonly statuses = new Map<string, Counter>();

  constructor(scope: Scope) {
    this.scope = scope;
  }

  countStatus(status: string): void {
    let counter = this.statuses.get(status);
    if (counter === undefined && this.statuses.size < MAX_STATUSES) {
      this.statuses.set(status, (counter = this.scope.counter(status)));
    }
    counter?.inc();
    if (status === '0') (this.success ??= this.scope.counter('success')).inc();
    else (this.failure ??= this.scope.counter('failure')).inc();
    (this.total ??= this.scope.counter('total')).inc();
  }
  countRequests(n: number): void {
    (this.requests ??= this.scope.counter('request_message_count')).add(n);
  }
  countResponses(n: number): void {
    (this.responses ??= this.scope.counter('response_message_count')).add(n);
  }
  recordTime(ms: number): void {
    (this.time ??= this.scope.histogram('upstream_rq_time', 'ms')).record(ms);
  }
}

/** Of one cluster. */
class ClusterCalls {
  private readonly scope: Scope;
  private readonly methods = new Map<string, CallStats>();
  private readonly other: CallStats;

  constructor(scope: Scope) {
    this.scope = scope;
    this.other = new CallStats(scope.scope('grpc.'));
  }

  /** `name`: `service.method`; null for none. */
  get(name: string | null): CallStats {
    if (name === null) return this.other;
    let stats = this.methods.get(name);
    if (stats === undefined) {
      if (this.methods.size >= MAX_METHODS) return this.other;
      this.methods.set(name, (stats = new CallStats(this.scope.scope(`grpc.${name}.`))));
    }
    return stats;
  }
}

class Settings {
  readonly emitFilterState: boolean;
  readonly upstreamStats: boolean;
  private readonly all: boolean;
  private readonly replaceDots: boolean;
  /** `service/method` → how it is called. */
  private readonly allowed: ReadonlyMap<string, string>;
  private readonly clusters = new WeakMap<ClusterInfo, ClusterCalls>();

  constructor(c: FilterConfig) {
    this.emitFilterState = c.emitFilterState ?? false;
    this.upstreamStats = c.enableUpstreamStats ?? false;
    this.all = c.statsForAllMethods ?? false;
    this.replaceDots = c.replaceDotsInGrpcServiceName ?? false;
    const allowed = new Map<string, string>();
    for (const { name = '', methodNames = [] } of c.individualMethodStatsAllowlist?.services ?? []) {
      for (const method of methodNames) {
        allowed.set(toWire(`${name}/${method}`), toWire(`${name}.${method}`));
      }
    }
    this.allowed = allowed;
  }

  /** Null: the path is none of a method's. */
  callsOf(cluster: ClusterInfo, path: string): CallStats | null {
    const mark = path.indexOf('?');
    const parts = (mark < 0 ? path : path.slice(0, mark)).split('/').filter((part) => part !== '');
    if (parts.length !== 2) return null;
    const [service, method] = parts;
    let calls = this.clusters.get(cluster);
    if (calls === undefined) this.clusters.set(cluster, (calls = new ClusterCalls(cluster.stats.scope)));
    if (!this.all) return calls.get(this.allowed.get(`${service}/${method}`) ?? null);
    return calls.get(`${this.replaceDots ? service.replaceAll('.', '_') : service}.${method}`);
  }
}

/** What is shared of a stream: envoy.extensions.filters.http.grpc_stats.v3.FilterObject. */
class MessageCounts extends SharedMessage {
  readonly typeName = 'envoy.extensions.filters.http.grpc_stats.v3.FilterObject';
  asked = 0;
  answered = 0;

  json(): object {
    const json: Record<string, string> = {};
    if (this.asked > 0) json['requestMessageCount'] = String(this.asked);
    if (this.answered > 0) json['responseMessageCount'] = String(this.answered);
    return json;
  }
  plain(): string {
    return `${this.asked},${this.answered}`;
  }
  write(w: FieldWriter): void {
    if (this.asked > 0) w.uint(1, this.asked);
    if (this.answered > 0) w.uint(2, this.answered);
  }
}

class GrpcStatsFilter extends StreamFilter {
  private readonly settings: Settings;
  private readonly asked = new MessageCounter();
  private readonly answered = new MessageCounter();
  private calls: CallStats | null = null;
  private shared: MessageCounts | null = null;
  private request = false;
  private response = false;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stream, settings } = this;
    this.request = stream.grpcRequest;
    if (!this.request) return CONTINUE;
    const cluster = stream.route()?.forward?.cluster(h) ?? null;
    if (cluster !== null) this.calls = settings.callsOf(cluster.info, h.path);
    return CONTINUE;
  }

  override decodeData(data: Buffer): DataStatus {
    if (!this.request) return CONTINUE;
    const more = this.asked.inspect(data);
    if (more > 0) {
      this.emit();
      this.calls?.countRequests(more);
    }
    return CONTINUE;
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    this.response = isGrpcAnswer(h, endStream);
    this.countStatus(h);
    if (endStream) this.recordTime();
    return CONTINUE;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.response) {
      const more = this.answered.inspect(data);
      if (more > 0) {
        this.emit();
        this.calls?.countResponses(more);
      }
    }
    if (endStream) this.recordTime();
    return CONTINUE;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    this.countStatus(trailers);
    this.recordTime();
    return CONTINUE;
  }

  private countStatus(h: Headers): void {
    if (this.calls === null) return;
    const status = h.get('grpc-status');
    if (status !== undefined) this.calls.countStatus(status);
  }

  /** From the last byte that went to the host to the last that came. */
  private recordTime(): void {
    const { timings } = this.stream.info;
    if (!this.settings.upstreamStats || this.calls === null || timings === null || timings.upstreamTxLast < 0) return;
    const end = timings.upstreamRxLast < 0 ? turnMs() : timings.upstreamRxLast;
    this.calls.recordTime(Math.floor(end - timings.upstreamTxLast));
  }

  private emit(): void {
    if (!this.settings.emitFilterState) return;
    const { info } = this.stream;
    if (this.shared === null) info.setFilterState(FILTER, (this.shared = new MessageCounts()));
    this.shared.asked = this.asked.count;
    this.shared.answered = this.answered.count;
  }
}

export function create(c: FilterConfig, ctx: HttpFactoryContext): HttpFilterFactory {
  const settings = new Settings(c);
  if (settings.upstreamStats) ctx.format.needs.bits |= TIMINGS;
  return { terminal: false, create: () => new GrpcStatsFilter(settings) };
}
