/**
 * How often chance alone would part two groups of rounds at least this far: all ways to deal the pooled rounds into two
 * groups of these sizes are tried (or, when there are too many, a fixed number of seeded draws), and those whose means
 * lie at least as far apart are counted. It assumes nothing about how the figures are distributed.
 */

/** Ways tried one by one; C(16, 8) = 12,870 lies below. */
const MAX_EXACT = 20_000;
const DRAWS = 20_000;
/** Figures differ in their last bits. */
const EPSILON = 1e-12;

export function permutationP(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b];
  const total = all.reduce((x, y) => x + y, 0);
  const n = a.length;
  const m = b.length;
  if (n === 0 || m === 0) return 1;
  const distance = (sumOfN: number): number => Math.abs(sumOfN / n - (total - sumOfN) / m);
  const seen = distance(a.reduce((x, y) => x + y, 0)) - EPSILON * Math.abs(total);
  if (ways(n + m, n) > MAX_EXACT) return sampled(all, n, distance, seen);
  let far = 0;
  let count = 0;
  const pick = (from: number, left: number, sum: number): void => {
    if (left === 0) {
      count++;
      if (distance(sum) >= seen) far++;
      return;
    }
    for (let i = from; i <= all.length - left; i++) pick(i + 1, left - 1, sum + all[i]);
  };
  pick(0, n, 0);
  return far / count;
}

function sampled(all: number[], n: number, distance: (sum: number) => number, seen: number): number {
  const pool = [...all];
  let state = 0x9e3779b9;
  let far = 1;
  for (let d = 0; d < DRAWS; d++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      // xorshift32; seeded, so that a comparison says the same thing twice.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const j = i + ((state >>> 0) % (pool.length - i));
      [pool[i], pool[j]] = [pool[j], pool[i]];
      sum += pool[i];
    }
    if (distance(sum) >= seen) far++;
  }
  return far / (DRAWS + 1);
}

/** Binomial coefficient. */
function ways(n: number, k: number): number {
  let w = 1;
  for (let i = 1; i <= k; i++) w = (w * (n - k + i)) / i;
  return Math.round(w);
}

/** The smallest answer possible with so many rounds on each side: both means at the far ends. */
export function smallestP(n: number, m: number): number {
  return Math.min(1, (n === m ? 2 : 1) / ways(n + m, n));
}
