/** Frames by hand, for what no well-behaved peer sends; and what a codec wrote, as lines of text. */
import { CodecError } from '../../../src/codec/http.ts';
import { PREFACE } from '../../../src/codec/http2/constants.ts';
import { HpackDecoder } from '../../../src/codec/http2/hpack-decoder.ts';
import { type Http2Options, http2Options } from '../../../src/codec/http2/options.ts';
import { Http2ServerCodec } from '../../../src/codec/http2/server-codec.ts';
import { codecStats, MemoryOutput, NotingDecoder } from './doubles.ts';

export function frame(type: number, flags: number, id: number, payload: Buffer | number[] = []): Buffer {
  const body = Buffer.from(payload);
  const b = Buffer.alloc(9 + body.length);
  b.writeUIntBE(body.length, 0, 3);
  b[3] = type;
  b[4] = flags;
  b.writeUInt32BE(id, 5);
  body.copy(b, 9);
  return b;
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const head: number[] = [];
  if (bytes.length < 127) head.push(bytes.length);
  else {
    head.push(127);
    let n = bytes.length - 127;
    for (; n >= 128; n >>= 7) head.push((n & 127) | 128);
    head.push(n);
  }
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A header block of plain literals. */
export function block(...pairs: [string, string][]): Buffer {
  return Buffer.concat(pairs.map(([n, v]) => Buffer.concat([Buffer.from([0]), string(n), string(v)])));
}

export function requestBlock(...extra: [string, string][]): Buffer {
  return block([':method', 'POST'], [':scheme', 'http'], [':path', '/'], [':authority', 'a.test'], ...extra);
}

/** HEADERS with END_HEADERS, and END_STREAM when asked. */
export function headers(id: number, payload: Buffer, endStream = false): Buffer {
  return frame(1, endStream ? 5 : 4, id, payload);
}

export const START = Buffer.concat([PREFACE, frame(4, 0, 0)]);

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
];

export function describe(bytes: Buffer): string[] {
  const lines: string[] = [];
  const hpack = new HpackDecoder();
  for (let at = 0; at < bytes.length; ) {
    const n = bytes.readUIntBE(at, 3);
    const type = bytes[at + 3];
    const flags = bytes[at + 4];
    const id = bytes.readUInt32BE(at + 5);
    const p = bytes.subarray(at + 9, at + 9 + n);
    let text = '';
    if (type === 1) {
      const fields: string[] = [];
      hpack.decode(p, 0, n, { onField: (name, value) => fields.push(`${name}=${value}`) });
      text = ` ${fields.join(' ')}`;
    } else if (type === 3) text = ` ${p.readUInt32BE(0)}`;
    else if (type === 7) text = ` last ${p.readUInt32BE(0)} code ${p.readUInt32BE(4)}`;
    else if (type === 8) text = ` ${p.readUInt32BE(0)}`;
    else if (type === 4) {
      for (let i = 0; i < n; i += 6) text += ` ${p.readUInt16BE(i)}=${p.readUInt32BE(i + 2)}`;
    } else if (type === 0) text = ` ${n} bytes`;
    lines.push(`${TYPES[type]}${(flags & 1) !== 0 ? (type === 4 || type === 6 ? ' ack' : ' end') : ''} ${id}${text}`);
    at += 9 + n;
  }
  return lines;
}

/** A server codec fed by hand. */
export class RawServer {
  readonly out = new MemoryOutput();
  readonly stats = codecStats();
  readonly requests: NotingDecoder[] = [];
  readonly codec: Http2ServerCodec;
  /** Set when a dispatch threw. */
  error: CodecError | null = null;
  onRequest: ((request: NotingDecoder) => void) | null = null;

  constructor(opts: Partial<Http2Options> = {}) {
    this.codec = new Http2ServerCodec(
      this.out,
      {
        newStream: (encoder) => {
          const d = new NotingDecoder();
          d.encoder = encoder;
          this.requests.push(d);
          this.onRequest?.(d);
          return d;
        },
        onGoAway() {},
      },
      http2Options(opts),
      this.stats,
    );
    this.send(START);
    this.out.take();
  }

  /** What the codec answered. */
  send(...parts: Buffer[]): string[] {
    try {
      this.codec.dispatch(Buffer.concat(parts));
    } catch (e) {
      if (!(e instanceof CodecError)) throw e;
      this.error = e;
    }
    return describe(this.out.take());
  }
}
