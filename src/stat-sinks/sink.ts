/** What a stats sink is given and what it does. Roles of Envoy's Stats::Sink and Stats::MetricSnapshot (envoy/stats/sink.h). */
import type { ServerContext } from '../extension/context.ts';
import type { HistogramMetric } from '../stats/reader.ts';
import type { Counter } from '../stats/store.ts';
import type { Tag } from '../stats/tags.ts';

/** A metric that has been used, with what its name and tags are. */
export interface SinkMetric {
  /** Whole. */
  readonly name: string;
  /** Without the parts that became tags. */
  readonly base: string;
  readonly tags: readonly Tag[];
}

export interface SinkNumber extends SinkMetric {
  readonly value: number;
}

export interface SinkCounter extends SinkNumber {
  /** Counted since the flush before: the same for every sink. */
  readonly delta: number;
}

export interface SinkHistogram extends SinkMetric {
  readonly metric: HistogramMetric;
  /** Where its buckets end. */
  readonly edges: readonly number[];
}

/** All metrics at one flush; what was never used is not in it. */
export interface Snapshot {
  /** ms since 1970. */
  readonly timeMs: number;
  /** Of the process. */
  readonly startMs: number;
  /** Of the flush before, or of the start. */
  readonly beforeMs: number;
  readonly counters: readonly SinkCounter[];
  readonly gauges: readonly SinkNumber[];
  readonly histograms: readonly SinkHistogram[];
}

/** A single value of a histogram, as it is recorded. */
export type Sample = (metric: SinkMetric, value: number) => void;

export interface StatsSink {
  /** A little at a time: requests are served between two steps. Never throws for what a peer does. */
  flush(snapshot: Snapshot): Generator<null, void>;
  /** Null: it wants no single values. */
  readonly sample: Sample | null;
  close(): void;
}

export interface SinkContext extends ServerContext {
  /** What a sink could not hand over: datagrams, exports, messages. */
  readonly failures: Counter;
}
