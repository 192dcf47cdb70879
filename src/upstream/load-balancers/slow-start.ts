/**
 * slow_start_config: a host that has just become healthy gets its share little by little. Mirrors EdfLoadBalancerBase
 * (source/extensions/load_balancing_policies/common/load_balancer_impl.cc): while any host is young, hosts are scheduled by weight.
 */
import type { ClusterSlowStartConfig } from '../../config/schema/types.ts';
import { clockMs } from '../../platform/clock.ts';
import { type RuntimeValue, runtimeDouble } from '../../runtime/runtime.ts';
import { FAILED_ACTIVE_HC, HEALTHY } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';
import type { EdfScheduler } from './edf-scheduler.ts';
import { type HostPicker, type Policy, weightsAreEqual } from './host-picker.ts';
import type { Random } from './load-balancer.ts';
import { startSchedule } from './round-robin.ts';

/** slow_start_config.min_weight_percent (api default). */
export const DEFAULT_MIN_WEIGHT_PERCENT = 10;

export class SlowStart {
  private readonly windowMs: number;
  private readonly aggression: RuntimeValue<number>;
  private readonly least: number;
  private readonly clock: () => number;
  /** When the youngest host became healthy. */
  private youngest: number;

  /** `clock`: ms; for tests. */
  constructor(config: ClusterSlowStartConfig, clock: () => number = clockMs) {
    this.windowMs = config.slowStartWindow ?? 0;
    this.aggression = runtimeDouble(config.aggression, 1);
    this.least = (config.minWeightPercent?.value ?? DEFAULT_MIN_WEIGHT_PERCENT) / 100;
    this.clock = clock;
    this.youngest = clock();
  }

  /** Notes who has become healthy. */
  look(set: HostSet): void {
    const now = this.clock();
    for (const h of set.hosts) {
      if ((h.health & FAILED_ACTIVE_HC) !== 0) h.healthySince = 0;
      else if (h.level === HEALTHY && h.healthySince === 0) h.healthySince = now;
      if (h.healthySince > this.youngest) this.youngest = h.healthySince;
    }
  }

  get anyYoung(): boolean {
    return this.clock() - this.youngest <= this.windowMs;
  }

  /** What of its weight a host has now: up to 1. */
  factor(host: Host): number {
    if (host.healthySince === 0 || host.level !== HEALTHY) return 1;
    const age = this.clock() - host.healthySince;
    if (age >= this.windowMs) return 1;
    const { value: aggression } = this.aggression;
    const power = aggression > 0 ? 1 / aggression : 1;
    return Math.max((Math.max(1, Math.floor(age)) / this.windowMs) ** power, this.least);
  }
}

/** `weightOf`: of a host that is not young; asked for when hosts change. */
export function slowStart(
  inner: Policy,
  slow: SlowStart,
  weightOf: () => (host: Host) => number,
  random: Random,
): Policy {
  const seed = random();
  return { usesHash: false, make: (set, level) => new SlowPicker(inner.make(set, level), slow, weightOf, seed, set) };
}

class SlowPicker implements HostPicker {
  private readonly inner: HostPicker;
  private readonly slow: SlowStart;
  private readonly seed: number;
  private readonly set: HostSet;
  private readonly plainWeight: () => (host: Host) => number;
  private weightOf: (host: Host) => number = () => 0;
  private schedule: EdfScheduler<Host> | null = null;

  constructor(inner: HostPicker, slow: SlowStart, weightOf: () => (h: Host) => number, seed: number, set: HostSet) {
    this.inner = inner;
    this.slow = slow;
    this.seed = seed;
    this.set = set;
    this.plainWeight = weightOf;
  }

  setHosts(hosts: readonly Host[]): void {
    this.inner.setHosts(hosts);
    const { slow } = this;
    const weightOf = this.plainWeight();
    this.weightOf = (h) => weightOf(h) * slow.factor(h);
    this.slow.look(this.set);
    const plain = hosts.length < 2 || (weightsAreEqual(hosts) && !this.slow.anyYoung);
    this.schedule = plain ? null : startSchedule(hosts, this.seed, this.weightOf);
  }

  pick(hashHi: number, hashLo: number): Host | null {
    return this.schedule === null ? this.inner.pick(hashHi, hashLo) : this.schedule.pick(this.weightOf);
  }
}
