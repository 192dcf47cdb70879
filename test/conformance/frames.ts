/**
 * HTTP/2 frames written and read by hand, for what node:http2 would refuse to send. A frame is a line of words:
 * `PREFACE`, `SETTINGS 4=100`, `SETTINGS ack`, `HEADERS 1 end :method=GET x-a=b`, `CONTINUATION 1 …`, `DATA 1 end text`,
 * `RST_STREAM 1 8`, `PING`, `PING ack`, `GOAWAY 0`, `WINDOW_UPDATE 1 100`, `PRIORITY 3 1`, `RAW 00000401…`. `noend` before the fields
 * leaves out END_HEADERS; `%20` in a word is a space.
 */
import { Buffer } from 'node:buffer';

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
const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];
const END_STREAM = 1;
const END_HEADERS = 4;
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** The bytes of one line. */
export function frame(line: string): string {
  const [type, ...words] = line.split(' ').map((word) => word.replaceAll('%20', ' '));
  if (type === 'PREFACE') return PREFACE;
  if (type === 'RAW') return Buffer.from(words.join(''), 'hex').toString('latin1');
  const code = TYPES.indexOf(type!);
  if (code < 0) throw new Error(`no such frame: ${line}`);
  if (type === 'SETTINGS' || type === 'PING') return controlFrame(code, type, words);
  if (type === 'GOAWAY') return pack(code, 0, 0, u32(0) + u32(Number(words[0] ?? 0)));
  const stream = Number(words.shift());
  if (type === 'RST_STREAM' || type === 'WINDOW_UPDATE') return pack(code, 0, stream, u32(Number(words[0])));
  if (type === 'PRIORITY') return pack(code, 0, stream, `${u32(Number(words[0]))}\x10`);
  const end = take(words, 'end') ? END_STREAM : 0;
  if (type === 'DATA') return pack(code, end, stream, words.join(' '));
  const endHeaders = take(words, 'noend') ? 0 : END_HEADERS;
  return pack(code, end | endHeaders, stream, words.map(literal).join(''));
}

function controlFrame(code: number, type: string, words: string[]): string {
  const ack = take(words, 'ack') ? 1 : 0;
  if (type === 'PING') return pack(code, ack, 0, '12345678');
  const settings = words.map((word) => {
    const [id, value] = word.split('=').map(Number);
    return String.fromCharCode(id! >> 8, id! & 255) + u32(value!);
  });
  return pack(code, ack, 0, settings.join(''));
}

/** Literal field without indexing, no Huffman code (RFC 7541 section 6.2.2). */
function literal(field: string): string {
  const equals = field.indexOf('=', 1);
  const name = field.slice(0, equals);
  const value = field.slice(equals + 1);
  return `\0${hpackString(name)}${hpackString(value)}`;
}

function hpackString(s: string): string {
  if (s.length < 127) return String.fromCharCode(s.length) + s;
  let left = s.length - 127;
  let prefix = '\x7f';
  for (; left >= 128; left >>= 7) prefix += String.fromCharCode((left & 127) | 128);
  return prefix + String.fromCharCode(left) + s;
}

function take(words: string[], word: string): boolean {
  if (words[0] !== word) return false;
  words.shift();
  return true;
}

function u32(n: number): string {
  return String.fromCharCode((n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
}

function pack(type: number, flags: number, stream: number, payload: string): string {
  return u32(payload.length).slice(1) + String.fromCharCode(type, flags) + u32(stream) + payload;
}

/** A frame as read; `length` is its size on the wire. */
export interface ReadFrame {
  type: string;
  line: string;
  length: number;
}

/** The first frame of the bytes, or undefined when it is not whole yet. */
export function readFrame(bytes: string): ReadFrame | undefined {
  const b = Buffer.from(bytes, 'latin1');
  if (b.length < 9) return undefined;
  const size = b.readUIntBE(0, 3);
  if (b.length < 9 + size) return undefined;
  const type = TYPES[b[3]!] ?? `TYPE_${b[3]}`;
  const flags = b[4]!;
  const stream = b.readUInt32BE(5) & 0x7fffffff;
  const payload = b.subarray(9, 9 + size);
  return { type, length: 9 + size, line: describe(type, flags, stream, payload) };
}

function describe(type: string, flags: number, stream: number, payload: Buffer): string {
  const end = (flags & END_STREAM) !== 0;
  if (type === 'RST_STREAM') return `RST_STREAM ${stream} ${errorName(payload.readUInt32BE(0))}`;
  if (type === 'GOAWAY') return `GOAWAY last=${payload.readUInt32BE(0)} ${errorName(payload.readUInt32BE(4))}`;
  if (type === 'PING') return `PING${end ? ' ack' : ''}`;
  if (type === 'SETTINGS') {
    const settings: string[] = [];
    for (let i = 0; i + 6 <= payload.length; i += 6)
      settings.push(`${payload.readUInt16BE(i)}=${payload.readUInt32BE(i + 2)}`);
    return end ? 'SETTINGS ack' : `SETTINGS ${settings.join(' ')}`;
  }
  if (type === 'WINDOW_UPDATE') return `WINDOW_UPDATE ${stream} ${payload.readUInt32BE(0)}`;
  if (type === 'DATA') return `DATA ${stream} ${payload.length} bytes${end ? ' end' : ''}`;
  if (type === 'HEADERS') return `HEADERS ${stream}${end ? ' end' : ''}`;
  return `${type} ${stream} flags=${flags} ${payload.length} bytes`;
}

function errorName(code: number): string {
  return ERRORS[code] ?? `error ${code}`;
}
