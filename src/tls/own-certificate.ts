/** A certificate of ours with its key: read, checked, with Envoy's words for what is wrong (source/common/tls/context_impl.cc, tls_certificate_config_impl.cc). */
import type { KeyObject } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { readDataSource } from '../config/data-source.ts';
import { refuse } from '../config/refusal.ts';
import type { DataSource, TlsCertificate, TlsParameters } from '../config/schema/types.ts';
import { Certificate } from './certificate.ts';
import { sourceName } from './data-source-name.ts';
import { type OcspResponse, readStaple } from './ocsp.ts';

/** Bits; what is shorter is refused. */
const MIN_RSA_BITS = 2048;
/** IANA's numbers of the curves that a key may have. */
const CURVES: Readonly<Record<string, number>> = { prime256v1: 23, secp384r1: 24, secp521r1: 25 };

export interface OwnCertificate {
  /** Of its secret; '' for one that stands in the config. */
  readonly name: string;
  /** Path, or `<inline>`. */
  readonly source: string;
  /** What a SecureContext is given: certificates and key. */
  readonly options: SecureContextOptions;
  readonly leaf: Certificate;
  /** IANA's number of an ECDSA key's curve; 0 for any other key. */
  readonly curve: number;
  readonly staple: OcspResponse | null;
  /** For handshakes that show it. */
  readonly params: TlsParameters | undefined;
}

export function readOwnCertificate(config: TlsCertificate, name = ''): OwnCertificate {
  if (config.pkcs12 !== undefined) return readPkcs12(config, config.pkcs12, name);
  const { createPrivateKey, X509Certificate } = process.getBuiltinModule('node:crypto');
  const source = sourceName(config.certificateChain);
  const chain = readDataSource(config.certificateChain);
  const key = readDataSource(config.privateKey);
  if (chain.length === 0) {
    refuse(config, 'certificate_chain', 'Failed to load incomplete certificate from path: ');
  }
  if (key.length === 0) refuse(config, 'private_key', 'Failed to load incomplete private key from path: ');
  let certificate: InstanceType<typeof X509Certificate>;
  try {
    certificate = new X509Certificate(chain);
  } catch {
    return refuse(config, 'certificate_chain', `Failed to load certificate chain from ${source}`, { here: true });
  }
  const { publicKey } = certificate;
  const curve = checkKind(config, source, publicKey);
  const passphrase = config.password === undefined ? undefined : readDataSource(config.password).toString();
  const keySource = sourceName(config.privateKey);
  let pair: KeyObject;
  try {
    pair = createPrivateKey(passphrase === undefined ? key : { key, passphrase });
  } catch {
    // Nothing of OpenSSL's text: it could tell of the key.
    const why = passphrase === undefined ? 'NO_START_LINE' : 'BAD_DECRYPT';
    return refuse(config, 'private_key', `Failed to load private key from ${keySource}, Cause: ${why}`, { here: true });
  }
  if (!certificate.checkPrivateKey(pair)) {
    const cause = 'error:0b000074:X.509 certificate routines:OPENSSL_internal:KEY_VALUES_MISMATCH';
    refuse(config, 'private_key', `Failed to load private key from ${keySource}, Cause: ${cause}`, { here: true });
  }
  const leaf = new Certificate(certificate.raw);
  const options = { cert: chain, key, ...(passphrase === undefined ? {} : { passphrase }) };
  return { name, source, options, leaf, curve, staple: readStaple(config, leaf), params: config.tlsParams };
}

/** Certificates and key in one; the first certificate is the key's. */
function readPkcs12(config: TlsCertificate, data: DataSource, name: string): OwnCertificate {
  for (const field of ['certificate_chain', 'private_key'] as const) {
    if (config[field === 'private_key' ? 'privateKey' : 'certificateChain'] === undefined) continue;
    refuse(config, field, `Certificate configuration can't have both pkcs12 and ${field}`);
  }
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  const source = sourceName(data);
  const passphrase = config.password === undefined ? undefined : readDataSource(config.password).toString();
  const options = { pfx: readDataSource(data), ...(passphrase === undefined ? {} : { passphrase }) };
  let der: Buffer | null;
  try {
    // Node has no other way to look into one.
    der = (createSecureContext(options).context as { getCertificate(): Buffer | null }).getCertificate();
  } catch {
    der = null;
  }
  if (der === null) return refuse(config, 'pkcs12', `Failed to load pkcs12 from ${source}`, { here: true });
  const curve = checkKind(config, source, new X509Certificate(der).publicKey);
  const leaf = new Certificate(der);
  return { name, source, options, leaf, curve, staple: readStaple(config, leaf), params: config.tlsParams };
}

function checkKind(config: TlsCertificate, source: string, key: KeyObject): number {
  const failed = `Failed to load certificate chain from ${source},`;
  const details = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') {
    const curve = CURVES[details.namedCurve ?? ''];
    if (curve !== undefined) return curve;
    const rule = 'only P-256, P-384 or P-521 ECDSA certificates are supported';
    refuse(config, 'certificate_chain', `${failed} ${rule}`, { here: true });
  }
  if (key.asymmetricKeyType === 'rsa' && (details.modulusLength ?? 0) < MIN_RSA_BITS) {
    const rule = 'only RSA certificates with 2048-bit or larger keys are supported';
    refuse(config, 'certificate_chain', `${failed} ${rule}`, { here: true });
  }
  return 0;
}
