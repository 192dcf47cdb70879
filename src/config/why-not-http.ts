/**
 * Fields of routes, of the HTTP connection manager and its codecs, of the router, RBAC and matchers that this release refuses, and one sentence each
 * that says why. Loaded with why-not-fields.ts.
 */

const CORE = 'envoy.config.core.v3';
const FILTERS = 'envoy.extensions.filters.http';
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3';
const ROUTE = 'envoy.config.route.v3';

const NO_XDS = 'it comes from a management server, and this release reads files';
export const NO_QUIC = 'Node.js has no QUIC that is ready for use';
export const HIDDEN = "Envoy's documentation hides it, and nobody has asked for it";
const RESETS = "how many streams a client may reset is bounded by their share (runtime's overload.premature_reset_*)";
const SPECIFIERS =
  "what stands there in Envoy's build loads a shared library of machine code, and this process is Node.js";
const NO_CREDENTIALS =
  'google_grpc is asked through a cluster without TLS; envoy_grpc names one that may have a transport_socket';
const NO_CHANNEL = 'they are settings of another client of gRPC; google_grpc is asked through a cluster';
const NO_RETRY_POLICY = "Envoy's build has no extension that could stand there; retry_policy is there";
const NO_C = 'it names libraries of machine code, and what runs scripts is JavaScript; package_paths is there';

export const HTTP_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`${CORE}.GrpcService.GoogleGrpc`]: {
    channel_credentials: NO_CREDENTIALS,
    channel_credentials_plugin: NO_CREDENTIALS,
    call_credentials: NO_CREDENTIALS,
    call_credentials_plugin: NO_CREDENTIALS,
    credentials_factory_name: NO_CREDENTIALS,
    config: NO_CREDENTIALS,
    per_stream_buffer_limit_bytes: NO_CHANNEL,
    channel_args: NO_CHANNEL,
  },
  [`${CORE}.Http2ProtocolOptions`]: {
    allow_metadata:
      'METADATA is a kind of frame that only Envoys exchange, and is passed over here as by everybody else',
    custom_settings_parameters: 'settings that the codec does not use itself are not sent',
    disallow_obs_text: 'bytes beyond ASCII in a value are taken, as Envoy takes them without this field',
    enable_huffman_encoding: 'a text of a header block is written in the shorter of both forms',
    max_header_field_size_kb: 'a header block is bounded as a whole (max_request_headers_kb)',
    max_metadata_size: 'METADATA frames are passed over',
    stream_reset_burst: RESETS,
    stream_reset_rate: RESETS,
  },
  [`${HCM}.HttpConnectionManager`]: {
    add_proxy_protocol_connection_state:
      "what a client's PROXY header said is told to hosts by the clusters that write such headers (upstream_proxy_protocol), and to no others",
    forward_client_cert_matcher:
      'forward_client_cert_details says for all requests of a connection manager what becomes of x-forwarded-client-cert',
    forward_proto_config: 'x-forwarded-proto and :scheme are set by the rules that Envoy has without this field',
    http3_protocol_options: NO_QUIC,
    proxy_status_config:
      'the Proxy-Status header has not been built; %RESPONSE_CODE_DETAILS% and %RESPONSE_FLAGS% of a log, or of a header, say the same',
    rds: NO_XDS,
    record_route_resolution_stats: 'statistics of how often routes are looked up have not been built',
    scoped_routes:
      'one connection manager has one table of routes; virtual hosts, headers and trees of matchers choose in it',
    typed_header_validation_config: "Envoy's released build has no validator of headers that could stand there",
  },
  [`${HCM}.HttpFilter`]: { config_discovery: NO_XDS },
  [`${ROUTE}.RouteConfiguration`]: { vhds: NO_XDS, route_specifiers: SPECIFIERS },
  [`${ROUTE}.VirtualHost`]: { retry_policy_typed_config: NO_RETRY_POLICY, route_specifiers: SPECIFIERS },
  [`${ROUTE}.Route`]: {
    filter_action: HIDDEN,
    route_specifiers: SPECIFIERS,
    stat_prefix: 'statistics of single routes have not been built; virtual_clusters have some',
  },
  [`${ROUTE}.RouteAction`]: {
    flush_timeout: 'stream_flush_timeout of the connection manager says it for all routes',
    retry_policy_typed_config: NO_RETRY_POLICY,
  },
  [`${ROUTE}.RetryPolicy`]: {
    refresh_cluster_on_retry: 'a further try goes to the cluster that the request was sent to first',
    retry_options_predicates: 'what they choose are options of a socket for a further try, which Node.js has few of',
  },
  [`${ROUTE}.RouteAction.UpgradeConfig.ConnectConfig`]: {
    proxy_protocol_config:
      'upstream_proxy_protocol of the cluster writes a PROXY header, before whatever goes to its hosts',
  },
  [`${FILTERS}.lua.v3.Lua`]: { package_cpaths: NO_C },
  [`${FILTERS}.lua.v3.LuaPerRoute`]: { package_cpaths: NO_C },
  [`${FILTERS}.router.v3.Router`]: {
    reject_connect_request_early_data:
      'what a client sends behind a CONNECT before it is answered goes on, as in Envoy without this field',
    respect_expected_rq_timeout:
      "x-envoy-expected-rq-timeout-ms is the proxy's own word to hosts, whatever a client says",
    strict_check_headers: 'an x-envoy- header that is malformed is passed over, as in Envoy without this field',
    suppress_grpc_request_failure_code_stats:
      'whoever reads the statistics leaves out what is not wanted; stats_matcher is there',
    upstream_http_filters: 'filters stand before the router; there is no chain behind it',
  },
  'envoy.config.rbac.v3.Permission': {
    matcher: 'what it goes by (upstream_ip_port) is known only after a host was chosen, and rules are asked before',
  },
  'envoy.config.rbac.v3.Principal': {
    custom: 'Envoy has mtls_authenticated for it; `authenticated` goes by certificates',
  },
  'envoy.config.rbac.v3.RBAC': {
    audit_logging_options:
      'access logs tell what rules decided: RESPONSE_CODE_DETAILS, and what the filter notes as metadata',
  },
  'xds.type.matcher.v3.StringMatcher': {
    custom: "what Envoy's build has for it is a script in Lua; safe_regex is there",
  },
};
