/**
 * The part of envoy.config.cluster.v3.Cluster that this directory reads, in the typed form src/config produces: camelCased
 * keys, Duration as ms, wrappers unwrapped, enums as upper-case names, absent = undefined.
 */

export interface SocketAddressConfig {
  readonly address?: string;
  readonly portValue?: number;
  readonly namedPort?: string;
  readonly resolverName?: string;
}
export interface AddressConfig {
  readonly socketAddress?: SocketAddressConfig;
  readonly pipe?: { readonly path?: string };
}
export interface MetadataConfig {
  readonly filterMetadata?: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}
export interface LbEndpointConfig {
  readonly endpoint?: { readonly address?: AddressConfig; readonly hostname?: string };
  readonly healthStatus?: string;
  readonly loadBalancingWeight?: number;
  readonly metadata?: MetadataConfig;
}
export interface LocalityConfig {
  readonly region?: string;
  readonly zone?: string;
  readonly subZone?: string;
}
export interface LocalityLbEndpointsConfig {
  readonly locality?: LocalityConfig;
  readonly lbEndpoints?: readonly LbEndpointConfig[];
  readonly loadBalancingWeight?: number;
  readonly priority?: number;
}
export interface ClusterLoadAssignmentConfig {
  readonly clusterName?: string;
  readonly endpoints?: readonly LocalityLbEndpointsConfig[];
  readonly policy?: { readonly overprovisioningFactor?: number };
}
export interface ThresholdsConfig {
  readonly priority?: string;
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
  readonly maxRetries?: number;
  readonly maxConnectionPools?: number;
  readonly trackRemaining?: boolean;
  readonly retryBudget?: {
    readonly budgetPercent?: { readonly value?: number };
    readonly minRetryConcurrency?: number;
  };
}
export interface CommonLbConfig {
  readonly healthyPanicThreshold?: { readonly value?: number };
  readonly zoneAwareLbConfig?: { readonly failTrafficOnPanic?: boolean };
  readonly consistentHashingLbConfig?: {
    readonly useHostnameForHashing?: boolean;
    readonly hashBalanceFactor?: number;
  };
}
export interface CommonHttpProtocolOptionsConfig {
  readonly idleTimeout?: number;
  readonly maxConnectionDuration?: number;
  readonly maxHeadersCount?: number;
  readonly maxResponseHeadersKb?: number;
  readonly maxRequestsPerConnection?: number;
}
export type Message = Record<string, unknown>;
export interface AnyConfig {
  readonly typeUrl: string;
  readonly value: unknown;
}
/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions */
export interface HttpProtocolOptionsConfig {
  readonly commonHttpProtocolOptions?: CommonHttpProtocolOptionsConfig;
  readonly explicitHttpConfig?: { readonly httpProtocolOptions?: Message; readonly http2ProtocolOptions?: Message };
  readonly useDownstreamProtocolConfig?: {
    readonly httpProtocolOptions?: Message;
    readonly http2ProtocolOptions?: Message;
  };
  readonly autoConfig?: { readonly httpProtocolOptions?: Message; readonly http2ProtocolOptions?: Message };
}
/** envoy.config.cluster.v3.LoadBalancingPolicy: the first policy that is known counts. */
export interface LoadBalancingPolicyConfig {
  readonly policies?: readonly {
    readonly typedExtensionConfig?: { readonly name?: string; readonly typedConfig?: AnyConfig };
  }[];
}
/** The messages of envoy.extensions.load_balancing_policies.{least_request,maglev}.v3, as far as read. */
export interface TypedLbPolicyConfig {
  readonly choiceCount?: number;
  readonly activeRequestBias?: { readonly defaultValue?: number };
  readonly tableSize?: number;
  readonly consistentHashingLbConfig?: { readonly useHostnameForHashing?: boolean };
}
export interface ClusterConfig {
  readonly name: string;
  readonly altStatName?: string;
  readonly type?: string;
  readonly connectTimeout?: number;
  readonly perConnectionBufferLimitBytes?: number;
  readonly lbPolicy?: string;
  readonly loadBalancingPolicy?: LoadBalancingPolicyConfig;
  readonly loadAssignment?: ClusterLoadAssignmentConfig;
  readonly circuitBreakers?: { readonly thresholds?: readonly ThresholdsConfig[] };
  readonly commonLbConfig?: CommonLbConfig;
  readonly leastRequestLbConfig?: {
    readonly choiceCount?: number;
    readonly activeRequestBias?: { readonly defaultValue?: number };
  };
  readonly maglevLbConfig?: { readonly tableSize?: number };
  readonly httpProtocolOptions?: Message;
  readonly http2ProtocolOptions?: Message;
  readonly commonHttpProtocolOptions?: CommonHttpProtocolOptionsConfig;
  readonly maxRequestsPerConnection?: number;
  readonly protocolSelection?: string;
  readonly typedExtensionProtocolOptions?: ReadonlyMap<string, AnyConfig>;
  readonly upstreamConnectionOptions?: { readonly tcpKeepalive?: { readonly keepaliveTime?: number } };
  readonly waitForWarmOnInit?: boolean;
  readonly dnsRefreshRate?: number;
  readonly dnsFailureRefreshRate?: { readonly baseInterval?: number; readonly maxInterval?: number };
  readonly respectDnsTtl?: boolean;
  readonly dnsLookupFamily?: string;
  readonly dnsResolvers?: readonly AddressConfig[];
  /** envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig is read, others mean the system's servers. */
  readonly typedDnsResolverConfig?: { readonly name?: string; readonly typedConfig?: AnyConfig };
  /** The older form of the same. */
  readonly dnsResolutionConfig?: { readonly resolvers?: readonly AddressConfig[] };
}
