/** What is done with the messages of schema/generated/filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const LISTENER = 'envoy.extensions.filters.listener';
const UDP_PROXY = 'envoy.extensions.filters.udp.udp_proxy.v3';
const UDP_SESSION = 'envoy.extensions.filters.udp.udp_proxy.session';
const FAULT = 'envoy.extensions.filters.common.fault.v3';

const entries: Readonly<Record<string, Entry>> = {
  // Its type is FIXED whether it is said or not.
  [`${FAULT}.FaultDelay`]: { does: 'fixed_delay header_delay percentage type' },
  [`${FAULT}.FaultDelay.HeaderDelay`]: {},
  [`${FAULT}.FaultRateLimit`]: { does: '*' },
  [`${FAULT}.FaultRateLimit.FixedLimit`]: { does: '*' },
  [`${FAULT}.FaultRateLimit.HeaderLimit`]: {},
  // Nothing overwrites what a read_only value is of; with internal listeners it is shared by a transport (internal_upstream) that is refused.
  'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue': {
    does: 'object_key factory_key format_string skip_if_empty',
    inert: 'read_only',
  },
  [`${LISTENER}.http_inspector.v3.HttpInspector`]: {},
  [`${LISTENER}.local_ratelimit.v3.LocalRateLimit`]: { does: '*' },
  [`${LISTENER}.proxy_protocol.v3.ProxyProtocol`]: { does: '*' },
  [`${LISTENER}.proxy_protocol.v3.ProxyProtocol.KeyValuePair`]: { does: '*' },
  [`${LISTENER}.proxy_protocol.v3.ProxyProtocol.Rule`]: { does: '*' },
  // A size to begin with: what has come is looked at.
  [`${LISTENER}.tls_inspector.v3.TlsInspector`]: {
    does: 'enable_ja3_fingerprinting enable_ja4_fingerprinting close_connection_on_client_hello_parsing_errors max_client_hello_size',
    inert: 'initial_read_buffer_size',
  },
  'envoy.extensions.filters.common.matcher.action.v3.SkipFilter': {},
  [`${UDP_PROXY}.UdpProxyConfig`]: {
    does: [
      'stat_prefix cluster matcher idle_timeout hash_policies upstream_socket_config use_per_packet_load_balancing',
      'access_log proxy_access_log access_log_options session_filters tunneling_config',
    ].join(' '),
  },
  [`${UDP_PROXY}.UdpProxyConfig.SessionFilter`]: { does: 'name typed_config' },
  // Formatters are extensions of formats: all that is known of them is built in.
  [`${UDP_PROXY}.UdpProxyConfig.UdpTunnelingConfig`]: {
    does: [
      'proxy_host proxy_port target_host default_target_port use_post post_path retry_options headers_to_add buffer_options',
      'propagate_response_headers propagate_response_trailers',
    ].join(' '),
  },
  [`${UDP_PROXY}.UdpProxyConfig.UdpTunnelingConfig.BufferOptions`]: { does: '*' },
  [`${UDP_PROXY}.UdpProxyConfig.UdpTunnelingConfig.RetryOptions`]: { does: '*' },
  [`${UDP_SESSION}.dynamic_forward_proxy.v3.FilterConfig`]: { does: '*' },
  [`${UDP_SESSION}.dynamic_forward_proxy.v3.FilterConfig.BufferOptions`]: { does: '*' },
  [`${UDP_SESSION}.ext_authz.v3.FilterConfig`]: { does: '*' },
  [`${UDP_SESSION}.ext_authz.v3.FilterConfig.BufferOptions`]: { does: '*' },
  [`${UDP_SESSION}.http_capsule.v3.FilterConfig`]: {},
  [`${UDP_PROXY}.UdpProxyConfig.HashPolicy`]: { does: '*' },
  [`${UDP_PROXY}.UdpProxyConfig.UdpAccessLogOptions`]: { does: '*' },
  [`${UDP_PROXY}.Route`]: { does: '*' },
};
export default entries;
