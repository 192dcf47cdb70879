/**
 * What the data path sees of clusters and hosts. Implementations live beside this file; pools hang their per-host state
 * on the host itself, so choosing a host finds its pool without a map. Roles of envoy/upstream/upstream.h.
 */
import type { Counter, Gauge, Histogram, Scope } from '../stats/store.ts';
import type { Address } from '../transport/address.ts';
import type { ClusterRef } from './cluster-ref.ts';

/** 64-bit hash as two unsigned 32-bit halves: no BigInt on the data path. */
export interface LoadBalancerContext {
  readonly hasHash: boolean;
  readonly hashHi: number;
  readonly hashLo: number;
}

/** Per-host numbers shown by /clusters. Plain numbers: they belong to one event loop. */
export class HostStats {
  cxActive = 0;
  cxTotal = 0;
  cxConnectFail = 0;
  rqActive = 0;
  /** Waiting for a connection. */
  rqPendingActive = 0;
  rqTotal = 0;
  rqSuccess = 0;
  rqError = 0;
  rqTimeout = 0;
}

export interface Host {
  readonly address: Address;
  /** The name it was resolved from ('' for STATIC as Envoy prints it). */
  readonly hostname: string;
  readonly cluster: Cluster;
  readonly priority: number;
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
  /** `envoy.lb: {canary: true}` in its metadata. */
  readonly canary: boolean;
  weight: number;
  healthy: boolean;
  readonly stats: HostStats;
  /** Owned by upstream/pools: HTTP pools of this host. */
  httpPool: HttpPool | null;
  /** Owned by redis/: the one pipelined client of this host. */
  redisClient: RedisHostClient | null;
}

/** Anything that owns connections to a host and must go when the host goes. */
export interface HttpPool {
  /** The host left the cluster: finish what runs, then close. */
  drain(): void;
}
export interface RedisHostClient {
  drain(): void;
}

/** One circuit breaker: `tryAcquire` false means overflow. */
export interface Resource {
  /** True when one more may be taken. */
  canCreate(): boolean;
  inc(): void;
  dec(): void;
  readonly max: number;
  readonly count: number;
}
export interface ResourceManager {
  readonly connections: Resource;
  readonly pending: Resource;
  readonly requests: Resource;
  readonly retries: Resource;
}

/** `cluster.<name>.` metrics the data path touches, resolved once. Names are Envoy's, camelCased. */
export interface ClusterStats {
  readonly scope: Scope;
  readonly upstreamCxTotal: Counter;
  readonly upstreamCxActive: Gauge;
  readonly upstreamCxHttp1Total: Counter;
  readonly upstreamCxHttp2Total: Counter;
  readonly upstreamCxConnectFail: Counter;
  readonly upstreamCxConnectTimeout: Counter;
  readonly upstreamCxIdleTimeout: Counter;
  readonly upstreamCxConnectAttemptsExceeded: Counter;
  readonly upstreamCxOverflow: Counter;
  readonly upstreamCxConnectMs: Histogram;
  readonly upstreamCxLengthMs: Histogram;
  readonly upstreamCxDestroy: Counter;
  readonly upstreamCxDestroyLocal: Counter;
  readonly upstreamCxDestroyRemote: Counter;
  readonly upstreamCxDestroyWithActiveRq: Counter;
  readonly upstreamCxDestroyLocalWithActiveRq: Counter;
  readonly upstreamCxDestroyRemoteWithActiveRq: Counter;
  readonly upstreamCxCloseNotify: Counter;
  readonly upstreamCxRxBytesTotal: Counter;
  readonly upstreamCxRxBytesBuffered: Gauge;
  readonly upstreamCxTxBytesTotal: Counter;
  readonly upstreamCxTxBytesBuffered: Gauge;
  readonly upstreamCxProtocolError: Counter;
  readonly upstreamCxMaxRequests: Counter;
  readonly upstreamCxNoneHealthy: Counter;
  readonly upstreamRqTotal: Counter;
  readonly upstreamRqActive: Gauge;
  readonly upstreamRqPendingTotal: Counter;
  readonly upstreamRqPendingOverflow: Counter;
  readonly upstreamRqPendingFailureEject: Counter;
  readonly upstreamRqPendingActive: Gauge;
  readonly upstreamRqCancelled: Counter;
  readonly upstreamRqMaintenanceMode: Counter;
  readonly upstreamRqTimeout: Counter;
  readonly upstreamRqPerTryTimeout: Counter;
  readonly upstreamRqRxReset: Counter;
  readonly upstreamRqTxReset: Counter;
  readonly upstreamFlowControlPausedReadingTotal: Counter;
  readonly upstreamFlowControlResumedReadingTotal: Counter;
  readonly upstreamFlowControlBackedUpTotal: Counter;
  readonly upstreamFlowControlDrainedTotal: Counter;
}

/** Counted options of a codec towards this cluster; fields are the proto's, defaults filled in. */
export interface ClusterHttpOptions {
  /** Which codec to speak: fixed, or the downstream request's. */
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | 'USE_DOWNSTREAM_PROTOCOL';
  /** Raw validated messages of the config (Http1ProtocolOptions, Http2ProtocolOptions), for the codec to read. */
  readonly http1: Record<string, unknown>;
  readonly http2: Record<string, unknown>;
  /** ms; 0 = never. Default 1 h. */
  readonly idleTimeoutMs: number;
  /** 0 = unlimited. */
  readonly maxRequestsPerConnection: number;
  /** ms until a connection takes no more requests; absent or 0 = no limit. */
  readonly maxConnectionDurationMs?: number;
  /** Limits of response heads; absent = the codec's default. */
  readonly maxHeadersCount?: number;
  readonly maxResponseHeadersKb?: number;
}

export interface Cluster {
  readonly name: string;
  /** What stats are filed under (`alt_stat_name` or the name). */
  readonly statName: string;
  readonly connectTimeoutMs: number;
  /** Default 1 MiB. */
  readonly perConnectionBufferLimitBytes: number;
  /** upstream_connection_options.tcp_keepalive: seconds of silence before the first probe; absent = no probes. */
  readonly tcpKeepaliveSeconds?: number;
  readonly http: ClusterHttpOptions;
  readonly stats: ClusterStats;
  /** Index by route priority: 0 DEFAULT, 1 HIGH. */
  readonly resources: readonly [ResourceManager, ResourceManager];
  /** True when the balancer looks at the context's hash and there is more than one host: computing a hash is worth it. */
  readonly needsHash: boolean;
  /** Null when there is no host (counted in upstream_cx_none_healthy). */
  chooseHost(ctx: LoadBalancerContext | null): Host | null;
  /** All hosts now, in priority order. */
  readonly hosts: readonly Host[];
}

export interface ClusterManager {
  /** What has this name now; for names that come with a request. */
  get(name: string): Cluster | undefined;
  /** For names of the configuration: resolved once, `current` is read per request. */
  ref(name: string): ClusterRef;
  readonly clusters: ReadonlyMap<string, Cluster>;
}
