/** A listening socket on `net.Server`: documented Node API only. See server-socket.ts for when it is used. */
import type { Stats } from 'node:fs';
import type { Server } from 'node:net';
import type { Address } from './address.ts';
import { NetWire, nodeNet } from './net-wire.ts';
import type { ServerSocket, ServerSocketOptions, ServerSocketOwner } from './server-socket.ts';
import { bindErrorCode, closeKeepingOthers, removeStale, socketFile } from './socket-file.ts';

export class NetServerSocket implements ServerSocket {
  owner: ServerSocketOwner;
  private server: Server | null = null;
  private address: Address | null = null;
  private file: Stats | null = null;

  constructor(owner: ServerSocketOwner) {
    this.owner = owner;
  }

  listen(o: ServerSocketOptions): Promise<number> {
    const { path, ip } = o.address;
    const server = nodeNet().createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    server.on('connection', (socket) => this.owner.accepted((owner) => new NetWire(socket, owner, path)));
    const { backlog, port, reusePort, ipv6Only } = o;
    removeStale(o.address);
    return new Promise((resolve, reject) => {
      const refused = (e: NodeJS.ErrnoException): void => {
        if (e.code !== undefined) e.code = bindErrorCode(o.address, e.code);
        reject(e);
      };
      server.once('error', refused);
      server.listen(
        path !== '' ? { path: o.address.systemPath, backlog } : { host: ip, port, backlog, reusePort, ipv6Only },
        () => {
          server.off('error', refused);
          server.on('error', (e: NodeJS.ErrnoException) => this.owner.acceptFailed(e.code ?? e.message));
          this.server = server;
          this.address = o.address;
          this.file = socketFile(o.address);
          const at = server.address();
          resolve(at !== null && typeof at === 'object' ? at.port : 0);
        },
      );
    });
  }

  close(): void {
    const { server, address } = this;
    this.server = null;
    if (server !== null && address !== null) closeKeepingOthers(address, this.file, () => server.close());
  }
}
