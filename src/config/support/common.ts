/** What is done with the messages of schema/generated/common.ts; see support.ts. */
import type { Entry } from './support.ts';

const CORE = 'envoy.config.core.v3';
const TYPE = 'envoy.type';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.config.core.v3.UpstreamHttpProtocolOptions': { does: '*' },
  [`${CORE}.Metadata`]: { does: 'filter_metadata', inert: 'typed_filter_metadata' },
  [`${CORE}.RuntimeDouble`]: { does: 'default_value', inert: 'runtime_key' },
  [`${CORE}.RuntimeFeatureFlag`]: { does: 'default_value', inert: 'runtime_key' },
  [`${TYPE}.matcher.v3.PathMatcher`]: { does: '*' },
  [`${TYPE}.v3.Int32Range`]: { does: '*' },
  [`${CORE}.KeyValueMutation`]: { does: '*' },
  [`${CORE}.KeyValueAppend`]: { does: 'record action' },
  [`${CORE}.KeyValuePair`]: { does: '*' },
  [`${CORE}.TypedExtensionConfig`]: { does: 'name typed_config' },
  [`${CORE}.DataSource`]: { does: 'filename inline_bytes inline_string environment_variable' },
  [`${CORE}.SubstitutionFormatString`]: {
    does: 'text_format text_format_source json_format omit_empty_values json_format_options',
    // Of answers that the proxy gives itself; a log has none.
    inert: 'content_type',
  },
  // Sorted they are in any case.
  [`${CORE}.JsonFormatOptions`]: { inert: 'sort_properties' },
  // alt_port does nothing in Envoy either: an endpoint's health_check_config says where it is checked.
  [`${CORE}.HealthCheck`]: {
    does: [
      'timeout interval initial_jitter interval_jitter interval_jitter_percent unhealthy_threshold healthy_threshold',
      'reuse_connection http_health_check tcp_health_check grpc_health_check custom_health_check no_traffic_interval',
      'no_traffic_healthy_interval unhealthy_interval unhealthy_edge_interval healthy_edge_interval event_log_path',
      'event_logger always_log_health_check_failures always_log_health_check_success',
    ].join(' '),
    inert: 'alt_port',
  },
  [`${CORE}.HealthCheck.HttpHealthCheck`]: {
    does: [
      'host path send receive response_buffer_size request_headers_to_add request_headers_to_remove expected_statuses',
      'retriable_statuses codec_client_type service_name_matcher method service_name use_http2',
    ].join(' '),
    values: { codec_client_type: 'HTTP1 HTTP2' },
  },
  [`${CORE}.HealthCheck.TcpHealthCheck`]: { does: 'send receive' },
  [`${CORE}.HealthCheck.GrpcHealthCheck`]: { does: '*' },
  [`${CORE}.HealthCheck.CustomHealthCheck`]: { does: 'name typed_config config' },
  [`${CORE}.HealthCheck.Payload`]: { does: '*' },
  [`${TYPE}.v3.FractionalPercent`]: { does: '*' },
  [`${TYPE}.v3.Percent`]: { does: '*' },
  [`${TYPE}.v3.Int64Range`]: { does: '*' },
  [`${TYPE}.matcher.v3.RegexMatcher`]: { does: 'google_re2 regex' },
  [`${TYPE}.matcher.v3.RegexMatcher.GoogleRE2`]: { inert: 'max_program_size' },
  [`${TYPE}.matcher.v3.StringMatcher`]: { does: 'exact prefix suffix safe_regex contains ignore_case regex' },
  [`${TYPE}.matcher.v3.RegexMatchAndSubstitute`]: { does: '*' },
  [`${TYPE}.matcher.v3.MetadataMatcher`]: { does: '*' },
  [`${TYPE}.matcher.v3.MetadataMatcher.PathSegment`]: { does: '*' },
  [`${TYPE}.matcher.v3.ValueMatcher`]: { does: '*' },
  [`${TYPE}.matcher.v3.ValueMatcher.NullMatch`]: {},
  // What filters share as addresses is not looked at.
  [`${TYPE}.matcher.v3.FilterStateMatcher`]: { does: 'key string_match' },
  [`${TYPE}.matcher.v3.HttpRequestHeaderMatchInput`]: { does: '*' },
  [`${TYPE}.matcher.v3.HttpResponseHeaderMatchInput`]: { does: '*' },
  [`${TYPE}.matcher.v3.HttpResponseStatusCodeClassMatchInput`]: {},
  [`${TYPE}.matcher.v3.HttpResponseStatusCodeMatchInput`]: {},
  [`${TYPE}.matcher.v3.DoubleMatcher`]: { does: '*' },
  [`${TYPE}.v3.DoubleRange`]: { does: '*' },
  [`${TYPE}.matcher.v3.AddressMatcher`]: { does: '*' },
  [`${TYPE}.matcher.v3.ListStringMatcher`]: { does: '*' },
  [`${TYPE}.v3.TokenBucket`]: { does: '*' },
  [`${TYPE}.v3.HttpStatus`]: { does: '*' },
  [`${TYPE}.matcher.v3.ListMatcher`]: { does: '*' },
  [`${TYPE}.matcher.v3.OrMatcher`]: { does: '*' },
  [`${TYPE}.tracing.v3.CustomTag`]: { does: '*' },
  [`${TYPE}.tracing.v3.CustomTag.Environment`]: { does: '*' },
  [`${TYPE}.tracing.v3.CustomTag.Header`]: { does: '*' },
  [`${TYPE}.tracing.v3.CustomTag.Literal`]: { does: '*' },
  [`${TYPE}.tracing.v3.CustomTag.Metadata`]: { does: '*' },
  [`${TYPE}.metadata.v3.MetadataKind`]: { does: '*' },
  [`${TYPE}.metadata.v3.MetadataKind.Request`]: {},
  [`${TYPE}.metadata.v3.MetadataKind.Route`]: {},
  [`${TYPE}.metadata.v3.MetadataKind.Cluster`]: {},
  [`${TYPE}.metadata.v3.MetadataKind.Host`]: {},
  [`${TYPE}.metadata.v3.MetadataKey`]: { does: '*' },
  [`${TYPE}.metadata.v3.MetadataKey.PathSegment`]: { does: '*' },
  [`${CORE}.SchemeHeaderTransformation`]: { does: 'scheme_to_overwrite match_upstream' },
  [`${CORE}.CidrRange`]: { does: '*' },
  [`${CORE}.Http1ProtocolOptions.HeaderKeyFormat`]: { does: 'proper_case_words stateful_formatter' },
  [`${CORE}.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords`]: {},
  [`${CORE}.KeepaliveSettings`]: { does: 'interval timeout', inert: 'interval_jitter' },
  [`${CORE}.DnsResolutionConfig`]: { does: 'resolvers' },
  [`${CORE}.TcpKeepalive`]: { does: 'keepalive_time', inert: 'keepalive_probes keepalive_interval' },
  // google_grpc would be a second client beside the clusters.
  [`${CORE}.HttpService`]: { does: 'http_uri request_headers_to_add' },
  [`${CORE}.GrpcService`]: { does: 'envoy_grpc timeout initial_metadata retry_policy' },
  [`${CORE}.GrpcService.EnvoyGrpc`]: { does: '*' },
  [`${CORE}.RetryPolicy`]: { does: 'retry_back_off num_retries retry_on' },
  // Of a cluster; whoever asks by the URI says so.
  [`${CORE}.HttpUri`]: { does: '*' },
  [`${CORE}.BackoffStrategy`]: { does: '*' },
  [`${TYPE}.v3.HashPolicy`]: { does: 'source_ip' },
  [`${TYPE}.v3.HashPolicy.SourceIp`]: { does: '*' },
};
export default entries;
