/**
 * CertificateValidationContext: whether a peer's certificate is good. The chain is OpenSSL's to judge, names and pins are looked at here.
 * Mirrors source/common/tls/cert_validator/default_validator.cc and san_matcher.cc.
 */
import type { SecureContextOptions } from 'node:tls';
import { readDataSource } from '../config/data-source.ts';
import { refuse, within } from '../config/refusal.ts';
import type {
  CertificateValidationContext,
  StringMatcher,
  SubjectAltNameMatcher,
  SubjectAltNameMatcherSanType,
} from '../config/schema/types.ts';
import { stringTest } from '../http/headers/header-matcher.ts';
import { loadRegexes, type RegexCompiler, type StringTest } from '../http/headers/regex.ts';
import { Certificate } from './certificate.ts';
import { sourceName } from './data-source-name.ts';
import { DATES, standsButForDates } from './expired-chain.ts';
import { chainOf } from './session.ts';
import type { HandshakeFacts } from './sides.ts';
import type { TlsStats } from './stats.ts';
import type { RawCertificate } from './tls-handles.ts';

/** Alerts (RFC 8446, 6). */
const BAD_CERTIFICATE = 42;
const REVOKED = 44;
const EXPIRED = 45;
const UNKNOWN = 46;
const UNKNOWN_CA = 48;

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
  INVALID_PURPOSE: ['unsupported certificate purpose', 43],
};

export interface Failure {
  /** What Envoy says behind CERTIFICATE_VERIFY_FAILED. */
  readonly detail: string;
  readonly alert: number;
}

export const VALID = 'valid';
export const UNTRUSTED = 'untrusted';

interface NameTest {
  readonly kind: SubjectAltNameMatcherSanType;
  readonly test: StringTest;
  /** Of a name of another kind. */
  readonly oid?: string;
}

export class PeerValidation {
  /** What OpenSSL is given. */
  readonly options: SecureContextOptions;
  readonly trustedCa: Buffer | null;
  readonly trustedCaSource: string;
  /** All of it. */
  readonly authorities: readonly Certificate[];
  /** Of its secret; '' for one that stands in the config. */
  readonly name: string;
  /** What a session depends on beside the authority. */
  readonly identity: unknown;
  /** A certificate is asked for. */
  readonly requests: boolean;
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
    const system = config.systemRootCerts !== undefined && config.trustedCa === undefined;
    const ca = system ? systemAuthorities() : readDataSource(config.trustedCa);
    this.trustedCa = ca.length === 0 ? null : ca;
    this.trustedCaSource = system ? '<system>' : sourceName(config.trustedCa);
    if (this.trustedCa !== null && !ca.includes('-----BEGIN ')) {
      const message = `Failed to load trusted CA certificates from ${this.trustedCaSource}`;
      refuse(config, 'trusted_ca', message, { here: true });
    }
    this.authorities = this.trustedCa === null ? [] : within(config, () => pemBlocks(ca).map(certificateOf));
    const crl = readDataSource(config.crl);
    this.options = {
      ca: this.trustedCa === null ? [] : pemBlocks(this.trustedCa),
      // An intermediate may be the anchor.
      allowPartialTrustChain: true,
      ...(crl.length > 0 ? { crl } : {}),
    };
    this.allowsExpired = config.allowExpiredCertificate === true;
    if (this.allowsExpired && this.trustedCa === null) {
      const message = 'Certificate validity period is always ignored without trusted CA';
      refuse(config, 'allow_expired_certificate', message);
    }
    if (this.allowsExpired && crl.length > 0) {
      refuse(config, 'allow_expired_certificate', 'allow_expired_certificate beside a crl is not supported yet');
    }
    this.acceptsUntrusted = config.trustChainVerification === 'ACCEPT_UNTRUSTED';
    this.maxDepth = config.maxVerifyDepth ?? Number.POSITIVE_INFINITY;
    const typed = (config.matchTypedSubjectAltNames ?? []).map((m) => within(m, () => typedTest(m, regex)));
    const untyped = (config.matchSubjectAltNames ?? []).flatMap((m) =>
      (['DNS', 'URI', 'EMAIL', 'IP_ADDRESS'] as const).map((kind) => nameTest(kind, m, regex)),
    );
    this.names = [...typed, ...untyped];
    if (this.names.length > 0 && this.trustedCa === null) {
      const message = 'SAN-based verification of peer certificates without trusted CA is insecure and not allowed';
      refuse(config, 'match_typed_subject_alt_names', message);
    }
    this.hashes = new Set((config.verifyCertificateHash ?? []).map((text) => hashOf(config, text)));
    this.spkis = new Set((config.verifyCertificateSpki ?? []).map((text) => spkiOf(config, text)));
    this.identity = [config.matchTypedSubjectAltNames, config.matchSubjectAltNames, [...this.hashes], [...this.spkis]];
    this.requests = this.trustedCa !== null || this.hashes.size > 0 || this.spkis.size > 0;
  }

  /** `VALID`, `UNTRUSTED` (and taken all the same), or why it is not taken. `expected`: names of which the certificate must have one, beside what is configured. */
  judge(
    facts: HandshakeFacts,
    leaf: Certificate,
    expected: string,
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
      return noSuchName(leaf);
    }
    if (this.names.length > 0 && !this.names.some((n) => namesOf(leaf, n).some(n.test))) {
      stats.failVerifySan.inc();
      return noSuchName(leaf);
    }
    if (this.hashes.size === 0 && this.spkis.size === 0) return trusted;
    if (this.hashes.has(leaf.sha256)) return trusted;
    if (this.spkis.size > 0 && this.spkis.has(spkiHash(leaf.spki))) return trusted;
    stats.failVerifyCertHash.inc();
    return { detail: 'verify cert failed: cert hash and spki', alert: UNKNOWN };
  }

  private isOnlyOld(facts: HandshakeFacts, code: string): boolean {
    if (!this.allowsExpired || !DATES.includes(code)) return false;
    return standsButForDates(chainOf(facts.getPeerCertificate(true)), this.authorities, this.ofServer);
  }

  private judgeChain(facts: HandshakeFacts): Failure | null {
    const error = facts.verifyError();
    if (error !== null && !this.isOnlyOld(facts, error.code ?? '')) {
      const [sentence, alert] = CHAIN_ERRORS[error.code ?? ''] ?? [error.message.toLowerCase(), UNKNOWN_CA];
      return { detail: chainDetail(sentence, depthOf(facts, error.code ?? '')), alert };
    }
    if (this.maxDepth !== Number.POSITIVE_INFINITY && intermediates(facts.getPeerCertificate(true)) > this.maxDepth) {
      return { detail: chainDetail('certificate chain too long'), alert: UNKNOWN_CA };
    }
    return null;
  }
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

/** Loads RE2 for a context that has a regex; before `makeValidation`. */
export async function loadValidationRegexes(config: CertificateValidationContext): Promise<void> {
  const matchers = [
    ...(config.matchTypedSubjectAltNames ?? []).map((m) => m.matcher),
    ...(config.matchSubjectAltNames ?? []),
  ];
  if (regexes === null && matchers.some((m) => m?.safeRegex !== undefined)) regexes = (await loadRegexes()).test;
}

export function makeValidation(config: CertificateValidationContext, ofServer: boolean, name = ''): PeerValidation {
  return new PeerValidation(config, name, ofServer, (pattern) => {
    if (regexes === null) throw new Error('a regex was not announced');
    return regexes(pattern);
  });
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
function typedTest(m: SubjectAltNameMatcher, regex: RegexCompiler): NameTest {
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
function certificateOf(text: string): Certificate {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  return new Certificate(new X509Certificate(text).raw);
}

/** Node takes one certificate of a text. */
function pemBlocks(text: Buffer): string[] {
  const blocks = text
    .toString('latin1')
    .match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[^-]*-----END [A-Z0-9 ]*CERTIFICATE-----/g);
  return blocks ?? [text.toString('latin1')];
}
