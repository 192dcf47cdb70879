import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { metricOf } from '../../bench/measure/metrics.ts';
import type { BenchResult } from '../../bench/result.ts';
import { commonBase, compareResults, DEFAULT_COMPARE, judge } from '../../bench/stats/compare.ts';
import { permutationP, smallestP } from '../../bench/stats/permutation.ts';
import { median, relativeSpread, spread } from '../../bench/stats/summary.ts';

t.test('median and spread', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.ok(Number.isNaN(median([])));
  t.equal(spread([10, 10, 10, 10, 1000]), 0, 'one bad round does not move it');
  t.ok(Math.abs(relativeSpread([9, 10, 11]) - 0.14826) < 1e-6);
});

t.test('permutation test: exact where it can be counted', async (t) => {
  t.equal(permutationP([1, 2, 3], [4, 5, 6]), 2 / 20);
  t.equal(permutationP([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 2 / 252);
  t.equal(permutationP([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), smallestP(5, 5));
  t.equal(permutationP([5, 5, 5], [5, 5, 5]), 1);
  t.equal(permutationP([], [1]), 1);
  const many = Array.from({ length: 20 }, (_, i) => 100 + i);
  t.ok(
    permutationP(
      many,
      many.map((v) => v + 100),
    ) < 0.001,
    'drawn when there are too many ways',
  );
  t.ok(permutationP(many, [...many].reverse()) > 0.5);
});

const CPU = metricOf('cpuUs')!;
const RATE = metricOf('rate')!;

t.test('a change is a change only beyond floor, spread and chance', async (t) => {
  const verdict = (a: number[], b: number[], metric = CPU): string => judge(metric, a, b, DEFAULT_COMPARE).verdict;
  const base = [10, 10.1, 9.9, 10.05, 9.95];
  t.equal(
    verdict(
      base,
      base.map((v) => v * 1.2),
    ),
    'worse',
  );
  t.equal(
    verdict(
      base,
      base.map((v) => v * 0.8),
    ),
    'better',
  );
  t.equal(
    verdict(
      base,
      base.map((v) => v * 1.2),
      RATE,
    ),
    'better',
    'more requests per second are better',
  );
  t.equal(
    verdict(
      base,
      base.map((v) => v * 1.04),
    ),
    'same',
    'below the floor',
  );
  t.equal(verdict([10, 14, 8, 12, 9], [11, 15, 9, 13, 10]), 'same', 'within the noise');
  t.equal(verdict([10, 10, 10], [20, 20, 20]), 'too few rounds');
  t.equal(verdict(base, [12, 12.1, 11.9, 9.8, 12]), 'same', 'one round of five where it was before');
});

function result(cpu: Record<string, number[]>, kind = 'envoylet'): BenchResult {
  return {
    format: 1,
    date: '',
    machine: { cpu: 'x', cores: 2, memoryMb: 1, platform: '', node: 'v24', governor: '', proxyCpu: '', otherCpus: '' },
    options: { seconds: 1, warmup: 1, rounds: 5, quick: false, concurrency: 1 },
    contenders: Object.keys(cpu).map((name) => ({ name, version: '1', kind })),
    scenarios: [{ name: 's', title: '', unit: 'request' }],
    samples: Object.entries(cpu).flatMap(([contender, values]) =>
      values.map((cpuUs, round) => ({ scenario: 's', contender, round, by: 'built-in', values: { cpuUs } })),
    ),
    failures: [],
    notes: [],
  };
}

/** `ours` is envoylet, whoever else is not. */
const withOthers = (cpu: Record<string, number[]>): BenchResult => {
  const r = result(cpu, 'proxy');
  for (const c of r.contenders) if (c.name === 'ours') c.kind = 'envoylet';
  return r;
};

const dir = mkdtempSync(join(tmpdir(), 'bench-compare-'));
function write(name: string, content: unknown): string {
  writeFileSync(join(dir, name), JSON.stringify(content));
  return join(dir, name);
}

const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--no-warnings', join(import.meta.dirname, '../../bench/run.ts'), 'compare', ...args], {
    encoding: 'utf8',
  });

t.test('regressions, warnings, and dividing by a reference', async (t) => {
  const before = result({ ours: [10, 10.1, 9.9, 10, 10], envoy: [20, 20.2, 19.8, 20, 20] });
  const slower = result({ ours: [15, 15.1, 14.9, 15, 15], envoy: [30, 30.3, 29.7, 30, 30] });
  t.equal(compareResults(before, slower, DEFAULT_COMPARE).regressions.length, 2, 'both are ours here');
  const relative = compareResults(before, slower, { ...DEFAULT_COMPARE, relativeTo: 'envoy' });
  t.equal(relative.regressions.length, 0, 'the whole machine was slower');
  t.equal(relative.changes.length, 1);
  const other = { ...slower, machine: { ...slower.machine, cpu: 'y' } };
  t.match(compareResults(before, other, DEFAULT_COMPARE).warnings, [/CPU differs/]);
  const broken = { ...before, samples: before.samples.filter((s) => s.contender !== 'ours') };
  broken.failures = [{ scenario: 's', contender: 'ours', kind: 'wrong', message: 'expected 1, got 2' }];
  t.match(compareResults(before, broken, DEFAULT_COMPARE).regressions, [/s · ours: wrong/]);
});

t.test('a regression is ours: that another proxy got slower is a warning about the machine', async (t) => {
  const same = [10, 10.1, 9.9, 10, 10];
  const slow = same.map((v) => v * 2);
  const before = withOthers({ ours: same, nginx: same });
  const c = compareResults(before, withOthers({ ours: same, nginx: slow }), DEFAULT_COMPARE);
  t.same(c.regressions, []);
  t.match(c.warnings, [/others changed, too \(nginx; 1 of 1 figures\)/]);
  t.equal(compareResults(before, withOthers({ ours: slow, nginx: same }), DEFAULT_COMPARE).regressions.length, 1);
  const others = (cpu: number[]): BenchResult => result({ nginx: cpu }, 'proxy');
  t.equal(compareResults(others(same), others(slow), DEFAULT_COMPARE).regressions.length, 1, 'nobody of ours in it');
});

t.test('latencies at different offered rates are not compared, and it is said', async (t) => {
  const at = (offered: number, cpu: number): BenchResult => ({
    ...result({ ours: [1, 1.01, 0.99, 1, 1].map((v) => v * cpu), envoy: [2, 2, 2, 2, 2] }),
    scenarios: [{ name: 's', title: '', unit: 'request', offered }],
  });
  const other = compareResults(at(1000, 1), at(2000, 3), DEFAULT_COMPARE);
  t.match(other.warnings, [/s: latency at 1000 → 2000 requests per second: not compared/]);
  t.same(other.regressions, []);
  const same = compareResults(at(1000, 1), at(1050, 3), DEFAULT_COMPARE);
  t.same(same.warnings, []);
  t.equal(same.regressions.length, 1);
  const relative = compareResults(at(1000, 1), at(2000, 3), { ...DEFAULT_COMPARE, relativeTo: 'envoy' });
  t.equal(relative.regressions.length, 1, 'both were offered the same in each run');
});

t.test('bench compare: exit code 1 on a regression, 0 without, 2 for what is no result', async (t) => {
  const a = write('a.json', result({ ours: [10, 10.1, 9.9, 10, 10] }));
  const b = write('b.json', result({ ours: [15, 15.1, 14.9, 15, 15] }));
  const worse = run(a, b);
  t.equal(worse.status, 1, worse.stderr);
  t.match(worse.stdout, /REGRESSIONS:\n {2}s · ours: CPU × 1\.50/);
  const better = run(b, a);
  t.equal(better.status, 0);
  t.match(better.stdout, /1 better, 0 worse/);
  t.equal(run(a, a).status, 0);
  t.equal(run(a, b, '--floor', '60').status, 0);
  const none = run(a, write('none.json', { hello: 1 }));
  t.equal(none.status, 2);
  t.match(none.stderr, /not a result of this bench/);
  t.equal(run(a).status, 2);
});

t.test('bench compare: exit code 2 when nothing could be judged, and help is no error', async (t) => {
  const five = [10, 10.1, 9.9, 10, 10];
  const a = write('a.json', result({ ours: five, other: five }));
  const few = write('few.json', result({ ours: [10], other: [10] }));
  for (const files of [
    [few, few],
    [a, few],
  ]) {
    const r = run(...files);
    t.equal(r.status, 2, r.stdout);
    t.match(r.stdout, /\nNothing could be judged: .*\n$/);
  }
  const nobody = run(a, a, '--relative', 'nobody');
  t.equal(nobody.status, 2);
  t.match(nobody.stderr, /--relative nobody: not in either file; in both are: ours, other/);
  const alone = write('alone.json', result({ ours: five }));
  t.match(run(a, alone, '--relative', 'other').stderr, /not in the second file; in both are: ours/);
  t.equal(run(a, a, '--relative', 'other').status, 0);
  const help = run('--help');
  t.equal(help.status, 0);
  t.match(help.stdout, /^usage: .*compare A\.json B\.json/s);
});

t.test('what is missing in the second file, or failed there, is a regression where it is ours', async (t) => {
  const five = [10, 10.1, 9.9, 10, 10];
  const before = withOthers({ ours: five, nginx: five });
  const regressions = (after: BenchResult): string[] => compareResults(before, after, DEFAULT_COMPARE).regressions;
  t.same(regressions(withOthers({ ours: five })), [], 'nginx is not ours');
  const without = withOthers({ nginx: five });
  t.same(regressions(without), ['s · ours: timed before, missing now'], 'others were timed in that scenario');
  const asked = (selected: string[]): BenchResult => ({
    ...without,
    samples: [],
    scenarios: [],
    options: { ...without.options, selected },
  });
  t.same(regressions(asked(['s'])), ['s · ours: timed before, missing now']);
  t.same(regressions(asked(['t'])), [], 'nobody asked for that scenario');
  const failing: BenchResult = {
    ...before,
    failures: [
      { scenario: 'new', contender: 'ours', kind: 'crash', message: 'ended' },
      { scenario: 'new', contender: 'nginx', kind: 'crash', message: 'ended' },
    ],
  };
  t.same(regressions(failing), ['new · ours: crash (ended)'], 'a scenario that was not there before, too');
});

t.test('rows whose reference was not timed are said to be left out', async (t) => {
  const five = [10, 10.1, 9.9, 10, 10];
  const before = result({ ours: five, envoy: five });
  const after = { ...before, samples: before.samples.filter((s) => s.contender !== 'envoy') };
  const c = compareResults(before, after, { ...DEFAULT_COMPARE, relativeTo: 'envoy' });
  t.match(c.warnings, [/s: not compared: envoy was not timed there in both files/]);
  t.equal(c.judged, 0);
});

t.test(
  'who can be divided by: Envoy, else who is in most scenarios of both; the same version, never envoylet',
  async (t) => {
    const five = [10, 10.1, 9.9, 10, 10];
    const all = withOthers({ ours: five, nginx: five, envoy: five });
    t.equal(commonBase(all, all), 'envoy');
    t.equal(commonBase(all, withOthers({ ours: five, nginx: five })), 'nginx');
    t.equal(commonBase(all, withOthers({ ours: five })), '');
    const newer = withOthers({ ours: five, nginx: five, envoy: five });
    newer.contenders[2].version = '2';
    t.equal(commonBase(all, newer), 'nginx', 'another version is another program');
    const untimed = { ...all, samples: all.samples.filter((s) => s.contender === 'ours') };
    t.equal(commonBase(all, untimed), '', 'it is there, and was not timed');
    const twice = withOthers({ ours: five, nginx: five, haproxy: five });
    twice.scenarios.push({ ...twice.scenarios[0], name: 'u' });
    twice.samples.push(...twice.samples.filter((s) => s.contender === 'haproxy').map((s) => ({ ...s, scenario: 'u' })));
    t.equal(commonBase(twice, twice), 'haproxy', 'in two scenarios instead of one');
  },
);

t.test('bench compare: a machine that got slower is no regression where somebody else was timed', async (t) => {
  const times = (f: number): number[] => [10, 10.1, 9.9, 10, 10].map((v) => v * f);
  const a = write('a.json', withOthers({ ours: times(1), envoy: times(2) }));
  const drifted = write('b.json', withOthers({ ours: times(1.2), envoy: times(2.4) }));
  const worse = write('c.json', withOthers({ ours: times(1.44), envoy: times(2.4) }));
  const hidden = write('d.json', withOthers({ ours: times(1), envoy: times(1.6) }));
  const same = run(a, drifted);
  t.equal(same.status, 0, same.stdout);
  t.match(same.stdout, /^Figures are divided by envoy's, round by round/m);
  t.equal(run(a, drifted, '--relative', 'none').status, 1);
  t.equal(run(a, worse).status, 1);
  t.match(run(a, worse).stdout, /s · ours: CPU × 1\.20/);
  t.equal(run(a, hidden).status, 1, 'a faster machine does not hide it');
  const alone = write('e.json', withOthers({ ours: times(1) }));
  t.match(run(alone, alone).stdout, /^warning: nobody but envoylet was timed in both files/m);
  t.notMatch(run(a, a).stdout, /nobody but envoylet/);
  // Envoy runs no scenario `u`: there the figures stand as they are, and that is said.
  const more = (f: number): BenchResult => {
    const r = withOthers({ ours: times(1), envoy: times(2) });
    r.scenarios.push({ ...r.scenarios[0], name: 'u' });
    times(f).forEach((cpuUs, round) => {
      r.samples.push({ scenario: 'u', contender: 'ours', round, by: 'built-in', values: { cpuUs } });
    });
    return r;
  };
  const mixed = run(write('f.json', more(1)), write('g.json', more(1.5)));
  t.equal(mixed.status, 1);
  t.match(mixed.stdout, /u: compared as it is: envoy was not timed there in both files/);
  t.match(mixed.stdout, /REGRESSIONS:\n {2}u · ours: CPU × 1\.50\n$/);
});

t.test("CI's gate: passes on a result that can be judged, fails on one that cannot", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bench-gated-'));
  const gate = (name: string, ours: number[]) => {
    writeFileSync(join(dir, name), JSON.stringify(result({ ours })));
    const args = ['--no-warnings', join(import.meta.dirname, '../tools/bench-gate.ts'), join(dir, name)];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  };
  const five = gate('five.json', [10, 10.1, 9.9, 10, 10]);
  t.match(five.stdout, /\n2 passed, 0 failed\n$/);
  t.equal(five.status, 0);
  const one = gate('one.json', [10]);
  t.match(one.stdout, /\n0 passed, 2 failed\n$/);
  t.equal(one.status, 1);
});

t.test('bench compare: a file with itself, too few rounds in it: nothing is called the same', async (t) => {
  const few = write('few.json', withOthers({ ours: [10], envoy: [20] }));
  const r = run(few, few, '--relative', 'none');
  t.equal(r.status, 2);
  t.match(r.stdout, 'warning: both files hold the same run');
  t.match(r.stdout, /^0 better, 0 worse, 0 the same, 2 with too few rounds to tell/m);
  t.match(r.stdout, /^Nothing could be judged/m);
  t.notMatch(r.stdout, /ours +CPU/, 'no row for what does not differ');
  const same = [10, 10.1, 9.9, 10, 10];
  const enough = write('enough.json', withOthers({ ours: same, envoy: same }));
  const e = run(enough, enough, '--relative', 'none');
  t.equal(e.status, 0);
  t.match(e.stdout, /^0 better, 0 worse, 2 the same, 0 with too few/m);
});
