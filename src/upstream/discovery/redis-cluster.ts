/**
 * envoy.clusters.redis: the hosts of a Redis Cluster, asked for with CLUSTER SLOTS of any host that is known, again and again and when the data
 * path says that something has moved. Mirrors RedisCluster (source/extensions/clusters/redis/redis_cluster.cc).
 */
import { each, refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, RedisClusterConfig } from '../../config/schema/types.ts';
import { logger } from '../../log/logger.ts';
import { isIP } from '../../platform/ip.ts';
import { Address } from '../../transport/address.ts';
import { Timer } from '../../transport/timers.ts';
import { DEFAULT_WEIGHT, type Endpoint, makeLocality } from '../endpoint.ts';
import { RedisSlots, type SlotsOf, slotsMetadata } from '../load-balancers/redis-slots.ts';
import { redisAuth } from '../redis-auth.ts';
import { type SlotRange, slotRanges } from './cluster-slots.ts';
import type { ClusterType, Discovery, DiscoveryContext, HostSink } from './discovery.ts';
import type { LookupFamily } from './dns-resolver.ts';
import { SlotsQuestion } from './slots-question.ts';

const log = logger('upstream');

/** RedisClusterConfig.cluster_refresh_rate and cluster_refresh_timeout, ms (api). */
export const DEFAULT_REFRESH_MS = 5000;
export const DEFAULT_TIMEOUT_MS = 3000;

interface Seed {
  readonly name: string;
  readonly port: number;
  addresses: readonly string[];
}

interface Shard {
  readonly nodes: readonly Address[];
  readonly slots: [number, number][];
}

class RedisClusterDiscovery implements Discovery {
  private readonly config: ClusterMessage;
  private readonly sink: HostSink;
  private readonly ctx: DiscoveryContext;
  private readonly family: LookupFamily;
  private readonly refreshMs: number;
  private readonly timeoutMs: number;
  private readonly seeds: readonly Seed[];
  private readonly timer: Timer;
  private hosts: readonly Address[] = [];
  /** By address; one that comes back is another host. */
  private ids = new Map<string, number>();
  private nextId = 0;
  /** What was published last. */
  private known = '';
  private question: SlotsQuestion | null = null;
  private resolving = false;
  private again = false;
  private stopped = false;
  private onReady: (() => void) | null = null;

  constructor(config: ClusterMessage, sink: HostSink, ctx: DiscoveryContext) {
    const own = (config.clusterType?.typedConfig?.value ?? {}) as RedisClusterConfig;
    this.config = config;
    this.sink = sink;
    this.ctx = ctx;
    this.family = (config.dnsLookupFamily ?? 'AUTO') as LookupFamily;
    this.refreshMs = own.clusterRefreshRate ?? DEFAULT_REFRESH_MS;
    this.timeoutMs = own.clusterRefreshTimeout ?? DEFAULT_TIMEOUT_MS;
    // What cannot be read is said now.
    redisAuth(config);
    const seeds: Seed[] = [];
    each(config.loadAssignment?.endpoints, (locality) => {
      each(locality.lbEndpoints, (ep) => {
        const socket = ep.endpoint?.address?.socketAddress;
        if (socket === undefined) refuse(ep.endpoint ?? ep, '', 'a Redis Cluster is found by socket addresses');
        seeds.push({ name: socket.address ?? '', port: socket.portValue ?? 0, addresses: [] });
      });
    });
    this.seeds = seeds;
    this.timer = new Timer(() => this.refresh());
  }

  start(onReady: () => void): void {
    this.onReady = onReady;
    this.refresh();
  }

  stop(): void {
    this.stopped = true;
    this.timer.cancel();
    this.question?.cancel();
    this.question = null;
  }

  refresh(): void {
    if (this.stopped) return;
    if (this.question !== null || this.resolving) {
      this.again = true;
      return;
    }
    this.timer.cancel();
    this.again = false;
    this.sink.stats.updateAttempt.inc();
    if (this.hosts.length > 0) this.ask(this.hosts[this.ctx.random() % this.hosts.length]);
    else this.askSeed();
  }

  private askSeed(): void {
    this.resolving = true;
    this.resolveAll(
      this.seeds.map((s) => s.name),
      (found) => {
        this.resolving = false;
        const addresses: Address[] = [];
        for (const seed of this.seeds) {
          for (const ip of found.get(seed.name) ?? []) addresses.push(new Address(ip, seed.port));
        }
        if (addresses.length === 0) this.failed('no address of the cluster could be resolved');
        else this.ask(addresses[this.ctx.random() % addresses.length]);
      },
    );
  }

  private ask(address: Address): void {
    if (log.debugOn) log.debug(`redis cluster '${this.config.name}': asking ${address.text} for its slots`);
    const greeting = redisAuth(this.config)?.of(address.text) ?? null;
    this.question = new SlotsQuestion(address, this.sink.connection, greeting, this.timeoutMs, (reply, why) => {
      this.question = null;
      if (this.stopped) return;
      const ranges = reply === null ? null : slotRanges(reply);
      if (ranges === null) {
        // It may have left the cluster.
        this.hosts = this.hosts.filter((h) => h.text !== address.text);
        this.failed(`${address.text}: ${reply === null ? why : said(reply)}`);
      } else if (ranges.length === 0) {
        this.sink.stats.updateEmpty.inc();
        this.failed(`${address.text} has no slots`);
      } else {
        this.name(ranges, address);
      }
    });
  }

  /** Names that the answer gives instead of addresses are looked up. */
  private name(ranges: readonly SlotRange[], asked: Address): void {
    const names = new Set<string>();
    for (const { nodes } of ranges) {
      for (const { host } of nodes) if (host !== '' && isIP(host) === 0) names.add(host);
    }
    this.resolving = true;
    this.resolveAll([...names], (found) => {
      this.resolving = false;
      const address = (host: string, port: number): Address | null => {
        if (host === '') return new Address(asked.ip, port);
        if (isIP(host) !== 0) return new Address(host, port);
        const ip = found.get(host)?.[0];
        return ip === undefined ? null : new Address(ip, port);
      };
      const shards = new Map<string, Shard>();
      for (const { from, to, nodes } of ranges) {
        const addresses = nodes.map((n) => address(n.host, n.port));
        const [primary] = addresses;
        if (primary === null) {
          this.failed(`no address for ${nodes[0].host}`);
          return;
        }
        const shard = shards.get(primary.text);
        if (shard === undefined) {
          shards.set(primary.text, { nodes: addresses.filter((a) => a !== null), slots: [[from, to]] });
        } else {
          shard.slots.push([from, to]);
        }
      }
      this.publish([...shards.values()]);
    });
  }

  private publish(shards: readonly Shard[]): void {
    const { stats } = this.sink;
    stats.updateSuccess.inc();
    // The order of the answer says nothing.
    const sorted = [...shards].sort((a, b) => a.slots[0][0] - b.slots[0][0]);
    const now = JSON.stringify(sorted.map((s) => [s.slots, s.nodes.map((n) => n.text)]));
    if (now === this.known) {
      stats.updateNoRebuild.inc();
    } else {
      this.known = now;
      const ids = new Map<string, number>();
      const endpoints: Endpoint[] = [];
      sorted.forEach(({ nodes, slots }, shard) => {
        nodes.forEach((address, i) => {
          if (ids.has(address.text)) return;
          const id = this.ids.get(address.text) ?? this.nextId++;
          ids.set(address.text, id);
          const own: SlotsOf = { shard, primary: i === 0, slots };
          const metadata = slotsMetadata(own);
          endpoints.push({ id, address, hostname: '', weight: DEFAULT_WEIGHT, health: 0, metadata });
        });
      });
      this.ids = ids;
      this.hosts = endpoints.map((e) => e.address);
      this.sink.update([{ priority: 0, localities: [{ locality: makeLocality(undefined), weight: 0, endpoints }] }]);
    }
    this.settled();
  }

  private failed(why: string): void {
    this.sink.stats.updateFailure.inc();
    log.warn(`redis cluster '${this.config.name}': ${why}`);
    this.settled();
  }

  private settled(): void {
    const { onReady } = this;
    this.onReady = null;
    onReady?.();
    if (this.stopped) return;
    if (this.again) this.refresh();
    else this.timer.arm(this.refreshMs);
  }

  /** Calls `done` once all are known or could not be had. */
  private resolveAll(names: readonly string[], done: (found: ReadonlyMap<string, readonly string[]>) => void): void {
    const found = new Map<string, readonly string[]>();
    let left = names.length;
    if (left === 0) {
      done(found);
      return;
    }
    for (const name of names) {
      this.ctx.resolver(this.config).resolve(name, this.family, (addresses) => {
        if (addresses !== null) found.set(name, addresses);
        if (--left === 0 && !this.stopped) done(found);
      });
    }
  }
}

function said(reply: Buffer): string {
  return `unexpected answer to CLUSTER SLOTS: ${JSON.stringify(reply.toString('latin1', 0, 100))}`;
}

/** For extensions.ts: `envoy.extensions.clusters.redis.v3.RedisClusterConfig`. */
export function create(): ClusterType {
  return {
    discover: (config, sink, ctx) => new RedisClusterDiscovery(config, sink, ctx),
    balancer: (_cluster, ctx) => new RedisSlots(ctx.random),
  };
}
