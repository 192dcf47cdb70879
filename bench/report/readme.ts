/**
 * README's table of figures, from results of this bench: each figure of envoylet divided by Envoy's in the same round, the median of that, for
 * each result; and on which machines they were made. What a run does not repeat does not stand in README.
 */
import { type BenchResult, ownNames, REFERENCE } from '../result.ts';
import { median } from '../stats/summary.ts';
import { isTrial } from './caveat.ts';

interface TableRow {
  readonly label: string;
  readonly scenario: string;
  readonly key: string;
}

const ROWS: readonly TableRow[] = [
  { label: 'CPU per request: HTTP/1.1, 32 connections', scenario: 'http1-small', key: 'cpuUs' },
  { label: '… gRPC unary, 8 × 10 streams', scenario: 'grpc-unary', key: 'cpuUs' },
  { label: '… Redis GET, 32 connections', scenario: 'redis-get', key: 'cpuUs' },
  { label: '… Redis GET, pipelines of 16', scenario: 'redis-pipeline', key: 'cpuUs' },
  { label: '… TCP, small requests', scenario: 'tcp-requests', key: 'cpuUs' },
  { label: '… TCP, endless streams, per MiB', scenario: 'tcp-stream', key: 'cpuUs' },
  { label: 'p99 at 70 % of Envoy’s maximum: HTTP/1.1', scenario: 'http1-small@70', key: 'p99' },
  { label: '… gRPC unary', scenario: 'grpc-unary@70', key: 'p99' },
  { label: 'CPU until ready', scenario: 'start', key: 'startCpuMs' },
  { label: 'resident memory: before the first request', scenario: 'start', key: 'rssMb' },
  { label: '… 32 connections under load', scenario: 'http1-small', key: 'rssMb' },
  { label: '… the same with 64 KiB answers', scenario: 'http1-64k', key: 'rssMb' },
  { label: '… four TCP streams', scenario: 'tcp-stream', key: 'rssMb' },
  { label: '… after a minute of 1,000 connections', scenario: 'memory', key: 'rssMb' },
  { label: 'requests/s under 20m of CPU: first 10 s', scenario: 'edge', key: 'firstRate' },
  { label: '… after that', scenario: 'edge', key: 'rate' },
];

export const BEGIN = '<!-- bench readme: begin -->';
export const END = '<!-- bench readme: end -->';

/** Throws for a result that has no figures to quote. */
export function readmeTable(results: readonly BenchResult[]): string {
  for (const r of results) mayBeQuoted(r);
  const lines = [
    'Ratios to Envoy in the same round, medians; several figures are several runs, in the order of the machines below. Lower is better but for',
    'the last two rows.',
    '',
    '| | envoylet | best other |',
    '|---|--:|--:|',
  ];
  for (const row of ROWS) {
    const own = results.map((r) => ratio(r, row, ownName(r)));
    if (own.every((n) => n === undefined)) continue;
    const others = results.map((r) => bestOther(r, row));
    lines.push(`| ${row.label} | ${cells(own)} | ${cells(others)} |`);
  }
  return [...lines, '', ...results.map(machineLine)].join('\n');
}

function mayBeQuoted(r: BenchResult): void {
  if (isTrial(r)) throw new Error(`the run of ${r.date} was a trial (--quick): it has no figures to quote`);
  if (ownName(r) === '') throw new Error(`the run of ${r.date} has no envoylet`);
  if (!r.contenders.some((c) => c.name === REFERENCE)) throw new Error(`the run of ${r.date} has no ${REFERENCE}`);
}

const ownName = (r: BenchResult): string => [...ownNames(r)][0] ?? '';

function ratio(r: BenchResult, { scenario, key }: TableRow, contender: string): number | undefined {
  const rounds = (name: string): Map<number, number> =>
    new Map(
      r.samples
        .filter((s) => s.scenario === scenario && s.contender === name && s.values[key] !== undefined)
        .map((s) => [s.round, s.values[key] as number]),
    );
  const base = rounds(REFERENCE);
  const ratios = [...rounds(contender)].flatMap(([round, v]) => {
    const b = base.get(round);
    return b === undefined || b === 0 ? [] : [v / b];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

/** HAProxy, nginx, nutcracker: not the baselines that are written by hand. */
function bestOther(r: BenchResult, row: TableRow): number | undefined {
  const names = r.contenders.filter((c) => c.kind === 'proxy' && c.name !== REFERENCE).map((c) => c.name);
  const found = names.map((name) => ratio(r, row, name)).filter((n) => n !== undefined);
  if (found.length === 0) return undefined;
  return row.key === 'rate' || row.key === 'firstRate' ? Math.max(...found) : Math.min(...found);
}

function cells(values: readonly (number | undefined)[]): string {
  if (values.every((n) => n === undefined)) return '–';
  return values.map((n) => (n === undefined ? '–' : n.toFixed(2))).join(', ');
}

function machineLine(r: BenchResult): string {
  const { machine: m, options: o } = r;
  const governor = m.governor === '' ? '' : `, governor ${m.governor}`;
  const pinned = m.proxyCpu === '' ? 'nothing pinned' : 'the proxy on a CPU of its own';
  const envoy = r.contenders.find((c) => c.name === REFERENCE)?.version ?? '';
  return `- ${r.date.slice(0, 10)}: ${m.cpu}, ${m.cores} cores, ${m.platform}${governor}; Node ${m.node}, Envoy ${envoy}; ${o.rounds} rounds of ${o.seconds} s, ${pinned}.`;
}

/** The text with what stands between the marks replaced. Throws when it has no marks. */
export function replaceTable(text: string, table: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`no '${BEGIN}' … '${END}' in it`);
  return `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`;
}
