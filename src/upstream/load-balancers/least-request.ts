/**
 * LEAST_REQUEST: of `choice_count` hosts taken at random (with replacement) the one with the fewest active requests; with
 * unequal weights an EDF schedule by weight / (active + 1)^bias. Mirrors LeastRequestLoadBalancer
 * (source/common/upstream/load_balancer_impl.{h,cc}).
 */
import type { RuntimeValue } from '../../runtime/runtime.ts';
import type { Host } from '../host.ts';
import type { EdfScheduler } from './edf-scheduler.ts';
import type { HostPicker, Policy } from './host-picker.ts';
import { weightsAreEqual } from './host-picker.ts';
import type { Random } from './load-balancer.ts';
import { startSchedule, weightOf } from './round-robin.ts';

/** least_request_lb_config.choice_count (api default). */
export const DEFAULT_CHOICE_COUNT = 2;
/** least_request_lb_config.active_request_bias (api default): 0 ignores the load, above 1 exaggerates it. */
export const DEFAULT_ACTIVE_REQUEST_BIAS = 1;

/** `bias`: read when hosts change, as Envoy does. */
export function leastRequest(random: Random, choiceCount: number, bias: RuntimeValue<number>): Policy {
  const seed = random();
  return { usesHash: false, make: () => new LeastRequestPicker(random, seed, choiceCount, bias) };
}

function perLoad(h: Host): number {
  return h.weight / (h.stats.rqActive + 1);
}

export function weightByLoad(bias: number): (host: Host) => number {
  // One that is below 0 is none (LeastRequestLoadBalancer::refresh).
  if (bias === 1 || !(bias >= 0)) return perLoad;
  return bias === 0 ? weightOf : (h) => h.weight / (h.stats.rqActive + 1) ** bias;
}

/** Where weights are unequal, hosts are scheduled by weight and load. */
export abstract class LoadPicker implements HostPicker {
  protected readonly random: Random;
  private readonly seed: number;
  private readonly bias: RuntimeValue<number>;
  protected weightOf: (host: Host) => number;
  protected hosts: readonly Host[] = [];
  protected schedule: EdfScheduler<Host> | null = null;

  constructor(random: Random, seed: number, bias: RuntimeValue<number>) {
    this.random = random;
    this.seed = seed;
    this.bias = bias;
    this.weightOf = weightByLoad(bias.value);
  }

  setHosts(hosts: readonly Host[]): void {
    this.hosts = hosts;
    this.weightOf = weightByLoad(this.bias.value);
    this.schedule = weightsAreEqual(hosts) ? null : startSchedule(hosts, this.seed, this.weightOf);
  }

  abstract pick(): Host | null;
}

class LeastRequestPicker extends LoadPicker {
  private readonly choices: number;

  constructor(random: Random, seed: number, choices: number, bias: RuntimeValue<number>) {
    super(random, seed, bias);
    this.choices = choices;
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
