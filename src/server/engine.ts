/**
 * Everything one event loop needs to proxy: stats store, clusters, listeners with their filter chains. With `--concurrency N`
 * there are N of them, one per worker; nothing in here knows of the others.
 */

import { mentionsCel } from '../config/announced.ts';
import { eachAsync, Gather, withinAsync } from '../config/refusal.ts';
import type {
  BindConfig,
  Bootstrap,
  Cluster as ClusterMessage,
  Listener as ListenerMessage,
  OverloadManager,
  Secret,
  StatsMatcher,
  TracingHttp,
} from '../config/schema/types.ts';
import type { LocalInfo, ServerContext } from '../extension/context.ts';
import { loadExtension } from '../extension/load-extension.ts';
import { asyncClient } from '../http/router/async-client.ts';
import { RouterStats } from '../http/router/router-settings.ts';
import { noLimitOfAll } from '../listener/connection-limits.ts';
import type { Listener } from '../listener/listener.ts';
import { ListenerManager } from '../listener/listener-manager.ts';
import type { ListenerUpdate } from '../listener/listener-update.ts';
import { logger } from '../log/logger.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { runtime } from '../runtime/runtime.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Store } from '../stats/store.ts';
import type { DrainSettings } from '../transport/drain.ts';
import { overload } from '../transport/overload.ts';
import type { LocalPlace } from '../upstream/cluster.ts';
import { ClusterControl } from '../upstream/cluster-control.ts';
import { ClusterManager } from '../upstream/cluster-manager.ts';
import type { ClusterUpdate } from '../upstream/cluster-update.ts';
import { LoadedClusterTypes } from '../upstream/discovery/cluster-types.ts';
import { setDefaultResolvers } from '../upstream/discovery/dns-servers.ts';
import type { HealthCheckTypes } from '../upstream/health/health-checker.ts';
import { policyOptions } from '../upstream/http-policies.ts';
import type { UpstreamTransportModule } from '../upstream/upstream-transports.ts';
import type { OverloadWatch } from './overload.ts';
import type { SinksConfig } from './stats-sinks.ts';
import type { MainDataPlane, Update } from './update.ts';

const log = logger('config');

/** The parts of a bootstrap an event loop works from. */
export interface EngineConfig {
  readonly clusters: readonly ClusterMessage[];
  readonly listeners: readonly ListenerMessage[];
  readonly secrets?: readonly Secret[] | undefined;
  readonly overloadManager?: OverloadManager | undefined;
  /** typed_dns_resolver_config and dns_resolution_config of the bootstrap. */
  readonly resolvers?: Pick<Bootstrap, 'typedDnsResolverConfig' | 'dnsResolutionConfig'>;
  readonly statsSinks?: SinksConfig | undefined;
  /** Which metrics are kept; all where there is none. */
  readonly statsMatcher?: StatsMatcher | undefined;
  readonly localInfo: LocalInfo;
  readonly localPlace?: LocalPlace;
  readonly envoy16: boolean;
  /** Some format or rule may be an expression of CEL. */
  readonly usesCel?: boolean;
  /** The bootstrap's `tracing`. */
  readonly defaultTracer?: TracingHttp | undefined;
  /** Of clusters that have none of their own. */
  readonly upstreamBind?: BindConfig | undefined;
  /** File that outlier detection logs to; '' for none. */
  readonly outlierEventLog?: string;
  /** How listeners drain; Envoy's defaults when absent. */
  readonly drain?: DrainSettings;
}

/** The event loops beside the main thread's. */
export interface OtherLoops {
  /** What is found out about clusters. */
  tell(update: Update): void;
  /** A counter of theirs, summed. */
  counted(name: string): number;
}

async function healthChecks(clusters: readonly ClusterMessage[]): Promise<HealthCheckTypes> {
  const { healthCheckTypes } = await import('./health-checks.ts');
  return healthCheckTypes(clusters);
}

async function loadTransport(typeUrl: string): Promise<UpstreamTransportModule> {
  return (await loadExtension(typeUrl)) as unknown as UpstreamTransportModule;
}

async function prepareCel(message: unknown): Promise<void> {
  if (mentionsCel(message)) await import('../cel/engine.ts');
}

export class Engine implements MainDataPlane {
  readonly store: Store;
  readonly clusters: ClusterManager;
  /** Null in a worker: the main thread's finds the hosts for all. */
  private readonly control: ClusterControl | null;
  readonly listenerManager: ListenerManager;
  readonly context: ServerContext;
  readonly config: EngineConfig;
  private readonly worker: number;
  /** Listeners and routes change one after the other, after the bootstrap's were built. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly types: LoadedClusterTypes;
  /** Updates of clusters that wait for a cluster type or a transport to be loaded; null for none. */
  private late: Promise<void> | null = null;
  private loadingSecrets: Promise<Secrets> | null = null;
  private readonly others: OtherLoops | undefined;
  private setOverload: ((action: string, share: number) => void) | null = null;
  /** What asks for the load; null without, and in a worker. */
  overload: OverloadWatch | null = null;

  /** `others`: absent where there are none, and in a worker. */
  constructor(config: EngineConfig, store: Store, worker: number, others?: OtherLoops) {
    this.config = config;
    this.store = store;
    this.worker = worker;
    this.others = others;
    const { localPlace: local, upstreamBind: bind } = config;
    setDefaultResolvers(config.resolvers ?? {});
    this.types = new LoadedClusterTypes((local?.cluster ?? '') !== '', bind !== undefined);
    this.clusters = new ClusterManager(store, { types: this.types, tellsCounts: worker > 0, local, bind });
    const tell = others && ((update: ClusterUpdate): void => others.tell({ kind: 'cluster', update }));
    const { types } = this;
    const options = {
      types,
      others: tell,
      counted: others && ((name: string) => others.counted(name)),
      healthChecks,
      nameless: config.localInfo.nodeId === '' || config.localInfo.nodeCluster === '',
      outlierEventLog: config.outlierEventLog,
    };
    this.control = worker > 0 ? null : new ClusterControl(store, this.clusters, options);
    this.context = {
      store,
      clusters: this.clusters,
      localInfo: config.localInfo,
      envoy16: config.envoy16,
      refreshCluster: (cluster) => this.clusters.report({ kind: 'moved', cluster }),
      secrets: () => this.secrets(),
      asyncClient: () => asyncClient(this.context),
      defaultTracer: config.defaultTracer,
      loadExtension,
    };
    this.listenerManager = new ListenerManager(this.context, worker, config.drain);
  }

  private secrets(): Promise<Secrets> {
    const { others, worker, store } = this;
    const { secrets = [] } = this.config;
    const tell = others && ((key: string, secret: Secret): void => others.tell({ kind: 'secret', key, secret }));
    this.loadingSecrets ??= import('../secrets/secrets.ts').then(
      (m) => new m.Secrets({ secrets, store, readsFiles: worker === 0, tell }),
    );
    return this.loadingSecrets;
  }

  /** Null where nobody has asked for one. */
  get loadedSecrets(): Promise<Secrets> | null {
    return this.loadingSecrets;
  }

  /** Which clusters there are and who their hosts are. In the main thread only. */
  get clusterControl(): ClusterControl {
    if (this.control === null) throw new Error('a worker is told its clusters');
    return this.control;
  }

  apply(update: Update): Promise<Update | null> | undefined {
    switch (update.kind) {
      case 'cluster':
        this.applyCluster(update.update);
        break;
      case 'drain':
        this.listenerManager.startDrain(update.inboundOnly);
        break;
      case 'stopListening':
        this.listenerManager.stopListening(update.inboundOnly);
        break;
      case 'healthcheck':
        this.listenerManager.setHealthFailed(update.failed);
        break;
      case 'overload':
        this.setOverload?.(update.action, update.share);
        break;
      case 'runtime':
        runtime.set(update.entries);
        break;
      case 'listener':
        return this.inTurn(() => this.applyListener(update.update));
      case 'secret':
        return this.inTurn(async () => {
          await (await this.secrets()).told(update.key, update.secret);
          return null;
        });
      case 'routes':
        return this.inTurn(async () => {
          await prepareCel(update.config);
          return (await this.listenerManager.putRoutes(update.config)) ? update : null;
        });
    }
    return undefined;
  }

  private isLoaded(config: ClusterMessage): boolean {
    return this.types.has(config) && this.clusters.transports.has(config);
  }

  /** In the order they came, also where the type of one, or its transport, has to be loaded first. */
  private applyCluster(update: ClusterUpdate): void {
    if (this.late === null && (update.kind !== 'put' || this.isLoaded(update.config))) {
      this.clusters.apply(update);
      return;
    }
    const late = (this.late ?? Promise.resolve()).then(async () => {
      if (update.kind === 'put') {
        await this.types.prepare([update.config]);
        await this.prepareTransports([update.config]);
      }
      this.clusters.apply(update);
    });
    const settled: Promise<void> = late
      .catch((e) => log.error(`cluster update: ${e instanceof Error ? e.message : e}`))
      .then(() => {
        if (this.late === settled) this.late = null;
      });
    this.late = settled;
  }

  private async applyListener(update: ListenerUpdate): Promise<Update | null> {
    if (update.kind === 'remove') {
      return this.listenerManager.remove(update.name) ? { kind: 'listener', update } : null;
    }
    await prepareCel(update.message);
    const listener = await this.listenerManager.put(update.message, update.port);
    if (listener === null) return null;
    return { kind: 'listener', update: { ...update, port: listener.boundAddress.port } };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  isConfigured(listener: string): boolean {
    return this.config.listeners.some((l) => l.name === listener);
  }

  hasRoutes(name: string): boolean {
    return this.listenerManager.hasRoutes(name);
  }

  /** Build clusters and filter chains; no socket is opened. Throws what is wrong with the config. */
  build(): Promise<void> {
    return this.inTurn(() => this.buildAll());
  }

  private async buildAll(): Promise<void> {
    // Said once, by the main thread.
    if (this.worker === 0) log.info(`loading ${this.config.clusters.length} cluster(s)`);
    if (this.config.usesCel === true) await import('../cel/engine.ts');
    const found = new Gather();
    await found.runAsync(() => this.limitLoad());
    if (this.config.secrets?.length) await found.runAsync(async () => void (await this.secrets()));
    await this.types.prepare(this.config.clusters);
    await this.control?.prepare(this.config.clusters);
    if (this.config.clusters.some((c) => policyOptions(c) !== null)) {
      await found.runAsync(async () => {
        const { clusterPolicies } = await import('../http/route/cluster-policies.ts');
        this.clusters.policies = await clusterPolicies(this.config.clusters, this.context);
      });
    }
    await found.runAsync(() => this.prepareTransports(this.config.clusters));
    found.run(() => (this.control ?? this.clusters).loadStatic(this.config.clusters));
    this.threadStats();
    if (this.worker === 0) log.info(`loading ${this.config.listeners.length} listener(s)`);
    await found.runAsync(async () => {
      await eachAsync(this.config.listeners, (message) => this.listenerManager.add(message));
    });
    found.done();
  }

  private async limitLoad(): Promise<void> {
    const { overloadManager } = this.config;
    noLimitOfAll();
    overload.state = null;
    if (overloadManager === undefined) return;
    const { applyOverload, setOverload } = await import('./overload.ts');
    this.setOverload = setOverload;
    this.overload = await withinAsync(overloadManager, () =>
      applyOverload(overloadManager, this.store, this.worker === 0),
    );
  }

  private prepareTransports(configs: readonly ClusterMessage[]): Promise<void> {
    return this.clusters.transports.prepare(configs, loadTransport, () => this.secrets());
  }

  /** What Envoy says of each thread, and of the HTTP client its own extensions use. */
  private threadStats(): void {
    const local = this.store.scope('thread_local_cluster_manager.');
    local.gauge(`worker_${this.worker}.clusters_inflated`).set(this.config.clusters.length);
    const own = this.store.scope('envoylet.');
    heldMemory.countIn({
      held: own.gauge('held_bytes'),
      budget: own.gauge('held_budget_bytes'),
      exceeded: own.counter('held_budget_exceeded_total'),
      givenUp: own.counter('held_given_up_total'),
    });
    if (this.worker !== 0) return;
    local.gauge('main_thread.clusters_inflated').set(this.config.clusters.length);
    this.store.scope('listener_manager.').gauge('workers_pinned');
    new RouterStats(this.store.scope('http.async-client.'));
  }

  /** Bind all listeners. `ports`: in a worker, what the main thread got. Throws Envoy's sentence for an address in use. */
  async listen(reusePort: boolean, ports?: ReadonlyMap<string, number>): Promise<void> {
    await this.inTurn(() => this.listenerManager.listen({ reusePort, ports }));
  }

  /** The ports that the kernel chose, for workers to bind the same. */
  get ports(): Map<string, number> {
    return new Map(this.listeners.flatMap((l) => l.ports));
  }

  get listeners(): readonly Listener[] {
    return this.listenerManager.listeners;
  }

  get connections(): number {
    return this.listenerManager.connections;
  }

  stopListening(inboundOnly: boolean): void {
    this.listenerManager.stopListening(inboundOnly);
  }

  destroy(): void {
    this.overload?.close();
    this.listenerManager.destroy();
    this.loadingSecrets?.then((s) => s.close()).catch(() => {});
    (this.control ?? this.clusters).shutdown();
  }
}
