/** What is done with the messages of schema/generated/transport-sockets.ts; see support.ts. */
import type { Entry } from './support.ts';

const TLS = 'envoy.extensions.transport_sockets.tls.v3';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport': { does: '*' },
  'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport': {
    does: 'config transport_socket',
    // Nothing of Envoy reads them.
    inert: 'allow_unspecified_address tlv_as_pool_key',
  },
  'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': { does: '*' },
  // Nothing in Envoy 1.40 begins TLS on it.
  'envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig': { does: '*' },
  'envoy.extensions.transport_sockets.starttls.v3.UpstreamStartTlsConfig': { does: '*' },
  // Sessions by session id there are none to disable; nothing of Envoy reads require_sni, and a warning says so.
  [`${TLS}.DownstreamTlsContext`]: {
    does: [
      'common_tls_context require_client_certificate session_ticket_keys session_ticket_keys_sds_secret_config disable_stateless_session_resumption session_timeout',
      'full_scan_certs_on_sni_mismatch prefer_client_ciphers ocsp_staple_policy',
    ].join(' '),
    inert: 'disable_stateful_session_resumption require_sni',
  },
  // OpenSSL's client never renegotiates; a key's usage is looked at in any case, as in Envoy.
  [`${TLS}.UpstreamTlsContext`]: {
    does: 'common_tls_context sni auto_host_sni auto_sni_san_validation max_session_keys',
    inert: 'allow_renegotiation enforce_rsa_key_usage',
  },
  [`${TLS}.CommonTlsContext`]: {
    does: [
      'tls_params tls_certificates validation_context alpn_protocols tls_certificate_sds_secret_configs',
      'validation_context_sds_secret_config combined_validation_context key_log',
    ].join(' '),
    // Envoy reads none of them: the certificates stand beside them, or there are none.
    inert:
      'tls_certificate_provider_instance tls_certificate_certificate_provider tls_certificate_certificate_provider_instance',
  },
  [`${TLS}.CommonTlsContext.CombinedCertificateValidationContext`]: {
    does: 'default_validation_context validation_context_sds_secret_config',
  },
  [`${TLS}.GenericSecret`]: { does: '*' },
  [`${TLS}.CertificateValidationContext.SystemRootCerts`]: {},
  [`${TLS}.SdsSecretConfig`]: { does: '*' },
  [`${TLS}.Secret`]: { does: '*' },
  [`${TLS}.TlsParameters`]: {
    does: 'tls_minimum_protocol_version tls_maximum_protocol_version cipher_suites ecdh_curves signature_algorithms compliance_policies',
  },
  [`${TLS}.TlsCertificate`]: {
    does: 'certificate_chain private_key password watched_directory ocsp_staple pkcs12 tls_params',
    inert: 'signed_certificate_timestamp',
  },
  [`${TLS}.TlsKeyLog`]: { does: '*' },
  [`${TLS}.TlsSessionTicketKeys`]: { does: 'keys' },
  [`${TLS}.CertificateValidationContext`]: {
    does: [
      'trusted_ca verify_certificate_spki verify_certificate_hash match_typed_subject_alt_names match_subject_alt_names crl',
      'trust_chain_verification max_verify_depth watched_directory system_root_certs allow_expired_certificate only_verify_leaf_cert_crl',
      'custom_validator_config suppress_client_ca_list verify_subject_alt_name',
    ].join(' '),
    inert: 'require_signed_certificate_timestamp',
    values: { trust_chain_verification: 'VERIFY_TRUST_CHAIN ACCEPT_UNTRUSTED' },
  },
  [`${TLS}.SPIFFECertValidatorConfig`]: { does: 'trust_domains trust_bundles' },
  [`${TLS}.SPIFFECertValidatorConfig.TrustDomain`]: { does: 'name trust_bundle' },
  [`${TLS}.SubjectAltNameMatcher`]: {
    does: 'san_type matcher oid',
    values: { san_type: 'EMAIL DNS URI IP_ADDRESS OTHER_NAME' },
  },
};
export default entries;
