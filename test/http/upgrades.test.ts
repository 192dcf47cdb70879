/** WebSockets of a real client and server through every pair of protocols, CONNECT to TCP, and the filters of an upgrade. Bytes beside Envoy: conformance upgrade/*. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import t from 'tap';
import WebSocket, { WebSocketServer } from 'ws';
import type { Cluster, HttpConnectionManager } from '../../src/config/schema/types.ts';
import { cluster, get, ROUTER, TestProxy, until } from './proxy.ts';

const H2_CLUSTER: Partial<Cluster> = {
  typedExtensionProtocolOptions: new Map([
    [
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      {
        typeUrl: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        value: { explicitHttpConfig: { http2ProtocolOptions: {} } },
      },
    ],
  ]),
} as Partial<Cluster>;
const WS: HttpConnectionManager = { upgradeConfigs: [{ upgradeType: 'websocket' }] };

type Test = { teardown(fn: () => unknown): void };
const portOf = (s: Server | http2.Http2Server): number => (s.address() as AddressInfo).port;

async function listen<S extends Server | http2.Http2Server>(t: Test, server: S): Promise<S> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return server;
}

const echo = (ws: WebSocket): void => {
  ws.on('message', (data, binary) => ws.send(data, { binary }));
  ws.on('error', () => {});
};

/** An HTTP/1.1 server that echoes what comes over WebSocket. */
async function echo1(t: Test): Promise<number> {
  const server = await listen(t, http.createServer());
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', echo);
  return portOf(server);
}

/** `setSocket` makes a WebSocket of any duplex on which the handshake is over. */
function overStream(stream: Duplex, server: boolean): WebSocket {
  const ws = new WebSocket(null as never, undefined, {}) as WebSocket & {
    _isServer: boolean;
    setSocket(s: Duplex, head: Buffer, options: object): void;
  };
  ws._isServer = server;
  const duplex = stream as Duplex & { setTimeout?: unknown; setNoDelay?: unknown };
  duplex.setTimeout = () => duplex;
  duplex.setNoDelay = () => duplex;
  ws.setSocket(duplex, Buffer.alloc(0), {
    maxPayload: 1 << 26,
    skipUTF8Validation: false,
    allowSynchronousEvents: true,
  });
  return ws;
}

const accept = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** The same over HTTP/2 (RFC 8441). */
async function echo2(t: Test): Promise<number> {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  server.on('stream', (stream, headers) => {
    if (headers[':method'] !== 'CONNECT' || headers[':protocol'] !== 'websocket' || headers.upgrade !== undefined) {
      stream.respond({ ':status': 400 }, { endStream: true });
      return;
    }
    // An HTTP/1 client needs its key answered, which RFC 8441 has no use for: nobody between the ends can do that.
    stream.respond({ ':status': 200, 'sec-websocket-accept': accept(String(headers['sec-websocket-key'])) });
    echo(overStream(stream, true));
  });
  return portOf(await listen(t, server));
}

async function proxy(t: Test, hcm: HttpConnectionManager, clusters: readonly Cluster[]): Promise<TestProxy> {
  const p = await TestProxy.start({ hcm, clusters });
  t.teardown(() => p.stop());
  return p;
}

async function portTo(p: TestProxy): Promise<number> {
  const peer = p.connect();
  await once(peer.socket, 'connect');
  const port = peer.socket.remotePort as number;
  peer.close();
  return port;
}

async function client1(p: TestProxy): Promise<WebSocket> {
  const port = await portTo(p);
  const ws = new WebSocket(`ws://127.0.0.1:${port}/chat`);
  await once(ws, 'open');
  return ws;
}

async function client2(t: Test, p: TestProxy): Promise<WebSocket> {
  const port = await portTo(p);
  const session = http2.connect(`http://127.0.0.1:${port}`);
  t.teardown(() => session.destroy());
  await once(session, 'remoteSettings');
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/chat',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  });
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  if (Number(headers[':status']) !== 200) throw new Error(`status ${headers[':status']}`);
  return overStream(stream, false);
}

async function talk(t: { same(a: unknown, b: unknown): boolean }, ws: WebSocket, codes = [1000]): Promise<void> {
  ws.send('ping');
  t.same(String((await once(ws, 'message'))[0]), 'ping');
  const large = Buffer.alloc(3 << 20, 'large ');
  ws.send(large);
  t.same(((await once(ws, 'message'))[0] as Buffer).equals(large), true);
  ws.close(1000, 'bye');
  t.same(codes.includes((await once(ws, 'close'))[0] as number), true);
}

for (const down of ['HTTP/1.1', 'HTTP/2']) {
  for (const up of ['HTTP/1.1', 'HTTP/2']) {
    t.test(`a WebSocket from ${down} to ${up}`, async (t) => {
      const port = up === 'HTTP/2' ? await echo2(t) : await echo1(t);
      const hcm = { ...WS, http2ProtocolOptions: { allowConnect: true } };
      const p = await proxy(t, hcm, [cluster('u', [port], up === 'HTTP/2' ? H2_CLUSTER : {})]);
      const ws = down === 'HTTP/2' ? await client2(t, p) : await client1(p);
      t.equal(p.value('http.h.downstream_cx_upgrades_active'), 1);
      // The client library may see the end of an HTTP/2 stream before the closing frame on it, without a proxy between them, too.
      await talk(t, ws, down === 'HTTP/2' ? [1000, 1006] : [1000]);
      await until(() => p.value('http.h.downstream_cx_upgrades_active') === 0);
      t.equal(p.value('http.h.downstream_cx_upgrades_total'), 1);
      await until(() => p.value('cluster.u.upstream_rq_active') === 0);
    });
  }
}

t.test('without allow_connect an HTTP/2 client cannot ask for one', async (t) => {
  const p = await proxy(t, WS, [cluster('u', [await echo1(t)])]);
  const session = http2.connect(`http://127.0.0.1:${await portTo(p)}`);
  t.teardown(() => session.destroy());
  session.on('error', () => {});
  const [settings] = (await once(session, 'remoteSettings')) as [http2.Settings];
  t.not(settings.enableConnectProtocol, true);
});

t.test('CONNECT goes to TCP: both ends, half closes and a host that refuses', async (t) => {
  const tcp = await listen(
    t,
    net.createServer({ allowHalfOpen: true }, (s) => {
      s.on('data', (d) => s.write(String(d).toUpperCase()));
      s.on('end', () => s.end('last words'));
      s.on('error', () => {});
    }),
  );
  const hcm: HttpConnectionManager = {
    upgradeConfigs: [{ upgradeType: 'CONNECT' }],
    http2ProtocolOptions: { allowConnect: true },
    routeConfig: {
      virtualHosts: [
        {
          name: 'v',
          domains: ['*'],
          routes: [
            {
              match: { connectMatcher: {} },
              route: { cluster: 'u', upgradeConfigs: [{ upgradeType: 'CONNECT', connectConfig: {} }] },
            },
          ],
        },
      ],
    },
  };
  const p = await proxy(t, hcm, [cluster('u', [portOf(tcp)])]);
  const c = p.connect();
  c.send('CONNECT db.example:1 HTTP/1.1\r\nhost: db.example:1\r\n\r\n');
  t.match(await c.until('\r\n\r\n'), /^HTTP\/1\.1 200 OK/);
  c.send('hello');
  t.match(await c.until('HELLO'), /HELLO$/);
  c.close();
  await until(() => p.value('cluster.u.upstream_cx_active') === 0);
  t.equal(p.value('cluster.u.upstream_cx_total'), 1);
  t.equal(p.value('cluster.u.upstream_rq_active'), 0);

  const session = http2.connect(`http://127.0.0.1:${await portTo(p)}`);
  t.teardown(() => session.destroy());
  const stream = session.request({ ':method': 'CONNECT', ':authority': 'db.example:1' });
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  t.equal(Number(headers[':status']), 200);
  stream.setEncoding('utf8');
  let got = '';
  stream.on('data', (d) => {
    got += d;
  });
  stream.write('a');
  await until(() => got === 'A');
  stream.end('b');
  await once(stream, 'end');
  t.equal(got, 'ABlast words', 'what the upstream said after our FIN');
});

t.test('an upgrade with filters of its own goes through those, with what the route says to them', async (t) => {
  const port = await echo1(t);
  const hcm: HttpConnectionManager = {
    httpFilters: [ROUTER],
    upgradeConfigs: [{ upgradeType: 'websocket', filters: [ROUTER] }],
  };
  const p = await proxy(t, hcm, [cluster('u', [port])]);
  await talk(t, await client1(p));
  await t.rejects(
    TestProxy.start({
      hcm: { upgradeConfigs: [{ upgradeType: 'websocket', filters: [ROUTER, ROUTER] }] },
      clusters: [cluster('u', [port])],
    }),
    /terminal filter named envoy.filters.http.router must be the last filter/,
  );
});

t.test('an upgrade that nobody allows: 403, counted, and what follows on the connection is not read', async (t) => {
  const p = await proxy(t, {}, [cluster('u', [await echo1(t)])]);
  const c = p.connect();
  c.send(get('/', 'connection: upgrade\r\nupgrade: websocket\r\n') + get('/second'));
  const rest = await c.rest();
  t.match(rest, /^HTTP\/1\.1 403 Forbidden/);
  t.equal(rest.split('HTTP/1.1 ').length, 2, 'one answer');
  t.equal(p.value('http.h.downstream_rq_ws_on_non_ws_route'), 1);
  t.equal(p.value('http.h.downstream_cx_upgrades_total'), 0);
});
