/**
 * envoy.stat_sinks.metrics_service: Prometheus' messages on a gRPC stream, which begins with who we are and is opened anew when it has ended.
 * Mirrors GrpcMetricsStreamerImpl and MetricsFlusher (source/extensions/stat_sinks/metrics_service).
 */
import type { Headers } from '../codec/headers.ts';
import { refuse } from '../config/refusal.ts';
import type { MetricsServiceConfig } from '../config/schema/types.ts';
import type { GrpcCallbacks, GrpcStream } from '../grpc/client.ts';
import { nodeMessage } from '../grpc/node-message.ts';
import type { GrpcServiceClient } from '../grpc/service.ts';
import { WireWriter } from '../grpc/wire-writer.ts';
import { StreamInfo } from '../http/stream/stream-info.ts';
import { turnMs } from '../platform/clock.ts';
import { computeBuckets, computeQuantiles, QUANTILES, sampleCount, sampleSum } from '../stats/histogram-statistics.ts';
import type { Counter } from '../stats/store.ts';
import { sinkService } from './service.ts';
import type { SinkContext, SinkHistogram, SinkMetric, Snapshot, StatsSink } from './sink.ts';

const METHOD = '/envoy.service.metrics.v3.MetricsService/StreamMetrics';
/** Of v2 configs that do not ask for v3; the messages are alike. */
const METHOD_V2 = '/envoy.service.metrics.v2.MetricsService/StreamMetrics';
/** io.prometheus.client.MetricType, and the field of Metric that holds the value. */
const COUNTER = [0, 3] as const;
const GAUGE = [1, 2] as const;
const SUMMARY = [2, 4] as const;
const HISTOGRAM = [4, 7] as const;
/** Metrics between two steps, as a mask. */
const STEP = 15;

export async function create(config: MetricsServiceConfig, ctx: SinkContext): Promise<StatsSink> {
  const { transportApiVersion: version = 'AUTO', grpcService: service = {} } = config;
  const old = ctx.envoy16 && version !== 'V3';
  if (version === 'V2' && !old) {
    refuse(config, 'transport_api_version', 'V2 xDS transport protocol version is deprecated');
  }
  const client = await sinkService(service, ctx);
  return new MetricsService(config, client, await nodeMessage(ctx.localInfo), old ? METHOD_V2 : METHOD, ctx.failures);
}

class MetricsService implements StatsSink, GrpcCallbacks {
  readonly sample = null;
  private readonly config: MetricsServiceConfig;
  private readonly service: GrpcServiceClient;
  private readonly node: Buffer;
  private readonly method: string;
  private readonly failures: Counter;
  private stream: GrpcStream | null = null;
  /** Counted: the service takes no more. */
  private paused = 0;

  constructor(
    config: MetricsServiceConfig,
    service: GrpcServiceClient,
    node: Buffer,
    method: string,
    failures: Counter,
  ) {
    this.config = config;
    this.service = service;
    this.node = node;
    this.method = method;
    this.failures = failures;
  }

  *flush(snapshot: Snapshot): Generator<null, void> {
    const { batchSize = 0 } = this.config;
    const most = batchSize === 0 ? Number.POSITIVE_INFINITY : batchSize;
    let message = new WireWriter();
    let count = 0;
    let n = 0;
    for (const write of this.families(snapshot)) {
      if ((++n & STEP) === 0) yield null;
      if (count === 0) message = this.begin();
      const at = message.begin(2);
      write(message);
      message.end(at);
      if (++count < most) continue;
      this.send(message.finish());
      count = 0;
    }
    if (count > 0) this.send(message.finish());
  }

  private *families(snapshot: Snapshot): Generator<(w: WireWriter) => void, void> {
    const { reportCountersAsDeltas: deltas = false, histogramEmitMode: mode = 'SUMMARY_AND_HISTOGRAM' } = this.config;
    const { timeMs } = snapshot;
    for (const c of snapshot.counters) {
      yield (w) => this.family(w, c, COUNTER, timeMs, () => w.double(1, deltas ? c.delta : c.value));
    }
    for (const g of snapshot.gauges) yield (w) => this.family(w, g, GAUGE, timeMs, () => w.double(1, g.value));
    for (const h of snapshot.histograms) {
      if (mode !== 'HISTOGRAM') yield (w) => this.family(w, h, SUMMARY, timeMs, () => summary(w, h));
      if (mode !== 'SUMMARY') yield (w) => this.family(w, h, HISTOGRAM, timeMs, () => histogram(w, h));
    }
  }

  private family(
    w: WireWriter,
    metric: SinkMetric,
    [type, field]: readonly [number, number],
    timeMs: number,
    value: () => void,
  ): void {
    const { emitTagsAsLabels: labels = false } = this.config;
    w.string(1, labels ? metric.base : metric.name);
    w.uint(3, type);
    const at = w.begin(4);
    if (labels) {
      for (const tag of metric.tags) {
        const label = w.begin(1);
        w.string(1, tag.name);
        w.string(2, tag.value);
        w.end(label);
      }
    }
    const inner = w.begin(field);
    value();
    w.end(inner);
    w.uint(6, timeMs);
    w.end(at);
  }

  /** A message, with who we are where it is the first of its stream. */
  private begin(): WireWriter {
    const w = new WireWriter();
    if (this.stream !== null) return w;
    const at = w.begin(1);
    w.bytesField(1, this.node);
    w.end(at);
    return w;
  }

  /** A service that does not take what it was sent costs a message, and no memory. */
  private send(message: Buffer): void {
    const stream = this.stream ?? this.open();
    if (stream === null || this.paused > 0) {
      this.failures.inc();
      return;
    }
    stream.send(message);
  }

  /** Null where the cluster is not there. */
  private open(): GrpcStream | null {
    const { client, metadata } = this.service;
    if (client.target.cluster.current === null) return null;
    this.paused = 0;
    const info = new StreamInfo('HTTP/2', turnMs(), null);
    const add = metadata === null ? null : (head: Headers): void => metadata(head, info, head);
    this.stream = client.stream(this.method, { timeoutMs: 0, metadata: add }, this);
    return this.stream;
  }

  onMessage(): void {}
  onPause(pause: boolean): void {
    this.paused += pause ? 1 : -1;
  }
  onEnd(status: number): void {
    if (status !== 0) this.failures.inc();
    this.stream = null;
    this.paused = 0;
  }

  close(): void {
    this.stream?.cancel();
  }
}

function summary(w: WireWriter, { metric }: SinkHistogram): void {
  const bins = metric.interval();
  w.uint(1, sampleCount(bins));
  w.double(2, sampleSum(bins));
  const values = computeQuantiles(bins);
  QUANTILES.forEach((quantile, i) => {
    const at = w.begin(3);
    w.double(1, quantile);
    w.double(2, values[i]);
    w.end(at);
  });
}

function histogram(w: WireWriter, { metric, edges }: SinkHistogram): void {
  const bins = metric.interval();
  w.uint(1, sampleCount(bins));
  w.double(2, sampleSum(bins));
  const counts = computeBuckets(bins, edges);
  edges.forEach((edge, i) => {
    const at = w.begin(3);
    w.uint(1, counts[i]);
    w.double(2, edge);
    w.end(at);
  });
}
