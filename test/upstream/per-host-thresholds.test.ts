// circuit_breakers.per_host_thresholds: how many connections a host may have, whatever its cluster may have.
import { once } from 'node:events';
import t from 'tap';
import { Store } from '../../src/stats/store.ts';
import { makeResources } from '../../src/upstream/circuit-breakers.ts';
import { cluster, get, OK, TestProxy, Upstream, until } from '../http/proxy.ts';
import { TestProxy as TcpProxy, upstream as tcpUpstream } from '../tcp/proxy.ts';

const circuitBreakers = { perHostThresholds: [{ maxConnections: 2 }] };

t.test('HTTP: further requests wait for a connection of the host', async (t) => {
  const u = await Upstream.start();
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port], { circuitBreakers })] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const clients = ['/1', '/2', '/3'].map((path) => p.connect().send(get(path)));
  await until(() => u.accepted.length === 2 && p.value('cluster.u.upstream_rq_pending_active') === 1);
  t.ok(p.value('cluster.u.upstream_cx_overflow') >= 1);
  for (const peer of u.accepted) await peer.until('\r\n\r\n');
  for (const peer of u.accepted) peer.send(OK);
  await until(() => u.accepted.some((peer) => peer.text.includes('/3')));
  u.accepted.find((peer) => peer.text.includes('/3'))!.send(OK);
  for (const c of clients) t.match((await c.message()).start, '200');
  t.equal(u.accepted.length, 2);
});

t.test('a host without connections gets one, also with a limit of 0', async (t) => {
  const u = await Upstream.start((peer) => peer.socket.on('data', () => peer.send(OK)));
  const none = { perHostThresholds: [{ maxConnections: 0 }] };
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port], { circuitBreakers: none })] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  t.match((await p.connect().send(get()).message()).start, '200');
});

t.test('TCP: further clients are let go (docs/behaviour.md U8)', async (t) => {
  const u = await tcpUpstream((s) => s.write('hello'));
  const p = await TcpProxy.start({ cluster: 'u' }, [cluster('u', [u.port], { circuitBreakers })]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  for (let i = 0; i < 2; i++) t.equal(String((await once(p.connect(), 'data'))[0]), 'hello');
  const third = p.connect();
  third.resume();
  await once(third, 'end');
  t.equal(p.value('cluster.u.upstream_cx_overflow'), 1);
});

t.test('each priority has its own; other fields are refused as in Envoy', async (t) => {
  const [low, high] = makeResources(undefined, new Store(), [{ priority: 'HIGH', maxConnections: 3 }]);
  t.equal(low.connectionsPerHost, Number.POSITIVE_INFINITY);
  t.equal(high.connectionsPerHost, 3);
  t.throws(() => makeResources(undefined, new Store(), [{ maxRequests: 1 }]), {
    message: 'Unsupported field in per_host_thresholds',
  });
});
