// The cases are those of edf_scheduler_test.cc (1.16).
import t from 'tap';
import { EdfScheduler } from '../../../src/upstream/load-balancers/edf-scheduler.ts';

t.test('equal weights: first in, first out, for ever', async (t) => {
  const s = new EdfScheduler<number>();
  for (let i = 0; i < 128; i++) s.add(i, 1);
  for (let round = 0; round < 128; round++) {
    for (let i = 0; i < 128; i++) if (s.pick(() => 1) !== i) t.fail(`round ${round}`);
  }
  t.equal(s.size, 128);
});

t.test('weights 1 to 128: each is picked as often as it weighs', async (t) => {
  const s = new EdfScheduler<number>();
  const picked = new Array<number>(128).fill(0);
  for (let i = 0; i < 128; i++) s.add(i, i + 1);
  for (let i = 0; i < (128 * 129) / 2; i++) picked[s.pick((x) => x + 1)!]++;
  t.same(
    picked,
    Array.from({ length: 128 }, (_, i) => i + 1),
  );
});

t.test('empty', async (t) => {
  t.equal(
    new EdfScheduler<number>().pick(() => 1),
    null,
  );
});
