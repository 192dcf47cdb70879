import t from 'tap';
import {
  computeBuckets,
  computeQuantiles,
  disjointBuckets,
  occupiedBins,
  sampleCount,
  sampleSum,
} from '../../src/stats/histogram-statistics.ts';
import { general, jsonNumber, shortest } from '../../src/stats/number-format.ts';
import { Store } from '../../src/stats/store.ts';

function binsOf(values: number[]): Float64Array {
  const h = new Store().histogram('h', 'ms');
  for (const v of values) h.record(v);
  return h.bins;
}

t.test('bins have two significant digits', async (t) => {
  const edges = (v: number) => {
    const [bin] = occupiedBins(binsOf([v]));
    return [Number(bin.left.toPrecision(15)), bin.width];
  };
  t.same(edges(0), [0, 0]);
  t.same(edges(1), [1, 0.1]);
  t.same(edges(9), [9, 0.1]);
  t.same(edges(10), [10, 1]);
  t.same(edges(99), [99, 1]);
  t.same(edges(100), [100, 10]);
  t.same(edges(109), [100, 10]);
  t.same(edges(119.9), [110, 10]);
  t.same(edges(9999), [9900, 100]);
  t.same(edges(10000), [10000, 1000]);
  t.same(edges(3_599_999), [3_500_000, 100_000]);
  t.same(edges(12_345_678_901), [12_000_000_000, 1_000_000_000]);
});

t.test('what is no whole number is cut, and nothing can grow the bins without end', async (t) => {
  t.same(occupiedBins(binsOf([0.9, -3, Number.NaN])), [{ left: 0, width: 0, count: 3 }]);
  const huge = binsOf([Number.POSITIVE_INFINITY, 1e300, Number.MAX_SAFE_INTEGER]);
  t.equal(sampleCount(huge), 3);
  t.ok(huge.length <= 1360);
  t.equal(occupiedBins(huge).length, 1);
});

t.test('every value lands in a bin that holds it', async (t) => {
  for (let v = 1; v < 1e15; v = Math.ceil(v * 1.37)) {
    const [{ left, width }] = occupiedBins(binsOf([v]));
    t.ok(left <= v * (1 + 1e-12) && v < (left + width) * (1 + 1e-12), String(v));
  }
});

// Every figure below was printed by Envoy 1.40 for responses of these sizes (cluster.up.upstream_rs_body_size).
const SIZES = [
  1, 5, 10, 55, 99, 100, 123, 1000, 1234, 4999, 5000, 10000, 10001, 60000, 2400, 2300, 2349, 2399, 2490, 4900,
];

t.test('quantiles, buckets and sum have the digits Envoy prints for the same samples', async (t) => {
  const bins = binsOf(SIZES);
  t.equal(
    computeQuantiles(bins).map(shortest).join(' '),
    '1.05 99.5 2325 4933.333333333333 10333.333333333334 10666.666666666666 60500 60500 60500 60500',
  );
  t.equal(computeBuckets(bins).join(' '), '0 1 2 3 3 3 6 7 7 8 14 17 19 19 20 20 20 20 20');
  t.equal(disjointBuckets(computeBuckets(bins)).join(' '), '0 1 1 1 0 0 3 1 0 1 6 3 2 0 1 0 0 0 0');
  t.equal(general(sampleSum(bins), 32), '111038.25851456064265221357345581');
  t.equal(
    occupiedBins(bins)
      .map((b) => `${general(b.left, 15)},${general(b.width, 15)}:${b.count}`)
      .join(' '),
    '1,0.1:1 5,0.1:1 10,1:1 55,1:1 99,1:1 100,10:1 120,10:1 1000,100:1 1200,100:1 2300,100:3 2400,100:2 4900,100:2 ' +
      '5000,100:1 10000,1000:2 60000,1000:1',
  );
});

t.test('many samples in one bin are spread over it', async (t) => {
  t.equal(
    computeQuantiles(binsOf(new Array(40).fill(1)))
      .map(shortest)
      .join(' '),
    '1.002439024390244 1.024390243902439 1.048780487804878 1.0731707317073171 1.0878048780487806 1.0926829268292684 ' +
      '1.0975609756097562 1.0975609756097562 1.0975609756097562 1.0975609756097562',
  );
  t.ok(computeQuantiles(binsOf([])).every(Number.isNaN));
  t.ok(computeQuantiles(binsOf([0, 0])).every((q) => q === 0));
});

t.test('numbers as C++ prints them', async (t) => {
  t.equal(general(1.05, 32), '1.0500000000000000444089209850063');
  t.equal(general(1800000, 6), '1.8e+06');
  t.equal(general(600000, 6), '600000');
  t.equal(general(0.5, 6), '0.5');
  t.equal(general(99.9, 6), '99.9');
  t.equal(general(0, 6), '0');
  t.equal(jsonNumber(300000), '3e+05');
  t.equal(jsonNumber(1800000), '1800000');
  t.equal(jsonNumber(60000), '60000');
  t.equal(jsonNumber(Number.NaN), 'null');
  t.equal(shortest(Number.NaN), 'nan');
  t.equal(shortest(6450), '6450');
});
