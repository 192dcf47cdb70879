/** Our codecs against node:http2 (nghttp2) as the other side, over real sockets: the same messages arrive, both ways. */
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import { Http2ClientCodec } from '../../../src/codec/http2/client-codec.ts';
import { http2Options } from '../../../src/codec/http2/options.ts';
import { Echo, startEchoServer } from '../../support/http2-echo-server.ts';
import { codecStats, NotingDecoder } from './doubles.ts';
import { Random } from './random.ts';
import { SocketOutput } from './socket-output.ts';

const WORDS = [
  'content-type',
  'x-b3-traceid',
  'accept-language',
  'user-agent',
  'x-empty',
  'grpc-timeout',
  'x-token',
  'range',
];
const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,;:!?"#$%&()*+/<=>@[]^`{|}~';

interface Case {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  trailers: Record<string, string>;
}

function randomCase(r: Random): Case {
  const headers: Record<string, string> = {};
  for (let i = r.int(8); i > 0; i--) {
    const name = r.int(4) === 0 ? `x-${r.text('abc', 6)}z` : r.pick(WORDS);
    headers[name] = name === 'x-empty' ? '' : `v${r.text(ALPHABET, r.int(10) === 0 ? 3000 : 40)}v`;
  }
  const sizes = [0, 1, 100, 16384, 16385, 100_000, 400_000];
  const body = Buffer.alloc(r.pick(sizes), r.text(ALPHABET, 50) || 'x');
  const trailers: Record<string, string> =
    r.int(2) === 0 ? {} : { 'x-end': r.text('ab', 5) || 'e', 'grpc-status': '0' };
  return { path: `/p${r.text('abc/', 20)}`, headers, body, trailers };
}

t.test('node:http2 client, our server: random messages are echoed', async (t) => {
  // Small windows, so that flow control is in every large message.
  const server = await startEchoServer(
    0,
    { initialStreamWindowSize: 65535, initialConnectionWindowSize: 100_000, streamBufferLimit: 50_000 },
    Echo,
  );
  const session = http2.connect(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}`);
  const r = new Random(1);
  for (let round = 0; round < 6; round++) {
    const cases = Array.from({ length: 12 }, () => randomCase(r));
    await Promise.all(
      cases.map(async (c) => {
        const stream = session.request(
          { ':method': 'POST', ':path': c.path, ...c.headers },
          { waitForTrailers: true, endStream: false },
        );
        stream.on('wantTrailers', () => stream.sendTrailers(c.trailers));
        const got: Buffer[] = [];
        let head: http2.IncomingHttpHeaders = {};
        let tail: http2.IncomingHttpHeaders = {};
        stream.on('response', (h) => {
          head = h;
        });
        stream.on('trailers', (h) => {
          tail = h;
        });
        stream.on('data', (d: Buffer) => got.push(d));
        stream.end(c.body);
        await once(stream, 'close');
        t.equal(head['x-path'], c.path);
        for (const [n, v] of Object.entries(c.headers)) t.equal(head[`x-got-${n}`], v, n);
        t.ok(Buffer.concat(got).equals(c.body), `body of ${c.body.length}`);
        for (const [n, v] of Object.entries(c.trailers)) t.equal(tail[n], v);
      }),
    );
  }
  session.close();
  await once(session, 'close');
  server.close();
  await once(server, 'close');
});

t.test('our client, node:http2 server: random messages are echoed', async (t) => {
  const server = http2.createServer({ settings: { initialWindowSize: 70_000, headerTableSize: 512 } });
  server.on('stream', (stream, headers) => {
    const head: http2.OutgoingHttpHeaders = { ':status': 200, 'x-path': headers[':path'] };
    for (const [n, v] of Object.entries(headers)) if (!n.startsWith(':')) head[`x-got-${n}`] = v;
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on('trailers', (h) => {
      trailers = h;
    });
    stream.additionalHeaders({ ':status': 103, link: '<x>' });
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
    stream.pipe(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  let completed = 0;
  const client = new Http2ClientCodec(
    new SocketOutput(socket),
    { onGoAway() {}, onMaxStreamsChanged() {}, onStreamComplete: () => completed++ },
    http2Options({ initialStreamWindowSize: 65535, initialConnectionWindowSize: 65535 }),
    codecStats(),
  );
  socket.on('data', (chunk: Buffer) => client.dispatch(chunk));
  const r = new Random(2);
  for (let round = 0; round < 6; round++) {
    const cases = Array.from({ length: 12 }, () => randomCase(r));
    await Promise.all(
      cases.map(async (c) => {
        const d = new NotingDecoder();
        const ended = new Promise<void>((resolve) => {
          d.onEnd = resolve;
        });
        const h = new Headers();
        h.method = 'POST';
        h.path = c.path;
        h.scheme = 'http';
        h.authority = 'a.test';
        for (const [n, v] of Object.entries(c.headers)) h.add(n, v);
        const encoder = client.newStream(d);
        encoder.encodeHeaders(h, false);
        encoder.encodeData(c.body.subarray(0, 1000), false);
        encoder.encodeData(c.body.subarray(1000), false);
        const trailers = new Headers();
        for (const [n, v] of Object.entries(c.trailers)) trailers.add(n, v);
        encoder.encodeTrailers(trailers);
        await ended;
        // What the neighbours have queued may have been told before.
        t.equal(
          d.notes.find((n) => n.startsWith('1xx')),
          '1xx 103',
        );
        t.equal(d.headers?.status, 200);
        t.equal(d.headers?.get('x-path'), c.path);
        for (const [n, v] of Object.entries(c.headers)) t.equal(d.headers?.get(`x-got-${n}`), v, n);
        t.ok(d.body.equals(c.body), `body of ${c.body.length}`);
        for (const [n, v] of Object.entries(c.trailers)) t.equal(d.trailers?.get(n), v);
      }),
    );
  }
  t.equal(client.activeStreams, 0);
  t.equal(completed, 72);
  socket.destroy();
  await once(socket, 'close');
  server.close();
  await once(server, 'close');
});

t.test('a node:http2 client that cancels is seen as a remote reset, and the session goes on', async (t) => {
  const resets: string[] = [];
  class Waiting extends NotingDecoder {
    override onReset(reason: string): void {
      resets.push(reason);
    }
  }
  const server = await startEchoServer(0, {}, Waiting as never);
  const session = http2.connect(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}`);
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  stream.on('error', () => {});
  stream.write('x');
  await new Promise((resolve) => session.ping(resolve));
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await once(stream, 'close');
  await new Promise((resolve) => session.ping(resolve));
  t.strictSame(resets, ['remote reset']);
  session.close();
  await once(session, 'close');
  server.close();
  await once(server, 'close');
});
