/** A UDP socket on node:dgram, where datagram-handle.ts has found no handle that it knows: slower, and deaf to what a host answers with ICMP. */
import { createSocket, type Socket } from 'node:dgram';
import { Address, plainIp } from './address.ts';
import { type DatagramBind, type DatagramOwner, type DatagramSocket, mappedIp } from './datagram-socket.ts';

/** Datagrams that wait for the socket; what comes beyond them is lost. */
const MAX_WAITING = 1;

export class NodeDatagramSocket implements DatagramSocket {
  private readonly ipv6: boolean;
  private socket: Socket;
  private owner: DatagramOwner | null = null;
  /** Whom it takes from; null for anybody. */
  private peer: Address | null = null;
  private closed = false;

  constructor(ipv6: boolean) {
    this.ipv6 = ipv6;
    this.socket = this.make({});
  }

  private make(o: { reusePort?: boolean; ipv6Only?: boolean }): Socket {
    // Every address is one already.
    const lookup = (ip: string, _: unknown, done: (e: null, ip: string, family: number) => void): void =>
      done(null, ip, this.ipv6 ? 6 : 4);
    const socket = createSocket({ type: this.ipv6 ? 'udp6' : 'udp4', lookup: lookup as never, ...o });
    socket.on('message', (data, from) => {
      const { peer, owner } = this;
      if (peer !== null && (from.port !== peer.port || from.address !== peer.ip)) return;
      owner?.datagram(data, this.ipv6 ? plainIp(from.address) : from.address, from.port);
    });
    return socket;
  }

  bind(o: DatagramBind): Promise<number> {
    this.socket.close();
    const socket = this.make({ reusePort: o.reusePort, ipv6Only: o.ipv6Only });
    this.socket = socket;
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: o.address.ip, port: o.port }, () => {
        socket.off('error', reject);
        this.watch();
        const { receiveBuffer, sendBuffer, ttl, broadcast } = o.options;
        try {
          if (receiveBuffer > 0) socket.setRecvBufferSize(receiveBuffer);
          if (sendBuffer > 0) socket.setSendBufferSize(sendBuffer);
          if (ttl > 0) socket.setTTL(ttl);
          if (broadcast) socket.setBroadcast(true);
          resolve(socket.address().port);
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  private watch(): void {
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.owner?.datagramFailed(error.code ?? 'EIO'));
  }

  connect(address: Address): string {
    this.peer = address;
    this.watch();
    this.socket.bind();
    return '';
  }

  start(owner: DatagramOwner): void {
    this.owner = owner;
  }

  send(data: Buffer): boolean {
    return this.peer !== null && this.sendTo(data, this.peer.ip, this.peer.port);
  }

  sendTo(data: Buffer, ip: string, port: number): boolean {
    if (this.closed || this.socket.getSendQueueCount() > MAX_WAITING) return false;
    this.socket.send(data, port, this.ipv6 ? mappedIp(ip) : ip, (error: NodeJS.ErrnoException | null) => {
      if (error !== null && !this.closed) this.owner?.datagramFailed(error.code ?? 'EIO');
    });
    return true;
  }

  localAddress(): Address | null {
    try {
      const { address, port } = this.socket.address();
      return new Address(address, port);
    } catch {
      return null;
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
  }
}
