/** What a hostile or broken peer can do to a server codec: every flood ends the connection, and is counted under Envoy's name. */
import t from 'tap';
import { fields, response } from './pair.ts';
import { block, describe, frame, headers, RawServer, requestBlock } from './raw.ts';

const CALM = (last: number) => [`GOAWAY ${0} last ${last} code 11`];
const repeat = (n: number, part: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: n }, (_, i) => part(i)));

t.test('the SETTINGS and the window are Envoy 1.40s', (t) => {
  const s = new RawServer();
  const fresh = new RawServer();
  t.equal(fresh.error, null);
  const again = new (Object.getPrototypeOf(s.codec).constructor)(
    s.out,
    { newStream() {}, onGoAway() {} },
    s.codec.opts,
    s.stats,
  );
  again.dispatch(Buffer.from('PRI'));
  t.strictSame(describe(s.out.take()), ['SETTINGS 0 1=4096 8=0 3=1024 4=16777216', 'WINDOW_UPDATE 0 25100289']);
  t.end();
});

t.test('a wrong preface', (t) => {
  const s = new RawServer();
  const other = new (Object.getPrototypeOf(s.codec).constructor)(
    s.out,
    { newStream() {}, onGoAway() {} },
    s.codec.opts,
    s.stats,
  );
  t.throws(() => other.dispatch(Buffer.from('GET / HTTP/1.1\r\n\r\n')), { name: 'CodecError' });
  t.ok(other.mustClose);
  t.end();
});

t.test('empty DATA and CONTINUATION frames', (t) => {
  const s = new RawServer();
  t.strictSame(s.send(headers(1, requestBlock()), frame(0, 0, 1)), []);
  t.strictSame(s.send(frame(0, 0, 1)), CALM(1));
  t.equal(s.error?.code, 'http2.inbound_empty_frames_flood');
  t.equal(s.stats.inboundEmptyFramesFlood.value, 1);
  const c = new RawServer();
  c.send(frame(1, 0, 1, requestBlock()), frame(9, 0, 1), frame(9, 0, 1));
  t.equal(c.stats.inboundEmptyFramesFlood.value, 1);
  t.end();
});

t.test('padding only is empty, too', (t) => {
  const s = new RawServer();
  s.send(headers(1, requestBlock()), frame(0, 8, 1, [3, 0, 0, 0]), frame(0, 8, 1, [3, 0, 0, 0]));
  t.equal(s.stats.inboundEmptyFramesFlood.value, 1);
  t.end();
});

t.test('PRIORITY: 100 for each stream open, and 100 more', (t) => {
  const s = new RawServer();
  const one = () => frame(2, 0, 1, [0, 0, 0, 0, 1]);
  t.strictSame(s.send(repeat(100, one)), []);
  t.strictSame(s.send(one()), CALM(0));
  t.equal(s.stats.inboundPriorityFramesFlood.value, 1);
  t.end();
});

t.test('WINDOW_UPDATE: a few for each stream and each DATA frame sent', (t) => {
  const s = new RawServer();
  t.strictSame(s.send(repeat(5, () => frame(8, 0, 0, [0, 0, 0, 1]))), []);
  t.strictSame(s.send(frame(8, 0, 0, [0, 0, 0, 1])), CALM(0));
  t.equal(s.stats.inboundWindowUpdateFramesFlood.value, 1);
  const busy = new RawServer();
  busy.send(headers(1, requestBlock()));
  busy.requests[0].encoder?.encodeHeaders(response(200), false);
  busy.requests[0].encoder?.encodeData(Buffer.from('x'), false);
  busy.out.take();
  t.strictSame(busy.send(repeat(27, () => frame(8, 0, 0, [0, 0, 0, 1]))), [], '5 + 2 * (1 stream + 10 * 1 frame)');
  t.strictSame(busy.send(frame(8, 0, 0, [0, 0, 0, 1])), CALM(1));
  t.end();
});

t.test('PING and SETTINGS whose answers nobody reads', (t) => {
  for (const one of [frame(6, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]), frame(4, 0, 0)]) {
    const s = new RawServer();
    s.out.held = 100_000;
    let sent = 0;
    while (s.error === null && sent < 2000) {
      s.send(one);
      sent++;
    }
    t.ok(sent >= 1000 && sent < 1100, `${sent}`);
    t.equal(s.stats.outboundControlFlood.value, 1);
    const reader = new RawServer();
    for (let i = 0; i < 5000; i++) reader.send(one);
    t.equal(reader.error, null, 'one who reads may go on');
  }
  t.end();
});

t.test('frames for a reader that has stopped', (t) => {
  const s = new RawServer({ maxOutboundFrames: 100 });
  s.send(headers(1, requestBlock()));
  s.out.held = 1_000_000;
  for (let i = 0; i < 110; i++) s.requests[0].encoder?.encodeData(Buffer.from('x'), false);
  s.send(frame(0, 1, 1, Buffer.from('y')));
  t.equal(s.stats.outboundFlood.value, 1);
  t.match(s.error?.message, 'Too many frames in the outbound queue.');
  t.end();
});

t.test('a slow reader that does read is no flood', (t) => {
  const s = new RawServer({ maxOutboundFrames: 100 });
  s.send(headers(1, requestBlock()));
  // Always something held, never more than the last 50 frames of 10 bytes.
  s.out.held = 500;
  for (let i = 0; i < 5000; i++) {
    s.requests[0].encoder?.encodeData(Buffer.from('x'), false);
    if (i % 10 === 0) s.send(frame(6, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));
    t.equal(s.error, null);
    if (s.error !== null) break;
  }
  t.end();
});

t.test('rapid reset: the allowance is used up, and regained with time', (t) => {
  let now = 0;
  const s = new RawServer({ streamResetBurst: 10, streamResetRate: 5, now: () => now });
  const open = (id: number) => Buffer.concat([headers(id, requestBlock()), frame(3, 0, id, [0, 0, 0, 8])]);
  let id = 1;
  for (let i = 0; i < 10; i++, id += 2) t.strictSame(s.send(open(id)), []);
  now += 1000;
  for (let i = 0; i < 5; i++, id += 2) t.strictSame(s.send(open(id)), []);
  t.equal(s.stats.rxReset.value, 15);
  t.strictSame(s.send(open(id)), CALM(id));
  t.match(s.requests[0].notes, ['headers', 'reset remote reset http2.remote_reset']);
  t.end();
});

t.test('made-you-reset: stream errors a peer provokes count as resets', (t) => {
  const s = new RawServer({ streamResetBurst: 5, now: () => 0 });
  const over = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
  for (let i = 0; i < 5; i++) {
    const id = 1 + 2 * i;
    t.strictSame(s.send(headers(id, requestBlock()), frame(8, 0, id, over)), [`RST_STREAM ${id} 3`]);
  }
  t.strictSame(s.send(headers(11, requestBlock()), frame(8, 0, 11, over)), CALM(11));
  t.end();
});

t.test('streams above the limit are refused, and refusing is limited', (t) => {
  const s = new RawServer({ maxConcurrentStreams: 2, streamResetBurst: 3, now: () => 0 });
  const lines = s.send(repeat(5, (i) => headers(1 + 2 * i, requestBlock())));
  t.strictSame(lines, ['RST_STREAM 5 7', 'RST_STREAM 7 7', 'RST_STREAM 9 7']);
  t.equal(s.stats.streamRefusedErrors.value, 3);
  t.strictSame(s.send(frame(0, 0, 5, [1, 2, 3])), [], 'frames for a refused stream are on their way');
  t.strictSame(s.send(headers(11, requestBlock())), CALM(11));
  t.end();
});

t.test('CONTINUATION flood: frames and bytes of one block are bounded', (t) => {
  const s = new RawServer();
  s.send(frame(1, 0, 1, requestBlock()));
  s.send(repeat(512, () => frame(9, 0, 1, block(['a', 'b']))));
  t.equal(s.error, null);
  t.strictSame(s.send(frame(9, 0, 1, block(['a', 'b']))), CALM(0));
  const big = new RawServer();
  big.send(frame(1, 0, 1, requestBlock()));
  for (let i = 0; i < 15; i++) big.send(frame(9, 0, 1, block(['a', 'b'.repeat(16000)])));
  t.equal(big.error, null);
  for (let i = 0; i < 3; i++) big.send(frame(9, 0, 1, block(['a', 'b'.repeat(16000)])));
  t.not(big.error, null);
  t.end();
});

t.test('too many or too large headers reset the stream, and only it', (t) => {
  const s = new RawServer();
  const many = Array.from({ length: 97 }, (_, i): [string, string] => [`x-${i}`, '1']);
  t.strictSame(s.send(headers(1, requestBlock(...many), true)), ['RST_STREAM 1 2']);
  t.strictSame(s.requests[0].notes, ['reset remote reset http2.too_many_headers']);
  t.equal(s.stats.headerOverflow.value, 1);
  s.send(headers(3, requestBlock(...many.slice(1)), true));
  t.equal(s.requests[1].headers?.count, 96, '100 with the pseudo-headers');
  const large = Buffer.concat([requestBlock(), ...[1, 2, 3, 4].map((i) => block([`x-${i}`, 'v'.repeat(15500)]))]);
  const parts = [frame(1, 0, 5, large.subarray(0, 16000))];
  for (let at = 16000; at < large.length; at += 16000) {
    parts.push(frame(9, at + 16000 >= large.length ? 4 : 0, 5, large.subarray(at, at + 16000)));
  }
  t.strictSame(s.send(...parts), ['RST_STREAM 5 2']);
  t.equal(s.stats.headerListSizeTooLarge.value, 1);
  t.equal(s.error, null);
  t.end();
});

t.test('HPACK bomb: a small block of large indexed fields is decoded, dropped and refused', (t) => {
  const s = new RawServer();
  const entry = Buffer.concat([
    Buffer.from([0x40]),
    Buffer.from([1]),
    Buffer.from('x'),
    Buffer.from([0x7f, 0xc1, 0x1e]),
    Buffer.alloc(4000, 'y'),
  ]);
  const bomb = Buffer.concat([requestBlock(), entry, Buffer.alloc(10_000, 0xbe)]);
  t.strictSame(s.send(headers(1, bomb, true)), ['RST_STREAM 1 2']);
  t.equal(s.error, null);
  t.end();
});

t.test('a body that is not as long as it said ends its stream only, as in Envoy', (t) => {
  // The last column: whether nghttp2 tells Envoy's codec of it.
  const cases: [string, Buffer[], number][] = [
    ['body too long', [headers(1, requestBlock(['content-length', '1'])), frame(0, 0, 1, [1, 2])], 0],
    ['body too short', [headers(1, requestBlock(['content-length', '2'])), frame(0, 1, 1, [1])], 0],
    [
      'body cut short by trailers',
      [headers(1, requestBlock(['content-length', '2'])), headers(1, block(['x', '1']), true)],
      1,
    ],
  ];
  for (const [what, parts, told] of cases) {
    const s = new RawServer();
    t.strictSame(s.send(...parts), ['RST_STREAM 1 1'], what);
    t.equal(s.error, null, what);
    t.equal(s.stats.rxMessagingError.value, told, what);
  }
  t.end();
});

t.test('invalid messages end the connection by default, or the stream where configured', (t) => {
  const cases: [string, Buffer[]][] = [
    ['upper-case name', [headers(1, requestBlock(['X-A', '1']), true)]],
    ['empty name', [headers(1, requestBlock(['', '1']), true)]],
    ['control character', [headers(1, requestBlock(['x', 'a\r\nb']), true)]],
    ['NUL', [headers(1, requestBlock(['x', 'a\0']), true)]],
    ['connection', [headers(1, requestBlock(['connection', 'close']), true)]],
    ['transfer-encoding', [headers(1, requestBlock(['transfer-encoding', 'chunked']), true)]],
    ['te', [headers(1, requestBlock(['te', 'gzip']), true)]],
    ['unknown pseudo-header', [headers(1, requestBlock([':x', '1']), true)]],
    ['pseudo-header last', [headers(1, block(['x', '1'], [':method', 'GET']), true)]],
    ['two paths', [headers(1, requestBlock([':path', '/b']), true)]],
    ['status in a request', [headers(1, requestBlock([':status', '200']), true)]],
    ['no method', [headers(1, block([':scheme', 'http'], [':path', '/'], [':authority', 'a']), true)]],
    ['no authority', [headers(1, block([':method', 'GET'], [':scheme', 'http'], [':path', '/']), true)]],
    [
      'relative path',
      [headers(1, block([':method', 'GET'], [':scheme', 'http'], [':path', 'x'], [':authority', 'a']), true)],
    ],
    [
      'space in the path',
      [headers(1, block([':method', 'GET'], [':scheme', 'http'], [':path', '/a b'], [':authority', 'a']), true)],
    ],
    ['protocol without allow_connect', [headers(1, requestBlock([':protocol', 'websocket']), true)]],
    ['two lengths', [headers(1, requestBlock(['content-length', '1'], ['content-length', '1']))]],
    ['signed length', [headers(1, requestBlock(['content-length', '+1']))]],
    ['length without a body', [headers(1, requestBlock(['content-length', '1']), true)]],
    ['trailers that do not end', [headers(1, requestBlock()), headers(1, block(['x', '1']))]],
    ['pseudo-header in trailers', [headers(1, requestBlock()), headers(1, block([':path', '/']), true)]],
  ];
  for (const [what, parts] of cases) {
    const s = new RawServer();
    t.strictSame(s.send(...parts), ['GOAWAY 0 last 1 code 1'], what);
    t.match(s.error?.code, /^http2\.(invalid\.header\.field|violation\.of\.messaging\.rule)$/, what);
    t.equal(s.stats.rxMessagingError.value, 1, what);
    const tolerant = new RawServer({ streamErrorOnInvalidHttpMessage: true });
    t.strictSame(tolerant.send(...parts), ['RST_STREAM 1 1'], what);
    t.equal(tolerant.error, null, what);
    t.match(tolerant.requests[0].notes.at(-1), /^reset protocol error/, what);
    tolerant.send(headers(3, requestBlock(), true));
    t.strictSame(tolerant.requests[1].notes, ['headers end'], what);
    t.equal(tolerant.codec.activeStreams, 1, what);
  }
  t.end();
});

t.test('names with underscores: dropped or refused where configured', (t) => {
  const drop = new RawServer({ headersWithUnderscoresAction: 'DROP_HEADER' });
  drop.send(headers(1, requestBlock(['a_b', '1'], ['c', '2']), true));
  t.strictSame(drop.requests[0].headers?.list, ['c', '2']);
  t.equal(drop.stats.droppedHeadersWithUnderscores.value, 1);
  const reject = new RawServer({ headersWithUnderscoresAction: 'REJECT_REQUEST' });
  t.strictSame(reject.send(headers(1, requestBlock(['a_b', '1']), true)), ['RST_STREAM 1 2']);
  t.equal(reject.stats.requestsRejectedWithUnderscoresInHeaders.value, 1);
  t.end();
});

t.test('flow control: more than the window ends the connection', (t) => {
  const s = new RawServer({ initialStreamWindowSize: 65535, initialConnectionWindowSize: 65535 });
  s.onRequest = (r) => r.encoder?.readDisable(true);
  s.send(headers(1, requestBlock()));
  for (let i = 0; i < 4; i++) s.send(frame(0, 0, 1, Buffer.alloc(i === 3 ? 65535 - 3 * 16384 : 16384)));
  t.equal(s.error, null);
  t.strictSame(s.send(frame(0, 0, 1, [1])), ['GOAWAY 0 last 1 code 3']);
  t.end();
});

t.test('a reset stream gives its bytes back to the connection window', (t) => {
  const s = new RawServer({ initialStreamWindowSize: 65535, initialConnectionWindowSize: 65535 });
  s.onRequest = (r) => r.encoder?.readDisable(true);
  s.send(headers(1, requestBlock()), frame(0, 0, 1, Buffer.alloc(16384)), frame(0, 0, 1, Buffer.alloc(16384)));
  s.requests[0].encoder?.reset('local reset');
  t.strictSame(describe(s.out.take()), ['RST_STREAM 1 2', 'WINDOW_UPDATE 0 32768']);
  t.strictSame(s.send(frame(0, 0, 1, Buffer.alloc(16384)), frame(0, 0, 1, Buffer.alloc(16384))), [
    'WINDOW_UPDATE 0 32768',
  ]);
  t.end();
});

t.test('a stream reset in the middle of a DATA frame gives back the rest of it, too', (t) => {
  const s = new RawServer({ initialStreamWindowSize: 65535, initialConnectionWindowSize: 65535 });
  let given = 0;
  for (let id = 1; id < 20; id += 2) {
    const data = frame(0, 0, id, Buffer.alloc(16000));
    s.send(headers(id, requestBlock()), data.subarray(0, 100));
    s.requests.at(-1)?.encoder?.reset('local reset');
    for (const line of s.send(data.subarray(100))) {
      if (line.startsWith('WINDOW_UPDATE 0 ')) given += Number(line.slice(16));
    }
  }
  t.equal(s.error, null, '160,000 bytes through a window of 65,535');
  t.ok(given > 160_000 - 32_768, `${given}`);
  t.end();
});

t.test('padding counts against the windows and is given back', (t) => {
  const s = new RawServer({ initialStreamWindowSize: 65535, initialConnectionWindowSize: 65535 });
  s.send(headers(1, requestBlock()));
  const padded = Buffer.concat([Buffer.from([255]), Buffer.from('x'), Buffer.alloc(255)]);
  const lines: string[] = [];
  for (let i = 0; i < 1000; i++) lines.push(...s.send(frame(0, 8, 1, padded)));
  t.equal(s.error, null);
  t.equal(s.requests[0].body.length, 1000);
  t.ok(lines.filter((l) => l.startsWith('WINDOW_UPDATE 0')).length >= 7);
  t.ok(lines.filter((l) => l.startsWith('WINDOW_UPDATE 1')).length >= 7);
  t.end();
});

t.test('a larger initial window in SETTINGS lets queued data go', (t) => {
  const s = new RawServer();
  s.send(frame(4, 0, 0, [0, 4, 0, 0, 0, 10]), headers(1, requestBlock(), true));
  s.requests[0].encoder?.encodeHeaders(response(200), false);
  s.requests[0].encoder?.encodeData(Buffer.alloc(30), true);
  t.strictSame(describe(s.out.take()), ['HEADERS 1 :status=200', 'DATA 1 10 bytes']);
  t.strictSame(s.send(frame(4, 0, 0, [0, 4, 0, 0, 0, 25])), ['SETTINGS ack 0', 'DATA 1 15 bytes']);
  t.strictSame(s.send(frame(4, 0, 0, [0, 4, 0, 0, 1, 0])), ['SETTINGS ack 0', 'DATA end 1 5 bytes']);
  t.end();
});

t.test('one-byte frames for a paused reader do not cost a buffer each', (t) => {
  const s = new RawServer();
  s.onRequest = (r) => r.encoder?.readDisable(true);
  s.send(headers(1, requestBlock()));
  const before = process.memoryUsage();
  for (let i = 0; i < 20; i++) s.send(repeat(5000, () => frame(0, 0, 1, [7])));
  const after = process.memoryUsage();
  t.equal(s.error, null);
  t.ok(after.heapUsed + after.external - before.heapUsed - before.external < 60_000_000);
  t.end();
});

t.test('frames after the end of a stream', (t) => {
  const finished = () => {
    const s = new RawServer();
    s.send(headers(1, requestBlock(), true));
    s.requests[0].encoder?.encodeHeaders(response(200), true);
    s.out.take();
    return s;
  };
  t.strictSame(finished().send(frame(0, 1, 1, [1])), ['GOAWAY 0 last 1 code 5']);
  t.strictSame(finished().send(headers(1, requestBlock(), true)), ['GOAWAY 0 last 1 code 5']);
  t.strictSame(finished().send(frame(3, 0, 1, [0, 0, 0, 8])), []);
  t.strictSame(finished().send(frame(8, 0, 1, [0, 0, 0, 1])), []);
  t.end();
});

t.test('after our reset the peer may still be sending: ignored, with the header tables kept in step', (t) => {
  const s = new RawServer();
  s.send(headers(1, requestBlock()));
  s.requests[0].encoder?.reset('local reset');
  s.out.take();
  const indexed = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('k'), Buffer.from([1]), Buffer.from('v')]);
  t.strictSame(s.send(frame(0, 0, 1, [1, 2]), headers(1, indexed, true)), []);
  t.equal(s.stats.headersCbNoStream.value, 1);
  s.send(headers(3, Buffer.concat([requestBlock(), Buffer.from([0xbe])]), true));
  t.strictSame(s.requests[1].headers?.list, ['k', 'v']);
  t.end();
});

t.test('trailers', (t) => {
  const s = new RawServer();
  s.send(headers(1, requestBlock()), frame(0, 0, 1, [1]), headers(1, block(['x', '1']), true));
  t.strictSame(s.requests[0].notes, ['headers', 'data 1', 'trailers']);
  t.equal(s.stats.trailers.value, 1);
  s.requests[0].encoder?.encodeHeaders(response(200), false);
  s.requests[0].encoder?.encodeTrailers(fields());
  t.strictSame(
    describe(s.out.take()),
    ['HEADERS 1 :status=200', 'DATA end 1 0 bytes'],
    'empty trailers become an empty DATA frame',
  );
  t.end();
});

t.test('CONNECT has neither scheme nor path', (t) => {
  const s = new RawServer({ allowConnect: true });
  s.send(headers(1, block([':method', 'CONNECT'], [':authority', 'a:80'])));
  t.equal(s.requests[0].headers?.authority, 'a:80');
  s.send(
    headers(
      3,
      block(
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'a'],
      ),
    ),
  );
  t.equal(s.requests[1].headers?.protocol, 'websocket');
  t.equal(s.error, null);
  t.strictSame(s.send(headers(5, block([':method', 'CONNECT'], [':path', '/'], [':authority', 'a']))), [
    'GOAWAY 0 last 5 code 1',
  ]);
  t.end();
});
