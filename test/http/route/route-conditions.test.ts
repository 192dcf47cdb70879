/** What a route asks beside path and headers, and shares of weighted clusters; the same beside Envoy: conformance route-match/*, route-more/weighted. */
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { Route as RouteConfig, ValueMatcher } from '../../../src/config/schema/types.ts';
import { loadRegexes } from '../../../src/http/headers/regex.ts';
import { compileRewrite } from '../../../src/http/route/regex-rewrite.ts';
import type { RequestContext } from '../../../src/http/route/request-context.ts';
import type { Route } from '../../../src/http/route/route.ts';
import { RouteMatch } from '../../../src/http/route/route-match.ts';
import { compileRoutes } from '../../../src/http/route/route-table.ts';
import { metadataTest } from '../../../src/http/route/value-matcher.ts';
import { StreamInfo } from '../../../src/http/stream/stream-info.ts';

const regexes = await loadRegexes();

function request(path: string, ...list: string[]): Headers {
  const h = new Headers();
  h.method = 'GET';
  h.authority = 'a';
  h.path = path;
  h.list = list;
  return h;
}
const said = (values: Record<string, unknown>): RequestContext => ({
  connection: null,
  dynamicMetadata: (namespace) => (namespace === 'f' ? values : undefined),
  filterState: (name) => (name === 'f' ? values['state'] : undefined),
});

t.test('dynamic metadata: each kind of value, at a path, inverted', async (t) => {
  const rows: [ValueMatcher, unknown, boolean][] = [
    [{ stringMatch: { prefix: 'a' } }, 'abc', true],
    [{ stringMatch: { prefix: 'a' } }, 1, false],
    [{ stringMatch: { exact: 'é' } }, 'é', true],
    [{ nullMatch: {} }, null, true],
    [{ nullMatch: {} }, undefined, false],
    [{ doubleMatch: { exact: 3 } }, 3, true],
    [{ doubleMatch: { range: { start: 1, end: 3 } } }, 3, false],
    [{ doubleMatch: { range: { start: 1, end: 3 } } }, 1, true],
    [{ boolMatch: false }, false, true],
    [{ boolMatch: false }, undefined, false],
    [{ presentMatch: true }, 'x', true],
    [{ presentMatch: false }, undefined, true],
    [{ listMatch: { oneOf: { stringMatch: { exact: 'b' } } } }, ['a', 'b'], true],
    [{ listMatch: { oneOf: { stringMatch: { exact: 'b' } } } }, 'b', false],
    [{ orMatch: { valueMatchers: [{ boolMatch: true }, { doubleMatch: { exact: 1 } }] } }, 1, true],
  ];
  for (const [value, actual, want] of rows) {
    const test = metadataTest({ filter: 'f', path: [{ key: 'k' }, { key: 'l' }], value }, regexes.test);
    t.equal(test(said({ k: { l: actual } })), want, `${JSON.stringify(value)} ${actual}`);
    const inverted = metadataTest(
      { filter: 'f', path: [{ key: 'k' }, { key: 'l' }], value, invert: true },
      regexes.test,
    );
    t.equal(inverted(said({ k: { l: actual } })), !want);
  }
  const routes: RouteConfig[] = [
    {
      name: 'said',
      match: {
        prefix: '/',
        dynamicMetadata: [{ filter: 'f', path: [{ key: 'k' }], value: { stringMatch: { exact: 'v' } } }],
      },
    },
    { name: 'not', match: { prefix: '/' } },
  ];
  const table = await compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes }] });
  t.equal(table.find(request('/'), said({ k: 'v' }))?.name, 'said');
  t.equal(table.find(request('/'), said({ toString: 'v' }))?.name, 'not');
  t.equal(table.find(request('/'))?.name, 'not');
});

t.test('weighted clusters: the header that brings the random number decides, otherwise chance', async (t) => {
  const routes: RouteConfig[] = [
    {
      match: { prefix: '/' },
      route: {
        weightedClusters: {
          clusters: [
            { name: 'a', weight: 1 },
            { name: 'none', weight: 0 },
            { name: 'b', weight: 3 },
          ],
          headerName: 'X-Random',
        },
      },
    },
  ];
  const table = await compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes }] });
  const name = (...list: string[]): string => {
    const h = request('/', ...list);
    return (table.find(h) as Route).forward?.clusterName(h) ?? '';
  };
  const picked = ['0', '1', '2', '3', '4', '18446744073709551615'].map((n) => name('x-random', n));
  t.same(picked, ['a', 'b', 'b', 'b', 'a', 'b']);
  const twice = new Set(Array.from({ length: 100 }, () => name('x-random', '0', 'x-random', '0')));
  t.equal(twice.size, 2, 'a header that is there twice says nothing');
  const counts: Record<string, number> = {};
  for (let i = 0; i < 4000; i++) counts[name('x-random', 'x')] = (counts[name()] ?? 0) + 1;
  t.same(Object.keys(counts).sort(), ['a', 'b']);
  const none = { weightedClusters: { clusters: [{ name: 'a', weight: 0 }] } };
  await t.rejects(
    compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: none }] }] }),
    { message: 'Sum of weights in the weighted_cluster must be greater than 0.' },
  );
});

t.test('regex rewrites: all matches, groups, and what RE2 refuses', async (t) => {
  const rows: [string, string, string, string][] = [
    ['a', 'b', 'banana', 'bbnbnb'],
    ['^/x/(.*)$', '/y/\\1', '/x/z', '/y/z'],
    ['(a)(b)?', '[\\2\\1\\0]', 'aab', '[aa][baab]'],
    ['a*', '-', 'baac', '-b-c-'],
    ['b', '\\\\', 'abc', 'a\\c'],
  ];
  for (const [regex, substitution, text, want] of rows) {
    t.equal(compileRewrite({ pattern: { regex }, substitution }, regexes)(text), want, `${regex} ${text}`);
  }
  const bad = (substitution: string): unknown => compileRewrite({ pattern: { regex: 'a' }, substitution }, regexes);
  t.throws(() => bad('\\1'), /max capturing group 1/);
  t.throws(() => bad('\\x'), /must be followed/);
});

t.test('a share of the requests', async (t) => {
  const routes: RouteConfig[] = [
    { name: 'half', match: { prefix: '/', runtimeFraction: { defaultValue: { numerator: 50 } } } },
    { name: 'rest', match: { prefix: '/' } },
  ];
  const table = await compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes }] });
  const seen = new Set(Array.from({ length: 200 }, () => table.find(request('/'))?.name));
  t.same([...seen].sort(), ['half', 'rest']);
});

t.test('hosts: a literal with a blank is refused, one that a request brings is not taken', async (t) => {
  const table = (route: RouteConfig['route']): ReturnType<typeof compileRoutes> =>
    compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }] });
  await t.rejects(table({ hostRewriteLiteral: 'a b' }), /blank/);
  const rows: [RouteConfig['route'], string, string][] = [
    [{ hostRewriteHeader: 'x-host' }, 'b', 'b'],
    [{ hostRewriteHeader: 'x-host' }, 'b c', 'a'],
    [{ hostRewriteHeader: 'x-host' }, '', 'a'],
    [{ hostRewritePathRegex: { pattern: { regex: '^/(.*)$' }, substitution: '\\1 \\1' } }, '', 'a'],
    [{ hostRewritePathRegex: { pattern: { regex: '^/(.*)$' }, substitution: '\\1.c' } }, '', 'x.c'],
  ];
  for (const [route, value, want] of rows) {
    const h = request('/x?y', 'x-host', value);
    (await table(route)).find(h)?.forward?.rewrite(h, false, new StreamInfo('HTTP/1.1', 0, null));
    t.equal(h.authority, want, JSON.stringify(route));
  }
});

t.test('a regex is not refused for its size', async (t) => {
  const routes: RouteConfig[] = [
    { match: { safeRegex: { googleRe2: { maxProgramSize: 5 }, regex: '/(a|b|c|d){1,900}' } } },
  ];
  const table = await compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes }] });
  t.ok(table.find(request('/abcd')));
});

t.test('filter state: a text that is there', async (t) => {
  const match = (key: string, state: unknown): boolean => {
    const m = new RouteMatch({ prefix: '/', filterState: [{ key, stringMatch: { prefix: 'é' } }] });
    return m.matches('/', 1, request('/'), said({ state }));
  };
  t.equal(match('f', 'éa'), true);
  t.equal(match('f', 'a'), false);
  t.equal(match('f', { a: 1 }), false);
  t.equal(match('f', undefined), false);
  t.equal(match('g', 'é'), false);
});
