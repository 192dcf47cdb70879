import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { CliExit, type Options, parseOptions } from '../../src/cli/options.ts';
import { cgroupCpuLimit } from '../../src/process/cpu-limit.ts';
import { rowFor } from '../../src/process/v8-settings.ts';

const parse = (...argv: string[]): Options => parseOptions('envoy', argv);
const exit = (...argv: string[]): CliExit => {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof CliExit) return error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
};

t.test('the four argument styles of the AION deployments', (t) => {
  t.match(parse('-l', 'debug', '--config-path', '/etc/envoy/envoy.yaml'), {
    logLevel: 1,
    configPath: '/etc/envoy/envoy.yaml',
  });
  t.equal(parse('--config-path /etc/envoy/envoy.yaml').configPath, '/etc/envoy/envoy.yaml');
  t.equal(parse('-c /x').configPath, '/x');
  t.match(parse('-c', '/x y', '-l warn'), { configPath: '/x y', logLevel: 3 });
  t.end();
});

t.test("defaults are Envoy's", (t) => {
  t.match(parse(), {
    configPath: '',
    configYaml: '',
    mode: 'serve',
    logLevel: 2,
    logFormat: '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v',
    logFormatSet: false,
    fileFlushIntervalMs: 10_000,
    fileFlushMinSizeKb: 64,
    drainTimeS: 600,
    drainStrategy: 'gradual',
    parentShutdownTimeS: 900,
    localAddressIpVersion: 'v4',
    socketPath: '@envoy_domain_socket',
    socketMode: 0,
    concurrency: 1,
  });
  t.end();
});

t.test('flags of 1.16 that 1.40 no longer has are accepted', (t) => {
  const o = parse('--bootstrap-version', '2', '--log-format-prefix-with-location', '1', '--log-format', '%%v %v');
  t.equal(o.bootstrapVersion, 2);
  t.equal(o.logFormat, '%%v [%g:%#] %v');
  t.match(parse('--use-fake-symbol-table', '1').warnings, [/symbol table/]);
  t.end();
});

t.test('the rest of the flags', (t) => {
  const o = parse(
    ...['--concurrency', '0', '--service-cluster', 'c', '--service-node', 'n', '--service-zone', 'z'],
    ...['--component-log-level', 'upstream:debug,config:trace', '--disable-extensions', 'a/b,c/d'],
    ...['--stats-tag', 'a:b:c', '--stats-tag', 'd:e', '--allow-unknown-fields', '--mode', 'init_only'],
    ...['--socket-path', '/tmp/s', '--allow-unsupported', '--', 'anything', '--else'],
  );
  t.match(o, {
    concurrency: 1,
    concurrencySet: true,
    serviceCluster: 'c',
    serviceNode: 'n',
    serviceZone: 'z',
    componentLevels: [
      ['upstream', 1],
      ['config', 0],
    ],
    disabledExtensions: ['a/b', 'c/d'],
    statsTags: [
      ['a', 'b:c'],
      ['d', 'e'],
    ],
    allowUnknownStaticFields: true,
    allowUnsupported: true,
    mode: 'init_only',
    socketMode: 0o600,
  });
  t.match(o.warnings, [/--allow-unknown-fields is deprecated/]);
  t.end();
});

t.test('errors: text, exit code', (t) => {
  t.match(exit('--config-path=/x'), {
    code: 1,
    stderr: /^PARSE ERROR: Argument: --config-path=\/x\n {13}Couldn't find/,
  });
  t.match(exit('-l', 'foo'), { code: 1, stderr: "error: invalid log level specified 'foo'\n" });
  t.match(exit('--mode', 'bogus'), { code: 1, stderr: "error: unknown mode 'bogus'\n" });
  t.match(exit('--help'), { code: 0, stdout: /^\nUSAGE: \n\n {3}envoy {2}\[--stats-tag/, stderr: '' });
  t.match(exit('--version'), {
    code: 0,
    stdout: /^\nenvoy {2}version: [0-9a-f]{40}\/\d+\.\d+\.\d+\/\w+\/\w+\/\w+\n\n$/,
  });
  t.end();
});

t.test('the executable: wrong arguments and --version load nothing of the proxy', (t) => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const run = (...argv: string[]) => spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8' });
  t.match(run('--version'), { status: 0, stdout: /version: / });
  t.match(run('--foo'), { status: 1, stderr: /^PARSE ERROR: Argument: --foo/ });
  t.match(run(), { status: 1, stderr: /At least one of --config-path or --config-yaml/ });
  t.end();
});

t.test('the CPU limit is the tightest of our cgroup and its parents', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'envoylet-cgroup-'));
  const self = join(dir, 'self');
  const make = (path: string, files: Record<string, string>): void => {
    mkdirSync(join(dir, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, path, name), text);
  };
  make('kubepods/pod1/c1', { 'cpu.max': 'max 100000\n' });
  make('kubepods/pod1', { 'cpu.max': '2000 100000\n' });
  writeFileSync(self, '0::/kubepods/pod1/c1\n');
  t.equal(cgroupCpuLimit(dir, self), 0.02);
  make('cpu,cpuacct/docker/x', { 'cpu.cfs_quota_us': '150000\n', 'cpu.cfs_period_us': '100000\n' });
  writeFileSync(self, '4:cpu,cpuacct:/docker/x\n3:memory:/docker/x\n');
  t.equal(cgroupCpuLimit(dir, self), 1.5);
  make('', { 'cpu.max': '50000 100000\n' });
  writeFileSync(self, '0::/\n');
  t.equal(cgroupCpuLimit(dir, self), 0.5, 'inside a container the root is our group');
  // Kubernetes with the cgroupfs driver, and a slice's name for the pod.
  make('pod1.slice:cri-containerd:c1', { 'cpu.max': '3000 100000\n' });
  writeFileSync(self, '0::/pod1.slice:cri-containerd:c1\n');
  t.equal(cgroupCpuLimit(dir, self), 0.03, 'a group may have colons in its name');
  writeFileSync(self, '0::/elsewhere\n');
  t.equal(cgroupCpuLimit(dir, join(dir, 'missing')), Number.POSITIVE_INFINITY);
  t.same(rowFor(0.02).flags.includes('--efficiency-mode'), true);
  t.same(rowFor(4).flags.includes('--efficiency-mode'), false);
  t.end();
});
