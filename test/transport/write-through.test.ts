/** Long lent chunks go to the kernel from where they lie; what it does not take is copied, in order, and counted once. */
import t from 'tap';
import { beginLoan, endLoan, landing } from '../../src/platform/lent.ts';
import { Store } from '../../src/stats/store.ts';
import { Connection } from '../../src/transport/connection.ts';
import type { Wire } from '../../src/transport/wire.ts';
import { NOBODY } from '../tcp/proxy.ts';

/** A kernel that takes `room` bytes at once, and the rest of a write later. */
class TightWire {
  readonly ready = true;
  readonly security = null;
  readonly keepsWrites = false;
  readonly copiesWrites = true;
  room: number;
  taken: Buffer[] = [];
  some: number[] = [];
  constructor(room: number) {
    this.room = room;
  }
  readStart(): void {}
  readStop(): void {}
  close(): void {}
  writeSome(chunks: Buffer[]): number {
    const all = Buffer.concat(chunks);
    const n = Math.min(this.room, all.length);
    this.taken.push(Buffer.from(all.subarray(0, n)));
    this.room -= n;
    this.some.push(n);
    return n;
  }
  writeBuffer(data: Buffer): boolean {
    this.taken.push(Buffer.from(data));
    return true;
  }
  writeMany(chunks: Buffer[]): boolean {
    return this.writeBuffer(Buffer.concat(chunks));
  }
  get bytes(): Buffer {
    return Buffer.concat(this.taken);
  }
}

function made(room: number) {
  const wire = new TightWire(room);
  const c = new Connection(NOBODY, 1 << 20);
  const scope = new Store().scope('');
  c.stats = {
    rxTotal: scope.counter('rx'),
    rxBuffered: scope.gauge('rxb'),
    txTotal: scope.counter('tx'),
    txBuffered: scope.gauge('txb'),
  };
  c.attach(wire as unknown as Wire, false);
  return { wire, c, tx: () => [scope.counter('tx').value, scope.gauge('txb').value] };
}

const SIZE = 60_000;
for (let i = 0; i < landing.length; i++) landing[i] = (i * 7) >> 2;
/** A read that is lent to `f`, and the next one. */
function lend(f: () => void): void {
  landing.set(SENT);
  beginLoan();
  f();
  endLoan();
  landing.fill('!', 0, SIZE);
}
const SENT = Buffer.from(landing.subarray(0, SIZE));

for (const [what, head, room] of [
  ['all of it', 0, 1 << 20],
  ['all of it and of what was queued', 100, 1 << 20],
  ['a part', 0, 20_000],
  ['what was queued and a part', 5000, 20_000],
  ['a part of what was queued', 5000, 1234],
  ['nothing', 0, 0],
  ['nothing, with something queued', 5000, 0],
  ['all but a few bytes', 0, SIZE - 10],
] as const) {
  t.test(`the kernel takes ${what}`, async (t) => {
    const { wire, c, tx } = made(room);
    const queued = Buffer.alloc(head, 'h');
    if (head > 0) c.write(queued);
    lend(() => {
      c.writeBytes(landing, 0, 1500);
      c.writeBytes(landing, 1500, 1600);
      c.writeBytes(landing, 1600, SIZE);
    });
    const left = Math.max(0, head + SIZE - room);
    t.equal(wire.some.length, 1, 'asked once');
    t.equal(c.bufferedBytes, left);
    t.same(tx(), [head + SIZE - left, left]);
    c.writeLatin1('end');
    c.flush();
    t.ok(wire.bytes.equals(Buffer.concat([queued, SENT, Buffer.from('end')])), 'in order, and as it was');
    t.same(tx(), [head + SIZE + 3, 0]);
    t.equal(c.bufferedBytes, 0);
  });
}

t.test('much is queued: it goes before it', async (t) => {
  const { wire, c } = made(1 << 20);
  const queued = Buffer.alloc(40_000, 'h');
  c.write(queued);
  lend(() => c.writeBytes(landing, 0, SIZE));
  t.same(wire.some, [40_000 + SIZE]);
  t.ok(wire.bytes.equals(Buffer.concat([queued, SENT])));
});

t.test('what may be kept waits for the end of the turn', async (t) => {
  const { wire, c } = made(1 << 20);
  c.writeBytes(SENT, 0, SIZE);
  t.same(wire.some, []);
  c.flush();
  t.ok(wire.bytes.equals(SENT));
});

t.test('a flush within the loan sends what is lent, and keeps the rest', async (t) => {
  const { wire, c } = made(20_000);
  lend(() => {
    c.writeBytes(landing, 0, 30_000);
    c.flush();
    c.writeBytes(landing, 30_000, SIZE);
  });
  c.flush();
  t.ok(wire.bytes.equals(SENT));
  t.equal(c.bufferedBytes, 0);
});

t.test('a connection that closes within the loan keeps nothing', async (t) => {
  const { wire, c, tx } = made(1 << 20);
  lend(() => {
    c.writeBytes(landing, 0, SIZE);
    c.close('noFlush');
  });
  t.equal(wire.bytes.length, 0);
  t.same(tx(), [0, 0]);
});

t.test('where nothing can be written at once the whole is copied', async (t) => {
  const { wire, c } = made(1 << 20);
  Object.assign(wire, { writeSome: undefined });
  lend(() => c.writeBytes(landing, 0, SIZE));
  c.flush();
  t.ok(wire.bytes.equals(SENT));
});
