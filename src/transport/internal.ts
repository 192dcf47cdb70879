/**
 * Addresses inside the process: `envoy://<listener>/<endpoint id>`, as Envoy prints them. They stand as the path of an Address. What connects to
 * them is put here by the first internal listener (internal-wire.ts); null: there is none, and such an address leads nowhere.
 */
import type { Address } from './address.ts';
import type { Wire, WireOwner } from './wire.ts';

export const INTERNAL = 'envoy://';

export const internal: { connect: ((address: Address, owner: WireOwner) => Wire) | null } = { connect: null };
