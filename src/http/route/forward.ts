/** RouteAction, compiled: where a request goes, and how long it may take. Role of Envoy's RouteEntryImplBase (source/common/router/config_impl.h). */
import type { Headers } from '../../codec/headers.ts';
import type { RouteAction } from '../../config/schema/types.ts';
import type { FormatInfo } from '../../format/format-context.ts';
import { asciiLower, fromWire, toWire } from '../../platform/wire-text.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterLookup, ClusterRef } from '../../upstream/cluster-ref.ts';
import { type LbMetadata, lbMetadata } from '../../upstream/load-balancers/load-balancer.ts';
import { headerValue } from '../headers/header-matcher.ts';
import type { ClusterSpecifier } from './cluster-specifier.ts';
import type { HashPolicies } from './hash-policy.ts';
import { compileHostRewrite, type HostRewrite, setAuthority } from './host-rewrite.ts';
import { compilePathRewrite, type PathRewrite, rewritePath } from './path-rewrite.ts';
import type { RouteBuild } from './route-context.ts';
import type { RouteMatch } from './route-match.ts';
import { type ConnectSettings, compileUpgrades, type RouteUpgrades } from './route-upgrades.ts';

/** Envoy's default of RouteAction.timeout (route_components.proto), ms. */
const DEFAULT_TIMEOUT_MS = 15_000;

/** RouteAction.ClusterNotFoundResponseCode; SERVICE_UNAVAILABLE is the default. */
const CLUSTER_NOT_FOUND: Readonly<Record<string, number>> = { NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 };

export class Forward {
  private readonly clusters: ClusterLookup;
  /** An extension names it; null for none. */
  private readonly specifier: ClusterSpecifier | null;
  /** Null when the request names the cluster. */
  private readonly ref: ClusterRef | null;
  /** cluster_header: the request header that names the cluster. */
  private readonly clusterHeader: string;
  /** Answer when the cluster is not there: 503 by default. */
  readonly clusterNotFoundStatus: number;
  /** ms from the end of the request to the end of the response; 0 = none. */
  readonly timeoutMs: number;
  /** ms without any byte in either direction; 0 = none; -1 = the connection manager's stream_idle_timeout. */
  readonly idleTimeoutMs: number;
  /** ms a stream may last; -1 = the connection manager's. */
  readonly maxStreamDurationMs: number;
  /** A gRPC request's own grpc-timeout counts, up to this (ms, 0 = any); -1 = it does not. */
  readonly grpcTimeoutHeaderMaxMs: number;
  readonly grpcTimeoutHeaderOffsetMs: number;
  /** The same for the router's timeout (max_grpc_timeout); -1 = not set. */
  readonly maxGrpcTimeoutMs: number;
  readonly grpcTimeoutOffsetMs: number;
  /** 0 DEFAULT, 1 HIGH: which circuit breakers count. */
  readonly priority: 0 | 1;
  /** Null where nothing of a request chooses its host. */
  readonly hashPolicies: HashPolicies | null;
  /** metadata_match: which of a cluster's hosts; null for any. */
  readonly metadataMatch: LbMetadata | null;
  /** The host that is chosen gives its name to the request. */
  readonly autoHostRewrite: boolean;
  private readonly appendForwardedHost: boolean;
  private readonly hostRewrite: HostRewrite | null;
  private readonly pathRewrite: PathRewrite | null;
  /** Null where it says nothing of upgrades. */
  readonly upgrades: RouteUpgrades | null;
  /** Null: a CONNECT goes to the upstream as a request. */
  readonly connect: ConnectSettings | null;
  /** host_rewrite_literal of a weighted cluster: set before what the route itself says about the host; '' for nothing. */
  hostBefore: string;

  /** `metadataAbove`: of the route whose weighted cluster it is. */
  constructor(action: RouteAction, match: RouteMatch, build: RouteBuild, metadataAbove: LbMetadata | null = null) {
    const { clusters } = build;
    this.clusters = clusters;
    const { hashPolicy = [] } = action;
    const { hashes } = build;
    this.hashPolicies =
      hashPolicy.length > 0 && hashes !== null
        ? new hashes(hashPolicy, build.regexes, build.format.clientAddress)
        : null;
    this.metadataMatch = lbMetadata(action.metadataMatch, metadataAbove);
    this.autoHostRewrite = action.autoHostRewrite ?? false;
    this.appendForwardedHost = action.appendXForwardedHost ?? false;
    this.hostRewrite = compileHostRewrite(action, build);
    this.pathRewrite = compilePathRewrite(action, match, build);
    this.hostBefore = '';
    const { upgrades, connect } = compileUpgrades(action);
    this.upgrades = upgrades;
    this.connect = connect;
    this.clusterHeader = asciiLower(toWire(action.clusterHeader ?? ''));
    this.specifier = build.specifiers === null ? null : build.specifiers.of(action);
    const fixed = this.clusterHeader === '' && this.specifier === null;
    this.ref = fixed ? clusters.ref(action.cluster ?? '') : null;
    this.clusterNotFoundStatus = CLUSTER_NOT_FOUND[action.clusterNotFoundResponseCode ?? ''] ?? 503;
    // With max_stream_duration the old timeout is out of play (Envoy: using_new_timeouts).
    const duration = action.maxStreamDuration;
    this.timeoutMs = duration !== undefined ? 0 : (action.timeout ?? DEFAULT_TIMEOUT_MS);
    this.maxStreamDurationMs = duration?.maxStreamDuration ?? -1;
    this.grpcTimeoutHeaderMaxMs = duration?.grpcTimeoutHeaderMax ?? -1;
    this.grpcTimeoutHeaderOffsetMs = duration?.grpcTimeoutHeaderOffset ?? 0;
    this.maxGrpcTimeoutMs = duration !== undefined ? -1 : (action.maxGrpcTimeout ?? -1);
    this.grpcTimeoutOffsetMs = action.grpcTimeoutOffset ?? 0;
    this.idleTimeoutMs = action.idleTimeout ?? -1;
    this.priority = action.priority === 'HIGH' ? 1 : 0;
  }

  /** The cluster a request goes to; null when there is none of that name, or its cluster_header is missing. */
  cluster(headers: Headers): Cluster | null {
    const { ref } = this;
    return ref !== null ? ref.current : (this.clusters.get(this.named(headers)) ?? null);
  }

  /** The same, for a route that has just been found: what names it says it anew. */
  choose(headers: Headers): Cluster | null {
    if (this.specifier !== null) this.specifier.forget(headers);
    return this.cluster(headers);
  }

  /** For logs: what `cluster` looked for. */
  clusterName(headers: Headers): string {
    return this.ref !== null ? this.ref.name : this.named(headers);
  }

  /** Host and path as the upstream is to see them. `keep`: what came stays in x-envoy-original-host and -path. */
  rewrite(h: Headers, keep: boolean, info: FormatInfo): void {
    if (this.hostBefore !== '') h.authority = this.hostBefore;
    if (this.hostRewrite !== null) {
      const host = this.hostRewrite(h, info);
      if (host !== '') setAuthority(h, host, this.appendForwardedHost, keep);
    }
    if (this.pathRewrite !== null) rewritePath(h, this.pathRewrite, keep, info);
  }

  /** auto_host_rewrite, with the name of the host that was chosen. */
  nameHost(h: Headers, hostname: string, keep: boolean): void {
    if (hostname !== '') setAuthority(h, hostname, this.appendForwardedHost, keep);
  }

  private named(headers: Headers): string {
    if (this.specifier !== null) return this.specifier.cluster(headers);
    return fromWire(headerValue(headers, this.clusterHeader) ?? '') ?? '';
  }
}
