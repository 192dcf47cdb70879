/** `handle:stats()`: counters, gauges and histograms of a script's own, under the filter's prefix. */
import type { Counter, Gauge, Histogram, HistogramUnit, Scope } from '../../../stats/store.ts';
import { registerClass, ScriptObject, textOf } from './script-object.ts';
import { ScriptError } from './vm.ts';

const HTTP = 'N5Envoy10Extensions11HttpFilters3Lua';
/** Names that the scripts of one filter may make; a name may come from a request. Envoy has no such limit. */
export const MAX_SCRIPT_STATS = 1000;
const UNITS: Readonly<Record<string, HistogramUnit>> = {
  ms: 'ms',
  milliseconds: 'ms',
  microseconds: 'us',
  nanoseconds: 'none',
  bytes: 'bytes',
  unspecified: 'none',
};

/** What the scripts of one filter have made so far. */
export class ScriptStats {
  private readonly scope: Scope;
  private readonly made = new Map<string, Counter | Gauge | Histogram>();
  constructor(scope: Scope) {
    this.scope = scope;
  }
  counter(name: string): Counter {
    return this.one(`c ${name}`, () => this.scope.counter(name)) as Counter;
  }
  gauge(name: string): Gauge {
    return this.one(`g ${name}`, () => this.scope.gauge(name)) as Gauge;
  }
  histogram(name: string, unit: HistogramUnit): Histogram {
    return this.one(`h ${name}`, () => this.scope.histogram(name, unit)) as Histogram;
  }
  private one(key: string, make: () => Counter | Gauge | Histogram): Counter | Gauge | Histogram {
    let metric = this.made.get(key);
    if (metric === undefined) {
      if (this.made.size === MAX_SCRIPT_STATS) throw new ScriptError('a script made too many statistics');
      metric = make();
      this.made.set(key, metric);
    }
    return metric;
  }
}

export class StatsScope extends ScriptObject {
  readonly kind = `${HTTP}17StatsScopeWrapperE`;
  readonly stats: ScriptStats;
  constructor(stats: ScriptStats) {
    super();
    this.stats = stats;
  }
}

abstract class MetricObject<Metric> extends ScriptObject {
  readonly metric: Metric;
  constructor(metric: Metric) {
    super();
    this.metric = metric;
  }
}
class CounterObject extends MetricObject<Counter> {
  readonly kind = `${HTTP}14CounterWrapperE`;
}
class GaugeObject extends MetricObject<Gauge> {
  readonly kind = `${HTTP}12GaugeWrapperE`;
}
class HistogramObject extends MetricObject<Histogram> {
  readonly kind = `${HTTP}16HistogramWrapperE`;
}

registerClass(StatsScope, {
  counter: (self, call) => call.giveObject(new CounterObject(self.stats.counter(textOf(call.string(2))))),
  gauge: (self, call) => call.giveObject(new GaugeObject(self.stats.gauge(textOf(call.string(2))))),
  histogram(self, call) {
    const name = textOf(call.string(2));
    const unit = call.optionalString(3) ?? 'unspecified';
    if (!Object.hasOwn(UNITS, unit)) {
      throw new ScriptError(
        `invalid histogram unit '${unit}', expected 'ms', 'milliseconds', 'microseconds', 'nanoseconds', 'bytes', or 'unspecified'`,
      );
    }
    return call.giveObject(new HistogramObject(self.stats.histogram(name, UNITS[unit])));
  },
});

function amount(n: number, message: string): number {
  if (!(n >= 0)) throw new ScriptError(message);
  return Math.trunc(n);
}

registerClass(CounterObject, {
  inc(self) {
    self.metric.inc();
    return 0;
  },
  add(self, call) {
    self.metric.add(amount(call.number(2), 'counter add amount must be non-negative'));
    return 0;
  },
  value: (self, call) => call.giveNumber(self.metric.value),
});

registerClass(GaugeObject, {
  inc(self) {
    self.metric.inc();
    return 0;
  },
  dec(self) {
    self.metric.dec();
    return 0;
  },
  add(self, call) {
    self.metric.add(amount(call.number(2), 'gauge add amount must be non-negative'));
    return 0;
  },
  sub(self, call) {
    self.metric.add(-amount(call.number(2), 'gauge sub amount must be non-negative'));
    return 0;
  },
  set(self, call) {
    self.metric.set(amount(call.number(2), 'gauge set value must be non-negative'));
    return 0;
  },
  value: (self, call) => call.giveNumber(self.metric.value),
});

registerClass(HistogramObject, {
  recordValue(self, call) {
    self.metric.record(amount(call.number(2), 'histogram value must be non-negative'));
    return 0;
  },
});
