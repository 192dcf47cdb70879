/** The list of scenarios. What each does with a contender is in the file its `kind` names. */
import type { Contender, Group } from '../contenders/contender.ts';
import type { Job } from '../load/job.ts';

export interface Scenario {
  name: string;
  title: string;
  group: Group;
  kind: 'load' | 'idle' | 'memory' | 'start' | 'scaling' | 'edge' | 'aion';
  /** What a request is called. */
  unit: string;
  job: Pick<Job, 'kind' | 'connections' | 'depth' | 'what' | 'bodyBytes' | 'tls'>;
  /** Also measured with an open loop, at the same rate for all. */
  equalLoad: boolean;
  /** Part of `--quick`. */
  quick: boolean;
  /** Seconds between ready and the load, of an edge box. */
  restSeconds: number;
  /** Only these contenders, beyond having the group. */
  only?: (contender: Contender) => boolean;
}

interface Choice {
  unit?: string;
  connections?: number;
  depth?: number;
  bodyBytes?: number;
  equalLoad?: boolean;
  quick?: boolean;
  kind?: Scenario['kind'];
  only?: Scenario['only'];
  restSeconds?: number;
}

function scenario(
  name: string,
  title: string,
  group: Group,
  load: Job['kind'],
  what: string,
  c: Choice = {},
): Scenario {
  const { unit = 'request', connections = 32, depth = 1, bodyBytes = 0, equalLoad = false, quick = true } = c;
  const job = { kind: load, connections, depth, what, bodyBytes, ...(group === 'tls' && { tls: true }) };
  return {
    name,
    title,
    group,
    kind: c.kind ?? 'load',
    unit,
    job,
    equalLoad,
    quick,
    only: c.only,
    restSeconds: c.restSeconds ?? 0,
  };
}

const runsYaml = (c: Contender): boolean => c.withConfig !== undefined;

const idle = (connections: number, only?: Choice['only']): Choice => ({
  connections,
  kind: 'idle',
  quick: false,
  unit: 'connection',
  only,
});
/** More connections than the others' configs allow. */
const MANY = idle(10_000, runsYaml);

export const SCENARIOS: readonly Scenario[] = [
  scenario('http1-small', 'HTTP/1.1, 100 B answers, 32 kept connections', 'http1', 'http1', '/small', {
    equalLoad: true,
  }),
  scenario('http1-64k', 'HTTP/1.1, 64 KiB answers, 32 kept connections', 'http1', 'http1', '/64k'),
  scenario('http1-upload', 'HTTP/1.1, 64 KiB request bodies, 32 kept connections', 'http1', 'http1', '/upload', {
    bodyBytes: 64 * 1024,
    quick: false,
  }),
  scenario('http1-new', 'HTTP/1.1, a new connection per request, 16 at once', 'http1', 'http1-new', '/small', {
    connections: 16,
  }),
  scenario(
    'grpc-unary',
    'gRPC unary, 100 B messages, 8 connections × 10 streams',
    'grpc',
    'grpc-unary',
    '/bench.Echo/Unary',
    {
      connections: 8,
      depth: 10,
      equalLoad: true,
    },
  ),
  scenario(
    'grpc-64k',
    'gRPC unary, 64 KiB messages both ways, 8 connections × 4 streams',
    'grpc',
    'grpc-unary',
    '/bench.Echo/Unary',
    { connections: 8, depth: 4, bodyBytes: 64 * 1024, quick: false },
  ),
  scenario(
    'grpc-server-stream',
    'gRPC server streams of 100 messages, 8 connections × 2',
    'grpc',
    'grpc-server-stream',
    '/bench.Echo/ServerStream',
    {
      connections: 8,
      depth: 2,
      unit: 'message',
    },
  ),
  scenario(
    'grpc-bidi',
    'gRPC bidirectional, ping-pong of 100 B messages, 8 connections × 4',
    'grpc',
    'grpc-bidi',
    '/bench.Echo/Bidi',
    {
      connections: 8,
      depth: 4,
      unit: 'message',
    },
  ),
  scenario('redis-get', 'Redis GET, 100 B values, 32 connections, 2 servers', 'redis', 'redis', 'get', {
    equalLoad: true,
  }),
  scenario('redis-set', 'Redis SET, 100 B values, 32 connections, 2 servers', 'redis', 'redis', 'set', {
    bodyBytes: 100,
    quick: false,
  }),
  scenario('redis-mget', 'Redis MGET of 10 keys, split over 2 servers, 32 connections', 'redis', 'redis', 'mget'),
  scenario('redis-pipeline', 'Redis GET, pipelines of 16, 32 connections, 2 servers', 'redis', 'redis', 'get', {
    depth: 16,
  }),
  scenario('redis-1k', 'Redis GET, 1 KB values, 32 connections, 2 servers', 'redis', 'redis', 'get', {
    bodyBytes: 1024,
    quick: false,
  }),
  scenario('redis-100k', 'Redis GET, 100 KB values, 32 connections, 2 servers', 'redis', 'redis', 'get', {
    bodyBytes: 100 * 1024,
    quick: false,
  }),
  scenario('redis-1000', 'Redis GET, 100 B values, 1,000 connections, 2 servers', 'redis', 'redis', 'get', {
    connections: 1000,
    quick: false,
  }),
  scenario('redis-one', 'Redis GET, 100 B values, 32 connections, one server', 'redis-one', 'redis', 'get', {
    quick: false,
  }),
  scenario(
    'redis-session',
    'Redis GET, 100 B values, 32 connections, one server, session mode (the others: shared)',
    'redis-session',
    'redis',
    'get',
    { quick: false },
  ),
  scenario(
    'redis-cluster',
    'Redis GET, 100 B values, 32 connections, a Redis Cluster of six, redirections followed',
    'redis-cluster',
    'redis',
    'get',
    { quick: false },
  ),
  scenario(
    'redis-cluster-mget',
    'Redis MGET of 10 keys, 32 connections, a Redis Cluster of six, redirections followed',
    'redis-cluster',
    'redis',
    'mget',
    { quick: false },
  ),
  scenario('tcp-stream', 'TCP proxy, 4 endless streams towards the client', 'tcp', 'tcp-stream', '', {
    connections: 4,
    unit: 'MiB',
  }),
  scenario(
    'tcp-requests',
    'TCP proxy, small HTTP/1.1 requests as plain bytes, 32 connections',
    'tcp',
    'http1',
    '/small',
  ),
  scenario('tcp-64k', 'TCP proxy, 64 KiB HTTP/1.1 answers as plain bytes, 32 connections', 'tcp', 'http1', '/64k', {
    quick: false,
  }),
  scenario('tcp-bulk', 'TCP proxy, one endless stream towards the client', 'tcp', 'tcp-stream', '', {
    connections: 1,
    unit: 'MiB',
    quick: false,
  }),
  scenario('tls', 'HTTPS (HTTP/1.1), 100 B answers, 32 kept connections', 'tls', 'http1', '/small'),
  scenario('tls-h2', 'HTTPS (HTTP/2), 100 B answers, 8 connections × 10 streams', 'tls', 'http2', '/small', {
    connections: 8,
    depth: 10,
    quick: false,
  }),
  scenario(
    'tls-new',
    'HTTPS, a new connection and a whole handshake per request, 16 at once',
    'tls',
    'http1-new',
    '/small',
    {
      connections: 16,
      quick: false,
    },
  ),
  scenario('idle', '1,000 idle HTTP/1.1 connections, one request each', 'http1', 'idle', '/small', idle(1000)),
  scenario('idle10k-http1', '10,000 idle HTTP/1.1 connections', 'http1', 'idle', '/small', MANY),
  scenario('idle10k-grpc', '10,000 idle HTTP/2 connections', 'grpc', 'idle-grpc', '/bench.Echo/Unary', MANY),
  scenario('idle10k-redis', '10,000 idle Redis connections', 'redis', 'idle', 'ping', MANY),
  // A process may have 20,000 files open on many machines.
  scenario('idle10k-tcp', '5,000 idle pairs of TCP connections', 'tcp', 'idle', '/small', idle(5000, runsYaml)),
  scenario(
    'memory',
    'Memory: at rest, after a minute of 1,000 busy connections, after a quiet minute',
    'http1',
    'http1',
    '/small',
    {
      connections: 1000,
      kind: 'memory',
      quick: false,
      only: (c) => c.kind !== 'baseline',
    },
  ),
  scenario('start', 'Start: from exec until it listens', 'http1', 'http1', '/small', { kind: 'start' }),
  scenario('scaling', 'One worker and two: HTTP/1.1, 100 B answers, 64 kept connections', 'http1', 'http1', '/small', {
    connections: 64,
    kind: 'scaling',
    quick: false,
    only: (c) => c.hasWorkers,
  }),
  scenario('edge', 'The edge box: 20m CPU, 512 MiB; HTTP/1.1, 4 connections', 'http1', 'http1', '/small', {
    connections: 4,
    kind: 'edge',
    quick: false,
  }),
  scenario('edge-rested', 'The edge box, a minute after it is ready', 'http1', 'http1', '/small', {
    connections: 4,
    kind: 'edge',
    restSeconds: 60,
    quick: false,
  }),
  scenario('aion', "AION's own configs: start, and load on each listener", 'http1', 'http1', '/small', {
    kind: 'aion',
    quick: false,
    only: runsYaml,
  }),
];

/** By name or its beginning (`http1` is all `http1-…`); everything for []. */
export function chooseScenarios(only: readonly string[], quick: boolean): Scenario[] {
  const all = SCENARIOS.filter((s) => !quick || s.quick);
  if (only.length === 0) return [...all];
  const fits = (s: Scenario, word: string): boolean => s.name === word || s.name.startsWith(`${word}-`);
  for (const word of only) {
    if (!SCENARIOS.some((s) => fits(s, word))) throw new Error(`no scenario '${word}'; see --list`);
  }
  return SCENARIOS.filter((s) => only.some((word) => fits(s, word)));
}
