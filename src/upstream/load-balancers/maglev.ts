/**
 * MAGLEV: consistent hashing through a table of a prime size; the same hosts and the same key give Envoy's host. Mirrors
 * source/extensions/load_balancing_policies/maglev/maglev_lb.cc (1.40: entries in the order of their keys, so the order DNS
 * answers in does not matter; 1.16 filled the table in host order) after the Maglev paper, listing 1.
 */
import type { Gauge } from '../../stats/store.ts';
import type { Host } from '../host.ts';
import type { HostPicker, Policy } from './host-picker.ts';
import { mod64, sharesOf } from './host-picker.ts';
import type { Hash64 } from './xxhash64.ts';
import { xxHash64 } from './xxhash64.ts';

/** maglev_lb_config.table_size: the default. The schema's rules hold its upper limit. */
export const DEFAULT_TABLE_SIZE = 65537;

/** `minEntries`, `maxEntries`: gauges `maglev_lb.{min,max}_entries_per_host`. Throws when the size is not a prime. */
export function maglev(tableSize: number, useHostname: boolean, minEntries: Gauge, maxEntries: Gauge): Policy {
  if (!isPrime(tableSize)) throw new Error('The table size of maglev must be prime number');
  return { usesHash: true, make: () => new MaglevPicker(tableSize, useHostname, minEntries, maxEntries) };
}

class MaglevPicker implements HostPicker {
  private readonly size: number;
  private readonly useHostname: boolean;
  private readonly minEntries: Gauge;
  private readonly maxEntries: Gauge;
  private hosts: readonly Host[] = [];
  private shares: readonly number[] | undefined;
  /** Index into `sorted` per slot. Null until the first pick: filling it costs some milliseconds. */
  private table: Uint16Array | Uint32Array | null = null;
  private sorted: readonly Host[] = [];

  constructor(size: number, useHostname: boolean, minEntries: Gauge, maxEntries: Gauge) {
    this.size = size;
    this.useHostname = useHostname;
    this.minEntries = minEntries;
    this.maxEntries = maxEntries;
  }

  setHosts(hosts: readonly Host[], shares?: readonly number[]): void {
    this.hosts = hosts;
    this.shares = shares;
    this.table = null;
    if (hosts.length === 1) {
      this.minEntries.set(1);
      this.maxEntries.set(1);
    }
  }

  pick(hashHi: number, hashLo: number): Host | null {
    const n = this.hosts.length;
    if (n <= 1) return n === 0 ? null : this.hosts[0];
    const table = this.table ?? this.fill();
    return this.sorted[table[mod64(hashHi, hashLo, this.size)]];
  }

  private keyOf(host: Host): string {
    if (host.hashKey !== '') return host.hashKey;
    return this.useHostname && host.hostname !== '' ? host.hostname : host.address.text;
  }

  private fill(): Uint16Array | Uint32Array {
    const size = this.size;
    const shares = this.shares ?? sharesOf(this.hosts);
    const entries = this.hosts.map((host, i) => new Entry(host, this.keyOf(host), size, shares[i]));
    // By bytes, as std::sort over string_view does.
    entries.sort((a, b) => Buffer.compare(a.key, b.key));
    let max = 0;
    for (const e of entries) if (e.weight > max) max = e.weight;
    const table = entries.length < 0xffff ? new Uint16Array(size) : new Uint32Array(size);
    const free = entries.length < 0xffff ? 0xffff : 0xffffffff;
    table.fill(free);
    let filled = 0;
    for (let iteration = 1; filled < size; iteration++) {
      for (let i = 0; i < entries.length && filled < size; i++) {
        const e = entries[i];
        // The heaviest host takes a slot in every iteration, one of a third of its weight in every third.
        if (iteration * e.weight < e.target) continue;
        e.target += max;
        let c = e.position;
        while (table[c] !== free) {
          c += e.skip;
          if (c >= size) c -= size;
        }
        table[c] = i;
        c += e.skip;
        e.position = c >= size ? c - size : c;
        e.count++;
        filled++;
      }
    }
    let least = size;
    let most = 0;
    for (const e of entries) {
      least = Math.min(least, e.count);
      most = Math.max(most, e.count);
    }
    this.minEntries.set(least);
    this.maxEntries.set(most);
    this.sorted = entries.map((e) => e.host);
    this.table = table;
    return table;
  }
}

const hash: Hash64 = { hi: 0, lo: 0 };

class Entry {
  readonly host: Host;
  readonly key: Buffer;
  readonly skip: number;
  /** Next slot of this host's permutation. */
  position: number;
  readonly weight: number;
  target = 0;
  count = 0;

  constructor(host: Host, key: string, size: number, weight: number) {
    this.host = host;
    this.weight = weight;
    this.key = Buffer.from(key);
    xxHash64(this.key, hash, 0);
    this.position = mod64(hash.hi, hash.lo, size);
    xxHash64(this.key, hash, 1);
    this.skip = mod64(hash.hi, hash.lo, size - 1) + 1;
  }
}

function isPrime(n: number): boolean {
  if (n < 2 || (n > 2 && n % 2 === 0)) return false;
  for (let d = 3; d * d <= n; d += 2) if (n % d === 0) return false;
  return true;
}
