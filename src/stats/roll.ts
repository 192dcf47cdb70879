/**
 * Names that a scope shows from the start, without an object each: a thousand clusters have a hundred thousand of them, and most are never counted
 * with. Role of Envoy's deferred creation of cluster statistics (source/common/stats/deferred_creation.h), which does not show them.
 */
import { type HistogramUnit, NO_COUNTER, NO_GAUGE, NO_HISTOGRAM, type Scope } from './store.ts';

/** Last parts of names, shared by all scopes that have the same. */
export interface Roll {
  readonly counters: readonly string[];
  readonly gauges: readonly string[];
  readonly histograms: readonly { readonly name: string; readonly unit: HistogramUnit }[];
}

/** All that `make` asks its scope for; what lies below that scope is not of it. */
export function rollOf(make: (scope: Scope) => unknown): Roll {
  const counters: string[] = [];
  const gauges: string[] = [];
  const histograms: { name: string; unit: HistogramUnit }[] = [];
  const onlyNames = (): never => {
    throw new Error('a roll is of one scope');
  };
  const isHere = (name: string): boolean => !name.includes('.');
  make({
    counter(name) {
      if (isHere(name)) counters.push(name);
      return NO_COUNTER;
    },
    gauge(name) {
      if (isHere(name)) gauges.push(name);
      return NO_GAUGE;
    },
    histogram(name, unit) {
      if (isHere(name)) histograms.push({ name, unit });
      return NO_HISTOGRAM;
    },
    scope: onlyNames,
    grid: onlyNames,
    announce: onlyNames,
  });
  return { counters, gauges, histograms };
}
