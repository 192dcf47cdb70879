import t from 'tap';
import { lineStart } from '../../../src/codec/http1/encode.ts';

t.test('the beginning of a line, in both cases', async (t) => {
  for (let again = 0; again < 2; again++) {
    t.equal(lineStart('content-type', false), '\r\ncontent-type: ');
    t.equal(lineStart('content-type', true), '\r\nContent-Type: ');
    t.equal(lineStart("x-it's-1a", true), "\r\nX-It's-1a: ");
  }
});

t.test('more names than are kept, and names too long to keep, are right too', async (t) => {
  const before = process.memoryUsage().heapUsed;
  let wrong = 0;
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      if (lineStart(`x-${i}`, false) !== `\r\nx-${i}: `) wrong++;
      if (lineStart(`x-${i}`, true) !== `\r\nX-${i}: `) wrong++;
    }
    for (let i = 0; i < 1000; i++) {
      const long = `${i}-${'n'.repeat(50_000)}`;
      if (lineStart(long, false) !== `\r\n${long}: `) wrong++;
    }
  }
  t.equal(wrong, 0);
  t.ok(process.memoryUsage().heapUsed - before < 40 << 20, 'a hundred megabytes of names are not kept');
});
