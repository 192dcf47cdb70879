/** Filters of UDP sessions where their bounds are; the rest is compared with Envoy in conformance/cases/udp-tunnel/. */
import t from 'tap';
import type { UdpProxyConfig, UdpProxyConfigSessionFilter } from '../../src/config/schema/types.ts';
import type { UdpSessionFilter, UdpSessionFilterCallbacks } from '../../src/udp/session-filter.ts';
import * as dynamicForwardProxy from '../../src/udp/session-filters/dynamic-forward-proxy.ts';
import { capsuleOf, create as createCapsule, MAX_CAPSULE_BYTES } from '../../src/udp/session-filters/http-capsule.ts';
import { cluster } from '../tcp/proxy.ts';
import { UdpPeer } from './datagrams.ts';
import { LOG, proxy } from './udp-rig.ts';

const filter = (name: string, value: object = {}): UdpProxyConfigSessionFilter => ({
  name,
  typedConfig: { typeUrl: name, value },
});

/** A capsule filter, and what it takes out of capsules. */
function capsules(): { filter: UdpSessionFilter; got: string[] } {
  const got: string[] = [];
  const callbacks = {
    injectWrite(_: UdpSessionFilter, data: Buffer) {
      got.push(data.toString('latin1'));
    },
  } as unknown as UdpSessionFilterCallbacks;
  return { filter: createCapsule().create(callbacks), got };
}

t.test('capsules come out as they went in, of any size and cut anywhere', async (t) => {
  const texts = [0, 1, 62, 63, 64, 1400, 16382, 16383, 65507].map((n) => 'x'.repeat(n));
  const all = Buffer.concat(texts.map((text) => capsuleOf(Buffer.from(text))));
  const whole = capsules();
  t.equal(whole.filter.onWrite?.(all), null);
  t.same(whole.got, texts);
  const bytes = capsules();
  for (let i = 0; i < 2000; i++) bytes.filter.onWrite?.(all.subarray(i, i + 1));
  for (let i = 2000; i < all.length; i += 999) bytes.filter.onWrite?.(all.subarray(i, i + 999));
  t.same(bytes.got, texts);
});

t.test('a length of eight bytes, other types and other contexts are read', async (t) => {
  const c = capsules();
  c.filter.onWrite?.(Buffer.from('00c0000000000000020061', 'hex'));
  c.filter.onWrite?.(Buffer.from('c000000000000041020061', 'hex'));
  c.filter.onWrite?.(Buffer.from('0003400262', 'hex'));
  c.filter.onWrite?.(Buffer.from('0003400063', 'hex'));
  t.same(c.got, ['a', 'c']);
});

t.test('a capsule that is longer than a peer may make us hold is the last one', async (t) => {
  const c = capsules();
  const head = Buffer.from('00bfffffff00', 'hex');
  c.filter.onWrite?.(head);
  const part = Buffer.alloc(MAX_CAPSULE_BYTES / 8);
  for (let i = 0; i < 8; i++) c.filter.onWrite?.(part);
  c.filter.onWrite?.(capsuleOf(Buffer.from('after')));
  t.same(c.got, []);
  const { rest } = c.filter as unknown as { rest: Buffer | null };
  t.equal(rest, null, 'nothing is held');
});

t.test('a session waits for the name that a filter before has shared to have an address, or none', async (t) => {
  const host = await UdpPeer.bind();
  const names = {
    create: () => ({
      create: ({ facts }: UdpSessionFilterCallbacks) => ({
        onNewSession() {
          facts.share('envoy.upstream.dynamic_host', 'nowhere.invalid');
          facts.share('envoy.upstream.dynamic_port', host.port);
          return 'continue';
        },
      }),
    }),
  };
  const dnsCacheConfig = { name: 'c', dnsLookupFamily: 'V4_ONLY', dnsQueryTimeout: 20 } as const;
  const own = { statPrefix: 'd', dnsCacheConfig, bufferOptions: { maxBufferedDatagrams: 2 } };
  const config: UdpProxyConfig = { cluster: 'u', sessionFilters: [filter('names'), filter('dynamic', own)] };
  const p = await proxy(config, [cluster('u', [host.port])], { names, dynamic: dynamicForwardProxy });
  for (const text of ['one', 'two', 'three']) p.filter.onDatagram(Buffer.from(text), '10.0.0.1', 1);
  t.equal(p.counter('udp.session.dynamic_forward_proxy.d.buffer_overflow'), 1);
  const got = await host.until(2);
  t.same(
    got.map(({ text }) => text),
    ['one', 'two'],
  );
  p.filter.onDatagram(Buffer.from('four'), '10.0.0.1', 1);
  t.equal((await host.until(3))[2].text, 'four');
  p.filter.close();
  p.clusters.shutdown();
  host.close();
});

t.test('filters see datagrams in their order, and what comes back in the reverse one', async (t) => {
  const host = await UdpPeer.bind();
  const mark = (letter: string): object => ({
    create: () => ({
      create: (): UdpSessionFilter => ({
        onData: (data) => Buffer.from(`${data}${letter}`),
        onWrite: (data) => (data.toString().startsWith('drop') ? null : Buffer.from(`${data}${letter}`)),
      }),
    }),
  });
  const sessionFilters = [filter('a'), filter('b')];
  const p = await proxy({ cluster: 'u', sessionFilters }, [cluster('u', [host.port])], { a: mark('a'), b: mark('b') });
  p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  const [{ text, from }] = await host.until(1);
  t.equal(text, 'xab');
  host.send('drop', from.port);
  host.send('y', from.port);
  while (p.socket.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.same(p.socket.sent, ['10.0.0.1:1 yba']);
  p.filter.close();
  p.clusters.shutdown();
  host.close();
});

t.test('sessions that filters hold up are bounded by max_connections, too', async (t) => {
  const holds = {
    create: () => ({ create: (): UdpSessionFilter => ({ onNewSession: () => 'stop', onData: () => null }) }),
  };
  const circuitBreakers = { thresholds: [{ maxConnections: 2 }] };
  const p = await proxy(
    { cluster: 'u', sessionFilters: [filter('holds')], accessLog: [LOG] },
    [cluster('u', [9], { circuitBreakers })],
    { holds },
  );
  for (let i = 0; i < 5; i++) p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', i + 1);
  t.equal(p.gauge('udp.s.downstream_sess_active'), 2);
  t.equal(p.counter('cluster.u.upstream_cx_overflow'), 3);
  p.filter.close();
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0);
  t.equal(p.lines.length, 5);
  p.clusters.shutdown();
});
