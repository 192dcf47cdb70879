/** Listener filters on real sockets: what they find out, what they leave in the stream, and what a hostile peer gets. */
import * as net from 'node:net';
import t from 'tap';
import type { FactoryContext } from '../../src/extension/context.ts';
import { FilterChain, type FilterChains, oneChain } from '../../src/listener/filter-chain.ts';
import { unlessDisabled } from '../../src/listener/filter-disabled.ts';
import { create as httpInspector } from '../../src/listener/filters/http-inspector.ts';
import { create as localRateLimit } from '../../src/listener/filters/local-ratelimit.ts';
import { readProxyHeader } from '../../src/listener/filters/proxy-header.ts';
import { create as proxyProtocol } from '../../src/listener/filters/proxy-protocol.ts';
import { create as tlsInspector } from '../../src/listener/filters/tls-inspector.ts';
import { Listener } from '../../src/listener/listener.ts';
import type { ListenerFilterFactory } from '../../src/listener/listener-filter.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { Peer, until } from '../http/proxy.ts';

type Test = { teardown(fn: () => unknown): void };

class Echo {
  readonly seen: Connection[] = [];
  onConnection(c: Connection): void {
    this.seen.push(c);
    c.handler = {
      onConnected() {},
      onData: (d) => c.write(Buffer.from(d)),
      onEnd: () => c.close('flush'),
      onClose() {},
      onAboveWriteBuffer() {},
      onBelowWriteBuffer() {},
    };
  }
}

async function start(
  t: Test,
  filters: (ctx: FactoryContext) => readonly ListenerFilterFactory[],
  more: object = {},
  chains?: FilterChains,
): Promise<{ l: Listener; echo: Echo; store: Store; value: (name: string) => number; dial: () => Peer }> {
  const store = new Store();
  const echo = new Echo();
  const address = { socketAddress: { address: '127.0.0.1', portValue: 0 } };
  const l = new Listener({ name: 'l', statPrefix: 's', address, ...more }, store, 0);
  const ctx = { store, listenerScopePrefix: 'listener.s.' } as unknown as FactoryContext;
  l.setChains(chains ?? oneChain(new FilterChain('c', echo)), filters(ctx));
  await l.listen(false);
  t.teardown(() => l.destroy());
  return {
    l,
    echo,
    store,
    value: (name) => (name.endsWith('_active') ? store.gauge(name) : store.counter(name)).value,
    dial: () => new Peer(net.connect(l.boundAddress.port, '127.0.0.1')),
  };
}

t.test('a PROXY header: its addresses are those of the connection, the bytes behind it arrive once', async (t) => {
  const { echo, dial, value } = await start(t, (ctx) => [proxyProtocol({}, ctx)]);
  const c = dial().send('PROXY TCP4 1.2.3.4 10.0.0.1 4000 443\r\nhello');
  t.equal(await c.until('hello'), 'hello');
  t.equal(await c.send(' again').until('again'), ' again');
  const [conn] = echo.seen;
  t.equal(conn.remoteAddress.text, '1.2.3.4:4000');
  t.equal(conn.localAddress.text, '10.0.0.1:443');
  t.equal(conn.directRemoteAddress.ip, '127.0.0.1');
  t.equal(value('proxy_proto.versions.v1.found'), 1);
  c.close();
});

t.test('a thousand peers that send one byte: held within limits, counted, and everybody else is served', async (t) => {
  const { dial, value, l } = await start(t, (ctx) => [proxyProtocol({}, ctx), tlsInspector({}, ctx)], {
    listenerFiltersTimeout: 400,
  });
  const silent = Array.from({ length: 1000 }, () => dial().send('P'));
  await until(() => value('listener.s.downstream_pre_cx_active') === 1000);
  const good = dial().send('PROXY UNKNOWN\r\nhello');
  t.equal(await good.until('hello'), 'hello');
  good.close();
  await until(() => value('listener.s.downstream_pre_cx_timeout') === 1000);
  t.equal(value('listener.s.downstream_pre_cx_active'), 0);
  await until(() => silent.every((c) => c.closed));
  await until(() => l.active === 0);
});

t.test('what no filter asked for stays in the kernel', async (t) => {
  const { dial, value, l, echo } = await start(t, (ctx) => [tlsInspector({}, ctx)]);
  const c = dial();
  // The beginning of a ClientHello of 16 KiB that never ends, and much more behind.
  c.send(Buffer.concat([Buffer.from([22, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb, 3, 3]), Buffer.alloc(4_000_000)]));
  await c.rest();
  t.equal(value('tls_inspector.client_hello_too_large') + value('tls_inspector.tls_not_found'), 1);
  c.close();
  await until(() => l.active === 0);
  t.ok(echo.seen.length <= 1);
});

t.test('a filter that is disabled for a port does not look', async (t) => {
  const range = (start: number, end: number) => ({ destinationPortRange: { start, end } });
  const rows: readonly [Parameters<typeof unlessDisabled>[1], boolean][] = [
    [{ anyMatch: true }, true],
    [range(1, 65536), true],
    [range(1, 2), false],
    [{ notMatch: range(1, 2) }, true],
    [{ orMatch: { rules: [range(1, 2), range(2, 65536)] } }, true],
    [{ andMatch: { rules: [range(1, 2), range(2, 65536)] } }, false],
  ];
  for (const [config, disabled] of rows) {
    const { dial, echo, value } = await start(t, (ctx) => [unlessDisabled(httpInspector({}, ctx), config)]);
    const c = dial().send('GET / HTTP/1.1\r\n');
    await c.until('HTTP/1.1');
    t.equal(value('http_inspector.http11_found'), disabled ? 0 : 1, JSON.stringify(config));
    t.same(echo.seen[0].socketInfo?.applicationProtocols, disabled ? [] : ['http/1.1']);
    c.close();
  }
});

t.test('more new sockets than tokens are closed', async (t) => {
  const config = { statPrefix: 'few', tokenBucket: { maxTokens: 1, fillInterval: 3_600_000 } };
  const { dial, value } = await start(t, (ctx) => [localRateLimit(config, ctx)]);
  const c = dial().send('one');
  t.equal(await c.until('one'), 'one');
  await dial().rest();
  t.equal(value('listener_local_ratelimit.few.rate_limited'), 1);
  t.equal(value('listener.s.downstream_listener_filter_error'), 0);
  c.close();
  const off = { ...config, runtimeEnabled: { defaultValue: false } };
  const free = await start(t, (ctx) => [localRateLimit(off, ctx)]);
  for (let i = 0; i < 3; i++) {
    const d = free.dial().send('x');
    t.equal(await d.until('x'), 'x');
    d.close();
  }
});

const take = { optional: false, takesV1: true, takesV2: true };

t.test('a PROXY header in every cut: never judged before it can be, and never twice', async (t) => {
  const v2 = Buffer.from(
    '0d0a0d0a000d0a515549540a2111001001020304' + '05060708000900 0a'.replace(' ', '') + 'ea000178',
    'hex',
  );
  for (const whole of [Buffer.from('PROXY TCP6 ::1:2 fd00:: 1 2\r\n'), Buffer.from('PROXY UNKNOWN\r\n'), v2]) {
    for (let n = 1; n < whole.length; n++) t.equal(readProxyHeader(whole.subarray(0, n), take), 'more', `${n}`);
    const read = readProxyHeader(Buffer.concat([whole, Buffer.from('rest')]), take);
    t.ok(typeof read === 'object' && 'length' in read && read.length === whole.length);
  }
  const six = readProxyHeader(Buffer.from('PROXY TCP6 1:0:0:0:5:0:0:8 0:0:0:0:0:ffff:1.2.3.4 1 65535\r\n'), take);
  t.match(six, { source: new Address('1::5:0:0:8', 1), destination: new Address('::ffff:1.2.3.4', 65535) });
});

t.test('random bytes behind the signature: no exception, a bounded header', async (t) => {
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed >> 8;
  };
  const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
  const seen = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const tail = Buffer.from(Array.from({ length: random() % 60 }, random));
    if (tail.length > 3) {
      tail[0] = random() % 4 === 0 ? tail[0] : 0x21;
      tail[1] = random() % 4 === 0 ? tail[1] : 0x11;
      tail[2] = 0;
      tail[3] = random() % 64;
    }
    const read = readProxyHeader(Buffer.concat([signature, tail]), take);
    seen.add(typeof read === 'string' ? read : 'wrong' in read ? read.wrong : 'header');
    if (typeof read === 'object' && 'length' in read) t.ok(read.length <= 12 + tail.length);
  }
  t.same([...seen].sort(), ['bad', 'header', 'more']);
});
