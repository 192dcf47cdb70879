/** What is done with the messages of schema/generated/extensions.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.config.common.mutation_rules.v3.HeaderMutation': { does: 'remove append' },
  'envoy.config.common.mutation_rules.v3.HeaderMutationRules': { does: '*' },
  'envoy.config.ratelimit.v3.RateLimitServiceConfig': { does: 'grpc_service transport_api_version' },
  'envoy.config.rbac.v3.Permission': {
    does: 'and_rules or_rules any header url_path destination_ip destination_port destination_port_range metadata not_rule requested_server_name sourced_metadata',
  },
  'envoy.config.rbac.v3.Permission.Set': { does: '*' },
  'envoy.config.rbac.v3.Policy': { does: 'permissions principals' },
  'envoy.config.rbac.v3.Principal': {
    does: 'and_ids or_ids any source_ip direct_remote_ip remote_ip header url_path metadata not_id sourced_metadata',
  },
  'envoy.config.rbac.v3.Principal.Set': { does: '*' },
  'envoy.config.rbac.v3.RBAC': { does: 'action policies' },
  'envoy.config.rbac.v3.SourcedMetadata': { does: '*' },
  'envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor': { does: '*' },
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry': { does: '*' },
  'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation': { does: '*' },
  'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig': { does: '*' },
  'envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig': { does: '*' },
  'envoy.extensions.http.original_ip_detection.xff.v3.XffConfig': { does: '*' },
  'envoy.extensions.http.original_ip_detection.xff.v3.XffTrustedCidrs': { does: '*' },
  'envoy.extensions.compression.brotli.compressor.v3.Brotli': { does: '*' },
  'envoy.extensions.compression.brotli.decompressor.v3.Brotli': { does: '*' },
  'envoy.extensions.compression.gzip.compressor.v3.Gzip': { does: '*' },
  'envoy.extensions.compression.gzip.decompressor.v3.Gzip': { does: '*' },
  'envoy.extensions.compression.zstd.compressor.v3.Zstd': { does: '*' },
  'envoy.extensions.compression.zstd.decompressor.v3.Zstd': { does: '*' },
  'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig': { does: 'allowed_route_names' },
  'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig': {},
  'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig': {},
  'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy': { does: '*' },
  'envoy.extensions.matching.common_inputs.network.v3.FilterStateInput': { does: 'key' },
  'envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing': { does: '*' },
  'envoy.extensions.matching.input_matchers.ip.v3.Ip': { does: 'cidr_ranges', inert: 'stat_prefix' },
  'envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction': { does: '*' },
  'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig': { does: 'path_template' },
  'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig': { does: 'path_template_rewrite' },
  'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig': {
    does: 'pack_trace_reason use_request_id_for_trace_sampling',
  },
};
export default entries;
