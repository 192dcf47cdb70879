import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { Route, RouteConfiguration } from '../../../src/config/schema/types.ts';
import { compileRoutes, pathOnly } from '../../../src/http/route/route-table.ts';

function request(authority: string, path: string, ...list: string[]): Headers {
  const h = new Headers();
  h.method = 'GET';
  h.authority = authority;
  h.path = path;
  h.list = list;
  return h;
}
const all = { match: { prefix: '/' } };

/** The name of the virtual host that is found; each has one route named like it. */
async function hostOf(domains: Record<string, string[]>, authority: string): Promise<string | undefined> {
  const virtualHosts = Object.entries(domains).map(([name, d]) => ({ name, domains: d, routes: [{ ...all, name }] }));
  return (await compileRoutes({ virtualHosts } as RouteConfiguration)).find(request(authority, '/'))?.name;
}

t.test('virtual host: exact, then longest suffix, then longest prefix, then *', async (t) => {
  const d = {
    exact: ['www.a.com', 'b.com:8080'],
    suffix: ['*.a.com'],
    longer: ['*.x.a.com', '*-y.a.com'],
    prefix: ['www.*'],
    longerPrefix: ['www.foo.*'],
    any: ['*'],
  };
  const rows: [string, string][] = [
    ['www.a.com', 'exact'],
    ['WWW.A.COM', 'exact'],
    ['b.com:8080', 'exact'],
    ['b.com', 'any'],
    ['q.a.com', 'suffix'],
    ['q.x.a.com', 'longer'],
    ['p-y.a.com', 'longer'],
    ['.a.com', 'any'],
    ['a.com', 'any'],
    ['www.b.com', 'prefix'],
    ['www.foo.com', 'longerPrefix'],
    ['www.', 'any'],
    ['www.x.a.com', 'longer'],
  ];
  for (const [authority, want] of rows) t.equal(await hostOf(d, authority), want, authority);
});

t.test('no virtual host, no route', async (t) => {
  t.equal(await hostOf({ a: ['a.com'] }, 'b.com'), undefined);
  const table = await compileRoutes({
    virtualHosts: [
      { name: 'v', domains: ['a'], routes: [all] },
      { name: 'w', domains: ['*'] },
    ],
  });
  t.equal(table.find(request('b', '/')), null, 'the host without routes was the one');
  t.equal((await compileRoutes({})).find(request('a', '/')), null);
});

async function first(routes: Route[], headers: Headers): Promise<string | undefined> {
  return (await compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes }] })).find(headers)?.name;
}

t.test('the first route that matches', async (t) => {
  const routes: Route[] = [
    { name: 'path', match: { path: '/a' } },
    { name: 'folded', match: { path: '/FOLD', caseSensitive: false } },
    { name: 'regex', match: { safeRegex: { regex: '/r/[0-9]+' } } },
    {
      name: 'header',
      match: {
        prefix: '/',
        headers: [
          { name: 'x', exactMatch: '1' },
          { name: 'y', presentMatch: true },
        ],
      },
    },
    { name: 'grpc', match: { prefix: '/g', grpc: {} } },
    { name: 'foldedPrefix', match: { prefix: '/Pre', caseSensitive: false } },
    { name: 'prefix', match: { prefix: '/a' } },
  ];
  const rows: [string, string | undefined, ...string[]][] = [
    ['/a', 'path'],
    ['/a?b#c', 'path'],
    ['/a#c', 'path'],
    ['/a/', 'prefix'],
    ['/ab', 'prefix'],
    ['/A', undefined],
    ['/fold', 'folded'],
    ['/FOLD?x', 'folded'],
    ['/r/12', 'regex'],
    ['/r/12?x=y', 'regex'],
    ['/r/12/', undefined],
    ['/x/r/12', undefined],
    ['/a/b', 'header', 'x', '1', 'y', ''],
    ['/a/b', 'prefix', 'x', '1'],
    ['/a/b', 'prefix', 'x', '2', 'y', ''],
    ['/g', 'grpc', 'content-type', 'application/grpc+proto'],
    ['/g', undefined, 'content-type', 'application/grpc-web'],
    ['/g', undefined],
    ['/prefix', 'foldedPrefix'],
    ['/', undefined],
  ];
  for (const [path, want, ...list] of rows)
    t.equal(await first(routes, request('h', path, ...list)), want, `${path} ${list}`);
});

t.test('what a route says beside its match, and its defaults', async (t) => {
  const find = async (route: Route['route']): Promise<unknown> =>
    (
      await compileRoutes({
        virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }],
      })
    ).find(request('h', '/'));
  t.match(await find({ cluster: 'c' }), {
    cluster: 'c',
    timeoutMs: 15_000,
    idleTimeoutMs: -1,
    priority: 0,
    clusterNotFoundStatus: 503,
  });
  t.match(
    await find({
      cluster: 'c',
      timeout: 0,
      idleTimeout: 0,
      priority: 'HIGH',
      clusterNotFoundResponseCode: 'NOT_FOUND',
    }),
    {
      timeoutMs: 0,
      idleTimeoutMs: 0,
      priority: 1,
      clusterNotFoundStatus: 404,
    },
  );
  t.match(await find({ cluster: 'c', clusterNotFoundResponseCode: 'INTERNAL_SERVER_ERROR' }), {
    clusterNotFoundStatus: 500,
  });
});

t.test('pathOnly', (t) => {
  for (const [path, want] of [
    ['/a', '/a'],
    ['/a?b', '/a'],
    ['/a#b', '/a'],
    ['/a#b?c', '/a'],
    ['/a?b#c', '/a'],
    ['', ''],
    ['?', ''],
  ])
    t.equal(pathOnly(path), want);
  t.end();
});
