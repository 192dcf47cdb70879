/** A client and a server codec against each other: messages, streams' ends, windows and watermarks. */
import t from 'tap';
import { fields, Pair, request, response } from './pair.ts';

const GRPC = ['content-type', 'application/grpc', 'te', 'trailers', 'grpc-timeout', '1S'];

t.test('a unary gRPC call goes through whole, and the second uses the dynamic tables', (t) => {
  const p = new Pair();
  const sizes: number[] = [];
  for (let i = 0; i < 3; i++) {
    const call = p.request(request('POST', '/pkg.Service/Method', [...GRPC, 'x-request-id', `id-${i}`]), false);
    call.encoder?.encodeData(Buffer.from('\0\0\0\0\x05hello', 'latin1'), true);
    sizes.push(p.toServer.chunks.reduce((n, c) => n + c.length, 0));
    p.settle();
    const req = p.requests[i];
    t.equal(req.headers?.method, 'POST');
    t.equal(req.headers?.path, '/pkg.Service/Method');
    t.equal(req.headers?.authority, 'example.test');
    t.equal(req.headers?.scheme, 'http');
    t.strictSame(req.headers?.list, [...GRPC, 'x-request-id', `id-${i}`]);
    t.strictSame(req.notes, ['headers', 'data 10 end']);
    req.encoder?.encodeHeaders(response(200, ['content-type', 'application/grpc']), false);
    req.encoder?.encodeData(Buffer.from('\0\0\0\0\x02ok', 'latin1'), false);
    req.encoder?.encodeTrailers(fields('grpc-status', '0', 'grpc-message', ''));
    p.settle();
    t.strictSame(call.notes, ['headers', 'data 7', 'trailers']);
    t.equal(call.headers?.status, 200);
    t.strictSame(call.trailers?.list, ['grpc-status', '0', 'grpc-message', '']);
  }
  t.ok(sizes[2] < sizes[1] + 5 && sizes[2] < 60, `third request takes ${sizes[2]} bytes`);
  t.equal(p.client.activeStreams, 0);
  t.equal(p.server.activeStreams, 0);
  t.equal(p.serverStats.streamsActive.value, 0);
  t.equal(p.clientStats.streamsActive.value, 0);
  t.strictSame(p.events.filter((e) => e === 'complete').length, 3);
  t.end();
});

t.test('any split of the bytes gives the same messages', (t) => {
  for (let piece = 1; piece < 40; piece++) {
    const p = new Pair();
    const call = p.request(request('POST', '/split', ['x-long', 'v'.repeat(300)]), false);
    call.encoder?.encodeData(Buffer.alloc(100, 'a'), false);
    call.encoder?.encodeTrailers(fields('x-end', '1'));
    p.settle(piece);
    const req = p.requests[0];
    t.equal(req.body.toString(), 'a'.repeat(100));
    t.equal(req.notes.at(-1), 'trailers');
    req.encoder?.encode1xx(response(103, ['link', '<x>']));
    req.encoder?.encodeHeaders(response(200), false);
    req.encoder?.encodeData(Buffer.alloc(50, 'b'), true);
    p.settle(piece);
    t.equal(call.body.toString(), 'b'.repeat(50));
    t.equal(call.notes[0], '1xx 103');
    t.ok(call.ended);
    t.equal(p.client.activeStreams + p.server.activeStreams, 0);
  }
  t.end();
});

t.test('header blocks larger than a frame travel in CONTINUATION frames', (t) => {
  const p = new Pair({ maxHeadersBytes: 200 * 1024 });
  const big = ['x-a', 'a'.repeat(40000), 'x-b', 'b'.repeat(30000)];
  const call = p.request(request('GET', '/big', big), true);
  p.settle(1000);
  t.strictSame(p.requests[0].headers?.list, big);
  p.requests[0].encoder?.encodeHeaders(response(200, big), true);
  p.settle();
  t.strictSame(call.headers?.list, big);
  t.end();
});

t.test('a large body waits for window and arrives whole; the sender is told to pause and to go on', (t) => {
  const p = new Pair({
    initialStreamWindowSize: 65535,
    initialConnectionWindowSize: 65535,
    streamBufferLimit: 100_000,
  });
  const call = p.request(request('POST', '/upload'), false);
  p.settle();
  const body = Buffer.alloc(1_000_000, 'x');
  call.encoder?.encodeData(body, true);
  t.ok(call.notes.includes('above'));
  t.ok(p.clientStats.pendingSendBytes.value > 900_000);
  p.settle();
  t.equal(p.requests[0].body.length, body.length);
  t.ok(p.requests[0].ended);
  t.equal(p.clientStats.pendingSendBytes.value, 0);
  p.requests[0].encoder?.encodeHeaders(response(204), true);
  p.settle();
  t.equal(p.client.activeStreams, 0);
  t.end();
});

t.test('the layer above is told below again while the message goes on', (t) => {
  const p = new Pair({
    initialStreamWindowSize: 65535,
    initialConnectionWindowSize: 65535,
    streamBufferLimit: 100_000,
  });
  const call = p.request(request('POST', '/upload'), false);
  p.settle();
  call.encoder?.encodeData(Buffer.alloc(300_000), false);
  t.strictSame(call.notes, ['above']);
  p.settle();
  t.strictSame(call.notes, ['above', 'below']);
  t.end();
});

t.test('readDisable withholds window: the peer stops after one window, and goes on afterwards', async (t) => {
  const p = new Pair({ initialStreamWindowSize: 65535, initialConnectionWindowSize: 200_000 });
  p.onRequest = (r) => r.encoder?.readDisable(true);
  const call = p.request(request('POST', '/slow'), false);
  p.settle();
  call.encoder?.encodeData(Buffer.alloc(300_000, 'q'), false);
  call.encoder?.encodeTrailers(fields('x-end', '1'));
  p.settle();
  const req = p.requests[0];
  t.strictSame(req.notes, ['headers'], 'nothing is delivered');
  t.equal(p.clientStats.pendingSendBytes.value, 300_000 - 65535, 'one stream window is in flight');
  req.encoder?.readDisable(false);
  for (let i = 0; i < 20; i++) {
    await null;
    p.settle();
  }
  t.equal(req.body.length, 300_000);
  t.equal(req.notes.at(-1), 'trailers');
  req.encoder?.encodeHeaders(response(200), true);
  p.settle();
  t.equal(p.server.activeStreams, 0);
});

t.test('streams share an exhausted connection window fairly', (t) => {
  const p = new Pair({ initialStreamWindowSize: 1_000_000, initialConnectionWindowSize: 65535 });
  const calls = [0, 1, 2, 3].map(() => p.request(request('POST', '/fair'), false));
  p.settle();
  for (const c of calls) c.encoder?.encodeData(Buffer.alloc(200_000), false);
  // One exchange: the connection window is refilled, and every stream gets some of it.
  for (let i = 0; i < 4; i++) {
    p.server.dispatch(p.toServer.take());
    p.client.dispatch(p.toClient.take());
  }
  p.server.dispatch(p.toServer.take());
  for (const r of p.requests) t.ok(r.body.length > 16_000, `${r.body.length}`);
  p.settle();
  for (const r of p.requests) t.equal(r.body.length, 200_000);
  t.end();
});

t.test('a peer that lowers its initial window below what is in flight gets its frames later', (t) => {
  const p = new Pair();
  const call = p.request(request('POST', '/x'), false);
  p.settle();
  call.encoder?.encodeData(Buffer.alloc(1000), false);
  p.settle();
  // SETTINGS_INITIAL_WINDOW_SIZE 0 from the server: our stream window becomes negative.
  p.client.dispatch(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]));
  call.encoder?.encodeData(Buffer.alloc(10), false);
  call.encoder?.encodeData(Buffer.alloc(0), true);
  p.settle();
  t.equal(p.requests[0].body.length, 1000);
  p.client.dispatch(Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 1, 0, 0]));
  p.settle();
  t.equal(p.requests[0].body.length, 1010);
  t.ok(p.requests[0].ended);
  t.end();
});

t.test('an empty last frame needs no window', (t) => {
  const p = new Pair();
  const call = p.request(request('POST', '/x'), false);
  p.settle();
  p.client.dispatch(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]));
  call.encoder?.encodeData(Buffer.alloc(0), true);
  p.settle();
  t.ok(p.requests[0].ended);
  t.end();
});

t.test('resets carry their reason', (t) => {
  const p = new Pair();
  const a = p.request(request('POST', '/a'), false);
  const b = p.request(request('POST', '/b'), false);
  p.settle();
  p.requests[0].encoder?.reset('local refused stream reset');
  p.requests[1].encoder?.reset('local reset');
  p.settle();
  t.strictSame(a.notes, ['reset remote refused stream reset http2.remote_refuse']);
  t.strictSame(b.notes, ['reset remote reset http2.remote_reset']);
  t.equal(p.serverStats.txReset.value, 2);
  t.equal(p.clientStats.rxReset.value, 2);
  const c = p.request(request('POST', '/c'), false);
  p.settle();
  c.encoder?.reset('local reset');
  c.encoder?.encodeData(Buffer.from('late'), true);
  p.settle();
  t.strictSame(p.requests[2].notes, ['headers', 'reset remote reset http2.remote_reset']);
  t.strictSame(c.notes, [], 'no callback after a local reset');
  t.equal(p.client.activeStreams + p.server.activeStreams, 0);
  t.end();
});

t.test('a complete response before the request has ended is not lost by the reset that follows', (t) => {
  const p = new Pair();
  const call = p.request(request('POST', '/early'), false);
  p.settle();
  const req = p.requests[0];
  req.encoder?.encodeHeaders(response(413), false);
  req.encoder?.encodeData(Buffer.alloc(200_000), true);
  req.encoder?.reset('local reset');
  call.encoder?.encodeData(Buffer.alloc(1000), false);
  p.settle();
  t.equal(call.body.length, 200_000);
  t.notOk(
    call.notes.some((n) => n.startsWith('reset')),
    'RST_STREAM(NO_ERROR) after the end is no reset',
  );
  t.equal(p.client.activeStreams + p.server.activeStreams, 0);
  t.end();
});

t.test('an answer to what was given up meanwhile is passed over, and is no stray one', (t) => {
  const p = new Pair();
  const [a, b] = ['/a', '/b'].map((path) => p.request(request('GET', path), true));
  p.settle();
  for (const r of p.requests) r.encoder?.encodeHeaders(response(200), true);
  a.encoder?.reset('local reset');
  p.settle();
  t.strictSame(a.notes, []);
  t.strictSame(b.notes, ['headers end']);
  t.equal(p.clientStats.headersCbNoStream.value, 0, 'as in Envoy');
  t.end();
});

t.test('GOAWAY: streams above the last are refused, the others finish', (t) => {
  const p = new Pair();
  const a = p.request(request('GET', '/a'), true);
  p.settle();
  p.server.goAway();
  const b = p.request(request('GET', '/b'), true);
  p.settle();
  t.strictSame(b.notes, ['reset remote refused stream reset http2.remote_refuse']);
  t.notOk(p.client.reusable);
  t.ok(p.events.includes('goaway'));
  t.equal(p.requests.length, 1, 'the late stream never reached the manager');
  p.requests[0].encoder?.encodeHeaders(response(200), true);
  p.settle();
  t.strictSame(a.notes, ['headers end']);
  t.equal(p.serverStats.goawaySent.value, 1);
  t.end();
});

t.test('a shutdown notice lets streams on their way in', (t) => {
  const p = new Pair();
  p.server.shutdownNotice();
  const a = p.request(request('GET', '/a'), true);
  p.settle();
  t.equal(p.requests.length, 1);
  t.notOk(p.client.reusable);
  t.strictSame(a.notes, []);
  t.end();
});

t.test('the closed connection resets every open stream once, also those without an id', (t) => {
  const p = new Pair();
  const a = p.request(request('POST', '/a'), false);
  p.settle();
  const lines: string[] = [];
  const late = p.client.newStream({
    on1xx() {},
    onHeaders() {},
    onData() {},
    onTrailers() {},
    onReset: (reason) => lines.push(reason),
    onAboveWriteBuffer() {},
    onBelowWriteBuffer() {},
  });
  t.equal(p.client.activeStreams, 2);
  p.client.onConnectionClosed('remote connection failure', '');
  t.strictSame(a.notes, ['reset remote connection failure']);
  t.strictSame(lines, ['remote connection failure']);
  t.equal(p.client.activeStreams, 0);
  late.encodeHeaders(request('GET', '/'), true);
  t.end();
});

t.test('max_concurrent_streams: the client learns it, and a stream above it is refused', (t) => {
  const p = new Pair({ maxConcurrentStreams: 2 }, {});
  const calls = [0, 1, 2].map(() => p.request(request('GET', '/'), true));
  p.settle();
  t.equal(p.client.maxStreams, 2);
  t.ok(p.events.includes('max 2'));
  t.strictSame(calls[2].notes, ['reset remote refused stream reset http2.remote_refuse']);
  t.equal(p.serverStats.streamRefusedErrors.value, 1);
  t.end();
});

t.test('cookie crumbs become one header; host fills a missing authority', (t) => {
  const p = new Pair();
  const h = request('GET', '/', ['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2', 'host', 'other.test']);
  h.authority = '';
  p.request(h, true);
  p.settle();
  t.equal(p.requests[0].headers?.authority, 'other.test');
  t.strictSame(p.requests[0].headers?.list, ['x', 'y', 'cookie', 'a=1; b=2']);
  t.end();
});

t.test('connection-specific headers are not sent', (t) => {
  const p = new Pair();
  p.request(request('GET', '/', ['connection', 'close', 'te', 'gzip', 'upgrade', 'x', 'x', '1']), true);
  p.settle();
  t.strictSame(p.requests[0].headers?.list, ['x', '1']);
  t.end();
});

t.test('HEAD, 204 and 304 may announce a length and have no body', (t) => {
  const p = new Pair();
  for (const [method, status] of [
    ['HEAD', 200],
    ['GET', 304],
  ] as const) {
    const call = p.request(request(method, '/'), true);
    p.settle();
    p.requests.at(-1)?.encoder?.encodeHeaders(response(status, ['content-length', '10']), true);
    p.settle();
    t.strictSame(call.notes, ['headers end']);
  }
  t.end();
});

t.test('the connection watermark reaches every stream once', (t) => {
  const p = new Pair();
  const a = p.request(request('POST', '/a'), false);
  p.settle();
  p.client.onUnderlyingAboveWriteBuffer();
  const b = p.request(request('POST', '/b'), false);
  p.client.onUnderlyingBelowWriteBuffer();
  t.strictSame(a.notes, ['above', 'below']);
  t.strictSame(b.notes, ['above', 'below']);
  t.end();
});

t.test('an answer nobody takes is reset by the second sweep', (t) => {
  const p = new Pair({ initialStreamWindowSize: 65535 });
  const call = p.request(request('GET', '/'), true);
  call.encoder?.readDisable(true);
  p.settle();
  p.requests[0].encoder?.encodeHeaders(response(200), false);
  p.requests[0].encoder?.encodeData(Buffer.alloc(100_000), true);
  p.settle();
  p.server.expirePendingFlush();
  t.equal(p.server.activeStreams, 1);
  p.server.expirePendingFlush();
  t.equal(p.server.activeStreams, 0);
  t.equal(p.serverStats.txFlushTimeout.value, 1);
  t.equal(p.serverStats.pendingSendBytes.value, 0);
  t.end();
});

t.test('PING goes round', (t) => {
  const p = new Pair();
  let acks = 0;
  p.client.onPingAck = () => acks++;
  p.client.sendPing(Buffer.from('12345678'));
  p.settle();
  t.equal(acks, 1);
  t.end();
});

t.test('a plain CONNECT goes without scheme and path', (t) => {
  const p = new Pair();
  p.request(request('CONNECT', '/dropped'), false);
  p.settle();
  t.equal(p.requests[0].headers?.method, 'CONNECT');
  t.equal(p.requests[0].headers?.path, '');
  t.end();
});
