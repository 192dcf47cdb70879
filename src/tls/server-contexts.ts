/**
 * The contexts of a DownstreamTlsContext, one a certificate, and which of them a client gets: by the name it asks for and whether it can do
 * ECDSA. Mirrors source/common/tls/server_context_impl.cc and default_tls_certificate_selector.cc.
 */
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { TlsParameters } from '../config/schema/types.ts';
import { cipherId } from '../transport/cipher-ids.ts';
import type { Certificate } from './certificate.ts';
import type { ClientHello } from './client-hello.ts';
import { type OcspResponse, type StaplePolicy, stapleAction } from './ocsp.ts';
import type { OwnCertificate } from './own-certificate.ts';
import { ownTicketKey, type TicketKey, useTicketKeys } from './session-tickets.ts';
import type { Validation } from './validation.ts';

export interface ServerContext {
  /** Node's; its `context` is the native one. */
  readonly secure: SecureContext;
  /** For clients of TLS 1.3, whose order of ciphers is the one that counts (BoringSSL). */
  readonly secure13: SecureContext;
  /** By what is said of this certificate. */
  readonly speaks13: boolean;
  readonly leaf: Certificate;
  /** IANA's number of an ECDSA key's curve; 0 for any other key. */
  readonly curve: number;
  readonly staple: OcspResponse | null;
}

export interface ServerContextOptions {
  /** `own`: of a certificate; absent: of all. */
  readonly params: (clientsOrder: boolean, own?: TlsParameters) => SecureContextOptions;
  /** As the config says; what a policy makes of it does not decide which certificate is shown. */
  readonly speaks13: boolean;
  /** DownstreamTlsContext.prefer_client_ciphers. */
  readonly clientsOrder: boolean;
  /** DownstreamTlsContext.full_scan_certs_on_sni_mismatch. */
  readonly fullScan: boolean;
  readonly policy: StaplePolicy;
  readonly certificates: readonly OwnCertificate[];
  readonly validation: Validation | null;
  /** Empty: of this process. */
  readonly ticketKeys: readonly TicketKey[];
  /** Seconds. */
  readonly sessionTimeout: number;
}

/** Certificates of one name: the first RSA one and the first ECDSA one, in this order. */
interface Pair {
  other: ServerContext | null;
  ecdsa: ServerContext | null;
}

const TLS_1_2 = 0x0303;
const TLS_1_3 = 0x0304;
/** TLS extensions. */
const STATUS_REQUEST = 5;
const SUPPORTED_VERSIONS = 43;
/** ecdsa_secp…r1_sha… → the curve. */
const CURVE_OF_SIGNATURE: Readonly<Record<number, number>> = { 1027: 23, 1283: 24, 1539: 25 };
const isCurve = (group: number): boolean => group >= 23 && group <= 25;
const NO_CURVES: readonly number[] = [];

export class ServerContexts {
  readonly all: readonly ServerContext[];
  private readonly speaks13: boolean;
  private readonly fullScan: boolean;
  private readonly policy: StaplePolicy;
  private readonly hasRsa: boolean;
  /** ECDHE_ECDSA_… suites of TLS 1.2 that all certificates are shown with. */
  private readonly ecdsaSuites: readonly number[];
  private readonly byName = new Map<string, Pair>();

  /** Throws what is wrong with the parameters. */
  constructor(o: ServerContextOptions) {
    const params = o.params(o.clientsOrder);
    this.speaks13 = o.speaks13;
    this.ecdsaSuites = (params.ciphers ?? '').split(':').filter(isEcdsaSuite).map(cipherId);
    this.fullScan = o.fullScan;
    this.policy = o.policy;
    const id = contextId(o);
    this.all = o.certificates.map((c) => makeContext(o, c, id));
    this.hasRsa = this.all.some((c) => c.curve === 0);
    for (const context of this.all) {
      const names = context.leaf.dnsNames.length > 0 ? context.leaf.dnsNames : [commonName(context.leaf)];
      for (const name of names) {
        const key = name.toLowerCase().replace(/^\*(?=\.)/, '');
        let pair = this.byName.get(key);
        if (pair === undefined) {
          pair = { other: null, ecdsa: null };
          this.byName.set(key, pair);
        }
        if (context.curve === 0) pair.other ??= context;
        else pair.ecdsa ??= context;
      }
    }
  }

  choose(hello: ClientHello | null): ServerContext {
    if (hello === null || this.all.length === 1) return this.all[0];
    const curves = this.curvesOf(hello);
    const name = hello.serverName.toLowerCase();
    if (name !== '') {
      const dot = name.indexOf('.', 1);
      const found = this.ofName(name, curves, hello) ?? (dot > 0 ? this.ofName(name.slice(dot), curves, hello) : null);
      if (found !== null || !this.fullScan) return found ?? this.all[0];
    }
    if (curves.length === 0 && !this.hasRsa) return this.all[0];
    return this.best(this.all, curves, hello) ?? this.all[0];
  }

  private ofName(name: string, curves: readonly number[], hello: ClientHello): ServerContext | null {
    const pair = this.byName.get(name);
    return pair === undefined ? null : this.best([pair.other, pair.ecdsa], curves, hello);
  }

  /** An ECDSA one that the client takes, else the first other. */
  private best(
    among: readonly (ServerContext | null)[],
    curves: readonly number[],
    hello: ClientHello,
  ): ServerContext | null {
    const wantsStaple = hello.extensions.includes(STATUS_REQUEST);
    let candidate: ServerContext | null = null;
    for (const c of among) {
      if (c === null) continue;
      if (wantsStaple && stapleAction(c.staple, this.policy, c.leaf.mustStaple) === 'fail') continue;
      if (curves.includes(c.curve)) return c;
      if (c.curve !== 0) continue;
      if (curves.length === 0) return c;
      candidate ??= c;
    }
    return candidate;
  }

  /** Curves of ECDSA keys that the client takes; none: it does no ECDSA. */
  private curvesOf(hello: ClientHello): readonly number[] {
    if (hello.version === TLS_1_2 && this.speaks13 && hello.extensions.includes(SUPPORTED_VERSIONS)) {
      return hello.signatureAlgorithms.map((s) => CURVE_OF_SIGNATURE[s] ?? 0).filter(isCurve);
    }
    return hello.ciphers.some((c) => this.ecdsaSuites.includes(c)) ? hello.groups.filter(isCurve) : NO_CURVES;
  }
}

const isEcdsaSuite = (name: string): boolean => name.includes('ECDSA-');

/** The native context of a handshake that shows this certificate. */
export function contextFor({ secure, secure13, speaks13 }: ServerContext, hello: ClientHello | null): unknown {
  return (speaks13 && hello !== null && hello.versions.includes(TLS_1_3) ? secure13 : secure).context;
}

function commonName(leaf: Certificate): string {
  return /(?:^|,)CN=([^,+]*)/.exec(leaf.subject)?.[1] ?? '';
}

/** Of what a session depends on: a session of other certificates or another authority is none of ours. */
function contextId(o: ServerContextOptions): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const hash = createHash('sha256');
  for (const c of o.certificates) hash.update(c.leaf.der);
  hash.update(o.validation?.trustedCa ?? '');
  hash.update(JSON.stringify(o.validation?.identity ?? null));
  return hash.digest('hex').slice(0, 32);
}

function makeContext(o: ServerContextOptions, own: OwnCertificate, id: string): ServerContext {
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  const { validation } = o;
  const names = validation === null || validation.namesAuthorities || validation.trustedCa === null;
  const { ca, ...checks } = validation?.options ?? { ca: [] };
  const ticketKeys = o.ticketKeys.length > 0 ? o.ticketKeys : [ownTicketKey(id)];
  const params13 = o.params(true, own.params);
  const params = o.clientsOrder ? params13 : o.params(false, own.params);
  const make = (options: SecureContextOptions, is13: boolean): SecureContext => {
    const secure = createSecureContext({
      ...options,
      ...(names ? { ca } : {}),
      ...checks,
      ...own.options,
      sessionIdContext: id,
      sessionTimeout: o.sessionTimeout,
    });
    useTicketKeys(secure, ticketKeys, is13);
    return secure;
  };
  const both = (): Pick<ServerContext, 'secure' | 'secure13'> => ({
    secure: make(params, false),
    secure13: make(params13, true),
  });
  return {
    ...(names ? both() : withDefaultAuthorities(ca as readonly string[], both)),
    speaks13: params13.maxVersion === 'TLSv1.3',
    leaf: own.leaf,
    curve: own.curve,
    staple: own.staple,
  };
}

/** Node names each authority of `ca` to clients that it asks for a certificate, and none of its defaults. */
function withDefaultAuthorities<T>(ca: readonly string[], make: () => T): T {
  const { getCACertificates, setDefaultCACertificates } = process.getBuiltinModule('node:tls');
  const before = getCACertificates('default');
  setDefaultCACertificates(ca);
  try {
    return make();
  } finally {
    setDefaultCACertificates(before);
  }
}
