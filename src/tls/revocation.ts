/**
 * Lists of revoked certificates (RFC 5280, 5), for what OpenSSL cannot be told through Node: to look up the peer's own certificate only, not to look at
 * dates, other lists for other authorities. Mirrors X509_V_FLAG_CRL_CHECK of BoringSSL.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { Certificate } from './certificate.ts';
import { type Element, elements, inside, oid, time } from './der.ts';

/** Signatures, and the digest that each is over; '' for one that has its own. */
const DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': '',
};

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const EXTENSIONS = 0xa0;
const TRUE = 0x01;

export class RevocationList {
  /** Who has made it: a name as it is written. */
  readonly issuer: Buffer;
  private readonly revoked = new Set<string>();
  private readonly fromMs: number;
  /** Infinity where it does not say when the next one is due. */
  private readonly untilMs: number;
  private readonly signed: Buffer;
  private readonly digest: string | undefined;
  private readonly signature: Buffer;
  /** It has extensions that nobody may pass over, of which none is known here. */
  private readonly demands: boolean;

  /** Throws on what is none. */
  constructor(der: Buffer) {
    const [list, algorithm, signature] = inside(elements(der)[0]);
    this.signed = list.whole;
    this.digest = DIGESTS[oid(inside(algorithm)[0])];
    this.signature = signature.body.subarray(1);
    const parts = inside(list);
    let at = parts[0].tag === 2 ? 2 : 1;
    this.issuer = parts[at++].whole;
    this.fromMs = time(parts[at++]);
    const next = parts[at];
    const isTime = next?.tag === UTC_TIME || next?.tag === GENERALIZED_TIME;
    this.untilMs = isTime ? time(next) : Number.POSITIVE_INFINITY;
    if (isTime) at++;
    if (parts[at]?.tag === SEQUENCE) {
      for (const entry of inside(parts[at++])) this.revoked.add(inside(entry)[0].body.toString('hex'));
    }
    const extensions = parts[at]?.tag === EXTENSIONS ? inside(inside(parts[at])[0]) : [];
    this.demands = extensions.some(isCritical);
  }

  /** As Node calls what OpenSSL finds; '' for nothing. `now`: ms, null where dates do not count. */
  fault(serial: Buffer, key: KeyObject, now: number | null): string {
    const { verify } = process.getBuiltinModule('node:crypto');
    if (this.demands) return 'UNHANDLED_CRITICAL_CRL_EXTENSION';
    const { digest } = this;
    if (digest === undefined || !verify(digest === '' ? null : digest, this.signed, key, this.signature)) {
      return 'CRL_SIGNATURE_FAILURE';
    }
    if (now !== null && now < this.fromMs) return 'CRL_NOT_YET_VALID';
    if (now !== null && now > this.untilMs) return 'CRL_HAS_EXPIRED';
    return this.revoked.has(serial.toString('hex')) ? 'CERT_REVOKED' : '';
  }

  /** Between two of one authority the one that holds now is looked at. */
  holds(now: number): boolean {
    return this.fromMs <= now && now <= this.untilMs;
  }
}

function isCritical(extension: Element): boolean {
  const critical = inside(extension)[1];
  return critical.tag === TRUE && critical.body[0] !== 0;
}

const PEM = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g;

/** All lists of a PEM text; throws on one that is none. */
export function listsOf(pem: Buffer): readonly RevocationList[] {
  return [...pem.toString('latin1').matchAll(PEM)].map(([, text]) => new RevocationList(Buffer.from(text, 'base64')));
}

/** As PEM, what of a text is lists: they may stand among authorities. */
export function listBlocks(pem: Buffer): readonly Buffer[] {
  return [...pem.toString('latin1').matchAll(PEM)].map(([block]) => Buffer.from(`\n${block}\n`));
}

export interface RevocationRules {
  /** Of the peer's own certificate only. */
  readonly leafOnly: boolean;
  /** Dates do not count. */
  readonly timeless: boolean;
}

/** `path`: from the peer's own certificate to the anchor. The first fault and where; null for none. */
export function revocationFault(
  path: readonly X509Certificate[],
  lists: readonly RevocationList[],
  { leafOnly, timeless }: RevocationRules,
): { readonly code: string; readonly depth: number } | null {
  const now = Date.now();
  const count = leafOnly ? 1 : path.length;
  for (let depth = 0; depth < count; depth++) {
    const { issuerName, serialBytes } = new Certificate(path[depth].raw);
    // An anchor that is no root has an issuer that nobody knows.
    const issuer = path[depth + 1] ?? path[depth];
    const of = lists.filter((l) => l.issuer.equals(issuerName));
    const list = of.find((l) => l.holds(now)) ?? of[0];
    const code =
      list === undefined ? 'UNABLE_TO_GET_CRL' : list.fault(serialBytes, issuer.publicKey, timeless ? null : now);
    if (code !== '') return { code, depth };
  }
  return null;
}
