/** HTTP/1.1 requests over raw sockets, one at a time per connection; kept alive or one connection each. */
import { connect, type Socket } from 'node:net';
import type { Job } from './job.ts';
import type { Lane, Pacer } from './pacer.ts';

const EMPTY: Buffer = Buffer.alloc(0);
const MAX_HEAD_BYTES = 64 * 1024;

/** Where a response ends. Content-Length and chunked; `bad` says what was wrong. */
export class ResponseReader {
  bad = '';
  private head: Buffer = EMPTY;
  private inBody = false;
  private left = 0;
  private chunked = false;
  /** Last bytes of a chunked body: enough to see its end. Answers here have no trailers. */
  private tail = '';

  /** True when the response is complete with this chunk; it must then end with it. */
  feed(chunk: Buffer): boolean {
    let body = chunk;
    if (!this.inBody) {
      const all = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) {
        if (all.length > MAX_HEAD_BYTES) this.bad = 'head too long';
        this.head = all;
        return false;
      }
      this.readHead(all.toString('latin1', 0, end + 2));
      this.head = EMPTY;
      this.inBody = true;
      body = all.subarray(end + 4);
    }
    if (this.chunked) {
      this.tail = (this.tail + body.toString('latin1', Math.max(0, body.length - 8))).slice(-8);
      if (!this.tail.endsWith('0\r\n\r\n')) return false;
    } else {
      this.left -= body.length;
      if (this.left < 0 && this.bad === '') this.bad = 'more bytes than announced';
      if (this.left > 0) return false;
    }
    this.inBody = false;
    return true;
  }

  private readHead(head: string): void {
    if (!head.startsWith('HTTP/1.1 200')) this.bad = `answer: ${head.slice(0, head.indexOf('\r\n'))}`;
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head);
    this.chunked = length === null && /\r\ntransfer-encoding: *chunked\r\n/i.test(head);
    this.left = length === null ? 0 : Number(length[1]);
    if (length === null && !this.chunked) this.bad = 'neither length nor chunked';
    this.tail = '';
  }
}

export function requestBytes(path: string, bodyBytes: number, close: boolean): Buffer {
  const head =
    `${bodyBytes > 0 ? 'POST' : 'GET'} ${path} HTTP/1.1\r\nHost: bench.local\r\nUser-Agent: envoylet-bench\r\n` +
    (bodyBytes > 0 ? `Content-Type: application/octet-stream\r\nContent-Length: ${bodyBytes}\r\n` : '') +
    (close ? 'Connection: close\r\n' : '') +
    '\r\n';
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(bodyBytes, 'x')]);
}

export class Http1Lane implements Lane {
  began = Number.NaN;
  readonly size = 1;
  private readonly pacer: Pacer;
  private readonly port: number;
  private readonly request: Buffer;
  private readonly once: boolean;
  private socket: Socket | null = null;
  private reader = new ResponseReader();
  private waiting = false;

  constructor(pacer: Pacer, job: Job) {
    this.pacer = pacer;
    this.port = job.port;
    this.once = job.kind === 'http1-new';
    this.request = requestBytes(job.what, job.bodyBytes, this.once);
  }

  send(): void {
    this.waiting = true;
    if (this.socket === null) this.open();
    this.socket!.write(this.request);
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): void {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.socket = socket;
    this.reader = new ResponseReader();
    socket.on('data', (chunk: Buffer) => this.onData(socket, chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.onClose(socket));
  }

  private onData(socket: Socket, chunk: Buffer): void {
    if (socket !== this.socket || !this.waiting) return;
    const whole = this.reader.feed(chunk);
    if (this.reader.bad !== '') {
      socket.destroy();
      this.onClose(socket);
    } else if (whole) {
      this.waiting = false;
      if (this.once) {
        this.socket = null;
        socket.destroy();
      }
      this.pacer.done(this);
    }
  }

  private onClose(socket: Socket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    if (!this.waiting) return;
    this.waiting = false;
    this.pacer.failed(this);
  }
}
