import t from 'tap';
import { metricOf } from '../../bench/measure/metrics.ts';
import type { BenchResult } from '../../bench/result.ts';
import { compareResults, DEFAULT_COMPARE, judge } from '../../bench/stats/compare.ts';
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

t.test('regressions, warnings, and dividing by a reference', async (t) => {
  const before = result({ ours: [10, 10.1, 9.9, 10, 10], envoy: [20, 20.2, 19.8, 20, 20] });
  const slower = result({ ours: [15, 15.1, 14.9, 15, 15], envoy: [30, 30.3, 29.7, 30, 30] });
  t.equal(compareResults(before, slower, DEFAULT_COMPARE).regressions.length, 2);
  const relative = compareResults(before, slower, { ...DEFAULT_COMPARE, relativeTo: 'envoy' });
  t.equal(relative.regressions.length, 0, 'the whole machine was slower');
  t.equal(relative.changes.length, 1);
  const other = { ...slower, machine: { ...slower.machine, cpu: 'y' } };
  t.match(compareResults(before, other, DEFAULT_COMPARE).warnings, [/CPU differs/]);
  const broken = { ...before, samples: before.samples.filter((s) => s.contender !== 'ours') };
  broken.failures = [{ scenario: 's', contender: 'ours', kind: 'wrong', message: 'expected 1, got 2' }];
  t.match(compareResults(before, broken, DEFAULT_COMPARE).regressions, [/s · ours: wrong/]);
});
