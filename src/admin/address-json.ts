/** An address as envoy.config.core.v3.Address in JSON. */
import type { Address } from '../transport/address.ts';
import type { JsonObject } from './server-view.ts';

export function addressJson(a: Address): JsonObject {
  if (a.path !== '') return { pipe: { path: a.path } };
  return { socket_address: { address: a.ip, port_value: a.port } };
}
