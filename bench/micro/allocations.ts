/**
 * Bytes of heap that one operation allocates. Counted in a process of its own whose young generation is so large that no
 * garbage is collected while it counts: what the heap has grown by is what was allocated. Objects of optimised code count; what the
 * compiler has removed does not, which is what happens in service, too.
 */
import { spawnSync } from 'node:child_process';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SUITES } from './suites.ts';

/** MiB of each half of the young generation: room for all of one count. */
const SEMI_SPACE = 256;
/** Counted at a time, and how often; the least of them is free of what the process does beside. */
const OPERATIONS = 20_000;
const COUNTS = 5;
const WARM_UP = 100_000;
const WARM_UP_MS = 3000;
const PER_TURN = 500;

/** Bytes by case name. */
export function allocations(suite: string): Map<string, number> {
  const args = [
    `--min-semi-space-size=${SEMI_SPACE}`,
    `--max-semi-space-size=${SEMI_SPACE}`,
    import.meta.filename,
    suite,
  ];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.status !== 0) throw new Error(`counting the allocations of '${suite}' failed`);
  return new Map(JSON.parse(child.stdout) as [string, number][]);
}

async function count(name: string): Promise<[string, number][]> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const { suite } = await SUITES[name]();
  const out: [string, number][] = [];
  for (const c of await suite.cases()) {
    const until = performance.now() + WARM_UP_MS;
    let warm = 0;
    for (; warm < WARM_UP && performance.now() < until; warm += c.perCall) {
      await c.run();
      if (warm % PER_TURN < c.perCall) await new Promise((resolve) => setImmediate(resolve));
    }
    const operations = Math.ceil(Math.min(OPERATIONS, warm / COUNTS) / c.perCall) * c.perCall;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < COUNTS; k++) {
      gc();
      const before = getHeapStatistics().used_heap_size;
      for (let i = 0; i < operations; i += c.perCall) {
        const pending = c.run();
        if (pending !== undefined) await pending;
      }
      const bytes = (getHeapStatistics().used_heap_size - before) / operations;
      if (bytes >= 0 && bytes < least) least = bytes;
    }
    out.push([c.name, Math.round(least)]);
  }
  return out;
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(JSON.stringify(await count(process.argv[2])));
  process.exit(0);
}
