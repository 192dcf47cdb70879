/** Scripts that name the cluster of a request: what they may not do. What they answer is compared with Envoy: conformance lua-cluster/*. */
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { RouteConfiguration } from '../../../src/config/schema/types.ts';
import { compileRoutes, type RouteTable } from '../../../src/http/route/route-table.ts';

const LUA = 'envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig';

const plugin = (inlineString: string, name = 'p') => ({
  extension: {
    name,
    typedConfig: { typeUrl: LUA, value: { sourceCode: { inlineString }, defaultCluster: 'otherwise' } },
  },
});
const table = (route: object, more: Partial<RouteConfiguration> = {}): Promise<RouteTable> =>
  compileRoutes({
    virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }],
    ...more,
  } as RouteConfiguration);
const inline = (code: string): Promise<RouteTable> => table({ inlineClusterSpecifierPlugin: plugin(code) });

function request(way = ''): Headers {
  const h = new Headers();
  h.method = 'GET';
  h.path = '/';
  h.authority = 'a';
  h.set('x-way', way);
  return h;
}
const named = (routes: RouteTable, h: Headers): string | undefined => routes.find(h)?.forward?.clusterName(h);

t.test('a script without an end names nothing, and the next request is not the worse for it', async (t) => {
  const routes = await inline(
    'function envoy_on_route(h) while h:headers():get("x-way") == "loop" do end return "chosen" end',
  );
  t.equal(named(routes, request('loop')), 'otherwise');
  t.equal(named(routes, request()), 'chosen');
});

t.test('nothing that a script was given is there once it is over', async (t) => {
  const routes = await inline(
    'function envoy_on_route(h) if kept then return kept:headers():get("x-way") end kept = h return "first" end',
  );
  t.equal(named(routes, request()), 'first');
  t.equal(named(routes, request('x')), 'otherwise');
});

t.test('it runs once a request, and once more where the route is looked for anew', async (t) => {
  const routes = await inline('n = 0 function envoy_on_route(h) n = n + 1 return "c" .. n end');
  const h = request();
  const forward = routes.find(h)?.forward;
  t.equal(forward?.clusterName(h), 'c1');
  t.equal(forward?.clusterName(h), 'c1');
  forward?.choose(h);
  t.equal(forward?.clusterName(h), 'c2');
  t.equal(named(routes, request()), 'c3');
});

t.test('what is wrong is refused at the start', async (t) => {
  await t.rejects(inline('function envoy_on_route(h'), /script load error/);
  await t.rejects(inline('x = 1'), /envoy_on_route\(\) function not found/);
  await t.rejects(
    table({ clusterSpecifierPlugin: 'nobody' }, { clusterSpecifierPlugins: [plugin('function envoy_on_route() end')] }),
    /Unknown cluster specifier plugin name: nobody/,
  );
  const twice = [plugin('function envoy_on_route() end'), plugin('function envoy_on_route() end')];
  await t.rejects(
    table({ cluster: 'c' }, { clusterSpecifierPlugins: twice }),
    /Duplicated cluster specifier plugin: p/,
  );
});

t.test('a route in a tree may have one', async (t) => {
  const route = {
    match: { prefix: '/' },
    route: { inlineClusterSpecifierPlugin: plugin('function envoy_on_route() return "of the tree" end') },
  };
  const action = { name: 'a', typedConfig: { typeUrl: 'envoy.config.route.v3.Route', value: route } };
  const routes = await compileRoutes({
    virtualHosts: [{ name: 'v', domains: ['*'], matcher: { onNoMatch: { action } } }],
  } as RouteConfiguration);
  t.equal(named(routes, request()), 'of the tree');
});
