/** A Redis Cluster of six real nodes, three primaries and a replica of each, put together by redis-cli. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../contenders/ports.ts';
import { type Child, startProgram, waitForPort } from '../contenders/process.ts';
import { which } from '../tools/which.ts';

const run = promisify(execFile);
const NODES = 6;
/** The port of a node's bus is its own and 10,000. */
const HIGHEST_PORT = 55_000;
const START_MS = 10_000;
const WHOLE_MS = 30_000;
const POLL_MS = 50;

async function busPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < HIGHEST_PORT) return port;
  }
}

/** The nodes' ports; `children` gets the processes as they start. Throws where it cannot be had. */
export async function startRedisCluster(cpus: string, dir: string, children: Child[]): Promise<number[]> {
  const [server, cli] = [which('redis-server'), which('redis-cli')];
  if (server === null || cli === null) throw new Error('redis-server or redis-cli not found');
  const ports: number[] = [];
  for (let i = 0; i < NODES; i++) {
    const port = await busPort();
    const own = join(dir, `cluster-${i}`);
    mkdirSync(own);
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', own];
    const more = ['--cluster-enabled', 'yes', '--repl-diskless-sync-delay', '0'];
    const child = startProgram([server, ...args, ...more], cpus, join(own, 'output.log'));
    children.push(child);
    await waitForPort(port, child, START_MS);
    ports.push(port);
  }
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  await run(cli, ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes']);
  const late = performance.now() + WHOLE_MS;
  for (const port of ports) {
    while (!(await run(cli, ['-p', String(port), 'cluster', 'info'])).stdout.includes('cluster_state:ok')) {
      if (performance.now() > late) throw new Error('the Redis Cluster did not come together');
      await sleep(POLL_MS);
    }
  }
  return ports;
}
