/**
 * What was found out about an accepted socket before its filters met it: by listener filters, or by the transport.
 * Role of Envoy's Network::ConnectionInfoProvider (envoy/network/socket.h).
 */
import type { Address } from './address.ts';

export class SocketInfo {
  /** The client's address as a proxy before us says, null for the socket's own. */
  remoteAddress: Address | null = null;
  /** The address that the client wanted, null for the socket's own. */
  localAddress: Address | null = null;
  /** Lower case, '' when the client named none. */
  serverName = '';
  /** `tls`, `raw_buffer`; '' while nobody looked. */
  transportProtocol = '';
  /** Why its first bytes are no ClientHello, where one was looked for. */
  notTls = '';
  /** Fingerprints of the ClientHello, '' where nobody made them. */
  ja3 = '';
  ja4 = '';
  /** What the client offers or, on clear text, speaks: `h2`, `http/1.1`. */
  applicationProtocols: readonly string[] = NONE;
  /** What filters of this connection share with whoever comes next, by its key. Null: nothing. */
  filterState: Map<string, unknown> | null = null;
  /** Dynamic metadata of the connection by its namespace. Null: none. */
  metadata: Record<string, Record<string, unknown>> | null = null;
  /** Response flags of network filters. */
  flags = 0;
  /** RESPONSE_CODE_DETAILS of a network filter, '' for none. */
  details = '';
  /** CONNECTION_TERMINATION_DETAILS, '' for none. */
  terminationDetails = '';

  share(name: string, value: unknown): void {
    this.filterState ??= new Map();
    this.filterState.set(name, value);
  }

  /** Adds to what stands under `namespace`; a key that is there is replaced. */
  addMetadata(namespace: string, values: Readonly<Record<string, unknown>>): void {
    this.metadata ??= {};
    this.metadata[namespace] = { ...this.metadata[namespace], ...values };
  }
}

const NONE: readonly string[] = [];
