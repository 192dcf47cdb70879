/** Clusters: unique names, addresses that fit the discovery type, options that exclude each other. */
import type { Address, Bootstrap, CaresDnsResolverConfig, Cluster, HttpHttpProtocolOptions } from '../schema/types.ts';
import { checkIP, checkLiteral, RESOLVING_ADVICE } from './addresses.ts';
import { checkKind, DNS_RESOLVERS, TRANSPORT_SOCKETS } from './extensions.ts';
import type { Reporter } from './reporter.ts';

/** The clusters a route may name. */
export class KnownClusters {
  readonly byName = new Map<string, Cluster>();
  /** Names of clusters that may be there: what was refused could have been one. */
  readonly #possible = new Set<string>();
  /** The list itself was refused, or a part of it. */
  #unknown = false;

  /** Only what is surely not there is missing. */
  has(name: string): boolean {
    return this.#unknown || this.byName.has(name) || this.#possible.has(name);
  }

  /** A cluster whose name was refused (`Name: app`) is called one of its texts. */
  addNameless(texts: readonly string[]): void {
    for (const text of texts) this.#possible.add(text);
  }

  /** `Clusters:` */
  lost(): void {
    this.#unknown = true;
  }
}

export function checkClusters(bootstrap: Bootstrap, report: Reporter): KnownClusters {
  const known = new KnownClusters();
  const { staticResources } = bootstrap;
  if (!report.isWhole(bootstrap) || !report.isWhole(staticResources)) known.lost();
  for (const cluster of staticResources?.clusters ?? []) {
    const name = cluster.name ?? '';
    if (name === '' && !report.isWhole(cluster)) known.addNameless(report.textsOf(cluster));
    else if (known.byName.has(name)) report.problem(cluster, 'name', `cluster manager: duplicate cluster '${name}'`);
    else known.byName.set(name, cluster);
    checkEndpoints(cluster, report);
    checkResolvers(cluster, report);
    checkProtocols(cluster, report);
    checkProtocolOptions(cluster, report);
    checkKind(cluster.transportSocket, TRANSPORT_SOCKETS, report);
    checkKind(cluster.typedDnsResolverConfig, DNS_RESOLVERS, report);
    checkPolicy(cluster, report);
  }
  checkLocal(bootstrap, known, report);
  return known;
}

/** The cluster of the proxies like this one: zone-aware routing compares with its places. */
function checkLocal(bootstrap: Bootstrap, known: KnownClusters, report: Reporter): void {
  const { clusterManager = {} } = bootstrap;
  const { localClusterName: name = '' } = clusterManager;
  if (name === '') return;
  if (!known.has(name)) report.problem(clusterManager, 'local_cluster_name', `local cluster '${name}' must be defined`);
  const { type = 'STATIC', loadAssignment } = known.byName.get(name) ?? {};
  if (type === 'LOGICAL_DNS') return;
  for (const locality of loadAssignment?.endpoints ?? []) {
    if ((locality.priority ?? 0) === 0) continue;
    report.problem(locality, 'priority', `Unexpected non-zero priority for local cluster '${name}'.`);
  }
}

function checkEndpoints(cluster: Cluster, report: Reporter): void {
  if (cluster.edsClusterConfig !== undefined && cluster.type !== 'EDS') {
    report.problem(cluster, 'eds_cluster_config', 'eds_cluster_config set in a non-EDS cluster');
  }
  // What a cluster_type does with its endpoints is its own.
  if (cluster.clusterType !== undefined) return;
  const type = cluster.type ?? 'STATIC';
  if (type === 'LOGICAL_DNS') checkSingle(cluster, report);
  if (type === 'EDS' && cluster.edsClusterConfig === undefined && report.isWhole(cluster)) {
    report.problem(cluster, 'type', 'cannot create an EDS cluster without an EDS config');
  }
  if (type !== 'STATIC' && !type.endsWith('_DNS')) return;
  for (const locality of cluster.loadAssignment?.endpoints ?? []) {
    for (const point of locality.lbEndpoints ?? []) {
      const { endpoint = point } = point;
      const address = point.endpoint?.address;
      if (type === 'STATIC') checkLiteral(address, endpoint, report, RESOLVING_ADVICE);
      else if (address?.socketAddress?.resolverName) {
        const message = `${type} clusters must NOT have a custom resolver name set`;
        report.problem(address.socketAddress, 'resolver_name', message);
      } else if (address?.socketAddress === undefined) checkNameless(type, address, endpoint, report);
    }
  }
}

/** Envoy starts and asks for the empty name, so the cluster never has a host: docs/behaviour.md C30. */
function checkNameless(type: string, address: Address | undefined, endpoint: object, report: Reporter): void {
  if (!report.isWhole(endpoint) || !report.isWhole(address)) return;
  const message = `${type} clusters must have a socket_address for each endpoint`;
  if (report.asEnvoy) report.warning(address ?? endpoint, '', message);
  else report.problem(address ?? endpoint, '', message);
}

function checkSingle(cluster: Cluster, report: Reporter): void {
  const localities = cluster.loadAssignment?.endpoints ?? [];
  if (!report.isWhole(cluster) || !report.isWhole(cluster.loadAssignment)) return;
  if (cluster.loadAssignment === undefined) {
    report.problem(cluster, 'load_assignment', 'LOGICAL_DNS clusters must have a single host');
  } else if (localities.length !== 1 || (report.isWhole(localities[0]) && localities[0].lbEndpoints?.length !== 1)) {
    const message = 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint';
    report.problem(cluster, 'load_assignment', message);
  }
}

function checkResolvers(cluster: Cluster, report: Reporter): void {
  if (!(cluster.type ?? '').endsWith('_DNS')) return;
  const rate = cluster.dnsFailureRefreshRate;
  if (rate?.maxInterval !== undefined && rate.maxInterval < (rate.baseInterval ?? 0)) {
    const message = 'dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval';
    report.problem(rate, 'max_interval', message);
  }
  const typed = cluster.typedDnsResolverConfig?.typedConfig;
  const cares = typed?.typeUrl.includes('.CaresDnsResolverConfig')
    ? (typed.value as CaresDnsResolverConfig)
    : undefined;
  const lists =
    typed === undefined ? [cluster.dnsResolutionConfig?.resolvers ?? cluster.dnsResolvers] : [cares?.resolvers];
  for (const address of lists[0] ?? []) if (address.socketAddress !== undefined) checkIP(address.socketAddress, report);
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
  const type = cluster.type ?? 'STATIC';
  const byHostname = cluster.commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing === true;
  if (byHostname && type !== 'STRICT_DNS' && cluster.clusterType === undefined) {
    const kind = `envoy.cluster.${type.toLowerCase()}`;
    const message = `Cannot use hostname for consistent hashing loadbalancing for cluster of type: '${kind}'`;
    report.problem(cluster, 'common_lb_config', message);
  }
  const size = cluster.maglevLbConfig?.tableSize;
  if (size !== undefined && cluster.lbPolicy === 'MAGLEV' && !cluster.loadBalancingPolicy && !isPrime(size)) {
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
