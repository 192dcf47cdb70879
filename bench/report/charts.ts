/** Which charts a result has: cost, latency and memory of each scenario. */
import { type BenchResult, ownNames } from '../result.ts';
import { type Block, unitOf } from './figures.ts';
import type { LineChart } from './line-chart.ts';
import type { Chart } from './svg.ts';

/** The figures worth a chart: the first MOST that a scenario has. */
const CHARTED = [
  'scaleCapacity',
  'scaleRate',
  'startCpuMs',
  'cpuUs',
  'perConnectionKb',
  'readyMs',
  'rate',
  'p99',
  'rssMb',
];
const AT_EQUAL_LOAD = ['p99', 'p999', 'cpuUs'];
const MOST = 4;

export interface NamedChart extends Chart {
  /** File name without `.svg`. */
  name: string;
}

export interface NamedLines extends LineChart {
  /** File name without `.svg`. */
  name: string;
}

/** Memory over time, of the first round that was watched. */
export function linesOf(result: BenchResult, scenario: string): NamedLines[] {
  const samples = result.contenders.flatMap(({ name, kind }) => {
    const s = result.samples.find((x) => x.scenario === scenario && x.contender === name && x.over !== undefined);
    return s?.over === undefined ? [] : [{ label: name, own: kind === 'envoylet', over: s.over }];
  });
  if (samples.length === 0) return [];
  const chart = (key: 'rssMb' | 'anonMb', title: string): NamedLines => ({
    name: `${scenario}-${key}-over-time`,
    title,
    unit: 'MiB, load shaded',
    lines: samples.map(({ label, own, over }) => ({
      label,
      own,
      points: over.seconds.map((s, i): [number, number] => [s, over[key][i]]),
    })),
    shaded: samples[0].over.load,
  });
  return [chart('rssMb', 'RSS over time'), chart('anonMb', 'anonymous memory over time')];
}

export function chartsOfBlock(result: BenchResult, { scenario, metrics, rows }: Block): NamedChart[] {
  const keys = scenario.offered === undefined ? CHARTED : AT_EQUAL_LOAD;
  const own = ownNames(result);
  return keys
    .flatMap((key) => metrics.find((m) => m.key === key) ?? [])
    .slice(0, MOST)
    .map((metric) => ({
      name: `${scenario.name.replaceAll('@', '-at-')}-${metric.key}`,
      title: `${metric.label}, ${metric.better} is better`,
      unit: unitOf(metric, scenario),
      bars: rows.flatMap((row) => {
        const f = row.figures.get(metric.key);
        if (f === undefined) return [];
        return [
          { label: row.contender, value: f.median, lowest: f.lowest, highest: f.highest, own: own.has(row.contender) },
        ];
      }),
    }))
    .filter((c) => c.bars.length > 0);
}
