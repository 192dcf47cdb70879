/**
 * The listeners of one event loop: built from config, bound, replaced and taken away while they run. A listener that replaces another on
 * the same address takes its socket over, so that no connection is refused; the old one's connections drain. Role of Envoy's
 * ListenerManagerImpl (source/common/listener_manager/listener_manager_impl.cc).
 */
import { refuse } from '../config/refusal.ts';
import type { Listener as ListenerMessage } from '../config/schema/types.ts';
import type { FactoryContext, ServerContext } from '../extension/context.ts';
import { logger } from '../log/logger.ts';
import type { Counter, Gauge, Store } from '../stats/store.ts';
import { DrainSequence, type DrainSettings } from '../transport/drain.ts';
import { Timer } from '../transport/timers.ts';
import { bindError, bindHint } from './bind-error.ts';
import { buildChains, buildListenerFilters } from './chain-builder.ts';
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

  constructor(store: Store) {
    const s = store.scope('listener_manager.');
    this.added = s.counter('listener_added');
    this.createSuccess = s.counter('listener_create_success');
    this.createFailure = s.counter('listener_create_failure');
    this.modified = s.counter('listener_modified');
    this.removed = s.counter('listener_removed');
    this.stopped = s.counter('listener_stopped');
    s.counter('listener_in_place_updated');
    this.active = s.gauge('total_listeners_active');
    this.draining = s.gauge('total_listeners_draining');
    s.gauge('total_listeners_warming');
    s.gauge('total_filter_chains_draining');
    s.gauge('workers_started');
  }
}

/** How this event loop's sockets are bound. */
export interface BindPlan {
  /** Other workers bind the same ports. */
  readonly reusePort: boolean;
  /** In a worker: the ports that the main thread got, by listener name. Absent in the main thread. */
  readonly ports?: ReadonlyMap<string, number> | undefined;
}

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

  constructor(server: ServerContext, worker: number, drain: DrainSettings = DEFAULT_DRAIN) {
    this.drainSettings = drain;
    this.server = server;
    this.worker = worker;
    this.stats = new ManagerStats(server.store);
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

  private async build(message: ListenerMessage): Promise<Listener> {
    const listener = new Listener(message, this.server.store, this.worker);
    const ctx: FactoryContext = {
      ...this.server,
      drain: listener.drain,
      listenerScopePrefix: `listener.${listenerStatName(message)}.`,
      bufferLimitBytes: listener.bufferLimitBytes,
    };
    listener.drain.setHealthFailed(this.healthFailed);
    const begun = this.drainsAll ?? (isInbound(listener) ? this.drainsInbound : null);
    if (begun !== null) listener.startDrain(begun);
    listener.setChains(await buildChains(message, ctx), await buildListenerFilters(message, ctx));
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
    if (ports !== undefined && l.address.path !== '') return;
    try {
      await l.listen(reusePort && l.address.path === '', ports?.get(l.key));
    } catch (e) {
      this.stats.createFailure.inc();
      const reason = bindError(l.address, e);
      log.error(`listener '${l.name}' failed to bind or apply socket options: ${reason}`);
      refuse(l.message.address ?? l.message, '', `listener '${l.name}': ${reason}`, {
        envoy: reason,
        hint: bindHint(l.address, e),
      });
    }
    this.stats.createSuccess.inc();
    this.stats.active.inc();
  }

  /**
   * While the loop runs: the listener of this name from now on. Throws, and leaves everything as it was, when it cannot be built or
   * bound. Connections of the one before drain.
   */
  async put(message: ListenerMessage): Promise<Listener> {
    const at = this.listeners.findIndex((l) => l.name === (message.name ?? ''));
    const before = at < 0 ? undefined : this.listeners[at];
    const listener = await this.build(message);
    if (before !== undefined && before.sharesSocketWith(listener)) {
      listener.takeSocket(before);
      this.stats.createSuccess.inc();
    } else {
      await this.bind(listener);
      if (before !== undefined) this.stats.active.dec();
    }
    if (before === undefined) {
      this.listeners.push(listener);
      this.stats.added.inc();
    } else {
      this.listeners[at] = listener;
      this.stats.modified.inc();
      this.drain(before);
    }
    log.info(`${before === undefined ? 'add' : 'update'} listener '${listener.name}'`);
    return listener;
  }

  /** While the loop runs. False when there is none of this name. */
  remove(name: string): boolean {
    const at = this.listeners.findIndex((l) => l.name === name);
    if (at < 0) return false;
    const [listener] = this.listeners.splice(at, 1);
    this.stats.removed.inc();
    this.stats.active.dec();
    log.info(`removing listener '${name}'`);
    this.drain(listener);
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
    for (const l of this.listeners) {
      if (inboundOnly && !isInbound(l)) continue;
      l.stop();
      this.stats.stopped.inc();
    }
  }

  destroy(): void {
    for (const l of this.listeners) l.destroy();
    for (const l of this.drainingListeners) l.destroy();
  }
}

const isInbound = (l: Listener): boolean => l.message.trafficDirection === 'INBOUND';
