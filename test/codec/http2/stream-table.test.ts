import t from 'tap';
import type { Http2Stream } from '../../../src/codec/http2/stream.ts';
import { StreamTable } from '../../../src/codec/http2/stream-table.ts';

const stream = (id: number): Http2Stream => ({ id }) as Http2Stream;

t.test('the same as a Map through 200,000 random changes, long-lived streams among short ones', async (t) => {
  let state = 7;
  const random = (n: number): number => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
  const table = new StreamTable();
  const map = new Map<number, Http2Stream>();
  let next = 1;
  let wrong = 0;
  for (let i = 0; i < 200_000; i++) {
    const ids = [...map.keys()];
    if (ids.length < random(60)) {
      const s = stream(next);
      // A gap now and then: refused streams take an id too.
      next += 2 * (1 + (random(10) === 0 ? random(100) : 0));
      table.add(s);
      map.set(s.id, s);
    } else if (ids.length > 0) {
      // The oldest five live longest.
      const id = ids[Math.min(ids.length - 1, 5 + random(ids.length))];
      table.delete(id);
      map.delete(id);
    }
    const asked = 1 + 2 * random(next);
    if (table.get(asked) !== map.get(asked) || table.size !== map.size) wrong++;
  }
  for (const [id, s] of map) if (table.get(id) !== s) wrong++;
  t.equal(wrong, 0);
  t.same(
    table.list().map((s) => s.id),
    [...map.keys()],
    'listed by rising id',
  );
});

t.test('grows, forgets, and takes ids up to 2^31-1', async (t) => {
  const table = new StreamTable();
  for (let id = 1; id < 20_000; id += 2) table.add(stream(id));
  t.equal(table.size, 10_000);
  t.equal(table.get(19_999)?.id, 19_999);
  table.delete(2_000_001);
  t.equal(table.size, 10_000, 'an unknown id changes nothing');
  table.clear();
  t.equal(table.size, 0);
  t.equal(table.get(1), undefined);
  t.same(table.list(), []);
  table.add(stream(2147483647));
  t.equal(table.get(2147483647)?.id, 2147483647);
  table.delete(2147483647);
  t.equal(table.get(2147483647), undefined);
});
