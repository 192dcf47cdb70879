/**
 * The bootstrap's `overload_manager`: monitors are asked at intervals by the main thread, triggers make of what they say how far each action is
 * to go, and every event loop is told. Role of OverloadManagerImpl (source/server/overload_manager_impl.cc). Loaded for configs that have one.
 */
import { each, eachAsync, refuse } from '../config/refusal.ts';
import type {
  DownstreamConnectionsConfig,
  LoadShedPoint,
  OverloadAction,
  OverloadManager,
} from '../config/schema/types.ts';
import { GLOBAL_LIMIT_KEY, limitAllListeners } from '../listener/connection-limits.ts';
import { OverloadShares, ShedPoint } from '../listener/overload-shares.ts';
import { logger } from '../log/logger.ts';
import { runtime } from '../runtime/runtime.ts';
import type { Counter, Gauge, Histogram, Scope } from '../stats/store.ts';
import { type LoadShedPointName, overload } from '../transport/overload.ts';
import { type Apply, actionOf, SHRINK_HEAP } from './overload-actions.ts';
import { Triggers } from './overload-triggers.ts';
import { monitorOf, type Pressure } from './resource-monitors.ts';

const log = logger('main');

const CONNECTIONS = 'envoy.resource_monitors.global_downstream_max_connections';
/** ms; of refresh_interval. */
const DEFAULT_REFRESH_MS = 1000;
const POINT = 'envoy.load_shed_points.';
/** Those that are on our path; the name alone counts, as in Envoy, so another one would shed nothing. */
const POINTS: readonly LoadShedPointName[] = [
  'tcp_listener_accept',
  'hcm_ondata_creating_codec',
  'http_connection_manager_decode_headers',
  'http_downstream_filter_check',
  'http1_server_abort_dispatch',
  'http2_server_go_away_on_dispatch',
  'http2_server_go_away_and_close_on_dispatch',
  'connection_pool_new_connection',
  'tcp_proxy_on_data',
  'tcp_proxy_upstream_connect',
];

/** In every event loop, before listeners are built. Null: nothing is asked at intervals here. Throws Envoy's sentences for what is wrong. */
export async function applyOverload(
  config: OverloadManager,
  root: Scope,
  main: boolean,
): Promise<OverloadWatch | null> {
  applied.clear();
  const monitors = new Map<string, Pressure | null>();
  await eachAsync(config.resourceMonitors, async (monitor) => {
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
    const ask = await monitorOf(monitor);
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
  const state = new OverloadShares();
  const actions = each(config.actions, (message) => {
    const { name = '' } = message;
    const apply = actionOf(message, { config, state, root, main });
    const action = new Action(message, root, monitors);
    if (applied.has(name)) refuse(message, 'name', `Duplicate overload action ${name}`);
    applied.set(name, apply);
    return action;
  });
  const points = each(config.loadshedPoints, (message) => pointOf(message, root, monitors, state));
  if (actions.length + points.length > 0) overload.state = state;
  const asked = [...monitors].filter((m): m is [string, Pressure] => m[1] !== null);
  if (!main || asked.length === 0) return null;
  const resources = asked.map(([name, ask]) => new Resource(name, ask, root));
  return new OverloadWatch(config.refreshInterval ?? DEFAULT_REFRESH_MS, resources, [...actions, ...points], root);
}

/** Of this event loop: what a share is told to. */
const applied = new Map<string, Apply>();

/** How far an action, or a load-shed point, is to go, in this event loop. */
export function setOverload(name: string, share: number): void {
  applied.get(name)?.(share);
}

function pointOf(
  message: LoadShedPoint,
  root: Scope,
  monitors: ReadonlyMap<string, unknown>,
  state: OverloadShares,
): Point {
  const { name = '' } = message;
  const short = name.startsWith(POINT) ? name.slice(POINT.length) : '';
  if (!POINTS.includes(short as LoadShedPointName)) {
    refuse(message, 'name', `the load-shed point '${name}' is not supported: no place of this proxy asks for it`);
  }
  const point = new Point(message, root, monitors);
  if (state.points.has(short)) refuse(message, 'name', `Duplicate loadshed point ${name}`);
  const shed = new ShedPoint(root.scope(`overload.${name}.`).counter('shed_load_count'));
  state.points.set(short, shed);
  applied.set(name, (share) => {
    shed.share = share;
  });
  return point;
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

/** What follows from resources: in the main thread, which tells the event loops. */
abstract class Consequence {
  readonly name: string;
  protected readonly triggers: Triggers;
  protected readonly percent: Gauge;

  constructor(name: string, triggers: Triggers, scope: Scope) {
    this.name = name;
    this.triggers = triggers;
    this.percent = scope.gauge('scale_percent');
    this.percent.set(0);
  }

  get share(): number {
    return this.triggers.share;
  }

  /** Whether its share is another one now. */
  update(resource: string, pressure: number): boolean {
    const before = this.share;
    const now = this.triggers.update(resource, pressure);
    if (now !== null) this.tellStats(now);
    return this.share !== before;
  }

  protected abstract tellStats(now: number): void;
}

class Action extends Consequence {
  private readonly active: Gauge;

  constructor(message: OverloadAction, root: Scope, monitors: ReadonlyMap<string, unknown>) {
    const { name = '' } = message;
    const what = `overload action ${name}`;
    const scope = root.scope(`overload.${name}.`);
    super(name, new Triggers(message, what, what, monitors), scope);
    this.active = scope.gauge('active');
    this.active.set(0);
  }

  /** Of the trigger that moved last, as Envoy has it, though the action goes by the highest. */
  protected tellStats(now: number): void {
    this.active.set(now >= 1 ? 1 : 0);
    this.percent.set(percentOf(now));
  }
}

class Point extends Consequence {
  constructor(message: LoadShedPoint, root: Scope, monitors: ReadonlyMap<string, unknown>) {
    const { name = '' } = message;
    const triggers = new Triggers(message, `loadshed point ${name}`, `LoadShedPoint ${name}`, monitors);
    super(name, triggers, root.scope(`overload.${name}.`));
  }

  protected tellStats(): void {
    this.percent.set(percentOf(this.share));
  }
}

/** Envoy's shares have 32 bits, and what is left of a percent is cut off. */
const percentOf = (share: number): number => Math.trunc(Math.fround(Math.fround(share) * 100));

/** In the main thread. */
export class OverloadWatch {
  private readonly intervalMs: number;
  private readonly resources: readonly Resource[];
  private readonly actions: readonly Consequence[];
  private readonly delay: Histogram;
  private timer: NodeJS.Timeout | null = null;
  private dueMs = 0;

  constructor(intervalMs: number, resources: readonly Resource[], actions: readonly Consequence[], root: Scope) {
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
        const { name, share } = action;
        if (log.debugOn && share >= 1 !== before >= 1) {
          log.debug(`Overload action ${name} became ${share >= 1 ? 'saturated' : 'scaling'}`);
        }
        tell(name, share);
      }
    }
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    setOverload(SHRINK_HEAP, 0);
  }
}
