/**
 * What a cluster is, without its hosts: settings, statistics, circuit breakers. Hosts, pools and connections hold it, also after their
 * cluster was replaced or removed. Mirrors ClusterInfoImpl (source/common/upstream/upstream_impl.cc).
 */

import type { Cluster as ClusterMessage, Metadata } from '../config/schema/types.ts';
import type { Scope, StatsRoot } from '../stats/store.ts';
import type { Tenant } from '../stats/tenant.ts';
import type { ConnectOptions } from '../transport/connection.ts';
import { announceResources, makeResources, mustBeMade, type ResourceManager } from './circuit-breakers.ts';
import { ClusterStats, clusterRoll, MembershipStats } from './cluster-stats.ts';
import type { Reach } from './host.ts';
import { type ClusterHttpSettings, makeHttpSettings } from './http-settings.ts';
import type { HostMonitor } from './outlier/host-monitor.ts';
import type { OutlierNumbers } from './outlier/outlier-detector.ts';
import type { ClientCodecs } from './pools/client-codecs.ts';
import type { Pooling } from './pools/host-pools.ts';
import { ResponseStats } from './response-stats.ts';
import { type CheckTransport, checkTransport, TransportMatch, UpstreamTransports } from './upstream-transports.ts';

const NO_TRANSPORTS = new UpstreamTransports();

/** Cluster.connect_timeout, ms (api: 5 s). */
export const DEFAULT_CONNECT_TIMEOUT_MS = 5000;
/** Cluster.per_connection_buffer_limit_bytes (api: 1 MiB). */
export const DEFAULT_BUFFER_LIMIT_BYTES = 1048576;
/** TcpKeepalive.keepalive_time without a value, s: Linux' default (tcp(7)), which Envoy leaves as it is. */
export const DEFAULT_KEEPALIVE_SECONDS = 7200;

export class ClusterInfo {
  readonly name: string;
  /** What stats are filed under (`alt_stat_name` or the name). */
  readonly statName: string;
  /** STATIC, STRICT_DNS … */
  readonly type: string;
  readonly addedViaApi: boolean;
  readonly config: ClusterMessage;
  /** Of every connection to its hosts. */
  readonly connection: ConnectOptions;
  /** In their order; the first that a host's metadata fits is its transport. */
  readonly transportMatches: readonly TransportMatch[];
  /** Of active checks; null: as of requests. */
  checkTransport: CheckTransport | null;
  /** A cluster type may have defaults of its own. */
  http: ClusterHttpSettings;
  /** `cluster.<name>.` of the statistics. */
  readonly scope: Scope;
  readonly membership: MembershipStats;
  /** Null until somebody uses the cluster. */
  private madeStats: ClusterStats | null;
  private madeResources: readonly [ResourceManager, ResourceManager] | null;
  /**
   * What to do when a host says in an answer that it is not healthy (x-envoy-immediate-health-check-fail); null where nobody checks its hosts.
   */
  onImmediateFailure: ((hostId: number) => void) | null;
  /** The same for one that says it is degraded (x-envoy-degraded); null where nobody wants to know. */
  onDegraded: ((hostId: number) => void) | null;
  /** Whom its hosts' results are told; null where nobody wants to know. */
  monitor: ((hostId: number) => HostMonitor) | null;
  /** What outlier detection found last, where there is any. In the main thread. */
  outlierNumbers: OutlierNumbers | null;
  /** What it says itself of tries, copies and hashes, for the router (http-policies.ts); null for nothing. */
  policies: object | null;
  /** What it asks of its HTTP pools; null for the usual ones. */
  pooling: Pooling | null;
  /** Each client's requests have connections of their own (connection_pool_per_downstream_connection). */
  readonly poolPerClient: boolean;
  /** Share of requests that are answered here (drop_overloads): 0 to 1. */
  drops: number;
  /** How connections to its hosts begin; null for the usual way. */
  reach: Reach | null;
  /** Owned by pools/: made with the first HTTP pool. */
  codecs: ClientCodecs | null;
  private responseStats: ResponseStats | null;
  /** Has what goes with the cluster; null: it stays. */
  private readonly tenant: Tenant | null;

  /** `store`: where its statistics are. Throws Envoy's sentence for what the configuration gets wrong. */
  constructor(config: ClusterMessage, store: StatsRoot, addedViaApi: boolean, transports = NO_TRANSPORTS) {
    this.config = config;
    this.name = config.name ?? '';
    this.statName = config.altStatName !== undefined && config.altStatName !== '' ? config.altStatName : this.name;
    this.type = typeOf(config);
    this.addedViaApi = addedViaApi;
    this.tenant = addedViaApi ? store.tenant() : null;
    const own = (this.tenant ?? store).scope(`cluster.${this.scopeName}.`);
    const keepalive = config.upstreamConnectionOptions?.tcpKeepalive;
    this.connection = {
      bufferLimitBytes: config.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT_BYTES,
      connectTimeoutMs: config.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT_MS,
      keepAliveSeconds: keepalive === undefined ? 0 : (keepalive.keepaliveTime ?? DEFAULT_KEEPALIVE_SECONDS),
      transport: transports.make(config.transportSocket, own),
    };
    this.transportMatches = (config.transportSocketMatches ?? []).map((m) => {
      const matched = own.counter(`${m.name ?? ''}.total_match_count`);
      return new TransportMatch(transports.make(m.transportSocket, own), m.match ?? {}, matched);
    });
    this.checkTransport = checkTransport(config.healthChecks?.[0]);
    this.http = makeHttpSettings(config);
    this.scope = own;
    own.announce(clusterRoll());
    this.membership = new MembershipStats(own);
    this.madeStats = null;
    this.madeResources = null;
    announceResources(own);
    if (mustBeMade(config.circuitBreakers)) this.makeResources();
    this.onImmediateFailure = null;
    this.onDegraded = null;
    this.monitor = null;
    this.outlierNumbers = null;
    this.policies = null;
    this.pooling = null;
    this.drops = 0;
    this.reach = null;
    this.poolPerClient = config.connectionPoolPerDownstreamConnection === true;
    this.codecs = null;
    this.responseStats = null;
  }

  get stats(): ClusterStats {
    return this.madeStats ?? this.makeStats();
  }
  private makeStats(): ClusterStats {
    this.madeStats = new ClusterStats(this.scope);
    return this.madeStats;
  }

  /** Index by route priority: 0 DEFAULT, 1 HIGH. */
  get resources(): readonly [ResourceManager, ResourceManager] {
    return this.madeResources ?? this.makeResources();
  }
  private makeResources(): readonly [ResourceManager, ResourceManager] {
    const { thresholds, perHostThresholds } = this.config.circuitBreakers ?? {};
    this.madeResources = makeResources(thresholds, this.scope, perHostThresholds);
    return this.madeResources;
  }

  /** No cluster of this name is there any more; what still runs counts for nobody. */
  dispose(): void {
    this.tenant?.dispose();
  }

  /** What stands between `cluster.` and the name of a statistic. */
  get scopeName(): string {
    return sanitize(this.statName);
  }

  /** Of connections to a host with this metadata. */
  connectionOf(metadata: Metadata | undefined): ConnectOptions {
    for (const match of this.transportMatches) {
      if (!match.matches(metadata)) continue;
      match.matched.inc();
      return { ...this.connection, transport: match.transport };
    }
    return this.connection;
  }

  /** `upstream_rq_<code>` and the like; made with the first HTTP request. */
  get responses(): ResponseStats {
    this.responseStats ??= new ResponseStats(this.scope);
    return this.responseStats;
  }
}

/** Colons would look like a separator in /stats (Stats::Utility::sanitizeStatsName). */
function sanitize(name: string): string {
  return name.replaceAll('://', '_').replaceAll(':/', '_').replaceAll(':', '_').replaceAll('\0', '_');
}

/** What its hosts come from: the name of a type of its own, else one of Envoy's five. */
export function typeOf(config: ClusterMessage): string {
  return config.clusterType?.name ?? config.type ?? 'STATIC';
}
