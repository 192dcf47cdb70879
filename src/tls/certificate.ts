/**
 * A certificate's facts as Envoy prints them: subject by RFC 2253, alternative names by kind, fingerprints. Read from the DER itself;
 * Node's own text of alternative names is made for people. Mirrors source/common/tls/utility.cc and connection_info_impl_base.cc.
 */
import type { X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '../transport/tls-session.ts';
import { type Element, elements, inside, oid, text, time } from './der.ts';

const SAN_OID = '2.5.29.17';
const BASIC_CONSTRAINTS_OID = '2.5.29.19';
const NAME_CONSTRAINTS_OID = '2.5.29.30';
const KEY_USAGE_OID = '2.5.29.15';
const RSA_OID = '1.2.840.113549.1.1.1';
/** Of the first byte of a key usage, behind the count of unused bits. */
const DIGITAL_SIGNATURE = 0x80;
const SIGNS_CERTIFICATES = 0x06;
const TLS_FEATURE_OID = '1.3.6.1.5.5.7.1.24';
/** The feature that a server must show a status: status_request (RFC 7633). */
const STATUS_REQUEST = 5;

/** Short names that BoringSSL's X509_NAME_print_ex (XN_FLAG_RFC2253) knows; others appear as numbers. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.41': 'name',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.46': 'dnQualifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

export class Certificate implements CertificateFacts {
  readonly der: Buffer;
  readonly serial: string;
  /** As it is written. */
  readonly serialBytes: Buffer;
  readonly issuerName: Buffer;
  readonly subject: string;
  readonly issuer: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
  readonly ips: readonly string[];
  readonly otherNames: readonly string[];
  readonly extensionOids: readonly string[];
  /** Of `otherNames`, by place. */
  readonly otherNameOids: readonly string[];
  /** RSA, and it may not be used for signatures (RFC 5280, 4.2.1.3). */
  readonly unfitForSignatures: boolean;
  /** It may vouch for others: an authority, or with a key that may be used as one's. What says nothing of its key may do everything. */
  readonly vouches: boolean;
  /** All alternative names, in the certificate's order. */
  readonly names: readonly string[];
  /** Of an authority: how many others may stand below it. */
  readonly pathLength: number;
  /** It may vouch for some names only. */
  readonly constrainsNames: boolean;
  /** Must be shown with an OCSP response. */
  readonly mustStaple: boolean;
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  private native: X509Certificate | null = null;

  /** Throws on what is no certificate. */
  constructor(der: Buffer) {
    this.der = der;
    const tbs = inside(inside(elements(der)[0])[0]);
    let i = tbs[0].tag === 0xa0 ? 1 : 0;
    this.serial = serialText(tbs[i].body);
    this.serialBytes = tbs[i].body;
    this.issuerName = tbs[i + 2].whole;
    this.issuer = distinguishedName(tbs[i + 2]);
    const [from, to] = inside(tbs[i + 3]);
    this.validFromMs = time(from);
    this.validToMs = time(to);
    this.subject = distinguishedName(tbs[i + 4]);
    const keyAt = i + 5;
    this.spki = tbs[keyAt].whole;
    const names: Names = { dns: [], uri: [], email: [], ip: [], other: [], all: [] };
    const oids: string[] = [];
    const extensionOids: string[] = [];
    let signs = true;
    let pathLength = Number.POSITIVE_INFINITY;
    let constrainsNames = false;
    let mustStaple = false;
    let vouches = false;
    let saysUse = false;
    for (i += 6; i < tbs.length; i++) {
      if (tbs[i].tag !== 0xa3) continue;
      for (const extension of inside(inside(tbs[i])[0])) {
        const parts = inside(extension);
        const value = parts[parts.length - 1].body;
        const id = oid(parts[0]);
        extensionOids.push(id);
        if (id === SAN_OID) readNames(value, names, oids);
        else if (id === NAME_CONSTRAINTS_OID) constrainsNames = true;
        else if (id === BASIC_CONSTRAINTS_OID) {
          pathLength = pathLengthOf(value);
          vouches ||= inside(elements(value)[0]).some((e) => e.tag === 1 && e.body[0] !== 0);
        } else if (id === KEY_USAGE_OID) {
          const usage = elements(value)[0].body[1] ?? 0;
          signs = (usage & DIGITAL_SIGNATURE) !== 0;
          saysUse = true;
          vouches ||= (usage & SIGNS_CERTIFICATES) !== 0;
        } else if (id === TLS_FEATURE_OID) {
          mustStaple = inside(elements(value)[0]).some((e) => e.body.length === 1 && e.body[0] === STATUS_REQUEST);
        }
      }
    }
    this.mustStaple = mustStaple;
    this.vouches = vouches || !saysUse;
    this.pathLength = pathLength;
    this.constrainsNames = constrainsNames;
    this.otherNameOids = oids;
    this.extensionOids = extensionOids;
    this.unfitForSignatures = !signs && oid(inside(inside(tbs[keyAt])[0])[0]) === RSA_OID;
    this.dnsNames = names.dns;
    this.uris = names.uri;
    this.emails = names.email;
    this.ips = names.ip;
    this.otherNames = names.other;
    this.names = names.all;
  }

  /** As OpenSSL reads it, which takes a third of a ms: once. */
  get x509(): X509Certificate {
    return (this.native ??= new (process.getBuiltinModule('node:crypto').X509Certificate)(this.der));
  }
  get sha256(): string {
    return digest('sha256', this.der);
  }
  get sha1(): string {
    return digest('sha1', this.der);
  }
  get urlEncodedPem(): string {
    return encodeURIComponent(pemOf(this.der));
  }
}

/** SEQUENCE { cA, pathLenConstraint }, either of which may be absent. */
function pathLengthOf(value: Buffer): number {
  const length = inside(elements(value)[0]).find((e) => e.tag === 2);
  return length === undefined ? Number.POSITIVE_INFINITY : length.body.readUIntBE(0, Math.min(length.body.length, 6));
}

function digest(algorithm: string, data: Buffer): string {
  return process.getBuiltinModule('node:crypto').createHash(algorithm).update(data).digest('hex');
}

export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function serialText(body: Buffer): string {
  const hex = body.toString('hex').replace(/^(00)+(?=..)/, '');
  return hex;
}

function distinguishedName(e: Element): string {
  const parts = inside(e).map((set) =>
    inside(set)
      .map((pair) => {
        const [type, value] = inside(pair);
        const id = oid(type);
        return `${ATTRIBUTES[id] ?? id}=${escaped(text(value))}`;
      })
      .join('+'),
  );
  return parts.reverse().join(',');
}

/** RFC 2253, 2.4; bytes outside ASCII as `\E4` (ASN1_STRFLGS_ESC_MSB). */
function escaped(value: string): string {
  let out = '';
  const bytes = Buffer.from(value);
  for (let i = 0; i < bytes.length; i++) {
    const c = String.fromCharCode(bytes[i]);
    const edge = (i === 0 && (c === ' ' || c === '#')) || (i === bytes.length - 1 && c === ' ');
    if (edge || ',+"\\<>;'.includes(c)) out += `\\${c}`;
    else if (bytes[i] < 0x20 || bytes[i] > 0x7e) out += `\\${bytes[i].toString(16).toUpperCase().padStart(2, '0')}`;
    else out += c;
  }
  return out;
}

type NameKind = 'dns' | 'uri' | 'email' | 'ip' | 'other';
type Names = Record<NameKind | 'all', string[]>;

/** By the tag of a GeneralName. */
const KINDS: Readonly<Record<number, NameKind>> = { 130: 'dns', 134: 'uri', 129: 'email', 135: 'ip', 160: 'other' };

function readNames(value: Buffer, names: Names, oids: string[]): void {
  for (const name of inside(elements(value)[0])) {
    const kind = KINDS[name.tag];
    if (kind === undefined) continue;
    const text = kind === 'ip' ? ipText(name.body) : kind === 'other' ? otherName(name) : name.body.toString('latin1');
    if (kind === 'other') oids.push(oid(inside(name)[0]));
    names[kind].push(text);
    names.all.push(text);
  }
}

function otherName(name: Element): string {
  const [, value] = inside(name);
  const [content] = inside(value);
  return content === undefined ? '' : text(content);
}

function ipText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  // The longest run of zeros becomes `::`, as inet_ntop writes it.
  const all = groups.join(':');
  let best = '';
  for (const run of all.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)) if (run[0].length > best.length) best = run[0];
  if (best === '') return all;
  const at = all.indexOf(best);
  return `${all.slice(0, at)}::${all.slice(at + best.length).replace(/^:/, '')}`;
}
