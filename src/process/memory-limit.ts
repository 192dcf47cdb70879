/** How much memory we may use, the cgroup's limit or else the machine's, and how much of it may be held for peers (platform/held-memory.ts). */
import { totalmem } from 'node:os';

/** What the process has itself, on its heap and as code, after some load. */
const OWN_BYTES = 40 * 1024 * 1024;
/** Share of the rest that may be held. Twice as much may lie around until it is collected (garbage.ts). */
const HELD_SHARE = 1 / 4;
/** However small the limit. */
const LEAST_BYTES = 4 * 1024 * 1024;

/**
 * Bytes that one of `loops` event loops may hold for peers. `ENVOYLET_MEMORY_LIMIT` (bytes) is taken for the limit, where the platform
 * does not say or for a trial.
 */
export function heldBudget(loops: number, setting = process.env.ENVOYLET_MEMORY_LIMIT ?? ''): number {
  // 0 or a number near 2^64 where there is no limit.
  const limit = Number(setting) || Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
  return Math.max(LEAST_BYTES, (limit - OWN_BYTES) * HELD_SHARE) / loops;
}
