/**
 * `node test/tools/redis-py.ts [--plain] [files…]`: redis-py's own test suite against redis-server, and against envoylet in session mode before another
 * one (`--plain`: without session mode, in RESP2). A test that passes directly and not through session mode must be one of those told below. The
 * suite's source comes from PyPI into .cache/redis-py. Behind real Envoy it does not start: INFO says `redis_mode:cluster` there, and it waits for nodes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';
import { RedisServer } from '../support/redis-server.ts';

const VERSION = '8.1.0';
const CACHE = join(import.meta.dirname, '../../.cache/redis-py');
const PACKAGES = ['pytest', 'pytest-asyncio', 'pytest-timeout', 'mock', 'numpy'];
const FILES = 'commands pipeline pubsub lock scripting encoding monitor'
  .split(' ')
  .map((name) => `tests/test_${name}.py`);

/** Why tests that pass directly do not pass through session mode. */
const EXPECTED: Record<string, string> = {};

function run(program: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
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

/** `protocol`: '2', or '' for what redis-py says by itself, which is RESP3. */
function speaks(protocol: '' | '2', port: number): string[] {
  const url = `redis://127.0.0.1:${port}/0`;
  return protocol === ''
    ? [`--redis-url=${url}`]
    : [`--redis-url=${url}?protocol=${protocol}`, `--protocol=${protocol}`];
}

/** Outcome by test: passed, failed, error or skipped. */
async function outcomes(port: number, protocol: '' | '2', files: readonly string[]): Promise<Map<string, string>> {
  const { dir, python } = suite();
  const work = mkdtempSync(join(CACHE, 'run-'));
  const xml = join(work, 'result.xml');
  const options = ['-q', '-p', 'no:cacheprovider', '--timeout', '60', `--junitxml=${xml}`, '-o', 'junit_family=xunit1'];
  const marks = ['-m', 'not onlycluster and not redismod and not ssl and not cp_integration'];
  const args = ['-m', 'pytest', ...options, ...marks, ...speaks(protocol, port), ...files];
  const child = spawn(python, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => (said = (said + d).slice(-20_000)));
  await new Promise((resolve) => child.on('close', resolve));
  const found = new Map<string, string>();
  if (!existsSync(xml)) throw new Error(said);
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

async function through(sessions: boolean, files: readonly string[]): Promise<Map<string, string>> {
  const redis = await RedisServer.start();
  const port = await freePort();
  const path = join(CACHE, `${port}.yaml`);
  writeFileSync(path, config(port, redis.port, sessions));
  const args = ['-c', path, '--concurrency', '1', '-l', 'error', '--use-dynamic-base-id'];
  const proxy = await startProxy({ command: envoyletCommand(), args, listenerPort: port });
  try {
    return await outcomes(port, sessions ? '' : '2', files);
  } finally {
    await proxy.stop();
    await redis.stop();
    rmSync(path);
  }
}

function told(name: string, all: ReadonlyMap<string, string>): void {
  const count = (kind: string): number => [...all.values()].filter((o) => o.startsWith(kind)).length;
  console.log(`${name}: ${count('passed')} pass, ${count('fail') + count('error')} fail, ${count('skipped')} skipped`);
}

const options = process.argv.slice(2);
const named = options.filter((o) => !o.startsWith('--'));
const files = named.length > 0 ? named : FILES;
const redis = await RedisServer.start();
suite();
const plain = options.includes('--plain');
const direct = await outcomes(redis.port, plain ? '2' : '', files);
await redis.stop();
told('redis-server', direct);
const ours = await through(!plain, files);
told('envoylet', ours);
let wrong = 0;
for (const [test, outcome] of direct) {
  const got = ours.get(test) ?? 'not run';
  const why = EXPECTED[test];
  if (outcome === 'passed' && got !== 'passed' && why === undefined) {
    wrong++;
    console.log(`${test}: ${got}`);
  }
  if (why !== undefined && got === 'passed') console.log(`${test} passes now (${why})`);
}
console.log(`${direct.size - wrong} passed, ${wrong} failed`);
process.exit(wrong === 0 || plain ? 0 : 1);
