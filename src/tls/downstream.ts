/** envoy.transport_sockets.tls of a listener: DownstreamTlsContext. Mirrors source/common/tls/server_ssl_socket.cc and server_context_config_impl.cc. */
import { refuse, within } from '../config/refusal.ts';
import type { DownstreamTlsContext } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import type { TransportFactory } from '../transport/transport-factory.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import { alpnWire } from './alpn.ts';
import { Certificate } from './certificate.ts';
import type { ClientHello } from './client-hello.ts';
import { readOwnCertificate } from './own-certificate.ts';
import { loadValidationRegexes, makeValidation, type PeerValidation, UNTRUSTED, VALID } from './peer-validation.ts';
import { ServerContexts } from './server-contexts.ts';
import { chainOf, Session, sessionIdOf } from './session.ts';
import { readTicketKeys } from './session-tickets.ts';
import { accepted, type HandshakeFacts, type HelloChoice, refused, type ServerSide, type Verdict } from './sides.ts';
import { reasonOf, transportFailure, verifyFailure } from './ssl-errors.ts';
import { TlsStats } from './stats.ts';
import { paramsOf } from './tls-params.ts';
import { loadWires, type TlsWires } from './wires.ts';

/** BoringSSL's SSL_DEFAULT_SESSION_TIMEOUT, seconds. */
const SESSION_TIMEOUT = 7200;

export async function create(config: DownstreamTlsContext, ctx: FactoryContext): Promise<TransportFactory> {
  const stats = new TlsStats(ctx.store.scope(ctx.listenerScopePrefix), true);
  const common = config.commonTlsContext ?? {};
  const certificates = (common.tlsCertificates ?? []).map((c) => within(c, () => readOwnCertificate(c)));
  if (certificates.length === 0) refuse(common, '', 'No TLS certificates found for server context');
  const { validationContext } = common;
  if (validationContext !== undefined) await loadValidationRegexes(validationContext);
  const validation =
    validationContext === undefined ? null : within(validationContext, () => makeValidation(validationContext));
  const role = {
    server: true,
    stateful: config.disableStatelessSessionResumption ?? false,
  };
  const contexts = new ServerContexts({
    params: paramsOf(common.tlsParams, { ...role, clientsOrder: config.preferClientCiphers ?? false }),
    params13: paramsOf(common.tlsParams, { ...role, clientsOrder: true }),
    fullScan: config.fullScanCertsOnSniMismatch ?? false,
    certificates,
    validation,
    ticketKeys: config.sessionTicketKeys === undefined ? [] : readTicketKeys(config.sessionTicketKeys),
    sessionTimeout: config.sessionTimeout === undefined ? SESSION_TIMEOUT : Math.round(config.sessionTimeout / 1000),
  });
  for (const c of certificates) stats.expires(c.name, Math.floor(c.leaf.validToMs / 1000));
  const alpn = within(common, () => (common.alpnProtocols ?? []).map((name) => ({ name, wire: alpnWire([name]) })));
  return new DownstreamTls(
    contexts,
    validation,
    config.requireClientCertificate ?? false,
    alpn,
    stats,
    await loadWires(),
  );
}

class DownstreamTls implements TransportFactory, ServerSide {
  readonly name = 'envoy.transport_sockets.tls';
  readonly secure = true;
  readonly requestsCertificate: boolean;
  readonly requiresCertificate: boolean;
  private readonly contexts: ServerContexts;
  private readonly validation: PeerValidation | null;
  private readonly alpn: readonly { readonly name: string; readonly wire: Buffer }[];
  private readonly stats: TlsStats;
  private readonly wires: TlsWires;

  constructor(
    contexts: ServerContexts,
    validation: PeerValidation | null,
    requiresCertificate: boolean,
    alpn: readonly { readonly name: string; readonly wire: Buffer }[],
    stats: TlsStats,
    wires: TlsWires,
  ) {
    this.contexts = contexts;
    this.validation = validation;
    this.requiresCertificate = requiresCertificate;
    this.requestsCertificate = requiresCertificate || (validation?.requests ?? false);
    this.alpn = alpn;
    this.stats = stats;
    this.wires = wires;
  }

  accept(raw: Wire, unread: Buffer | null, owner: WireOwner): Wire {
    return this.wires.accept(raw, unread, owner, this);
  }

  connect(): never {
    throw new Error('a DownstreamTlsContext does not connect');
  }

  choose(hello: ClientHello | null): HelloChoice {
    const offered = hello?.alpn ?? NONE;
    // Ours decides. Nothing in common: none, and the handshake goes on (SSL_TLSEXT_ERR_NOACK).
    const both = offered.length === 0 ? undefined : this.alpn.find((a) => offered.includes(a.name));
    return { context: this.contexts.choose(hello), alpn: both?.wire ?? null };
  }

  established(facts: HandshakeFacts, serverName: string, alpn: string): Verdict {
    const version = facts.getProtocol() ?? '';
    const reused = facts.isSessionReused();
    const raw = this.requestsCertificate ? facts.getPeerCertificate(false)?.raw : undefined;
    let leaf: Certificate | null = null;
    let validated = false;
    if (raw !== undefined) {
      try {
        leaf = new Certificate(raw);
      } catch {
        return refused('verify cert failed: not a certificate', 42, true);
      }
      const judged = this.validation?.judge(facts, leaf, '', this.stats) ?? UNTRUSTED;
      if (typeof judged !== 'string') {
        return refused(verifyFailure(judged.detail), judged.alert, version === 'TLSv1.3' || reused);
      }
      validated = judged === VALID && (this.validation?.requests ?? false);
    }
    const { name } = facts.getCipher();
    this.stats.established(version, name, '', reused, raw !== undefined);
    const chain = raw === undefined ? [] : chainOf(facts.getPeerCertificate(true));
    const session = new Session(
      version,
      name,
      '',
      sessionIdOf(facts.getSession()),
      leaf,
      validated,
      this.contexts.all[0].leaf,
      chain,
    );
    return accepted({ alpn, serverName, tls: session });
  }

  failed(error: Error & { code?: string }): string {
    if (reasonOf(error) === 'PEER_DID_NOT_RETURN_A_CERTIFICATE') this.stats.failVerifyNoCert.inc();
    else this.stats.connectionError.inc();
    return transportFailure(error);
  }
}

const NONE: readonly string[] = [];
