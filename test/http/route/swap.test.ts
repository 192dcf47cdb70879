import * as http2 from 'node:http2';
import t from 'tap';
import type { RouteConfiguration } from '../../../src/config/schema/types.ts';
import type { FactoryContext } from '../../../src/extension/context.ts';
import { EXTENSIONS, type Extension } from '../../../src/extensions.ts';
import { formatBuild } from '../../../src/format/format-build.ts';
import { ConnectionManager, compile } from '../../../src/http/connection/connection-manager.ts';
import type { HttpFactoryContext } from '../../../src/http/factory-context.ts';
import { NO_CONTEXT, type RouteContext } from '../../../src/http/route/route-context.ts';
import { compileRoutes, type RouteTable } from '../../../src/http/route/route-table.ts';
import { create as router } from '../../../src/http/router/filter.ts';
import { HttpStats } from '../../../src/http/stats.ts';
import {
  type AnyFilter,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  StreamFilter,
} from '../../../src/http/stream/filter.ts';
import { HttpFilterChain } from '../../../src/http/stream/filter-chain.ts';
import { answering, cluster, get, TestProxy, Upstream, until } from '../proxy.ts';

/** A source whose table is put in place of the one before. */
const source: { current: RouteTable | null } = { current: null };
let context: RouteContext | null = null;
let first: HttpFilterFactory | null = null;

const manager = {
  create: async (_message: unknown, ctx: FactoryContext) => {
    const stats = new HttpStats(ctx.store, 'h', ctx.listenerScopePrefix);
    const format = formatBuild(ctx, () => undefined);
    const http: HttpFactoryContext = { ...ctx, httpStats: stats, format, requestLimits: { count: 100, bytes: 61440 } };
    const filters = [...(first === null ? [] : [first]), await router({}, http)];
    context = { ...NO_CONTEXT, clusters: ctx.clusters };
    const chains = { chain: new HttpFilterChain(filters, 0), upgrades: new Map(), named: [] };
    const cfg = await compile({ statPrefix: 'h' }, ctx, stats, chains);
    return new ConnectionManager({ ...cfg, routes: source }, ctx);
  },
};
(EXTENSIONS as Extension[]).push({
  typeUrl: 'test.SwappingManager',
  kind: 'network filter',
  names: [],
  load: async () => manager,
});

const listener = {
  filterChains: [{ filters: [{ name: 'm', typedConfig: { typeUrl: 'test.SwappingManager', value: {} } }] }],
};
const to = (name: string): RouteConfiguration => ({
  name,
  virtualHosts: [{ name, domains: ['*'], routes: [{ name, match: { prefix: '/' }, route: { cluster: name } }] }],
});

async function rig(t: { teardown(fn: () => unknown): void }): Promise<{ p: TestProxy; tables: RouteTable[] }> {
  const ups = await Promise.all(
    ['a', 'b'].map((body) => Upstream.start(answering(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${body}`))),
  );
  const clusters = ups.map((u, i) => cluster(['a', 'b'][i], [u.port]));
  source.current = null;
  const p = await TestProxy.start({ clusters, listener });
  t.teardown(() => {
    p.stop();
    for (const u of ups) u.stop();
  });
  const tables = await Promise.all(['a', 'b'].map((name) => compileRoutes(to(name), context as RouteContext)));
  return { p, tables };
}

t.test('tables swapped 1,000 times under HTTP/1.1 and HTTP/2 requests: none fails', async (t) => {
  const { p, tables } = await rig(t);
  source.current = tables[0];
  let running = true;
  const bodies = new Map<string, number>();
  const count = (body: string): void => {
    bodies.set(body, (bodies.get(body) ?? 0) + 1);
  };
  const http1 = async (): Promise<void> => {
    const c = p.connect();
    while (running) count((await c.send(get()).message()).body);
    c.close();
  };
  const client = http2.connect(`http://127.0.0.1:${p.port}`);
  t.teardown(() => client.destroy());
  const multiplexed = async (): Promise<void> => {
    while (running) {
      await new Promise<void>((resolve, reject) => {
        const s = client.request({ ':path': '/' });
        let body = '';
        s.setEncoding('utf8');
        s.on('data', (d) => {
          body += d;
        });
        s.on('end', () => {
          count(body);
          resolve();
        });
        s.on('error', reject);
        s.end();
      });
    }
  };
  const load = [http1(), http1(), http1(), http1(), multiplexed(), multiplexed(), multiplexed(), multiplexed()];
  for (let i = 0; i < 1000; i++) {
    // Every other one is made anew, as an update would be.
    source.current = i % 4 === 3 ? await compileRoutes(to('b'), context as RouteContext) : tables[i & 1];
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => (bodies.get('a') ?? 0) > 20 && (bodies.get('b') ?? 0) > 20);
  running = false;
  await Promise.all(load);
  t.same([...bodies.keys()].sort(), ['a', 'b'], 'nothing but the answers of the two hosts');
  t.equal(p.value('http.h.no_route') + p.value('http.h.no_cluster'), 0);
  t.equal(p.value('http.h.downstream_rq_5xx') + p.value('http.h.downstream_rq_4xx'), 0);
});

t.test('a request keeps the table that it began with; without a table there is no route', async (t) => {
  const held: Holding[] = [];
  class Holding extends StreamFilter {
    override decodeHeaders(): HeadersStatus {
      held.push(this);
      return STOP;
    }
  }
  first = { terminal: false, create: (): AnyFilter => new Holding() };
  t.teardown(() => {
    first = null;
  });
  const { p, tables } = await rig(t);
  source.current = tables[0];
  const c = p.connect().send(get());
  await until(() => held.length === 1);
  t.equal(held[0].stream.info.route?.virtualHost.name, 'a');
  source.current = tables[1];
  held[0].stream.clearRoute();
  t.equal(held[0].stream.route()?.name, 'a', 'it looks again, in the same table');
  held[0].stream.continueDecoding(held[0]);
  t.equal((await c.message()).body, 'a');
  c.send(get());
  await until(() => held.length === 2);
  held[1].stream.continueDecoding(held[1]);
  t.equal((await c.message()).body, 'b', 'the next one has the new table');
  source.current = null;
  c.send(get());
  await until(() => held.length === 3);
  held[2].stream.continueDecoding(held[2]);
  t.match((await c.message()).start, /404/);
  c.close();
});
