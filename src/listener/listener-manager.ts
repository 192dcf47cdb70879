/**
 * The listeners of one event loop: built from config, bound, replaced and taken away while they run. A listener that replaces another on
 * the same address takes its socket over, so that no connection is refused; the old one's connections drain. Role of Envoy's
 * ListenerManagerImpl (source/common/listener_manager/listener_manager_impl.cc).
 */
import { Refusal, refuse } from '../config/refusal.ts';
import type { Listener as ListenerMessage, RouteConfiguration } from '../config/schema/types.ts';
import type { FactoryContext, ServerContext } from '../extension/context.ts';
import { logger } from '../log/logger.ts';
import { type Counter, type Gauge, type Scope, Store } from '../stats/store.ts';
import type { Tenant } from '../stats/tenant.ts';
import type { Address } from '../transport/address.ts';
import { DrainSequence, type DrainSettings } from '../transport/drain.ts';
import { Timer } from '../transport/timers.ts';
import { bindError, bindHint } from './bind-error.ts';
import type { ConnectionLogs } from './connection-log.ts';
import { Listener, listenerStatName } from './listener.ts';

const log = logger('config');

/** Envoy's --drain-strategy and --drain-time-s when absent. */
const DEFAULT_DRAIN: DrainSettings = { strategy: 'gradual', timeMs: 600_000 };

class ManagerStats {
  readonly added: Counter;
  readonly modified: Counter;
  readonly removed: Counter;
  readonly stopped: Counter;
  readonly createSuccess: Counter;
  readonly createFailure: Counter;
  readonly active: Gauge;
  readonly draining: Gauge;

  /** A worker counts the sockets it listens on; listeners are counted once, by the main thread. */
  constructor(store: Scope, worker: number) {
    const s = store.scope('listener_manager.');
    this.createSuccess = s.counter('listener_create_success');
    this.createFailure = s.counter('listener_create_failure');
    const once = worker === 0 ? s : new Store();
    this.added = once.counter('listener_added');
    this.modified = once.counter('listener_modified');
    this.removed = once.counter('listener_removed');
    this.stopped = once.counter('listener_stopped');
    once.counter('listener_in_place_updated');
    this.active = once.gauge('total_listeners_active');
    this.draining = once.gauge('total_listeners_draining');
    once.gauge('total_listeners_warming');
    once.gauge('total_filter_chains_draining');
    once.gauge('workers_started');
  }
}

/** How this event loop's sockets are bound. */
export interface BindPlan {
  /** Other workers bind the same ports. */
  readonly reusePort: boolean;
  /** In a worker: the ports that the main thread got, by listener name. Absent in the main thread. */
  readonly ports?: ReadonlyMap<string, number> | undefined;
}

const DIRECTIONS: Readonly<Record<string, boolean | undefined>> = { INBOUND: false, OUTBOUND: true };

export class ListenerManager {
  /** Those that take connections, in the order of the config. */
  readonly listeners: Listener[] = [];
  /** How listeners drain; what is left of a removed one is closed when the time is over. */
  private readonly drainSettings: DrainSettings;
  /** For listeners that are put later, too: /healthcheck/fail, and the sequences that were begun. */
  private healthFailed = false;
  private drainsInbound: DrainSequence | null = null;
  private drainsAll: DrainSequence | null = null;
  private readonly server: ServerContext;
  private readonly worker: number;
  private readonly stats: ManagerStats;
  private readonly drainingListeners = new Set<Listener>();
  /** Null until the first `listen`. */
  private plan: BindPlan | null = null;
  private stoppedInbound = false;
  private stoppedAll = false;
  private destroyed = false;

  constructor(server: ServerContext, worker: number, drain: DrainSettings = DEFAULT_DRAIN) {
    this.drainSettings = drain;
    this.server = server;
    this.worker = worker;
    this.stats = new ManagerStats(server.store, worker);
  }

  /**
   * Builds; no socket is opened. Throws what is wrong with the config. Null for a name that another one has: the first is kept, and the
   * second not even looked at, as in Envoy.
   */
  async add(message: ListenerMessage): Promise<Listener | null> {
    const { name = '' } = message;
    if (name !== '' && this.listeners.some((l) => l.name === name)) {
      if (log.debugOn) log.debug(`duplicate/locked listener '${name}'. no add/update`);
      return null;
    }
    const listener = await this.build(message);
    if (listener.key === '') listener.key = `#${this.listeners.length}`;
    this.listeners.push(listener);
    this.stats.added.inc();
    return listener;
  }

  /** What comes later may go again, and its statistics with it. */
  private async build(message: ListenerMessage): Promise<Listener> {
    const tenant = this.plan === null ? null : this.server.store.tenant();
    try {
      return await this.buildWith(message, tenant);
    } catch (error) {
      tenant?.dispose();
      throw error;
    }
  }

  private async buildWith(message: ListenerMessage, tenant: Tenant | null): Promise<Listener> {
    const store = tenant ?? this.server.store;
    const udp = message.address?.socketAddress?.protocol === 'UDP';
    const Kind = udp ? (await import('./udp-listener.ts')).UdpListener : Listener;
    const listener = new Kind(message, store, this.worker);
    listener.tenant = tenant;
    if (message.additionalAddresses ?? message.tcpKeepalive ?? message.socketOptions) {
      (await import('./more-sockets.ts')).prepareSockets(listener);
    }
    const { perConnectionBufferHighWatermarkTimeout: crowdedMs = 0 } = message;
    if (crowdedMs > 0) listener.crowded = (await import('./crowded.ts')).closesCrowded(crowdedMs);
    const ctx: FactoryContext = {
      ...this.server,
      store,
      drain: listener.drain,
      listenerScopePrefix: `listener.${listenerStatName(message)}.`,
      listenerName: message.name ?? '',
      outbound: DIRECTIONS[message.trafficDirection ?? ''],
      filterChainName: '',
      ...(message.metadata && { listenerMetadata: message.metadata }),
      bufferLimitBytes: listener.bufferLimitBytes,
      routeUpdates: listener.routes,
    };
    listener.drain.setHealthFailed(this.healthFailed);
    const begun = this.drainsAll ?? (isInbound(listener) ? this.drainsInbound : null);
    if (begun !== null) listener.startDrain(begun);
    if (message.accessLog?.length) listener.logs = await connectionLogs(message, ctx);
    await listener.buildFilters(ctx);
    return listener;
  }

  /** Binds all that were added. Throws Envoy's sentence for an address in use. */
  async listen(plan: BindPlan): Promise<void> {
    this.plan = plan;
    for (const l of this.listeners) await this.bind(l);
  }

  private async bind(l: Listener): Promise<void> {
    const { reusePort, ports } = this.plan as BindPlan;
    // A Unix socket has one owner: the main thread.
    if (ports !== undefined && l.address.path !== '' && l.message.internalListener === undefined) return;
    try {
      if (l.message.internalListener !== undefined) {
        const { listenInternally, stopInternally } = await import('../transport/internal-wire.ts');
        listenInternally(l.name, l);
        l.stopInternally = () => stopInternally(l.name, l);
      } else if (l.message.bindToPort !== false && l.message.deprecatedV1?.bindToPort !== false) {
        await l.listen(reusePort && l.address.path === '', l.assignedPort ?? ports?.get(l.key), ports);
      }
    } catch (e) {
      l.stop();
      if (e instanceof Refusal) throw e;
      this.stats.createFailure.inc();
      const address = (e as { listenAddress?: Address }).listenAddress ?? l.address;
      const reason = bindError(address, e);
      log.error(`listener '${l.name}' failed to bind or apply socket options: ${reason}`);
      refuse(l.message.address ?? l.message, '', `listener '${l.name}': ${reason}`, {
        envoy: reason,
        hint: bindHint(address, e),
      });
    }
    this.stats.createSuccess.inc();
    this.stats.active.inc();
  }

  /**
   * The listener of this name from now on; before `listen` it is bound with the others. Throws, and leaves everything as it was, when it cannot
   * be built or bound. Connections of the one before drain. Null, and nothing is changed, once listeners like it were stopped, as in Envoy.
   * `port`: in a worker, what the main thread got.
   */
  async put(message: ListenerMessage, port?: number): Promise<Listener | null> {
    const { name = '' } = message;
    if (this.takesNoMore(message)) {
      if (log.debugOn) log.debug(`listener '${name}' can not be added because listeners are stopped`);
      return null;
    }
    const listener = await this.build(message);
    listener.assignedPort = port;
    const at = this.listeners.findIndex((l) => l.name === name);
    const before = at < 0 ? undefined : this.listeners[at];
    try {
      if (this.plan !== null) await this.open(listener, before);
    } catch (error) {
      listener.tenant?.dispose();
      throw error;
    }
    // Stopped meanwhile.
    if (this.takesNoMore(message)) {
      listener.destroy();
      return null;
    }
    if (before === undefined) {
      this.listeners.push(listener);
      this.stats.added.inc();
    } else {
      this.listeners[at] = listener;
      this.stats.modified.inc();
      if (this.plan !== null) this.drain(before);
    }
    log.info(`${before === undefined ? 'add' : 'update'} listener '${name}'`);
    return listener;
  }

  /** With the socket of `before`, where that one will do. */
  private async open(listener: Listener, before: Listener | undefined): Promise<void> {
    if (before?.sharesSocketWith(listener) === true) {
      listener.takeSocket(before);
      this.stats.createSuccess.inc();
    } else {
      await this.bind(listener);
      if (before !== undefined) this.stats.active.dec();
    }
  }

  private takesNoMore(message: ListenerMessage): boolean {
    return this.destroyed || this.stoppedAll || (this.stoppedInbound && message.trafficDirection === 'INBOUND');
  }

  /**
   * From now on the route configuration of this name is `config`, for the connections that are there, too, and those of draining listeners:
   * in all connection managers, or, where one cannot be built, in none. A request that runs keeps the table that it began with. False where
   * nobody has a route configuration of this name.
   */
  async putRoutes(config: RouteConfiguration): Promise<boolean> {
    const commits: (() => void)[] = [];
    for (const l of [...this.listeners, ...this.drainingListeners]) commits.push(...(await l.routes.prepare(config)));
    for (const commit of commits) commit();
    return commits.length > 0;
  }

  hasRoutes(name: string): boolean {
    return [...this.listeners, ...this.drainingListeners].some((l) => l.routes.has(name));
  }

  /** False when there is none of this name. */
  remove(name: string): boolean {
    const at = this.listeners.findIndex((l) => l.name === name);
    if (at < 0) return false;
    const [listener] = this.listeners.splice(at, 1);
    this.stats.removed.inc();
    log.info(`removing listener '${name}'`);
    if (this.plan !== null) {
      this.stats.active.dec();
      this.drain(listener);
    }
    return true;
  }

  /** No new connections; those there are told to go, and closed when the time is over. */
  private drain(listener: Listener): void {
    listener.stop();
    listener.startDrain(new DrainSequence(this.drainSettings));
    this.drainingListeners.add(listener);
    this.stats.draining.inc();
    const gone = (): void => {
      if (!this.drainingListeners.delete(listener)) return;
      timer.cancel();
      this.stats.draining.dec();
      listener.destroy();
    };
    const timer = new Timer(gone);
    timer.arm(this.drainSettings.timeMs);
    listener.whenEmpty(gone);
  }

  /** Connections now, of draining listeners too. */
  get connections(): number {
    let n = 0;
    for (const l of this.listeners) n += l.active;
    for (const l of this.drainingListeners) n += l.active;
    return n;
  }

  /** They go on accepting. `inboundOnly`: those with traffic_direction INBOUND. */
  startDrain(inboundOnly: boolean): void {
    const sequence = new DrainSequence(this.drainSettings);
    if (inboundOnly) this.drainsInbound ??= sequence;
    else this.drainsAll ??= sequence;
    for (const l of this.listeners) if (!inboundOnly || isInbound(l)) l.startDrain(sequence);
  }

  /** While it is failed, each answer is the last one of its connection. */
  setHealthFailed(failed: boolean): void {
    this.healthFailed = failed;
    for (const l of this.listeners) l.drain.setHealthFailed(failed);
    for (const l of this.drainingListeners) l.drain.setHealthFailed(failed);
  }

  stopListening(inboundOnly: boolean): void {
    if (inboundOnly) this.stoppedInbound = true;
    else this.stoppedAll = true;
    for (const l of this.listeners) {
      if (inboundOnly && !isInbound(l)) continue;
      l.stop();
      this.stats.stopped.inc();
    }
  }

  destroy(): void {
    this.destroyed = true;
    for (const l of this.listeners) l.destroy();
    for (const l of this.drainingListeners) l.destroy();
  }
}

const isInbound = (l: Listener): boolean => l.message.trafficDirection === 'INBOUND';

/** access_log: a line for each connection. */
async function connectionLogs(message: ListenerMessage, ctx: FactoryContext): Promise<ConnectionLogs | null> {
  const [{ makeAccessLogs }, { formatBuild }, { ConnectionLogs }] = await Promise.all([
    import('../access-log/access-log.ts'),
    import('../format/format-build.ts'),
    import('./connection-log.ts'),
  ]);
  // The peer is the client, and each chain has its name.
  const format = { ...formatBuild(ctx, () => undefined), filterChainName: null };
  const loggers = await makeAccessLogs(message.accessLog, ctx, format);
  return loggers.length === 0 ? null : new ConnectionLogs(loggers);
}
