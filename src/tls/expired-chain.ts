/**
 * CertificateValidationContext.allow_expired_certificate: whether a chain of which OpenSSL says that it has expired would be good at another time.
 * OpenSSL tells one fault of a chain, the last it finds, and the dates come last: everything else is looked at once more here, rather too
 * strictly than not. Mirrors CertValidatorUtil::ignoreCertificateExpirationCallback (source/common/tls/cert_validator/utility.cc).
 */
import type { X509Certificate } from 'node:crypto';
import { Certificate } from './certificate.ts';

/** Certificates of a chain. */
const MAX_DEPTH = 16;
const ANY_PURPOSE = '2.5.29.37.0';
/** Extended key usages: of who asks, of who answers. */
const CLIENT = '1.3.6.1.5.5.7.3.2';
const SERVER = '1.3.6.1.5.5.7.3.1';

/** Faults that are no more than dates. */
export const DATES: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

/** `chain`: what the peer has shown, its own first. `ofServer`: the peer is one. */
export function standsButForDates(
  chain: readonly Buffer[],
  authorities: readonly Certificate[],
  ofServer: boolean,
): boolean {
  const { X509Certificate: X509 } = process.getBuiltinModule('node:crypto');
  const anchors = authorities.map((a) => new X509(a.der));
  const shown = chain.map((der) => new X509(der));
  const isAnchor = (c: X509Certificate): boolean => anchors.some((a) => a.raw.equals(c.raw));
  let [current] = shown;
  if (current === undefined || !fits(current, ofServer)) return false;
  for (let below = 0; below < MAX_DEPTH; below++) {
    if (isAnchor(current)) return true;
    const issuer = [...anchors, ...shown.slice(1)].find((c) => isIssuer(c, current, below));
    if (issuer === undefined) return false;
    current = issuer;
  }
  return false;
}

/** `below`: certificates of authorities that stand between it and the peer's own. */
function isIssuer(issuer: X509Certificate, issued: X509Certificate, below: number): boolean {
  if (!issuer.ca || !issued.checkIssued(issuer)) return false;
  const { pathLength, constrainsNames } = new Certificate(issuer.raw);
  return below <= pathLength && !constrainsNames && issued.verify(issuer.publicKey);
}

function fits(own: X509Certificate, ofServer: boolean): boolean {
  const purposes = own.keyUsage as readonly string[] | undefined;
  return purposes === undefined || purposes.includes(ANY_PURPOSE) || purposes.includes(ofServer ? SERVER : CLIENT);
}
