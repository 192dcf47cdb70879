/** The context of an UpstreamTlsContext: its SecureContext and the sessions that servers gave (source/common/tls/client_context_impl.cc). */
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { Certificate } from './certificate.ts';
import type { OwnCertificate } from './own-certificate.ts';
import type { Validation } from './validation.ts';

export interface KeptSession {
  readonly serverName: string;
  readonly session: Buffer;
  /** The server's certificate: a resumed handshake has none to show. */
  readonly peer: Certificate | null;
  /** A ticket of TLS 1.3 is used once. */
  readonly once: boolean;
}

export class ClientContext {
  readonly secure: SecureContext;
  readonly validation: Validation | null;
  readonly leaf: Certificate | null;
  private readonly maxSessions: number;
  /** The newest last. */
  private sessions: KeptSession[] = [];

  constructor(
    params: SecureContextOptions,
    own: OwnCertificate | null,
    validation: Validation | null,
    maxSessions: number,
  ) {
    const { createSecureContext } = process.getBuiltinModule('node:tls');
    this.secure = createSecureContext({
      ...params,
      ...(validation?.options ?? { ca: [] }),
      ...own?.options,
    });
    this.validation = validation;
    this.leaf = own?.leaf ?? null;
    this.maxSessions = validation?.walks === true ? 0 : maxSessions;
  }

  get keepsSessions(): boolean {
    return this.maxSessions > 0;
  }

  takeSession(serverName: string): KeptSession | null {
    for (let i = this.sessions.length - 1; i >= 0; i--) {
      const kept = this.sessions[i];
      if (kept.serverName !== serverName) continue;
      if (kept.once) this.sessions.splice(i, 1);
      return kept;
    }
    return null;
  }

  keepSession(session: KeptSession): void {
    this.sessions.push(session);
    if (this.sessions.length > this.maxSessions) this.sessions.shift();
  }
}
