/** Sockets that send and take datagrams, for tests. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface Got {
  readonly text: string;
  readonly from: RemoteInfo;
}

export class UdpPeer {
  readonly socket: Socket;
  readonly got: Got[] = [];
  private waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (data, from) => {
      this.got.push({ text: data.toString('latin1'), from });
      const { waiting } = this;
      this.waiting = [];
      for (const wake of waiting) wake();
    });
  }

  static async bind(): Promise<UdpPeer> {
    const peer = new UdpPeer(createSocket('udp4'));
    peer.socket.bind(0, '127.0.0.1');
    await once(peer.socket, 'listening');
    return peer;
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(text: string, port: number): void {
    this.socket.send(text, port, '127.0.0.1');
  }

  /** Once so many have come in all. */
  async until(count: number): Promise<readonly Got[]> {
    while (this.got.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.got;
  }

  close(): void {
    this.socket.close();
  }
}

/** Answers each datagram with `prefix` and what it was. */
export async function echo(prefix: string): Promise<UdpPeer> {
  const peer = await UdpPeer.bind();
  peer.socket.on('message', (data, from) => peer.socket.send(`${prefix}${data}`, from.port, from.address));
  return peer;
}
