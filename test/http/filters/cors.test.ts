/** envoy.filters.http.cors: numbers, levels, and configs that are wrong. What it answers is compared with Envoy: conformance cors/*. */
import t from 'tap';
import type { Any, CorsCorsPolicy, HttpConnectionManager } from '../../../src/config/schema/types.ts';
import { answering, cluster, header, OK, ROUTER, TestProxy, Upstream } from '../proxy.ts';

const TYPE = 'envoy.extensions.filters.http.cors.v3';
const CORS = { name: 'cors', typedConfig: { typeUrl: `${TYPE}.Cors`, value: {} } };

const says = (value: CorsCorsPolicy): ReadonlyMap<string, Any> =>
  new Map([['cors', { typeUrl: `${TYPE}.CorsPolicy`, value }]]) as ReadonlyMap<string, Any>;

async function rig(t: { teardown(fn: () => unknown): void }, host: object, route: object): Promise<TestProxy> {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const hcm: HttpConnectionManager = {
    httpFilters: [CORS, ROUTER],
    routeConfig: {
      virtualHosts: [
        { name: 'v', domains: ['*'], ...host, routes: [{ match: { prefix: '/' }, route: { cluster: 'u' }, ...route }] },
      ],
    },
  };
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] });
  t.teardown(() => p.stop());
  return p;
}

const get = (origin: string): string => `GET / HTTP/1.1\r\nhost: a\r\norigin: ${origin}\r\n\r\n`;

t.test(
  'origins that may and that may not are counted, and what a route leaves out its virtual host says',
  async (t) => {
    const host = says({ allowOriginStringMatch: [{ exact: 'https://h' }], exposeHeaders: 'x-h', maxAge: '5' });
    const route = says({ allowOriginStringMatch: [{ safeRegex: { regex: 'https://r[0-9]' } }] });
    const p = await rig(t, { typedPerFilterConfig: host }, { typedPerFilterConfig: route });
    const c = p.connect();
    const allowed = await c.send(get('https://r1')).message();
    t.equal(header(allowed, 'access-control-allow-origin'), 'https://r1');
    t.equal(header(allowed, 'access-control-expose-headers'), 'x-h');
    for (const origin of ['https://h', 'https://r12', 'https://r1.evil']) {
      t.equal(header(await c.send(get(origin)).message(), 'access-control-allow-origin'), undefined, origin);
    }
    t.equal(p.value('http.h.cors.origin_valid'), 1);
    t.equal(p.value('http.h.cors.origin_invalid'), 3);
    c.close();
  },
);

t.test('what cors of a virtual host says counts only where nobody says it in typed_per_filter_config', async (t) => {
  const old = { cors: { allowOriginStringMatch: [{ exact: 'https://old' }] } };
  const p = await rig(t, old, {});
  const c = p.connect();
  t.equal(header(await c.send(get('https://old')).message(), 'access-control-allow-origin'), 'https://old');
  c.close();
  const typed = says({ allowOriginStringMatch: [{ exact: 'https://new' }] });
  const q = await rig(t, old, { typedPerFilterConfig: typed });
  const d = q.connect();
  t.equal(header(await d.send(get('https://old')).message(), 'access-control-allow-origin'), undefined);
  t.equal(header(await d.send(get('https://new')).message(), 'access-control-allow-origin'), 'https://new');
  d.close();
});

t.test('a regex that RE2 refuses, and a filter that takes no such config, do not start', async (t) => {
  await t.rejects(
    rig(t, {}, { typedPerFilterConfig: says({ allowOriginStringMatch: [{ safeRegex: { regex: '(a' } }] }) }),
    /missing|parenthes/,
  );
  const routerSays = new Map([[ROUTER.name, { typeUrl: 'x', value: {} }]]);
  await t.rejects(
    rig(t, {}, { typedPerFilterConfig: routerSays }),
    /The filter envoy.filters.http.router doesn't support virtual host or route specific configurations/,
  );
});
