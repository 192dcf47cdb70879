/** What a UDP listener does with each datagram: its listener filters. Roles of Envoy's UdpListenerReadFilter (envoy/network/filter.h). */
import type { FactoryContext } from '../extension/context.ts';
import type { Address } from '../transport/address.ts';
import type { DatagramSocket } from '../transport/datagram-socket.ts';

/** One socket's. */
export interface UdpFilter {
  /** True: it is nobody else's any more. */
  onDatagram(data: Buffer, ip: string, port: number): boolean;
  /** The socket could not be read from. */
  onReceiveError(): void;
  /** The socket is gone, or another listener's. */
  close(): void;
}

/** What the `create` of a UDP filter's module returns. */
export interface UdpFilterFactory {
  /** `local`: where the socket is bound. */
  create(socket: DatagramSocket, local: Address): UdpFilter;
}

export interface UdpFilterContext extends FactoryContext {
  /** As the listener is configured. */
  readonly addresses: readonly Address[];
}
