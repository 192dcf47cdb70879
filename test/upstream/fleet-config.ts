/** What a proxy before the fleet is told: a cluster from DNS (HTTP/1.1) and two from EDS files (gRPC; Redis by key), each with outlier detection. */
import { join } from 'node:path';
import type { FleetHost, FleetPorts } from './fleet-hosts.ts';

/** The name that DNS has the hosts under. */
export const FLEET_NAME = 'fleet.example';
const FILTERS = 'type.googleapis.com/envoy.extensions.filters';

const at = (address: string, port: number): object => ({ socket_address: { address, port_value: port } });

export function assignment(
  name: string,
  hosts: Iterable<FleetHost>,
  port: number,
  weights: ReadonlyMap<FleetHost, number>,
): string {
  const lb_endpoints = [...hosts].map((h) => ({
    endpoint: { address: at(h.ip, port) },
    load_balancing_weight: weights.get(h) ?? 1,
  }));
  const type = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
  return JSON.stringify({ resources: [{ '@type': type, cluster_name: name, endpoints: [{ lb_endpoints }] }] });
}

export function fleetConfig(
  directory: string,
  listen: FleetPorts,
  admin: number,
  hosts: FleetPorts,
  dns: string,
): object {
  const retry = { retry_on: 'connect-failure,reset', num_retries: 2, retry_back_off: { base_interval: '0.005s' } };
  const manager = (cluster: string): object => ({
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${FILTERS}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: cluster,
      route_config: {
        virtual_hosts: [
          {
            name: 'a',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster, timeout: '0.25s', retry_policy: retry } }],
          },
        ],
      },
      http_filters: [
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${FILTERS}.http.router.v3.Router` } },
      ],
    },
  });
  const redis = {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': `${FILTERS}.network.redis_proxy.v3.RedisProxy`,
      stat_prefix: 'r',
      settings: { op_timeout: '0.25s' },
      prefix_routes: { catch_all_route: { cluster: 'redis' } },
    },
  };
  const common = {
    connect_timeout: '0.2s',
    circuit_breakers: { thresholds: [{ max_retries: 1000 }] },
    outlier_detection: { interval: '0.1s', base_ejection_time: '0.2s', consecutive_5xx: 3 },
  };
  const eds = (name: string): object => ({
    ...common,
    name,
    type: 'EDS',
    eds_cluster_config: { eds_config: { path_config_source: { path: join(directory, `${name}.json`) } } },
  });
  const [dnsIp, dnsPort] = dns.split(':');
  return {
    node: { id: 'n', cluster: 'c' },
    admin: { address: at('127.0.0.1', admin) },
    static_resources: {
      listeners: [
        { address: at('127.0.0.1', listen.http), filter_chains: [{ filters: [manager('http')] }] },
        { address: at('127.0.0.1', listen.grpc), filter_chains: [{ filters: [manager('grpc')] }] },
        { address: at('127.0.0.1', listen.redis), filter_chains: [{ filters: [redis] }] },
      ],
      clusters: [
        {
          ...common,
          name: 'http',
          type: 'STRICT_DNS',
          dns_lookup_family: 'V4_ONLY',
          dns_refresh_rate: '0.1s',
          typed_dns_resolver_config: {
            name: 'envoy.network.dns_resolver.cares',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
              resolvers: [at(dnsIp, Number(dnsPort))],
            },
          },
          load_assignment: {
            cluster_name: 'http',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: at(FLEET_NAME, hosts.http) } }] }],
          },
        },
        {
          ...eds('grpc'),
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
        { ...eds('redis'), lb_policy: 'MAGLEV' },
      ],
    },
  };
}
