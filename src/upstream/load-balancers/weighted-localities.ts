/**
 * locality_weighted_lb_config: a place is drawn by its weight, then a host there. Mirrors LocalityWrr and what the zone-aware and the hashing
 * balancers make of it (source/extensions/load_balancing_policies/common/{locality_wrr,load_balancer_impl,thread_aware_lb_impl}.cc).
 */
import type { Locality } from '../endpoint.ts';
import type { HealthLevel } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';
import { EdfScheduler } from './edf-scheduler.ts';
import { type HostPicker, type Policy, sharesOf } from './host-picker.ts';
import type { Random } from './load-balancer.ts';
import { effectiveWeight, ofLevel, ownPlaceFirst } from './localities.ts';

/** `flat`: where no place has a weight. `own`: the node's place. */
export function weightedLocalities(inner: Policy, flat: Policy, random: Random, own: Locality): Policy {
  return {
    usesHash: inner.usesHash,
    make: (set, level) =>
      level === null
        ? inner.make(set, level)
        : new WeightedPlaces(inner, flat.make(set, level), random, set, level, own),
  };
}

class WeightedPlaces implements HostPicker {
  private readonly inner: Policy;
  private readonly flat: HostPicker;
  private readonly random: Random;
  private readonly set: HostSet;
  private readonly level: HealthLevel;
  private readonly own: Locality;
  /** By the place's number. */
  private readonly pickers: HostPicker[] = [];
  private readonly weights: number[] = [];
  private schedule: EdfScheduler<number> | null = null;
  private readonly weightOf = (place: number): number => this.weights[place];

  constructor(inner: Policy, flat: HostPicker, random: Random, set: HostSet, level: HealthLevel, own: Locality) {
    this.inner = inner;
    this.flat = flat;
    this.random = random;
    this.set = set;
    this.level = level;
    this.own = own;
  }

  setHosts(hosts: readonly Host[]): void {
    this.flat.setHosts(hosts);
    this.schedule = null;
    const { set, pickers, weights } = this;
    if (hosts.length === 0 || !set.weighsLocalities) return;
    const schedule = new EdfScheduler<number>();
    const places = ownPlaceFirst(set.localities, this.own);
    for (let i = 0; i < places.length; i++) {
      const usable = ofLevel(places[i].hosts, this.level);
      pickers[i] ??= this.inner.make(set, this.level);
      pickers[i].setHosts(usable);
      weights[i] = effectiveWeight(places[i], usable.length, set);
      if (weights[i] > 0) schedule.add(i, weights[i]);
    }
    if (schedule.size === 0) return;
    for (let n = this.random() % schedule.size; n > 0; n--) schedule.pick(this.weightOf);
    this.schedule = schedule;
  }

  pick(hashHi: number, hashLo: number): Host | null {
    const { schedule } = this;
    if (schedule === null) return this.flat.pick(hashHi, hashLo);
    return this.pickers[schedule.pick(this.weightOf) as number].pick(hashHi, hashLo);
  }
}

/** For policies that hash: hosts' weights within their place, times the place's own. `own`: the node's place. */
export function localityShares(inner: Policy, own: Locality): Policy {
  return { usesHash: true, make: (set, level) => new SharedByPlace(inner.make(set, level), set, level, own) };
}

class SharedByPlace implements HostPicker {
  private readonly inner: HostPicker;
  private readonly set: HostSet;
  private readonly level: HealthLevel | null;
  private readonly own: Locality;

  constructor(inner: HostPicker, set: HostSet, level: HealthLevel | null, own: Locality) {
    this.inner = inner;
    this.set = set;
    this.level = level;
    this.own = own;
  }

  setHosts(all: readonly Host[]): void {
    const { set, level } = this;
    if (!set.weighsLocalities || set.localities.length === 0) {
      this.inner.setHosts(all);
      return;
    }
    let sum = 0;
    for (const { weight } of set.localities) sum += weight;
    const hosts: Host[] = [];
    const shares: number[] = [];
    // A place without a weight is passed over; where none has one there is nobody left.
    for (const place of ownPlaceFirst(set.localities, this.own)) {
      if (place.weight === 0) continue;
      const usable = level === null ? place.hosts : ofLevel(place.hosts, level);
      hosts.push(...usable);
      shares.push(...sharesOf(usable, place.weight / sum));
    }
    this.inner.setHosts(hosts, shares);
  }

  pick(hashHi: number, hashLo: number): Host | null {
    return this.inner.pick(hashHi, hashLo);
  }
  pickAgain(hashHi: number, hashLo: number, attempt: number): Host | null {
    return pickAgain(this.inner, hashHi, hashLo, attempt);
  }
}

/** The same hash shall not give the host of the attempts before. */
export function pickAgain(picker: HostPicker, hashHi: number, hashLo: number, attempt: number): Host | null {
  if (attempt === 0) return picker.pick(hashHi, hashLo);
  if (picker.pickAgain !== undefined) return picker.pickAgain(hashHi, hashLo, attempt);
  return picker.pick(~hashHi >>> 0, (hashLo ^ -attempt) >>> 0);
}
