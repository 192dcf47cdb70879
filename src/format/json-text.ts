/** JSON as wire text (source/common/json/json_sanitizer.cc): UTF-8 as it is, and what is no UTF-8 byte by byte as \u00e9. */
import { fromWire, toWire } from '../platform/wire-text.ts';

/** Anything but text that may stand between quotes as it is. */
const SPECIAL = /[^ !#-[\]-~]/;

/** Any value without undefined in it, its keys in their order. */
export function jsonText(value: unknown): string {
  return toWire(JSON.stringify(value));
}

/** Wire text between quotes. */
export function jsonString(wire: string): string {
  if (!SPECIAL.test(wire)) return `"${wire}"`;
  const text = fromWire(wire);
  if (text !== null) return toWire(JSON.stringify(text));
  return `"${wire.replace(/[^ !#-[\]-~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}
