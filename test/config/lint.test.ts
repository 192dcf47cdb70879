// What Envoy refuses though every field is valid by itself. Texts measured with real Envoy 1.40.
import t from 'tap';
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
