import t from 'tap';
import { copyBytes, copyOf, LENT_BYTES, own } from '../../src/platform/lent.ts';

t.test('what is owned of a lent chunk stays; of a longer one it is a slice', async (t) => {
  const lent = Buffer.alloc(LENT_BYTES, 'a');
  const kept = [own(lent, 0, LENT_BYTES), own(lent, 3, 10), own(lent, 5, 5)];
  lent.fill('!');
  t.same(
    kept.map((b) => b.toString()),
    ['a'.repeat(LENT_BYTES), 'a'.repeat(7), ''],
  );
  const mine = Buffer.alloc(LENT_BYTES + 1, 'b');
  t.equal(own(mine, 0, mine.length), mine);
  t.equal(own(mine, 1, 4).buffer, mine.buffer);
});

t.test('copies of any size do not overlap', async (t) => {
  const source = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) & 255));
  const copies: { copy: Buffer; from: number }[] = [];
  for (let n = 0; n < 20_000; n = n < 60 ? n + 1 : Math.ceil(n * 1.3)) {
    for (let k = 0; k < 5; k++) copies.push({ copy: copyOf(source, k * 11, k * 11 + n), from: k * 11 });
  }
  t.ok(copies.length > 300);
  t.ok(copies.every(({ copy, from }) => copy.equals(source.subarray(from, from + copy.length))));
});

t.test('copyBytes writes where it should and nowhere else', async (t) => {
  for (const n of [0, 1, 48, 49, 500]) {
    const target = Buffer.alloc(600, '.');
    copyBytes(Buffer.alloc(600, 'x'), 20, 20 + n, target, 7);
    t.equal(target.toString(), `${'.'.repeat(7)}${'x'.repeat(n)}${'.'.repeat(593 - n)}`);
  }
});
