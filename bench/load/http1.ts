/** HTTP/1.1 requests over raw sockets, one at a time per connection; kept alive or one connection each. */
import type { Socket } from 'node:net';
import { answerLength } from '../backends/http1.ts';
import type { Job } from './job.ts';
import type { Lane, Pacer } from './pacer.ts';
import { connectTo, type Target } from './socket.ts';

const EMPTY: Buffer = Buffer.alloc(0);
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_SIZE_LINE_BYTES = 1024;

/** Where a response ends, and how long its body is. Content-Length and chunked; `bad` says what was wrong. */
export class ResponseReader {
  bad = '';
  private head: Buffer = EMPTY;
  private inBody = false;
  private readonly want: number;
  /** Bytes to come: of the body, or of a chunk and its CRLF. */
  private left = 0;
  private chunked = false;
  /** A chunk's size line that is cut, bytes of the chunks so far, and whether the last one was seen. */
  private line = '';
  private length = 0;
  private ending = false;

  /** `want`: bytes of every right body; -1 when any length will do. */
  constructor(want = -1) {
    this.want = want;
  }

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
      if (!this.feedChunks(body)) return false;
      this.mustBe(this.length);
    } else {
      this.left -= body.length;
      if (this.left < 0 && this.bad === '') this.bad = 'more bytes than announced';
      if (this.left > 0) return false;
    }
    this.inBody = false;
    return true;
  }

  /** True with the last byte of a chunked body. Answers here have no trailers. */
  private feedChunks(b: Buffer): boolean {
    for (let at = 0; at < b.length; ) {
      if (this.left > 0) {
        const n = Math.min(this.left, b.length - at);
        this.left -= n;
        at += n;
        if (this.left > 0 || !this.ending) continue;
        if (at < b.length) this.bad = 'more bytes than announced';
        return true;
      }
      const end = b.indexOf('\n', at);
      this.line += b.toString('latin1', at, end < 0 ? b.length : end);
      if (this.line.length > MAX_SIZE_LINE_BYTES) this.bad = 'no chunk size';
      if (end < 0 || this.bad !== '') return false;
      const size = Number.parseInt(this.line, 16);
      if (!(size >= 0)) {
        this.bad = 'no chunk size';
        return false;
      }
      this.line = '';
      this.length += size;
      this.ending = size === 0;
      this.left = size + 2;
      at = end + 1;
    }
    return false;
  }

  private mustBe(length: number): void {
    if (this.want < 0 || length === this.want || this.bad !== '') return;
    this.bad = `a body of ${length} bytes, expected ${this.want}`;
  }

  private readHead(head: string): void {
    if (!head.startsWith('HTTP/1.1 200')) this.bad = `answer: ${head.slice(0, head.indexOf('\r\n'))}`;
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head);
    this.chunked = length === null && /\r\ntransfer-encoding: *chunked\r\n/i.test(head);
    this.left = length === null ? 0 : Number(length[1]);
    if (length === null && !this.chunked) this.bad = 'neither length nor chunked';
    if (length !== null) this.mustBe(this.left);
    this.line = '';
    this.length = 0;
    this.ending = false;
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
  private readonly target: Target;
  private readonly request: Buffer;
  private readonly once: boolean;
  private readonly want: number;
  private socket: Socket | null = null;
  private reader: ResponseReader;
  private waiting = false;

  constructor(pacer: Pacer, job: Job) {
    this.pacer = pacer;
    this.target = job;
    this.once = job.kind === 'http1-new';
    this.want = answerLength(job.what, job.bodyBytes);
    this.reader = new ResponseReader(this.want);
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
    const socket = connectTo(this.target, 'http/1.1');
    this.socket = socket;
    this.reader = new ResponseReader(this.want);
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
