/** The `range` of a request for something that is cached. Mirrors source/extensions/filters/http/cache/range_utils.cc: one range, no lists. */
import type { Headers } from '../../../codec/headers.ts';

/** Bytes from..to (to not included) are asked for; null: all of it is. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}
export const UNSATISFIABLE = 'unsatisfiable';

const FORM = /^bytes=([0-9]*)-([0-9]*)$/;
/** Envoy's numbers have 64 bits; what has more is no range. */
const MAX = 18446744073709551615n;

/** What of `length` bytes is asked for. A range that cannot be read, or several, ask for all. */
export function byteRange(request: Headers, length: number): ByteRange | typeof UNSATISFIABLE | null {
  const value = request.get('range');
  if (value === undefined || request.getAll('range') !== value) return null;
  const m = FORM.exec(value);
  if (m === null) return null;
  const first = position(m[1]);
  const last = position(m[2]);
  if ((first === null && last === null) || first === TOO_LONG || last === TOO_LONG) return null;
  if (first !== null && last !== null && first > last) return null;
  if (length === 0) return UNSATISFIABLE;
  if (first === null) {
    const suffix = last as number;
    if (suffix === 0) return UNSATISFIABLE;
    return suffix >= length ? null : { from: length - suffix, to: length };
  }
  if (first >= length) return UNSATISFIABLE;
  const to = last === null || last >= length ? length : last + 1;
  return first === 0 && to === length ? null : { from: first, to };
}

const TOO_LONG = -1;

function position(digits: string): number | null {
  if (digits === '') return null;
  if (digits.length > 20) return /^0*$/.test(digits.slice(0, -20)) ? position(digits.slice(-20)) : TOO_LONG;
  return BigInt(digits) > MAX ? TOO_LONG : Number(digits);
}
