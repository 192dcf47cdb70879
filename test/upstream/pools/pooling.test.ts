// What few clusters ask of their pools: connections made ahead, a limit of pools, pools of one client each.
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import { answering, cluster, get, OK, type Peer, TestProxy, Upstream, until } from '../../http/proxy.ts';

type Test = { teardown(fn: () => unknown): void };

async function proxy(t: Test, more: Partial<ClusterMessage>, hosts = 1, onPeer?: (p: Peer) => void) {
  const upstreams = await Promise.all(Array.from({ length: hosts }, () => Upstream.start(onPeer)));
  const ports = upstreams.map((u) => u.port);
  const p = await TestProxy.start({ clusters: [cluster('u', ports, more)] });
  t.teardown(() => {
    p.stop();
    for (const u of upstreams) u.stop();
  });
  return { p, upstreams, value: (name: string): number => p.value(`cluster.u.${name}`) };
}

const pools = (max: number): Partial<ClusterMessage> => ({
  circuitBreakers: { thresholds: [{ maxConnectionPools: max, trackRemaining: true }] },
});

t.test('max_connection_pools: an idle pool gives way, a busy one does not, and an empty one is none', async (t) => {
  const more = { connectionPoolPerDownstreamConnection: true, ...pools(1) };
  const { p, upstreams, value } = await proxy(t, more);
  const [u] = upstreams;
  const a = p.connect();
  a.send(get('/a'));
  await until(() => u.accepted.length === 1);
  const b = p.connect();
  b.send(get('/b'));
  await b.until('no healthy upstream');
  t.equal(value('upstream_cx_pool_overflow'), 1);
  await u.accepted[0].until('\r\n\r\n');
  u.accepted[0].send(OK);
  await a.until('ok');
  b.text = '';
  b.send(get('/b'));
  await until(() => u.accepted.length === 2);
  await until(() => u.accepted[0].ended);
  await u.accepted[1].until('\r\n\r\n');
  u.accepted[1].send(OK);
  await b.until('ok');
  t.equal(value('upstream_cx_pool_overflow'), 1);
  t.equal(p.store.scope('cluster.u.circuit_breakers.default.').gauge('cx_pool_open').value, 1);
  u.accepted[1].close();
  await until(() => value('upstream_cx_active') === 0);
  t.equal(p.store.scope('cluster.u.circuit_breakers.default.').gauge('cx_pool_open').value, 0);
  t.equal(p.store.scope('cluster.u.circuit_breakers.default.').gauge('remaining_cx_pools').value, 1);
});

t.test('max_connection_pools: pools whose host goes count no longer', async (t) => {
  const { p, upstreams, value } = await proxy(t, pools(2), 2, answering(OK));
  for (let i = 0; i < 2; i++) {
    const c = p.connect();
    c.send(get());
    await c.until('ok');
  }
  const remaining = p.store.scope('cluster.u.circuit_breakers.default.').gauge('remaining_cx_pools');
  t.equal(remaining.value, 0);
  p.engine.clusters.get('u')!.update([{ priority: 0, localities: [] }]);
  await until(() => upstreams.every((u) => u.accepted.every((c) => c.ended)));
  await until(() => value('upstream_cx_active') === 0);
  t.equal(remaining.value, 2);
});

t.test('connection_pool_per_downstream_connection: requests of a client share, those of others do not', async (t) => {
  const { p, upstreams } = await proxy(t, { connectionPoolPerDownstreamConnection: true }, 1, answering(OK));
  for (let i = 0; i < 3; i++) {
    const c = p.connect();
    for (let k = 0; k < 2; k++) {
      c.text = '';
      c.send(get());
      await c.until('ok');
    }
    c.close();
  }
  t.equal(upstreams[0].accepted.length, 3);
});

t.test(
  'per_upstream_preconnect_ratio: requests find a connection ready; no more than the breaker allows',
  async (t) => {
    const more = {
      preconnectPolicy: { perUpstreamPreconnectRatio: 3 },
      circuitBreakers: { thresholds: [{ maxConnections: 4 }] },
    };
    const { p, upstreams, value } = await proxy(t, more);
    const clients = [p.connect(), p.connect(), p.connect()];
    clients[0].send(get('/0'));
    await until(() => upstreams[0].accepted.length === 3);
    clients[1].send(get('/1'));
    await until(() => upstreams[0].accepted.length === 4);
    clients[2].send(get('/2'));
    await until(() => value('upstream_rq_total') === 3);
    t.equal(value('upstream_rq_pending_total'), 1, 'only the first one waited');
    t.equal(value('upstream_cx_active'), 4);
    t.ok(value('upstream_cx_overflow') > 0);
  },
);

/** How many requests each host has answered. */
async function counted(t: Test, more: Partial<ClusterMessage>, hosts: number) {
  const hits = Array.from({ length: hosts }, () => 0);
  const upstreams = await Promise.all(
    hits.map((_, i) =>
      Upstream.start(
        answering(() => {
          hits[i]++;
          return OK;
        }),
      ),
    ),
  );
  const ports = upstreams.map((u) => u.port);
  const p = await TestProxy.start({ clusters: [cluster('u', ports, more)] });
  t.teardown(() => {
    p.stop();
    for (const u of upstreams) u.stop();
  });
  return { p, ports, hits, value: (name: string): number => p.value(`cluster.u.${name}`) };
}

const PREDICTIVE = { preconnectPolicy: { predictivePreconnectRatio: 2 } };

t.test('predictive_preconnect_ratio: the hosts that are connected ahead are those that are chosen next', async (t) => {
  const { p, hits, value } = await counted(t, PREDICTIVE, 5);
  for (let i = 0; i < 10; i++) {
    const c = p.connect();
    c.send(get());
    await c.until('ok');
    c.close();
  }
  t.same(hits, [2, 2, 2, 2, 2], 'round robin is as it would be');
  t.ok(value('upstream_rq_pending_total') < 5, 'some found a connection');
  t.equal(value('upstream_rq_active'), 0);
});

t.test('predictive_preconnect_ratio: who was peeked is forgotten when the hosts change', async (t) => {
  const { p, ports, hits, value } = await counted(t, PREDICTIVE, 3);
  const c = p.connect();
  c.send(get());
  await c.until('ok');
  const u = p.engine.clusters.get('u')!;
  const [before] = u.snapshot();
  const localities = before.localities.map((l) => ({
    ...l,
    endpoints: l.endpoints.filter((e) => e.address.port === ports[0]),
  }));
  u.update([{ priority: 0, localities }]);
  const others = hits[1] + hits[2];
  for (let i = 0; i < 6; i++) {
    c.text = '';
    c.send(get());
    await c.until('ok');
  }
  t.equal(value('upstream_rq_200'), 7);
  t.equal(hits[1] + hits[2], others);
});
