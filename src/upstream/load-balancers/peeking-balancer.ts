/**
 * Says who is next before it is their turn, so that a connection can be made there: for `predictive_preconnect_ratio`. Who was peeked is
 * chosen before anybody else. Mirrors peekAnotherHost of Envoy's balancers (source/extensions/load_balancing_policies/common/load_balancer_impl.cc).
 */
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';
import type { LoadBalancer, LoadBalancerContext } from './load-balancer.ts';

export class PeekingBalancer implements LoadBalancer {
  readonly usesHash = false;
  /** The only host is peeked too. */
  readonly takesTheOnly = false;
  mayOverride?: (host: Host) => boolean;
  private readonly inner: LoadBalancer;
  /** Of LEAST_REQUEST only those with different weights are in an order that stays (EdfLoadBalancerBase). */
  private readonly onlyWeighted: boolean;
  private readonly next: Host[] = [];
  /** Peeked at most so many. */
  private limit = 0;

  constructor(inner: LoadBalancer, onlyWeighted: boolean) {
    this.inner = inner;
    this.onlyWeighted = onlyWeighted;
    if (inner.mayOverride !== undefined) this.mayOverride = inner.mayOverride;
  }

  update(sets: readonly HostSet[], changed: readonly HostSet[]): void {
    this.inner.update(sets, changed);
    this.next.length = 0;
    this.limit = 0;
    const weights = new Set<number>();
    for (const set of sets) {
      this.limit += set.healthy.length;
      for (const h of set.hosts) weights.add(h.weight);
    }
    if (this.onlyWeighted && weights.size < 2) this.limit = 0;
  }

  retire(): void {
    this.inner.retire?.();
  }

  /** Null when as many were peeked as are healthy. */
  peek(): Host | null {
    if (this.next.length >= this.limit) return null;
    const host = this.inner.choose(null);
    if (host !== null) this.next.push(host);
    return host;
  }

  choose(ctx: LoadBalancerContext | null): Host | null {
    const first = this.next[0];
    if (first === undefined || ctx?.another?.(first) === true) return this.inner.choose(ctx);
    this.next.shift();
    return first;
  }
}
