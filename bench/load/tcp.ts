/** Bytes through a TCP proxy: the backend sends as fast as it is read, the lane counts MiB. */
import { connect, type Socket } from 'node:net';
import type { Job } from './job.ts';
import type { Lane, Pacer } from './pacer.ts';

const MIB = 1024 * 1024;

export class TcpLane implements Lane {
  began = Number.NaN;
  readonly size = 1;
  private readonly pacer: Pacer;
  private readonly port: number;
  private socket: Socket | null = null;
  private bytes = 0;
  private waiting = false;

  constructor(pacer: Pacer, job: Job) {
    this.pacer = pacer;
    this.port = job.port;
  }

  /** One request is one MiB: the next one is already on its way. */
  send(): void {
    this.waiting = true;
    if (this.socket === null) this.open();
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): void {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.socket = socket;
    // Asks the backend for the endless stream.
    socket.write('stream\n');
    socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      while (this.bytes >= MIB && this.waiting) {
        this.bytes -= MIB;
        this.waiting = false;
        this.pacer.done(this);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (socket !== this.socket) return;
      this.socket = null;
      if (!this.waiting) return;
      this.waiting = false;
      this.pacer.failed(this);
    });
  }
}
