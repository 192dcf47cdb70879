/** envoy.transport_sockets.raw_buffer by name: what a filter chain without a transport_socket has. */
import { RAW_BUFFER, type TransportFactory } from './transport-factory.ts';

export function create(): TransportFactory {
  return RAW_BUFFER;
}
