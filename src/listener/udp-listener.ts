/**
 * A listener of datagrams: a bound UDP socket for each address, read by the listener's UDP filters. Everything else (names, updates, workers) is as
 * with any listener. Mirrors ActiveRawUdpListener (source/server/active_udp_listener.cc). Loaded for listeners with `protocol: UDP`. With several
 * event loops each binds the same port with SO_REUSEPORT and the kernel gives all datagrams of one peer to one of them, as in Envoy.
 */
import { eachAsync, refuse } from '../config/refusal.ts';
import type { Listener as ListenerMessage } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import type { Counter, Scope } from '../stats/store.ts';
import type { Address } from '../transport/address.ts';
import { type DatagramOptions, type DatagramSocket, makeDatagramSocket } from '../transport/datagram-socket.ts';
import type { ServerSocket, ServerSocketOptions, ServerSocketOwner } from '../transport/server-socket.ts';
import type { UdpFilter, UdpFilterContext, UdpFilterFactory } from '../udp/udp-filter.ts';
import { maxDatagram } from '../udp/udp-proxy.ts';
import { load } from './chain-builder.ts';
import { Listener } from './listener.ts';
import { addressOf, listenerAddresses } from './listener-address.ts';
import { datagramOptions } from './udp-socket-options.ts';

/** A bound socket, where a listener has one that accepts. */
class UdpServerSocket implements ServerSocket {
  owner: ServerSocketOwner;
  socket: DatagramSocket | null = null;
  private readonly options: DatagramOptions;

  constructor(owner: ServerSocketOwner, options: DatagramOptions) {
    this.owner = owner;
    this.options = options;
  }

  async listen({ address, port, reusePort, ipv6Only }: ServerSocketOptions): Promise<number> {
    const socket = makeDatagramSocket(address.ip.includes(':'));
    const bound = await socket.bind({ address, port, reusePort, ipv6Only, options: this.options });
    this.socket = socket;
    return bound;
  }

  close(): void {
    this.socket?.close();
    this.socket = null;
  }
}

export class UdpListener extends Listener {
  private readonly options: DatagramOptions;
  /** Bytes; larger datagrams are dropped. */
  private readonly maxBytes: number;
  private readonly dropped: Counter;
  private filters: readonly UdpFilterFactory[] = [];
  private running: UdpFilter[] = [];

  constructor(message: ListenerMessage, root: Scope, worker: number) {
    const options = datagramOptions(message);
    super(message, root, worker, (owner) => new UdpServerSocket(owner, options));
    this.options = options;
    const chains = (message.filterChains?.length ?? 0) + (message.defaultFilterChain === undefined ? 0 : 1);
    if (chains > 0) {
      const what = `${chains} filter chain(s) specified for connection-less UDP listener.`;
      refuse(message, 'filter_chains', `error adding listener '${listenerAddresses(message)}': ${what}`);
    }
    this.maxBytes = maxDatagram(message.udpListenerConfig?.downstreamSocketConfig, false);
    this.dropped = this.stats.scope.counter('udp.downstream_rx_datagram_dropped');
  }

  override async buildFilters(ctx: FactoryContext): Promise<void> {
    const { message } = this;
    const addresses = [this.address, ...(message.additionalAddresses ?? []).map((m) => addressOf(m.address))];
    const udpContext: UdpFilterContext = { ...ctx, addresses };
    this.filters = await eachAsync(
      message.listenerFilters,
      async (m) => (await load(m, udpContext)) as UdpFilterFactory,
    );
  }

  override async listen(reusePort: boolean, port?: number, ports?: ReadonlyMap<string, number>): Promise<void> {
    if (reusePort && this.message.enableReusePort === false) {
      const why =
        'Listening on UDP when concurrency is > 1 without the SO_REUSEPORT socket option results in unstable packet proxying.';
      refuse(
        this.message,
        'enable_reuse_port',
        `${why} Configure the reuse_port listener option or set concurrency = 1.`,
      );
    }
    await super.listen(reusePort, port, ports);
    this.serveAll();
  }

  override sharesSocketWith(other: Listener): boolean {
    const same = other instanceof UdpListener && JSON.stringify(this.options) === JSON.stringify(other.options);
    return same && super.sharesSocketWith(other);
  }

  override takeSocket(before: Listener): void {
    super.takeSocket(before);
    this.serveAll();
  }

  private serveAll(): void {
    this.serve(this.socket, this.boundAddress);
    for (const { socket, address, bound } of this.more?.sockets ?? []) this.serve(socket, bound ?? address);
  }

  private serve(server: ServerSocket | null, local: Address): void {
    const socket = (server as UdpServerSocket | null)?.socket ?? null;
    if (socket === null) return;
    const filters = this.filters.map((factory) => factory.create(socket, local));
    this.running.push(...filters);
    const { maxBytes, dropped } = this;
    socket.start({
      datagram(data, ip, port) {
        if (data.length > maxBytes) {
          dropped.inc();
          return;
        }
        for (let i = 0; i < filters.length; i++) if (filters[i].onDatagram(data, ip, port)) return;
      },
      datagramFailed() {
        for (const filter of filters) filter.onReceiveError();
      },
    });
  }

  /** Sessions end with the listening, as in Envoy. */
  override stop(): void {
    const { running } = this;
    this.running = [];
    for (const filter of running) filter.close();
    super.stop();
  }
}
