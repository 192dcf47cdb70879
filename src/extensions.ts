/**
 * One row an extension that is built: what its config is, where it stands, what it is called, and how its module is loaded. Nothing is
 * imported but types, so every layer may read the table: the config reader finds a type by its name, the listener its module, build/bundle.ts
 * what a start loads. A new filter is one file and one row here; what Envoy has beside them is in config/known-extensions.ts.
 */
import type { ExtensionRow } from './config/extension-row.ts';
import type { Messages } from './config/schema/types.ts';

/** What a module exports: `config` is the message of the row's type. What `create` returns depends on the kind; it may be a promise. */
export interface BuiltModule<C> {
  create(config: C, ctx: never): unknown;
}

export interface Extension extends ExtensionRow {
  /** Its module is in what every start loads (core.code.js). */
  readonly core?: boolean;
  /** Absent: what it does stands with what uses it. */
  readonly load?: () => Promise<BuiltModule<never>>;
}

/** Ties the module to the type of its config. */
function extension<U extends keyof Messages>(
  row: Extension & { readonly typeUrl: U; readonly load?: () => Promise<BuiltModule<Messages[U]>> },
): Extension {
  return row;
}

export const EXTENSIONS: readonly Extension[] = [
  extension({
    typeUrl: 'envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency',
    kind: 'http filter',
    names: ['envoy.filters.http.adaptive_concurrency'],
    load: () => import('./http/filters/adaptive-concurrency.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl',
    kind: 'http filter',
    names: ['envoy.filters.http.admission_control'],
    load: () => import('./http/filters/admission-control.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth',
    kind: 'http filter',
    names: ['envoy.filters.http.api_key_auth'],
    routeType: 'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute',
    load: () => import('./http/filters/api-key-auth.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit',
    kind: 'http filter',
    names: ['envoy.filters.http.bandwidth_limit'],
    load: () => import('./http/filters/bandwidth-limit.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.basic_auth.v3.BasicAuth',
    kind: 'http filter',
    names: ['envoy.filters.http.basic_auth'],
    routeType: 'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute',
    load: () => import('./http/filters/basic-auth.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.buffer.v3.Buffer',
    kind: 'http filter',
    names: ['envoy.filters.http.buffer', 'envoy.buffer'],
    routeType: 'envoy.extensions.filters.http.buffer.v3.BufferPerRoute',
    load: () => import('./http/filters/buffer.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig',
    kind: 'http filter',
    names: ['envoy.filters.http.cdn_loop'],
    load: () => import('./http/filters/cdn-loop.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.common.matching.v3.ExtensionWithMatcher',
    kind: 'http filter',
    names: ['envoy.filters.http.match_delegate'],
    routeType: 'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute',
    load: () => import('./http/filters/match-delegate.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.composite.v3.Composite',
    kind: 'http filter',
    names: ['envoy.filters.http.composite'],
    routeType: 'envoy.extensions.filters.http.composite.v3.CompositePerRoute',
    load: () => import('./http/filters/composite.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.compressor.v3.Compressor',
    kind: 'http filter',
    names: ['envoy.filters.http.compressor'],
    routeType: 'envoy.extensions.filters.http.compressor.v3.CompressorPerRoute',
    load: () => import('./http/filters/compressor.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.connect_grpc_bridge.v3.FilterConfig',
    kind: 'http filter',
    names: ['envoy.filters.http.connect_grpc_bridge'],
    load: () => import('./http/filters/connect-grpc-bridge.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.cors.v3.Cors',
    kind: 'http filter',
    names: ['envoy.filters.http.cors', 'envoy.cors'],
    routeType: 'envoy.extensions.filters.http.cors.v3.CorsPolicy',
    load: () => import('./http/filters/cors.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy',
    kind: 'http filter',
    names: ['envoy.filters.http.csrf', 'envoy.csrf'],
    load: () => import('./http/filters/csrf.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
    kind: 'http filter',
    names: ['envoy.filters.http.ext_authz', 'envoy.ext_authz'],
    routeType: 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
    load: () => import('./http/filters/ext-authz.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig',
    kind: 'http filter',
    names: ['envoy.filters.http.dynamic_forward_proxy'],
    routeType: 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig',
    load: () => import('./http/filters/dynamic-forward-proxy.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
    kind: 'http filter',
    names: ['envoy.filters.http.ext_proc', 'envoy.ext_proc'],
    routeType: 'envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute',
    load: () => import('./http/filters/ext-proc.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.custom_response.v3.CustomResponse',
    kind: 'http filter',
    names: ['envoy.filters.http.custom_response'],
    load: () => import('./http/filters/custom-response.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.decompressor.v3.Decompressor',
    kind: 'http filter',
    names: ['envoy.filters.http.decompressor'],
    load: () => import('./http/filters/decompressor.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig',
    kind: 'http filter',
    names: ['envoy.filters.http.grpc_http1_reverse_bridge'],
    routeType: 'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfigPerRoute',
    load: () => import('./http/filters/grpc-http1-reverse-bridge.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder',
    kind: 'http filter',
    names: ['envoy.filters.http.grpc_json_transcoder', 'envoy.grpc_json_transcoder'],
    load: () => import('./http/filters/grpc-json-transcoder.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig',
    kind: 'http filter',
    names: ['envoy.filters.http.grpc_stats'],
    load: () => import('./http/filters/grpc-stats.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb',
    kind: 'http filter',
    names: ['envoy.filters.http.grpc_web', 'envoy.grpc_web'],
    load: () => import('./http/filters/grpc-web.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.fault.v3.HTTPFault',
    kind: 'http filter',
    names: ['envoy.filters.http.fault', 'envoy.fault'],
    load: () => import('./http/filters/fault.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config',
    kind: 'http filter',
    names: ['envoy.filters.http.grpc_http1_bridge', 'envoy.grpc_http1_bridge'],
    core: true,
    load: () => import('./http/filters/grpc-http1-bridge.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.gzip.v3.Gzip',
    kind: 'http filter',
    names: ['envoy.filters.http.gzip', 'envoy.gzip'],
    load: () => import('./http/filters/gzip.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
    kind: 'http filter',
    names: ['envoy.filters.http.header_mutation'],
    routeType: 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute',
    load: () => import('./http/filters/header-mutation.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.header_to_metadata.v3.Config',
    kind: 'http filter',
    names: ['envoy.filters.http.header_to_metadata'],
    load: () => import('./http/filters/header-to-metadata.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.health_check.v3.HealthCheck',
    kind: 'http filter',
    names: ['envoy.filters.http.health_check', 'envoy.health_check'],
    load: () => import('./http/filters/health-check.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging',
    kind: 'http filter',
    names: ['envoy.filters.http.ip_tagging', 'envoy.ip_tagging'],
    load: () => import('./http/filters/ip-tagging.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
    kind: 'http filter',
    names: ['envoy.filters.http.local_ratelimit', 'envoy.local_rate_limit'],
    load: () => import('./http/filters/local-ratelimit.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
    kind: 'http filter',
    names: ['envoy.filters.http.jwt_authn'],
    routeType: 'envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig',
    load: () => import('./http/filters/jwt/jwt-authn.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.lua.v3.Lua',
    kind: 'http filter',
    names: ['envoy.filters.http.lua', 'envoy.lua'],
    routeType: 'envoy.extensions.filters.http.lua.v3.LuaPerRoute',
    load: () => import('./http/filters/lua/lua.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.on_demand.v3.OnDemand',
    kind: 'http filter',
    names: ['envoy.filters.http.on_demand'],
    routeType: 'envoy.extensions.filters.http.on_demand.v3.PerRouteConfig',
    load: () => import('./http/filters/on-demand.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.ratelimit.v3.RateLimit',
    kind: 'http filter',
    names: ['envoy.filters.http.ratelimit', 'envoy.rate_limit'],
    load: () => import('./http/filters/ratelimit.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.rbac.v3.RBAC',
    kind: 'http filter',
    names: ['envoy.filters.http.rbac'],
    routeType: 'envoy.extensions.filters.http.rbac.v3.RBACPerRoute',
    load: () => import('./http/filters/rbac.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.set_filter_state.v3.Config',
    kind: 'http filter',
    names: ['envoy.filters.http.set_filter_state'],
    load: () => import('./http/filters/set-filter-state.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.set_metadata.v3.Config',
    kind: 'http filter',
    names: ['envoy.filters.http.set_metadata'],
    load: () => import('./http/filters/set-metadata.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.stateful_session.v3.StatefulSession',
    kind: 'http filter',
    names: ['envoy.filters.http.stateful_session'],
    routeType: 'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute',
    load: () => import('./http/filters/stateful-session.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.http.router.v3.Router',
    kind: 'http filter',
    names: ['envoy.filters.http.router', 'envoy.router'],
    terminal: true,
    core: true,
    load: () => import('./http/router/filter.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.bootstrap.internal_listener.v3.InternalListener',
    kind: 'bootstrap extension',
    names: ['envoy.bootstrap.internal_listener'],
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector',
    kind: 'listener filter',
    names: ['envoy.filters.listener.http_inspector', 'envoy.listener.http_inspector'],
    load: () => import('./listener/filters/http-inspector.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit',
    kind: 'listener filter',
    names: ['envoy.filters.listener.local_ratelimit'],
    load: () => import('./listener/filters/local-ratelimit.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol',
    kind: 'listener filter',
    names: ['envoy.filters.listener.proxy_protocol', 'envoy.listener.proxy_protocol'],
    load: () => import('./listener/filters/proxy-protocol.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
    kind: 'listener filter',
    names: ['envoy.filters.listener.tls_inspector', 'envoy.listener.tls_inspector'],
    load: () => import('./listener/filters/tls-inspector.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig',
    kind: 'udp filter',
    names: ['envoy.filters.udp_listener.udp_proxy'],
    load: () => import('./udp/udp-proxy.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    kind: 'network filter',
    names: ['envoy.filters.network.http_connection_manager', 'envoy.http_connection_manager'],
    terminal: true,
    core: true,
    load: () => import('./http/connection/connection-manager.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.redis_proxy', 'envoy.redis_proxy'],
    terminal: true,
    protocolOptions: 'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions',
    core: true,
    load: () => import('./redis/filter.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.tcp_proxy', 'envoy.tcp_proxy'],
    terminal: true,
    core: true,
    load: () => import('./tcp/tcp-proxy.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit',
    kind: 'network filter',
    names: ['envoy.filters.network.connection_limit'],
    load: () => import('./listener/network-filters/connection-limit.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.direct_response.v3.Config',
    kind: 'network filter',
    names: ['envoy.filters.network.direct_response'],
    terminal: true,
    load: () => import('./listener/network-filters/direct-response.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.echo.v3.Echo',
    kind: 'network filter',
    names: ['envoy.filters.network.echo', 'envoy.echo'],
    terminal: true,
    load: () => import('./listener/network-filters/echo.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz',
    kind: 'network filter',
    names: ['envoy.filters.network.ext_authz', 'envoy.ext_authz'],
    load: () => import('./listener/network-filters/ext-authz.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.ratelimit.v3.RateLimit',
    kind: 'network filter',
    names: ['envoy.filters.network.ratelimit', 'envoy.ratelimit'],
    load: () => import('./listener/network-filters/ratelimit.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit',
    kind: 'network filter',
    names: ['envoy.filters.network.local_ratelimit'],
    load: () => import('./listener/network-filters/local-ratelimit.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.rbac.v3.RBAC',
    kind: 'network filter',
    names: ['envoy.filters.network.rbac'],
    load: () => import('./listener/network-filters/rbac.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.set_filter_state.v3.Config',
    kind: 'network filter',
    names: ['envoy.filters.network.set_filter_state'],
    load: () => import('./listener/network-filters/set-filter-state.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.sni_cluster.v3.SniCluster',
    kind: 'network filter',
    names: ['envoy.filters.network.sni_cluster'],
    load: () => import('./listener/network-filters/sni-cluster.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig',
    kind: 'network filter',
    names: ['envoy.filters.network.sni_dynamic_forward_proxy'],
    load: () => import('./listener/network-filters/sni-dynamic-forward-proxy.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig',
    kind: 'access logger',
    names: ['envoy.access_loggers.http_grpc', 'envoy.http_grpc_access_log'],
    load: () => import('./access-log/http-grpc.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig',
    kind: 'access logger',
    names: ['envoy.access_loggers.tcp_grpc', 'envoy.tcp_grpc_access_log'],
    load: () => import('./access-log/tcp-grpc.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.access_loggers.file.v3.FileAccessLog',
    kind: 'access logger',
    names: ['envoy.access_loggers.file', 'envoy.file_access_log'],
    load: () => import('./access-log/file.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    kind: 'access logger',
    names: ['envoy.access_loggers.stdout', 'envoy.stdout_access_log'],
    load: () => import('./access-log/stdout.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.access_loggers.stream.v3.StderrAccessLog',
    kind: 'access logger',
    names: ['envoy.access_loggers.stderr', 'envoy.stderr_access_log'],
    load: () => import('./access-log/stderr.ts'),
  }),
  extension({
    typeUrl: 'envoy.config.trace.v3.OpenTelemetryConfig',
    kind: 'tracer',
    names: ['envoy.tracers.opentelemetry'],
    load: () => import('./tracers/opentelemetry.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.tracers.opentelemetry.resource_detectors.v3.EnvironmentResourceDetectorConfig',
    kind: 'resource detector',
    names: ['envoy.tracers.opentelemetry.resource_detectors.environment'],
  }),
  extension({
    typeUrl: 'envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig',
    kind: 'resource detector',
    names: ['envoy.tracers.opentelemetry.resource_detectors.static_config'],
  }),
  extension({
    typeUrl: 'envoy.extensions.tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig',
    kind: 'trace sampler',
    names: ['envoy.tracers.opentelemetry.samplers.always_on'],
  }),
  extension({
    typeUrl: 'envoy.extensions.tracers.opentelemetry.samplers.v3.ParentBasedSamplerConfig',
    kind: 'trace sampler',
    names: ['envoy.tracers.opentelemetry.samplers.parent_based'],
  }),
  extension({
    typeUrl: 'envoy.extensions.tracers.opentelemetry.samplers.v3.TraceIdRatioBasedSamplerConfig',
    kind: 'trace sampler',
    names: ['envoy.tracers.opentelemetry.samplers.trace_id_ratio_based'],
  }),
  extension({
    typeUrl: 'envoy.config.trace.v3.ZipkinConfig',
    kind: 'tracer',
    names: ['envoy.tracers.zipkin', 'envoy.zipkin'],
    load: () => import('./tracers/zipkin.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.raw_buffer', 'raw_buffer'],
    load: () => import('./transport/raw-buffer.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.http_11_proxy'],
    place: 'envoy.config.cluster.v3.Cluster',
    load: () => import('./upstream/http-11-proxy.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.upstream_proxy_protocol'],
    place: 'envoy.config.cluster.v3.Cluster',
    load: () => import('./upstream/proxy-protocol.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.starttls'],
    place: 'envoy.config.listener.v3.FilterChain',
    load: () => import('./tls/starttls-downstream.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.starttls.v3.UpstreamStartTlsConfig',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.starttls'],
    place: 'envoy.config.cluster.v3.Cluster',
    load: () => import('./tls/starttls-upstream.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.tls', 'tls'],
    place: 'envoy.config.listener.v3.FilterChain',
    load: () => import('./tls/downstream.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig',
    kind: 'certificate validator',
    names: ['envoy.tls.cert_validator.spiffe'],
  }),
  extension({
    typeUrl: 'envoy.extensions.clusters.aggregate.v3.ClusterConfig',
    kind: 'cluster type',
    names: ['envoy.clusters.aggregate'],
    load: () => import('./upstream/discovery/aggregate.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.clusters.dns.v3.DnsCluster',
    kind: 'cluster type',
    names: ['envoy.clusters.dns', 'envoy.cluster.dns'],
    load: () => import('./upstream/discovery/dns-cluster.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig',
    kind: 'cluster type',
    names: ['envoy.clusters.dynamic_forward_proxy'],
    load: () => import('./upstream/dynamic/dynamic-cluster.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.clusters.redis.v3.RedisClusterConfig',
    kind: 'cluster type',
    names: ['envoy.clusters.redis'],
    load: () => import('./upstream/discovery/redis-cluster.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.tls', 'tls'],
    place: 'envoy.config.cluster.v3.Cluster',
    load: () => import('./tls/upstream.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided',
    kind: 'load balancing policy',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.load_balancing_policies.subset.v3.Subset',
    kind: 'load balancing policy',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin',
    kind: 'load balancing policy',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest',
    kind: 'load balancing policy',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.load_balancing_policies.random.v3.Random',
    kind: 'load balancing policy',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.load_balancing_policies.maglev.v3.Maglev',
    kind: 'load balancing policy',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash',
    kind: 'load balancing policy',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.compression.brotli.compressor.v3.Brotli',
    kind: 'compressor library',
    names: ['envoy.compression.brotli.compressor'],
  }),
  extension({
    typeUrl: 'envoy.extensions.compression.brotli.decompressor.v3.Brotli',
    kind: 'decompressor library',
    names: ['envoy.compression.brotli.decompressor'],
  }),
  extension({
    typeUrl: 'envoy.extensions.compression.gzip.compressor.v3.Gzip',
    kind: 'compressor library',
    names: ['envoy.compression.gzip.compressor'],
  }),
  extension({
    typeUrl: 'envoy.extensions.compression.gzip.decompressor.v3.Gzip',
    kind: 'decompressor library',
    names: ['envoy.compression.gzip.decompressor'],
  }),
  extension({
    typeUrl: 'envoy.extensions.compression.zstd.compressor.v3.Zstd',
    kind: 'compressor library',
    names: ['envoy.compression.zstd.compressor'],
  }),
  extension({
    typeUrl: 'envoy.extensions.compression.zstd.decompressor.v3.Zstd',
    kind: 'decompressor library',
    names: ['envoy.compression.zstd.decompressor'],
  }),
  extension({
    typeUrl: 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
    kind: 'path matcher',
    names: ['envoy.path.match.uri_template.uri_template_matcher'],
  }),
  extension({
    typeUrl: 'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig',
    kind: 'path rewriter',
    names: ['envoy.path.rewrite.uri_template.uri_template_rewriter'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
    kind: 'early header mutation',
    names: ['envoy.http.early_header_mutation.header_mutation'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig',
    kind: 'original IP detection',
    names: ['envoy.http.original_ip_detection.custom_header'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.original_ip_detection.xff.v3.XffConfig',
    kind: 'original IP detection',
    names: ['envoy.http.original_ip_detection.xff'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState',
    kind: 'session state',
    names: ['envoy.http.stateful_session.cookie'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState',
    kind: 'session state',
    names: ['envoy.http.stateful_session.envelope'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState',
    kind: 'session state',
    names: ['envoy.http.stateful_session.header'],
  }),
  extension({
    typeUrl: 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig',
    kind: 'request id',
    names: ['envoy.request_id.uuid'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
    kind: 'header formatter',
    names: ['envoy.http.stateful_header_formatters.preserve_case'],
  }),
  extension({
    typeUrl: 'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate',
    kind: 'retry host predicate',
    names: ['envoy.retry_host_predicates.omit_canary_hosts'],
  }),
  extension({
    typeUrl: 'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig',
    kind: 'retry host predicate',
    names: ['envoy.retry_host_predicates.omit_host_metadata'],
  }),
  extension({
    typeUrl: 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
    kind: 'retry host predicate',
    names: ['envoy.retry_host_predicates.previous_hosts'],
  }),
  extension({
    typeUrl: 'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
    kind: 'retry priority',
    names: ['envoy.retry_priorities.previous_priorities'],
  }),
  extension({
    typeUrl: 'envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig',
    kind: 'cluster specifier',
    names: ['envoy.router.cluster_specifier_plugin.lua'],
    load: () => import('./http/filters/lua/cluster-specifier.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig',
    kind: 'internal redirect predicate',
    names: ['envoy.internal_redirect_predicates.allow_listed_routes'],
  }),
  extension({
    typeUrl: 'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig',
    kind: 'internal redirect predicate',
    names: ['envoy.internal_redirect_predicates.previous_routes'],
  }),
  extension({
    typeUrl: 'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig',
    kind: 'internal redirect predicate',
    names: ['envoy.internal_redirect_predicates.safe_cross_scheme'],
  }),
  extension({
    typeUrl: 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink',
    kind: 'health check event sink',
    names: ['envoy.health_check.event_sinks.file'],
  }),
  extension({
    typeUrl: 'envoy.extensions.health_checkers.redis.v3.Redis',
    kind: 'health checker',
    names: ['envoy.health_checkers.redis'],
  }),
  extension({
    typeUrl: 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
    kind: 'dns resolver',
    names: [],
  }),
  extension({
    typeUrl: 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
    kind: 'resource monitor',
    names: ['envoy.resource_monitors.global_downstream_max_connections'],
  }),
];
