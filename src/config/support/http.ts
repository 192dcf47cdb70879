/** What is done with the messages of schema/generated/http.ts; see support.ts. */
import type { Entry } from './support.ts';

const ROUTE = 'envoy.config.route.v3';
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails': {
    does: '*',
  },
  [`${HCM}.HttpConnectionManager.HcmAccessLogOptions`]: { does: '*' },
  [`${HCM}.HttpConnectionManager.Tracing`]: { does: '*' },
  [`${ROUTE}.Tracing`]: { does: '*' },
  [`${ROUTE}.Decorator`]: { does: '*' },
  [`${HCM}.HttpConnectionManager.InternalAddressConfig`]: { does: 'unix_sockets cidr_ranges' },
  [`${ROUTE}.RouteAction.MaxStreamDuration`]: { does: '*' },
  [`${ROUTE}.RetryPolicy`]: {
    does: [
      'retry_on num_retries per_try_timeout per_try_idle_timeout retry_priority retry_host_predicate retry_back_off',
      'host_selection_retry_max_attempts retriable_status_codes rate_limited_retry_back_off retriable_headers',
      'retriable_request_headers',
    ].join(' '),
  },
  [`${ROUTE}.RetryPolicy.RetryBackOff`]: { does: '*' },
  [`${ROUTE}.RetryPolicy.RateLimitedRetryBackOff`]: { does: '*' },
  [`${ROUTE}.RetryPolicy.ResetHeader`]: { does: '*' },
  [`${ROUTE}.RetryPolicy.RetryHostPredicate`]: { does: 'name typed_config config' },
  [`${ROUTE}.RetryPolicy.RetryPriority`]: { does: 'name typed_config config' },
  // Envoy does nothing with these two either.
  [`${ROUTE}.HedgePolicy`]: { does: 'hedge_on_per_try_timeout', inert: 'initial_requests additional_request_chance' },
  [`${ROUTE}.InternalRedirectPolicy`]: { does: '*' },
  [`${ROUTE}.RouteAction.RequestMirrorPolicy`]: {
    does: [
      'cluster cluster_header runtime_fraction disable_shadow_host_suffix_append request_headers_mutations host_rewrite_literal',
      'runtime_key trace_sampled',
    ].join(' '),
  },
  [`${HCM}.HttpConnectionManager.UpgradeConfig`]: { does: '*' },
  [`${ROUTE}.RouteAction.UpgradeConfig`]: { does: '*' },
  [`${ROUTE}.RouteAction.UpgradeConfig.ConnectConfig`]: { does: 'allow_post' },
  [`${ROUTE}.RateLimit`]: {
    does: 'stage disable_key actions limit hits_addend apply_on_stream_done x_ratelimit_option',
  },
  [`${ROUTE}.RateLimit.Action`]: {
    does: [
      'source_cluster destination_cluster request_headers query_parameters remote_address generic_key header_value_match',
      'dynamic_metadata metadata masked_remote_address query_parameter_value_match remote_address_match extension',
    ].join(' '),
  },
  [`${ROUTE}.RateLimit.Action.DestinationCluster`]: {},
  [`${ROUTE}.RateLimit.Action.DynamicMetaData`]: { does: '*' },
  // Of a descriptor_value that is formatted, which is off by default, and empty.
  [`${ROUTE}.RateLimit.Action.GenericKey`]: { does: 'descriptor_value descriptor_key', inert: 'default_value' },
  [`${ROUTE}.RateLimit.Action.HeaderValueMatch`]: {
    does: 'descriptor_value descriptor_key expect_match headers',
    inert: 'default_value',
  },
  [`${ROUTE}.RateLimit.Action.MaskedRemoteAddress`]: { does: '*' },
  [`${ROUTE}.RateLimit.Action.MetaData`]: {
    does: '*',
    values: { source: 'DYNAMIC ROUTE_ENTRY CLUSTER_ENTRY' },
  },
  [`${ROUTE}.RateLimit.Action.QueryParameterValueMatch`]: {
    does: 'descriptor_value descriptor_key expect_match query_parameters',
    inert: 'default_value',
  },
  [`${ROUTE}.RateLimit.Action.QueryParameters`]: { does: '*' },
  [`${ROUTE}.RateLimit.Action.RemoteAddress`]: {},
  [`${ROUTE}.RateLimit.Action.RemoteAddressMatch`]: { does: '*' },
  [`${ROUTE}.RateLimit.Action.RequestHeaders`]: { does: '*' },
  [`${ROUTE}.RateLimit.Action.SourceCluster`]: {},
  [`${ROUTE}.RateLimit.HitsAddend`]: { does: '*' },
  [`${ROUTE}.RateLimit.Override`]: { does: '*' },
  [`${ROUTE}.RateLimit.Override.DynamicMetadata`]: { does: '*' },
  [`${ROUTE}.RateLimit.Override.RateLimitOverride`]: { does: '*' },
  // An extension that is unknown is refused, optional or not.
  [`${ROUTE}.ClusterSpecifierPlugin`]: { does: 'extension', inert: 'is_optional' },
  [`${ROUTE}.CorsPolicy`]: { does: '*' },
  [`${ROUTE}.FilterConfig`]: { does: '*' },
  [`${ROUTE}.NonForwardingAction`]: {},
  [`${ROUTE}.DirectResponseAction`]: { does: 'status body body_format' },
  [`${ROUTE}.RouteMatch.ConnectMatcher`]: {},
  [`${ROUTE}.RouteMatch.TlsContextMatchOptions`]: { does: '*' },
  [`${ROUTE}.QueryParameterMatcher`]: { does: 'name string_match present_match value regex' },
  [`${ROUTE}.CookieMatcher`]: { does: '*' },
  [`${ROUTE}.RouteList`]: { does: '*' },
  [`${ROUTE}.RedirectAction`]: {
    does: 'https_redirect scheme_redirect host_redirect port_redirect path_redirect prefix_rewrite regex_rewrite path_rewrite response_code strip_query',
  },
  [`${ROUTE}.RouteAction.HashPolicy`]: { does: '*' },
  [`${ROUTE}.RouteAction.HashPolicy.FilterState`]: { does: '*' },
  [`${ROUTE}.RouteAction.HashPolicy.Header`]: { does: '*' },
  [`${ROUTE}.RouteAction.HashPolicy.Cookie`]: { does: '*' },
  [`${ROUTE}.RouteAction.HashPolicy.CookieAttribute`]: { does: '*' },
  [`${ROUTE}.RouteAction.HashPolicy.ConnectionProperties`]: { does: '*' },
  [`${ROUTE}.RouteAction.HashPolicy.QueryParameter`]: { does: '*' },
  [`${ROUTE}.VirtualCluster`]: { does: 'name headers pattern method' },
  [`${HCM}.RequestIDExtension`]: { does: '*' },
  [`${HCM}.LocalReplyConfig`]: { does: '*' },
  [`${HCM}.ResponseMapper`]: { does: '*' },
};
export default entries;
