/**
 * LOGICAL_DNS: one host for the whole cluster, whose address is the first one of the latest answer. New connections go to
 * it; connections to earlier addresses live on. Mirrors LogicalDnsCluster (source/common/upstream/logical_dns_cluster.cc).
 */
import { refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, LbEndpoint, LocalityLbEndpoints } from '../../config/schema/types.ts';
import { logger } from '../../log/logger.ts';
import { Address } from '../../transport/address.ts';
import { Timer } from '../../transport/timers.ts';
import { checkHealthAddress, makeEndpoint, makeLocalityEndpoints } from '../endpoint.ts';
import type { Random } from '../load-balancers/load-balancer.ts';
import type { Discovery, HostSink } from './discovery.ts';
import type { DnsResolver, LookupFamily } from './dns-resolver.ts';
import { NameWatch } from './name-watch.ts';
import { RefreshInterval } from './refresh-interval.ts';

const log = logger('upstream');

export class LogicalDnsDiscovery implements Discovery {
  private readonly sink: HostSink;
  private readonly resolver: DnsResolver;
  private readonly family: LookupFamily;
  private readonly interval: RefreshInterval;
  private readonly locality: LocalityLbEndpoints;
  private readonly endpoint: LbEndpoint;
  private readonly name: string;
  private readonly port: number;
  private readonly watch: NameWatch;
  private readonly timer: Timer;
  /** Of the last answer, in its order. */
  private known = '';
  private onReady: (() => void) | null = null;
  private stopped = false;

  /** Throws unless there is exactly one endpoint. */
  constructor(config: ClusterMessage, sink: HostSink, resolver: DnsResolver, random: Random) {
    const localities = config.loadAssignment?.endpoints ?? [];
    const endpoints = localities.length === 1 ? (localities[0].lbEndpoints ?? []) : [];
    const socket = endpoints[0]?.endpoint?.address?.socketAddress;
    if (endpoints.length !== 1 || socket === undefined) {
      const message = 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint';
      refuse(config, 'load_assignment', message);
    }
    if (socket.resolverName !== undefined && socket.resolverName !== '') {
      refuse(socket, 'resolver_name', 'LOGICAL_DNS clusters must NOT have a custom resolver name set');
    }
    checkHealthAddress(endpoints[0], true);
    this.sink = sink;
    this.resolver = resolver;
    this.family = (config.dnsLookupFamily ?? 'AUTO') as LookupFamily;
    this.interval = new RefreshInterval(config, random);
    // With one endpoint a priority means nothing; Envoy sets it back to 0 as well.
    this.locality = { ...localities[0], priority: 0 };
    this.endpoint = endpoints[0];
    this.name = socket.address ?? '';
    this.port = socket.portValue ?? 0;
    this.timer = new Timer(() => this.resolve());
    this.watch = new NameWatch(this.name);
  }

  start(onReady: () => void): void {
    this.onReady = onReady;
    this.resolve();
  }

  stop(): void {
    this.stopped = true;
    this.timer.cancel();
  }

  private resolve(): void {
    this.sink.stats.updateAttempt.inc();
    if (log.debugOn) log.debug(`starting async DNS resolution for ${this.name}`);
    this.resolver.resolve(this.name, this.family, this.answered);
  }

  private readonly answered = (addresses: readonly string[] | null, ttlMs?: number): void => {
    if (this.stopped) return;
    this.watch.answered(addresses);
    let waitMs: number;
    if (addresses !== null && addresses.length > 0) {
      this.sink.stats.updateSuccess.inc();
      this.take(addresses);
      waitMs = this.interval.afterSuccess(ttlMs);
    } else {
      this.sink.stats.updateFailure.inc();
      waitMs = this.interval.afterFailure();
    }
    const onReady = this.onReady;
    this.onReady = null;
    if (onReady !== null) onReady();
    this.timer.arm(waitMs);
  };

  private take(addresses: readonly string[]): void {
    const known = addresses.join();
    if (known === this.known) return;
    this.known = known;
    // The name goes upstream as the host's name unless the endpoint has its own.
    const own = this.endpoint.endpoint?.hostname;
    const hostname = own !== undefined && own !== '' ? own : this.name;
    // Always the same id: the host stays, its address moves.
    const [address, ...others] = addresses.map((ip) => new Address(ip, this.port));
    const endpoint = makeEndpoint(0, address, hostname, this.endpoint, others);
    this.sink.update([{ priority: 0, localities: [makeLocalityEndpoints(this.locality, [endpoint])] }]);
  }
}
