/** The result as text for a terminal: a table per scenario, medians with their spread. */
import { type BenchResult, REFERENCE } from '../result.ts';
import { caveat } from './caveat.ts';
import { blocks, roundsOf, short, show, unitOf } from './figures.ts';

/** Left-aligned first column, the others right. */
export function grid(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((r) => [...(r[i] ?? '')].length)));
  const pad = (text: string, i: number): string => {
    const gap = ' '.repeat(widths[i] - [...text].length);
    return i === 0 ? text + gap : gap + text;
  };
  return rows.map((r) => r.map(pad).join('  ').trimEnd()).join('\n');
}

export function table(result: BenchResult): string {
  const out: string[] = [];
  const { machine, options } = result;
  const warning = caveat(result);
  if (warning !== '') out.push(warning, '');
  const pinned =
    machine.proxyCpu === '' ? 'nothing pinned' : `proxy on CPU ${machine.proxyCpu}, the rest on ${machine.otherCpus}`;
  out.push(`${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}; ${pinned}`);
  out.push(
    `${roundsOf(options.rounds)} of ${options.seconds} s after ${options.warmup} s; ${options.concurrency > 1 ? `${options.concurrency} workers; ` : ''}medians, ± spread of the rounds`,
  );
  for (const { scenario, metrics, rows } of blocks(result)) {
    const hasRatio = rows.some((r) => Number.isFinite(r.cpuRatio));
    const head = ['', ...(hasRatio ? [`CPU × ${REFERENCE}`] : []), ...metrics.map((m) => m.label), 'load by'];
    const units = ['', ...(hasRatio ? [''] : []), ...metrics.map((m) => unitOf(m, scenario)), ''];
    const body = rows.map((row) => [
      row.contender,
      ...(hasRatio ? [short(row.cpuRatio)] : []),
      ...metrics.map((m) => {
        const f = row.figures.get(m.key);
        if (f === undefined) return '–';
        return f.rounds > 1 && m.unit !== ''
          ? `${show(m, f.median)} ±${Math.round(f.spread * 100)} %`
          : show(m, f.median);
      }),
      row.by,
    ]);
    out.push('', `== ${scenario.name}: ${scenario.title}`, grid([head, units, ...body]));
  }
  if (result.failures.length > 0) out.push('', 'Not timed:');
  for (const f of result.failures) out.push(`  ${f.contender}, ${f.scenario}: ${FAILURES[f.kind]}: ${f.message}`);
  if (result.notes.length > 0) out.push('', ...result.notes.map((n) => `note: ${n}`));
  return out.join('\n');
}

export const FAILURES = {
  start: 'did not start',
  wrong: 'wrong answer',
  crash: 'crashed',
  load: 'load failed',
} as const;
