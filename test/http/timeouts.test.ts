import t from 'tap';
import { elapse } from '../support/manual-time.ts';
import { frame, H2Peer } from './h2.ts';
import { answering, cluster, get, header, OK, type ProxyConfig, TestProxy, turns, Upstream, until } from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };
async function rig(
  t: Test,
  config: ProxyConfig,
  onPeer: Parameters<typeof Upstream.start>[0] = answering(OK),
): Promise<{ u: Upstream; p: TestProxy }> {
  const u = await Upstream.start(onPeer);
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port])], ...config });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  return { u, p };
}
const route = (action: object): object => ({
  virtualHosts: [
    { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u', ...action } }] },
  ],
});
const silent = (): void => {};

t.test('connection idle timeout: drain, then close; a request in between is answered with close', async (t) => {
  const { p } = await rig(t, {
    hcm: { commonHttpProtocolOptions: { idleTimeout: 20 }, drainTimeout: 60_000, delayedCloseTimeout: 0 },
  });
  const c = p.connect().send(get());
  t.equal(header(await c.message(), 'connection'), undefined);
  await elapse(20);
  t.equal(p.value('http.h.downstream_cx_idle_timeout'), 1);
  t.equal(c.ended, false, 'still draining');
  c.send(get());
  t.equal(header(await c.message(), 'connection'), 'close');
  await c.rest();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
});

t.test('connection idle timeout without another request', async (t) => {
  const { p } = await rig(t, {
    hcm: { commonHttpProtocolOptions: { idleTimeout: 20 }, drainTimeout: 20, delayedCloseTimeout: 0 },
  });
  const c = p.connect().send(get());
  await c.message();
  await elapse(20);
  await elapse(20);
  t.equal(await c.rest(), '');
  t.equal(p.value('http.h.downstream_cx_destroy_local'), 1);
});

t.test('connection idle timeout before the first byte closes at once', async (t) => {
  const { p } = await rig(t, { hcm: { commonHttpProtocolOptions: { idleTimeout: 20 }, drainTimeout: 60_000 } });
  const c = p.connect();
  await until(() => p.value('http.h.downstream_cx_active') === 1);
  await elapse(20);
  t.equal(await c.rest(), '');
});

t.test('no connection idle timeout while a request runs', async (t) => {
  const { p, u } = await rig(
    t,
    { hcm: { commonHttpProtocolOptions: { idleTimeout: 200 }, drainTimeout: 10, delayedCloseTimeout: 0 } },
    silent,
  );
  const c = p.connect().send(get());
  const up = await u.accept();
  await up.until('\r\n\r\n');
  await elapse(300);
  t.equal(p.value('http.h.downstream_cx_idle_timeout'), 0);
  up.send(OK);
  t.equal((await c.message()).body, 'ok');
});

t.test('max_connection_duration: answers say close', async (t) => {
  const { p } = await rig(t, {
    hcm: { commonHttpProtocolOptions: { maxConnectionDuration: 30 }, drainTimeout: 60_000, delayedCloseTimeout: 0 },
  });
  const c = p.connect().send(get());
  await c.message();
  await elapse(30);
  t.equal(p.value('http.h.downstream_cx_max_duration_reached'), 1);
  c.send(get());
  t.equal(header(await c.message(), 'connection'), 'close');
  await c.rest();
});

t.test('request_headers_timeout: a head that comes in drops', async (t) => {
  const { p } = await rig(t, { hcm: { requestHeadersTimeout: 150 } });
  const c = p.connect().send('GET / HTTP/1.1\r\n');
  await until(() => p.value('http.h.downstream_rq_active') === 1);
  for (let i = 0; i < 3; i++) {
    c.send('x: y\r\n');
    await elapse(20);
  }
  const m = await c.message();
  t.match(m, { start: 'HTTP/1.1 408 Request Timeout', body: 'request header timeout' });
  t.equal(header(m, 'connection'), 'close');
  t.equal(p.value('http.h.downstream_rq_header_timeout'), 1);
  c.close();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
  t.equal(p.value('http.h.downstream_rq_active'), 0);
});

t.test('request_timeout: a body that comes in drops', async (t) => {
  const { p, u } = await rig(t, { hcm: { requestTimeout: 150 } }, silent);
  const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n');
  await u.accept();
  for (let i = 0; i < 3; i++) {
    c.send('x');
    await elapse(20);
  }
  const m = await c.message();
  t.match(m, { start: 'HTTP/1.1 408 Request Timeout', body: 'request timeout' });
  t.equal(p.value('http.h.downstream_rq_timeout'), 1);
  await until(() => u.accepted[0].ended);
  t.equal(p.value('cluster.u.upstream_rq_active'), 0);
});

t.test('request_timeout does not count the answer', async (t) => {
  const { p, u } = await rig(t, { hcm: { requestTimeout: 30 } }, silent);
  const c = p.connect().send(get());
  const up = await u.accept();
  await elapse(80);
  up.send(OK);
  t.equal((await c.message()).body, 'ok');
});

t.test('stream_idle_timeout before and after the answer began', async (t) => {
  const { p, u } = await rig(t, { hcm: { streamIdleTimeout: 50 } }, silent);
  const c = p.connect().send(get());
  await (await u.accept()).until('\r\n\r\n');
  await elapse(50);
  t.match(await c.message(), { start: 'HTTP/1.1 504 Gateway Timeout', body: 'stream timeout' });
  t.equal(p.value('http.h.downstream_rq_idle_timeout'), 1);
  c.close();
  const d = p.connect().send(get());
  const up = await u.accept();
  await up.until('\r\n\r\n');
  up.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
  await d.until('half');
  await elapse(50);
  t.equal(await d.rest(), '', 'cut off');
  t.equal(p.value('http.h.downstream_rq_idle_timeout'), 2);
  await until(() => p.value('cluster.u.upstream_cx_active') === 0);
});

t.test('stream_idle_timeout: bytes in either direction keep it alive', async (t) => {
  const { p, u } = await rig(t, { hcm: { streamIdleTimeout: 150 } }, silent);
  const c = p.connect().send(get());
  const up = await u.accept();
  await up.until('\r\n\r\n');
  up.send('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n');
  await c.until('\r\n\r\n');
  for (let i = 0; i < 6; i++) {
    await elapse(50);
    up.send('x');
    t.equal(await c.until('x'), 'x');
  }
  t.equal(p.value('http.h.downstream_rq_idle_timeout'), 0);
});

t.test('a route may have another idle timeout', async (t) => {
  const { p, u } = await rig(
    t,
    { hcm: { streamIdleTimeout: 60_000, routeConfig: route({ idleTimeout: 30, timeout: 0 }) as never } },
    silent,
  );
  const c = p.connect().send(get());
  await (await u.accept()).until('\r\n\r\n');
  await elapse(30);
  t.match(await c.message(), { start: 'HTTP/1.1 504 Gateway Timeout', body: 'stream timeout' });
});

t.test('route timeout', async (t) => {
  const { p, u } = await rig(t, { hcm: { routeConfig: route({ timeout: 30 }) as never } }, silent);
  const c = p.connect().send(get());
  await (await u.accept()).until('\r\n\r\n');
  await elapse(30);
  t.match(await c.message(), { start: 'HTTP/1.1 504 Gateway Timeout', body: 'upstream request timeout' });
  t.equal(p.value('cluster.u.upstream_rq_timeout'), 1);
  await until(() => u.accepted[0].ended);
  c.send(get());
  await (await u.accept()).until('\r\n\r\n');
  await elapse(30);
  t.equal(header(await c.message(), 'connection'), undefined, 'the connection goes on');
});

t.test('max_stream_duration', async (t) => {
  const { p, u } = await rig(t, { hcm: { commonHttpProtocolOptions: { maxStreamDuration: 30 } } }, silent);
  const c = p.connect().send(get());
  await (await u.accept()).until('\r\n\r\n');
  await elapse(30);
  t.match(await c.message(), {
    start: 'HTTP/1.1 504 Gateway Timeout',
    body: 'downstream duration timeout',
  });
  t.equal(p.value('http.h.downstream_rq_max_duration_reached'), 1);
});

t.test('delayed_close_timeout: a client that does not close is closed', async (t) => {
  const { p } = await rig(t, { hcm: { delayedCloseTimeout: 30 } });
  const c = p.connect().send('NONSENSE\r\n\r\n');
  t.match(await c.until('\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
  await elapse(30);
  await c.rest();
  await until(() => p.value('http.h.downstream_cx_active') === 0);
  t.equal(p.value('http.h.downstream_cx_delayed_close_timeout'), 1);
});

t.test('delayed_close_timeout: also for a client that does not read what is left', async (t) => {
  const body = 'x'.repeat(8 << 20);
  const { p, u } = await rig(
    t,
    { hcm: { delayedCloseTimeout: 50 }, listener: { perConnectionBufferLimitBytes: 32 << 20 } },
    answering(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`),
  );
  const c = p.connect().send('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  c.socket.pause();
  await u.accept();
  await until(() => p.value('http.h.downstream_cx_tx_bytes_buffered') >= 1 << 20);
  // What is left does not get less between two looks.
  while (p.value('http.h.downstream_cx_active') > 0) await elapse(50);
  t.equal(p.value('http.h.downstream_cx_delayed_close_timeout'), 1);
  t.equal(p.value('http.h.downstream_cx_tx_bytes_buffered'), 0);
});

t.test('delayed_close_timeout: a slow client gets all of it', async (t) => {
  const body = 'x'.repeat(32 << 20);
  const { p } = await rig(
    t,
    { hcm: { delayedCloseTimeout: 300 }, listener: { perConnectionBufferLimitBytes: 64 << 20 } },
    answering(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`),
  );
  const c = p.connect();
  c.keep = false;
  c.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  while (c.received < body.length && p.value('http.h.downstream_cx_delayed_close_timeout') === 0) {
    // More than the kernel holds at both ends, so that the proxy gets rid of some.
    const enough = Math.min(c.received + (6 << 20), body.length);
    c.socket.resume();
    await until(() => c.received >= enough || c.ended);
    c.socket.pause();
    await elapse(60);
    if (c.ended) break;
  }
  t.ok(c.received >= body.length, `${c.received}`);
});

t.test('HTTP/2: idle connection: GOAWAY, later the final one, then close', async (t) => {
  const { p } = await rig(t, {
    hcm: { commonHttpProtocolOptions: { idleTimeout: 20 }, drainTimeout: 30, delayedCloseTimeout: 0 },
  });
  const c = new H2Peer(p.connect());
  c.start().request(1);
  await c.until((f) => f.type === 'DATA' && f.end);
  await elapse(20);
  const first = await c.until((f) => f.type === 'GOAWAY');
  t.equal(first.lastId, 0x7fffffff);
  await elapse(30);
  const last = await c.until((f) => f.type === 'GOAWAY');
  t.equal(last.lastId, 1);
  await until(() => c.peer.ended);
});

t.test('HTTP/2: a client that never opens its window cannot keep a finished answer for ever', async (t) => {
  const body = 'x'.repeat(100_000);
  const { p, u } = await rig(
    t,
    { hcm: { streamIdleTimeout: 60_000, streamFlushTimeout: 50 } },
    answering(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
  );
  const c = new H2Peer(p.connect());
  c.start([[4, 1000]]).request(1);
  await until(() => p.value('http2.pending_send_bytes') > 0);
  while (p.value('http2.tx_flush_timeout') === 0) await elapse(50);
  const reset = await c.until((f) => f.type === 'RST_STREAM');
  t.equal(reset.stream, 1);
  t.equal(p.value('http2.tx_flush_timeout'), 1);
  t.equal(p.value('http2.pending_send_bytes'), 0);
  t.equal(p.value('http2.streams_active'), 0);
  t.equal(u.accepted.length, 1);
  c.request(3);
  await c.until((f) => f.type === 'HEADERS' && f.stream === 3);
  t.pass('the connection goes on');
});

t.test('HTTP/2: while draining, an answer that waits for window is still delivered', async (t) => {
  const body = 'x'.repeat(50_000);
  const { p } = await rig(
    t,
    { hcm: { commonHttpProtocolOptions: { maxRequestsPerConnection: 1 }, drainTimeout: 10, delayedCloseTimeout: 0 } },
    answering(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
  );
  const c = new H2Peer(p.connect());
  c.start([[4, 1000]]).request(1);
  await until(() => p.value('http2.pending_send_bytes') > 0);
  await elapse(10);
  await c.until((f) => f.type === 'GOAWAY' && f.lastId === 1);
  await turns();
  t.equal(c.peer.ended, false);
  c.peer.send(frame('WINDOW_UPDATE', 0, 1, Buffer.from([0, 1, 0, 0])));
  await c.until((f) => f.type === 'DATA' && f.end);
  t.equal(c.dataBytes, body.length);
  await until(() => c.peer.ended);
});
