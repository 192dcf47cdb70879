import t from 'tap';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { copyOf, LENT_BYTES, onCopied } from '../../src/platform/lent.ts';
import { GarbageWatch, v8Collector } from '../../src/process/garbage.ts';
import { until } from '../http/proxy.ts';

const MB = 1 << 20;

/** A program whose young and old garbage a test makes up. */
function fake(budget = Number.POSITIVE_INFINITY) {
  heldMemory.budget = budget;
  const state = { young: 0, old: 0, used: 3 * MB, minors: 0, majors: 0 };
  const watch = new GarbageWatch({
    bufferBytes: () => state.used + state.young + state.old + heldMemory.bytes,
    minor: () => {
      state.minors++;
      state.young = 0;
    },
    major: () => {
      state.majors++;
      state.young = 0;
      state.old = 0;
    },
  });
  /** Reads `bytes`, of which `share` has grown old by the next look. */
  const read = (bytes: number, share: number): void => {
    for (let n = 0; n < bytes; n += watch.every) {
      state.young += watch.every * (1 - share);
      state.old += watch.every * share;
      watch.look();
    }
  };
  watch.look();
  return { state, watch, read };
}
t.afterEach(() => {
  heldMemory.add(-heldMemory.bytes);
  heldMemory.budget = Number.POSITIVE_INFINITY;
});

t.test('what went through at once is collected with the young, at every look', async (t) => {
  const { state, read } = fake();
  t.same([state.minors, state.majors], [1, 0]);
  read(80 * MB, 0);
  t.same([state.minors, state.majors], [11, 0]);
});

t.test('what is held is no garbage, however much it is', async (t) => {
  const { state, watch } = fake();
  heldMemory.add(500 * MB);
  watch.look();
  t.equal(state.majors, 0);
});

t.test('what has grown old takes a full collection; the young are left alone meanwhile', async (t) => {
  const { state, read } = fake();
  read(320 * MB, 1);
  t.equal(state.majors, 10, 'one for every 32 MiB');
  t.ok(state.minors <= 20, `${state.minors} of 40 looks`);
});

t.test('under a small budget earlier, and looked at more often', async (t) => {
  const { state, read, watch } = fake(12 * MB);
  t.equal(watch.every, 3 * MB);
  read(120 * MB, 1);
  t.equal(state.majors, 10, 'one for every 12 MiB');
});

t.test('what a full collection leaves is in use: it is not asked for again', async (t) => {
  const { state, watch } = fake();
  state.used += 100 * MB;
  watch.look();
  t.equal(state.majors, 1);
  watch.look();
  t.equal(state.majors, 1);
});

t.test("V8's own: copies nobody keeps are gone, and the copies are what is counted", async (t) => {
  const collector = v8Collector();
  let looks = 0;
  onCopied(MB, () => void looks++);
  t.teardown(() => onCopied(Number.POSITIVE_INFINITY, () => {}));
  // What the test's own modules were read into goes first; another thread gives it back.
  collector.major();
  let last = -1;
  let same = 0;
  await until(() => {
    const now = collector.bufferBytes();
    same = now === last ? same + 1 : 0;
    last = now;
    return same === 100;
  });
  const before = collector.bufferBytes();
  const chunk = Buffer.alloc(64 * 1024);
  const kept: Buffer[] = [];
  for (let i = 0; i < 320; i++) kept.push(copyOf(chunk, 0, chunk.length));
  for (let i = 0; i < 1024; i++) kept.push(copyOf(chunk, 0, LENT_BYTES));
  t.ok(looks >= 18 && looks <= 21, `${looks} looks at 21 MiB`);
  collector.minor();
  t.ok(collector.bufferBytes() - before >= 21 * MB, 'they are in use');
  kept.length = 0;
  collector.major();
  // Another thread gives the memory back.
  await until(() => collector.bufferBytes() - before < 2 * MB);
  t.pass('all is gone');
  for (let i = 0; i < 320; i++) copyOf(chunk, 0, chunk.length);
  collector.minor();
  await until(() => collector.bufferBytes() - before < 2 * MB);
  t.pass('so are the young');
  t.equal(typeof (globalThis as { gc?: unknown }).gc, 'undefined', 'nobody else can call it');
});
