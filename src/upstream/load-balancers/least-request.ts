/**
 * LEAST_REQUEST: of `choice_count` hosts taken at random (with replacement) the one with the fewest active requests; with
 * unequal weights an EDF schedule by weight / (active + 1)^bias. Mirrors LeastRequestLoadBalancer
 * (source/common/upstream/load_balancer_impl.{h,cc}).
 */
import type { Host } from '../host.ts';
import type { EdfScheduler } from './edf-scheduler.ts';
import type { HostPicker, Policy } from './host-picker.ts';
import { weightsAreEqual } from './host-picker.ts';
import type { Random } from './load-balancer.ts';
import { startSchedule } from './round-robin.ts';

/** least_request_lb_config.choice_count (api default). */
export const DEFAULT_CHOICE_COUNT = 2;
/** least_request_lb_config.active_request_bias (api default): 0 ignores the load, above 1 exaggerates it. */
export const DEFAULT_ACTIVE_REQUEST_BIAS = 1;

export function leastRequest(random: Random, choiceCount: number, bias: number): Policy {
  const seed = random();
  return { usesHash: false, make: () => new LeastRequestPicker(random, seed, choiceCount, bias) };
}

export function weightByLoad(bias: number): (host: Host) => number {
  if (bias === 1) return (h) => h.weight / (h.stats.rqActive + 1);
  return bias === 0 ? (h) => h.weight : (h) => h.weight / (h.stats.rqActive + 1) ** bias;
}

class LeastRequestPicker implements HostPicker {
  private readonly random: Random;
  private readonly seed: number;
  private readonly choices: number;
  private readonly weightOf: (host: Host) => number;
  private hosts: readonly Host[] = [];
  private schedule: EdfScheduler<Host> | null = null;

  constructor(random: Random, seed: number, choices: number, bias: number) {
    this.random = random;
    this.seed = seed;
    this.choices = choices;
    this.weightOf = weightByLoad(bias);
  }

  setHosts(hosts: readonly Host[]): void {
    this.hosts = hosts;
    this.schedule = weightsAreEqual(hosts) ? null : startSchedule(hosts, this.seed, this.weightOf);
  }

  pick(): Host | null {
    if (this.schedule !== null) return this.schedule.pick(this.weightOf);
    const n = this.hosts.length;
    if (n === 0) return null;
    let best = this.hosts[this.random() % n];
    for (let i = 1; i < this.choices; i++) {
      const other = this.hosts[this.random() % n];
      if (other.stats.rqActive < best.stats.rqActive) best = other;
    }
    return best;
  }
}
