/** One policy (round robin, Maglev …) over one list of hosts: what a priority or a subset of a cluster is balanced with. */
import type { HealthLevel } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';

/** Every policy passes test/upstream/load-balancers/conformance.ts. */
export interface HostPicker {
  /** Membership, weights or health changed. Called before the first pick. `shares`: of each host, the sum 1; absent: by weight. */
  setHosts(hosts: readonly Host[], shares?: readonly number[]): void;
  /** Null only when the list is empty. The hash is the request's, or random; only hashing policies look at it. */
  pick(hashHi: number, hashLo: number): Host | null;
  /** The same hash shall not give the host of the attempts before. Absent: another hash is made of it. */
  pickAgain?(hashHi: number, hashLo: number, attempt: number): Host | null;
}

export interface Policy {
  /** A picker looks at the hash. */
  readonly usesHash: boolean;
  /** A new picker for one list: the hosts of a set that have this health, or (null) all of them. Most look at neither. */
  make(set: HostSet, level: HealthLevel | null): HostPicker;
}

/** (hi·2³² + lo) mod m, exact for m up to 2²⁰·… as long as m² < 2⁵³. */
export function mod64(hi: number, lo: number, m: number): number {
  return mod(mod(hi, m) * mod(4294967296, m) + mod(lo, m), m);
}

/** `x % m` of whole numbers from 0, without the call that it is for numbers of more than 32 bits. */
function mod(x: number, m: number): number {
  return x - Math.floor(x / m) * m;
}

/** Of each host in a list, the sum 1. */
export function sharesOf(hosts: readonly Host[], whole = 1): number[] {
  let sum = 0;
  for (const h of hosts) sum += h.weight;
  return hosts.map((h) => (h.weight * whole) / sum);
}

/** Equal weights need no schedule. */
export function weightsAreEqual(hosts: readonly Host[]): boolean {
  for (let i = 1; i < hosts.length; i++) if (hosts[i].weight !== hosts[0].weight) return false;
  return true;
}
