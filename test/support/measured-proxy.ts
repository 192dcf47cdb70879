/** A proxy in a process of its own whose memory a test looks at: `rss()` is what the kernel counts, in MiB. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Child } from './child.ts';
import { freePort } from './ports.ts';
import { envoyletCommand, get, startProxy } from './proxy-process.ts';

const V3 = 'type.googleapis.com/envoy.extensions.filters';
const V2 = 'type.googleapis.com/envoy.config.filter';

export interface MeasuredOptions {
  /** Filters of the one listener. */
  readonly filters: readonly object[];
  readonly clusters: readonly object[];
  readonly listener?: object;
  /** Before and behind the command: a cgroup, flags. */
  readonly enter?: (command: readonly string[]) => readonly string[];
  /** Instead of the sources. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

export class MeasuredProxy {
  readonly port: number;
  readonly admin: number;
  readonly child: Child;

  private constructor(port: number, admin: number, child: Child) {
    this.port = port;
    this.admin = admin;
    this.child = child;
  }

  static async start(t: Pick<Test, 'teardown'>, options: MeasuredOptions): Promise<MeasuredProxy> {
    const directory = mkdtempSync(join(tmpdir(), 'measured-'));
    const [port, admin] = [await freePort(), await freePort()];
    const listener = { name: 'l', address: address(port), filter_chains: [{ filters: options.filters }] };
    writeFileSync(
      join(directory, 'envoy.json'),
      JSON.stringify({
        static_resources: { listeners: [{ ...listener, ...options.listener }], clusters: options.clusters },
        admin: { address: address(admin) },
      }),
    );
    const command = (options.enter ?? ((c) => c))([...(options.command ?? envoyletCommand())]);
    const args = ['-c', join(directory, 'envoy.json'), '--concurrency', '1', '-l', 'error', ...(options.args ?? [])];
    const child = await startProxy({ command, args, adminPort: admin, listenerPort: port });
    t.teardown(async () => {
      await child.stop('SIGKILL');
      rmSync(directory, { recursive: true });
    });
    return new MeasuredProxy(port, admin, child);
  }

  /** MiB resident now; 0 once the process is gone. */
  rss(): number {
    return this.status('VmRSS');
  }

  /** Of that, what no file backs. */
  anonymous(): number {
    return this.status('RssAnon');
  }

  private status(field: string): number {
    try {
      const status = readFileSync(`/proc/${this.child.process.pid}/status`, 'latin1');
      return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)![1]) / 1024;
    } catch {
      return 0;
    }
  }

  /** Once it neither grows nor shrinks by a MiB for half a second: MiB resident. */
  async settled(): Promise<number> {
    let [low, high, since] = [0, 0, 0];
    for (;;) {
      const now = this.rss();
      if (now < low || now > high) {
        low = now - 1;
        high = now + 1;
        since = performance.now();
      } else if (performance.now() - since > 500) return now;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The same, where memory that is free already may not have been given back yet: the least seen until it is at most `mib`, or for 20 s. */
  async settledBelow(mib: number): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (const end = performance.now() + 20_000; least > mib && performance.now() < end; )
      least = Math.min(least, await this.settled());
    return least;
  }

  /** A counter or gauge. */
  async value(name: string): Promise<number> {
    const page = (await get(this.admin, `/stats?filter=^${name.replaceAll('.', '\\.')}$`))?.body ?? '';
    return Number(page.split(': ')[1] ?? 0);
  }
}

export const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });

export function cluster(port: number, more: object = {}): object {
  return {
    name: 'u',
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: 'u',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
    ...more,
  };
}

/** An HTTP connection manager whose every route leads to cluster `u`. */
export function httpManager(version: 'v2' | 'v3', more: object = {}): object {
  const type =
    version === 'v2' ? `${V2}.network.http_connection_manager.v2` : `${V3}.network.http_connection_manager.v3`;
  const router = version === 'v2' ? `${V2}.http.router.v2.Router` : `${V3}.http.router.v3.Router`;
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${type}.HttpConnectionManager`,
      stat_prefix: 'h',
      route_config: {
        virtual_hosts: [
          { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u', timeout: '0s' } }] },
        ],
      },
      http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': router } }],
      ...more,
    },
  };
}

export function redisProxy(more: object = {}): object {
  return {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': `${V3}.network.redis_proxy.v3.RedisProxy`,
      stat_prefix: 'r',
      settings: { op_timeout: '60s' },
      prefix_routes: { catch_all_route: { cluster: 'u' } },
      ...more,
    },
  };
}

export function tcpProxy(): object {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: { '@type': `${V3}.network.tcp_proxy.v3.TcpProxy`, stat_prefix: 't', cluster: 'u' },
  };
}
