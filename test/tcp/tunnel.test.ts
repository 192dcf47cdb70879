/** tcp_proxy through an HTTP proxy, with proxies and clients that mean no good. */
import type * as net from 'node:net';
import t from 'tap';
import type { TcpProxyTunnelingConfig } from '../../src/config/schema/types.ts';
import type { FactoryContext } from '../../src/extension/context.ts';
import { TunnelSettings } from '../../src/tcp/tunnel.ts';
import { SocketInfo } from '../../src/transport/socket-info.ts';
import { cluster, readAll, TestProxy, until, upstream } from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };

async function tunnel(
  t: Test,
  onSocket: (s: net.Socket) => void,
  more: Partial<TcpProxyTunnelingConfig> = {},
): Promise<TestProxy> {
  const u = await upstream(onSocket);
  const p = await TestProxy.start({ cluster: 'up', tunnelingConfig: { hostname: 'a.example:443', ...more } }, [
    cluster('up', [u.port]),
  ]);
  t.teardown(() => {
    p.stop();
    u.close();
  });
  return p;
}

/** Answers once it has seen a head. */
const after = (answer: (s: net.Socket) => void) => (s: net.Socket) => {
  s.once('data', () => answer(s));
};

t.test('1 MB of headers in the answer: a failed attempt, not 1 MB of memory', async (t) => {
  let written = 0;
  const p = await tunnel(
    t,
    after((s) => {
      s.write('HTTP/1.1 200 OK\r\n');
      const line = Buffer.from(`x-a: ${'b'.repeat(1000)}\r\n`);
      for (let i = 0; i < 1000; i++) s.write(line);
      written += 1000 * line.length;
    }),
  );
  const c = p.connect();
  t.equal(String(await readAll(c)), '');
  t.ok(written > 1_000_000);
  t.equal(p.value('cluster.up.upstream_cx_connect_attempts_exceeded'), 1);
  t.ok(p.value('cluster.up.upstream_cx_rx_bytes_total') < 200_000);
  await until(() => p.value('cluster.up.upstream_cx_active') === 0);
});

t.test('a reset in the middle of the answer ends the client, with nothing left', async (t) => {
  const p = await tunnel(
    t,
    after((s) => s.write('HTTP/1.1 200 O', () => s.resetAndDestroy())),
  );
  t.equal(String(await readAll(p.connect())), '');
  await until(() => p.value('cluster.up.upstream_cx_active') === 0);
  t.equal(p.value('cluster.up.upstream_rq_active'), 0);
});

t.test('a proxy that never answers: the client is not read from, and may leave', async (t) => {
  const p = await tunnel(t, () => {});
  const c = p.connect();
  c.write(Buffer.alloc(4_000_000));
  await until(() => p.value('cluster.up.upstream_rq_active') === 1);
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(p.value('tcp.t.downstream_cx_rx_bytes_total'), 0);
  c.resetAndDestroy();
  // Nobody reads from it, so its end is seen when something is written to it.
  p.accepted[0].close('noFlush');
  await until(() => p.value('cluster.up.upstream_cx_active') === 0);
});

t.test('a client that never reads stops the proxy', async (t) => {
  let sent = 0;
  const p = await tunnel(
    t,
    after((s) => {
      s.write('HTTP/1.1 200 OK\r\n\r\n');
      const chunk = Buffer.alloc(1 << 20);
      const more = (): void => {
        while (sent < 200 * chunk.length && s.write(chunk)) sent += chunk.length;
      };
      s.on('drain', more);
      more();
    }),
  );
  const c = p.connect();
  c.pause();
  await until(() => p.value('cluster.up.upstream_cx_active') === 1 && sent > 0);
  let before = -1;
  while (before !== sent) {
    before = sent;
    for (let i = 0; i < 500; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(sent < 100 * (1 << 20), `${sent}`);
  c.resetAndDestroy();
  await until(() => p.value('cluster.up.upstream_cx_active') === 0);
});

t.test('a hundred tunnels, half of them cut by either side, leave nothing behind', async (t) => {
  const p = await tunnel(
    t,
    after((s) => {
      s.write('HTTP/1.1 200 OK\r\n\r\n');
      s.on('data', (d) => (String(d).startsWith('cut') ? s.resetAndDestroy() : s.end(d)));
    }),
  );
  const clients = Array.from({ length: 100 }, (_, i) => {
    const c = p.connect();
    c.end(i % 2 === 0 ? 'cut' : `echo ${i}`);
    return readAll(c);
  });
  const answers = (await Promise.all(clients)).map(String);
  t.equal(answers.filter((a) => a.startsWith('echo')).length, 50);
  await until(() => p.value('cluster.up.upstream_cx_active') === 0 && p.value('cluster.up.upstream_rq_active') === 0);
});

t.test('a host that what a client said has made unfit is never written', async (t) => {
  let heard = '';
  const u = await upstream((s) => s.on('data', (d) => (heard += d)));
  const p = await TestProxy.start(
    { cluster: 'up', tunnelingConfig: { hostname: '%FILTER_STATE(name:PLAIN)%' } },
    [cluster('up', [u.port])],
    1 << 20,
    (c) => {
      c.socketInfo = new SocketInfo();
      c.socketInfo.filterState = new Map([['name', 'a\r\nevil: 1']]);
    },
  );
  t.teardown(() => {
    p.stop();
    u.close();
  });
  t.equal(String(await readAll(p.connect())), '');
  t.equal(heard, '');
  await until(() => p.value('cluster.up.upstream_cx_active') === 0);
});

t.test('what cannot be is refused in the words of Envoy', (t) => {
  const make = (c: TcpProxyTunnelingConfig) => () =>
    new TunnelSettings({ hostname: 'a', ...c }, { localInfo: {} } as unknown as FactoryContext);
  t.throws(make({ postPath: '/x' }), { message: "Can't set a post path when POST method isn't used" });
  for (const key of [':path', 'Host']) {
    t.throws(make({ headersToAdd: [{ header: { key, value: 'x' } }] }), {
      message: ':-prefixed or host headers may not be modified',
    });
  }
  t.throws(make({ hostname: '%NOSUCH%' }), { message: /NOSUCH/ });
  t.end();
});
