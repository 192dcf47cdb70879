import * as net from 'node:net';
import t from 'tap';
import { makeAdminListener } from '../../src/server/admin-listener.ts';
import { FakeServer } from '../admin/fake-server.ts';
import { frame, H2Peer } from '../http/h2.ts';
import { get, header, Peer, TestProxy, turns, until } from '../http/proxy.ts';

type Test = { teardown(fn: () => unknown): void };
async function admin(t: Test): Promise<{ connect: () => Peer; p: TestProxy }> {
  const p = await TestProxy.start({});
  const address = { socketAddress: { address: '127.0.0.1', portValue: 0 } };
  const l = await makeAdminListener({ address }, p.engine.context, new FakeServer());
  await l.listen(false);
  t.teardown(() => {
    l.destroy();
    p.stop();
  });
  return { connect: () => new Peer(net.connect(l.boundAddress.port, '127.0.0.1')), p };
}

t.test('pages over HTTP/1.1, one after the other on a connection', async (t) => {
  const { connect, p } = await admin(t);
  const c = connect();
  for (let i = 0; i < 3; i++) {
    c.send(get('/ready'));
    t.match(await c.until('0\r\n\r\n'), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nLIVE\n/);
  }
  c.send(get('/nope'));
  t.match(await c.until('0\r\n\r\n'), /^HTTP\/1\.1 404 Not Found/);
  t.equal(p.value('http.admin.downstream_rq_total'), 4);
  t.equal(p.value('http.admin.downstream_rq_active'), 0);
  t.equal(p.value('listener.admin.main_thread.downstream_cx_active'), 1);
});

t.test('HEAD: headers only', async (t) => {
  const c = (await admin(t)).connect();
  c.send('HEAD /ready HTTP/1.1\r\nhost: a\r\n\r\n');
  t.match((await c.message(true)).start, '200');
  t.match(await c.send(get('/ready')).until('\r\n\r\n'), /^HTTP\/1\.1 200/);
});

t.test('a form may be sent in pieces; more than a form is refused', async (t) => {
  const { connect } = await admin(t);
  const c = connect().send(
    'POST /runtime_modify HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\na=1',
  );
  c.send('&b=2');
  t.match(await c.until('\r\n\r\n'), /^HTTP\/1\.1 \d/);
  const d = connect().send(
    `POST /runtime_modify HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(100_000)}`,
  );
  const m = await d.message();
  t.match(m.start, '413');
  t.equal(header(m, 'connection'), 'close');
});

t.test('over HTTP/2', async (t) => {
  const h = new H2Peer((await admin(t)).connect());
  h.start().headers(
    1,
    [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/ready'],
      [':authority', 'a'],
    ],
    true,
  );
  t.equal((await h.until((f) => f.type === 'DATA')).payload.toString(), 'LIVE\n');
  h.peer.send(frame('PING', 0, 0, Buffer.alloc(8)));
});

t.test('a client that leaves while its page is made', async (t) => {
  const { connect, p } = await admin(t);
  const c = connect().send(get('/stats'));
  c.socket.resetAndDestroy();
  await until(
    () => p.value('http.admin.downstream_cx_total') === 1 && p.value('http.admin.downstream_cx_active') === 0,
  );
  t.equal(p.value('http.admin.downstream_rq_active'), 0);
  t.match(await connect().send(get('/ready')).until('\r\n\r\n'), '200');
});

t.test('internal names stay internal: x-envoy headers of a stranger change nothing', async (t) => {
  const c = (await admin(t))
    .connect()
    .send(get('/ready', 'x-envoy-internal: true\r\nx-envoy-upstream-rq-timeout-ms: 1\r\n'));
  t.match(await c.until('\r\n\r\n'), '200');
});

t.test('a large page goes as fast as its client reads; meanwhile others are served', async (t) => {
  const p = await TestProxy.start({});
  const address = { socketAddress: { address: '127.0.0.1', portValue: 0 } };
  const server = new FakeServer();
  const scope = server.store.scope('a.');
  // More than sockets and our write buffer hold together.
  const N = 50_000;
  const name = 'a_counter_with_a_long_name'.repeat(8);
  for (let i = 0; i < N; i++) scope.counter(`${name}${i}`);
  const l = await makeAdminListener({ address }, p.engine.context, server);
  await l.listen(false);
  t.teardown(() => {
    l.destroy();
    p.stop();
  });
  const connect = (): Peer => new Peer(net.connect(l.boundAddress.port, '127.0.0.1'));
  const slow = connect();
  slow.keep = false;
  slow.socket.pause();
  slow.send(get('/stats'));
  const buffered = (): number => p.value('http.admin.downstream_cx_tx_bytes_buffered');
  await until(() => buffered() > 1 << 20);
  const before = buffered();
  const other = connect();
  t.match(await other.send(get('/ready')).until('0\r\n\r\n'), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nLIVE\n/);
  await turns(50);
  t.equal(buffered(), before, 'it waits');
  t.ok(before < (1 << 20) + 2 * 16 * 1024, 'with no more than its limit and a part in memory');
  t.equal(slow.received, 0);
  slow.keep = true;
  slow.socket.resume();
  const body = await slow.until('\r\n0\r\n\r\n');
  t.equal(body.match(/a_counter_with_a_long_name\d+: 0\n/g)?.length, N);
  // One that goes away in the middle leaves nothing behind.
  const gone = connect();
  gone.send(get('/stats'));
  await until(() => gone.received > 0);
  gone.close();
  await until(() => p.value('http.admin.downstream_rq_active') === 0);
});
