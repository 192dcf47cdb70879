/** `ssl.` of a listener or a cluster (source/common/tls/stats.h, ServerContextImpl, ContextImpl::logHandshake). */

import { type Counter, type Scope, Store } from '../stats/store.ts';
import type { CommonParts } from './common-secrets.ts';

export class TlsStats {
  readonly connectionError: Counter;
  readonly handshake: Counter;
  readonly sessionReused: Counter;
  readonly noCertificate: Counter;
  readonly failVerifyNoCert: Counter;
  readonly failVerifyError: Counter;
  readonly failVerifySan: Counter;
  readonly failVerifyCertHash: Counter;
  readonly stapleFailed: Counter;
  readonly stapleOmitted: Counter;
  readonly stapleRequests: Counter;
  readonly stapleResponses: Counter;
  readonly updatedBySds: Counter;
  readonly notReady: Counter;
  private readonly scope: Scope;
  private readonly once: Scope;
  /** No two kinds have a name in common. */
  private readonly byName = new Map<string, Counter>();

  /** `scope`: `listener.<address>.` or `cluster.<name>.`. */
  constructor(scope: Scope, server: boolean) {
    const s = scope.scope('ssl.');
    this.scope = s;
    this.connectionError = s.counter('connection_error');
    this.handshake = s.counter('handshake');
    this.sessionReused = s.counter('session_reused');
    this.noCertificate = s.counter('no_certificate');
    this.failVerifyNoCert = s.counter('fail_verify_no_cert');
    this.failVerifyError = s.counter('fail_verify_error');
    this.failVerifySan = s.counter('fail_verify_san');
    this.failVerifyCertHash = s.counter('fail_verify_cert_hash');
    this.stapleFailed = s.counter('ocsp_staple_failed');
    this.stapleOmitted = s.counter('ocsp_staple_omitted');
    this.stapleRequests = s.counter('ocsp_staple_requests');
    this.stapleResponses = s.counter('ocsp_staple_responses');
    // Workers make the same of the same secrets: it is counted once.
    const { isMainThread } = process.getBuiltinModule('node:worker_threads');
    this.once = isMainThread ? s : new Store();
    const factory = scope.scope(server ? 'server_ssl_socket_factory.' : 'client_ssl_socket_factory.');
    this.updatedBySds = (isMainThread ? factory : this.once).counter('ssl_context_update_by_sds');
    const [own, other] = server ? ['downstream', 'upstream'] : ['upstream', 'downstream'];
    this.notReady = factory.counter(`${own}_context_secrets_not_ready`);
    factory.counter(`${other}_context_secrets_not_ready`);
  }

  /** A handshake is over. `group`: '' where Node does not tell. */
  established(version: string, cipher: string, group: string, reused: boolean, certificate: boolean): void {
    this.handshake.inc();
    if (reused) this.sessionReused.inc();
    if (!certificate) this.noCertificate.inc();
    this.named('ciphers', cipher).inc();
    this.named('versions', version).inc();
    if (group !== '') this.named('curves', group).inc();
  }

  /** As many as handshakes can agree on. */
  private named(kind: string, name: string): Counter {
    let counter = this.byName.get(name);
    if (counter === undefined) {
      counter = this.scope.counter(`${kind}.${name}`);
      this.byName.set(name, counter);
    }
    return counter;
  }

  /** Of certificates of ours, and of the authority of which the first ends. */
  expiries({ certificates, validation }: CommonParts): void {
    for (const c of certificates) this.expires('cert', c.name, c.leaf.validToMs);
    const ends = (validation?.authorities ?? []).map((c) => c.validToMs);
    if (ends.length > 0) this.expires('ca_cert', validation?.name ?? '', Math.min(...ends));
  }

  private expires(kind: string, name: string, ms: number): void {
    const { createHash } = process.getBuiltinModule('node:crypto');
    const label = name !== '' ? name : `unnamed_${kind}_${createHash('sha256').update('').digest('hex').slice(0, 8)}`;
    this.once.gauge(`certificate.${label}.expiration_unix_time_seconds`).set(Math.floor(ms / 1000));
  }
}
