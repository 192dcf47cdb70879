/**
 * What the redis tests stand on: a redis_proxy behind a real listening socket, real clusters, upstreams that answer what a test
 * scripts, a real redis-server, and a client that compares bytes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Cluster as ClusterMessage, RedisProxy } from '../../src/config/schema/types.ts';
import type { FactoryContext } from '../../src/extension/context.ts';
import { create, type Extras, NO_EXTRAS, RedisFilter } from '../../src/redis/filter.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { Connection, DEFAULT_BUFFER_LIMIT } from '../../src/transport/connection.ts';
import { ListenerDrain } from '../../src/transport/drain.ts';
import { makeServerSocket } from '../../src/transport/server-socket.ts';
import type { ConnectionHandler } from '../../src/transport/types.ts';
import type { ClusterTypes } from '../../src/upstream/discovery/cluster-types.ts';
import { TestClusters } from '../upstream/clusters.ts';

const SILENT: ConnectionHandler = {
  onConnected() {},
  onData() {},
  onEnd() {},
  onClose() {},
  onAboveWriteBuffer() {},
  onBelowWriteBuffer() {},
};

export interface TestProxy {
  readonly port: number;
  readonly store: Store;
  readonly clusters: TestClusters;
  drain: ListenerDrain;
  value(name: string): number;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly config?: Partial<RedisProxy>;
  readonly opTimeout?: number;
  readonly cluster?: Partial<ClusterMessage>;
  /** More clusters: name → ports. */
  readonly more?: Record<string, readonly number[]>;
  readonly bufferLimit?: number;
  /** Default: those of every start. */
  readonly types?: ClusterTypes;
  /** Default true. */
  readonly envoy16?: boolean;
  /** In place of what the config says. */
  readonly externalAuth?: Extras['externalAuth'];
}

function clusterConfig(name: string, ports: readonly number[], more: Partial<ClusterMessage> = {}): ClusterMessage {
  const lbEndpoints = ports.map((portValue) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
  }));
  return {
    name,
    type: 'STATIC',
    connectTimeout: 1000,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints }] },
    ...more,
  } as unknown as ClusterMessage;
}

/** A proxy in front of `ports`, one cluster named `redis`. */
export async function startProxy(ports: readonly number[], options: ProxyOptions = {}): Promise<TestProxy> {
  const store = new Store();
  const clusters = new TestClusters(store, { types: options.types });
  const configs = [clusterConfig('redis', ports, options.cluster)];
  for (const [name, list] of Object.entries(options.more ?? {})) configs.push(clusterConfig(name, list));
  clusters.loadStatic(configs);
  await clusters.initialize();
  const drain = new ListenerDrain();
  const ctx: FactoryContext = {
    store,
    clusters,
    localInfo: { nodeId: '', nodeCluster: '', zone: '' },
    drain,
    secrets: () => Promise.reject(new Error('no secrets here')),
    asyncClient: () => {
      throw new Error('none');
    },
    refreshCluster: (name) => clusters.manager.report({ kind: 'moved', cluster: name }),
    loadExtension: () => Promise.reject(new Error('none')),
    listenerScopePrefix: 'listener.test.',
    listenerName: 'test',
    filterChainName: '',
    bufferLimitBytes: options.bufferLimit ?? DEFAULT_BUFFER_LIMIT,
    envoy16: options.envoy16 ?? true,
  };
  const config: RedisProxy = {
    statPrefix: 'p',
    settings: { opTimeout: options.opTimeout ?? 5000 },
    prefixRoutes: { catchAllRoute: { cluster: 'redis' } },
    ...options.config,
  };
  const { externalAuth = null } = options;
  const filter =
    externalAuth === null ? await create(config, ctx) : new RedisFilter(config, ctx, { ...NO_EXTRAS, externalAuth });
  const open = new Set<Connection>();
  const server = makeServerSocket({
    accepted(make) {
      const conn = new Connection(SILENT, options.bufferLimit ?? DEFAULT_BUFFER_LIMIT);
      open.add(conn);
      conn.attach(make(conn), false);
      filter.onConnection(conn);
    },
    acceptFailed(code) {
      throw new Error(code);
    },
  });
  const address = new Address('127.0.0.1', 0);
  const port = await server.listen({ address, port: 0, backlog: 128, reusePort: false, ipv6Only: false });
  return {
    drain,
    port,
    store,
    clusters,
    value(name: string): number {
      let found = 0;
      store.forEach({
        counter: (c) => void (c.name === name && (found = c.value)),
        gauge: (g) => void (g.name === name && (found = g.value)),
        histogram: () => {},
      });
      return found;
    },
    async close(): Promise<void> {
      for (const c of open) c.close('noFlush');
      clusters.shutdown();
      server.close();
    },
  };
}

/** Collects what comes; `take(n)` waits for that many bytes, `ended` for the end. */
export class Client {
  readonly socket: Socket;
  private chunks: Buffer[] = [];
  private bytes = 0;
  private over = false;
  private wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (d) => {
      this.chunks.push(d);
      this.bytes += d.length;
      this.wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.over = true;
      this.wake();
    });
  }

  static async to(port: number): Promise<Client> {
    const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    const c = new Client(socket);
    socket.on('end', () => {
      c.over = true;
      socket.end();
      c.wake();
    });
    return c;
  }

  write(data: string | Buffer): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  async take(n: number): Promise<Buffer> {
    while (this.bytes < n) {
      if (this.over) throw new Error(`ended after ${JSON.stringify(Buffer.concat(this.chunks).toString('latin1'))}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const all = Buffer.concat(this.chunks);
    this.chunks = [all.subarray(n)];
    this.bytes = all.length - n;
    return all.subarray(0, n);
  }

  /** Send and wait for exactly these bytes back. */
  async ask(data: string | Buffer, expected: string): Promise<string> {
    this.write(data);
    return (await this.take(expected.length)).toString('latin1');
  }

  /** What has come once `done` holds, the peer has ended or `ms` have passed. */
  async until(done: (text: string) => boolean, ms: number): Promise<string> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.wake();
    }, ms);
    for (;;) {
      const text = Buffer.concat(this.chunks).toString('latin1');
      if (this.over || late || done(text)) {
        clearTimeout(timer);
        return text;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Everything until the peer ends. */
  async rest(): Promise<string> {
    while (!this.over) await new Promise<void>((resolve) => (this.wake = resolve));
    return Buffer.concat(this.chunks).toString('latin1');
  }

  close(): void {
    this.socket.destroy();
  }
}

/** An upstream that a test answers by hand. */
export class FakeRedis {
  readonly port: number;
  readonly sockets: Socket[] = [];
  private readonly server: Server;
  private received: Buffer[] = [];
  private bytes = 0;
  private wake: () => void = () => {};
  /** Called with each read instead of collecting. */
  onData: ((socket: Socket, data: Buffer) => void) | null = null;

  private constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (s: Socket) => {
      this.sockets.push(s);
      s.setNoDelay(true);
      s.on('error', () => {});
      s.on('data', (d) => {
        if (this.onData !== null) {
          this.onData(s, d);
          return;
        }
        this.received.push(d);
        this.bytes += d.length;
        this.wake();
      });
      this.wake();
    });
  }

  static async start(): Promise<FakeRedis> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeRedis(server);
  }

  /** The next `n` bytes that came, from whatever connection. */
  async take(n: number): Promise<string> {
    while (this.bytes < n) await new Promise<void>((resolve) => (this.wake = resolve));
    const all = Buffer.concat(this.received);
    this.received = [all.subarray(n)];
    this.bytes = all.length - n;
    return all.toString('latin1', 0, n);
  }

  /** Wait for exactly `expected`, then answer. */
  async expect(expected: string, answer: string | Buffer, socket = 0): Promise<string> {
    const got = await this.take(expected.length);
    this.send(answer, socket);
    return got;
  }

  send(answer: string | Buffer, socket = 0): void {
    this.sockets[socket].write(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer);
  }

  async connections(n: number): Promise<void> {
    while (this.sockets.length < n) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  async close(): Promise<void> {
    for (const s of this.sockets) s.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** A port nobody listens on (until somebody does). */
export async function freePort(): Promise<number> {
  const s = createServer().listen(0, '127.0.0.1');
  await once(s, 'listening');
  const port = (s.address() as AddressInfo).port;
  s.close();
  await once(s, 'close');
  return port;
}

/** A real redis-server without persistence. */
export class RealRedis {
  readonly port: number;
  private readonly child: ChildProcess;
  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.child = child;
  }

  static async start(port = 0, more: readonly string[] = []): Promise<RealRedis> {
    const p = port === 0 ? await freePort() : port;
    const args = [
      '--port',
      `${p}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      '/tmp',
      // Not what another one has saved there.
      '--dbfilename',
      `redis-${p}.rdb`,
      ...more,
    ];
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    for await (const chunk of child.stdout!) {
      text += chunk;
      if (text.includes('eady to accept connections')) break;
    }
    return new RealRedis(p, child);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

/** `bulk('GET', 'a')` → the request's bytes. */
export function request(...words: (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const w of words) {
    const b = typeof w === 'string' ? Buffer.from(w, 'latin1') : w;
    parts.push(Buffer.from(`$${b.length}\r\n`), b, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

export const latin1 = (...pieces: Buffer[]): string => Buffer.concat(pieces).toString('latin1');

export interface FakeStand {
  readonly redis: FakeRedis;
  readonly proxy: TestProxy;
  readonly c: Client;
}

/** A host answered by hand, a proxy of 1.40 before it and a client of that, until the test ends. */
export async function fakeStand(
  t: { teardown(fn: () => unknown): void },
  options: ProxyOptions = {},
): Promise<FakeStand> {
  const redis = await FakeRedis.start();
  const proxy = await startProxy([redis.port], { envoy16: false, ...options });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    await redis.close();
  });
  return { redis, proxy, c };
}
