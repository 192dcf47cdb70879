/**
 * `node test/tools/redis-clients.ts`: go-redis and Lettuce with their default options through envoylet before one Redis (also over TLS and in session
 * mode) and before a Redis Cluster. What they need comes from the Go module proxy and from Maven Central into .cache/redis-clients, in bounded time;
 * without Go, Maven or the registry that client is skipped by name.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisCluster } from '../redis/model/cluster.ts';
import { certificates } from '../support/certificates.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';
import { RedisServer } from '../support/redis-server.ts';

const SOURCES = join(import.meta.dirname, '../redis/clients');
const CACHE = join(import.meta.dirname, '../../.cache/redis-clients');
const PREPARE_MS = 150_000;
const RUN_MS = 60_000;

interface Program {
  readonly name: string;
  /** Before the words that it takes. */
  readonly command: readonly string[];
  /** Where the proxy is. */
  readonly at: (port: number) => string;
}

/** A folder for what these sources need; `make` fills it where that has not been done. */
function prepared(name: string, sources: readonly string[], make: (dir: string) => string): string {
  const hash = createHash('sha256');
  for (const file of sources) hash.update(readFileSync(join(SOURCES, file)));
  const dir = join(CACHE, `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(join(dir, 'ready'))) return dir;
  mkdirSync(dir, { recursive: true });
  for (const file of sources) copyFileSync(join(SOURCES, file), join(dir, file));
  const failure = make(dir);
  if (failure !== '') throw new Error(failure);
  writeFileSync(join(dir, 'ready'), '');
  return dir;
}

/** '' where it did what it should. */
function run(dir: string, program: string, args: readonly string[], env: Record<string, string> = {}): string {
  const { status, error, stderr, stdout } = spawnSync(program, args, {
    cwd: dir,
    timeout: PREPARE_MS,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (error !== undefined) return `${program}: ${error.message}`;
  return status === 0 ? '' : `${program} ${args[0]}: ${(stderr + stdout).trim().slice(-400)}`;
}

function goRedis(): Program {
  const env = { GOMODCACHE: join(CACHE, 'mod'), GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false -modcacherw' };
  const build = (dir: string): string => run(dir, 'go', ['build', '-o', 'go-redis', '.'], env);
  const dir = prepared('go-redis', ['main.go', 'go.mod', 'go.sum'], build);
  return { name: 'go-redis', command: [join(dir, 'go-redis')], at: (port) => `127.0.0.1:${port}` };
}

function lettuce(): Program {
  const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'];
  const dir = prepared('lettuce', ['Main.java', 'pom.xml'], (dir) => {
    const failure = run(dir, 'mvn', goal);
    return failure === '' ? run(dir, 'javac', ['-cp', 'jars/*', 'Main.java']) : failure;
  });
  return { name: 'Lettuce', command: ['java', '-cp', `${dir}:${join(dir, 'jars/*')}`, 'Main'], at: String };
}

interface Stand {
  readonly name: string;
  readonly port: number;
  readonly words: readonly string[];
}

const address = (port: number): string => `{ socket_address: { address: 127.0.0.1, port_value: ${port} } }`;

function listener(name: string, port: number, cluster: string, tls: string): string {
  return `  - name: ${name}
    address: ${address(port)}
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: ${name}
          settings: { op_timeout: 5s, enable_redirection: ${cluster === 'shards'} }
          prefix_routes: { catch_all_route: { cluster: ${cluster} } }
${tls}`;
}

function endpoints(name: string, port: number): string {
  return `    connect_timeout: 1s
    load_assignment:
      cluster_name: ${name}
      endpoints: [{ lb_endpoints: [{ endpoint: { address: ${address(port)} } }] }]
`;
}

function config(ports: readonly number[], redis: number, shard: number): string {
  const certs = certificates();
  const tls = `      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_certificates:
            - certificate_chain: { filename: ${join(certs, 'server.pem')} }
              private_key: { filename: ${join(certs, 'server.key')} }
`;
  return `static_resources:
  listeners:
${listener('plain', ports[0], 'redis', '')}${listener('tls', ports[1], 'redis', tls)}${listener('sessions', ports[2], 'own', '')}${listener('cluster', ports[3], 'shards', '')}  clusters:
  - name: redis
    type: STATIC
${endpoints('redis', redis)}  - name: own
    type: STATIC
    metadata: { filter_metadata: { envoylet.redis: { session_mode: true } } }
${endpoints('own', redis)}  - name: shards
    lb_policy: CLUSTER_PROVIDED
    cluster_type:
      name: envoy.clusters.redis
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.clusters.redis.v3.RedisClusterConfig
        cluster_refresh_rate: 1s
${endpoints('shards', shard)}`;
}

let passed = 0;
let failed = 0;

function tryOut({ command, at, name }: Program, stand: Stand): void {
  const [program, ...first] = command;
  const args = [...first, at(stand.port), ...stand.words];
  const { stdout, stderr, status } = spawnSync(program, args, { timeout: RUN_MS, encoding: 'utf8' });
  const oks = stdout.match(/^ok /gm)?.length ?? 0;
  const wrong = stdout.match(/^not ok .*/gm) ?? [];
  passed += oks;
  failed += status === 0 ? 0 : Math.max(1, wrong.length);
  console.log(`${name}, ${stand.name}: ${oks} held${status === 0 ? '' : `, ${wrong.length} not, exit code ${status}`}`);
  for (const line of wrong) console.log(`  ${line}`);
  if (status !== 0 && wrong.length === 0) console.log(stderr.slice(-2000));
}

const programs: Program[] = [];
for (const [name, prepare] of [
  ['go-redis', goRedis],
  ['Lettuce', lettuce],
] as const) {
  try {
    programs.push(prepare());
  } catch (error) {
    console.log(`skipped: ${name}: ${(error as Error).message}`);
  }
}
if (programs.length > 0) {
  const work = mkdtempSync(join(tmpdir(), 'redis-clients-'));
  const redis = await RedisServer.start();
  const cluster = await RedisCluster.start(work);
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
  const path = join(work, 'envoy.yaml');
  writeFileSync(path, config(ports, redis.port, cluster.nodes[0].port));
  const args = ['-c', path, '--concurrency', '1', '-l', 'error', '--use-dynamic-base-id'];
  const proxy = await startProxy({ command: envoyletCommand(), args, listenerPort: ports[3] });
  const stands: readonly Stand[] = [
    { name: 'one Redis', port: ports[0], words: [] },
    { name: 'one Redis over TLS', port: ports[1], words: ['tls'] },
    { name: 'session mode', port: ports[2], words: ['sessions'] },
    { name: 'a Redis Cluster', port: ports[3], words: [] },
  ];
  for (const program of programs) {
    for (const stand of stands) {
      // Each begins with nothing.
      for (const { port } of [redis, ...(await cluster.primaries())])
        spawnSync('redis-cli', ['-p', `${port}`, 'flushall']);
      tryOut(program, stand);
    }
  }
  await proxy.stop();
  await cluster.stop();
  await redis.stop();
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
