/** Requests of our own: to clusters, with their breakers and statistics, and never more than was asked for. */
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import { asyncClient } from '../../../src/http/router/async-client.ts';
import { captureLog } from '../../../src/log/logger.ts';
import type { AsyncFailure, AsyncOptions, AsyncResponse } from '../../../src/upstream/async.ts';
import type { Cluster } from '../../../src/upstream/cluster.ts';
import { answering, cluster, deadPort, OK, type Peer, TestProxy, turns, Upstream, until } from '../proxy.ts';

type Test = { teardown(fn: () => unknown): void };

async function rig(t: Test, onPeer: (p: Peer) => void, more = {}): Promise<{ p: TestProxy; u: Upstream }> {
  const u = await Upstream.start(onPeer);
  const p = await TestProxy.start({
    clusters: [
      cluster('u', [u.port], more),
      cluster('dead', [await deadPort()]),
      { name: 'empty', connectTimeout: 100 },
    ],
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  return { p, u };
}

function head(method: string, path: string): Headers {
  const h = new Headers();
  h.method = method;
  h.path = path;
  h.authority = 'auth.example';
  h.scheme = 'http';
  return h;
}

const of = (p: TestProxy, name: string): Cluster => p.engine.clusters.get(name) as Cluster;
interface Outcome {
  response: AsyncResponse | null;
  failure: AsyncFailure | null;
}
const ask = (p: TestProxy, name: string, h: Headers, body: Buffer | null, options: AsyncOptions): Promise<Outcome> =>
  new Promise((resolve) => {
    const client = asyncClient(p.engine.context);
    client.send(of(p, name), h, body, options, (response, failure) => resolve({ response, failure }));
  });

t.test('a request and its response, with a body each way and without', async (t) => {
  const { p, u } = await rig(t, (peer) => {
    peer.socket.on('data', () => {
      if (peer.text.endsWith('hello') || peer.text.startsWith('GET')) peer.send(OK);
    });
  });
  t.equal(asyncClient(p.engine.context), asyncClient(p.engine.context), 'one an event loop');
  const a = await ask(p, 'u', head('GET', '/check'), null, { timeoutMs: 1000 });
  t.equal(a.response?.headers.status, 200);
  t.equal(String(a.response?.body), 'ok');
  t.match(u.accepted[0].text, /^GET \/check HTTP\/1.1\r\nhost: auth.example\r\n/);
  t.match(u.accepted[0].text, 'x-envoy-internal: true');
  t.match(u.accepted[0].text, 'x-envoy-expected-rq-timeout-ms: 1000');
  u.accepted[0].text = '';
  const b = await ask(p, 'u', head('POST', '/check'), Buffer.from('hello'), { timeoutMs: 1000 });
  t.equal(b.response?.headers.status, 200);
  t.match(u.accepted[0].text, 'content-length: 5');
  t.equal(p.value('cluster.u.upstream_rq_200'), 2);
  t.equal(p.value('cluster.u.internal.upstream_rq_200'), 2);
  t.equal(p.value('http.async-client.rq_total'), 2);
});

t.test('no host, no connection, a host that resets or is too slow: the router answers, later', async (t) => {
  const { p } = await rig(t, (peer) => {
    peer.socket.on('data', () => {
      if (peer.text.includes('/reset')) peer.close();
    });
  });
  const rows: [string, string, number][] = [
    ['empty', '/', 503],
    ['dead', '/', 503],
    ['u', '/reset', 503],
    ['u', '/hang', 504],
  ];
  for (const [name, path, status] of rows) {
    const { response } = await ask(p, name, head('GET', path), null, { timeoutMs: 30 });
    t.equal(response?.headers.status, status, `${name} ${path}`);
  }
  let called = false;
  asyncClient(p.engine.context).send(of(p, 'empty'), head('GET', '/'), null, { timeoutMs: 0 }, () => {
    called = true;
  });
  t.equal(called, false, 'never from within the call');
  await until(() => called);
});

t.test('a response that is cut off, or longer than was asked for', async (t) => {
  const { p } = await rig(t, (peer) => {
    peer.socket.on('data', () => {
      if (peer.text.includes('/cut')) peer.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc').socket.end();
      else peer.send(`HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n${'x'.repeat(5000)}`);
    });
  });
  t.same(await ask(p, 'u', head('GET', '/cut'), null, { timeoutMs: 0 }), { response: null, failure: 'reset' });
  const long = { timeoutMs: 0, maxResponseBytes: 4999 };
  t.same(await ask(p, 'u', head('GET', '/'), null, long), { response: null, failure: 'too large' });
  const enough = await ask(p, 'u', head('GET', '/'), null, { timeoutMs: 0, maxResponseBytes: 5000 });
  t.equal(enough.response?.body.length, 5000);
  await turns();
  t.equal(p.value('cluster.u.upstream_rq_active'), 0);
});

t.test('cancelled: the host is told, nobody else', async (t) => {
  const { p, u } = await rig(t, () => {});
  let called = 0;
  const request = asyncClient(p.engine.context).send(
    of(p, 'u'),
    head('GET', '/'),
    null,
    { timeoutMs: 0 },
    () => called++,
  );
  const peer = await u.accept();
  await until(() => peer.text !== '');
  request.cancel();
  request.cancel();
  await until(() => peer.ended);
  t.equal(called, 0);
  t.equal(p.value('cluster.u.upstream_rq_active'), 0);
});

t.test('more requests than the breakers allow are refused, not queued', async (t) => {
  const breakers = { circuitBreakers: { thresholds: [{ maxConnections: 1, maxPendingRequests: 1 }] } };
  const { p } = await rig(t, answering(OK), breakers);
  const all = await Promise.all([0, 1, 2, 3].map(() => ask(p, 'u', head('GET', '/'), null, { timeoutMs: 0 })));
  const statuses = all.map((o) => o.response?.headers.status).sort();
  t.same(statuses, [200, 503, 503, 503]);
});

t.test('a stream: bytes as they come, pauses, trailers', async (t) => {
  const { p, u } = await rig(t, () => {});
  const seen: string[] = [];
  let pauses = 0;
  const stream = asyncClient(p.engine.context).start(
    of(p, 'u'),
    head('POST', '/s'),
    false,
    { timeoutMs: 0, bufferLimit: 10 },
    {
      onHeaders: (h, end) => seen.push(`${h.status} ${end}`),
      onData: (d, end) => seen.push(`${d} ${end}`),
      onTrailers: () => seen.push('trailers'),
      onReset: () => seen.push('reset'),
      onPause: (pause) => {
        pauses += pause ? 1 : -1;
        seen.push(`pause ${pause}`);
      },
    },
  );
  stream.sendData(Buffer.from('more than ten bytes'), false);
  t.equal(pauses, 1, 'nothing is connected yet');
  const peer = await u.accept();
  await until(() => peer.text.includes('more than ten bytes'));
  t.equal(pauses, 0);
  stream.sendData(Buffer.from('end'), true);
  await until(() => peer.text.endsWith('0\r\n\r\n'));
  peer.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n');
  await until(() => seen.includes('ab false'));
  peer.send('0\r\n\r\n');
  await until(() => stream.over);
  t.same(seen, ['pause true', 'pause false', '200 false', 'ab false', ' true']);
});

t.test('what throws in a callback is said once and costs neither the connection nor the process', async (t) => {
  const lines: string[] = [];
  t.teardown(captureLog((line) => lines.push(line)));
  const { p } = await rig(t, answering(OK));
  asyncClient(p.engine.context).send(of(p, 'u'), head('GET', '/'), null, { timeoutMs: 0 }, () => {
    throw new Error('thrown by who asked');
  });
  await until(() => lines.some((l) => l.includes('thrown by who asked')));
  t.equal((await ask(p, 'u', head('GET', '/'), null, { timeoutMs: 0 })).response?.headers.status, 200);
  t.equal(lines.filter((l) => l.includes('thrown by who asked')).length, 1);
  t.equal(p.value('cluster.u.upstream_cx_total'), 1);
});
