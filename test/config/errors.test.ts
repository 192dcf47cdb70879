import t from 'tap';
import { cluster, firstProblem, http, load, refused } from './harness.ts';

t.test(
  'unknown, unsupported and violated are three different errors, all reported at once with their places',
  async (t) => {
    const error = await refused(`static_resources:
  clusters:
  - name: a
    conect_timeout: 1s
  - name: b
    lrs_server: {self: {}}
  - name: c
    connect_timeout: 0s
`);
    t.strictSame(
      error.problems.map((p) => [p.code, p.line, p.column, p.yamlPath]),
      [
        ['unknown-field', 4, 5, 'static_resources.clusters[0].conect_timeout'],
        ['constraint', 8, 22, 'static_resources.clusters[2].connect_timeout'],
        ['unsupported', 6, 5, 'static_resources.clusters[1].lrs_server'],
      ],
    );
    const [unknown, constraint, unsupported] = error.problems;
    t.equal(unknown.hint, "did you mean 'connect_timeout'?");
    t.match(unknown.envoy, /no such field: 'conect_timeout'\) has unknown fields$/);
    t.equal(
      constraint.envoy,
      'Proto constraint validation failed (BootstrapValidationError.StaticResources: embedded message failed validation | caused by ' +
        'StaticResourcesValidationError.Clusters[2]: embedded message failed validation | caused by ' +
        'ClusterValidationError.ConnectTimeout: value must be greater than 0s)',
    );
    t.match(unsupported.message, /not supported yet/);
  },
);

t.test('format() shows file, line, column, path, source line, caret and hint', async (t) => {
  const error = await refused('admin:\n\taddress: 1\n');
  t.equal(error.problems[0].code, 'syntax');
  const text = (await refused('node:\n  idd: x\n')).format();
  t.match(text, /envoy\.yaml:2:3: no such field: 'idd' in envoy\.config\.core\.v3\.Node\n/);
  t.match(text, / {2}at node\.idd\n {2}2 \| {3}idd: x\n {4}\| {3}\^\^\^\n {2}did you mean 'id'\?\n/);
  t.match(text, /1 problem$/);
});

t.test('the first line of the message is Envoy’s sentence', async (t) => {
  const { message } = await refused('static_resources: {clusters: [{name: ""}]}');
  t.match(message.split('\n')[0], /^Proto constraint validation failed \(BootstrapValidationError/);
});

t.test('--allow-unknown-fields and --allow-unsupported turn errors into warnings', async (t) => {
  const text = 'static_resources: {clusters: [{name: a, bogus: 1, track_cluster_stats: {}}]}';
  const { warnings, bootstrap } = await load(text, { allowUnknownFields: true, allowUnsupported: true });
  t.strictSame(warnings.map((w) => w.code).sort(), ['unknown-field', 'unsupported']);
  t.notOk('bogus' in bootstrap.staticResources!.clusters![0]);
});

t.test('an unknown field below something unsupported is still unknown', async (t) => {
  const error = await refused(cluster('lrs_server: {bogus: 1}'));
  t.strictSame(
    error.problems.map((p) => p.code),
    ['unknown-field', 'unsupported'],
  );
});

t.test('enum values that are not supported yet are told apart from unknown ones', async (t) => {
  t.equal((await firstProblem(http('', 'codec_type: HTTP3'))).code, 'unsupported');
  const unknown = await firstProblem(cluster('lb_policy: RONUD_ROBIN'));
  t.equal(unknown.code, 'bad-value');
  t.equal(unknown.hint, 'did you mean ROUND_ROBIN?');
});

const typed = (type: string): string =>
  `static_resources: {listeners: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: x, typed_config: {${type}}}]}]}]}`;

t.test('what an Any may hold', async (t) => {
  const missing = await firstProblem(typed('a: b'));
  t.match(missing.message, /missing @type in Any is only allowed for an empty object/);
  const noHost = await firstProblem(typed('"@type": foo.Bar'));
  t.equal(noHost.message, '@type must contain at least one / and a nonempty host; got: foo.Bar');
  const unknown = await firstProblem(
    typed('"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpPorxy'),
  );
  t.equal(unknown.code, 'unknown-type');
  t.match(
    unknown.envoy,
    /could not find @type 'type\.googleapis\.com\/envoy\.extensions\.filters\.network\.tcp_proxy\.v3\.TcpPorxy'/,
  );
  t.equal(unknown.hint, 'did you mean envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy?');
  const wrong = await firstProblem(typed('"@type": type.googleapis.com/envoy.config.core.v3.Node'));
  t.equal(wrong.envoy, "Didn't find a registered implementation for 'x' with type URL: 'envoy.config.core.v3.Node'");
});

t.test('a TypedStruct is read as the type it names', async (t) => {
  const tcp = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
  const { bootstrap } = await load(
    typed(
      `"@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: ${tcp}, value: {stat_prefix: s, cluster: c}`,
    ),
  );
  t.strictSame(bootstrap.staticResources!.listeners![0].filterChains![0].filters![0].typedConfig, {
    typeUrl: 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    value: { statPrefix: 's', cluster: 'c' },
  });
  const bad = await firstProblem(
    typed(`"@type": type.googleapis.com/udpa.type.v1.TypedStruct, type_url: ${tcp}, value: {statprefix: s}`),
  );
  t.equal(bad.code, 'unknown-field');
});

const constraints: [text: string, envoy: string][] = [
  [
    'static_resources: {listeners: [{address: {}}]}',
    'ListenerValidationError.Address: embedded message failed validation | caused by field: "address", reason: is required)',
  ],
  [
    'static_resources: {clusters: [{name: a, lb_policy: 99}]}',
    'ClusterValidationError.LbPolicy: value must be one of the defined enum values)',
  ],
  [
    'admin: {address: {socket_address: {address: 127.0.0.1, port_value: 99999}}}',
    'SocketAddressValidationError.PortValue: value must be less than or equal to 65535)',
  ],
  ['admin: {address: {pipe: {path: ""}}}', 'PipeValidationError.Path: value length must be at least 1 characters)'],
  ['stats_flush_interval: 0s', 'BootstrapValidationError.StatsFlushInterval: value must be inside range [1ms, 5m0s))'],
  [
    http('[{name: "", domains: [a]}]'),
    'Proto constraint validation failed (HttpConnectionManagerValidationError.RouteConfig: embedded message failed validation | caused by RouteConfigurationValidationError.VirtualHosts[0]: embedded message failed validation | caused by VirtualHostValidationError.Name: value length must be at least 1 characters)',
  ],
  [http('[{name: v, domains: []}]'), 'VirtualHostValidationError.Domains: value must contain at least 1 item(s))'],
  [
    http('[{name: v, domains: [a], routes: [{match: {prefix: /}}]}]'),
    'VirtualHostValidationError.Routes[0]: embedded message failed validation | caused by field: "action", reason: is required)',
  ],
  [
    http('[{name: v, domains: [a], routes: [{match: {prefix: /, headers: [{name: "a\\nb"}]}, route: {cluster: a}}]}]'),
    'HeaderMatcherValidationError.Name: value does not match regex pattern "^[^\\x00\\n\\r]*$")',
  ],
];
for (const [text, envoy] of constraints) {
  t.test(envoy.slice(-90), async (t) => {
    const problem = await firstProblem(text);
    t.equal(problem.code, 'constraint');
    t.equal(problem.envoy!.slice(-envoy.length), envoy);
  });
}

t.test('columns count from 1, CRLF and a byte order mark do not shift lines', async (t) => {
  const problem = await firstProblem('\ufeffnode: {id: a}\r\nbogus: 1\r\n');
  t.strictSame([problem.line, problem.column, problem.sourceLine], [2, 1, 'bogus: 1']);
});

t.test('what is written into a config as a key or a password is not shown with its line', async (t) => {
  for (const text of [
    'node: {bogus: 1, private_key: {inline_string: "se\\"cret one"}}',
    "node: {bogus: 1, password: {inline_bytes: 'secret'}}",
    'node: {bogus: 1, private_key: secret, secret}',
    '{"node": {"bogus": 1, "privateKey": {"inlineString": "secret"}}}',
    '{"node": {"bogus": 1, "pkcs12": {"inline_bytes":"c2VjcmV0 secret"}}}',
  ]) {
    const { sourceLine, column, width } = await firstProblem(text);
    t.notMatch(sourceLine, /secret|cret one/);
    t.equal(sourceLine.length, text.length);
    t.match(sourceLine.slice(column - 1, column - 1 + width), /bogus/);
  }
});

t.test('a file that is not there', async (t) => {
  const { loadBootstrap } = await import('../../src/config/load.ts');
  await t.rejects(loadBootstrap({ path: '/nowhere/envoy.yaml' }), {
    message: /^unable to read file: \/nowhere\/envoy\.yaml/,
  });
  await t.rejects(loadBootstrap({ path: '/' }), { name: 'ConfigError' });
});

t.test('what a template left behind is called that', async (t) => {
  const hint = async (text: string): Promise<string> => (await firstProblem(text)).hint ?? '';
  const variable = (inside: string): string => ['$', '{', inside, '}'].join('');
  const admin = (port: string, host = '127.0.0.1'): string =>
    `admin:\n  address:\n    socket_address:\n      address: ${host}\n      port_value: ${port}\n`;
  for (const left of [variable('PORT'), '$PORT', variable('PORT:-80')]) {
    const shell = `${left} is still in the file: Envoy replaces no variables, and envsubst was not run`;
    t.equal(await hint(admin(left)), shell);
    t.equal(await hint(admin(`'${left}'`)), shell);
    t.equal(await hint(admin('1', left)), shell);
    t.equal(await hint(`admin: {address: {socket_address: {address: 127.0.0.1, port_value: ${left}}}}`), shell);
  }
  t.match(await hint(admin('{{ .Values.port }}')), /^\{\{ \.Values\.port \}\} is still in the file/);
  t.notMatch(await hint(admin('eighty')), /still in the file/);
});
