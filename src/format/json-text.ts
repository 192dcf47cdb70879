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

/** A value of a Struct: numbers as std::to_chars writes them, in the shorter of its two forms. */
export function structText(value: unknown): string {
  return toWire(written(value));
}

function written(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return numberText(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`);
  return `{${members.join(',')}}`;
}

function numberText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, e] = Math.abs(value).toExponential().split('e');
  const exponent = Number(e);
  const digits = mantissa.replace('.', '');
  const scientific = `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  let fixed: string;
  if (Number.isInteger(value)) fixed = String(BigInt(Math.abs(value)));
  else if (exponent < 0) fixed = `0.${'0'.repeat(-exponent - 1)}${digits}`;
  else fixed = `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  return (value < 0 ? '-' : '') + (fixed.length <= scientific.length ? fixed : scientific);
}
