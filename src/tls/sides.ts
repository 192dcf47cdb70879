/** What a TLS wire asks of the factory that made it: one side knows how connections are accepted, the other how they are made. */
import type { Address } from '../transport/address.ts';
import type { Before } from '../transport/transport-factory.ts';
import type { TransportSecurity } from '../transport/wire.ts';
import type { ClientHello } from './client-hello.ts';
import type { KeyLog } from './key-log.ts';
import type { RawCertificate, SslError } from './tls-handles.ts';

/** What a handle, or a `tls.TLSSocket`, says of its handshake. */
export interface HandshakeFacts {
  getProtocol(): string | null;
  getCipher(): { name: string };
  getEphemeralKeyInfo(): { type?: string; name?: string } | null;
  isSessionReused(): boolean;
  getSession(): Buffer | undefined;
  getPeerCertificate(detailed: boolean): RawCertificate | undefined;
  verifyError(): SslError | null;
}

export interface Verdict {
  /** '' = the peer is taken; else what is said of the failure in logs. */
  readonly refusal: string;
  /** The alert (RFC 8446, 6) for it, where it can still be said in clear text. */
  readonly alert: number;
  /** Alerts are encrypted already. */
  readonly encrypted: boolean;
  readonly security: TransportSecurity | null;
}

export const accepted = (security: TransportSecurity): Verdict => ({
  refusal: '',
  alert: 0,
  encrypted: true,
  security,
});

export const refused = (refusal: string, alert: number, encrypted: boolean): Verdict => ({
  refusal,
  alert,
  encrypted,
  security: null,
});

export interface HelloChoice {
  /** Node's native SecureContext. */
  readonly context: unknown;
  /** The one protocol that is agreed on, as ALPN writes it; null: none. */
  readonly alpn: Buffer | null;
  /** An OCSP response to show; null: none. */
  readonly staple: Buffer | null;
  /** '' = the handshake goes on; else why it does not. */
  readonly failure: string;
}

export interface ServerSide {
  /** Null: secrets are nobody's. */
  readonly keyLog: KeyLog | null;
  readonly requestsCertificate: boolean;
  readonly requiresCertificate: boolean;
  /** Null: what came is no ClientHello that can be read; OpenSSL shall say so. */
  choose(hello: ClientHello | null): HelloChoice;
  established(facts: HandshakeFacts, serverName: string, alpn: string): Verdict;
  /** The handshake or the stream failed: counted; what logs are told. */
  failed(error: SslError): string;
}

export interface ClientSide {
  readonly keyLog: KeyLog | null;
  readonly context: unknown;
  readonly serverName: string;
  readonly alpn: Buffer | null;
  /** What is sent before the ClientHello; null for nothing. */
  readonly preface: ((local: Address, remote: Address) => Buffer) | null;
  /** Who has the bare socket before TLS does; null for nobody. */
  readonly before: Before | null;
  readonly keepsSessions: boolean;
  takeSession(): Buffer | null;
  keepSession(session: Buffer): void;
  established(facts: HandshakeFacts, serverName: string, alpn: string): Verdict;
  failed(error: SslError): string;
}
