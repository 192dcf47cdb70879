/**
 * What stands between a connection and the bare socket: nothing, TLS, or whatever else changes bytes on the way. A transport is a
 * wire over a wire. Role of Envoy's Network::TransportSocketFactory (envoy/network/transport_socket.h).
 */
import type { Address } from './address.ts';
import type { Downstream } from './downstream-facts.ts';
import { connectHandle } from './handle-wire.ts';
import { handles } from './handles.ts';
import { INTERNAL, internal } from './internal.ts';
import { connectNet } from './net-wire.ts';
import type { Wire, WireOwner } from './wire.ts';

/** What one connection asks of its transport instead of what the factory was configured with. */
export interface TransportOptions {
  /** The name to ask for (SNI) and, with `verifyName`, to find in the peer's certificate. */
  readonly serverName?: string;
  readonly verifyName?: string;
  /** Application protocols to offer, in order. */
  readonly alpn?: readonly string[];
  /** What is offered where the factory's configuration says nothing. */
  readonly alpnFallback?: readonly string[];
  /** Of the host; for a factory that `usesHost`. */
  readonly hostname?: string;
  /** The host's, by name; as `hostname`. */
  readonly typedMetadata?: ReadonlyMap<string, { readonly typeUrl: string; readonly value: unknown }>;
  /** Whom the connection is for; for a factory that `usesDownstream`. */
  readonly downstream?: Downstream;
  /** Id of the client's connection that it is for alone. */
  readonly client?: number;
  /** What is sent before anything of the transport's own. */
  readonly preface?: (local: Address, remote: Address) => Buffer;
  /** Who has the bare socket until the transport's own begins: tells `next` of it as of one that has just connected. */
  readonly before?: Before;
}

export type Before = (next: WireOwner) => WireOwner & { wire: Wire };

export interface TransportFactory {
  /** As in the config: `envoy.transport_sockets.raw_buffer`. */
  readonly name: string;
  /** What it carries cannot be read on the way. */
  readonly secure: boolean;
  /** Asks for the name and the typed metadata of the host it connects to. */
  readonly usesHost?: boolean;
  /** Tells the host whom a connection is for: each client has connections of its own. */
  readonly usesDownstream?: boolean;
  /**
   * Over a socket that was accepted. `owner` is told from now on what comes out of the transport; its handshake, if it has one, runs
   * before the first `wireData`. `unread`: what listener filters have read and left.
   */
  accept(raw: Wire, unread: Buffer | null, owner: WireOwner): Wire;
  /** `owner.wireConnected` when the transport is ready, or `wireFailed`; never from within this call. */
  connect(address: Address, owner: WireOwner, options: TransportOptions | null): Wire;
}

/** envoy.transport_sockets.raw_buffer, and what a chain or a cluster without transport_socket has. */
export const RAW_BUFFER: TransportFactory = {
  name: 'envoy.transport_sockets.raw_buffer',
  secure: false,
  accept(raw, unread, owner) {
    raw.handOver(owner, unread);
    return raw;
  },
  connect(address, owner) {
    if (internal.connect !== null && address.path.startsWith(INTERNAL)) return internal.connect(address, owner);
    return handles !== null ? connectHandle(address, owner) : connectNet(address, owner);
  },
};
