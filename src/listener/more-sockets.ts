/**
 * What a listener's sockets have beyond one plain address: additional_addresses, each with a socket of its own, and options. Mirrors how
 * ListenerImpl makes a socket factory for each address (source/common/listener_manager/listener_impl.cc). Loaded for listeners that have some.
 */
import { each, refuse, within } from '../config/refusal.ts';
import type { AdditionalAddress } from '../config/schema/types.ts';
import { Address } from '../transport/address.ts';
import type { ServerSocket } from '../transport/server-socket.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import type { Listener } from './listener.ts';
import { addressOf } from './listener-address.ts';
import { keepAliveSeconds, typeOfService } from './socket-options.ts';

type MakeWire = (owner: WireOwner) => Wire;

/** What is set on each socket that is accepted. */
interface SocketSettings {
  /** 0 = not kept alive. */
  readonly seconds: number;
  /** -1 = as the system has it. */
  readonly tos: number;
}

const NOTHING: SocketSettings = { seconds: 0, tos: -1 };

interface MoreSocket {
  readonly address: Address;
  readonly ipv6Only: boolean;
  readonly set: SocketSettings;
  readonly socket: ServerSocket;
  bound: Address | null;
}

export class MoreSockets {
  /** Same addresses, same way to bind them. */
  readonly key: string;
  sockets: readonly MoreSocket[];

  constructor(listener: Listener) {
    const { additionalAddresses, tcpKeepalive, socketOptions } = listener.message;
    // One that is there twice is bound once.
    const seen = new Set([listener.address.text]);
    const once = (additionalAddresses ?? []).filter((m) => {
      const { text } = addressOf(m.address);
      return text.endsWith(':0') || (!seen.has(text) && seen.add(text));
    });
    const udp = isUdp(listener.message.address);
    this.sockets = each(once, (m) => {
      if (isUdp(m.address) !== udp) {
        const what = 'has different socket type. The listener only support same socket type for all the addresses.';
        refuse(m, 'address', `listener ${listener.name}: ${what}`);
      }
      if (udp) {
        if (m.socketOptions !== undefined) {
          refuse(m, 'socket_options', 'other options for one address of a UDP listener are not supported');
        }
        return makeSocket(listener, m, NOTHING);
      }
      const options = m.socketOptions === undefined ? socketOptions : m.socketOptions.socketOptions;
      return makeSocket(listener, m, {
        seconds: keepAliveSeconds(m.tcpKeepalive ?? tcpKeepalive, options),
        tos: typeOfService(options, addressOf(m.address).ip.includes(':')),
      });
    });
    this.key = this.sockets.map((s) => `${s.address.text} ${s.ipv6Only}`).join();
  }

  /** `ports`: in a worker, what the main thread got. What is thrown has the address that could not be bound as `listenAddress`. */
  async listen(reusePort: boolean, backlog: number, key: string, ports?: ReadonlyMap<string, number>): Promise<void> {
    for (const [i, s] of this.sockets.entries()) {
      const { address, ipv6Only } = s;
      // A Unix socket has one owner: the main thread.
      if (address.path !== '' && ports !== undefined) continue;
      const port = ports?.get(portKey(key, i)) ?? address.port;
      const isPath = address.path !== '';
      try {
        const got = await s.socket.listen({ address, port, backlog, reusePort: reusePort && !isPath, ipv6Only });
        s.bound = isPath ? address : new Address(address.ip, got);
      } catch (error) {
        throw Object.assign(error as Error, { listenAddress: address });
      }
    }
  }

  get addresses(): Address[] {
    return this.sockets.map((s) => s.bound ?? s.address);
  }

  ports(key: string): [string, number][] {
    return this.addresses.map((address, i) => [portKey(key, i), address.port]);
  }

  /** Connections that these sockets get are those of `listener` from now on. */
  take(before: MoreSockets, listener: Listener): void {
    const mine = this.sockets;
    this.sockets = before.sockets;
    before.sockets = [];
    for (const [i, s] of this.sockets.entries()) s.socket.owner = owner(listener, mine[i].set);
  }

  close(): void {
    for (const s of this.sockets) s.socket.close();
  }
}

const portKey = (key: string, i: number): string => `${key} ${i}`;

const isUdp = (at: AdditionalAddress['address']): boolean => at?.socketAddress?.protocol === 'UDP';

function makeSocket(listener: Listener, m: AdditionalAddress, set: SocketSettings): MoreSocket {
  const address = addressOf(m.address);
  return {
    address,
    ipv6Only: address.ip.includes(':') && m.address?.socketAddress?.ipv4Compat !== true,
    set,
    socket: listener.makeSocket(owner(listener, set)),
    bound: null,
  };
}

function owner(listener: Listener, set: SocketSettings): ServerSocket['owner'] {
  return {
    accepted: (make) => listener.take(withSettings(make, set)),
    acceptFailed: (code) => listener.acceptFailed(code),
  };
}

const doesNothing = ({ seconds, tos }: SocketSettings): boolean => seconds === 0 && tos < 0;

function withSettings(make: MakeWire, set: SocketSettings): MakeWire {
  if (doesNothing(set)) return make;
  const { seconds, tos } = set;
  return (owner) => {
    const wire = make(owner);
    if (seconds > 0) wire.setKeepAlive(true, seconds);
    if (tos >= 0) wire.setTypeOfService?.(tos);
    return wire;
  };
}

/** Throws what of the options Node cannot do. */
export function prepareSockets(listener: Listener): void {
  const { message } = listener;
  const { tcpKeepalive, socketOptions } = message;
  const udp = isUdp(message.address);
  const set = udp
    ? NOTHING
    : within(message, () => ({
        seconds: keepAliveSeconds(tcpKeepalive, socketOptions),
        tos: typeOfService(socketOptions, listener.address.ip.includes(':')),
      }));
  if (!doesNothing(set)) listener.beforeTake = (make) => withSettings(make, set);
  if (message.additionalAddresses !== undefined) listener.more = new MoreSockets(listener);
}
