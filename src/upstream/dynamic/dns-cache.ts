/**
 * Names that requests bring, and their addresses: looked up when first asked for, again when their time to live is over, forgotten when nobody asks
 * any more. Filters and clusters of an event loop share a cache by its name. Mirrors DnsCacheImpl
 * (source/extensions/common/dynamic_forward_proxy/dns_cache_impl.cc).
 */
import { refuse } from '../../config/refusal.ts';
import type { DnsCacheConfig } from '../../config/schema/types.ts';
import { logger } from '../../log/logger.ts';
import { clockMs } from '../../platform/clock.ts';
import type { Counter, Gauge, Scope, StatsRoot } from '../../stats/store.ts';
import { Address } from '../../transport/address.ts';
import { Timer } from '../../transport/timers.ts';
import type { ClusterLookup } from '../cluster-ref.ts';
import { type DnsResolver, type LookupFamily, SystemDnsResolver } from '../discovery/dns-resolver.ts';
import { dnsSettings } from '../discovery/dns-servers.ts';
import { DnsStats } from '../discovery/dns-stats.ts';
import { RefreshInterval } from '../discovery/refresh-interval.ts';
import { random32 } from '../load-balancers/load-balancer.ts';

const log = logger('forward_proxy');

/** Defaults of DnsCacheConfig (api), ms and numbers. */
export const DEFAULT_REFRESH_MS = 60_000;
export const DEFAULT_MIN_REFRESH_MS = 5000;
export const DEFAULT_HOST_TTL_MS = 300_000;
export const DEFAULT_MAX_HOSTS = 1024;
export const DEFAULT_QUERY_TIMEOUT_MS = 5000;
export const DEFAULT_MAX_PENDING = 1024;

/** One name. */
export class CachedHost {
  /** `name:port`, as it is asked for. */
  readonly key: string;
  readonly name: string;
  readonly port: number;
  /** Number of its host in clusters. */
  readonly id: number;
  /** Null: there has been no answer yet, or none with an address. */
  address: Address | null = null;
  /** Why there is none. */
  details = 'not_resolved';
  resolved = false;
  usedMs: number = clockMs();
  readonly waiting = new Set<() => void>();
  /** Until the name is looked up again. */
  readonly refresh: Timer;
  /** … until the lookup that runs is given up. */
  readonly deadline: Timer;
  readonly interval: RefreshInterval;
  /** Number of the lookup that counts. */
  lookup = 0;

  constructor(key: string, name: string, port: number, id: number, cache: DnsCache, interval: RefreshInterval) {
    this.key = key;
    this.name = name;
    this.port = port;
    this.id = id;
    this.interval = interval;
    this.refresh = new Timer(() => cache.refresh(this));
    this.deadline = new Timer(() => cache.timedOut(this));
  }
}

/** A request that waits. */
export interface Waiting {
  cancel(): void;
}

export class DnsCache {
  readonly config: DnsCacheConfig;
  private readonly stats: CacheStats;
  private readonly resolver: DnsResolver;
  private readonly family: LookupFamily;
  private readonly minRefreshMs: number;
  private readonly hostTtlMs: number;
  private readonly maxHosts: number;
  private readonly timeoutMs: number;
  private readonly maxPending: number;
  private readonly hosts = new Map<string, CachedHost>();
  private pending = 0;
  private nextId = 0;
  /** Told of each host that has another address, or is gone. */
  readonly watchers = new Set<() => void>();

  constructor(config: DnsCacheConfig, store: StatsRoot) {
    this.config = config;
    this.stats = new CacheStats(store.scope(`dns_cache.${config.name ?? ''}.`));
    this.resolver = new SystemDnsResolver(new DnsStats(store.scope('')), dnsSettings(config));
    this.family = (config.dnsLookupFamily ?? 'AUTO') as LookupFamily;
    this.minRefreshMs = config.dnsMinRefreshRate ?? DEFAULT_MIN_REFRESH_MS;
    this.hostTtlMs = config.hostTtl ?? DEFAULT_HOST_TTL_MS;
    this.maxHosts = config.maxHosts ?? DEFAULT_MAX_HOSTS;
    this.timeoutMs = config.dnsQueryTimeout ?? DEFAULT_QUERY_TIMEOUT_MS;
    this.maxPending = config.dnsCacheCircuitBreaker?.maxPendingRequests ?? DEFAULT_MAX_PENDING;
    this.stats.pendingRemaining?.set(this.maxPending);
    // What is wrong with it is said now.
    this.interval();
    const names = config.preresolveHostnames ?? [];
    if (names.length > this.maxHosts) {
      refuse(
        config,
        'preresolve_hostnames',
        `DNS Cache [${config.name ?? ''}] configured with preresolve_hostnames=${names.length} larger than max_hosts=${this.maxHosts}`,
      );
    }
    for (const { address = '', portValue = 0 } of names) this.add(keyOf(address, portValue), portValue);
  }

  private interval(): RefreshInterval {
    const { dnsFailureRefreshRate: failure, dnsRefreshRate = DEFAULT_REFRESH_MS } = this.config;
    const rates = { dnsRefreshRate, respectDnsTtl: true, ...(failure && { dnsFailureRefreshRate: failure }) };
    return new RefreshInterval(rates, random32);
  }

  /** Hosts that have an address. */
  *resolved(): Iterable<CachedHost> {
    for (const host of this.hosts.values()) if (host.address !== null) yield host;
  }

  /** False: too many wait already. */
  mayWait(): boolean {
    if (this.pending < this.maxPending) return true;
    this.stats.pendingOverflow.inc();
    return false;
  }

  /** The host once it has been looked up; null: there are too many hosts. */
  load(key: string, defaultPort: number): CachedHost | null {
    const found = this.hosts.get(key);
    if (found !== undefined) return found;
    if (this.hosts.size >= this.maxHosts) {
      if (log.debugOn) log.debug(`DNS cache overflow for host '${key}'`);
      this.stats.hostOverflow.inc();
      return null;
    }
    return this.add(key, defaultPort);
  }

  /** `done`: once its first lookup is over. */
  wait(host: CachedHost, done: () => void): Waiting {
    this.countPending(1);
    const call = (): void => {
      cancel();
      done();
    };
    const cancel = (): void => {
      if (host.waiting.delete(call)) this.countPending(-1);
    };
    host.waiting.add(call);
    return { cancel };
  }

  private countPending(by: number): void {
    this.pending += by;
    this.stats.pendingOpen.set(this.pending >= this.maxPending ? 1 : 0);
    this.stats.pendingRemaining?.set(Math.max(0, this.maxPending - this.pending));
  }

  private add(key: string, defaultPort: number): CachedHost {
    const { name, port } = parseKey(key, defaultPort);
    const host = new CachedHost(key, name, port, this.nextId++, this, this.interval());
    this.hosts.set(key, host);
    this.stats.hostAdded.inc();
    this.stats.numHosts.set(this.hosts.size);
    this.resolve(host);
    return host;
  }

  refresh(host: CachedHost): void {
    if (clockMs() - host.usedMs > this.hostTtlMs) this.remove(host);
    else this.resolve(host);
  }

  private remove(host: CachedHost): void {
    host.refresh.cancel();
    host.deadline.cancel();
    host.lookup++;
    this.hosts.delete(host.key);
    this.stats.hostRemoved.inc();
    this.stats.numHosts.set(this.hosts.size);
    if (host.address !== null) for (const changed of this.watchers) changed();
  }

  private resolve(host: CachedHost): void {
    if (log.debugOn) log.debug(`starting resolve for host='${host.key}' dns='${host.name}' port='${host.port}'`);
    this.stats.queryAttempt.inc();
    const lookup = ++host.lookup;
    if (this.timeoutMs > 0) host.deadline.arm(this.timeoutMs);
    this.resolver.resolve(host.name, this.family, (addresses, ttlMs = 0) => {
      if (host.lookup === lookup) this.answered(host, addresses, ttlMs);
    });
  }

  timedOut(host: CachedHost): void {
    this.stats.queryTimeout.inc();
    host.lookup++;
    this.answered(host, null, 0, 'resolve_timeout');
  }

  private answered(host: CachedHost, addresses: readonly string[] | null, ttlMs: number, why = 'dns_failure'): void {
    host.deadline.cancel();
    if (addresses === null) this.stats.queryFailure.inc();
    else this.stats.querySuccess.inc();
    const ip = addresses?.[0];
    if (ip !== undefined) this.take(host, new Address(ip, host.port));
    else if (host.address === null) host.details = addresses === null ? why : 'no_addresses';
    const first = !host.resolved;
    host.resolved = true;
    if (addresses !== null) {
      host.refresh.arm(Math.max(host.interval.afterSuccess(ttlMs), this.minRefreshMs));
    } else if (this.config.disableDnsRefreshOnFailure === true) {
      this.remove(host);
    } else {
      host.refresh.arm(host.interval.afterFailure());
    }
    if (first) for (const done of [...host.waiting]) done();
  }

  /** An address stays when later lookups fail. */
  private take(host: CachedHost, address: Address): void {
    if (host.address?.text === address.text) return;
    host.address = address;
    this.stats.hostAddressChanged.inc();
    for (const changed of this.watchers) changed();
  }
}

/** `dns_cache.<name>.` */
class CacheStats {
  readonly queryAttempt: Counter;
  readonly querySuccess: Counter;
  readonly queryFailure: Counter;
  readonly queryTimeout: Counter;
  readonly hostAddressChanged: Counter;
  readonly hostAdded: Counter;
  readonly hostRemoved: Counter;
  readonly hostOverflow: Counter;
  readonly pendingOverflow: Counter;
  readonly numHosts: Gauge;
  readonly pendingOpen: Gauge;
  readonly pendingRemaining: Gauge | null;

  constructor(scope: Scope) {
    this.queryAttempt = scope.counter('dns_query_attempt');
    this.querySuccess = scope.counter('dns_query_success');
    this.queryFailure = scope.counter('dns_query_failure');
    this.queryTimeout = scope.counter('dns_query_timeout');
    this.hostAddressChanged = scope.counter('host_address_changed');
    this.hostAdded = scope.counter('host_added');
    this.hostRemoved = scope.counter('host_removed');
    this.hostOverflow = scope.counter('host_overflow');
    this.pendingOverflow = scope.counter('dns_rq_pending_overflow');
    this.numHosts = scope.gauge('num_hosts');
    // Of a cache that is kept in a file, and of resolved_address_filter: there is none.
    scope.counter('cache_load');
    scope.counter('dns_address_filter_out');
    const breakers = scope.scope('circuit_breakers.');
    this.pendingOpen = breakers.gauge('rq_pending_open');
    this.pendingRemaining = breakers.gauge('rq_pending_remaining');
  }
}

const PORT = /^(.*):(\d{1,5})$/s;

/** Host of a request as the cache knows it: with its port (normalizeHostForDfp). */
export function keyOf(authority: string, defaultPort: number): string {
  const v6 = authority.startsWith('[')
    ? authority.endsWith(']')
    : authority.indexOf(':') !== authority.lastIndexOf(':');
  const bare = authority.startsWith('[') || !v6 ? authority : `[${authority}]`;
  return v6 || !PORT.test(bare) ? `${bare}:${defaultPort}` : bare;
}

function parseKey(key: string, defaultPort: number): { name: string; port: number } {
  const [, host = key, port] = PORT.exec(key) ?? [];
  const name = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return { name, port: port === undefined || Number(port) > 65535 ? defaultPort : Number(port) };
}

const caches = new WeakMap<ClusterLookup, Map<string, DnsCache>>();

/** The cache of this name in this event loop. `clusters`: those of the event loop. Throws where another has the name. */
export function dnsCache(config: DnsCacheConfig, clusters: ClusterLookup, store: StatsRoot): DnsCache {
  let all = caches.get(clusters);
  if (all === undefined) caches.set(clusters, (all = new Map()));
  const { name = '' } = config;
  const found = all.get(name);
  if (found === undefined) {
    const made = new DnsCache(config, store);
    all.set(name, made);
    return made;
  }
  if (JSON.stringify(found.config) !== JSON.stringify(config)) {
    refuse(config, 'name', `config specified DNS cache '${name}' with different settings`);
  }
  return found;
}
