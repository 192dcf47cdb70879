/** A config that has each message people write, and a value for each field of them. */
import { type Field, type MessageType, SchemaRegistry } from '../../src/config/schema/registry.ts';
import { type Entry, supportChunks } from '../../src/config/support/support.ts';

export type Json = { [key: string]: unknown };

export const SUPPORT: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(await supportChunks()));

export const registry = new SchemaRegistry();
export async function resolved<T>(get: () => T | undefined): Promise<T> {
  for (;;) {
    const found = get();
    if (found !== undefined) return found;
    await registry.load();
  }
}
export const message = async (name: string): Promise<MessageType> => (await resolved(() => registry.message(name)))!;

export const PREFIX = 'type.googleapis.com/';
const NETWORK = 'envoy.extensions.filters.network';
export const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';
export const HCM = `${NETWORK}.http_connection_manager.v3.HttpConnectionManager`;
const TCP = `${NETWORK}.tcp_proxy.v3.TcpProxy`;
const REDIS = `${NETWORK}.redis_proxy.v3.RedisProxy`;
const RAW = { '@type': `${PREFIX}envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer` };

/** A config in which each message of `PLACES` is present, without an error. */
export function skeleton(): Json {
  const listener = (port: number, typedConfig: Json): Json => ({
    name: `l${port}`,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [{ filters: [{ name: 'f', typed_config: typedConfig }] }],
  });
  return {
    node: { id: 'n' },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } },
    cluster_manager: {},
    static_resources: {
      listeners: [
        listener(2, {
          '@type': PREFIX + HCM,
          stat_prefix: 'h',
          common_http_protocol_options: {},
          http_protocol_options: {},
          http2_protocol_options: {},
          route_config: {
            name: 'r',
            virtual_hosts: [
              { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }] },
            ],
          },
          http_filters: [{ name: 'r', typed_config: { '@type': PREFIX + ROUTER } }],
        }),
        listener(3, { '@type': PREFIX + TCP, stat_prefix: 't', cluster: 'c' }),
        listener(4, {
          '@type': PREFIX + REDIS,
          stat_prefix: 'r',
          settings: { op_timeout: '1s' },
          prefix_routes: { catch_all_route: { cluster: 'c' }, routes: [{ prefix: 'a', cluster: 'c' }] },
        }),
      ],
      clusters: [
        {
          name: 'c',
          type: 'STATIC',
          connect_timeout: '1s',
          common_http_protocol_options: {},
          common_lb_config: {},
          upstream_connection_options: { tcp_keepalive: {} },
          circuit_breakers: { thresholds: [{}] },
          load_assignment: {
            cluster_name: 'c',
            policy: {},
            endpoints: [
              {
                lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 9 } } } }],
              },
            ],
          },
        },
      ],
    },
  };
}

const CONFIG = 'filter_chains[0].filters[0].typed_config';
export const LISTENERS = 'static_resources.listeners';
export const CLUSTER = 'static_resources.clusters[0]';
const HOST = `${LISTENERS}[0].${CONFIG}.route_config.virtual_hosts[0]`;
const REDIS_CONFIG = `${LISTENERS}[2].${CONFIG}`;

/** Where each message stands in the skeleton. */
export const PLACES: Record<string, string> = {
  'envoy.config.bootstrap.v3.Bootstrap': '',
  'envoy.config.bootstrap.v3.Admin': 'admin',
  'envoy.config.bootstrap.v3.ClusterManager': 'cluster_manager',
  'envoy.config.core.v3.Node': 'node',
  'envoy.config.listener.v3.Listener': `${LISTENERS}[0]`,
  'envoy.config.core.v3.SocketAddress': `${LISTENERS}[0].address.socket_address`,
  'envoy.config.listener.v3.FilterChain': `${LISTENERS}[0].filter_chains[0]`,
  [HCM]: `${LISTENERS}[0].${CONFIG}`,
  'envoy.config.core.v3.HttpProtocolOptions': `${LISTENERS}[0].${CONFIG}.common_http_protocol_options`,
  'envoy.config.core.v3.Http1ProtocolOptions': `${LISTENERS}[0].${CONFIG}.http_protocol_options`,
  'envoy.config.core.v3.Http2ProtocolOptions': `${LISTENERS}[0].${CONFIG}.http2_protocol_options`,
  [ROUTER]: `${LISTENERS}[0].${CONFIG}.http_filters[0].typed_config`,
  'envoy.config.route.v3.RouteConfiguration': `${LISTENERS}[0].${CONFIG}.route_config`,
  'envoy.config.route.v3.VirtualHost': HOST,
  'envoy.config.route.v3.Route': `${HOST}.routes[0]`,
  'envoy.config.route.v3.RouteMatch': `${HOST}.routes[0].match`,
  'envoy.config.route.v3.RouteAction': `${HOST}.routes[0].route`,
  [TCP]: `${LISTENERS}[1].${CONFIG}`,
  [REDIS]: REDIS_CONFIG,
  [`${REDIS}.ConnPoolSettings`]: `${REDIS_CONFIG}.settings`,
  [`${REDIS}.PrefixRoutes`]: `${REDIS_CONFIG}.prefix_routes`,
  [`${REDIS}.PrefixRoutes.Route`]: `${REDIS_CONFIG}.prefix_routes.routes[0]`,
  'envoy.config.cluster.v3.Cluster': CLUSTER,
  'envoy.config.cluster.v3.Cluster.CommonLbConfig': `${CLUSTER}.common_lb_config`,
  'envoy.config.cluster.v3.UpstreamConnectionOptions': `${CLUSTER}.upstream_connection_options`,
  'envoy.config.cluster.v3.CircuitBreakers': `${CLUSTER}.circuit_breakers`,
  'envoy.config.cluster.v3.CircuitBreakers.Thresholds': `${CLUSTER}.circuit_breakers.thresholds[0]`,
  'envoy.config.endpoint.v3.ClusterLoadAssignment': `${CLUSTER}.load_assignment`,
  'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy': `${CLUSTER}.load_assignment.policy`,
  'envoy.config.endpoint.v3.LocalityLbEndpoints': `${CLUSTER}.load_assignment.endpoints[0]`,
  'envoy.config.endpoint.v3.LbEndpoint': `${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0]`,
  'envoy.config.endpoint.v3.Endpoint': `${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0].endpoint`,
};

export function at(config: Json, path: string): Json {
  let here: unknown = config;
  for (const key of path.match(/[^.[\]]+/g) ?? []) here = (here as Json)[key];
  return here as Json;
}

export const NUMBERS = { i: 1, u: 1, I: 1, U: 1, f: 1, d: 1 } as Record<string, number>;
const WELL_KNOWN: Record<string, unknown> = {
  A: RAW,
  D: '1s',
  E: {},
  L: [],
  M: 'a',
  S: {},
  T: '2026-01-01T00:00:00Z',
  V: 1,
};

/** A value that is not the one protobuf takes for absent. */
export async function sample(field: Field): Promise<unknown> {
  let one: unknown;
  if (field.kind === 'message') one = {};
  else if (field.kind === 'enum') {
    const type = (await resolved(() => registry.enum(field.typeName)))!;
    one = (type.values.find((v) => v.number !== 0 && !v.v2Only) ?? type.values[0]).name;
  } else if (field.kind === 'well-known') one = WELL_KNOWN[field.letter];
  else
    one =
      field.letter === 'b'
        ? true
        : field.letter === 's'
          ? 'x'
          : field.letter === 'y'
            ? 'eA=='
            : (NUMBERS[field.letter] ?? 1);
  if (field.mapKey !== '') return { [field.mapKey === 's' ? 'x' : '1']: one };
  return field.repeated ? [one] : one;
}
