/** Frames of gRPC: pieces of any size, lengths that are none, and bytes at random. */
import t from 'tap';
import { FrameReader, frame } from '../../src/grpc/frames.ts';

t.test('frames in pieces of any size are the same messages', (t) => {
  const messages = ['', 'a', 'x'.repeat(1000), ''].map((s) => Buffer.from(s));
  const bytes = Buffer.concat(messages.map(frame));
  for (const size of [1, 2, 3, 5, 7, 100, 4096]) {
    const reader = new FrameReader(1000);
    const got: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      t.equal(
        reader.push(bytes.subarray(at, at + size), (m) => got.push(m.toString())),
        null,
      );
    }
    t.same(got, messages.map(String), `pieces of ${size}`);
    t.equal(reader.held, 0);
  }
  t.end();
});

t.test('a longer message than allowed is refused by its length, a compressed one by its flag', (t) => {
  const never = (): void => {
    t.fail('a message');
  };
  const long = new FrameReader(10);
  t.equal(long.push(Buffer.from([0, 0, 0, 0, 11]), never), 'too large');
  t.equal(new FrameReader(10).push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), never), 'too large');
  t.equal(new FrameReader(10).push(Buffer.from([1, 0, 0, 0, 1, 0]), never), 'malformed');
  t.equal(new FrameReader(10).push(Buffer.from([2, 0, 0, 0, 0]), never), 'malformed');
  t.end();
});

t.test('whoever is given a message may give the rest up', (t) => {
  const reader = new FrameReader(10);
  let n = 0;
  const two = Buffer.concat([frame(Buffer.from('a')), frame(Buffer.from('b'))]);
  t.equal(
    reader.push(two, () => {
      n++;
      reader.drop();
    }),
    null,
  );
  t.equal(n, 1);
  t.equal(reader.held, 0);
  t.end();
});
