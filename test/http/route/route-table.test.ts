import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { Route as RouteConfig } from '../../../src/config/schema/types.ts';
import { Forward } from '../../../src/http/route/forward.ts';
import { NO_CONTEXT } from '../../../src/http/route/route-context.ts';
import { pathEnd } from '../../../src/http/route/route-match.ts';
import { compileRoutes } from '../../../src/http/route/route-table.ts';
import { ClusterRefs } from '../../../src/upstream/cluster-ref.ts';

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
  return (await compileRoutes({ virtualHosts })).find(request(authority, '/'))?.name;
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

async function first(routes: RouteConfig[], headers: Headers): Promise<string | undefined> {
  return (await compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes }] })).find(headers)?.name;
}

t.test('the first route that matches', async (t) => {
  const routes: RouteConfig[] = [
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
  const find = async (route: RouteConfig['route']): Promise<unknown> => {
    const found = (
      await compileRoutes({
        virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }],
      })
    ).find(request('h', '/'));
    t.ok(found?.action instanceof Forward);
    return found?.forward;
  };
  t.match(await find({ cluster: 'c' }), {
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

t.test('where a path ends', (t) => {
  for (const [path, want] of [
    ['/a', '/a'],
    ['/a?b', '/a'],
    ['/a#b', '/a'],
    ['/a#b?c', '/a'],
    ['/a?b#c', '/a'],
    ['', ''],
    ['?', ''],
  ]) {
    t.equal(path.slice(0, pathEnd(path)), want);
    const long = `/${'x'.repeat(60)}`;
    t.equal((long + path).slice(0, pathEnd(long + path)), long + want);
  }
  t.end();
});

t.test('the cluster: of the route, or named by a header of the request', async (t) => {
  const clusters = new ClusterRefs();
  const c = { info: { name: 'c' } } as never;
  clusters.set('c', c);
  const forward = async (route: RouteConfig['route']): Promise<Forward> => {
    const virtualHosts = [{ domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }];
    const table = await compileRoutes({ virtualHosts }, { ...NO_CONTEXT, clusters });
    return table.find(request('h', '/'))?.forward as Forward;
  };
  const fixed = await forward({ cluster: 'c' });
  t.equal(fixed.cluster(request('h', '/')), c);
  t.equal(fixed.clusterName(request('h', '/')), 'c');
  const named = await forward({ clusterHeader: 'X-Cluster' });
  t.equal(named.cluster(request('h', '/', 'x-cluster', 'c')), c);
  t.equal(named.cluster(request('h', '/')), null);
  t.equal(named.clusterName(request('h', '/', 'x-cluster', 'd')), 'd');
  clusters.clear('c');
  t.equal(fixed.cluster(request('h', '/')), null, 'a cluster that goes is gone for the routes');
});

t.test('what routes say to filters: by place, the most specific level, or what the filter makes of all', async (t) => {
  type Said = { said: string };
  const create = (): never => {
    throw new Error('no stream here');
  };
  const filters = [
    { name: 'plain', factory: { terminal: false, create } },
    { name: 'specific', factory: { terminal: false, create, createRoute: ({ said }: Said) => `<${said}>` } },
    {
      name: 'merging',
      factory: {
        terminal: false,
        create,
        createRoute: ({ said }: Said) => said,
        mergeRoute: (levels: readonly unknown[]) => levels.join('+'),
      },
    },
  ];
  const ctx = { ...NO_CONTEXT, filters };
  const compile = (route: Map<string, never>, host: Map<string, never>, table: Map<string, never>) =>
    compileRoutes(
      {
        typedPerFilterConfig: table,
        virtualHosts: [
          {
            domains: ['*'],
            typedPerFilterConfig: host,
            routes: [
              { match: { path: '/a' }, route: { cluster: 'c' }, typedPerFilterConfig: route },
              { match: { prefix: '/' }, route: { cluster: 'c' } },
            ],
          },
        ],
      },
      ctx,
    );
  const said = (...entries: [string, string][]): Map<string, never> =>
    new Map(entries.map(([name, said]) => [name, { typeUrl: 'x', value: { said } } as never]));
  const table = await compile(
    said(['specific', 'route'], ['merging', 'r']),
    said(['specific', 'host'], ['merging', 'h']),
    said(['merging', 't']),
  );
  t.same(table.find(request('h', '/a'))?.filterConfigs, [null, '<route>', 'r+h+t']);
  t.same(table.find(request('h', '/b'))?.filterConfigs, [null, '<host>', 'h+t']);
  t.same((await compile(said(), said(), said())).find(request('h', '/a'))?.filterConfigs, []);
  await t.rejects(compile(said(['plain', 'p']), said(), said()), {
    message: "The filter plain doesn't support virtual host or route specific configurations",
  });
});
