/**
 * Reads a TLS ClientHello from the first bytes of a connection: which name it asks for, which protocols it offers, and what its
 * fingerprints are made of. Pure: bytes in, facts out. What Envoy gets from BoringSSL's early callback (source/extensions/filters/listener/
 * tls_inspector).
 */

/** The record layer's limit of one record's payload (RFC 8446, 5.1). */
const MAX_RECORD = 16 * 1024;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;

export interface ClientHello {
  /** legacy_version. */
  readonly version: number;
  readonly ciphers: readonly number[];
  /** Types, in the order of the message. */
  readonly extensions: readonly number[];
  /** As it was sent; '' when absent. */
  readonly serverName: string;
  /** The ALPN list; empty when absent. */
  readonly alpn: readonly string[];
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly versions: readonly number[];
}

/** `more`: it goes on. `notTls`: these bytes do not begin a TLS handshake. `bad`: they do, but not with a ClientHello one can read. */
export type HelloResult = ClientHello | 'more' | 'notTls' | 'bad';

/** `data`: all that was read so far. Never throws. */
export function readClientHello(data: Buffer): HelloResult {
  const length = data.length;
  if (length > 0 && data[0] !== HANDSHAKE) return 'notTls';
  if (length > 1 && data[1] !== 3) return 'notTls';
  if (length < RECORD_HEADER) return 'more';
  const first = data.readUInt16BE(3);
  if (first === 0 || first > MAX_RECORD) return 'bad';
  if (length > RECORD_HEADER && data[RECORD_HEADER] !== CLIENT_HELLO) return 'bad';
  // Nearly always one record holds the message.
  if (first >= MESSAGE_HEADER && length >= RECORD_HEADER + MESSAGE_HEADER) {
    const size = data.readUIntBE(RECORD_HEADER + 1, 3);
    if (size > MAX_RECORD) return 'bad';
    if (first >= MESSAGE_HEADER + size) {
      if (length < RECORD_HEADER + MESSAGE_HEADER + size) return 'more';
      return readMessage(data.subarray(RECORD_HEADER + MESSAGE_HEADER, RECORD_HEADER + MESSAGE_HEADER + size));
    }
  }
  return fromRecords(data);
}

/** A message in pieces: each record brings a part. */
function fromRecords(data: Buffer): HelloResult {
  const parts: Buffer[] = [];
  let have = 0;
  let size = -1;
  let at = 0;
  while (at + RECORD_HEADER <= data.length) {
    if (data[at] !== HANDSHAKE || data[at + 1] !== 3) return 'bad';
    const n = data.readUInt16BE(at + 3);
    if (n === 0 || n > MAX_RECORD) return 'bad';
    const part = data.subarray(at + RECORD_HEADER, at + RECORD_HEADER + n);
    parts.push(part);
    have += part.length;
    if (size < 0 && have >= MESSAGE_HEADER) {
      const begin = Buffer.concat(parts);
      if (begin[0] !== CLIENT_HELLO) return 'bad';
      size = begin.readUIntBE(1, 3);
      if (size > MAX_RECORD) return 'bad';
    }
    if (size >= 0 && have >= MESSAGE_HEADER + size) {
      return readMessage(Buffer.concat(parts).subarray(MESSAGE_HEADER, MESSAGE_HEADER + size));
    }
    if (part.length < n) return 'more';
    at += RECORD_HEADER + n;
  }
  return 'more';
}

/** A cursor that says once whether it was led outside. */
class Cursor {
  private readonly data: Buffer;
  private at: number;
  bad: boolean;
  constructor(data: Buffer) {
    this.data = data;
    this.at = 0;
    this.bad = false;
  }
  get left(): number {
    return this.data.length - this.at;
  }
  number(bytes: number): number {
    if (this.bad || this.left < bytes) {
      this.bad = true;
      return 0;
    }
    const n = this.data.readUIntBE(this.at, bytes);
    this.at += bytes;
    return n;
  }
  take(n: number): Buffer {
    if (this.bad || this.left < n) {
      this.bad = true;
      return NOTHING;
    }
    this.at += n;
    return this.data.subarray(this.at - n, this.at);
  }
  /** Bytes behind their length. */
  vector(lengthBytes: number): Buffer {
    return this.take(this.number(lengthBytes));
  }
}

const NOTHING = Buffer.alloc(0);
const NONE: readonly never[] = [];

function readMessage(message: Buffer): HelloResult {
  const c = new Cursor(message);
  const version = c.number(2);
  c.take(32);
  if (c.vector(1).length > 32) return 'bad';
  const ciphers = numbers(c.vector(2), 2);
  if (ciphers.length === 0) return 'bad';
  c.vector(1);
  const extensions: number[] = [];
  let serverName = '';
  let alpn: readonly string[] = NONE;
  let groups: readonly number[] = NONE;
  let pointFormats: readonly number[] = NONE;
  let signatureAlgorithms: readonly number[] = NONE;
  let versions: readonly number[] = NONE;
  if (c.bad) return 'bad';
  if (c.left > 0) {
    const all = new Cursor(c.vector(2));
    if (c.bad || c.left > 0) return 'bad';
    while (all.left > 0) {
      const type = all.number(2);
      const e = new Cursor(all.vector(2));
      if (all.bad) return 'bad';
      extensions.push(type);
      if (type === 0) serverName = hostName(e);
      else if (type === 10) groups = numbers(e.vector(2), 2);
      else if (type === 11) pointFormats = numbers(e.vector(1), 1);
      else if (type === 13) signatureAlgorithms = numbers(e.vector(2), 2);
      else if (type === 16) alpn = protocols(e);
      else if (type === 43) versions = numbers(e.vector(1), 2);
      if (e.bad) return 'bad';
    }
  }
  return { version, ciphers, extensions, serverName, alpn, groups, pointFormats, signatureAlgorithms, versions };
}

function numbers(data: Buffer, bytes: number): readonly number[] {
  const list: number[] = [];
  for (let i = 0; i + bytes <= data.length; i += bytes) list.push(data.readUIntBE(i, bytes));
  return list;
}

function hostName(e: Cursor): string {
  const list = new Cursor(e.vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  if (list.bad || type !== 0 || name.includes(0)) {
    e.bad = true;
    return '';
  }
  return name.toString('latin1');
}

function protocols(e: Cursor): readonly string[] {
  const list = new Cursor(e.vector(2));
  const names: string[] = [];
  while (list.left > 0) {
    const name = list.vector(1);
    if (name.length === 0) e.bad = true;
    names.push(name.toString('latin1'));
  }
  if (list.bad) e.bad = true;
  return names;
}
