/**
 * CertificateValidationContext: whether a peer's certificate is good. The chain is OpenSSL's to judge, names and pins are looked at here.
 * Mirrors source/common/tls/cert_validator/default_validator.cc and san_matcher.cc.
 */
import type { X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { readDataSource } from '../config/data-source.ts';
import { about, refuse, within } from '../config/refusal.ts';
import type {
  CertificateValidationContext,
  SPIFFECertValidatorConfig,
  StringMatcher,
  SubjectAltNameMatcher,
  SubjectAltNameMatcherSanType,
} from '../config/schema/types.ts';
import { stringTest } from '../http/headers/header-matcher.ts';
import { loadRegexes, type RegexCompiler, type StringTest } from '../http/headers/regex.ts';
import { logger } from '../log/logger.ts';
import { Certificate } from './certificate.ts';
import { pathTo } from './chain-path.ts';
import { sourceName } from './data-source-name.ts';
import { listBlocks, listsOf, type RevocationList, revocationFault } from './revocation.ts';
import { chainOf } from './session.ts';
import type { HandshakeFacts } from './sides.ts';
import type { TlsStats } from './stats.ts';
import type { RawCertificate } from './tls-handles.ts';
import { type Failure, UNTRUSTED, VALID, type Validation } from './validation.ts';

/** Alerts (RFC 8446, 6). */
const BAD_CERTIFICATE = 42;
const REVOKED = 44;
const EXPIRED = 45;
const UNKNOWN = 46;
const UNKNOWN_CA = 48;
const DECRYPT_ERROR = 51;
const BAD_HASH = 114;

const log = logger('config');

const DEFAULT_VALIDATOR = 'envoy.tls.cert_validator.default';
const SPIFFE_VALIDATOR = 'envoy.tls.cert_validator.spiffe';

const BY_CRL = 'certificate revocation check against provided CRLs failed: ';

/** X509_V_ERR_… as Node calls them → BoringSSL's sentence and the alert it sends. */
const CHAIN_ERRORS: Readonly<Record<string, readonly [sentence: string, alert: number]>> = {
  CERT_HAS_EXPIRED: ['certificate has expired', EXPIRED],
  CERT_NOT_YET_VALID: ['certificate is not yet valid', BAD_CERTIFICATE],
  CERT_REVOKED: [`${BY_CRL}certificate revoked`, REVOKED],
  CERT_CHAIN_TOO_LONG: ['certificate chain too long', UNKNOWN_CA],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['self signed certificate', UNKNOWN_CA],
  SELF_SIGNED_CERT_IN_CHAIN: ['self signed certificate in certificate chain', UNKNOWN_CA],
  UNABLE_TO_GET_ISSUER_CERT: ['unable to get issuer certificate', UNKNOWN_CA],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['unable to get local issuer certificate', UNKNOWN_CA],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unable to verify the first certificate', UNKNOWN_CA],
  UNABLE_TO_GET_CRL: [`${BY_CRL}unable to get certificate CRL`, UNKNOWN_CA],
  CRL_HAS_EXPIRED: [`${BY_CRL}CRL has expired`, EXPIRED],
  CRL_NOT_YET_VALID: [`${BY_CRL}CRL is not yet valid`, BAD_CERTIFICATE],
  CRL_SIGNATURE_FAILURE: [`${BY_CRL}CRL signature failure`, DECRYPT_ERROR],
  UNHANDLED_CRITICAL_CRL_EXTENSION: [`${BY_CRL}unhandled critical CRL extension`, UNKNOWN],
  INVALID_PURPOSE: ['unsupported certificate purpose', 43],
};

interface NameTest {
  readonly kind: SubjectAltNameMatcherSanType;
  readonly test: StringTest;
  /** Of a name of another kind. */
  readonly oid?: string;
}

export class PeerValidation implements Validation {
  readonly options: SecureContextOptions;
  readonly trustedCa: Buffer | null;
  readonly trustedCaSource: string;
  readonly authorities: readonly Certificate[];
  readonly name: string;
  readonly identity: unknown;
  readonly requests: boolean;
  readonly requires: boolean;
  readonly namesAuthorities: boolean;
  readonly walks: boolean;
  /** Looked up here; null where there are none, or OpenSSL does it. */
  private readonly revocations: readonly RevocationList[] | null;
  private readonly leafOnly: boolean;
  /** What it looks at may be found bad. */
  private readonly judges: boolean;
  private readonly acceptsUntrusted: boolean;
  private readonly maxDepth: number;
  private readonly allowsExpired: boolean;
  /** It judges servers' certificates. */
  private readonly ofServer: boolean;
  private readonly names: readonly NameTest[];
  private readonly hashes: ReadonlySet<string>;
  private readonly spkis: ReadonlySet<string>;

  constructor(config: CertificateValidationContext, name: string, ofServer: boolean, regex: RegexCompiler) {
    this.ofServer = ofServer;
    this.name = name;
    this.namesAuthorities = config.suppressClientCaList !== true;
    if (config.requireSignedCertificateTimestamp === true) {
      log.warn('require_signed_certificate_timestamp does nothing, as in Envoy: certificates are taken without');
    }
    const system = config.systemRootCerts !== undefined && config.trustedCa === undefined;
    const ca = system ? systemAuthorities() : readDataSource(config.trustedCa);
    this.trustedCa = ca.length === 0 ? null : ca;
    this.trustedCaSource = system ? '<system>' : sourceName(config.trustedCa);
    if (this.trustedCa !== null && !ca.includes('-----BEGIN ')) {
      const message = `Failed to load trusted CA certificates from ${this.trustedCaSource}`;
      refuse(config, 'trusted_ca', message, { here: true });
    }
    this.authorities = this.trustedCa === null ? [] : within(config, () => pemBlocks(ca).map(certificateOf));
    const crl = Buffer.concat([readDataSource(config.crl), ...listBlocks(ca)]);
    this.allowsExpired = config.allowExpiredCertificate === true;
    this.leafOnly = config.onlyVerifyLeafCertCrl === true;
    const here = crl.length > 0 && (this.leafOnly || this.allowsExpired);
    this.revocations = here ? about(config, 'crl', () => listsOf(crl)) : null;
    this.walks = this.allowsExpired || here;
    this.options = {
      ca: this.trustedCa === null ? [] : pemBlocks(this.trustedCa),
      // An intermediate may be the anchor.
      allowPartialTrustChain: true,
      ...(crl.length > 0 && !here ? { crl } : {}),
    };
    if (this.allowsExpired && this.trustedCa === null) {
      const message = 'Certificate validity period is always ignored without trusted CA';
      refuse(config, 'allow_expired_certificate', message);
    }
    this.acceptsUntrusted = config.trustChainVerification === 'ACCEPT_UNTRUSTED';
    this.maxDepth = config.maxVerifyDepth ?? Number.POSITIVE_INFINITY;
    const typed = (config.matchTypedSubjectAltNames ?? []).map((m) => within(m, () => typedTest(m, regex)));
    const untyped = (config.matchSubjectAltNames ?? []).flatMap((m) =>
      (['DNS', 'URI', 'EMAIL', 'IP_ADDRESS'] as const).map((kind) => nameTest(kind, m, regex)),
    );
    this.names = typed.length > 0 ? typed : untyped;
    if (this.names.length > 0 && this.trustedCa === null) {
      const message = 'SAN-based verification of peer certificates without trusted CA is insecure and not allowed';
      refuse(config, 'match_typed_subject_alt_names', message);
    }
    this.hashes = new Set((config.verifyCertificateHash ?? []).map((text) => hashOf(config, text)));
    this.spkis = new Set((config.verifyCertificateSpki ?? []).map((text) => spkiOf(config, text)));
    this.identity = [config.matchTypedSubjectAltNames, config.matchSubjectAltNames, [...this.hashes], [...this.spkis]];
    const judges = this.trustedCa !== null || this.hashes.size > 0 || this.spkis.size > 0;
    this.requests = judges || this.acceptsUntrusted;
    this.judges = judges;
    const names = this.names.length + this.hashes.size + this.spkis.size;
    this.requires = names > 0 && !this.acceptsUntrusted;
  }

  judge(
    facts: HandshakeFacts,
    leaf: Certificate,
    expected: string,
    instead: boolean,
    stats: TlsStats,
  ): Failure | typeof VALID | typeof UNTRUSTED {
    let trusted: typeof VALID | typeof UNTRUSTED = VALID;
    if (this.trustedCa !== null) {
      const failure = this.judgeChain(facts);
      if (failure !== null) {
        stats.failVerifyError.inc();
        if (!this.acceptsUntrusted) return failure;
        trusted = UNTRUSTED;
      }
    }
    if (expected !== '' && !leaf.dnsNames.some((name) => dnsMatches(expected, name)) && !leaf.ips.includes(expected)) {
      stats.failVerifySan.inc();
      return this.acceptsUntrusted ? UNTRUSTED : noSuchName(leaf);
    }
    if (!instead && this.names.length > 0 && !this.names.some((n) => namesOf(leaf, n).some(n.test))) {
      stats.failVerifySan.inc();
      return this.acceptsUntrusted ? UNTRUSTED : noSuchName(leaf);
    }
    if (this.hashes.size === 0 && this.spkis.size === 0) return this.judges ? trusted : UNTRUSTED;
    if (this.hashes.has(leaf.sha256)) return trusted;
    if (this.spkis.size > 0 && this.spkis.has(spkiHash(leaf.spki))) return trusted;
    stats.failVerifyCertHash.inc();
    if (this.acceptsUntrusted) return UNTRUSTED;
    return { detail: 'verify cert failed: cert hash and spki', alert: BAD_HASH };
  }

  private path(facts: HandshakeFacts, judged: boolean): readonly X509Certificate[] | null {
    const rules = { ofServer: this.ofServer, judged, roots: false };
    return pathTo(chainOf(facts.getPeerCertificate(true)), this.authorities, rules);
  }

  private judgeChain(facts: HandshakeFacts): Failure | null {
    const found = chainFault(facts);
    if (found !== null && !(this.allowsExpired && DATES.includes(found.code))) return found.failure;
    const { revocations } = this;
    const path = found === null && revocations === null ? null : this.path(facts, found === null);
    if (found !== null && path === null) return found.failure;
    if (this.maxDepth !== Number.POSITIVE_INFINITY && intermediates(facts.getPeerCertificate(true)) > this.maxDepth) {
      return { detail: chainDetail('certificate chain too long'), alert: UNKNOWN_CA };
    }
    if (revocations === null) return null;
    const rules = { leafOnly: this.leafOnly, timeless: this.allowsExpired };
    const fault =
      path === null
        ? { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', depth: 0 }
        : revocationFault(path, revocations, rules);
    return fault === null ? null : chainFailure(fault.code, fault.depth);
  }
}

/** What OpenSSL has found, and how Node calls it; null for nothing. */
export function chainFault(facts: HandshakeFacts): { readonly code: string; readonly failure: Failure } | null {
  const error = facts.verifyError();
  if (error === null) return null;
  const { code = '' } = error;
  return { code, failure: chainFailure(code, depthOf(facts, code), error.message) };
}

/** `code`: as Node has it. */
export function chainFailure(code: string, depth: number, message = code): Failure {
  const [sentence, alert] = CHAIN_ERRORS[code] ?? [message.toLowerCase(), UNKNOWN_CA];
  return { detail: chainDetail(sentence, depth), alert };
}

const chainDetail = (sentence: string, depth = 0): string =>
  `verify cert failed: X509_verify_cert: certificate verification error at depth ${depth}: ${sentence}`;

function noSuchName(leaf: Certificate): Failure {
  return { detail: `verify cert failed: SAN matcher, certificate SANs are [${leaf.names.join(', ')}]`, alert: UNKNOWN };
}

/** The last of the chain is the one whose issuer is missing or not known. */
const OF_LAST = ['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'];

/** Node does not say which certificate of the chain it was. */
function depthOf(facts: HandshakeFacts, code: string): number {
  return OF_LAST.includes(code) ? Math.max(0, chainOf(facts.getPeerCertificate(true)).length - 1) : 0;
}

/** Between the leaf and the anchor. */
function intermediates(leaf: RawCertificate | undefined): number {
  let n = 0;
  for (let c = leaf?.issuerCertificate; c !== undefined; c = c.issuerCertificate) {
    if (c.issuerCertificate === undefined || c.issuerCertificate === c) break;
    n++;
  }
  return n;
}

let regexes: RegexCompiler | null = null;
let spiffe: typeof import('./spiffe.ts') | null = null;

/** Loads RE2 for a context that has a regex, and the validator that it names; before `makeValidation`. */
export async function loadValidation(config: CertificateValidationContext): Promise<void> {
  if (spiffe === null && config.customValidatorConfig !== undefined) spiffe = await import('./spiffe.ts');
  const matchers = [
    ...(config.matchTypedSubjectAltNames ?? []).map((m) => m.matcher),
    ...(config.matchSubjectAltNames ?? []),
  ];
  if (regexes === null && matchers.some((m) => m?.safeRegex !== undefined)) regexes = (await loadRegexes()).test;
}

export function makeValidation(config: CertificateValidationContext, ofServer: boolean, name = ''): Validation {
  const regex: RegexCompiler = (pattern) => {
    if (regexes === null) throw new Error('a regex was not announced');
    return regexes(pattern);
  };
  const { customValidatorConfig: custom } = config;
  if (custom === undefined || custom.name === DEFAULT_VALIDATOR)
    return new PeerValidation(config, name, ofServer, regex);
  if (custom.name !== SPIFFE_VALIDATOR) {
    const message = `Failed to get certificate validator factory for ${custom.name ?? ''}`;
    refuse(config, 'custom_validator_config', message);
  }
  if (spiffe === null) throw new Error('a validator was not announced');
  const own = (custom.typedConfig?.value ?? {}) as SPIFFECertValidatorConfig;
  return new spiffe.SpiffeValidation(config, own, name, ofServer, regex);
}

function nameTest(kind: SubjectAltNameMatcherSanType, m: StringMatcher | undefined, regex: RegexCompiler): NameTest {
  const matcher = m ?? {};
  if (kind === 'DNS' && matcher.exact !== undefined) {
    const { exact } = matcher;
    return { kind, test: (name) => dnsMatches(exact, name) };
  }
  return { kind, test: stringTest(matcher, regex) };
}

/** With an OID it is a name of another kind, as Envoy's. */
export function typedTest(m: SubjectAltNameMatcher, regex: RegexCompiler): NameTest {
  const kind = m.sanType ?? 'DNS';
  if (kind !== 'OTHER_NAME') return nameTest(kind, m.matcher, regex);
  const { oid = '' } = m;
  if (!/^[0-2](\.\d+)+$/.test(oid)) refuse(m, 'oid', `Failed to create SAN matcher for OTHER_NAME with OID: ${oid}`);
  return { ...nameTest(kind, m.matcher, regex), oid };
}

function namesOf(leaf: Certificate, { kind, oid }: NameTest): readonly string[] {
  if (kind === 'OTHER_NAME') return leaf.otherNames.filter((_, i) => leaf.otherNameOids[i] === oid);
  if (kind === 'DNS') return leaf.dnsNames;
  if (kind === 'URI') return leaf.uris;
  if (kind === 'EMAIL') return leaf.emails;
  return leaf.ips;
}

/** Utility::dnsNameMatch: `*` of the certificate stands for one label, or a part of the first. */
export function dnsMatches(name: string, pattern: string): boolean {
  const wanted = name.toLowerCase();
  const p = pattern.toLowerCase();
  if (wanted === p) return true;
  const star = p.indexOf('*');
  const dot = p.indexOf('.');
  if (star < 0 || star > dot || p.lastIndexOf('*') !== star || p.startsWith('xn--')) return false;
  const wantedDot = wanted.indexOf('.');
  if (wantedDot <= 0 || wanted.slice(wantedDot) !== p.slice(dot)) return false;
  const label = wanted.slice(0, wantedDot);
  const before = p.slice(0, star);
  const after = p.slice(star + 1, dot);
  return label.length >= before.length + after.length && label.startsWith(before) && label.endsWith(after);
}

function hashOf(config: CertificateValidationContext, text: string): string {
  const hex = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    refuse(config, 'verify_certificate_hash', `Invalid hex-encoded SHA-256 ${text}`);
  }
  return hex;
}

function spkiOf(config: CertificateValidationContext, text: string): string {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) {
    refuse(config, 'verify_certificate_spki', `Invalid base64-encoded SHA-256 ${text}`);
  }
  return text;
}

function spkiHash(spki: Buffer): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(spki).digest('base64');
}

/** Of this machine; those that come with Node where it has none. */
function systemAuthorities(): Buffer {
  const { getCACertificates, rootCertificates } = process.getBuiltinModule('node:tls');
  const system = getCACertificates('system');
  return Buffer.from((system.length > 0 ? system : rootCertificates).join('\n'));
}

/** Of a text that OpenSSL knows as TRUSTED, too, which has more behind the certificate. */
export function certificateOf(text: string): Certificate {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  return new Certificate(new X509Certificate(text).raw);
}

/** Faults that are no more than dates. */
export const DATES: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

/** Node takes one certificate of a text. */
export function pemBlocks(text: Buffer): string[] {
  const blocks = text
    .toString('latin1')
    .match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[^-]*-----END [A-Z0-9 ]*CERTIFICATE-----/g);
  return blocks ?? [text.toString('latin1')];
}
