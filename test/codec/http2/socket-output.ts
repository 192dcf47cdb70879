/** A CodecOutput on a net.Socket: what the tests use to talk to foreign peers with nothing but the codec. */
import type net from 'node:net';
import type { CodecOutput } from '../../../src/codec/http.ts';

export class SocketOutput implements CodecOutput {
  private readonly socket: net.Socket;
  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
  }
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }
  write(data: Buffer): void {
    if (this.socket.writable) this.socket.write(data);
  }
  writeLatin1(data: string): void {
    if (this.socket.writable) this.socket.write(data, 'latin1');
  }
}
