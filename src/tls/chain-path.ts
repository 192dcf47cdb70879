/**
 * The way from a peer's certificate to an authority, where OpenSSL's own answer is not enough: it tells one fault of a chain, not who vouches
 * for it, and its dates come last. Rather too strict than not. Mirrors what X509_verify_cert looks at, but for dates.
 */
import type { X509Certificate } from 'node:crypto';
import { Certificate } from './certificate.ts';

/** Certificates of a chain. */
const MAX_DEPTH = 16;
const ANY_PURPOSE = '2.5.29.37.0';
/** Extended key usages: of who asks, of who answers. */
const CLIENT = '1.3.6.1.5.5.7.3.2';
const SERVER = '1.3.6.1.5.5.7.3.1';

export interface PathRules {
  /** The peer is a server. */
  readonly ofServer: boolean;
  /** OpenSSL has found nothing wrong: names that an authority may vouch for are among what it has looked at. */
  readonly judged: boolean;
  /** Only who vouches for itself is an anchor. */
  readonly roots: boolean;
}

/** `shown`: what the peer has sent, its own first. From that to the anchor; null where there is no way. */
export function pathTo(
  shown: readonly Buffer[],
  anchors: readonly Certificate[],
  rules: PathRules,
): readonly X509Certificate[] | null {
  const { X509Certificate: X509 } = process.getBuiltinModule('node:crypto');
  const ends = anchors.map((a) => a.x509);
  const sent = shown.map((der) => new X509(der));
  const isAnchor = (c: X509Certificate): boolean =>
    ends.some((a) => a.raw.equals(c.raw)) && (!rules.roots || c.checkIssued(c));
  let [current] = sent;
  if (current === undefined || !fits(current, rules.ofServer)) return null;
  const path = [current];
  for (let below = 0; below < MAX_DEPTH; below++) {
    if (isAnchor(current)) return path;
    const issuer = [...ends, ...sent.slice(1)].find((c) => isIssuer(c, current, below, rules.judged));
    if (issuer === undefined || path.includes(issuer)) return null;
    path.push(issuer);
    current = issuer;
  }
  return null;
}

/** `below`: certificates of authorities that stand between it and the peer's own. */
function isIssuer(issuer: X509Certificate, issued: X509Certificate, below: number, judged: boolean): boolean {
  if (!issuer.ca || !issued.checkIssued(issuer)) return false;
  const { pathLength, constrainsNames } = new Certificate(issuer.raw);
  return below <= pathLength && (judged || !constrainsNames) && issued.verify(issuer.publicKey);
}

function fits(own: X509Certificate, ofServer: boolean): boolean {
  const purposes = own.keyUsage as readonly string[] | undefined;
  return purposes === undefined || purposes.includes(ANY_PURPOSE) || purposes.includes(ofServer ? SERVER : CLIENT);
}
