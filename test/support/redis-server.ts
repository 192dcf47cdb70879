/** A real redis-server on a free loopback port, in memory only, stopped by its pid. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Child } from './child.ts';
import { freePort, untilAccepting } from './ports.ts';

export class RedisServer {
  readonly port: number;
  readonly child: Child;

  private constructor(port: number, child: Child) {
    this.port = port;
    this.child = child;
  }

  /** `port` restarts one where it was. `program`: another one that takes Redis's arguments. */
  static async start(port?: number, extra: readonly string[] = [], program = 'redis-server'): Promise<RedisServer> {
    const on = port ?? (await freePort());
    const args = ['--port', String(on), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = new Child(program, [...args, '--dir', '/tmp', ...extra]);
    try {
      await untilAccepting(on, START_TIMEOUT_MS);
    } catch (error) {
      await child.stop();
      throw new Error(`${(error as Error).message}\n${child.output}`);
    }
    return new RedisServer(on, child);
  }

  /** A Redis Cluster of one: all slots are its. */
  static async startShard(dir: string): Promise<RedisServer> {
    const announced = ['--cluster-announce-ip', '127.0.0.1'];
    const own = await RedisServer.start(undefined, ['--cluster-enabled', 'yes', ...announced, '--dir', dir]);
    const cli = promisify(execFile);
    const ask = async (...words: string[]): Promise<string> =>
      (await cli('redis-cli', ['-p', String(own.port), ...words])).stdout;
    await ask('cluster', 'addslotsrange', '0', '16383');
    // It answers for its slots two seconds after its start.
    while (!(await ask('cluster', 'info')).includes('cluster_state:ok'))
      await new Promise((done) => setTimeout(done, 50));
    return own;
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}
const START_TIMEOUT_MS = 5000;
