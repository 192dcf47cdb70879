/** What is got anew in the background waits, however long it is told to. */
import t from 'tap';
import { refreshIn } from '../../../src/http/filters/refresh.ts';

t.test('a wait that is longer than a timer can wait is as long as one can', async (t) => {
  const waits: number[] = [];
  let due = (): void => {};
  const { setTimeout: before } = globalThis;
  t.teardown(() => {
    globalThis.setTimeout = before;
  });
  globalThis.setTimeout = ((work: () => void, ms: number) => {
    waits.push(ms);
    due = work;
    return { unref: () => {} };
  }) as unknown as typeof setTimeout;
  let refreshed = 0;
  const target = { refresh: () => refreshed++ };
  refreshIn(target, 1000);
  due();
  t.equal(refreshed, 1);
  // cache_duration of a key set: up to 9,000,000,000 s.
  refreshIn(target, 9_000_000_000_000 - 1);
  due();
  t.equal(refreshed, 2);
  t.same(waits, [1000, 2 ** 31 - 1]);
});
