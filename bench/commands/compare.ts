/** `bench compare A.json B.json`: what got better or worse beyond the noise. Exit code 1 on a regression. */
import { parseArgs } from 'node:util';
import { short } from '../report/figures.ts';
import { grid } from '../report/table.ts';
import { readResult } from '../result.ts';
import { compareResults, DEFAULT_COMPARE } from '../stats/compare.ts';

export function compare(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { floor: { type: 'string' }, relative: { type: 'string' }, all: { type: 'boolean' } },
  });
  if (positionals.length !== 2)
    throw new Error('usage: bench compare A.json B.json [--floor P] [--relative NAME] [--all]');
  const floor = values.floor === undefined ? DEFAULT_COMPARE.floor : Number(values.floor) / 100;
  if (!(floor >= 0)) throw new Error(`--floor ${values.floor}: not a number`);
  const [before, after] = positionals.map(readResult);
  const options = { ...DEFAULT_COMPARE, floor, relativeTo: values.relative ?? '' };
  const c = compareResults(before, after, options);
  const out = c.warnings.map((w) => `warning: ${w}`);
  const shown = values.all ? c.changes : c.changes.filter((x) => x.verdict !== 'same');
  if (shown.length > 0) {
    const rows = shown.map((x) => [
      `${x.scenario} · ${x.contender}`,
      x.metric.label,
      short(x.before),
      short(x.after),
      `× ${x.ratio.toFixed(2)}`,
      x.p.toFixed(3),
      x.verdict + (x.verdict === 'worse' && !x.metric.judged ? ' (not judged)' : ''),
    ]);
    out.push(grid([['', 'figure', 'before', 'after', 'ratio', 'p', 'verdict'], ...rows]));
  }
  const count = (verdict: string): number => c.changes.filter((x) => x.verdict === verdict).length;
  out.push(
    '',
    `${count('better')} better, ${count('worse')} worse, ${count('same')} the same, ${count('too few rounds')} with too few rounds to tell (five a side are needed)`,
    `A change is: medians more than ${short(floor * 100)} % apart, more than twice the rounds' spread, and p ≤ ${options.alpha} of a permutation test.`,
  );
  for (const k of c.onlyBefore) out.push(`only before: ${k}`);
  for (const k of c.onlyAfter) out.push(`only after: ${k}`);
  if (c.regressions.length > 0) out.push('', 'REGRESSIONS:', ...c.regressions.map((r) => `  ${r}`));
  process.stdout.write(`${out.join('\n')}\n`);
  return c.regressions.length > 0 ? 1 : 0;
}
