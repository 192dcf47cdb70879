// No field is accepted and silently ignored: every field of the messages people write is loaded, one at a time, and is either in
// the support table or refused as "not supported yet". What each field of `does` does is tested where it is done.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ConfigError } from '../../src/config/problem.ts';
import { type Field, type MessageType, SchemaRegistry } from '../../src/config/schema/registry.ts';
import { SUPPORT } from '../../src/config/support.ts';
import { load } from './harness.ts';

type Json = { [key: string]: unknown };

const registry = new SchemaRegistry();
async function resolved<T>(get: () => T | undefined): Promise<T> {
  for (;;) {
    const found = get();
    if (found !== undefined) return found;
    await registry.load();
  }
}
const message = async (name: string): Promise<MessageType> => (await resolved(() => registry.message(name)))!;

const PREFIX = 'type.googleapis.com/';
const NETWORK = 'envoy.extensions.filters.network';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';
const HCM = `${NETWORK}.http_connection_manager.v3.HttpConnectionManager`;
const TCP = `${NETWORK}.tcp_proxy.v3.TcpProxy`;
const REDIS = `${NETWORK}.redis_proxy.v3.RedisProxy`;
const RAW = { '@type': `${PREFIX}envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer` };

/** A config in which each message of `PLACES` is present, without an error. */
function skeleton(): Json {
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
const LISTENERS = 'static_resources.listeners';
const CLUSTER = 'static_resources.clusters[0]';
const HOST = `${LISTENERS}[0].${CONFIG}.route_config.virtual_hosts[0]`;
const REDIS_CONFIG = `${LISTENERS}[2].${CONFIG}`;

/** Where each message stands in the skeleton. */
const PLACES: Record<string, string> = {
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

function at(config: Json, path: string): Json {
  let here: unknown = config;
  for (const key of path.match(/[^.[\]]+/g) ?? []) here = (here as Json)[key];
  return here as Json;
}

const NUMBERS = { i: 1, u: 1, I: 1, U: 1, f: 1, d: 1 } as Record<string, number>;
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
async function sample(field: Field): Promise<unknown> {
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

/** Paths at which the real loader says "not supported yet". */
async function unsupported(config: Json): Promise<string[]> {
  try {
    await load(JSON.stringify(config), {}, '.json');
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.filter((p) => p.code === 'unsupported').map((p) => p.yamlPath);
  }
}

async function refuses(place: string, type: MessageType, field: Field, value: unknown): Promise<boolean> {
  const config = skeleton();
  const target = at(config, place);
  for (const other of type.fields) if (field.oneof >= 0 && other.oneof === field.oneof) delete target[other.name];
  target[field.name] = value;
  const path = place === '' ? field.name : `${place}.${field.name}`;
  return (await unsupported(config)).includes(path);
}

const words = (list = ''): string[] => list.split(' ').filter((w) => w !== '');

t.test('the skeleton itself loads', async (t) => {
  t.strictSame(await unsupported(skeleton()), []);
});

for (const [name, place] of Object.entries(PLACES)) {
  t.test(`${name}: each field is done, inert or refused`, async (t) => {
    const type = await message(name);
    const entry = SUPPORT[name] ?? {};
    const does = entry.does === '*' ? type.fields.map((f) => f.name) : words(entry.does);
    const inert = words(entry.inert);
    const seen: Record<string, boolean> = {};
    const wanted: Record<string, boolean> = {};
    for (const field of type.fields) {
      t.notOk(does.includes(field.name) && inert.includes(field.name), `${field.name} is in one list`);
      const value = await sample(field);
      seen[field.name] = await refuses(place, type, field, value);
      const only = words(entry.values?.[field.name]);
      wanted[field.name] =
        !(does.includes(field.name) || inert.includes(field.name)) ||
        (only.length > 0 && typeof value !== 'object' && !only.includes(String(value)));
    }
    t.strictSame(seen, wanted, 'refused fields');
  });
}

t.test('what protobuf takes for absent is no use of a field', async (t) => {
  for (const [name, place] of Object.entries(PLACES)) {
    const type = await message(name);
    for (const field of type.fields) {
      if (field.oneof >= 0) continue;
      const scalar = field.kind === 'scalar' && !field.repeated && field.mapKey === '';
      const zero = field.repeated
        ? []
        : scalar
          ? field.letter === 'b'
            ? false
            : field.letter in NUMBERS
              ? 0
              : ''
          : undefined;
      if (zero === undefined) continue;
      if (await refuses(place, type, field, zero)) t.fail(`${name}.${field.name}: ${JSON.stringify(zero)}`);
    }
  }
});

t.test('of an enum only the listed values are taken, in either spelling', async (t) => {
  for (const [name, place] of Object.entries(PLACES)) {
    const type = await message(name);
    for (const [key, list] of Object.entries(SUPPORT[name]?.values ?? {})) {
      const field = type.field(key)!;
      if (field.kind !== 'enum') continue;
      const { values } = (await resolved(() => registry.enum(field.typeName)))!;
      for (const value of values.filter((v) => !v.v2Only)) {
        const wanted = !words(list).includes(value.name);
        t.equal(await refuses(place, type, field, value.name), wanted, `${key}: ${value.name}`);
        t.equal(
          await refuses(place, type, field, value.name.toLowerCase()),
          wanted,
          `${key}: ${value.name.toLowerCase()}`,
        );
        t.equal(await refuses(place, type, field, value.number), wanted, `${key}: ${value.number}`);
      }
    }
  }
});

t.test('fields that would change what is seen outside are never inert', async (t) => {
  const risky =
    /socket_options|freebind|transparent|original_dst|tls|require|max_conn|limit|bind_config|rbac|match|header_prefix|deny|allow_metadata/;
  for (const [name, entry] of Object.entries(SUPPORT)) {
    const found = words(entry.inert).filter((f) => risky.test(f) && f !== 'ignore_global_conn_limit');
    // How many connections are taken from the kernel at a time.
    t.strictSame(
      found.filter((f) => f !== 'max_connections_to_accept_per_socket_event'),
      [],
      name,
    );
  }
});

t.test('v2 fields are done or refused: an empty tls_context is no plain text', async (t) => {
  const config = skeleton();
  at(config, `${LISTENERS}[0].filter_chains[0]`).tls_context = {};
  at(config, CLUSTER).tls_context = {};
  config.runtime = {};
  t.strictSame(
    new Set(await unsupported(config)),
    new Set([`${LISTENERS}[0].filter_chains[0].tls_context`, `${CLUSTER}.tls_context`, 'runtime']),
  );
});

t.test('an extension of another kind is refused: a transport socket that is none would mean plain text', async (t) => {
  const wrong = (name = 'x'): Json => ({ name, typed_config: { '@type': PREFIX + ROUTER } });
  for (const [path, value] of [
    [`${CLUSTER}.transport_socket`, wrong()],
    [`${CLUSTER}.transport_socket`, { name: 'x', typed_config: { '@type': `${PREFIX}google.protobuf.Empty` } }],
    [`${CLUSTER}.typed_dns_resolver_config`, wrong()],
    [`${CLUSTER}.load_balancing_policy`, { policies: [{ typed_extension_config: wrong() }] }],
    [`${LISTENERS}[0].filter_chains[0].transport_socket`, wrong()],
    ['admin.access_log', [wrong()]],
  ] as const) {
    const config = skeleton();
    const dot = path.lastIndexOf('.');
    at(config, path.slice(0, dot))[path.slice(dot + 1)] = value;
    await t.rejects(
      load(JSON.stringify(config), {}, '.json'),
      { message: /Didn't find a registered implementation for 'x' with type URL/ },
      path,
    );
  }
});

t.test('docs/support-matrix.md is up to date', async (t) => {
  const script = fileURLToPath(new URL('../../src/config/schema/generate/matrix.ts', import.meta.url));
  const run = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  t.equal(run.stderr, '');
  t.equal(run.status, 0);
});
