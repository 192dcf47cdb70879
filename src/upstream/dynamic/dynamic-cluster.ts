/**
 * envoy.clusters.dynamic_forward_proxy: its hosts are the names in a DNS cache that requests have asked for; a request goes to the one that its
 * :authority names. Mirrors source/extensions/clusters/dynamic_forward_proxy/cluster.cc. Each event loop has its own (docs/behaviour.md, H204).
 */
import { refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, DynamicForwardProxyClusterConfig } from '../../config/schema/types.ts';
import { clockMs } from '../../platform/clock.ts';
import type { Cluster, ClusterContext } from '../cluster.ts';
import type { ClusterType } from '../discovery/discovery.ts';
import { discoverNothing } from '../discovery/no-discovery.ts';
import { makeEndpoint, makeLocality } from '../endpoint.ts';
import type { Host } from '../host.ts';
import type { LoadBalancer, LoadBalancerContext } from '../load-balancers/load-balancer.ts';
import { type DnsCache, dnsCache, keyOf } from './dns-cache.ts';

/** What filters say instead of the request's :authority (allow_dynamic_host_from_filter_state). */
export const DYNAMIC_HOST = 'envoy.upstream.dynamic_host';
export const DYNAMIC_PORT = 'envoy.upstream.dynamic_port';
export const HTTP_PORT = 80;
export const HTTPS_PORT = 443;

export function defaultPort({ info }: Cluster): number {
  return info.connection.transport?.secure === true ? HTTPS_PORT : HTTP_PORT;
}

/** Of a request; where there is none, what the client named in its handshake. */
const wanted = (ctx: LoadBalancerContext | null): string =>
  ctx?.headers?.authority ?? ctx?.connection?.socketInfo?.serverName ?? '';

class DynamicHosts implements LoadBalancer {
  readonly usesHash = false;
  readonly usesRequest = true;
  private readonly cluster: Cluster;
  private readonly cache: DnsCache;
  private hosts = new Map<number, Host>();
  private readonly changed: () => void;

  constructor(cluster: Cluster, cache: DnsCache) {
    this.cluster = cluster;
    this.cache = cache;
    this.changed = () => this.publish();
    cache.watchers.add(this.changed);
  }

  update(): void {
    this.hosts = new Map(this.cluster.hosts.map((h) => [h.id, h]));
  }

  retire(): void {
    this.cache.watchers.delete(this.changed);
  }

  choose(ctx: LoadBalancerContext | null): Host | null {
    const said = ctx?.filterState?.(DYNAMIC_HOST);
    const authority = typeof said === 'string' && said !== '' ? said : wanted(ctx);
    if (authority === '') return null;
    const port = Number(ctx?.filterState?.(DYNAMIC_PORT) ?? 0) || defaultPort(this.cluster);
    // Where no filter has waited for it: an address that needs no DNS is there at once (docs/behaviour.md, H205).
    const found = this.cache.load(keyOf(authority, port), port);
    if (found === null || found.address === null) return null;
    found.usedMs = clockMs();
    // A cluster that has come after the names.
    if (!this.hosts.has(found.id)) this.publish();
    return this.hosts.get(found.id) ?? null;
  }

  private publish(): void {
    const endpoints = Array.from(this.cache.resolved(), ({ id, address, name }) =>
      makeEndpoint(id, address as NonNullable<typeof address>, name, {}),
    );
    this.cluster.update([{ priority: 0, localities: [{ locality: makeLocality(undefined), weight: 0, endpoints }] }]);
  }
}

function own(config: ClusterMessage): DynamicForwardProxyClusterConfig {
  return (config.clusterType?.typedConfig?.value ?? {}) as DynamicForwardProxyClusterConfig;
}

function make(cluster: Cluster, ctx: ClusterContext): LoadBalancer {
  const { info } = cluster;
  const { dnsCacheConfig, allowInsecureClusterOptions = false } = own(info.config);
  const names = info.http.namesFromHeader;
  if (names === null && info.config.typedExtensionProtocolOptions === undefined) {
    // Where nothing else is said, a host is who its name says.
    info.http = { ...info.http, namesFromHeader: { sni: true, san: true, header: '' } };
  } else if (!allowInsecureClusterOptions && (names === null || !names.sni || !names.san)) {
    refuse(
      info.config,
      '',
      'dynamic_forward_proxy cluster must have auto_sni and auto_san_validation true unless allow_insecure_cluster_options is set.',
    );
  }
  return new DynamicHosts(cluster, dnsCache(dnsCacheConfig ?? {}, ctx.clusters, ctx.scope));
}

export function create(): ClusterType {
  return {
    discover: discoverNothing,
    balancer: make,
  };
}
