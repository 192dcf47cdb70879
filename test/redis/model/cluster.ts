/** A Redis Cluster of six real nodes whose primaries die, hand over, and whose slots move. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, RealRedis } from '../harness.ts';

const run = promisify(execFile);

export async function cli(port: number, ...words: string[]): Promise<string> {
  return (await run('redis-cli', ['-p', `${port}`, ...words])).stdout.trim();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A port whose cluster bus has one, too. */
async function busPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000) return port;
  }
}

export class RedisCluster {
  readonly nodes: RealRedis[] = [];
  private readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async start(dir: string): Promise<RedisCluster> {
    const cluster = new RedisCluster(dir);
    for (let i = 0; i < 6; i++) cluster.nodes.push(await cluster.node(await busPort()));
    const addresses = cluster.nodes.map((n) => `127.0.0.1:${n.port}`);
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes']);
    await cluster.whole();
    return cluster;
  }

  private node(port: number): Promise<RealRedis> {
    const dir = join(this.dir, `${port}`);
    mkdirSync(dir, { recursive: true });
    return RealRedis.start(port, [
      ...[
        '--cluster-enabled',
        'yes',
        '--cluster-node-timeout',
        '5000',
        '--dir',
        dir,
        '--repl-diskless-sync-delay',
        '0',
      ],
      ...['--cluster-config-file', 'nodes.conf', '--repl-ping-replica-period', '1'],
    ]);
  }

  /** Every node knows so, and every replica is in step. */
  async whole(): Promise<void> {
    for (const n of this.nodes) {
      while (!(await cli(n.port, 'cluster', 'info').catch(() => '')).includes('cluster_state:ok')) await pause(20);
      while (!/^master|\nconnected\n/.test(await cli(n.port, 'role'))) await pause(20);
    }
  }

  async primaries(): Promise<RealRedis[]> {
    return this.ofRole('master');
  }

  private async ofRole(role: string): Promise<RealRedis[]> {
    const roles = await Promise.all(this.nodes.map((n) => cli(n.port, 'role')));
    return this.nodes.filter((_, i) => roles[i].startsWith(role));
  }

  /** A replica takes over, and its primary hands over: nothing is lost. */
  async handOver(draw: (n: number) => number): Promise<void> {
    const replicas = await this.ofRole('slave');
    const { port } = replicas[draw(replicas.length)];
    await cli(port, 'cluster', 'failover');
    for (let i = 0; i < 200 && !(await cli(port, 'role')).startsWith('master'); i++) await pause(10);
    await this.whole();
  }

  /** A primary dies, its replica takes over, and it comes back as that one's replica. */
  async kill(draw: (n: number) => number): Promise<void> {
    const before = await this.primaries();
    const dead = before[draw(before.length)];
    const replicas = await this.ofRole('slave');
    const roles = await Promise.all(replicas.map((n) => cli(n.port, 'role')));
    const heir = replicas[roles.findIndex((role) => role.split('\n')[2] === `${dead.port}`)];
    await dead.stop();
    await pause(draw(300));
    // At once: on a machine that has much else to do a short cluster-node-timeout would have them take over unasked.
    await cli(heir.port, 'cluster', 'failover', 'takeover');
    while (!(await cli(heir.port, 'role')).startsWith('master')) await pause(20);
    this.nodes[this.nodes.indexOf(dead)] = await this.node(dead.port);
    // Until somebody tells it so it takes itself for the primary, and what it then acknowledges is lost.
    while (!(await cli(dead.port, 'role')).startsWith('slave')) await pause(20);
    await this.whole();
  }

  /** So many slots go from one primary to another one, with what is in them. */
  async moveSlots(draw: (n: number) => number, count: number): Promise<void> {
    const primaries = await this.primaries();
    const from = primaries.splice(draw(primaries.length), 1)[0];
    const to = primaries[draw(primaries.length)];
    const [a, b] = [await cli(from.port, 'cluster', 'myid'), await cli(to.port, 'cluster', 'myid')];
    await run('redis-cli', [
      ...['--cluster', 'reshard', `127.0.0.1:${from.port}`, '--cluster-from', a, '--cluster-to', b],
      ...['--cluster-slots', `${count}`, '--cluster-yes', '--cluster-pipeline', '5'],
    ]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((n) => n.stop()));
  }
}
