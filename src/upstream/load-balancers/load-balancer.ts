/**
 * The load balancer of a cluster: chooses a priority by load, then lets the policy's picker choose a host of that priority.
 * Mirrors LoadBalancerBase::chooseHostSet / hostSourceToUse and ThreadAwareLoadBalancerBase::chooseHost
 * (source/common/upstream/{load_balancer_impl,thread_aware_lb_impl}.cc).
 */
import type { Counter } from '../../stats/store.ts';
import type { UpstreamHost } from '../host.ts';
import type { HostSet } from '../host-set.ts';
import type { LoadBalancerContext } from '../types.ts';

/** One policy over one list of hosts. Every policy passes test/upstream/load-balancers/conformance.ts. */
export interface HostPicker {
  /** Membership, weights or health changed. Called before the first pick. */
  setHosts(hosts: readonly UpstreamHost[]): void;
  /** Null only when the list is empty. The hash is the request's, or random; only hashing policies look at it. */
  pick(hashHi: number, hashLo: number): UpstreamHost | null;
}

export interface Policy {
  /** A picker looks at the hash. */
  readonly usesHash: boolean;
  /** A new picker for one list. */
  make(): HostPicker;
}

/** A uniform 32-bit unsigned integer. Replaced in tests. */
export type Random = () => number;
export const random32: Random = () => Math.floor(Math.random() * 4294967296);

class PriorityPickers {
  readonly set: HostSet;
  readonly healthy: HostPicker;
  // Made when first needed: most clusters are never in panic and have no degraded host.
  all: HostPicker | null = null;
  degraded: HostPicker | null = null;

  constructor(set: HostSet, policy: Policy) {
    this.set = set;
    this.healthy = policy.make();
  }
}

export class LoadBalancer {
  private readonly policy: Policy;
  private readonly random: Random;
  private readonly healthyPanic: Counter;
  private readonly failOnPanic: boolean;
  private pickers: PriorityPickers[] = [];
  /** Set when everything goes to the healthy hosts of one priority: no priority to choose. */
  private direct: HostPicker | null = null;

  constructor(policy: Policy, random: Random, healthyPanic: Counter, failOnPanic: boolean) {
    this.policy = policy;
    this.random = random;
    this.healthyPanic = healthyPanic;
    this.failOnPanic = failOnPanic;
  }

  /** Loads or hosts changed; `changed` lists the priorities whose hosts did. */
  update(sets: readonly HostSet[], changed: readonly HostSet[]): void {
    for (let i = this.pickers.length; i < sets.length; i++) {
      this.pickers.push(new PriorityPickers(sets[i], this.policy));
      this.pickers[i].healthy.setHosts(sets[i].healthy);
    }
    this.direct = null;
    for (const p of this.pickers) {
      const set = p.set;
      if (changed.includes(set)) {
        p.healthy.setHosts(set.healthy);
        if (p.all !== null) p.all.setHosts(set.hosts);
        if (p.degraded !== null) p.degraded.setHosts(set.degraded);
      }
      if (set.panic && p.all === null) {
        p.all = this.policy.make();
        p.all.setHosts(set.hosts);
      }
      if (set.degradedLoad > 0 && p.degraded === null) {
        p.degraded = this.policy.make();
        p.degraded.setHosts(set.degraded);
      }
      if (set.healthyLoad === 100 && !set.panic) this.direct = p.healthy;
    }
  }

  choose(ctx: LoadBalancerContext | null): UpstreamHost | null {
    if (this.direct !== null && !this.policy.usesHash) return this.direct.pick(0, 0);
    let hi: number;
    let lo: number;
    if (this.policy.usesHash && ctx !== null && ctx.hasHash) {
      hi = ctx.hashHi;
      lo = ctx.hashLo;
    } else {
      hi = this.random();
      lo = this.random();
    }
    return this.direct !== null ? this.direct.pick(hi, lo) : this.pickByPriority(hi, lo);
  }

  private pickByPriority(hi: number, lo: number): UpstreamHost | null {
    const dice = mod64(hi, lo, 100) + 1;
    let sum = 0;
    for (const p of this.pickers) {
      sum += p.set.healthyLoad;
      if (dice <= sum) return this.pickIn(p, p.healthy, hi, lo);
    }
    for (const p of this.pickers) {
      sum += p.set.degradedLoad;
      if (dice <= sum) return this.pickIn(p, p.degraded, hi, lo);
    }
    return null;
  }

  private pickIn(p: PriorityPickers, picker: HostPicker | null, hi: number, lo: number): UpstreamHost | null {
    if (p.set.panic) {
      this.healthyPanic.inc();
      if (this.failOnPanic) return null;
      picker = p.all;
    }
    return picker === null ? null : picker.pick(hi, lo);
  }
}

/** (hi·2³² + lo) mod m, exact for m up to 2²⁰·… as long as m² < 2⁵³. */
export function mod64(hi: number, lo: number, m: number): number {
  return ((hi % m) * (4294967296 % m) + (lo % m)) % m;
}

/** Equal weights need no schedule. */
export function weightsAreEqual(hosts: readonly UpstreamHost[]): boolean {
  for (let i = 1; i < hosts.length; i++) if (hosts[i].weight !== hosts[0].weight) return false;
  return true;
}
