/** Listeners come, change and go while requests run: none is lost. */
import * as net from 'node:net';
import t from 'tap';
import type { Listener as ListenerMessage } from '../../src/config/schema/types.ts';
import { LEVELS, setAllLevels } from '../../src/log/logger.ts';
import { Engine } from '../../src/server/engine.ts';
import { Store } from '../../src/stats/store.ts';
import type { DrainSettings } from '../../src/transport/drain.ts';
import { answering, cluster, get, OK, Peer, ROUTER, Upstream, until } from '../http/proxy.ts';

// A thousand lines of updates are no test output.
setAllLevels(LEVELS.indexOf('off'));

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

function listener(name: string, port: number, path: string, more: Partial<ListenerMessage> = {}): ListenerMessage {
  const value = {
    statPrefix: name,
    httpFilters: [ROUTER],
    routeConfig: {
      virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: path }, route: { cluster: 'u' } }] }],
    },
  };
  return {
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
    filterChains: [{ filters: [{ name: 'hcm', typedConfig: { typeUrl: HCM, value } }] }],
    ...more,
  };
}

async function engine(
  t: { teardown(fn: () => unknown): void },
  listeners: ListenerMessage[],
  drain: DrainSettings = { strategy: 'immediate', timeMs: 600_000 },
): Promise<{ e: Engine; value: (name: string) => number }> {
  const u = await Upstream.start(answering(OK));
  const store = new Store();
  const localInfo = { nodeId: '', nodeCluster: '', zone: '' };
  const e = new Engine({ clusters: [cluster('u', [u.port])], listeners, localInfo, envoy16: false, drain }, store, 0);
  await e.build();
  await e.clusterControl.initialize();
  await e.listen(false);
  t.teardown(() => {
    e.destroy();
    u.stop();
  });
  const scope = store.scope('listener_manager.');
  return {
    e,
    value: (name) => (name.startsWith('total_') ? scope.gauge(name).value : scope.counter(name).value),
  };
}

t.test('two listeners of one name: the first is kept, the second not even looked at', async (t) => {
  const second = listener('l', 0, '/', { address: { socketAddress: { address: 'no address', portValue: 0 } } });
  const { e, value } = await engine(t, [listener('l', 0, '/'), second, listener('', 0, '/'), listener('', 0, '/')]);
  t.strictSame(
    e.listeners.map((l) => l.name),
    ['l', '', ''],
  );
  t.equal(value('listener_added'), 3);
});

t.test('replaced a thousand times on its port under load: no request fails, none is answered by nobody', async (t) => {
  const { e, value } = await engine(t, [listener('l', 0, '/')]);
  const [{ boundAddress }] = e.listeners;
  const { port } = boundAddress;
  let asked = 0;
  let answered = 0;
  let stop = false;
  const failed: string[] = [];
  const client = async (): Promise<void> => {
    while (!stop) {
      const p = new Peer(net.connect(port, '127.0.0.1'));
      // Until told that the connection ends: the listener it came through may be gone by then.
      for (let i = 0; i < 20; i++) {
        asked++;
        const m = await p.send(get()).message();
        if (!m.start.startsWith('HTTP/1.1 200') || m.body !== 'ok') {
          failed.push(`${m.start} ${p.error}`);
          break;
        }
        answered++;
        if (m.headers.some((h) => h.toLowerCase() === 'connection: close')) break;
      }
      p.close();
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, client));
  for (let i = 0; i < 1000; i++) {
    await e.listenerManager.put(listener('l', 0, '/'));
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  stop = true;
  await clients;
  t.same(failed, []);
  t.equal(answered, asked);
  t.ok(answered > 0, `${answered} requests`);
  t.equal(e.listeners[0].boundAddress.port, port);
  t.equal(value('listener_modified'), 1000);
  t.equal(value('total_listeners_active'), 1);
  await until(() => value('total_listeners_draining') === 0);
  await until(() => e.connections === 0);
  await e.listenerManager.put(listener('l', 0, '/nothing'));
  const p = new Peer(net.connect(port, '127.0.0.1'));
  t.match((await p.send(get()).message()).start, '404', 'the last one is the one that answers');
  p.close();
});

t.test('put of a name that is new, of another address, and removed again', async (t) => {
  const { e, value } = await engine(t, [listener('a', 0, '/')]);
  const before = e.listeners[0].boundAddress.port;
  const b = (await e.listenerManager.put(listener('b', 0, '/')))!;
  t.equal(value('total_listeners_active'), 2);
  const ask = async (port: number): Promise<string> => {
    const p = new Peer(net.connect(port, '127.0.0.1'));
    const { start } = await p.send(get()).message();
    p.close();
    return start || p.error;
  };
  t.match(await ask(b.boundAddress.port), '200');
  const taken = b.boundAddress.port;
  await t.rejects(e.listenerManager.put(listener('c', taken, '/')), {
    message: `cannot bind '127.0.0.1:${taken}': Address already in use`,
  });
  t.equal(value('listener_create_failure'), 1);
  t.equal(e.listeners.length, 2);
  const kept = new Peer(net.connect(taken, '127.0.0.1'));
  t.match((await kept.send(get()).message()).start, '200');
  t.equal(e.listenerManager.remove('b'), true);
  t.equal(e.listenerManager.remove('b'), false);
  t.equal(await ask(taken), 'ECONNREFUSED');
  const last = await kept.send(get()).message();
  t.match(last.start, '200', 'a connection that is there is served');
  t.ok(last.headers.includes('connection: close'), 'and told to go');
  await until(() => value('total_listeners_draining') === 0);
  t.match(await ask(before), '200');
});

t.test('what is left of a removed listener is closed when the drain time is over', async (t) => {
  const { e, value } = await engine(t, [listener('a', 0, '/')], { strategy: 'gradual', timeMs: 40 });
  const idle = new Peer(net.connect(e.listeners[0].boundAddress.port, '127.0.0.1'));
  t.match((await idle.send(get()).message()).start, '200');
  e.listenerManager.remove('a');
  await until(() => idle.closed);
  t.equal(value('total_listeners_draining'), 0);
});

t.test('a config that cannot be built leaves the listener as it was', async (t) => {
  const { e } = await engine(t, [listener('a', 0, '/')]);
  const bad = listener('a', 0, '/', { filterChains: [{ filters: [{ name: 'x' }] }] });
  await t.rejects(e.listenerManager.put(bad), /Didn't find a registered implementation for 'x'/);
  const p = new Peer(net.connect(e.listeners[0].boundAddress.port, '127.0.0.1'));
  t.match((await p.send(get()).message()).start, '200');
  p.close();
});

t.test('chains by address: a request goes where its chain says', async (t) => {
  const message = listener('a', 0, '/nothing');
  const [chain] = message.filterChains ?? [];
  const [other] = listener('b', 0, '/').filterChains ?? [];
  const match = { sourcePrefixRanges: [{ addressPrefix: '127.0.0.2', prefixLen: 32 }] };
  const { e } = await engine(t, [{ ...message, filterChains: [chain, { ...other, filterChainMatch: match }] }]);
  const { port } = e.listeners[0].boundAddress;
  const ask = async (localAddress: string): Promise<string> => {
    const p = new Peer(net.connect({ port, host: '127.0.0.1', localAddress }));
    const { start } = await p.send(get()).message();
    p.close();
    return start;
  };
  t.match(await ask('127.0.0.1'), '404');
  t.match(await ask('127.0.0.2'), '200');
});

t.test('the statistics of a listener go with it, but for those that others have as well', async (t) => {
  const { e } = await engine(t, [listener('a', 0, '/')]);
  const names = (): string[] => {
    const out: string[] = [];
    const add = (m: { name: string }): void => {
      if (/^(?:http|listener)\./.test(m.name)) out.push(m.name);
    };
    e.store.forEach({ counter: add, gauge: add, histogram: add });
    return out.sort();
  };
  const before = names();
  // The same stat_prefix as that of a static listener, and one of its own.
  const shared = listener('b', 0, '/', { statPrefix: 'b', filterChains: listener('a', 0, '/').filterChains ?? [] });
  await e.listenerManager.put(shared);
  const c = await e.listenerManager.put(listener('c', 0, '/', { statPrefix: 'c' }));
  const p = new Peer(net.connect(c!.boundAddress.port, '127.0.0.1'));
  t.match((await p.send(get()).message()).start, '200');
  t.ok(names().includes('http.c.downstream_rq_total'));
  t.ok(names().includes('listener.b.downstream_cx_total'));
  await t.rejects(e.listenerManager.put(listener('d', c!.boundAddress.port, '/', { statPrefix: 'd' })));
  t.notMatch(names().join(' '), ' listener.d.', 'one that cannot be bound leaves none');
  e.listenerManager.remove('b');
  e.listenerManager.remove('c');
  t.ok(names().includes('http.c.downstream_rq_total'), 'while it drains');
  p.close();
  await until(() => e.connections === 0);
  await until(() => !names().includes('http.c.downstream_rq_total'));
  t.same(
    names().filter((name) => !before.includes(name)),
    [],
  );
  t.same(
    before.filter((name) => !names().includes(name)),
    [],
    'http.a is still that of the first',
  );
});
