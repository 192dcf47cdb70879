// VirtualHost.matcher: what of it is refused (what it finds is compared with Envoy in test/conformance/cases/route-tree).
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { Route, XdsMatcher } from '../../../src/config/schema/types.ts';
import { compileRoutes } from '../../../src/http/route/route-table.ts';

const typed = (typeUrl: string, value: object) => ({ name: 'x', typedConfig: { typeUrl, value } });
const way = typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { headerName: 'X-Way' });
const route = (status: number): Route => ({ match: { prefix: '/' }, directResponse: { status } });
const action = { action: typed('envoy.config.route.v3.Route', route(201)) };
const map = (key: string, row: object) => new Map([[key, row]]);

const compile = (matcher: XdsMatcher, routes: Route[] = []) =>
  compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes, matcher }] });

t.test('what Envoy refuses of a tree', async (t) => {
  const rows: [XdsMatcher, RegExp][] = [
    [
      {
        matcherTree: {
          input: typed('envoy.type.matcher.v3.HttpRequestQueryParamMatchInput', {}),
          exactMatchMap: { map: map('a', action) },
        },
      },
      /Route table can only match on request headers, saw type.googleapis.com\/envoy.type.matcher.v3.HttpRequestQueryParamMatchInput/,
    ],
    [
      { onNoMatch: { action: typed('some.Thing', {}) } },
      /Didn't find a registered implementation for 'x' with type URL: 'some.Thing'/,
    ],
    [{ onNoMatch: { ...action, keepMatching: true } }, /keep_matching is not supported in this context/],
    [
      { matcherTree: { input: way, customMatch: typed('some.Thing', {}) } },
      /Didn't find a registered implementation for 'x' with type URL: 'some.Thing'/,
    ],
    [
      {
        matcherList: {
          matchers: [
            { predicate: { singlePredicate: { input: way, customMatch: typed('some.Thing', {}) } }, onMatch: action },
          ],
        },
      },
      /Didn't find a registered implementation for 'x'/,
    ],
  ];
  for (const [matcher, message] of rows) await t.rejects(compile(matcher), { message });
  await t.rejects(compile({}, [route(200)]), { message: 'cannot set both matcher and routes on virtual host' });
});

t.test('a regex and a command of a route in a map are announced to the compiler', async (t) => {
  const answers: Route = {
    match: { safeRegex: { regex: '/[a-c]+' } },
    directResponse: { status: 200 },
    responseHeadersToAdd: [{ header: { key: 'x', value: '%RESPONSE_CODE%' } }],
  };
  const row = { action: typed('envoy.config.route.v3.Route', answers) };
  const table = await compile({ matcherTree: { input: way, exactMatchMap: { map: map('a', row) } } });
  const h = new Headers();
  h.method = 'GET';
  h.authority = 'a';
  h.list = ['x-way', 'a'];
  h.path = '/abc';
  t.ok(table.find(h));
  h.path = '/abd';
  t.equal(table.find(h), null);
});
