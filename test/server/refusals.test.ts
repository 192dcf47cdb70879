// Whatever a builder refuses is said with the place of the message it was building, everything at once. Texts of real Envoy 1.40.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ConfigError } from '../../src/config/problem.ts';
import { each, eachAsync, type Refusal, within } from '../../src/config/refusal.ts';
import { problemsOf } from './whole.ts';

const dir = mkdtempSync(join(tmpdir(), 'envoylet-refusals-'));
t.teardown(() => rmSync(dir, { recursive: true }));

/** `path | what the caret stands under | message` of each problem, in the order they are listed. */
async function problems(yaml: string): Promise<string[]> {
  const found = await problemsOf(yaml);
  if (found.length === 0) return [];
  return new ConfigError(found).problems.map((p) => {
    const marked = p.line === 0 ? 'nowhere' : p.sourceLine.slice(p.column - 1, p.column - 1 + p.width);
    return `${p.yamlPath} | ${marked} | ${p.message}`;
  });
}

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = `{name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}`;
const REDIS = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy';
const FILE = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog';

const cluster = (fields: string): string => `static_resources:\n  clusters:\n  - name: a\n    ${fields}\n`;
const filter = (type: string, fields: string): string => `static_resources:
  clusters: [{name: a}]
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: f
        typed_config: {"@type": ${type},
          ${fields}}\n`;
const redis = (fields: string): string => filter(REDIS, `stat_prefix: r, settings: {op_timeout: 1s}, ${fields}`);
const http = (routeConfig: string, filters = ROUTER): string =>
  filter(HCM, `stat_prefix: h, http_filters: [${filters}], route_config: ${routeConfig}`);
const toA = 'routes: [{match: {prefix: /}, route: {cluster: a}}, {match: {path: /b}, route: {cluster: a}}]';
const ALL = 'prefix_routes: {catch_all_route: {cluster: a}}';
const CLUSTER = 'static_resources.clusters[0]';
const FILTER = 'static_resources.listeners[0].filter_chains[0].filters[0].typed_config';

const cases: [yaml: string, ...wanted: string[]][] = [
  [
    cluster('type: STRICT_DNS\n    dns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}'),
    `${CLUSTER}.dns_failure_refresh_rate.max_interval | 1s | dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval`,
  ],
  [
    redis('prefix_routes: {routes: [{prefix: a, cluster: a}, {prefix: a, cluster: a}]}'),
    `${FILTER}.prefix_routes.routes[1].prefix | a | prefix \`a\` already exists.`,
  ],
  [
    redis(
      `${ALL}, downstream_auth_password: {filename: ${dir}/none}, downstream_auth_username: {environment_variable: NO_SUCH_1}`,
    ),
    `${FILTER}.downstream_auth_password.filename | ${dir}/none | Invalid path: ${dir}/none`,
    `${FILTER}.downstream_auth_username.environment_variable | NO_SUCH_1 | Environment variable doesn't exist: NO_SUCH_1`,
  ],
  [
    `admin:\n  access_log_path: ${dir}\n  access_log: [{name: f, typed_config: {"@type": ${FILE}, path: ${dir}/no/log}}]\n  address: {socket_address: {address: 127.0.0.1, port_value: 0}}\n`,
    `admin.access_log_path | ${dir} | unable to open file '${dir}': Is a directory`,
    `admin.access_log[0].typed_config.path | ${dir}/no/log | unable to open file '${dir}/no/log': No such file or directory`,
  ],
  [
    filter(
      HCM,
      `stat_prefix: h, http_filters: [${ROUTER}], access_log: [{name: f, typed_config: {"@type": ${FILE}, path: /dev/null, log_format: {text_format: "%FOO%"}}}], route_config: {virtual_hosts: [{name: v, domains: ["*"], response_headers_to_add: [{header: {key: x, value: 5%}}], ${toA}}]}`,
    ),
    `${FILTER}.access_log[0].typed_config.log_format.text_format | "%FOO%" | Not supported field in StreamInfo: FOO`,
    `${FILTER}.route_config.virtual_hosts[0].response_headers_to_add[0].header.value | 5% | Incorrect configuration: 5%. Couldn't find valid command at position 1`,
  ],
  [
    `stats_flush_interval: 1s\nstats_flush_on_admin: true\n${cluster('type: STATIC')}`,
    'stats_flush_on_admin | true | Only one of stats_flush_interval or stats_flush_on_admin should be set!',
  ],
];
for (const [yaml, ...wanted] of cases) {
  t.test(wanted[0], async (t) => t.strictSame(await problems(yaml), wanted));
}

t.test('what is wrong with a filter, the headers of a request and those of an answer is all said', async (t) => {
  const value = (key: string): string => `[{header: {key: ${key}, value: "%NOPE%"}}]`;
  const routes = `{virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a}, request_headers_to_add: ${value('out')}, response_headers_to_add: ${value('back')}}]}]}`;
  const route = `${FILTER}.route_config.virtual_hosts[0].routes[0]`;
  const wanted = ['request', 'response'].map((d) => `${route}.${d}_headers_to_add[0].header.value | "%NOPE%"`);
  const places = async (yaml: string): Promise<string[]> =>
    (await problems(yaml)).map((p) => p.split(' | ').slice(0, 2).join(' | '));
  t.strictSame(await places(http(routes)), wanted);
  const unread = `${FILTER}.http_filters[0] | nothing`;
  t.strictSame(await places(http(routes, `{name: nothing}, ${ROUTER}`)), [unread, ...wanted], 'found when it is read');
  const refused = `{name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.refuses.v3.X}}`;
  t.match(await places(http(routes, `${refused}, ${ROUTER}`)), [/http_filters\[0\]/, ...wanted]);
});

t.test('header values: each with its place, once, however many routes it is compiled for', async (t) => {
  const add = (...values: string[]): string => `[${values.map((v) => `{header: {key: a, value: "${v}"}}`)}]`;
  const yaml = http(
    `{name: rc, virtual_hosts: [{name: v, domains: ["*"], request_headers_to_add: ${add('%1%', 'x', '%2%')}, ${toA}}]}`,
  );
  const found = await problems(yaml);
  t.equal(found.length, 2);
  for (const [i, text] of [
    [0, '%1%'],
    [2, '%2%'],
  ] as const) {
    const path = `${FILTER}.route_config.virtual_hosts[0].request_headers_to_add[${i}].header.value`;
    t.ok(
      found.some((p) => p.startsWith(`${path} | "${text}" | `)),
      path,
    );
  }
});

t.test('header mutations that would change where a request goes, or what an answer is', async (t) => {
  const RESERVED = ':-prefixed or host headers may not be';
  const levels = [
    ['route_config', (m: string) => `{name: rc, ${m}, virtual_hosts: [{name: v, domains: ["*"], ${toA}}]}`],
    ['route_config.virtual_hosts[0]', (m: string) => `{virtual_hosts: [{name: v, domains: ["*"], ${m}, ${toA}}]}`],
    [
      'route_config.virtual_hosts[0].routes[0]',
      (m: string) =>
        `{virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a}, ${m}}]}]}`,
    ],
  ] as const;
  for (const [at, table] of levels) {
    for (const direction of ['request', 'response']) {
      for (const key of [':path', ':method', ':authority', ':scheme', ':status', ':foo', 'host', 'Host']) {
        const text = JSON.stringify(key);
        t.strictSame(
          await problems(http(table(`${direction}_headers_to_add: [{header: {key: ${text}, value: ""}}]`))),
          [`${FILTER}.${at}.${direction}_headers_to_add[0].header.key | ${text} | ${RESERVED} modified`],
        );
        t.strictSame(await problems(http(table(`${direction}_headers_to_remove: [x, ${text}]`))), [
          `${FILTER}.${at}.${direction}_headers_to_remove[1] | ${text} | ${RESERVED} removed`,
        ]);
      }
    }
  }
});

t.test('both forms of append; names that are none', async (t) => {
  const routes = `{virtual_hosts: [{name: v, domains: ["*"], ${toA}}], request_headers_to_add: `;
  const path = `${FILTER}.route_config.request_headers_to_add[0]`;
  for (const action of ['ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS']) {
    for (const append of ['true', 'false']) {
      const option = `[{header: {key: x, value: v}, append: ${append}, append_action: ${action}}]}`;
      t.strictSame(await problems(http(routes + option)), [
        `${path}.append | ${append} | Both append and append_action are set and it's not allowed`,
      ]);
    }
  }
  const usual = '[{header: {key: x, value: v}, append: false, append_action: APPEND_IF_EXISTS_OR_ADD}]}';
  t.strictSame(await problems(http(routes + usual)), [], 'the action that is the default may stand beside it');
  for (const key of ['x z', 'x:z', 'č', '(x)'])
    t.strictSame(await problems(http(`${routes}[{header: {key: "${key}", value: v}}]}`)), [
      `${path}.header.key | "${key}" | '${key}' is no name of a header`,
    ]);
});

t.test('what reading refuses does not hide what building refuses elsewhere', async (t) => {
  const yaml = `static_resources:
  clusters:
  - {name: a, bogus: 1}
  - {name: b, type: STRICT_DNS, dns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}}
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains: [{filters: [{name: f, typed_config: {"@type": ${REDIS}, stat_prefix: r, settings: {op_timeout: 1s}, ${ALL}, downstream_auth_password: {environment_variable: NO_SUCH_1}}}]}]
`;
  t.match(await problems(yaml), [/'bogus'/, /dns_failure_refresh_rate must/, /Environment variable doesn't exist/]);
});

t.test('what an upgrade of v2 fields made is placed where it stands', async (t) => {
  const yaml = cluster('type: STATIC\n    hosts: [{socket_address: {address: localhost, port_value: 1}}]');
  t.match(await problems(yaml), [/^static_resources\.clusters\[0\].* \| malformed IP address: localhost/]);
});

t.test('an Error without a place is about the innermost message around it; a defect stays what it is', async (t) => {
  const outer = { outer: true };
  const [a, b] = [{ a: true }, { b: true }];
  const build = (m: object): never => {
    throw new Error(m === a ? 'no a' : 'no b');
  };
  const error = t.throws(() => within(outer, () => each([a, b], build))) as unknown as Refusal;
  t.strictSame(
    error.reasons.map((r) => [r.message, r.about]),
    [
      ['no a', [a, outer]],
      ['no b', [b, outer]],
    ],
  );
  t.throws(() => within(outer, () => (undefined as unknown as { x: number }).x), TypeError);
  await t.rejects(
    eachAsync([a], async () => (undefined as unknown as { x: number }).x),
    TypeError,
  );
});

t.test('headers that a route, its virtual host and the table get wrong are all said, each once', async (t) => {
  const headers = (key: string): string => `request_headers_to_add: [{header: {key: ${key}, value: "%NOPE%"}}]`;
  const route = (path: string): string =>
    `{match: {path: ${path}}, route: {cluster: a}, ${headers('r')}, request_headers_to_remove: [x]}`;
  const routes = `{${headers('t')}, virtual_hosts: [{name: v, domains: ["*"], ${headers('v')}, routes: [${route('/a')}, ${route('/b')}]}]}`;
  const config = `${FILTER}.route_config`;
  const places = (await problems(http(routes))).map((p) => p.split(' | ')[0]).sort();
  const at = (level: string): string => `${config}${level}.request_headers_to_add[0].header.value`;
  t.strictSame(
    places,
    ['', '.virtual_hosts[0]', '.virtual_hosts[0].routes[0]', '.virtual_hosts[0].routes[1]'].map(at).sort(),
  );
});
