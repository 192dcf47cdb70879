// FilterConfig around typed_per_filter_config, and HttpFilter.disabled: which filters a request runs through (test/conformance/cases/filter-switch beside Envoy).
import t from 'tap';
import { NO_REGEXES } from '../../../src/http/headers/regex.ts';
import { mergeFilterConfigs } from '../../../src/http/route/filter-configs.ts';
import type { HttpFilterFactory } from '../../../src/http/stream/filter.ts';
import { HttpFilterChain } from '../../../src/http/stream/filter-chain.ts';
import { ROUTER, TestProxy } from '../proxy.ts';

const WRAPPER = 'envoy.config.route.v3.FilterConfig';
const CORS = 'envoy.extensions.filters.http.cors.v3';

const merge = (filter: object, ...levels: unknown[]) =>
  mergeFilterConfigs(
    levels.map((value) =>
      value === undefined
        ? {}
        : { typedPerFilterConfig: new Map([['f', value as { typeUrl: string; value: object }]]) },
    ),
    [{ name: 'f', factory: filter, typeUrl: `${CORS}.Cors` }],
    NO_REGEXES.test,
  );
const wrapped = (value: object) => ({ typeUrl: WRAPPER, value });
const own = { typeUrl: `${CORS}.CorsPolicy`, value: { own: true } };
const takes = { createRoute: (config: unknown) => config };

t.test('the most specific level that says something decides whether a filter runs', async (t) => {
  const off = wrapped({ disabled: true });
  t.same(merge(takes, own, off).filterSwitches, [false], 'whoever says something wants it');
  t.same(merge(takes, undefined, off).filterSwitches, [true]);
  t.same(merge(takes, wrapped({ config: { typeUrl: '', value: {} } }), off).filterSwitches, [false]);
  t.equal(merge(takes).filterSwitches, null);
});

t.test('a level that only switches says nothing else: the next one counts', async (t) => {
  t.same(merge(takes, wrapped({ disabled: true, config: own }), own).filterConfigs, [own.value]);
  t.same(merge(takes, wrapped({ config: { typeUrl: '', value: {} } }), own).filterConfigs, [own.value]);
  t.same(merge(takes, wrapped({ config: own })).filterConfigs, [own.value]);
  t.same(merge(takes, wrapped({ disabled: true })).filterConfigs, []);
});

t.test('what Envoy refuses', async (t) => {
  t.throws(() => merge(takes, wrapped({})), {
    message: 'Empty route/virtual host per filter configuration for f filter',
  });
  t.throws(() => merge(takes, wrapped({ config: wrapped({ disabled: true }) })), {
    message: `Didn't find a registered implementation for 'f' with type URL: '${WRAPPER}'`,
  });
  t.throws(() => merge({}, wrapped({ config: own })), { message: /doesn't support virtual host or route specific/ });
  t.same(merge({}, wrapped({ config: own, isOptional: true })), { filterConfigs: [], filterSwitches: [false] });
});

t.test("what is for filters of another kind is nobody's", async (t) => {
  const other = { name: 'f', factory: {}, typeUrl: 'envoy.extensions.filters.http.router.v3.Router' };
  const { filterConfigs } = mergeFilterConfigs(
    [{ typedPerFilterConfig: new Map([['f', own]]) }],
    [other],
    NO_REGEXES.test,
  );
  t.same(filterConfigs, []);
});

t.test('a chain gives each set of switches one chain, and its filters keep their places', async (t) => {
  const factory = (): HttpFilterFactory => ({
    terminal: false,
    create: () => {
      throw new Error('not here');
    },
  });
  const [a, b, c] = [factory(), factory(), factory()];
  const chain = new HttpFilterChain([a, b, c], 4, [false, true, false]);
  t.same(chain.usual.factories, [a, c]);
  t.same([chain.usual.placeOf(0), chain.usual.placeOf(1)], [4, 6]);
  const switches = [undefined, undefined, undefined, undefined, true, false];
  const other = [undefined, undefined, undefined, undefined, undefined, false];
  const variant = chain.forRoute(switches);
  t.same(variant.factories, [b, c]);
  t.equal(chain.forRoute(other), chain, 'nothing left out');
  t.equal(chain.forRoute(switches), variant);
  t.equal(variant.whole, chain);
  t.same([variant.placeOf(0), variant.placeOf(1)], [5, 6]);
  t.equal(new HttpFilterChain([a], 0).usual.factories.length, 1);
});

t.test('the terminal filter cannot be off by default', async (t) => {
  await t.rejects(TestProxy.start({ hcm: { httpFilters: [{ ...ROUTER, disabled: true }] } }), {
    message: /the last \(terminal\) filter \(envoy.filters.http.router\) in the chain cannot be disabled by default/,
  });
});
