/** UDP listeners come, change and go; what is wrong with one is said in Envoy's words. */
import t from 'tap';
import type { Listener as ListenerMessage, UdpProxyConfig } from '../../src/config/schema/types.ts';
import { LEVELS, setAllLevels } from '../../src/log/logger.ts';
import { Engine } from '../../src/server/engine.ts';
import { Store } from '../../src/stats/store.ts';
import { cluster } from '../tcp/proxy.ts';
import { echo, UdpPeer } from '../udp/datagrams.ts';

setAllLevels(LEVELS.indexOf('off'));

const PROXY = 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig';
const INPUT = 'envoy.extensions.matching.common_inputs.network.v3.DestinationIPInput';

type Teardown = { teardown(fn: () => unknown): void };

const udpAddress = (portValue = 0, address = '127.0.0.1'): NonNullable<ListenerMessage['address']> => ({
  socketAddress: { protocol: 'UDP', address, portValue },
});

function listener(config: UdpProxyConfig, more: Partial<ListenerMessage> = {}): ListenerMessage {
  const value = { statPrefix: 's', ...config };
  return {
    name: 'l',
    address: udpAddress(),
    listenerFilters: [{ name: 'udp', typedConfig: { typeUrl: PROXY, value } }],
    ...more,
  };
}

async function engine(t: Teardown, listeners: ListenerMessage[], loops = false): Promise<Engine> {
  const [a, b] = [await echo('a'), await echo('b')];
  const store = new Store();
  const localInfo = { nodeId: '', nodeCluster: '', zone: '' };
  const clusters = [cluster('a', [a.port]), cluster('b', [b.port])];
  const e = new Engine({ clusters, listeners, localInfo, envoy16: false }, store, 0);
  t.teardown(() => {
    e.destroy();
    a.close();
    b.close();
  });
  await e.build();
  await e.clusterControl.initialize();
  await e.listen(loops);
  return e;
}

async function asked(port: number, client?: UdpPeer): Promise<string> {
  const peer = client ?? (await UdpPeer.bind());
  const before = peer.got.length;
  peer.send('?', port);
  const { text } = (await peer.until(before + 1))[before];
  if (client === undefined) peer.close();
  return text;
}

const active = (e: Engine): number => e.store.scope('udp.s.').gauge('downstream_sess_active').value;

t.test('an update takes the socket over, and sessions begin anew', async (t) => {
  const e = await engine(t, [listener({ cluster: 'a' })]);
  const [{ boundAddress }] = e.listeners;
  const client = await UdpPeer.bind();
  t.equal(await asked(boundAddress.port, client), 'a?');
  await e.apply({ kind: 'listener', update: { kind: 'put', message: listener({ cluster: 'b', idleTimeout: 9 }) } });
  t.equal(e.listeners[0].boundAddress.text, boundAddress.text);
  t.equal(await asked(boundAddress.port, client), 'b?', 'the same client');
  await e.apply({ kind: 'listener', update: { kind: 'remove', name: 'l' } });
  t.equal(active(e), 0);
  const again = await UdpPeer.bind();
  await t.resolves(
    new Promise<void>((resolve, reject) => {
      again.socket.connect(boundAddress.port, '127.0.0.1', () => {
        again.socket.on('error', () => resolve());
        again.socket.send('?', (error) => (error ? resolve() : undefined));
        again.socket.on('message', () => reject(new Error('somebody has answered')));
      });
    }),
    'nobody is there',
  );
  for (const peer of [client, again]) peer.close();
});

t.test('other options of the socket need another socket', async (t) => {
  const port = 0;
  const e = await engine(t, [listener({ cluster: 'a' }, { address: udpAddress(port) })]);
  const [before] = e.listeners;
  const socketOptions = [{ level: 1, name: 8, intValue: 65536 }];
  const message = listener({ cluster: 'b' }, { socketOptions });
  await e.apply({ kind: 'listener', update: { kind: 'put', message } });
  t.not(e.listeners[0].boundAddress.port, before.boundAddress.port);
  t.equal(await asked(e.listeners[0].boundAddress.port), 'b?');
});

t.test('each of its addresses has sessions of its own', async (t) => {
  const e = await engine(t, [listener({ cluster: 'a' }, { additionalAddresses: [{ address: udpAddress() }] })]);
  const [l] = e.listeners;
  const ports = l.ports.map(([, port]) => port);
  t.equal(new Set(ports).size, 2);
  const client = await UdpPeer.bind();
  for (const port of ports) {
    t.equal(await asked(port, client), 'a?');
    t.equal(client.got.at(-1)?.from.port, port, 'answered from where it was asked');
  }
  t.equal(active(e), 2);
  client.close();
});

t.test('when listeners stop, sessions end', async (t) => {
  const e = await engine(t, [listener({ cluster: 'a' })]);
  t.equal(await asked(e.listeners[0].boundAddress.port), 'a?');
  t.equal(active(e), 1);
  e.stopListening(false);
  t.equal(active(e), 0);
});

t.test('IPv6', async (t) => {
  const e = await engine(t, [listener({ cluster: 'a' }, { address: udpAddress(0, '::1') })]);
  const [{ boundAddress }] = e.listeners;
  t.match(boundAddress.text, /^\[::1\]:\d+$/);
  const { createSocket } = await import('node:dgram');
  const client = createSocket('udp6');
  const answer = new Promise<string>((resolve) => client.once('message', (data) => resolve(data.toString())));
  client.send('?', boundAddress.port, '::1');
  t.equal(await answer, 'a?');
  client.close();
});

const chain = { filters: [] };
const tree = (name: string): UdpProxyConfig => ({
  matcher: {
    matcherTree: {
      input: { name: 'i', typedConfig: { typeUrl: name, value: {} } },
      exactMatchMap: { map: new Map() },
    },
  },
});
const REFUSED: readonly (readonly [string, ListenerMessage, RegExp])[] = [
  [
    'filter chains',
    listener({ cluster: 'a' }, { filterChains: [chain], defaultFilterChain: chain }),
    /^error adding listener '127\.0\.0\.1:0': 2 filter chain\(s\) specified for connection-less UDP listener\.$/,
  ],
  [
    'addresses of both kinds',
    listener({ cluster: 'a' }, { additionalAddresses: [{ address: { socketAddress: { address: '127.0.0.1' } } }] }),
    /^listener l: has different socket type\. The listener only support same socket type for all the addresses\.$/,
  ],
  [
    'an option that Node cannot set',
    listener({ cluster: 'a' }, { socketOptions: [{ level: 1, name: 5, intValue: 1 }] }),
    /^the socket option 1\/5 is not supported/,
  ],
  [
    'options for one address',
    listener({ cluster: 'a' }, { additionalAddresses: [{ address: udpAddress(), socketOptions: {} }] }),
    /^other options for one address of a UDP listener are not supported$/,
  ],
  [
    'what Node does not tell of a datagram',
    listener(tree(INPUT), { address: udpAddress(0, '0.0.0.0') }),
    /^DestinationIPInput is not supported where a UDP listener has all addresses$/,
  ],
  ['an input of others', listener(tree('envoy.x.Input')), /^Didn't find a registered implementation for 'i'/],
];
for (const [what, message, sentence] of REFUSED) {
  t.test(`refused: ${what}`, (t) => t.rejects(engine(t, [message]), { message: sentence }));
}

t.test('refused: one socket for several event loops', async (t) => {
  const alone = listener({ cluster: 'a' }, { enableReusePort: false });
  const e = await engine(t, [alone]);
  t.equal(await asked(e.listeners[0].boundAddress.port), 'a?', 'one event loop may');
  await t.rejects(engine(t, [alone], true), {
    message:
      'Listening on UDP when concurrency is > 1 without the SO_REUSEPORT socket option results in unstable packet proxying. Configure the reuse_port listener option or set concurrency = 1.',
  });
});
