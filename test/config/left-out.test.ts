// --allow-unsupported never weakens anything: what is not in the table of left-out.ts is refused with the flag as without it, and the
// table has nothing of a transport socket, a match, a route, a filter that lets in or turns away, or a limit.
import { readdirSync } from 'node:fs';
import t from 'tap';
import { Decoder } from '../../src/config/decode.ts';
import { parseJson } from '../../src/config/json.ts';
import { LEFT_OUT, LEFT_OUT_WHOLE, settle } from '../../src/config/left-out.ts';
import { ConfigError } from '../../src/config/problem.ts';
import type { HttpConnectionManager } from '../../src/config/schema/types.ts';
import { Source } from '../../src/config/source.ts';
import { load, refused } from './harness.ts';
import {
  at,
  CLUSTER,
  HCM,
  type Json,
  LISTENERS,
  message,
  PLACES,
  PREFIX,
  registry,
  SUPPORT,
  sample,
  skeleton,
} from './skeleton.ts';

const ALLOWED = { allowUnsupported: true };

/** Every message of Envoy's API. */
async function allMessages(): Promise<string[]> {
  const names: string[] = [];
  const dir = new URL('../../src/config/schema/generated/', import.meta.url);
  for (const file of readdirSync(dir)) {
    if (file.startsWith('successors')) continue;
    const { default: chunk } = (await import(new URL(file, dir).href)) as { default: Record<string, string> };
    for (const [name, record] of Object.entries(chunk)) if (record[0] === '{') names.push(name);
  }
  for (const name of names) await message(name);
  return names;
}
const names = await allMessages();

/** Fields that hold messages, as far as they lead. */
function reachable(roots: Iterable<string>): Set<string> {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const field of registry.message(name)?.fields ?? []) if (field.kind === 'message') queue.push(field.typeName);
  }
  return seen;
}

const AUTHORITIES =
  /rbac|jwt|auth|oauth|authz|csrf|credential|limit|quota|admission|ip_tagging|cors|on_demand|client_ssl|tls|lua|wasm|ext_proc|set_metadata/i;
const PROTECTED = names.filter(
  (name) =>
    name.startsWith('envoy.extensions.transport_sockets.') ||
    name.startsWith('envoy.config.rbac.') ||
    name.startsWith('envoy.config.overload.') ||
    /^envoy\.config\.core\.v3\.(TransportSocket|DataSource|\w*Limit\w*)$/.test(name) ||
    /^envoy\.config\.listener\.v3\.FilterChainMatch$/.test(name) ||
    /^envoy\.config\.route\.v3\.(RouteMatch|RouteAction|RedirectAction|DirectResponseAction|NonForwardingAction|FilterAction|RateLimit|CorsPolicy|WeightedCluster)$/.test(
      name,
    ) ||
    /^envoy\.config\.cluster\.v3\.(CircuitBreakers|OutlierDetection)$/.test(name) ||
    (/^envoy\.extensions\.filters\.(http|network|listener|udp)\./.test(name) && AUTHORITIES.test(name)),
);
const LIMITS =
  /max|limit|timeout|bytes|require|deny|reject|allow|threshold|breaker|retry|quota|match|prefix|rewrite|redirect|route$|cluster$|address|socket|port|tls|auth|forward_client|strip|header/;
/** They only sound so: they are about names of statistics and what is counted under them. */
const HARMLESS = ['stat_prefix', 'track_timeout_budgets', 'track_cluster_stats', 'allow_default_tag_overrides'];

t.test('the table names what exists and what is not carried out', async (t) => {
  for (const [name, row] of Object.entries(LEFT_OUT)) {
    const type = await message(name);
    t.ok(type, name);
    const entry = SUPPORT[name] ?? {};
    const done = `${entry.does ?? ''} ${entry.inert ?? ''}`.split(' ');
    for (const [field, reason] of Object.entries(row)) {
      t.equal(type?.field(field)?.name, field, `${name}.${field}`);
      t.notOk(done.includes(field) || entry.does === '*', `${name}.${field} is not carried out`);
      t.ok(reason.length > 0, 'has a reason');
    }
  }
});

t.test('nothing of the table is inside, or holds, what protects, chooses or bounds', async (t) => {
  t.ok(PROTECTED.length > 150, `${PROTECTED.length} messages`);
  const inside = reachable(PROTECTED);
  for (const name of [...Object.keys(LEFT_OUT), ...Object.keys(LEFT_OUT_WHOLE)]) t.notOk(inside.has(name), name);
  const shared = new Set(['envoy.config.core.v3.DataSource']);
  for (const [name, row] of Object.entries(LEFT_OUT)) {
    for (const key of Object.keys(row)) {
      const field = registry.message(name)!.field(key)!;
      if (!HARMLESS.includes(key)) t.notMatch(key, LIMITS, `${name}.${key}`);
      if (field.kind !== 'message') continue;
      const below = reachable([field.typeName]);
      t.strictSame(
        PROTECTED.filter((p) => below.has(p) && !shared.has(p)),
        [],
        `${name}.${key}`,
      );
    }
  }
  // A message that goes whole is found again: as an item of a list, or as a field that may be absent.
  for (const name of names) {
    for (const field of registry.message(name)!.fields) {
      if (field.typeName in LEFT_OUT_WHOLE) t.ok(field.repeated || field.oneof < 0, `${name}.${field.name}`);
    }
  }
});

t.test(
  'every field of every message of the API: left out if the table says so, else carried out or refused',
  async (t) => {
    let fields = 0;
    const left: string[] = [];
    for (const name of names) {
      const type = registry.message(name)!;
      const entry = SUPPORT[name] ?? {};
      const done = `${entry.does ?? ''} ${entry.inert ?? ''}`.split(' ');
      for (const field of type.fields) {
        fields++;
        const source = new Source('x', JSON.stringify({ [field.name]: await sample(field) }));
        const decoder = new Decoder(registry, name, { allowUnknownFields: false });
        decoder.decode(parseJson(source));
        const own = decoder.report.unsupported.filter((u) => u.path === field.name);
        const { problems, warnings } = settle(own, registry, true, true);
        if (warnings.length > 0) {
          left.push(`${name}.${field.name}`);
          if (problems.length > 0) t.fail(`${name}.${field.name} is left out and refused`);
          continue;
        }
        const carried = done.includes(field.name) || entry.does === '*';
        const wellKnown = field.kind === 'well-known' && field.repeated && field.letter === 'L';
        // Its first value is what protobuf takes for absent.
        if (!carried && problems.length === 0 && !wellKnown) {
          const value = await sample(field);
          const one = field.repeated ? (value as unknown[])[0] : value;
          const empty = field.kind === 'enum' && registry.enum(field.typeName)!.byName(String(one))?.number === 0;
          if (!empty && decoder.report.problems.length === 0) t.fail(`${name}.${field.name} is accepted with the flag`);
        }
      }
    }
    t.ok(fields > 5000, `${fields} fields`);
    const table = Object.entries(LEFT_OUT).flatMap(([name, row]) => Object.keys(row).map((f) => `${name}.${f}`));
    for (const name of Object.keys(LEFT_OUT_WHOLE)) {
      const done = `${SUPPORT[name].does} ${SUPPORT[name].inert ?? ''}`.split(' ');
      for (const f of registry.message(name)!.fields) if (!done.includes(f.name)) table.push(`${name}.${f.name}`);
    }
    t.strictSame(left.sort(), table.sort());
  },
);

t.test('every extension that is not carried out is refused by its name, with the flag as without', async (t) => {
  const families: [prefix: string, put: (config: Json, extension: Json) => void][] = [
    ['envoy.extensions.transport_sockets.', (c, e) => Object.assign(at(c, CLUSTER), { transport_socket: e })],
    [
      'envoy.extensions.transport_sockets.',
      (c, e) => Object.assign(at(c, `${LISTENERS}[0].filter_chains[0]`), { transport_socket: e }),
    ],
    [
      'envoy.extensions.filters.network.',
      (c, e) => (at(c, `${LISTENERS}[1].filter_chains[0]`).filters as unknown as Json[]).unshift(e),
    ],
    [
      'envoy.extensions.filters.http.',
      (c, e) => (at(c, `${LISTENERS}[0].filter_chains[0].filters[0].typed_config`).http_filters as Json[]).unshift(e),
    ],
    [
      'envoy.extensions.filters.listener.',
      (c, e) => Object.assign(at(c, `${LISTENERS}[0]`), { listener_filters: [e] }),
    ],
  ];
  let count = 0;
  for (const [prefix, put] of families) {
    for (const name of names) {
      // The config of an extension: the messages of its package that no other of them holds.
      if (!name.startsWith(prefix) || Object.hasOwn(SUPPORT, name) || /\.v3\.\w+\.\w+$/.test(name)) continue;
      if (!/\.v3\.\w+$/.test(name)) continue;
      const config = skeleton();
      put(config, { name: 'the.name', typed_config: { '@type': PREFIX + name } });
      count++;
      for (const options of count % 10 === 0 ? [{}, ALLOWED] : [ALLOWED]) {
        const error = await refused(JSON.stringify(config), options, '.json');
        const found = error.problems.filter((p) => p.code === 'unsupported' && p.line === 1 && p.column > 1);
        const named = found.some(
          (p) => p.message.includes(`'the.name' (${name})`) || p.message.includes('listener_filters'),
        );
        if (!named) t.fail(`${name}: ${error.message}`);
      }
    }
  }
  t.ok(count > 120, `${count} extensions`);
});

/** As at(), in the typed config. */
function loadedAt(bootstrap: object, place: string): object {
  const path = place.replace(/typed_config/g, 'typed_config.value').replace(/_(.)/g, (_, c: string) => c.toUpperCase());
  return at(bootstrap as Json, path);
}

t.test('a hint names the flag where the flag helps, and only there', async (t) => {
  let helped = 0;
  for (const [name, place] of Object.entries(PLACES)) {
    for (const field of (await message(name)).fields) {
      const config = skeleton();
      const target = at(config, place);
      if (field.oneof >= 0) continue;
      target[field.name] = await sample(field);
      const text = JSON.stringify(config);
      let hints: string[] = [];
      try {
        await load(text, {}, '.json');
        continue;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        hints = error.problems.map((p) => p.hint ?? '');
      }
      const says = hints.some((h) => h.endsWith('--allow-unsupported does'));
      let starts = true;
      try {
        const { warnings, bootstrap } = await load(text, ALLOWED, '.json');
        const warning = warnings.find((w) => w.code === 'unsupported');
        if (!warning?.message.includes('is left out (') || warning.line === 0)
          t.fail(`${name}.${field.name}: no warning`);
        if (field.key in loadedAt(bootstrap, place)) t.fail(`${name}.${field.name} is still there`);
        helped++;
      } catch {
        starts = false;
      }
      if (says !== starts) t.fail(`${name}.${field.name}: says ${says}, starts ${starts}`);
    }
  }
  t.ok(helped >= 8, `${helped} fields`);
});

const http = (host: string, hcm = '', listener = '', chain = ''): string => `
static_resources:
  clusters: [{name: a, type: STATIC}]
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    ${listener}
    filter_chains:
    - ${chain === '' ? '' : `${chain}\n      `}filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": ${PREFIX}${HCM}
          stat_prefix: h
          ${hcm}
          http_filters: [{name: envoy.filters.http.router, typed_config: {"@type": ${PREFIX}envoy.extensions.filters.http.router.v3.Router}}]
          route_config: {virtual_hosts: [${host}]}
`;
const host = (more = '', match = '', action = 'route: {cluster: a}'): string =>
  `{name: v, domains: ["*"], ${more} routes: [{match: {prefix: / ${match}}, ${action}}]}`;

t.test('what would serve in plain text, let everybody in or send to another place never starts', async (t) => {
  const cases: Record<string, string> = {
    fcds_config: http(host(), '', 'fcds_config: {name: a}'),
    filter_action: http(host('', '', 'filter_action: {}')),
    forward_client_cert_matcher: http(host(), 'forward_client_cert_matcher: {}'),
    typed_header_validation_config: http(host(), 'typed_header_validation_config: {name: a}'),
    hds_config: 'hds_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: a}}]}',
    aws_iam: `static_resources: {clusters: [{name: a, type: STATIC, typed_extension_protocol_options: {envoy.filters.network.redis_proxy: {"@type": ${PREFIX}envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions, aws_iam: {region: x, cache_name: b}}}}]}`,
  };
  for (const [what, text] of Object.entries(cases)) {
    const error = await refused(text, ALLOWED);
    const problem = error.problems.find((p) => p.code === 'unsupported' && p.message.includes(what));
    t.ok(problem, what, { message: error.message });
    t.ok((problem?.line ?? 0) > 0, 'with its place');
    t.match(problem?.hint, /would start without .+ \(lines? \d+/, 'says what would have to go');
  }
});

t.test('a value that is not carried out is none to leave out, however it is written', async (t) => {
  const listener = (field: string): string => http(host(), '', field);
  for (const text of [
    listener('freebind: true'),
    listener('transparent: {value: true}'),
    http(host(), 'codec_type: HTTP3'),
    'static_resources: {clusters: [{name: a, type: EDS, eds_cluster_config: {eds_config: {ads: {}}}}]}',
    'static_resources: {clusters: [{name: a, lb_policy: CLUSTER_PROVIDED, cluster_type: {name: envoy.clusters.composite, typed_config: {"@type": type.googleapis.com/envoy.extensions.clusters.composite.v3.ClusterConfig, clusters: [{name: a}]}}}]}',
  ]) {
    for (const options of [{}, ALLOWED]) {
      const { problems } = await refused(text, options);
      t.ok(
        problems.some((p) => p.code === 'unsupported'),
        text,
      );
      t.notMatch(problems.map((p) => p.hint).join(), /--allow-unsupported does/);
    }
  }
});

t.test('what is left out is gone, and each warning has its place; half of an access log is not kept', async (t) => {
  const wasm = `{name: x, typed_config: {"@type": ${PREFIX}envoy.extensions.access_loggers.wasm.v3.WasmAccessLog}}`;
  const file = `{name: x, typed_config: {"@type": ${PREFIX}envoy.extensions.access_loggers.file.v3.FileAccessLog, path: /dev/null`;
  const text = `admin: {access_log: [${wasm}, ${file}}}, ${file}, log_format: {text_format: x, formatters: [{name: z, typed_config: {"@type": ${PREFIX}envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery}}]}}}]}
deferred_stat_options: {enable_deferred_creation_stats: true}
${http(host(), `access_log: [${wasm}]\n          tracing: {provider: {name: x, typed_config: {"@type": ${PREFIX}envoy.config.trace.v3.XRayConfig, segment_name: a}}}`)}`;
  const { bootstrap, warnings } = await load(text, ALLOWED);
  t.equal('deferredStatOptions' in bootstrap, false);
  t.equal(bootstrap.admin?.accessLog?.length, 1);
  t.strictSame(bootstrap.admin?.accessLog?.[0].typedConfig?.value, { path: '/dev/null' });
  const hcm = bootstrap.staticResources!.listeners![0].filterChains![0].filters![0].typedConfig!.value;
  const { tracing, accessLog } = hcm as HttpConnectionManager;
  t.strictSame([tracing, accessLog ?? []], [{}, []]);
  const places = warnings
    .filter((w) => w.code === 'unsupported')
    .map((w) => `${w.line}: ${w.message.replace(/^.*: /, '')}`);
  t.equal(places.length, 5);
  t.match(places[0], /^1: admin\.access_log\[0\] is left out \(what is logged/);
  t.match(places[1], /^1: admin\.access_log\[2\] is left out/);
});

t.test(
  'what is wrong is what is said: a custom cluster has no STATIC addresses, a tracer of 1.16 has a name',
  async (t) => {
    const codes = async (text: string): Promise<string[]> => (await refused(text)).problems.map((p) => p.code);
    const endpoint = (address: string): string =>
      `load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {${address}}}}]}]}`;
    const own = `{name: envoy.clusters.composite, typed_config: {"@type": ${PREFIX}envoy.extensions.clusters.composite.v3.ClusterConfig, clusters: [{name: b}]}}`;
    const host = endpoint('socket_address: {address: redis.example, port_value: 1}');
    t.strictSame(await codes(`static_resources: {clusters: [{name: a, cluster_type: ${own}, ${host}}]}`), [
      'unsupported',
    ]);
    const ssl = `{name: ssl, typed_config: {"@type": ${PREFIX}envoy.extensions.filters.network.client_ssl_auth.v3.ClientSSLAuth, auth_api_cluster: a, stat_prefix: x}}`;
    const tcp = `{name: tcp, typed_config: {"@type": ${PREFIX}envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: x, cluster: a}}`;
    const chain = `static_resources: {clusters: [{name: a, type: STATIC}], listeners: [{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [${ssl}, ${tcp}]}]}]}`;
    const { problems: filters } = await refused(chain, ALLOWED);
    t.match(filters, [{ message: /^'ssl' \(envoy.+\.ClientSSLAuth\) is not supported yet/ }]);
    const tracer = '{http: {name: envoy.dynamic.ot, config: {library: /x, config: {a: 1}}}}';
    const { problems } = await refused(`tracing: ${tracer}`);
    t.match(problems, [{ code: 'unsupported', message: /'envoy.dynamic.ot' .+ is not supported yet/ }]);
  },
);
