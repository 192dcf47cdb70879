/**
 * envoy.tls.cert_validator.spiffe: each trust domain has authorities of its own, chosen by the URI of the peer's certificate. OpenSSL judges the chain by
 * all of them; that it ends at one of the domain's is looked at here. Mirrors
 * source/extensions/transport_sockets/tls/cert_validator/spiffe/spiffe_validator.cc.
 */
import type { SecureContextOptions } from 'node:tls';
import { readDataSource } from '../config/data-source.ts';
import { refuse, within } from '../config/refusal.ts';
import type { CertificateValidationContext, SPIFFECertValidatorConfig } from '../config/schema/types.ts';
import type { RegexCompiler, StringTest } from '../http/headers/regex.ts';
import { type Certificate, pemOf } from './certificate.ts';
import { pathTo } from './chain-path.ts';
import { sourceName } from './data-source-name.ts';
import { certificateOf, chainFailure, chainFault, DATES, pemBlocks, typedTest } from './peer-validation.ts';
import { listsOf, type RevocationList, revocationFault } from './revocation.ts';
import { chainOf } from './session.ts';
import type { HandshakeFacts } from './sides.ts';
import type { TlsStats } from './stats.ts';
import { type Failure, type UNTRUSTED, VALID, type Validation } from './validation.ts';

const SCHEME = 'spiffe://';
/** Of a key of a bundle that is an authority (SPIFFE Trust Domain and Bundle, 4.2.2). */
const X509_USE = 'x509-svid';
/** The one alert (RFC 8446, 6) for all faults. */
const UNKNOWN = 46;

interface Bundle {
  readonly authorities: readonly Certificate[];
  readonly revocations: readonly RevocationList[];
}

export class SpiffeValidation implements Validation {
  readonly options: SecureContextOptions;
  readonly trustedCa: Buffer;
  readonly trustedCaSource: string;
  readonly authorities: readonly Certificate[];
  readonly name: string;
  readonly identity: unknown;
  readonly requests: boolean = true;
  readonly requires: boolean = true;
  readonly namesAuthorities: boolean;
  readonly walks: boolean = true;
  private readonly bundles: ReadonlyMap<string, Bundle>;
  private readonly names: readonly StringTest[];
  private readonly allowsExpired: boolean;
  private readonly ofServer: boolean;

  constructor(
    config: CertificateValidationContext,
    own: SPIFFECertValidatorConfig,
    name: string,
    ofServer: boolean,
    regex: RegexCompiler,
  ) {
    this.ofServer = ofServer;
    this.name = name;
    this.namesAuthorities = config.suppressClientCaList !== true;
    this.allowsExpired = config.allowExpiredCertificate === true;
    // Other kinds of names are nobody's business here.
    const uris = (config.matchTypedSubjectAltNames ?? []).filter((m) => m.sanType === 'URI');
    this.names = uris.map((m) => within(m, () => typedTest(m, regex).test));
    this.bundles = own.trustBundles === undefined ? fromDomains(own) : fromJson(own);
    this.authorities = [...this.bundles.values()].flatMap((b) => b.authorities);
    const first = own.trustDomains?.[0];
    const named = own.trustBundles === undefined && first !== undefined;
    this.trustedCaSource = named ? `${first.name ?? ''}: ${sourceName(first.trustBundle)}` : '';
    const ca = this.authorities.map((a) => pemOf(a.der));
    this.trustedCa = Buffer.from(ca.join(''));
    this.options = { ca, allowPartialTrustChain: false };
    this.identity = [...this.bundles.keys()];
  }

  judge(
    facts: HandshakeFacts,
    leaf: Certificate,
    _expected: string,
    _instead: boolean,
    stats: TlsStats,
  ): Failure | typeof VALID | typeof UNTRUSTED {
    const failure = this.judgeChain(facts, leaf);
    if (failure !== null) {
      stats.failVerifyError.inc();
      return { detail: failure.detail, alert: UNKNOWN };
    }
    if (this.names.length === 0 || leaf.uris.some((uri) => this.names.some((test) => test(uri)))) return VALID;
    stats.failVerifySan.inc();
    return { detail: 'verify cert failed: SAN match', alert: UNKNOWN };
  }

  private judgeChain(facts: HandshakeFacts, leaf: Certificate): Failure | null {
    if (leaf.vouches) return { detail: 'verify cert failed: cert precheck', alert: UNKNOWN };
    const bundle = this.bundles.get(trustDomain(leaf.uris[0] ?? ''));
    if (bundle === undefined) return { detail: 'verify cert failed: no trust bundle store', alert: UNKNOWN };
    const fault = chainFault(facts);
    const old = this.allowsExpired && DATES.includes(fault?.code ?? '');
    if (fault !== null && !old) return fault.failure;
    const rules = { ofServer: this.ofServer, judged: fault === null, roots: true };
    const shown = chainOf(facts.getPeerCertificate(true));
    const path = pathTo(shown, bundle.authorities, rules);
    if (path === null) return chainFailure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 0);
    if (bundle.revocations.length === 0) return null;
    const revoked = revocationFault(path, bundle.revocations, { leafOnly: false, timeless: this.allowsExpired });
    return revoked === null ? null : chainFailure(revoked.code, revoked.depth);
  }
}

/** `spiffe://a.test/path` → `a.test`; '' for what is none. */
function trustDomain(uri: string): string {
  if (!uri.startsWith(SCHEME)) return '';
  const end = uri.indexOf('/', SCHEME.length);
  return end < 0 ? '' : uri.slice(SCHEME.length, end);
}

function fromDomains(own: SPIFFECertValidatorConfig): ReadonlyMap<string, Bundle> {
  const bundles = new Map<string, Bundle>();
  for (const domain of own.trustDomains ?? []) {
    const { name = '', trustBundle } = domain;
    if (bundles.has(name)) {
      const message = `Multiple trust bundles are given for one trust domain for ${name}`;
      refuse(domain, 'name', message, { envoy: `${message}, workload: ` });
    }
    const pem = readDataSource(trustBundle);
    const authorities = pemBlocks(pem).flatMap((text) => readCertificate(text) ?? []);
    const revocations = within(domain, () => listsOf(pem));
    if (authorities.length + revocations.length === 0) {
      refuse(domain, 'trust_bundle', `Failed to load trusted CA certificate for ${name}`, { here: true });
    }
    bundles.set(name, { authorities, revocations });
  }
  return bundles;
}

function readCertificate(text: string): Certificate | null {
  try {
    return certificateOf(text);
  } catch {
    return null;
  }
}

/** `trust_bundles`: by domain a JWK set whose keys have certificates. */
function fromJson(own: SPIFFECertValidatorConfig): ReadonlyMap<string, Bundle> {
  const fail = (message: string): never => refuse(own, 'trust_bundles', message, { here: true });
  let json: unknown;
  try {
    json = JSON.parse(readDataSource(own.trustBundles).toString());
  } catch {
    return fail('Invalid JSON found in SPIFFE bundle');
  }
  const domains = Object.entries(record(record(json)['trust_domains']));
  if (domains.length === 0) fail('No trust domains found in SPIFFE bundle');
  const bundles = new Map<string, Bundle>();
  for (const [domain, value] of domains) {
    const { keys } = record(value);
    if (!Array.isArray(keys) || keys.length === 0) {
      return fail(`No keys found in SPIFFE bundle for domain '${domain}'`);
    }
    const authorities = keys.flatMap((key) => {
      const { use, x5c } = record(key);
      if (use !== X509_USE) fail(`missing or invalid 'use' field found in cert for domain '${domain}'`);
      if (!Array.isArray(x5c) || x5c.length === 0) {
        return fail(`missing or empty 'x5c' field found in keys for domain: '${domain}'`);
      }
      return x5c.map((text) => {
        const der = Buffer.from(String(text), 'base64');
        if (der.length === 0) fail(`Failed to create x509 object while loading certs in domain '${domain}'`);
        return readCertificate(pemOf(der)) ?? fail(`Invalid x509 object in certs for domain '${domain}'`);
      });
    });
    bundles.set(domain, { authorities, revocations: [] });
  }
  return bundles;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  const is = typeof value === 'object' && value !== null && !Array.isArray(value);
  return is ? (value as Readonly<Record<string, unknown>>) : {};
}
