/** envoy.filters.http.fault: faults that are active, and streams that end during one. What it answers is compared with Envoy: conformance fault/*. */
import t from 'tap';
import type { HTTPFault } from '../../../src/config/schema/types.ts';
import { SliceBucket, StreamRateLimiter } from '../../../src/http/filters/stream-rate-limiter.ts';
import { answering, cluster, get, OK, type ProxyConfig, ROUTER, TestProxy, Upstream, until } from '../proxy.ts';

type Teardown = { teardown(fn: () => unknown): void };

async function rig(t: Teardown, value: HTTPFault, answer = OK): Promise<{ p: TestProxy; u: Upstream }> {
  const u = await Upstream.start(answering(answer));
  t.teardown(() => u.stop());
  const fault = { name: 'fault', typedConfig: { typeUrl: 'envoy.extensions.filters.http.fault.v3.HTTPFault', value } };
  const hcm = { httpFilters: [fault, ROUTER] } as ProxyConfig['hcm'];
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] } as ProxyConfig);
  t.teardown(() => p.stop());
  return { p, u };
}

const ALWAYS = { numerator: 100 };

t.test('a client that leaves during a delay ends it, and makes room for another fault', async (t) => {
  const { p, u } = await rig(t, { delay: { fixedDelay: 100_000, percentage: ALWAYS }, maxActiveFaults: 1 });
  const a = p.connect().send(get());
  await until(() => p.value('http.h.fault.delays_injected') === 1);
  const b = p.connect().send(get());
  t.match((await b.message()).start, '200', 'one too many goes on');
  t.equal(p.value('http.h.fault.faults_overflow'), 1);
  a.close();
  await until(() => p.value('http.h.downstream_rq_active') === 0);
  const c = p.connect().send(get());
  await until(() => p.value('http.h.fault.delays_injected') === 2);
  t.equal(u.accepted.length, 1);
  for (const peer of [b, c]) peer.close();
});

t.test('a slow answer comes whole, and one whose client leaves is given up', async (t) => {
  const body = 'x'.repeat(40_000);
  const rate: HTTPFault = { responseRateLimit: { fixedLimit: { limitKbps: 1000 }, percentage: ALWAYS } };
  const { p } = await rig(t, rate, `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const c = p.connect();
  for (let i = 0; i < 2; i++) t.equal((await c.send(get()).message()).body, body);
  t.equal(p.value('http.h.fault.response_rl_injected'), 2);
  c.send(get());
  await until(() => c.text.length > 200);
  c.close();
  await until(() => p.value('http.h.downstream_rq_active') === 0);
  t.equal(p.store.scope('http.h.fault.').gauge('active_faults').value, 0);
});

t.test('no statistics by the name that a client gives itself (H123)', async (t) => {
  const { p } = await rig(t, { abort: { httpStatus: 500, percentage: ALWAYS } });
  const c = p.connect();
  t.match((await c.send(get('/', 'x-envoy-downstream-service-cluster: evil\r\n')).message()).start, '500');
  t.equal(p.value('http.h.fault.aborts_injected'), 1);
  let names = '';
  p.store.forEach({ counter: (x) => (names += x.name), gauge: () => {}, histogram: () => {} });
  t.notMatch(names, 'evil');
  c.close();
});

t.test('a limiter pauses whoever sends more than the mark, and lets it go on when half of it is gone', async (t) => {
  const seen: string[] = [];
  let bytes = 0;
  const limiter = new StreamRateLimiter(new SliceBucket(1000, 50, 1), 60_000, {
    write: (data, end) => {
      bytes += data.length;
      if (end) seen.push('end');
    },
    goOn: () => seen.push('trailers'),
    pause: (paused) => seen.push(paused ? 'pause' : 'resume'),
  });
  limiter.push(Buffer.alloc(70_000), false);
  t.strictSame(seen, ['pause']);
  await until(() => seen.length === 2);
  t.equal(seen[1], 'resume');
  t.ok(bytes >= 40_000 && bytes < 70_000, `${bytes}`);
  t.equal(limiter.onTrailers(), true);
  await until(() => seen.length === 3);
  t.strictSame([seen[2], bytes], ['trailers', 70_000]);
  limiter.push(Buffer.alloc(70_000), false);
  limiter.stop();
  t.strictSame(seen.slice(3), ['pause', 'resume'], 'a stream that ends lets go of its sender');
});
