import t from 'tap';
import { LENT_BYTES } from '../../src/platform/lent.ts';
import type { Wire } from '../../src/transport/wire.ts';
import { WriteQueue } from '../../src/transport/write-queue.ts';
import { JOIN_LIMIT } from '../../src/transport/write-scratch.ts';

/** Keeps what it was given, as a kernel that takes nothing at once has to. */
class FakeWire {
  keepsWrites: boolean;
  readonly taken: boolean;
  readonly writes: (Buffer | Buffer[])[] = [];
  constructor(taken: boolean, keepsWrites = false) {
    this.taken = taken;
    this.keepsWrites = keepsWrites;
  }
  writeBuffer(data: Buffer): boolean {
    this.writes.push(this.taken ? Buffer.from(data) : data);
    return this.taken;
  }
  writeMany(chunks: Buffer[]): boolean {
    this.writes.push(this.taken ? chunks.map((c) => Buffer.from(c)) : chunks);
    return this.taken;
  }
  get text(): string {
    return Buffer.concat(this.writes.flat()).toString('latin1');
  }
}

type Piece = 'bytes' | 'text' | 'buffer';

/** Every order of three kinds of pieces, of the sizes that matter. */
function orders(length: number): Piece[][] {
  if (length === 0) return [[]];
  const kinds: Piece[] = ['bytes', 'text', 'buffer'];
  return orders(length - 1).flatMap((o) => kinds.map((k) => [...o, k]));
}

t.test('whatever is mixed leaves whole and in order, taken at once or not', async (t) => {
  let wrong = 0;
  let runs = 0;
  for (const taken of [true, false]) {
    for (const keeps of [true, false]) {
      const q = new WriteQueue();
      const wire = new FakeWire(taken, keeps);
      let expected = '';
      for (const size of [1, 40, 700, LENT_BYTES, LENT_BYTES + 1, 9000]) {
        for (const order of orders(4)) {
          runs++;
          let n = 0;
          order.forEach((kind, i) => {
            const piece = String.fromCharCode(97 + ((runs + i) % 26)).repeat(size + i);
            const lent = Buffer.from(`>${piece}<`);
            if (kind === 'text') q.pushLatin1(piece);
            else if (kind === 'buffer') q.push(Buffer.from(piece));
            else q.pushBytes(lent, 1, lent.length - 1);
            if (lent.length <= LENT_BYTES) lent.fill('!');
            expected += piece;
            n += piece.length;
          });
          if (q.send(wire as unknown as Wire, n) !== taken) wrong++;
        }
      }
      // Read only now: what the kernel still reads from must not have been used again.
      t.equal(wire.text === expected, true, `${taken ? 'taken' : 'not taken'}, ${keeps ? 'kept' : 'not kept'}`);
    }
  }
  t.equal(wrong, 0);
  t.ok(runs > 1900);
});

t.test('bytes of many pieces go out as one buffer, more than is joined as a vector', async (t) => {
  const q = new WriteQueue();
  const wire = new FakeWire(true);
  const piece = Buffer.from('*1\r\n$4\r\nPING\r\n');
  for (let i = 0; i < 100; i++) q.pushBytes(piece, 0, piece.length);
  q.send(wire as unknown as Wire, 100 * piece.length);
  t.equal(wire.writes.length, 1);
  t.notOk(Array.isArray(wire.writes[0]));
  const count = Math.ceil((2 * JOIN_LIMIT) / piece.length);
  for (let i = 0; i < count; i++) q.pushBytes(piece, 0, piece.length);
  q.send(wire as unknown as Wire, count * piece.length);
  const last = wire.writes.at(-1) as Buffer[];
  t.ok(Array.isArray(last) && last.length < 8, 'blocks, not pieces');
  t.equal(wire.text.length, (100 + count) * piece.length);
});

t.test('a queue that was cleared starts afresh', async (t) => {
  const q = new WriteQueue();
  q.pushBytes(Buffer.from('old'), 0, 3);
  q.pushLatin1('old');
  q.push(Buffer.from('old'));
  q.clear();
  const wire = new FakeWire(true);
  q.pushBytes(Buffer.from('new'), 0, 3);
  q.send(wire as unknown as Wire, 3);
  t.equal(wire.text, 'new');
});
