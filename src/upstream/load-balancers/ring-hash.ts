/**
 * RING_HASH: consistent hashing over a ring (ketama); the same hosts and the same key give Envoy's host. Mirrors
 * source/extensions/load_balancing_policies/ring_hash/ring_hash_lb.cc.
 */
import type { Gauge } from '../../stats/store.ts';
import type { Host } from '../host.ts';
import { type HostPicker, type Policy, sharesOf } from './host-picker.ts';
import { type Hash64, xxHash64 } from './xxhash64.ts';

/** ring_hash_lb_config.minimum_ring_size and .maximum_ring_size (api). The schema's rules hold their upper limit. */
export const DEFAULT_MIN_RING_SIZE = 1024;
export const DEFAULT_MAX_RING_SIZE = 8_388_608;

/** `ring_hash_lb.` */
export interface RingStats {
  readonly size: Gauge;
  readonly minHashesPerHost: Gauge;
  readonly maxHashesPerHost: Gauge;
}

/** Throws Envoy's sentence for sizes that contradict each other. */
export function ringHash(
  minSize: number,
  maxSize: number,
  useHostname: boolean,
  stats: RingStats,
  hashOf: (bytes: Uint8Array, out: Hash64) => void = xxHash64,
): Policy {
  if (minSize > maxSize) {
    throw new Error(`ring hash: minimum_ring_size (${minSize}) > maximum_ring_size (${maxSize})`);
  }
  return { usesHash: true, make: () => new RingPicker(minSize, maxSize, useHostname, stats, hashOf) };
}

/** Hashes in their order, in halves, and whose they are. */
interface Ring {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  readonly host: Uint32Array;
}

class RingPicker implements HostPicker {
  private readonly minSize: number;
  private readonly maxSize: number;
  private readonly useHostname: boolean;
  private readonly stats: RingStats;
  private readonly hashOf: (bytes: Uint8Array, out: Hash64) => void;
  private hosts: readonly Host[] = [];
  private shares: readonly number[] | undefined;
  /** Null until the first pick. */
  private ring: Ring | null = null;

  constructor(
    minSize: number,
    maxSize: number,
    useHostname: boolean,
    stats: RingStats,
    hashOf: (bytes: Uint8Array, out: Hash64) => void,
  ) {
    this.minSize = minSize;
    this.maxSize = maxSize;
    this.useHostname = useHostname;
    this.stats = stats;
    this.hashOf = hashOf;
  }

  setHosts(hosts: readonly Host[], shares?: readonly number[]): void {
    this.hosts = hosts;
    this.shares = shares;
    this.ring = null;
  }

  pick(hashHi: number, hashLo: number): Host | null {
    return this.pickAgain(hashHi, hashLo, 0);
  }

  /** A further attempt takes the places behind the hash's own, one after the other. */
  pickAgain(hashHi: number, hashLo: number, attempt: number): Host | null {
    const { hosts } = this;
    if (hosts.length <= 1) return hosts.length === 0 ? null : hosts[0];
    const { hi, lo, host } = this.ring ?? this.fill();
    // The first place whose hash is not below; behind the last one comes the first.
    let from = 0;
    let to = hi.length;
    while (from < to) {
      const mid = (from + to) >>> 1;
      if (hi[mid] < hashHi || (hi[mid] === hashHi && lo[mid] < hashLo)) from = mid + 1;
      else to = mid;
    }
    if (from === hi.length) from = 0;
    return hosts[host[attempt === 0 ? from : (from + attempt) % hi.length]];
  }

  private keyOf(host: Host): string {
    if (host.hashKey !== '') return host.hashKey;
    return this.useHostname && host.hostname !== '' ? host.hostname : host.address.text;
  }

  private fill(): Ring {
    const { hosts } = this;
    const shares = this.shares ?? sharesOf(hosts);
    let least = 1;
    for (const share of shares) least = Math.min(least, share);
    // As many hashes for the host of least weight as make the ring at least so large, in whole numbers.
    const scale = Math.min(Math.ceil(least * this.minSize) / least, this.maxSize);
    const size = Math.ceil(scale);
    const hashes: Unsorted = { hi: new Uint32Array(size + hosts.length), lo: new Uint32Array(size + hosts.length) };
    const owner = new Uint32Array(size + hosts.length);
    let n = 0;
    let target = 0;
    let fewest = size;
    let most = 0;
    for (let i = 0; i < hosts.length; i++) {
      const key = `${this.keyOf(hosts[i])}_`;
      target += scale * shares[i];
      const before = n;
      while (n < target) {
        this.hashOf(Buffer.from(key + (n - before)), hash);
        hashes.hi[n] = hash.hi;
        hashes.lo[n] = hash.lo;
        owner[n] = i;
        n++;
      }
      fewest = Math.min(fewest, n - before);
      most = Math.max(most, n - before);
    }
    this.stats.size.set(n);
    this.stats.minHashesPerHost.set(fewest);
    this.stats.maxHashesPerHost.set(most);
    const ring = sorted(hashes, owner, n);
    this.ring = ring;
    return ring;
  }
}

interface Unsorted {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
}

const hash: Hash64 = { hi: 0, lo: 0 };

function sorted({ hi, lo }: Unsorted, owner: Uint32Array, n: number): Ring {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  order.sort((a, b) => hi[a] - hi[b] || lo[a] - lo[b]);
  const ring = { hi: new Uint32Array(n), lo: new Uint32Array(n), host: new Uint32Array(n) };
  for (let i = 0; i < n; i++) {
    ring.hi[i] = hi[order[i]];
    ring.lo[i] = lo[order[i]];
    ring.host[i] = owner[order[i]];
  }
  return ring;
}
