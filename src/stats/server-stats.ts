/**
 * `server.*`, `main_thread.*`, `workers.*` and `runtime.*`: the numbers Envoy sets when it flushes stats (source/server/server.cc,
 * updateServerStats). Here they are measured when somebody reads, so that an idle process has no timer for them.
 */
import { memoryUsage } from '../platform/memory-usage.ts';
import type { Counter, Gauge, Histogram, Scope } from './store.ts';

/** The numbers are Envoy's ServerInfo.State. */
export const SERVER_STATES = ['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING'] as const;
export type ServerState = (typeof SERVER_STATES)[number];

export interface ServerFacts {
  readonly state: ServerState;
  /** ms since the epoch. */
  readonly startTimeMs: number;
  /** Connections of all listeners and workers now. */
  readonly totalConnections: number;
}

/** What Envoy shows when there is no certificate: UINT32_MAX. */
const NO_CERTIFICATE = 4294967295;

/** Until the first certificate, the first stapled OCSP response expires, null for none: where TLS is loaded it puts itself here (tls/live-contexts.ts). */
export const firstExpiry: { days: (() => number | null) | null; ocspSeconds: (() => number | null) | null } = {
  days: null,
  ocspSeconds: null,
};

export class ServerStats {
  readonly staticUnknownFields: Counter;
  readonly dynamicUnknownFields: Counter;
  /** ms from the start of the process until all listeners serve; record once. */
  readonly initializationTime: Histogram;
  private readonly firstExpiry: Gauge;
  private readonly firstOcsp: Gauge;
  private readonly live: Gauge;
  private readonly state: Gauge;
  private readonly uptime: Gauge;
  private readonly memoryAllocated: Gauge;
  private readonly memoryHeapSize: Gauge;
  private readonly memoryPhysicalSize: Gauge;
  private readonly connections: Gauge;
  private readonly facts: ServerFacts;

  /**
   * `commit`: hexadecimal; its first six digits are the number in `server.version`, as in Envoy. `hasRuntime`: there are layers, which count
   * for themselves. `version`: another number there (`stats_server_version_override`).
   */
  constructor(
    root: Scope,
    facts: ServerFacts,
    concurrency: number,
    restartEpoch: number,
    commit: string,
    hasRuntime = false,
    version = Number.parseInt(commit.slice(0, 6), 16) || 0,
  ) {
    const scope = root.scope('server.');
    this.facts = facts;
    this.live = scope.gauge('live');
    this.state = scope.gauge('state');
    this.uptime = scope.gauge('uptime');
    this.memoryAllocated = scope.gauge('memory_allocated');
    this.memoryHeapSize = scope.gauge('memory_heap_size');
    this.memoryPhysicalSize = scope.gauge('memory_physical_size');
    this.connections = scope.gauge('total_connections');
    this.staticUnknownFields = scope.counter('static_unknown_fields');
    this.dynamicUnknownFields = scope.counter('dynamic_unknown_fields');
    this.initializationTime = scope.histogram('initialization_time_ms', 'ms');
    scope.gauge('concurrency').set(concurrency);
    scope.gauge('hot_restart_epoch').set(restartEpoch);
    scope.gauge('hot_restart_generation').set(restartEpoch + 1);
    scope.gauge('version').set(version);
    this.firstExpiry = scope.gauge('days_until_first_cert_expiring');
    this.firstExpiry.set(NO_CERTIFICATE);
    scope.gauge('parent_connections').set(0);
    scope.gauge('compilation_settings.fips_mode').set(0);
    this.firstOcsp = scope.gauge('seconds_until_first_ocsp_response_expiring');
    scope.gauge('stats_recent_lookups').set(0);
    if (!hasRuntime) noRuntime(root.scope('runtime.'));
    // Of an overload manager without resources or actions.
    root.counter('envoy.overload_actions.reset_high_memory_stream.count');
    root.histogram('overload.refresh_interval_delay', 'ms');
    for (const name of COUNTERS) scope.counter(name);
    for (const owner of ['main_thread.', 'workers.', 'server.main_thread.']) {
      root.counter(`${owner}watchdog_miss`);
      root.counter(`${owner}watchdog_mega_miss`);
    }
    for (let i = 0; i < concurrency; i++) {
      root.counter(`server.worker_${i}.watchdog_miss`);
      root.counter(`server.worker_${i}.watchdog_mega_miss`);
    }
  }

  /** To be called before stats are read: `reader.onRefresh(() => serverStats.refresh())`. */
  refresh(): void {
    this.firstExpiry.set(firstExpiry.days?.() ?? NO_CERTIFICATE);
    const seconds = firstExpiry.ocspSeconds?.() ?? null;
    if (seconds !== null) this.firstOcsp.set(seconds);
    const memory = memoryUsage();
    this.live.set(this.facts.state === 'LIVE' ? 1 : 0);
    this.state.set(SERVER_STATES.indexOf(this.facts.state));
    this.uptime.set(Math.floor((Date.now() - this.facts.startTimeMs) / 1000));
    this.memoryAllocated.set(memory.heapUsed + memory.external);
    this.memoryHeapSize.set(memory.heapTotal + memory.external);
    this.memoryPhysicalSize.set(memory.rss);
    this.connections.set(this.facts.totalConnections);
  }
}

/** Always 0 here; dashboards expect them to exist. */
const COUNTERS = [
  'debug_assertion_failures',
  'dropped_stat_flushes',
  'envoy_bug_failures',
  'envoy_notifications',
  'wip_protos',
];

/** Of a server without runtime layers: loaded twice (bootstrap, then the final snapshot), nothing in it. */
function noRuntime(scope: Scope): void {
  scope.counter('load_success').add(2);
  scope.counter('override_dir_not_exists').add(2);
  for (const name of ['load_error', 'override_dir_exists', 'deprecated_feature_use']) scope.counter(name);
  for (const name of ['num_keys', 'num_layers']) scope.gauge(name).set(0);
  for (const name of ['admin_overrides_active', 'deprecated_feature_seen_since_process_start']) scope.gauge(name);
}
