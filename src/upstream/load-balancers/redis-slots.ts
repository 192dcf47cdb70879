/**
 * Redis Cluster's own choice: a key's slot belongs to a shard, whose primary or one of whose replicas is taken by the read policy. Role of
 * RedisClusterLoadBalancerFactory (source/extensions/clusters/redis/redis_cluster_lb.cc). Which slots are whose stands in the metadata of the
 * endpoints, so that it comes with them to every event loop.
 */
import type { Metadata } from '../../config/schema/types.ts';
import { DEGRADED, HEALTHY } from '../health/health-flags.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';
import type { LoadBalancer, LoadBalancerContext, Random } from './load-balancer.ts';
import { REDIS_SLOTS } from './redis-slot-numbers.ts';

/** Numbers of READ_POLICIES. */
const MASTER = 0;
const PREFER_MASTER = 1;
const REPLICA = 2;
const PREFER_REPLICA = 3;

/** Of one host. */
export interface SlotsOf {
  /** Number of its shard. */
  readonly shard: number;
  readonly primary: boolean;
  /** First and last, of the shard. */
  readonly slots: readonly (readonly [number, number])[];
}

const KEY = 'envoylet.redis_cluster';

export function slotsMetadata(slots: SlotsOf): Metadata {
  return { filterMetadata: new Map([[KEY, slots as unknown as Record<string, unknown>]]) } as unknown as Metadata;
}

function slotsOf(host: Host): SlotsOf | undefined {
  return host.metadata?.filterMetadata?.get(KEY) as unknown as SlotsOf | undefined;
}

class Shard {
  primary: Host | null = null;
  readonly replicas: Host[] = [];
  readonly all: Host[] = [];
}

/** The context's `hashLo` is the key's slot, its `hashHi` the place of a policy in READ_POLICIES. */
export class RedisSlots implements LoadBalancer {
  readonly usesHash = true;
  readonly hashesSlots = true;
  /** Primaries, one a shard: who is asked for what concerns the whole cluster. */
  shards: readonly Host[] = [];
  private readonly table = new Uint16Array(REDIS_SLOTS);
  private byNumber: Shard[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  update(sets: readonly HostSet[]): void {
    const byNumber: Shard[] = [];
    // A slot that is nobody's, as far as is known, goes to the first shard, as in Envoy: it will say whose it is.
    this.table.fill(0);
    for (const set of sets) {
      for (const host of set.hosts) {
        const own = slotsOf(host);
        if (own === undefined) continue;
        byNumber[own.shard] ??= new Shard();
        const shard = byNumber[own.shard];
        shard.all.push(host);
        if (own.primary) shard.primary = host;
        else shard.replicas.push(host);
        if (own.primary) for (const [from, to] of own.slots) this.table.fill(own.shard, from, to + 1);
      }
    }
    this.byNumber = byNumber;
    this.shards = byNumber.filter((s) => s?.primary).map((s) => s.primary as Host);
  }

  choose(ctx: LoadBalancerContext | null): Host | null {
    if (ctx === null || !ctx.hasHash) return null;
    const shard = this.byNumber[this.table[ctx.hashLo % REDIS_SLOTS]];
    if (shard === undefined) return null;
    const { primary } = shard;
    switch (ctx.hashHi) {
      case MASTER:
        return primary;
      case PREFER_MASTER:
        return primary !== null && primary.level === HEALTHY ? primary : this.any(shard.all);
      case REPLICA:
        return this.any(shard.replicas);
      case PREFER_REPLICA:
        return this.any(shard.replicas.length > 0 ? shard.replicas : shard.all);
      default:
        return this.any(shard.all);
    }
  }

  /** A healthy one if there is one, else a degraded one, else any. */
  private any(hosts: readonly Host[]): Host | null {
    if (hosts.length <= 1) return hosts.length === 0 ? null : hosts[0];
    for (const level of [HEALTHY, DEGRADED]) {
      let fit = 0;
      for (const h of hosts) if (h.level === level) fit++;
      if (fit === 0) continue;
      let n = this.random() % fit;
      for (const h of hosts) if (h.level === level && n-- === 0) return h;
    }
    return hosts[this.random() % hosts.length];
  }
}
