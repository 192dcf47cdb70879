/**
 * ROUND_ROBIN: each list is walked from a random start, so that many proxies do not all begin with the same host; unequal
 * weights go through an EDF schedule. Mirrors RoundRobinLoadBalancer and EdfLoadBalancerBase::refresh
 * (source/common/upstream/load_balancer_impl.{h,cc}).
 */
import type { Host } from '../host.ts';
import { EdfScheduler } from './edf-scheduler.ts';
import type { HostPicker, Policy } from './host-picker.ts';
import { weightsAreEqual } from './host-picker.ts';
import type { Random } from './load-balancer.ts';

/** Keeps the index a small integer. */
const INDEX_MASK = 0x3fffffff;

export function roundRobin(random: Random): Policy {
  const seed = random();
  return { usesHash: false, make: () => new RoundRobinPicker(seed) };
}

class RoundRobinPicker implements HostPicker {
  private readonly seed: number;
  private hosts: readonly Host[] = [];
  /** Survives membership changes. */
  private index: number;
  private schedule: EdfScheduler<Host> | null = null;

  constructor(seed: number) {
    this.seed = seed;
    this.index = seed & INDEX_MASK;
  }

  setHosts(hosts: readonly Host[]): void {
    this.hosts = hosts;
    this.schedule = weightsAreEqual(hosts) ? null : startSchedule(hosts, this.seed, weightOf);
  }

  pick(): Host | null {
    if (this.schedule !== null) return this.schedule.pick(weightOf);
    const n = this.hosts.length;
    if (n === 0) return null;
    const i = this.index;
    this.index = (i + 1) & INDEX_MASK;
    return this.hosts[i % n];
  }
}

export function weightOf(host: Host): number {
  return host.weight;
}

/** A schedule that has already made `seed % n` picks: the random start of the weighted case. */
export function startSchedule(
  hosts: readonly Host[],
  seed: number,
  weight: (host: Host) => number,
): EdfScheduler<Host> {
  const schedule = new EdfScheduler<Host>();
  for (const host of hosts) schedule.add(host, weight(host));
  for (let i = seed % hosts.length; i > 0; i--) schedule.pick(weight);
  return schedule;
}
