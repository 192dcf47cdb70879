/**
 * The contexts of a DownstreamTlsContext, one a certificate, and which of them a client gets: by the name it asks for and whether it can do
 * ECDSA. Mirrors source/common/tls/server_context_impl.cc and default_tls_certificate_selector.cc.
 */
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { Certificate } from './certificate.ts';
import type { ClientHello } from './client-hello.ts';
import type { OcspResponse } from './ocsp.ts';
import type { OwnCertificate } from './own-certificate.ts';
import { ownTicketKeys, type TicketKey, useTicketKeys } from './session-tickets.ts';
import type { Validation } from './validation.ts';

export interface ServerContext {
  /** Node's; its `context` is the native one. */
  readonly secure: SecureContext;
  readonly secure13: SecureContext;
  readonly leaf: Certificate;
  readonly isEcdsa: boolean;
  readonly staple: OcspResponse | null;
}

export interface ServerContextOptions {
  readonly params: SecureContextOptions;
  /** For clients of TLS 1.3, whose order of ciphers is the one that counts (BoringSSL). */
  readonly params13: SecureContextOptions;
  /** DownstreamTlsContext.full_scan_certs_on_sni_mismatch. */
  readonly fullScan: boolean;
  readonly certificates: readonly OwnCertificate[];
  readonly validation: Validation | null;
  /** Empty: of this process. */
  readonly ticketKeys: readonly TicketKey[];
  /** Seconds. */
  readonly sessionTimeout: number;
}

/** Which certificates of one name: the first ECDSA one and the first other. */
interface Pair {
  ecdsa: ServerContext | null;
  other: ServerContext | null;
}

/** X9.62 curves that a client must name to be given an ECDSA certificate, and signatures with them. */
const EC_GROUPS = [23, 24, 25];
const EC_SIGNATURES = [0x0403, 0x0503, 0x0603];
/** ECDHE_ECDSA_… suites of TLS 1.2. */
const EC_SUITES = [0xc02b, 0xc02c, 0xcca9, 0xc009, 0xc00a, 0xc023, 0xc024];
const TLS_1_3 = 0x0304;

export class ServerContexts {
  readonly all: readonly ServerContext[];
  private readonly speaks13: boolean;
  private readonly fullScan: boolean;
  private readonly first: Pair = { ecdsa: null, other: null };
  private readonly byName = new Map<string, Pair>();

  /** Throws what is wrong with the parameters. */
  constructor(o: ServerContextOptions) {
    this.speaks13 = o.params.maxVersion === 'TLSv1.3';
    this.fullScan = o.fullScan;
    const id = contextId(o);
    this.all = o.certificates.map((c) => makeContext(o, c, id));
    for (const context of this.all) {
      enter(this.first, context);
      const names = context.leaf.dnsNames.length > 0 ? context.leaf.dnsNames : [commonName(context.leaf)];
      for (const name of names) {
        const key = name.toLowerCase().replace(/^\*(?=\.)/, '');
        let pair = this.byName.get(key);
        if (pair === undefined) {
          pair = { ecdsa: null, other: null };
          this.byName.set(key, pair);
        }
        enter(pair, context);
      }
    }
  }

  choose(hello: ClientHello | null): ServerContext {
    return hello === null || this.all.length === 1 ? this.all[0] : this.byHello(hello, this.will13(hello));
  }

  /** The handshake will come to TLS 1.3. */
  will13(hello: ClientHello | null): boolean {
    return hello !== null && this.speaks13 && hello.versions.includes(TLS_1_3);
  }

  private byHello(hello: ClientHello, will13: boolean): ServerContext {
    const name = hello.serverName.toLowerCase();
    const dot = name.indexOf('.');
    const named = this.byName.get(name) ?? (dot > 0 ? this.byName.get(name.slice(dot)) : undefined);
    if (named === undefined && name !== '' && !this.fullScan) return this.all[0];
    const pair = named ?? this.first;
    const wantsEcdsa = pair.ecdsa !== null && canEcdsa(hello, will13);
    // The pair is never empty.
    return (wantsEcdsa ? pair.ecdsa : (pair.other ?? pair.ecdsa)) as ServerContext;
  }
}

function enter(pair: Pair, context: ServerContext): void {
  if (context.isEcdsa) pair.ecdsa ??= context;
  else pair.other ??= context;
}

function canEcdsa(hello: ClientHello, will13: boolean): boolean {
  if (!will13 && !hello.ciphers.some((c) => EC_SUITES.includes(c))) return false;
  return (
    hello.groups.some((g) => EC_GROUPS.includes(g)) && hello.signatureAlgorithms.some((s) => EC_SIGNATURES.includes(s))
  );
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
  const make = (params: SecureContextOptions): SecureContext => {
    const secure = createSecureContext({
      ...params,
      ...(o.validation?.options ?? { ca: [] }),
      ...own.options,
      sessionIdContext: id,
      sessionTimeout: o.sessionTimeout,
      ticketKeys: ownTicketKeys(id),
    });
    if (o.ticketKeys.length > 0) useTicketKeys(secure, o.ticketKeys);
    return secure;
  };
  return {
    secure: make(o.params),
    secure13: make(o.params13),
    leaf: own.leaf,
    isEcdsa: own.isEcdsa,
    staple: own.staple,
  };
}
