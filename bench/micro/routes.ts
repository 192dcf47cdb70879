/** Finding a route in tables of 1, 100 and 10,000 routes, by what the routes match on. */
import { Headers } from '../../src/codec/headers.ts';
import type { RouteMatch } from '../../src/config/schema/types.ts';
import { compileRoutes, type RouteTable } from '../../src/http/route/route-table.ts';
import type { MicroCase, Suite } from './harness.ts';

const SIZES = [1, 100, 10_000];
/** Requests asked in turn, spread over the whole table. */
const REQUESTS = 64;

const KINDS: Record<string, (i: number) => RouteMatch> = {
  prefix: (i) => ({ prefix: `/pkg${i % 97}.Service${i}/` }),
  'exact path': (i) => ({ path: `/pkg${i % 97}.Service${i}/Do` }),
  'prefix, any case': (i) => ({ prefix: `/PKG${i % 97}.Service${i}/`, caseSensitive: false }),
  regex: (i) => ({ safeRegex: { regex: `/pkg${i % 97}\\.Service${i}/.*` } }),
  // Of these nothing is known but by trying them: Envoy's semantics make it linear.
  'regex, no prefix': (i) => ({ safeRegex: { regex: `[/]pkg${i % 97}\\.Service${i}/.*` } }),
};

function table(match: (i: number) => RouteMatch, size: number): Promise<RouteTable> {
  const routes = Array.from({ length: size }, (_, i) => ({ match: match(i), route: { cluster: 'c' } }));
  return compileRoutes({ virtualHosts: [{ name: 'v', domains: ['*'], routes }] });
}

async function oneCase(kind: string, size: number): Promise<MicroCase> {
  const routes = await table(KINDS[kind], size);
  const requests = Array.from({ length: REQUESTS }, (_, k) => {
    const i = Math.floor((k * size) / REQUESTS);
    const h = new Headers();
    h.method = 'POST';
    h.authority = 'svc.local';
    h.path = `/pkg${i % 97}.Service${i}/Do`;
    return h;
  });
  return {
    name: `${kind}, ${size.toLocaleString('en')} routes`,
    series: kind,
    size,
    perCall: REQUESTS,
    run: () => {
      for (const h of requests) if (routes.find(h) === null) throw new Error(`no route for ${h.path}`);
    },
  };
}

async function virtualHosts(size: number): Promise<MicroCase> {
  const hosts = Array.from({ length: size }, (_, i) => ({
    name: `v${i}`,
    domains: [`host${i}.example.com`, `*.sub${i}.example.com`],
    routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }],
  }));
  const routes = await compileRoutes({ virtualHosts: hosts });
  const requests = Array.from({ length: REQUESTS }, (_, k) => {
    const i = Math.floor((k * size) / REQUESTS);
    const h = new Headers();
    h.authority = k % 2 === 0 ? `host${i}.example.com` : `a.sub${i}.example.com`;
    h.path = '/';
    return h;
  });
  return {
    name: `virtual hosts, ${size.toLocaleString('en')}`,
    series: 'virtual hosts',
    size,
    perCall: REQUESTS,
    run: () => {
      for (const h of requests) if (routes.find(h) === null) throw new Error(`no route for ${h.authority}`);
    },
  };
}

export const suite: Suite = {
  name: 'routes',
  unit: 'request',
  bytes: true,
  growth: { prefix: 0.4, 'exact path': 0.4, 'prefix, any case': 0.4, 'virtual hosts': 0.4, regex: 0.4 },
  cases: async () => {
    const out: MicroCase[] = [];
    for (const kind of Object.keys(KINDS)) {
      for (const size of kind === 'regex, no prefix' ? [1, 100, 1000] : SIZES) out.push(await oneCase(kind, size));
    }
    for (const size of SIZES) out.push(await virtualHosts(size));
    return out;
  },
};
