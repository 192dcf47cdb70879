// What Envoy refuses though every field is valid by itself. Texts measured with real Envoy 1.40.
import t from 'tap';
import type { ConfigProblem } from '../../src/config/problem.ts';
import { cluster, firstProblem, http, load, ROUTER, refused } from './harness.ts';

const vhost = (more: string): string => `{name: v, ${more}}`;
const toA = 'routes: [{match: {prefix: /}, route: {cluster: a}}]';
const BRIDGE = '{name: envoy.filters.http.grpc_http1_bridge}';
const TCP = (name: string): string =>
  `{name: ${name}, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: a}}`;
const listener = (filters: string, port = 0): string =>
  `{address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}, filter_chains: [${filters}]}`;
const endpoint = (address: string): string =>
  `{endpoint: {address: {socket_address: {address: ${address}, port_value: 80}}}}`;

const staticEndpoint = (endpoint: string): string =>
  cluster(`load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{${endpoint}}]}]}`);
const REDIS = (more: string): string =>
  `{name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy, stat_prefix: r, settings: {op_timeout: 1s}, ${more}}}`;

const cases: [text: string, envoy: string][] = [
  ['static_resources: {clusters: [{name: a}, {name: a}]}', "cluster manager: duplicate cluster 'a'"],
  [
    http(`[${vhost('domains: [a], routes: [{match: {prefix: /}, route: {cluster: nope}}]')}]`),
    "route: unknown cluster 'nope'",
  ],
  [
    http(`[${vhost(`domains: ["*"], ${toA}`)}, ${vhost('domains: ["*"]')}]`),
    'Only a single wildcard domain is permitted in route rc',
  ],
  [
    http(`[${vhost('domains: [a.com]')}, ${vhost('domains: [A.com]')}]`),
    'Only unique values for domains are permitted. Duplicate entry of domain a.com in route rc',
  ],
  [
    cluster(`load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [${endpoint('foo')}]}]}`),
    "malformed IP address: foo. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'",
  ],
  [
    cluster('http_protocol_options: {}, http2_protocol_options: {}'),
    "cluster: Both HTTP1 and HTTP2 options may only be configured with non-default 'protocol_selection' values",
  ],
  ['static_resources: {clusters: [{name: a, type: LOGICAL_DNS}]}', 'LOGICAL_DNS clusters must have a single host'],
  [cluster('lb_policy: MAGLEV, maglev_lb_config: {table_size: 100}'), 'The table size of maglev must be prime number'],
  [
    'static_resources: {listeners: [{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 0}}}]}',
    "error adding listener '127.0.0.1:0': no filter chains specified",
  ],
  ['static_resources: {listeners: [{name: l}]}', "error adding listener named 'l': address is necessary"],
  ['admin: {address: {socket_address: {address: localhost, port_value: 0}}}', 'malformed IP address: localhost'],
  [
    `static_resources: {listeners: [${listener(`{filters: [${TCP('x')}, ${TCP('z')}]}`)}]}`,
    'Error: terminal filter named x of type envoy.filters.network.tcp_proxy must be the last filter in a network filter chain.',
  ],
  [
    `static_resources: {listeners: [${listener(`{filters: [${TCP('x')}]}, {filters: [${TCP('x')}]}`)}]}`,
    "error adding listener '127.0.0.1:0': filter chain '' has the same matching rules defined as ''. duplicate matcher is: {}",
  ],
  [
    http(`[${vhost(`domains: ["*"], ${toA}`)}]`, '', `[${BRIDGE}]`),
    'Error: non-terminal filter named envoy.filters.http.grpc_http1_bridge of type envoy.filters.http.grpc_http1_bridge is the last filter in a http filter chain.',
  ],
  [
    http(`[${vhost(`domains: ["*"], ${toA}`)}]`, '', `[${ROUTER.slice(1, -1)}, ${BRIDGE}]`),
    'Error: terminal filter named envoy.filters.http.router of type envoy.filters.http.router must be the last filter in a http filter chain.',
  ],
  [
    http(`[${vhost('domains: ["*"], routes: [{match: {safe_regex: {regex: "*"}}, route: {cluster: a}}]')}]`),
    'no argument for repetition operator: *',
  ],
  [
    http(`[${vhost('domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a, timeout: -1s}}]')}]`),
    'Invalid duration: Expected positive duration: -1s',
  ],
  [
    http(`[${vhost('domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a, timeout: 9223372036s}}]')}]`),
    'Invalid duration: Duration out-of-range: 9223372036s',
  ],
  [
    staticEndpoint('endpoint: {}'),
    "Address must be set. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'",
  ],
  [
    staticEndpoint('endpoint: {address: {socket_address: {address: 1.2.3.4, named_port: http}}}'),
    "IP resolver can't handle port specifier type 4. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'",
  ],
  [
    staticEndpoint(`endpoint: {address: {pipe: {path: /${'a'.repeat(107)}}}}`),
    `Path "/${'a'.repeat(107)}" exceeds maximum UNIX domain socket path size of 108.. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'`,
  ],
  [
    staticEndpoint('endpoint: {address: {pipe: {path: "@a", mode: 384}}}'),
    "Cannot set mode for Abstract AF_UNIX sockets. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'",
  ],
  [
    `admin: {address: {pipe: {path: /${'é'.repeat(54)}}}}`,
    `Path "/${'é'.repeat(54)}" exceeds maximum UNIX domain socket path size of 108.`,
  ],
  [
    'static_resources: {listeners: [{address: {pipe: {path: "@a", mode: 1}}, filter_chains: [{}]}]}',
    'Cannot set mode for Abstract AF_UNIX sockets',
  ],
  [
    cluster(
      'load_assignment: {cluster_name: a}, dns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}',
    ).replace('STATIC', 'STRICT_DNS'),
    'dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval',
  ],
  [
    cluster('dns_resolvers: [{socket_address: {address: foo, port_value: 53}}]').replace('STATIC', 'STRICT_DNS'),
    'malformed IP address: foo',
  ],
  [
    cluster('common_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: true}}'),
    "Cannot use hostname for consistent hashing loadbalancing for cluster of type: 'envoy.cluster.static'",
  ],
  [
    cluster('load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: []}]}').replace('STATIC', 'LOGICAL_DNS'),
    'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint',
  ],
  [
    http(
      `[${vhost(`domains: ["*"], ${toA}`)}]`,
      'internal_address_config: {cidr_ranges: [{address_prefix: foo, prefix_len: 3}]}',
    ),
    "invalid ip/mask combo 'foo/3' (format is <ip>/<# mask bits>)",
  ],
  [
    http(
      `[${vhost('domains: [a], routes: [{match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: a, weight: 0}]}}}]')}]`,
    ),
    'Sum of weights in the weighted_cluster must be greater than 0.',
  ],
  [
    http(
      `[${vhost('domains: [a], routes: [{match: {prefix: /}, route: {cluster: a, request_mirror_policies: [{cluster: nope}]}}]')}]`,
    ),
    "route: unknown shadow cluster 'nope'",
  ],
  [
    `static_resources: {listeners: [${listener(`{filters: [${REDIS('prefix_routes: {case_insensitive: true, routes: [{prefix: a, cluster: a}, {prefix: A, cluster: a}]}')}]}`)}]}`,
    'prefix `A` already exists.',
  ],
];
for (const [text, envoy] of cases) {
  t.test(envoy, async (t) => t.equal((await firstProblem(text)).envoy, envoy));
}

t.test('a redis_proxy without any upstream', async (t) => {
  const redis = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy';
  const text = `static_resources: {listeners: [${listener(`{filters: [{name: r, typed_config: {"@type": ${redis}, stat_prefix: r, settings: {op_timeout: 1s}}}]}`)}]}`;
  t.equal((await firstProblem(text)).envoy, 'cannot configure a redis-proxy without any upstream');
});

t.test('two listeners on one address; port 0 is another each time', async (t) => {
  const two = (port: number): string =>
    `static_resources: {listeners: [${listener(`{filters: [${TCP('x')}]}`, port)}, ${listener(`{filters: [${TCP('x')}]}`, port)}]}`;
  t.match((await firstProblem(two(7777))).envoy, /has duplicate address '127\.0\.0\.1:7777' as existing listener/);
  await load(two(0));
});

t.test('what Envoy accepts is accepted', async () => {
  await load(http(`[${vhost(`domains: ["*"], ${toA}`)}]`));
  await load(http(`[${vhost(`domains: ["*"], ${toA}`)}]`, '', '[]'));
  await load(http(`[${vhost('domains: ["a*b"]')}, ${vhost('domains: [b]')}]`));
  await load(`static_resources: {listeners: [${listener(`{filters: [${TCP('x')}]}`)}]}`);
  await load(`static_resources: {listeners: [${listener('{filters: []}')}]}`);
  const unchecked = http(`[${vhost('domains: [a], routes: [{match: {prefix: /}, route: {cluster: nope}}]')}]`).replace(
    'name: rc,',
    'name: rc, validate_clusters: false,',
  );
  await load(unchecked);
});

t.test('a misspelt cluster gets a suggestion, and the place is the name', async (t) => {
  const text = http(`[${vhost('domains: [a], routes: [{match: {prefix: /}, route: {cluster: "backedn"}}]')}]`).replace(
    'clusters: [{name: a',
    'clusters: [{name: backend',
  );
  const { problems } = await refused(text);
  t.equal(problems[0].hint, "did you mean 'backend'?");
  t.equal(problems[0].sourceLine.slice(problems[0].column - 1, problems[0].column + 8), '"backedn"');
});

t.test('a path of 107 bytes is accepted, as by Envoy', async () => {
  await load(staticEndpoint(`endpoint: {address: {pipe: {path: /${'a'.repeat(106)}}}}`));
  await load(staticEndpoint('endpoint: {address: {pipe: {path: "@a"}}}'));
});

t.test('what was refused is not missed again: one mistake, one problem', async (t) => {
  const route = 'routes: [{match: {prefix: /}, route: {cluster: a}}]';
  const page = http(`[${vhost(`domains: ["*"], ${route}`)}]`);
  const once = async (text: string, message: RegExp): Promise<void> => {
    const { problems, first } = await refused(text);
    t.strictSame(
      problems.map((p) => p.code),
      ['unknown-field'],
    );
    t.match(first.message, message);
  };
  await once(page.replace('{name: a,', '{Name: a,'), /no such field: 'Name'/);
  await once(page.replace('  clusters:', '  Clusters:'), /no such field: 'Clusters'/);
  await once(page.replace('    filter_chains:', '    filter_chain:'), /no such field: 'filter_chain'/);
  await once(page.replace('    address:', '    adress:'), /no such field: 'adress'/);
  await once(
    'static_resources: {clusters: [{name: a, type: LOGICAL_DNS, load_asignment: {}}]}',
    /no such field: 'load_asignment'/,
  );
  await once(staticEndpoint('endpoint: {adress: {}}'), /no such field: 'adress'/);
  // A name that no broken cluster could have is still unknown.
  const other = page.replace('{name: a,', '{Name: a,').replace('route: {cluster: a}', 'route: {cluster: b}');
  t.strictSame(
    (await refused(other)).problems.map((p) => p.message),
    ["no such field: 'Name' in envoy.config.cluster.v3.Cluster", "route: unknown cluster 'b'"],
  );
});

t.test('a second listener of one name: Envoy does not look at it, so a warning', async (t) => {
  const one = (address: string): string =>
    `{name: l, address: {socket_address: {address: ${address}, port_value: 0}}, filter_chains: [{}]}`;
  const { warnings } = await load(`static_resources: {listeners: [${one('127.0.0.1')}, ${one('nowhere')}]}`);
  t.strictSame(
    warnings.map((w) => w.message),
    ["a second listener 'l': Envoy keeps the first, this one is never opened"],
  );
});

t.test('strict: what 1.40 has forgotten is unknown, with what it is called now', async (t) => {
  const strict = { asEnvoy: true, strict: true };
  const named = (text: string): Promise<ConfigProblem> => firstProblem(text, strict);
  t.match(await named(cluster('hosts: [{pipe: {path: /x}}]')), {
    code: 'unknown-field',
    hint: 'of the v2 API, which Envoy left in 1.18',
  });
  t.match(await named(http(`[${vhost(`domains: ["*"], ${toA}`)}]`, '', '[{name: envoy.filters.http.router}]')), {
    code: 'unknown-type',
    envoy: "Didn't find a registered implementation for 'envoy.filters.http.router' with type URL: ''",
    hint: 'give typed_config with "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
  });
  const v2 = TCP('x').replace('extensions.filters.network.tcp_proxy.v3', 'config.filter.network.tcp_proxy.v2');
  const text = `static_resources: {listeners: [${listener(`{filters: [${v2}]}`)}]}`;
  t.match(await named(text), {
    code: 'unknown-type',
    hint: 'v3: envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  });
  await load(text);
});

t.test('an endpoint of a STRICT_DNS cluster without an address: Envoy starts, we do not', async (t) => {
  const text = staticEndpoint('endpoint: {}').replace('STATIC', 'STRICT_DNS');
  const message = 'STRICT_DNS clusters must have a socket_address for each endpoint';
  t.equal((await firstProblem(text)).message, message);
  const { warnings } = await load(text, { asEnvoy: true, strict: true });
  t.strictSame(
    warnings.map((w) => w.message),
    [message],
  );
});

t.test('strict: an extension must be one that 1.40 has, of the kind that its place wants', async (t) => {
  const strict = { asEnvoy: true, strict: true };
  const any = (type: string): string => `{name: x, typed_config: {"@type": type.googleapis.com/${type}}}`;
  const wrong: [text: string, type: string][] = [
    [
      cluster(`transport_socket: ${any('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext')}`),
      'Downstream',
    ],
    [
      http(
        `[${vhost(`domains: ["*"], ${toA}`)}]`,
        '',
        `[${any('envoy.extensions.filters.network.echo.v3.Echo')}, ${ROUTER.slice(1, -1)}]`,
      ),
      'Echo',
    ],
    [
      `static_resources: {listeners: [${listener(`{filters: [${any('envoy.config.core.v3.Locality')}]}`)}]}`,
      'Locality',
    ],
  ];
  for (const [text, type] of wrong) {
    const { envoy } = await firstProblem(text, strict);
    t.match(envoy, new RegExp(`^Didn't find a registered implementation for 'x' with type URL: '.*${type}`));
  }
  await load(
    cluster(`transport_socket: ${any('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext')}`),
    strict,
  );
});

t.test('header mutations, upgrades and retries that Envoy refuses are found with everything else', async (t) => {
  const add = (...headers: string[]): string =>
    `request_headers_to_add: [${headers.map((h) => `{header: {key: ${h}}}`)}]`;
  const route = `{match: {prefix: /}, route: {cluster: a, retry_policy: {retry_back_off: {base_interval: 5s, max_interval: 1s}}}, ${add("':path', value: x", 'x, value: x')}}`;
  const host = vhost(`domains: ["*"], response_headers_to_remove: [x, Host], routes: [${route}]`);
  const text = http(`[${host}]`, 'upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: WebSocket}],');
  const { problems } = await refused(text.replace('],\n', ']\n'), { asEnvoy: true, strict: true });
  t.strictSame(problems.map((p) => [p.message, p.yamlPath.replace(/^.*typed_config\./, '')]).sort(), [
    [
      ':-prefixed or host headers may not be modified',
      'route_config.virtual_hosts[0].routes[0].request_headers_to_add[0].header.key',
    ],
    [':-prefixed or host headers may not be removed', 'route_config.virtual_hosts[0].response_headers_to_remove[1]'],
    ["Error: multiple upgrade configs with the same name: 'WebSocket'", 'upgrade_configs[1].upgrade_type'],
    [
      'retry_policy.max_interval must greater than or equal to the base_interval',
      'route_config.virtual_hosts[0].routes[0].route.retry_policy.retry_back_off.max_interval',
    ],
  ]);
});
