/**
 * How many requests may be under way at once, by how long they take: the gradient controller of adaptive_concurrency. Mirrors
 * source/extensions/filters/http/adaptive_concurrency/controller/gradient_controller.cc, but for its timers: windows end with the first request
 * that begins or ends after their time (H223), so that nobody ticks while nothing happens.
 */
import { refuse } from '../../config/refusal.ts';
import type { GradientControllerConfig } from '../../config/schema/types.ts';
import { type HistogramHome, LogLinearHistogram } from '../../stats/histogram.ts';
import { computeQuantiles } from '../../stats/histogram-statistics.ts';
import type { Counter, Gauge, Scope } from '../../stats/store.ts';

/** Windows in a row at the lowest limit after which the shortest time is measured anew. */
const LOWEST_IN_A_ROW = 5;

/** `….gradient_controller.` */
class GradientStats {
  readonly rqBlocked: Counter;
  readonly burstQueueSize: Gauge;
  readonly concurrencyLimit: Gauge;
  /** Times 1000. */
  readonly gradient: Gauge;
  readonly minRttCalculationActive: Gauge;
  readonly minRttMsecs: Gauge;
  readonly sampleRttMsecs: Gauge;

  constructor(scope: Scope) {
    this.rqBlocked = scope.counter('rq_blocked');
    this.burstQueueSize = scope.gauge('burst_queue_size');
    this.concurrencyLimit = scope.gauge('concurrency_limit');
    this.gradient = scope.gauge('gradient');
    this.minRttCalculationActive = scope.gauge('min_rtt_calculation_active');
    this.minRttMsecs = scope.gauge('min_rtt_msecs');
    this.sampleRttMsecs = scope.gauge('sample_rtt_msecs');
  }
}

/** ms, and shares of 1. */
interface Settings {
  readonly percentile: number;
  readonly maxLimit: number;
  readonly minLimit: number;
  readonly sampleIntervalMs: number;
  /** 0: the shortest time is `fixedMs`. */
  readonly minRttIntervalMs: number;
  readonly fixedMs: number;
  readonly minRttRequests: number;
  readonly jitter: number;
  /** While the shortest time is measured. */
  readonly minConcurrency: number;
  readonly buffer: number;
}

function compile(c: GradientControllerConfig): Settings {
  const limits = c.concurrencyLimitParams ?? {};
  const rtt = c.minRttCalcParams ?? {};
  const part = (percent: { readonly value?: number } | undefined, usual: number): number =>
    (percent === undefined ? usual : (percent.value ?? 0)) / 100;
  const minConcurrency = rtt.minConcurrency ?? 3;
  const settings: Settings = {
    percentile: part(c.sampleAggregatePercentile, 50),
    maxLimit: limits.maxConcurrencyLimit ?? 1000,
    minLimit: limits.minConcurrencyLimit ?? minConcurrency,
    sampleIntervalMs: Math.floor(limits.concurrencyUpdateInterval ?? 0),
    minRttIntervalMs: Math.floor(rtt.interval ?? 0),
    fixedMs: Math.floor(rtt.fixedValue ?? 0),
    minRttRequests: rtt.requestCount ?? 50,
    jitter: part(rtt.jitter, 15),
    minConcurrency,
    buffer: part(rtt.buffer, 25),
  };
  if (settings.minRttIntervalMs < 1 && settings.fixedMs <= 0) {
    refuse(rtt, '', 'adaptive_concurrency: neither `concurrency_update_interval` nor `fixed_value` set');
  }
  return settings;
}

/** Nobody else reads these bins. */
const HOME: HistogramHome = {
  dirty: new Int32Array([1]),
  onDirty: () => {},
  allocateBins: (_, length) => new Float64Array(length),
};

/** Of requests that have ended, µs. */
class Samples {
  private readonly histogram = new LogLinearHistogram('', '', HOME);
  count = 0;

  add(us: number): void {
    this.histogram.record(us);
    this.count++;
  }
  clear(): void {
    this.histogram.bins.fill(0);
    this.count = 0;
  }
  /** µs, whole ones; clears. */
  take(percentile: number): number {
    const [value] = computeQuantiles(this.histogram.bins, [percentile]);
    this.clear();
    return Math.floor(value);
  }
}

export class GradientController {
  private readonly settings: Settings;
  private readonly stats: GradientStats;
  /** 0 to 1. */
  private readonly random: () => number;
  private readonly samples = new Samples();
  private underWay = 0;
  private limit: number;
  /** The limit from before the shortest time is measured; 0 while it is not. */
  private deferredLimit = 0;
  private minRttUs = 0;
  private lowestInARow = 0;
  /** When the measurement began: requests from before do not count. */
  private epochMs = 0;
  private sampleDeadline: number;
  private minRttDeadline = Number.POSITIVE_INFINITY;

  /** `now`: ms, as all moments here. Throws Envoy's sentence. */
  constructor(config: GradientControllerConfig, scope: Scope, now: number, random: () => number = Math.random) {
    this.settings = compile(config);
    this.stats = new GradientStats(scope);
    this.random = random;
    const { minConcurrency, fixedMs, sampleIntervalMs } = this.settings;
    this.limit = minConcurrency;
    if (fixedMs > 0) {
      this.minRttUs = Math.floor(fixedMs * 1000);
      this.stats.minRttMsecs.set(Math.floor(fixedMs));
      this.setLimit(this.settings.minLimit, now);
    } else this.beginMinRtt(now);
    this.sampleDeadline = now + sampleIntervalMs;
  }

  /** Whether one more may go on. */
  admit(now: number): boolean {
    this.advance(now);
    if (this.underWay < this.limit) {
      this.underWay++;
      return true;
    }
    this.stats.rqBlocked.inc();
    return false;
  }

  /** One that was let through has been answered. */
  done(startMs: number, now: number): void {
    this.advance(now);
    this.underWay--;
    if (startMs < this.epochMs) return;
    this.samples.add(Math.floor((now - startMs) * 1000));
    if (this.deferredLimit > 0 && this.samples.count >= this.settings.minRttRequests) this.endMinRtt(now);
  }

  /** One that was let through went away. */
  cancel(): void {
    this.underWay--;
  }

  /** What timers would have done by now. */
  private advance(now: number): void {
    for (;;) {
      if (this.minRttDeadline <= now && this.minRttDeadline <= this.sampleDeadline) {
        this.minRttDeadline = Number.POSITIVE_INFINITY;
        this.beginMinRtt(now);
      } else if (this.sampleDeadline <= now) this.endWindow(this.sampleDeadline, now);
      else return;
    }
  }

  private endWindow(at: number, now: number): void {
    if (this.deferredLimit > 0) {
      // The end of the measurement sets it again.
      this.sampleDeadline = Number.POSITIVE_INFINITY;
      return;
    }
    const { sampleIntervalMs, percentile } = this.settings;
    // Windows without a request say nothing.
    const windows = this.samples.count === 0 ? Math.max(1, Math.ceil((now - at) / sampleIntervalMs)) : 1;
    this.sampleDeadline = at + windows * sampleIntervalMs;
    if (this.samples.count === 0) return;
    const sampleUs = this.samples.take(percentile);
    this.stats.sampleRttMsecs.set(Math.floor(sampleUs / 1000));
    this.setLimit(this.newLimit(sampleUs), at);
  }

  private beginMinRtt(now: number): void {
    if (this.deferredLimit > 0) return;
    this.stats.minRttCalculationActive.set(1);
    this.deferredLimit = this.limit;
    this.setLimit(this.settings.minConcurrency, now);
    this.samples.clear();
    this.epochMs = now;
  }

  private endMinRtt(now: number): void {
    const { percentile, minRttIntervalMs, jitter, sampleIntervalMs } = this.settings;
    this.minRttUs = this.samples.take(percentile);
    this.stats.minRttMsecs.set(Math.floor(this.minRttUs / 1000));
    this.setLimit(this.deferredLimit, now);
    this.deferredLimit = 0;
    this.stats.minRttCalculationActive.set(0);
    const range = Math.ceil(minRttIntervalMs * jitter);
    this.minRttDeadline = now + minRttIntervalMs + Math.floor(this.random() * range);
    this.sampleDeadline = now + sampleIntervalMs;
  }

  private newLimit(sampleUs: number): number {
    const { buffer, minLimit, maxLimit } = this.settings;
    const raw = (this.minRttUs + this.minRttUs * buffer) / sampleUs;
    // What is no number is no less than 2.
    const gradient = Math.max(0.5, raw < 2 ? raw : 2);
    this.stats.gradient.set(Math.floor(gradient * 1000));
    const limit = this.limit * gradient;
    const headroom = Math.sqrt(limit);
    this.stats.burstQueueSize.set(Math.floor(headroom));
    return Math.max(minLimit, Math.min(maxLimit, Math.floor(limit + headroom)));
  }

  private setLimit(limit: number, now: number): void {
    const { minConcurrency, fixedMs } = this.settings;
    const lowest = this.deferredLimit === 0 && this.limit === minConcurrency && limit === minConcurrency;
    this.limit = limit;
    this.stats.concurrencyLimit.set(limit);
    this.lowestInARow = lowest ? this.lowestInARow + 1 : 0;
    // The shortest time may be a wrong one; the limit is where it has to be to measure it.
    if (this.lowestInARow >= LOWEST_IN_A_ROW && fixedMs <= 0) this.minRttDeadline = now;
  }
}
