import { once } from 'node:events';
import * as http2 from 'node:http2';
import type * as net from 'node:net';
import t from 'tap';
import { frame, H2Peer, requestFields } from './h2.ts';
import { answering, BRIDGE, cluster, get, header, OK, type Peer, ROUTER, TestProxy, Upstream, until } from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };

/** One upstream of either protocol, seen alike: requests that came, bytes of their bodies, and whether they were given up. */
interface Seen {
  path: string;
  bytes: number;
  gone: boolean;
  ended: boolean;
  /** Answer with a body that never ends. */
  answerForever(): void;
}
class Host {
  readonly seen: Seen[] = [];
  private constructor() {}
  port = 0;
  stop: () => void = () => {};

  static async start(protocol: string): Promise<Host> {
    const h = new Host();
    if (protocol === 'HTTP/2') {
      const server = http2.createServer();
      const sessions: http2.Http2Session[] = [];
      server.on('session', (s) => {
        s.on('error', () => {});
        sessions.push(s);
      });
      server.on('stream', (s: http2.ServerHttp2Stream, headers) => {
        const seen: Seen = {
          path: String(headers[':path']),
          bytes: 0,
          gone: false,
          ended: false,
          answerForever: () => {
            s.respond({ ':status': 200 });
            s.write('part');
          },
        };
        h.seen.push(seen);
        s.on('error', () => {});
        s.on('data', (d: Buffer) => (seen.bytes += d.length));
        s.on('end', () => (seen.ended = true));
        s.on('close', () => (seen.gone = true));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      h.port = (server.address() as net.AddressInfo).port;
      h.stop = () => {
        for (const s of sessions) s.destroy();
        server.close();
      };
    } else {
      const u = await Upstream.start((p: Peer) => {
        let seen: Seen | null = null;
        p.socket.on('data', () => {
          if (seen === null && p.text.includes('\r\n\r\n')) {
            seen = {
              path: p.text.split(' ')[1],
              bytes: 0,
              gone: false,
              ended: p.text.startsWith('GET'),
              answerForever: () => p.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n'),
            };
            h.seen.push(seen);
          }
          if (seen !== null) seen.bytes = p.received - p.text.indexOf('\r\n\r\n') - 4;
        });
        p.socket.on('close', () => {
          if (seen !== null) seen.gone = true;
        });
        p.socket.on('end', () => {
          if (seen !== null) seen.gone = true;
        });
      });
      h.port = u.port;
      h.stop = () => u.stop();
    }
    return h;
  }
}

/** One client of either protocol with a request under way. */
class Client {
  readonly peer: Peer;
  readonly h2: H2Peer | null;
  constructor(p: TestProxy, protocol: string) {
    this.peer = p.connect();
    this.h2 = protocol === 'HTTP/2' ? new H2Peer(this.peer).start() : null;
  }
  get(): void {
    if (this.h2 !== null) this.h2.request(1);
    else this.peer.send(get());
  }
  upload(): void {
    if (this.h2 !== null) {
      this.h2.headers(1, requestFields('/', 'POST'), false);
      this.peer.send(frame('DATA', 0, 1, Buffer.alloc(1000)));
    } else {
      this.peer.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5000\r\n\r\n${'x'.repeat(1000)}`);
    }
  }
  async part(): Promise<void> {
    if (this.h2 !== null) await this.h2.until((f) => f.type === 'DATA');
    else await this.peer.until('part');
  }
  abort(how: string): void {
    if (how === 'reset stream' && this.h2 !== null)
      this.peer.send(frame('RST_STREAM', 0, 1, Buffer.from([0, 0, 0, 8])));
    else if (how === 'end') this.peer.socket.end();
    else this.peer.socket.resetAndDestroy();
  }
}

async function rig(t: Test, up: string): Promise<{ host: Host; p: TestProxy }> {
  const host = await Host.start(up);
  const p = await TestProxy.start({
    clusters: [cluster('u', [host.port], up === 'HTTP/2' ? { http2ProtocolOptions: {} } : {})],
  });
  t.teardown(() => {
    p.stop();
    host.stop();
  });
  return { host, p };
}

for (const down of ['HTTP/1.1', 'HTTP/2']) {
  for (const up of ['HTTP/1.1', 'HTTP/2']) {
    for (const how of down === 'HTTP/2' ? ['reset stream', 'end', 'reset'] : ['end', 'reset']) {
      for (const when of ['waiting', 'in the upload', 'in the download']) {
        t.test(`${down} client to ${up} host gives up (${how}) ${when}`, async (t) => {
          const { host, p } = await rig(t, up);
          const c = new Client(p, down);
          if (when === 'in the upload') c.upload();
          else c.get();
          await until(() => host.seen.length === 1);
          if (when === 'in the upload') await until(() => host.seen[0].bytes >= 1000);
          if (when === 'in the download') {
            host.seen[0].answerForever();
            await c.part();
          }
          c.abort(how);
          await until(() => host.seen[0].gone);
          await until(
            () => p.value('http.h.downstream_rq_active') === 0 && p.value('cluster.u.upstream_rq_active') === 0,
          );
          t.equal(host.seen[0].ended, when !== 'in the upload', 'a cut upload does not look complete');
          t.equal(p.value('http.h.downstream_rq_rx_reset'), 1);
          t.equal(p.value('http.h.downstream_cx_active'), how === 'reset stream' ? 1 : 0);
          if (how !== 'reset stream') {
            t.equal(p.value('http.h.downstream_cx_destroy_remote'), 1);
            t.equal(p.value('http.h.downstream_cx_destroy_remote_active_rq'), 1);
          }
          t.equal(p.value('cluster.u.upstream_cx_active'), up === 'HTTP/2' ? 1 : 0, 'HTTP/2 connections go on');
          c.peer.close();
        });
      }
    }
  }
}

// --- hosts that misbehave, through the proxy ---------------------------------------------------------------------------

async function raw(t: Test, onPeer: (p: Peer, i: number) => void, hcm = {}): Promise<{ u: Upstream; p: TestProxy }> {
  const u = await Upstream.start(onPeer);
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  return { u, p };
}

t.test('early answer: the client gets it, both connections close', async (t) => {
  const { u, p } = await raw(t, (up) => void up.until('\r\n\r\n').then(() => up.send(OK)));
  const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf');
  const m = await c.message();
  t.match(m, { start: 'HTTP/1.1 200 OK', body: 'ok' });
  t.equal(header(m, 'connection'), 'close');
  await until(() => u.accepted[0].ended);
  c.close();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
  t.equal(p.value('cluster.u.upstream_rq_active'), 0);
});

t.test('a client that half-closes behind what is no request, or behind one answered here, is still told', async (t) => {
  const { p } = await raw(t, () => {});
  for (const [sent, status] of [
    ['\x01\x02\r\n\r\n', '400 Bad Request'],
    ['GET /#fragment HTTP/1.1\r\nhost: a\r\n\r\n', '400 Bad Request'],
  ]) {
    const c = p.connect();
    c.socket.end(sent);
    t.equal((await c.rest()).split('\r\n', 1)[0], `HTTP/1.1 ${status}`);
  }
});

t.test('half an answer, then the end: the client sees that it is cut', async (t) => {
  const cut = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf';
  const { p } = await raw(t, (up) => void up.until('\r\n\r\n').then(() => up.socket.end(cut)));
  const c = p.connect().send(get());
  t.match(await c.rest(), /half$/);
  const h = new H2Peer(p.connect());
  h.start().request(1);
  const f = await h.until((x) => x.type === 'RST_STREAM');
  t.same([f.stream, f.code], [1, 2], 'INTERNAL_ERROR');
  t.equal(
    h.frames.some((x) => x.end),
    false,
  );
});

t.test('an answer that ends with the connection is whole', async (t) => {
  const { p } = await raw(
    t,
    (up) => void up.until('\r\n\r\n').then(() => up.socket.end('HTTP/1.1 200 OK\r\n\r\nall of it')),
  );
  const c = p.connect().send(get());
  await c.until('\r\n\r\n');
  t.equal(await c.until('0\r\n\r\n'), '9\r\nall of it\r\n0\r\n\r\n');
  t.equal(c.ended, false);
});

t.test('HEAD, 204, 304 with bodies that are not theirs: the next request gets its own answer', async (t) => {
  const answers = [
    'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison',
    'HTTP/1.1 204 No Content\r\n\r\npoison',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 6\r\n\r\npoison',
  ];
  for (const [i, method] of ['HEAD', 'GET', 'GET'].entries()) {
    const { u, p } = await raw(t, (up, n) => answering(n === 0 ? answers[i] : OK)(up));
    const c = p.connect().send(`${method} / HTTP/1.1\r\nhost: a\r\n\r\n`);
    t.match((await c.message(true)).start, /200|204|304/);
    t.equal((await c.send(get()).message()).body, 'ok');
    t.equal(u.accepted.length, 2, 'over a new connection');
  }
});

t.test('HEAD: the length is passed on, nothing follows, the connection goes on', async (t) => {
  const { u, p } = await raw(
    t,
    answering((r) => (r.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n' : OK)),
  );
  const c = p.connect();
  for (let i = 0; i < 3; i++)
    t.equal(header(await c.send('HEAD / HTTP/1.1\r\nhost: a\r\n\r\n').message(true), 'content-length'), '6');
  t.equal((await c.send(get()).message()).body, 'ok');
  t.equal(u.accepted.length, 1);
});

const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n';
const EXPECTING = 'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n';

t.test('1xx: the proxy answers 100 itself and keeps those of the host', async (t) => {
  const { u, p } = await raw(t, () => {});
  const c = p.connect().send(EXPECTING);
  t.match((await c.message()).start, 'HTTP/1.1 100');
  const up = await u.accept();
  t.notMatch(await up.until('\r\n\r\n'), /^expect:/im);
  c.send('hi');
  await up.until('hi');
  up.send(INTERIM + OK);
  t.equal((await c.message()).body, 'ok');
});

t.test('1xx: all are passed on with proxy_100_continue', async (t) => {
  const { u, p } = await raw(t, () => {}, { proxy100Continue: true });
  const c = p.connect().send(EXPECTING);
  const up = await u.accept();
  t.match(await up.until('\r\n\r\n'), /^expect: 100-continue/im);
  up.send(INTERIM);
  t.match((await c.message()).start, 'HTTP/1.1 100');
  const hints = await c.message();
  t.match(hints.start, 'HTTP/1.1 103');
  t.equal(header(hints, 'link'), '</x>');
  c.send('hi');
  await up.until('hi');
  up.send(`HTTP/1.1 110 X\r\n\r\nHTTP/1.1 199 Y\r\n\r\n${OK}`);
  t.match(await c.message(), { start: 'HTTP/1.1 200 OK', body: 'ok' }, 'those that nobody knows are not');
});

t.test('a host that sends 1xx without end is not buffered', async (t) => {
  const { p } = await raw(t, (up) => void up.until('\r\n\r\n').then(() => up.send(INTERIM.slice(25).repeat(1000))), {
    proxy100Continue: true,
  });
  const c = p.connect().send(get());
  await until(() => c.text.split('link: ').length === 1001);
  c.close();
  await until(() => p.value('cluster.u.upstream_cx_active') === 0);
});

// --- grpc_http1_bridge -------------------------------------------------------------------------------------------------

async function bridge(t: Test, onStream: (s: http2.ServerHttp2Stream) => void, limit?: number): Promise<TestProxy> {
  const server = http2.createServer();
  const sessions: http2.Http2Session[] = [];
  server.on('session', (s) => sessions.push(s));
  server.on('stream', (s: http2.ServerHttp2Stream) => {
    s.on('error', () => {});
    s.resume();
    onStream(s);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const p = await TestProxy.start({
    hcm: { httpFilters: [BRIDGE, ROUTER] },
    listener: limit === undefined ? {} : { perConnectionBufferLimitBytes: limit },
    clusters: [cluster('u', [(server.address() as net.AddressInfo).port], { http2ProtocolOptions: {} })],
  });
  t.teardown(() => {
    p.stop();
    for (const s of sessions) s.destroy();
    server.close();
  });
  return p;
}
const call = 'POST /s/m HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0';
const trailers = (s: http2.ServerHttp2Stream, body: string | Buffer, more: Record<string, string>): void => {
  s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  s.on('wantTrailers', () => s.sendTrailers(more));
  s.end(body);
};

t.test('bridge: trailers become headers, the body has a length', async (t) => {
  const p = await bridge(t, (s) => trailers(s, 'body', { 'grpc-status': '0', 'grpc-message': 'fine' }));
  const c = p.connect();
  for (let i = 0; i < 3; i++) {
    const m = await c.send(call).message();
    t.match(m, { start: 'HTTP/1.1 200 OK', body: 'body' });
    t.same(
      ['grpc-status', 'grpc-message', 'content-length', 'transfer-encoding'].map((n) => header(m, n)),
      ['0', 'fine', '4', undefined],
    );
  }
});

t.test('bridge: a failed call is a 503', async (t) => {
  const p = await bridge(t, (s) => trailers(s, '', { 'grpc-status': '5', 'grpc-message': 'no' }));
  const m = await p.connect().send(call).message();
  t.equal(m.start, 'HTTP/1.1 503 Service Unavailable');
  t.equal(header(m, 'grpc-status'), '5');
});

t.test('bridge: other requests and HTTP/2 clients are left alone', async (t) => {
  const p = await bridge(t, (s) => trailers(s, 'body', { 'grpc-status': '5' }));
  const c = p.connect().send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  t.match(await c.until('\r\n\r\n'), /^HTTP\/1.1 200 OK[\s\S]*transfer-encoding: chunked/);
  const h = new H2Peer(p.connect());
  h.start().headers(1, [...requestFields('/', 'POST'), ['content-type', 'application/grpc']], true);
  await h.until((f) => f.type === 'DATA');
  t.equal((await h.until((f) => f.type === 'HEADERS')).end, true, 'trailers as trailers');
});

t.test('bridge: more than the buffer limit is a 500, and the call is given up', async (t) => {
  let gone = false;
  const p = await bridge(
    t,
    (s) => {
      s.on('close', () => (gone = true));
      s.respond({ ':status': 200, 'content-type': 'application/grpc' });
      s.write(Buffer.alloc(40_000));
    },
    16 * 1024,
  );
  const m = await p.connect().send(call).message();
  t.equal(m.start, 'HTTP/1.1 200 OK', 'in the form of a gRPC answer');
  t.equal(header(m, 'grpc-status'), '2');
  t.equal(p.value('http.h.rs_too_large'), 1);
  await until(() => gone);
});

t.test('an answer whose body breaks ends the connection of an HTTP/1 client at once', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n';
  for (const [what, rest, then] of [
    ['a chunk size that is none', 'zz\r\n', undefined],
    ['data that is too long', '3\r\nabcd\r\n', undefined],
    ['a trailer that is none', '0\r\nx y: 1\r\n\r\n', undefined],
    ['the end of the connection', '', (u: Peer) => u.socket.end()],
    ['a reset', '', (u: Peer) => u.socket.resetAndDestroy()],
  ] as const) {
    const upstream = await Upstream.start();
    // Whoever waited for the client would wait for ever.
    const p = await TestProxy.start({
      hcm: { delayedCloseTimeout: 3_600_000 },
      clusters: [cluster('u', [upstream.port])],
    });
    const client = p.connect().send(get());
    const u = await upstream.accept();
    await u.until('\r\n\r\n');
    u.send(head);
    await client.until('abc');
    u.send(rest);
    then?.(u);
    await client.rest();
    t.equal(client.error, '', what);
    t.equal(p.value('http.h.downstream_cx_active'), 0, what);
    p.stop();
    upstream.stop();
    client.close();
  }
});
