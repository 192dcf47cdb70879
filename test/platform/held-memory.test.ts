import t from 'tap';
import { CRITICAL_LIMIT, HeldMemory, OVERFULL, RELAXED, TIGHT, TIGHT_LIMIT } from '../../src/platform/held-memory.ts';

const MB = 1 << 20;

t.test('limits are as configured up to the budget, small above it, smallest far above it, and recover', (t) => {
  const m = new HeldMemory();
  m.add(100 * MB);
  t.same([m.level, m.of(MB), m.of(0)], [RELAXED, MB, 0], 'without a budget');
  m.budget = 100 * MB;
  t.equal(m.level, RELAXED, 'all of it');
  m.add(1);
  t.same([m.level, m.of(MB), m.of(0), m.of(1000)], [TIGHT, TIGHT_LIMIT, TIGHT_LIMIT, 1000]);
  m.add(100 * MB);
  t.same([m.level, m.of(MB), m.of(0), m.of(1000)], [OVERFULL, CRITICAL_LIMIT, CRITICAL_LIMIT, 1000]);
  m.add(-50 * MB);
  t.equal(m.level, OVERFULL, 'a level is not left at once');
  m.add(-2);
  t.equal(m.level, TIGHT);
  m.add(-75 * MB);
  t.same([m.level, m.of(MB)], [RELAXED, MB], 'below three quarters all is well');
  m.add(200 * MB);
  m.add(-m.bytes);
  t.equal(m.level, RELAXED, 'from the top to nothing in one step');
  t.end();
});

t.test('what is held, allowed, exceeded and given up is counted', (t) => {
  const counted = { held: 0, budget: 0, exceeded: 0, givenUp: 0 };
  const m = new HeldMemory();
  m.add(5);
  m.countIn({
    held: { set: (n) => void (counted.held = n), add: (n) => void (counted.held += n) },
    budget: { set: (n) => void (counted.budget = n) },
    exceeded: { inc: () => void counted.exceeded++ },
    givenUp: { inc: () => void counted.givenUp++ },
  });
  m.budget = 10;
  for (let i = 0; i < 3; i++) {
    m.add(6);
    m.add(4);
    m.add(-10);
  }
  m.add(100);
  m.countGivenUp();
  t.same(counted, { held: 105, budget: 10, exceeded: 4, givenUp: 1 });
  t.end();
});
