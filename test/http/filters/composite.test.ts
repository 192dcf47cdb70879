/** composite and match_delegate: what goes wrong. What they choose is compared with Envoy: conformance composite/*. */
import t from 'tap';
import { get, until } from '../proxy.ts';
import { rig } from './rig.ts';

const EXECUTE = 'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction';
const REQUEST = 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput';
const STATUS = 'envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput';
const filter = (type: string, value: object): object => ({
  typedConfig: { name: 'x', typedConfig: { typeUrl: `envoy.extensions.filters.http.${type}`, value } },
});

function tree(action: object, typeUrl = EXECUTE, input = REQUEST): object {
  const value = { headerName: 'x-do' };
  return {
    matcherTree: {
      input: { name: 'i', typedConfig: { typeUrl: input, value } },
      exactMatchMap: { map: new Map([['1', { action: { name: 'a', typedConfig: { typeUrl, value: action } } }]]) },
    },
  };
}

t.test('filters of trees that cannot be are refused, of routes too, before anything is served', async (t) => {
  const type = 'composite.v3.Composite';
  const bad = filter('cdn_loop.v3.CdnLoopConfig', { cdnId: 'a b' });
  await t.rejects(rig(t, type, { matcher: tree(bad) }), /is not a valid CDN identifier/);
  const perRoute = (typeUrl: string, value: object): object => ({
    typedPerFilterConfig: new Map([['f', { typeUrl, value }]]),
  });
  const route = perRoute('envoy.extensions.filters.http.composite.v3.CompositePerRoute', { matcher: tree(bad) });
  await t.rejects(rig(t, type, {}, route), /is not a valid CDN identifier/);
  await t.rejects(rig(t, type, { matcher: tree({}) }), /must be set/);
  await t.rejects(rig(t, type, { matcher: tree({}, 'x.y.Z') }), /Didn't find a registered implementation for 'a'/);
  await t.rejects(rig(t, type, { matcher: tree(filter('router.v3.Router', {})) }), /x is a terminal filter/);
  await t.rejects(
    rig(t, type, { matcher: tree(filter('buffer.v3.Buffer', { maxRequestBytes: 9 }), EXECUTE, 'x.y.Input') }),
    /Didn't find a registered implementation for 'i' with type URL: 'x.y.Input'/,
  );
});

t.test('what a route of match_delegate may look at is less', async (t) => {
  const inner = {
    name: 'b',
    typedConfig: { typeUrl: 'envoy.extensions.filters.http.buffer.v3.Buffer', value: { maxRequestBytes: 9 } },
  };
  const typeUrl = 'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute';
  const skip = 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter';
  const route = { typedPerFilterConfig: new Map([['f', { typeUrl, value: { xdsMatcher: tree({}, skip, STATUS) } }]]) };
  await t.rejects(
    rig(t, 'envoy.extensions.common.matching.v3.ExtensionWithMatcher', { extensionConfig: inner }, route),
    /HttpResponseStatusCodeMatchInput not permitted according to allowlist/,
  );
});

t.test('a filter that was chosen and holds the request lets go of it when the client leaves', async (t) => {
  const buffer = filter('buffer.v3.Buffer', { maxRequestBytes: 1000 });
  const { p, seen } = await rig(t, 'composite.v3.Composite', { matcher: tree(buffer) });
  const c = p.connect();
  c.send('POST / HTTP/1.1\r\nhost: a\r\nx-do: 1\r\ncontent-length: 9\r\n\r\nabc');
  await until(() => p.value('http.h.downstream_rq_active') === 1);
  c.close();
  await until(() => p.value('http.h.downstream_rq_active') === 0);
  t.equal(seen(), '');
  t.equal(p.value('http.h.composite.filter_delegation_success'), 1);
  const d = p.connect();
  t.match((await d.send(get('/', 'x-do: 1\r\n')).message()).start, '200');
  t.match((await d.send(get()).message()).start, '200');
  d.close();
});
