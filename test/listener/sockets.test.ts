/** Sockets of a listener: several addresses, options, none at all; a handshake that takes too long. */
import * as net from 'node:net';
import t from 'tap';
import { Refusal } from '../../src/config/refusal.ts';
import type { Listener as ListenerMessage } from '../../src/config/schema/types.ts';
import type { ServerContext } from '../../src/extension/context.ts';
import { loadExtension } from '../../src/extension/load-extension.ts';
import { Listener } from '../../src/listener/listener.ts';
import { ListenerManager } from '../../src/listener/listener-manager.ts';
import { prepareSockets } from '../../src/listener/more-sockets.ts';
import { keepAliveSeconds, typeOfService } from '../../src/listener/socket-options.ts';
import { Store } from '../../src/stats/store.ts';
import type { HandleWire } from '../../src/transport/handle-wire.ts';
import { handles } from '../../src/transport/handles.ts';
import type { WireOwner } from '../../src/transport/wire.ts';
import { Peer, until } from '../http/proxy.ts';

const at = (address: string, portValue = 0): ListenerMessage['address'] => ({ socketAddress: { address, portValue } });
/** A chain that closes at once. */
const CHAINS: ListenerMessage = { filterChains: [{ filters: [] }] };

function manager(t: { teardown(fn: () => unknown): void }): { m: ListenerManager; store: Store } {
  const store = new Store();
  const server = { store, loadExtension } as unknown as ServerContext;
  const m = new ListenerManager(server, 0);
  t.teardown(() => m.destroy());
  return { m, store };
}

const dial = (port: number, host = '127.0.0.1'): Peer => new Peer(net.connect(port, host));

t.test(
  "additional_addresses: connections of each are the listener's; a replaced listener keeps the sockets",
  async (t) => {
    const { m, store } = manager(t);
    const message = {
      name: 'l',
      address: at('127.0.0.1'),
      additionalAddresses: [{ address: at('127.0.0.2') }],
      ...CHAINS,
    };
    const l = await m.add(message);
    await m.listen({ reusePort: false });
    const [first, second] = l?.ports.map(([, port]) => port) ?? [];
    t.not(first, 0);
    t.not(second, 0);
    const total = store.counter('listener.127.0.0.1_0.downstream_cx_total');
    await dial(first).rest();
    await dial(second, '127.0.0.2').rest();
    t.equal(total.value, 2);
    const next = await m.put({ ...message, perConnectionBufferLimitBytes: 1000 });
    t.same(
      next?.ports.map(([, port]) => port),
      [first, second],
    );
    await dial(second, '127.0.0.2').rest();
    t.equal(next?.more?.addresses[0].text, `127.0.0.2:${second}`);
    t.equal(m.remove('l'), true);
    await t.rejects(new Promise((_, reject) => net.connect(second, '127.0.0.2').on('error', reject)), {
      code: 'ECONNREFUSED',
    });
  },
);

t.test('an additional address that cannot be bound is named, and the first one is given back', async (t) => {
  const { m } = manager(t);
  const taken = net.createServer().listen(0, '127.0.0.2');
  t.teardown(() => taken.close());
  await until(() => taken.listening);
  const { port } = taken.address() as net.AddressInfo;
  const l = await m.add({
    name: 'l',
    address: at('127.0.0.1'),
    additionalAddresses: [{ address: at('127.0.0.2', port) }],
    ...CHAINS,
  });
  await t.rejects(m.listen({ reusePort: false }), {
    message: `cannot bind '127.0.0.2:${port}': Address already in use`,
  });
  const first = l?.boundAddress.port ?? 0;
  await t.rejects(new Promise((_, reject) => net.connect(first, '127.0.0.1').on('error', reject)), {
    code: 'ECONNREFUSED',
  });
});

t.test('the same address twice is bound once', async (t) => {
  const { m } = manager(t);
  const l = await m.add({
    name: 'l',
    address: at('127.0.0.1', 1),
    additionalAddresses: [{ address: at('127.0.0.1', 1) }],
    ...CHAINS,
  });
  t.same(l?.more?.addresses, []);
});

t.test('bind_to_port: false listens nowhere, nor does its form of the v1 days', async (t) => {
  const { m, store } = manager(t);
  const l = await m.add({ name: 'l', address: at('127.0.0.1', 0), bindToPort: false, ...CHAINS });
  const old = await m.add({ name: 'o', address: at('127.0.0.1', 0), deprecatedV1: { bindToPort: false }, ...CHAINS });
  const both = await m.add({ name: 'b', address: at('127.0.0.1', 0), deprecatedV1: { bindToPort: true }, ...CHAINS });
  await m.listen({ reusePort: false });
  t.equal(l?.boundAddress.port, 0);
  t.equal(old?.boundAddress.port, 0);
  t.not(both?.boundAddress.port, 0);
  t.equal(store.gauge('listener_manager.total_listeners_active').value, 3);
});

t.test('keep-alive: from tcp_keepalive and from socket options; others are refused by name', async (t) => {
  t.equal(keepAliveSeconds(undefined, undefined), 0);
  t.equal(keepAliveSeconds({}, undefined), 7200);
  t.equal(keepAliveSeconds({ keepaliveTime: 9 }, undefined), 9);
  t.equal(keepAliveSeconds({ keepaliveTime: 0 }, undefined), 0);
  t.equal(keepAliveSeconds({ keepaliveTime: 9, keepaliveProbes: 0 }, undefined), 0);
  const on = { level: 1, name: 9, intValue: 1 };
  t.equal(keepAliveSeconds(undefined, [on]), 7200);
  t.equal(keepAliveSeconds(undefined, [on, { level: 6, name: 4, intValue: 30 }]), 30);
  t.equal(keepAliveSeconds(undefined, [{ level: 6, name: 4, intValue: 30 }, on]), 30);
  t.equal(keepAliveSeconds(undefined, [{ level: 1, name: 9, bufValue: new Uint8Array([1, 0, 0, 0]) as Buffer }]), 7200);
  t.equal(keepAliveSeconds({ keepaliveTime: 5 }, [{ level: 1, name: 9, intValue: 0 }]), 0);
  t.equal(keepAliveSeconds(undefined, [{ level: 1, name: 15, intValue: 1 }]), 0);
  for (const o of [
    { level: 0, name: 15, intValue: 1 },
    { level: 6, name: 1, intValue: 0 },
    { level: 6, name: 23, intValue: 5 },
    { level: 1, name: 8, bufValue: Buffer.from([1]) },
  ]) {
    t.throws(() => keepAliveSeconds(undefined, [o]), Refusal);
    t.throws(() => keepAliveSeconds(undefined, [o]), {
      message: new RegExp(`socket option ${o.level}/${o.name} is not supported`),
    });
  }
});

t.test('IP_TOS is set on each connection, IPV6_TCLASS on those of IPv6', async (t) => {
  const tos = { level: 0, name: 1, intValue: 40 };
  const tclass = { level: 41, name: 67, intValue: 40 };
  t.equal(typeOfService(undefined, false), -1);
  t.equal(typeOfService([{ level: 1, name: 9, intValue: 1 }], false), -1);
  t.equal(typeOfService([tos], false), 40);
  t.equal(typeOfService([tclass], true), 40);
  t.throws(() => typeOfService([tos], true), Refusal);
  t.throws(() => typeOfService([tclass], false), Refusal);
  t.equal(keepAliveSeconds(undefined, [tos, tclass]), 0);
  if (handles === null || !('setTypeOfService' in handles.tcp.TCP.prototype)) return;
  for (const [ip, option] of [['127.0.0.1', tos] as const, ['::1', tclass] as const]) {
    const listener = new Listener(
      { name: 'l', address: at(ip, 0), socketOptions: [option], ...CHAINS },
      new Store(),
      0,
    );
    prepareSockets(listener);
    const seen = new Promise<number>((resolve) => {
      listener.take = (make) => {
        const wire = make({ wireFailed() {}, wireEnd() {}, wireData() {} } as unknown as WireOwner) as HandleWire;
        resolve((wire.stream as unknown as { getTypeOfService(): number }).getTypeOfService());
        wire.close();
      };
    });
    await listener.listen(false);
    const client = net.connect(listener.boundAddress.port, ip);
    client.on('error', () => {});
    t.equal(await seen, 40, ip);
    client.destroy();
    listener.destroy();
  }
});
