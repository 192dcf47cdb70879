/** Reads a JSON web token (RFC 7519), with the verdicts of jwt_verify_lib's Jwt::parseFromString, in its order. */
import { readStruct } from '../../../config/struct.ts';
import type { Fields } from '../lua/stream-objects.ts';
import {
  ALG_UNKNOWN,
  AUD_TYPE,
  BAD_FORMAT,
  EXP_RANGE,
  EXP_TYPE,
  HEADER_ALG,
  HEADER_BASE64,
  HEADER_JSON,
  HEADER_KID,
  IAT_RANGE,
  IAT_TYPE,
  ISS_TYPE,
  JTI_TYPE,
  type JwtStatus,
  NBF_RANGE,
  NBF_TYPE,
  PAYLOAD_BASE64,
  PAYLOAD_JSON,
  SIGNATURE_BASE64,
  SUB_TYPE,
} from './status.ts';

// biome-ignore format: a word list
const ALGORITHMS = new Set([
  'ES256', 'ES384', 'ES512', 'EdDSA', 'HS256', 'HS384', 'HS512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512',
]);
/** Claims that are no doubles of at most this are out of range. */
const MAX_UINT64 = 2 ** 64;

export interface Jwt {
  readonly alg: string;
  readonly kid: string;
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  /** Seconds since 1970; 0 where the token does not say. */
  readonly exp: number;
  readonly nbf: number;
  readonly header: Fields;
  readonly payload: Fields;
  /** As it stands in the token. */
  readonly payloadText: string;
  /** What was signed, and how. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const BLANK = /[ \t\r\n\f\v]/;
const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/;

/** White space is left out, wherever it stands. */
export function base64url(input: string): Buffer | null {
  const text = BLANK.test(input) ? input.replace(/[ \t\r\n\f\v]/g, '') : input;
  if (!BASE64URL.test(text)) return null;
  const padding = text.indexOf('=');
  const digits = padding < 0 ? text.length : padding;
  if (digits % 4 === 1 || (padding >= 0 && text.length % 4 !== 0)) return null;
  return Buffer.from(text, 'base64url');
}

const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

/** A member that may be missing; null where it is something else than `type`. */
function text(fields: Fields, name: string): string | null {
  const value = own(fields, name);
  if (value === undefined) return '';
  return typeof value === 'string' ? value : null;
}

/** Seconds, or what is wrong with them. */
function time(fields: Fields, name: string, type: JwtStatus, range: JwtStatus): number | JwtStatus {
  const value = own(fields, name);
  if (value === undefined) return 0;
  if (typeof value !== 'number') return type;
  return value < 0 || value >= MAX_UINT64 ? range : Math.trunc(value);
}

function audiences(fields: Fields): readonly string[] | null {
  const value = own(fields, 'aud');
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
}

/** `token`: wire text. */
export function parseJwt(token: string): Jwt | JwtStatus {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  const third = second < 0 ? -1 : token.indexOf('.', second + 1);
  if (first <= 0 || second <= first + 1 || third >= 0 || second + 1 >= token.length) return BAD_FORMAT;
  const headerBytes = base64url(token.slice(0, first));
  if (headerBytes === null) return HEADER_BASE64;
  const header = readStruct(headerBytes.toString('latin1'));
  if (header === null) return HEADER_JSON;
  const alg = own(header, 'alg');
  if (typeof alg !== 'string') return HEADER_ALG;
  if (!ALGORITHMS.has(alg)) return ALG_UNKNOWN;
  const kid = text(header, 'kid');
  if (kid === null) return HEADER_KID;

  const payloadText = token.slice(first + 1, second);
  const payloadBytes = base64url(payloadText);
  if (payloadBytes === null) return PAYLOAD_BASE64;
  const payload = readStruct(payloadBytes.toString('latin1'));
  if (payload === null) return PAYLOAD_JSON;
  const iss = text(payload, 'iss');
  if (iss === null) return ISS_TYPE;
  const sub = text(payload, 'sub');
  if (sub === null) return SUB_TYPE;
  const iat = time(payload, 'iat', IAT_TYPE, IAT_RANGE);
  if (typeof iat !== 'number') return iat;
  const nbf = time(payload, 'nbf', NBF_TYPE, NBF_RANGE);
  if (typeof nbf !== 'number') return nbf;
  const exp = time(payload, 'exp', EXP_TYPE, EXP_RANGE);
  if (typeof exp !== 'number') return exp;
  if (text(payload, 'jti') === null) return JTI_TYPE;
  const aud = audiences(payload);
  if (aud === null) return AUD_TYPE;

  const signature = base64url(token.slice(second + 1));
  if (signature === null) return SIGNATURE_BASE64;
  const signed = Buffer.from(token.slice(0, second), 'latin1');
  return { alg, kid, iss, sub, aud, exp, nbf, header, payload, payloadText, signed, signature };
}

export const isJwt = (parsed: Jwt | JwtStatus): parsed is Jwt => 'signed' in parsed;
