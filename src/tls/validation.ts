/** What judges a peer's certificate: one per CertificateValidationContext. Role of Envoy's CertValidator (source/common/tls/cert_validator/cert_validator.h). */
import type { SecureContextOptions } from 'node:tls';
import type { Certificate } from './certificate.ts';
import type { HandshakeFacts } from './sides.ts';
import type { TlsStats } from './stats.ts';

export interface Failure {
  /** What Envoy says behind CERTIFICATE_VERIFY_FAILED. */
  readonly detail: string;
  readonly alert: number;
}

export const VALID = 'valid';
export const UNTRUSTED = 'untrusted';

export interface Validation {
  /** What OpenSSL is given. */
  readonly options: SecureContextOptions;
  /** PEM; null: nobody vouches for peers. */
  readonly trustedCa: Buffer | null;
  readonly trustedCaSource: string;
  /** All of it. */
  readonly authorities: readonly Certificate[];
  /** Of its secret; '' for one that stands in the config. */
  readonly name: string;
  /** What a session depends on beside the authority. */
  readonly identity: unknown;
  /** Clients are told which authorities are meant. */
  readonly namesAuthorities: boolean;
  /** A certificate is asked for. */
  readonly requests: boolean;
  /** A peer that shows none is not taken. */
  readonly requires: boolean;
  /** It looks at the chain itself, which a resumed session does not have: there are none. */
  readonly walks: boolean;
  /**
   * `VALID`, `UNTRUSTED` (and taken all the same), or why it is not taken. `expected`: a name that the certificate must have; beside those that are
   * configured, or, with `instead`, in their place.
   */
  judge(
    facts: HandshakeFacts,
    leaf: Certificate,
    expected: string,
    instead: boolean,
    stats: TlsStats,
  ): Failure | typeof VALID | typeof UNTRUSTED;
}
