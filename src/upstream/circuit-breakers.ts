/**
 * Circuit breakers of a cluster, one set per route priority. Mirrors ResourceManagerImpl
 * (source/common/upstream/resource_manager_impl.h); counts belong to this event loop.
 */

import { refuse } from '../config/refusal.ts';
import type { CircuitBreakers, CircuitBreakersThresholds } from '../config/schema/types.ts';
import { type Roll, rollOf } from '../stats/roll.ts';
import type { Gauge, Scope } from '../stats/store.ts';

/** One circuit breaker: `canCreate` is false: overflow. */
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
  /** HTTP pools of its hosts; counted where max_connection_pools is set (pools/limited-pools.ts). */
  readonly pools: Resource;
  /** Of one host, beside what its cluster may have; a host that has none gets one in any case. */
  readonly connectionsPerHost: number;
}

/** api/envoy/config/cluster/v3/circuit_breaker.proto: defaults of the thresholds. */
export const DEFAULT_MAX_CONNECTIONS = 1024;
export const DEFAULT_MAX_PENDING_REQUESTS = 1024;
export const DEFAULT_MAX_REQUESTS = 1024;
export const DEFAULT_MAX_RETRIES = 3;
/** Defaults of a retry_budget that is present: percent of active requests, and the floor. */
const DEFAULT_BUDGET_PERCENT = 20;
const DEFAULT_MIN_RETRY_CONCURRENCY = 3;
/** Envoy shows UINT64_MAX for an unlimited number of pools; this is the nearest number there is. */
const UNLIMITED = 2 ** 64;

class Limit implements Resource {
  readonly max: number;
  count = 0;
  private readonly open: Gauge;
  private readonly remaining: Gauge | null;

  constructor(max: number, open: Gauge, remaining: Gauge | null) {
    this.max = max;
    this.open = open;
    this.remaining = remaining;
    if (remaining !== null) remaining.set(max);
  }
  canCreate(): boolean {
    return this.count < this.max;
  }
  inc(): void {
    if (++this.count >= this.max) this.open.set(1);
    if (this.remaining !== null) this.remaining.set(Math.max(0, this.max - this.count));
  }
  dec(): void {
    if (--this.count === this.max - 1) this.open.set(0);
    if (this.remaining !== null) this.remaining.set(Math.max(0, this.max - this.count));
  }
}

/** Retries allowed as a share of what is running, instead of a fixed number. Shows no remaining_retries. */
class RetryBudget implements Resource {
  count = 0;
  private readonly share: number;
  private readonly floor: number;
  private readonly requests: Resource;
  private readonly pending: Resource;

  constructor(percent: number, floor: number, requests: Resource, pending: Resource) {
    this.share = percent / 100;
    this.floor = floor;
    this.requests = requests;
    this.pending = pending;
  }
  get max(): number {
    return Math.max(Math.floor(this.share * (this.requests.count + this.pending.count)), this.floor);
  }
  canCreate(): boolean {
    return this.count < this.max;
  }
  inc(): void {
    this.count++;
  }
  dec(): void {
    this.count--;
  }
}

const PRIORITIES: readonly string[] = ['DEFAULT', 'HIGH'];

function scopeOf(cluster: Scope, priority: string): Scope {
  return cluster.scope(`circuit_breakers.${priority.toLowerCase()}.`);
}

let names: Roll | null = null;

/** What they show is there before they are. */
export function announceResources(cluster: Scope): void {
  names ??= rollOf((scope) => makeManager({}, scope, 0));
  for (const priority of PRIORITIES) scopeOf(cluster, priority).announce(names);
}

/** Before they are used: what remains is shown from the start, and what hosts may have can be wrong. */
export function mustBeMade(breakers: CircuitBreakers | undefined): boolean {
  if (breakers === undefined) return false;
  const { thresholds = [], perHostThresholds = [] } = breakers;
  return perHostThresholds.length > 0 || thresholds.some((t) => t.trackRemaining === true);
}

/** Both priorities. The first threshold of a priority wins, as in Envoy. */
export function makeResources(
  thresholds: readonly CircuitBreakersThresholds[] | undefined,
  clusterScope: Scope,
  perHost: readonly CircuitBreakersThresholds[] = [],
): [ResourceManager, ResourceManager] {
  const of = (priority: string): ResourceManager => {
    const t = thresholds?.find((c) => (c.priority ?? 'DEFAULT') === priority);
    const host = perHost.find((c) => (c.priority ?? 'DEFAULT') === priority) ?? {};
    return makeManager(t ?? {}, scopeOf(clusterScope, priority), hostLimit(host));
  };
  return [of('DEFAULT'), of('HIGH')];
}

/** per_host_thresholds. Throws Envoy's sentence for what hosts have no limit of. */
function hostLimit(t: CircuitBreakersThresholds): number {
  const { maxPendingRequests, maxRequests, maxRetries, maxConnectionPools, retryBudget } = t;
  const others = [maxPendingRequests, maxRequests, maxRetries, maxConnectionPools, retryBudget];
  if (others.some((field) => field !== undefined)) refuse(t, '', 'Unsupported field in per_host_thresholds');
  return t.maxConnections ?? Number.POSITIVE_INFINITY;
}

function makeManager(t: CircuitBreakersThresholds, scope: Scope, connectionsPerHost: number): ResourceManager {
  const tracked = (name: string): Gauge | null => (t.trackRemaining === true ? scope.gauge(name) : null);
  const limit = (max: number, open: string, remaining: string): Resource =>
    new Limit(max, scope.gauge(open), tracked(remaining));
  const connections = limit(t.maxConnections ?? DEFAULT_MAX_CONNECTIONS, 'cx_open', 'remaining_cx');
  const pending = limit(t.maxPendingRequests ?? DEFAULT_MAX_PENDING_REQUESTS, 'rq_pending_open', 'remaining_pending');
  const requests = limit(t.maxRequests ?? DEFAULT_MAX_REQUESTS, 'rq_open', 'remaining_rq');
  const budget = t.retryBudget;
  const fixed = limit(t.maxRetries ?? DEFAULT_MAX_RETRIES, 'rq_retry_open', 'remaining_retries');
  const retries =
    budget === undefined
      ? fixed
      : new RetryBudget(
          budget.budgetPercent?.value ?? DEFAULT_BUDGET_PERCENT,
          budget.minRetryConcurrency ?? DEFAULT_MIN_RETRY_CONCURRENCY,
          requests,
          pending,
        );
  const pools = limit(t.maxConnectionPools ?? UNLIMITED, 'cx_pool_open', 'remaining_cx_pools');
  return { connections, pending, requests, retries, pools, connectionsPerHost };
}
