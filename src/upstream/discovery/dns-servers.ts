/**
 * Which DNS servers a cluster asks: its own list, or null for those of resolv.conf. Mirrors the precedence of
 * makeDnsResolverConfig (source/common/network/dns_resolver/dns_factory_util.h): typed config, then dns_resolution_config, then
 * dns_resolvers.
 */
import { each, refuse } from '../../config/refusal.ts';
import type { Address as AddressMessage, Cluster as ClusterMessage } from '../../config/schema/types.ts';
import { isIP } from '../../platform/ip.ts';

const CARES = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig';
const DNS_PORT = 53;

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
