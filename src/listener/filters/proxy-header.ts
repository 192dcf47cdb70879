/**
 * Reads a PROXY protocol header, of version 1 or 2, from the first bytes of a connection. Pure: bytes in, facts out. Judges as Envoy's
 * proxy_protocol.cc does (source/extensions/filters/listener/proxy_protocol).
 */
import { isIP } from '../../platform/ip.ts';
import { Address } from '../../transport/address.ts';

const SIGNATURE_V1 = Buffer.from('PROXY ');
const SIGNATURE_V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const CR = 13;
/** Signature, version and command, family and transport, length of what follows. */
const HEADER_V2 = 16;
/** A line with its end. */
const MAX_V1 = 108;
/** Bytes of the two addresses and ports. */
const INET_BYTES = 12;
const INET6_BYTES = 36;

export interface Tlv {
  readonly type: number;
  readonly value: Buffer;
}

export interface ProxyHeader {
  readonly version: 1 | 2;
  /** Bytes of it. */
  readonly length: number;
  /** Null: the socket's own addresses hold (LOCAL, UNKNOWN). */
  readonly source: Address | null;
  readonly destination: Address | null;
  readonly tlvs: readonly Tlv[];
}

export interface ProxyHeaderOptions {
  /** What begins as none of the versions that are taken is let through. */
  readonly optional: boolean;
  readonly takesV1: boolean;
  readonly takesV2: boolean;
}

/**
 * `more`: it goes on. `none`: these bytes have no header, which is fine. `denied`: of a version that is not taken. `bad`: there is none, or
 * it lies; `version` is 0 for the former.
 */
export type ProxyHeaderResult =
  | ProxyHeader
  | 'more'
  | 'none'
  | { readonly wrong: 'denied' | 'bad'; readonly version: 0 | 1 | 2 };

const begins = (data: Buffer, signature: Buffer): boolean => {
  const n = Math.min(data.length, signature.length);
  return data.compare(signature, 0, n, 0, n) === 0;
};
const bad = (version: 0 | 1 | 2): ProxyHeaderResult => ({ wrong: 'bad', version });

/** `data`: all that was read so far. Never throws. */
export function readProxyHeader(data: Buffer, o: ProxyHeaderOptions): ProxyHeaderResult {
  const couldBe = (o.takesV1 && begins(data, SIGNATURE_V1)) || (o.takesV2 && begins(data, SIGNATURE_V2));
  if (o.optional && !couldBe) return 'none';
  if (data.length >= HEADER_V2) {
    if (begins(data, SIGNATURE_V2)) return readV2(data, o);
    if (!begins(data, SIGNATURE_V1)) return bad(0);
  }
  // Version 2 begins with a CRLF, too.
  if (data[0] === CR) return data.length < HEADER_V2 ? 'more' : bad(0);
  const end = data.indexOf('\r\n', 0, 'latin1');
  const length = end < 0 ? data.length : end + 2;
  if (length > MAX_V1) return bad(end < 0 ? 0 : 1);
  if (end < 0) return 'more';
  return o.takesV1 ? readV1(data.toString('latin1', 0, end), length) : { wrong: 'denied', version: 1 };
}

function readV1(line: string, length: number): ProxyHeaderResult {
  const [proxy, family, from, to, fromPort, toPort, ...more] = line.trimEnd().split(' ');
  if (proxy !== 'PROXY' || family === undefined) return bad(1);
  if (family === 'UNKNOWN') return { version: 1, length, source: null, destination: null, tlvs: [] };
  if (toPort === undefined || more.length > 0) return bad(1);
  const kind = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  const source = kind === 0 ? null : addressOf(kind, from, fromPort);
  const destination = kind === 0 ? null : addressOf(kind, to, toPort);
  if (source === null || destination === null) return bad(1);
  return { version: 1, length, source, destination, tlvs: [] };
}

function addressOf(kind: 4 | 6, ip: string, port: string): Address | null {
  if (isIP(ip) !== kind || ip.includes('%') || !/^\d{1,9}$/.test(port)) return null;
  const n = Number(port);
  if (n > 0xffff) return null;
  return unicast(kind === 4 ? ip.split('.').map(Number) : octets6(ip), n);
}

/** Of what isIP() takes. */
function octets6(ip: string): number[] {
  const words = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((part) => {
          if (part.includes('.')) return part.split('.').map(Number);
          const word = Number.parseInt(part, 16);
          return [word >> 8, word & 255];
        });
  const [head, tail] = ip.split('::');
  const before = words(head);
  if (tail === undefined) return before;
  const after = words(tail);
  return [...before, ...new Array<number>(16 - before.length - after.length).fill(0), ...after];
}

/** Null for an address that nobody can have: TCP has neither broadcast nor multicast. */
function unicast(octets: readonly number[], port: number): Address | null {
  if (octets.every((o) => o === 0)) return null;
  if (octets.length === 4) {
    if (octets.every((o) => o === 255) || octets[0] >> 4 === 14) return null;
    return new Address(octets.join('.'), port);
  }
  return octets[0] === 255 ? null : new Address(text6(octets), port);
}

/** As inet_ntop writes it: the longest run of zero words, the first of several, is `::`. */
function text6(octets: readonly number[]): string {
  const words = Array.from({ length: 8 }, (_, i) => (octets[2 * i] << 8) | octets[2 * i + 1]);
  let best = 0;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && words[to] === 0) to++;
    if (to - from > length) [best, length] = [from, to - from];
  }
  const mapped = best === 0 && (length === 6 || (length === 5 && words[5] === 0xffff));
  const hex = (list: readonly number[]): string => list.map((w) => w.toString(16)).join(':');
  if (mapped) return `::${length === 5 ? 'ffff:' : ''}${octets.slice(12).join('.')}`;
  return length < 2 ? hex(words) : `${hex(words.slice(0, best))}::${hex(words.slice(best + length))}`;
}

function readV2(data: Buffer, o: ProxyHeaderOptions): ProxyHeaderResult {
  if (!o.takesV2) return { wrong: 'denied', version: 2 };
  if (data[12] >> 4 !== 2) return bad(2);
  const command = data[12] & 15;
  const family = data[13] >> 4;
  const transport = data[13] & 15;
  const size = data.readUInt16BE(14);
  const length = HEADER_V2 + size;
  const local = command === 0;
  const addressBytes = local ? 0 : family === 1 ? INET_BYTES : family === 2 ? INET6_BYTES : -1;
  if (addressBytes < 0 || size < addressBytes) return bad(2);
  if (data.length < HEADER_V2 + addressBytes) return 'more';
  if (!local && (command !== 1 || transport < 1 || transport > 2)) return bad(2);
  if (data.length < length) return 'more';
  if (local) return { version: 2, length, source: null, destination: null, tlvs: [] };
  const ipBytes = addressBytes === INET_BYTES ? 4 : 16;
  const ports = HEADER_V2 + 2 * ipBytes;
  const ip = (at: number): number[] => [...data.subarray(HEADER_V2 + at, HEADER_V2 + at + ipBytes)];
  const tlvs = readTlvs(data.subarray(HEADER_V2 + addressBytes, length));
  const source = unicast(ip(0), data.readUInt16BE(ports));
  const destination = unicast(ip(ipBytes), data.readUInt16BE(ports + 2));
  if (tlvs === null || source === null || destination === null) return bad(2);
  return { version: 2, length, source, destination, tlvs };
}

/** Null where one reaches beyond the header. */
function readTlvs(data: Buffer): Tlv[] | null {
  const tlvs: Tlv[] = [];
  let at = 0;
  while (at < data.length) {
    if (at + 3 > data.length) return null;
    const end = at + 3 + data.readUInt16BE(at + 1);
    if (end > data.length) return null;
    tlvs.push({ type: data[at], value: data.subarray(at + 3, end) });
    at = end;
  }
  return tlvs;
}
