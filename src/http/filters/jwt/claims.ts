/** Claims of a token as headers and as metadata. */
import type { JwtClaimToHeader } from '../../../config/schema/types.ts';
import { memberOf } from '../../../config/struct.ts';
import { toWire } from '../../../platform/wire-text.ts';
import type { Fields } from '../lua/stream-objects.ts';
import { sixDecimals } from '../number-text.ts';

const MAX_UINT64 = 2 ** 64;

/** Undefined where the token has none. */
export function claimValue(payload: Fields, { claimName = '', claimPath = [] }: JwtClaimToHeader): unknown {
  const path = claimPath.length > 0 ? claimPath.map(({ key = '' }) => key) : claimName.split('.');
  return memberOf(payload, path);
}

/** Wire text; '' for what is not forwarded. Lists and objects are JSON in base64. */
export function claimText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return toWire(value);
    case 'boolean':
      return String(value);
    case 'number':
      return value < 0 || value >= MAX_UINT64 || !Number.isInteger(value)
        ? sixDecimals(value)
        : BigInt(value).toString();
    case 'object':
      return value === null ? '' : Buffer.from(JSON.stringify(value)).toString('base64');
    default:
      return '';
  }
}

/** `claims` that are words with blanks between them become lists. */
export function payloadForMetadata(payload: Fields, claims: readonly string[]): Fields {
  if (claims.length === 0) return payload;
  const made: Record<string, unknown> = { ...payload };
  for (const name of claims) {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (typeof value === 'string') made[name] = value.split(' ').filter((word) => word !== '');
  }
  return made;
}
