/** The action shrink_heap: as long as it is saturated each event loop collects its own garbage every so often. Role of HeapShrinker (source/common/memory/heap_shrinker.cc). */
import { v8Collector } from '../process/garbage.ts';

/** `count`: of the process, in one of its event loops; null in others. */
export function shrinksHeap(everyMs: number, count: { inc(): void } | null): (share: number) => void {
  let timer: NodeJS.Timeout | null = null;
  return (share) => {
    if (share >= 1 === (timer !== null)) return;
    if (timer !== null) {
      clearInterval(timer);
      timer = null;
      return;
    }
    const collector = v8Collector();
    timer = setInterval(() => {
      collector.major();
      count?.inc();
    }, everyMs);
    timer.unref();
  };
}
