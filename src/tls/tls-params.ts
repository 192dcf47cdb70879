/** TlsParameters → options of Node's SecureContext, with Envoy's defaults (source/common/tls/context_config_impl.cc). */
import type { SecureContextOptions, SecureVersion } from 'node:tls';
import { refuse } from '../config/refusal.ts';
import type { TlsParameters, TlsParametersCompliancePolicy } from '../config/schema/types.ts';

/** Envoy's DEFAULT_CIPHER_SUITES; what it has in brackets are equals, of which the client's favourite is taken (SSL_OP_PRIORITIZE_CHACHA). */
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];
/** Not configurable in Envoy, in BoringSSL's order. */
const CIPHERS_13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
/** The first is in OpenSSL from 3.5 on. */
const CURVES = ['X25519MLKEM768', 'X25519', 'P-256'];

const PRIORITIZE_CHACHA = 0x20_0000;
const NO_RENEGOTIATION = 0x4000_0000;
const SERVER_PREFERENCE = 0x40_0000;
const NO_TICKET = 0x4000;

const VERSIONS: Readonly<Record<string, SecureVersion | undefined>> = {
  TLSv1_0: 'TLSv1',
  TLSv1_1: 'TLSv1.1',
  TLSv1_2: 'TLSv1.2',
  TLSv1_3: 'TLSv1.3',
};

export interface ParamsRole {
  readonly server: boolean;
  /** DownstreamTlsContext.prefer_client_ciphers. */
  readonly clientsOrder: boolean;
  /** No session tickets. */
  readonly stateful: boolean;
}

interface Policy {
  readonly minVersion: SecureVersion;
  readonly ciphers: readonly string[];
  readonly ciphers13: string;
  readonly curves: readonly string[];
  readonly signatures: readonly string[];
}

const RSA_384 = ['RSA+SHA384', 'rsa_pss_rsae_sha384'];

/** What BoringSSL makes of each (ssl_compliance_policy_t); the newest version is always TLS 1.3. */
const POLICIES: Readonly<Record<TlsParametersCompliancePolicy, Policy>> = {
  FIPS_202205: {
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS.filter((name) => name.includes('-AES')),
    ciphers13: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384',
    curves: ['P-256', 'P-384'],
    signatures: [
      ...['RSA+SHA256', 'RSA+SHA384', 'RSA+SHA512', 'ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'],
      ...['rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512'],
    ],
  },
  CNSA1_202603: {
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS.filter((name) => name.includes('-AES256')),
    ciphers13: 'TLS_AES_256_GCM_SHA384',
    curves: ['MLKEM1024', 'P-384'],
    signatures: ['ecdsa_secp384r1_sha384', ...RSA_384],
  },
  CNSA2_202603: {
    minVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    ciphers13: 'TLS_AES_256_GCM_SHA384',
    curves: ['MLKEM1024'],
    signatures: ['ecdsa_secp384r1_sha384', ...RSA_384],
  },
};

/** The newest version that is spoken unless a policy or a certificate says otherwise. */
export const saysTls13 = ({ tlsMaximumProtocolVersion: max }: TlsParameters): boolean =>
  max === undefined || max === 'TLS_AUTO' || max === 'TLSv1_3';

/** `own`: of the certificate that is shown; what it says counts instead, and its policy comes last. */
export function paramsOf(
  config: TlsParameters | undefined,
  role: ParamsRole,
  own: TlsParameters | undefined = undefined,
): SecureContextOptions {
  const params = config ?? {};
  let settings: Settings = {
    minVersion: 'TLSv1.2',
    maxVersion: role.server ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: CIPHERS,
    ciphers13: CIPHERS_13,
    curves: [],
    signatures: [],
  };
  const unruled = said(settings, params);
  settings = ruled(unruled, params);
  if (own !== undefined) {
    checkVersions(said(unruled, own), own);
    settings = ruled(said(settings, own), own);
  }
  const { minVersion, maxVersion, curves, signatures } = settings;
  // OpenSSL's default level has none of what TLS 1.0 and 1.1 need.
  const level = minVersion === 'TLSv1' || minVersion === 'TLSv1.1' ? ':@SECLEVEL=0' : '';
  let options = NO_RENEGOTIATION;
  if (role.server && !role.clientsOrder) options |= SERVER_PREFERENCE | PRIORITIZE_CHACHA;
  if (role.stateful) options |= NO_TICKET;
  return {
    minVersion,
    maxVersion,
    ciphers: `${settings.ciphers13}:${settings.ciphers.join(':')}${level}`,
    // As BoringSSL: the first that a client knows, even if it has to be asked for a share of it.
    ecdhCurve: (curves.length === 0 ? defaultCurves() : curves).join(role.server ? '/' : ':'),
    secureOptions: options,
    ...(signatures.length > 0 ? { sigalgs: signatures.join(':') } : {}),
  };
}

interface Settings extends Policy {
  readonly maxVersion: SecureVersion;
}

function said(before: Settings, params: TlsParameters): Settings {
  const suites = (params.cipherSuites ?? []).flatMap((s) => s.replace(/^\[|\]$/g, '').split('|'));
  for (const suite of suites) checkSuite(params, suite);
  const { ecdhCurves: curves = [], signatureAlgorithms: signatures = [] } = params;
  if (curves.length > 0 && !isTaken({ ecdhCurve: curves.join(':') })) {
    refuse(params, 'ecdh_curves', `Failed to initialize ECDH curves ${curves.join(':')}`);
  }
  if (signatures.length > 0 && !isTaken({ sigalgs: signatures.join(':') })) {
    const message = `Failed to initialize TLS signature algorithms ${signatures.join(':')}`;
    refuse(params, 'signature_algorithms', message);
  }
  return {
    minVersion: VERSIONS[params.tlsMinimumProtocolVersion ?? ''] ?? before.minVersion,
    maxVersion: VERSIONS[params.tlsMaximumProtocolVersion ?? ''] ?? before.maxVersion,
    ciphers: suites.length > 0 ? suites : before.ciphers,
    ciphers13: before.ciphers13,
    curves: curves.length > 0 ? curves : before.curves,
    signatures: signatures.length > 0 ? signatures : before.signatures,
  };
}

/** What a policy makes of them is not looked at. */
function checkVersions({ minVersion, maxVersion }: Settings, own: TlsParameters): void {
  if (minVersion <= maxVersion) return;
  const message = 'effective min protocol version exceeds effective max (considering inherited context bounds)';
  refuse(own, '', `Per-certificate tls_params: ${message}`);
}

function ruled(before: Settings, { compliancePolicies = [] }: TlsParameters): Settings {
  let settings = before;
  for (const policy of compliancePolicies) settings = { ...POLICIES[policy], maxVersion: 'TLSv1.3' };
  return settings;
}

let knownCurves: readonly string[] = [];

/** Envoy's, but for those that this OpenSSL does not have: it refuses the whole list for one. */
function defaultCurves(): readonly string[] {
  if (knownCurves.length === 0) knownCurves = CURVES.filter((ecdhCurve) => isTaken({ ecdhCurve }));
  return knownCurves;
}

function isTaken(options: SecureContextOptions): boolean {
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    createSecureContext({ ca: [], ...options });
    return true;
  } catch {
    return false;
  }
}

function checkSuite(params: TlsParameters, suite: string): void {
  const { getCiphers } = process.getBuiltinModule('node:tls');
  const name = suite.replace(/^[-!+]/, '');
  const isWord = name.startsWith('@') || WORDS.has(name);
  // Those of TLS 1.3 are not for configs to choose.
  if (isWord || (!name.startsWith('TLS_') && getCiphers().includes(name.toLowerCase()))) return;
  refuse(
    params,
    'cipher_suites',
    `Failed to initialize cipher suites ${(params.cipherSuites ?? []).join(':')}. The following ciphers were rejected when tried individually: ${suite}`,
  );
}

/** Names of groups that OpenSSL and BoringSSL know. */
const WORDS = new Set([
  'ALL',
  'HIGH',
  'AES',
  'AES128',
  'AES256',
  'AESGCM',
  'ECDHE',
  'RSA',
  'ECDSA',
  'CHACHA20',
  'SHA',
  'SHA1',
]);
