/** TlsSession of a wire: what the handshake agreed on, certificates read when they are asked for. */
import { turnMs } from '../platform/clock.ts';
import type { CertificateFacts, TlsSession } from '../transport/tls-session.ts';
import { Certificate } from './certificate.ts';
import type { RawCertificate } from './tls-handles.ts';

/** Certificates of a chain that are kept; a peer sends as many as it likes. */
const MAX_CHAIN = 16;

export class Session implements TlsSession {
  readonly version: string;
  readonly cipher: string;
  readonly sessionId: string;
  readonly group: string;
  readonly readyMs = turnMs();
  readonly peer: CertificateFacts | null;
  readonly peerValidated: boolean;
  readonly local: CertificateFacts | null;
  forwarded: string | null = null;
  private readonly chain: readonly Buffer[];

  constructor(
    version: string,
    cipher: string,
    group: string,
    sessionId: string,
    peer: Certificate | null,
    peerValidated: boolean,
    local: Certificate | null,
    chain: readonly Buffer[],
  ) {
    this.version = version;
    this.cipher = cipher;
    this.group = group;
    this.sessionId = sessionId;
    this.peer = peer;
    this.peerValidated = peerValidated;
    this.local = local;
    this.chain = chain;
  }

  get peerChain(): readonly CertificateFacts[] {
    return this.chain.map((der) => new Certificate(der));
  }
}

export function chainOf(leaf: RawCertificate | undefined): readonly Buffer[] {
  const list: Buffer[] = [];
  for (let c = leaf; c !== undefined && list.length < MAX_CHAIN; c = c.issuerCertificate) {
    if (list.length > 0 && c.raw.equals(list[list.length - 1])) break;
    list.push(c.raw);
  }
  return list;
}

/** `session_id` of an SSL_SESSION in ASN.1, hex; '' when it has none. */
export function sessionIdOf(session: Buffer | undefined): string {
  if (session === undefined) return '';
  // SEQUENCE { version, SSL version, cipher, session id, … }
  let at = session[1] < 0x80 ? 2 : 2 + (session[1] & 0x7f);
  for (let i = 0; i < 3; i++) at += 2 + session[at + 1];
  if (session[at] !== 4) return '';
  return session.subarray(at + 2, at + 2 + session[at + 1]).toString('hex');
}
