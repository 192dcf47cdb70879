/**
 * Byte classes of HTTP/1 messages (RFC 9110 section 5, RFC 9112), as lookup tables for the scanners. They are the strict
 * ones: what llhttp refuses in strict mode or Envoy's parser refuses (source/common/http/http1/balsa_parser.cc) is not in them.
 */
import type { Latin1Buffer } from '../../platform/latin1.ts';

export const HT = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const DQUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const SLASH = 0x2f;

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Token characters (RFC 9110 section 5.6.2); the entry is the lower-cased byte, 0 for all others. */
export const TOKEN = new Uint8Array(256);
for (const c of `!#$%&'*+-.^_\`|~${DIGITS}${LOWER}`) TOKEN[c.charCodeAt(0)] = c.charCodeAt(0);
for (const c of UPPER) TOKEN[c.charCodeAt(0)] = c.charCodeAt(0) | 0x20;

/** Field value bytes: HT, SP, VCHAR and obs-text; no other control and no DEL. */
export const FIELD = new Uint8Array(256);
FIELD.fill(1, 0x20);
FIELD[0x7f] = 0;
FIELD[HT] = 1;

/** Request target bytes: visible ASCII only. */
export const TARGET = new Uint8Array(256);
TARGET.fill(1, 0x21, 0x7f);

/** Bytes of an authority, as Envoy's HeaderUtility::authorityIsValid has them. */
export const AUTHORITY = new Uint8Array(256);
for (const c of `!$%&'()*+,-.:;=@[]_~${DIGITS}${LOWER}${UPPER}`) AUTHORITY[c.charCodeAt(0)] = 1;

/** Value of a hexadecimal digit plus one; 0 for all other bytes. */
export const HEX = new Uint8Array(256);
for (let i = 0; i < 10; i++) HEX[0x30 + i] = i + 1;
for (let i = 0; i < 6; i++) {
  HEX[0x41 + i] = i + 11;
  HEX[0x61 + i] = i + 11;
}

export function latin1(buf: Buffer, start: number, end: number): string {
  return (buf as Latin1Buffer).latin1Slice(start, end);
}

export function isAuthority(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (AUTHORITY[text.charCodeAt(i)] === 0) return false;
  return true;
}
