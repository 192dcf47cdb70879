// Every verdict here was measured with real Envoy 1.40 (--mode validate); where a text is expected it is Envoy's.
import t from 'tap';
import { cluster, firstProblem, load } from './harness.ts';

async function value(fields: string, key: string): Promise<unknown> {
  const { bootstrap } = await load(cluster(fields), { asEnvoy: true });
  return (bootstrap.staticResources!.clusters![0] as Record<string, unknown>)[key];
}

const accepted: [fields: string, key: string, expected: unknown][] = [
  ['connect_timeout: 1s', 'connectTimeout', 1000],
  ['connect_timeout: 0.5s', 'connectTimeout', 500],
  ['connect_timeout: 0.123456789s', 'connectTimeout', 123.456789],
  ['connect_timeout: "1s"', 'connectTimeout', 1000],
  ['connect_timeout: {seconds: 1}', 'connectTimeout', 1000],
  ['connect_timeout: {seconds: 1, nanos: 5000000}', 'connectTimeout', 1005],
  ['connectTimeout: 2s', 'connectTimeout', 2000],
  ['connect_timeout: 1s, connect_timeout: 2s', 'connectTimeout', 2000],
  ['lb_policy: round_robin', 'lbPolicy', 'ROUND_ROBIN'],
  ['lb_policy: Round_Robin', 'lbPolicy', 'ROUND_ROBIN'],
  ['lb_policy: 1', 'lbPolicy', 'LEAST_REQUEST'],
  ['lb_policy: "1"', 'lbPolicy', 'LEAST_REQUEST'],
  ['lb_policy: null', 'lbPolicy', undefined],
  ['per_connection_buffer_limit_bytes: "12"', 'perConnectionBufferLimitBytes', 12],
  ['per_connection_buffer_limit_bytes: 12.0', 'perConnectionBufferLimitBytes', 12],
  ['per_connection_buffer_limit_bytes: 1e3', 'perConnectionBufferLimitBytes', 1000],
  ['per_connection_buffer_limit_bytes: 0x10', 'perConnectionBufferLimitBytes', 16],
  ['per_connection_buffer_limit_bytes: 010', 'perConnectionBufferLimitBytes', 8],
  ['per_connection_buffer_limit_bytes: +5', 'perConnectionBufferLimitBytes', 5],
  ['per_connection_buffer_limit_bytes: {value: 5}', 'perConnectionBufferLimitBytes', 5],
  ['track_timeout_budgets: yes', 'trackTimeoutBudgets', true],
  ['track_timeout_budgets: "true"', 'trackTimeoutBudgets', true],
  ['track_timeout_budgets: off', 'trackTimeoutBudgets', false],
  ['track_timeout_budgets: N', 'trackTimeoutBudgets', false],
  ['alt_stat_name: 1.5', 'altStatName', '1.5'],
  ['alt_stat_name: 12345678901', 'altStatName', '12345678901'],
  ['alt_stat_name: "yes"', 'altStatName', 'yes'],
  ['alt_stat_name: ! yes', 'altStatName', 'yes'],
  ["alt_stat_name: ! '5'", 'altStatName', '5'],
  ['alt_stat_name: !!str "null"', 'altStatName', 'null'],
  ['alt_stat_name: !!int x', 'altStatName', 'x'],
  ['alt_stat_name: "a?b"', 'altStatName', 'a?b'],
  ['alt_stat_name: "\\\\ud800"', 'altStatName', '\\ud800'],
  ['connect_timeout: {nanos: 999999999}', 'connectTimeout', 999.999999],
  ['alt_stat_name: ~', 'altStatName', undefined],
  ['alt_stat_name: ', 'altStatName', undefined],
  ['!ignore alt_stat_name: x', 'altStatName', undefined],
];

for (const [fields, key, expected] of accepted) {
  t.test(`${fields} is read as ${JSON.stringify(expected)}`, async (t) => {
    t.strictSame(await value(fields, key), expected);
  });
}

const refusedWith: [fields: string, reason: string][] = [
  ['connect_timeout: 1', "unexpected character: '1'; expected '\"'"],
  ['connect_timeout: "1"', "duration must end with a single 's'"],
  ['connect_timeout: 5ms', "duration must end with a single 's'"],
  ['connect_timeout: .5s', 'duration must start with an integer'],
  ['connect_timeout: 5.s', 'duration had bad nanoseconds'],
  ['connect_timeout: 0.1234567891s', 'duration had bad nanoseconds'],
  ['connect_timeout: 999999999999s', 'duration out of range'],
  ['per_connection_buffer_limit_bytes: 1.5', 'expected integer, but JSON number had fractional part'],
  ['per_connection_buffer_limit_bytes: -1', 'JSON number out of range for int'],
  ['per_connection_buffer_limit_bytes: 4294967296', 'integer out of range'],
  ['per_connection_buffer_limit_bytes: ""', "invalid number: ''"],
  ['per_connection_buffer_limit_bytes: " 5"', 'non-number characters in quoted number'],
  ['per_connection_buffer_limit_bytes: abc', "invalid number: 'abc'"],
  ['per_connection_buffer_limit_bytes: [1]', 'expected number or string'],
  ['per_connection_buffer_limit_bytes: {a: 1}', "no such field: 'a'"],
  ['lb_policy: 3000000000', "unknown enum value: '3000000000'"],
  ['lb_policy: [1]', 'expected number or string'],
  ['per_connection_buffer_limit_bytes: 1_000', "invalid number: '1_000'"],
  ['lb_policy: roundRobin', "unknown enum value: 'roundRobin'"],
  ['lb_policy: 1.0', "unknown enum value: '1.0'"],
  ['alt_stat_name: 123', "unexpected character: '1'; expected '\"'"],
  ['alt_stat_name: yes', "unexpected character: 't'; expected '\"'"],
  ["alt_stat_name: !!int '1'", "unexpected character: '1'; expected '\"'"],
  ["alt_stat_name: !!bool 'yes'", "unexpected character: 't'; expected '\"'"],
  ['alt_stat_name: !!str 5', "unexpected character: '5'; expected '\"'"],
  ['connect_timeout: {nanos: 1000000000}', 'Invalid duration: Duration out-of-range according to Protobuf'],
  ['connect_timeout: {seconds: 315576000001}', 'Invalid duration: Duration out-of-range according to Protobuf'],
  ['connect_timeout: {seconds: 1, nanos: -5}', 'Invalid duration: Expected positive duration'],
  ['alt_stat_name: [x]', "unexpected character: '['; expected '\"'"],
  ['load_assignment: x', "unexpected character: '\"'; expected '{'"],
  ['load_assignment: [{cluster_name: a}]', "unexpected character: '['; expected '{'"],
  ['track_timeout_budgets: 1', "expected 'true' or 'false'"],
  [
    'least_request_lb_config: {active_request_bias: {runtime_key: k, default_value: .inf}}',
    'non-number characters in quoted number',
  ],
];

for (const [fields, reason] of refusedWith) {
  t.test(`${fields} is refused: ${reason}`, async (t) => {
    const problem = await firstProblem(cluster(fields), { asEnvoy: true });
    t.equal(problem.code, 'bad-value');
    t.equal(problem.message, reason);
    t.ok(problem.envoy?.includes(reason), 'Envoy says the same');
  });
}

const unread: [text: string, message: string, line: number, column: number][] = [
  ['node: {id: ?a}', 'yaml: unknown token', 1, 12],
  ['node: {id: a?b}', 'yaml: unknown token', 1, 13],
  ['node: {id: [a, ?b]}', 'yaml: unknown token', 1, 16],
  ['node: {?id: x}', 'yaml: unknown token', 1, 8],
  ['node:\n  id: "x \\ud800"', 'yaml: invalid unicode: 55296', 2, 10],
  ['node: {id: "\\U0000dc00"}', 'yaml: invalid unicode: 56320', 1, 13],
];
for (const [text, message, line, column] of unread) {
  t.test(`${JSON.stringify(text)} is refused: ${message}`, async (t) => {
    const problem = await firstProblem(text);
    t.match(problem, { code: 'syntax', message, line, column });
  });
}

t.test('outside of brackets a question mark is a letter', async (t) => {
  t.equal((await load('node:\n  id: ?a?b\n')).bootstrap.node!.id, '?a?b');
  t.equal((await load('node:\n  metadata: {a: b}\n  id: a?b\n')).bootstrap.node!.id, 'a?b');
});

t.test('one object stands for a list of one, a null in a list for an empty message', async (t) => {
  const { bootstrap } = await load('static_resources: {clusters: {name: a}}');
  t.strictSame(bootstrap.staticResources!.clusters, [{ name: 'a' }]);
  const problem = await firstProblem(cluster('health_checks: [null]'), { asEnvoy: true });
  t.equal(problem.message, "'timeout' is missing: value is required");
});

t.test('both members of a oneof are refused', async (t) => {
  const text = 'admin: {address: {socket_address: {address: 127.0.0.1, port_value: 1, named_port: x}}}';
  const problem = await firstProblem(text, { asEnvoy: true });
  t.match(problem.message, /has already been set \(either directly or as part of a oneof\)/);
});

t.test('Struct and map values keep their keys and have no prototype to pollute', async (t) => {
  const { bootstrap } = await load(
    'node: {metadata: {__proto__: {polluted: yes}, constructor: {a: [1, x, 1.5, null]}}}',
  );
  const metadata = bootstrap.node!.metadata!;
  t.equal(Object.getPrototypeOf(metadata), null);
  t.strictSame(Object.keys(metadata), ['__proto__', 'constructor']);
  t.strictSame({ ...(metadata['constructor'] as object) }, { a: [1, 'x', '1.5', null] });
  t.equal(({} as { polluted?: unknown }).polluted, undefined);
});

t.test('an empty bootstrap is valid, an empty file is not', async (t) => {
  t.strictSame((await load('{}')).bootstrap, {});
  t.match((await firstProblem('')).message, /Unable to convert YAML as JSON/);
  t.match((await firstProblem('hello')).message, /Unable to convert YAML as JSON/);
});

t.test(
  'anchors are followed; of several documents the first counts; merge keys are unknown, as in Envoy',
  async (t) => {
    const { bootstrap } = await load('node: &n {id: a}\n---\nnode: {id: b}\n');
    t.equal(bootstrap.node!.id, 'a');
    const twice =
      'static_resources:\n  clusters:\n  - name: a\n    upstream_connection_options: &k {tcp_keepalive: {keepalive_time: 5}}\n  - {name: b, upstream_connection_options: *k}\n';
    t.equal(
      (await load(twice)).bootstrap.staticResources!.clusters![1].upstreamConnectionOptions!.tcpKeepalive!
        .keepaliveTime,
      5,
    );
    const merge = await firstProblem('node: {<<: {id: a}}');
    t.equal(merge.code, 'unknown-field');
    t.match(merge.hint, /merge keys/);
  },
);
