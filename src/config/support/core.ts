/** What is done with the messages that nearly every config has (those of schema/generated/core.ts); see support.ts. */
import type { Entry } from './support.ts';

const CORE = 'envoy.config.core.v3';
const ROUTE = 'envoy.config.route.v3';
const CLUSTER = 'envoy.config.cluster.v3';
const ENDPOINT = 'envoy.config.endpoint.v3';
const LISTENER = 'envoy.config.listener.v3';
const BOOTSTRAP = 'envoy.config.bootstrap.v3';
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3';
const REDIS = 'envoy.extensions.filters.network.redis_proxy.v3';

const MUTATIONS = 'request_headers_to_add request_headers_to_remove response_headers_to_add response_headers_to_remove';

/** HttpProtocolOptions of a cluster. Envoy applies the rule about underscores to requests only. */
const UPSTREAM_HTTP: Entry = {
  does: [
    'idle_timeout max_connection_duration max_connection_duration_jitter max_headers_count max_response_headers_kb',
    'max_requests_per_connection max_stream_duration',
  ].join(' '),
  inert: 'headers_with_underscores_action',
};

const entries: Readonly<Record<string, Entry>> = {
  // Bootstrap
  [`${BOOTSTRAP}.Bootstrap`]: {
    does: 'node static_resources layered_runtime runtime stats_config stats_sinks overload_manager application_log_config admin stats_flush_interval stats_flush_on_admin stats_server_version_override flags_path bootstrap_extensions cluster_manager tracing typed_dns_resolver_config dns_resolution_config default_regex_engine default_socket_interface listener_manager',
    // A trace that Envoy's releases are built without.
    // Scopes that may be evicted are none here (as in Envoy without extensions that make such) and gRPC clients cost nothing to keep.
    inert:
      'stats_eviction_interval grpc_async_client_manager_config enable_dispatcher_stats watchdog watchdogs node_context_params memory_allocator_manager enable_worker_cpu_affinity perf_tracing_file_path',
    values: { default_socket_interface: 'envoy.extensions.network.socket_interface.default_socket_interface' },
  },
  [`${BOOTSTRAP}.Bootstrap.StaticResources`]: { does: 'listeners clusters secrets' },
  [`${BOOTSTRAP}.Admin`]: {
    does: 'address access_log access_log_path',
    inert: 'profile_path ignore_global_conn_limit',
  },
  // Common
  [`${CORE}.Node`]: {
    does: 'id cluster locality',
    inert:
      'metadata user_agent_name user_agent_version user_agent_build_version extensions client_features listening_addresses dynamic_parameters build_version',
  },
  [`${CORE}.Locality`]: { does: '*' },
  [`${CORE}.Address`]: { does: 'socket_address pipe envoy_internal_address' },
  // Where nothing listens the protocol says nothing, in Envoy either.
  [`${CORE}.SocketAddress`]: {
    does: 'protocol address port_value ipv4_compat resolver_name',
    values: { resolver_name: 'envoy.ip' },
  },
  [`${CORE}.Pipe`]: { does: 'path mode' },
  [`${CORE}.RuntimeUInt32`]: { does: '*' },
  [`${CORE}.RuntimeFractionalPercent`]: { does: '*' },
  [`${CORE}.TransportSocket`]: { does: 'name typed_config config' },
  // Listeners
  [`${LISTENER}.Listener`]: {
    does: [
      'name address filter_chains filter_chain_matcher default_filter_chain per_connection_buffer_limit_bytes stat_prefix tcp_backlog_size',
      'per_connection_buffer_high_watermark_timeout',
      'listener_filters listener_filters_timeout continue_on_listener_filters_timeout ignore_global_conn_limit',
      'bypass_overload_manager additional_addresses tcp_keepalive socket_options internal_listener udp_listener_config',
      'traffic_direction drain_type bind_to_port deprecated_v1 freebind transparent use_original_dst access_log metadata',
    ].join(' '),
    inert: [
      'reuse_port enable_reuse_port tcp_fast_open_queue_length connection_balance_config',
      'max_connections_to_accept_per_socket_event',
    ].join(' '),
    values: { freebind: 'false', transparent: 'false', use_original_dst: 'false' },
  },
  [`${LISTENER}.FilterChain`]: {
    does: 'filters name transport_socket transport_socket_connect_timeout filter_chain_match use_proxy_proto metadata tls_context',
  },
  // Envoy refuses an address_suffix as well.
  [`${LISTENER}.FilterChainMatch`]: { does: '*' },
  [`${LISTENER}.Filter`]: { does: 'name typed_config config' },
  // HTTP connection manager
  [`${HCM}.HttpConnectionManager`]: {
    does: [
      'codec_type stat_prefix route_config http_filters common_http_protocol_options http_protocol_options http2_protocol_options',
      'stream_idle_timeout request_timeout request_headers_timeout delayed_close_timeout drain_timeout max_request_headers_kb',
      'use_remote_address xff_num_trusted_hops skip_xff_append add_user_agent generate_request_id preserve_external_request_id',
      'always_set_request_id_in_response server_name server_header_transformation internal_address_config',
      'upgrade_configs proxy_100_continue via access_log access_log_options access_log_flush_interval flush_access_log_on_new_request',
      'normalize_path merge_slashes path_with_escaped_slashes_action strip_matching_host_port',
      'strip_any_host_port strip_trailing_host_dot scheme_header_transformation stream_error_on_invalid_http_message idle_timeout',
      'append_x_forwarded_port forward_client_cert_details set_current_client_cert_details local_reply_config tracing original_ip_detection_extensions',
      'early_header_mutation_extensions request_id_extension http1_safe_max_connection_duration drain_timeout_jitter',
      'stream_flush_timeout append_local_overload',
    ].join(' '),
    // With these two, Envoy does nothing either.
    inert: 'path_normalization_options represent_ipv4_remote_address_as_ipv4_mapped_ipv6',
    values: { codec_type: 'AUTO HTTP1 HTTP2', stream_error_on_invalid_http_message: 'false' },
  },
  [`${HCM}.HttpFilter`]: { does: 'name typed_config config disabled', inert: 'is_optional' },
  [`${CORE}.HttpProtocolOptions`]: {
    does: [
      'idle_timeout max_connection_duration max_connection_duration_jitter max_headers_count max_stream_duration',
      'headers_with_underscores_action max_requests_per_connection',
    ].join(' '),
    // Of a cluster's responses alone.
    inert: 'max_response_headers_kb',
  },
  [`${CORE}.Http1ProtocolOptions`]: {
    does: [
      'accept_http_10 default_host_for_http_10 allow_absolute_url enable_trailers allow_chunked_length header_key_format',
      'override_stream_error_on_invalid_http_message ignore_http_11_upgrade allow_custom_methods send_fully_qualified_url',
    ].join(' '),
    inert: 'use_balsa_parser',
    values: { override_stream_error_on_invalid_http_message: 'false' },
  },
  [`${CORE}.Http2ProtocolOptions`]: {
    does: [
      'hpack_table_size max_concurrent_streams initial_stream_window_size initial_connection_window_size connection_keepalive',
      'allow_connect max_outbound_frames max_outbound_control_frames max_consecutive_inbound_frames_with_empty_payload',
      'max_inbound_priority_frames_per_stream max_inbound_window_update_frames_per_data_frame_sent',
      'stream_error_on_invalid_http_messaging override_stream_error_on_invalid_http_message',
    ].join(' '),
    inert: 'use_oghttp2_codec',
  },
  // Routes
  [`${ROUTE}.RouteConfiguration`]: {
    does: [
      'name virtual_hosts validate_clusters most_specific_header_mutations_wins max_direct_response_body_size_bytes cluster_specifier_plugins',
      `ignore_port_in_host_matching ignore_path_parameters_in_path_matching vhost_header internal_only_headers request_mirror_policies typed_per_filter_config ${MUTATIONS}`,
    ].join(' '),
    inert: 'metadata',
  },
  [`${ROUTE}.VirtualHost`]: {
    does: [
      'name domains routes require_tls virtual_clusters request_mirror_policies retry_policy hedge_policy include_request_attempt_count',
      'include_attempt_count_in_response include_is_timeout_retry_header per_request_buffer_limit_bytes request_body_buffer_limit',
      `typed_per_filter_config per_filter_config cors matcher metadata rate_limits ${MUTATIONS}`,
    ].join(' '),
  },
  [`${ROUTE}.Route`]: {
    does: [
      'name match route redirect direct_response non_forwarding_action typed_per_filter_config per_filter_config per_request_buffer_limit_bytes request_body_buffer_limit',
      `decorator tracing ${MUTATIONS}`,
    ].join(' '),
    inert: 'metadata',
  },
  [`${CORE}.HeaderValueOption`]: { does: 'header append append_action keep_empty_value' },
  [`${CORE}.HeaderValue`]: { does: 'key value' },
  [`${ROUTE}.RouteMatch`]: {
    does: [
      'prefix path safe_regex path_separated_prefix path_match_policy connect_matcher grpc headers query_parameters cookies case_sensitive',
      'runtime_fraction tls_context dynamic_metadata filter_state regex',
    ].join(' '),
  },
  [`${ROUTE}.WeightedCluster`]: {
    does: 'clusters header_name total_weight use_hash_policy runtime_key_prefix',
  },
  [`${ROUTE}.WeightedCluster.ClusterWeight`]: {
    does: `name cluster_header weight host_rewrite_literal typed_per_filter_config per_filter_config metadata_match ${MUTATIONS}`,
  },
  [`${ROUTE}.RouteMatch.GrpcRouteMatchOptions`]: { does: '*' },
  [`${ROUTE}.HeaderMatcher`]: {
    does: [
      'name exact_match safe_regex_match range_match present_match prefix_match suffix_match contains_match string_match',
      'invert_match treat_missing_header_as_empty regex_match',
    ].join(' '),
  },
  [`${ROUTE}.RouteAction`]: {
    does: [
      'cluster cluster_header cluster_specifier_plugin inline_cluster_specifier_plugin cluster_not_found_response_code timeout idle_timeout priority max_stream_duration',
      'max_grpc_timeout grpc_timeout_offset rate_limits include_vh_rate_limits weighted_clusters request_mirror_policies request_mirror_policy upgrade_configs cors',
      'prefix_rewrite regex_rewrite path_rewrite_policy path_rewrite hash_policy',
      'retry_policy hedge_policy internal_redirect_policy internal_redirect_action max_internal_redirects',
      'metadata_match host_rewrite_literal host_rewrite_header host_rewrite_path_regex auto_host_rewrite append_x_forwarded_host host_rewrite',
    ].join(' '),
    // Of connections over QUIC.
    inert: 'early_data_policy',
  },
  // Clusters
  [`${CLUSTER}.Cluster`]: {
    does: [
      'name alt_stat_name type connect_timeout per_connection_buffer_limit_bytes lb_policy load_assignment circuit_breakers',
      'common_http_protocol_options http_protocol_options http2_protocol_options max_requests_per_connection protocol_selection',
      'typed_extension_protocol_options dns_refresh_rate dns_jitter dns_failure_refresh_rate respect_dns_ttl dns_lookup_family',
      'dns_resolvers dns_resolution_config typed_dns_resolver_config load_balancing_policy',
      'least_request_lb_config ring_hash_lb_config maglev_lb_config common_lb_config transport_socket transport_socket_matches upstream_connection_options',
      'upstream_http_protocol_options hosts tls_context extension_protocol_options wait_for_warm_on_init cluster_type upstream_bind_config preconnect_policy connection_pool_per_downstream_connection',
      'eds_cluster_config original_dst_lb_config cleanup_interval lb_subset_config round_robin_lb_config health_checks outlier_detection close_connections_on_host_health_failure ignore_health_on_host_removal',
    ].join(' '),
    inert: 'metadata',
    values: {
      lb_policy: 'ROUND_ROBIN LEAST_REQUEST RANDOM RING_HASH MAGLEV LOAD_BALANCING_POLICY_CONFIG CLUSTER_PROVIDED',
    },
    within: { common_http_protocol_options: UPSTREAM_HTTP },
  },
  [`${CLUSTER}.Cluster.LeastRequestLbConfig`]: { does: '*' },
  [`${CLUSTER}.CircuitBreakers`]: { does: 'thresholds per_host_thresholds' },
  [`${CLUSTER}.CircuitBreakers.Thresholds`]: {
    does: 'priority max_connections max_pending_requests max_requests max_retries max_connection_pools retry_budget track_remaining',
  },
  [`${ENDPOINT}.ClusterLoadAssignment`]: { does: 'endpoints policy', inert: 'cluster_name' },
  [`${ENDPOINT}.LocalityLbEndpoints`]: {
    does: 'locality lb_endpoints priority load_balancing_weight',
    inert: 'metadata proximity',
  },
  [`${ENDPOINT}.LbEndpoint`]: { does: 'endpoint health_status metadata load_balancing_weight' },
  [`${ENDPOINT}.Endpoint`]: { does: 'address hostname health_check_config additional_addresses' },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    does: 'retry_policy hash_policy request_mirror_policies common_http_protocol_options explicit_http_config use_downstream_protocol_config auto_config upstream_http_protocol_options',
    within: { common_http_protocol_options: UPSTREAM_HTTP },
  },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig': {
    does: 'http_protocol_options http2_protocol_options',
  },
  // Filters
  'envoy.extensions.filters.http.router.v3.Router': {
    does: 'dynamic_stats suppress_envoy_headers upstream_log upstream_log_options start_child_span',
  },
  'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config': {},
  [`${REDIS}.RedisProxy`]: {
    does: [
      'stat_prefix settings prefix_routes latency_in_micros downstream_auth_password downstream_auth_passwords',
      'downstream_auth_username cluster faults custom_commands external_auth_provider protocol_version',
    ].join(' '),
  },
  // The two about flushing: requests of one event-loop turn are sent together, which is sooner than any of their values.
  [`${REDIS}.RedisProxy.ConnPoolSettings`]: {
    does: [
      'op_timeout enable_hashtagging enable_command_stats enable_redirection max_upstream_unknown_connections read_policy',
      'connection_rate_limit dns_cache_config',
    ].join(' '),
    values: { read_policy: 'MASTER PREFER_MASTER REPLICA PREFER_REPLICA ANY' },
    inert: 'max_buffer_size_before_flush buffer_flush_timeout',
  },
  [`${REDIS}.RedisProxy.PrefixRoutes`]: { does: 'routes case_insensitive catch_all_route catch_all_cluster' },
  [`${REDIS}.RedisProxy.PrefixRoutes.Route`]: {
    does: 'prefix remove_prefix cluster request_mirror_policy read_command_policy key_formatter',
  },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy': {
    does: [
      'stat_prefix cluster idle_timeout max_connect_attempts weighted_clusters metadata_match hash_policy max_downstream_connection_duration',
      'access_log access_log_options access_log_flush_interval flush_access_log_on_connected backoff_options',
      'max_downstream_connection_duration_jitter_percentage upstream_connect_mode max_early_data_bytes check_drain_close',
      'tunneling_config proxy_protocol_tlvs proxy_protocol_tlv_merge_policy',
    ].join(' '),
    // Envoy does nothing with them either.
    inert: 'downstream_idle_timeout upstream_idle_timeout',
  },
};
export default entries;
