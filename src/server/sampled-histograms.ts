/**
 * Histograms whose single values are told to stats sinks as they are recorded (Stats::Sink::onHistogramComplete). Only where a sink wants
 * them: the store makes its histograms of this class then.
 */
import type { Sample, SinkMetric } from '../stat-sinks/sink.ts';
import { LogLinearHistogram } from '../stats/histogram.ts';
import { TagCache, type TagRules } from '../stats/tags.ts';

export interface Sampling {
  readonly histogram: typeof LogLinearHistogram;
  /** Whoever is told; empty until the sinks stand. */
  samples: readonly Sample[];
}

export function sampling(rules: TagRules): Sampling {
  const tags = new TagCache(rules, (found) => found);
  class SampledHistogram extends LogLinearHistogram {
    private metric: SinkMetric | null = null;

    override record(value: number): void {
      super.record(value);
      if (made.samples.length === 0) return;
      const { name } = this;
      if (this.metric === null) {
        const { base, label } = tags.split(name);
        this.metric = { name, base, tags: label };
      }
      const whole = value >= 1 ? Math.trunc(value) : 0;
      for (const sample of made.samples) sample(this.metric, whole);
    }
  }
  const made: Sampling = { histogram: SampledHistogram, samples: [] };
  return made;
}
