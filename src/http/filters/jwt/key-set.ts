/**
 * A JSON web key set (RFC 7517), or certificates by key id, and whether one of its keys has signed a token. Mirrors jwt_verify_lib's
 * Jwks::createFrom and verifyJwtWithoutTimeChecking. Keys are made once; What verifies is node:crypto.
 */

import {
  constants,
  createHmac,
  createPublicKey,
  type KeyObject,
  timingSafeEqual,
  verify,
  X509Certificate,
} from 'node:crypto';
import { isStruct } from '../../../config/struct.ts';
import { ED25519_LENGTH, type JwtStatus, KID_ALG_MISMATCH, NO_VALID_KEYS, OK, VERIFICATION_FAIL } from './status.ts';
import { base64url, type Jwt } from './token.ts';

/** Bytes of an Ed25519 signature. */
const ED25519_BYTES = 64;
const CURVE_HASH: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };

interface Key {
  /** '' for any. */
  readonly kid: string;
  readonly alg: string;
  /** EC, RSA, OKP or oct. */
  readonly type: string;
  readonly key: KeyObject | null;
  readonly secret: Buffer | null;
}

export class KeySet {
  private readonly keys: readonly Key[];
  constructor(keys: readonly Key[]) {
    this.keys = keys;
  }

  verify(jwt: Jwt): JwtStatus {
    let matched = false;
    for (const key of this.keys) {
      if (jwt.kid !== '' && key.kid !== '' && jwt.kid !== key.kid) continue;
      if (key.alg !== '' && key.alg !== jwt.alg) continue;
      matched = true;
      const found = verifyWith(key, jwt);
      if (found !== VERIFICATION_FAIL) return found;
    }
    return matched ? VERIFICATION_FAIL : KID_ALG_MISMATCH;
  }
}

const hashOf = (alg: string): string => `sha${alg.slice(2)}`;

/**
 * The two numbers of an EC signature, which a token has side by side, as ASN.1: given that, Node verifies in half the time that its
 * `ieee-p1363` takes. A byte that is left over is not looked at, as in Envoy.
 */
function derSignature(signature: Buffer): Buffer {
  const half = signature.length >>> 1;
  const r = derInteger(signature.subarray(0, half));
  const s = derInteger(signature.subarray(half, 2 * half));
  const length = r.length + s.length;
  return Buffer.concat([length < 0x80 ? Buffer.from([0x30, length]) : Buffer.from([0x30, 0x81, length & 0xff]), r, s]);
}

/** Without leading zeros, but one before a first bit that would be a sign. */
function derInteger(bytes: Buffer): Buffer {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const digits = bytes.subarray(at);
  const sign = digits.length > 0 && digits[0] >= 0x80 ? [0] : [];
  return Buffer.concat([Buffer.from([2, (digits.length + sign.length) & 0xff, ...sign]), digits]);
}

function verifyWith({ type, key, secret }: Key, jwt: Jwt): JwtStatus {
  const { alg, signed, signature } = jwt;
  const kind = alg.slice(0, 2);
  try {
    switch (type) {
      case 'EC':
        if (kind !== 'ES' || key === null) return VERIFICATION_FAIL;
        return verify(hashOf(alg), signed, key, derSignature(signature)) ? OK : VERIFICATION_FAIL;
      case 'RSA': {
        if ((kind !== 'RS' && kind !== 'PS') || key === null) return VERIFICATION_FAIL;
        const padding = kind === 'RS' ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_PSS_PADDING;
        return verify(hashOf(alg), signed, { key, padding }, signature) ? OK : VERIFICATION_FAIL;
      }
      case 'OKP':
        if (alg !== 'EdDSA' || key === null) return VERIFICATION_FAIL;
        if (signature.length !== ED25519_BYTES) return ED25519_LENGTH;
        return verify(null, signed, key, signature) ? OK : VERIFICATION_FAIL;
      default: {
        if (kind !== 'HS' || secret === null) return VERIFICATION_FAIL;
        const made = createHmac(hashOf(alg), secret).update(signed).digest();
        return made.length === signature.length && timingSafeEqual(made, signature) ? OK : VERIFICATION_FAIL;
      }
    }
  } catch {
    return VERIFICATION_FAIL;
  }
}

/** The keys that can be used, or why there are none: one that is wrong is left out. */
export function parseKeySet(text: string): KeySet | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'Jwks is an invalid JSON';
  }
  if (!isStruct(value)) return 'Jwks is an invalid JSON';
  const { keys } = value;
  if (keys !== undefined && !Array.isArray(keys)) return '[keys] in Jwks is not an array';
  const made = keys === undefined ? certificates(value) : keys.map(readKey);
  const usable = made.filter((key) => key !== null);
  if (usable.length > 0) return new KeySet(usable);
  return keys === undefined ? 'Jwks does not have [keys] field' : NO_VALID_KEYS.text;
}

/** The form of Firebase: `{ "<kid>": "-----BEGIN CERTIFICATE-----…" }`. */
function certificates(value: object): (Key | null)[] {
  return Object.entries(value).map(([kid, pem]) => {
    if (typeof pem !== 'string' || !pem.startsWith('-----BEGIN CERTIFICATE-----')) return null;
    try {
      const key = new X509Certificate(pem).publicKey;
      const type = key.asymmetricKeyType === 'rsa' ? 'RSA' : key.asymmetricKeyType === 'ec' ? 'EC' : '';
      return type === '' ? null : { kid, alg: '', type, key, secret: null };
    } catch {
      return null;
    }
  });
}

const member = (jwk: Record<string, unknown>, name: string): string | null => {
  const value = jwk[name] ?? '';
  return typeof value === 'string' ? value : null;
};

function readKey(value: unknown): Key | null {
  if (typeof value !== 'object' || value === null) return null;
  const jwk = value as Record<string, unknown>;
  const type = member(jwk, 'kty');
  const kid = member(jwk, 'kid');
  const alg = member(jwk, 'alg');
  if (type === null || kid === null || alg === null) return null;
  switch (type) {
    case 'EC': {
      const curve = member(jwk, 'crv') ?? '';
      const wanted = Object.hasOwn(CURVE_HASH, curve) ? CURVE_HASH[curve] : (CURVE_HASH['P-256'] ?? '');
      if (curve !== '' && !Object.hasOwn(CURVE_HASH, curve)) return null;
      if (alg !== '' && alg !== wanted) return null;
      return publicKey(kid, wanted, { kty: 'EC', crv: curve === '' ? 'P-256' : curve, x: jwk['x'], y: jwk['y'] });
    }
    case 'RSA':
      if (alg !== '' && !/^[RP]S/.test(alg)) return null;
      return publicKey(kid, alg, { kty: 'RSA', n: jwk['n'], e: jwk['e'] });
    case 'OKP':
      if ((alg !== '' && alg !== 'EdDSA') || jwk['crv'] !== 'Ed25519') return null;
      return publicKey(kid, 'EdDSA', { kty: 'OKP', crv: 'Ed25519', x: jwk['x'] });
    case 'oct': {
      if (alg !== '' && !alg.startsWith('HS')) return null;
      const secret = base64url(member(jwk, 'k') ?? '');
      return secret === null || secret.length === 0 ? null : { kid, alg, type, key: null, secret };
    }
    default:
      return null;
  }
}

function publicKey(kid: string, alg: string, jwk: Record<string, unknown>): Key | null {
  try {
    return { kid, alg, type: String(jwk['kty']), key: createPublicKey({ key: jwk, format: 'jwk' }), secret: null };
  } catch {
    return null;
  }
}
