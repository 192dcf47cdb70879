/**
 * Fields and extensions of clusters, of what stands in them, of TLS, HTTP filters and listeners that this release refuses, and one sentence each that says why.
 * Loaded with left-out.ts, when something unsupported was met.
 */

import { HIDDEN, HTTP_FIELDS, NO_QUIC } from './why-not-http.ts';

const CLUSTER = 'envoy.config.cluster.v3';
const BOOTSTRAP = 'envoy.config.bootstrap.v3';
const CORE = 'envoy.config.core.v3';
const ENDPOINT = 'envoy.config.endpoint.v3';
const HTTP = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

const NO_AWS = 'it signs with credentials of the AWS SDK, which is not part of this program';
const NO_XDS = 'it comes from, or goes to, a management server, and this release reads files';
const NO_SOCKET_OPTION =
  'Node.js sets a few options of a socket only: upstream_connection_options.tcp_keepalive is there';
const OWN_CARES = 'Node.js makes the c-ares channel and has no such setting';
const TLS = 'envoy.extensions.transport_sockets.tls.v3';
/** In the place of what says who is taken. */
const NOT_READ = 'nothing of Envoy reads it, which then takes every peer; validation_context says who is taken';
const NO_INNER_CHAIN = 'one filter stands in its place: chains inside of a filter have not been built';
const NO_EXT_PROC_EXTENSION =
  "Envoy's build has one, for its own tests and for attributes, and it has not been built here";

const DISCOVERED = 'it is discovered over a stream of a management server, and this release reads files: typed_config';
const FORMATTERS = "the operators of Envoy's formatters are built in, and there are no others";
const FILTERS = 'envoy.extensions.filters';
const LISTENER = 'envoy.config.listener.v3';

/** Of listeners, and of the filters of connections and datagrams. */
const LISTENERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`${CORE}.SocketAddress`]: {
    named_port: 'names of ports are looked up by a resolver of its own, and there is none',
    network_namespace_filepath: 'Node.js cannot make a socket in another network namespace',
    resolver_name: 'there is no other resolver of addresses than that of IP addresses',
  },
  [`${CORE}.SocketOption`]: {
    ip_version: 'an option is for all sockets of its listener or for none',
    type: 'an option is for all sockets of its listener or for none',
  },
  [`${LISTENER}.Filter`]: { config_discovery: DISCOVERED },
  [`${LISTENER}.Listener`]: {
    api_listener: 'it is for programs that have Envoy within them, and nobody could reach it here',
    enable_mptcp: 'Node.js cannot make sockets of MPTCP',
    fcds_config: NO_XDS,
    freebind: 'Node.js cannot bind a socket to an address that is not there (IP_FREEBIND)',
    stats_matcher: 'stats_config.stats_matcher of the bootstrap says for all listeners which statistics there are',
    transparent: 'Node.js cannot set IP_TRANSPARENT, by which connections come that were meant for others',
    use_original_dst:
      'Node.js cannot read the socket option SO_ORIGINAL_DST, by which iptables says where a connection was going',
  },
  [`${LISTENER}.ListenerFilter`]: { config_discovery: DISCOVERED },
  [`${LISTENER}.UdpListenerConfig`]: { quic_options: NO_QUIC },
  [`${FILTERS}.network.ext_authz.v3.ExtAuthz`]: {
    send_tls_alert_on_denial: 'Node.js has no call that sends an alert of TLS',
    shadow_mode: 'a service that is asked and not listened to has not been built; failure_mode_allow is there',
  },
  [`${FILTERS}.network.tcp_proxy.v3.TcpProxy`]: { on_demand: NO_XDS },
  [`${FILTERS}.network.tcp_proxy.v3.TcpProxy.TunnelingConfig`]: { formatters: FORMATTERS },
  [`${FILTERS}.udp.udp_proxy.v3.UdpProxyConfig`]: {
    use_original_src_ip: 'Node.js cannot set IP_TRANSPARENT, by which a socket has an address that is not its own',
  },
  [`${FILTERS}.udp.udp_proxy.v3.UdpProxyConfig.SessionFilter`]: { config_discovery: DISCOVERED },
  [`${FILTERS}.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig`]: { formatters: FORMATTERS },
};

export const WHY_NOT_FIELD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...LISTENERS,
  ...HTTP_FIELDS,
  [`${BOOTSTRAP}.Bootstrap`]: {
    certificate_provider_instances: 'nothing of Envoy reads it; secrets, and SDS from files, are there',
    config_sources: NO_XDS,
    default_config_source: NO_XDS,
    deferred_stat_options:
      'it keeps statistics from being listed before they are used, to save memory; a matcher (stats_config) saves more',
    dynamic_resources: NO_XDS,
    fatal_actions:
      'they run in the handler of a crash of native code; a defect of this program is logged with its stack',
    hds_config: `${NO_XDS}: health checks stand in the clusters`,
    header_prefix: 'headers of its own begin with x-envoy-',
    inline_headers:
      'Envoy joins repeated values of such a header into one, so that its filters find it faster, and nothing here is slow without',
    use_tcp_for_dns_lookups: 'Node.js asks DNS over UDP, and over TCP only where an answer was cut off',
    xds_config_tracker_extension: NO_XDS,
    xds_delegate_extension: NO_XDS,
  },
  [`${BOOTSTRAP}.ClusterManager`]: { load_stats_config: NO_XDS },
  [`${BOOTSTRAP}.RuntimeLayer`]: { rtds_layer: NO_XDS },
  'envoy.extensions.network.socket_interface.v3.DefaultSocketInterface': {
    io_uring_options: "sockets are libuv's, which has its own way to the kernel",
  },
  [`${CORE}.ConfigSource`]: {
    ads: NO_XDS,
    api_config_source: NO_XDS,
    self: NO_XDS,
  },
  [`${CLUSTER}.Cluster`]: {
    filters: 'filters of connections to hosts have no place to stand in: the codec reads the socket itself',
    lrs_report_endpoint_metrics: NO_XDS,
    lrs_server: NO_XDS,
    per_connection_buffer_high_watermark_timeout:
      "a stream's timeouts (route.timeout, stream_idle_timeout) end what does not move; connections to hosts have none of their own",
    queuing_policies: 'requests that wait for a connection are served in the order in which they came',
    stats_matcher: 'stats_config.stats_matcher of the bootstrap says for all clusters which statistics there are',
    track_cluster_stats: 'histograms of sizes and of timeout budgets have not been built',
    track_timeout_budgets: 'histograms of timeout budgets have not been built',
    transport_socket_matcher:
      'transport_socket_matches chooses by the metadata of hosts; trees of matchers have not been built here',
    upstream_config: 'the pool follows from the request: HTTP to HTTP, and CONNECT that is ended here to TCP',
    use_tcp_for_dns_lookups: 'Node.js asks DNS over UDP, and over TCP only where an answer was cut off',
  },
  [`${CLUSTER}.Cluster.PreconnectPolicy`]: {
    preconnect_enabled_metadata: 'connections ahead are for all hosts of a cluster or for none',
  },
  [`${CLUSTER}.CircuitBreakers.Thresholds.RetryBudget`]: {
    budget_interval: 'the budget is a share of the requests that are under way, as Envoy has it without this field',
  },
  [`${CLUSTER}.OutlierDetection`]: { monitors: HIDDEN },
  [`${CLUSTER}.UpstreamConnectionOptions`]: {
    set_local_interface_name_on_upstream_connections:
      'it costs a look at the interfaces for each connection, for the sake of a log',
  },
  [`${ENDPOINT}.ClusterLoadAssignment`]: { named_endpoints: HIDDEN },
  [`${ENDPOINT}.LocalityLbEndpoints`]: { leds_cluster_locality_config: NO_XDS, load_balancer_endpoints: HIDDEN },
  [`${ENDPOINT}.LbEndpoint`]: { endpoint_name: HIDDEN },
  [`${ENDPOINT}.Endpoint`]: { observability_name: 'statistics of single endpoints have not been built' },
  [`${CORE}.HealthCheck`]: { event_service: HIDDEN, name: 'a check is known by its cluster' },
  [`${CORE}.HealthCheck.HttpHealthCheck`]: {
    codec_client_type: NO_QUIC,
    use_alpn_protocol: 'codec_client_type says which protocol a check speaks; by ALPN has not been built',
  },
  [`${CORE}.HealthCheck.TcpHealthCheck`]: { proxy_protocol_config: 'a PROXY header before a check has not been built' },
  [`${CORE}.BindConfig`]: {
    freebind: 'Node.js cannot bind a socket to an address that is not there (IP_FREEBIND)',
    local_address_selector: "addresses are chosen as Envoy's default selector chooses them",
    socket_options: NO_SOCKET_OPTION,
    validate_network_namespaces: 'Node.js cannot change its network namespace',
  },
  [`${CORE}.ExtraSourceAddress`]: { socket_options: NO_SOCKET_OPTION },
  [`${CORE}.DnsResolverOptions`]: {
    use_tcp_for_dns_lookups: 'Node.js asks DNS over UDP, and over TCP only where an answer was cut off',
  },
  [`${HTTP}`]: {
    header_validation_config: HIDDEN,
    http_filters: 'filters stand before the router; there is no chain behind it',
    outlier_detection: 'which answers count as errors of a host cannot be chosen: 5xx do',
  },
  [`${HTTP}.AutoHttpConfig`]: { alternate_protocols_cache_options: NO_QUIC, http3_protocol_options: NO_QUIC },
  [`${HTTP}.ExplicitHttpConfig`]: { http3_protocol_options: NO_QUIC },
  [`${HTTP}.UseDownstreamHttpConfig`]: { http3_protocol_options: NO_QUIC },
  'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig': {
    allow_coalesced_connections: 'a connection is used for the name that it was made for and for no other',
    sub_clusters_config: 'a name has its hosts in one cluster; clusters of their own for names have not been built',
  },
  'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig': {
    key_value_config: 'what was looked up is not kept over a restart',
    resolved_address_filter: 'addresses are taken as DNS gives them',
    use_tcp_for_dns_lookups: 'Node.js asks DNS over UDP, and over TCP only where an answer was cut off',
  },
  'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit': {
    enable_response_trailers:
      'how long a message was held back stands in the histograms; trailers that say it have not been built',
    response_trailer_prefix: 'it is for enable_response_trailers, which has not been built',
  },
  'envoy.extensions.filters.http.composite.v3.Composite': { named_filter_chains: NO_INNER_CHAIN },
  'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction': {
    dynamic_config: NO_XDS,
    filter_chain: NO_INNER_CHAIN,
    filter_chain_name: NO_INNER_CHAIN,
  },
  'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig': {
    sub_cluster_config: 'a name has its hosts in one cluster; clusters of their own for names have not been built',
  },
  'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor': {
    http_service: "Envoy's own is not finished: it sends headers alone; a processor is asked over gRPC here",
    on_processing_response: NO_EXT_PROC_EXTENSION,
    processing_request_modifier: NO_EXT_PROC_EXTENSION,
  },
  'envoy.extensions.filters.http.ext_proc.v3.ExtProcOverrides': {
    processing_request_modifier: NO_EXT_PROC_EXTENSION,
  },
  'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config': {
    ignore_query_parameters: 'it is for upgrade_protobuf_to_grpc, which has not been built',
    upgrade_protobuf_to_grpc: 'what comes is passed on as it is: putting protobuf into gRPC frames has not been built',
  },
  'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig': {
    response_size_header:
      'the frame of an answer is made when all of it has come; by a header of the host has not been built',
  },
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': {
    local_cluster_rate_limit:
      'buckets are for this proxy alone; dividing them by the number of hosts of local_cluster_name has not been built',
  },
  'envoy.extensions.filters.http.on_demand.v3.OnDemand': { odcds: NO_XDS },
  'envoy.extensions.filters.http.on_demand.v3.PerRouteConfig': { odcds: NO_XDS },
  'envoy.extensions.filters.http.set_metadata.v3.Metadata': {
    typed_value: 'no format shows typed metadata of a request, and no service here is told of it; value is there',
  },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions': { aws_iam: NO_AWS },
  'envoy.extensions.health_checkers.redis.v3.Redis': { aws_iam: NO_AWS },
  'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy': {
    modify_request_headers_action: "Envoy's build has no extension for it; request_headers_to_add is there",
  },
  'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig': {
    edns0_max_payload_size: OWN_CARES,
    max_udp_channel_duration: OWN_CARES,
    qcache_max_ttl: OWN_CARES,
    reinit_channel_on_timeout: OWN_CARES,
    rotate_nameservers: OWN_CARES,
    udp_max_queries: OWN_CARES,
  },
  [`${TLS}.CertificateValidationContext`]: { ca_certificate_provider_instance: NOT_READ },
  [`${TLS}.CommonTlsContext`]: {
    custom_handshaker:
      "Envoy's build has one, which loads a shared library of machine code, and this process is Node.js",
    custom_tls_certificate_selector:
      'Envoy has one, which asks a server of secrets (SDS) in the middle of a handshake; secrets come from files here',
    validation_context_certificate_provider: NOT_READ,
    validation_context_certificate_provider_instance: NOT_READ,
  },
  [`${TLS}.CommonTlsContext.CombinedCertificateValidationContext`]: {
    validation_context_certificate_provider: NOT_READ,
    validation_context_certificate_provider_instance: NOT_READ,
  },
  [`${TLS}.SPIFFECertValidatorConfig.TrustDomain`]: {
    workload_trust_domain:
      'it goes by filter state that a listener filter sets before the handshake, and none here does',
  },
  [`${TLS}.TlsCertificate`]: {
    private_key_provider: "Envoy's build has none; those of its contrib build are a machine's own accelerators",
  },
};

/** Undefined where there is nothing more to say than that it is not there. */
export function whyNotField(message: string, field: string): string | undefined {
  const row = Object.hasOwn(WHY_NOT_FIELD, message) ? WHY_NOT_FIELD[message] : undefined;
  return row !== undefined && Object.hasOwn(row, field) ? row[field] : undefined;
}

export const NO_MODULES = "it loads a shared library of machine code into Envoy's process, and this process is Node.js";
const NO_ORCA =
  'hosts are weighed by their own reports of load (ORCA), which this release does not read; load_balancing_weight, slow start and least_request are there';
const NOT_IN_ENVOY = "Envoy's own 1.40 has it not either: its API names it, the program does not know it";

/** By the package of an extension's config. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'clusters.composite':
    'which cluster a further try goes to cannot be chosen: aggregate, and priorities within a cluster, are there',
  'clusters.dynamic_modules': NO_MODULES,
  'clusters.mcp_multicluster': 'it is for tools of language models (MCP), and nobody has asked for it',
  'clusters.reverse_connection': 'it uses connections that hosts have made to the proxy, and nobody has asked for it',
  'health_checkers.dynamic_modules': NO_MODULES,
  'health_checkers.thrift': 'this release speaks no Thrift',
  'health_checkers.udp': 'Envoy 1.40 takes it for clusters of UDP hosts only, and nobody has asked for it',
  'load_balancing_policies.client_side_weighted_round_robin': NO_ORCA,
  'load_balancing_policies.dynamic_modules': NO_MODULES,
  'load_balancing_policies.load_aware_locality': NO_ORCA,
  'load_balancing_policies.pick_first': NOT_IN_ENVOY,
  'load_balancing_policies.random_subsetting': NOT_IN_ENVOY,
  'load_balancing_policies.wrr_locality': `in Envoy it holds client_side_weighted_round_robin and nothing else: ${NO_ORCA}`,
  'network.dns_resolver.apple': "it is macOS's resolver",
  'network.dns_resolver.getaddrinfo':
    'getaddrinfo waits in threads of which there are four, for files too; hosts file, search list and ndots are honoured without it',
  'network.dns_resolver.hickory': 'it is a resolver written in Rust, for DNS over TLS and HTTPS; cares is there',
  'outlier_detection_monitors.consecutive_errors': NOT_IN_ENVOY,
};

/** Of an extension that stands in a cluster; `type`: a message of its package. */
export function whyNotExtension(type: string): string | undefined {
  const name = /^envoy\.extensions\.([\w.]+?)\.v3\./.exec(type)?.[1] ?? '';
  return Object.hasOwn(EXTENSIONS, name) ? EXTENSIONS[name] : undefined;
}
