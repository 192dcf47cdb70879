/** What table, charts and report show: medians, spread, ratio to the reference, in words of fixed length. */
import { METRICS, type Metric } from '../measure/metrics.ts';
import { type BenchResult, REFERENCE, type ScenarioInfo, series } from '../result.ts';
import { median, relativeSpread } from '../stats/summary.ts';

export interface Figure {
  median: number;
  /** In parts of the median. */
  spread: number;
  lowest: number;
  highest: number;
  rounds: number;
}

export interface Row {
  contender: string;
  by: string;
  figures: Map<string, Figure>;
  /** Median of the rounds' ratios of CPU per request to the reference's; NaN without one. */
  cpuRatio: number;
}

export interface Block {
  scenario: ScenarioInfo;
  metrics: Metric[];
  rows: Row[];
}

export function figureOf(values: readonly number[]): Figure | undefined {
  if (values.length === 0) return undefined;
  return {
    median: median(values),
    spread: relativeSpread(values),
    lowest: Math.min(...values),
    highest: Math.max(...values),
    rounds: values.length,
  };
}

function ratio(result: BenchResult, scenario: string, contender: string): number {
  for (const key of ['cpuUs', 'startCpuMs']) {
    const of = (name: string): Map<number, number> =>
      new Map(
        result.samples
          .filter((s) => s.scenario === scenario && s.contender === name && s.values[key] !== undefined)
          .map((s) => [s.round, s.values[key] as number]),
      );
    const base = of(REFERENCE);
    const ratios = [...of(contender)].flatMap(([round, v]) => {
      const b = base.get(round);
      return b === undefined || b === 0 ? [] : [v / b];
    });
    if (ratios.length > 0) return median(ratios);
  }
  return Number.NaN;
}

export function blocks(result: BenchResult): Block[] {
  return result.scenarios.map((scenario) => {
    const rows = result.contenders.flatMap(({ name }): Row[] => {
      const samples = result.samples.filter((s) => s.scenario === scenario.name && s.contender === name);
      if (samples.length === 0) return [];
      const figures = new Map<string, Figure>();
      for (const { key } of METRICS) {
        const f = figureOf(series(result, scenario.name, name, key));
        if (f !== undefined) figures.set(key, f);
      }
      return [{ contender: name, by: samples[0].by, figures, cpuRatio: ratio(result, scenario.name, name) }];
    });
    const metrics = METRICS.filter(
      (m) =>
        rows.some((r) => r.figures.has(m.key)) &&
        (!m.ifAny || rows.some((r) => (r.figures.get(m.key)?.highest ?? 0) > 0)),
    );
    return { scenario, metrics, rows };
  });
}

/** Three significant digits, no exponent. */
export function short(n: number): string {
  if (!Number.isFinite(n)) return '–';
  const a = Math.abs(n);
  if (a >= 100) return Math.round(n).toLocaleString('en');
  if (a >= 10) return n.toFixed(1);
  return n.toFixed(2);
}

/** A figure as it stands in a table: what has no unit is a number of things. */
export const show = (metric: Metric, n: number): string =>
  metric.unit === '' ? Math.round(n).toLocaleString('en') : short(n);

export const unitOf = (metric: Metric, scenario: ScenarioInfo): string =>
  metric.unit.replace('{units}', plural(scenario.unit)).replace('{unit}', scenario.unit);

export const roundsOf = (rounds: number): string => (rounds === 1 ? '1 round' : `${rounds} rounds`);

const plural = (unit: string): string => (unit === 'MiB' ? unit : `${unit}s`);
