/**
 * How much memory the process holds. Node reads a file for it, which fails where no descriptor is left (`EMFILE`): then the last answer
 * stands, because a page of the admin listener or a timer must not fail on that.
 */

let last: NodeJS.MemoryUsage = { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };

/** In bytes. `ask` is replaced in tests. */
export function memoryUsage(ask: () => NodeJS.MemoryUsage = process.memoryUsage): NodeJS.MemoryUsage {
  try {
    last = ask();
  } catch {
    // As it was.
  }
  return last;
}

/** Resident bytes alone, which cost less to ask for. */
export function residentBytes(ask: () => number = process.memoryUsage.rss): number {
  try {
    const rss = ask();
    last = { ...last, rss };
    return rss;
  } catch {
    return last.rss;
  }
}
