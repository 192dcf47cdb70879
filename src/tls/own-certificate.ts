/** A certificate of ours with its key: read, checked, with Envoy's words for what is wrong (source/common/tls/context_impl.cc, tls_certificate_config_impl.cc). */
import type { KeyObject } from 'node:crypto';
import { readDataSource } from '../config/data-source.ts';
import { refuse } from '../config/refusal.ts';
import type { TlsCertificate } from '../config/schema/types.ts';
import { Certificate } from './certificate.ts';
import { sourceName } from './data-source-name.ts';
import { type OcspResponse, readStaple } from './ocsp.ts';

/** Bits; what is shorter is refused. */
const MIN_RSA_BITS = 2048;
const CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

export interface OwnCertificate {
  /** Of its secret; '' for one that stands in the config. */
  readonly name: string;
  /** Path, or `<inline>`. */
  readonly source: string;
  /** PEM of leaf and intermediates. */
  readonly chain: Buffer;
  readonly key: Buffer;
  readonly passphrase: string | undefined;
  readonly leaf: Certificate;
  readonly isEcdsa: boolean;
  readonly staple: OcspResponse | null;
}

export function readOwnCertificate(config: TlsCertificate, name = ''): OwnCertificate {
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
  const isEcdsa = checkKind(config, source, publicKey);
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
  return { name, source, chain, key, passphrase, leaf, isEcdsa, staple: readStaple(config, leaf) };
}

function checkKind(config: TlsCertificate, source: string, key: KeyObject): boolean {
  const failed = `Failed to load certificate chain from ${source},`;
  const details = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') {
    if (!CURVES.includes(details.namedCurve ?? '')) {
      const rule = 'only P-256, P-384 or P-521 ECDSA certificates are supported';
      refuse(config, 'certificate_chain', `${failed} ${rule}`, { here: true });
    }
    return true;
  }
  if (key.asymmetricKeyType === 'rsa' && (details.modulusLength ?? 0) < MIN_RSA_BITS) {
    const rule = 'only RSA certificates with 2048-bit or larger keys are supported';
    refuse(config, 'certificate_chain', `${failed} ${rule}`, { here: true });
  }
  return false;
}
