/**
 * Shared configs of the conformance cases: a short form of configs/*.yaml becomes a whole v3 bootstrap for one proxy, with
 * the ports of its side. `http`, `tcp`, `redis` and `udp` are listeners by name, `clusters` clusters by name; every other field
 * in them is Envoy's own and merged over the defaults here; `tls` is a TLS context of
 * the listener or cluster, `chain` and `network_filters` go into its filter chain. `chains` and `default_chain` of a listener stand in place
 * of its one chain: `name`, `match`, `tls`, `hcm`, `routes`, `chain`; each answers with its name. A cluster with `eds: true` finds in a file
 * the hosts that a `hosts` step of a case gives it, none at first.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { asList, asMap, type Yaml, type YamlMap } from './case.ts';

export type UpstreamKind = 'tcp' | 'h2' | 'redis' | 'udp';

export interface SharedConfig {
  name: string;
  listeners: string[];
  /** `pending: true`: envoylet refuses it, for what it does not do yet; its cases wait. */
  pending: boolean;
  /** `repeats: [u]`: upstreams that are asked the same again and again; what they see is written down once. */
  repeats: ReadonlySet<string>;
  /** Upstream servers the clusters need. */
  upstreams: Map<string, UpstreamKind>;
  /** `server` of a cluster: its upstreams are TLS servers (upstream-server.ts). */
  servers: Map<string, YamlMap>;
  /** `<dir>/certs` has those of support/certificates.ts. */
  certificates: boolean;
  /** `files`: texts by name, in `<dir>` before the start. */
  files: YamlMap;
  source: YamlMap;
}

/** Nothing listens on port 1 of loopback. */
const CLOSED_PORT = 1;
const LOOPBACK = '127.0.0.1';
const TYPE = 'type.googleapis.com/envoy.extensions';
const NETWORK = `${TYPE}.filters.network`;

/** With `<<`, as configs of many clusters say the same of each. */
const SCHEMA = CORE_SCHEMA.withTags([mergeTag]);

export function loadConfig(directory: string, name: string): SharedConfig {
  const source = asMap(load(readFileSync(join(directory, `${name}.yaml`), 'utf8'), { schema: SCHEMA }) as Yaml, name);
  const upstreams = new Map<string, UpstreamKind>();
  const servers = new Map<string, YamlMap>();
  const files = section(source, 'files');
  for (const [cluster, fields] of Object.entries(section(source, 'clusters'))) {
    const f = asMap(fields ?? {}, cluster);
    const kind: UpstreamKind =
      f['udp'] === true
        ? 'udp'
        : f['redis'] === true
          ? 'redis'
          : f['http2'] === true && f['frames'] !== true
            ? 'h2'
            : 'tcp';
    if (f['eds'] === true) Object.assign(files, hostsFile(cluster, [], upstreams));
    for (const end of endpointNames(cluster, f)) {
      if (end !== 'closed') upstreams.set(end, kind);
      if (f['server'] !== undefined) servers.set(end, section(f, 'server'));
    }
  }
  const listeners = ['http', 'tcp', 'redis', 'udp'].flatMap((kind) => Object.keys(section(source, kind)));
  for (const both of listeners)
    if (upstreams.has(both)) throw new Error(`${name}: '${both}' is a listener and an upstream`);
  const repeats = new Set(asList(source['repeats'] ?? []).map(String));
  const certificates = JSON.stringify(source).includes('<dir>/certs');
  return {
    name,
    listeners,
    pending: source['pending'] === true,
    repeats,
    upstreams,
    servers,
    certificates,
    files,
    source,
  };
}

/** The bootstrap, given the port of every listener and upstream and of `admin`. */
export function bootstrap(config: SharedConfig, ports: ReadonlyMap<string, number>): YamlMap {
  const { source } = config;
  const each = (kind: string, make: (name: string, fields: YamlMap) => YamlMap): YamlMap[] =>
    Object.entries(section(source, kind)).map(([name, fields]) => make(name, asMap(fields ?? {}, name)));
  const listeners = [
    ...each('http', (name, f) => listener(name, ports, connectionManager(name, f), f)),
    ...each('tcp', (name, f) => listener(name, ports, tcpProxy(name, f), f)),
    ...each('redis', (name, f) => listener(name, ports, redisProxy(name, f), f)),
    ...each('udp', (name, f) => udpListener(name, ports, f)),
  ];
  const clusters = each('clusters', (name, f) => cluster(name, f, ports));
  const own = section(source, 'bootstrap');
  return merge(own, {
    static_resources: { listeners, clusters },
    admin: { address: socketAddress(ports.get('admin') ?? 0) },
  });
}

function listener(name: string, ports: ReadonlyMap<string, number>, filter: YamlMap, f: YamlMap): YamlMap {
  const chain: YamlMap = { filters: [...asList(f['network_filters']), filter], ...section(f, 'chain') };
  if (f['tls'] !== undefined) chain['transport_socket'] = tlsSocket('Downstream', section(f, 'tls'));
  const plain: YamlMap = { name, address: socketAddress(ports.get(name) ?? 0), filter_chains: [chain] };
  if (f['chains'] !== undefined) plain['filter_chains'] = asList(f['chains']).map((c) => answers(asMap(c, 'chain')));
  if (f['default_chain'] !== undefined) plain['default_filter_chain'] = answers(section(f, 'default_chain'));
  // `pipe: <dir>/name`: on a Unix socket.
  if (f['pipe'] !== undefined) plain['address'] = { pipe: { path: f['pipe'] } };
  // `internal: true`: inside the process.
  if (f['internal'] === true) {
    delete plain['address'];
    plain['internal_listener'] = {};
  }
  return merge(plain, section(f, 'listener'));
}

/** `filters` in place of the one udp_proxy, which `proxy` is merged over. */
function udpListener(name: string, ports: ReadonlyMap<string, number>, f: YamlMap): YamlMap {
  const config = { '@type': `${TYPE}.filters.udp.udp_proxy.v3.UdpProxyConfig`, stat_prefix: name };
  const own = section(f, 'proxy');
  const to: YamlMap = own['matcher'] === undefined ? { cluster: 'u' } : {};
  const proxy = { name: 'envoy.filters.udp_listener.udp_proxy', typed_config: merge({ ...config, ...to }, own) };
  const address = { socket_address: { protocol: 'UDP', address: LOOPBACK, port_value: ports.get(name) ?? 0 } };
  return merge({ name, address, listener_filters: f['filters'] ?? [proxy] }, section(f, 'listener'));
}

/** A chain whose connection manager answers with its name as `server`. */
function answers(c: YamlMap): YamlMap {
  const name = String(c['name']);
  const routes = c['routes'] ?? [
    { match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: name } } },
  ];
  const manager = connectionManager(name, { routes, hcm: merge({ server_name: name }, section(c, 'hcm')) });
  const chain: YamlMap = { name, filters: [manager] };
  if (c['match'] !== undefined) chain['filter_chain_match'] = c['match'];
  if (c['tls'] !== undefined) chain['transport_socket'] = tlsSocket('Downstream', section(c, 'tls'));
  return merge(chain, section(c, 'chain'));
}

function tlsSocket(side: string, context: YamlMap): YamlMap {
  const type = `${TYPE}.transport_sockets.tls.v3.${side}TlsContext`;
  return { name: 'envoy.transport_sockets.tls', typed_config: { '@type': type, ...context } };
}

function connectionManager(name: string, f: YamlMap): YamlMap {
  const routes = f['routes'] ?? [{ match: { prefix: '/' }, route: { cluster: 'u' } }];
  const virtualHosts = f['virtual_hosts'] ?? [{ name: 'all', domains: ['*'], routes }];
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` },
  };
  const config: YamlMap = {
    '@type': `${NETWORK}.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    route_config: merge({ name: `${name}_routes`, virtual_hosts: virtualHosts }, section(f, 'route_config')),
    http_filters: [...asList(f['filters']), router],
  };
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: merge(config, section(f, 'hcm')) };
}

function tcpProxy(name: string, f: YamlMap): YamlMap {
  const config = { '@type': `${NETWORK}.tcp_proxy.v3.TcpProxy`, stat_prefix: name, cluster: 'u' };
  return { name: 'envoy.filters.network.tcp_proxy', typed_config: merge(config, section(f, 'proxy')) };
}

function redisProxy(name: string, f: YamlMap): YamlMap {
  const config = {
    '@type': `${NETWORK}.redis_proxy.v3.RedisProxy`,
    stat_prefix: name,
    settings: { op_timeout: '2s' },
    prefix_routes: { catch_all_route: { cluster: 'u' } },
  };
  return { name: 'envoy.filters.network.redis_proxy', typed_config: merge(config, section(f, 'proxy')) };
}

function cluster(name: string, f: YamlMap, ports: ReadonlyMap<string, number>): YamlMap {
  const ends = endpointNames(name, f).map((end) => {
    const port = end === 'closed' ? CLOSED_PORT : (ports.get(end) ?? 0);
    const endpoint = { address: socketAddress(port, String(f['host'] ?? LOOPBACK)) };
    return { endpoint, ...section(f, 'lb_endpoint'), ...section(section(f, 'lb_endpoints'), end) };
  });
  // `priorities: true`: each in one of its own, in their order.
  const localities = f['priorities'] === true ? ends.map((end, priority) => ({ priority, lb_endpoints: [end] })) : null;
  const plain: YamlMap = {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints: localities ?? [{ lb_endpoints: ends }] },
  };
  const explicit: YamlMap = f['http2'] === true ? { http2_protocol_options: {} } : { http_protocol_options: {} };
  if (f['http2'] === true || f['options'] !== undefined) {
    const options = merge({ explicit_http_config: explicit }, section(f, 'options'));
    plain['typed_extension_protocol_options'] = {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
        ...options,
      },
    };
  }
  if (f['tls'] !== undefined) plain['transport_socket'] = tlsSocket('Upstream', section(f, 'tls'));
  if (f['eds'] === true) {
    delete plain['load_assignment'];
    plain['type'] = 'EDS';
    plain['eds_cluster_config'] = { eds_config: { path_config_source: { path: `<dir>/${name}.json` } } };
  }
  const rest = Object.fromEntries(Object.entries(f).filter(([key]) => !SHORT.includes(key)));
  // `null`: nothing of ours there.
  return Object.fromEntries(Object.entries(merge(plain, rest)).filter(([, value]) => value !== null));
}
/** Fields of a cluster that are ours, not Envoy's. */
const SHORT = [
  'http2',
  'frames',
  'redis',
  'udp',
  'eds',
  'host',
  'endpoints',
  'lb_endpoint',
  'lb_endpoints',
  'priorities',
  'options',
  'server',
  'tls',
];

function endpointNames(cluster: string, f: YamlMap): string[] {
  if (f['eds'] === true) return [];
  return f['endpoints'] === undefined ? [cluster] : asList(f['endpoints']).map(String);
}

/**
 * The file of a cluster with `eds: true`: hosts by the names of upstreams, `closed` among them, or mappings of fields of LbEndpoint with the
 * name as `end` and, where it is not 0, a `priority`.
 */
export function hostsFile(cluster: string, hosts: readonly Yaml[], upstreams: ReadonlyMap<string, unknown>): YamlMap {
  const localities: YamlMap[] = [];
  for (const host of hosts) {
    const { end, priority, ...fields } = typeof host === 'string' ? { end: host } : asMap(host, 'a host');
    const name = String(end);
    if (name !== 'closed' && !upstreams.has(name)) throw new Error(`no upstream '${name}'`);
    const address = socketAddress(name === 'closed' ? CLOSED_PORT : `<port ${name}>`);
    const endpoints = [merge({ endpoint: { address } }, fields)];
    const place = localities.find((l) => l['priority'] === Number(priority ?? 0));
    if (place === undefined) localities.push({ priority: Number(priority ?? 0), lb_endpoints: endpoints });
    else (place['lb_endpoints'] as Yaml[]).push(...endpoints);
  }
  const type = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
  const resource = { '@type': type, cluster_name: cluster, endpoints: localities };
  return { [`${cluster}.json`]: JSON.stringify({ resources: [resource] }).replace(/"(<port \w+>)"/g, '$1') };
}

function socketAddress(port: number | string, address = LOOPBACK): YamlMap {
  return { socket_address: { address, port_value: port } };
}

function section(map: YamlMap, key: string): YamlMap {
  return asMap(map[key] ?? {}, key);
}

/** `over` wins; mappings are merged, lists replaced. */
function merge(base: YamlMap, over: YamlMap): YamlMap {
  const out: YamlMap = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = out[key];
    out[key] = isMap(old) && isMap(value) ? merge(old, value) : value;
  }
  return out;
}

function isMap(value: Yaml | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
