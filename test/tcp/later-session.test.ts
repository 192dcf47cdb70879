/** tcp_proxy that waits: for the client's first bytes, between attempts, for a place to put what came early. */
import { once } from 'node:events';
import * as net from 'node:net';
import t from 'tap';
import type { FactoryContext } from '../../src/extension/context.ts';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { laterSettings } from '../../src/tcp/later-session.ts';
import { cluster, deadPort, readAll, TestProxy, until, upstream } from './proxy.ts';

t.test('a client that floods before there is an upstream is held to its limit; all of it arrives', async (t) => {
  let late: net.Server | null = null;
  const port = await deadPort();
  const p = await TestProxy.start(
    {
      cluster: 'up',
      maxEarlyDataBytes: 10_000,
      maxConnectAttempts: 1_000_000,
      backoffOptions: { baseInterval: 20, maxInterval: 20 },
    },
    [cluster('up', [port])],
  );
  t.teardown(() => {
    p.stop();
    late?.close();
  });
  const c = p.connect();
  const sent = Buffer.alloc(4_000_000, 'x');
  c.end(sent);
  await until(() => p.value('cluster.up.upstream_cx_connect_fail') > 2);
  const early = p.value('tcp.t.downstream_cx_rx_bytes_total');
  t.ok(early > 0 && early < 10_000 + 2 * 64 * 1024, `${early}`);
  late = net.createServer({ allowHalfOpen: true });
  late.listen(port, '127.0.0.1');
  const [s] = (await once(late, 'connection')) as [net.Socket];
  const got = await readAll(s);
  t.equal(got.length, sent.length);
  s.end('done');
  t.equal(String(await readAll(c)), 'done');
});

t.test('a client that leaves takes with it what was kept, and nobody is connected to any more', async (t) => {
  const before = heldMemory.bytes;
  const p = await TestProxy.start(
    { cluster: 'up', maxEarlyDataBytes: 1000, maxConnectAttempts: 1_000_000, backoffOptions: { baseInterval: 5 } },
    [cluster('up', [await deadPort()])],
  );
  t.teardown(() => p.stop());
  const c = p.connect();
  c.write('kept');
  await until(
    () => p.value('cluster.up.upstream_cx_connect_fail') > 1 && p.value('tcp.t.early_data_received_count_total') === 1,
  );
  c.resetAndDestroy();
  await until(() => p.accepted[0].closed);
  t.equal(heldMemory.bytes, before);
  const attempts = p.value('cluster.up.upstream_cx_total');
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(p.value('cluster.up.upstream_cx_total'), attempts);
});

t.test('ON_DOWNSTREAM_DATA: a hundred silent clients connect to nobody', async (t) => {
  const u = await upstream((s) => s.on('data', (d) => s.write(d)));
  const p = await TestProxy.start({ cluster: 'up', upstreamConnectMode: 'ON_DOWNSTREAM_DATA', maxEarlyDataBytes: 10 }, [
    cluster('up', [u.port]),
  ]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  const clients = Array.from({ length: 100 }, () => p.connect());
  await until(() => p.accepted.length === 100);
  t.equal(p.value('cluster.up.upstream_cx_total'), 0);
  clients[0].write('x');
  t.equal(String((await once(clients[0], 'data'))[0]), 'x');
  t.equal(p.value('cluster.up.upstream_cx_total'), 1);
  for (const c of clients) c.destroy();
});

t.test('a jitter makes the duration longer, never shorter', async (t) => {
  const { TcpProxyFactory } = await import('../../src/tcp/tcp-proxy.ts');
  const p = await TestProxy.start({ cluster: 'up' }, [cluster('up', [1])]);
  t.teardown(() => p.stop());
  const ctx = { store: p.store, clusters: p.clusters } as unknown as FactoryContext;
  const jitter = {
    maxDownstreamConnectionDuration: 1000,
    maxDownstreamConnectionDurationJitterPercentage: { value: 50 },
  };
  const f = new TcpProxyFactory({ statPrefix: 'j', cluster: 'up', ...jitter }, ctx, []);
  const all = Array.from({ length: 1000 }, () => f.durationMs());
  t.ok(all.every((ms) => ms >= 1000 && ms < 1500));
  t.ok(Math.max(...all) > 1400);
});

t.test('what cannot be is refused in the words of Envoy', (t) => {
  const ctx = {} as FactoryContext;
  t.throws(() => laterSettings({ upstreamConnectMode: 'ON_DOWNSTREAM_DATA' }, ctx), {
    message: 'max_early_data_bytes must be set when upstream_connect_mode is not IMMEDIATE',
  });
  t.throws(() => laterSettings({ backoffOptions: { baseInterval: 2, maxInterval: 1 } }, ctx), {
    message: 'max_backoff_interval must be greater or equal to base_backoff_interval',
  });
  t.end();
});
