/** envoy.transport_sockets.tls of a listener: DownstreamTlsContext. Mirrors source/common/tls/server_ssl_socket.cc and server_context_config_impl.cc. */
import { refuse, within } from '../config/refusal.ts';
import type { DownstreamTlsContext } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { logger } from '../log/logger.ts';
import type { SecretEntry, SecretUser } from '../secrets/secret.ts';
import type { TransportFactory } from '../transport/transport-factory.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import { alpnWire } from './alpn.ts';
import { Certificate } from './certificate.ts';
import type { ClientHello } from './client-hello.ts';
import { type CommonParts, CommonSecrets, findSecrets } from './common-secrets.ts';
import type { KeyLog } from './key-log.ts';
import { register, type TlsContext } from './live-contexts.ts';
import { acceptNotReady } from './not-ready-wire.ts';
import { type StaplePolicy, stapleAction } from './ocsp.ts';
import { contextFor, type ServerContext, ServerContexts } from './server-contexts.ts';
import { chainOf, Session, sessionIdOf } from './session.ts';
import { checkTicketKeys, readTicketKeys } from './session-tickets.ts';
import { accepted, type HandshakeFacts, type HelloChoice, refused, type ServerSide, type Verdict } from './sides.ts';
import { reasonOf, transportFailure, verifyFailure } from './ssl-errors.ts';
import { TlsStats } from './stats.ts';
import type { SslError } from './tls-handles.ts';
import { paramsOf, saysTls13 } from './tls-params.ts';
import { UNTRUSTED, VALID, type Validation } from './validation.ts';
import { loadWires, type TlsWires } from './wires.ts';

const log = logger('config');

/** BoringSSL's SSL_DEFAULT_SESSION_TIMEOUT, seconds. */
const SESSION_TIMEOUT = 7200;

export async function create(config: DownstreamTlsContext, ctx: FactoryContext): Promise<TransportFactory> {
  if (config.requireSni === true) log.warn('require_sni does nothing, as in Envoy: whoever names no server is served');
  const stats = new TlsStats(ctx.store.scope(ctx.listenerScopePrefix), true);
  const common = config.commonTlsContext ?? {};
  const secrets = new CommonSecrets(common, await findSecrets(common, ctx.secrets), false);
  if (!secrets.hasCertificates) refuse(common, '', 'No TLS certificates found for server context');
  const ticketConfig = config.sessionTicketKeysSdsSecretConfig;
  const tickets =
    ticketConfig && (await (await ctx.secrets()).find(ticketConfig, 'sessionTicketKeys', checkTicketKeys));
  const { keyLog: logged } = common;
  const keyLog = logged === undefined ? null : new (await import('./key-log.ts')).KeyLog(logged);
  const factory = new DownstreamTls(config, secrets, tickets ?? null, stats, await loadWires(), keyLog);
  await factory.begin();
  return factory;
}

class DownstreamTls implements TransportFactory, SecretUser, TlsContext {
  readonly name = 'envoy.transport_sockets.tls';
  readonly secure = true;
  private readonly config: DownstreamTlsContext;
  private readonly secrets: CommonSecrets;
  private readonly tickets: SecretEntry | null;
  private readonly alpn: readonly Protocol[];
  private readonly stats: TlsStats;
  private readonly wires: TlsWires;
  /** Null as long as a secret is not there. */
  private side: Server | null = null;
  private readonly keyLog: KeyLog | null;
  parts: CommonParts | null = null;

  constructor(
    config: DownstreamTlsContext,
    secrets: CommonSecrets,
    tickets: SecretEntry | null,
    stats: TlsStats,
    wires: TlsWires,
    keyLog: KeyLog | null,
  ) {
    this.keyLog = keyLog;
    this.config = config;
    this.secrets = secrets;
    this.tickets = tickets;
    this.stats = stats;
    this.wires = wires;
    const common = config.commonTlsContext ?? {};
    this.alpn = within(common, () => (common.alpnProtocols ?? []).map((name) => ({ name, wire: alpnWire([name]) })));
  }

  async begin(): Promise<void> {
    (await this.secretChanged())();
    const { secrets, tickets } = this;
    this.stats.updatedBySds.add(secrets.arrived + (tickets?.dynamic === true && tickets.current !== null ? 1 : 0));
    secrets.watch(this);
    tickets?.watch(this);
    this.begun = true;
    register(this);
  }
  private begun = false;

  async secretChanged(): Promise<() => void> {
    await this.secrets.prepare();
    const parts = this.secrets.parts();
    const side = parts === null ? null : this.make(parts);
    return () => {
      this.side = side;
      if (this.begun) this.stats.updatedBySds.inc();
      this.parts = parts;
      if (parts !== null) this.stats.expiries(parts);
    };
  }

  /** Null: there are no keys for session tickets yet. */
  private make({ certificates, validation }: CommonParts): Server | null {
    const { config, tickets } = this;
    const keys = config.sessionTicketKeys ?? tickets?.current?.sessionTicketKeys;
    if (keys === undefined && tickets !== null) return null;
    const { tlsParams = {} } = config.commonTlsContext ?? {};
    const stateful = validation?.walks === true || (config.disableStatelessSessionResumption ?? false);
    const policy = config.ocspStaplePolicy ?? 'LENIENT_STAPLING';
    const contexts = new ServerContexts({
      policy,
      params: (clientsOrder, own) => paramsOf(tlsParams, { server: true, stateful, clientsOrder }, own),
      speaks13: saysTls13(tlsParams),
      clientsOrder: config.preferClientCiphers ?? false,
      fullScan: config.fullScanCertsOnSniMismatch ?? false,
      certificates,
      validation,
      ticketKeys: keys === undefined ? [] : readTicketKeys(keys),
      sessionTimeout: config.sessionTimeout === undefined ? SESSION_TIMEOUT : Math.round(config.sessionTimeout / 1000),
    });
    if (policy === 'MUST_STAPLE' && certificates.some((c) => c.staple === null)) {
      refuse(config, 'ocsp_staple_policy', 'Required OCSP response is missing from TLS context');
    }
    const requires = validation?.requires === true || (config.requireClientCertificate ?? false);
    return new Server(contexts, validation, requires, this.alpn, policy, this.stats, this.keyLog);
  }

  accept(raw: Wire, unread: Buffer | null, owner: WireOwner): Wire {
    if (this.side !== null) return this.wires.accept(raw, unread, owner, this.side);
    this.stats.notReady.inc();
    return acceptNotReady(raw, owner);
  }

  connect(): never {
    throw new Error('a DownstreamTlsContext does not connect');
  }
}

interface Protocol {
  readonly name: string;
  readonly wire: Buffer;
}

/** What connections are accepted with until a secret changes; those that were stay with it. */
class Server implements ServerSide {
  readonly requestsCertificate: boolean;
  readonly requiresCertificate: boolean;
  readonly keyLog: KeyLog | null;
  private readonly contexts: ServerContexts;
  private readonly validation: Validation | null;
  private readonly alpn: readonly Protocol[];
  private readonly policy: StaplePolicy;
  private readonly stats: TlsStats;

  constructor(
    contexts: ServerContexts,
    validation: Validation | null,
    requiresCertificate: boolean,
    alpn: readonly Protocol[],
    policy: StaplePolicy,
    stats: TlsStats,
    keyLog: KeyLog | null,
  ) {
    this.keyLog = keyLog;
    this.policy = policy;
    this.contexts = contexts;
    this.validation = validation;
    this.requiresCertificate = requiresCertificate;
    this.requestsCertificate = requiresCertificate || (validation?.requests ?? false);
    this.alpn = alpn;
    this.stats = stats;
  }

  choose(hello: ClientHello | null): HelloChoice {
    const offered = hello?.alpn ?? NONE;
    // Ours decides. Nothing in common: none, and the handshake goes on (SSL_TLSEXT_ERR_NOACK).
    const both = offered.length === 0 ? undefined : this.alpn.find((a) => offered.includes(a.name));
    const chosen = this.contexts.choose(hello);
    const asks = hello?.extensions.includes(STATUS_REQUEST) === true;
    const staple = asks ? this.stapleOf(chosen) : null;
    const failure = staple === FAIL ? transportFailure(NO_STAPLE) : '';
    return {
      context: contextFor(chosen, hello),
      alpn: both?.wire ?? null,
      staple: staple === FAIL ? null : staple,
      failure,
    };
  }

  private stapleOf({ staple, leaf }: ServerContext): Buffer | null | typeof FAIL {
    const { stats } = this;
    stats.stapleRequests.inc();
    switch (stapleAction(staple, this.policy, leaf.mustStaple)) {
      case 'staple':
        stats.stapleResponses.inc();
        return staple === null ? null : staple.bytes;
      case 'omit':
        stats.stapleOmitted.inc();
        return null;
      case 'fail':
        stats.stapleFailed.inc();
        stats.connectionError.inc();
        return FAIL;
    }
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
      const judged = this.validation?.judge(facts, leaf, '', false, this.stats) ?? UNTRUSTED;
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
      // In TLS 1.3 there is none, and a session costs to be written out.
      version === 'TLSv1.3' ? '' : sessionIdOf(facts.getSession()),
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
/** TLS extension of a client that would look at an OCSP response. */
const STATUS_REQUEST = 5;
const FAIL = 'fail';
const NO_STAPLE: SslError = Object.assign(new Error('no staple'), { code: 'ERR_SSL_CONNECTION_REJECTED' });
