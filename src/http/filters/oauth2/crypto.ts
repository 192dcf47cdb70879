/**
 * What the oauth2 filter signs and encrypts, in Envoy's formats: cookies of one are good for the other where both have the secret. Mirrors the
 * free functions of source/extensions/filters/http/oauth2/filter.cc. Everything is wire text. Tokens are AES-256-CBC by default, and AES-256-GCM where
 * the runtime says so.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { RuntimeValue } from '../../../runtime/runtime.ts';
import type { GenericSecretValue } from '../../../secrets/generic-secret.ts';

const GCM = 'gcm.';
const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;
const CBC_IV_BYTES = 16;

export interface Decrypted {
  readonly text: string;
  /** Envoy's words; '' for none. */
  readonly error: string;
  /** By CBC. */
  readonly legacy: boolean;
}

const INVALID: Decrypted = { text: '', error: 'Invalid encrypted data', legacy: false };
const UNMARKED: Decrypted = {
  text: '',
  error: 'ciphertext has no algorithm marker and legacy CBC decryption is disabled',
  legacy: false,
};
const UNFINISHED: Decrypted = { text: '', error: 'failed to finalize decryption', legacy: false };

/** Base64url without padding, of which there is one spelling only; null for anything else. */
export function fromBase64Url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

const bytesOf = (wire: string): Buffer => Buffer.from(wire, 'latin1');

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(bytesOf(a), bytesOf(b));
}

/** What is made of the HMAC secret. */
export class Keys {
  private readonly secret: GenericSecretValue;
  private readonly encryptsGcm = new RuntimeValue(
    'envoy.reloadable_features.oauth2_use_gcm_encryption',
    false,
    (e) => e.flag,
  );
  private readonly decryptsCbc = new RuntimeValue(
    'envoy.reloadable_features.oauth2_legacy_cbc_decrypt_compat',
    true,
    (e) => e.flag,
  );
  /** `key` is of these bytes. */
  private keyOf: Buffer | null = null;
  private key: Buffer = Buffer.alloc(0);

  constructor(secret: GenericSecretValue) {
    this.secret = secret;
  }

  get ready(): boolean {
    return this.secret.bytes.length > 0;
  }

  private cipherKey(): Buffer {
    const { bytes } = this.secret;
    if (this.keyOf !== bytes) {
      this.keyOf = bytes;
      this.key = createHash('sha256').update(bytes).digest();
    }
    return this.key;
  }

  /** Base64. */
  sign(message: string): string {
    return createHmac('sha256', this.secret.bytes).update(message, 'latin1').digest('base64');
  }

  /** Also as older releases wrote it: base64 of the hexadecimal digits. */
  signed(message: string, hmac: string): boolean {
    const digest = createHmac('sha256', this.secret.bytes).update(message, 'latin1').digest();
    if (same(digest.toString('base64'), hmac)) return true;
    return same(Buffer.from(digest.toString('hex')).toString('base64'), hmac);
  }

  encrypt(text: string): string {
    const key = this.cipherKey();
    if (this.encryptsGcm.value) {
      const nonce = randomBytes(GCM_NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = [nonce, cipher.update(text, 'latin1'), cipher.final(), cipher.getAuthTag()];
      return GCM + Buffer.concat(sealed).toString('base64url');
    }
    const iv = randomBytes(CBC_IV_BYTES);
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    return Buffer.concat([iv, cipher.update(text, 'latin1'), cipher.final()]).toString('base64url');
  }

  decrypt(text: string): Decrypted {
    if (text.startsWith(GCM)) return this.open(fromBase64Url(text.slice(GCM.length)), GCM_NONCE_BYTES, GCM_TAG_BYTES);
    if (!this.decryptsCbc.value) return UNMARKED;
    return this.open(fromBase64Url(text), CBC_IV_BYTES, 0);
  }

  private open(bytes: Buffer | null, ivBytes: number, tagBytes: number): Decrypted {
    if (bytes === null || bytes.length <= ivBytes + tagBytes) return INVALID;
    const iv = bytes.subarray(0, ivBytes);
    const end = bytes.length - tagBytes;
    try {
      const key = this.cipherKey();
      const legacy = tagBytes === 0;
      let plain: Buffer;
      if (legacy) {
        const decipher = createDecipheriv('aes-256-cbc', key, iv);
        plain = Buffer.concat([decipher.update(bytes.subarray(ivBytes)), decipher.final()]);
      } else {
        const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: GCM_TAG_BYTES });
        decipher.setAuthTag(bytes.subarray(end));
        plain = Buffer.concat([decipher.update(bytes.subarray(ivBytes, end)), decipher.final()]);
      }
      return { text: plain.toString('latin1'), error: '', legacy };
    } catch {
      return UNFINISHED;
    }
  }

  /** `<flow>.<its HMAC>` */
  csrfToken(flow: string): string {
    return `${flow}.${this.sign(flow)}`;
  }

  /** Whether this token is the cookie's, and one of ours. */
  csrfValid(token: string, cookie: string): boolean {
    const dot = token.indexOf('.');
    return dot >= 0 && same(cookie, token) && same(this.sign(token.slice(0, dot)), token.slice(dot + 1));
  }
}

/** 16 hexadecimal digits. */
export const newFlowId = (): string => randomBytes(8).toString('hex');
/** RFC 7636 section 4.1: of 32 bytes. */
export const newCodeVerifier = (): string => randomBytes(32).toString('base64url');
export const codeChallenge = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
