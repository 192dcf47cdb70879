/** What is done with the messages of schema/generated/http-filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency': { does: '*' },
  'envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig': { does: '*' },
  'envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.ConcurrencyLimitCalculationParams': {
    does: '*',
  },
  'envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.MinimumRTTCalculationParams': {
    does: '*',
  },
  'envoy.extensions.filters.http.admission_control.v3.AdmissionControl': { does: '*' },
  'envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria': { does: '*' },
  'envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.GrpcCriteria': { does: '*' },
  'envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.HttpCriteria': { does: '*' },
  'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth': { does: '*' },
  'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute': { does: '*' },
  'envoy.extensions.filters.http.api_key_auth.v3.Credential': { does: '*' },
  'envoy.extensions.filters.http.api_key_auth.v3.Forwarding': { does: '*' },
  'envoy.extensions.filters.http.api_key_auth.v3.KeySource': { does: '*' },
  'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit': {
    does: 'stat_prefix enable_mode limit_kbps fill_interval runtime_enabled',
  },
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuth': { does: '*' },
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute': { does: '*' },
  'envoy.extensions.filters.http.buffer.v3.Buffer': { does: '*' },
  'envoy.extensions.filters.http.buffer.v3.BufferPerRoute': { does: '*' },
  'envoy.extensions.filters.http.cache.v3.CacheConfig': {
    does: 'typed_config disabled allowed_vary_headers max_body_bytes ignore_request_cache_control_header',
    // Envoy has not implemented it either: all of the URL is the key.
    inert: 'key_creator_params',
  },
  'envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig': { does: '*' },
  'envoy.extensions.filters.http.compressor.v3.Compressor': { does: '*' },
  'envoy.extensions.filters.http.compressor.v3.Compressor.CommonDirectionConfig': { does: '*' },
  'envoy.extensions.filters.http.compressor.v3.Compressor.RequestDirectionConfig': { does: '*' },
  'envoy.extensions.filters.http.compressor.v3.Compressor.ResponseDirectionConfig': { does: '*' },
  'envoy.extensions.filters.http.compressor.v3.CompressorOverrides': { does: '*' },
  'envoy.extensions.filters.http.compressor.v3.CompressorPerRoute': { does: '*' },
  'envoy.extensions.filters.http.compressor.v3.ResponseDirectionOverrides': { does: '*' },
  'envoy.extensions.filters.http.cors.v3.Cors': {},
  'envoy.extensions.filters.http.cors.v3.CorsPolicy': { does: '*' },
  'envoy.extensions.filters.http.credential_injector.v3.CredentialInjector': { does: '*' },
  'envoy.extensions.filters.http.csrf.v3.CsrfPolicy': { does: '*' },
  'envoy.extensions.filters.http.custom_response.v3.CustomResponse': { does: '*' },
  'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz': {
    does: [
      'grpc_service http_service transport_api_version failure_mode_allow failure_mode_allow_header_add with_request_body',
      'clear_route_cache clear_route_cache_headers status_on_error validate_mutations metadata_context_namespaces',
      'route_metadata_context_namespaces filter_enabled filter_enabled_metadata deny_at_disable stat_prefix allowed_headers',
      'disallowed_headers include_tls_session include_peer_certificate bootstrap_metadata_labels_key charge_cluster_response_stats encode_raw_headers decoder_header_mutation_rules',
      'enable_dynamic_metadata_ingestion filter_metadata emit_filter_state_stats max_denied_response_body_bytes',
      'enforce_response_header_limits shadow_mode use_alpha emit_client_span',
    ].join(' '),
    // Nothing has typed metadata.
    inert: 'typed_metadata_context_namespaces route_typed_metadata_context_namespaces',
  },
  'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute': { does: '*' },
  'envoy.extensions.filters.http.ext_authz.v3.CheckSettings': {
    does: '*',
  },
  'envoy.extensions.filters.http.ext_authz.v3.BufferSettings': { does: '*' },
  'envoy.extensions.filters.http.ext_authz.v3.HttpService': {
    does: '*',
    // Envoy asks the cluster too, whatever the uri says.
    within: { server_uri: { does: 'cluster timeout', inert: 'uri' } },
  },
  'envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest': { does: '*' },
  'envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse': { does: '*' },
  'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig': {
    does: 'dns_cache_config allow_dynamic_host_from_filter_state',
    // RBAC's upstream_ip_port, which would read it, is not here.
    inert: 'save_upstream_address',
  },
  'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig': { does: '*' },
  'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor': {
    does: [
      'grpc_service failure_mode_allow processing_mode request_attributes response_attributes message_timeout stat_prefix',
      'mutation_rules max_message_timeout forward_rules allow_mode_override disable_immediate_response',
      'metadata_options observability_mode disable_clear_route_cache route_cache_action deferred_close_timeout',
      'send_body_without_waiting_for_header_response allowed_override_modes status_on_error allow_content_length_header',
      'emit_client_span',
    ].join(' '),
    // Envoy keeps filter_metadata for extensions of its own, and shows it nowhere.
    inert: 'filter_metadata',
  },
  'envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute': { does: '*' },
  // Envoy reads neither async_mode nor the attributes of a route.
  'envoy.extensions.filters.http.ext_proc.v3.ExtProcOverrides': {
    does: 'processing_mode grpc_service metadata_options grpc_initial_metadata failure_mode_allow emit_client_span',
    inert: 'async_mode request_attributes response_attributes',
  },
  'envoy.extensions.filters.http.ext_proc.v3.HeaderForwardingRules': { does: '*' },
  'envoy.extensions.filters.http.ext_proc.v3.MetadataOptions': {
    does: 'forwarding_namespaces receiving_namespaces cluster_metadata_forwarding_namespaces',
  },
  // Nothing has typed metadata.
  'envoy.extensions.filters.http.ext_proc.v3.MetadataOptions.MetadataNamespaces': { does: 'untyped', inert: 'typed' },
  'envoy.extensions.filters.http.ext_proc.v3.ProcessingMode': {
    does: '*',
    values: {
      request_body_mode: 'NONE STREAMED BUFFERED BUFFERED_PARTIAL FULL_DUPLEX_STREAMED',
      response_body_mode: 'NONE STREAMED BUFFERED BUFFERED_PARTIAL FULL_DUPLEX_STREAMED',
    },
  },
  'envoy.extensions.filters.http.decompressor.v3.Decompressor': { does: '*' },
  'envoy.extensions.filters.http.decompressor.v3.Decompressor.CommonDirectionConfig': { does: '*' },
  'envoy.extensions.filters.http.decompressor.v3.Decompressor.RequestDirectionConfig': { does: '*' },
  'envoy.extensions.filters.http.decompressor.v3.Decompressor.ResponseDirectionConfig': { does: '*' },
  'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig': {
    does: 'content_type withhold_grpc_frames',
  },
  'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfigPerRoute': { does: '*' },
  'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder': { does: '*' },
  'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder.PrintOptions': { does: '*' },
  'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder.RequestValidationOptions': { does: '*' },
  'envoy.extensions.filters.http.fault.v3.FaultAbort': { does: '*' },
  'envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort': {},
  'envoy.extensions.filters.http.fault.v3.HTTPFault': {
    does: [
      'delay abort upstream_cluster headers downstream_nodes max_active_faults response_rate_limit filter_metadata',
      'delay_percent_runtime abort_percent_runtime delay_duration_runtime abort_http_status_runtime max_active_faults_runtime',
      'response_rate_limit_percent_runtime abort_grpc_status_runtime',
    ].join(' '),
    // Statistics by the client's word are not kept (H123).
    inert: 'disable_downstream_cluster_stats',
  },
  // Chains inside of a filter, and filters that are found out later, are refused.
  'envoy.extensions.filters.http.composite.v3.Composite': { does: 'matcher' },
  'envoy.extensions.filters.http.composite.v3.CompositePerRoute': { does: '*' },
  'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction': { does: 'typed_config sample_percent' },
  'envoy.extensions.filters.http.connect_grpc_bridge.v3.FilterConfig': {},
  'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig': { does: '*' },
  'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb': {},
  'envoy.extensions.filters.http.set_filter_state.v3.Config': { does: '*' },
  'envoy.extensions.filters.http.tap.v3.Tap': { does: '*' },
  'envoy.extensions.filters.http.stateful_session.v3.StatefulSession': { does: '*' },
  'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute': { does: '*' },
  'envoy.extensions.filters.http.gzip.v3.Gzip': { does: '*' },
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation': { does: '*' },
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute': { does: '*' },
  'envoy.extensions.filters.http.header_mutation.v3.Mutations': {
    does: 'request_mutations query_parameter_mutations response_mutations response_trailers_mutations request_trailers_mutations',
  },
  'envoy.extensions.filters.http.header_to_metadata.v3.Config': { does: '*' },
  'envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair': { does: '*' },
  'envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule': { does: '*' },
  'envoy.extensions.filters.http.ip_tagging.v3.IPTagging': {
    does: '*',
    // Envoy reads nothing else of it.
    within: { ip_tags_datasource: { does: 'filename watched_directory' } },
  },
  'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTags': { does: '*' },
  'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTag': { does: '*' },
  'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IpTagHeader': { does: '*' },
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': {
    does: [
      'stat_prefix status token_bucket filter_enabled filter_enforced request_headers_to_add_when_not_enforced',
      'response_headers_to_add descriptors stage local_rate_limit_per_downstream_connection enable_x_ratelimit_headers',
      'vh_rate_limits always_consume_default_token_bucket rate_limited_as_resource_exhausted rate_limits',
      'max_dynamic_descriptors enable_retry_after_header',
    ].join(' '),
  },
  'envoy.extensions.filters.http.oauth2.v3.CookieConfig': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.CookieConfigs': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.OAuth2': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.OAuth2Config': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials.CookieNames': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.OAuth2PerRoute': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.OAuth2TokenForwarding': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.PostLogoutRedirectUri': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.PrivateKeyJwtConfig': { does: '*' },
  'envoy.extensions.filters.http.oauth2.v3.TokenCookieChunking': { does: '*' },
  'envoy.extensions.filters.http.on_demand.v3.OnDemand': {},
  'envoy.extensions.filters.http.on_demand.v3.PerRouteConfig': {},
  'envoy.extensions.filters.http.ratelimit.v3.RateLimit': { does: '*' },
  // Envoy has not implemented override_option either.
  'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute': {
    does: 'vh_rate_limits rate_limits domain',
    inert: 'override_option',
  },
  'envoy.extensions.filters.http.rbac.v3.RBAC': {
    does: 'rules rules_stat_prefix matcher shadow_rules shadow_matcher shadow_rules_stat_prefix track_per_rule_stats',
  },
  'envoy.extensions.filters.http.rbac.v3.RBACPerRoute': { does: '*' },
  'envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions': { does: '*' },
  'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata': { does: '*' },
  'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.KeyValuePair': { does: '*' },
  'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.MatchRules': { does: '*' },
  'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Rule': { does: '*' },
  'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Selector': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.NormalizePayload': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtCacheConfig': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwksAsyncFetch': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtHeader': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.ProviderWithAudiences': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.ExtractOnlyWithoutValidation': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.RequirementRule': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.FilterStateRule': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader': { does: '*' },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader.PathSegment': { does: '*' },
  'envoy.extensions.filters.http.lua.v3.Lua': {
    does: 'inline_code source_codes default_source_code stat_prefix clear_route_cache filter_context package_paths shared_vm_id',
  },
  'envoy.extensions.filters.http.lua.v3.LuaPerRoute': {
    does: 'disabled name source_code filter_context package_paths shared_vm_id',
  },
  'envoy.extensions.filters.http.health_check.v3.HealthCheck': { does: '*' },
  'envoy.extensions.filters.http.set_metadata.v3.Config': { does: '*' },
  // typed_value: no format shows typed metadata, and no service here is told of it.
  'envoy.extensions.filters.http.set_metadata.v3.Metadata': { does: 'metadata_namespace allow_overwrite value' },
};
export default entries;
