/**
 * The usual balancer: chooses a priority by load, then lets the policy's picker choose a host of that priority. Mirrors
 * LoadBalancerBase::chooseHostSet / hostSourceToUse and ThreadAwareLoadBalancerBase::chooseHost
 * (source/common/upstream/{load_balancer_impl,thread_aware_lb_impl}.cc).
 */
import type { Cluster as ClusterMessage } from '../../config/schema/types.ts';
import { uintByKey } from '../../runtime/runtime.ts';
import type { ClusterStats } from '../cluster-stats.ts';
import { DEGRADED, HEALTHY } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import { availability, DEFAULT_PANIC_THRESHOLD, type HostSet, shareLoad } from '../priority-set.ts';
import { type HostPicker, mod64, type Policy } from './host-picker.ts';
import type { LoadBalancer, LoadBalancerContext, Random } from './load-balancer.ts';

class PriorityPickers {
  readonly set: HostSet;
  readonly healthy: HostPicker;
  // Made when first needed: most clusters are never in panic and have no degraded host.
  all: HostPicker | null = null;
  degraded: HostPicker | null = null;

  constructor(set: HostSet, policy: Policy) {
    this.set = set;
    this.healthy = policy.make(set, HEALTHY);
  }
}

/** Made when it counts first: cluster-info.ts. */
export interface CountsPanic {
  readonly stats: Pick<ClusterStats, 'lbHealthyPanic'>;
}

export interface PriorityBalancerSettings {
  /** Percent; 0 switches panic off. */
  readonly panicThreshold: number;
  /** zone_aware_lb_config.fail_traffic_on_panic. */
  readonly failOnPanic: boolean;
}

/** Of the cluster's common_lb_config. Envoy rounds the percentage to an integer. */
export function panicOf(
  { commonLbConfig: common }: ClusterMessage,
  failOnPanic = common?.zoneAwareLbConfig?.failTrafficOnPanic === true,
): PriorityBalancerSettings {
  const said = Math.round(common?.healthyPanicThreshold?.value ?? DEFAULT_PANIC_THRESHOLD);
  const threshold = uintByKey('upstream.healthy_panic_threshold', said);
  return {
    get panicThreshold(): number {
      return Math.min(100, threshold.value);
    },
    failOnPanic,
  };
}

export class PriorityBalancer implements LoadBalancer {
  readonly usesHash: boolean;
  takesTheOnly: boolean;
  private readonly policy: Policy;
  private readonly random: Random;
  private readonly info: CountsPanic;
  private readonly settings: PriorityBalancerSettings;
  private readonly pickers: PriorityPickers[] = [];
  /** Set when everything goes to the healthy hosts of one priority: no priority to choose. */
  private direct: HostPicker | null = null;

  constructor(policy: Policy, random: Random, info: CountsPanic, settings: PriorityBalancerSettings) {
    this.usesHash = policy.usesHash;
    this.takesTheOnly = true;
    this.policy = policy;
    this.random = random;
    this.info = info;
    this.settings = settings;
  }

  update(sets: readonly HostSet[], changed: readonly HostSet[]): void {
    shareLoad(sets, this.settings.panicThreshold);
    for (let i = this.pickers.length; i < sets.length; i++) {
      this.pickers.push(new PriorityPickers(sets[i], this.policy));
      if (!changed.includes(sets[i])) this.pickers[i].healthy.setHosts(sets[i].healthy);
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
        p.all = this.policy.make(set, null);
        p.all.setHosts(set.hosts);
      }
      if (set.degradedLoad > 0 && p.degraded === null) {
        p.degraded = this.policy.make(set, DEGRADED);
        p.degraded.setHosts(set.degraded);
      }
      if (set.healthyLoad === 100 && !set.panic) this.direct = p.healthy;
    }
  }

  choose(ctx: LoadBalancerContext | null): Host | null {
    if (ctx !== null && (ctx.another !== undefined || ctx.onlyPriority !== undefined)) return this.chooseAnother(ctx);
    if (this.direct !== null && !this.usesHash) return this.direct.pick(0, 0);
    return this.chooseOnce(ctx, 0);
  }

  /** Hosts are drawn until the request takes one; the last one drawn is it in any case. */
  private chooseAnother(ctx: LoadBalancerContext): Host | null {
    const tries = ctx.tries ?? 0;
    for (let attempt = 0; ; attempt++) {
      const host = this.chooseOnce(ctx, attempt);
      if (host === null || attempt >= tries || ctx.another?.(host) !== true) return host;
    }
  }

  private chooseOnce(ctx: LoadBalancerContext | null, attempt: number): Host | null {
    let hi: number;
    let lo: number;
    if (this.usesHash && ctx !== null && ctx.hasHash) {
      hi = ctx.hashHi;
      lo = ctx.hashLo;
    } else {
      hi = this.random();
      lo = this.random();
    }
    if (ctx !== null && ctx.onlyPriority !== undefined) return this.pickOnly(ctx, hi, lo, attempt);
    const leftOut = ctx === null ? undefined : ctx.leftOut;
    if (leftOut !== undefined && leftOut !== null) {
      const host = this.pickElsewhere(leftOut, hi, lo, attempt);
      if (host !== null) return host;
      ctx?.nothingLeft?.();
    }
    return this.direct !== null ? pickAt(this.direct, hi, lo, attempt) : this.pickByPriority(hi, lo, attempt);
  }

  /**
   * Among the other priorities, the lower ones first, each by what it can take (PreviousPrioritiesRetryPriority::adjustForAttemptedPriorities).
   */
  private pickElsewhere(leftOut: ReadonlySet<number>, hi: number, lo: number, attempt: number): Host | null {
    const { pickers } = this;
    const able: number[] = [];
    for (const { set } of pickers) able.push(leftOut.has(set.priority) ? 0 : availability(set, set.healthy));
    for (const { set } of pickers) able.push(leftOut.has(set.priority) ? 0 : availability(set, set.degraded));
    const total = Math.min(
      able.reduce((sum, n) => sum + n, 0),
      100,
    );
    if (total === 0) return null;
    const loads = able.map(() => 0);
    // What rounding leaves goes round again.
    for (let left = 100; left > 0; ) {
      for (let i = 0; i < able.length; i++) {
        const more = Math.min(left, Math.floor((able[i] * 100) / total));
        loads[i] += more;
        left -= more;
      }
    }
    const dice = mod64(hi, lo, 100) + 1;
    let sum = 0;
    for (let i = 0; i < loads.length; i++) {
      sum += loads[i];
      if (dice > sum) continue;
      const p = pickers[i % pickers.length];
      return this.pickIn(p, i < pickers.length ? p.healthy : p.degraded, hi, lo, attempt);
    }
    return null;
  }

  private pickOnly(
    { onlyPriority, onlyDegraded }: LoadBalancerContext,
    hi: number,
    lo: number,
    attempt: number,
  ): Host | null {
    const p = this.pickers[onlyPriority as number];
    if (p === undefined) return null;
    if (onlyDegraded === true && p.degraded === null) {
      p.degraded = this.policy.make(p.set, DEGRADED);
      p.degraded.setHosts(p.set.degraded);
    }
    return this.pickIn(p, onlyDegraded === true ? p.degraded : p.healthy, hi, lo, attempt);
  }

  private pickByPriority(hi: number, lo: number, attempt: number): Host | null {
    const dice = mod64(hi, lo, 100) + 1;
    let sum = 0;
    for (const p of this.pickers) {
      sum += p.set.healthyLoad;
      if (dice <= sum) return this.pickIn(p, p.healthy, hi, lo, attempt);
    }
    for (const p of this.pickers) {
      sum += p.set.degradedLoad;
      if (dice <= sum) return this.pickIn(p, p.degraded, hi, lo, attempt);
    }
    return null;
  }

  private pickIn(p: PriorityPickers, picker: HostPicker | null, hi: number, lo: number, attempt: number): Host | null {
    if (p.set.panic) {
      this.info.stats.lbHealthyPanic.inc();
      if (this.settings.failOnPanic) return null;
      picker = p.all;
    }
    return picker === null ? null : pickAt(picker, hi, lo, attempt);
  }
}

/** The same hash gives the same host: a further attempt looks elsewhere (hash ^ -attempt, MaglevTable::chooseHost). */
function pickAt(picker: HostPicker, hi: number, lo: number, attempt: number): Host | null {
  if (attempt === 0) return picker.pick(hi, lo);
  if (picker.pickAgain !== undefined) return picker.pickAgain(hi, lo, attempt);
  return picker.pick(~hi >>> 0, (lo ^ -attempt) >>> 0);
}
