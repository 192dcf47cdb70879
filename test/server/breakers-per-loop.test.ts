import t from 'tap';
import { cluster, get, header, TestProxy, Upstream, until } from '../http/proxy.ts';

t.test('circuit breakers count per event loop: two loops let twice as many through (behaviour.md H65)', async (t) => {
  const u = await Upstream.start();
  const thresholds = [{ maxRequests: 1, maxPendingRequests: 1, maxConnections: 1 }];
  const loop = (): Promise<TestProxy> =>
    TestProxy.start({ clusters: [cluster('u', [u.port], { circuitBreakers: { thresholds } })] });
  const loops = [await loop(), await loop()];
  t.teardown(() => {
    for (const p of loops) p.stop();
    u.stop();
  });
  for (const p of loops) {
    p.connect().send(get('/waits'));
    const host = await u.accept();
    await host.until('\r\n\r\n');
    p.connect().send(get('/pending'));
    await until(() => p.value('cluster.u.upstream_rq_pending_active') === 1);
    const m = await p.connect().send(get('/more')).message();
    t.match(m.start, '503');
    t.equal(header(m, 'x-envoy-overloaded'), 'true');
  }
  t.equal(u.accepted.length, 2);
});
