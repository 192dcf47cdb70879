/** TlsParameters → options of Node's SecureContext, with Envoy's defaults (source/common/tls/context_config_impl.cc). */
import type { SecureContextOptions, SecureVersion } from 'node:tls';
import { refuse } from '../config/refusal.ts';
import type { TlsParameters } from '../config/schema/types.ts';

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

export function paramsOf(config: TlsParameters | undefined, role: ParamsRole): SecureContextOptions {
  const params = config ?? {};
  const minVersion = VERSIONS[params.tlsMinimumProtocolVersion ?? ''] ?? 'TLSv1.2';
  const maxVersion = VERSIONS[params.tlsMaximumProtocolVersion ?? ''] ?? (role.server ? 'TLSv1.3' : 'TLSv1.2');
  const suites = (params.cipherSuites ?? []).flatMap((s) => s.replace(/^\[|\]$/g, '').split('|'));
  for (const suite of suites) checkSuite(params, suite);
  const list = (suites.length > 0 ? suites : CIPHERS).join(':');
  // OpenSSL's default level has none of what TLS 1.0 and 1.1 need.
  const level = minVersion === 'TLSv1' || minVersion === 'TLSv1.1' ? ':@SECLEVEL=0' : '';
  const curves = (params.ecdhCurves ?? []).join(':');
  const { signatureAlgorithms = [] } = params;
  let options = NO_RENEGOTIATION;
  if (role.server && !role.clientsOrder) options |= SERVER_PREFERENCE | PRIORITIZE_CHACHA;
  if (role.stateful) options |= NO_TICKET;
  return {
    minVersion,
    maxVersion,
    ciphers: `${CIPHERS_13}:${list}${level}`,
    ecdhCurve: curves === '' ? known(CURVES).join(':') : curves,
    secureOptions: options,
    ...(signatureAlgorithms.length > 0 ? { sigalgs: signatureAlgorithms.join(':') } : {}),
  };
}

/** Groups that this OpenSSL has: it refuses the whole list for one that it does not know. */
function known(groups: readonly string[]): readonly string[] {
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  return groups.filter((g) => {
    try {
      createSecureContext({ ca: [], ecdhCurve: g });
      return true;
    } catch {
      return false;
    }
  });
}

function checkSuite(params: TlsParameters, suite: string): void {
  const { getCiphers } = process.getBuiltinModule('node:tls');
  const name = suite.replace(/^[-!+]/, '');
  if (name.startsWith('@') || WORDS.has(name) || getCiphers().includes(name.toLowerCase())) return;
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
