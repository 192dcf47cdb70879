// What the control plane tells event loops about listeners and routes: all of them or none, in order, and once more to one that begins late.
import * as net from 'node:net';
import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import { loadBootstrap } from '../../src/config/load.ts';
import type { Listener as ListenerMessage, RouteConfiguration } from '../../src/config/schema/types.ts';
import { LEVELS, setAllLevels } from '../../src/log/logger.ts';
import { ControlPlane } from '../../src/server/control-plane.ts';
import { Server } from '../../src/server/server.ts';
import type { MainDataPlane, Update } from '../../src/server/update.ts';
import type { Workers } from '../../src/server/workers.ts';
import { answering, cluster, get, header, OK, Peer, ROUTER, Upstream, until } from '../http/proxy.ts';

setAllLevels(LEVELS.indexOf('off'));

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

const table = (name: string, version: string): RouteConfiguration => ({
  name,
  responseHeadersToAdd: [{ header: { key: 'x-table', value: version } }],
  virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u' } }] }],
});
const broken = (name: string): RouteConfiguration => ({
  name,
  virtualHosts: [
    { name: 'v', domains: ['*'], routes: [{ match: { safeRegex: { regex: '(' } }, route: { cluster: 'u' } }] },
  ],
});

/** `managers`: versions of route configurations, one for each filter chain, by the client's address 127.0.0.<place>. */
function listener(name: string, routes: string, managers: string[], port = 0): ListenerMessage {
  return {
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
    filterChains: managers.map((version, i) => ({
      filterChainMatch:
        managers.length > 1 ? { sourcePrefixRanges: [{ addressPrefix: `127.0.0.${i + 1}`, prefixLen: 32 }] } : {},
      filters: [
        {
          name: 'hcm',
          typedConfig: {
            typeUrl: HCM,
            value: { statPrefix: name, httpFilters: [ROUTER], routeConfig: table(routes, version) },
          },
        },
      ],
    })),
  };
}
const put = (message: ListenerMessage): Update => ({ kind: 'listener', update: { kind: 'put', message } });
const remove = (name: string): Update => ({ kind: 'listener', update: { kind: 'remove', name } });

async function start(
  t: { teardown(fn: () => unknown): void },
  concurrency: number,
  listeners: ListenerMessage[],
): Promise<Server> {
  const u = await Upstream.start(answering(OK));
  const options = parseOptions('envoylet', ['--concurrency', `${concurrency}`, '-l', 'off']);
  const loaded = await loadBootstrap({ path: '', yaml: '{}', allowUnknownFields: false, allowUnsupported: false });
  const staticResources = { listeners, clusters: [cluster('u', [u.port])] };
  const server = new Server(options, { ...loaded, bootstrap: { ...loaded.bootstrap, staticResources } });
  await server.start();
  t.teardown(async () => {
    await server.shutdown();
    u.stop();
  });
  return server;
}
const port = (server: Server, name: string): number =>
  server.engine.listeners.find((l) => l.name === name)!.boundAddress.port;

/** Version of the route table that answers, or the error of the connection. */
async function ask(port: number, localAddress = '127.0.0.1'): Promise<string> {
  const p = new Peer(net.connect({ port, host: '127.0.0.1', localAddress }));
  const m = await p.send(get()).message();
  p.close();
  return header(m, 'x-table') ?? p.error;
}
/** What so many new connections find, wherever the kernel puts them. */
async function all(port: number): Promise<string[]> {
  const found = new Set<string>();
  for (let i = 0; i < 24; i++) found.add(await ask(port));
  return [...found].sort();
}

t.test('what cannot be built or bound changes nothing, here or elsewhere', async (t) => {
  const server = await start(t, 1, [listener('a', 'r', ['1', '1']), listener('b', 'other', ['1'])]);
  const { control } = server;
  const a = port(server, 'a');
  await control.apply({ kind: 'routes', config: table('r', '2') });
  t.equal(await ask(a, '127.0.0.1'), '2');
  t.equal(await ask(a, '127.0.0.2'), '2', 'every connection manager that has a configuration of this name');
  t.equal(await ask(port(server, 'b')), '1', 'and no other');
  await t.rejects(control.apply({ kind: 'routes', config: broken('r') }));
  t.equal(await ask(a, '127.0.0.2'), '2');
  await t.rejects(control.apply(put(listener('c', 'r', ['1'], a))), /Address already in use/);
  await t.rejects(control.apply(put({ ...listener('a', 'r', ['1']), filterChains: [{ filters: [{ name: 'x' }] }] })));
  t.same(
    server.engine.listeners.map((l) => l.name),
    ['a', 'b'],
  );
  t.equal(await ask(a), '2');
});

t.test('updates take effect in the order they came, however long one takes to build', async (t) => {
  const server = await start(t, 1, []);
  const { control } = server;
  const work = [put(listener('a', 'r', ['1'])), remove('a'), put(listener('a', 'r', ['2']))].map((u) =>
    control.apply(u),
  );
  const last = control.apply({ kind: 'routes', config: table('r', '3') });
  await Promise.all([...work, last]);
  t.same(
    server.engine.listeners.map((l) => l.name),
    ['a'],
  );
  t.equal(await ask(port(server, 'a')), '3');
  await control.apply(put(listener('a', 'r', ['4'])));
  t.equal(await ask(port(server, 'a')), '4', 'a listener that is put later brings its own routes');
});

t.test('listeners that were stopped come back by no update', async (t) => {
  const server = await start(t, 1, [listener('a', 'r', ['1'])]);
  const a = port(server, 'a');
  const inbound: ListenerMessage = { ...listener('in', 'r', ['1']), trafficDirection: 'INBOUND' };
  server.drainListeners({ graceful: false, inboundOnly: true, skipExit: false });
  await server.control.apply(put(inbound));
  t.equal(server.engine.listeners.length, 1);
  server.drainListeners({ graceful: false, inboundOnly: false, skipExit: false });
  await server.control.apply(put(listener('a', 'r', ['2'], a)));
  t.equal(await ask(a), 'ECONNREFUSED');
});

t.test(
  'a worker that takes the place of one that ended has what changed since',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const server = await start(t, 2, [listener('stays', 'r', ['1']), listener('goes', 'r', ['1'])]);
    const { control } = server;
    await control.apply(put(listener('comes', 'own', ['1'])));
    await control.apply({ kind: 'routes', config: table('r', '2') });
    await control.apply({ kind: 'routes', config: table('own', '2') });
    const goes = port(server, 'goes');
    await control.apply(remove('goes'));
    const value = (name: RegExp): number => {
      server.reader.refresh();
      return server.reader.numbers.filter((m) => name.test(m.name)).reduce((sum, m) => sum + m.value, 0);
    };
    const { places } = server.workers as unknown as {
      places: { handle: { worker: { terminate(): Promise<number> } } }[];
    };
    const taken = (): number => value(/^listener\..*worker_1\.downstream_cx_total$/);
    await places[0].handle.worker.terminate();
    await until(() => value(/^envoylet\.workers_replaced_total$/) === 1);
    for (const name of ['stays', 'comes']) {
      const before = taken();
      t.same(await all(port(server, name)), ['2'], name);
      t.ok(taken() > before, `${name}: the new worker took some of them`);
    }
    t.same(await all(goes), ['ECONNREFUSED']);
  },
);

t.test(
  'what is remembered for a loop that begins late: the last word on each thing, in order, and nothing of what is gone',
  (t) => {
    const routes = new Set(['r', 'own']);
    const told: string[] = [];
    const local: MainDataPlane = {
      apply: (update) => (update.kind === 'listener' || update.kind === 'routes' ? Promise.resolve(update) : undefined),
      isConfigured: (name) => name === 'configured',
      hasRoutes: (name) => routes.has(name),
    };
    const control = new ControlPlane(local);
    control.tellOthers({ kind: 'routes', config: { name: 'r' } });
    t.same(control.soFar, [], 'with one event loop nothing is');
    control.workers = { broadcast: (m: { update: Update }) => told.push(m.update.kind) } as unknown as Workers;
    const a = put({ name: 'a' });
    const r = (version: string): Update => ({
      kind: 'routes',
      config: { name: 'r', virtualHosts: [{ name: version }] },
    });
    const own: Update = { kind: 'routes', config: { name: 'own' } };
    for (const u of [r('1'), own, put({ name: 'a' }), remove('configured'), r('2'), a]) control.tellOthers(u);
    t.same(control.soFar, [own, remove('configured'), r('2'), a]);
    routes.delete('own');
    control.tellOthers(remove('a'));
    t.same(control.soFar, [remove('configured'), r('2')]);
    t.equal(told.length, 7);
    t.end();
  },
);
