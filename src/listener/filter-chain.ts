/** What a connection goes through: a transport and filters, chosen by what is known of its socket. Role of Envoy's FilterChainImpl. */
import type { NetworkFilterFactory } from '../extension/context.ts';
import type { Connection } from '../transport/connection.ts';
import type { SocketInfo } from '../transport/socket-info.ts';
import { RAW_BUFFER, type TransportFactory } from '../transport/transport-factory.ts';
import type { Wire } from '../transport/wire.ts';
import type { ReadFilterFactory } from './network-filter.ts';
import { ReadFilterChain } from './read-filter-chain.ts';

export class FilterChain {
  readonly name: string;
  readonly transport: TransportFactory;
  /** ms for the transport's handshake (transport_socket_connect_timeout); 0 = no limit. */
  readonly transportConnectTimeoutMs: number;
  private readonly filters: readonly ReadFilterFactory[];
  private readonly terminal: NetworkFilterFactory | null;

  constructor(
    name: string,
    terminal: NetworkFilterFactory | null,
    filters: readonly ReadFilterFactory[] = [],
    transport: TransportFactory = RAW_BUFFER,
    transportConnectTimeoutMs = 0,
  ) {
    this.name = name;
    this.terminal = terminal;
    this.filters = filters;
    this.transport = transport;
    this.transportConnectTimeoutMs = transportConnectTimeoutMs;
  }

  /** A chain without filters takes connections and closes them at once, as Envoy's. */
  take(connection: Connection, bufferLimitBytes: number): void {
    const { terminal } = this;
    if (terminal === null) connection.close('noFlush');
    else if (this.filters.length === 0) terminal.onConnection(connection);
    else new ReadFilterChain(connection, this.filters, terminal, bufferLimitBytes).open();
  }
}

/** The chains of a listener. */
export interface FilterChains {
  /** The chain of every connection, where there is nothing to choose; else null. */
  readonly only: FilterChain | null;
  /** Null: no chain is meant for this socket. */
  find(raw: Wire, info: SocketInfo): FilterChain | null;
}

export function oneChain(chain: FilterChain): FilterChains {
  return { only: chain, find: () => chain };
}
