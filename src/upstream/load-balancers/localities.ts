/** The hosts of one priority by place: in the order Envoy counts them, the proxy's own place first (PriorityStateManager::updateClusterPrioritySet). */
import type { Locality } from '../endpoint.ts';
import { HEALTHY, type HealthLevel, isExcluded } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import type { HostSet, LocalityHosts } from '../priority-set.ts';

export function sameLocality(a: Locality, b: Locality): boolean {
  return a.region === b.region && a.zone === b.zone && a.subZone === b.subZone;
}

/** `own`: the node's place. */
export function ownPlaceFirst(places: readonly LocalityHosts[], own: Locality): readonly LocalityHosts[] {
  const at = places.findIndex((p) => sameLocality(p.locality, own));
  return at <= 0 ? places : [places[at], ...places.slice(0, at), ...places.slice(at + 1)];
}

/** Those of a place that have this health. */
export function ofLevel(hosts: readonly Host[], level: HealthLevel): readonly Host[] {
  return hosts.filter((h) => h.level === level);
}

/** How much of its weight a place gets: as much as it has usable hosts, with some to spare (LocalityWrr::effectiveLocalityWeight). */
export function effectiveWeight(place: LocalityHosts, usable: number, set: HostSet): number {
  let count = 0;
  for (const h of place.hosts) if (h.level === HEALTHY || !isExcluded(h.health)) count++;
  if (count === 0) return 0;
  return place.weight * Math.min(1, (set.overprovisioning / 100) * (usable / count));
}
