/**
 * envoy.stat_sinks.metrics_service: Prometheus' messages on a gRPC stream, which begins with who we are and is opened anew when it has ended.
 * Mirrors GrpcMetricsStreamerImpl and MetricsFlusher (source/extensions/stat_sinks/metrics_service).
 */
import type { Headers } from '../codec/headers.ts';
import type { MetricsServiceConfig } from '../config/schema/types.ts';
import { nodeMessage } from '../grpc/node-message.ts';
import { methodOf, StandingStream } from '../grpc/standing-stream.ts';
import { WireWriter } from '../grpc/wire-writer.ts';
import { StreamInfo } from '../http/stream/stream-info.ts';
import { turnMs } from '../platform/clock.ts';
import { computeBuckets, computeQuantiles, QUANTILES, sampleCount, sampleSum } from '../stats/histogram-statistics.ts';
import type { Counter } from '../stats/store.ts';
import { sinkService } from './service.ts';
import type { SinkContext, SinkHistogram, SinkMetric, Snapshot, StatsSink } from './sink.ts';

const METHOD = '/envoy.service.metrics.v3.MetricsService/StreamMetrics';
const METHOD_V2 = '/envoy.service.metrics.v2.MetricsService/StreamMetrics';
/** io.prometheus.client.MetricType, and the field of Metric that holds the value. */
const COUNTER = [0, 3] as const;
const GAUGE = [1, 2] as const;
const SUMMARY = [2, 4] as const;
const HISTOGRAM = [4, 7] as const;
/** Metrics between two steps, as a mask. */
const STEP = 15;

export async function create(config: MetricsServiceConfig, ctx: SinkContext): Promise<StatsSink> {
  const { grpcService: grpc = {} } = config;
  const { failures } = ctx;
  const method = methodOf(config, ctx.envoy16, METHOD, METHOD_V2);
  const service = await sinkService(grpc, ctx);
  const { metadata } = service;
  const w = new WireWriter();
  w.bytesField(1, await nodeMessage(ctx.localInfo));
  const add =
    metadata === null ? null : (head: Headers): void => metadata(head, new StreamInfo('HTTP/2', turnMs(), null), head);
  const stream = new StandingStream(service, method, w.finish(), { timeoutMs: 0, metadata: add }, (status) => {
    if (status !== 0) failures.inc();
  });
  return new MetricsService(config, stream, failures);
}

class MetricsService implements StatsSink {
  readonly sample = null;
  private readonly config: MetricsServiceConfig;
  private readonly stream: StandingStream;
  private readonly failures: Counter;

  constructor(config: MetricsServiceConfig, stream: StandingStream, failures: Counter) {
    this.config = config;
    this.stream = stream;
    this.failures = failures;
  }

  *flush(snapshot: Snapshot): Generator<null, void> {
    const { batchSize = 0 } = this.config;
    const most = batchSize === 0 ? Number.POSITIVE_INFINITY : batchSize;
    const message = new WireWriter();
    let count = 0;
    let n = 0;
    for (const write of this.families(snapshot)) {
      if ((++n & STEP) === 0) yield null;
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

  /** A service that does not take what it was sent costs a message, and no memory. */
  private send(message: Buffer): void {
    if (this.stream.state() === 'open') this.stream.send(message);
    else this.failures.inc();
  }

  close(): void {
    this.stream.close();
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
