/** Whom a connection to a host is made for, as a transport may tell it the host. Role of Network::ProxyProtocolData (envoy/network/proxy_protocol.h). */
import type { Address } from './address.ts';
import type { Connection } from './connection.ts';

export interface Tlv {
  readonly type: number;
  readonly value: Buffer;
}

export interface Downstream {
  readonly source: Address;
  readonly destination: Address;
  /** Of the PROXY header that the client came with. */
  readonly tlvs: readonly Tlv[];
}

/** Filter state with what a PROXY header said. */
const HEADER_STATE = 'envoy.network.proxy_protocol_options';
const NONE: readonly Tlv[] = [];

export function downstreamOf(connection: Connection): Downstream {
  const said = connection.socketInfo?.filterState?.get(HEADER_STATE) as Downstream | undefined;
  if (said !== undefined) return said;
  return { source: connection.remoteAddress, destination: connection.localAddress, tlvs: NONE };
}
