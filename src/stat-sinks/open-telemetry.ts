/**
 * envoy.stat_sinks.open_telemetry: a metric with one point for each statistic, exported over gRPC or HTTP. Mirrors OtlpMetricsFlusherImpl and
 * OpenTelemetryGrpcSink (source/extensions/stat_sinks/open_telemetry).
 */
import { refuse } from '../config/refusal.ts';
import type { SinkConfig } from '../config/schema/types.ts';
import { WireWriter } from '../grpc/wire-writer.ts';
import { computeBuckets, disjointBuckets, sampleCount, sampleSum } from '../stats/histogram-statistics.ts';
import type { Counter } from '../stats/store.ts';
import { resourceAttributes, resourceMessage } from '../tracers/otel-resource.ts';
import { grpcExporter, httpExporter, type OtlpExporter } from '../tracers/otlp-exporter.ts';
import { sinkService } from './service.ts';
import type { SinkContext, SinkHistogram, SinkMetric, SinkNumber, Snapshot, StatsSink } from './sink.ts';

const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
/** Exports that may wait for the collector's word; Envoy has no limit there (docs/behaviour.md, B2). */
export const MAX_EXPORTS_IN_FLIGHT = 8;
/** AggregationTemporality. */
const DELTA = 1;
const CUMULATIVE = 2;
/** Metrics between two steps, as a mask. */
const STEP = 15;

export async function create(config: SinkConfig, ctx: SinkContext): Promise<StatsSink> {
  const { resourceDetectors = [] } = config;
  const resource = resourceMessage(resourceAttributes({ resourceDetectors, setServiceNameResourceAttribute: false }));
  return new OpenTelemetry(config, resource, await exporterOf(config, ctx), ctx.failures);
}

class OpenTelemetry implements StatsSink {
  readonly sample = null;
  private readonly config: SinkConfig;
  private readonly resource: Buffer;
  private readonly exporter: OtlpExporter;
  private readonly failures: Counter;
  private readonly prefix: string;
  private inFlight = 0;

  constructor(config: SinkConfig, resource: Buffer, exporter: OtlpExporter, failures: Counter) {
    this.config = config;
    this.exporter = exporter;
    this.failures = failures;
    this.prefix = config.prefix ? `${config.prefix}.` : '';
    this.resource = resource;
  }

  *flush(snapshot: Snapshot): Generator<null, void> {
    const { maxDataPointsPerRequest = 0 } = this.config;
    const most = maxDataPointsPerRequest === 0 ? Number.POSITIVE_INFINITY : maxDataPointsPerRequest;
    const w = new WireWriter();
    let count = 0;
    let n = 0;
    for (const write of this.metrics(snapshot)) {
      if ((++n & STEP) === 0) yield null;
      const at = w.begin(2);
      write(w);
      w.end(at);
      if (++count < most) continue;
      this.send(w.finish());
      count = 0;
    }
    if (count > 0) this.send(w.finish());
  }

  private *metrics(s: Snapshot): Generator<(w: WireWriter) => void, void> {
    const { reportCountersAsDeltas: counterDeltas = false, reportHistogramsAsDeltas: deltas = false } = this.config;
    for (const g of s.gauges) yield (w) => this.gauge(w, g, s);
    for (const c of s.counters) {
      yield (w) => this.counter(w, c, s, counterDeltas ? c.delta : c.value, counterDeltas ? DELTA : CUMULATIVE);
    }
    for (const h of s.histograms) yield (w) => this.histogram(w, h, s, deltas);
  }

  private gauge(w: WireWriter, metric: SinkNumber, s: Snapshot): void {
    this.name(w, metric);
    const at = w.begin(5);
    this.point(w, metric, 0, s, metric.value);
    w.end(at);
  }

  private counter(w: WireWriter, metric: SinkMetric, s: Snapshot, value: number, temporality: number): void {
    this.name(w, metric);
    const at = w.begin(7);
    this.point(w, metric, temporality === DELTA ? s.beforeMs : s.startMs, s, value);
    w.uint(2, temporality);
    w.bool(3, true);
    w.end(at);
  }

  /** `startMs`: since when it was counted; 0 for a gauge. */
  private point(w: WireWriter, metric: SinkMetric, startMs: number, s: Snapshot, value: number): void {
    const at = w.begin(1);
    times(w, startMs, s.timeMs);
    w.fixed64(6, BigInt(Math.trunc(value)));
    this.attributes(w, 7, metric);
    w.end(at);
  }

  private histogram(w: WireWriter, h: SinkHistogram, s: Snapshot, deltas: boolean): void {
    this.name(w, h);
    const bins = deltas ? h.metric.interval() : h.metric.cumulative();
    const total = sampleCount(bins);
    const cumulative = computeBuckets(bins, h.edges);
    const outer = w.begin(9);
    const at = w.begin(1);
    times(w, deltas ? s.beforeMs : s.startMs, s.timeMs);
    w.fixed64(4, BigInt(total));
    w.double(5, sampleSum(bins));
    const counts = w.begin(6);
    for (const count of disjointBuckets(cumulative)) w.rawFixed64(BigInt(count));
    w.rawFixed64(BigInt(total - (cumulative.at(-1) ?? 0)));
    w.end(counts);
    const bounds = w.begin(7);
    for (const edge of h.edges) w.rawDouble(edge);
    w.end(bounds);
    this.attributes(w, 9, h);
    w.end(at);
    w.uint(2, deltas ? DELTA : CUMULATIVE);
    w.end(outer);
  }

  private name(w: WireWriter, metric: SinkMetric): void {
    const { useTagExtractedName = true } = this.config;
    w.string(1, this.prefix + (useTagExtractedName ? metric.base : metric.name));
  }

  private attributes(w: WireWriter, field: number, { tags }: SinkMetric): void {
    if (this.config.emitTagsAsAttributes === false) return;
    for (const tag of tags) {
      const at = w.begin(field);
      w.string(1, tag.name);
      const inner = w.begin(2);
      w.string(1, tag.value);
      w.end(inner);
      w.end(at);
    }
  }

  /** `metrics`: the metrics of a ScopeMetrics. A collector that is behind gets no more until it has answered. */
  private send(metrics: Buffer): void {
    if (this.inFlight >= MAX_EXPORTS_IN_FLIGHT) {
      this.failures.inc();
      return;
    }
    const w = new WireWriter();
    const all = w.begin(1);
    w.bytesField(1, this.resource);
    w.bytesField(2, metrics);
    w.end(all);
    this.inFlight++;
    this.exporter(w.finish(), (taken) => {
      this.inFlight--;
      if (!taken) this.failures.inc();
    });
  }

  close(): void {}
}

const NANOS = 1_000_000n;

function times(w: WireWriter, startMs: number, timeMs: number): void {
  if (startMs > 0) w.fixed64(2, BigInt(startMs) * NANOS);
  w.fixed64(3, BigInt(timeMs) * NANOS);
}

async function exporterOf(config: SinkConfig, ctx: SinkContext): Promise<OtlpExporter> {
  const { grpcService: grpc, httpService: http } = config;
  if (grpc !== undefined) return grpcExporter(await sinkService(grpc, ctx), EXPORT, '', {});
  if (http !== undefined) return httpExporter(http, '', ctx);
  return refuse(config, '', 'either grpc_service or http_service must be set');
}
