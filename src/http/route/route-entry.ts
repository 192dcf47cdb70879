/** One route: what it matches and what it does. Role of Envoy's RouteEntryImplBase (source/common/router/config_impl.h). */

import type { Headers } from '../../codec/headers.ts';
import type { Route } from '../../config/schema/types.ts';
import { asciiLower, fromWire, toWire } from '../../platform/wire-text.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterLookup, ClusterRef } from '../../upstream/cluster-ref.ts';
import { isGrpcContentType } from '../grpc.ts';
import { HeaderMatcher, headerValue } from '../headers/header-matcher.ts';
import { compileMutations, type HeaderLevel, type HeaderMutations } from '../headers/header-mutations.ts';
import type { RegexCompiler } from '../headers/regex.ts';

/** Envoy's default of RouteAction.timeout (route_components.proto), ms. */
const DEFAULT_TIMEOUT_MS = 15_000;

/** RouteAction.ClusterNotFoundResponseCode; SERVICE_UNAVAILABLE is the default. */
const CLUSTER_NOT_FOUND: Readonly<Record<string, number>> = { NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 };

/** What `kind` says about `text`: the path starts with it, is it, or matches it as a regex. */
export const ROUTE_PREFIX = 0;
export const ROUTE_PATH = 1;
export const ROUTE_REGEX = 2;

const NO_MATCHERS: readonly HeaderMatcher[] = [];

export class RouteEntry {
  readonly name: string;
  private readonly cluster: string;
  /** Resolved with the first request. */
  private ref: ClusterRef | null = null;
  /** cluster_header: the request header that names the cluster; '' when the route does. */
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
  readonly requestMutations: HeaderMutations | null;
  readonly responseMutations: HeaderMutations | null;
  /** ROUTE_PREFIX, ROUTE_PATH or ROUTE_REGEX; read by the route index, as are `text` and `fold`. */
  readonly kind: number;
  /** Wire text, but for a regex; lower-cased when `fold` is set. */
  readonly text: string;
  private readonly pattern: ((path: string) => boolean) | null;
  /** match.case_sensitive is false. */
  readonly fold: boolean;
  private readonly grpc: boolean;
  private readonly headers: readonly HeaderMatcher[];

  /** `above`: virtual host, then route configuration. */
  constructor(
    config: Route,
    regex: RegexCompiler | undefined,
    above: readonly HeaderLevel[] = [],
    mostSpecificWins = false,
  ) {
    const levels = [config, ...above];
    this.requestMutations = compileMutations('request', levels, mostSpecificWins);
    this.responseMutations = compileMutations('response', levels, mostSpecificWins);
    const match = config.match ?? {};
    const action = config.route ?? {};
    this.name = config.name ?? '';
    this.cluster = action.cluster ?? '';
    this.clusterHeader = asciiLower(toWire(action.clusterHeader ?? ''));
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
    this.fold = match.caseSensitive === false;
    this.pattern = null;
    if (match.path !== undefined) {
      this.kind = ROUTE_PATH;
      this.text = toWire(match.path);
    } else if (match.safeRegex !== undefined) {
      this.kind = ROUTE_REGEX;
      this.text = match.safeRegex.regex ?? '';
      if (regex === undefined) throw new Error('a regex was not announced to the route compiler');
      this.pattern = regex(this.text);
    } else {
      this.kind = ROUTE_PREFIX;
      this.text = toWire(match.prefix ?? '');
    }
    if (this.fold && this.kind !== ROUTE_REGEX) this.text = asciiLower(this.text);
    this.grpc = match.grpc !== undefined;
    this.headers = match.headers?.length ? match.headers.map((h) => new HeaderMatcher(h, regex)) : NO_MATCHERS;
  }

  /** The cluster a request goes to; null when there is none of that name, or its cluster_header is missing. */
  findCluster(headers: Headers, clusters: ClusterLookup): Cluster | null {
    if (this.clusterHeader === '') {
      this.ref ??= clusters.ref(this.cluster);
      return this.ref.current;
    }
    return clusters.get(this.named(headers)) ?? null;
  }

  /** For logs: what `findCluster` looked for. */
  clusterName(headers: Headers): string {
    return this.clusterHeader === '' ? this.cluster : this.named(headers);
  }

  private named(headers: Headers): string {
    return fromWire(headerValue(headers, this.clusterHeader) ?? '') ?? '';
  }

  /** `path` is the request's path without query and fragment. */
  matches(path: string, headers: Headers): boolean {
    switch (this.kind) {
      case ROUTE_PREFIX:
        if (!(this.fold ? asciiLower(path) : path).startsWith(this.text)) return false;
        break;
      case ROUTE_PATH:
        if ((this.fold ? asciiLower(path) : path) !== this.text) return false;
        break;
      default:
        if (!this.pattern!(path)) return false;
    }
    if (this.grpc && !isGrpcContentType(headers.get('content-type'))) return false;
    const matchers = this.headers;
    for (let i = 0; i < matchers.length; i++) if (!matchers[i].matches(headers)) return false;
    return true;
  }
}

/** Whether compiling this route needs the regex engine. */
export function routeNeedsRegex(config: Route): boolean {
  if (config.match?.safeRegex !== undefined) return true;
  return (config.match?.headers ?? []).some(
    (h) => h.safeRegexMatch !== undefined || h.stringMatch?.safeRegex !== undefined,
  );
}
