/**
 * How many event loops a start without `--concurrency` has. One: a worker thread costs 18 MB of resident memory, of which 13 are a bare Node
 * worker's, and Envoy's workers cost next to nothing; with a second one we would be larger than Envoy on the same machine (76 MB, Envoy 63 to
 * 66 with any number; docs/behaviour.md P1). `--cpuset-threads` asks for one per CPU, as far as memory allows.
 */
import { totalmem } from 'node:os';
import { cpuCount } from './cpu-limit.ts';

/** Memory for each loop, at least: what one asks for as a sidecar, traffic included. */
export const BYTES_PER_LOOP = 64 * 1024 * 1024;

/** `cpus`, `memoryBytes`: what the process may use; replaced in tests. */
export function defaultEventLoops(perCpu: boolean, cpus = cpuCount, memoryBytes = usableMemory): number {
  if (!perCpu) return 1;
  return Math.max(1, Math.min(cpus(), Math.floor(memoryBytes() / BYTES_PER_LOOP)));
}

/** The cgroup's limit, or the machine's memory. */
function usableMemory(): number {
  // 0 or a number near 2^64 where there is no limit.
  return Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
}

/** For the log: what was chosen by itself, and how to choose otherwise. '' where there is nothing to choose. */
export function eventLoopsLine(loops: number, perCpu: boolean, cpus = cpuCount()): string {
  if (cpus === 1) return '';
  const chosen = `${loops} event loop${loops === 1 ? '' : 's'} on ${cpus} CPUs`;
  if (!perCpu) return `${chosen}: --concurrency N for more, 18 MB each; --cpuset-threads for one on each CPU`;
  return loops < cpus ? `${chosen}: as many as fit into the memory, ${BYTES_PER_LOOP / 1024 / 1024} MiB each` : chosen;
}
