/**
 * The bootstrap's `overload_manager`: monitors are asked at intervals by the main thread, triggers make of what they say how far each action is
 * to go, and every event loop is told. Role of OverloadManagerImpl (source/server/overload_manager_impl.cc). Loaded for configs that have one.
 */
import { each, refuse } from '../config/refusal.ts';
import type { DownstreamConnectionsConfig, OverloadAction, OverloadManager, Trigger } from '../config/schema/types.ts';
import { GLOBAL_LIMIT_KEY, limitAllListeners } from '../listener/connection-limits.ts';
import { OverloadShares } from '../listener/overload-shares.ts';
import { logger } from '../log/logger.ts';
import { v8Collector } from '../process/garbage.ts';
import { runtime } from '../runtime/runtime.ts';
import type { Counter, Gauge, Histogram, Scope } from '../stats/store.ts';
import { overload } from '../transport/overload.ts';
import { monitorOf, type Pressure } from './resource-monitors.ts';

const log = logger('main');

const CONNECTIONS = 'envoy.resource_monitors.global_downstream_max_connections';
const ACTION = 'envoy.overload_actions.';
const SHRINK_HEAP = `${ACTION}shrink_heap`;
/** ms; of refresh_interval. */
const DEFAULT_REFRESH_MS = 1000;
/** ms between two collections while memory is short. */
const SHRINK_EVERY_MS = 10_000;

/** What each action changes in an event loop. */
const APPLY: Readonly<Record<string, (state: OverloadShares, share: number) => void>> = {
  [`${ACTION}stop_accepting_requests`]: (state, share) => {
    state.stopRequests = share;
  },
  [`${ACTION}disable_http_keepalive`]: (state, share) => {
    state.endKeepAlive = share;
  },
  [`${ACTION}reject_incoming_connections`]: (state, share) => {
    state.rejectConnections = share;
  },
  [`${ACTION}stop_accepting_connections`]: (state, share) => {
    state.stopAccepting = share >= 1 ? 1 : 0;
    if (state.stopAccepting === 0) for (const go of state.onAccepting) go();
  },
  // By the main thread, which has the timer.
  [SHRINK_HEAP]: () => {},
};

/** In every event loop, before listeners are built. Null: nothing is asked at intervals here. Throws Envoy's sentences for what is wrong. */
export function applyOverload(config: OverloadManager, root: Scope, main: boolean): OverloadWatch | null {
  const monitors = new Map<string, Pressure | null>();
  each(config.resourceMonitors, (monitor) => {
    const { name = '', typedConfig } = monitor;
    if (monitors.has(name)) refuse(monitor, 'name', `Duplicate resource monitor ${name}`);
    if (typedConfig === undefined) {
      refuse(
        monitor,
        'name',
        name === CONNECTIONS
          ? `${name}: max_active_downstream_connections must be greater than 0`
          : `the resource monitor '${name}' is not supported yet`,
      );
    }
    const ask = monitorOf(monitor);
    monitors.set(name, ask);
    if (ask !== null) return;
    const { maxActiveDownstreamConnections: max = 0 } = typedConfig.value as DownstreamConnectionsConfig;
    const scope = root.scope(`overload.${name}.`);
    // Envoy's stands at 0 for a monitor that is asked with each connection.
    scope.gauge('pressure').set(0);
    limitAllListeners(max, scope.counter('failed_updates'));
  });
  if (main && monitors.has(CONNECTIONS) && runtime.find(GLOBAL_LIMIT_KEY) !== undefined) {
    log.warn(
      `Global downstream connections limits is configured via deprecated runtime key ${GLOBAL_LIMIT_KEY} and in ` +
        'envoy.resource_monitors.global_downstream_max_connections. Using overload manager config.',
    );
  }
  const actions = each(config.actions, (action) => new Action(action, root, monitors));
  const names = new Set<string>();
  for (const { name, message } of actions) {
    if (names.has(name)) refuse(message, 'name', `Duplicate overload action ${name}`);
    names.add(name);
  }
  if (actions.length > 0) overload.state = shares = new OverloadShares();
  const asked = [...monitors].filter((m): m is [string, Pressure] => m[1] !== null);
  if (!main || asked.length === 0) return null;
  const resources = asked.map(([name, ask]) => new Resource(name, ask, root));
  return new OverloadWatch(config.refreshInterval ?? DEFAULT_REFRESH_MS, resources, actions, root);
}

/** Of this event loop. */
let shares: OverloadShares | null = null;

/** How far an action is to go, in this event loop. */
export function setOverload(action: string, share: number): void {
  if (shares !== null) APPLY[action]?.(shares, share);
}

class Resource {
  readonly name: string;
  private readonly ask: Pressure;
  private readonly pressure: Gauge;
  private readonly failed: Counter;

  constructor(name: string, ask: Pressure, root: Scope) {
    const scope = root.scope(`overload.${name}.`);
    this.name = name;
    this.ask = ask;
    this.pressure = scope.gauge('pressure');
    this.pressure.set(0);
    this.failed = scope.counter('failed_updates');
    scope.counter('skipped_updates');
  }

  /** Null: it could not be told, and what was known stays. */
  update(): number | null {
    try {
      const value = this.ask();
      // Envoy's own is a whole number of percents.
      this.pressure.set(Math.trunc(value * 100));
      return value;
    } catch (e) {
      log.info(`Failed to update resource ${this.name}: ${e instanceof Error ? e.message : e}`);
      this.failed.inc();
      return null;
    }
  }
}

type Share = (pressure: number) => number;

class Action {
  readonly message: OverloadAction;
  readonly name: string;
  private readonly triggers = new Map<string, { readonly share: Share; now: number }>();
  private readonly active: Gauge;
  private readonly percent: Gauge;
  /** Of the one that collects; null of others. */
  readonly shrunk: Counter | null;
  /** Between 0 and 1. */
  share = 0;

  constructor(message: OverloadAction, root: Scope, monitors: ReadonlyMap<string, unknown>) {
    const { name = '' } = message;
    this.message = message;
    this.name = name;
    if (!Object.hasOwn(APPLY, name)) {
      refuse(
        message,
        'name',
        LATER.includes(name)
          ? `the overload action '${name}' is not supported yet`
          : `Unknown Overload Manager Action ${name}`,
      );
    }
    each(message.triggers, (trigger) => {
      const { name: resource = '' } = trigger;
      const words = `${resource} for overload action ${name}`;
      if (!monitors.has(resource)) refuse(trigger, 'name', `Unknown trigger resource ${words}`);
      if (this.triggers.has(resource)) {
        refuse(trigger, 'name', `Duplicate trigger resource for overload action ${name}`);
      }
      this.triggers.set(resource, { share: shareOf(trigger), now: 0 });
    });
    const scope = root.scope(`overload.${name}.`);
    this.active = scope.gauge('active');
    this.percent = scope.gauge('scale_percent');
    this.active.set(0);
    this.percent.set(0);
    this.shrunk = name === SHRINK_HEAP ? scope.counter('shrink_count') : null;
  }

  /** Whether its share is another one now. */
  update(resource: string, pressure: number): boolean {
    const trigger = this.triggers.get(resource);
    if (trigger === undefined) return false;
    trigger.now = trigger.share(pressure);
    const before = this.share;
    this.share = Math.max(...[...this.triggers.values()].map((t) => t.now));
    if (this.share === before) return false;
    this.active.set(this.share >= 1 ? 1 : 0);
    this.percent.set(Math.round(this.share * 100));
    return true;
  }
}

/** Of Envoy's, those that are not built. */
const LATER: readonly string[] = [`${ACTION}reduce_timeouts`, `${ACTION}reset_high_memory_stream`];

function shareOf(trigger: Trigger): Share {
  const { threshold, scaled } = trigger;
  if (threshold !== undefined) {
    const { value = 0 } = threshold;
    return (pressure) => (pressure >= value ? 1 : 0);
  }
  const { scalingThreshold: from = 0, saturationThreshold: to = 0 } = scaled ?? {};
  if (from >= to) {
    refuse(scaled ?? trigger, 'scaling_threshold', 'scaling_threshold must be less than saturation_threshold');
  }
  return (pressure) => (pressure <= from ? 0 : pressure >= to ? 1 : (pressure - from) / (to - from));
}

/** In the main thread. */
export class OverloadWatch {
  private readonly intervalMs: number;
  private readonly resources: readonly Resource[];
  private readonly actions: readonly Action[];
  private readonly delay: Histogram;
  private timer: NodeJS.Timeout | null = null;
  private shrinker: NodeJS.Timeout | null = null;
  private dueMs = 0;

  constructor(intervalMs: number, resources: readonly Resource[], actions: readonly Action[], root: Scope) {
    this.intervalMs = intervalMs;
    this.resources = resources;
    this.actions = actions;
    this.delay = root.histogram('overload.refresh_interval_delay', 'ms');
  }

  /** `tell`: every event loop, this one too. */
  start(tell: (action: string, share: number) => void): void {
    const look = (): void => {
      this.delay.record(Math.max(0, Math.round(performance.now() - this.dueMs)));
      this.look(tell);
      this.arm(look);
    };
    this.arm(look);
  }

  private arm(look: () => void): void {
    this.dueMs = performance.now() + this.intervalMs;
    this.timer = setTimeout(look, this.intervalMs);
    this.timer.unref();
  }

  private look(tell: (action: string, share: number) => void): void {
    for (const resource of this.resources) {
      const pressure = resource.update();
      if (pressure === null) continue;
      for (const action of this.actions) {
        const before = action.share;
        if (!action.update(resource.name, pressure)) continue;
        const { name, share, shrunk } = action;
        if (share >= 1 !== before >= 1 || share > 0 !== before > 0) {
          log.info(`Overload action ${name} became ${share >= 1 ? 'saturated' : share > 0 ? 'scaling' : 'inactive'}`);
        }
        if (shrunk !== null) this.shrink(share >= 1, shrunk);
        else tell(name, share);
      }
    }
  }

  /** As long as it is asked for. Of this event loop: another one's memory is its own to collect. */
  private shrink(on: boolean, count: Counter): void {
    if (this.shrinker !== null) clearInterval(this.shrinker);
    this.shrinker = null;
    if (!on) return;
    const collector = v8Collector();
    this.shrinker = setInterval(() => {
      collector.major();
      count.inc();
    }, SHRINK_EVERY_MS);
    this.shrinker.unref();
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.shrinker !== null) clearInterval(this.shrinker);
  }
}
