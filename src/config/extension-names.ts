/**
 * Extension names → message types: what `typed_config: {}`, no typed_config at all, and v2's untyped `config:` mean. Envoy 1.16
 * registers each factory under its full name and, where there was one, under the short name of the v1 days (source/extensions/
 * .../well_known_names.h, deprecated names). 1.40 wants an "@type" for nearly all of them; 1.16's leniency is kept.
 */

const HTTP: Record<string, string> = {
  adaptive_concurrency: 'AdaptiveConcurrency',
  admission_control: 'AdmissionControl',
  aws_lambda: 'Config',
  aws_request_signing: 'AwsRequestSigning',
  buffer: 'Buffer',
  cache: 'CacheConfig',
  compressor: 'Compressor',
  cors: 'Cors',
  csrf: 'CsrfPolicy',
  decompressor: 'Decompressor',
  dynamic_forward_proxy: 'FilterConfig',
  dynamo: 'Dynamo',
  ext_authz: 'ExtAuthz',
  fault: 'HTTPFault',
  grpc_http1_bridge: 'Config',
  grpc_http1_reverse_bridge: 'FilterConfig',
  grpc_json_transcoder: 'GrpcJsonTranscoder',
  grpc_stats: 'FilterConfig',
  grpc_web: 'GrpcWeb',
  gzip: 'Gzip',
  header_to_metadata: 'Config',
  health_check: 'HealthCheck',
  ip_tagging: 'IPTagging',
  jwt_authn: 'JwtAuthentication',
  local_ratelimit: 'LocalRateLimit',
  lua: 'Lua',
  on_demand: 'OnDemand',
  original_src: 'OriginalSrc',
  ratelimit: 'RateLimit',
  rbac: 'RBAC',
  router: 'Router',
  squash: 'Squash',
  tap: 'Tap',
  wasm: 'Wasm',
};

const NETWORK: Record<string, string> = {
  client_ssl_auth: 'ClientSSLAuth',
  direct_response: 'Config',
  dubbo_proxy: 'DubboProxy',
  echo: 'Echo',
  ext_authz: 'ExtAuthz',
  http_connection_manager: 'HttpConnectionManager',
  kafka_broker: 'KafkaBroker',
  local_ratelimit: 'LocalRateLimit',
  mongo_proxy: 'MongoProxy',
  mysql_proxy: 'MySQLProxy',
  ratelimit: 'RateLimit',
  rbac: 'RBAC',
  redis_proxy: 'RedisProxy',
  rocketmq_proxy: 'RocketmqProxy',
  sni_cluster: 'SniCluster',
  sni_dynamic_forward_proxy: 'FilterConfig',
  tcp_proxy: 'TcpProxy',
  thrift_proxy: 'ThriftProxy',
  wasm: 'Wasm',
  zookeeper_proxy: 'ZooKeeperProxy',
};

const LISTENER: Record<string, string> = {
  http_inspector: 'HttpInspector',
  original_dst: 'OriginalDst',
  original_src: 'OriginalSrc',
  proxy_protocol: 'ProxyProtocol',
  tls_inspector: 'TlsInspector',
};

/** Names outside the three families above. */
const OTHERS: Record<string, string> = {
  'envoy.access_loggers.file': 'envoy.extensions.access_loggers.file.v3.FileAccessLog',
  'envoy.access_loggers.http_grpc': 'envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig',
  'envoy.access_loggers.tcp_grpc': 'envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig',
  'envoy.access_loggers.wasm': 'envoy.extensions.access_loggers.wasm.v3.WasmAccessLog',
  'envoy.clusters.aggregate': 'envoy.extensions.clusters.aggregate.v3.ClusterConfig',
  'envoy.clusters.dynamic_forward_proxy': 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig',
  'envoy.clusters.redis': 'envoy.extensions.clusters.redis.v3.RedisClusterConfig',
  'envoy.filters.dubbo.router': 'envoy.extensions.filters.network.dubbo_proxy.router.v3.Router',
  'envoy.filters.network.postgres_proxy': 'envoy.extensions.filters.network.postgres_proxy.v3alpha.PostgresProxy',
  'envoy.filters.thrift.rate_limit': 'envoy.extensions.filters.network.thrift_proxy.filters.ratelimit.v3.RateLimit',
  'envoy.filters.thrift.router': 'envoy.extensions.filters.network.thrift_proxy.router.v3.Router',
  'envoy.filters.udp.dns_filter': 'envoy.extensions.filters.udp.dns_filter.v3.DnsFilterConfig',
  'envoy.filters.udp_listener.udp_proxy': 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig',
  'envoy.health_checkers.redis': 'envoy.extensions.health_checkers.redis.v3.Redis',
  'envoy.resource_monitors.fixed_heap': 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
  'envoy.resource_monitors.injected_resource':
    'envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig',
  'envoy.retry_host_predicates.omit_canary_hosts':
    'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate',
  'envoy.retry_host_predicates.omit_host_metadata':
    'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig',
  'envoy.retry_host_predicates.previous_hosts': 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
  'envoy.retry_priorities.previous_priorities':
    'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
  'envoy.stat_sinks.dog_statsd': 'envoy.config.metrics.v3.DogStatsdSink',
  'envoy.stat_sinks.hystrix': 'envoy.config.metrics.v3.HystrixSink',
  'envoy.stat_sinks.metrics_service': 'envoy.config.metrics.v3.MetricsServiceConfig',
  'envoy.stat_sinks.statsd': 'envoy.config.metrics.v3.StatsdSink',
  'envoy.tracers.datadog': 'envoy.config.trace.v3.DatadogConfig',
  'envoy.tracers.dynamic_ot': 'envoy.config.trace.v3.DynamicOtConfig',
  'envoy.tracers.lightstep': 'envoy.config.trace.v3.LightstepConfig',
  'envoy.tracers.opencensus': 'envoy.config.trace.v3.OpenCensusConfig',
  'envoy.tracers.skywalking': 'envoy.config.trace.v3.SkyWalkingConfig',
  'envoy.tracers.xray': 'envoy.config.trace.v3.XRayConfig',
  'envoy.tracers.zipkin': 'envoy.config.trace.v3.ZipkinConfig',
  'envoy.transport_sockets.alts': 'envoy.extensions.transport_sockets.alts.v3.Alts',
  'envoy.transport_sockets.raw_buffer': 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
  'envoy.transport_sockets.tap': 'envoy.extensions.transport_sockets.tap.v3.Tap',
};

/** v1-era name → today's name. */
const SHORT: Record<string, string> = {
  'envoy.buffer': 'envoy.filters.http.buffer',
  'envoy.client_ssl_auth': 'envoy.filters.network.client_ssl_auth',
  'envoy.cors': 'envoy.filters.http.cors',
  'envoy.csrf': 'envoy.filters.http.csrf',
  'envoy.dog_statsd': 'envoy.stat_sinks.dog_statsd',
  'envoy.dynamic.ot': 'envoy.tracers.dynamic_ot',
  'envoy.echo': 'envoy.filters.network.echo',
  'envoy.ext_authz': 'envoy.filters.http.ext_authz',
  'envoy.fault': 'envoy.filters.http.fault',
  'envoy.file_access_log': 'envoy.access_loggers.file',
  'envoy.grpc_http1_bridge': 'envoy.filters.http.grpc_http1_bridge',
  'envoy.grpc_json_transcoder': 'envoy.filters.http.grpc_json_transcoder',
  'envoy.grpc_web': 'envoy.filters.http.grpc_web',
  'envoy.gzip': 'envoy.filters.http.gzip',
  'envoy.health_check': 'envoy.filters.http.health_check',
  'envoy.http_connection_manager': 'envoy.filters.network.http_connection_manager',
  'envoy.http_dynamo_filter': 'envoy.filters.http.dynamo',
  'envoy.http_grpc_access_log': 'envoy.access_loggers.http_grpc',
  'envoy.ip_tagging': 'envoy.filters.http.ip_tagging',
  'envoy.lightstep': 'envoy.tracers.lightstep',
  'envoy.listener.http_inspector': 'envoy.filters.listener.http_inspector',
  'envoy.listener.original_dst': 'envoy.filters.listener.original_dst',
  'envoy.listener.original_src': 'envoy.filters.listener.original_src',
  'envoy.listener.proxy_protocol': 'envoy.filters.listener.proxy_protocol',
  'envoy.listener.tls_inspector': 'envoy.filters.listener.tls_inspector',
  'envoy.local_rate_limit': 'envoy.filters.http.local_ratelimit',
  'envoy.lua': 'envoy.filters.http.lua',
  'envoy.metrics_service': 'envoy.stat_sinks.metrics_service',
  'envoy.mongo_proxy': 'envoy.filters.network.mongo_proxy',
  'envoy.rate_limit': 'envoy.filters.http.ratelimit',
  'envoy.ratelimit': 'envoy.filters.network.ratelimit',
  'envoy.redis_proxy': 'envoy.filters.network.redis_proxy',
  'envoy.router': 'envoy.filters.http.router',
  'envoy.squash': 'envoy.filters.http.squash',
  'envoy.statsd': 'envoy.stat_sinks.statsd',
  'envoy.tcp_grpc_access_log': 'envoy.access_loggers.tcp_grpc',
  'envoy.tcp_proxy': 'envoy.filters.network.tcp_proxy',
  'envoy.zipkin': 'envoy.tracers.zipkin',
  raw_buffer: 'envoy.transport_sockets.raw_buffer',
  tls: 'envoy.transport_sockets.tls',
};

/** Where the message that configures a filter per route is another than the filter's own. */
const PER_ROUTE: Record<string, string> = {
  'envoy.filters.http.buffer': 'envoy.extensions.filters.http.buffer.v3.BufferPerRoute',
  'envoy.filters.http.dynamic_forward_proxy': 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig',
  'envoy.filters.http.ext_authz': 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
  'envoy.filters.http.grpc_http1_reverse_bridge':
    'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfigPerRoute',
  'envoy.filters.http.lua': 'envoy.extensions.filters.http.lua.v3.LuaPerRoute',
  'envoy.filters.http.rbac': 'envoy.extensions.filters.http.rbac.v3.RBACPerRoute',
};

const PROTOCOL_OPTIONS: Record<string, string> = {
  'envoy.filters.network.redis_proxy': 'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions',
  'envoy.filters.network.thrift_proxy': 'envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions',
};

/** Messages that stand for an extension by its name: without a typed_config the name must be a registered one. */
export const NAMED_EXTENSIONS: ReadonlySet<string> = new Set([
  'envoy.config.accesslog.v3.AccessLog',
  'envoy.config.cluster.v3.Cluster.CustomClusterType',
  'envoy.config.core.v3.HealthCheck.CustomHealthCheck',
  'envoy.config.core.v3.TransportSocket',
  'envoy.config.listener.v3.Filter',
  'envoy.config.listener.v3.ListenerFilter',
  'envoy.config.metrics.v3.StatsSink',
  'envoy.config.route.v3.RetryPolicy.RetryHostPredicate',
  'envoy.config.route.v3.RetryPolicy.RetryPriority',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
]);

/** Messages that carry another message's name and fields. */
export const TYPED_STRUCTS: ReadonlySet<string> = new Set(['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct']);

/** Today's name of an extension; short v1-era names are translated. */
export function canonicalName(name: string): string {
  return Object.hasOwn(SHORT, name) ? SHORT[name] : name;
}

/** Every name with a registered type, old and new: candidates for a mistyped one. */
export function registeredNames(): string[] {
  const names = [...Object.keys(OTHERS), ...Object.keys(SHORT)];
  for (const [family, types] of Object.entries({ http: HTTP, network: NETWORK, listener: LISTENER })) {
    for (const filter of Object.keys(types)) names.push(`envoy.filters.${family}.${filter}`);
  }
  return names;
}

/** Where the same name means one message for listeners and another for clusters. */
const TLS: Record<string, string> = {
  'envoy.config.cluster.v3.Cluster': 'UpstreamTlsContext',
  'envoy.config.listener.v3.FilterChain': 'DownstreamTlsContext',
};

/** The message type registered for a name; `place`: the message it stands in, or the v2 field a map of untyped configs stood in. */
export function defaultExtension(name: string, place = ''): string | undefined {
  const full = canonicalName(name);
  if (place === 'per_filter_config' && Object.hasOwn(PER_ROUTE, full)) return PER_ROUTE[full];
  if (place === 'extension_protocol_options')
    return Object.hasOwn(PROTOCOL_OPTIONS, full) ? PROTOCOL_OPTIONS[full] : undefined;
  if (Object.hasOwn(OTHERS, full)) return OTHERS[full];
  if (full === 'envoy.transport_sockets.tls' && Object.hasOwn(TLS, place)) {
    return `envoy.extensions.transport_sockets.tls.v3.${TLS[place]}`;
  }
  const match = /^envoy\.filters\.(http|network|listener)\.(\w+)$/.exec(full);
  if (match === null) return undefined;
  const [, family, filter] = match;
  const types = family === 'http' ? HTTP : family === 'network' ? NETWORK : LISTENER;
  return Object.hasOwn(types, filter) ? `envoy.extensions.filters.${family}.${filter}.v3.${types[filter]}` : undefined;
}
