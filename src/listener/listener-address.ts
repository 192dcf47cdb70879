/** Where a listener listens, as its config says. */
import type { Address as AddressMessage, Listener as ListenerMessage } from '../config/schema/types.ts';
import { Address } from '../transport/address.ts';
import { INTERNAL } from '../transport/internal.ts';

export function addressOf(message: AddressMessage | undefined): Address {
  const pipe = message?.pipe?.path;
  if (pipe !== undefined) return new Address('', 0, pipe);
  const inside = message?.envoyInternalAddress;
  if (inside !== undefined) {
    return new Address('', 0, `${INTERNAL}${inside.serverListenerName ?? ''}/${inside.endpointId ?? ''}`);
  }
  const s = message?.socketAddress;
  return new Address(s?.address ?? '', s?.portValue ?? 0);
}

/** The first one. */
export function listenerAddress(message: ListenerMessage): Address {
  if (message.internalListener !== undefined) return new Address('', 0, `${INTERNAL}${message.name ?? ''}/`);
  return addressOf(message.address);
}

/** All of them, as Envoy names a listener that it refuses. */
export function listenerAddresses(message: ListenerMessage): string {
  const more = (message.additionalAddresses ?? []).map((m) => addressOf(m.address));
  return [listenerAddress(message), ...more].map((a) => a.text).join();
}
