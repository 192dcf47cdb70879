/**
 * The proxy process: config → event loop(s) → admin, and back down. Start order as in source/server/server.cc: admin first,
 * then clusters until their first answer, then listeners.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrainRequest } from '../admin/server-view.ts';
import type { LoadResult } from '../config/load.ts';
import { ConfigError, type ConfigProblem, placeOf } from '../config/problem.ts';
import { eachAsync, Gather, refuse, within, withinAsync } from '../config/refusal.ts';
import type { Bootstrap } from '../config/schema/types.ts';
import { bindError, bindHint } from '../listener/bind-error.ts';
import type { Listener } from '../listener/listener.ts';
import { fileSinks } from '../log/file-sink.ts';
import { logger, setLogFormat } from '../log/logger.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { heldBudget } from '../process/memory-limit.ts';
import type { RuntimeControl } from '../runtime/control.ts';
import { runtime } from '../runtime/runtime.ts';
import { HistogramFlusher } from '../stats/flush.ts';
import { StatsReader } from '../stats/reader.ts';
import { type ServerState, ServerStats } from '../stats/server-stats.ts';
import { Store } from '../stats/store.ts';
import { WorkerStats } from '../stats/workers.ts';
import { Timer } from '../transport/timers.ts';
import { makeLocality } from '../upstream/endpoint.ts';
import { BUILD_STRING } from '../version.ts';
import { makeAdminListener } from './admin-listener.ts';
import { AdminView } from './admin-view.ts';
import { ControlPlane } from './control-plane.ts';
import { Engine, type EngineConfig } from './engine.ts';
import type { ServerOptions } from './options.ts';
import type { Sampling } from './sampled-histograms.ts';
import { soundParts, soundRoutes } from './sound-parts.ts';
import type { StatsSettings } from './stats-settings.ts';
import type { SinksConfig, StatsFlush } from './stats-sinks.ts';
import type { Update } from './update.ts';
import type { Workers } from './workers.ts';

const log = logger('main');

export class Server {
  /** Called by POST /quitquitquit; who started the server sets it. */
  onQuit: () => void = () => {};
  readonly startTimeMs = Date.now();
  readonly options: ServerOptions;
  private readonly loading: Promise<LoadResult>;
  private readonly store = new Store();
  private phase: ServerState = 'PRE_INITIALIZING';
  private healthFailed = false;
  bootstrap: Bootstrap = {};
  engine!: Engine;
  flusher!: HistogramFlusher;
  reader!: StatsReader;
  private serverStats!: ServerStats;
  control!: ControlPlane;
  private workerStats: WorkerStats | null = null;
  /** Null without layers. */
  runtime: RuntimeControl | null = null;
  /** Null where the config has no `stats_config`. */
  statsSettings: StatsSettings | null = null;
  /** Null where the config has no `stats_sinks`. */
  private statsFlush: StatsFlush | null = null;
  private sampling: Sampling | null = null;
  private adminListener: Listener | null = null;

  constructor(options: ServerOptions, loaded: LoadResult | Promise<LoadResult>) {
    this.options = options;
    this.loading = Promise.resolve(loaded);
    // Reported where it is awaited.
    this.loading.catch(() => {});
  }

  private async prepare(
    loaded: Pick<LoadResult, 'bootstrap' | 'usedV2' | 'warnings'> & Partial<Pick<LoadResult, 'usesCel'>>,
  ): Promise<void> {
    for (const w of loaded.warnings) log.warn(`${placeOf(w)}: ${w.message}`);
    const b = loaded.bootstrap;
    this.bootstrap = b;
    const o = this.options;
    const { statsSinks: sinks = [] } = b;
    const statsSinks: SinksConfig | undefined =
      sinks.length === 0 ? undefined : { sinks, statsConfig: b.statsConfig, tags: this.statsTags };
    const config: EngineConfig = {
      statsSinks,
      clusters: b.staticResources?.clusters ?? [],
      listeners: b.staticResources?.listeners ?? [],
      secrets: b.staticResources?.secrets,
      localInfo: {
        nodeId: o.serviceNode || (b.node?.id ?? ''),
        nodeCluster: o.serviceCluster || (b.node?.cluster ?? ''),
        zone: o.serviceZone || (b.node?.locality?.zone ?? ''),
        ipVersion: o.localAddressIpVersion,
        ...(b.node && { node: b.node }),
      },
      localPlace: {
        cluster: b.clusterManager?.localClusterName ?? '',
        locality: { ...makeLocality(b.node?.locality), ...(o.serviceZone && { zone: o.serviceZone }) },
      },
      envoy16: loaded.usedV2,
      usesCel: loaded.usesCel ?? false,
      statsMatcher: b.statsConfig?.statsMatcher,
      overloadManager: b.overloadManager,
      resolvers: { typedDnsResolverConfig: b.typedDnsResolverConfig, dnsResolutionConfig: b.dnsResolutionConfig },
      defaultTracer: b.tracing?.http,
      upstreamBind: b.clusterManager?.upstreamBindConfig,
      outlierEventLog: b.clusterManager?.outlierDetection?.eventLogPath,
      drain: { strategy: o.drainStrategy, timeMs: o.drainTimeS * 1000 },
    };
    let { logFormat: format } = o;
    if (b.applicationLogConfig !== undefined) {
      const { applicationLogConfig } = b;
      const { applicationLogFormat } = await import('./application-log.ts');
      format = within(applicationLogConfig, () => applicationLogFormat(applicationLogConfig, o.logFormatSet)) ?? format;
      if (o.mode === 'serve') setLogFormat(format);
    }
    if (b.statsConfig !== undefined) {
      const { statsConfig } = b;
      const { statsSettings } = await import('./stats-settings.ts');
      this.statsSettings = await withinAsync(statsConfig, () => statsSettings(statsConfig, this.statsTags));
      this.store.rejects = this.statsSettings.rejects;
    }
    if (statsSinks !== undefined) {
      const { sampledBy } = await import('./stats-sinks.ts');
      this.sampling = sampledBy(statsSinks, this.store, this.statsSettings);
    }
    heldMemory.budget = heldBudget(o.concurrency);
    this.flusher = new HistogramFlusher(b.statsFlushInterval);
    this.flusher.add(this.store);
    // Threads that validation starts would only have to be stopped again.
    const others = o.mode === 'serve' ? o.concurrency - 1 : 0;
    const workerStats = others > 0 ? new WorkerStats(this.flusher) : null;
    this.workerStats = workerStats;
    this.reader = new StatsReader(this.store, this.flusher, workerStats);
    this.serverStats = new ServerStats(
      this.store,
      this,
      o.concurrency,
      o.restartEpoch,
      BUILD_STRING,
      b.layeredRuntime !== undefined,
      b.statsServerVersionOverride,
    );
    this.reader.onRefresh(() => this.serverStats.refresh());
    fileSinks.stats = fileStats(this.store);
    const loops = workerStats && {
      tell: (update: Update) => this.control.tellOthers(update),
      counted: (name: string) => workerStats.counted(name),
    };
    this.engine = new Engine(config, this.store, 0, loops ?? undefined);
    this.control = new ControlPlane(this.engine);
    if (workerStats !== null) {
      const { Workers } = await import('./workers.ts');
      const { logLevel: level, componentLevels: components, logFormatEscaped: escaped, logPath: path } = o;
      this.control.workers = new Workers(others, {
        config,
        log: { level, components, format, escaped, path },
        stats: workerStats,
        reported: (report) => this.engine.clusterControl.reported(report),
        soFar: () => [
          ...this.engine.clusterControl.snapshot().map((update) => ({ kind: 'cluster', update }) as const),
          ...this.control.soFar,
        ],
        replaced: this.store.scope('envoylet.').counter('workers_replaced_total'),
      });
    }
    runtime.clear();
    if (b.flagsPath && existsSync(join(b.flagsPath, 'drain'))) this.failHealthcheck(true);
  }

  /** Before anything is built whose statistics or limits it decides. */
  private async makeRuntime(): Promise<void> {
    const { layeredRuntime: config } = this.bootstrap;
    if (config === undefined) return;
    const { RuntimeControl } = await import('../runtime/control.ts');
    this.runtime = within(
      config,
      () =>
        new RuntimeControl(config, {
          scope: this.store.scope('runtime.'),
          serviceCluster: this.engine.context.localInfo.nodeCluster,
          tell: (entries) => void this.control.apply({ kind: 'runtime', entries }),
        }),
    );
  }

  /** Once the clusters stand. */
  private async makeSinks(): Promise<void> {
    const { statsSinks } = this.engine.config;
    if (statsSinks === undefined) return;
    const { beginFlush } = await import('./stats-sinks.ts');
    this.statsFlush = await beginFlush(this, statsSinks, this.sampling);
  }

  /** `stats_flush_on_admin`. */
  flushStats(): void {
    if (this.statsFlush === null) this.flusher.flush();
    else this.statsFlush.flush();
  }

  /** Of the command line. The first value of a name is the one that counts, as in Envoy. */
  get statsTags(): { name: string; value: string }[] {
    const tags = new Map<string, string>();
    for (const [name, value] of this.options.statsTags) if (!tags.has(name)) tags.set(name, value);
    return [...tags].map(([name, value]) => ({ name, value }));
  }

  private async makeAdmin(): Promise<void> {
    const { admin } = this.bootstrap;
    if (admin?.address === undefined) return;
    const view = new AdminView(this);
    this.adminListener = await withinAsync(admin, () => makeAdminListener(admin, this.engine.context, view));
  }

  /** Throws all that reading and building find. */
  async validate(): Promise<void> {
    const problems = await this.problems();
    if (problems.length > 0) throw new ConfigError(problems);
  }

  /** What is wrong with a config that was loaded with `keepGoing`: what reading found, and what building finds in the rest of it. */
  async problems(): Promise<ConfigProblem[]> {
    const loaded = await this.loading;
    const { problems, places } = loaded;
    const found = new Gather();
    try {
      await this.prepare({ ...loaded, bootstrap: soundParts(loaded) });
      await found.runAsync(() => this.makeRuntime());
      await found.runAsync(() => this.makeAdmin());
      await found.runAsync(() => this.engine.build());
      await found.runAsync(() => this.makeSinks());
      const routes = soundRoutes(loaded);
      if (routes.length > 0) {
        const { compileRoutes } = await import('../http/route/route-table.ts');
        const { NO_CONTEXT } = await import('../http/route/route-context.ts');
        const context = { ...NO_CONTEXT, clusters: this.engine.clusters, envoy16: loaded.usedV2 };
        await found.runAsync(async () => {
          await eachAsync(routes, (table) => compileRoutes(table, context));
        });
      }
    } catch (error) {
      // Half of a config may also confuse who builds from it.
      if (problems.length === 0) throw error;
    }
    return [...problems, ...places.problems(found.reasons)];
  }

  async start(): Promise<void> {
    const loaded = await this.loading;
    try {
      await this.startFrom(loaded);
    } catch (error) {
      throw loaded.places.explain(error);
    } finally {
      loaded.places.forget();
    }
  }

  private async startFrom(loaded: LoadResult): Promise<void> {
    await this.prepare(loaded);
    await this.makeRuntime();
    await this.makeAdmin();
    const admin = this.adminListener;
    if (admin !== null) {
      try {
        await admin.listen(false);
      } catch (e) {
        const reason = bindError(admin.address, e);
        refuse(this.bootstrap.admin?.address ?? {}, '', `admin: ${reason}`, {
          envoy: reason,
          hint: bindHint(admin.address, e),
        });
      }
      log.info(`admin address: ${admin.boundAddress.text}`);
      if (this.options.adminAddressPath !== '') writeFileSync(this.options.adminAddressPath, admin.boundAddress.text);
    }
    await this.engine.build();
    await this.makeSinks();
    this.runtime?.start();
    this.engine.overload?.start((action, share) => void this.control.apply({ kind: 'overload', action, share }));
    this.phase = 'INITIALIZING';
    log.info('starting main dispatch loop');
    await this.engine.clusterControl.initialize();
    await this.workers?.ready();
    log.info('all clusters initialized. initializing init manager');
    await this.engine.listen(this.workers !== null);
    log.info('all dependencies initialized. starting workers');
    await this.workers?.listen(this.engine.ports);
    this.store.scope('listener_manager.').gauge('workers_started').set(1);
    this.phase = 'LIVE';
    this.serverStats.initializationTime.record(Date.now() - this.startTimeMs);
  }

  /** The admin's pages, where there is an admin. In the bundle one of them brings all that share its script (build/bundle.ts). */
  async preload(): Promise<void> {
    if (this.adminListener === null) return;
    await import('../admin/pages/ready.ts');
    // For /stats/prometheus.
    process.getBuiltinModule('node:perf_hooks');
  }

  async shutdown(): Promise<void> {
    for (const t of this.drainTimers) t.cancel();
    this.runtime?.close();
    if (this.statsFlush !== null) {
      this.statsFlush.close();
      // What it wrote leaves at the end of the turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.flusher?.close();
    this.engine?.destroy();
    this.adminListener?.destroy();
    await this.workers?.terminate();
  }

  /** The other event loops; null with --concurrency 1. */
  get workers(): Workers | null {
    return this.control?.workers ?? null;
  }

  /** Connections of all listeners now, of all workers. */
  get totalConnections(): number {
    return this.engine.connections + (this.workerStats?.activeConnections ?? 0);
  }

  get state(): ServerState {
    return this.healthFailed && this.phase === 'LIVE' ? 'DRAINING' : this.phase;
  }

  failHealthcheck(fail: boolean): void {
    this.healthFailed = fail;
    this.control.apply({ kind: 'healthcheck', failed: fail });
  }

  /**
   * POST /drain_listeners. Its connections are told in any case; `graceful`: the listeners stop when the drain time is over instead of
   * at once; `skipExit`: they never stop. Asked for once more, a graceful drain that is under way is left as it is.
   */
  drainListeners({ graceful, inboundOnly, skipExit }: DrainRequest): void {
    const begun = this.drainsAll || (inboundOnly && this.drainsInbound);
    if (graceful && begun) return;
    if (inboundOnly) this.drainsInbound = true;
    else this.drainsAll = true;
    this.control.apply({ kind: 'drain', inboundOnly });
    if (skipExit) return;
    if (!graceful) {
      this.stopListening(inboundOnly);
      return;
    }
    const timer = new Timer(() => this.stopListening(inboundOnly));
    timer.arm(this.options.drainTimeS * 1000);
    this.drainTimers.push(timer);
  }
  private drainsAll = false;
  private drainsInbound = false;
  private readonly drainTimers: Timer[] = [];

  private stopListening(inboundOnly: boolean): void {
    this.control.apply({ kind: 'stopListening', inboundOnly });
  }
}

/** `filesystem.` counters of buffered log files. */
function fileStats(store: Store): NonNullable<typeof fileSinks.stats> {
  const s = store.scope('filesystem.');
  return {
    writeBuffered: s.counter('write_buffered'),
    writeCompleted: s.counter('write_completed'),
    writeFailed: s.counter('write_failed'),
    writeTotalBuffered: s.gauge('write_total_buffered'),
    flushedByTimer: s.counter('flushed_by_timer'),
    reopenFailed: s.counter('reopen_failed'),
  };
}
