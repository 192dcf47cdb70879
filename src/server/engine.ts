/**
 * Everything one event loop needs to proxy: stats store, clusters, listeners with their filter chains. With `--concurrency N`
 * there are N of them, one per worker; nothing in here knows of the others.
 */

import type { FactoryContext, LocalInfo, NetworkFilterFactory, ServerContext } from '../extension/context.ts';
import { loadExtension } from '../extensions.ts';
import { RouterStats } from '../http/router/router-stats.ts';
import { Listener, type ListenerMessage, listenerStatName } from '../listener/listener.ts';
import { logger } from '../log/logger.ts';
import type { Store } from '../stats/store.ts';
import type { ClusterConfig } from '../upstream/cluster-config.ts';
import { UpstreamClusterManager } from '../upstream/cluster-manager.ts';

const log = logger('config');

/** The parts of a bootstrap an event loop works from. */
export interface EngineConfig {
  readonly clusters: readonly ClusterConfig[];
  readonly listeners: readonly ListenerMessage[];
  readonly localInfo: LocalInfo;
  readonly envoy16: boolean;
}

export class Engine {
  readonly store: Store;
  readonly clusters: UpstreamClusterManager;
  readonly listeners: Listener[] = [];
  readonly context: ServerContext;
  draining = false;
  private readonly config: EngineConfig;
  private readonly worker: number;

  constructor(config: EngineConfig, store: Store, worker: number) {
    this.config = config;
    this.store = store;
    this.worker = worker;
    this.clusters = new UpstreamClusterManager(store, { quiet: worker > 0 });
    this.context = {
      store,
      clusters: this.clusters,
      localInfo: config.localInfo,
      envoy16: config.envoy16,
      isDraining: () => this.draining,
      loadExtension,
    };
  }

  /** Build clusters and filter chains; no socket is opened. Throws what is wrong with the config. */
  async build(): Promise<void> {
    // Said once, by the main thread.
    if (this.worker === 0) log.info(`loading ${this.config.clusters.length} cluster(s)`);
    this.clusters.loadStatic(this.config.clusters);
    this.threadStats();
    if (this.worker === 0) log.info(`loading ${this.config.listeners.length} listener(s)`);
    const manager = this.store.scope('listener_manager.');
    for (const name of [
      'listener_added',
      'listener_create_success',
      'listener_create_failure',
      'listener_modified',
      'listener_removed',
      'listener_stopped',
      'listener_in_place_updated',
    ]) {
      manager.counter(name);
    }
    for (const name of [
      'total_listeners_active',
      'total_listeners_draining',
      'total_listeners_warming',
      'total_filter_chains_draining',
      'workers_started',
    ]) {
      manager.gauge(name);
    }
    for (const message of this.config.listeners) {
      const listener = new Listener(message, this.store, this.worker);
      const filter = await this.filterChain(message, listener);
      if (filter !== null) listener.setFilter(filter);
      this.listeners.push(listener);
      manager.counter('listener_added').inc();
    }
  }

  /** What Envoy says of each thread, and of the HTTP client its own extensions use. */
  private threadStats(): void {
    const local = this.store.scope('thread_local_cluster_manager.');
    local.gauge(`worker_${this.worker}.clusters_inflated`).set(this.config.clusters.length);
    if (this.worker !== 0) return;
    local.gauge('main_thread.clusters_inflated').set(this.config.clusters.length);
    this.store.scope('listener_manager.').gauge('workers_pinned');
    new RouterStats(this.store.scope('http.async-client.'));
  }

  /** Null for a chain without filters: as in Envoy it takes connections and closes them at once. */
  private async filterChain(message: ListenerMessage, listener: Listener): Promise<NetworkFilterFactory | null> {
    const filters = message.filterChains?.[0]?.filters ?? [];
    const ctx: FactoryContext = {
      ...this.context,
      listenerScopePrefix: `listener.${listenerStatName(message)}.`,
      bufferLimitBytes: listener.bufferLimitBytes,
    };
    if (filters.length === 0) return null;
    // Every network filter there is so far is terminal: one per chain.
    if (filters.length > 1) {
      throw new Error(
        `Error: terminal filter named ${filters[0].name ?? ''} of type ${filters[0].name ?? ''} must be the last filter in a network filter chain.`,
      );
    }
    const typed = filters[0].typedConfig;
    if (typed === undefined)
      throw new Error(`Didn't find a registered implementation for '${filters[0].name ?? ''}' with type URL: ''`);
    const module = await loadExtension(typed.typeUrl);
    return (await module.create(typed.value, ctx)) as NetworkFilterFactory;
  }

  /**
   * Bind all listeners. `reusePort`: other workers bind the same ports. `ports`: in a worker, what the main thread got.
   * Throws Envoy's sentence for an address in use.
   */
  async listen(reusePort: boolean, ports?: readonly number[]): Promise<void> {
    const manager = this.store.scope('listener_manager.');
    for (const [i, l] of this.listeners.entries()) {
      // A Unix socket has one owner: the main thread.
      if (ports !== undefined && l.address.path !== '') continue;
      try {
        await l.listen(reusePort && l.address.path === '', ports?.[i]);
      } catch (e) {
        throw new Error(bindError(l.address.text, e));
      }
      manager.counter('listener_create_success').inc();
      manager.gauge('total_listeners_active').inc();
    }
  }

  get connections(): number {
    let n = 0;
    for (const l of this.listeners) n += l.active;
    return n;
  }

  stopListening(inboundOnly: boolean): void {
    for (const l of this.listeners) if (!inboundOnly || l.message.trafficDirection === 'INBOUND') l.stop();
  }

  destroy(): void {
    for (const l of this.listeners) l.destroy();
    this.clusters.shutdown();
  }
}

const ERRNO: Record<string, string> = {
  EADDRINUSE: 'Address already in use',
  EACCES: 'Permission denied',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENOENT: 'No such file or directory',
};

export function bindError(address: string, e: unknown): string {
  const code = (e as NodeJS.ErrnoException).code ?? '';
  return `cannot bind '${address}': ${ERRNO[code] ?? (e instanceof Error ? e.message : String(e))}`;
}
