/** Whom a connection to a host is made for, as a transport may tell it the host. Role of Network::ProxyProtocolData (envoy/network/proxy_protocol.h). */
import type { Address } from './address.ts';
import type { Connection } from './connection.ts';
import type { TransportOptions } from './transport-factory.ts';

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
export const HEADER_STATE = 'envoy.network.proxy_protocol_options';
const NONE: readonly Tlv[] = [];

const SERVER_NAME = 'envoy.network.upstream_server_name';
const PROTOCOLS = 'envoy.network.application_protocols';

/** What filters of a connection ask of the transport to its host; null for nothing. */
export function askedBy(state: ReadonlyMap<string, unknown>): TransportOptions | null {
  const name = state.get(SERVER_NAME);
  const protocols = state.get(PROTOCOLS);
  if (typeof name !== 'string' && typeof protocols !== 'string') return null;
  return {
    ...(typeof name === 'string' ? { serverName: name } : {}),
    ...(typeof protocols === 'string' ? { alpn: protocols.split(',') } : {}),
  };
}

export function downstreamOf(connection: Connection): Downstream {
  const said = connection.socketInfo?.filterState?.get(HEADER_STATE) as Downstream | undefined;
  if (said !== undefined) return said;
  return { source: connection.remoteAddress, destination: connection.localAddress, tlvs: NONE };
}
