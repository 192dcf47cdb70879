/**
 * `envoylet demo`: config/demo.yaml against upstreams in this process, and the lines to try. Ports that are taken are
 * replaced by free ones, in the config and in the lines.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { grpcUpstream } from './grpc-upstream.ts';
import { httpUpstream } from './http-upstream.ts';
import { redisUpstream } from './redis-upstream.ts';

/** From src/demo and from dist/chunks alike. */
const here = (path: string): string => fileURLToPath(new URL(`../../config/${path}`, import.meta.url));

/** Ports in config/demo.yaml. */
const PORTS = {
  http: 10000,
  redis: 1999,
  admin: 10001,
  upstreamHttp: 10080,
  upstreamGrpc: 10081,
  upstreamRedis: 10082,
};

/** The command line's, handed in because it is the layer above. */
export interface DemoTools<Options extends { configPath: string; configYaml: string }> {
  readonly parseOptions: (program: string, argv: readonly string[]) => Options;
  readonly serve: (options: Options, ready: () => void) => Promise<number>;
}

/**
 * Further arguments are Envoy's flags, without a config of their own. `ENVOYLET_DEMO_PORTS=free` takes free ports throughout (tests).
 * Resolves to the exit code; throws what `parseOptions` does.
 */
export async function demo<Options extends { configPath: string; configYaml: string }>(
  program: string,
  argv: readonly string[],
  { parseOptions, serve }: DemoTools<Options>,
): Promise<number> {
  const path = here('demo.yaml');
  // Before anything is opened: --help, --version, a wrong flag and another config (a flag given twice) end here.
  const options = parseOptions(program, ['-c', path, '--config-yaml', '{}', ...argv]);
  const anyPort = process.env.ENVOYLET_DEMO_PORTS === 'free';
  const upstreams: Server[] = [httpUpstream(), grpcUpstream() as unknown as Server, redisUpstream()];
  const wanted = [PORTS.upstreamHttp, PORTS.upstreamGrpc, PORTS.upstreamRedis];
  const found = new Map<number, number>();
  for (const [i, upstream] of upstreams.entries())
    found.set(wanted[i], await listen(upstream, anyPort ? 0 : wanted[i]));
  for (const port of [PORTS.http, PORTS.redis, PORTS.admin]) found.set(port, await free(anyPort ? 0 : port));

  const text = readFileSync(path, 'utf8').replace(
    /port_value: (\d+)/g,
    (_, port: string) => `port_value: ${found.get(Number(port)) ?? port}`,
  );
  const moved = [...found].filter(([from, to]) => from !== to);
  options.configPath = moved.length === 0 ? path : '';
  options.configYaml = moved.length === 0 ? '' : text;
  const code = await serve(options, () => {
    for (const [from, to] of moved) if (!anyPort) console.log(`port ${from} is taken, using ${to} instead`);
    console.log(lines((port) => found.get(port) ?? port));
  });
  for (const upstream of upstreams) upstream.close();
  return code;
}

function lines(port: (wanted: number) => number): string {
  const http = `127.0.0.1:${port(PORTS.http)}`;
  const redis = `redis-cli -p ${port(PORTS.redis)}`;
  const admin = `127.0.0.1:${port(PORTS.admin)}`;
  return `
envoylet runs config/demo.yaml. Try, in another terminal:

  curl http://${http}/hello
  node ${here('greet.mjs')} ${http} Ada
  ${redis} set greeting hello
  ${redis} mget greeting nothing
  curl http://${admin}/clusters
  curl -s "http://${admin}/stats?usedonly&filter=http.ingress_http"

Ctrl-C ends it.`;
}

/** The wanted port, or a free one when it is taken. */
async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  try {
    await promise;
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return listen(server, 0);
  } finally {
    server.removeListener('error', reject);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** A port that could be listened on a moment ago: the proxy's own listeners come after. */
async function free(port: number): Promise<number> {
  const probe = createServer();
  const found = await listen(probe, port);
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return found;
}
