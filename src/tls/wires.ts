/** How TLS stands on a socket: on Node's TLS handle where it and the handles below are known, else on `tls.TLSSocket`. */
import type { Address } from '../transport/address.ts';
import { connectHandle, type HandleWire } from '../transport/handle-wire.ts';
import { handles } from '../transport/handles.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import type { ClientSide, ServerSide } from './sides.ts';
import { wrapTls } from './tls-handles.ts';

export interface TlsWires {
  accept(raw: Wire, unread: Buffer | null, owner: WireOwner, side: ServerSide): Wire;
  connect(address: Address, owner: WireOwner, side: ClientSide): Wire;
}

/** Loaded when a config has TLS. */
export async function loadWires(): Promise<TlsWires> {
  if (handles === null) return (await import('./node-tls-wire.ts')).nodeTlsWires;
  if (wrapTls === null) throw new Error('TLS handles of this Node are not known: set ENVOYLET_TRANSPORT=net');
  const { TlsWire } = await import('./tls-wire.ts');
  return {
    accept(raw, unread, owner, side) {
      const wire = new TlsWire(owner, side, null);
      wire.raw = raw as HandleWire;
      raw.handOver(wire, unread);
      return wire;
    },
    connect(address, owner, side) {
      const wire = new TlsWire(owner, null, side);
      const first = side.before?.(wire) ?? null;
      wire.raw = connectHandle(address, first ?? wire);
      if (first !== null) first.wire = wire.raw;
      return wire;
    },
  };
}
