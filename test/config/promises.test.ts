// What the support table promises is what builders read: each field of `does` is given a value, the server is built from it as --mode validate
// builds it, and the field must have been looked at. A field that is accepted and that nobody reads is a lie.
import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import type { Message } from '../../src/config/origin.ts';
import { type MessageType, schema } from '../../src/config/schema/registry.ts';
import type { Bootstrap } from '../../src/config/schema/types.ts';
import { logger } from '../../src/log/logger.ts';
import { Server } from '../../src/server/server.ts';
import { load } from './harness.ts';
import { at, type Json, message, PLACES, PREFIX, SUPPORT, sample, skeleton } from './skeleton.ts';

for (const name of ['main', 'config', 'upstream']) logger(name).level = 6;

/** Which fields were looked at: `envoy.config.cluster.v3.Cluster.name`. */
class Reads {
  readonly seen = new Set<string>();
  readonly #made = new WeakMap<object, object>();

  message<T extends object>(type: MessageType, value: T): T {
    let made = this.#made.get(value);
    if (made === undefined) {
      made = new Proxy(value, {
        get: (target, key) => {
          const field = typeof key === 'string' ? type.field(key) : undefined;
          const inner = (target as Message)[key as string];
          if (field === undefined) return inner;
          this.seen.add(`${type.name}.${field.name}`);
          const one = (item: unknown): unknown => {
            if (field.letter === 'A') {
              const { typeUrl, value } = item as { typeUrl: string; value: object };
              const held = schema.message(typeUrl);
              return held ? { typeUrl, value: this.message(held, value) } : item;
            }
            const held = field.kind === 'message' ? schema.message(field.typeName) : undefined;
            return held ? this.message(held, item as object) : item;
          };
          if (inner === undefined) return undefined;
          if (field.repeated) return (inner as unknown[]).map(one);
          if (field.mapKey === '') return one(inner);
          return new Map([...(inner as Map<unknown, unknown>)].map(([k, v]) => [k, one(v)]));
        },
      });
      this.#made.set(value, made);
    }
    return made as T;
  }
}

/** What is looked at when a server is built from this config; what is wrong with it is no matter here. */
async function reads(config: Json): Promise<Set<string>> {
  const found = new Reads();
  const loaded = await load(JSON.stringify(config), { keepGoing: true }, '.json');
  const bootstrap = found.message(
    schema.message('envoy.config.bootstrap.v3.Bootstrap')!,
    loaded.bootstrap as Bootstrap,
  );
  const server = new Server(parseOptions('envoy', ['--mode', 'validate', '--concurrency', '1']), {
    ...loaded,
    bootstrap,
  });
  try {
    await server.validate();
    // Made with the first request.
    for (const c of server.engine.clusters.clusters.values()) void c.info.resources;
  } catch {
    // A sample is not always a value that can be built.
  }
  await server.shutdown().catch(() => {});
  return found.seen;
}

const ADDRESS = { socket_address: { address: '127.0.0.1', port_value: 53 } };

/** Not looked at while a server is built, and why that is no lie. */
const ELSEWHERE: Record<string, string> = {
  'envoy.config.bootstrap.v3.Bootstrap.cluster_manager': 'all of its fields are inert',
  'envoy.config.cluster.v3.UpstreamConnectionOptions.happy_eyeballs_config':
    'for hosts that have several addresses (test/transport/race-wire.test.ts)',
  'envoy.config.bootstrap.v3.Bootstrap.stats_flush_on_admin': 'with each admin request (admin-view.ts)',
  'envoy.config.listener.v3.Listener.tcp_backlog_size': 'when the socket listens (listener.ts)',
  'envoy.config.listener.v3.Listener.internal_listener':
    'instead of an address, where the bootstrap has its extension (listener-address.ts)',
  'envoy.config.listener.v3.Listener.udp_listener_config': 'of UDP listeners (udp-listener.ts)',
  'envoy.config.listener.v3.Listener.deprecated_v1': 'when the socket is bound (listener-manager.ts)',
  'envoy.config.listener.v3.Listener.bind_to_port': 'when the socket is bound (listener-manager.ts)',
  'envoy.config.core.v3.SocketAddress.ipv4_compat': 'when the socket is bound (listener.ts)',
  'envoy.config.route.v3.RouteConfiguration.validate_clusters': 'when the file is checked (lint/routes.ts)',
  'envoy.config.cluster.v3.Cluster.close_connections_on_host_health_failure': 'with each connection (tcp-session.ts)',
  'envoy.config.cluster.v3.Cluster.ignore_health_on_host_removal': 'of clusters with health checks (host-admission.ts)',
  'envoy.config.cluster.v3.Cluster.CommonLbConfig.close_connections_on_host_set_change':
    'when hosts come or go (cluster.ts)',
  'envoy.config.cluster.v3.Cluster.CommonLbConfig.ignore_new_hosts_until_first_hc':
    'of clusters with health checks (host-admission.ts)',
  'envoy.extensions.filters.http.router.v3.Router.start_child_span':
    'where its connection manager traces (http/connection/tracing.ts)',
  'envoy.config.core.v3.Http1ProtocolOptions.send_fully_qualified_url':
    'with the first connection to a host (client-codecs.ts)',
  'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.endpoint_stale_after':
    'of an assignment that a file brings (eds-file.ts); a static one does not get old',
  'envoy.config.cluster.v3.Cluster.wait_for_warm_on_init': 'when the first hosts are waited for (cluster-control.ts)',
};

const CLUSTER_SPECIFIER = {
  extension: {
    name: 'p',
    typed_config: {
      '@type': `${PREFIX}envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig`,
      source_code: { inline_string: 'function envoy_on_route() end' },
    },
  },
};

/** A value that can be built, where the one for any field cannot. */
const VALUES: Record<string, unknown> = {
  request_headers_to_add: [{ header: { key: 'a', value: 'b' } }],
  response_headers_to_add: [{ header: { key: 'a', value: 'b' } }],
  access_log_path: '/dev/null',
  headers: [{ name: 'a', present_match: true }],
  safe_regex: { regex: '/a.*' },
  ignore_http_11_upgrade: [{ exact: 'a' }],
  header_key_format: { proper_case_words: {} },
  connection_keepalive: { interval: '1s', timeout: '1s' },
  initial_stream_window_size: 65536,
  initial_connection_window_size: 65536,
  hash_policy: [{ source_ip: {} }],
  'envoy.config.route.v3.RouteAction.hash_policy': [{ connection_properties: { source_ip: true } }],
  drop_overloads: [{ category: 'a', drop_percentage: { numerator: 1 } }],
  upgrade_configs: [{ upgrade_type: 'CONNECT' }],
  transport_socket_matches: [{ name: 'a', match: {}, transport_socket: { name: 'raw_buffer' } }],
  virtual_clusters: [{ name: 'a', headers: [{ name: 'a', present_match: true }] }],
  direct_response: { status: 200 },
  cluster_specifier_plugins: [CLUSTER_SPECIFIER],
  inline_cluster_specifier_plugin: CLUSTER_SPECIFIER,
  decorator: { operation: 'a' },
  path_separated_prefix: '/a',
  path_match_policy: {
    name: 'm',
    typed_config: {
      '@type': `${PREFIX}envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig`,
      path_template: '/{a}',
    },
  },
  path_rewrite_policy: {
    name: 'r',
    typed_config: {
      '@type': `${PREFIX}envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig`,
      path_template_rewrite: '/a',
    },
  },
  regex_rewrite: { pattern: { regex: 'a' }, substitution: 'b' },
  host_rewrite_path_regex: { pattern: { regex: 'a' }, substitution: 'b' },
  original_ip_detection_extensions: [
    { name: 'x', typed_config: { '@type': `${PREFIX}envoy.extensions.http.original_ip_detection.xff.v3.XffConfig` } },
  ],
  early_header_mutation_extensions: [
    {
      name: 'x',
      typed_config: {
        '@type': `${PREFIX}envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation`,
        mutations: [{ remove: 'a' }],
      },
    },
  ],
  runtime_fraction: { default_value: { numerator: 1 } },
  query_parameters: [{ name: 'a' }],
  cookies: [{ name: 'a', string_match: { exact: 'b' } }],
  filter_state: [{ key: 'a', string_match: { exact: 'b' } }],
  dynamic_metadata: [{ filter: 'a', path: [{ key: 'b' }], value: { bool_match: true } }],
  weighted_clusters: { clusters: [{ name: 'c', weight: 1 }] },
  health_checks: [
    { timeout: '1s', interval: '1s', unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} },
  ],
  downstream_auth_password: { inline_string: 'a' },
  downstream_auth_username: { inline_string: 'a' },
  downstream_auth_passwords: [{ inline_string: 'a' }],
  request_mirror_policy: [{ cluster: 'a' }],
  faults: [{ fault_enabled: { default_value: { numerator: 1 } } }],
  external_auth_provider: { grpc_service: { envoy_grpc: { cluster_name: 'a' } } },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnPoolSettings.dns_cache_config': { name: 'a' },
  connection_rate_limit: { connection_rate_limit_per_sec: 1 },
  read_command_policy: { cluster: 'a' },
  cluster_type: {
    name: 'envoy.clusters.redis',
    typed_config: { '@type': `${PREFIX}envoy.extensions.clusters.redis.v3.RedisClusterConfig` },
  },
  transport_socket: { name: 'raw_buffer' },
  additional_addresses: [{ address: ADDRESS }],
  'envoy.config.listener.v3.Listener.socket_options': [{ level: 1, name: 9, int_value: 1 }],
  listener_filters: [{ name: 'envoy.listener.tls_inspector' }],
  rate_limits: [{ actions: [{ remote_address: {} }] }],
  dns_resolvers: [ADDRESS],
  dns_resolution_config: { resolvers: [ADDRESS] },
  tunneling_config: { hostname: 'a' },
  proxy_protocol_tlvs: [{ type: 1, value: 'YQ==' }],
  backoff_options: { base_interval: '1s' },
  dns_failure_refresh_rate: { base_interval: '1s' },
  typed_dns_resolver_config: {
    name: 'envoy.network.dns_resolver.cares',
    typed_config: {
      '@type': `${PREFIX}envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig`,
      resolvers: [ADDRESS],
    },
  },
};

const words = (list = ''): string[] => list.split(' ').filter((w) => w !== '');

for (const [name, place] of Object.entries(PLACES)) {
  t.test(`${name}: what is promised is read`, async (t) => {
    const type = await message(name);
    const entry = SUPPORT[name] ?? {};
    for (const field of type.fields) {
      const promised = entry.does === '*' ? !field.v2Only : words(entry.does).includes(field.name);
      const path = `${name}.${field.name}`;
      // Fields of v2 are read as what they became; one that may only have its default has nothing to do.
      const only = words(entry.values?.[field.name]);
      if (!promised || field.v2Only || only.length === 1 || path in ELSEWHERE) continue;
      const config = skeleton();
      const target = at(config, place);
      for (const other of type.fields)
        if (field.oneof >= 0 && other !== field && other.oneof === field.oneof) delete target[other.name];
      target[field.name] = VALUES[path] ?? VALUES[field.name] ?? target[field.name] ?? (await sample(field));
      if (/^dns_(?!cache)|dns_ttl|dns_resolver/.test(field.name)) target['type'] = 'STRICT_DNS';
      if (field.name === 'eds_cluster_config') target['type'] = 'EDS';
      if (field.name === 'original_dst_lb_config' || field.name === 'cleanup_interval') {
        Object.assign(target, { type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED' });
        delete target['load_assignment'];
      }
      if (!(await reads(config)).has(path)) t.fail(`${path} is promised and not read`);
    }
  });
}
