/** An HTTP/2 client that sends exactly the frames it is told to, and reads frames without decoding header blocks. For hostile tests. */
import { type Peer, until } from './proxy.ts';

const TYPES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
] as const;
export type FrameType = (typeof TYPES)[number];
export const END_STREAM = 1;
export const END_HEADERS = 4;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export function frame(type: FrameType, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const b = Buffer.alloc(9 + payload.length);
  b.writeUIntBE(payload.length, 0, 3);
  b[3] = TYPES.indexOf(type);
  b[4] = flags;
  b.writeUInt32BE(stream, 5);
  payload.copy(b, 9);
  return b;
}

/** Literal fields without indexing and without Huffman. */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    parts.push(Buffer.from([0]), hpackString(name), hpackString(value));
  }
  return Buffer.concat(parts);
}
function hpackString(s: string): Buffer {
  const body = Buffer.from(s, 'latin1');
  if (body.length < 127) return Buffer.concat([Buffer.from([body.length]), body]);
  const length = [127];
  let left = body.length - 127;
  for (; left >= 128; left >>>= 7) length.push((left & 127) | 128);
  length.push(left);
  return Buffer.concat([Buffer.from(length), body]);
}

export const requestFields = (path = '/', method = 'GET'): [string, string][] => [
  [':method', method],
  [':scheme', 'http'],
  [':path', path],
  [':authority', 'a'],
];
const GET = headerBlock(requestFields());

export interface Frame {
  type: FrameType;
  flags: number;
  stream: number;
  payload: Buffer;
  /** END_STREAM */
  end: boolean;
  /** Of GOAWAY. */
  lastId: number;
  /** Of RST_STREAM and GOAWAY. */
  code: number;
}

export class H2Peer {
  readonly peer: Peer;
  /** Received and not yet asked for. */
  frames: Frame[] = [];
  dataBytes = 0;
  private rest = Buffer.alloc(0);

  constructor(peer: Peer) {
    this.peer = peer;
    peer.keep = false;
    peer.socket.on('data', (c: Buffer) => this.read(c));
  }

  private read(c: Buffer): void {
    this.rest = Buffer.concat([this.rest, c]);
    while (this.rest.length >= 9) {
      const n = this.rest.readUIntBE(0, 3);
      if (this.rest.length < 9 + n) return;
      const payload = this.rest.subarray(9, 9 + n);
      const type = TYPES[this.rest[3]];
      const flags = this.rest[4];
      const goaway = type === 'GOAWAY';
      this.frames.push({
        type,
        flags,
        stream: this.rest.readUInt32BE(5) & 0x7fffffff,
        payload,
        end: (type === 'DATA' || type === 'HEADERS') && (flags & END_STREAM) !== 0,
        lastId: goaway ? payload.readUInt32BE(0) & 0x7fffffff : 0,
        code: goaway ? payload.readUInt32BE(4) : type === 'RST_STREAM' ? payload.readUInt32BE(0) : 0,
      });
      if (type === 'DATA') this.dataBytes += n;
      this.rest = this.rest.subarray(9 + n);
    }
  }

  /** Preface and SETTINGS. */
  start(settings: readonly (readonly [id: number, value: number])[] = []): this {
    const b = Buffer.alloc(settings.length * 6);
    settings.forEach(([id, value], i) => {
      b.writeUInt16BE(id, i * 6);
      b.writeUInt32BE(value, i * 6 + 2);
    });
    this.peer.send(Buffer.concat([PREFACE, frame('SETTINGS', 0, 0, b), frame('SETTINGS', 1, 0)]));
    return this;
  }

  /** A GET without body. */
  request(stream: number): this {
    this.peer.send(frame('HEADERS', END_STREAM | END_HEADERS, stream, GET));
    return this;
  }
  headers(stream: number, fields: readonly (readonly [string, string])[], end: boolean): this {
    this.peer.send(frame('HEADERS', (end ? END_STREAM : 0) | END_HEADERS, stream, headerBlock(fields)));
    return this;
  }

  /** The next frame that is wanted; those before it are dropped. Throws when the peer closes first. */
  async until(wanted: (f: Frame) => boolean): Promise<Frame> {
    let found = -1;
    await until(() => {
      found = this.frames.findIndex(wanted);
      return found >= 0 || this.peer.ended;
    });
    if (found < 0) throw new Error(`closed after ${this.frames.map((f) => f.type).join(' ')}`);
    const f = this.frames[found];
    this.frames = this.frames.slice(found + 1);
    return f;
  }
}

export const getBlock = GET;
