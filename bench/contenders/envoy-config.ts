/** One envoy.yaml per group of scenarios, read unchanged by Envoy and by envoylet. */
import { certificateIn } from './certificate.ts';
import { type Group, redisPorts, type Setup } from './contender.ts';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const BREAKERS = '{thresholds: [{max_connections: 16384, max_pending_requests: 8192, max_requests: 8192}]}';

const address = (port: number): string => `{socket_address: {address: 127.0.0.1, port_value: ${port}}}`;

function cluster(name: string, ports: readonly number[], extra = ''): string {
  const endpoints = ports.map((port) => `{endpoint: {address: ${address(port)}}}`).join(', ');
  return `  - name: ${name}
    connect_timeout: 1s
    type: STATIC
    circuit_breakers: ${BREAKERS}
${extra}    load_assignment:
      cluster_name: ${name}
      endpoints: [{lb_endpoints: [${endpoints}]}]
`;
}

function http(route: string): string {
  return `      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/${HCM}
          codec_type: AUTO
          stat_prefix: ingress
          route_config:
            name: local
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: "/"}, route: ${route}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`;
}

const redis = (settings = ''): string => `      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: redis
          settings: {op_timeout: 5s${settings}}
          prefix_routes: {catch_all_route: {cluster: b}}
`;

const TCP = `      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: tcp
          cluster: b
`;

/** Envoy does not read it: there it is the shared mode. */
const SESSIONS = `    lb_policy: MAGLEV
    metadata: {filter_metadata: {envoylet.redis: {session_mode: true}}}
`;

const REDIS_CLUSTER = `    lb_policy: CLUSTER_PROVIDED
    cluster_type:
      name: envoy.clusters.redis
      typed_config: {"@type": type.googleapis.com/envoy.extensions.clusters.redis.v3.RedisClusterConfig}
`;

const HTTP2_UPSTREAM = `    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
`;

function tls(dir: string): string {
  const { cert, key } = certificateIn(dir);
  return `transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            alpn_protocols: [h2, http/1.1]
            tls_certificates: [{certificate_chain: {filename: "${cert}"}, private_key: {filename: "${key}"}}]
      `;
}

export function envoyConfig(group: Group, setup: Setup): string {
  const { http1, grpc } = setup.backends;
  const servers = redisPorts(group, setup.backends);
  const [filter, backend] = {
    http1: [http('{cluster: b}'), cluster('b', [http1])],
    grpc: [http('{cluster: b, timeout: 0s}'), cluster('b', [grpc], HTTP2_UPSTREAM)],
    redis: [redis(), cluster('b', servers, '    lb_policy: MAGLEV\n')],
    'redis-one': [redis(), cluster('b', servers, '    lb_policy: MAGLEV\n')],
    'redis-session': [redis(), cluster('b', servers, SESSIONS)],
    'redis-cluster': [
      redis(', enable_redirection: true'),
      cluster('b', servers, REDIS_CLUSTER).replace('    type: STATIC\n', ''),
    ],
    tcp: [TCP, cluster('b', [http1])],
    tls: [http('{cluster: b}'), cluster('b', [http1])],
  }[group];
  return `static_resources:
  listeners:
  - name: l
    address: ${address(setup.port)}
    filter_chains:
    - ${group === 'tls' ? tls(setup.dir) : ''}filters:
${filter}  clusters:
${backend}admin:
  address: ${address(setup.adminPort)}
`;
}
