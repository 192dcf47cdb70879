/**
 * ORIGINAL_DST: a request goes where it wanted to go in the first place: by filter state, metadata, a header, or the address that its
 * connection had before something redirected it. Hosts come to be when they are asked for and go when nobody asks any more. Mirrors
 * OriginalDstCluster (source/extensions/clusters/original_dst/original_dst_cluster.cc). Each event loop has its own.
 */
import { refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, MetadataKey, OriginalDstCluster } from '../../config/schema/types.ts';
import { memberOf } from '../../config/struct.ts';
import { ipAndPort } from '../../platform/ip-port.ts';
import type { Counter } from '../../stats/store.ts';
import { Address } from '../../transport/address.ts';
import { Timer } from '../../transport/timers.ts';
import type { Cluster } from '../cluster.ts';
import { type Endpoint, makeEndpoint, makeLocality } from '../endpoint.ts';
import type { Host } from '../host.ts';
import { providedByType } from '../load-balancers/configured-balancer.ts';
import type { LoadBalancer, LoadBalancerContext } from '../load-balancers/load-balancer.ts';
import type { ClusterType } from './discovery.ts';

/** Cluster.cleanup_interval, ms (api: 5 s): hosts nobody asked for meanwhile go. */
export const DEFAULT_CLEANUP_INTERVAL_MS = 5000;
/** What a client names in a header becomes a host here: so many at once. */
export const MAX_DESTINATIONS = 4096;
/** OriginalDstLbConfig.http_header_name (api default). */
export const DEFAULT_HEADER = 'x-envoy-original-dst-host';
const STATE = 'envoy.network.transport_socket.original_dst_address';

class Destination {
  readonly endpoint: Endpoint;
  used = true;
  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }
}

class OriginalDst implements LoadBalancer {
  readonly usesHash = false;
  readonly usesRequest = true;
  private readonly cluster: Cluster;
  /** '' for none. */
  private readonly header: string;
  private readonly key: MetadataKey | undefined;
  /** Its path. */
  private readonly names: readonly string[];
  /** 0: the destination's own. */
  private readonly port: number;
  private readonly intervalMs: number;
  private readonly invalid: Counter;
  private readonly timer: Timer;
  private readonly known = new Map<string, Destination>();
  private hosts = new Map<string, Host>();
  private nextId = 0;

  constructor(cluster: Cluster) {
    const { config, stats } = cluster.info;
    const own = settingsOf(config);
    this.cluster = cluster;
    const named = own.httpHeaderName ?? '';
    this.header = own.useHttpHeader === true ? (named === '' ? DEFAULT_HEADER : named.toLowerCase()) : '';
    this.key = own.metadataKey;
    this.names = (own.metadataKey?.path ?? []).map(({ key = '' }) => key);
    this.port = own.upstreamPortOverride ?? 0;
    this.intervalMs = config.cleanupInterval ?? DEFAULT_CLEANUP_INTERVAL_MS;
    this.invalid = stats.scope.counter('original_dst_host_invalid');
    this.timer = new Timer(() => this.cleanUp());
  }

  /** What is here has been put here by itself; a cluster that is gone has none. */
  update(): void {
    this.hosts = new Map(this.cluster.hosts.map((h) => [h.address.text, h]));
  }

  retire(): void {
    this.timer.cancel();
  }

  choose(ctx: LoadBalancerContext | null): Host | null {
    if (ctx === null) return null;
    const wanted = this.fromState(ctx) ?? this.fromMetadata(ctx) ?? this.fromHeader(ctx) ?? restored(ctx);
    if (wanted === null) return null;
    const address = this.port === 0 ? wanted : new Address(wanted.ip, this.port);
    const known = this.known.get(address.text);
    if (known !== undefined) known.used = true;
    else if (!this.add(address)) return null;
    return this.hosts.get(address.text) ?? null;
  }

  private add(address: Address): boolean {
    if (this.known.size >= MAX_DESTINATIONS) this.makeRoom();
    if (address.ip === '' || this.known.size >= MAX_DESTINATIONS) {
      this.invalid.inc();
      return false;
    }
    this.known.set(address.text, new Destination(makeEndpoint(this.nextId++, address, '', {})));
    if (this.known.size === 1) this.timer.arm(this.intervalMs);
    this.publish();
    return true;
  }

  /** A host stays for as long as there is a connection to it. */
  private cleanUp(): void {
    const before = this.known.size;
    for (const [text, destination] of this.known) {
      if (!destination.used && !((this.hosts.get(text)?.stats.cxActive ?? 0) > 0)) this.known.delete(text);
      destination.used = false;
    }
    if (this.known.size !== before) this.publish();
    if (this.known.size > 0) this.timer.arm(this.intervalMs);
  }

  /** Those go whose connections are idle. */
  private makeRoom(): void {
    for (const [text, destination] of this.known) {
      if (!destination.used && (this.hosts.get(text)?.stats.rqActive ?? 0) === 0) this.known.delete(text);
    }
  }

  private publish(): void {
    const endpoints = Array.from(this.known.values(), ({ endpoint }) => endpoint);
    const localities = [{ locality: makeLocality(undefined), weight: 0, endpoints }];
    this.cluster.update([{ priority: 0, localities }]);
  }

  private fromState(ctx: LoadBalancerContext): Address | null {
    const said = ctx.filterState?.(STATE) ?? ctx.connection?.socketInfo?.filterState?.get(STATE);
    return typeof said === 'string' ? parse(said) : null;
  }

  private fromMetadata(ctx: LoadBalancerContext): Address | null {
    const { key: wanted, names } = this;
    if (wanted === undefined) return null;
    const name = wanted.key ?? '';
    const text =
      textOf(ctx.dynamicMetadata?.(name), names) ?? textOf(ctx.connection?.socketInfo?.metadata?.[name], names);
    return text === undefined ? null : this.valid(text);
  }

  private fromHeader({ headers }: LoadBalancerContext): Address | null {
    const text = this.header === '' ? undefined : headers?.get(this.header);
    return text === undefined || text === '' ? null : this.valid(text);
  }

  private valid(text: string): Address | null {
    const address = parse(text);
    if (address === null) this.invalid.inc();
    return address;
  }
}

/** Where the connection wanted to go, where a listener filter has found that out. */
function restored({ connection }: LoadBalancerContext): Address | null {
  return connection?.socketInfo?.localAddress ?? null;
}

/** Of a list the first. */
function textOf(metadata: unknown, names: readonly string[]): string | undefined {
  const value = memberOf(metadata, names);
  const text: unknown = Array.isArray(value) ? value[0] : value;
  return typeof text === 'string' ? text : undefined;
}

function parse(text: string): Address | null {
  const at = ipAndPort(text);
  return at === null ? null : new Address(at.ip, at.port);
}

/** Of envoy.clusters.original_dst, or the cluster's own field. */
function settingsOf(config: ClusterMessage): OriginalDstCluster {
  const { clusterType: own } = config;
  if (own !== undefined) return (own.typedConfig?.value as OriginalDstCluster | undefined) ?? {};
  return config.originalDstLbConfig ?? {};
}

/** Throws Envoy's sentences. */
function check(config: ClusterMessage): void {
  const { lbPolicy = 'ROUND_ROBIN', loadAssignment } = config;
  const own = settingsOf(config);
  // Envoy asks for it even where load_balancing_policy says the same.
  if (lbPolicy !== 'CLUSTER_PROVIDED' || !providedByType(config)) {
    const type = config.clusterType?.name ?? 'ORIGINAL_DST';
    const message = `cluster: LB policy ${lbPolicy} is not valid for Cluster type ${type}. Only 'CLUSTER_PROVIDED' is allowed with cluster type 'ORIGINAL_DST'`;
    refuse(config, 'lb_policy', message);
  }
  if (loadAssignment !== undefined) {
    refuse(config, 'load_assignment', 'ORIGINAL_DST clusters must have no load assignment configured');
  }
  const { useHttpHeader = false, httpHeaderName: name = '' } = own;
  if (name !== '' && !useHttpHeader) {
    const message = `ORIGINAL_DST cluster: invalid config http_header_name=${name} and use_http_header is false. Set use_http_header to true if http_header_name is desired.`;
    refuse(own, 'http_header_name', message);
  }
}

export function create(): ClusterType {
  return {
    discover: (config) => {
      check(config);
      return { start: (onReady) => onReady(), stop: () => {} };
    },
    balancer: (cluster) => new OriginalDst(cluster),
  };
}
