/**
 * envoy.tracers.opentelemetry: spans, gathered and sent to a collector over gRPC or HTTP. Mirrors OpenTelemetry::Driver and Tracer
 * (source/extensions/tracers/opentelemetry/).
 */
import type { Headers } from '../codec/headers.ts';
import { refuse } from '../config/refusal.ts';
import type { OpenTelemetryConfig } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { grpcService } from '../grpc/service.ts';
import { uintByKey } from '../runtime/runtime.ts';
import type { Counter } from '../stats/store.ts';
import { randomId } from '../tracing/ids.ts';
import type { Span, SpanRules, Tracer } from '../tracing/span.ts';
import { BUILD_STRING } from '../version.ts';
import { flushEvery } from './flush-timer.ts';
import { exportRequest } from './otel-proto.ts';
import { resourceAttributes, resourceMessage } from './otel-resource.ts';
import { compileSampler, type Sampler } from './otel-samplers.ts';
import { CLIENT, type OtelHome, OtelSpan, SERVER } from './otel-span.ts';
import { grpcExporter, httpExporter, type OtlpExporter } from './otlp-exporter.ts';
import { sharedTracer } from './shared-tracers.ts';
import { readTraceparent } from './w3c.ts';

/** What Envoy reads of the runtime by itself. */
const minFlushSpans = uintByKey('tracing.opentelemetry.min_flush_spans', 5);
const flushIntervalMs = uintByKey('tracing.opentelemetry.flush_interval_ms', 5000);
/** Spans that may wait. */
const DEFAULT_MAX_CACHE_SIZE = 1024;

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const USER_AGENT = `OTel-OTLP-Exporter-Envoy/${BUILD_STRING}`;

export async function create(config: OpenTelemetryConfig, ctx: FactoryContext): Promise<Tracer> {
  const exporter = await exporterOf(config, ctx);
  return sharedTracer(ctx, 'opentelemetry', config, () => new OtelTracer(config, ctx, exporter));
}

class OtelTracer implements Tracer, OtelHome {
  private readonly exporter: OtlpExporter;
  private readonly resource: Buffer;
  private readonly scope: boolean;
  /** Null: what the connection manager decided, and the parent where there is one. */
  private readonly sampler: Sampler | null;
  private readonly maxCached: number;
  private readonly spansSent: Counter;
  private readonly spansDropped: Counter;
  private readonly timerFlushed: Counter;
  private spans: OtelSpan[] = [];

  constructor(config: OpenTelemetryConfig, ctx: FactoryContext, exporter: OtlpExporter) {
    this.exporter = exporter;
    this.resource = resourceMessage(resourceAttributes(config));
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
    this.exporter(exportRequest(spans, this.resource, this.scope), forgotten);
  }
}

async function exporterOf(config: OpenTelemetryConfig, ctx: FactoryContext): Promise<OtlpExporter> {
  const { grpcService: grpc, httpService: http } = config;
  if (grpc !== undefined && http === undefined) {
    return grpcExporter(await grpcService(grpc, ctx), EXPORT, USER_AGENT, { timeoutMs: 0 });
  }
  if (http !== undefined && grpc === undefined) return httpExporter(http, USER_AGENT, ctx);
  const text = 'OpenTelemetry Tracer must have exactly one of gRPC, HTTP, or custom exporter configured.';
  return refuse(config, grpc === undefined ? '' : 'http_service', text);
}

/** What becomes of a report is no matter: it is neither counted nor sent again, as in Envoy. */
const forgotten = (): void => {};
