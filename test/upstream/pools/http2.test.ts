import { once } from 'node:events';
import * as http2 from 'node:http2';
import type * as net from 'node:net';
import t from 'tap';
import { turns, until } from '../../http/proxy.ts';
import { NOTHING, Request, Rig } from './requests.ts';

type Test = { teardown(fn: () => unknown): void };
class Server {
  readonly sockets: net.Socket[] = [];
  readonly sessions: http2.ServerHttp2Session[] = [];
  /** Streams that wait for an answer, by path. */
  readonly streams = new Map<string, http2.ServerHttp2Stream>();
  readonly server: http2.Http2Server;
  constructor(settings: http2.Settings, answer: boolean) {
    this.server = http2.createServer({ settings });
    this.server.on('connection', (socket: net.Socket) => this.sockets.push(socket));
    this.server.on('session', (s) => {
      this.sessions.push(s);
      s.on('error', () => {});
    });
    this.server.on('stream', (s: http2.ServerHttp2Stream, headers) => {
      s.on('error', () => {});
      this.streams.set(String(headers[':path']), s);
      if (answer) this.answer(String(headers[':path']));
    });
  }
  answer(path: string): void {
    const s = this.streams.get(path)!;
    this.streams.delete(path);
    s.respond({ ':status': 200 });
    s.end('ok');
  }
}

async function rig(t: Test, { settings = {}, answer = true, more = {} } = {}): Promise<{ s: Server; r: Rig }> {
  const s = new Server(settings, answer);
  s.server.listen(0, '127.0.0.1');
  await once(s.server, 'listening');
  const r = await Rig.start((s.server.address() as net.AddressInfo).port, true, more);
  t.teardown(() => {
    r.stop();
    for (const x of s.sessions) x.destroy();
    s.server.close();
  });
  return { s, r };
}

t.test('many requests at once over one connection', async (t) => {
  const { s, r } = await rig(t);
  const all = Array.from({ length: 20 }, (_, i) => new Request(`/${i}`).start(r.pool));
  for (const a of all) t.equal((await a.over()).body, 'ok');
  t.equal(s.sessions.length, 1);
  t.same(r.values('upstream_cx_http2_total', 'upstream_rq_total', 'upstream_rq_pending_total'), {
    upstream_cx_http2_total: 1,
    upstream_rq_total: 20,
    upstream_rq_pending_total: 20,
  });
  t.same(r.idle(), NOTHING);
});

t.test('max_concurrent_streams of ours: more connections, no more than needed', async (t) => {
  const { s, r } = await rig(t, { answer: false, more: { http2ProtocolOptions: { maxConcurrentStreams: 2 } } });
  const all = Array.from({ length: 5 }, (_, i) => new Request(`/${i}`).start(r.pool));
  await until(() => s.streams.size === 5);
  t.equal(s.sessions.length, 3);
  for (const [i, a] of all.entries()) {
    s.answer(`/${i}`);
    await a.over();
  }
  t.same(r.idle(), NOTHING);
});

t.test('max_concurrent_streams of the host: the next request gets another connection', async (t) => {
  const { s, r } = await rig(t, { answer: false, settings: { maxConcurrentStreams: 1 } });
  const a = new Request('/a').start(r.pool);
  await until(() => s.streams.has('/a'));
  await turns();
  const b = new Request('/b').start(r.pool);
  await until(() => s.streams.has('/b'));
  t.equal(s.sessions.length, 2);
  s.answer('/a');
  await a.over();
  const c = new Request('/c').start(r.pool);
  await until(() => s.streams.has('/c'));
  t.equal(s.sessions.length, 2, 'the slot that became free');
  s.answer('/b');
  s.answer('/c');
  await b.over();
  await c.over();
  t.same(r.idle(), NOTHING);
});

t.test('GOAWAY: what runs finishes, the next request gets a new connection, the old one closes', async (t) => {
  const { s, r } = await rig(t, { answer: false });
  const a = new Request('/a').start(r.pool);
  await until(() => s.streams.has('/a'));
  s.sessions[0].goaway(0, 0x7fffffff);
  await until(() => r.value('upstream_cx_close_notify') === 1);
  const b = new Request('/b').start(r.pool);
  await until(() => s.streams.has('/b'));
  t.equal(s.sessions.length, 2);
  s.answer('/a');
  t.equal((await a.over()).body, 'ok');
  await until(() => r.value('upstream_cx_active') === 1);
  s.answer('/b');
  await b.over();
  t.same(r.idle(), NOTHING);
});

t.test('GOAWAY that refuses streams counts as a notice, whatever the streams do', async (t) => {
  const { s, r } = await rig(t, { answer: false });
  const a = new Request('/a').start(r.pool);
  await until(() => s.streams.has('/a'));
  const b = new Request('/b').start(r.pool);
  await until(() => s.streams.has('/b'));
  s.sessions[0].goaway(0, 1);
  t.match((await b.over()).log.at(-1), 'reset: remote refused stream reset');
  t.equal(r.value('upstream_cx_close_notify'), 1);
  s.answer('/a');
  t.equal((await a.over()).body, 'ok');
  await until(() => r.value('upstream_cx_active') === 0);
  t.same(r.idle(), NOTHING);
});

t.test('GOAWAY on an idle connection closes it', async (t) => {
  const { s, r } = await rig(t);
  await new Request('/a').start(r.pool).over();
  s.sessions[0].goaway(0);
  await until(() => r.value('upstream_cx_active') === 0);
  t.equal((await new Request('/b').start(r.pool).over()).body, 'ok');
  t.equal(s.sessions.length, 2);
});

t.test('the connection is lost: all its requests end, nothing leaks', async (t) => {
  const { s, r } = await rig(t, { answer: false });
  const all = [1, 2, 3].map((i) => new Request(`/${i}`).start(r.pool));
  await until(() => s.streams.size === 3);
  s.sockets[0].resetAndDestroy();
  for (const a of all) t.match((await a.over()).log.at(-1), 'reset: connection termination');
  await until(() => r.value('upstream_cx_active') === 0);
  t.same(r.values('upstream_cx_destroy_remote_with_active_rq', 'upstream_cx_destroy_with_active_rq'), {
    upstream_cx_destroy_remote_with_active_rq: 1,
    upstream_cx_destroy_with_active_rq: 1,
  });
  t.same(r.idle(), NOTHING);
});

t.test('a stream the host resets: its neighbour and the connection go on', async (t) => {
  const { s, r } = await rig(t, { answer: false });
  const [a, b] = ['/a', '/b'].map((p) => new Request(p).start(r.pool));
  await until(() => s.streams.size === 2);
  s.streams.get('/a')!.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  t.equal((await a.over()).log.at(-1), 'reset: remote reset');
  s.answer('/b');
  t.equal((await b.over()).body, 'ok');
  t.equal((await new Request('/c').start(r.pool).ready()).client, b.client);
});

t.test('max_requests_per_connection', async (t) => {
  const { s, r } = await rig(t, { more: { maxRequestsPerConnection: 2 } });
  for (let i = 0; i < 5; i++) await new Request(`/${i}`).start(r.pool).over();
  t.equal(s.sessions.length, 3);
  await until(() => r.value('upstream_cx_active') === 1);
  t.equal(r.value('upstream_cx_max_requests'), 2);
});

t.test('max_requests: the circuit breaker counts streams, and lets go of them', async (t) => {
  const { s, r } = await rig(t, { answer: false, more: { circuitBreakers: { thresholds: [{ maxRequests: 2 }] } } });
  const [a, b, c] = ['/a', '/b', '/c'].map((p) => new Request(p).start(r.pool));
  await until(() => s.streams.size === 2);
  t.equal((await c.over()).failed, 'overflow');
  s.answer('/a');
  await a.over();
  const d = new Request('/d').start(r.pool);
  await until(() => s.streams.has('/d'));
  s.answer('/b');
  s.answer('/d');
  await b.over();
  await d.over();
  t.same(r.idle(), NOTHING);
});

t.test(
  'the host leaves the cluster: what runs finishes, the connection closes, without a GOAWAY as in Envoy',
  async (t) => {
    const { s, r } = await rig(t, { answer: false });
    const a = new Request('/a').start(r.pool);
    await until(() => s.streams.has('/a'));
    let notices = 0;
    s.sessions[0].on('goaway', () => notices++);
    const over = once(s.sessions[0], 'close');
    r.host.pools!.drain();
    s.answer('/a');
    t.equal((await a.over()).body, 'ok');
    await until(() => r.value('upstream_cx_active') === 0);
    t.same(r.idle(), NOTHING);
    await over;
    t.equal(notices, 0);
    t.equal(r.value('upstream_cx_close_notify'), 0);
  },
);

t.test('idle timeout', async (t) => {
  const { r } = await rig(t, { more: { commonHttpProtocolOptions: { idleTimeout: 20 } } });
  await new Request('/a').start(r.pool).over();
  await until(() => r.value('upstream_cx_idle_timeout') === 1);
  t.equal(r.value('upstream_cx_active'), 0);
});
