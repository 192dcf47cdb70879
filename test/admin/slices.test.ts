/** Admin pages are made a little in each turn of the event loop: everybody else is served in between. */
import t from 'tap';
import { type PageBody, type PageSink, SLICE_MS, SlicedWork } from '../../src/admin/slices.ts';
import { clockMs } from '../../src/platform/clock.ts';

class Sink implements PageSink {
  parts: string[] = [];
  takes = true;
  ended = 0;
  errors: unknown[] = [];
  over: Promise<void>;
  private tell: () => void = () => {};
  constructor() {
    this.over = new Promise((resolve) => {
      this.tell = resolve;
    });
  }
  data(chunk: Buffer): boolean {
    this.parts.push(chunk.toString());
    return this.takes;
  }
  end(): void {
    this.ended++;
    this.tell();
  }
  failed(error: unknown): void {
    this.errors.push(error);
    this.tell();
  }
  get whole(): string {
    return this.parts.join('');
  }
}

function busy(ms: number): void {
  const until = clockMs() + ms;
  while (clockMs() < until);
}

/** Turns of the event loop until `over`. */
async function turnsUntil(over: Promise<void>): Promise<number> {
  let n = 0;
  let done = false;
  over.then(() => {
    done = true;
  });
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    n++;
  }
  return n;
}

t.test('one turn spends a slice on all pages together', async (t) => {
  const each = SLICE_MS / 4;
  const make = (name: string): PageBody =>
    function* (out) {
      for (let i = 0; i < 50; i++) {
        busy(each);
        if (i % 2 === 0) out.write(name);
        yield null;
      }
    };
  const sinks = [new Sink(), new Sink(), new Sink()];
  for (const [i, sink] of sinks.entries()) new SlicedWork(make('abc'[i]), sink);
  const turns = await turnsUntil(Promise.all(sinks.map((s) => s.over)).then(() => {}));
  // 150 pieces, of which four and a bit fit into a slice.
  t.ok(turns >= 150 / 5, `${turns} turns`);
  t.same(
    sinks.map((s) => s.whole),
    ['a'.repeat(25), 'b'.repeat(25), 'c'.repeat(25)],
  );
  t.same(
    sinks.map((s) => s.ended),
    [1, 1, 1],
  );
});

t.test('the page is handed on in parts, and no more is made than is taken', async (t) => {
  let made = 0;
  const body: PageBody = function* (out) {
    for (let i = 0; i < 1000; i++) {
      made++;
      out.write('x'.repeat(1000));
      yield null;
    }
  };
  const sink = new Sink();
  sink.takes = false;
  const work = new SlicedWork(body, sink);
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  await turns();
  t.equal(sink.parts.length, 1);
  t.ok(made < 20, `${made} of 1,000`);
  const before = made;
  await turns();
  t.equal(made, before);
  work.resume();
  await turns();
  t.equal(sink.parts.length, 2);
  t.ok(made < 40, `${made} of 1,000`);
  sink.takes = true;
  work.resume();
  await sink.over;
  t.equal(sink.whole, 'x'.repeat(1_000_000));
  t.equal(sink.ended, 1);
});

t.test('a page may wait for something; what it writes then keeps its place', async (t) => {
  const sink = new Sink();
  const work = new SlicedWork(function* (out) {
    out.write('a');
    yield new Promise<void>((resolve) => {
      setImmediate(() => {
        out.write('b');
        resolve();
      });
    });
    out.write('c');
  }, sink);
  await new Promise((resolve) => setImmediate(resolve));
  work.resume();
  await sink.over;
  t.equal(sink.whole, 'abc');
});

t.test('errors: thrown, or of what it waits for', async (t) => {
  const thrown = new Sink();
  new SlicedWork(function* (out) {
    out.write('a');
    yield null;
    throw new Error('one');
  }, thrown);
  const late = new Sink();
  new SlicedWork(function* () {
    yield Promise.reject(new Error('two'));
  }, late);
  await Promise.all([thrown.over, late.over]);
  t.same(
    [thrown.errors, late.errors].map(([e]) => (e as Error).message),
    ['one', 'two'],
  );
  t.equal(thrown.ended + late.ended, 0);
});

t.test('cancelled: nothing more is made, nothing more is told', async (t) => {
  const sink = new Sink();
  let made = 0;
  const work = new SlicedWork(function* (out) {
    for (;;) {
      made++;
      out.write('x'.repeat(20_000));
      yield null;
    }
  }, sink);
  await new Promise((resolve) => setImmediate(resolve));
  work.cancel();
  const before = made;
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  work.resume();
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(made, before);
  t.equal(sink.ended + sink.errors.length, 0);
});
