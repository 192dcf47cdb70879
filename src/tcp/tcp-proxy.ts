/**
 * envoy.filters.network.tcp_proxy: one upstream connection for each downstream connection, bytes passed on as they are.
 * Mirrors source/common/tcp_proxy/tcp_proxy.cc and the connection handling of source/common/tcp/original_conn_pool.cc.
 */

import { makeAccessLogs } from '../access-log/access-log.ts';
import type { AccessLogger } from '../access-log/access-logger.ts';
import type { TcpProxy } from '../config/schema/types.ts';
import type { FactoryContext, NetworkFilterFactory } from '../extension/context.ts';
import { formatBuild } from '../format/format-build.ts';
import type { Counter, Gauge, Scope } from '../stats/store.ts';
import type { ByteStats, Connection } from '../transport/connection.ts';
import { type LoadShedPoint, loadShedPoint } from '../transport/overload.ts';
import type { Cluster } from '../upstream/cluster.ts';
import type { ClusterLookup, ClusterRef } from '../upstream/cluster-ref.ts';
import { type LbMetadata, type LoadBalancerContext, lbMetadata } from '../upstream/load-balancers/load-balancer.ts';
import type { SessionLogs } from './session-log.ts';
import { TcpSession } from './tcp-session.ts';
import { TextHash } from './text-hash.ts';

/** TcpProxy.idle_timeout, ms: 1 h when absent, 0 = never. */
export const DEFAULT_IDLE_TIMEOUT_MS = 3_600_000;
/** TcpProxy.max_connect_attempts. */
export const DEFAULT_MAX_CONNECT_ATTEMPTS = 1;

/** Filter state that names the cluster of a connection. */
const CLUSTER_STATE = 'envoy.tcp_proxy.cluster';
/** And its idle timeout, ms. */
const IDLE_STATE = 'envoy.tcp_proxy.per_connection_idle_timeout_ms';

/** `tcp.<stat_prefix>.` */
export class TcpProxyStats {
  readonly downstreamCxTotal: Counter;
  readonly downstreamCxNoRoute: Counter;
  readonly downstreamFlowControlPausedReadingTotal: Counter;
  readonly downstreamFlowControlResumedReadingTotal: Counter;
  readonly idleTimeout: Counter;
  readonly maxDownstreamConnectionDuration: Counter;
  readonly upstreamFlushTotal: Counter;
  readonly upstreamFlushActive: Gauge;
  readonly downstreamCxDrainClose: Counter;
  readonly earlyDataReceivedCountTotal: Counter;
  readonly downstreamCxOverloadClose: Counter;
  readonly bytes: ByteStats;

  constructor(scope: Scope) {
    this.downstreamCxTotal = scope.counter('downstream_cx_total');
    this.downstreamCxNoRoute = scope.counter('downstream_cx_no_route');
    this.downstreamFlowControlPausedReadingTotal = scope.counter('downstream_flow_control_paused_reading_total');
    this.downstreamFlowControlResumedReadingTotal = scope.counter('downstream_flow_control_resumed_reading_total');
    this.downstreamCxDrainClose = scope.counter('downstream_cx_drain_close');
    this.earlyDataReceivedCountTotal = scope.counter('early_data_received_count_total');
    this.idleTimeout = scope.counter('idle_timeout');
    this.maxDownstreamConnectionDuration = scope.counter('max_downstream_connection_duration');
    this.upstreamFlushTotal = scope.counter('upstream_flush_total');
    this.upstreamFlushActive = scope.gauge('upstream_flush_active');
    this.bytes = {
      rxTotal: scope.counter('downstream_cx_rx_bytes_total'),
      rxBuffered: scope.gauge('downstream_cx_rx_bytes_buffered'),
      txTotal: scope.counter('downstream_cx_tx_bytes_total'),
      txBuffered: scope.gauge('downstream_cx_tx_bytes_buffered'),
    };
    // Of on-demand routes, which are not here. Named for dashboards.
    scope.counter('route_delayed_total');
    this.downstreamCxOverloadClose = scope.counter('downstream_cx_overload_close');
  }
}

/** Sessions that do more than most are another class, which is loaded where a config asks for it. */
export type MakeSession = (conn: Connection, factory: TcpProxyFactory) => TcpSession;

interface Target {
  readonly ref: Pick<ClusterRef, 'current'>;
  readonly weight: number;
  /** metadata_match: which hosts of it; null for any. */
  readonly metadata: LbMetadata | null;
}

export class TcpProxyFactory implements NetworkFilterFactory {
  /** Nothing is read before there is somewhere to write it to. */
  readonly readsLater = true;
  readonly stats: TcpProxyStats;
  /** 0 = never. */
  readonly idleTimeoutMs: number;
  readonly maxConnectAttempts: number;
  /** 0 = no limit. */
  readonly maxDurationMs: number;
  /** Share of it that is added, at most, by chance. */
  private readonly durationJitter: number;
  readonly hashesSourceIp: boolean;
  /** Or a text that filters before have shared. */
  private readonly hashKey: string | undefined;
  private readonly clusters: ClusterLookup;
  private readonly target: Target;
  private readonly weighted: readonly Target[];
  private readonly totalWeight: number;

  private readonly makeSession: MakeSession;
  /** Null where nothing is logged. */
  readonly logs: SessionLogs | null;
  /** Null without such load-shed points. */
  readonly shedsConnects: LoadShedPoint | null;
  readonly shedsData: LoadShedPoint | null;

  constructor(
    config: TcpProxy,
    ctx: FactoryContext,
    loggers: readonly AccessLogger[],
    makeSession: MakeSession = (conn, factory) => new TcpSession(conn, factory),
  ) {
    this.makeSession = makeSession;
    const logs = sessionLogs(config, loggers);
    this.logs = loggers.length === 0 ? null : logs;
    this.stats = new TcpProxyStats(ctx.store.scope(`tcp.${config.statPrefix ?? ''}.`));
    this.shedsConnects = loadShedPoint('tcp_proxy_upstream_connect');
    this.shedsData = loadShedPoint('tcp_proxy_on_data');
    this.idleTimeoutMs = config.idleTimeout ?? DEFAULT_IDLE_TIMEOUT_MS;
    this.maxConnectAttempts = config.maxConnectAttempts ?? DEFAULT_MAX_CONNECT_ATTEMPTS;
    this.maxDurationMs = config.maxDownstreamConnectionDuration ?? 0;
    this.durationJitter = (config.maxDownstreamConnectionDurationJitterPercentage?.value ?? 0) / 100;
    this.hashKey = config.hashPolicy?.find((p) => p.filterState !== undefined)?.filterState?.key;
    this.hashesSourceIp = config.hashPolicy?.some((p) => p.sourceIp !== undefined) === true;
    this.clusters = ctx.clusters;
    const metadata = lbMetadata(config.metadataMatch);
    this.target = { ref: ctx.clusters.ref(config.cluster ?? ''), weight: 0, metadata };
    this.weighted = (config.weightedClusters?.clusters ?? []).map((c) => ({
      ref: ctx.clusters.ref(c.name ?? ''),
      weight: c.weight ?? 0,
      metadata: lbMetadata(c.metadataMatch, metadata),
    }));
    this.totalWeight = this.weighted.reduce((sum, c) => sum + c.weight, 0);
  }

  onConnection(conn: Connection): void {
    this.stats.downstreamCxTotal.inc();
    conn.stats = this.stats.bytes;
    const session = this.makeSession(conn, this);
    // Filters before it may have closed the connection: it is only counted and logged.
    if (conn.open) session.start();
    else conn.handler = session;
  }

  /** Where one connection goes: to the cluster that filters before have chosen; weighted clusters are drawn. */
  pickTarget(conn: Connection): Target {
    const chosen = conn.socketInfo?.filterState?.get(CLUSTER_STATE);
    if (chosen !== undefined) {
      return { ...this.target, ref: { current: this.clusters.get(String(chosen)) ?? null } };
    }
    if (this.weighted.length === 0) return this.target;
    let draw = Math.floor(Math.random() * this.totalWeight);
    for (const c of this.weighted) {
      if (draw < c.weight) return c;
      draw -= c.weight;
    }
    return this.target;
  }

  balancing(cluster: Cluster, conn: Connection, { metadata }: Target): LoadBalancerContext | null {
    const hash = cluster.needsHash ? this.hash(conn) : null;
    if (cluster.usesRequest) {
      const filterState = (name: string): unknown => conn.socketInfo?.filterState?.get(name);
      return { hasHash: false, hashHi: 0, hashLo: 0, ...hash, metadata, connection: conn, filterState };
    }
    return metadata === null || !cluster.usesMetadata
      ? hash
      : { hasHash: false, hashHi: 0, hashLo: 0, ...hash, metadata };
  }

  private hash(conn: Connection): TextHash | null {
    if (this.hashKey !== undefined) {
      const state = conn.socketInfo?.filterState?.get(this.hashKey);
      return new TextHash(typeof state === 'string' ? state : '');
    }
    return this.hashesSourceIp ? new TextHash(conn.remoteAddress.ip) : null;
  }

  durationMs(): number {
    return this.maxDurationMs * (1 + Math.random() * this.durationJitter);
  }

  /** ms without bytes after which a session ends; filters before may have chosen it. */
  idleMs(conn: Connection): number {
    const chosen = conn.socketInfo?.filterState?.get(IDLE_STATE);
    return chosen === undefined ? this.idleTimeoutMs : Number(chosen);
  }
}

/** The options, and the older fields that say the same. */
function sessionLogs(config: TcpProxy, loggers: readonly AccessLogger[]): SessionLogs {
  const { accessLogOptions: options } = config;
  return {
    loggers,
    onStart: options?.flushAccessLogOnStart ?? false,
    onConnected: options?.flushAccessLogOnConnected ?? config.flushAccessLogOnConnected ?? false,
    intervalMs: options?.accessLogFlushInterval ?? config.accessLogFlushInterval ?? 0,
  };
}

export async function create(config: TcpProxy, ctx: FactoryContext): Promise<NetworkFilterFactory> {
  // Who is the client says nobody but the socket.
  const format = formatBuild(ctx, () => undefined);
  const loggers = await makeAccessLogs(config.accessLog, ctx, format);
  const { backoffOptions, upstreamConnectMode, maxEarlyDataBytes, checkDrainClose, tunnelingConfig } = config;
  const { proxyProtocolTlvs, proxyProtocolTlvMergePolicy } = config;
  const more =
    backoffOptions ??
    upstreamConnectMode ??
    maxEarlyDataBytes ??
    checkDrainClose ??
    tunnelingConfig ??
    proxyProtocolTlvs ??
    proxyProtocolTlvMergePolicy;
  if (more === undefined) return new TcpProxyFactory(config, ctx, loggers);
  const { sessions } = await import('./later-session.ts');
  return new TcpProxyFactory(config, ctx, loggers, await sessions(config, ctx));
}
