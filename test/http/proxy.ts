/** A whole event loop of the proxy (clusters, one HTTP listener) in this process, with scripted TCP upstreams. For end-to-end tests. */

import { once } from 'node:events';
import * as net from 'node:net';
import type {
  Cluster as ClusterMessage,
  HttpConnectionManager,
  Listener as ListenerMessage,
  Secret,
} from '../../src/config/schema/types.ts';
import { Engine } from '../../src/server/engine.ts';
import { Store } from '../../src/stats/store.ts';

const FILTERS = 'envoy.extensions.filters';
export const ROUTER = {
  name: 'envoy.filters.http.router',
  typedConfig: { typeUrl: `${FILTERS}.http.router.v3.Router`, value: {} },
};
export const BRIDGE = {
  name: 'envoy.filters.http.grpc_http1_bridge',
  typedConfig: { typeUrl: `${FILTERS}.http.grpc_http1_bridge.v3.Config`, value: {} },
};

export interface ProxyConfig {
  hcm?: HttpConnectionManager;
  listener?: Partial<ListenerMessage>;
  clusters?: readonly ClusterMessage[];
  envoy16?: boolean;
  secrets?: readonly Secret[];
  localInfo?: { nodeId: string; nodeCluster: string; zone: string };
}

/** A STATIC cluster of loopback ports. */
export function cluster(name: string, ports: readonly number[], more: Partial<ClusterMessage> = {}): ClusterMessage {
  const lbEndpoints = ports.map((portValue) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
  }));
  return { name, connectTimeout: 1000, loadAssignment: { endpoints: [{ lbEndpoints }] }, ...more };
}

export class TestProxy {
  readonly store: Store;
  readonly engine: Engine;
  private constructor(store: Store, engine: Engine) {
    this.store = store;
    this.engine = engine;
  }

  static async start(config: ProxyConfig): Promise<TestProxy> {
    const routeConfig = {
      virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u' } }] }],
    };
    const value: HttpConnectionManager = { statPrefix: 'h', routeConfig, httpFilters: [ROUTER], ...config.hcm };
    const listener: ListenerMessage = {
      name: 'l',
      address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
      statPrefix: 'l',
      filterChains: [
        {
          filters: [
            {
              name: 'envoy.filters.network.http_connection_manager',
              typedConfig: { typeUrl: `${FILTERS}.network.http_connection_manager.v3.HttpConnectionManager`, value },
            },
          ],
        },
      ],
      ...config.listener,
    };
    const store = new Store();
    const localInfo = config.localInfo ?? { nodeId: 'n', nodeCluster: 'c', zone: '' };
    const engine = new Engine(
      {
        clusters: config.clusters ?? [],
        listeners: [listener],
        localInfo,
        envoy16: config.envoy16 ?? false,
        secrets: config.secrets,
      },
      store,
      0,
    );
    await engine.build();
    await engine.clusterControl.initialize();
    await engine.listen(false);
    return new TestProxy(store, engine);
  }

  get port(): number {
    return this.engine.listeners[0].boundAddress.port;
  }

  connect(): Peer {
    return new Peer(net.connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true }));
  }

  /** Counter or gauge by full name. */
  value(name: string): number {
    const dot = name.lastIndexOf('.');
    const scope = this.store.scope(name.slice(0, dot + 1));
    const last = name.slice(dot + 1);
    return /(_active|_buffered|pending_send_bytes)$/.test(last) ? scope.gauge(last).value : scope.counter(last).value;
  }

  stop(): void {
    this.engine.destroy();
  }
}

/** A raw socket and all it has received. */
export class Peer {
  readonly socket: net.Socket;
  /** Received and not yet taken, as latin1. */
  text = '';
  /** Bytes ever received. */
  received = 0;
  /** Keep what arrives (off: count only). */
  keep = true;
  ended = false;
  closed = false;
  error = '';

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (c) => {
      this.received += c.length;
      if (this.keep) this.text += c.toString('latin1');
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.closed = true;
      this.ended = true;
    });
    socket.on('error', (e: NodeJS.ErrnoException) => {
      this.error = e.code ?? e.message;
    });
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    return this;
  }

  /** Until `text` has arrived; takes all up to and with it. Ends early, with what there is, when the peer closes. */
  async until(text: string): Promise<string> {
    await until(() => this.text.includes(text) || this.ended);
    const at = this.text.indexOf(text);
    const end = at < 0 ? this.text.length : at + text.length;
    const out = this.text.slice(0, end);
    this.text = this.text.slice(end);
    return out;
  }

  /** One HTTP/1 message whose body has a content-length or none. */
  async message(head = false): Promise<Message> {
    const text = await this.until('\r\n\r\n');
    const lines = text.split('\r\n');
    const length = Number(/^content-length: (\d+)$/im.exec(text)?.[1] ?? 0);
    let body = '';
    if (!head && length > 0) {
      await until(() => this.text.length >= length || this.ended);
      body = this.text.slice(0, length);
      this.text = this.text.slice(length);
    }
    return { start: lines[0], headers: lines.slice(1).filter((l) => l !== ''), body };
  }

  /** Everything until the peer's FIN or close. */
  async rest(): Promise<string> {
    await until(() => this.ended);
    return this.text;
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface Message {
  start: string;
  headers: string[];
  body: string;
}

export function header(m: Message, name: string): string | undefined {
  return m.headers
    .find((h) => h.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim();
}

/** A TCP server that hands out its connections in order. */
export class Upstream {
  readonly server: net.Server;
  readonly accepted: Peer[] = [];
  private next = 0;
  private constructor(onPeer: ((p: Peer, index: number) => void) | undefined) {
    this.server = net.createServer({ allowHalfOpen: true }, (s) => {
      const p = new Peer(s);
      this.accepted.push(p);
      onPeer?.(p, this.accepted.length - 1);
    });
  }
  static async start(onPeer?: (p: Peer, index: number) => void, port = 0): Promise<Upstream> {
    const u = new Upstream(onPeer);
    u.server.listen(port, '127.0.0.1');
    await once(u.server, 'listening');
    return u;
  }
  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }
  /** The next connection that has not been asked for. */
  async accept(): Promise<Peer> {
    await until(() => this.accepted.length > this.next);
    return this.accepted[this.next++];
  }
  stop(): void {
    for (const p of this.accepted) p.close();
    this.server.close();
  }
}

/** An upstream that answers every HTTP/1 request without a body by `answer`. */
export function answering(answer: string | ((request: string, index: number) => string)): (p: Peer) => void {
  return (p) => {
    let rest = '';
    let n = 0;
    p.keep = false;
    p.socket.on('data', (c) => {
      rest += c.toString('latin1');
      for (let at = rest.indexOf('\r\n\r\n'); at >= 0; at = rest.indexOf('\r\n\r\n')) {
        const request = rest.slice(0, at + 4);
        rest = rest.slice(at + 4);
        p.send(typeof answer === 'string' ? answer : answer(request, n++));
      }
    });
  };
}

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
export const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;

/** Looks once per turn of the event loop, later every 2 ms. The runner's time limit is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  for (let n = 0; !condition(); n++)
    await new Promise((resolve) => (n < 50 ? setImmediate(resolve) : setTimeout(resolve, 2)));
}

/** Let everything that is ready happen: n turns of the event loop. */
export async function turns(n = 20): Promise<void> {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const u = await Upstream.start();
  const port = u.port;
  u.server.close();
  return port;
}
