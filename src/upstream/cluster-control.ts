/**
 * Which clusters there are and who their hosts are: the half of Envoy's cluster manager that runs once, in the main thread
 * (ClusterManagerImpl, source/common/upstream/cluster_manager_impl.cc). A new cluster, or one that replaces another, warms first: it is
 * seen by no request before it has its first hosts or could not get any; the old one serves until then.
 */
import { each, refuse, within } from '../config/refusal.ts';
import type { Cluster as ClusterMessage } from '../config/schema/types.ts';
import { fileSinks } from '../log/file-sink.ts';
import { logger } from '../log/logger.ts';
import type { Counter, Gauge, Scope } from '../stats/store.ts';
import type { ConnectOptions } from '../transport/connection.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterInfo } from './cluster-info.ts';
import type { ClusterManager } from './cluster-manager.ts';
import type { ClusterReport } from './cluster-report.ts';
import { DiscoveryStats } from './cluster-stats.ts';
import type { ClusterUpdate } from './cluster-update.ts';
import { CLUSTER_TYPES, type ClusterTypes, typeKey } from './discovery/cluster-types.ts';
import type { Discovery, DiscoveryContext, HostSink } from './discovery/discovery.ts';
import type { DnsResolver } from './discovery/dns-resolver.ts';
import { SystemDnsResolver } from './discovery/dns-resolver.ts';
import { dnsSettings } from './discovery/dns-servers.ts';
import { DnsStats } from './discovery/dns-stats.ts';
import type { PriorityUpdate } from './endpoint.ts';
import type { HealthChecker, HealthCheckTypes, HealthOwner } from './health/health-checker.ts';
import { FAILED_ACTIVE_HC, PENDING_DYNAMIC_REMOVAL } from './health/health-flags.ts';
import type { HostAdmission } from './health/host-admission.ts';
import type { Host } from './host.ts';
import type { Random } from './load-balancers/load-balancer.ts';
import type { OutlierDetector, OutlierOwner } from './outlier/outlier-detector.ts';
import type { OutlierEventSink } from './outlier/outlier-events.ts';
import { outlierSettings } from './outlier/outlier-settings.ts';

const log = logger('upstream');

/**
 * ms that listeners wait for first answers. Envoy's c-ares gives up on a server that does not answer after some 60 s a family; here a
 * lookup gives up sooner, but a thousand of them stand in line.
 */
export const MAX_INIT_WAIT_MS = 60_000;

export interface ClusterControlOptions {
  /** Default: hosts file and DNS as the machine is set up (`SystemDnsResolver`). */
  readonly resolver?: DnsResolver;
  /** Default: those that are built in. */
  readonly types?: ClusterTypes;
  /** The kinds of health checks, for these clusters; absent: there are none. */
  readonly healthChecks?: (configs: readonly ClusterMessage[]) => Promise<HealthCheckTypes>;
  /** `DiscoveryContext.nameless`; false unless told. */
  readonly nameless?: boolean;
  /** File that ejections are logged to; '' for none. */
  readonly outlierEventLog?: string;
  /** A counter of the other event loops, summed. */
  readonly counted?: (name: string) => number;
  /** Tells the other event loops; absent where there are none. */
  readonly others?: (update: ClusterUpdate) => void;
}

/** A cluster, what finds its hosts, and what finds out how they are. */
class Managed implements HostSink, HealthOwner, OutlierOwner {
  readonly cluster: Cluster;
  /** Null before the first use. */
  private madeStats: DiscoveryStats | null = null;
  readonly connection: ConnectOptions;
  /** Requests see it. */
  active = false;
  /** It had its first hosts, or its first failure. */
  initialized = false;
  discovery: Discovery | null = null;
  checker: HealthChecker | null = null;
  detector: OutlierDetector | null = null;
  private admission: HostAdmission | null = null;
  /** Hosts whose health is another one since the event loops were told. */
  private changed: Set<Host> | null = null;
  private readonly control: ClusterControl;

  constructor(control: ClusterControl, cluster: Cluster) {
    this.control = control;
    this.cluster = cluster;
    this.connection = cluster.info.connection;
  }

  get stats(): DiscoveryStats {
    this.madeStats ??= new DiscoveryStats(this.cluster.info.scope);
    return this.madeStats;
  }

  check(checker: HealthChecker, admission: HostAdmission): void {
    this.checker = checker;
    this.admission = admission;
  }

  update(found: readonly PriorityUpdate[]): void {
    this.take(this.admission === null ? found : this.admission.admit(found));
  }

  private take(batch: readonly PriorityUpdate[]): void {
    this.cluster.update(batch);
    if (this.initialized) this.control.updated.add(batch.length);
    if (this.active) this.control.tell({ kind: 'hosts', name: this.cluster.info.name, batch });
    this.detector?.setHosts(this.cluster.hosts);
    this.checker?.setHosts(this.cluster.hosts);
  }

  start(onReady: () => void): void {
    const discovery = this.discovery as Discovery;
    const ready = (): void => {
      this.initialized = true;
      this.tellHealth();
      onReady();
    };
    discovery.start(() => {
      if (this.checker === null) ready();
      else this.checker.whenChecked(ready);
    });
  }

  stop(): void {
    this.discovery?.stop();
    this.discovery = null;
    this.checker?.stop();
    this.checker = null;
    this.detector?.stop();
    this.detector = null;
    this.changed = null;
  }

  // --- HealthOwner -------------------------------------------------------------------------------------------------

  /** Balancing hears of all that one turn of the loop finds out at once: a rebuild costs as much for one host as for all. */
  healthChanged(host: Host, failure: number): void {
    if (this.changed === null) {
      this.changed = new Set();
      setImmediate(tellHealth, this);
    }
    this.changed.add(host);
    if ((host.health & failure) === 0) return;
    host.failed();
    // Discovery has dropped it already: it was kept for being healthy.
    const dropped = failure === FAILED_ACTIVE_HC && (host.health & PENDING_DYNAMIC_REMOVAL) !== 0;
    if (dropped) setImmediate(removeFailed, this);
  }

  passedCheck(host: Host): void {
    this.detector?.passedCheck(host);
  }

  hadTraffic(): boolean {
    return this.control.hadTraffic(this.cluster.info);
  }

  tellHealth(): void {
    const { changed } = this;
    this.changed = null;
    if (changed === null || changed.size === 0) return;
    this.cluster.hostsChanged();
    if (!this.active) return;
    const changes = Array.from(changed, (h) => [h.id, h.health] as const);
    this.control.tell({ kind: 'health', name: this.cluster.info.name, changes });
  }

  removeFailed(): void {
    if (this.checker === null || this.admission === null) return;
    this.take(this.admission.withoutFailed());
  }

  /** Nobody has seen it. */
  discard(): void {
    this.stop();
    this.cluster.info.dispose();
  }
}

function tellHealth(managed: Managed): void {
  managed.tellHealth();
}
function removeFailed(managed: Managed): void {
  managed.removeFailed();
}

export class ClusterControl {
  /** cluster_manager.cluster_updated */
  readonly updated: Counter;
  private readonly local: ClusterManager;
  private readonly context: DiscoveryContext;
  private readonly types: ClusterTypes;
  private readonly others: ((update: ClusterUpdate) => void) | null;
  private readonly active = new Map<string, Managed>();
  private readonly warming = new Map<string, Managed>();
  private readonly options: ClusterControlOptions;
  private checks: Checks | null = null;
  private detectors: typeof import('./outlier/outlier-detector.ts') | null = null;
  private outlierEvents: OutlierEventSink | null = null;
  private resolver: DnsResolver | null;
  private dnsStats: DnsStats | null = null;
  /** Resolvers of clusters that name their own servers, by those servers. */
  private readonly resolvers = new Map<string, DnsResolver>();
  private readonly scope: Scope;
  private readonly added: Counter;
  private readonly modified: Counter;
  private readonly removed: Counter;
  private readonly activeGauge: Gauge;
  private readonly warmingGauge: Gauge;

  /** `scope`: the root of the stats store. `local`: the clusters of this thread's event loop. */
  constructor(scope: Scope, local: ClusterManager, options: ClusterControlOptions = {}) {
    this.scope = scope;
    this.local = local;
    this.options = options;
    local.report = (report) => this.reported(report);
    this.types = options.types ?? CLUSTER_TYPES;
    this.others = options.others ?? null;
    this.resolver = options.resolver ?? null;
    const random: Random = local.context.random;
    const { nameless = false } = options;
    this.context = { random, nameless, resolver: (config) => this.resolverOf(config) };
    const own = scope.scope('cluster_manager.');
    this.added = own.counter('cluster_added');
    this.modified = own.counter('cluster_modified');
    this.removed = own.counter('cluster_removed');
    this.updated = own.counter('cluster_updated');
    this.activeGauge = own.gauge('active_clusters');
    this.warmingGauge = own.gauge('warming_clusters');
    for (const name of ['cluster_updated_via_merge', 'update_merge_cancelled', 'update_out_of_merge_window']) {
      own.counter(name);
    }
  }

  /** Loads what these clusters need beside what every cluster does. To be awaited before they are loaded or put. */
  async prepare(configs: readonly ClusterMessage[]): Promise<void> {
    const { healthChecks } = this.options;
    if (healthChecks !== undefined && configs.some(hasChecks)) {
      const checker = import('./health/health-checker.ts');
      const admission = import('./health/host-admission.ts');
      this.checks = { types: await healthChecks(configs), ...(await checker), ...(await admission) };
    }
    if (configs.some((c) => c.outlierDetection !== undefined)) {
      this.detectors ??= await import('./outlier/outlier-detector.ts');
    }
  }

  /** `Bootstrap.static_resources.clusters`. Throws Envoy's sentences: duplicate names, malformed addresses … */
  loadStatic(configs: readonly ClusterMessage[]): void {
    each(configs, (config) => {
      const { name = '' } = config;
      if (this.active.has(name)) refuse(config, 'name', `cluster manager: duplicate cluster '${name}'`);
      const managed = this.make(config, false);
      managed.active = true;
      this.active.set(name, managed);
      // Before there are listeners nobody can see that it has no hosts yet.
      this.local.install(managed.cluster);
      this.added.inc();
    });
    this.count();
  }

  /**
   * Resolves when each cluster of the bootstrap had its first hosts or its first failure, those with `wait_for_warm_on_init: false` aside,
   * or when MAX_INIT_WAIT_MS are over; never rejects.
   */
  async initialize(): Promise<void> {
    await this.startAll();
    log.info('cm init: all clusters initialized');
  }

  /** The same, and says nothing of it. */
  async startAll(): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const managed of this.active.values()) {
      if (managed.initialized) continue;
      const started = new Promise<void>((resolve) => managed.start(resolve));
      if (managed.cluster.info.config.waitForWarmOnInit !== false) waits.push(started);
    }
    await inTime(Promise.all(waits), MAX_INIT_WAIT_MS);
  }

  /**
   * There shall be this cluster, instead of one of this name that came the same way. False when nothing changes: it is there already, or it
   * came from the bootstrap. Throws what is wrong with the config; then everything stays as it is.
   */
  put(config: ClusterMessage): boolean {
    const { name = '' } = config;
    const before = this.warming.get(name) ?? this.active.get(name);
    if (before !== undefined && (!before.cluster.info.addedViaApi || sameConfig(before.cluster.info.config, config))) {
      return false;
    }
    const managed = this.make(config, true);
    (before === undefined ? this.added : this.modified).inc();
    this.warming.get(name)?.discard();
    this.warming.set(name, managed);
    this.count();
    managed.stats.warmingState.set(1);
    if (log.debugOn) log.debug(`add/update cluster ${name} starting warming`);
    managed.start(() => this.warmed(managed));
    return true;
  }

  private warmed(managed: Managed): void {
    const { name } = managed.cluster.info;
    if (this.warming.get(name) !== managed) return;
    if (log.debugOn) log.debug(`warming cluster ${name} complete`);
    managed.stats.warmingState.set(0);
    this.warming.delete(name);
    this.active.get(name)?.stop();
    this.active.set(name, managed);
    managed.active = true;
    this.count();
    this.local.install(managed.cluster);
    if (this.others !== null) this.others(putUpdate(managed.cluster));
  }

  /** All that has been told so far, for an event loop that has what the bootstrap says. */
  snapshot(): ClusterUpdate[] {
    return [...this.active.values()].map(({ cluster }) => putUpdate(cluster));
  }

  /** False when there is none that came through `put`. */
  remove(name: string): boolean {
    const active = this.active.get(name);
    const warming = this.warming.get(name);
    let removed = false;
    if (active?.cluster.info.addedViaApi === true) {
      removed = true;
      active.stop();
      this.active.delete(name);
      if (log.debugOn) log.debug(`removing cluster ${name}`);
      this.local.remove(name);
      this.tell({ kind: 'remove', name });
    }
    if (warming !== undefined) {
      removed = true;
      warming.stats.warmingState.set(0);
      warming.discard();
      this.warming.delete(name);
      log.info(`removing warming cluster ${name}`);
    }
    if (removed) this.removed.inc();
    this.count();
    return removed;
  }

  /** To every other event loop. */
  tell(update: ClusterUpdate): void {
    if (this.others !== null) this.others(update);
  }

  shutdown(): void {
    for (const m of this.active.values()) m.stop();
    for (const m of this.warming.values()) m.stop();
    this.active.clear();
    this.warming.clear();
    this.resolver?.close();
    for (const r of this.resolvers.values()) r.close();
    this.local.shutdown();
    this.count();
  }

  private count(): void {
    this.activeGauge.set(this.active.size);
    this.warmingGauge.set(this.warming.size);
  }

  private make(config: ClusterMessage, addedViaApi: boolean): Managed {
    const managed = new Managed(this, this.local.compile(config, addedViaApi));
    try {
      const type = this.types.get(typeKey(config));
      if (type === undefined) {
        refuse(config, 'type', `cluster '${config.name}': type ${managed.cluster.info.type} is not supported yet`);
      }
      managed.discovery = type.discover(config, managed, this.context);
      this.detect(managed, config);
      this.check(managed, config);
    } catch (error) {
      managed.discard();
      throw error;
    }
    return managed;
  }

  private detect(managed: Managed, config: ClusterMessage): void {
    if (config.outlierDetection === undefined) return;
    const { detectors } = this;
    if (detectors === null) throw new Error('outlier detection was not loaded: prepare() comes first');
    const settings = outlierSettings(config.outlierDetection);
    const { random } = this.context;
    const { outlierEventLog: path = '' } = this.options;
    if (path !== '') this.outlierEvents ??= fileSinks.open(path);
    managed.detector = new detectors.OutlierDetector(settings, managed.cluster, managed, random, this.outlierEvents);
  }

  private check(managed: Managed, config: ClusterMessage): void {
    const checks = config.healthChecks ?? [];
    if (checks.length === 0) return;
    if (checks.length > 1) refuse(config, 'health_checks', 'Multiple health checks not supported');
    const { checks: loaded } = this;
    if (loaded === null) throw new Error('health checks were not loaded: prepare() comes first');
    within(checks[0], () => {
      const { cluster } = managed;
      const checker = new loaded.HealthChecker(checks[0], cluster, loaded.types, managed, this.context.random);
      managed.check(checker, new loaded.HostAdmission(cluster));
    });
  }

  /** An event loop has seen something of a host. What is late, of a cluster or a host that is gone, changes nothing. */
  reported(report: ClusterReport): void {
    const managed = this.active.get(report.cluster);
    if (managed === undefined) return;
    switch (report.kind) {
      case 'immediateFailure':
        managed.checker?.failAtOnce(report.host);
        break;
      case 'degraded':
        managed.detector?.degraded(report.host);
        break;
      case 'errors':
        managed.detector?.errors(report.host, report.type);
        break;
      case 'counts':
        managed.detector?.counts(report.hosts);
        break;
      case 'moved':
        managed.discovery?.refresh?.();
        break;
    }
  }

  /** Some event loop ever had a connection to the cluster. */
  hadTraffic(info: ClusterInfo): boolean {
    const { upstreamCxTotal } = info.stats;
    if (upstreamCxTotal.value > 0) return true;
    return (this.options.counted?.(`cluster.${info.scopeName}.upstream_cx_total`) ?? 0) > 0;
  }

  private resolverOf(config: ClusterMessage): DnsResolver {
    this.dnsStats ??= new DnsStats(this.scope);
    const settings = dnsSettings(config);
    const key = JSON.stringify(settings);
    if (key === '{}') {
      this.resolver ??= new SystemDnsResolver(this.dnsStats);
      return this.resolver;
    }
    let resolver = this.resolvers.get(key);
    if (resolver === undefined) {
      resolver = new SystemDnsResolver(this.dnsStats, settings);
      this.resolvers.set(key, resolver);
    }
    return resolver;
  }
}

/** What clusters with active checks need, and no others. */
interface Checks {
  readonly types: HealthCheckTypes;
  readonly HealthChecker: typeof HealthChecker;
  readonly HostAdmission: typeof HostAdmission;
}

function hasChecks({ healthChecks }: ClusterMessage): boolean {
  return healthChecks !== undefined && healthChecks.length > 0;
}

function putUpdate(cluster: Cluster): ClusterUpdate {
  const { config, addedViaApi } = cluster.info;
  return { kind: 'put', config, addedViaApi, hosts: cluster.snapshot() };
}

/** Loaded with the first cluster that is sent twice. */
function sameConfig(a: ClusterMessage, b: ClusterMessage): boolean {
  return process.getBuiltinModule('node:util').isDeepStrictEqual(a, b);
}

/** Resolves when `work` does, or after `ms`. */
function inTime(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      log.warn(`some clusters had no answer in ${ms / 1000} s: starting without their hosts`);
      resolve();
    }, ms);
    timer.unref();
    work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
