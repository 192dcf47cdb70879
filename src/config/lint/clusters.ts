/** Clusters: unique names, addresses that fit the discovery type, options that exclude each other. */
import { isIP } from '../../platform/ip.ts';
import type { Cluster, HttpHttpProtocolOptions, LbEndpoint } from '../schema/types.ts';
import { BALANCING_POLICIES, checkKind, DNS_RESOLVERS, TRANSPORT_SOCKETS } from './extensions.ts';
import type { Reporter } from './reporter.ts';

/** Returns the clusters by name. */
export function checkClusters(clusters: readonly Cluster[], report: Reporter): Map<string, Cluster> {
  const byName = new Map<string, Cluster>();
  for (const cluster of clusters) {
    const name = cluster.name ?? '';
    if (byName.has(name)) report.problem(cluster, 'name', `cluster manager: duplicate cluster '${name}'`);
    else byName.set(name, cluster);
    checkEndpoints(cluster, report);
    checkProtocols(cluster, report);
    checkProtocolOptions(cluster, report);
    checkKind(cluster.transportSocket, TRANSPORT_SOCKETS, report);
    checkKind(cluster.typedDnsResolverConfig, DNS_RESOLVERS, report);
    for (const policy of cluster.loadBalancingPolicy?.policies ?? [])
      checkKind(policy.typedExtensionConfig, BALANCING_POLICIES, report);
    checkPolicy(cluster, report);
  }
  return byName;
}

function checkEndpoints(cluster: Cluster, report: Reporter): void {
  const endpoints: LbEndpoint[] = (cluster.loadAssignment?.endpoints ?? []).flatMap((l) => l.lbEndpoints ?? []);
  // A type of its own knows what its endpoints are.
  if (cluster.clusterType !== undefined) return;
  const type = cluster.type ?? 'STATIC';
  if (type === 'LOGICAL_DNS' && endpoints.length !== 1) {
    report.problem(cluster, 'load_assignment', 'LOGICAL_DNS clusters must have a single host');
  }
  if (type === 'EDS') {
    if (cluster.edsClusterConfig === undefined) {
      report.problem(cluster, 'type', 'cannot create an EDS cluster without an EDS config');
    }
    return;
  }
  for (const { endpoint } of endpoints) {
    const address = endpoint?.address?.socketAddress;
    if (address?.address === undefined) continue;
    if (type === 'STATIC' && isIP(address.address) === 0) {
      const advice = "Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'";
      report.problem(address, 'address', `malformed IP address: ${address.address}. ${advice}`);
    }
    if (type.endsWith('_DNS') && address.resolverName) {
      report.problem(address, 'resolver_name', `${type} clusters must NOT have a custom resolver name set`);
    }
  }
}

function checkProtocols(cluster: Cluster, report: Reporter): void {
  const { httpProtocolOptions: h1, http2ProtocolOptions: h2, protocolSelection } = cluster;
  if (h1 === undefined || h2 === undefined || protocolSelection === 'USE_DOWNSTREAM_PROTOCOL') return;
  const message =
    "cluster: Both HTTP1 and HTTP2 options may only be configured with non-default 'protocol_selection' values";
  report.problem(cluster, 'http2_protocol_options', message, 'keep one of the two');
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Options under another name would reach nobody. */
function checkProtocolOptions(cluster: Cluster, report: Reporter): void {
  for (const [name, options] of cluster.typedExtensionProtocolOptions ?? []) {
    if (options.typeUrl !== HTTP_OPTIONS || name === HTTP_OPTIONS) continue;
    const message = `Didn't find a registered network or http filter or protocol options implementation for name: '${name}'`;
    report.problem(cluster, 'typed_extension_protocol_options', message, `the name must be ${HTTP_OPTIONS}`);
  }
}

function checkPolicy(cluster: Cluster, report: Reporter): void {
  const size = cluster.maglevLbConfig?.tableSize;
  if (size !== undefined && cluster.lbPolicy === 'MAGLEV' && !isPrime(size)) {
    report.problem(cluster.maglevLbConfig!, 'table_size', 'The table size of maglev must be prime number');
  }
  if (cluster.lbPolicy === 'CLUSTER_PROVIDED' && cluster.clusterType === undefined && cluster.type !== 'ORIGINAL_DST') {
    const message = `cluster manager: cluster provided LB specified but cluster '${cluster.name}' did not provide one. Check cluster documentation.`;
    report.problem(cluster, 'lb_policy', message);
  }
}

/** Sizes are at most 5,000,011 by the proto's own rule. */
function isPrime(n: number): boolean {
  if (n < 2) return false;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

/** Answers to this cluster's hosts are asked for in HTTP/1. */
export function speaksHttp1(cluster: Cluster): boolean {
  if (cluster.http2ProtocolOptions !== undefined) return false;
  const options = cluster.typedExtensionProtocolOptions?.get('envoy.extensions.upstreams.http.v3.HttpProtocolOptions');
  const http = options?.value as HttpHttpProtocolOptions | undefined;
  if (http === undefined) return cluster.protocolSelection !== 'USE_DOWNSTREAM_PROTOCOL';
  return http.explicitHttpConfig !== undefined && http.explicitHttpConfig.http2ProtocolOptions === undefined;
}
