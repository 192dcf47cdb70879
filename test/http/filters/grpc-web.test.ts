/** envoy.filters.http.grpc_web: what comes in pieces, and what it keeps. What it answers is compared with Envoy: conformance grpc-web/*. */
import t from 'tap';
import { FramesAsBase64 } from '../../../src/http/filters/grpc-web-text.ts';
import { answering, cluster, header, ROUTER, TestProxy, Upstream } from '../proxy.ts';

const WEB = {
  name: 'envoy.filters.http.grpc_web',
  typedConfig: { typeUrl: 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb', value: {} },
};

const frame = (message: string): Buffer => {
  const b = Buffer.alloc(5 + message.length);
  b.writeUInt32BE(message.length, 1);
  b.write(message, 5, 'latin1');
  return b;
};

t.test('frames in pieces of any size are the same text, each frame padded at its end', (t) => {
  const frames = ['', 'a', 'bb', 'ccc', 'x'.repeat(1000)].map(frame);
  const bytes = Buffer.concat(frames);
  const wanted = frames.map((f) => f.toString('base64')).join('');
  for (const size of [1, 2, 3, 4, 5, 7, 64, 4096]) {
    const text = new FramesAsBase64();
    let got = '';
    for (let at = 0; at < bytes.length; at += size) got += text.encode(bytes.subarray(at, at + size));
    t.equal(got, wanted, `pieces of ${size}`);
  }
  t.end();
});

t.test('a message of any length goes on as it comes: nothing of it is kept', (t) => {
  const text = new FramesAsBase64();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(0xffffffff, 1);
  text.encode(head);
  const piece = Buffer.alloc(64 * 1024);
  for (let i = 0; i < 100; i++) t.ok(text.encode(piece).length >= 87_380);
  t.end();
});

t.test('an answer that is no gRPC is kept up to 16 KiB, and no client makes counters', async (t) => {
  const body = 'e'.repeat(100_000);
  const u = await Upstream.start(answering(`HTTP/1.1 500 X\r\ncontent-length: ${body.length}\r\n\r\n${body}`));
  const p = await TestProxy.start({ hcm: { httpFilters: [WEB, ROUTER] }, clusters: [cluster('u', [u.port])] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  c.send(
    'POST /a.B/C HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc-web\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0',
  );
  const answer = await c.message();
  t.match(answer.start, /500/);
  t.equal((header(answer, 'grpc-message') ?? '').length, 16_384);
  for (const last of ['total', 'success', 'failure', '0', '13'])
    t.equal(p.value(`cluster.u.grpc.a.B.C.${last}`), 0, 'made by this question, not by the request');
  c.close();
});
