/** A tcp_proxy on a real port, with a stats store and clusters of loopback hosts. For the tests of this directory. */
import { once } from 'node:events';
import * as net from 'node:net';
import type { Cluster as ClusterMessage, TcpProxy } from '../../src/config/schema/types.ts';
import type { FactoryContext } from '../../src/extension/context.ts';
import { Store } from '../../src/stats/store.ts';
import { create } from '../../src/tcp/tcp-proxy.ts';
import { Address } from '../../src/transport/address.ts';
import { Connection } from '../../src/transport/connection.ts';
import { makeServerSocket, type ServerSocket } from '../../src/transport/server-socket.ts';
import type { ConnectionHandler } from '../../src/transport/types.ts';
import { TestClusters } from '../upstream/clusters.ts';

export const NOBODY: ConnectionHandler = {
  onConnected() {},
  onData() {},
  onEnd() {},
  onClose() {},
  onAboveWriteBuffer() {},
  onBelowWriteBuffer() {},
};

export function cluster(name: string, ports: readonly number[], more: Partial<ClusterMessage> = {}): ClusterMessage {
  const lbEndpoints = ports.map((portValue) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
  }));
  return { name, connectTimeout: 1000, loadAssignment: { endpoints: [{ lbEndpoints }] }, ...more };
}

export class TestProxy {
  readonly store = new Store();
  readonly clusters = new TestClusters(this.store);
  private server!: ServerSocket;
  /** Downstream connections in order of arrival. */
  readonly accepted: Connection[] = [];
  port = 0;

  static async start(
    config: TcpProxy,
    clusters: readonly ClusterMessage[],
    bufferLimit = 1 << 20,
    prepare: (c: Connection) => void = () => {},
  ): Promise<TestProxy> {
    const p = new TestProxy();
    p.clusters.loadStatic(clusters);
    await p.clusters.initialize();
    const ctx = { store: p.store, clusters: p.clusters } as unknown as FactoryContext;
    const factory = await create({ statPrefix: 't', ...config }, ctx);
    p.server = makeServerSocket({
      accepted(make) {
        const c = new Connection(NOBODY, bufferLimit);
        c.attach(make(c), false);
        p.accepted.push(c);
        prepare(c);
        factory.onConnection(c);
      },
      acceptFailed(code) {
        throw new Error(code);
      },
    });
    const address = new Address('127.0.0.1', 0);
    p.port = await p.server.listen({ address, port: 0, backlog: 128, reusePort: false, ipv6Only: false });
    return p;
  }

  connect(): net.Socket {
    const s = net.connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true });
    s.on('error', () => {});
    return s;
  }

  /** Value of a counter or gauge by its full name. */
  value(name: string): number {
    const dot = name.lastIndexOf('.');
    const scope = this.store.scope(name.slice(0, dot + 1));
    return GAUGE.test(name) ? scope.gauge(name.slice(dot + 1)).value : scope.counter(name.slice(dot + 1)).value;
  }

  stop(): void {
    for (const c of this.accepted) c.close('noFlush');
    this.server.close();
    this.clusters.shutdown();
  }
}
const GAUGE = /_(active|buffered|open)$/;

/** A TCP server on a free port; `onSocket` gets half-open sockets. */
export async function upstream(onSocket: (s: net.Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (s) => {
    sockets.add(s);
    s.on('error', () => {});
    onSocket(s);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    close() {
      for (const s of sockets) s.destroy();
      server.close();
    },
  };
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const u = await upstream(() => {});
  u.close();
  return u.port;
}

/** Everything until the peer's FIN or close. */
export async function readAll(s: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  s.on('data', (c) => chunks.push(c));
  await new Promise<void>((resolve) => {
    s.once('end', resolve);
    s.once('close', resolve);
  });
  return Buffer.concat(chunks);
}

/** Poll a condition once per turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
