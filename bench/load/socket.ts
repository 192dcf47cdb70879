/** A connection of the load to 127.0.0.1, in the clear or over TLS. A handshake is a whole one: nothing of the one before is used again. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Target {
  readonly port: number;
  /** Over TLS. */
  readonly tls?: boolean;
}

/** `alpn`: the protocol that TLS is to agree on. */
export function connectTo({ port, tls }: Target, alpn: string): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  if (tls !== true) return socket;
  return connectTls({ socket, ALPNProtocols: [alpn], rejectUnauthorized: false });
}
