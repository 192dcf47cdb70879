/**
 * The monotonic clock of everything that measures or waits. Not `performance.now()`: its global loads perf_hooks and ten more of
 * Node's modules, 0.9 ms of CPU that a start does not have; a call of either costs some 50 ns.
 */

const { hrtime } = process;

/** ms since an arbitrary moment, with fractions; never runs backwards. */
export function clockMs(): number {
  const time = hrtime();
  return time[0] * 1000 + time[1] / 1e6;
}
