/**
 * STRICT_DNS: every address a name resolves to is a host; each name is asked again and again on its own. Mirrors
 * StrictDnsClusterImpl of 1.16 (source/common/upstream/strict_dns_cluster.cc): a failed lookup keeps the hosts.
 * So does a name that has no address any more, though it counts as a success, as in 1.40.
 */
import { each, refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, LbEndpoint, LocalityLbEndpoints } from '../../config/schema/types.ts';
import { logger } from '../../log/logger.ts';
import { Address } from '../../transport/address.ts';
import { Timer } from '../../transport/timers.ts';
import {
  checkHealthAddress,
  DEFAULT_WEIGHT,
  type Endpoint,
  type LocalityEndpoints,
  makeEndpoint,
  makeLocalityEndpoints,
} from '../endpoint.ts';
import type { Random } from '../load-balancers/load-balancer.ts';
import type { Discovery, HostSink } from './discovery.ts';
import type { DnsResolver, LookupFamily } from './dns-resolver.ts';
import { NameWatch } from './name-watch.ts';
import { RefreshInterval } from './refresh-interval.ts';

const log = logger('upstream');

export class StrictDnsDiscovery implements Discovery {
  readonly sink: HostSink;
  readonly resolver: DnsResolver;
  readonly family: LookupFamily;
  /** One for all names of the cluster, as in Envoy. */
  readonly interval: RefreshInterval;
  private readonly targets: Target[] = [];
  private onReady: (() => void) | null = null;
  stopped = false;
  /** For the next endpoint. */
  nextId = 0;

  constructor(config: ClusterMessage, sink: HostSink, resolver: DnsResolver, random: Random) {
    this.sink = sink;
    this.resolver = resolver;
    this.family = (config.dnsLookupFamily ?? 'AUTO') as LookupFamily;
    this.interval = new RefreshInterval(config, random);
    each(config.loadAssignment?.endpoints, (locality) => {
      each(locality.lbEndpoints, (ep) => this.targets.push(new Target(this, locality, ep)));
    });
  }

  start(onReady: () => void): void {
    this.onReady = onReady;
    if (this.targets.length === 0) this.ready();
    for (const t of this.targets) t.resolve();
  }

  stop(): void {
    this.stopped = true;
    for (const t of this.targets) t.timer.cancel();
  }

  /** The first answer of any name is enough: Envoy does not wait for the others. */
  ready(): void {
    const onReady = this.onReady;
    this.onReady = null;
    if (onReady !== null) onReady();
  }

  /** All endpoints of one priority: targets stand in the order of the config, those of a locality next to each other. */
  publish(priority: number): void {
    const localities: LocalityEndpoints[] = [];
    let config: LocalityLbEndpoints | null = null;
    let endpoints: Endpoint[] = [];
    for (const t of this.targets) {
      if (t.priority !== priority) continue;
      if (t.locality !== config) {
        config = t.locality;
        endpoints = [];
        localities.push(makeLocalityEndpoints(config, endpoints));
      }
      for (const e of t.endpoints) endpoints.push(e);
    }
    this.sink.update([{ priority, localities }]);
  }
}

/** One endpoint of the load assignment. */
class Target {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly timer: Timer;
  endpoints: readonly Endpoint[] = [];
  private readonly owner: StrictDnsDiscovery;
  readonly locality: LocalityLbEndpoints;
  private readonly config: LbEndpoint;
  private readonly watch: NameWatch;

  constructor(owner: StrictDnsDiscovery, locality: LocalityLbEndpoints, endpoint: LbEndpoint) {
    const socket = endpoint.endpoint?.address?.socketAddress;
    if (socket === undefined) {
      refuse(endpoint.endpoint ?? endpoint, '', 'STRICT_DNS clusters must have a socket_address for each endpoint');
    }
    if (socket.resolverName !== undefined && socket.resolverName !== '') {
      refuse(socket, 'resolver_name', 'STRICT_DNS clusters must NOT have a custom resolver name set');
    }
    checkHealthAddress(endpoint, true);
    this.owner = owner;
    this.locality = locality;
    this.config = endpoint;
    this.name = socket.address ?? '';
    this.port = socket.portValue ?? 0;
    this.priority = locality.priority ?? 0;
    this.timer = new Timer(() => this.resolve());
    this.watch = new NameWatch(this.name);
  }

  resolve(): void {
    this.owner.sink.stats.updateAttempt.inc();
    if (log.traceOn) log.trace(`starting async DNS resolution for ${this.name}`);
    this.owner.resolver.resolve(this.name, this.owner.family, this.answered);
  }

  private readonly answered = (addresses: readonly string[] | null, ttlMs?: number): void => {
    const owner = this.owner;
    if (owner.stopped) return;
    this.watch.answered(addresses);
    const stats = owner.sink.stats;
    let waitMs: number;
    if (addresses !== null) {
      stats.updateSuccess.inc();
      if (this.take(addresses)) {
        if (log.debugOn) log.debug(`DNS hosts have changed for ${this.name}`);
        owner.publish(this.priority);
      } else {
        stats.updateNoRebuild.inc();
      }
      waitMs = owner.interval.afterSuccess(ttlMs);
    } else {
      stats.updateFailure.inc();
      waitMs = owner.interval.afterFailure();
    }
    if (log.debugOn) {
      const kind = addresses === null ? '(failure) ' : '';
      log.debug(`DNS refresh rate reset for ${this.name}, ${kind}refresh rate ${waitMs} ms`);
    }
    owner.ready();
    this.timer.arm(waitMs);
  };

  /** Addresses that were there keep their endpoint. True when something came or went. */
  private take(addresses: readonly string[]): boolean {
    const owner = this.owner;
    owner.sink.stats.maxHostWeight.set(this.config.loadBalancingWeight ?? DEFAULT_WEIGHT);
    // A DNS server that restarts and knows nothing for a moment must not take the upstream away (docs/behaviour.md D1).
    if (addresses.length === 0) return false;
    const before = new Map(this.endpoints.map((e) => [e.address.ip, e]));
    const now = new Set(addresses);
    if (now.size === before.size && addresses.every((ip) => before.has(ip))) return false;
    const own = this.config.endpoint?.hostname;
    const hostname = own !== undefined && own !== '' ? own : this.name;
    this.endpoints = Array.from(
      now,
      (ip) => before.get(ip) ?? makeEndpoint(owner.nextId++, new Address(ip, this.port), hostname, this.config),
    );
    return true;
  }
}
