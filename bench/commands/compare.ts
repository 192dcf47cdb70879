/** `bench compare A.json B.json`: what got better or worse beyond the noise. Exit code 1 on a regression, 2 when nothing could be judged. */
import { parseArgs } from 'node:util';
import { USAGE } from '../options.ts';
import { caveat, isTrial } from '../report/caveat.ts';
import { short } from '../report/figures.ts';
import { grid } from '../report/table.ts';
import { type BenchResult, readResult } from '../result.ts';
import { type Change, commonBase, compareResults, DEFAULT_COMPARE } from '../stats/compare.ts';

export function compare(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      floor: { type: 'string' },
      relative: { type: 'string' },
      all: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (positionals.length !== 2)
    throw new Error('usage: bench compare A.json B.json [--floor P] [--relative NAME|none] [--all]');
  const floor = values.floor === undefined ? DEFAULT_COMPARE.floor : Number(values.floor) / 100;
  if (!(floor >= 0)) throw new Error(`--floor ${values.floor}: not a number`);
  const [before, after] = positionals.map(readResult);
  const auto = values.relative === undefined;
  const relativeTo = auto ? commonBase(before, after) : values.relative === AS_IT_IS ? '' : (values.relative ?? '');
  if (!auto && relativeTo !== '') mustHave(relativeTo, before, after);
  const options = { ...DEFAULT_COMPARE, floor, relativeTo, orAbsolute: auto };
  const c = compareResults(before, after, options);
  const out = c.warnings.map((w) => `warning: ${w}`);
  if (JSON.stringify(before) === JSON.stringify(after)) out.push('warning: both files hold the same run');
  for (const r of new Set([before, after].filter(isTrial))) out.push(`warning: ${caveat(r)}`);
  if (relativeTo !== '')
    out.push(`Figures are divided by ${relativeTo}'s, round by round (--relative ${AS_IT_IS}: not).`);
  else if (auto) out.push(`warning: ${NOBODY_ELSE}`);
  const differs = (x: Change): boolean =>
    x.verdict === 'too few rounds' ? Math.abs(x.ratio - 1) > floor : x.verdict !== 'same';
  const shown = values.all ? c.changes : c.changes.filter(differs);
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
  if (c.judged === 0) out.push('', `Nothing could be judged: ${NOTHING}`);
  process.stdout.write(`${out.join('\n')}\n`);
  if (c.regressions.length > 0) return 1;
  return c.judged > 0 ? 0 : 2;
}

/** For `--relative`: nobody. */
const AS_IT_IS = 'none';

const NOBODY_ELSE =
  'nobody but envoylet was timed in both files with the same version: a machine that was slower the second time looks like a regression';

const NOTHING = 'no figure that counts is in both files with five rounds a side.';

/** Throws where a contender to divide by was not timed in both files. */
function mustHave(name: string, before: BenchResult, after: BenchResult): void {
  const timed = (r: BenchResult): string[] => [...new Set(r.samples.map((s) => s.contender))];
  const [a, b] = [timed(before), timed(after)];
  if (a.includes(name) && b.includes(name)) return;
  const both = a.filter((n) => b.includes(n));
  const where = a.includes(name) ? 'the second file' : b.includes(name) ? 'the first file' : 'either file';
  throw new Error(`--relative ${name}: not in ${where}; in both are: ${both.join(', ') || 'none'}`);
}
