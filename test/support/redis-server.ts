/** A real redis-server on a free loopback port, in memory only, stopped by its pid. */
import { Child } from './child.ts';
import { freePort, untilAccepting } from './ports.ts';

export class RedisServer {
  readonly port: number;
  readonly child: Child;

  private constructor(port: number, child: Child) {
    this.port = port;
    this.child = child;
  }

  /** `port` restarts one where it was. */
  static async start(port?: number, extra: readonly string[] = []): Promise<RedisServer> {
    const on = port ?? (await freePort());
    const args = ['--port', String(on), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = new Child('redis-server', [...args, '--dir', '/tmp', ...extra]);
    try {
      await untilAccepting(on, START_TIMEOUT_MS);
    } catch (error) {
      await child.stop();
      throw new Error(`${(error as Error).message}\n${child.output}`);
    }
    return new RedisServer(on, child);
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}
const START_TIMEOUT_MS = 5000;
