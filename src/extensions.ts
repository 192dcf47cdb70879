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

/**
 * The same for an HTTP filter whose type and name are built as nearly all are: `envoy.extensions.filters.http.<package>.v3.<message>` and
 * `envoy.filters.http.<package>`. `names`: older ones; `route`: the message that a route says to it, of the same package.
 */
function httpFilter<P extends string, M extends string>(
  name: P,
  message: M,
  load: HttpFilterType<P, M> extends keyof Messages
    ? () => Promise<BuiltModule<Messages[HttpFilterType<P, M>]>>
    : never,
  {
    names = [],
    route,
    ...more
  }: { readonly names?: readonly string[]; readonly route?: string; readonly core?: true } = {},
): Extension {
  const types = `envoy.extensions.filters.http.${name}.v3.`;
  return {
    typeUrl: `${types}${message}`,
    kind: 'http filter',
    names: [`envoy.filters.http.${name}`, ...names],
    ...(route !== undefined && { routeType: `${types}${route}` }),
    load,
    ...more,
  };
}

type HttpFilterType<P extends string, M extends string> = `envoy.extensions.filters.http.${P}.v3.${M}`;

export const EXTENSIONS: readonly Extension[] = [
  httpFilter('adaptive_concurrency', 'AdaptiveConcurrency', () => import('./http/filters/adaptive-concurrency.ts')),
  httpFilter('admission_control', 'AdmissionControl', () => import('./http/filters/admission-control.ts')),
  httpFilter('api_key_auth', 'ApiKeyAuth', () => import('./http/filters/api-key-auth.ts'), {
    route: 'ApiKeyAuthPerRoute',
  }),
  httpFilter('bandwidth_limit', 'BandwidthLimit', () => import('./http/filters/bandwidth-limit.ts')),
  httpFilter('basic_auth', 'BasicAuth', () => import('./http/filters/basic-auth.ts'), { route: 'BasicAuthPerRoute' }),
  httpFilter('buffer', 'Buffer', () => import('./http/filters/buffer.ts'), {
    names: ['envoy.buffer'],
    route: 'BufferPerRoute',
  }),
  httpFilter('cache', 'CacheConfig', () => import('./http/filters/cache/cache.ts')),
  httpFilter('cdn_loop', 'CdnLoopConfig', () => import('./http/filters/cdn-loop.ts')),
  extension({
    typeUrl: 'envoy.extensions.common.matching.v3.ExtensionWithMatcher',
    kind: 'http filter',
    names: ['envoy.filters.http.match_delegate'],
    routeType: 'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute',
    load: () => import('./http/filters/match-delegate.ts'),
  }),
  httpFilter('composite', 'Composite', () => import('./http/filters/composite.ts'), { route: 'CompositePerRoute' }),
  httpFilter('compressor', 'Compressor', () => import('./http/filters/compressor.ts'), { route: 'CompressorPerRoute' }),
  httpFilter('connect_grpc_bridge', 'FilterConfig', () => import('./http/filters/connect-grpc-bridge.ts')),
  httpFilter('cors', 'Cors', () => import('./http/filters/cors.ts'), { names: ['envoy.cors'], route: 'CorsPolicy' }),
  httpFilter('credential_injector', 'CredentialInjector', () => import('./http/filters/credential-injector.ts')),
  httpFilter('csrf', 'CsrfPolicy', () => import('./http/filters/csrf.ts'), { names: ['envoy.csrf'] }),
  httpFilter('ext_authz', 'ExtAuthz', () => import('./http/filters/ext-authz.ts'), {
    names: ['envoy.ext_authz'],
    route: 'ExtAuthzPerRoute',
  }),
  httpFilter('dynamic_forward_proxy', 'FilterConfig', () => import('./http/filters/dynamic-forward-proxy.ts'), {
    route: 'PerRouteConfig',
  }),
  httpFilter('ext_proc', 'ExternalProcessor', () => import('./http/filters/ext-proc.ts'), {
    names: ['envoy.ext_proc'],
    route: 'ExtProcPerRoute',
  }),
  httpFilter('custom_response', 'CustomResponse', () => import('./http/filters/custom-response.ts')),
  httpFilter('decompressor', 'Decompressor', () => import('./http/filters/decompressor.ts')),
  httpFilter('grpc_http1_reverse_bridge', 'FilterConfig', () => import('./http/filters/grpc-http1-reverse-bridge.ts'), {
    route: 'FilterConfigPerRoute',
  }),
  httpFilter('grpc_json_transcoder', 'GrpcJsonTranscoder', () => import('./http/filters/grpc-json-transcoder.ts'), {
    names: ['envoy.grpc_json_transcoder'],
  }),
  httpFilter('grpc_stats', 'FilterConfig', () => import('./http/filters/grpc-stats.ts')),
  httpFilter('grpc_web', 'GrpcWeb', () => import('./http/filters/grpc-web.ts'), { names: ['envoy.grpc_web'] }),
  httpFilter('fault', 'HTTPFault', () => import('./http/filters/fault.ts'), { names: ['envoy.fault'] }),
  httpFilter('grpc_http1_bridge', 'Config', () => import('./http/filters/grpc-http1-bridge.ts'), {
    names: ['envoy.grpc_http1_bridge'],
    core: true,
  }),
  httpFilter('gzip', 'Gzip', () => import('./http/filters/gzip.ts'), { names: ['envoy.gzip'] }),
  httpFilter('header_mutation', 'HeaderMutation', () => import('./http/filters/header-mutation.ts'), {
    route: 'HeaderMutationPerRoute',
  }),
  httpFilter('header_to_metadata', 'Config', () => import('./http/filters/header-to-metadata.ts')),
  httpFilter('health_check', 'HealthCheck', () => import('./http/filters/health-check.ts'), {
    names: ['envoy.health_check'],
  }),
  httpFilter('ip_tagging', 'IPTagging', () => import('./http/filters/ip-tagging.ts'), { names: ['envoy.ip_tagging'] }),
  httpFilter('local_ratelimit', 'LocalRateLimit', () => import('./http/filters/local-ratelimit.ts'), {
    names: ['envoy.local_rate_limit'],
  }),
  httpFilter('json_to_metadata', 'JsonToMetadata', () => import('./http/filters/json-to-metadata.ts')),
  httpFilter('jwt_authn', 'JwtAuthentication', () => import('./http/filters/jwt/jwt-authn.ts'), {
    route: 'PerRouteConfig',
  }),
  httpFilter('lua', 'Lua', () => import('./http/filters/lua/lua.ts'), { names: ['envoy.lua'], route: 'LuaPerRoute' }),
  httpFilter('oauth2', 'OAuth2', () => import('./http/filters/oauth2.ts'), { route: 'OAuth2PerRoute' }),
  httpFilter('on_demand', 'OnDemand', () => import('./http/filters/on-demand.ts'), { route: 'PerRouteConfig' }),
  httpFilter('ratelimit', 'RateLimit', () => import('./http/filters/ratelimit.ts'), { names: ['envoy.rate_limit'] }),
  httpFilter('rbac', 'RBAC', () => import('./http/filters/rbac.ts'), { route: 'RBACPerRoute' }),
  httpFilter('set_filter_state', 'Config', () => import('./http/filters/set-filter-state.ts')),
  httpFilter('set_metadata', 'Config', () => import('./http/filters/set-metadata.ts')),
  httpFilter('stateful_session', 'StatefulSession', () => import('./http/filters/stateful-session.ts'), {
    route: 'StatefulSessionPerRoute',
  }),
  httpFilter('tap', 'Tap', () => import('./http/filters/tap.ts')),
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
    typeUrl: 'envoy.extensions.network.socket_interface.v3.DefaultSocketInterface',
    kind: 'bootstrap extension',
    names: ['envoy.extensions.network.socket_interface.default_socket_interface'],
  }),
  extension({
    typeUrl: 'envoy.config.bootstrap.v3.ListenerManager',
    kind: 'listener manager',
    names: ['envoy.listener_manager_impl.default'],
  }),
  extension({
    typeUrl: 'envoy.extensions.regex_engines.v3.GoogleRE2',
    kind: 'regex engine',
    names: ['envoy.regex_engines.google_re2'],
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
    typeUrl: 'envoy.extensions.filters.udp.udp_proxy.session.dynamic_forward_proxy.v3.FilterConfig',
    kind: 'udp session filter',
    names: ['envoy.filters.udp.session.dynamic_forward_proxy'],
    load: () => import('./udp/session-filters/dynamic-forward-proxy.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.udp.udp_proxy.session.ext_authz.v3.FilterConfig',
    kind: 'udp session filter',
    names: ['envoy.filters.udp.session.ext_authz'],
    load: () => import('./listener/session-filters/ext-authz.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.filters.udp.udp_proxy.session.http_capsule.v3.FilterConfig',
    kind: 'udp session filter',
    names: ['envoy.filters.udp.session.http_capsule'],
    load: () => import('./udp/session-filters/http-capsule.ts'),
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
    typeUrl: 'envoy.extensions.clusters.original_dst.v3.OriginalDstCluster',
    kind: 'cluster type',
    names: ['envoy.clusters.original_dst'],
    load: () => import('./upstream/discovery/original-dst.ts'),
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
    typeUrl: 'envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost',
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
    typeUrl: 'envoy.extensions.http.injected_credentials.generic.v3.Generic',
    kind: 'injected credential',
    names: ['envoy.http.injected_credentials.generic'],
  }),
  extension({
    typeUrl: 'envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2',
    kind: 'injected credential',
    names: ['envoy.http.injected_credentials.oauth2'],
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
    typeUrl: 'envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig',
    kind: 'resource monitor',
    names: ['envoy.resource_monitors.cgroup_memory'],
  }),
  extension({
    typeUrl: 'envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig',
    kind: 'resource monitor',
    names: ['envoy.resource_monitors.cpu_utilization'],
  }),
  extension({
    typeUrl: 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
    kind: 'resource monitor',
    names: ['envoy.resource_monitors.fixed_heap'],
  }),
  extension({
    typeUrl: 'envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig',
    kind: 'resource monitor',
    names: ['envoy.resource_monitors.injected_resource'],
  }),
  extension({
    typeUrl: 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
    kind: 'resource monitor',
    names: ['envoy.resource_monitors.global_downstream_max_connections'],
  }),
  extension({
    typeUrl: 'envoy.config.metrics.v3.DogStatsdSink',
    kind: 'stats sink',
    names: ['envoy.stat_sinks.dog_statsd', 'envoy.dog_statsd'],
    load: () => import('./stat-sinks/dog-statsd.ts'),
  }),
  extension({
    typeUrl: 'envoy.config.metrics.v3.MetricsServiceConfig',
    kind: 'stats sink',
    names: ['envoy.stat_sinks.metrics_service', 'envoy.metrics_service'],
    load: () => import('./stat-sinks/metrics-service.ts'),
  }),
  extension({
    typeUrl: 'envoy.config.metrics.v3.StatsdSink',
    kind: 'stats sink',
    names: ['envoy.stat_sinks.statsd', 'envoy.statsd'],
    load: () => import('./stat-sinks/statsd.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink',
    kind: 'stats sink',
    names: ['envoy.stat_sinks.graphite_statsd'],
    load: () => import('./stat-sinks/graphite-statsd.ts'),
  }),
  extension({
    typeUrl: 'envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig',
    kind: 'stats sink',
    names: ['envoy.stat_sinks.open_telemetry'],
    load: () => import('./stat-sinks/open-telemetry.ts'),
  }),
];
