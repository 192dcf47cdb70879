/**
 * Before the first connection comes, requests are taken through the code of each protocol that the config speaks, so that V8 has compiled
 * it: in a cold process the first 800 requests cost twice what they cost Envoy, and under 2 ms of CPU per 100 ms they are the first ten
 * seconds. The requests go over connections in memory between a client and a host of our own (peers.ts), through a connection manager and a
 * Redis proxy of our own with a store of their own: no peer, statistic or log hears of them. It ends when somebody connects.
 */
import type { Cluster as ClusterMessage, Listener as ListenerMessage } from '../../config/schema/types.ts';
import type { ServerContext } from '../../extension/context.ts';
import { loadExtension } from '../../extension/load-extension.ts';
import { asyncClient } from '../../http/router/async-client.ts';
import type { Listener } from '../../listener/listener.ts';
import { ListenerManager } from '../../listener/listener-manager.ts';
import { Store } from '../../stats/store.ts';
import { connectionIds } from '../../transport/connection.ts';
import type { HandleWire } from '../../transport/handle-wire.ts';
import { handles } from '../../transport/handles.ts';
import { INTERNAL, internal } from '../../transport/internal.ts';
import type { WireOwner } from '../../transport/wire.ts';
import { ClusterControl } from '../../upstream/cluster-control.ts';
import { ClusterManager } from '../../upstream/cluster-manager.ts';
import { LoadedClusterTypes } from '../../upstream/discovery/cluster-types.ts';
import { makeHttpSettings } from '../../upstream/http-settings.ts';
import { memoryConnection } from './memory-handle.ts';
import { grpcPeers, HTTP1, type Peers, REDIS } from './peers.ts';

/** Requests of each protocol: by then V8 has compiled what it compiles for good. */
const REQUESTS = 1050;
/**
 * Times that all is built anew, for a share of the requests each. What only an object's first request does (metrics that are made when they first
 * count, a wheel without timers) would else have been done once, before V8 took notes: code compiled without it is thrown away by the first real request.
 */
const GENERATIONS = 3;
/** Clients at once. */
const LANES = 4;
/** Of requests that follow one another; then the next protocol has its turn, and what is used of the CPU is looked at. */
const BATCH = 50;
/** 20 days: with what has passed since the start it is still a small integer to V8, as a usual timeout is. */
const LONG_MS = 20 * 86_400_000;
/** Share of a CPU limit that may be used. */
const SHARE = 2 / 3;

/** A listener's name, and an address inside the process up to its first slash. */
const NAME = 'envoylet warm-up';
const ADDRESS = `${INTERNAL}${NAME}/`;

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const REDIS_PROXY = 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';

export interface WarmUpOptions {
  readonly clusters: readonly ClusterMessage[];
  readonly listeners: readonly ListenerMessage[];
  /** Somebody has come. */
  readonly over: () => boolean;
  /** CPUs that may be used; Infinity without a limit. */
  readonly cpus: number;
  /** Waits so many ms while the share of the CPU is used up; replaced in tests. */
  readonly pause?: (ms: number) => Promise<void>;
}

interface Protocol {
  readonly name: string;
  readonly peers: Peers;
  readonly listener: Listener;
  left: number;
}

/** Resolves when it is over, with how many requests were answered. */
export async function warmUp(options: WarmUpOptions): Promise<number> {
  let answered = 0;
  const began = performance.now();
  const before = process.cpuUsage();
  const dueMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / (options.cpus * SHARE) - (performance.now() - began);
  };
  for (let left = GENERATIONS; left > 0 && handles !== null && !options.over(); left--) {
    answered += await new WarmUp(options, dueMs).run(REQUESTS / GENERATIONS, left === 1);
  }
  return answered;
}

class WarmUp {
  private readonly options: WarmUpOptions;
  /** ms until more of the CPU may be used; below 0: now. */
  private readonly dueMs: () => number;
  private readonly store = new Store();
  private readonly clusters: ClusterManager;
  private readonly control: ClusterControl;
  private readonly listeners: ListenerManager;
  /** Told of the next request instead of its being answered; null: hosts answer. */
  private asked: (() => void) | null = null;
  private sockets = 0;
  private answered = 0;

  constructor(options: WarmUpOptions, dueMs: () => number) {
    this.options = options;
    this.dueMs = dueMs;
    const { store } = this;
    const types = new LoadedClusterTypes(false);
    this.clusters = new ClusterManager(store, { types, tellsCounts: false });
    this.control = new ClusterControl(store, this.clusters, { types });
    const context: ServerContext = {
      store,
      clusters: this.clusters,
      localInfo: { nodeId: '', nodeCluster: '', zone: '' },
      envoy16: false,
      refreshCluster() {},
      secrets: () => Promise.reject(new Error('the warm-up has no secrets')),
      asyncClient: () => asyncClient(context),
      defaultTracer: undefined,
      loadExtension,
    };
    // As a worker's, which says nothing of what it loads.
    this.listeners = new ListenerManager(context, 1);
  }

  /** `requests`: of each protocol. `last`: nobody builds this anew. */
  async run(requests: number, last: boolean): Promise<number> {
    const { connect } = internal;
    const firstId = connectionIds.next;
    try {
      const protocols = await this.protocols(requests);
      internal.connect = (address, owner) =>
        address.path.startsWith(ADDRESS) ? this.connect(protocols, address.path, owner) : connect!(address, owner);
      await this.work(protocols);
      if (last) {
        for (const p of protocols) await this.leaveOne(p);
      } else {
        this.listeners.destroy();
        this.control.shutdown();
      }
      return this.answered;
    } finally {
      internal.connect = connect;
      // Of those after it the first is the first, where nobody came meanwhile.
      if (connectionIds.next === firstId + this.sockets) connectionIds.next = firstId;
    }
  }

  /**
   * A request that is never answered stays for good, with all that belongs to one: V8 throws away the code it has made for objects of which
   * none is left, half a minute after the last request.
   */
  private leaveOne(p: Protocol): Promise<void> {
    return new Promise((resolve) => {
      this.asked = resolve;
      this.client(p, () => false);
    });
  }

  /** Each for a batch, in turn. */
  private async work(protocols: readonly Protocol[]): Promise<void> {
    while (protocols.some((p) => p.left > 0) && !this.options.over()) {
      for (const p of protocols) if (p.left > 0 && !this.options.over()) await this.batch(p);
      const due = this.dueMs();
      if (due > 0) await (this.options.pause ?? pause)(due);
    }
  }

  private batch(p: Protocol): Promise<void> {
    let left = BATCH;
    p.left -= BATCH;
    return new Promise((resolve) => {
      let lanes = LANES;
      const again = (): boolean => {
        this.answered++;
        if (--left >= LANES && !this.options.over()) return true;
        if (--lanes === 0) resolve();
        return false;
      };
      for (let i = 0; i < LANES; i++) this.client(p, again);
    });
  }

  private client(p: Protocol, again: () => boolean): void {
    const [near, far] = memoryConnection(ADDRESS);
    p.listener.accepted(near);
    const connection = p.peers.client(far, () => {
      const more = again();
      if (!more) connection.close('noFlush');
      return more;
    });
    this.sockets += 2;
  }

  private connect(protocols: readonly Protocol[], path: string, owner: WireOwner): HandleWire {
    const [near, far] = memoryConnection(path);
    const wire = near(owner);
    const name = path.slice(ADDRESS.length);
    const { peers } = protocols.find((p) => p.name === name) as Protocol;
    peers.host(far, () => {
      this.asked?.();
      return this.asked === null;
    });
    this.sockets += 2;
    setImmediate(() => wire.connected(0));
    return wire;
  }

  /** Those that the config speaks. */
  private async protocols(left: number): Promise<Protocol[]> {
    const { clusters, listeners } = this.options;
    const filters = listeners.flatMap((l) => l.filterChains ?? []).flatMap((c) => c.filters ?? []);
    const has = (typeUrl: string): boolean => filters.some((f) => f.typedConfig?.typeUrl === typeUrl);
    const out: Protocol[] = [];
    if (has(HCM)) {
      const spoken = clusters.map((c) => makeHttpSettings(c).protocol);
      const http2 = spoken.some((p) => p !== 'HTTP/1.1');
      if (!http2 || spoken.some((p) => p !== 'HTTP/2'))
        out.push(await this.protocol('http1', HTTP1, HCM, httpConfig('http1'), {}, left));
      if (http2) {
        const options = { http2ProtocolOptions: {} };
        out.push(await this.protocol('http2', grpcPeers(this.store), HCM, httpConfig('http2'), options, left));
      }
    }
    if (has(REDIS_PROXY)) {
      const config = {
        statPrefix: 'a',
        settings: { opTimeout: LONG_MS },
        prefixRoutes: { catchAllRoute: { cluster: 'redis' } },
      };
      out.push(await this.protocol('redis', REDIS, REDIS_PROXY, config, {}, left));
    }
    await this.control.startAll();
    return out;
  }

  private async protocol(
    name: string,
    peers: Peers,
    typeUrl: string,
    value: unknown,
    more: Partial<ClusterMessage>,
    left: number,
  ): Promise<Protocol> {
    const endpoint = { address: { envoyInternalAddress: { serverListenerName: NAME, endpointId: name } } };
    this.control.loadStatic([{ name, loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint }] }] }, ...more }]);
    const message = {
      name: `${NAME} ${name}`,
      internalListener: {},
      ignoreGlobalConnLimit: true,
      filterChains: [{ filters: [{ name, typedConfig: { typeUrl, value } }] }],
    } as ListenerMessage;
    const listener = (await this.listeners.add(message)) as Listener;
    return { name, peers, listener, left };
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** With the timers that a config has that says nothing of them; only the one request that stays would hear of them, in days. */
const httpConfig = (cluster: string): unknown => ({
  statPrefix: 'a',
  streamIdleTimeout: LONG_MS,
  commonHttpProtocolOptions: { idleTimeout: LONG_MS },
  routeConfig: {
    virtualHosts: [
      { name: 'a', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster, timeout: LONG_MS } }] },
    ],
  },
  httpFilters: [{ name: 'router', typedConfig: { typeUrl: ROUTER, value: {} } }],
});
