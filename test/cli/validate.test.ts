/** `envoylet validate`: verdicts, exit codes and forms; beside real Envoy's own verdict for `--for envoy`. */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import { verdict } from '../../src/cli/validate.ts';
import { LEVELS, setAllLevels } from '../../src/log/logger.ts';
import { bootstrap, loadConfig } from '../conformance/config.ts';
import { copyCertificates } from '../support/certificates.ts';
import { findEnvoy } from '../tools/oracles.ts';

setAllLevels(LEVELS.indexOf('off'));
const root = fileURLToPath(new URL('../..', import.meta.url));
const judge = (...argv: string[]): Promise<{ code: number; output: string }> =>
  verdict('envoylet', argv, { parseOptions });

const GOOD = 'static_resources: {clusters: [{name: a, type: STATIC, load_assignment: {cluster_name: a}}]}\n';
const WRONG = 'static_resources:\n  clusters:\n  - name: a\n    lb_policy: ROUND\n    conect_timeout: 1s\n';
const UNSUPPORTED =
  'static_resources: {clusters: [{name: a, type: STATIC, load_assignment: {cluster_name: a}, lrs_server: {self: {}}}]}\n';
const V2 =
  'static_resources: {clusters: [{name: a, type: STATIC, hosts: [{socket_address: {address: 127.0.0.1, port_value: 1}}], connect_timeout: 1s}]}\n';

function folder(t: { testdir(files: Record<string, string>): string }): (name: string) => string {
  const directory = t.testdir({
    'good.yaml': GOOD,
    'wrong.yaml': WRONG,
    'unsupported.yaml': UNSUPPORTED,
    'v2.yaml': V2,
  });
  return (name) => join(directory, name);
}

t.test('exit codes: 0, 1, 2', async (t) => {
  const at = folder(t);
  t.equal((await judge(at('good.yaml'))).code, 0);
  t.equal((await judge(at('good.yaml'), at('wrong.yaml'))).code, 1);
  t.equal((await judge(at('good.yaml'), at('nowhere.yaml'))).code, 2);
  for (const argv of [[], ['--format', 'xml', 'x'], ['--for'], ['--fast', 'x']]) {
    await t.rejects(judge(...argv), { code: 2, stderr: /usage:/ });
  }
  await t.rejects(judge('--help'), { code: 0, stdout: /usage:/ });
});

t.test('text: every problem of every file with its place and caret', async (t) => {
  const at = folder(t);
  const { output } = await judge(at('wrong.yaml'), at('good.yaml'));
  t.match(output, `${at('wrong.yaml')}:4:16: `);
  t.match(output, `${at('wrong.yaml')}:5:5: `);
  t.match(output, /\n {2}4 \| +lb_policy: ROUND\n +\| +\^{5}\n/);
  t.match(output, `${at('good.yaml')}: OK\n2 files, 2 problems\n`);
});

t.test('--for: what this release lacks is no problem of Envoy; v2 is one', async (t) => {
  const at = folder(t);
  t.equal((await judge(at('unsupported.yaml'))).code, 1);
  t.equal((await judge('--for', 'envoy', at('unsupported.yaml'))).code, 0);
  t.equal((await judge(at('v2.yaml'))).code, 0);
  t.equal((await judge('--for=envoy', at('v2.yaml'))).code, 1);
});

t.test('a glob stands for its files', async (t) => {
  const at = folder(t);
  const { output } = await judge('--for', 'envoy', at('[gu]*.yaml'));
  t.equal(output, `${at('good.yaml')}: OK\n${at('unsupported.yaml')}: OK\n2 files, 0 problems\n`);
});

t.test('json', async (t) => {
  const at = folder(t);
  const { files } = JSON.parse((await judge('--format', 'json', at('wrong.yaml'), at('good.yaml'))).output);
  t.same(
    files.map((f: { ok: boolean }) => f.ok),
    [false, true],
  );
  const [first] = files[0].problems;
  t.match(first, {
    code: 'bad-value',
    line: 4,
    column: 16,
    end_column: 21,
    path: 'static_resources.clusters[0].lb_policy',
  });
});

t.test('github: workflow commands, escaped', async (t) => {
  const directory = t.testdir({ 'a,b:c%.yaml': 'static_resources:\n  clusters:\n  - name: "x%\\ny"\n    nam: 1\n' });
  const { output } = await judge('--format', 'github', join(directory, 'a,b:c%.yaml'));
  const lines = output.trimEnd().split('\n');
  t.ok(lines.length > 0);
  for (const line of lines) {
    t.match(line, /^::(error|warning) file=[^,:]+,line=\d+,col=\d+,endColumn=\d+,title=[a-z-]+::[^\r\n]+$/);
    t.match(line, 'a%2Cb%3Ac%25.yaml');
  }
});

t.test('sarif: the shape that code scanning reads', async (t) => {
  const at = folder(t);
  const log = JSON.parse((await judge('--format', 'sarif', at('wrong.yaml'), at('good.yaml'))).output);
  t.equal(log.version, '2.1.0');
  const [run] = log.runs;
  t.equal(run.tool.driver.name, 'envoylet');
  t.equal(run.results.length, 2);
  for (const r of run.results) {
    t.equal(run.tool.driver.rules[r.ruleIndex].id, r.ruleId);
    t.match(r, { level: 'error', message: { text: String } });
    const place = r.locations[0].physicalLocation;
    t.match(place.artifactLocation.uri, /^file:\/\/\/.*\/wrong\.yaml$/);
    t.ok(place.region.startLine >= 4 && place.region.endColumn > place.region.startColumn);
  }
});

/** Real Envoy is started once for each config of conformance, and there are more of them every week. */
t.setTimeout(180_000);
const envoy = findEnvoy(false);
t.test(
  '--for envoy says of our configs, and of broken ones, what real Envoy says',
  { skip: 'missing' in envoy ? envoy.missing : false, timeout: 180_000 },
  async (t) => {
    if ('missing' in envoy) return;
    const directory = t.testdir({});
    copyCertificates(join(directory, 'certs'));
    const configs = join(root, 'test/conformance/configs');
    const files: string[] = [];
    const write = (name: string, text: string): void => {
      const file = join(directory, name);
      writeFileSync(file, text);
      files.push(file);
    };
    for (const name of readdirSync(configs).map((f) => f.replace('.yaml', ''))) {
      const config = loadConfig(configs, name);
      for (const [file, text] of Object.entries(config.files)) {
        writeFileSync(join(directory, file), String(text).replaceAll('<dir>', directory));
      }
      let port = 20_000;
      const ports = new Map([...config.listeners, ...config.upstreams.keys(), 'admin'].map((n) => [n, port++]));
      write(`${name}.json`, JSON.stringify(bootstrap(config, ports)).replaceAll('<dir>', directory));
    }
    for (const [name, text] of Object.entries({ GOOD, WRONG, UNSUPPORTED, V2 })) write(`${name}.yaml`, text);
    write('twice.yaml', GOOD.replace('[{', '[{name: a, type: STATIC, load_assignment: {cluster_name: a}}, {'));
    write('no-address.yaml', 'static_resources: {listeners: [{name: a, filter_chains: [{}]}]}\n');
    write('no-name.yaml', GOOD.replace('name: a', 'name: ""'));
    write('duration.yaml', GOOD.replace('type: STATIC', 'type: STATIC, connect_timeout: 5'));
    write('syntax.yaml', 'static_resources: {clusters: [\n');
    for (const file of files) {
      const theirs = spawnSync(envoy.path, ['--mode', 'validate', '-c', file, '-l', 'off'], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      const ours = await judge('--for', 'envoy', file);
      t.equal(ours.code === 0, theirs.status === 0, `${file.slice(directory.length)}: ${ours.output}`);
    }
  },
);

t.test('what only this machine lacks is a warning, and no log file is made', async (t) => {
  const redis = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy';
  const log = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog';
  const directory = t.testdir({
    'a.yaml': `admin:
  access_log: [{name: f, typed_config: {"@type": ${log}, path: ${t.testdirName}/admin.log}}]
  address: {socket_address: {address: 127.0.0.1, port_value: 0}}
static_resources:
  clusters: [{name: a}]
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains: [{filters: [{name: r, typed_config: {"@type": ${redis}, stat_prefix: r, settings: {op_timeout: 1s}, prefix_routes: {catch_all_route: {cluster: a}}, downstream_auth_username: {environment_variable: NO_SUCH_1}}}]}]
`,
  });
  const said = spawnSync(process.execPath, ['src/main.ts', 'validate', join(directory, 'a.yaml')], {
    cwd: root,
    encoding: 'utf8',
  });
  t.equal(said.status, 0);
  t.match(said.stdout, /^warning: .*a\.yaml:8:\d+: Environment variable doesn't exist: NO_SUCH_1$/m);
  t.strictSame(readdirSync(directory), ['a.yaml']);
});
