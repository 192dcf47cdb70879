/**
 * A Redis Cluster of six real nodes whose primaries die, hand over, and whose slots move. Of a primary that dies it is known exactly what its heir had
 * not heard yet: what Redis has acknowledged and lost (its replication is asynchronous), and nothing else may be lost.
 */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, RealRedis } from '../harness.ts';
import { type Executed, executed, keysOf } from './aof.ts';
import { ask, asked, said } from './ask.ts';
import { show } from './replies.ts';

const run = promisify(execFile);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Of a node that has come back and does not know yet that it is a replica. */
const PASSWORD = 'not-yet';

/** A port whose cluster bus has one, too. */
async function busPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000) return port;
  }
}

/** What a primary has told its clients and its heir has not heard. */
export interface Death {
  /** Keys of which a write is lost. */
  readonly lost: ReadonlySet<string>;
  /** Each lost write: what, which node executed it and when, and what that node's replication was then. */
  readonly proof: readonly string[];
}

export class RedisCluster {
  readonly nodes: RealRedis[] = [];
  private readonly dir: string;
  private fences = 0;

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

  private dirOf(port: number): string {
    return join(this.dir, `${port}`);
  }

  private node(port: number, ...more: string[]): Promise<RealRedis> {
    mkdirSync(this.dirOf(port), { recursive: true });
    return RealRedis.start(port, [
      ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '5000'],
      // Not unasked, on a machine that has much else to do.
      ...['--cluster-replica-no-failover', 'yes'],
      ...['--dir', this.dirOf(port), '--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'],
      ...['--appendonly', 'yes', '--appendfsync', 'no', '--aof-timestamp-enabled', 'yes'],
      ...['--auto-aof-rewrite-percentage', '0', ...more],
    ]);
  }

  /** Every node knows the same, every replica is in step, and none writes its file anew. */
  async whole(): Promise<void> {
    for (;;) {
      const told = await Promise.all(this.nodes.map((n) => this.told(n.port)));
      if (told[0] !== null && told.every((text) => text === told[0])) return;
      await pause(20);
    }
  }

  /** What a node knows of the cluster; null: something is under way. */
  private async told(port: number): Promise<string | null> {
    const info = await said(port, 'info');
    if (info.includes('aof_rewrite_in_progress:1') || info.includes('aof_rewrite_scheduled:1')) return null;
    if (info.includes('role:slave') ? !info.includes('master_link_status:up') : !info.includes('connected_slaves:1'))
      return null;
    if (!(await said(port, 'cluster', 'info')).includes('cluster_state:ok')) return null;
    const nodes = (await said(port, 'cluster', 'nodes')).trim().split('\n');
    if (nodes.length !== this.nodes.length) return null;
    const lines = nodes.map((line) => {
      const [id, address, flags, primary, , , , link, ...slots] = line.split(' ');
      const role = flags.replace(/myself,|,nofailover/g, '');
      return /^(master|slave)$/.test(role) && link === 'connected' && !slots.some((s) => s.startsWith('['))
        ? [id, address, role, primary, ...slots].join(' ')
        : null;
    });
    return lines.includes(null) ? null : lines.sort().join('\n');
  }

  /** Primaries, and the replica of each. */
  private async pairs(): Promise<{ primary: RealRedis; replica: RealRedis }[]> {
    const roles = await Promise.all(this.nodes.map((n) => said(n.port, 'role')));
    return this.nodes.flatMap((primary, i) => {
      const port = /^\["master" \d+ \[\["[^"]*" "(\d+)"/.exec(roles[i])?.[1];
      const replica = this.nodes.find((n) => `${n.port}` === port);
      return replica === undefined ? [] : [{ primary, replica }];
    });
  }

  async primaries(): Promise<RealRedis[]> {
    return (await this.pairs()).map((p) => p.primary);
  }

  /** A replica takes over, and its primary hands over: nothing is lost. */
  async handOver(draw: (n: number) => number): Promise<void> {
    const pairs = await this.pairs();
    const { port } = pairs[draw(pairs.length)].replica;
    await ask(port, 'cluster', 'failover');
    for (let i = 0; i < 500 && !(await said(port, 'role')).startsWith('["master"'); i++) await pause(10);
    await this.whole();
  }

  /** A primary dies, its replica takes over, and it comes back as that one's replica. */
  async kill(draw: (n: number) => number): Promise<Death> {
    const pairs = await this.pairs();
    const { primary: dead, replica: heir } = pairs[draw(pairs.length)];
    const fence = await this.fence(dead.port);
    await pause(draw(100));
    const before = await said(dead.port, 'role');
    if (draw(2) === 0) {
      // Its replica hears nothing of the last, nor comes back for it.
      heir.signal('SIGSTOP');
      await ask(dead.port, 'client', 'kill', 'type', 'replica');
      await pause(draw(20));
    }
    await dead.stop();
    heir.signal('SIGCONT');
    // It has executed all that it has received when it knows that nobody is there any more.
    while (!(await said(heir.port, 'info', 'replication')).includes('master_link_status:down')) await pause(5);
    const death = this.compare(fence, dead.port, heir.port, before);
    await pause(draw(300));
    await ask(heir.port, 'cluster', 'failover', 'takeover');
    while (!(await said(heir.port, 'role')).startsWith('["master"')) await pause(20);
    // Until somebody tells it so it takes itself for the primary: it would answer with what is old, and lose what it acknowledges.
    const back = await this.node(dead.port, '--requirepass', PASSWORD);
    this.nodes[this.nodes.indexOf(dead)] = back;
    while (!show(await asked(back.port, ['role'], PASSWORD)).startsWith('["slave"')) await pause(20);
    await asked(back.port, ['config', 'set', 'requirepass', ''], PASSWORD);
    await this.whole();
    return death;
  }

  /** A write of its own that the primary has executed and its replica has heard. */
  private async fence(port: number): Promise<string> {
    for (;;) {
      const fence = `fence${this.fences++}`;
      if ((await said(port, 'set', fence, fence)) !== '+OK') continue;
      while ((await ask(port, 'wait', '1', '1000')) !== 1) await pause(5);
      return fence;
    }
  }

  private compare(fence: string, dead: number, heir: number, before: string): Death {
    const since = (port: number): Executed[] => {
      const all = executed(this.dirOf(port)).filter((e) => e.words[0].toUpperCase() !== 'SELECT');
      const at = all.findLastIndex((e) => e.words[1] === fence);
      if (at < 0) throw new Error(`${port} has not written ${fence} down`);
      return all.slice(at);
    };
    const [told, heard] = [since(dead), since(heir)];
    for (const [i, { words }] of heard.entries()) {
      if (JSON.stringify(words) !== JSON.stringify(told[i]?.words))
        throw new Error(`${heir} has executed ${JSON.stringify(words)}, and its primary ${JSON.stringify(told[i])}`);
    }
    const tail = told.slice(heard.length);
    return {
      lost: new Set(tail.flatMap((e) => keysOf(e.words))),
      proof: tail.map((e) => `${JSON.stringify(e.words)} executed at ${e.at} by ${dead}, then ${before}`),
    };
  }

  /** What each node has written down of a key, and what it is there. */
  async evidence(key: string): Promise<string[]> {
    const lines: string[] = [];
    for (const { port } of this.nodes) {
      const role = await said(port, 'role').catch((e: Error) => e.message);
      lines.push(`${port}: ${role}`);
      const own = executed(this.dirOf(port)).filter((e) => e.words.includes(key));
      for (const e of own.slice(-30)) lines.push(`  ${e.at} ${JSON.stringify(e.words)}`);
    }
    return lines;
  }

  /** So many slots go from one primary to another one, with what is in them. */
  async moveSlots(draw: (n: number) => number, count: number): Promise<void> {
    const primaries = await this.primaries();
    const from = primaries.splice(draw(primaries.length), 1)[0];
    const to = primaries[draw(primaries.length)];
    const [a, b] = [await said(from.port, 'cluster', 'myid'), await said(to.port, 'cluster', 'myid')];
    await run('redis-cli', [
      ...['--cluster', 'reshard', `127.0.0.1:${from.port}`, '--cluster-from', a, '--cluster-to', b],
      ...['--cluster-slots', `${count}`, '--cluster-yes', '--cluster-pipeline', '5'],
    ]);
    // A replica that has not heard of it would take over slots that are no longer its primary's.
    await this.whole();
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((n) => n.stop()));
  }
}
