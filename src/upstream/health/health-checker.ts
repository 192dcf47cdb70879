/**
 * Active health checks of one cluster: a session for each host that is to be checked, and what all of them share. It runs in the control plane
 * alone, once for all event loops. Mirrors HealthCheckerImplBase
 * (source/extensions/health_checkers/common/health_checker_base_impl.cc).
 */
import type { CoreHealthCheck as HealthCheckMessage } from '../../config/schema/types.ts';
import { uintByKey } from '../../runtime/runtime.ts';
import type { Counter, Gauge, Scope } from '../../stats/store.ts';
import type { Cluster } from '../cluster.ts';
import type { Host } from '../host.ts';
import type { Random } from '../load-balancers/load-balancer.ts';
import { CHANGE_PENDING, type CheckSession, type Transition } from './check-session.ts';
import type { HealthEvents } from './health-events.ts';
import { DEGRADED_ACTIVE_HC, FAILED_ACTIVE_HC } from './health-flags.ts';

/** HealthCheck.no_traffic_interval, ms (api: 60 s): between checks of a cluster that never had a connection. */
export const DEFAULT_NO_TRAFFIC_INTERVAL_MS = 60_000;

/** ms, of the runtime: within them every wait is. */
const LEAST_MS = uintByKey('health_check.min_interval', 0);
const MOST_MS = uintByKey('health_check.max_interval', Number.MAX_SAFE_INTEGER);

/** `cluster.<name>.health_check.` */
export class HealthCheckStats {
  readonly attempt: Counter;
  readonly success: Counter;
  readonly failure: Counter;
  readonly passiveFailure: Counter;
  readonly networkFailure: Counter;
  readonly verifyCluster: Counter;
  readonly healthy: Gauge;
  readonly degraded: Gauge;

  constructor(cluster: Scope) {
    const s = cluster.scope('health_check.');
    this.attempt = s.counter('attempt');
    this.success = s.counter('success');
    this.failure = s.counter('failure');
    this.passiveFailure = s.counter('passive_failure');
    this.networkFailure = s.counter('network_failure');
    this.verifyCluster = s.counter('verify_cluster');
    this.healthy = s.gauge('healthy');
    this.degraded = s.gauge('degraded');
  }
}

/** Who asked for the checks. */
export interface HealthOwner {
  /** Bits of the host are other ones. `failure`: the one that means that it has failed. */
  healthChanged(host: Host, failure: number): void;
  /** The host has passed a check, whether or not that changed anything. */
  passedCheck(host: Host): void;
  /** Any event loop ever had a connection to the cluster. */
  hadTraffic(): boolean;
}

/** What a check is: made once a cluster from its configuration. */
export interface CheckType {
  session(checker: HealthChecker, host: Host): CheckSession;
}

/** Kinds of checks, loaded for configs that have any. */
export interface HealthCheckTypes {
  /** Throws Envoy's sentence for what the configuration gets wrong. `events`: null where nothing is logged. */
  make(config: HealthCheckMessage, cluster: Cluster): { type: CheckType; events: HealthEvents | null };
}

export class HealthChecker {
  readonly stats: HealthCheckStats;
  readonly events: HealthEvents | null;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly reusesConnection: boolean;
  readonly logsSuccess: boolean;
  readonly logsFailures: boolean;
  private readonly type: CheckType;
  private readonly owner: HealthOwner;
  private readonly random: Random;
  private readonly sessions = new Map<Host, CheckSession>();
  private readonly config: HealthCheckMessage;
  /** Sessions whose first result is waited for, and who waits. */
  private readonly unheard = new Set<CheckSession>();
  private onChecked: (() => void) | null = null;

  constructor(
    config: HealthCheckMessage,
    cluster: Cluster,
    types: HealthCheckTypes,
    owner: HealthOwner,
    random: Random,
  ) {
    const { type, events } = types.make(config, cluster);
    this.type = type;
    this.events = events;
    this.config = config;
    this.owner = owner;
    this.random = random;
    this.stats = new HealthCheckStats(cluster.info.scope);
    this.timeoutMs = config.timeout ?? 0;
    this.healthyThreshold = config.healthyThreshold ?? 0;
    this.unhealthyThreshold = config.unhealthyThreshold ?? 0;
    this.reusesConnection = config.reuseConnection ?? true;
    this.logsSuccess = config.alwaysLogHealthCheckSuccess === true;
    this.logsFailures = config.alwaysLogHealthCheckFailures === true;
  }

  /** These are the cluster's hosts from now on. */
  setHosts(hosts: readonly Host[]): void {
    const gone = new Set(this.sessions.keys());
    for (const host of hosts) {
      if (host.check?.disableActiveHealthCheck === true) continue;
      if (!gone.delete(host)) this.add(host);
    }
    for (const host of gone) this.remove(host);
  }

  private add(host: Host): void {
    const session = this.type.session(this, host);
    this.sessions.set(host, session);
    this.unheard.add(session);
    if ((host.health & FAILED_ACTIVE_HC) === 0) this.stats.healthy.inc();
    if ((host.health & DEGRADED_ACTIVE_HC) !== 0) this.stats.degraded.inc();
    session.start();
  }

  private remove(host: Host): void {
    const session = this.sessions.get(host) as CheckSession;
    this.sessions.delete(host);
    if ((host.health & FAILED_ACTIVE_HC) === 0) this.stats.healthy.dec();
    if ((host.health & DEGRADED_ACTIVE_HC) !== 0) this.stats.degraded.dec();
    session.stop();
  }

  stop(): void {
    this.onChecked = null;
    for (const host of [...this.sessions.keys()]) this.remove(host);
  }

  /** Calls back once each host there is now has been checked; at once when there is none. */
  whenChecked(done: () => void): void {
    if (this.unheard.size === 0) done();
    else this.onChecked = done;
  }

  failAtOnce(hostId: number): void {
    for (const [host, session] of this.sessions) if (host.id === hostId) session.failAtOnce();
  }

  // --- for sessions ------------------------------------------------------------------------------------------------

  changed(host: Host): void {
    this.owner.healthChanged(host, FAILED_ACTIVE_HC);
  }
  passedCheck(host: Host): void {
    this.owner.passedCheck(host);
  }

  firstResult(session: CheckSession): void {
    this.unheard.delete(session);
    if (this.unheard.size > 0 || this.onChecked === null) return;
    const done = this.onChecked;
    this.onChecked = null;
    done();
  }

  /** ms until the first check. */
  initialWaitMs(): number {
    const jitter = this.config.initialJitter ?? 0;
    return jitter === 0 ? 0 : this.jittered(0, jitter);
  }

  /** ms until the next check. */
  waitMs(healthy: boolean, change: Transition): number {
    const c = this.config;
    const interval = c.interval ?? 0;
    const pending = change === CHANGE_PENDING;
    let base: number;
    if (!this.owner.hadTraffic()) {
      const none = c.noTrafficInterval ?? DEFAULT_NO_TRAFFIC_INTERVAL_MS;
      base = healthy && !pending ? (c.noTrafficHealthyInterval ?? none) : none;
    } else if (healthy) {
      base = pending ? (c.healthyEdgeInterval ?? interval) : interval;
    } else {
      const unhealthy = c.unhealthyInterval ?? interval;
      base = pending ? (c.unhealthyEdgeInterval ?? unhealthy) : unhealthy;
    }
    return this.jittered(base, c.intervalJitter ?? 0);
  }

  private jittered(base: number, jitter: number): number {
    let ms = base;
    const share = Math.floor(((this.config.intervalJitterPercent ?? 0) * base) / 100);
    if (share > 0) ms += this.random() % share;
    if (jitter > 0) ms += this.random() % jitter;
    return Math.max(1, Math.max(Math.min(ms, MOST_MS.value), LEAST_MS.value));
  }
}
