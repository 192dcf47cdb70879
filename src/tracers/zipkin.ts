/**
 * envoy.tracers.zipkin: spans, gathered and sent to a collector through a cluster. Mirrors Zipkin::Driver, Tracer and ReporterImpl
 * (source/extensions/tracers/zipkin/).
 */
import { Headers } from '../codec/headers.ts';
import { refuse } from '../config/refusal.ts';
import type { ZipkinConfig } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { localIp } from '../http/headers/forwarding.ts';
import { toWire } from '../platform/wire-text.ts';
import { uintByKey } from '../runtime/runtime.ts';
import type { Counter, Scope } from '../stats/store.ts';
import { randomId, randomWord } from '../tracing/ids.ts';
import type { Span, SpanRules, Tracer } from '../tracing/span.ts';
import type { AsyncClient } from '../upstream/async.ts';
import type { ClusterRef } from '../upstream/cluster-ref.ts';
import { flushEvery } from './flush-timer.ts';
import { hostAndPath } from './host-and-path.ts';
import { Report } from './report.ts';
import { ServiceHeaders } from './service-headers.ts';
import { sharedTracer } from './shared-tracers.ts';
import { findContext, type ZipkinContext } from './zipkin-context.ts';
import { type LocalEndpoint, zipkinJson } from './zipkin-json.ts';
import { zipkinJsonV1 } from './zipkin-json-v1.ts';
import { zipkinProto } from './zipkin-proto.ts';
import { type ZipkinHome, ZipkinSpan } from './zipkin-span.ts';

/** What Envoy reads of the runtime by itself. */
const minFlushSpans = uintByKey('tracing.zipkin.min_flush_spans', 5);
const flushIntervalMs = uintByKey('tracing.zipkin.flush_interval_ms', 5000);
const requestTimeoutMs = uintByKey('tracing.zipkin.request_timeout', 5000);

const ACCEPTED = 202;

export function create(config: ZipkinConfig, ctx: FactoryContext): Tracer {
  return sharedTracer(ctx, 'zipkin', config, () => new ZipkinTracer(config, ctx));
}

/** Where spans go. Wire text. */
interface Collector {
  readonly cluster: string;
  readonly host: string;
  readonly path: string;
}

class ZipkinTracer implements Tracer, ZipkinHome {
  readonly sharesContext: boolean;
  readonly w3c: boolean;
  readonly splits: boolean;
  private readonly wide: boolean;
  private readonly timestamped: boolean;
  private readonly serialize: Serializer;
  private readonly contentType: string;
  private readonly collector: Collector;
  private readonly cluster: ClusterRef;
  private readonly headers: ServiceHeaders;
  private readonly client: AsyncClient;
  private readonly local: LocalEndpoint;
  private readonly stats: ZipkinStats;
  private spans: ZipkinSpan[] = [];

  constructor(config: ZipkinConfig, ctx: FactoryContext) {
    this.collector = collectorOf(config);
    const version = versionOf(config, ctx.envoy16);
    this.serialize = SERIALIZERS[version];
    this.contentType = version === 'HTTP_PROTO' ? 'application/x-protobuf' : 'application/json';
    this.sharesContext = config.sharedSpanContext ?? true;
    this.w3c = config.traceContextOption === 'USE_B3_WITH_W3C_PROPAGATION';
    this.splits = config.splitSpansForRequest ?? false;
    this.wide = config.traceId128bit ?? false;
    this.timestamped = config.timestampTraceIds ?? false;
    this.cluster = ctx.clusters.ref(this.collector.cluster);
    this.headers = new ServiceHeaders(config.collectorService, ctx);
    this.client = ctx.asyncClient();
    const { localInfo } = ctx;
    this.local = { serviceName: toWire(localInfo.nodeCluster), ip: localIp[localInfo.ipVersion ?? 'v4']() };
    this.stats = new ZipkinStats(ctx.store.scope('tracing.zipkin.'));
    flushEvery(flushIntervalMs, this);
  }

  start(rules: SpanRules, h: Headers, startMs: number, _name: string, traced: boolean): Span | null {
    const found = findContext(h, traced, this.w3c);
    if (found.kind === 'unreadable') return null;
    const client = rules.egress && !rules.spawnUpstreamSpan && !this.splits;
    const name = h.authority;
    if (found.kind === 'none') {
      const id = randomId();
      const context: ZipkinContext = {
        traceHigh: this.wide ? this.newTrace() : '',
        trace: this.timestamped && !this.wide ? this.newTrace() : id,
        id,
        parent: '',
        sampled: found.sampled ?? traced,
        single: found.single,
      };
      return new ZipkinSpan(this, context, client, false, name, startMs);
    }
    return this.within(found.context, client, name, startMs);
  }

  within(context: ZipkinContext, client: boolean, name: string, startMs: number): ZipkinSpan {
    const joined = !client && this.sharesContext;
    const own = joined ? context : { ...context, id: randomId(), parent: context.id };
    return new ZipkinSpan(this, own, client, joined, name, startMs);
  }

  private newTrace(): string {
    return this.timestamped
      ? Math.floor(Date.now() / 1000)
          .toString(16)
          .padStart(8, '0') + randomWord()
      : randomId();
  }

  report(span: ZipkinSpan): void {
    this.spans.push(span);
    if (this.spans.length >= minFlushSpans.value) this.flush();
  }

  onFlushTimer(): void {
    this.stats.timerFlushed.inc();
    this.flush();
  }

  private flush(): void {
    const { spans, stats, collector } = this;
    if (spans.length === 0) return;
    this.spans = [];
    stats.spansSent.add(spans.length);
    const cluster = this.cluster.current;
    if (cluster === null) {
      stats.reportsSkippedNoCluster.inc();
      return;
    }
    const h = new Headers();
    h.method = 'POST';
    h.path = collector.path;
    h.authority = collector.host;
    h.addUnchecked('content-type', this.contentType);
    this.headers.apply(h);
    const body = this.serialize(spans, this.local);
    const report = new Report((status) => {
      if (status === 0) stats.reportsFailed.inc();
      else if (status === ACCEPTED) stats.reportsSent.inc();
      else stats.reportsDropped.inc();
    });
    report.send(this.client, cluster, h, body, requestTimeoutMs.value);
  }
}

class ZipkinStats {
  readonly spansSent: Counter;
  readonly timerFlushed: Counter;
  readonly reportsSkippedNoCluster: Counter;
  readonly reportsSent: Counter;
  readonly reportsDropped: Counter;
  readonly reportsFailed: Counter;
  constructor(s: Scope) {
    this.spansSent = s.counter('spans_sent');
    this.timerFlushed = s.counter('timer_flushed');
    this.reportsSkippedNoCluster = s.counter('reports_skipped_no_cluster');
    this.reportsSent = s.counter('reports_sent');
    this.reportsDropped = s.counter('reports_dropped');
    this.reportsFailed = s.counter('reports_failed');
  }
}

type Serializer = (spans: readonly ZipkinSpan[], local: LocalEndpoint) => Buffer;
type Version = 'HTTP_JSON_V1' | 'HTTP_JSON' | 'HTTP_PROTO';

const SERIALIZERS: Readonly<Record<Version, Serializer>> = {
  HTTP_JSON_V1: (spans, local) => Buffer.from(zipkinJsonV1(spans, local), 'latin1'),
  HTTP_JSON: (spans, local) => Buffer.from(zipkinJson(spans, local), 'latin1'),
  HTTP_PROTO: zipkinProto,
};

/** None at all meant the first version of Zipkin's API, which 1.40 has no more. */
function versionOf(config: ZipkinConfig, envoy16: boolean): Version {
  const version = config.collectorEndpointVersion;
  if (version === 'HTTP_JSON' || version === 'HTTP_PROTO') return version;
  if (envoy16) return 'HTTP_JSON_V1';
  return refuse(config, 'collector_endpoint_version', NO_VERSION);
}
const NO_VERSION =
  "Using the default now-deprecated value DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE for enum 'envoy.config.trace.v3.ZipkinConfig.collector_endpoint_version' from file zipkin.proto: set it to HTTP_JSON or HTTP_PROTO";

function collectorOf(config: ZipkinConfig): Collector {
  const service = config.collectorService;
  if (service !== undefined) {
    const { uri = '', cluster = '' } = service.httpUri ?? {};
    const [host, path] = hostAndPath(uri);
    return { cluster, host: toWire(host === '' ? cluster : host), path: toWire(path) };
  }
  const { collectorCluster: cluster = '', collectorEndpoint: path = '', collectorHostname: host = '' } = config;
  if (cluster === '' || path === '') {
    const why = 'collector_cluster and collector_endpoint must be specified when not using collector_service';
    refuse(config, cluster === '' ? 'collector_cluster' : 'collector_endpoint', why);
  }
  return { cluster, host: toWire(host === '' ? cluster : host), path: toWire(path) };
}
