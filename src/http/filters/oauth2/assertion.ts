/**
 * The JWT by which a client says who it is (RFC 7523), for auth_type PRIVATE_KEY_JWT. Mirrors ClientAssertion
 * (source/extensions/filters/http/oauth2/client_assertion.cc).
 */
import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import type { PrivateKeyJwtConfig } from '../../../config/schema/types.ts';
import { jsonString } from '../../../format/json-text.ts';
import { toWire } from '../../../platform/wire-text.ts';
import type { GenericSecretValue } from '../../../secrets/generic-secret.ts';

const DEFAULT_LIFETIME_MS = 60_000;
/** In a secret with several entries. */
const PRIVATE_KEY = 'private_key';
const KEY_ID = 'key_id';

const base64url = (wire: string): string => Buffer.from(wire, 'latin1').toString('base64url');

export class ClientAssertion {
  private readonly secret: GenericSecretValue;
  private readonly alg: string;
  private readonly lifetime: number;
  private readonly audience: string;
  private readonly clientId: string;
  /** `key` is of this text. */
  private pem: Buffer | null = null;
  private key: KeyObject | null = null;

  /** `clientId`, `tokenUri`: wire text. */
  constructor(config: PrivateKeyJwtConfig, secret: GenericSecretValue, clientId: string, tokenUri: string) {
    this.secret = secret;
    this.alg = config.signingAlgorithm ?? 'RS256';
    this.lifetime = Math.floor((config.assertionLifetime ?? DEFAULT_LIFETIME_MS) / 1000);
    this.audience = toWire(config.assertionAudience ?? '') || tokenUri;
    this.clientId = clientId;
  }

  get ready(): boolean {
    return this.privateKeyText().length > 0;
  }

  private privateKeyText(): Buffer {
    const { secret } = this;
    return secret.bytes.length > 0 ? secret.bytes : (secret.entries.get(PRIVATE_KEY) ?? secret.bytes);
  }

  private privateKey(): KeyObject | null {
    const pem = this.privateKeyText();
    if (this.pem !== pem) {
      this.pem = pem;
      try {
        this.key = createPrivateKey(pem);
      } catch {
        this.key = null;
      }
    }
    return this.key;
  }

  /** Or what is wrong with the key, in Envoy's words. */
  make(): { readonly jwt: string } | { readonly error: string } {
    const key = this.privateKey();
    if (key === null) return { error: 'Failed to parse private key PEM for JWT signing' };
    const { alg, audience } = this;
    const rsa = alg.startsWith('RS');
    const kind = rsa ? 'RSA' : 'EC';
    if (key.asymmetricKeyType !== (rsa ? 'rsa' : 'ec')) {
      return { error: `signing algorithm ${alg} requires an ${kind} private key` };
    }
    const id = this.secret.entries.get(KEY_ID)?.toString('latin1') ?? '';
    const now = Math.floor(Date.now() / 1000);
    const client = jsonString(this.clientId);
    const header = `{"alg":"${alg}","typ":"JWT"${id === '' ? '' : `,"kid":${jsonString(id)}`}}`;
    const claims = `{"iss":${client},"sub":${client},"aud":${jsonString(audience)},"exp":${now + this.lifetime},"iat":${now},"nbf":${now},"jti":"${randomUUID()}"}`;
    const text = `${base64url(header)}.${base64url(claims)}`;
    const signature = sign(`sha${alg.slice(2)}`, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    return { jwt: `${text}.${signature.toString('base64url')}` };
  }
}
