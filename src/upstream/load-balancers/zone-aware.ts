/**
 * Zone-aware routing: requests stay in the proxy's own place as far as that is fair to the other places, which is told by how the proxies
 * themselves (the hosts of cluster_manager.local_cluster_name) are spread. Mirrors ZoneAwareLoadBalancerBase
 * (source/extensions/load_balancing_policies/common/load_balancer_impl.cc).
 */
import type { RuntimeValue } from '../../runtime/runtime.ts';
import type { Counter, Scope } from '../../stats/store.ts';
import type { Cluster } from '../cluster.ts';
import type { ClusterRef } from '../cluster-ref.ts';
import type { Locality } from '../endpoint.ts';
import { HEALTHY, type HealthLevel } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import { type HostSet, healthOf, type LocalityHosts } from '../priority-set.ts';
import type { HostPicker, Policy } from './host-picker.ts';
import type { Random } from './load-balancer.ts';
import { ofLevel, ownPlaceFirst, sameLocality } from './localities.ts';
import type { PriorityBalancerSettings } from './priority-balancer.ts';

/** zone_aware_lb_config.min_cluster_size (api default). */
export const DEFAULT_MIN_CLUSTER_SIZE = 6;

export interface ZoneSettings {
  readonly minClusterSize: RuntimeValue<number>;
  /** Percent of the requests. */
  readonly routingEnabled: RuntimeValue<number>;
  readonly failOnPanic: boolean;
  /** force_local_zone.min_size: so many healthy hosts in the own place take everything; 0: off. force_locality_direct_routing is 1. */
  readonly forceLocalMin: number;
  /** locality_basis HEALTHY_HOSTS_WEIGHT: places are compared by the weights of their hosts. */
  readonly byWeight: boolean;
  readonly panic: PriorityBalancerSettings;
}

/** What `place` answers instead of a number. */
const ANYWHERE = -1;
const NOWHERE = -2;

/** Tells of priority 0 in which place a request goes; one for a balancer. */
export class ZoneRouting {
  private readonly settings: ZoneSettings;
  private readonly local: ClusterRef;
  private readonly own: Locality;
  private readonly random: Random;
  private watched: Cluster | null = null;
  private upstream: HostSet | null = null;
  /** 'off': all hosts alike. 'direct': all in the own place. */
  private way: 'off' | 'direct' | 'residual' = 'off';
  /** Of 10000 requests. */
  private localShare = 0;
  /** Sums up to each place of what it can take of others. */
  private readonly residual: number[] = [];
  private readonly recalculated: Counter;
  private readonly localNotOk: Counter;
  private readonly tooSmall: Counter;
  private readonly allDirectly: Counter;
  private readonly sampled: Counter;
  private readonly crossZone: Counter;
  private readonly noCapacity: Counter;
  private readonly onLocalChange = (): void => this.calculate();

  /** `scope`: the cluster's. `own`: the node's place. */
  constructor(settings: ZoneSettings, local: ClusterRef, own: Locality, random: Random, scope: Scope) {
    this.settings = settings;
    this.local = local;
    this.own = own;
    this.random = random;
    this.recalculated = scope.counter('lb_recalculate_zone_structures');
    this.localNotOk = scope.counter('lb_local_cluster_not_ok');
    this.tooSmall = scope.counter('lb_zone_cluster_too_small');
    this.allDirectly = scope.counter('lb_zone_routing_all_directly');
    this.sampled = scope.counter('lb_zone_routing_sampled');
    this.crossZone = scope.counter('lb_zone_routing_cross_zone');
    this.noCapacity = scope.counter('lb_zone_no_capacity_left');
  }

  /** The hosts of the cluster itself are other ones, or as healthy as others. */
  update(set: HostSet): void {
    if (this.upstream === null && set.hosts.length === 0) return;
    this.upstream = set;
    this.calculate();
  }

  retire(): void {
    this.watched?.watchers.delete(this.onLocalChange);
    this.watched = null;
  }

  /** Of one request: the number of a place, ANYWHERE or NOWHERE. */
  place(): number {
    if (this.way === 'off') return ANYWHERE;
    const { routingEnabled, panic, failOnPanic } = this.settings;
    const enabled = routingEnabled.value;
    if (enabled < 100 && this.random() % 100 >= enabled) return ANYWHERE;
    const local = (this.watched as Cluster).priorities[0];
    if (healthOf(local) < panic.panicThreshold) {
      this.localNotOk.inc();
      return failOnPanic ? NOWHERE : ANYWHERE;
    }
    if (this.way === 'direct') {
      this.allDirectly.inc();
      return 0;
    }
    if (this.random() % 10000 < this.localShare) {
      this.sampled.inc();
      return 0;
    }
    this.crossZone.inc();
    const { residual } = this;
    const capacity = residual[residual.length - 1];
    if (capacity === 0) {
      this.noCapacity.inc();
      return this.random() % residual.length;
    }
    const at = this.random() % capacity;
    let i = 0;
    while (at >= residual[i]) i++;
    return i;
  }

  private calculate(): void {
    const { upstream, settings } = this;
    const local = this.localSet();
    if (upstream === null || local === null) return;
    this.recalculated.inc();
    this.way = 'off';
    const places = ownPlaceFirst(upstream.localities, this.own);
    const here = ownPlaceFirst(local.localities, this.own);
    if (places.length < 2 || (here.length < 2 && settings.forceLocalMin === 0)) return;
    if (!sameLocality(here[0].locality, this.own) || here[0].hosts.length === 0) {
      this.localNotOk.inc();
      return;
    }
    if (upstream.healthy.length < settings.minClusterSize.value) {
      this.tooSmall.inc();
      return;
    }
    const hasOwn = sameLocality(places[0].locality, this.own);
    const upstreamShares = this.percentages(places);
    const localShares = this.matching(here, places, upstreamShares);
    if (hasOwn) {
      const enough = settings.forceLocalMin > 0 && ofLevel(places[0].hosts, HEALTHY).length >= settings.forceLocalMin;
      const fair = upstreamShares[0] > 0 && upstreamShares[0] >= localShares[0];
      if (fair || enough) {
        this.way = 'direct';
        return;
      }
    }
    this.way = 'residual';
    this.localShare = hasOwn && localShares[0] > 0 ? Math.floor((upstreamShares[0] * 10000) / localShares[0]) : 0;
    let sum = 0;
    this.residual.length = places.length;
    for (let i = 0; i < places.length; i++) {
      if (!(i === 0 && hasOwn)) sum += Math.max(0, upstreamShares[i] - localShares[i]);
      this.residual[i] = sum;
    }
  }

  /** The priority of the proxies; watched from when they are there. */
  private localSet(): HostSet | null {
    const { current } = this.local;
    if (current !== this.watched) {
      this.retire();
      this.watched = current;
      current?.watchers.add(this.onLocalChange);
    }
    return current === null ? null : current.priorities[0];
  }

  /** Ten-thousandths of all that is healthy, by place. */
  private percentages(places: readonly LocalityHosts[]): number[] {
    const counts = places.map((p) => this.count(p));
    const all = counts.reduce((a, b) => a + b, 0);
    return counts.map((n) => (all > 0 ? Math.floor((10000 * n) / all) : 0));
  }

  private matching(here: readonly LocalityHosts[], places: readonly LocalityHosts[], shares: number[]): number[] {
    const own = this.percentages(here);
    return places.map((p, i) => {
      // Who has nobody healthy is compared with nobody.
      if (shares[i] === 0 && this.count(p) === 0) return 0;
      const at = here.findIndex((h) => sameLocality(h.locality, p.locality));
      return at < 0 ? 0 : own[at];
    });
  }

  private count({ hosts }: LocalityHosts): number {
    let n = 0;
    for (const h of hosts) if (h.level === HEALTHY) n += this.settings.byWeight ? h.weight : 1;
    return n;
  }

  /** As the numbers of `place` count them. */
  places(set: HostSet): readonly LocalityHosts[] {
    return ownPlaceFirst(set.localities, this.own);
  }
}

/** Priority 0 alone is routed by zone, and not in panic. */
export function zoneAware(inner: Policy, zones: ZoneRouting): Policy {
  return {
    usesHash: false,
    make: (set, level) =>
      level === null || set.priority !== 0 ? inner.make(set, level) : new ZonePicker(inner, zones, set, level),
  };
}

class ZonePicker implements HostPicker {
  private readonly inner: Policy;
  private readonly zones: ZoneRouting;
  private readonly set: HostSet;
  private readonly level: HealthLevel;
  private readonly anywhere: HostPicker;
  private readonly pickers: HostPicker[] = [];

  constructor(inner: Policy, zones: ZoneRouting, set: HostSet, level: HealthLevel) {
    this.inner = inner;
    this.zones = zones;
    this.set = set;
    this.level = level;
    this.anywhere = inner.make(set, level);
  }

  setHosts(hosts: readonly Host[]): void {
    this.anywhere.setHosts(hosts);
    const places = this.zones.places(this.set);
    for (let i = 0; i < places.length; i++) {
      this.pickers[i] ??= this.inner.make(this.set, this.level);
      this.pickers[i].setHosts(ofLevel(places[i].hosts, this.level));
    }
    if (this.level === HEALTHY) this.zones.update(this.set);
  }

  pick(hashHi: number, hashLo: number): Host | null {
    const place = this.zones.place();
    if (place === NOWHERE) return null;
    return (place === ANYWHERE ? this.anywhere : this.pickers[place]).pick(hashHi, hashLo);
  }
}
