/** config.core.v3.CidrRange as text. */
import type { CidrRange } from './schema/types.ts';

/** `10.0.0.0/8`, as it is written: whether it is a range is for who reads it to say. */
export function cidrText(range: CidrRange): string {
  return `${range.addressPrefix ?? ''}/${range.prefixLen ?? 0}`;
}

/** What Envoy says of one that is none. */
export function notARange(range: CidrRange): string {
  return `invalid ip/mask combo '${cidrText(range)}' (format is <ip>/<# mask bits>)`;
}
