import t from 'tap';
import { CodecError } from '../../../src/codec/http.ts';
import { request, response, TestClient, TestServer } from './fixtures.ts';
import { Random } from './random.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

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
  t.equal(s.streams[1].pieces, 1, 'small chunks of one read are one piece');
  s.encoders[1].encodeHeaders(response(404), false);
  s.encoders[1].encodeData(Buffer.from('hello world, hello'), false);
  s.encoders[1].encodeData(Buffer.from('!'), true);
  t.equal(
    s.out.take(),
    'HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n12\r\nhello world, hello\r\n1\r\n!\r\n0\r\n\r\n',
  );
  t.end();
});

t.test('body bytes are slices of what was read', (t) => {
  const s = new TestServer();
  const chunk = Buffer.from(
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n${'x'.repeat(0x8000)}\r\n`,
  );
  let shared = false;
  s.feed('');
  s.codec.dispatch(chunk.subarray(0, 58));
  s.streams[0].onData = (data) => {
    shared = data.buffer === chunk.buffer;
  };
  s.codec.dispatch(chunk.subarray(58));
  t.ok(shared);
  t.end();
});

t.test('pipelined requests are answered in order', async (t) => {
  const s = new TestServer();
  s.feed(
    'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nokGET /3 HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  t.equal(s.streams.length, 1, 'the second waits for the first response');
  t.equal(s.out.disabled, 1, 'and reading pauses');
  s.feed('GET /4 HTTP/1.1\r\nHost: a\r\n\r\n');
  t.equal(s.streams.length, 1, 'what still arrives is held too');
  s.encoders[0].encodeHeaders(response(200, 'content-length', '1'), false);
  s.encoders[0].encodeData(Buffer.from('1'), true);
  t.equal(s.streams.length, 1, 'not from within the response');
  s.respond = (stream, encoder) => encoder.encodeHeaders(response(200, 'n', stream.headers?.path ?? ''), true);
  await new Promise(process.nextTick);
  t.same(
    s.streams.map((stream) => stream.headers?.path),
    ['/1', '/2', '/3', '/4'],
  );
  t.equal(s.out.disabled, 0, 'reading goes on');
  t.match(
    s.out.text,
    /^HTTP\/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1HTTP\/1.1 200 OK\r\nn: \/2\r\n.*n: \/3\r\n.*n: \/4\r\n/s,
  );
});

t.test('a pipelined request that is broken is an error of its own', async (t) => {
  const s = new TestServer();
  s.feed(`${GET}GET / HTTP/1.1\r\nHost : a\r\n\r\n`);
  t.equal(s.error, null);
  s.encoders[0].encodeHeaders(response(200), true);
  await new Promise(process.nextTick);
  t.equal(s.error?.status, 400);
  t.equal(s.codec.mustClose, true);
  s.out.take();
  s.encoders[1].encodeHeaders(response(400, 'connection', 'close'), true);
  t.equal(s.out.take(), 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
});

t.test('nothing behind the last request of a connection is read', (t) => {
  for (const [name, last] of [
    ['connection: close', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['close in a list', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n'],
    ['proxy-connection: close', 'GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n'],
  ]) {
    const s = new TestServer();
    s.respond = (_, encoder) => encoder.encodeHeaders(response(200), true);
    s.feed(`${last}${GET}`);
    t.equal(s.streams.length, 1, name);
    t.equal(s.codec.mustClose, true, name);
    t.equal(s.out.disabled, 0);
  }
  const s = new TestServer();
  s.respond = (_, encoder) => encoder.encodeHeaders(response(200, 'connection', 'close'), true);
  s.feed(`${GET}${GET}`);
  t.equal(s.streams.length, 1, 'the response said close');
  t.equal(s.codec.mustClose, true);
  t.end();
});

t.test('a response before the end of the request gives the connection up', (t) => {
  const s = new TestServer();
  s.feed('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nab');
  s.encoders[0].encodeHeaders(response(200), true);
  t.equal(s.codec.mustClose, true);
  s.feed(`${'x'.repeat(98)}${GET}`);
  t.equal(s.streams.length, 1);
  t.equal(s.streams[0].body, 'ab', 'the finished stream hears nothing more');
  t.end();
});

t.test('reset gives the connection up and tells nobody', (t) => {
  const s = new TestServer();
  s.feed(GET);
  s.encoders[0].reset('local reset');
  t.equal(s.codec.mustClose, true);
  t.equal(s.codec.activeStreams, 0);
  t.equal(s.streams[0].reset, '');
  s.encoders[0].encodeHeaders(response(200), true);
  s.feed(GET);
  t.equal(s.out.text, '');
  t.equal(s.streams.length, 1);
  t.end();
});

t.test('a late encoder cannot write into the next response', (t) => {
  const s = new TestServer();
  s.feed(GET);
  s.encoders[0].encodeHeaders(response(200), true);
  s.feed(GET);
  s.out.take();
  s.encoders[0].encodeData(Buffer.from('x'), true);
  s.encoders[0].encodeHeaders(response(500), true);
  s.encoders[0].reset('local reset');
  t.equal(s.out.text, '');
  t.equal(s.codec.mustClose, false);
  t.end();
});

t.test('responses without a body', (t) => {
  const cases: [string, number, string[], boolean, string][] = [
    ['HEAD', 200, [], true, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['HEAD', 200, ['content-length', '5'], true, 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'],
    ['HEAD', 200, ['content-length', '5'], false, 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'],
    ['GET', 204, [], true, 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 304, [], true, 'HTTP/1.1 304 Not Modified\r\n\r\n'],
    ['GET', 304, ['content-length', '5'], true, 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n'],
    ['GET', 205, [], true, 'HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n'],
    ['GET', 299, [], true, 'HTTP/1.1 299 Unknown\r\ncontent-length: 0\r\n\r\n'],
  ];
  for (const [method, status, list, end, want] of cases) {
    const s = new TestServer();
    s.feed(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    s.encoders[0].encodeHeaders(response(status, ...list), end);
    if (!end) s.encoders[0].encodeData(Buffer.from('hello'), true);
    t.equal(s.out.text, want, `${method} ${status}`);
    t.equal(s.codec.mustClose, false);
  }
  t.end();
});

t.test('a body that is not as long as announced gives the connection up', (t) => {
  for (const [body, sent] of [
    ['hel', 'hel'],
    ['hello!', 'hello'],
  ]) {
    const s = new TestServer();
    s.feed(GET);
    s.encoders[0].encodeHeaders(response(200, 'content-length', '5'), false);
    s.encoders[0].encodeData(Buffer.from(body), true);
    t.equal(s.out.text, `HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n${sent}`);
    t.equal(s.codec.mustClose, true);
  }
  t.end();
});

t.test('transfer-encoding in the list and a second content-length are not written', (t) => {
  const s = new TestServer();
  s.feed(GET);
  s.encoders[0].encodeHeaders(
    response(200, 'transfer-encoding', 'gzip', 'content-length', '2', 'content-length', '3'),
    false,
  );
  t.equal(s.out.text, 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n');
  t.end();
});

t.test('100-continue', (t) => {
  const s = new TestServer();
  s.feed('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  t.equal(s.streams[0].headers?.get('expect'), '100-continue');
  s.encoders[0].encode1xx(response(100));
  s.feed('ok');
  s.encoders[0].encodeHeaders(response(200), true);
  t.equal(s.out.text, 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  t.equal(s.streams[0].summary(), 'POST / a [expect=100-continue content-length=2] "ok" end');
  t.end();
});

t.test('HTTP/1.0 when it is accepted', (t) => {
  const s = new TestServer({ acceptHttp10: true, defaultHostForHttp10: 'dflt' });
  s.feed('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
  t.equal(s.codec.protocol, 'HTTP/1.0');
  t.equal(s.streams[0].headers?.authority, 'dflt');
  s.encoders[0].encode1xx(response(100));
  s.encoders[0].encodeHeaders(response(200, 'content-length', '0'), true);
  t.equal(s.out.take(), 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 'no 1xx, and its own version');
  t.equal(s.codec.mustClose, false, 'kept alive as asked');
  s.feed('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
  s.encoders[1].encodeHeaders(response(200), false);
  s.encoders[1].encodeData(Buffer.from('to the end'), true);
  t.equal(s.out.take(), 'HTTP/1.0 200 OK\r\n\r\nto the end', 'never chunked');
  t.equal(s.codec.mustClose, true);

  for (const bad of [
    'GET / HTTP/1.0\r\n\r\n',
    'GET / HTTP/1.2\r\nHost: a\r\n\r\n',
    'GET /\r\n\r\n',
    'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ]) {
    t.equal(new TestServer({ acceptHttp10: true }).feed(bad).error?.status, 400, JSON.stringify(bad));
  }
  t.end();
});

t.test('absolute targets', (t) => {
  const cases: [string, string][] = [
    ['http://b:80/x?y', 'GET /x?y b:80 http'],
    ['HTTPS://B', 'GET / B https'],
    ['http://u:p@b/', 'GET / b http'],
    ['http://[::1]:8080/', 'GET / [::1]:8080 http'],
    ['http://b?x', 'GET ?x b http'],
  ];
  for (const [target, want] of cases) {
    const s = new TestServer().feed(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const h = s.streams[0].headers;
    t.equal(`${h?.method} ${h?.path} ${h?.authority} ${h?.scheme}`, want, target);
  }
  const s = new TestServer({ allowAbsoluteUrl: false }).feed('GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n');
  t.equal(s.summaries[0], 'GET http://b/x a [] "" end', 'left alone when not allowed');
  t.end();
});

t.test('the Connection header', (t) => {
  const headers = (fields: string): readonly string[] | undefined =>
    new TestServer().feed(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`).streams[0].headers?.list;
  t.same(headers('Foo: 1\r\nConnection: foo, close\r\nBar: 2'), ['connection', 'close', 'bar', '2']);
  t.same(headers('Connection: te\r\nTE: gzip, trailers'), ['connection', 'te', 'te', 'trailers']);
  t.same(headers('Connection: te\r\nTE: gzip'), []);
  t.same(headers('Connection: keep-alive\r\nx: 1'), ['connection', 'keep-alive', 'x', '1']);
  t.same(
    headers('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\nx: 1'),
    ['x', '1'],
    'h2c is not offered',
  );
  t.end();
});

t.test('an upgrade: held until accepted, then raw both ways', async (t) => {
  const s = new TestServer();
  s.feed(`GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly`);
  t.equal(s.streams[0].ended, false);
  t.equal(s.streams[0].body, '', 'nobody accepted it yet');
  t.equal(s.out.disabled, 1);
  s.encoders[0].encodeHeaders(response(101, 'connection', 'Upgrade', 'upgrade', 'websocket'), false);
  await new Promise(process.nextTick);
  t.equal(s.streams[0].body, 'early');
  t.equal(s.out.disabled, 0);
  s.feed('GET / HTTP/1.1\r\n\r\n');
  t.equal(s.streams[0].body, 'earlyGET / HTTP/1.1\r\n\r\n');
  s.encoders[0].encodeData(Buffer.from('\x81\x00', 'latin1'), false);
  t.equal(
    s.out.take(),
    'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n\x81\x00',
  );
  s.codec.onEndOfInput();
  t.equal(s.streams[0].ended, true);
  s.encoders[0].encodeData(Buffer.from(''), true);
  t.equal(s.codec.mustClose, true);
});

t.test('an upgrade that is refused: what follows is never a request', async (t) => {
  const s = new TestServer();
  s.feed(`GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${GET}`);
  s.encoders[0].encodeHeaders(response(403), true);
  await new Promise(process.nextTick);
  t.equal(s.streams.length, 1);
  t.equal(s.streams[0].body, '');
  t.equal(s.codec.mustClose, true);
  t.equal(s.out.text, 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
});

t.test('CONNECT', async (t) => {
  const s = new TestServer();
  s.feed('CONNECT b:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nhello');
  const h = s.streams[0].headers;
  t.same([h?.method, h?.path, h?.authority, h?.list], ['CONNECT', '', 'b:443', []]);
  s.encoders[0].encodeHeaders(response(200), false);
  await new Promise(process.nextTick);
  t.equal(s.out.text, 'HTTP/1.1 200 OK\r\n\r\n', 'no framing');
  t.equal(s.streams[0].body, 'hello');
});

t.test('limits', (t) => {
  const head = (bytes: number): string => `GET / HTTP/1.1\r\nHost: a\r\nx: ${'a'.repeat(bytes - 32)}\r\n\r\n`;
  t.equal(head(61440).length, 61440);
  t.equal(new TestServer().feed(head(61440)).error, null, '60 KiB, as Envoy');
  const large = new TestServer().feed(head(61441)).error;
  t.same(
    [large?.status, large?.body, large?.code],
    [431, 'Request Header Fields Too Large', 'http1.headers_too_large'],
  );
  t.equal(new TestServer({ maxHeadersKb: 1 }).feed(head(1025)).error?.status, 431);

  const fields = (n: number): string => `GET / HTTP/1.1\r\nHost: a\r\n${'x: a\r\n'.repeat(n - 1)}\r\n`;
  t.equal(new TestServer().feed(fields(100)).error, null, '100 fields, Host included');
  const many = new TestServer().feed(fields(101)).error;
  t.same([many?.status, many?.code], [431, 'http1.too_many_headers']);
  t.equal(new TestServer({ maxHeadersCount: 500 }).feed(fields(300)).streams[0].headers?.count, 299);

  for (const start of ['GET /', 'GET / HTTP/1.1\r\nHost: a\r\nx: ', 'GET / HTTP/1.1\r\n', '']) {
    const s = new TestServer({ maxHeadersKb: 4 });
    s.feed(start);
    let fed = 0;
    while (s.error === null && fed < 100_000) {
      s.feed('a'.repeat(1000));
      fed += 1000;
    }
    t.ok(s.error !== null && fed <= 5000, `an endless head is cut off: ${JSON.stringify(start)}`);
  }
  const trailers = new TestServer({ maxHeadersKb: 4 });
  trailers.feed('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: ');
  let fed = 0;
  while (trailers.error === null && fed < 100_000) {
    trailers.feed('a'.repeat(100));
    fed += 100;
  }
  t.equal(trailers.error?.status, 431);
  t.ok(fed <= 4200, 'endless trailers are cut off');
  t.end();
});

t.test('trailers', (t) => {
  const bytes = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n';
  t.equal(new TestServer().feed(bytes).summaries[0], 'POST / a [] "ok" end', 'dropped by default');
  const s = new TestServer({ enableTrailers: true });
  for (const byte of bytes) s.feed(byte);
  t.equal(s.summaries[0], 'POST / a [] "ok" trailers x-sum=1 end');
  s.encoders[0].encodeHeaders(response(200), false);
  const trailers = response(0, 'grpc-status', '0');
  s.encoders[0].encodeTrailers(trailers);
  t.equal(s.out.text, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\ngrpc-status: 0\r\n\r\n');
  const off = new TestServer();
  off.feed(GET);
  off.encoders[0].encodeHeaders(response(200), false);
  off.encoders[0].encodeTrailers(trailers);
  t.equal(off.out.text, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n');
  t.end();
});

t.test('proper case', (t) => {
  const s = new TestServer({ properCase: true });
  s.feed(GET);
  s.encoders[0].encodeHeaders(response(200, 'content-type', 'a/b', 'x-b3-traceid', '1', 'etag', '"q"'), true);
  t.equal(
    s.out.text,
    'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-B3-Traceid: 1\r\nEtag: "q"\r\nContent-Length: 0\r\n\r\n',
  );
  const c = new TestClient({ properCase: true });
  c.request(request('GET', '/', 'user-agent', 'x'));
  t.equal(c.out.text, 'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n');
  t.end();
});

t.test('allow_chunked_length lets chunked win and drops the length', (t) => {
  const bytes =
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
  t.equal(new TestServer({ allowChunkedLength: true }).feed(bytes).summaries[0], 'POST / a [] "ok" end');
  t.equal(new TestServer().feed(bytes).error?.code, 'http1.content_length_and_chunked_not_allowed');
  t.end();
});

t.test('custom methods', (t) => {
  t.equal(
    new TestServer({ allowCustomMethods: true }).feed('FOO / HTTP/1.1\r\nHost: a\r\n\r\n').summaries[0],
    'FOO / a [] "" end',
  );
  t.equal(new TestServer({ allowCustomMethods: true }).feed('F/O / HTTP/1.1\r\nHost: a\r\n\r\n').error?.status, 400);
  t.end();
});

t.test('reading is paused by count, and what a stream paused is undone at its end', (t) => {
  const s = new TestServer();
  s.feed('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab');
  s.encoders[0].readDisable(true);
  s.encoders[0].readDisable(true);
  t.equal(s.out.disabled, 2);
  s.encoders[0].readDisable(false);
  s.feed('cd');
  s.encoders[0].encodeHeaders(response(200), true);
  t.equal(s.out.disabled, 0);
  s.encoders[0].readDisable(false);
  t.equal(s.out.disabled, 0);
  t.end();
});

t.test('write buffer marks reach the open stream, and one that opens while full', (t) => {
  const s = new TestServer();
  s.codec.onUnderlyingAboveWriteBuffer();
  s.feed(GET);
  t.equal(s.streams[0].above, 1);
  s.codec.onUnderlyingBelowWriteBuffer();
  t.equal(s.streams[0].above, 0);
  t.end();
});

t.test('end of input', (t) => {
  const cut = (bytes: string): TestServer => new TestServer().feed(bytes);
  for (const bytes of ['GET / HT', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab']) {
    t.throws(
      () => cut(bytes).codec.onEndOfInput(),
      new CodecError('http1.codec_error', 'http/1.1 protocol error: HPE_INVALID_EOF_STATE', 400, 'Bad Request'),
      bytes,
    );
  }
  t.doesNotThrow(() => cut('').codec.onEndOfInput());
  const s = cut(GET);
  s.codec.onEndOfInput();
  s.encoders[0].encodeHeaders(response(200), true);
  t.match(s.out.text, /^HTTP\/1.1 200 OK/);
  t.end();
});

t.test('a closed connection resets the open stream', (t) => {
  const s = new TestServer().feed('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab');
  s.codec.onConnectionClosed('connection termination', 'x');
  t.equal(s.streams[0].reset, 'connection termination');
  s.encoders[0].encodeHeaders(response(200), true);
  t.equal(s.out.text, '');
  s.codec.onConnectionClosed('connection termination', 'x');
  t.equal(s.codec.activeStreams, 0);
  t.end();
});

t.test('random splits of a long pipelined sequence give the same requests', async (t) => {
  const random = new Random(7);
  let bytes = '';
  const want: string[] = [];
  for (let i = 0; i < 60; i++) {
    const body = 'b'.repeat(random.below(200));
    if (random.below(2) === 0) {
      bytes += `POST /${i} HTTP/1.1\r\nHost: a\r\nX-N: ${i}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      want.push(`POST /${i} a [x-n=${i} content-length=${body.length}] "${body}" end`);
    } else {
      let chunked = '';
      for (let at = 0; at < body.length; ) {
        const n = 1 + random.below(50);
        const part = body.slice(at, at + n);
        chunked += `${part.length.toString(16)}\r\n${part}\r\n`;
        at += n;
      }
      bytes += `POST /${i} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}0\r\n\r\n`;
      want.push(`POST /${i} a [] "${body}" end`);
    }
  }
  for (let round = 0; round < 100; round++) {
    const s = new TestServer();
    // Every other response comes later, so that input is held.
    const later: (() => void)[] = [];
    s.respond = (_, encoder) => {
      const answer = (): void => encoder.encodeHeaders(response(200), true);
      if (random.below(2) === 0) answer();
      else later.push(answer);
    };
    for (let at = 0; at < bytes.length; ) {
      const n = 1 + random.below(round < 50 ? 60 : 2000);
      s.feed(bytes.slice(at, at + n));
      at += n;
    }
    while (later.length > 0) {
      later.shift()?.();
      await new Promise(process.nextTick);
    }
    t.equal(s.error, null);
    t.same(s.summaries, want, `round ${round}`);
    t.equal(s.out.disabled, 0);
    if (s.summaries.length !== want.length) break;
  }
});

t.test('round trip through both codecs', (t) => {
  const random = new Random(11);
  for (let i = 0; i < 200; i++) {
    const s = new TestServer({ enableTrailers: true });
    const c = new TestClient({ enableTrailers: true });
    const body = 'q'.repeat(random.below(3) * random.below(5000));
    const byLength = random.below(2) === 0;
    const list = ['x-a', 'v'.repeat(random.below(30)), 'cookie', 'a=b', 'cookie', 'c=d'];
    if (byLength) list.push('content-length', String(body.length));
    const { stream, encoder } = c.request(request('POST', `/p${i}`, ...list), false);
    encoder.encodeData(Buffer.from(body), false);
    encoder.encodeData(Buffer.alloc(0), true);
    s.feed(c.out.take());
    const fields = list
      .map((x, k) => (k % 2 === 0 ? `${x}=` : `${x} `))
      .join('')
      .trimEnd();
    t.equal(s.summaries[0], `POST /p${i} a [${fields}] ${JSON.stringify(body)} end`);
    s.encoders[0].encodeHeaders(response(200, 'a', 'b'), false);
    s.encoders[0].encodeData(Buffer.from('answer'), false);
    s.encoders[0].encodeTrailers(response(0, 't', String(i)));
    c.feed(s.out.take());
    t.equal(stream.summary(), `200 [a=b] "answer" trailers t=${i} end`);
    t.equal(c.codec.reusable, true);
    t.equal(c.completed, 1);
  }
  t.end();
});
