/** Which hosts and priorities a further try keeps away from: retry_host_predicate and retry_priority (source/extensions/retry). */

import type { Host } from '../../upstream/host.ts';
import type { LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import type { HostPredicates, RetrySettings } from '../route/retry-policy.ts';

/** What the choice of a host for a further try depends on. One a request that is tried again. */
export class RetryHosts implements LoadBalancerContext {
  hasHash = false;
  hashHi = 0;
  hashLo = 0;
  readonly tries: number;
  private readonly predicates: HostPredicates | null;
  private readonly updateFrequency: number;
  private readonly tried: Host[] = [];
  /** Of the tries since all priorities were there again. */
  private priorities: number[] = [];

  constructor(settings: RetrySettings) {
    this.tries = settings.hostSelectionMaxAttempts;
    this.predicates = settings.hosts;
    this.updateFrequency = settings.priorityUpdateFrequency;
  }

  /** The choice to come, with the request's `hash`. The first one is like any other's. */
  with(hash: LoadBalancerContext | null): LoadBalancerContext | null {
    if (this.tried.length === 0) return hash;
    this.hasHash = hash?.hasHash ?? false;
    this.hashHi = hash?.hashHi ?? 0;
    this.hashLo = hash?.hashLo ?? 0;
    return this;
  }
  /** A try goes there. */
  note(host: Host): void {
    this.tried.push(host);
    this.priorities.push(host.priority);
  }

  another(host: Host): boolean {
    const p = this.predicates;
    if (p === null) return false;
    if (p.canary && host.canary) return true;
    if (p.previous && this.tried.some((t) => t.address.text === host.address.text)) return true;
    return p.metadata.some((wanted) => hasAll(host, wanted));
  }

  get leftOut(): ReadonlySet<number> | null {
    const n = this.updateFrequency;
    const count = this.priorities.length;
    return n === 0 || count < n ? null : new Set(this.priorities.slice(0, count - (count % n)));
  }
  nothingLeft(): void {
    this.priorities = [];
  }
}

function hasAll(host: Host, wanted: Readonly<Record<string, unknown>>): boolean {
  const lb = host.metadata?.filterMetadata?.get('envoy.lb');
  if (lb === undefined) return false;
  return Object.entries(wanted).every(([key, value]) => same((lb as Record<string, unknown>)[key], value));
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
