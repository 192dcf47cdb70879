/** envoy.filters.http.admission_control: what is remembered, and shares. What counts as a success is compared with Envoy: conformance admission-control/*. */
import t from 'tap';
import { RequestHistory } from '../../../src/http/filters/request-history.ts';
import { answering, cluster, get, type ProxyConfig, ROUTER, TestProxy, Upstream } from '../proxy.ts';
import { rig } from './rig.ts';

t.test('requests are forgotten when they are older than the window, by the second', (t) => {
  const h = new RequestHistory(3000);
  h.record(true, 0);
  h.record(false, 500);
  h.record(true, 1000);
  h.record(false, 2500);
  t.match(h, { requests: 4, successes: 2 });
  t.equal(h.averageRps(2500), 2);
  h.purge(2999);
  t.equal(h.requests, 4);
  h.purge(3000);
  t.match(h, { requests: 2, successes: 1 }, 'both of the first second');
  h.record(true, 10_000);
  t.match(h, { requests: 1, successes: 1 });
  t.equal(h.averageRps(10_000), 1);
  h.purge(20_000);
  t.equal(h.averageRps(20_000), 0);
  for (let ms = 0; ms < 100_000; ms += 7) h.record(true, 30_000 + ms);
  t.ok((h as unknown as { rows: unknown[] }).rows.length <= 4, 'a row a second');
  t.end();
});

async function proxy(t: { teardown(fn: () => unknown): void }, value: object): Promise<TestProxy> {
  const u = await Upstream.start(
    answering((request) => `HTTP/1.1 ${request.includes('/bad') ? 500 : 200} X\r\ncontent-length: 0\r\n\r\n`),
  );
  const typeUrl = 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl';
  const hcm = { httpFilters: [{ name: 'f', typedConfig: { typeUrl, value } }, ROUTER] };
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] } as ProxyConfig);
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  return p;
}

/** How many of 600 that fail are turned away. */
async function rejected(t: { teardown(fn: () => unknown): void }, value: object): Promise<number> {
  const p = await proxy(t, { successCriteria: {}, ...value });
  const c = p.connect();
  for (let i = 0; i < 600; i++) await c.send(get('/bad')).message();
  c.close();
  return p.value('http.h.admission_control.rq_rejected');
}

t.test('no more than max_rejection_probability are turned away; rps_threshold lets all through', async (t) => {
  const half = await rejected(t, { maxRejectionProbability: { defaultValue: { value: 50 } } });
  t.ok(half > 180 && half < 420, `about half: ${half}`);
  t.equal(await rejected(t, { maxRejectionProbability: { defaultValue: { value: 0 } } }), 0);
  t.equal(await rejected(t, { rpsThreshold: { defaultValue: 1_000_000 } }), 0);
});

t.test("what cannot be is refused in Envoy's words", async (t) => {
  const type = 'admission_control.v3.AdmissionControl';
  const range = (start: number, end: number): object => ({
    successCriteria: { httpCriteria: { httpSuccessStatus: [{ start, end }] } },
  });
  await t.rejects(rig(t, type, range(300, 200)), /invalid HTTP range: \[300, 200\)/);
  await t.rejects(rig(t, type, range(99, 200)), /invalid HTTP range: \[99, 200\)/);
  await t.rejects(
    rig(t, type, { successCriteria: { grpcCriteria: { grpcSuccessStatus: [17] } } }),
    /invalid gRPC code 17/,
  );
  await t.rejects(
    rig(t, type, { successCriteria: {}, srThreshold: { defaultValue: { value: 0.5 } } }),
    /Success rate threshold cannot be less than 1.0%/,
  );
});
