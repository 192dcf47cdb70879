/**
 * Measures small pieces of code: CPU time (all threads: collecting garbage and compiling count) per operation, the median
 * of batches of about 20 ms. Cases of one series differ in size only; how cost grows with size is worked out from them.
 */

export interface MicroCase {
  name: string;
  /** Cases with the same series are the same work at another size. */
  series?: string;
  /** How many routes, hosts, clusters. */
  size?: number;
  /** Operations of one call. */
  perCall: number;
  run(): void | Promise<void>;
}

export interface Suite {
  name: string;
  /** What one operation is. */
  unit: string;
  cases(): Promise<MicroCase[]> | MicroCase[];
  /** Also count the bytes that an operation allocates. */
  bytes?: boolean;
  /** Largest exponent k for which cost ~ size^k is as it should be, by series; others are only shown. */
  growth?: Record<string, number>;
}

export interface MicroResult {
  suite: string;
  name: string;
  series: string;
  size: number;
  /** CPU per operation. */
  ns: number;
  /** Median distance of the batches from it, in parts of it. */
  spread: number;
  batches: number;
  /** Heap allocated per operation; absent where nobody asked. */
  bytes?: number;
}

const BATCH_US = 20_000;
const MIN_BATCHES = 3;

async function batch(c: MicroCase, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) {
    const pending = c.run();
    if (pending !== undefined) await pending;
  }
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

function middle(values: number[]): number {
  const s = [...values].sort((a, b) => a - b);
  return s[s.length >> 1];
}

/** A third of `seconds` is warm-up. */
export async function measureCase(suite: Suite, c: MicroCase, seconds: number): Promise<MicroResult> {
  let calls = 1;
  const began = performance.now();
  for (;;) {
    const us = await batch(c, calls);
    if (us < BATCH_US / 2) calls *= us < BATCH_US / 20 ? 8 : 2;
    else if (performance.now() - began > (seconds * 1000) / 3) break;
  }
  const until = performance.now() + (seconds * 2000) / 3;
  const samples: number[] = [];
  while (samples.length < MIN_BATCHES || performance.now() < until) {
    samples.push(((await batch(c, calls)) * 1000) / (calls * c.perCall));
  }
  const ns = middle(samples);
  const spread = middle(samples.map((s) => Math.abs(s - ns))) / ns;
  return {
    suite: suite.name,
    name: c.name,
    series: c.series ?? '',
    size: c.size ?? 0,
    ns,
    spread,
    batches: samples.length,
  };
}

export interface Growth {
  series: string;
  /** From the smallest to the largest size. */
  sizeFactor: number;
  costFactor: number;
  /** cost ~ size^exponent between the two largest sizes: what happens before is the fixed cost wearing off. */
  exponent: number;
}

export function growthOf(results: readonly MicroResult[]): Growth[] {
  const out: Growth[] = [];
  for (const series of new Set(results.map((r) => r.series))) {
    if (series === '') continue;
    const sized = results.filter((r) => r.series === series).sort((a, b) => a.size - b.size);
    if (sized.length < 2) continue;
    const [first, last] = [sized[0], sized[sized.length - 1]];
    const before = sized[sized.length - 2];
    out.push({
      series,
      sizeFactor: last.size / first.size,
      costFactor: last.ns / first.ns,
      exponent: Math.log(last.ns / before.ns) / Math.log(last.size / before.size),
    });
  }
  return out;
}
