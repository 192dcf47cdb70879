import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { RouteMatch as RouteMatchMessage } from '../../../src/config/schema/types.ts';
import { loadRegexCompiler } from '../../../src/http/headers/regex.ts';
import type { Route } from '../../../src/http/route/route.ts';
import { MIN_INDEXED_ROUTES, RouteIndex } from '../../../src/http/route/route-index.ts';
import { pathEnd, RouteMatch } from '../../../src/http/route/route-match.ts';
import { compileRoutes } from '../../../src/http/route/route-table.ts';

const regex = await loadRegexCompiler();

/** An index looks at names and matches only. */
function entries(matches: RouteMatchMessage[]): Route[] {
  return matches.map((match, i) => ({ name: `r${i}`, match: new RouteMatch(match, regex) }) as Route);
}

function request(path: string, list: string[] = []): Headers {
  const h = new Headers();
  h.path = path;
  h.authority = 'a';
  h.method = 'GET';
  h.list = list;
  return h;
}

/** What Envoy does: the first in the list. */
function naive(routes: Route[], path: string, headers: Headers): Route | null {
  return routes.find((r) => r.match.matches(path, pathEnd(path), headers)) ?? null;
}

const found = (index: RouteIndex, path: string, list?: string[]): string | undefined =>
  index.find(path, pathEnd(path), request(path, list))?.name;

t.test('the first route in config order wins, whatever its kind', async (t) => {
  const index = new RouteIndex(
    entries([
      { path: '/a/b' },
      { prefix: '/a/b', headers: [{ name: 'x', exactMatch: '1' }] },
      { safeRegex: { regex: '/a/[bc]' } },
      { prefix: '/a' },
      { path: '/a/c' },
      { prefix: '/A/D', caseSensitive: false },
      { prefix: '/' },
    ]),
  );
  t.equal(found(index, '/a/b'), 'r0');
  t.equal(found(index, '/a/b/c', ['x', '1']), 'r1', 'header matchers decide');
  t.equal(found(index, '/a/b/c'), 'r3');
  t.equal(found(index, '/a/c'), 'r2', 'a regex before an exact path');
  t.equal(found(index, '/a/d'), 'r3', 'a longer prefix that comes later loses');
  t.equal(found(index, '/A/d/e'), 'r5', 'case-insensitive');
  t.equal(found(index, '/z'), 'r6');
  t.equal(found(index, ''), undefined);
  t.equal(found(index, '*'), undefined);
});

t.test('an empty prefix matches everything, an empty table nothing', async (t) => {
  t.equal(found(new RouteIndex(entries([{ path: '/x' }, { prefix: '' }])), ''), 'r1');
  t.equal(found(new RouteIndex([]), '/'), undefined);
});

t.test('more nested prefixes than are merged', async (t) => {
  const matches = Array.from({ length: 200 }, (_, i) => ({
    prefix: '/a'.repeat(200 - i),
    headers: [{ name: 'x', exactMatch: String(i) }],
  }));
  const index = new RouteIndex(entries([...matches, { prefix: '/' }]));
  t.equal(found(index, '/a'.repeat(200), ['x', '150']), 'r150');
  t.equal(found(index, '/a'.repeat(200)), 'r200');
});

/** Small, seeded generator (mulberry32): a failure can be repeated. */
function random(seed: number): (n: number) => number {
  let a = seed;
  return (n) => {
    a = (a + 0x6d2b79f5) | 0;
    let x = Math.imul(a ^ (a >>> 15), 1 | a);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
}

const REGEXES = ['/a.*b?', '/a/b.*', '.*/ab', '/(a|B)(/.*)?', '/ab?/.*', '/B\\/a', '', '/a|/b', '/ab+.*'];

t.test('the same route as the plain walk: random tables and requests', async (t) => {
  // Few letters and segments, so that texts nest, repeat and split each other.
  const letters = ['a', 'b', 'ab', 'B', 'é', 'İ', '😀', ''];
  for (let seed = 1; seed <= 60; seed++) {
    const pick = random(seed);
    const path = (): string => {
      let s = '';
      for (let i = pick(5); i > 0; i--) s += (pick(6) === 0 ? '' : '/') + letters[pick(letters.length)];
      return s;
    };
    const match = (): RouteMatchMessage => {
      const kind = pick(10);
      const m: { -readonly [K in keyof RouteMatchMessage]: RouteMatchMessage[K] } =
        kind === 0
          ? { safeRegex: { regex: REGEXES[pick(REGEXES.length)] } }
          : kind < 5
            ? { prefix: path() }
            : { path: path() };
      if (pick(4) === 0) m.caseSensitive = false;
      if (pick(3) === 0) m.headers = [{ name: 'x', exactMatch: String(pick(3)) }];
      if (pick(9) === 0) m.grpc = {};
      return m;
    };
    const routes = entries(Array.from({ length: pick(seed % 2 === 0 ? 12 : 300) }, match));
    const index = new RouteIndex(routes);
    for (let i = 0; i < 150; i++) {
      const p = path();
      const headers = request(p, [
        'x',
        String(pick(4)),
        ...(pick(2) === 0 ? ['content-type', 'application/grpc'] : []),
      ]);
      const want = naive(routes, p, headers);
      const got = index.find(p, pathEnd(p), headers);
      if (got !== want) {
        t.equal(got?.name, want?.name, `seed ${seed}, path ${JSON.stringify(p)}`);
        return;
      }
    }
  }
  t.pass('9,000 requests against 60 tables');
});

t.test('the route table gives the same answer with and without an index', async (t) => {
  for (const n of [MIN_INDEXED_ROUTES - 1, MIN_INDEXED_ROUTES + 50]) {
    const routes = Array.from({ length: n }, (_, i) => ({ name: `r${i}`, match: { prefix: `/service-${i}/` } }));
    const table = await compileRoutes({ virtualHosts: [{ domains: ['*'], routes }] });
    t.equal(table.find(request(`/service-${n - 1}/x?y=/service-0/`))?.name, `r${n - 1}`);
    t.equal(table.find(request('/other')), null);
  }
});
