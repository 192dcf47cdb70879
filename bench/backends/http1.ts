/**
 * The HTTP/1.1 backend on a raw socket: `/small` 100 bytes, `/64k` 64 KiB, `/digest…` what exactly arrived, for the check;
 * anything else says how long the request's body was.
 */
import { createHash, type Hash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';

export const SMALL_BYTES = 100;
export const LARGE_BYTES = 64 * 1024;
const MAX_HEAD_BYTES = 64 * 1024;

/** Every byte of a body is told by its place, so that a proxy cannot mix up pieces unseen. */
export function bodyOf(length: number): Buffer {
  const b = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) b[i] = 97 + ((i + (i >> 8)) % 26);
  return b;
}

function answer(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** What `/upload` and its like say. */
const lengthText = (path: string, bodyBytes: number): string => `${path} ${bodyBytes}`;

/** What a path below `/digest` says: the path, the body's SHA-256 and the header. */
export function digestText(path: string, digest: Hash, header: string): string {
  return `${path} ${digest.digest('hex')} ${header}`;
}

/** Bytes of the answer's body to a load's request. */
export function answerLength(path: string, bodyBytes: number): number {
  if (path === '/small') return SMALL_BYTES;
  return path === '/64k' ? LARGE_BYTES : lengthText(path, bodyBytes).length;
}

const SMALL = answer(bodyOf(SMALL_BYTES));
const LARGE = answer(bodyOf(LARGE_BYTES));
const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;
/** The request header that `/digest…` says. */
export const CHECK_HEADER = 'x-bench-check';
const CHECKED = new RegExp(`\\r\\n${CHECK_HEADER}: *(.*?) *\\r\\n`, 'i');
const CHUNKED = /\r\ntransfer-encoding: *chunked\r\n/i;
/** The TCP scenarios share this port: a first line of `stream` asks for bytes without end. */
const STREAM = 's'.charCodeAt(0);
const PIECE = bodyOf(256 * 1024);

export function http1Backend(): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', (first: Buffer) => {
      if (first[0] === STREAM) endless(socket);
      else new Http1Peer(socket).feed(first);
    });
  });
}

function endless(socket: Socket): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(PIECE));
  };
  socket.on('drain', more);
  socket.on('data', () => {});
  more();
}

class Http1Peer {
  private readonly socket: Socket;
  private held: Buffer = Buffer.alloc(0);
  private path = '';
  private close = false;
  /** Body bytes to come; -1: in a head; -2: chunked. */
  private left = -1;
  private length = 0;
  /** Of the body of a `/digest…`: the load's requests are not slowed. */
  private digest: Hash | null = null;
  private header = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.feed(chunk));
  }

  feed(chunk: Buffer): void {
    let b: Buffer = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    this.held = Buffer.alloc(0);
    while (b.length > 0) {
      if (this.left === -1) {
        const end = b.indexOf('\r\n\r\n');
        if (end < 0) {
          if (b.length > MAX_HEAD_BYTES) this.socket.destroy();
          this.held = b;
          return;
        }
        this.readHead(b.toString('latin1', 0, end + 2));
        b = b.subarray(end + 4);
      } else if (this.left === -2) {
        // A chunk at a time; its size line and its CRLF.
        const end = b.indexOf('\r\n');
        const size = end < 0 ? 0 : Number.parseInt(b.toString('latin1', 0, end), 16);
        if (end < 0 || b.length < end + 4 + size) {
          this.held = b;
          return;
        }
        this.digest?.update(b.subarray(end + 2, end + 2 + size));
        b = b.subarray(end + 4 + size);
        this.length += size;
        if (size === 0) this.left = 0;
      } else {
        const n = Math.min(this.left, b.length);
        this.digest?.update(b.subarray(0, n));
        b = b.subarray(n);
        this.left -= n;
      }
      if (this.left === 0) {
        this.left = -1;
        this.reply();
      }
    }
  }

  private readHead(head: string): void {
    this.path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
    this.close = /\r\nconnection: *close\r\n/i.test(head) || head.includes(' HTTP/1.0\r\n');
    if (this.path.startsWith('/digest')) {
      this.digest = createHash('sha256');
      this.header = CHECKED.exec(head)?.[1] ?? '(no header)';
    }
    if (CHUNKED.test(head)) {
      this.left = -2;
      this.length = 0;
      return;
    }
    this.left = Number(LENGTH.exec(head)?.[1] ?? 0);
    this.length = this.left;
  }

  private reply(): void {
    this.socket.write(this.answer());
    if (this.close) this.socket.end();
  }

  private answer(): Buffer {
    if (this.path === '/small') return SMALL;
    if (this.path === '/64k') return LARGE;
    const { digest } = this;
    this.digest = null;
    if (digest !== null) return answer(Buffer.from(digestText(this.path, digest, this.header)));
    return answer(Buffer.from(lengthText(this.path, this.length)));
  }
}
