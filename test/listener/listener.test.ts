import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import type { Listener as ListenerMessage } from '../../src/config/schema/types.ts';
import { bindError } from '../../src/listener/bind-error.ts';
import { Listener, listenerStatName } from '../../src/listener/listener.ts';
import { Store } from '../../src/stats/store.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { Peer, turns, until } from '../http/proxy.ts';

type Test = { teardown(fn: () => unknown): void };
const tcp = (portValue: number, address = '127.0.0.1'): ListenerMessage => ({
  name: 'l',
  statPrefix: 's',
  address: { socketAddress: { address, portValue } },
});

/** A listener whose connections echo. */
async function start(
  t: Test,
  message: ListenerMessage,
  worker = 0,
): Promise<{ l: Listener; store: Store; accepted: Connection[]; value: (name: string) => number }> {
  const store = new Store();
  const l = new Listener(message, store, worker);
  const accepted: Connection[] = [];
  l.setFilter({
    onConnection(c) {
      accepted.push(c);
      c.handler = {
        onConnected() {},
        onData: (d) => c.write(d),
        onEnd: () => c.close('flush'),
        onClose() {},
        onAboveWriteBuffer() {},
        onBelowWriteBuffer() {},
      };
    },
  });
  await l.listen(false);
  t.teardown(() => l.destroy());
  const scope = store.scope('listener.s.');
  return {
    l,
    store,
    accepted,
    value: (name) => (name.endsWith('_active') ? scope.gauge(name).value : scope.counter(name).value),
  };
}

t.test('accepts, counts, and counts again when connections go', async (t) => {
  const { l, value, accepted } = await start(t, tcp(0), 3);
  t.ok(l.boundAddress.port > 0);
  const clients = [1, 2, 3].map(() => new Peer(net.connect(l.boundAddress.port, '127.0.0.1')));
  for (const c of clients) t.equal(await c.send('hello').until('hello'), 'hello');
  t.equal(l.active, 3);
  for (const name of [
    'downstream_cx_total',
    'downstream_cx_active',
    'worker_3.downstream_cx_total',
    'worker_3.downstream_cx_active',
  ])
    t.equal(value(name), 3, name);
  t.match(accepted[0].remoteAddress.text, /^127\.0\.0\.1:\d+$/);
  t.equal(accepted[0].localAddress.text, `127.0.0.1:${l.boundAddress.port}`);
  clients[0].socket.end();
  clients[1].socket.resetAndDestroy();
  await until(() => l.active === 1);
  t.same(
    [value('downstream_cx_destroy'), value('downstream_cx_active'), value('worker_3.downstream_cx_active')],
    [2, 1, 1],
  );
  clients[2].close();
  await until(() => l.active === 0);
});

t.test('stop: no new connections, those there go on; destroy: all go', async (t) => {
  const { l, value } = await start(t, tcp(0));
  const port = l.boundAddress.port;
  const c = new Peer(net.connect(port, '127.0.0.1'));
  await c.send('a').until('a');
  l.stop();
  const late = new Peer(net.connect(port, '127.0.0.1'));
  await until(() => late.closed);
  t.equal(late.error, 'ECONNREFUSED');
  t.equal(await c.send('b').until('b'), 'b');
  l.destroy();
  await until(() => c.ended);
  t.equal(value('downstream_cx_active'), 0);
});

t.test('IPv6', async (t) => {
  const { l, accepted } = await start(t, tcp(0, '::1'));
  const c = new Peer(net.connect(l.boundAddress.port, '::1'));
  if ((await c.send('a').until('a')) !== 'a') return;
  t.match(accepted[0].remoteAddress.text, /^\[::1\]:\d+$/);
  c.close();
});

t.test('a Unix socket', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'listener-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 's.sock');
  const { l, accepted } = await start(t, { name: 'l', statPrefix: 's', address: { pipe: { path } } });
  t.ok(existsSync(path));
  const c = new Peer(net.connect(path));
  t.equal(await c.send('a').until('a'), 'a');
  t.equal(accepted[0].remoteAddress.text, path);
  c.close();
  await until(() => l.active === 0);
});

t.test('an address in use is refused in Envoy’s words', async (t) => {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const port = (other.address() as net.AddressInfo).port;
  const l = new Listener(tcp(port), new Store(), 0);
  const e = await l.listen(false).then(
    () => null,
    (x: unknown) => x,
  );
  t.equal(bindError(l.address, e), `cannot bind '127.0.0.1:${port}': Address already in use`);
  await turns();
});

const DIALLER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const net = require('node:net');
  const { port, count, done } = workerData;
  let left = count;
  const over = (value) => { Atomics.store(done, 0, value); Atomics.notify(done, 0); };
  const sockets = Array.from({ length: count }, () => net.connect(port, '127.0.0.1', () => --left === 0 && over(1)));
  for (const s of sockets) s.on('error', () => over(2));
  parentPort.once('message', () => sockets.forEach((s) => s.destroy()));
`;
const somaxconn = (): number => {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return 0;
  }
};

t.test('the kernel keeps as many connections as it is allowed to', { skip: somaxconn() < 400 }, async (t) => {
  const { l, accepted } = await start(t, tcp(0));
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(DIALLER, { eval: true, workerData: { port: l.boundAddress.port, count: 300, done } });
  t.teardown(() => worker.terminate());
  // Nobody accepts while this thread sleeps; with a queue of 128 the others' SYNs would be dropped.
  Atomics.wait(done, 0, 0, 10_000);
  if (!t.equal(done[0], 1, 'all are connected')) return;
  await until(() => accepted.length === 300);
  worker.postMessage('close');
  await once(worker, 'exit');
  await until(() => l.active === 0);
});

t.test('stat names', (t) => {
  t.equal(listenerStatName({ address: { socketAddress: { address: '::1', portValue: 80 } } }), '[__1]_80');
  t.equal(listenerStatName({ address: { socketAddress: { address: '0.0.0.0', portValue: 80 } } }), '0.0.0.0_80');
  t.equal(listenerStatName({ statPrefix: 'x', address: {} }), 'x');
  const store = new Store();
  new Listener(tcp(0), store, -1);
  const has: string[] = [];
  store.forEach({
    counter: (c) => void has.push(c.name),
    gauge: (g) => void has.push(g.name),
    histogram: () => {},
  });
  t.ok(has.includes('listener.s.main_thread.downstream_cx_total'), 'the admin listener belongs to no worker');
  t.notOk(has.includes('listener.s.extension_config_missing'));
  t.end();
});
