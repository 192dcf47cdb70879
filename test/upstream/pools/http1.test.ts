import { once } from 'node:events';
import * as net from 'node:net';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { answering, deadPort, OK, type Peer, turns, Upstream, until } from '../../http/proxy.ts';
import { NOTHING, Request, Rig } from './requests.ts';

type Test = { teardown(fn: () => unknown): void };
async function rig(t: Test, onPeer?: (p: Peer, i: number) => void, more = {}): Promise<{ u: Upstream; r: Rig }> {
  const u = await Upstream.start(onPeer);
  const r = await Rig.start(u.port, false, more);
  t.teardown(() => {
    r.stop();
    u.stop();
  });
  return { u, r };
}
const thresholds = (more: object): object => ({ circuitBreakers: { thresholds: [more] } });

t.test('one connection serves request after request', async (t) => {
  const { u, r } = await rig(t, answering(OK));
  for (let i = 0; i < 5; i++) t.equal((await new Request().start(r.pool).over()).body, 'ok');
  t.equal(u.accepted.length, 1);
  t.same(r.values('upstream_cx_total', 'upstream_cx_http1_total', 'upstream_rq_total', 'upstream_rq_pending_total'), {
    upstream_cx_total: 1,
    upstream_cx_http1_total: 1,
    upstream_rq_total: 5,
    upstream_rq_pending_total: 1,
  });
  t.same(r.idle(), NOTHING);
});

t.test('the connection used last is used next', async (t) => {
  const { u, r } = await rig(t);
  const first = [new Request('/1').start(r.pool), new Request('/2').start(r.pool), new Request('/3').start(r.pool)];
  for (const f of first) await f.ready();
  await until(() => u.accepted.length === 3 && u.accepted.every((p) => p.text.includes('\r\n\r\n')));
  const by = (path: string): Peer => u.accepted.find((p) => p.text.includes(path))!;
  const order = [by('/2 '), by('/3 '), by('/1 ')];
  for (const [i, p] of order.entries()) {
    p.text = '';
    p.send(OK);
    await first[[1, 2, 0][i]].over();
  }
  const next = [new Request('/a').start(r.pool), new Request('/b').start(r.pool)];
  await until(() => order[2].text.includes('/a') && order[1].text.includes('/b'));
  t.equal(u.accepted.length, 3);
  order[2].send(OK);
  order[1].send(OK);
  for (const n of next) await n.over();
  t.same(r.idle(), NOTHING);
});

t.test('a second request does not share a busy connection', async (t) => {
  const { u, r } = await rig(t);
  const a = await new Request('/a').start(r.pool).ready();
  const b = await new Request('/b').start(r.pool).ready();
  t.not(a.client, b.client);
  t.equal(u.accepted.length, 2);
  t.same(r.values('upstream_rq_active', 'upstream_cx_active'), { upstream_rq_active: 2, upstream_cx_active: 2 });
});

const UNUSABLE: [what: string, answer: string][] = [
  ['connection: close', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'],
  ['HTTP/1.0 without keep-alive', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
  ['bytes behind the answer', `${OK}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison`],
];
for (const [what, answer] of UNUSABLE) {
  t.test(`not used again: ${what}`, async (t) => {
    const { u, r } = await rig(t, (p, i) => answering(i === 0 ? answer : OK)(p));
    t.equal((await new Request().start(r.pool).over()).body, 'ok');
    const second = await new Request().start(r.pool).over();
    t.equal(second.body, 'ok', 'the answer of the new connection');
    t.equal(r.value('upstream_cx_protocol_error'), what === 'bytes behind the answer' ? 1 : 0);
    t.equal(u.accepted.length, 2);
    await until(() => u.accepted[0].ended);
    t.same(r.idle(), NOTHING);
  });
}

t.test('connection: close is counted as a close the host announced', async (t) => {
  const { r } = await rig(t, answering('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'));
  await new Request().start(r.pool).over();
  await until(() => r.value('upstream_cx_destroy') === 1);
  t.same(r.values('upstream_cx_close_notify', 'upstream_cx_destroy_local', 'upstream_cx_destroy_with_active_rq'), {
    upstream_cx_close_notify: 1,
    upstream_cx_destroy_local: 1,
    upstream_cx_destroy_with_active_rq: 0,
  });
});

t.test('response queue poisoning: bytes on an idle connection close it, and nobody gets them', async (t) => {
  const { u, r } = await rig(t, answering(OK));
  await new Request().start(r.pool).over();
  u.accepted[0].send('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison');
  await until(() => r.value('upstream_cx_destroy') === 1);
  t.same(r.values('upstream_cx_protocol_error', 'upstream_cx_destroy_local'), {
    upstream_cx_protocol_error: 1,
    upstream_cx_destroy_local: 1,
  });
  const next = await new Request().start(r.pool).over();
  t.equal(next.body, 'ok');
  t.equal(u.accepted.length, 2);
  t.same(r.idle(), NOTHING);
});

t.test('poison that arrives together with the next request is never its answer', async (t) => {
  const { u, r } = await rig(t, (p, i) => {
    if (i > 0) answering(OK)(p);
  });
  const a = await new Request('/a').start(r.pool).ready();
  const p = u.accepted[0];
  await p.until('\r\n\r\n');
  p.send(`${OK}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison`);
  // Waits for a connection while the answer and the poison arrive in one read.
  const b = new Request('/b').start(r.pool);
  await a.over();
  await b.over();
  t.equal(a.body, 'ok');
  t.equal(b.body, 'ok');
});

t.test('an answer before the request is whole: the connection goes', async (t) => {
  const { u, r } = await rig(t, (p, i) =>
    i === 0 ? void p.until('\r\n\r\n').then(() => p.send(OK)) : answering(OK)(p),
  );
  const early = await new Request('/', false, 'POST').start(r.pool).over();
  t.equal(early.body, 'ok');
  early.encoder?.reset('local reset');
  await until(() => u.accepted[0].ended);
  t.equal((await new Request().start(r.pool).over()).body, 'ok');
  t.equal(u.accepted.length, 2);
  t.same(r.idle(), NOTHING);
});

t.test('an answer nobody reads to its end: the connection goes', async (t) => {
  const { u, r } = await rig(t, answering('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'));
  const a = new Request().start(r.pool);
  await until(() => a.body === 'half');
  a.encoder!.reset('local reset');
  await until(() => u.accepted[0].ended);
  t.same(r.values('upstream_cx_destroy_local', 'upstream_rq_tx_reset'), {
    upstream_cx_destroy_local: 1,
    upstream_rq_tx_reset: 0,
  });
  t.same(r.idle(), NOTHING);
});

for (const [what, text] of [
  ['before', ''],
  ['in the head', 'HTTP/1.1 200'],
  ['in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'],
] as const) {
  for (const how of ['end', 'reset'] as const) {
    t.test(`the host closes (${how}) ${what}: the request ends, nothing leaks`, async (t) => {
      const { u, r } = await rig(t);
      const a = await new Request().start(r.pool).ready();
      const p = u.accepted[0];
      await p.until('\r\n\r\n');
      if (text !== '') {
        p.send(text);
        if (what === 'in the body') await until(() => a.body !== '');
      }
      if (how === 'end') p.socket.end();
      else p.socket.resetAndDestroy();
      await a.over();
      t.equal(a.log.at(-1), what === 'before' ? 'reset: connection termination' : 'reset: protocol error');
      await until(() => r.value('upstream_cx_active') === 0);
      t.same(
        r.values(
          'upstream_cx_destroy_remote',
          'upstream_cx_destroy_remote_with_active_rq',
          'upstream_cx_destroy_with_active_rq',
          'upstream_cx_destroy_local',
        ),
        {
          upstream_cx_destroy_remote: 1,
          upstream_cx_destroy_remote_with_active_rq: 1,
          upstream_cx_destroy_with_active_rq: 1,
          upstream_cx_destroy_local: 0,
        },
      );
      t.same(r.idle(), NOTHING);
    });
  }
}

t.test('garbage instead of an answer', async (t) => {
  const { r } = await rig(t, (p) => void p.until('\r\n\r\n').then(() => p.send('SSH-2.0-x\r\n\r\n')));
  const a = await new Request().start(r.pool).over();
  t.equal(a.log.at(-1), 'reset: protocol error');
  await until(() => r.value('upstream_cx_active') === 0);
  t.same(r.values('upstream_cx_protocol_error', 'upstream_cx_destroy_local_with_active_rq'), {
    upstream_cx_protocol_error: 1,
    upstream_cx_destroy_local_with_active_rq: 1,
  });
  t.same(r.idle(), NOTHING);
});

t.test('a refused connection fails all that wait', async (t) => {
  const r = await Rig.start(await deadPort(), false);
  t.teardown(() => r.stop());
  const all = [1, 2, 3].map(() => new Request().start(r.pool));
  for (const a of all) t.equal((await a.over()).failed, 'remote connection failure ECONNREFUSED');
  await until(() => r.value('upstream_cx_active') === 0);
  t.same(
    r.values(
      'upstream_cx_connect_fail',
      'upstream_cx_destroy_remote',
      'upstream_rq_pending_failure_eject',
      'upstream_rq_total',
    ),
    {
      upstream_cx_connect_fail: 3,
      upstream_cx_destroy_remote: 3,
      upstream_rq_pending_failure_eject: 3,
      upstream_rq_total: 0,
    },
  );
  t.equal(r.host.stats.cxConnectFail, 3);
  t.same(r.idle(), NOTHING);
  t.equal(
    (await new Request().start(r.pool).over()).failed,
    'remote connection failure ECONNREFUSED',
    'the pool goes on',
  );
});

t.test('a request made while others fail is not failed with them', async (t) => {
  const r = await Rig.start(await deadPort(), false);
  t.teardown(() => r.stop());
  const again = new Request('/again');
  const a = new Request();
  a.onPoolFailure = () => {
    a.done = true;
    again.start(r.pool);
  };
  a.start(r.pool);
  await a.over();
  t.equal(again.done, false);
  await again.over();
  t.equal(r.value('upstream_cx_total'), 2);
});

t.test('connect timeout', async (t) => {
  // A thread that listens and never accepts: once its backlog is full the kernel answers no more SYNs.
  const code = `const { parentPort } = require('node:worker_threads');
    const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(s.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`;
  const blocked = new Worker(code, { eval: true });
  const [port] = (await once(blocked, 'message')) as [number];
  const fill = Array.from({ length: 8 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
  await once(fill[0], 'connect');
  await once(fill[1], 'connect');
  const r = await Rig.start(port, false, { connectTimeout: 30 });
  t.teardown(async () => {
    for (const s of fill) s.destroy();
    r.stop();
    await blocked.terminate();
  });
  const all = [new Request().start(r.pool), new Request().start(r.pool)];
  for (const a of all) t.equal((await a.over()).failed, 'connection timeout connect timeout');
  await until(() => r.value('upstream_cx_active') === 0);
  t.same(
    r.values(
      'upstream_cx_connect_timeout',
      'upstream_cx_connect_fail',
      'upstream_cx_destroy_local',
      'upstream_rq_pending_failure_eject',
    ),
    {
      upstream_cx_connect_timeout: 2,
      upstream_cx_connect_fail: 2,
      upstream_cx_destroy_local: 2,
      upstream_rq_pending_failure_eject: 2,
    },
  );
  t.same(r.idle(), NOTHING);
});

t.test('max_pending_requests', async (t) => {
  const { r } = await rig(t, undefined, thresholds({ maxPendingRequests: 2 }));
  const waiting = [new Request().start(r.pool), new Request().start(r.pool)];
  const over = new Request().start(r.pool);
  t.equal(over.failed, 'overflow');
  t.equal(over.pending, null);
  t.equal(r.host.stats.rqPendingActive, 2);
  t.same(r.values('upstream_rq_pending_overflow', 'upstream_rq_pending_total', 'upstream_rq_pending_active'), {
    upstream_rq_pending_overflow: 1,
    upstream_rq_pending_total: 2,
    upstream_rq_pending_active: 2,
  });
  for (const w of waiting) await w.ready();
  t.equal(r.host.stats.rqPendingActive, 0);
});

t.test('max_requests: also for those that waited', async (t) => {
  const { r } = await rig(t, undefined, thresholds({ maxRequests: 1 }));
  const a = new Request().start(r.pool);
  const b = new Request().start(r.pool);
  await b.over();
  await a.ready();
  t.equal(b.failed, 'overflow');
  t.same(r.values('upstream_rq_pending_overflow', 'upstream_rq_active_overflow', 'upstream_rq_active'), {
    upstream_rq_pending_overflow: 0,
    upstream_rq_active_overflow: 1,
    upstream_rq_active: 1,
  });
});

t.test('max_connections: the rest waits for a free one', async (t) => {
  const { u, r } = await rig(t, undefined, thresholds({ maxConnections: 1 }));
  const a = new Request('/a').start(r.pool);
  const b = new Request('/b').start(r.pool);
  await a.ready();
  t.equal(b.encoder, null);
  t.equal(r.value('upstream_cx_overflow'), 1);
  const p = u.accepted[0];
  await p.until('\r\n\r\n');
  p.send(OK);
  t.match(await p.until('\r\n\r\n'), 'GET /b', 'the same connection');
  p.send(OK);
  await b.over();
  t.equal(u.accepted.length, 1);
  t.same(r.idle(), NOTHING);
});

t.test('max_connections: a connection that closes makes room for those that wait', async (t) => {
  const { u, r } = await rig(t, undefined, thresholds({ maxConnections: 1 }));
  const a = new Request('/a').start(r.pool);
  const b = new Request('/b').start(r.pool);
  await a.ready();
  await u.accepted[0].until('\r\n\r\n');
  u.accepted[0].socket.resetAndDestroy();
  await a.over();
  await until(() => u.accepted.length === 2);
  t.match(await u.accepted[1].until('\r\n\r\n'), 'GET /b');
  u.accepted[1].send(OK);
  t.equal((await b.over()).body, 'ok');
});

t.test('a host that answers and closes without saying so: who waited is not sent there', async (t) => {
  const { u, r } = await rig(t, undefined, thresholds({ maxConnections: 1 }));
  const a = new Request('/a').start(r.pool);
  const b = new Request('/b').start(r.pool);
  await a.ready();
  const p = u.accepted[0];
  await p.until('\r\n\r\n');
  p.socket.end(OK);
  await a.over();
  await until(() => u.accepted.length === 2 || b.done);
  t.equal(b.done, false, 'not failed on the dying connection');
  await u.accepted[1].until('\r\n\r\n');
  u.accepted[1].send(OK);
  t.equal((await b.over()).body, 'ok');
});

t.test('cancelled while connecting: the connection is kept for the next', async (t) => {
  const { u, r } = await rig(t, answering(OK));
  const a = new Request().start(r.pool);
  a.pending!.cancel();
  t.same(r.values('upstream_rq_cancelled', 'upstream_rq_pending_active'), {
    upstream_rq_cancelled: 1,
    upstream_rq_pending_active: 0,
  });
  t.same(r.idle(), NOTHING);
  await until(() => u.accepted.length === 1);
  await turns();
  t.same(a.log, []);
  a.pending!.cancel();
  t.equal(r.value('upstream_rq_cancelled'), 1, 'once');
  t.equal((await new Request().start(r.pool).over()).body, 'ok');
  t.equal(u.accepted.length, 1);
});

t.test('max_requests_per_connection', async (t) => {
  const { u, r } = await rig(t, answering(OK), { maxRequestsPerConnection: 2 });
  for (let i = 0; i < 5; i++) await new Request().start(r.pool).over();
  t.equal(u.accepted.length, 3);
  await until(() => r.value('upstream_cx_active') === 1);
  t.same(r.values('upstream_cx_max_requests', 'upstream_cx_destroy_local'), {
    upstream_cx_max_requests: 2,
    upstream_cx_destroy_local: 2,
  });
});

t.test('idle timeout', async (t) => {
  const { u, r } = await rig(t, answering(OK), { commonHttpProtocolOptions: { idleTimeout: 20 } });
  await new Request().start(r.pool).over();
  await until(() => u.accepted[0].ended);
  t.same(r.values('upstream_cx_idle_timeout', 'upstream_cx_destroy_local', 'upstream_cx_active'), {
    upstream_cx_idle_timeout: 1,
    upstream_cx_destroy_local: 1,
    upstream_cx_active: 0,
  });
  t.equal((await new Request().start(r.pool).over()).body, 'ok');
});

t.test('no idle timeout while a request runs', async (t) => {
  const { u, r } = await rig(t, undefined, { commonHttpProtocolOptions: { idleTimeout: 20 } });
  const a = await new Request().start(r.pool).ready();
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.equal(u.accepted[0].ended, false);
  u.accepted[0].send(OK);
  await a.over();
});

t.test('the host leaves the cluster: what runs and waits is served, then all closes', async (t) => {
  const { u, r } = await rig(t, undefined, thresholds({ maxConnections: 2 }));
  const [a, b, c] = ['/a', '/b', '/c'].map((p) => new Request(p).start(r.pool));
  await a.ready();
  await b.ready();
  r.host.pools!.drain();
  for (const p of u.accepted) await p.until('\r\n\r\n');
  u.accepted[0].send(OK);
  t.match(await u.accepted[0].until('\r\n\r\n'), 'GET /c', 'who waited is served');
  u.accepted[1].send(OK);
  await until(() => u.accepted[1].ended);
  u.accepted[0].send(OK);
  for (const x of [a, b, c]) t.equal((await x.over()).body, 'ok');
  await until(() => r.value('upstream_cx_active') === 0);
  t.same(r.idle(), NOTHING);
});

t.test('the host leaves the cluster: idle and connecting connections close', async (t) => {
  const { u, r } = await rig(t, answering(OK));
  await new Request().start(r.pool).over();
  const other = new Request();
  const connecting = await Rig.start(u.port, false);
  t.teardown(() => connecting.stop());
  other.start(connecting.pool).pending!.cancel();
  r.host.pools!.drain();
  connecting.host.pools!.drain();
  await until(() => r.value('upstream_cx_active') === 0 && connecting.value('upstream_cx_active') === 0);
  await until(() => u.accepted[0].ended);
});

t.test('a host that does not read does not keep a finished connection open', async (t) => {
  const { u, r } = await rig(t, (p) => p.socket.pause());
  const a = await new Request('/', false, 'POST').start(r.pool).ready();
  for (let i = 0; i < 200; i++) a.encoder!.encodeData(Buffer.alloc(64 * 1024), false);
  await turns();
  u.accepted[0].socket.resume();
  u.accepted[0].socket.pause();
  a.encoder!.reset('local reset');
  await until(() => r.value('upstream_cx_active') === 0);
  t.same(r.idle(), NOTHING);
});

t.test('upstream_rq_per_cx', async (t) => {
  const { r } = await rig(t, answering(OK), { maxRequestsPerConnection: 3 });
  const recorded: number[] = [];
  r.pool.requestsPerConnection.record = (n) => recorded.push(n);
  for (let i = 0; i < 4; i++) await new Request().start(r.pool).over();
  await until(() => r.value('upstream_cx_active') === 1);
  t.same(recorded, [3]);
});
