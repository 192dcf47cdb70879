/** envoy.filters.http.grpc_stats: names that clients and hosts make. What is counted is compared with Envoy: conformance grpc-stats/*. */
import t from 'tap';
import { answering, cluster, type ProxyConfig, ROUTER, TestProxy, Upstream } from '../proxy.ts';

t.test('1000 methods of a cluster have names; calls of others are counted without one (H222)', async (t) => {
  let n = 0;
  const u = await Upstream.start(
    answering(
      () => `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: s${n++}\r\ncontent-length: 0\r\n\r\n`,
    ),
  );
  const typeUrl = 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig';
  const value = { statsForAllMethods: true };
  const hcm = { httpFilters: [{ name: 'f', typedConfig: { typeUrl, value } }, ROUTER] };
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] } as ProxyConfig);
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  const call = async (path: string): Promise<void> => {
    c.send(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0`);
    await c.message();
  };
  for (let i = 0; i < 1005; i++) await call(`/s/m${i}`);
  t.equal(p.value('cluster.u.grpc.s.m0.request_message_count'), 1);
  t.equal(p.value('cluster.u.grpc.s.m999.total'), 1);
  t.equal(p.value('cluster.u.grpc.s.m1000.total'), 0);
  t.equal(p.value('cluster.u.grpc.total'), 5);
  for (let i = 0; i < 120; i++) await call('/s/m1');
  t.equal(p.value('cluster.u.grpc.s.m1.failure'), 121, 'all are counted');
  t.equal(p.value(`cluster.u.grpc.s.m1.s${1005 + 98}`), 1);
  t.equal(p.value(`cluster.u.grpc.s.m1.s${1005 + 99}`), 0, 'only 100 statuses have names');
  c.close();
});
