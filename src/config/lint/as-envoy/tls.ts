/** TLS contexts and static secrets (source/common/tls, source/common/secret). What files hold is the target machine's and not looked at. */
import type { Message } from '../../origin.ts';
import { eachRepeated, part, parts, type Rule, type RuleContext, type Rules, text } from './rule.ts';

const TLS = 'envoy.extensions.transport_sockets.tls.v3';
/** Any of these may bring a certificate. */
const CERTIFICATE_FIELDS = [
  'tlsCertificates',
  'tlsCertificateSdsSecretConfigs',
  'tlsCertificateProviderInstance',
  'tlsCertificateCertificateProvider',
  'tlsCertificateCertificateProviderInstance',
  'customTlsCertificateSelector',
];

const downstream: Rule = (m, { report }) => {
  const common = part(m, 'commonTlsContext');
  if (!report.isWhole(m) || !report.isWhole(common)) return;
  const given = CERTIFICATE_FIELDS.some((key) => {
    const value = common?.[key];
    return value !== undefined && (!Array.isArray(value) || value.length > 0);
  });
  if (!given) report.problem(common ?? m, '', 'No TLS certificates found for server context');
};

const common: Rule = (m, ctx) => {
  const { report, secrets } = ctx;
  const own = part(m, 'validationContext');
  if (own !== undefined) validation(own, ctx);
  for (const config of parts(m, 'tlsCertificateSdsSecretConfigs')) {
    const name = text(config, 'name');
    if (config['sdsConfig'] === undefined && !secrets.has(name) && report.isWhole(config)) {
      report.problem(config, 'name', `Unknown static secret: ${name}`);
    }
  }
  const secret = part(m, 'validationContextSdsSecretConfig');
  const name = text(secret, 'name');
  if (secret !== undefined && secret['sdsConfig'] === undefined && !secrets.has(name)) {
    report.problem(secret, 'name', `Unknown static certificate validation context: ${name}`);
  }
};

const given = (m: Message, key: string): boolean => m[key] !== undefined;

const certificate: Rule = (m, { report }) => {
  if (!report.isWhole(m)) return;
  const chain = part(m, 'certificateChain');
  if (chain !== undefined && !['privateKey', 'privateKeyProvider', 'pkcs12'].some((key) => given(m, key))) {
    report.problem(m, 'certificate_chain', 'Failed to load incomplete private key from path: ');
  } else if (text(chain, 'inlineString') !== '' && !isCertificate(text(chain, 'inlineString'))) {
    report.problem(chain as Message, 'inline_string', 'Failed to load certificate chain from <inline>');
  }
};

function isCertificate(pem: string): boolean {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** Not of a combined context, whose authority may come by SDS. */
function validation(m: Message, { report }: RuleContext): void {
  const names = [...parts(m, 'matchTypedSubjectAltNames'), ...parts(m, 'matchSubjectAltNames')];
  const trusted = ['trustedCa', 'caCertificateProviderInstance', 'systemRootCerts', 'customValidatorConfig'].some(
    (key) => given(m, key),
  );
  if (names.length === 0 || trusted || !report.isWhole(m)) return;
  const message = 'SAN-based verification of peer certificates without trusted CA is insecure and not allowed';
  report.problem(names[0], '', message);
}

const KINDS: readonly (readonly [key: string, name: string])[] = [
  ['tlsCertificate', 'TlsCertificate'],
  ['validationContext', 'CertificateValidationContext'],
  ['sessionTicketKeys', 'TlsSessionTicketKeys'],
  ['genericSecret', 'GenericSecret'],
];

const resources: Rule = (m, { report }) => {
  const secrets = parts(m, 'secrets');
  for (const [key, kind] of KINDS) {
    eachRepeated(
      secrets.filter((s) => given(s, key)),
      (s) => text(s, 'name'),
      (s, name) => report.problem(s, 'name', `Duplicate static ${kind} secret name ${name}`),
    );
  }
  for (const secret of secrets) {
    if (KINDS.some(([key]) => given(secret, key)) || !report.isWhole(secret)) continue;
    report.problem(secret, '', 'Secret type not implemented');
  }
};

export const TLS_RULES: Rules = {
  [`${TLS}.DownstreamTlsContext`]: downstream,
  [`${TLS}.CommonTlsContext`]: common,
  [`${TLS}.TlsCertificate`]: certificate,
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': resources,
};
