// Envoy 1.16 upgrades v2 by field number; what v3 dropped is turned into what v3 has instead.
import t from 'tap';
import type { HttpConnectionManager, RedisProxy, RouteConfiguration } from '../../src/config/schema/types.ts';
import { firstProblem, http, load } from './harness.ts';

const HOSTS = '[{socket_address: {address: 127.0.0.1, port_value: 80}}]';

t.test('hosts: becomes a load assignment', async (t) => {
  const { bootstrap, usedV2 } = await load(`static_resources: {clusters: [{name: a, hosts: ${HOSTS}}]}`);
  t.equal(usedV2, true);
  const [cluster] = bootstrap.staticResources!.clusters!;
  t.notOk('hosts' in cluster);
  t.strictSame(cluster.loadAssignment, {
    clusterName: 'a',
    endpoints: [
      { lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: 80 } } } }] },
    ],
  });
});

t.test('an untyped config: takes the type its name is registered for, short names too', async (t) => {
  const { bootstrap } = await load(`static_resources:
  clusters: [{name: a}]
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.http_connection_manager
        config:
          stat_prefix: x
          idle_timeout: 7s
          route_config: {virtual_hosts: [{name: v, domains: [a], routes: [{match: {regex: "/a.*"}, route: {cluster: a}}]}]}
          http_filters: [{name: envoy.router, config: {}}]
  - address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains: [{filters: [{name: envoy.redis_proxy, config: {stat_prefix: r, cluster: a, settings: {op_timeout: 1s}}}]}]
`);
  const [web, redis] = bootstrap.staticResources!.listeners!.map((l) => l.filterChains![0].filters![0]);
  t.notOk('config' in web);
  const hcm = web.typedConfig!.value as HttpConnectionManager;
  t.equal(hcm.commonHttpProtocolOptions!.idleTimeout, 7000);
  t.strictSame(hcm.routeConfig!.virtualHosts![0].routes![0].match, { safeRegex: { googleRe2: {}, regex: '/a.*' } });
  t.equal(hcm.httpFilters![0].typedConfig!.typeUrl, 'envoy.extensions.filters.http.router.v3.Router');
  t.strictSame((redis.typedConfig!.value as RedisProxy).prefixRoutes, { catchAllRoute: { cluster: 'a' } });
});

const route = async (text: string): Promise<RouteConfiguration> => {
  const { bootstrap } = await load(http(`[{name: v, domains: ["*"], routes: [${text}]}]`), { asEnvoy: true });
  const hcm = bootstrap.staticResources!.listeners![0].filterChains![0].filters![0].typedConfig!.value;
  return (hcm as HttpConnectionManager).routeConfig!;
};

const upgrades: [name: string, route: string, find: (r: RouteConfiguration) => unknown, expected: unknown][] = [
  [
    'host_rewrite with text is host_rewrite_literal',
    '{match: {prefix: /}, route: {cluster: a, host_rewrite: x}}',
    (r) => r.virtualHosts![0].routes![0].route!.hostRewriteLiteral,
    'x',
  ],
  [
    'auto_host_rewrite_header is host_rewrite_header',
    '{match: {prefix: /}, route: {cluster: a, auto_host_rewrite_header: x}}',
    (r) => r.virtualHosts![0].routes![0].route!.hostRewriteHeader,
    'x',
  ],
  [
    'regex_match is safe_regex_match',
    '{match: {prefix: /, headers: [{name: h, regex_match: a+}]}, route: {cluster: a}}',
    (r) => r.virtualHosts![0].routes![0].match!.headers![0],
    { name: 'h', safeRegexMatch: { googleRe2: {}, regex: 'a+' } },
  ],
  [
    'request_mirror_policy is a list of one',
    '{match: {prefix: /}, route: {cluster: a, request_mirror_policy: {cluster: a, runtime_key: k}}}',
    (r) => r.virtualHosts![0].routes![0].route!.requestMirrorPolicies,
    [{ cluster: 'a', runtimeFraction: { defaultValue: { numerator: 0 }, runtimeKey: 'k' } }],
  ],
  [
    'per_filter_config is typed by the filter name',
    '{match: {prefix: /}, route: {cluster: a}, per_filter_config: {envoy.filters.http.buffer: {disabled: true}}}',
    (r) => r.virtualHosts![0].routes![0].typedPerFilterConfig!.get('envoy.filters.http.buffer'),
    { typeUrl: 'envoy.extensions.filters.http.buffer.v3.BufferPerRoute', value: { disabled: true } },
  ],
];
for (const [name, text, find, expected] of upgrades) {
  t.test(name, async (t) => t.strictSame(find(await route(text)), expected));
}

t.test('tls_context becomes a transport socket; an old enum value its successor', async (t) => {
  const text = `static_resources: {clusters: [{name: a, tls_context: {sni: x}, lb_policy: ORIGINAL_DST_LB, type: ORIGINAL_DST}]}`;
  const { bootstrap } = await load(text, { asEnvoy: true });
  t.strictSame(bootstrap.staticResources!.clusters![0].transportSocket, {
    name: 'envoy.transport_sockets.tls',
    typedConfig: { typeUrl: 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', value: { sni: 'x' } },
  });
});

t.test('runtime becomes layers; a resource monitor is typed by its name', async (t) => {
  const text = `runtime: {symlink_root: /a, subdirectory: b, override_subdirectory: c, base: {k: 1}}
overload_manager: {resource_monitors: [{name: envoy.resource_monitors.fixed_heap, config: {max_heap_size_bytes: 5}}]}`;
  const { bootstrap } = await load(text);
  t.strictSame(
    bootstrap.layeredRuntime?.layers?.map((layer) => Object.keys(layer)),
    [
      ['name', 'staticLayer'],
      ['name', 'diskLayer'],
      ['name', 'diskLayer'],
      ['name', 'adminLayer'],
    ],
  );
  t.match(bootstrap.overloadManager?.resourceMonitors?.[0].typedConfig, {
    typeUrl: 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
    value: { maxHeapSizeBytes: 5n },
  });
});

t.test('an alpha of a filter is the filter it became', async (t) => {
  const filter = `{name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.oauth2.v3alpha.OAuth2}}, {name: envoy.filters.http.router}`;
  const hcm = `{"@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: a, route_config: {}, http_filters: [${filter}]}`;
  const text = `static_resources: {listeners: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: h, typed_config: ${hcm}}]}]}]}`;
  const { bootstrap } = await load(text);
  const config = bootstrap.staticResources!.listeners![0].filterChains![0].filters![0].typedConfig!
    .value as HttpConnectionManager;
  t.equal(config.httpFilters![0].typedConfig!.typeUrl, 'envoy.extensions.filters.http.oauth2.v3.OAuth2');
});

t.test('tls by its name alone is the context of its place', async (t) => {
  for (const name of ['tls', 'envoy.transport_sockets.tls']) {
    const text = `static_resources:
  clusters: [{name: a, transport_socket: {name: ${name}, config: {sni: x}}}]
  listeners: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{transport_socket: {name: ${name}, config: {require_sni: true}}}]}]`;
    const { bootstrap } = await load(text, { asEnvoy: true });
    const { clusters, listeners } = bootstrap.staticResources!;
    t.match(clusters![0].transportSocket!.typedConfig, { typeUrl: /\.UpstreamTlsContext$/, value: { sni: 'x' } });
    const down = listeners![0].filterChains![0].transportSocket!.typedConfig;
    t.match(down, { typeUrl: /\.DownstreamTlsContext$/, value: { requireSni: true } });
  }
});

t.test('a name nobody registered is refused with Envoy’s sentence', async (t) => {
  for (const filter of ['{name: bogus}', '{name: bogus, typed_config: {}}', '{name: bogus, config: {}}']) {
    const text = `static_resources: {listeners: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [${filter}]}]}]}`;
    const problem = await firstProblem(text);
    t.equal(problem.envoy, "Didn't find a registered implementation for 'bogus' with type URL: ''");
    t.match(problem.hint, /"@type"/);
  }
  const near = `static_resources: {listeners: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: envoy.http_conection_manager}]}]}]}`;
  t.equal((await firstProblem(near)).hint, "did you mean 'envoy.http_connection_manager'?");
});

t.test('a v3 file is not taken for v2', async (t) => {
  t.equal(
    (await load(http('[{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a}}]}]'))).usedV2,
    false,
  );
});

t.test('--bootstrap-version 2 says so where no name does; others than 2 and 3 do not exist', async (t) => {
  t.equal((await load('node: {id: a}', { bootstrapVersion: 2 })).usedV2, true);
  t.equal((await load('node: {id: a}', { bootstrapVersion: 3 })).usedV2, false);
  t.equal((await firstProblem('{}', { bootstrapVersion: 4 })).message, 'Unknown bootstrap version 4.');
});

t.test('what is not supported yet is called as the file calls it', async (t) => {
  const action = (field: string): string =>
    http(`[{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a, ${field}}}]}]`);
  for (const name of ['flush_timeout: 1s', 'flushTimeout: 1s'])
    t.match((await firstProblem(action(name))).message, /^'flush_timeout' of /);
});
