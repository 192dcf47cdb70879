/**
 * `npm run bench:micro -- [suites] [--seconds S] [--json FILE] [--check]`: code without sockets. Prints CPU per operation
 * and, where a piece is measured at several sizes, by which factor its cost grows. `--check`: exit code 1 when a series
 * grows faster than it should.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { short } from '../report/figures.ts';
import { allocations } from './allocations.ts';
import { growthOf, type MicroResult, measureCase } from './harness.ts';
import { SUITES } from './suites.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, json: { type: 'string' }, check: { type: 'boolean' } },
});
const seconds = Number(values.seconds ?? 1);
const names = positionals.length === 0 ? Object.keys(SUITES) : positionals;

function time(ns: number): string {
  if (ns >= 1e6) return `${short(ns / 1e6)} ms`;
  if (ns >= 1e4) return `${short(ns / 1e3)} µs`;
  return `${short(ns)} ns`;
}

const all: MicroResult[] = [];
let tooFast = 0;
for (const name of names) {
  const load = SUITES[name];
  if (load === undefined) throw new Error(`no suite '${name}': ${Object.keys(SUITES).join(', ')}`);
  const { suite } = await load();
  console.log(`== ${suite.name}: CPU per ${suite.unit}`);
  const results: MicroResult[] = [];
  const bytes = suite.bytes ? allocations(name) : null;
  for (const c of await suite.cases()) {
    const r = await measureCase(suite, c, seconds);
    const allocated = bytes?.get(c.name);
    if (allocated !== undefined) r.bytes = allocated;
    results.push(r);
    const spread = `±${Math.round(r.spread * 100)} %`;
    console.log(
      `${r.name.padEnd(46)} ${time(r.ns).padStart(12)}  ${spread.padStart(6)}${allocated === undefined ? '' : `  ${allocated} bytes allocated`}`,
    );
  }
  for (const g of growthOf(results)) {
    const limit = suite.growth?.[g.series];
    const bad = limit !== undefined && g.exponent > limit;
    if (bad) tooFast++;
    const allowed = limit === undefined ? '' : bad ? `, FASTER than n^${limit}` : `, within n^${limit}`;
    console.log(
      `  ${g.series}: × ${short(g.costFactor)} for × ${short(g.sizeFactor)}; at the upper end like n^${g.exponent.toFixed(2)}${allowed}`,
    );
  }
  all.push(...results);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(all, null, 1)}\n`);
process.exit(values.check && tooFast > 0 ? 1 : 0);
