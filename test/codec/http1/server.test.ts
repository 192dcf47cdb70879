import t from 'tap';
import { request, response, TestClient, TestServer } from './fixtures.ts';

t.test('a request in one chunk', (t) => {
  const s = new TestServer();
  s.feed('GET /x?y HTTP/1.1\r\nHost: a:80\r\nUser-Agent: Me \r\nX-Own:\t1\r\n\r\n');
  t.equal(s.error, null);
  t.same(s.summaries, ['GET /x?y a:80 [user-agent=Me x-own=1] "" end']);
  s.encoders[0].encodeHeaders(response(200, 'x', 'y'), true);
  t.equal(s.out.take(), 'HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 0\r\n\r\n');
  t.equal(s.codec.activeStreams, 0);
  t.equal(s.codec.mustClose, false);
  t.end();
});

t.test('bodies by length and chunked, and the answers framed the same two ways', (t) => {
  const s = new TestServer();
  s.feed('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
  t.equal(s.summaries[0], 'POST / a [content-length=5] "hello" end');
  s.encoders[0].encodeHeaders(response(200, 'content-length', '2'), false);
  s.encoders[0].encodeData(Buffer.from('ok'), true);
  t.equal(s.out.take(), 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  s.feed('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;a="b"\r\n!\r\n0\r\n\r\n');
  t.equal(s.error, null);
  t.equal(s.summaries[1], 'POST / a [] "hello!" end');
  s.encoders[1].encodeHeaders(response(404), false);
  s.encoders[1].encodeData(Buffer.from('hello world, hello'), false);
  s.encoders[1].encodeData(Buffer.from('!'), true);
  t.equal(
    s.out.take(),
    'HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n12\r\nhello world, hello\r\n1\r\n!\r\n0\r\n\r\n',
  );
  t.end();
});

t.test('round trip through a client codec', (t) => {
  const c = new TestClient();
  const { stream, encoder } = c.request(request('POST', '/p', 'a', 'b'), false);
  encoder.encodeData(Buffer.from('body'), true);
  t.equal(
    c.out.text,
    'POST /p HTTP/1.1\r\nhost: a\r\na: b\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
  );
  c.feed('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  t.equal(stream.summary(), '200 [content-length=2] "ok" end');
  t.equal(c.completed, 1);
  t.equal(c.codec.reusable, true);
  c.feed('x');
  t.equal(c.error?.code, 'http1.unsolicited');
  t.equal(c.codec.reusable, false);
  t.end();
});
