/**
 * A host that closes HTTP/1 connections in the middle of its answers left `upstream_rq_active` one too high each time, and with it
 * the max_requests circuit breaker: after 1,024 such closes (its default) a cluster answered nothing but 503 until the next start.
 */
import t from 'tap';
import { answering, cluster, get, OK, TestProxy, Upstream, until } from '../http/proxy.ts';

t.test('a cluster outlives hosts that close in the middle', async (t) => {
  let broken = true;
  const u = await Upstream.start((p) => {
    if (!broken) answering(OK)(p);
    else void p.until('\r\n\r\n').then(() => p.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'));
  });
  const circuitBreakers = { thresholds: [{ maxRequests: 5 }] };
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port], { circuitBreakers })] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  for (let i = 0; i < 10; i++)
    t.match(await p.connect().send(get()).rest(), /^HTTP\/1\.1 200 OK[\s\S]*half$/, `cut answer ${i}`);
  await until(() => p.value('cluster.u.upstream_cx_active') === 0);
  t.equal(p.value('cluster.u.upstream_rq_active'), 0);
  broken = false;
  t.equal((await p.connect().send(get()).message()).body, 'ok');
});
