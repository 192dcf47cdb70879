import t from 'tap';
import {
  computeBuckets,
  computeQuantiles,
  occupiedBins,
  sampleCount,
  sampleSum,
} from '../../src/stats/histogram-statistics.ts';
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

t.test('quantiles, sum and buckets', async (t) => {
  const one = binsOf([1]);
  t.same(
    computeQuantiles(one).map((q) => Math.round(q * 1e6) / 1e6),
    [1, 1.025, 1.05, 1.075, 1.09, 1.095, 1.099, 1.0995, 1.0999, 1.1],
    'as Envoy prints a single 1',
  );
  t.ok(computeQuantiles(binsOf([])).every(Number.isNaN));
  t.ok(computeQuantiles(binsOf([0, 0])).every((q) => q === 0));
  const mixed = binsOf([1, 1, 5, 12, 250, 30000]);
  t.same(computeBuckets(mixed), [0, 0, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6]);
  t.equal(sampleCount(mixed), 6);
  t.ok(Math.abs(sampleSum(mixed) - 30769) < 600);
});
