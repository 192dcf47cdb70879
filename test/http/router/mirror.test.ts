/** Copies of requests. What they look like is compared with Envoy: conformance mirror/*. */
import t from 'tap';
import type { Cluster } from '../../../src/config/schema/types.ts';
import { answering, cluster, deadPort, get, OK, type Peer, TestProxy, turns, Upstream, until } from '../proxy.ts';

type Test = { teardown(fn: () => unknown): void };

async function rig(
  t: Test,
  onMirror: (p: Peer) => void,
  more: { policies?: object[]; timeout?: number; breakers?: Partial<Cluster>; limit?: number } = {},
): Promise<{ p: TestProxy; u: Upstream; m: Upstream }> {
  const u = await Upstream.start(answering(OK));
  const m = await Upstream.start(onMirror);
  const route = {
    cluster: 'u',
    timeout: more.timeout ?? 15_000,
    requestMirrorPolicies: more.policies ?? [{ cluster: 'm' }],
  };
  const p = await TestProxy.start({
    listener: { perConnectionBufferLimitBytes: more.limit ?? 1 << 20 },
    hcm: {
      routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }] },
    },
    clusters: [
      cluster('u', [u.port]),
      cluster('m', [m.port], more.breakers),
      cluster('dead', [await deadPort()]),
      { name: 'empty', connectTimeout: 1000 },
    ],
  });
  t.teardown(() => {
    p.stop();
    u.stop();
    m.stop();
  });
  return { p, u, m };
}

t.test(
  'mirrors that hang, fail, have no host or no cluster: the client is answered, and nothing is left',
  async (t) => {
    const policies = ['m', 'dead', 'empty', 'nowhere'].map((name) => ({ cluster: name }));
    const { p, m } = await rig(t, () => {}, { policies, timeout: 300 });
    const c = p.connect();
    for (let i = 0; i < 3; i++) t.match((await c.send(get()).message()).start, /200/);
    await until(() => p.value('cluster.m.upstream_rq_timeout') === 3);
    await until(() => p.value('cluster.dead.upstream_rq_503') === 3);
    t.equal(p.value('cluster.empty.upstream_rq_503'), 3);
    await turns();
    t.equal(p.value('cluster.m.upstream_rq_active'), 0, 'a mirror that hangs is given up when the route times out');
    t.equal(p.value('http.h.rq_total'), 3);
    t.equal(p.value('http.async-client.rq_total'), 9);
    t.equal(p.value('http.h.downstream_rq_internal_error'), 0);
    t.ok(m.accepted.length >= 1);
    c.close();
  },
);

t.test('mirrors that hang take no more than the breakers of their cluster allow', async (t) => {
  const breakers = { circuitBreakers: { thresholds: [{ maxConnections: 2, maxPendingRequests: 1 }] } };
  const { p } = await rig(t, () => {}, { breakers });
  const c = p.connect();
  for (let i = 0; i < 20; i++) t.match((await c.send(get()).message()).start, /200/);
  await turns();
  t.ok(p.value('cluster.m.upstream_rq_active') + p.value('cluster.m.upstream_rq_pending_active') <= 3);
  t.ok(p.value('cluster.m.upstream_rq_pending_overflow') >= 17);
  c.close();
});

t.test('a mirror that does not read an upload: the upload goes on, the copy is given up', async (t) => {
  const { p, u } = await rig(t, (peer) => peer.socket.pause(), { limit: 64 * 1024 });
  u.server.removeAllListeners('connection');
  let bytes = 0;
  u.server.on('connection', (s) => {
    s.on('data', (d: Buffer) => {
      bytes += d.length;
      if (bytes > 40_000_000) s.write(OK);
    });
    s.on('error', () => {});
  });
  const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 40000000\r\n\r\n');
  for (let i = 0; i < 40; i++) c.send(Buffer.alloc(1_000_000, 97));
  t.match((await c.message()).start, /200/);
  t.ok(bytes > 40_000_000);
  t.equal(p.value('cluster.u.retry_or_shadow_abandoned'), 1);
  await turns();
  t.equal(p.value('cluster.m.upstream_rq_active'), 0);
  c.close();
});

t.test('a client that goes away in its upload takes the copy with it', async (t) => {
  const { p, m } = await rig(t, () => {});
  const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc');
  const copy = await m.accept();
  await until(() => copy.text.endsWith('abc'));
  c.close();
  await until(() => copy.ended);
  t.equal(p.value('cluster.m.upstream_rq_active'), 0);
});

t.test('runtime_fraction: none, some, all', async (t) => {
  for (const [numerator, low, high] of [
    [0, 0, 0],
    [50, 60, 140],
    [100, 200, 200],
  ]) {
    const policies = [{ cluster: 'm', runtimeFraction: { defaultValue: { numerator } } }];
    const { p } = await rig(t, answering(OK), { policies });
    const c = p.connect();
    for (let i = 0; i < 200; i++) await c.send(get()).message();
    const copies = p.value('http.async-client.rq_total');
    t.ok(copies >= low && copies <= high, `${numerator} %: ${copies} of 200`);
    c.close();
  }
});
