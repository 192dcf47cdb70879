// One row an extension: the rows fit the schema and each other, and what the support table says is built has a module that loads.
import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import { KNOWN_EXTENSIONS } from '../../src/config/known-extensions.ts';
import { ENVOY_EXTENSIONS } from '../../src/config/lint/envoy-extensions.ts';
import type { HttpConnectionManager } from '../../src/config/schema/types.ts';
import { EXTENSIONS } from '../../src/extensions.ts';
import { Server } from '../../src/server/server.ts';
import { load } from './harness.ts';
import { message, PREFIX, SUPPORT } from './skeleton.ts';

const rows = [...EXTENSIONS, ...KNOWN_EXTENSIONS];

/** What the packages of each kind begin with. */
const PACKAGES: Record<string, RegExp> = {
  'bootstrap extension': /^envoy\.extensions\.(?:bootstrap|network\.socket_interface)\./,
  'access logger': /^envoy\.extensions\.access_loggers\./,
  'compressor library': /^envoy\.extensions\.compression\.\w+\.compressor\./,
  'decompressor library': /^envoy\.extensions\.compression\.\w+\.decompressor\./,
  'cluster specifier': /^envoy\.extensions\.router\.cluster_specifiers\./,
  'cluster type': /^envoy\.extensions\.clusters\./,
  'dns resolver': /^envoy\.extensions\.network\.dns_resolver\./,
  'dubbo filter': /^envoy\.extensions\.filters\.network\.dubbo_proxy\./,
  'health check event sink': /^envoy\.extensions\.health_check\.event_sinks\./,
  'health checker': /^envoy\.extensions\.health_checkers\./,
  'internal redirect predicate': /^envoy\.extensions\.internal_redirect\./,
  'http filter': /^envoy\.extensions\.(filters\.http|common\.matching)\./,
  'listener filter': /^envoy\.extensions\.filters\.listener\./,
  'listener manager': /^envoy\.config\.bootstrap\.v3\.ListenerManager$/,
  'load balancing policy': /^envoy\.extensions\.load_balancing_policies\./,
  'network filter': /^envoy\.extensions\.filters\.network\./,
  'path matcher': /^envoy\.extensions\.path\.match\./,
  'early header mutation': /^envoy\.extensions\.http\.early_header_mutation\./,
  'original IP detection': /^envoy\.extensions\.http\.original_ip_detection\./,
  'regex engine': /^envoy\.extensions\.regex_engines\./,
  'request id': /^envoy\.extensions\.request_id\./,
  'header formatter': /^envoy\.extensions\.http\.header_formatters\./,
  'path rewriter': /^envoy\.extensions\.path\.rewrite\./,
  'resource detector': /^envoy\.extensions\.tracers\.opentelemetry\.resource_detectors\./,
  'resource monitor': /^envoy\.extensions\.resource_monitors\./,
  'retry host predicate': /^envoy\.extensions\.retry\.host\./,
  'retry priority': /^envoy\.extensions\.retry\.priority\./,
  'injected credential': /^envoy\.extensions\.http\.injected_credentials\./,
  'session state': /^envoy\.extensions\.http\.stateful_session\./,
  'stats sink': /^envoy\.(?:config\.metrics|extensions\.stat_sinks)\./,
  'thrift filter': /^envoy\.extensions\.filters\.network\.thrift_proxy\./,
  'certificate validator': /^envoy\.extensions\.transport_sockets\.tls\./,
  'trace sampler': /^envoy\.extensions\.tracers\.opentelemetry\.samplers\./,
  tracer: /^envoy\.config\.trace\./,
  'transport socket': /^envoy\.extensions\.transport_sockets\./,
  'udp filter': /^envoy\.extensions\.filters\.udp\./,
  'udp session filter': /^envoy\.extensions\.filters\.udp\.udp_proxy\.session\./,
};

t.test('types exist and are of their kind; a name means one type in one place', async (t) => {
  const taken = new Map<string, string>();
  for (const row of rows) {
    for (const type of [row.typeUrl, row.routeType, row.protocolOptions]) {
      if (type !== undefined) t.ok(await message(type), type);
    }
    t.match(row.typeUrl, PACKAGES[row.kind], row.kind);
    for (const name of row.names) {
      const key = `${row.kind} ${name} ${row.place ?? ''}`;
      t.equal(taken.get(key), undefined, `${key}: ${row.typeUrl}`);
      taken.set(key, row.typeUrl);
    }
  }
  t.equal(new Set(rows.map((r) => r.typeUrl)).size, rows.length, 'one row a type');
});

t.test('a row with a module loads it; filters and transport sockets have one', async (t) => {
  for (const row of EXTENSIONS) {
    t.ok(Object.hasOwn(SUPPORT, row.typeUrl), `${row.typeUrl} is in the support table`);
    if (row.load !== undefined) t.type((await row.load()).create, 'function', row.typeUrl);
    else t.notMatch(row.kind, /filter|transport/, row.typeUrl);
  }
});

const packageOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));

t.test('what the support table says of an extension, or of a part of one, has a row in its package', (t) => {
  const kinds =
    /^envoy\.extensions\.(filters\.(http|network|listener|udp)|transport_sockets|access_loggers)\.\w+\.v3\.\w+$/;
  for (const name of Object.keys(SUPPORT)) {
    if (kinds.test(name))
      t.ok(
        EXTENSIONS.some((r) => packageOf(r.typeUrl) === packageOf(name)),
        name,
      );
  }
  t.end();
});

t.test('raw_buffer by name is a transport socket of a filter chain and of a cluster', async (t) => {
  const tcp = `{name: t, typed_config: {"@type": ${PREFIX}envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: a}}`;
  const loaded = await load(`static_resources:
  clusters: [{name: a, type: STATIC, transport_socket: {name: raw_buffer}}]
  listeners: [{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{transport_socket: {name: envoy.transport_sockets.raw_buffer}, filters: [${tcp}]}]}]`);
  const server = new Server(parseOptions('envoy', ['--mode', 'validate', '--concurrency', '1']), loaded);
  t.teardown(() => server.shutdown());
  await t.resolves(server.validate());
});

t.test('one name of two kinds means what its place wants', async (t) => {
  const listener = (filters: string): string =>
    `static_resources: {listeners: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: ${filters}}]}]}`;
  const { bootstrap } = await load(
    listener('[{name: envoy.ext_authz, config: {stat_prefix: a}}, {name: envoy.echo}]'),
    { asEnvoy: true },
  );
  const [authz, echo] = bootstrap.staticResources!.listeners![0].filterChains![0].filters!;
  t.equal(authz.typedConfig?.typeUrl, 'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz');
  t.equal(echo.typedConfig?.typeUrl, 'envoy.extensions.filters.network.echo.v3.Echo');
  const hcm = `${PREFIX}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`;
  const http = `[{name: h, typed_config: {"@type": ${hcm}, stat_prefix: h, route_config: {}, http_filters: [{name: envoy.ext_authz}, {name: envoy.router}]}}]`;
  const loaded = await load(listener(http));
  const manager = loaded.bootstrap.staticResources!.listeners![0].filterChains![0].filters![0].typedConfig!.value;
  const [first] = (manager as HttpConnectionManager).httpFilters!;
  t.equal(first.typedConfig?.typeUrl, 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz');
});

t.test('every network filter of Envoy 1.40, and of its contrib build, is built or refused by its name', async (t) => {
  const contrib = ['kafka_broker', 'mysql_proxy', 'postgres_proxy', 'rocketmq_proxy', 'client_ssl_auth'];
  const types = rows.filter((r) => r.kind === 'network filter').map((r) => r.typeUrl);
  for (const type of ENVOY_EXTENSIONS['envoy.filters.network']) t.ok(types.includes(type), type);
  for (const name of contrib)
    t.ok(
      types.some((type) => type.includes(`.${name}.`)),
      name,
    );
});
