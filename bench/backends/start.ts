/** Starts the backends: one Node process, and two redis-servers where they are installed. */
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../contenders/ports.ts';
import { type Child, startNode, startProgram, waitForPort } from '../contenders/process.ts';
import type { Machine } from '../measure/machine.ts';
import { versionOf, which } from '../tools/which.ts';
import { startRedisCluster } from './redis-cluster.ts';

export interface Backends {
  http1: number;
  grpc: number;
  redis: number[];
  /** Empty unless it was asked for. */
  redisCluster: number[];
  /** Why there is none though it was asked for, else ''. */
  noCluster: string;
  /** What the Redis backends are, for the report. */
  redisIs: string;
  stop(): Promise<void>;
}

/** `withCluster`: a Redis Cluster too. */
export async function startBackends(machine: Machine, dir: string, withCluster: boolean): Promise<Backends> {
  const real = which('redis-server');
  const children: Child[] = [];
  const main = startNode(
    join(import.meta.dirname, 'main.ts'),
    real === null ? ['--redis'] : [],
    machine.otherCpus,
    join(dir, 'backends.log'),
  );
  children.push(main);
  const [ports] = (await once(main.process, 'message')) as [{ http1: number; grpc: number; redis: number[] }];
  let redisIs = "the demo's stand-in (redis-server not found)";
  if (real !== null) {
    redisIs = versionOf('redis-server') || 'redis-server';
    for (let i = 0; i < 2; i++) {
      const port = await freePort();
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
      const child = startProgram([real, ...args], machine.otherCpus, join(dir, `redis-${i}.log`));
      children.push(child);
      await waitForPort(port, child, 10_000);
      ports.redis.push(port);
    }
  }
  let noCluster = '';
  let redisCluster: number[] = [];
  try {
    if (withCluster) redisCluster = await startRedisCluster(machine.otherCpus, dir, children);
  } catch (error) {
    noCluster = error instanceof Error ? error.message : String(error);
  }
  return {
    ...ports,
    redisCluster,
    noCluster,
    redisIs,
    stop: async () => {
      for (const child of children.reverse()) await child.stop();
    },
  };
}
