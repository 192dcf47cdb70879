import t from 'tap';
import { sorting } from '../../src/platform/stepwise-sort.ts';

interface Item {
  key: number;
  place: number;
}
const byKey = (a: Item, b: Item): number => a.key - b.key;

t.test('sorts as Array.sort does, equal elements in their order, in steps that are short', async (t) => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48271) % 0x7fffffff);
  for (const length of [0, 1, 2, 63, 64, 65, 200, 1000, 5003]) {
    for (const kinds of [1, 7, 1e9]) {
      const list = Array.from({ length }, (_, place) => ({ key: random() % kinds, place }));
      const expected = [...list].sort(byKey);
      let compared = 0;
      let most = 0;
      const steps = sorting(list, (a, b) => {
        compared++;
        return byKey(a, b);
      });
      for (;;) {
        compared = 0;
        const { done } = steps.next();
        most = Math.max(most, compared);
        if (done === true) break;
      }
      if (JSON.stringify(list) !== JSON.stringify(expected)) t.fail(`${length} of ${kinds} kinds`);
      // A run of 64 takes up to 64 × 6 comparisons; what is merged at once less.
      if (most > 400) t.fail(`${length} of ${kinds} kinds: ${most} comparisons in one step`);
    }
  }
});
