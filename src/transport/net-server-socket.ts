/** A listening socket on `net.Server`: documented Node API only. See server-socket.ts for when it is used. */
import type { Server } from 'node:net';
import { NetWire, nodeNet } from './net-wire.ts';
import type { ServerSocket, ServerSocketOptions, ServerSocketOwner } from './server-socket.ts';

export class NetServerSocket implements ServerSocket {
  private readonly owner: ServerSocketOwner;
  private server: Server | null = null;

  constructor(owner: ServerSocketOwner) {
    this.owner = owner;
  }

  listen(o: ServerSocketOptions): Promise<number> {
    const { path, ip } = o.address;
    const server = nodeNet().createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    server.on('connection', (socket) => this.owner.accepted((owner) => new NetWire(socket, owner, path)));
    const { backlog, port, reusePort, ipv6Only } = o;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(
        path !== ''
          ? { path: path.startsWith('@') ? `\0${path.slice(1)}` : path, backlog }
          : { host: ip, port, backlog, reusePort, ipv6Only },
        () => {
          server.off('error', reject);
          server.on('error', (e: NodeJS.ErrnoException) => this.owner.acceptFailed(e.code ?? e.message));
          this.server = server;
          const at = server.address();
          resolve(at !== null && typeof at === 'object' ? at.port : 0);
        },
      );
    });
  }

  close(): void {
    this.server?.close();
    this.server = null;
  }
}
