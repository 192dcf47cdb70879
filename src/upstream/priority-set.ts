/**
 * The hosts of a cluster by priority, split by health and by locality, and how load is shared between priorities: Envoy's rules for
 * spilling to the next priority, overprovisioning and panic (source/common/upstream/{upstream_impl,load_balancer_impl}.cc, docs
 * arch_overview/upstream/load_balancing).
 */
import type { Locality } from './endpoint.ts';
import { DEGRADED, HEALTHY, isExcluded } from './health/health-flags.ts';
import type { Host } from './host.ts';

/** ClusterLoadAssignment.Policy.overprovisioning_factor, in percent: a priority counts as full with 1/1.4 = 72 % healthy hosts. */
export const DEFAULT_OVERPROVISIONING = 140;
/** common_lb_config.healthy_panic_threshold, percent. */
export const DEFAULT_PANIC_THRESHOLD = 50;

export interface LocalityHosts {
  readonly locality: Locality;
  /** 0: none given. */
  readonly weight: number;
  readonly hosts: readonly Host[];
}

const NO_HOSTS: readonly Host[] = [];
const NO_LOCALITIES: readonly LocalityHosts[] = [];

export class HostSet {
  readonly priority: number;
  overprovisioning: number;
  hosts: readonly Host[] = NO_HOSTS;
  healthy: readonly Host[] = NO_HOSTS;
  degraded: readonly Host[] = NO_HOSTS;
  /** Hosts that count neither as healthy nor as missing: those the config says are draining, those not checked yet. */
  excluded = 0;
  /** The same hosts by place, in the order of region, zone and sub-zone. */
  localities: readonly LocalityHosts[] = NO_LOCALITIES;
  /** Their weights may count; not in a subset that is not `locality_weight_aware`. */
  weighsLocalities = true;
  /** Too few hosts are healthy: balance over all of them rather than drown the rest. */
  panic = false;
  /** Share of the traffic, percent. Over all priorities and both kinds the sum is 100. */
  healthyLoad = 0;
  degradedLoad = 0;

  /** weighted_priority_health: what of it is healthy is told by weights, not by the number of hosts. */
  weighsHealth: boolean;

  constructor(priority: number, overprovisioning = DEFAULT_OVERPROVISIONING, weighsHealth = false) {
    this.priority = priority;
    this.overprovisioning = overprovisioning;
    this.weighsHealth = weighsHealth;
  }

  setHosts(hosts: readonly Host[], localities: readonly LocalityHosts[]): void {
    this.hosts = hosts;
    this.localities = localities;
    this.refresh();
  }

  /** Call after a host's health changed. */
  refresh(): void {
    const hosts = this.hosts;
    let healthy = 0;
    let excluded = 0;
    for (let i = 0; i < hosts.length; i++) {
      if (hosts[i].level === HEALTHY) healthy++;
      else if (isExcluded(hosts[i].health)) excluded++;
    }
    // The usual case shares one array.
    this.healthy = healthy === hosts.length ? hosts : hosts.filter((h) => h.level === HEALTHY);
    this.degraded = healthy === hosts.length ? NO_HOSTS : hosts.filter((h) => h.level === DEGRADED);
    this.excluded = excluded;
  }
}

/** Those without hosts are none. Localities named several times are one (the last weight counts), sorted as Envoy's LocalityLess does. */
export function mergeLocalities(all: readonly LocalityHosts[]): readonly LocalityHosts[] {
  const parts = all.filter((p) => p.hosts.length > 0);
  if (parts.length < 2) return parts;
  const merged = new Map<string, { locality: Locality; weight: number; hosts: Host[] }>();
  for (const part of parts) {
    const key = JSON.stringify([part.locality.region, part.locality.zone, part.locality.subZone]);
    const found = merged.get(key);
    if (found === undefined) {
      merged.set(key, { locality: part.locality, weight: part.weight, hosts: [...part.hosts] });
    } else {
      found.weight = part.weight;
      for (const h of part.hosts) found.hosts.push(h);
    }
  }
  return [...merged.values()].sort((a, b) => compare(a.locality, b.locality));
}

function compare(a: Locality, b: Locality): number {
  return order(a.region, b.region) || order(a.zone, b.zone) || order(a.subZone, b.subZone);
}
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Recompute load and panic of every priority. `panicThreshold`: percent, 0 switches panic off. */
export function shareLoad(sets: readonly HostSet[], panicThreshold: number): void {
  const n = sets.length;
  const healthy = sets.map((s) => availability(s, s.healthy));
  const degraded = sets.map((s) => availability(s, s.degraded));
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
    s.panic = total < 100 && healthOf(s) < panicThreshold;
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

/** Percent of its load that these hosts of it can take. */
export function availability(s: HostSet, able: readonly Host[]): number {
  let all = s.hosts.length - s.excluded;
  let count = able.length;
  if (s.weighsHealth && all > 0) {
    all = weightOf(s.hosts.filter((h) => h.level === HEALTHY || !isExcluded(h.health)));
    count = weightOf(able);
  }
  return all === 0 ? 0 : Math.min(100, Math.floor((s.overprovisioning * count) / all));
}

function weightOf(hosts: readonly Host[]): number {
  let sum = 0;
  for (const h of hosts) sum += h.weight;
  return sum;
}

/** Percent of its hosts that can be used at all. */
export function healthOf(s: HostSet): number {
  const all = s.hosts.length - s.excluded;
  return all === 0 ? 0 : (100 * s.healthy.length) / all + (100 * s.degraded.length) / all;
}
