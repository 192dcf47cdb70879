/**
 * Objects that Envoy makes of texts for its filter state (StreamInfo::FilterState::ObjectFactory), by their key: which texts make one. Null:
 * nobody here would look at it.
 */
import { isIP } from '../platform/ip.ts';
import { ipAndPort } from '../platform/ip-port.ts';

type Takes = (text: string) => boolean;
const any: Takes = () => true;
const isUint32: Takes = (text) => /^ *\+?\d+ *$/.test(text) && Number(text) <= 0xffffffff;

/** Those whose objects are numbers. */
export const NUMBERS: readonly string[] = ['envoy.ratelimit.hits_addend', 'envoy.upstream.dynamic_port'];

export const STATE_FACTORIES: Readonly<Record<string, Takes | null>> = {
  'envoy.ai.llm_protocol.request': null,
  'envoy.ai.model.request': null,
  'envoy.bool': (text) => text === 'true' || text === 'false',
  'envoy.filters.listener.original_dst.local_ip': null,
  'envoy.filters.listener.original_dst.remote_ip': null,
  'envoy.hashable_string': any,
  'envoy.network.application_protocols': any,
  'envoy.network.ip': (text) => isIP(text) !== 0,
  'envoy.network.network_namespace': null,
  'envoy.network.transport_socket.http_11_proxy.info': null,
  'envoy.network.transport_socket.original_dst_address': (text) => ipAndPort(text) !== null,
  'envoy.network.upstream_server_name': any,
  'envoy.network.upstream_subject_alt_names': null,
  'envoy.ratelimit.hits_addend': isUint32,
  'envoy.router.debug_config': null,
  'envoy.string': any,
  'envoy.tcp_proxy.cluster': any,
  'envoy.tcp_proxy.disable_tunneling': (text) => text === 'true' || text === 'false',
  'envoy.tcp_proxy.per_connection_idle_timeout_ms': (text) => /^\d{1,15}$/.test(text),
  'envoy.upstream.dynamic_host': any,
  'envoy.upstream.dynamic_port': isUint32,
};
