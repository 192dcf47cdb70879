/**
 * What chooses a host of a cluster. A cluster has one: by priority (priority-balancer.ts), by subset, or its type's own. Roles of
 * Envoy's LoadBalancer and LoadBalancerContext (envoy/upstream/load_balancer.h).
 */

import type { Headers } from '../../codec/headers.ts';
import type { Metadata } from '../../config/schema/types.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';

/** Values by key, as protobuf's Struct has them. */
export type LbMetadata = Readonly<Record<string, unknown>>;

/** metadata_match: its `envoy.lb`, over what stands `above` it; null for nothing. */
export function lbMetadata(match: Metadata | undefined, above: LbMetadata | null = null): LbMetadata | null {
  const own = match?.filterMetadata?.get('envoy.lb');
  return own === undefined || above === null ? (own ?? above) : { ...above, ...own };
}

/** What a choice may depend on. Whoever sends a request implements it itself, so that a choice makes no object; what it leaves out is not there. */
export interface LoadBalancerContext {
  readonly hasHash: boolean;
  /** 64-bit hash as two unsigned 32-bit halves: no BigInt on the data path. */
  readonly hashHi: number;
  readonly hashLo: number;
  /** `envoy.lb` of the route and the request: which subset. The route's own is the same object for every request. */
  readonly metadata?: LbMetadata | null;
  /** The request's, as it goes upstream. */
  readonly headers?: Headers | null;
  /** The downstream's. */
  readonly connection?: Connection | null;
  /** What filters have said of the request under a namespace. */
  dynamicMetadata?(namespace: string): LbMetadata | undefined;
  /** Of the request; for balancers that look at it (usesRequest). */
  filterState?(name: string): unknown;
  /** For the same: kept with the request, and told to its log. */
  setFilterState?(name: string, value: unknown): void;
  addMetadata?(namespace: string, values: LbMetadata): void;
  /** The priority, and whether its degraded hosts; absent: by load. */
  readonly onlyPriority?: number;
  readonly onlyDegraded?: boolean;
  /** A try asks for another host than this one (retry_host_predicate). */
  another?(host: Host): boolean;
  /** How often `another` may say so (host_selection_retry_max_attempts). */
  readonly tries?: number;
  /** Priorities that a further try keeps away from (retry_priority); null for none. */
  readonly leftOut?: ReadonlySet<number> | null;
  /** Nothing is left but those: all are there again. */
  nothingLeft?(): void;
  /** `ip:port` that is taken when it is a host of the cluster and not unhealthy. */
  readonly override?: string | null;
  /** … and no other host when it is not. */
  readonly strict?: boolean;
}

export interface LoadBalancer {
  /** It looks at the context's hash: computing one is worth it. */
  readonly usesHash: boolean;
  /** Where there is one host, and it is healthy, it is the one. */
  readonly takesTheOnly?: boolean;
  /** It looks at the context's metadata. */
  readonly usesMetadata?: boolean;
  /** … at its headers, its connection and what filters have said of it. */
  readonly usesRequest?: boolean;
  /** The hash is the slot of a Redis Cluster, and `hashHi` the read policy (redis-slots.ts). */
  readonly hashesSlots?: boolean;
  /** Of such a cluster: the primaries. */
  readonly shards?: readonly Host[];
  /** Hosts, health or weights of the `changed` priorities are other ones. Called with all of them before the first choice. */
  update(sets: readonly HostSet[], changed: readonly HostSet[]): void;
  /** Null when there is no host to be had. */
  choose(ctx: LoadBalancerContext | null): Host | null;
  /** The host may be taken for being asked for by its address; absent: unless it is unhealthy. */
  mayOverride?: (host: Host) => boolean;
  /** Its cluster is no more: what it watches it watches no longer. */
  retire?: () => void;
}

/** A uniform 32-bit unsigned integer. Replaced in tests. */
export type Random = () => number;
export const random32: Random = () => Math.floor(Math.random() * 4294967296);
