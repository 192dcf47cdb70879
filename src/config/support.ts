/**
 * What this release does with Envoy's API, one entry per v3 message: `does` lists the fields that are carried out, `inert` those
 * accepted without effect (harmless to ignore; docs/support-matrix.md lists them), `values` the enum values a field may have.
 * A field of Envoy's API that is not here is "known but not supported yet". Whoever adds a feature adds its fields here.
 */

interface Entry {
  /** Field names separated by blanks; `*` means all. */
  readonly does?: string;
  readonly inert?: string;
  readonly values?: Readonly<Record<string, string>>;
}

const CORE = 'envoy.config.core.v3';
const ROUTE = 'envoy.config.route.v3';
const CLUSTER = 'envoy.config.cluster.v3';
const ENDPOINT = 'envoy.config.endpoint.v3';
const LISTENER = 'envoy.config.listener.v3';
const BOOTSTRAP = 'envoy.config.bootstrap.v3';
const TYPE = 'envoy.type';
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3';
const REDIS = 'envoy.extensions.filters.network.redis_proxy.v3';

const MUTATIONS = 'request_headers_to_add request_headers_to_remove response_headers_to_add response_headers_to_remove';

export const SUPPORT: Readonly<Record<string, Entry>> = {
  // Bootstrap
  [`${BOOTSTRAP}.Bootstrap`]: {
    does: 'node static_resources admin stats_flush_interval stats_flush_on_admin',
    inert:
      'enable_dispatcher_stats watchdog watchdogs flags_path header_prefix stats_server_version_override use_tcp_for_dns_lookups node_context_params cluster_manager',
  },
  [`${BOOTSTRAP}.Bootstrap.StaticResources`]: { does: 'listeners clusters' },
  [`${BOOTSTRAP}.Admin`]: { does: 'address access_log_path', inert: 'profile_path ignore_global_conn_limit' },

  // Common
  [`${CORE}.Node`]: {
    does: 'id cluster locality',
    inert:
      'metadata user_agent_name user_agent_version user_agent_build_version extensions client_features listening_addresses dynamic_parameters',
  },
  [`${CORE}.Locality`]: { does: '*' },
  [`${CORE}.Address`]: { does: 'socket_address pipe' },
  [`${CORE}.SocketAddress`]: {
    does: 'protocol address port_value ipv4_compat',
    inert: 'resolver_name',
    values: { protocol: 'TCP' },
  },
  [`${CORE}.Pipe`]: { does: 'path mode' },
  [`${CORE}.Metadata`]: { does: 'filter_metadata' },
  [`${CORE}.RuntimeUInt32`]: { does: 'default_value', inert: 'runtime_key' },
  [`${CORE}.RuntimeDouble`]: { does: 'default_value', inert: 'runtime_key' },
  [`${CORE}.RuntimeFeatureFlag`]: { does: 'default_value', inert: 'runtime_key' },
  [`${CORE}.RuntimeFractionalPercent`]: { does: 'default_value', inert: 'runtime_key' },
  [`${CORE}.TransportSocket`]: { does: 'name typed_config' },
  'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': { does: '*' },
  [`${TYPE}.v3.FractionalPercent`]: { does: '*' },
  [`${TYPE}.v3.Percent`]: { does: '*' },
  [`${TYPE}.v3.Int64Range`]: { does: '*' },
  [`${TYPE}.matcher.v3.RegexMatcher`]: { does: 'google_re2 regex' },
  [`${TYPE}.matcher.v3.RegexMatcher.GoogleRE2`]: { inert: 'max_program_size' },
  [`${TYPE}.matcher.v3.StringMatcher`]: { does: 'exact prefix suffix safe_regex contains ignore_case' },

  // Listeners
  [`${LISTENER}.Listener`]: {
    does: 'name address filter_chains per_connection_buffer_limit_bytes stat_prefix tcp_backlog_size',
    inert:
      'metadata drain_type traffic_direction reuse_port enable_reuse_port tcp_fast_open_queue_length connection_balance_config max_connections_to_accept_per_socket_event ignore_global_conn_limit',
  },
  [`${LISTENER}.FilterChain`]: {
    does: 'filters name transport_socket',
    inert: 'metadata',
  },
  [`${LISTENER}.Filter`]: { does: 'name typed_config' },

  // HTTP connection manager
  [`${HCM}.HttpConnectionManager`]: {
    does: [
      'codec_type stat_prefix route_config http_filters common_http_protocol_options http_protocol_options http2_protocol_options',
      'stream_idle_timeout request_timeout request_headers_timeout delayed_close_timeout drain_timeout max_request_headers_kb',
      'use_remote_address xff_num_trusted_hops skip_xff_append add_user_agent generate_request_id preserve_external_request_id',
      'always_set_request_id_in_response server_name server_header_transformation internal_address_config',
      'proxy_100_continue via',
    ].join(' '),
  },
  [`${HCM}.HttpConnectionManager.InternalAddressConfig`]: { does: 'unix_sockets cidr_ranges' },
  [`${CORE}.CidrRange`]: { does: '*' },
  [`${HCM}.HttpFilter`]: { does: 'name typed_config', inert: 'is_optional' },
  [`${CORE}.HttpProtocolOptions`]: {
    does: 'idle_timeout max_connection_duration max_headers_count max_stream_duration headers_with_underscores_action max_requests_per_connection',
  },
  [`${CORE}.Http1ProtocolOptions`]: {
    does: 'accept_http_10 default_host_for_http_10 allow_absolute_url enable_trailers allow_chunked_length',
    inert: 'override_stream_error_on_invalid_http_message',
  },
  [`${CORE}.Http2ProtocolOptions`]: {
    does: [
      'hpack_table_size max_concurrent_streams initial_stream_window_size initial_connection_window_size connection_keepalive',
      'max_outbound_frames max_outbound_control_frames max_consecutive_inbound_frames_with_empty_payload',
      'max_inbound_priority_frames_per_stream max_inbound_window_update_frames_per_data_frame_sent',
      'stream_error_on_invalid_http_messaging override_stream_error_on_invalid_http_message',
    ].join(' '),
    inert: 'allow_metadata use_oghttp2_codec',
  },
  [`${CORE}.KeepaliveSettings`]: { does: '*' },

  // Routes
  [`${ROUTE}.RouteConfiguration`]: {
    does: `name virtual_hosts validate_clusters most_specific_header_mutations_wins ${MUTATIONS}`,
  },
  [`${ROUTE}.VirtualHost`]: { does: `name domains routes ${MUTATIONS}`, inert: 'metadata' },
  [`${ROUTE}.Route`]: { does: `name match route ${MUTATIONS}`, inert: 'metadata decorator' },
  [`${CORE}.HeaderValueOption`]: { does: 'header append append_action keep_empty_value' },
  [`${CORE}.HeaderValue`]: { does: 'key value' },
  [`${ROUTE}.RouteMatch`]: { does: 'prefix path safe_regex grpc headers case_sensitive' },
  [`${ROUTE}.RouteMatch.GrpcRouteMatchOptions`]: { does: '*' },
  [`${ROUTE}.HeaderMatcher`]: {
    does: 'name exact_match safe_regex_match range_match present_match prefix_match suffix_match contains_match string_match invert_match treat_missing_header_as_empty',
  },
  [`${ROUTE}.RouteAction`]: {
    does: 'cluster cluster_header cluster_not_found_response_code timeout idle_timeout priority max_stream_duration max_grpc_timeout grpc_timeout_offset',
  },
  [`${ROUTE}.RouteAction.MaxStreamDuration`]: { does: '*' },

  // Clusters
  [`${CLUSTER}.Cluster`]: {
    does: [
      'name alt_stat_name type connect_timeout per_connection_buffer_limit_bytes lb_policy load_assignment circuit_breakers',
      'common_http_protocol_options http_protocol_options http2_protocol_options max_requests_per_connection protocol_selection',
      'typed_extension_protocol_options dns_refresh_rate dns_failure_refresh_rate respect_dns_ttl dns_lookup_family',
      'least_request_lb_config maglev_lb_config common_lb_config close_connections_on_host_health_failure',
      'ignore_health_on_host_removal transport_socket upstream_connection_options metadata',
    ].join(' '),
    inert: 'cleanup_interval wait_for_warm_on_init',
    values: {
      type: 'STATIC STRICT_DNS LOGICAL_DNS',
      lb_policy: 'ROUND_ROBIN LEAST_REQUEST RANDOM MAGLEV',
    },
  },
  [`${CLUSTER}.Cluster.RefreshRate`]: { does: '*' },
  [`${CLUSTER}.Cluster.LeastRequestLbConfig`]: { does: 'choice_count active_request_bias' },
  [`${CLUSTER}.Cluster.MaglevLbConfig`]: { does: 'table_size' },
  [`${CLUSTER}.Cluster.CommonLbConfig`]: { does: 'healthy_panic_threshold', inert: 'update_merge_window' },
  [`${CLUSTER}.UpstreamConnectionOptions`]: { does: 'tcp_keepalive' },
  [`${CORE}.TcpKeepalive`]: { does: 'keepalive_time', inert: 'keepalive_probes keepalive_interval' },
  [`${CLUSTER}.CircuitBreakers`]: { does: 'thresholds' },
  [`${CLUSTER}.CircuitBreakers.Thresholds`]: {
    does: 'priority max_connections max_pending_requests max_requests max_retries track_remaining max_connection_pools',
  },
  [`${ENDPOINT}.ClusterLoadAssignment`]: { does: 'cluster_name endpoints policy' },
  [`${ENDPOINT}.ClusterLoadAssignment.Policy`]: { does: 'overprovisioning_factor' },
  [`${ENDPOINT}.LocalityLbEndpoints`]: { does: 'locality lb_endpoints load_balancing_weight priority' },
  [`${ENDPOINT}.LbEndpoint`]: { does: 'endpoint health_status metadata load_balancing_weight' },
  [`${ENDPOINT}.Endpoint`]: { does: 'address hostname' },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    does: 'common_http_protocol_options explicit_http_config use_downstream_protocol_config',
  },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig': {
    does: 'http_protocol_options http2_protocol_options',
  },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig': {
    does: 'http_protocol_options http2_protocol_options',
  },

  // Filters
  'envoy.extensions.filters.http.router.v3.Router': {
    does: 'dynamic_stats suppress_envoy_headers',
    inert: 'start_child_span',
  },
  'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config': { does: '*' },
  [`${REDIS}.RedisProxy`]: { does: 'stat_prefix settings prefix_routes latency_in_micros' },
  [`${REDIS}.RedisProxy.ConnPoolSettings`]: {
    does: 'op_timeout max_buffer_size_before_flush buffer_flush_timeout',
    inert: 'max_upstream_unknown_connections',
  },
  [`${REDIS}.RedisProxy.PrefixRoutes`]: { does: 'catch_all_route' },
  [`${REDIS}.RedisProxy.PrefixRoutes.Route`]: { does: 'cluster' },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy': {
    does: 'stat_prefix cluster idle_timeout max_connect_attempts weighted_clusters hash_policy max_downstream_connection_duration',
  },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster': { does: 'clusters' },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight': { does: 'name weight' },
  [`${TYPE}.v3.HashPolicy`]: { does: 'source_ip' },
  [`${TYPE}.v3.HashPolicy.SourceIp`]: { does: '*' },
};

/** One message's entry; lists are searched as text, which for a few lookups at start is cheaper than an index. */
export class SupportEntry {
  readonly #does: string;
  readonly #inert: string;
  readonly #values: Readonly<Record<string, string>> | undefined;

  constructor(entry: Entry) {
    this.#does = ` ${entry.does ?? ''} `;
    this.#inert = ` ${entry.inert ?? ''} `;
    this.#values = entry.values;
  }

  has(field: string): boolean {
    return this.#does === ' * ' || this.#does.includes(` ${field} `) || this.isInert(field);
  }

  isInert(field: string): boolean {
    return this.#inert.includes(` ${field} `);
  }

  /** The enum values this release does; undefined = all of the type's. */
  values(field: string): ReadonlySet<string> | undefined {
    const list = this.#values?.[field];
    return list === undefined ? undefined : new Set(list.split(' '));
  }
}

const entries = new Map<string, SupportEntry>();

/** Undefined: nothing of this message is supported. */
export function supportOf(message: string): SupportEntry | undefined {
  let entry = entries.get(message);
  if (entry === undefined && Object.hasOwn(SUPPORT, message)) {
    entry = new SupportEntry(SUPPORT[message]);
    entries.set(message, entry);
  }
  return entry;
}
