/** envoy.filters.http.on_demand: nothing comes on demand, so nothing waits. Compared with Envoy: conformance on-demand/*. */
import t from 'tap';
import { answering, cluster, get, OK, ROUTER, TestProxy, Upstream } from '../proxy.ts';

const TYPE = 'envoy.extensions.filters.http.on_demand.v3.OnDemand';

t.test('a request goes on, with a route and without one', async (t) => {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const routeConfig = {
    virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/here' }, route: { cluster: 'u' } }] }],
  };
  const filter = { name: 'o', typedConfig: { typeUrl: TYPE, value: {} } };
  const p = await TestProxy.start({
    hcm: { httpFilters: [filter, ROUTER], routeConfig } as never,
    clusters: [cluster('u', [u.port])],
  });
  t.teardown(() => p.stop());
  const c = p.connect();
  t.match((await c.send(get('/here')).message()).start, /200/);
  t.match((await c.send(get('/there')).message()).start, /404/);
  c.close();
});
