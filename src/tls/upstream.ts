/** envoy.transport_sockets.tls of a cluster: UpstreamTlsContext. Mirrors source/common/tls/client_ssl_socket.cc and client_context_impl.cc. */
import { refuse, within } from '../config/refusal.ts';
import type { UpstreamTlsContext } from '../config/schema/types.ts';
import type { SecretUser } from '../secrets/secret.ts';
import type { Address } from '../transport/address.ts';
import type { TransportFactory, TransportOptions } from '../transport/transport-factory.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import type { UpstreamTransportContext } from '../upstream/upstream-transports.ts';
import { alpnWire } from './alpn.ts';
import { Certificate } from './certificate.ts';
import { ClientContext, type KeptSession } from './client-context.ts';
import {
  type CommonEntries,
  type CommonParts,
  CommonSecrets,
  findSecrets,
  refuseSeveral,
  type SecretsSource,
  usesSecrets,
} from './common-secrets.ts';
import type { KeyLog } from './key-log.ts';
import { register, type TlsContext } from './live-contexts.ts';
import { connectNotReady } from './not-ready-wire.ts';
import { chainOf, Session, sessionIdOf } from './session.ts';
import { accepted, type ClientSide, type HandshakeFacts, refused, type Verdict } from './sides.ts';
import { transportFailure, verifyFailure } from './ssl-errors.ts';
import { TlsStats } from './stats.ts';
import type { SslError } from './tls-handles.ts';
import { paramsOf } from './tls-params.ts';
import { VALID } from './validation.ts';
import { loadWires, type TlsWires } from './wires.ts';

/** UpstreamTlsContext.max_session_keys when absent. */
const MAX_SESSION_KEYS = 1;

let wires: TlsWires | null = null;
let keyLogs: typeof import('./key-log.ts') | null = null;

/** By the configuration that names them, from `prepare` to `create`. */
const found = new WeakMap<UpstreamTlsContext, CommonEntries>();
const NO_SECRETS: CommonEntries = { certificates: [], validation: null };

/** What `create` needs loaded. */
export async function prepare(config: UpstreamTlsContext, secrets: SecretsSource): Promise<void> {
  wires = await loadWires();
  const common = config.commonTlsContext ?? {};
  if (common.keyLog !== undefined) keyLogs = await import('./key-log.ts');
  if (usesSecrets(common)) found.set(config, await findSecrets(common, secrets));
  await new CommonSecrets({ ...common, tlsCertificates: [] }, found.get(config) ?? NO_SECRETS, true).prepare();
}

export function create(config: UpstreamTlsContext, ctx: UpstreamTransportContext): TransportFactory {
  if (wires === null) throw new Error('prepare() comes first');
  const stats = new TlsStats(ctx.scope, false);
  const common = config.commonTlsContext ?? {};
  refuseSeveral(common);
  const secrets = new CommonSecrets(common, found.get(config) ?? NO_SECRETS, true);
  const { keyLog } = common;
  const log = keyLog === undefined || keyLogs === null ? null : new keyLogs.KeyLog(keyLog);
  const factory = new UpstreamTls(config, secrets, stats, wires, log);
  factory.begin();
  return factory;
}

class UpstreamTls implements TransportFactory, SecretUser, TlsContext {
  readonly name = 'envoy.transport_sockets.tls';
  readonly secure = true;
  readonly usesHost: boolean;
  private readonly config: UpstreamTlsContext;
  private readonly secrets: CommonSecrets;
  private readonly sni: string;
  private readonly verifiesSni: boolean;
  /** Null as long as a secret is not there. */
  private context: ClientContext | null = null;
  parts: CommonParts | null = null;
  private readonly alpn: readonly string[];
  private readonly stats: TlsStats;
  private readonly wires: TlsWires;
  private readonly keyLog: KeyLog | null;
  /** By the names in them: as many as there are protocols, or lists of them that requests ask for. */
  private readonly alpnWires = new Map<readonly string[], Buffer>();

  constructor(
    config: UpstreamTlsContext,
    secrets: CommonSecrets,
    stats: TlsStats,
    tlsWires: TlsWires,
    keyLog: KeyLog | null,
  ) {
    this.keyLog = keyLog;
    this.config = config;
    this.secrets = secrets;
    this.sni = config.sni ?? '';
    this.usesHost = config.autoHostSni ?? false;
    this.verifiesSni = config.autoSniSanValidation ?? false;
    const common = config.commonTlsContext ?? {};
    const alpn = common.alpnProtocols ?? [];
    within(common, () => alpnWire(alpn));
    this.alpn = alpn;
    this.stats = stats;
    this.wires = tlsWires;
  }

  /** `prepare` has loaded what it needs. */
  begin(): void {
    this.compile()();
    this.stats.updatedBySds.add(this.secrets.arrived);
    this.secrets.watch(this);
    register(this);
  }

  async secretChanged(): Promise<() => void> {
    await this.secrets.prepare();
    const commit = this.compile();
    return () => {
      commit();
      this.stats.updatedBySds.inc();
    };
  }

  private compile(): () => void {
    const parts = this.secrets.parts();
    const context = parts === null ? null : this.make(parts);
    return () => {
      this.context = context;
      this.parts = parts;
      if (parts !== null) this.stats.expiries(parts);
    };
  }

  private make({ certificates, validation }: CommonParts): ClientContext {
    const { config } = this;
    if (config.autoSniSanValidation === true && (validation === null || validation.trustedCa === null)) {
      const message = "'auto_sni_san_validation' was configured without configuring a validation context";
      refuse(config, 'auto_sni_san_validation', message);
    }
    const params = paramsOf(config.commonTlsContext?.tlsParams, { server: false, clientsOrder: true, stateful: false });
    return new ClientContext(params, certificates[0] ?? null, validation, config.maxSessionKeys ?? MAX_SESSION_KEYS);
  }

  accept(): never {
    throw new Error('an UpstreamTlsContext does not accept');
  }

  connect(address: Address, owner: WireOwner, options: TransportOptions | null): Wire {
    const { context } = this;
    if (context === null) {
      this.stats.notReady.inc();
      return connectNotReady(address, owner);
    }
    const hostname = this.usesHost ? (options?.hostname ?? '') : '';
    const serverName = options?.serverName ?? (hostname === '' ? this.sni : hostname);
    const verifyName = options?.verifyName ?? (this.verifiesSni ? serverName : '');
    const alpn = options?.alpn ?? (this.alpn.length > 0 ? this.alpn : (options?.alpnFallback ?? this.alpn));
    const side = new Client(context, serverName, verifyName, this.alpnWire(alpn), this.stats, this.keyLog);
    side.replacesNames = this.verifiesSni && serverName !== '';
    side.preface = options?.preface ?? null;
    side.before = options?.before ?? null;
    return this.wires.connect(address, owner, side);
  }

  private alpnWire(names: readonly string[]): Buffer | null {
    if (names.length === 0) return null;
    let wire = this.alpnWires.get(names);
    if (wire === undefined) {
      wire = alpnWire(names);
      this.alpnWires.set(names, wire);
    }
    return wire;
  }
}

/** One connection's. */
class Client implements ClientSide {
  readonly serverName: string;
  readonly alpn: Buffer | null;
  preface: ClientSide['preface'] = null;
  before: ClientSide['before'] = null;
  readonly keyLog: KeyLog | null;
  /** Names that are configured count for nothing: auto_sni_san_validation. */
  replacesNames = false;
  private readonly verifyName: string;
  private readonly from: ClientContext;
  private readonly stats: TlsStats;
  private resumes: KeptSession | null = null;
  private early: Buffer | null = null;
  /** The server was taken; who it is. */
  private taken = false;
  private peer: Certificate | null = null;
  private version = '';

  constructor(
    from: ClientContext,
    serverName: string,
    verifyName: string,
    alpn: Buffer | null,
    stats: TlsStats,
    keyLog: KeyLog | null,
  ) {
    this.keyLog = keyLog;
    this.from = from;
    this.serverName = serverName;
    this.verifyName = verifyName;
    this.alpn = alpn;
    this.stats = stats;
  }

  get context(): unknown {
    return this.from.secure.context;
  }
  get keepsSessions(): boolean {
    return this.from.keepsSessions;
  }
  takeSession(): Buffer | null {
    this.resumes = this.from.keepsSessions ? this.from.takeSession(this.serverName) : null;
    return this.resumes?.session ?? null;
  }
  /** In TLS 1.2 before the server's certificate is judged, in 1.3 behind it. */
  keepSession(session: Buffer): void {
    if (!this.taken) {
      this.early = session;
      return;
    }
    const { serverName, peer } = this;
    this.from.keepSession({ serverName, session, peer, once: this.version === 'TLSv1.3' });
  }

  established(facts: HandshakeFacts, serverName: string, alpn: string): Verdict {
    const version = facts.getProtocol() ?? '';
    const raw = facts.getPeerCertificate(false)?.raw;
    let leaf: Certificate | null = null;
    try {
      if (raw !== undefined) leaf = new Certificate(raw);
      else if (facts.isSessionReused()) leaf = this.resumes?.peer ?? null;
    } catch {
      return refused(verifyFailure('verify cert failed: not a certificate'), 0, true);
    }
    // As BoringSSL, before anything else. Ciphers in whose name there is no key exchange encrypt with the key.
    if (leaf?.unfitForSignatures === true && /^(ECDHE|DHE|TLS)/.test(facts.getCipher().name)) {
      this.stats.connectionError.inc();
      return refused(transportFailure(UNFIT_KEY), 0, true);
    }
    const { validation } = this.from;
    let validated = false;
    if (validation !== null || this.verifyName !== '') {
      if (leaf === null) return refused(verifyFailure('verify cert failed: no certificate'), 0, true);
      const judged = // Without an authority nobody vouches for the name.
        validation === null
          ? { detail: '', alert: 0 }
          : validation.judge(facts, leaf, this.verifyName, this.replacesNames, this.stats);
      if (typeof judged !== 'string') return refused(verifyFailure(judged.detail), 0, true);
      validated = judged === VALID && validation !== null && validation.requests;
    }
    this.version = version;
    this.peer = leaf;
    this.taken = true;
    if (this.early !== null) this.keepSession(this.early);
    const { name } = facts.getCipher();
    const group = groupName(facts.getEphemeralKeyInfo()?.name ?? '');
    this.stats.established(version, name, group, facts.isSessionReused(), leaf !== null);
    const chain = raw === undefined ? [] : chainOf(facts.getPeerCertificate(false));
    const id = sessionIdOf(facts.getSession());
    const session = new Session(version, name, group, id, leaf, validated, this.from.leaf, chain);
    return accepted({ alpn, serverName, tls: session });
  }

  failed(error: SslError): string {
    this.stats.connectionError.inc();
    return transportFailure(error);
  }
}

const UNFIT_KEY: SslError = Object.assign(new Error('key usage'), { code: 'ERR_SSL_KEY_USAGE_BIT_INCORRECT' });

/** OpenSSL's names of curves → BoringSSL's. */
const GROUPS: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

function groupName(name: string): string {
  return GROUPS[name] ?? name;
}
