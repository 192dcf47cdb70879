/**
 * Text that people wrote (the config, a node's name) and text as peers send it. The data path holds what stands on the wire as strings
 * of one char a byte (latin1); a config's text is UTF-16. Envoy compares and sends the config's UTF-8 bytes, so whatever of it meets
 * bytes of a peer goes through `toWire` when the config is built: what is matched, looked up by, hashed, sent or logged.
 */

import { isUtf8 } from 'node:buffer';

const BEYOND_ASCII = /[^\0-\x7f]/;
/** Up to this many characters a loop is faster than the call of a regular expression. */
const LOOP_CHARS = 40;

/** The UTF-8 bytes of `text`, one char each. */
export function toWire(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** The text whose UTF-8 bytes these are; null where they are not UTF-8. */
export function fromWire(wire: string): string | null {
  if (!BEYOND_ASCII.test(wire)) return wire;
  const bytes = Buffer.from(wire, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}

/** The bytes that `%XX` stand for; a percent sign that starts no such sequence stays. A plus stays a plus. */
export function percentDecode(wire: string): string {
  if (!wire.includes('%')) return wire;
  return wire.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Each character that `others` (a global pattern) finds as `%XX`. */
export function percentEncode(wire: string, others: RegExp): string {
  return wire.replace(others, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** ASCII letters in lower case, every other byte as it is. `toLowerCase` of JavaScript takes the bytes 0xC0 to 0xDE for capitals. */
export function asciiLower(wire: string): string {
  // V8 gives the same text back where there is nothing to change, which is faster than looking for a capital.
  const lower = wire.toLowerCase();
  if (lower === wire) return wire;
  if (!BEYOND_ASCII.test(wire)) return lower;
  return wire.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** What ends a line or a head (RFC 9110 section 5.5), and what is no byte. */
const UNWRITABLE = /[\0\r\n\u0100-\uffff]/;
/** A token (RFC 9110 section 5.6.2). Pseudo-headers are no names: they are written by other means. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Beside those: what would end a part of the first line. */
const UNWRITABLE_TARGET = /[\0- \x7f\u0100-\uffff]/;

/** Whether this can be written as the value of a header. */
export function isWritableValue(wire: string): boolean {
  const n = wire.length;
  if (n > LOOP_CHARS) return !UNWRITABLE.test(wire);
  for (let i = 0; i < n; i++) {
    const c = wire.charCodeAt(i);
    if (c < 0x20 ? c === 0x0a || c === 0x0d || c === 0 : c > 0xff) return false;
  }
  return true;
}

export function isWritableName(wire: string): boolean {
  return NAME.test(wire);
}

/** As a method, a path or an authority. */
export function isWritableTarget(wire: string): boolean {
  const n = wire.length;
  if (n > LOOP_CHARS) return !UNWRITABLE_TARGET.test(wire);
  for (let i = 0; i < n; i++) {
    const c = wire.charCodeAt(i);
    if (c <= 0x20 || c === 0x7f || c > 0xff) return false;
  }
  return true;
}
