/**
 * hash_balance_factor: no host has more requests than so many percent of the average; who would get more than that goes to others, the same
 * ones in the same order for the same hash. Mirrors BoundedLoadHashingLoadBalancer
 * (source/extensions/load_balancing_policies/common/thread_aware_lb_impl.cc) after arXiv 1608.01350 and 1908.08762.
 */
import type { ClusterInfo } from '../cluster-info.ts';
import type { Host } from '../host.ts';
import { type HostPicker, type Policy, sharesOf } from './host-picker.ts';
import { Mt19937 } from './mt19937.ts';
import { pickAgain } from './weighted-localities.ts';

/** `factor`: percent. */
export function boundedLoad(inner: Policy, factor: number, info: ClusterInfo): Policy {
  return { usesHash: true, make: (set, level) => new BoundedPicker(inner.make(set, level), factor, info) };
}

class BoundedPicker implements HostPicker {
  private readonly inner: HostPicker;
  private readonly factor: number;
  private readonly info: ClusterInfo;
  private hosts: readonly Host[] = [];
  private shares: readonly number[] = [];
  private readonly places = new Map<Host, number>();

  constructor(inner: HostPicker, factor: number, info: ClusterInfo) {
    this.inner = inner;
    this.factor = factor;
    this.info = info;
  }

  setHosts(hosts: readonly Host[], shares?: readonly number[]): void {
    this.inner.setHosts(hosts, shares);
    this.hosts = hosts;
    this.shares = shares ?? sharesOf(hosts);
    this.places.clear();
    for (let i = 0; i < hosts.length; i++) this.places.set(hosts[i], i);
  }

  pick(hashHi: number, hashLo: number): Host | null {
    return this.pickAgain(hashHi, hashLo, 0);
  }

  pickAgain(hashHi: number, hashLo: number, attempt: number): Host | null {
    const host = pickAgain(this.inner, hashHi, hashLo, attempt);
    if (host === null) return null;
    const load = this.load(this.places.get(host) as number);
    return load <= 1 ? host : this.elsewhere(host, load, hashLo);
  }

  /** Requests there, as a part of what it may have. */
  private load(i: number): number {
    const all = this.info.stats.upstreamRqActive.value;
    const slots = Math.floor(((all + 1) * this.factor + 99) / 100);
    return this.hosts[i].stats.rqActive / Math.max(Math.ceil(slots * this.shares[i]), 1);
  }

  /** The others, shuffled by the hash. */
  private elsewhere(host: Host, load: number, seed: number): Host {
    const { hosts } = this;
    const n = hosts.length;
    const order = Uint32Array.from(hosts, (_, i) => i);
    const random = new Mt19937(seed);
    let least = host;
    let leastLoad = load;
    for (let i = 0; i < n; i++) {
      const j = i + below(random, n - i);
      const at = order[j];
      order[j] = order[i];
      order[i] = at;
      const other = hosts[at];
      if (other === host) continue;
      const otherLoad = this.load(at);
      if (otherLoad <= 1) return other;
      if (otherLoad < leastLoad) {
        least = other;
        leastLoad = otherLoad;
      }
    }
    return least;
  }
}

/** Uniform in 0 … n − 1. */
function below(random: Mt19937, n: number): number {
  const width = Math.floor(4294967296 / n);
  for (;;) {
    const x = Math.floor(random.next() / width);
    if (x < n) return x;
  }
}
