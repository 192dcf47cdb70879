/**
 * Which DNS servers a cluster asks, and how: its own list, or null for those of resolv.conf. Mirrors the precedence of
 * makeDnsResolverConfig (source/common/network/dns_resolver/dns_factory_util.h): typed config, then dns_resolution_config, then
 * dns_resolvers.
 */
import { each, refuse } from '../../config/refusal.ts';
import type {
  Address as AddressMessage,
  CaresDnsResolverConfig,
  Cluster as ClusterMessage,
} from '../../config/schema/types.ts';
import { isIP } from '../../platform/ip.ts';

const CARES = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig';
const DNS_PORT = 53;

/** What c-ares is told; what is absent is as resolv.conf says. */
export interface DnsSettings {
  /** `ip:port` each. */
  readonly servers?: readonly string[] | undefined;
  /** ms for the first try at a server. */
  readonly timeoutMs?: number | undefined;
  readonly tries?: number | undefined;
  /** Names are asked for as they are. */
  readonly noSearch?: boolean | undefined;
  /** `servers` are asked only where resolv.conf has none. */
  readonly serversAreFallback?: boolean | undefined;
  /** A family is asked for only where an interface has an address of it. */
  readonly onlyRoutable?: boolean | undefined;
}

type Resolvers = Pick<ClusterMessage, 'typedDnsResolverConfig' | 'dnsResolutionConfig' | 'dnsResolvers'>;

/** The bootstrap's, of this event loop: for clusters that say none of the three. */
const otherwise: { resolvers: Resolvers } = { resolvers: {} };
export function setDefaultResolvers(resolvers: Resolvers): void {
  otherwise.resolvers = resolvers;
}

const ownOrDefault = (c: Resolvers): Resolvers =>
  (c.typedDnsResolverConfig ?? c.dnsResolutionConfig ?? (c.dnsResolvers?.length ? c : undefined))
    ? c
    : otherwise.resolvers;

/** Throws for a server that is no IP address. */
export function dnsSettings(cluster: ClusterMessage): DnsSettings {
  const c = ownOrDefault(cluster);
  const typed = c.typedDnsResolverConfig?.typedConfig;
  const cares = typed?.typeUrl === CARES ? (typed.value as CaresDnsResolverConfig) : {};
  const { dnsResolverOptions: options } = typed === undefined ? (c.dnsResolutionConfig ?? {}) : cares;
  const { queryTimeoutSeconds: seconds, queryTries: tries } = cares;
  return {
    servers: dnsServers(c) ?? undefined,
    timeoutMs: seconds && seconds * 1000,
    tries,
    noSearch: options?.noDefaultSearchDomain,
    serversAreFallback: cares.useResolversAsFallback,
    onlyRoutable: cares.filterUnroutableFamilies,
  };
}

/** `ip:port` each, as `Resolver.setServers` takes them. Throws for what is not an IP address. */
export function dnsServers(c: ClusterMessage): readonly string[] | null {
  const typed = c.typedDnsResolverConfig?.typedConfig;
  let list: readonly AddressMessage[] | undefined;
  if (typed !== undefined) {
    list = typed.typeUrl === CARES ? (typed.value as { resolvers?: readonly AddressMessage[] }).resolvers : undefined;
  } else {
    list = c.dnsResolutionConfig?.resolvers ?? c.dnsResolvers;
  }
  if (list === undefined || list.length === 0) return null;
  return each(list, (a) => {
    const ip = a.socketAddress?.address ?? a.pipe?.path ?? '';
    const port = a.socketAddress?.portValue ?? 0;
    const family = isIP(ip);
    if (family === 0) refuse(a, '', `DNS resolver '${ip}' is not an IP address`);
    return `${family === 6 ? `[${ip}]` : ip}:${port === 0 ? DNS_PORT : port}`;
  });
}
