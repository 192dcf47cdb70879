/** envoy.filters.http.health_check: what it keeps, and configs that are wrong. What it answers is compared with Envoy: conformance health-check-filter/*. */
import t from 'tap';
import type { HealthCheckHealthCheck as HealthCheck } from '../../../src/config/schema/types.ts';
import { answering, cluster, get, type ProxyConfig, ROUTER, TestProxy, Upstream, until } from '../proxy.ts';

type Teardown = { teardown(fn: () => unknown): void };

async function rig(t: Teardown, value: HealthCheck): Promise<{ p: TestProxy; asked: () => number }> {
  let asked = 0;
  const u = await Upstream.start(answering(() => `HTTP/1.1 ${500 + ++asked} X\r\ncontent-length: 0\r\n\r\n`));
  t.teardown(() => u.stop());
  const typeUrl = 'envoy.extensions.filters.http.health_check.v3.HealthCheck';
  const hcm = { httpFilters: [{ name: 'hc', typedConfig: { typeUrl, value } }, ROUTER] } as ProxyConfig['hcm'];
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] } as ProxyConfig);
  t.teardown(() => p.stop());
  return { p, asked: () => asked };
}

t.test('an answer is kept until the next period begins, then the upstream is asked again', async (t) => {
  const { p, asked } = await rig(t, { passThroughMode: true, cacheTime: 50 });
  const c = p.connect();
  const statuses = new Set<string>();
  await until(() => true);
  while (asked() < 3) statuses.add((await c.send(get()).message()).start.split(' ')[1]);
  t.ok(statuses.has('501') && statuses.has('502'));
  const total = p.value('http.h.downstream_rq_total');
  t.ok(total >= asked(), `${asked()} of ${total}`);
  t.equal(p.value('http.h.downstream_rq_5xx'), 0, 'checks are not counted as requests');
  c.close();
});

t.test('what cannot be is refused in Envoy’s words', async (t) => {
  await t.rejects(
    rig(t, { passThroughMode: false, cacheTime: 5 }),
    /cache_time_ms must not be set when path_through_mode is disabled/,
  );
});
