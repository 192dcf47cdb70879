/**
 * `node test/tools/bench-gate.ts RESULT.json`: does `bench compare` tell a slower envoylet from the same one? Compares a real
 * result with itself and with a copy in which envoylet costs three times as much. Says nothing about the machine's speed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METRICS } from '../../bench/measure/metrics.ts';
import { type BenchResult, ownNames, readResult } from '../../bench/result.ts';

const FACTOR = 3;

/** The result with every figure of envoylet's made worse by a factor. */
function slower(result: BenchResult): BenchResult {
  const own = ownNames(result);
  const samples = result.samples.map((s) => {
    if (!own.has(s.contender)) return s;
    const values = { ...s.values };
    for (const { key, better } of METRICS) {
      const v = values[key];
      if (v !== undefined) values[key] = better === 'lower' ? v * FACTOR : v / FACTOR;
    }
    return { ...s, values };
  });
  return { ...result, samples };
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node test/tools/bench-gate.ts RESULT.json');
const dir = mkdtempSync(join(tmpdir(), 'bench-gate-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
const worse = join(dir, 'worse.json');
writeFileSync(worse, JSON.stringify(slower(readResult(path))));

const run = join(import.meta.dirname, '../../bench/run.ts');
let failed = 0;
const cases: [string, string[], number][] = [
  ['the same result', [path, path], 0],
  [`envoylet ${FACTOR} times worse`, [path, worse], 1],
];
for (const [what, files, expected] of cases) {
  const r = spawnSync(process.execPath, ['--no-warnings', run, 'compare', ...files], { encoding: 'utf8' });
  const right = r.status === expected;
  if (!right) failed++;
  process.stdout.write(`${right ? 'ok' : 'NOT OK'}: ${what}: exit code ${r.status}, expected ${expected}\n`);
  if (!right) process.stdout.write(`${r.stdout}${r.stderr}`);
}
process.stdout.write(`${cases.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
