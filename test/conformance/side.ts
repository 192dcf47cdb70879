/** One proxy with its upstreams on one shared config: half of every pair that is compared. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyCertificates } from '../support/certificates.ts';
import type { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { startProxy } from '../support/proxy-process.ts';
import { RedisServer } from '../support/redis-server.ts';
import type { Case, YamlMap } from './case.ts';
import { bootstrap, type SharedConfig } from './config.ts';
import { DatagramPeer } from './datagrams.ts';
import { Scenario, type Transcript } from './scenario.ts';
import { H2Upstream, TcpUpstream } from './upstream-server.ts';

export class Side {
  readonly config: SharedConfig;
  /** Port by the name of a listener or upstream, and `admin`. */
  readonly ports = new Map<string, number>();
  readonly tcp = new Map<string, TcpUpstream>();
  readonly h2 = new Map<string, H2Upstream>();
  readonly redis = new Map<string, RedisServer>();
  readonly udp = new Map<string, DatagramPeer>();
  #proxy: Child | undefined;
  readonly #linesRead = new Map<string, number>();
  /** What `<dir>` in a config becomes: files that the proxy writes and reads. */
  readonly directory = mkdtempSync(join(tmpdir(), 'conformance-'));

  private constructor(config: SharedConfig) {
    this.config = config;
  }

  /** Rejects with the proxy's output when it does not come up. */
  static async start(config: SharedConfig, command: readonly string[]): Promise<Side> {
    const side = new Side(config);
    try {
      await side.#start(command);
      return side;
    } catch (error) {
      await side.stop();
      throw error;
    }
  }

  async run(c: Case): Promise<Transcript> {
    for (const [name, u] of [...this.tcp, ...this.h2]) u.begin(c.replies.get(name) ?? []);
    for (const u of this.udp.values()) u.begin();
    const scenario = new Scenario(this, c);
    try {
      return await scenario.play();
    } finally {
      await scenario.tidy();
      await Promise.all([...this.tcp.values(), ...this.h2.values()].map((u) => u.finish()));
    }
  }

  /** Puts files into its directory, each whole; `<dir>` in their texts is the directory, `<port u>` an upstream's port. */
  putFiles(files: YamlMap): void {
    for (const [name, text] of Object.entries(files)) {
      const made = join(this.directory, `.${name}`);
      const whole = String(text)
        .replaceAll('<dir>', this.directory)
        .replace(/<port (\w+)>/g, (_, end: string) => String(this.ports.get(end)));
      writeFileSync(made, whole);
      renameSync(made, join(this.directory, name));
    }
  }

  /** Whole lines of a file in its directory that nobody has read yet; of `tap*` all that begin so, in the order in which they were made. */
  newLines(name: string): string[] {
    const files = name.endsWith('*') ? this.#beginningWith(name.slice(0, -1)) : [join(this.directory, name)];
    const lines = files
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'latin1'))
      .join('')
      .split('\n')
      .slice(this.#linesRead.get(name) ?? 0);
    return lines.slice(0, -1);
  }
  #beginningWith(prefix: string): string[] {
    const names = readdirSync(this.directory).filter((name) => name.startsWith(prefix));
    const files = names.map((name) => join(this.directory, name));
    return files.sort((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs);
  }
  linesRead(name: string, count: number): void {
    this.#linesRead.set(name, (this.#linesRead.get(name) ?? 0) + count);
  }

  /** Lines of `*.log` that are there are nobody's. */
  forgetLogs(): void {
    for (const name of readdirSync(this.directory))
      if (name.endsWith('.log')) this.linesRead(name, this.newLines(name).length);
  }

  get alive(): boolean {
    return this.#proxy?.exited === undefined;
  }

  /** Ends the proxy; its own output. */
  async stop(): Promise<string> {
    await this.#proxy?.stop();
    for (const u of [...this.tcp.values(), ...this.h2.values()]) u.stop();
    for (const u of this.udp.values()) u.close();
    await Promise.all([...this.redis.values()].map((r) => r.stop()));
    rmSync(this.directory, { recursive: true, force: true });
    return this.#proxy?.output ?? '';
  }

  async #start(command: readonly string[]): Promise<void> {
    if (this.config.certificates) copyCertificates(join(this.directory, 'certs'));
    for (const [name, kind] of this.config.upstreams) {
      if (kind === 'tcp') {
        const u = await TcpUpstream.start(this.config.servers.get(name));
        this.tcp.set(name, u);
        this.ports.set(name, u.port);
      } else if (kind === 'h2') {
        const u = await H2Upstream.start();
        this.h2.set(name, u);
        this.ports.set(name, u.port);
      } else if (kind === 'udp') {
        const u = await DatagramPeer.bind();
        this.udp.set(name, u);
        this.ports.set(name, u.port);
      } else {
        const shard = this.config.servers.get(name)?.['cluster'] === true;
        const r = shard ? await RedisServer.startShard(this.directory) : await RedisServer.start();
        this.redis.set(name, r);
        this.ports.set(name, r.port);
      }
    }
    for (const name of [...this.config.listeners, 'admin']) this.ports.set(name, await freePort());
    this.putFiles(this.config.files);
    const file = join(this.directory, 'envoy.json');
    writeFileSync(
      file,
      JSON.stringify(bootstrap(this.config, this.ports), undefined, 1)
        .replaceAll('<dir>', this.directory)
        .replace(/"<port (\w+)>"|<port (\w+)>/g, (_, a?: string, b?: string) => String(this.ports.get(a ?? b ?? ''))),
    );
    const args = [
      '-c',
      file,
      '--concurrency',
      '1',
      // Access logs are read while the proxy runs.
      '--file-flush-interval-msec',
      '20',
      '--disable-hot-restart',
      '-l',
      process.env.CONFORMANCE_LOG ?? 'warning',
    ];
    const adminPort = this.ports.get('admin')!;
    this.#proxy = await startProxy({ command, args, adminPort });
  }
}
