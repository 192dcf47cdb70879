/** An address as envoy.config.core.v3.Address in JSON. */
import type { Address } from '../transport/address.ts';
import { INTERNAL } from '../transport/internal.ts';
import type { JsonObject } from './server-view.ts';

export function addressJson(a: Address): JsonObject {
  if (a.path.startsWith(INTERNAL)) {
    const [server_listener_name, endpoint_id] = a.path.slice(INTERNAL.length).split('/');
    return { envoy_internal_address: { server_listener_name, ...(endpoint_id === '' ? {} : { endpoint_id }) } };
  }
  if (a.path !== '') return { pipe: { path: a.path } };
  return { socket_address: { address: a.ip, port_value: a.port } };
}
