/**
 * envoy.clusters.dns: STRICT_DNS and LOGICAL_DNS as one cluster type with a config of its own. Mirrors DnsClusterFactory
 * (source/extensions/clusters/dns/dns_cluster.cc).
 */
import type { Cluster as ClusterMessage, DnsCluster } from '../../config/schema/types.ts';
import type { ClusterType } from './discovery.ts';
import { LogicalDnsDiscovery } from './logical-dns.ts';
import { StrictDnsDiscovery } from './strict-dns.ts';

export function create(): ClusterType {
  return {
    discover: (config, sink, ctx) => {
      const dns = (config.clusterType?.typedConfig?.value ?? {}) as DnsCluster;
      const own = withDns(config, dns);
      const resolver = ctx.resolver(own);
      return dns.allAddressesInSingleEndpoint === true
        ? new LogicalDnsDiscovery(own, sink, resolver, ctx.random)
        : new StrictDnsDiscovery(own, sink, resolver, ctx.random);
    },
  };
}

/** The older fields of the cluster say nothing here. */
function withDns(config: ClusterMessage, dns: DnsCluster): ClusterMessage & Pick<DnsCluster, 'dnsMinRefreshRate'> {
  const family = dns.dnsLookupFamily;
  return {
    ...config,
    dnsRefreshRate: dns.dnsRefreshRate,
    dnsFailureRefreshRate: dns.dnsFailureRefreshRate,
    respectDnsTtl: dns.respectDnsTtl,
    dnsJitter: dns.dnsJitter,
    dnsMinRefreshRate: dns.dnsMinRefreshRate,
    dnsLookupFamily: family === undefined || family === 'UNSPECIFIED' ? 'AUTO' : family,
    typedDnsResolverConfig: dns.typedDnsResolverConfig,
    dnsResolutionConfig: undefined,
    dnsResolvers: undefined,
  };
}
