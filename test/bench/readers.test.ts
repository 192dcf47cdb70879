import t from 'tap';
import { bodyOf } from '../../bench/backends/http1.ts';
import { ResponseReader } from '../../bench/load/http1.ts';
import { command, ReplyCounter } from '../../bench/load/redis.ts';

/** Feeds the bytes in pieces of `size`; the index of the piece after which the response was complete. */
function feed(reader: ResponseReader, text: string, size: number): number {
  const b = Buffer.from(text, 'latin1');
  for (let i = 0; i * size < b.length; i++) if (reader.feed(b.subarray(i * size, (i + 1) * size))) return i;
  return -1;
}

t.test('a response is complete with its last byte, however it is cut', async (t) => {
  const fixed = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
  const chunked =
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n';
  for (const text of [fixed, chunked]) {
    for (const size of [1, 2, 7, 1000]) {
      const reader = new ResponseReader();
      for (let again = 0; again < 2; again++) {
        t.equal(feed(reader, text, size), Math.ceil(text.length / size) - 1, `pieces of ${size}`);
        t.equal(reader.bad, '');
      }
    }
  }
});

t.test('wrong answers are seen', async (t) => {
  const bad = (text: string): string => {
    const reader = new ResponseReader();
    reader.feed(Buffer.from(text, 'latin1'));
    return reader.bad;
  };
  t.match(bad('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'), /503/);
  t.match(bad('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc'), /more bytes/);
  t.match(bad('HTTP/1.1 200 OK\r\n\r\nabc'), /neither/);
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  t.match(bad(`${chunked}5\r\nhello\r\n0\r\n\r\nHTTP`), /more bytes/);
  t.match(bad(`${chunked}hello\r\n`), /no chunk size/);
  // Bytes that only look like the last chunk.
  const looks = new ResponseReader();
  t.notOk(looks.feed(Buffer.from(`${chunked}a\r\nabc\r\n0\r\n\r\n`)));
});

t.test('replies are counted when whole', async (t) => {
  const text = '+OK\r\n$-1\r\n:12\r\n$5\r\nhe\r\no\r\n*3\r\n$1\r\na\r\n$-1\r\n*1\r\n:1\r\n';
  const b = Buffer.from(text, 'latin1');
  for (const size of [1, 3, 100]) {
    const counter = new ReplyCounter();
    let n = 0;
    for (let i = 0; i < b.length; i += size) n += counter.feed(b.subarray(i, i + size));
    t.equal(n, 5, `pieces of ${size}`);
    t.equal(counter.errors, 0);
  }
  const errors = new ReplyCounter();
  t.equal(errors.feed(Buffer.from('-ERR no\r\n+OK\r\n')), 2);
  t.equal(errors.errors, 1);
  const nested = new ReplyCounter();
  for (const piece of ['*2\r\n-upstream failure\r\n', '*1\r\n-x', '\r\n+OK\r\n']) nested.feed(Buffer.from(piece));
  t.equal(nested.errors, 1, 'one reply, however it is cut and however many errors are in it');
  const sized = new ReplyCounter(7);
  t.equal(sized.feed(Buffer.from('$1\r\na\r\n$-1\r\n')), 2);
  t.equal(sized.errors, 1, 'of another length');
  t.equal(new ReplyCounter().feed(Buffer.from('HTTP/1.1 400\r\n')), -1);
  t.equal(command(['GET', 'é']), '*2\r\n$3\r\nGET\r\n$2\r\né\r\n', 'lengths are bytes');
});

t.test('bodies tell their bytes apart', async (t) => {
  const body = bodyOf(70_000);
  t.notSame(body.subarray(0, 256), body.subarray(256, 512));
  t.notSame(body.subarray(0, 1000), body.subarray(65_536 - 1000, 65_536));
});

t.test("a body's length must be the one that is expected", async (t) => {
  const bad = (want: number, text: string): string => {
    const reader = new ResponseReader(want);
    feed(reader, text, 3);
    return reader.bad;
  };
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n';
  t.equal(bad(6, chunked), '');
  t.equal(bad(7, chunked), 'a body of 6 bytes, expected 7');
  t.equal(bad(0, 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), '');
  t.equal(bad(5, 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 'a body of 0 bytes, expected 5');
});
