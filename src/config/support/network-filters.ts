/** What is done with the messages of schema/generated/network-filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig': {
    does: [
      'hostname use_post headers_to_add propagate_response_headers post_path propagate_response_trailers',
      'request_id_extension request_id_header request_id_metadata_key',
    ].join(' '),
  },
  'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit': { does: '*' },
  'envoy.extensions.filters.network.direct_response.v3.Config': { does: '*' },
  'envoy.extensions.filters.network.echo.v3.Echo': { does: '*' },
  // Metadata that has a type there is none of.
  'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz': {
    does: [
      'stat_prefix grpc_service failure_mode_allow include_peer_certificate transport_api_version filter_enabled_metadata',
      'bootstrap_metadata_labels_key include_tls_session metadata_context_namespaces',
    ].join(' '),
    inert: 'typed_metadata_context_namespaces',
  },
  'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit': { does: '*' },
  'envoy.extensions.filters.network.ratelimit.v3.RateLimit': { does: '*' },
  'envoy.extensions.filters.network.rbac.v3.RBAC': {
    does: 'rules matcher shadow_rules shadow_matcher shadow_rules_stat_prefix stat_prefix enforcement_type delay_deny',
  },
  'envoy.extensions.filters.network.set_filter_state.v3.Config': { does: '*' },
  'envoy.extensions.filters.network.sni_cluster.v3.SniCluster': { does: '*' },
  // RBAC's upstream_ip_port, which would read the address, is not here.
  'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig': {
    does: 'dns_cache_config port_value',
    inert: 'save_upstream_address',
  },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster': { does: 'clusters' },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions': { does: '*' },
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.ReadCommandPolicy': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnectionRateLimit': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.RedisFault': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisExternalAuthProvider': { does: '*' },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions': {
    does: 'auth_password auth_username credentials',
  },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions.Credential': { does: '*' },
};
export default entries;
