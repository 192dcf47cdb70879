/** A listening socket: on libuv's handles where the probe of handles.ts found them, else on `net.Server`. */
import type { Address } from './address.ts';
import { HandleServerSocket } from './handle-server-socket.ts';
import { handles } from './handles.ts';
import { NetServerSocket } from './net-server-socket.ts';
import type { Wire, WireOwner } from './wire.ts';

export interface ServerSocketOptions {
  readonly address: Address;
  /** Instead of the address's own; 0 = the kernel chooses. */
  readonly port: number;
  /** Connections the kernel keeps ready for accept. */
  readonly backlog: number;
  /** Other sockets may bind the same port, the kernel spreads connections over them. */
  readonly reusePort: boolean;
  /** An IPv6 socket takes no IPv4 connections. */
  readonly ipv6Only: boolean;
}

export interface ServerSocketOwner {
  /** `make` is called within the call. */
  accepted(make: (owner: WireOwner) => Wire): void;
  /** One connection was lost (`EMFILE` …); the socket goes on listening. */
  acceptFailed(code: string): void;
}

export interface ServerSocket {
  /** Who gets the connections; may change while it listens. */
  owner: ServerSocketOwner;
  /** Binds and listens; the port bound, 0 for a path. Rejects with an error that has the system's `code`. */
  listen(options: ServerSocketOptions): Promise<number>;
  /** Stops listening; connections stay. A path is removed. Not listening: nothing happens. */
  close(): void;
}

export function makeServerSocket(owner: ServerSocketOwner): ServerSocket {
  return handles !== null ? new HandleServerSocket(owner) : new NetServerSocket(owner);
}
