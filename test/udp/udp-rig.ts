/** A udp_proxy on a socket that only notes what is sent to clients, with clusters of loopback hosts. For the tests of this directory. */
import type { Cluster as ClusterMessage, UdpProxyConfig } from '../../src/config/schema/types.ts';
import type { ExtensionModule } from '../../src/extension/context.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import type { DatagramSocket } from '../../src/transport/datagram-socket.ts';
import type { UdpFilter, UdpFilterContext } from '../../src/udp/udp-filter.ts';
import { create } from '../../src/udp/udp-proxy.ts';
import { TestClusters } from '../upstream/clusters.ts';

class FakeSocket implements DatagramSocket {
  takes = true;
  readonly sent: string[] = [];
  bind(): Promise<number> {
    return Promise.resolve(0);
  }
  connect(): string {
    return '';
  }
  start(): void {}
  send(): boolean {
    return false;
  }
  sendTo(data: Buffer, ip: string, port: number): boolean {
    if (this.takes) this.sent.push(`${ip}:${port} ${data}`);
    return this.takes;
  }
  localAddress(): null {
    return null;
  }
  close(): void {}
}

export interface Proxy {
  readonly filter: UdpFilter;
  readonly socket: FakeSocket;
  readonly clusters: TestClusters;
  readonly lines: string[];
  counter(name: string): number;
  gauge(name: string): number;
}

export const LOG = { name: 'l', typedConfig: { typeUrl: 'test.Log', value: {} } };

/** `modules`: extensions by the type of their config, beside `test.Log`. */
export async function proxy(
  config: UdpProxyConfig,
  clusters: readonly ClusterMessage[],
  modules: Readonly<Record<string, unknown>> = {},
): Promise<Proxy> {
  const store = new Store();
  const all = new TestClusters(store);
  all.loadStatic(clusters);
  await all.initialize();
  const lines: string[] = [];
  const log = {
    create: () => ({
      log(c: { info: { flagNames: string; dynamicMetadata(n: string): unknown } }, o: { logType: string }) {
        const values = c.info.dynamicMetadata('udp.proxy.session') ?? c.info.dynamicMetadata('udp.proxy.proxy');
        lines.push(`${o.logType} ${c.info.flagNames} ${JSON.stringify(values)}`);
      },
    }),
  };
  const loadExtension = async (type: string): Promise<ExtensionModule> => (modules[type] ?? log) as ExtensionModule;
  const ctx = { store, clusters: all, addresses: [], localInfo: {}, loadExtension };
  const factory = await create({ statPrefix: 's', ...config }, ctx as unknown as UdpFilterContext);
  const socket = new FakeSocket();
  const scope = (name: string): [ReturnType<Store['scope']>, string] => {
    const dot = name.lastIndexOf('.') + 1;
    return [store.scope(name.slice(0, dot)), name.slice(dot)];
  };
  return {
    filter: factory.create(socket, new Address('127.0.0.1', 53)),
    socket,
    clusters: all,
    lines,
    counter(name) {
      const [s, last] = scope(name);
      return s.counter(last).value;
    },
    gauge(name) {
      const [s, last] = scope(name);
      return s.gauge(last).value;
    },
  };
}
