/**
 * envoy.tracers.opentelemetry: spans, gathered and sent to a collector over gRPC or HTTP. Mirrors OpenTelemetry::Driver and Tracer
 * (source/extensions/tracers/opentelemetry/).
 */
import { Headers } from '../codec/headers.ts';
import { refuse } from '../config/refusal.ts';
import type { OpenTelemetryConfig } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { grpcService } from '../grpc/service.ts';
import { StreamInfo } from '../http/stream/stream-info.ts';
import { turnMs } from '../platform/clock.ts';
import { toWire } from '../platform/wire-text.ts';
import { uintByKey } from '../runtime/runtime.ts';
import type { Counter } from '../stats/store.ts';
import { randomId } from '../tracing/ids.ts';
import type { Span, SpanRules, Tracer } from '../tracing/span.ts';
import { BUILD_STRING } from '../version.ts';
import { flushEvery } from './flush-timer.ts';
import { hostAndPath } from './host-and-path.ts';
import { exportRequest } from './otel-proto.ts';
import { resourceAttributes } from './otel-resource.ts';
import { compileSampler, type Sampler } from './otel-samplers.ts';
import { CLIENT, type OtelHome, OtelSpan, SERVER } from './otel-span.ts';
import { Report } from './report.ts';
import { ServiceHeaders } from './service-headers.ts';
import { sharedTracer } from './shared-tracers.ts';
import { readTraceparent } from './w3c.ts';

/** What Envoy reads of the runtime by itself. */
const minFlushSpans = uintByKey('tracing.opentelemetry.min_flush_spans', 5);
const flushIntervalMs = uintByKey('tracing.opentelemetry.flush_interval_ms', 5000);
/** Spans that may wait. */
const DEFAULT_MAX_CACHE_SIZE = 1024;

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const USER_AGENT = `OTel-OTLP-Exporter-Envoy/${BUILD_STRING}`;

type Exporter = (request: Buffer) => void;

export async function create(config: OpenTelemetryConfig, ctx: FactoryContext): Promise<Tracer> {
  const send = await exporterOf(config, ctx);
  return sharedTracer(ctx, 'opentelemetry', config, () => new OtelTracer(config, ctx, send));
}

class OtelTracer implements Tracer, OtelHome {
  private readonly send: Exporter;
  private readonly resource: ReadonlyMap<string, string>;
  private readonly scope: boolean;
  /** Null: what the connection manager decided, and the parent where there is one. */
  private readonly sampler: Sampler | null;
  private readonly maxCached: number;
  private readonly spansSent: Counter;
  private readonly spansDropped: Counter;
  private readonly timerFlushed: Counter;
  private spans: OtelSpan[] = [];

  constructor(config: OpenTelemetryConfig, ctx: FactoryContext, send: Exporter) {
    this.send = send;
    this.resource = resourceAttributes(config);
    this.scope = config.setInstrumentationScope ?? true;
    this.sampler = config.sampler === undefined ? null : compileSampler(config.sampler);
    this.maxCached = config.maxCacheSize ?? DEFAULT_MAX_CACHE_SIZE;
    const s = ctx.store.scope('tracing.opentelemetry.');
    this.spansSent = s.counter('spans_sent');
    this.spansDropped = s.counter('spans_dropped');
    this.timerFlushed = s.counter('timer_flushed');
    flushEvery(flushIntervalMs, this);
  }

  start(rules: SpanRules, h: Headers, startMs: number, name: string, traced: boolean): Span | null {
    const text = h.get('traceparent');
    const parent = text === undefined ? null : readTraceparent(text);
    if (text !== undefined && parent === null) return null;
    const traceId = parent === null ? randomId() + randomId() : parent.traceId;
    const agrees = this.sampler === null ? parent === null || parent.sampled : this.sampler(traceId, parent);
    const context = {
      traceId,
      parentId: parent === null ? '' : parent.spanId,
      remote: parent !== null,
      sampled: traced && agrees,
      state: parent === null ? '' : (h.getAll('tracestate') ?? ''),
    };
    const kind = rules.egress && !rules.spawnUpstreamSpan ? CLIENT : SERVER;
    return new OtelSpan(this, context, kind, name, startMs);
  }

  report(span: OtelSpan): void {
    if (this.spans.length >= this.maxCached) {
      this.spansDropped.inc();
      return;
    }
    this.spans.push(span);
    if (this.spans.length >= minFlushSpans.value) this.flush();
  }

  onFlushTimer(): void {
    this.timerFlushed.inc();
    this.flush();
  }

  private flush(): void {
    const { spans } = this;
    if (spans.length === 0) return;
    this.spans = [];
    this.spansSent.add(spans.length);
    this.send(exportRequest(spans, this.resource, this.scope));
  }
}

/** What becomes of a report is no matter: it is neither counted nor sent again, as in Envoy. */
async function exporterOf(config: OpenTelemetryConfig, ctx: FactoryContext): Promise<Exporter> {
  const { grpcService: grpc, httpService: http } = config;
  if ((grpc === undefined) === (http === undefined)) {
    const text = 'OpenTelemetry Tracer must have exactly one of gRPC, HTTP, or custom exporter configured.';
    return refuse(config, grpc === undefined ? '' : 'http_service', text);
  }
  if (grpc !== undefined) {
    const { client, metadata } = await grpcService(grpc, ctx);
    const info = new StreamInfo('HTTP/2', turnMs(), null);
    const options = {
      timeoutMs: 0,
      metadata: (head: Headers): void => {
        metadata?.(head, info, head);
        head.add('user-agent', USER_AGENT);
      },
    };
    return (request) => {
      client.unary(EXPORT, request, options, () => {});
    };
  }
  const { uri = '', cluster: name = '', timeout = 0 } = http?.httpUri ?? {};
  const [host, path] = hostAndPath(uri);
  const cluster = ctx.clusters.ref(name);
  const client = ctx.asyncClient();
  const headers = new ServiceHeaders(http, ctx);
  return (request) => {
    if (cluster.current === null) return;
    const h = new Headers();
    h.method = 'POST';
    h.path = toWire(path);
    h.authority = toWire(host === '' ? name : host);
    h.addUnchecked('content-type', 'application/x-protobuf');
    h.add('user-agent', USER_AGENT);
    headers.apply(h);
    new Report(() => {}).send(client, cluster.current, h, request, timeout);
  };
}
