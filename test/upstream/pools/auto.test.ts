// Pools whose protocol the transport chooses, and pools of requests that ask something of the transport.
import { once } from 'node:events';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { Transform } from 'node:stream';
import t from 'tap';
import { logger } from '../../../src/log/logger.ts';
import type { TransportFactory, TransportOptions } from '../../../src/transport/transport-factory.ts';
import { poolsOf } from '../../../src/upstream/pools/host-pools.ts';
import { AUTO, HTTP1, HTTP2 } from '../../../src/upstream/pools/pool-protocol.ts';
import { answering, deadPort, OK, Upstream, until } from '../../http/proxy.ts';
import { FLIP_TRANSPORT, flip, HELLO } from '../../transport/flip-transport.ts';
import { NOTHING, Request, Rig } from './requests.ts';

logger('upstream').level = 6;

const flipped = (): Transform => new Transform({ transform: (chunk, _, done) => done(null, flip(chunk)) });

/** An HTTP/2 server behind the test transport: a handshake, then changed bytes. */
async function flippedHttp2(): Promise<{ port: number; connections(): number; stop(): void }> {
  const sockets = new Set<net.Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  const inner = http2.createServer((_, res) => res.end('two'));
  inner.on('session', (s) => sessions.add(s));
  inner.listen(0, '127.0.0.1');
  await once(inner, 'listening');
  let connections = 0;
  const server = net.createServer((s) => {
    connections++;
    sockets.add(s);
    s.on('error', () => {});
    s.once('readable', () => {
      s.read(HELLO.length);
      s.write(HELLO);
      const to = net.connect((inner.address() as net.AddressInfo).port, '127.0.0.1');
      to.on('error', () => {});
      s.pipe(flipped()).pipe(to).pipe(flipped()).pipe(s);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    connections: () => connections,
    stop() {
      for (const s of sessions) s.destroy();
      for (const s of sockets) s.destroy();
      inner.close();
      server.close();
    },
  };
}

async function rig(port: number, transport?: TransportFactory): Promise<Rig> {
  const r = await Rig.start(port, false);
  if (transport !== undefined) {
    const info = r.host.cluster as unknown as { connection: object };
    info.connection = { ...info.connection, transport };
    r.host.connection = r.host.cluster.connection;
  }
  return r;
}

t.test('the transport agrees on h2: one connection for all that waited, known when it is connected', async (t) => {
  const u = await flippedHttp2();
  const r = await rig(u.port, FLIP_TRANSPORT);
  t.teardown(() => {
    r.stop();
    u.stop();
  });
  const pool = poolsOf(r.host).get(AUTO, 0)!;
  const requests = [1, 2, 3, 4].map(() => new Request().start(pool));
  t.same(r.values('upstream_cx_http1_total', 'upstream_cx_http2_total'), {
    upstream_cx_http1_total: 0,
    upstream_cx_http2_total: 0,
  });
  for (const q of requests) await q.over();
  t.same(
    requests.map((q) => q.body),
    ['two', 'two', 'two', 'two'],
  );
  t.equal(u.connections(), 1);
  t.same(r.values('upstream_cx_total', 'upstream_cx_http1_total', 'upstream_cx_http2_total'), {
    upstream_cx_total: 1,
    upstream_cx_http1_total: 0,
    upstream_cx_http2_total: 1,
  });
  t.same(r.idle(), NOTHING);
});

t.test('a transport that agrees on nothing leaves HTTP/1.1, a connection for each', async (t) => {
  const u = await Upstream.start(answering(OK));
  const r = await rig(u.port);
  t.teardown(() => {
    r.stop();
    u.stop();
  });
  const pool = poolsOf(r.host).get(AUTO, 0)!;
  const requests = [1, 2, 3].map(() => new Request().start(pool));
  for (const q of requests) t.equal((await q.over()).body, 'ok');
  t.equal(u.accepted.length, 3);
  t.equal(r.value('upstream_cx_http1_total'), 3);
  t.same(r.idle(), NOTHING);
});

t.test('a secure transport that then speaks HTTP/1.1: the rest gets connections of its own', async (t) => {
  const u = await Upstream.start(answering(OK));
  // Says that it is secure, so that one connection is expected to do; agrees on nothing.
  const r = await rig(u.port, {
    ...(await import('../../../src/transport/transport-factory.ts')).RAW_BUFFER,
    secure: true,
  });
  t.teardown(() => {
    r.stop();
    u.stop();
  });
  const pool = poolsOf(r.host).get(AUTO, 0)!;
  const requests = [1, 2, 3].map(() => new Request().start(pool));
  for (const q of requests) t.equal((await q.over()).body, 'ok');
  t.ok(u.accepted.length > 1);
  t.equal(r.value('upstream_cx_http2_total'), 0);
  t.same(r.idle(), NOTHING);
});

t.test('the key of a pool: protocol, priority, and what is asked of the transport', async (t) => {
  const u = await Upstream.start(answering(OK));
  const asked: (TransportOptions | null)[] = [];
  const { RAW_BUFFER } = await import('../../../src/transport/transport-factory.ts');
  const r = await rig(u.port, {
    ...RAW_BUFFER,
    connect: (address, owner, options) => {
      asked.push(options);
      return RAW_BUFFER.connect(address, owner, options);
    },
  });
  t.teardown(() => {
    r.stop();
    u.stop();
  });
  const pools = poolsOf(r.host);
  const kinds = [
    pools.get(HTTP1, 0)!,
    pools.get(HTTP1, 1)!,
    pools.get(HTTP2, 0)!,
    pools.get(AUTO, 0)!,
    pools.get(HTTP1, 0, { serverName: 'a' })!,
    pools.get(HTTP1, 0, { serverName: 'b' })!,
    pools.get(HTTP1, 1, { serverName: 'a' })!,
    pools.get(HTTP1, 0, { verifyName: 'a' })!,
  ];
  t.equal(new Set(kinds).size, kinds.length);
  t.equal(pools.get(HTTP1, 0, { serverName: 'a' }), kinds[4]);
  await new Request().start(kinds[4]).over();
  await new Request().start(kinds[0]).over();
  t.same(asked, [{ serverName: 'a' }, null]);
  t.equal(pools.specialCount, 4);
  u.accepted[0].close();
  await until(() => pools.specialCount === 3);
  t.not(pools.get(HTTP1, 0, { serverName: 'a' }), kinds[4], 'a pool whose last connection is gone is forgotten');
});

t.test('names that clients choose leave no pools behind, also where connecting fails', async (t) => {
  const r = await rig(await deadPort());
  t.teardown(() => r.stop());
  const pools = poolsOf(r.host);
  for (let i = 0; i < 100; i++) await new Request().start(pools.get(HTTP1, 0, { serverName: `n${i}` })!).over();
  await until(() => pools.specialCount === 0);
  t.same(r.idle(), NOTHING);
});
