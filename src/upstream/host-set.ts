/**
 * The hosts of one priority, split by health, and how load is shared between priorities: Envoy's rules for spilling to the
 * next priority, overprovisioning and panic (source/common/upstream/load_balancer_impl.cc, docs arch_overview/upstream/load_balancing).
 */
import type { UpstreamHost } from './host.ts';

/** ClusterLoadAssignment.Policy.overprovisioning_factor, in percent: a priority counts as full with 1/1.4 = 72 % healthy hosts. */
export const DEFAULT_OVERPROVISIONING = 140;
/** common_lb_config.healthy_panic_threshold, percent. */
export const DEFAULT_PANIC_THRESHOLD = 50;

export class HostSet {
  readonly priority: number;
  hosts: readonly UpstreamHost[] = [];
  healthy: readonly UpstreamHost[] = [];
  degraded: readonly UpstreamHost[] = [];
  overprovisioning = DEFAULT_OVERPROVISIONING;
  /** Too few hosts are healthy: balance over all of them rather than drown the rest. */
  panic = false;
  /** Share of the traffic, percent. Over all priorities and both kinds the sum is 100. */
  healthyLoad = 0;
  degradedLoad = 0;

  constructor(priority: number) {
    this.priority = priority;
  }

  /** Call with the same list after a host's health changed. */
  setHosts(hosts: readonly UpstreamHost[]): void {
    this.hosts = hosts;
    let healthy = 0;
    for (let i = 0; i < hosts.length; i++) if (hosts[i].healthy) healthy++;
    // The usual case shares one array.
    this.healthy = healthy === hosts.length ? hosts : hosts.filter((h) => h.healthy);
    this.degraded = healthy === hosts.length ? [] : hosts.filter((h) => h.degraded && !h.healthy);
  }
}

/** Recompute load and panic of every priority. `panicThreshold`: percent, 0 switches panic off. */
export function shareLoad(sets: readonly HostSet[], panicThreshold: number): void {
  const n = sets.length;
  const healthy = sets.map((s) => availability(s, s.healthy.length));
  const degraded = sets.map((s) => availability(s, s.degraded.length));
  let total = 0;
  for (let i = 0; i < n; i++) total += healthy[i] + degraded[i];
  total = Math.min(100, total);

  let left = 100;
  let first = -1;
  let firstDegraded = -1;
  for (const s of sets) {
    s.healthyLoad = 0;
    s.degradedLoad = 0;
    s.panic = false;
  }
  if (total > 0) {
    for (let i = 0; i < n; i++) {
      if (first < 0 && healthy[i] > 0) first = i;
      sets[i].healthyLoad = Math.min(left, Math.floor((healthy[i] * 100) / total));
      left -= sets[i].healthyLoad;
    }
    for (let i = 0; i < n; i++) {
      if (firstDegraded < 0 && degraded[i] > 0) firstDegraded = i;
      sets[i].degradedLoad = Math.min(left, Math.floor((degraded[i] * 100) / total));
      left -= sets[i].degradedLoad;
    }
    // Rounding leftovers go to the first priority that has anything.
    if (left > 0) {
      if (first >= 0) sets[first].healthyLoad += left;
      else sets[firstDegraded].degradedLoad += left;
    }
  }

  if (panicThreshold === 0 && total === 0) {
    sets[0].healthyLoad = 100;
    return;
  }
  let totalPanic = true;
  for (const s of sets) {
    s.panic = total < 100 && percent(s, s.healthy.length) + percent(s, s.degraded.length) < panicThreshold;
    totalPanic &&= s.panic;
  }
  if (totalPanic) shareInTotalPanic(sets);
}

/** Every priority is in panic: load follows the number of hosts, whatever their health. */
function shareInTotalPanic(sets: readonly HostSet[]): void {
  let count = 0;
  for (const s of sets) count += s.hosts.length;
  if (count === 0) {
    sets[0].healthyLoad = 100;
    return;
  }
  let left = 100;
  let first: HostSet | null = null;
  for (const s of sets) {
    if (first === null && s.hosts.length > 0) first = s;
    s.healthyLoad = Math.floor((100 * s.hosts.length) / count);
    s.degradedLoad = 0;
    left -= s.healthyLoad;
  }
  if (first !== null) first.healthyLoad += left;
}

function availability(s: HostSet, count: number): number {
  const all = s.hosts.length;
  return all === 0 ? 0 : Math.min(100, Math.floor((s.overprovisioning * count) / all));
}

function percent(s: HostSet, count: number): number {
  const all = s.hosts.length;
  return all === 0 ? 0 : (100 * count) / all;
}
