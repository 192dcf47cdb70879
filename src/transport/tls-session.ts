/** What is known of a TLS connection after its handshake, for logs, headers and matchers. Role of Envoy's Ssl::ConnectionInfo (envoy/ssl/connection.h). */

/** A certificate's facts, in the words of Envoy's operators. */
export interface CertificateFacts {
  /** URL-encoded PEM, as in x-forwarded-client-cert. */
  readonly urlEncodedPem: string;
  /** Hex, lower case. */
  readonly sha256: string;
  readonly sha1: string;
  /** Hex, lower case, without leading zeros. */
  readonly serial: string;
  /** RFC 2253. */
  readonly subject: string;
  readonly issuer: string;
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
  readonly ips: readonly string[];
  readonly otherNames: readonly string[];
  /** OIDs of its extensions, in the certificate's order. */
  readonly extensionOids: readonly string[];
  /** ms since 1970. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

export interface TlsSession {
  /** `TLSv1.3`. */
  readonly version: string;
  /** OpenSSL's name: `ECDHE-RSA-AES128-GCM-SHA256`, `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** The curve of the key exchange: `X25519`; '' where Node does not tell it. */
  readonly group: string;
  /** turnMs() at the end of the handshake. */
  readonly readyMs: number;
  /** Hex; '' where the session has none (TLS 1.3 on the server). */
  readonly sessionId: string;
  /** Null: it presented none. */
  readonly peer: CertificateFacts | null;
  /** The peer's certificate was asked for and found good. */
  readonly peerValidated: boolean;
  readonly local: CertificateFacts | null;
  /** What x-forwarded-client-cert says of it, made by who first forwards it. */
  forwarded: string | null;
  /** The peer's certificate and those it sent with it. */
  readonly peerChain: readonly CertificateFacts[];
}
