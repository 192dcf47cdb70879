// Written by src/config/schema/generate/main.ts from Envoy's protos; do not edit.
// Typed config: absent = undefined, Durations and Timestamps in ms, wrappers unwrapped, enums as names, 64-bit as number.

export interface Any {
  /** Full v3 message name, without a host. */
  typeUrl: string;
  value: unknown;
}

/** No prototype. */
export type Struct = { [key: string]: unknown };

/** envoy.config.accesslog.v3.AccessLog */
export interface AccessLog {
  name?: string;
  filter?: AccessLogFilter;
  typedConfig?: Any;
}

/** envoy.config.accesslog.v3.AccessLogFilter */
export interface AccessLogFilter {
  statusCodeFilter?: StatusCodeFilter;
  durationFilter?: DurationFilter;
  notHealthCheckFilter?: NotHealthCheckFilter;
  traceableFilter?: TraceableFilter;
  runtimeFilter?: RuntimeFilter;
  andFilter?: AndFilter;
  orFilter?: OrFilter;
  headerFilter?: HeaderFilter;
  responseFlagFilter?: ResponseFlagFilter;
  grpcStatusFilter?: GrpcStatusFilter;
  extensionFilter?: ExtensionFilter;
  metadataFilter?: MetadataFilter;
  logTypeFilter?: LogTypeFilter;
}

/** envoy.config.accesslog.v3.AndFilter */
export interface AndFilter {
  filters?: AccessLogFilter[];
}

/** envoy.config.accesslog.v3.ComparisonFilter */
export interface ComparisonFilter {
  op?: ComparisonFilterOp;
  value?: RuntimeUInt32;
}

/** envoy.config.accesslog.v3.ComparisonFilter.Op */
export type ComparisonFilterOp = 'EQ' | 'GE' | 'LE' | 'NE';

/** envoy.config.accesslog.v3.DurationFilter */
export interface DurationFilter {
  comparison?: ComparisonFilter;
}

/** envoy.config.accesslog.v3.ExtensionFilter */
export interface ExtensionFilter {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.accesslog.v3.GrpcStatusFilter */
export interface GrpcStatusFilter {
  statuses?: GrpcStatusFilterStatus[];
  exclude?: boolean;
}

/** envoy.config.accesslog.v3.GrpcStatusFilter.Status */
export type GrpcStatusFilterStatus =
  | 'OK'
  | 'CANCELED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED';

/** envoy.config.accesslog.v3.HeaderFilter */
export interface HeaderFilter {
  header?: HeaderMatcher;
}

/** envoy.config.accesslog.v3.LogTypeFilter */
export interface LogTypeFilter {
  types?: AccessLogType[];
  exclude?: boolean;
}

/** envoy.config.accesslog.v3.MetadataFilter */
export interface MetadataFilter {
  matcher?: MetadataMatcher;
  matchIfKeyNotFound?: boolean;
}

/** envoy.config.accesslog.v3.NotHealthCheckFilter */
export type NotHealthCheckFilter = Record<string, never>;

/** envoy.config.accesslog.v3.OrFilter */
export interface OrFilter {
  filters?: AccessLogFilter[];
}

/** envoy.config.accesslog.v3.ResponseFlagFilter */
export interface ResponseFlagFilter {
  flags?: string[];
}

/** envoy.config.accesslog.v3.RuntimeFilter */
export interface RuntimeFilter {
  runtimeKey?: string;
  percentSampled?: FractionalPercent;
  useIndependentRandomness?: boolean;
}

/** envoy.config.accesslog.v3.StatusCodeFilter */
export interface StatusCodeFilter {
  comparison?: ComparisonFilter;
}

/** envoy.config.accesslog.v3.TraceableFilter */
export type TraceableFilter = Record<string, never>;

/** envoy.config.bootstrap.v3.Admin */
export interface Admin {
  accessLog?: AccessLog[];
  accessLogPath?: string;
  profilePath?: string;
  address?: Address;
  socketOptions?: SocketOption[];
  ignoreGlobalConnLimit?: boolean;
  allowPaths?: StringMatcher[];
}

/** envoy.config.bootstrap.v3.Bootstrap */
export interface Bootstrap {
  node?: Node;
  nodeContextParams?: string[];
  staticResources?: BootstrapStaticResources;
  dynamicResources?: BootstrapDynamicResources;
  clusterManager?: ClusterManager;
  hdsConfig?: ApiConfigSource;
  flagsPath?: string;
  statsSinks?: StatsSink[];
  deferredStatOptions?: BootstrapDeferredStatOptions;
  statsConfig?: StatsConfig;
  statsFlushInterval?: number;
  statsFlushOnAdmin?: boolean;
  statsEvictionInterval?: number;
  watchdog?: Watchdog;
  watchdogs?: Watchdogs;
  tracing?: TraceTracing;
  layeredRuntime?: LayeredRuntime;
  admin?: Admin;
  overloadManager?: OverloadManager;
  enableDispatcherStats?: boolean;
  headerPrefix?: string;
  statsServerVersionOverride?: number;
  useTcpForDnsLookups?: boolean;
  dnsResolutionConfig?: DnsResolutionConfig;
  typedDnsResolverConfig?: TypedExtensionConfig;
  bootstrapExtensions?: TypedExtensionConfig[];
  fatalActions?: FatalAction[];
  configSources?: ConfigSource[];
  defaultConfigSource?: ConfigSource;
  defaultSocketInterface?: string;
  certificateProviderInstances?: Map<string, TypedExtensionConfig>;
  inlineHeaders?: CustomInlineHeader[];
  perfTracingFilePath?: string;
  defaultRegexEngine?: TypedExtensionConfig;
  xdsDelegateExtension?: TypedExtensionConfig;
  xdsConfigTrackerExtension?: TypedExtensionConfig;
  listenerManager?: TypedExtensionConfig;
  applicationLogConfig?: BootstrapApplicationLogConfig;
  grpcAsyncClientManagerConfig?: BootstrapGrpcAsyncClientManagerConfig;
  memoryAllocatorManager?: MemoryAllocatorManager;
  enableWorkerCpuAffinity?: boolean;
}

/** envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig */
export interface BootstrapApplicationLogConfig {
  logFormat?: BootstrapApplicationLogConfigLogFormat;
}

/** envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig.LogFormat */
export interface BootstrapApplicationLogConfigLogFormat {
  jsonFormat?: Struct;
  textFormat?: string;
}

/** envoy.config.bootstrap.v3.Bootstrap.DeferredStatOptions */
export interface BootstrapDeferredStatOptions {
  enableDeferredCreationStats?: boolean;
}

/** envoy.config.bootstrap.v3.Bootstrap.DynamicResources */
export interface BootstrapDynamicResources {
  ldsConfig?: ConfigSource;
  ldsResourcesLocator?: string;
  cdsConfig?: ConfigSource;
  cdsResourcesLocator?: string;
  adsConfig?: ApiConfigSource;
}

/** envoy.config.bootstrap.v3.Bootstrap.GrpcAsyncClientManagerConfig */
export interface BootstrapGrpcAsyncClientManagerConfig {
  maxCachedEntryIdleDuration?: number;
}

/** envoy.config.bootstrap.v3.Bootstrap.StaticResources */
export interface BootstrapStaticResources {
  listeners?: Listener[];
  clusters?: Cluster[];
  secrets?: Secret[];
}

/** envoy.config.bootstrap.v3.ClusterManager */
export interface ClusterManager {
  localClusterName?: string;
  outlierDetection?: ClusterManagerOutlierDetection;
  upstreamBindConfig?: BindConfig;
  loadStatsConfig?: ApiConfigSource;
  enableDeferredClusterCreation?: boolean;
}

/** envoy.config.bootstrap.v3.ClusterManager.OutlierDetection */
export interface ClusterManagerOutlierDetection {
  eventLogPath?: string;
  eventService?: EventServiceConfig;
}

/** envoy.config.bootstrap.v3.CustomInlineHeader */
export interface CustomInlineHeader {
  inlineHeaderName?: string;
  inlineHeaderType?: CustomInlineHeaderInlineHeaderType;
}

/** envoy.config.bootstrap.v3.CustomInlineHeader.InlineHeaderType */
export type CustomInlineHeaderInlineHeaderType =
  | 'REQUEST_HEADER'
  | 'REQUEST_TRAILER'
  | 'RESPONSE_HEADER'
  | 'RESPONSE_TRAILER';

/** envoy.config.bootstrap.v3.FatalAction */
export interface FatalAction {
  config?: TypedExtensionConfig;
}

/** envoy.config.bootstrap.v3.LayeredRuntime */
export interface LayeredRuntime {
  layers?: RuntimeLayer[];
}

/** envoy.config.bootstrap.v3.MemoryAllocatorManager */
export interface MemoryAllocatorManager {
  bytesToRelease?: number;
  memoryReleaseInterval?: number;
  softMemoryLimitBytes?: number;
  maxPerCpuCacheSizeBytes?: number;
  maxUnfreedMemoryBytes?: number;
}

/** envoy.config.bootstrap.v3.RuntimeLayer */
export interface RuntimeLayer {
  name?: string;
  staticLayer?: Struct;
  diskLayer?: RuntimeLayerDiskLayer;
  adminLayer?: RuntimeLayerAdminLayer;
  rtdsLayer?: RuntimeLayerRtdsLayer;
}

/** envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer */
export type RuntimeLayerAdminLayer = Record<string, never>;

/** envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer */
export interface RuntimeLayerDiskLayer {
  symlinkRoot?: string;
  subdirectory?: string;
  appendServiceCluster?: boolean;
}

/** envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer */
export interface RuntimeLayerRtdsLayer {
  name?: string;
  rtdsConfig?: ConfigSource;
}

/** envoy.config.bootstrap.v3.Watchdog */
export interface Watchdog {
  actions?: WatchdogWatchdogAction[];
  missTimeout?: number;
  megamissTimeout?: number;
  killTimeout?: number;
  maxKillTimeoutJitter?: number;
  multikillTimeout?: number;
  multikillThreshold?: Percent;
}

/** envoy.config.bootstrap.v3.Watchdog.WatchdogAction */
export interface WatchdogWatchdogAction {
  config?: TypedExtensionConfig;
  event?: WatchdogWatchdogActionWatchdogEvent;
}

/** envoy.config.bootstrap.v3.Watchdog.WatchdogAction.WatchdogEvent */
export type WatchdogWatchdogActionWatchdogEvent = 'UNKNOWN' | 'KILL' | 'MULTIKILL' | 'MEGAMISS' | 'MISS';

/** envoy.config.bootstrap.v3.Watchdogs */
export interface Watchdogs {
  mainThreadWatchdog?: Watchdog;
  workerWatchdog?: Watchdog;
}

/** envoy.config.cluster.v3.CircuitBreakers */
export interface CircuitBreakers {
  thresholds?: CircuitBreakersThresholds[];
  perHostThresholds?: CircuitBreakersThresholds[];
}

/** envoy.config.cluster.v3.CircuitBreakers.Thresholds */
export interface CircuitBreakersThresholds {
  priority?: RoutingPriority;
  maxConnections?: number;
  maxPendingRequests?: number;
  maxRequests?: number;
  maxRetries?: number;
  retryBudget?: CircuitBreakersThresholdsRetryBudget;
  trackRemaining?: boolean;
  maxConnectionPools?: number;
}

/** envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget */
export interface CircuitBreakersThresholdsRetryBudget {
  budgetPercent?: Percent;
  budgetInterval?: number;
  minRetryConcurrency?: number;
}

/** envoy.config.cluster.v3.Cluster */
export interface Cluster {
  transportSocketMatches?: ClusterTransportSocketMatch[];
  transportSocketMatcher?: XdsMatcher;
  name?: string;
  altStatName?: string;
  statsMatcher?: StatsMatcher;
  type?: ClusterDiscoveryType;
  clusterType?: ClusterCustomClusterType;
  edsClusterConfig?: ClusterEdsClusterConfig;
  connectTimeout?: number;
  perConnectionBufferLimitBytes?: number;
  perConnectionBufferHighWatermarkTimeout?: number;
  lbPolicy?: ClusterLbPolicy;
  loadAssignment?: ClusterLoadAssignment;
  healthChecks?: HealthCheck[];
  maxRequestsPerConnection?: number;
  circuitBreakers?: CircuitBreakers;
  upstreamHttpProtocolOptions?: UpstreamHttpProtocolOptions;
  commonHttpProtocolOptions?: CoreHttpProtocolOptions;
  httpProtocolOptions?: Http1ProtocolOptions;
  http2ProtocolOptions?: Http2ProtocolOptions;
  typedExtensionProtocolOptions?: Map<string, Any>;
  dnsRefreshRate?: number;
  dnsJitter?: number;
  dnsFailureRefreshRate?: ClusterRefreshRate;
  respectDnsTtl?: boolean;
  dnsLookupFamily?: ClusterDnsLookupFamily;
  dnsResolvers?: Address[];
  useTcpForDnsLookups?: boolean;
  dnsResolutionConfig?: DnsResolutionConfig;
  typedDnsResolverConfig?: TypedExtensionConfig;
  waitForWarmOnInit?: boolean;
  outlierDetection?: OutlierDetection;
  cleanupInterval?: number;
  upstreamBindConfig?: BindConfig;
  lbSubsetConfig?: ClusterLbSubsetConfig;
  ringHashLbConfig?: ClusterRingHashLbConfig;
  maglevLbConfig?: ClusterMaglevLbConfig;
  originalDstLbConfig?: ClusterOriginalDstLbConfig;
  leastRequestLbConfig?: ClusterLeastRequestLbConfig;
  roundRobinLbConfig?: ClusterRoundRobinLbConfig;
  commonLbConfig?: ClusterCommonLbConfig;
  transportSocket?: TransportSocket;
  metadata?: Metadata;
  protocolSelection?: ClusterClusterProtocolSelection;
  upstreamConnectionOptions?: UpstreamConnectionOptions;
  closeConnectionsOnHostHealthFailure?: boolean;
  ignoreHealthOnHostRemoval?: boolean;
  filters?: ClusterFilter[];
  loadBalancingPolicy?: LoadBalancingPolicy;
  lrsServer?: ConfigSource;
  lrsReportEndpointMetrics?: string[];
  trackTimeoutBudgets?: boolean;
  upstreamConfig?: TypedExtensionConfig;
  trackClusterStats?: TrackClusterStats;
  preconnectPolicy?: ClusterPreconnectPolicy;
  connectionPoolPerDownstreamConnection?: boolean;
  queuingPolicies?: ClusterQueuingPolicies;
}

/** envoy.config.cluster.v3.Cluster.ClusterProtocolSelection */
export type ClusterClusterProtocolSelection = 'USE_CONFIGURED_PROTOCOL' | 'USE_DOWNSTREAM_PROTOCOL';

/** envoy.config.cluster.v3.Cluster.CommonLbConfig */
export interface ClusterCommonLbConfig {
  healthyPanicThreshold?: Percent;
  zoneAwareLbConfig?: ClusterCommonLbConfigZoneAwareLbConfig;
  localityWeightedLbConfig?: ClusterCommonLbConfigLocalityWeightedLbConfig;
  updateMergeWindow?: number;
  ignoreNewHostsUntilFirstHc?: boolean;
  closeConnectionsOnHostSetChange?: boolean;
  consistentHashingLbConfig?: ClusterCommonLbConfigConsistentHashingLbConfig;
  overrideHostStatus?: HealthStatusSet;
}

/** envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig */
export interface ClusterCommonLbConfigConsistentHashingLbConfig {
  useHostnameForHashing?: boolean;
  hashBalanceFactor?: number;
}

/** envoy.config.cluster.v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig */
export type ClusterCommonLbConfigLocalityWeightedLbConfig = Record<string, never>;

/** envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig */
export interface ClusterCommonLbConfigZoneAwareLbConfig {
  routingEnabled?: Percent;
  minClusterSize?: number;
  failTrafficOnPanic?: boolean;
}

/** envoy.config.cluster.v3.Cluster.CustomClusterType */
export interface ClusterCustomClusterType {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.cluster.v3.Cluster.DiscoveryType */
export type ClusterDiscoveryType = 'STATIC' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'EDS' | 'ORIGINAL_DST';

/** envoy.config.cluster.v3.Cluster.DnsLookupFamily */
export type ClusterDnsLookupFamily = 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL';

/** envoy.config.cluster.v3.Cluster.EdsClusterConfig */
export interface ClusterEdsClusterConfig {
  edsConfig?: ConfigSource;
  serviceName?: string;
}

/** envoy.config.cluster.v3.Cluster.LbPolicy */
export type ClusterLbPolicy =
  | 'ROUND_ROBIN'
  | 'LEAST_REQUEST'
  | 'RING_HASH'
  | 'RANDOM'
  | 'MAGLEV'
  | 'CLUSTER_PROVIDED'
  | 'LOAD_BALANCING_POLICY_CONFIG';

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig */
export interface ClusterLbSubsetConfig {
  fallbackPolicy?: ClusterLbSubsetConfigLbSubsetFallbackPolicy;
  defaultSubset?: Struct;
  subsetSelectors?: ClusterLbSubsetConfigLbSubsetSelector[];
  localityWeightAware?: boolean;
  scaleLocalityWeight?: boolean;
  panicModeAny?: boolean;
  listAsAny?: boolean;
  metadataFallbackPolicy?: ClusterLbSubsetConfigLbSubsetMetadataFallbackPolicy;
}

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy */
export type ClusterLbSubsetConfigLbSubsetFallbackPolicy = 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET';

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetMetadataFallbackPolicy */
export type ClusterLbSubsetConfigLbSubsetMetadataFallbackPolicy = 'METADATA_NO_FALLBACK' | 'FALLBACK_LIST';

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector */
export interface ClusterLbSubsetConfigLbSubsetSelector {
  keys?: string[];
  singleHostPerSubset?: boolean;
  fallbackPolicy?: ClusterLbSubsetConfigLbSubsetSelectorLbSubsetSelectorFallbackPolicy;
  fallbackKeysSubset?: string[];
}

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy */
export type ClusterLbSubsetConfigLbSubsetSelectorLbSubsetSelectorFallbackPolicy =
  | 'NOT_DEFINED'
  | 'NO_FALLBACK'
  | 'ANY_ENDPOINT'
  | 'DEFAULT_SUBSET'
  | 'KEYS_SUBSET';

/** envoy.config.cluster.v3.Cluster.LeastRequestLbConfig */
export interface ClusterLeastRequestLbConfig {
  choiceCount?: number;
  activeRequestBias?: RuntimeDouble;
  slowStartConfig?: ClusterSlowStartConfig;
}

/** envoy.config.cluster.v3.Cluster.MaglevLbConfig */
export interface ClusterMaglevLbConfig {
  tableSize?: number;
}

/** envoy.config.cluster.v3.Cluster.OriginalDstLbConfig */
export interface ClusterOriginalDstLbConfig {
  useHttpHeader?: boolean;
  httpHeaderName?: string;
  upstreamPortOverride?: number;
  metadataKey?: MetadataKey;
}

/** envoy.config.cluster.v3.Cluster.PreconnectPolicy */
export interface ClusterPreconnectPolicy {
  perUpstreamPreconnectRatio?: number;
  predictivePreconnectRatio?: number;
  preconnectEnabledMetadata?: MetadataMatcher;
}

/** envoy.config.cluster.v3.Cluster.QueuingPolicies */
export interface ClusterQueuingPolicies {
  pendingRqPolicy?: TypedExtensionConfig;
}

/** envoy.config.cluster.v3.Cluster.RefreshRate */
export interface ClusterRefreshRate {
  baseInterval?: number;
  maxInterval?: number;
}

/** envoy.config.cluster.v3.Cluster.RingHashLbConfig */
export interface ClusterRingHashLbConfig {
  minimumRingSize?: number;
  hashFunction?: ClusterRingHashLbConfigHashFunction;
  maximumRingSize?: number;
}

/** envoy.config.cluster.v3.Cluster.RingHashLbConfig.HashFunction */
export type ClusterRingHashLbConfigHashFunction = 'XX_HASH' | 'MURMUR_HASH_2';

/** envoy.config.cluster.v3.Cluster.RoundRobinLbConfig */
export interface ClusterRoundRobinLbConfig {
  slowStartConfig?: ClusterSlowStartConfig;
}

/** envoy.config.cluster.v3.Cluster.SlowStartConfig */
export interface ClusterSlowStartConfig {
  slowStartWindow?: number;
  aggression?: RuntimeDouble;
  minWeightPercent?: Percent;
}

/** envoy.config.cluster.v3.Cluster.TransportSocketMatch */
export interface ClusterTransportSocketMatch {
  name?: string;
  match?: Struct;
  transportSocket?: TransportSocket;
}

/** envoy.config.cluster.v3.Filter */
export interface ClusterFilter {
  name?: string;
  typedConfig?: Any;
  configDiscovery?: ExtensionConfigSource;
}

/** envoy.config.cluster.v3.LoadBalancingPolicy */
export interface LoadBalancingPolicy {
  policies?: LoadBalancingPolicyPolicy[];
}

/** envoy.config.cluster.v3.LoadBalancingPolicy.Policy */
export interface LoadBalancingPolicyPolicy {
  typedExtensionConfig?: TypedExtensionConfig;
}

/** envoy.config.cluster.v3.OutlierDetection */
export interface OutlierDetection {
  consecutive5xx?: number;
  interval?: number;
  baseEjectionTime?: number;
  maxEjectionPercent?: number;
  enforcingConsecutive5xx?: number;
  enforcingSuccessRate?: number;
  successRateMinimumHosts?: number;
  successRateRequestVolume?: number;
  successRateStdevFactor?: number;
  consecutiveGatewayFailure?: number;
  enforcingConsecutiveGatewayFailure?: number;
  splitExternalLocalOriginErrors?: boolean;
  consecutiveLocalOriginFailure?: number;
  enforcingConsecutiveLocalOriginFailure?: number;
  enforcingLocalOriginSuccessRate?: number;
  failurePercentageThreshold?: number;
  enforcingFailurePercentage?: number;
  enforcingFailurePercentageLocalOrigin?: number;
  failurePercentageMinimumHosts?: number;
  failurePercentageRequestVolume?: number;
  maxEjectionTime?: number;
  maxEjectionTimeJitter?: number;
  successfulActiveHealthCheckUnejectHost?: boolean;
  monitors?: TypedExtensionConfig[];
  alwaysEjectOneHost?: boolean;
  detectDegradedHosts?: boolean;
}

/** envoy.config.cluster.v3.TrackClusterStats */
export interface TrackClusterStats {
  timeoutBudgets?: boolean;
  requestResponseSizes?: boolean;
  perEndpointStats?: boolean;
}

/** envoy.config.cluster.v3.UpstreamConnectionOptions */
export interface UpstreamConnectionOptions {
  tcpKeepalive?: TcpKeepalive;
  setLocalInterfaceNameOnUpstreamConnections?: boolean;
  happyEyeballsConfig?: UpstreamConnectionOptionsHappyEyeballsConfig;
}

/** envoy.config.cluster.v3.UpstreamConnectionOptions.FirstAddressFamilyVersion */
export type UpstreamConnectionOptionsFirstAddressFamilyVersion = 'DEFAULT' | 'V4' | 'V6' | 'PIPE' | 'INTERNAL';

/** envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig */
export interface UpstreamConnectionOptionsHappyEyeballsConfig {
  firstAddressFamilyVersion?: UpstreamConnectionOptionsFirstAddressFamilyVersion;
  firstAddressFamilyCount?: number;
}

/** envoy.config.common.key_value.v3.KeyValueStoreConfig */
export interface KeyValueStoreConfig {
  config?: TypedExtensionConfig;
}

/** envoy.config.common.matcher.v3.HttpGenericBodyMatch */
export interface HttpGenericBodyMatch {
  bytesLimit?: number;
  patterns?: HttpGenericBodyMatchGenericTextMatch[];
}

/** envoy.config.common.matcher.v3.HttpGenericBodyMatch.GenericTextMatch */
export interface HttpGenericBodyMatchGenericTextMatch {
  stringMatch?: string;
  binaryMatch?: Buffer;
}

/** envoy.config.common.matcher.v3.HttpHeadersMatch */
export interface HttpHeadersMatch {
  headers?: HeaderMatcher[];
}

/** envoy.config.common.matcher.v3.MatchPredicate */
export interface MatchPredicate {
  orMatch?: MatchPredicateMatchSet;
  andMatch?: MatchPredicateMatchSet;
  notMatch?: MatchPredicate;
  anyMatch?: boolean;
  httpRequestHeadersMatch?: HttpHeadersMatch;
  httpRequestTrailersMatch?: HttpHeadersMatch;
  httpResponseHeadersMatch?: HttpHeadersMatch;
  httpResponseTrailersMatch?: HttpHeadersMatch;
  httpRequestGenericBodyMatch?: HttpGenericBodyMatch;
  httpResponseGenericBodyMatch?: HttpGenericBodyMatch;
}

/** envoy.config.common.matcher.v3.MatchPredicate.MatchSet */
export interface MatchPredicateMatchSet {
  rules?: MatchPredicate[];
}

/** envoy.config.common.mutation_rules.v3.HeaderMutation */
export interface HeaderMutation {
  remove?: string;
  append?: HeaderValueOption;
  removeOnMatch?: HeaderMutationRemoveOnMatch;
}

/** envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch */
export interface HeaderMutationRemoveOnMatch {
  keyMatcher?: StringMatcher;
}

/** envoy.config.core.v3.Address */
export interface Address {
  socketAddress?: SocketAddress;
  pipe?: Pipe;
  envoyInternalAddress?: EnvoyInternalAddress;
}

/** envoy.config.core.v3.AggregatedConfigSource */
export type AggregatedConfigSource = Record<string, never>;

/** envoy.config.core.v3.AlternateProtocolsCacheOptions */
export interface AlternateProtocolsCacheOptions {
  name?: string;
  maxEntries?: number;
  keyValueStoreConfig?: TypedExtensionConfig;
  prepopulatedEntries?: AlternateProtocolsCacheOptionsAlternateProtocolsCacheEntry[];
  canonicalSuffixes?: string[];
}

/** envoy.config.core.v3.AlternateProtocolsCacheOptions.AlternateProtocolsCacheEntry */
export interface AlternateProtocolsCacheOptionsAlternateProtocolsCacheEntry {
  hostname?: string;
  port?: number;
}

/** envoy.config.core.v3.ApiConfigSource */
export interface ApiConfigSource {
  apiType?: ApiConfigSourceApiType;
  transportApiVersion?: ApiVersion;
  clusterNames?: string[];
  grpcServices?: GrpcService[];
  refreshDelay?: number;
  requestTimeout?: number;
  rateLimitSettings?: RateLimitSettings;
  setNodeOnFirstMessageOnly?: boolean;
  configValidators?: TypedExtensionConfig[];
}

/** envoy.config.core.v3.ApiConfigSource.ApiType */
export type ApiConfigSourceApiType =
  | 'DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE'
  | 'REST'
  | 'GRPC'
  | 'DELTA_GRPC'
  | 'AGGREGATED_GRPC'
  | 'AGGREGATED_DELTA_GRPC';

/** envoy.config.core.v3.ApiVersion */
export type ApiVersion = 'AUTO' | 'V2' | 'V3';

/** envoy.config.core.v3.BackoffStrategy */
export interface BackoffStrategy {
  baseInterval?: number;
  maxInterval?: number;
}

/** envoy.config.core.v3.BindConfig */
export interface BindConfig {
  sourceAddress?: SocketAddress;
  freebind?: boolean;
  socketOptions?: SocketOption[];
  extraSourceAddresses?: ExtraSourceAddress[];
  additionalSourceAddresses?: SocketAddress[];
  localAddressSelector?: TypedExtensionConfig;
  validateNetworkNamespaces?: boolean;
}

/** envoy.config.core.v3.BuildVersion */
export interface BuildVersion {
  version?: SemanticVersion;
  metadata?: Struct;
}

/** envoy.config.core.v3.CidrRange */
export interface CidrRange {
  addressPrefix?: string;
  prefixLen?: number;
}

/** envoy.config.core.v3.ConfigSource */
export interface ConfigSource {
  authorities?: XdsAuthority[];
  path?: string;
  pathConfigSource?: PathConfigSource;
  apiConfigSource?: ApiConfigSource;
  ads?: AggregatedConfigSource;
  self?: SelfConfigSource;
  initialFetchTimeout?: number;
  resourceApiVersion?: ApiVersion;
}

/** envoy.config.core.v3.DataSource */
export interface DataSource {
  filename?: string;
  inlineBytes?: Buffer;
  inlineString?: string;
  environmentVariable?: string;
  watchedDirectory?: WatchedDirectory;
}

/** envoy.config.core.v3.DnsResolutionConfig */
export interface DnsResolutionConfig {
  resolvers?: Address[];
  dnsResolverOptions?: DnsResolverOptions;
}

/** envoy.config.core.v3.DnsResolverOptions */
export interface DnsResolverOptions {
  useTcpForDnsLookups?: boolean;
  noDefaultSearchDomain?: boolean;
}

/** envoy.config.core.v3.EnvoyInternalAddress */
export interface EnvoyInternalAddress {
  serverListenerName?: string;
  endpointId?: string;
}

/** envoy.config.core.v3.EventServiceConfig */
export interface EventServiceConfig {
  grpcService?: GrpcService;
}

/** envoy.config.core.v3.Extension */
export interface Extension {
  name?: string;
  category?: string;
  typeDescriptor?: string;
  version?: BuildVersion;
  disabled?: boolean;
  typeUrls?: string[];
}

/** envoy.config.core.v3.ExtensionConfigSource */
export interface ExtensionConfigSource {
  configSource?: ConfigSource;
  defaultConfig?: Any;
  applyDefaultConfigWithoutWarming?: boolean;
  typeUrls?: string[];
}

/** envoy.config.core.v3.ExtraSourceAddress */
export interface ExtraSourceAddress {
  address?: SocketAddress;
  socketOptions?: SocketOptionsOverride;
}

/** envoy.config.core.v3.GrpcService */
export interface GrpcService {
  envoyGrpc?: GrpcServiceEnvoyGrpc;
  googleGrpc?: GrpcServiceGoogleGrpc;
  timeout?: number;
  initialMetadata?: HeaderValue[];
  retryPolicy?: CoreRetryPolicy;
}

/** envoy.config.core.v3.GrpcService.EnvoyGrpc */
export interface GrpcServiceEnvoyGrpc {
  clusterName?: string;
  authority?: string;
  retryPolicy?: CoreRetryPolicy;
  maxReceiveMessageLength?: number;
  skipEnvoyHeaders?: boolean;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc */
export interface GrpcServiceGoogleGrpc {
  targetUri?: string;
  channelCredentials?: GrpcServiceGoogleGrpcChannelCredentials;
  channelCredentialsPlugin?: Any[];
  callCredentials?: GrpcServiceGoogleGrpcCallCredentials[];
  callCredentialsPlugin?: Any[];
  statPrefix?: string;
  credentialsFactoryName?: string;
  config?: Struct;
  perStreamBufferLimitBytes?: number;
  channelArgs?: GrpcServiceGoogleGrpcChannelArgs;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials */
export interface GrpcServiceGoogleGrpcCallCredentials {
  accessToken?: string;
  googleComputeEngine?: Record<string, never>;
  googleRefreshToken?: string;
  serviceAccountJwtAccess?: GrpcServiceGoogleGrpcCallCredentialsServiceAccountJWTAccessCredentials;
  googleIam?: GrpcServiceGoogleGrpcCallCredentialsGoogleIAMCredentials;
  fromPlugin?: GrpcServiceGoogleGrpcCallCredentialsMetadataCredentialsFromPlugin;
  stsService?: GrpcServiceGoogleGrpcCallCredentialsStsService;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials */
export interface GrpcServiceGoogleGrpcCallCredentialsGoogleIAMCredentials {
  authorizationToken?: string;
  authoritySelector?: string;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin */
export interface GrpcServiceGoogleGrpcCallCredentialsMetadataCredentialsFromPlugin {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials */
export interface GrpcServiceGoogleGrpcCallCredentialsServiceAccountJWTAccessCredentials {
  jsonKey?: string;
  tokenLifetimeSeconds?: number;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.StsService */
export interface GrpcServiceGoogleGrpcCallCredentialsStsService {
  tokenExchangeServiceUri?: string;
  resource?: string;
  audience?: string;
  scope?: string;
  requestedTokenType?: string;
  subjectTokenPath?: string;
  subjectTokenType?: string;
  actorTokenPath?: string;
  actorTokenType?: string;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs */
export interface GrpcServiceGoogleGrpcChannelArgs {
  args?: Map<string, GrpcServiceGoogleGrpcChannelArgsValue>;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs.Value */
export interface GrpcServiceGoogleGrpcChannelArgsValue {
  stringValue?: string;
  intValue?: number;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelCredentials */
export interface GrpcServiceGoogleGrpcChannelCredentials {
  sslCredentials?: GrpcServiceGoogleGrpcSslCredentials;
  googleDefault?: Record<string, never>;
  localCredentials?: GrpcServiceGoogleGrpcGoogleLocalCredentials;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.GoogleLocalCredentials */
export type GrpcServiceGoogleGrpcGoogleLocalCredentials = Record<string, never>;

/** envoy.config.core.v3.GrpcService.GoogleGrpc.SslCredentials */
export interface GrpcServiceGoogleGrpcSslCredentials {
  rootCerts?: DataSource;
  privateKey?: DataSource;
  certChain?: DataSource;
}

/** envoy.config.core.v3.HeaderValue */
export interface HeaderValue {
  key?: string;
  value?: string;
  rawValue?: Buffer;
}

/** envoy.config.core.v3.HeaderValueOption */
export interface HeaderValueOption {
  header?: HeaderValue;
  append?: boolean;
  appendAction?: HeaderValueOptionHeaderAppendAction;
  keepEmptyValue?: boolean;
}

/** envoy.config.core.v3.HeaderValueOption.HeaderAppendAction */
export type HeaderValueOptionHeaderAppendAction =
  | 'APPEND_IF_EXISTS_OR_ADD'
  | 'ADD_IF_ABSENT'
  | 'OVERWRITE_IF_EXISTS_OR_ADD'
  | 'OVERWRITE_IF_EXISTS';

/** envoy.config.core.v3.HealthCheck */
export interface HealthCheck {
  name?: string;
  timeout?: number;
  interval?: number;
  initialJitter?: number;
  intervalJitter?: number;
  intervalJitterPercent?: number;
  unhealthyThreshold?: number;
  healthyThreshold?: number;
  altPort?: number;
  reuseConnection?: boolean;
  httpHealthCheck?: HealthCheckHttpHealthCheck;
  tcpHealthCheck?: HealthCheckTcpHealthCheck;
  grpcHealthCheck?: HealthCheckGrpcHealthCheck;
  customHealthCheck?: HealthCheckCustomHealthCheck;
  noTrafficInterval?: number;
  noTrafficHealthyInterval?: number;
  unhealthyInterval?: number;
  unhealthyEdgeInterval?: number;
  healthyEdgeInterval?: number;
  eventLogPath?: string;
  eventLogger?: TypedExtensionConfig[];
  eventService?: EventServiceConfig;
  alwaysLogHealthCheckFailures?: boolean;
  alwaysLogHealthCheckSuccess?: boolean;
  tlsOptions?: HealthCheckTlsOptions;
  transportSocketMatchCriteria?: Struct;
}

/** envoy.config.core.v3.HealthCheck.CustomHealthCheck */
export interface HealthCheckCustomHealthCheck {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.core.v3.HealthCheck.GrpcHealthCheck */
export interface HealthCheckGrpcHealthCheck {
  serviceName?: string;
  authority?: string;
  initialMetadata?: HeaderValueOption[];
}

/** envoy.config.core.v3.HealthCheck.HttpHealthCheck */
export interface HealthCheckHttpHealthCheck {
  host?: string;
  path?: string;
  send?: HealthCheckPayload;
  receive?: HealthCheckPayload[];
  responseBufferSize?: number;
  requestHeadersToAdd?: HeaderValueOption[];
  requestHeadersToRemove?: string[];
  expectedStatuses?: Int64Range[];
  retriableStatuses?: Int64Range[];
  codecClientType?: CodecClientType;
  useAlpnProtocol?: boolean;
  serviceNameMatcher?: StringMatcher;
  method?: RequestMethod;
}

/** envoy.config.core.v3.HealthCheck.Payload */
export interface HealthCheckPayload {
  text?: string;
  binary?: Buffer;
}

/** envoy.config.core.v3.HealthCheck.TcpHealthCheck */
export interface HealthCheckTcpHealthCheck {
  send?: HealthCheckPayload;
  receive?: HealthCheckPayload[];
  proxyProtocolConfig?: ProxyProtocolConfig;
}

/** envoy.config.core.v3.HealthCheck.TlsOptions */
export interface HealthCheckTlsOptions {
  alpnProtocols?: string[];
}

/** envoy.config.core.v3.HealthStatus */
export type HealthStatus = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED';

/** envoy.config.core.v3.HealthStatusSet */
export interface HealthStatusSet {
  statuses?: HealthStatus[];
}

/** envoy.config.core.v3.Http1ProtocolOptions */
export interface Http1ProtocolOptions {
  allowAbsoluteUrl?: boolean;
  acceptHttp10?: boolean;
  defaultHostForHttp10?: string;
  headerKeyFormat?: Http1ProtocolOptionsHeaderKeyFormat;
  enableTrailers?: boolean;
  allowChunkedLength?: boolean;
  overrideStreamErrorOnInvalidHttpMessage?: boolean;
  sendFullyQualifiedUrl?: boolean;
  useBalsaParser?: boolean;
  allowCustomMethods?: boolean;
  ignoreHttp11Upgrade?: StringMatcher[];
}

/** envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat */
export interface Http1ProtocolOptionsHeaderKeyFormat {
  properCaseWords?: Http1ProtocolOptionsHeaderKeyFormatProperCaseWords;
  statefulFormatter?: TypedExtensionConfig;
}

/** envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords */
export type Http1ProtocolOptionsHeaderKeyFormatProperCaseWords = Record<string, never>;

/** envoy.config.core.v3.Http2ProtocolOptions */
export interface Http2ProtocolOptions {
  hpackTableSize?: number;
  maxConcurrentStreams?: number;
  initialStreamWindowSize?: number;
  initialConnectionWindowSize?: number;
  allowConnect?: boolean;
  allowMetadata?: boolean;
  maxOutboundFrames?: number;
  maxOutboundControlFrames?: number;
  maxConsecutiveInboundFramesWithEmptyPayload?: number;
  maxInboundPriorityFramesPerStream?: number;
  maxInboundWindowUpdateFramesPerDataFrameSent?: number;
  streamErrorOnInvalidHttpMessaging?: boolean;
  overrideStreamErrorOnInvalidHttpMessage?: boolean;
  customSettingsParameters?: Http2ProtocolOptionsSettingsParameter[];
  connectionKeepalive?: KeepaliveSettings;
  useOghttp2Codec?: boolean;
  maxMetadataSize?: number;
  enableHuffmanEncoding?: boolean;
  maxHeaderFieldSizeKb?: number;
  disallowObsText?: boolean;
  streamResetBurst?: number;
  streamResetRate?: number;
}

/** envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter */
export interface Http2ProtocolOptionsSettingsParameter {
  identifier?: number;
  value?: number;
}

/** envoy.config.core.v3.Http3ProtocolOptions */
export interface Http3ProtocolOptions {
  quicProtocolOptions?: CoreQuicProtocolOptions;
  overrideStreamErrorOnInvalidHttpMessage?: boolean;
  allowExtendedConnect?: boolean;
  allowMetadata?: boolean;
  disableQpack?: boolean;
  disableConnectionFlowControlForStreams?: boolean;
  disallowObsText?: boolean;
}

/** envoy.config.core.v3.HttpProtocolOptions */
export interface CoreHttpProtocolOptions {
  idleTimeout?: number;
  maxConnectionDuration?: number;
  maxConnectionDurationJitter?: Percent;
  maxHeadersCount?: number;
  maxResponseHeadersKb?: number;
  maxStreamDuration?: number;
  headersWithUnderscoresAction?: HttpProtocolOptionsHeadersWithUnderscoresAction;
  maxRequestsPerConnection?: number;
}

/** envoy.config.core.v3.HttpProtocolOptions.HeadersWithUnderscoresAction */
export type HttpProtocolOptionsHeadersWithUnderscoresAction = 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';

/** envoy.config.core.v3.JsonFormatOptions */
export interface JsonFormatOptions {
  sortProperties?: boolean;
}

/** envoy.config.core.v3.KeepaliveSettings */
export interface KeepaliveSettings {
  interval?: number;
  timeout?: number;
  intervalJitter?: Percent;
  connectionIdleInterval?: number;
}

/** envoy.config.core.v3.Locality */
export interface Locality {
  region?: string;
  zone?: string;
  subZone?: string;
}

/** envoy.config.core.v3.Metadata */
export interface Metadata {
  filterMetadata?: Map<string, Struct>;
  typedFilterMetadata?: Map<string, Any>;
}

/** envoy.config.core.v3.Node */
export interface Node {
  id?: string;
  cluster?: string;
  metadata?: Struct;
  dynamicParameters?: Map<string, XdsContextParams>;
  locality?: Locality;
  userAgentName?: string;
  userAgentVersion?: string;
  userAgentBuildVersion?: BuildVersion;
  extensions?: Extension[];
  clientFeatures?: string[];
  listeningAddresses?: Address[];
}

/** envoy.config.core.v3.PathConfigSource */
export interface PathConfigSource {
  path?: string;
  watchedDirectory?: WatchedDirectory;
  pollInterval?: number;
}

/** envoy.config.core.v3.Pipe */
export interface Pipe {
  path?: string;
  mode?: number;
}

/** envoy.config.core.v3.ProxyProtocolConfig */
export interface ProxyProtocolConfig {
  version?: ProxyProtocolConfigVersion;
  passThroughTlvs?: ProxyProtocolPassThroughTLVs;
  addedTlvs?: TlvEntry[];
}

/** envoy.config.core.v3.ProxyProtocolConfig.Version */
export type ProxyProtocolConfigVersion = 'V1' | 'V2';

/** envoy.config.core.v3.ProxyProtocolPassThroughTLVs */
export interface ProxyProtocolPassThroughTLVs {
  matchType?: ProxyProtocolPassThroughTLVsPassTLVsMatchType;
  tlvType?: number[];
}

/** envoy.config.core.v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType */
export type ProxyProtocolPassThroughTLVsPassTLVsMatchType = 'INCLUDE_ALL' | 'INCLUDE';

/** envoy.config.core.v3.QuicKeepAliveSettings */
export interface QuicKeepAliveSettings {
  maxInterval?: number;
  initialInterval?: number;
}

/** envoy.config.core.v3.QuicProtocolOptions */
export interface CoreQuicProtocolOptions {
  maxConcurrentStreams?: number;
  initialStreamWindowSize?: number;
  initialConnectionWindowSize?: number;
  numTimeoutsToTriggerPortMigration?: number;
  connectionKeepalive?: QuicKeepAliveSettings;
  connectionOptions?: string;
  clientConnectionOptions?: string;
  idleNetworkTimeout?: number;
  maxPacketLength?: number;
  clientPacketWriter?: TypedExtensionConfig;
  connectionMigration?: QuicProtocolOptionsConnectionMigrationSettings;
  memoryReductionTimeout?: number;
  enableScone?: boolean;
}

/** envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings */
export interface QuicProtocolOptionsConnectionMigrationSettings {
  migrateIdleConnections?: QuicProtocolOptionsConnectionMigrationSettingsMigrateIdleConnectionSettings;
  maxTimeOnNonDefaultNetwork?: number;
}

/** envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings.MigrateIdleConnectionSettings */
export interface QuicProtocolOptionsConnectionMigrationSettingsMigrateIdleConnectionSettings {
  maxIdleTimeBeforeMigration?: number;
}

/** envoy.config.core.v3.RateLimitSettings */
export interface RateLimitSettings {
  maxTokens?: number;
  fillRate?: number;
}

/** envoy.config.core.v3.RequestMethod */
export type RequestMethod =
  | 'METHOD_UNSPECIFIED'
  | 'GET'
  | 'HEAD'
  | 'POST'
  | 'PUT'
  | 'DELETE'
  | 'CONNECT'
  | 'OPTIONS'
  | 'TRACE'
  | 'PATCH';

/** envoy.config.core.v3.RetryPolicy */
export interface CoreRetryPolicy {
  retryBackOff?: BackoffStrategy;
  numRetries?: number;
  retryOn?: string;
  retryPriority?: CoreRetryPolicyRetryPriority;
  retryHostPredicate?: CoreRetryPolicyRetryHostPredicate[];
  hostSelectionRetryMaxAttempts?: number;
}

/** envoy.config.core.v3.RetryPolicy.RetryHostPredicate */
export interface CoreRetryPolicyRetryHostPredicate {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.core.v3.RetryPolicy.RetryPriority */
export interface CoreRetryPolicyRetryPriority {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.core.v3.RoutingPriority */
export type RoutingPriority = 'DEFAULT' | 'HIGH';

/** envoy.config.core.v3.RuntimeDouble */
export interface RuntimeDouble {
  defaultValue?: number;
  runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimeFeatureFlag */
export interface RuntimeFeatureFlag {
  defaultValue?: boolean;
  runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimeFractionalPercent */
export interface RuntimeFractionalPercent {
  defaultValue?: FractionalPercent;
  runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimeUInt32 */
export interface RuntimeUInt32 {
  defaultValue?: number;
  runtimeKey?: string;
}

/** envoy.config.core.v3.SchemeHeaderTransformation */
export interface SchemeHeaderTransformation {
  schemeToOverwrite?: string;
  matchUpstream?: boolean;
}

/** envoy.config.core.v3.SelfConfigSource */
export interface SelfConfigSource {
  transportApiVersion?: ApiVersion;
}

/** envoy.config.core.v3.SocketAddress */
export interface SocketAddress {
  protocol?: SocketAddressProtocol;
  address?: string;
  portValue?: number;
  namedPort?: string;
  resolverName?: string;
  ipv4Compat?: boolean;
  networkNamespaceFilepath?: string;
}

/** envoy.config.core.v3.SocketAddress.Protocol */
export type SocketAddressProtocol = 'TCP' | 'UDP';

/** envoy.config.core.v3.SocketCmsgHeaders */
export interface SocketCmsgHeaders {
  level?: number;
  type?: number;
  expectedSize?: number;
}

/** envoy.config.core.v3.SocketOption */
export interface SocketOption {
  description?: string;
  level?: number;
  name?: number;
  intValue?: number;
  bufValue?: Buffer;
  state?: SocketOptionSocketState;
  type?: SocketOptionSocketType;
  ipVersion?: SocketOptionSocketIpVersion;
}

/** envoy.config.core.v3.SocketOption.SocketIpVersion */
export type SocketOptionSocketIpVersion =
  | 'SOCKET_IP_VERSION_UNSPECIFIED'
  | 'SOCKET_IP_VERSION_IPV4'
  | 'SOCKET_IP_VERSION_IPV6';

/** envoy.config.core.v3.SocketOption.SocketState */
export type SocketOptionSocketState = 'STATE_PREBIND' | 'STATE_BOUND' | 'STATE_LISTENING';

/** envoy.config.core.v3.SocketOption.SocketType */
export interface SocketOptionSocketType {
  stream?: SocketOptionSocketTypeStream;
  datagram?: SocketOptionSocketTypeDatagram;
}

/** envoy.config.core.v3.SocketOption.SocketType.Datagram */
export type SocketOptionSocketTypeDatagram = Record<string, never>;

/** envoy.config.core.v3.SocketOption.SocketType.Stream */
export type SocketOptionSocketTypeStream = Record<string, never>;

/** envoy.config.core.v3.SocketOptionsOverride */
export interface SocketOptionsOverride {
  socketOptions?: SocketOption[];
}

/** envoy.config.core.v3.SubstitutionFormatString */
export interface SubstitutionFormatString {
  textFormat?: string;
  jsonFormat?: Struct;
  textFormatSource?: DataSource;
  omitEmptyValues?: boolean;
  contentType?: string;
  formatters?: TypedExtensionConfig[];
  jsonFormatOptions?: JsonFormatOptions;
}

/** envoy.config.core.v3.TcpKeepalive */
export interface TcpKeepalive {
  keepaliveProbes?: number;
  keepaliveTime?: number;
  keepaliveInterval?: number;
}

/** envoy.config.core.v3.TlvEntry */
export interface TlvEntry {
  type?: number;
  value?: Buffer;
  formatString?: SubstitutionFormatString;
}

/** envoy.config.core.v3.TrafficDirection */
export type TrafficDirection = 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND';

/** envoy.config.core.v3.TransportSocket */
export interface TransportSocket {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.core.v3.TypedExtensionConfig */
export interface TypedExtensionConfig {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.core.v3.UdpSocketConfig */
export interface UdpSocketConfig {
  maxRxDatagramSize?: number;
  preferGro?: boolean;
}

/** envoy.config.core.v3.UpstreamHttpProtocolOptions */
export interface UpstreamHttpProtocolOptions {
  autoSni?: boolean;
  autoSanValidation?: boolean;
  overrideAutoSniHeader?: string;
}

/** envoy.config.core.v3.WatchedDirectory */
export interface WatchedDirectory {
  path?: string;
  watchModify?: boolean;
}

/** envoy.config.endpoint.v3.ClusterLoadAssignment */
export interface ClusterLoadAssignment {
  clusterName?: string;
  endpoints?: LocalityLbEndpoints[];
  namedEndpoints?: Map<string, Endpoint>;
  policy?: ClusterLoadAssignmentPolicy;
}

/** envoy.config.endpoint.v3.ClusterLoadAssignment.Policy */
export interface ClusterLoadAssignmentPolicy {
  dropOverloads?: ClusterLoadAssignmentPolicyDropOverload[];
  overprovisioningFactor?: number;
  endpointStaleAfter?: number;
  weightedPriorityHealth?: boolean;
}

/** envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload */
export interface ClusterLoadAssignmentPolicyDropOverload {
  category?: string;
  dropPercentage?: FractionalPercent;
}

/** envoy.config.endpoint.v3.Endpoint */
export interface Endpoint {
  address?: Address;
  healthCheckConfig?: EndpointHealthCheckConfig;
  hostname?: string;
  additionalAddresses?: EndpointAdditionalAddress[];
  observabilityName?: string;
}

/** envoy.config.endpoint.v3.Endpoint.AdditionalAddress */
export interface EndpointAdditionalAddress {
  address?: Address;
}

/** envoy.config.endpoint.v3.Endpoint.HealthCheckConfig */
export interface EndpointHealthCheckConfig {
  portValue?: number;
  hostname?: string;
  address?: Address;
  disableActiveHealthCheck?: boolean;
}

/** envoy.config.endpoint.v3.LbEndpoint */
export interface LbEndpoint {
  endpoint?: Endpoint;
  endpointName?: string;
  healthStatus?: HealthStatus;
  metadata?: Metadata;
  loadBalancingWeight?: number;
}

/** envoy.config.endpoint.v3.LedsClusterLocalityConfig */
export interface LedsClusterLocalityConfig {
  ledsConfig?: ConfigSource;
  ledsCollectionName?: string;
}

/** envoy.config.endpoint.v3.LocalityLbEndpoints */
export interface LocalityLbEndpoints {
  locality?: Locality;
  metadata?: Metadata;
  lbEndpoints?: LbEndpoint[];
  loadBalancerEndpoints?: LocalityLbEndpointsLbEndpointList;
  ledsClusterLocalityConfig?: LedsClusterLocalityConfig;
  loadBalancingWeight?: number;
  priority?: number;
  proximity?: number;
}

/** envoy.config.endpoint.v3.LocalityLbEndpoints.LbEndpointList */
export interface LocalityLbEndpointsLbEndpointList {
  lbEndpoints?: LbEndpoint[];
}

/** envoy.config.listener.v3.AdditionalAddress */
export interface AdditionalAddress {
  address?: Address;
  socketOptions?: SocketOptionsOverride;
  tcpKeepalive?: TcpKeepalive;
}

/** envoy.config.listener.v3.ApiListener */
export interface ApiListener {
  apiListener?: Any;
}

/** envoy.config.listener.v3.Filter */
export interface NetworkFilter {
  name?: string;
  typedConfig?: Any;
  configDiscovery?: ExtensionConfigSource;
}

/** envoy.config.listener.v3.FilterChain */
export interface FilterChain {
  filterChainMatch?: FilterChainMatch;
  filters?: NetworkFilter[];
  useProxyProto?: boolean;
  metadata?: Metadata;
  transportSocket?: TransportSocket;
  transportSocketConnectTimeout?: number;
  name?: string;
}

/** envoy.config.listener.v3.FilterChainMatch */
export interface FilterChainMatch {
  destinationPort?: number;
  prefixRanges?: CidrRange[];
  addressSuffix?: string;
  suffixLen?: number;
  directSourcePrefixRanges?: CidrRange[];
  sourceType?: FilterChainMatchConnectionSourceType;
  sourcePrefixRanges?: CidrRange[];
  sourcePorts?: number[];
  serverNames?: string[];
  transportProtocol?: string;
  applicationProtocols?: string[];
}

/** envoy.config.listener.v3.FilterChainMatch.ConnectionSourceType */
export type FilterChainMatchConnectionSourceType = 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL';

/** envoy.config.listener.v3.Listener */
export interface Listener {
  name?: string;
  address?: Address;
  additionalAddresses?: AdditionalAddress[];
  statPrefix?: string;
  statsMatcher?: StatsMatcher;
  filterChains?: FilterChain[];
  fcdsConfig?: ListenerFcdsConfig;
  filterChainMatcher?: XdsMatcher;
  useOriginalDst?: boolean;
  defaultFilterChain?: FilterChain;
  perConnectionBufferLimitBytes?: number;
  perConnectionBufferHighWatermarkTimeout?: number;
  metadata?: Metadata;
  deprecatedV1?: ListenerDeprecatedV1;
  drainType?: ListenerDrainType;
  listenerFilters?: ListenerFilter[];
  listenerFiltersTimeout?: number;
  continueOnListenerFiltersTimeout?: boolean;
  transparent?: boolean;
  freebind?: boolean;
  socketOptions?: SocketOption[];
  tcpFastOpenQueueLength?: number;
  trafficDirection?: TrafficDirection;
  udpListenerConfig?: UdpListenerConfig;
  apiListener?: ApiListener;
  connectionBalanceConfig?: ListenerConnectionBalanceConfig;
  reusePort?: boolean;
  enableReusePort?: boolean;
  accessLog?: AccessLog[];
  tcpBacklogSize?: number;
  maxConnectionsToAcceptPerSocketEvent?: number;
  bindToPort?: boolean;
  internalListener?: ListenerInternalListenerConfig;
  enableMptcp?: boolean;
  ignoreGlobalConnLimit?: boolean;
  bypassOverloadManager?: boolean;
  tcpKeepalive?: TcpKeepalive;
}

/** envoy.config.listener.v3.Listener.ConnectionBalanceConfig */
export interface ListenerConnectionBalanceConfig {
  exactBalance?: ListenerConnectionBalanceConfigExactBalance;
  extendBalance?: TypedExtensionConfig;
  cpuLocalityBalance?: ListenerConnectionBalanceConfigCpuLocalityBalance;
}

/** envoy.config.listener.v3.Listener.ConnectionBalanceConfig.CpuLocalityBalance */
export type ListenerConnectionBalanceConfigCpuLocalityBalance = Record<string, never>;

/** envoy.config.listener.v3.Listener.ConnectionBalanceConfig.ExactBalance */
export type ListenerConnectionBalanceConfigExactBalance = Record<string, never>;

/** envoy.config.listener.v3.Listener.DeprecatedV1 */
export interface ListenerDeprecatedV1 {
  bindToPort?: boolean;
}

/** envoy.config.listener.v3.Listener.DrainType */
export type ListenerDrainType = 'DEFAULT' | 'MODIFY_ONLY';

/** envoy.config.listener.v3.Listener.FcdsConfig */
export interface ListenerFcdsConfig {
  name?: string;
  configSource?: ConfigSource;
}

/** envoy.config.listener.v3.Listener.InternalListenerConfig */
export type ListenerInternalListenerConfig = Record<string, never>;

/** envoy.config.listener.v3.ListenerFilter */
export interface ListenerFilter {
  name?: string;
  typedConfig?: Any;
  configDiscovery?: ExtensionConfigSource;
  filterDisabled?: ListenerFilterChainMatchPredicate;
}

/** envoy.config.listener.v3.ListenerFilterChainMatchPredicate */
export interface ListenerFilterChainMatchPredicate {
  orMatch?: ListenerFilterChainMatchPredicateMatchSet;
  andMatch?: ListenerFilterChainMatchPredicateMatchSet;
  notMatch?: ListenerFilterChainMatchPredicate;
  anyMatch?: boolean;
  destinationPortRange?: Int32Range;
}

/** envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet */
export interface ListenerFilterChainMatchPredicateMatchSet {
  rules?: ListenerFilterChainMatchPredicate[];
}

/** envoy.config.listener.v3.QuicProtocolOptions */
export interface ListenerQuicProtocolOptions {
  quicProtocolOptions?: CoreQuicProtocolOptions;
  idleTimeout?: number;
  cryptoHandshakeTimeout?: number;
  enabled?: RuntimeFeatureFlag;
  packetsToReadToConnectionCountRatio?: number;
  cryptoStreamConfig?: TypedExtensionConfig;
  proofSourceConfig?: TypedExtensionConfig;
  connectionIdGeneratorConfig?: TypedExtensionConfig;
  serverPreferredAddressConfig?: TypedExtensionConfig;
  sendDisableActiveMigration?: boolean;
  connectionDebugVisitorConfig?: TypedExtensionConfig;
  saveCmsgConfig?: SocketCmsgHeaders[];
  rejectNewConnections?: boolean;
  maxSessionsPerEventLoop?: number;
}

/** envoy.config.listener.v3.UdpListenerConfig */
export interface UdpListenerConfig {
  downstreamSocketConfig?: UdpSocketConfig;
  quicOptions?: ListenerQuicProtocolOptions;
  udpPacketPacketWriterConfig?: TypedExtensionConfig;
}

/** envoy.config.metrics.v3.HistogramBucketSettings */
export interface HistogramBucketSettings {
  match?: StringMatcher;
  buckets?: number[];
  bins?: number;
}

/** envoy.config.metrics.v3.StatsConfig */
export interface StatsConfig {
  statsTags?: TagSpecifier[];
  useAllDefaultTags?: boolean;
  statsMatcher?: StatsMatcher;
  histogramBucketSettings?: HistogramBucketSettings[];
  allowDefaultTagOverrides?: boolean;
}

/** envoy.config.metrics.v3.StatsMatcher */
export interface StatsMatcher {
  rejectAll?: boolean;
  exclusionList?: ListStringMatcher;
  inclusionList?: ListStringMatcher;
}

/** envoy.config.metrics.v3.StatsSink */
export interface StatsSink {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.metrics.v3.TagSpecifier */
export interface TagSpecifier {
  tagName?: string;
  regex?: string;
  fixedValue?: string;
}

/** envoy.config.overload.v3.BufferFactoryConfig */
export interface BufferFactoryConfig {
  minimumAccountToTrackPowerOfTwo?: number;
}

/** envoy.config.overload.v3.LoadShedPoint */
export interface LoadShedPoint {
  name?: string;
  triggers?: Trigger[];
}

/** envoy.config.overload.v3.OverloadAction */
export interface OverloadAction {
  name?: string;
  triggers?: Trigger[];
  typedConfig?: Any;
}

/** envoy.config.overload.v3.OverloadManager */
export interface OverloadManager {
  refreshInterval?: number;
  resourceMonitors?: ResourceMonitor[];
  actions?: OverloadAction[];
  loadshedPoints?: LoadShedPoint[];
  bufferFactoryConfig?: BufferFactoryConfig;
}

/** envoy.config.overload.v3.ResourceMonitor */
export interface ResourceMonitor {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.overload.v3.ScaledTrigger */
export interface ScaledTrigger {
  scalingThreshold?: number;
  saturationThreshold?: number;
}

/** envoy.config.overload.v3.ThresholdTrigger */
export interface ThresholdTrigger {
  value?: number;
}

/** envoy.config.overload.v3.Trigger */
export interface Trigger {
  name?: string;
  threshold?: ThresholdTrigger;
  scaled?: ScaledTrigger;
}

/** envoy.config.route.v3.ClusterSpecifierPlugin */
export interface ClusterSpecifierPlugin {
  extension?: TypedExtensionConfig;
  isOptional?: boolean;
}

/** envoy.config.route.v3.CookieMatcher */
export interface CookieMatcher {
  name?: string;
  stringMatch?: StringMatcher;
  invertMatch?: boolean;
}

/** envoy.config.route.v3.CorsPolicy */
export interface CorsPolicy {
  allowOriginStringMatch?: StringMatcher[];
  allowMethods?: string;
  allowHeaders?: string;
  exposeHeaders?: string;
  maxAge?: string;
  allowCredentials?: boolean;
  filterEnabled?: RuntimeFractionalPercent;
  shadowEnabled?: RuntimeFractionalPercent;
  allowPrivateNetworkAccess?: boolean;
  forwardNotMatchingPreflights?: boolean;
}

/** envoy.config.route.v3.Decorator */
export interface Decorator {
  operation?: string;
  propagate?: boolean;
}

/** envoy.config.route.v3.DirectResponseAction */
export interface DirectResponseAction {
  status?: number;
  body?: DataSource;
  bodyFormat?: SubstitutionFormatString;
}

/** envoy.config.route.v3.FilterAction */
export interface FilterAction {
  action?: Any;
}

/** envoy.config.route.v3.HeaderMatcher */
export interface HeaderMatcher {
  name?: string;
  exactMatch?: string;
  safeRegexMatch?: RegexMatcher;
  rangeMatch?: Int64Range;
  presentMatch?: boolean;
  prefixMatch?: string;
  suffixMatch?: string;
  containsMatch?: string;
  stringMatch?: StringMatcher;
  invertMatch?: boolean;
  treatMissingHeaderAsEmpty?: boolean;
}

/** envoy.config.route.v3.HedgePolicy */
export interface HedgePolicy {
  initialRequests?: number;
  additionalRequestChance?: FractionalPercent;
  hedgeOnPerTryTimeout?: boolean;
}

/** envoy.config.route.v3.InternalRedirectPolicy */
export interface InternalRedirectPolicy {
  maxInternalRedirects?: number;
  redirectResponseCodes?: number[];
  predicates?: TypedExtensionConfig[];
  allowCrossSchemeRedirect?: boolean;
  responseHeadersToCopy?: string[];
}

/** envoy.config.route.v3.NonForwardingAction */
export type NonForwardingAction = Record<string, never>;

/** envoy.config.route.v3.QueryParameterMatcher */
export interface QueryParameterMatcher {
  name?: string;
  stringMatch?: StringMatcher;
  presentMatch?: boolean;
}

/** envoy.config.route.v3.RateLimit */
export interface RateLimit {
  stage?: number;
  disableKey?: string;
  actions?: RateLimitAction[];
  limit?: RateLimitOverride;
  hitsAddend?: RateLimitHitsAddend;
  applyOnStreamDone?: boolean;
  xRatelimitOption?: RateLimitXRateLimitOption;
}

/** envoy.config.route.v3.RateLimit.Action */
export interface RateLimitAction {
  sourceCluster?: RateLimitActionSourceCluster;
  destinationCluster?: RateLimitActionDestinationCluster;
  requestHeaders?: RateLimitActionRequestHeaders;
  queryParameters?: RateLimitActionQueryParameters;
  remoteAddress?: RateLimitActionRemoteAddress;
  genericKey?: RateLimitActionGenericKey;
  headerValueMatch?: RateLimitActionHeaderValueMatch;
  dynamicMetadata?: RateLimitActionDynamicMetaData;
  metadata?: RateLimitActionMetaData;
  extension?: TypedExtensionConfig;
  maskedRemoteAddress?: RateLimitActionMaskedRemoteAddress;
  queryParameterValueMatch?: RateLimitActionQueryParameterValueMatch;
  remoteAddressMatch?: RateLimitActionRemoteAddressMatch;
}

/** envoy.config.route.v3.RateLimit.Action.DestinationCluster */
export type RateLimitActionDestinationCluster = Record<string, never>;

/** envoy.config.route.v3.RateLimit.Action.DynamicMetaData */
export interface RateLimitActionDynamicMetaData {
  descriptorKey?: string;
  metadataKey?: MetadataKey;
  defaultValue?: string;
}

/** envoy.config.route.v3.RateLimit.Action.GenericKey */
export interface RateLimitActionGenericKey {
  descriptorValue?: string;
  defaultValue?: string;
  descriptorKey?: string;
}

/** envoy.config.route.v3.RateLimit.Action.HeaderValueMatch */
export interface RateLimitActionHeaderValueMatch {
  descriptorValue?: string;
  defaultValue?: string;
  descriptorKey?: string;
  expectMatch?: boolean;
  headers?: HeaderMatcher[];
}

/** envoy.config.route.v3.RateLimit.Action.MaskedRemoteAddress */
export interface RateLimitActionMaskedRemoteAddress {
  v4PrefixMaskLen?: number;
  v6PrefixMaskLen?: number;
}

/** envoy.config.route.v3.RateLimit.Action.MetaData */
export interface RateLimitActionMetaData {
  descriptorKey?: string;
  metadataKey?: MetadataKey;
  defaultValue?: string;
  source?: RateLimitActionMetaDataSource;
  skipIfAbsent?: boolean;
}

/** envoy.config.route.v3.RateLimit.Action.MetaData.Source */
export type RateLimitActionMetaDataSource = 'DYNAMIC' | 'ROUTE_ENTRY' | 'CLUSTER_ENTRY' | 'CLUSTER_LOCALITY_ENTRY';

/** envoy.config.route.v3.RateLimit.Action.QueryParameterValueMatch */
export interface RateLimitActionQueryParameterValueMatch {
  descriptorValue?: string;
  defaultValue?: string;
  descriptorKey?: string;
  expectMatch?: boolean;
  queryParameters?: QueryParameterMatcher[];
}

/** envoy.config.route.v3.RateLimit.Action.QueryParameters */
export interface RateLimitActionQueryParameters {
  queryParameterName?: string;
  descriptorKey?: string;
  skipIfAbsent?: boolean;
}

/** envoy.config.route.v3.RateLimit.Action.RemoteAddress */
export type RateLimitActionRemoteAddress = Record<string, never>;

/** envoy.config.route.v3.RateLimit.Action.RemoteAddressMatch */
export interface RateLimitActionRemoteAddressMatch {
  descriptorValue?: string;
  descriptorKey?: string;
  defaultValue?: string;
  addressMatcher?: AddressMatcher;
}

/** envoy.config.route.v3.RateLimit.Action.RequestHeaders */
export interface RateLimitActionRequestHeaders {
  headerName?: string;
  descriptorKey?: string;
  skipIfAbsent?: boolean;
}

/** envoy.config.route.v3.RateLimit.Action.SourceCluster */
export type RateLimitActionSourceCluster = Record<string, never>;

/** envoy.config.route.v3.RateLimit.HitsAddend */
export interface RateLimitHitsAddend {
  number?: number;
  format?: string;
  isNegativeHits?: boolean;
}

/** envoy.config.route.v3.RateLimit.Override */
export interface RateLimitOverride {
  dynamicMetadata?: RateLimitOverrideDynamicMetadata;
  rateLimit?: RateLimitOverrideRateLimitOverride;
}

/** envoy.config.route.v3.RateLimit.Override.DynamicMetadata */
export interface RateLimitOverrideDynamicMetadata {
  metadataKey?: MetadataKey;
}

/** envoy.config.route.v3.RateLimit.Override.RateLimitOverride */
export interface RateLimitOverrideRateLimitOverride {
  requestsPerUnit?: number;
  unit?: RateLimitUnit;
}

/** envoy.config.route.v3.RateLimit.XRateLimitOption */
export type RateLimitXRateLimitOption = 'UNSPECIFIED' | 'OFF' | 'DRAFT_VERSION_03';

/** envoy.config.route.v3.RedirectAction */
export interface RedirectAction {
  httpsRedirect?: boolean;
  schemeRedirect?: string;
  hostRedirect?: string;
  portRedirect?: number;
  pathRedirect?: string;
  prefixRewrite?: string;
  regexRewrite?: RegexMatchAndSubstitute;
  pathRewrite?: string;
  responseCode?: RedirectActionRedirectResponseCode;
  stripQuery?: boolean;
}

/** envoy.config.route.v3.RedirectAction.RedirectResponseCode */
export type RedirectActionRedirectResponseCode =
  | 'MOVED_PERMANENTLY'
  | 'FOUND'
  | 'SEE_OTHER'
  | 'TEMPORARY_REDIRECT'
  | 'PERMANENT_REDIRECT';

/** envoy.config.route.v3.RetryPolicy */
export interface RouteRetryPolicy {
  retryOn?: string;
  numRetries?: number;
  perTryTimeout?: number;
  perTryIdleTimeout?: number;
  retryPriority?: RouteRetryPolicyRetryPriority;
  retryHostPredicate?: RouteRetryPolicyRetryHostPredicate[];
  retryOptionsPredicates?: TypedExtensionConfig[];
  hostSelectionRetryMaxAttempts?: number;
  retriableStatusCodes?: number[];
  retryBackOff?: RetryPolicyRetryBackOff;
  rateLimitedRetryBackOff?: RetryPolicyRateLimitedRetryBackOff;
  retriableHeaders?: HeaderMatcher[];
  retriableRequestHeaders?: HeaderMatcher[];
  refreshClusterOnRetry?: boolean;
}

/** envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff */
export interface RetryPolicyRateLimitedRetryBackOff {
  resetHeaders?: RetryPolicyResetHeader[];
  maxInterval?: number;
}

/** envoy.config.route.v3.RetryPolicy.ResetHeader */
export interface RetryPolicyResetHeader {
  name?: string;
  format?: RetryPolicyResetHeaderFormat;
}

/** envoy.config.route.v3.RetryPolicy.ResetHeaderFormat */
export type RetryPolicyResetHeaderFormat = 'SECONDS' | 'UNIX_TIMESTAMP';

/** envoy.config.route.v3.RetryPolicy.RetryBackOff */
export interface RetryPolicyRetryBackOff {
  baseInterval?: number;
  maxInterval?: number;
}

/** envoy.config.route.v3.RetryPolicy.RetryHostPredicate */
export interface RouteRetryPolicyRetryHostPredicate {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.route.v3.RetryPolicy.RetryPriority */
export interface RouteRetryPolicyRetryPriority {
  name?: string;
  typedConfig?: Any;
}

/** envoy.config.route.v3.Route */
export interface Route {
  name?: string;
  match?: RouteMatch;
  route?: RouteAction;
  redirect?: RedirectAction;
  directResponse?: DirectResponseAction;
  filterAction?: FilterAction;
  nonForwardingAction?: NonForwardingAction;
  metadata?: Metadata;
  decorator?: Decorator;
  typedPerFilterConfig?: Map<string, Any>;
  requestHeadersToAdd?: HeaderValueOption[];
  requestHeadersToRemove?: string[];
  responseHeadersToAdd?: HeaderValueOption[];
  responseHeadersToRemove?: string[];
  tracing?: RouteTracing;
  perRequestBufferLimitBytes?: number;
  statPrefix?: string;
  requestBodyBufferLimit?: number;
  routeSpecifiers?: TypedExtensionConfig[];
}

/** envoy.config.route.v3.RouteAction */
export interface RouteAction {
  cluster?: string;
  clusterHeader?: string;
  weightedClusters?: WeightedCluster;
  clusterSpecifierPlugin?: string;
  inlineClusterSpecifierPlugin?: ClusterSpecifierPlugin;
  clusterNotFoundResponseCode?: RouteActionClusterNotFoundResponseCode;
  metadataMatch?: Metadata;
  prefixRewrite?: string;
  regexRewrite?: RegexMatchAndSubstitute;
  pathRewritePolicy?: TypedExtensionConfig;
  pathRewrite?: string;
  hostRewriteLiteral?: string;
  autoHostRewrite?: boolean;
  hostRewriteHeader?: string;
  hostRewritePathRegex?: RegexMatchAndSubstitute;
  hostRewrite?: string;
  appendXForwardedHost?: boolean;
  timeout?: number;
  idleTimeout?: number;
  flushTimeout?: number;
  earlyDataPolicy?: TypedExtensionConfig;
  retryPolicy?: RouteRetryPolicy;
  retryPolicyTypedConfig?: Any;
  requestMirrorPolicies?: RouteActionRequestMirrorPolicy[];
  priority?: RoutingPriority;
  rateLimits?: RateLimit[];
  includeVhRateLimits?: boolean;
  hashPolicy?: RouteActionHashPolicy[];
  cors?: CorsPolicy;
  maxGrpcTimeout?: number;
  grpcTimeoutOffset?: number;
  upgradeConfigs?: RouteActionUpgradeConfig[];
  internalRedirectPolicy?: InternalRedirectPolicy;
  internalRedirectAction?: RouteActionInternalRedirectAction;
  maxInternalRedirects?: number;
  hedgePolicy?: HedgePolicy;
  maxStreamDuration?: RouteActionMaxStreamDuration;
}

/** envoy.config.route.v3.RouteAction.ClusterNotFoundResponseCode */
export type RouteActionClusterNotFoundResponseCode = 'SERVICE_UNAVAILABLE' | 'NOT_FOUND' | 'INTERNAL_SERVER_ERROR';

/** envoy.config.route.v3.RouteAction.HashPolicy */
export interface RouteActionHashPolicy {
  header?: RouteActionHashPolicyHeader;
  cookie?: RouteActionHashPolicyCookie;
  connectionProperties?: RouteActionHashPolicyConnectionProperties;
  queryParameter?: RouteActionHashPolicyQueryParameter;
  filterState?: RouteActionHashPolicyFilterState;
  terminal?: boolean;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties */
export interface RouteActionHashPolicyConnectionProperties {
  sourceIp?: boolean;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.Cookie */
export interface RouteActionHashPolicyCookie {
  name?: string;
  ttl?: number;
  path?: string;
  attributes?: RouteActionHashPolicyCookieAttribute[];
}

/** envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute */
export interface RouteActionHashPolicyCookieAttribute {
  name?: string;
  value?: string;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.FilterState */
export interface RouteActionHashPolicyFilterState {
  key?: string;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.Header */
export interface RouteActionHashPolicyHeader {
  headerName?: string;
  regexRewrite?: RegexMatchAndSubstitute;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter */
export interface RouteActionHashPolicyQueryParameter {
  name?: string;
}

/** envoy.config.route.v3.RouteAction.InternalRedirectAction */
export type RouteActionInternalRedirectAction = 'PASS_THROUGH_INTERNAL_REDIRECT' | 'HANDLE_INTERNAL_REDIRECT';

/** envoy.config.route.v3.RouteAction.MaxStreamDuration */
export interface RouteActionMaxStreamDuration {
  maxStreamDuration?: number;
  grpcTimeoutHeaderMax?: number;
  grpcTimeoutHeaderOffset?: number;
}

/** envoy.config.route.v3.RouteAction.RequestMirrorPolicy */
export interface RouteActionRequestMirrorPolicy {
  cluster?: string;
  clusterHeader?: string;
  runtimeFraction?: RuntimeFractionalPercent;
  traceSampled?: boolean;
  disableShadowHostSuffixAppend?: boolean;
  requestHeadersMutations?: HeaderMutation[];
  hostRewriteLiteral?: string;
}

/** envoy.config.route.v3.RouteAction.UpgradeConfig */
export interface RouteActionUpgradeConfig {
  upgradeType?: string;
  enabled?: boolean;
  connectConfig?: RouteActionUpgradeConfigConnectConfig;
}

/** envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig */
export interface RouteActionUpgradeConfigConnectConfig {
  proxyProtocolConfig?: ProxyProtocolConfig;
  allowPost?: boolean;
}

/** envoy.config.route.v3.RouteConfiguration */
export interface RouteConfiguration {
  name?: string;
  virtualHosts?: VirtualHost[];
  vhds?: Vhds;
  internalOnlyHeaders?: string[];
  responseHeadersToAdd?: HeaderValueOption[];
  responseHeadersToRemove?: string[];
  requestHeadersToAdd?: HeaderValueOption[];
  requestHeadersToRemove?: string[];
  mostSpecificHeaderMutationsWins?: boolean;
  validateClusters?: boolean;
  maxDirectResponseBodySizeBytes?: number;
  clusterSpecifierPlugins?: ClusterSpecifierPlugin[];
  requestMirrorPolicies?: RouteActionRequestMirrorPolicy[];
  ignorePortInHostMatching?: boolean;
  vhostHeader?: string;
  ignorePathParametersInPathMatching?: boolean;
  typedPerFilterConfig?: Map<string, Any>;
  metadata?: Metadata;
  routeSpecifiers?: TypedExtensionConfig[];
}

/** envoy.config.route.v3.RouteMatch */
export interface RouteMatch {
  prefix?: string;
  path?: string;
  safeRegex?: RegexMatcher;
  connectMatcher?: RouteMatchConnectMatcher;
  pathSeparatedPrefix?: string;
  pathMatchPolicy?: TypedExtensionConfig;
  caseSensitive?: boolean;
  runtimeFraction?: RuntimeFractionalPercent;
  headers?: HeaderMatcher[];
  queryParameters?: QueryParameterMatcher[];
  cookies?: CookieMatcher[];
  grpc?: RouteMatchGrpcRouteMatchOptions;
  tlsContext?: RouteMatchTlsContextMatchOptions;
  dynamicMetadata?: MetadataMatcher[];
  filterState?: FilterStateMatcher[];
}

/** envoy.config.route.v3.RouteMatch.ConnectMatcher */
export type RouteMatchConnectMatcher = Record<string, never>;

/** envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions */
export type RouteMatchGrpcRouteMatchOptions = Record<string, never>;

/** envoy.config.route.v3.RouteMatch.TlsContextMatchOptions */
export interface RouteMatchTlsContextMatchOptions {
  presented?: boolean;
  validated?: boolean;
}

/** envoy.config.route.v3.ScopedRouteConfiguration */
export interface ScopedRouteConfiguration {
  onDemand?: boolean;
  name?: string;
  routeConfigurationName?: string;
  routeConfiguration?: RouteConfiguration;
  key?: ScopedRouteConfigurationKey;
}

/** envoy.config.route.v3.ScopedRouteConfiguration.Key */
export interface ScopedRouteConfigurationKey {
  fragments?: ScopedRouteConfigurationKeyFragment[];
}

/** envoy.config.route.v3.ScopedRouteConfiguration.Key.Fragment */
export interface ScopedRouteConfigurationKeyFragment {
  stringKey?: string;
}

/** envoy.config.route.v3.Tracing */
export interface RouteTracing {
  clientSampling?: FractionalPercent;
  randomSampling?: FractionalPercent;
  overallSampling?: FractionalPercent;
  customTags?: CustomTag[];
  operation?: string;
  upstreamOperation?: string;
}

/** envoy.config.route.v3.Vhds */
export interface Vhds {
  configSource?: ConfigSource;
}

/** envoy.config.route.v3.VirtualCluster */
export interface VirtualCluster {
  headers?: HeaderMatcher[];
  name?: string;
}

/** envoy.config.route.v3.VirtualHost */
export interface VirtualHost {
  name?: string;
  domains?: string[];
  routes?: Route[];
  matcher?: XdsMatcher;
  requireTls?: VirtualHostTlsRequirementType;
  virtualClusters?: VirtualCluster[];
  rateLimits?: RateLimit[];
  requestHeadersToAdd?: HeaderValueOption[];
  requestHeadersToRemove?: string[];
  responseHeadersToAdd?: HeaderValueOption[];
  responseHeadersToRemove?: string[];
  cors?: CorsPolicy;
  typedPerFilterConfig?: Map<string, Any>;
  includeRequestAttemptCount?: boolean;
  includeAttemptCountInResponse?: boolean;
  retryPolicy?: RouteRetryPolicy;
  retryPolicyTypedConfig?: Any;
  hedgePolicy?: HedgePolicy;
  includeIsTimeoutRetryHeader?: boolean;
  perRequestBufferLimitBytes?: number;
  requestBodyBufferLimit?: number;
  requestMirrorPolicies?: RouteActionRequestMirrorPolicy[];
  metadata?: Metadata;
  routeSpecifiers?: TypedExtensionConfig[];
}

/** envoy.config.route.v3.VirtualHost.TlsRequirementType */
export type VirtualHostTlsRequirementType = 'NONE' | 'EXTERNAL_ONLY' | 'ALL';

/** envoy.config.route.v3.WeightedCluster */
export interface WeightedCluster {
  clusters?: WeightedClusterClusterWeight[];
  totalWeight?: number;
  runtimeKeyPrefix?: string;
  headerName?: string;
  useHashPolicy?: boolean;
}

/** envoy.config.route.v3.WeightedCluster.ClusterWeight */
export interface WeightedClusterClusterWeight {
  name?: string;
  clusterHeader?: string;
  weight?: number;
  metadataMatch?: Metadata;
  requestHeadersToAdd?: HeaderValueOption[];
  requestHeadersToRemove?: string[];
  responseHeadersToAdd?: HeaderValueOption[];
  responseHeadersToRemove?: string[];
  typedPerFilterConfig?: Map<string, Any>;
  hostRewriteLiteral?: string;
}

/** envoy.config.trace.v3.Tracing */
export interface TraceTracing {
  http?: TracingHttp;
}

/** envoy.config.trace.v3.Tracing.Http */
export interface TracingHttp {
  name?: string;
  typedConfig?: Any;
}

/** envoy.data.accesslog.v3.AccessLogType */
export type AccessLogType =
  | 'NotSet'
  | 'TcpUpstreamConnected'
  | 'TcpPeriodic'
  | 'TcpConnectionStart'
  | 'TcpConnectionEnd'
  | 'DownstreamStart'
  | 'DownstreamPeriodic'
  | 'DownstreamEnd'
  | 'UpstreamPoolReady'
  | 'UpstreamPeriodic'
  | 'UpstreamEnd'
  | 'DownstreamTunnelSuccessfullyEstablished'
  | 'UdpTunnelUpstreamConnected'
  | 'UdpPeriodic'
  | 'UdpSessionEnd';

/** envoy.extensions.access_loggers.file.v3.FileAccessLog */
export interface FileAccessLog {
  path?: string;
  format?: string;
  jsonFormat?: Struct;
  typedJsonFormat?: Struct;
  logFormat?: SubstitutionFormatString;
}

/** envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheCircuitBreakers */
export interface DnsCacheCircuitBreakers {
  maxPendingRequests?: number;
}

/** envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig */
export interface DnsCacheConfig {
  name?: string;
  dnsLookupFamily?: ClusterDnsLookupFamily;
  dnsRefreshRate?: number;
  dnsMinRefreshRate?: number;
  hostTtl?: number;
  maxHosts?: number;
  disableDnsRefreshOnFailure?: boolean;
  dnsFailureRefreshRate?: ClusterRefreshRate;
  dnsCacheCircuitBreaker?: DnsCacheCircuitBreakers;
  useTcpForDnsLookups?: boolean;
  dnsResolutionConfig?: DnsResolutionConfig;
  typedDnsResolverConfig?: TypedExtensionConfig;
  preresolveHostnames?: SocketAddress[];
  dnsQueryTimeout?: number;
  keyValueConfig?: KeyValueStoreConfig;
  resolvedAddressFilter?: AddressMatcher;
}

/** envoy.extensions.filters.http.grpc_http1_bridge.v3.Config */
export interface GrpcHttp1BridgeConfig {
  upgradeProtobufToGrpc?: boolean;
  ignoreQueryParameters?: boolean;
}

/** envoy.extensions.filters.http.router.v3.Router */
export interface Router {
  dynamicStats?: boolean;
  startChildSpan?: boolean;
  upstreamLog?: AccessLog[];
  upstreamLogOptions?: RouterUpstreamAccessLogOptions;
  suppressEnvoyHeaders?: boolean;
  strictCheckHeaders?: string[];
  respectExpectedRqTimeout?: boolean;
  suppressGrpcRequestFailureCodeStats?: boolean;
  upstreamHttpFilters?: HttpFilter[];
  rejectConnectRequestEarlyData?: boolean;
}

/** envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions */
export interface RouterUpstreamAccessLogOptions {
  flushUpstreamLogOnUpstreamStream?: boolean;
  upstreamLogFlushInterval?: number;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ForwardProtoConfig */
export interface ForwardProtoConfig {
  httpsDestinationPorts?: number[];
  httpDestinationPorts?: number[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager */
export interface HttpConnectionManager {
  codecType?: HttpConnectionManagerCodecType;
  statPrefix?: string;
  rds?: Rds;
  routeConfig?: RouteConfiguration;
  scopedRoutes?: ScopedRoutes;
  httpFilters?: HttpFilter[];
  addUserAgent?: boolean;
  tracing?: HttpConnectionManagerTracing;
  commonHttpProtocolOptions?: CoreHttpProtocolOptions;
  http1SafeMaxConnectionDuration?: boolean;
  httpProtocolOptions?: Http1ProtocolOptions;
  http2ProtocolOptions?: Http2ProtocolOptions;
  http3ProtocolOptions?: Http3ProtocolOptions;
  serverName?: string;
  serverHeaderTransformation?: HttpConnectionManagerServerHeaderTransformation;
  schemeHeaderTransformation?: SchemeHeaderTransformation;
  maxRequestHeadersKb?: number;
  streamIdleTimeout?: number;
  streamFlushTimeout?: number;
  requestTimeout?: number;
  requestHeadersTimeout?: number;
  drainTimeout?: number;
  drainTimeoutJitter?: Percent;
  delayedCloseTimeout?: number;
  accessLog?: AccessLog[];
  accessLogFlushInterval?: number;
  flushAccessLogOnNewRequest?: boolean;
  accessLogOptions?: HttpConnectionManagerHcmAccessLogOptions;
  useRemoteAddress?: boolean;
  xffNumTrustedHops?: number;
  originalIpDetectionExtensions?: TypedExtensionConfig[];
  earlyHeaderMutationExtensions?: TypedExtensionConfig[];
  internalAddressConfig?: HttpConnectionManagerInternalAddressConfig;
  skipXffAppend?: boolean;
  via?: string;
  generateRequestId?: boolean;
  preserveExternalRequestId?: boolean;
  alwaysSetRequestIdInResponse?: boolean;
  forwardClientCertDetails?: HttpConnectionManagerForwardClientCertDetails;
  setCurrentClientCertDetails?: HttpConnectionManagerSetCurrentClientCertDetails;
  forwardClientCertMatcher?: XdsMatcher;
  proxy100Continue?: boolean;
  representIpv4RemoteAddressAsIpv4MappedIpv6?: boolean;
  upgradeConfigs?: HttpConnectionManagerUpgradeConfig[];
  normalizePath?: boolean;
  mergeSlashes?: boolean;
  pathWithEscapedSlashesAction?: HttpConnectionManagerPathWithEscapedSlashesAction;
  requestIdExtension?: RequestIDExtension;
  localReplyConfig?: LocalReplyConfig;
  stripMatchingHostPort?: boolean;
  stripAnyHostPort?: boolean;
  streamErrorOnInvalidHttpMessage?: boolean;
  pathNormalizationOptions?: HttpConnectionManagerPathNormalizationOptions;
  stripTrailingHostDot?: boolean;
  proxyStatusConfig?: HttpConnectionManagerProxyStatusConfig;
  typedHeaderValidationConfig?: TypedExtensionConfig;
  appendXForwardedPort?: boolean;
  appendLocalOverload?: boolean;
  addProxyProtocolConnectionState?: boolean;
  forwardProtoConfig?: ForwardProtoConfig;
  recordRouteResolutionStats?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType */
export type HttpConnectionManagerCodecType = 'AUTO' | 'HTTP1' | 'HTTP2' | 'HTTP3';

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails */
export type HttpConnectionManagerForwardClientCertDetails =
  | 'SANITIZE'
  | 'FORWARD_ONLY'
  | 'APPEND_FORWARD'
  | 'SANITIZE_SET'
  | 'ALWAYS_FORWARD_ONLY';

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertFormat */
export type HttpConnectionManagerForwardClientCertFormat = 'TEXT' | 'JSON';

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.HcmAccessLogOptions */
export interface HttpConnectionManagerHcmAccessLogOptions {
  accessLogFlushInterval?: number;
  flushAccessLogOnNewRequest?: boolean;
  flushLogOnTunnelSuccessfullyEstablished?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig */
export interface HttpConnectionManagerInternalAddressConfig {
  unixSockets?: boolean;
  cidrRanges?: CidrRange[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathNormalizationOptions */
export interface HttpConnectionManagerPathNormalizationOptions {
  forwardingTransformation?: PathTransformation;
  httpFilterTransformation?: PathTransformation;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction */
export type HttpConnectionManagerPathWithEscapedSlashesAction =
  | 'IMPLEMENTATION_SPECIFIC_DEFAULT'
  | 'KEEP_UNCHANGED'
  | 'REJECT_REQUEST'
  | 'UNESCAPE_AND_REDIRECT'
  | 'UNESCAPE_AND_FORWARD';

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ProxyStatusConfig */
export interface HttpConnectionManagerProxyStatusConfig {
  removeDetails?: boolean;
  removeConnectionTerminationDetails?: boolean;
  removeResponseFlags?: boolean;
  setRecommendedResponseCode?: boolean;
  useNodeId?: boolean;
  literalProxyName?: string;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation */
export type HttpConnectionManagerServerHeaderTransformation = 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH';

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails */
export interface HttpConnectionManagerSetCurrentClientCertDetails {
  subject?: boolean;
  cert?: boolean;
  chain?: boolean;
  dns?: boolean;
  uri?: boolean;
  issuer?: boolean;
  format?: HttpConnectionManagerForwardClientCertFormat;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing */
export interface HttpConnectionManagerTracing {
  clientSampling?: Percent;
  randomSampling?: Percent;
  overallSampling?: Percent;
  verbose?: boolean;
  maxPathTagLength?: number;
  customTags?: CustomTag[];
  provider?: TracingHttp;
  spawnUpstreamSpan?: boolean;
  operation?: string;
  upstreamOperation?: string;
  noContextPropagation?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig */
export interface HttpConnectionManagerUpgradeConfig {
  upgradeType?: string;
  filters?: HttpFilter[];
  enabled?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter */
export interface HttpFilter {
  name?: string;
  typedConfig?: Any;
  configDiscovery?: ExtensionConfigSource;
  isOptional?: boolean;
  disabled?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig */
export interface LocalReplyConfig {
  mappers?: ResponseMapper[];
  bodyFormat?: SubstitutionFormatString;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.Rds */
export interface Rds {
  configSource?: ConfigSource;
  routeConfigName?: string;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension */
export interface RequestIDExtension {
  typedConfig?: Any;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper */
export interface ResponseMapper {
  filter?: AccessLogFilter;
  statusCode?: number;
  body?: DataSource;
  bodyFormatOverride?: SubstitutionFormatString;
  headersToAdd?: HeaderValueOption[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds */
export interface ScopedRds {
  scopedRdsConfigSource?: ConfigSource;
  srdsResourcesLocator?: string;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRouteConfigurationsList */
export interface ScopedRouteConfigurationsList {
  scopedRouteConfigurations?: ScopedRouteConfiguration[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes */
export interface ScopedRoutes {
  name?: string;
  scopeKeyBuilder?: ScopedRoutesScopeKeyBuilder;
  rdsConfigSource?: ConfigSource;
  scopedRouteConfigurationsList?: ScopedRouteConfigurationsList;
  scopedRds?: ScopedRds;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder */
export interface ScopedRoutesScopeKeyBuilder {
  fragments?: ScopedRoutesScopeKeyBuilderFragmentBuilder[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder */
export interface ScopedRoutesScopeKeyBuilderFragmentBuilder {
  headerValueExtractor?: ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractor;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor */
export interface ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractor {
  name?: string;
  elementSeparator?: string;
  index?: number;
  element?: ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractorKvElement;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement */
export interface ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractorKvElement {
  separator?: string;
  key?: string;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisExternalAuthProvider */
export interface RedisExternalAuthProvider {
  grpcService?: GrpcService;
  enableAuthExpiration?: boolean;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy */
export interface RedisProxy {
  statPrefix?: string;
  settings?: RedisProxyConnPoolSettings;
  latencyInMicros?: boolean;
  prefixRoutes?: RedisProxyPrefixRoutes;
  downstreamAuthPassword?: DataSource;
  downstreamAuthPasswords?: DataSource[];
  faults?: RedisProxyRedisFault[];
  downstreamAuthUsername?: DataSource;
  externalAuthProvider?: RedisExternalAuthProvider;
  customCommands?: string[];
  protocolVersion?: RedisProxyProtocolVersion;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnPoolSettings */
export interface RedisProxyConnPoolSettings {
  opTimeout?: number;
  enableHashtagging?: boolean;
  enableRedirection?: boolean;
  dnsCacheConfig?: DnsCacheConfig;
  maxBufferSizeBeforeFlush?: number;
  bufferFlushTimeout?: number;
  maxUpstreamUnknownConnections?: number;
  enableCommandStats?: boolean;
  readPolicy?: RedisProxyConnPoolSettingsReadPolicy;
  connectionRateLimit?: RedisProxyConnectionRateLimit;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnPoolSettings.ReadPolicy */
export type RedisProxyConnPoolSettingsReadPolicy =
  | 'MASTER'
  | 'PREFER_MASTER'
  | 'REPLICA'
  | 'PREFER_REPLICA'
  | 'ANY'
  | 'LOCAL_ZONE_AFFINITY'
  | 'LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY';

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnectionRateLimit */
export interface RedisProxyConnectionRateLimit {
  connectionRateLimitPerSec?: number;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes */
export interface RedisProxyPrefixRoutes {
  routes?: RedisProxyPrefixRoutesRoute[];
  caseInsensitive?: boolean;
  catchAllRoute?: RedisProxyPrefixRoutesRoute;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route */
export interface RedisProxyPrefixRoutesRoute {
  prefix?: string;
  removePrefix?: boolean;
  cluster?: string;
  requestMirrorPolicy?: RedisProxyPrefixRoutesRouteRequestMirrorPolicy[];
  keyFormatter?: string;
  readCommandPolicy?: RedisProxyPrefixRoutesRouteReadCommandPolicy;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.ReadCommandPolicy */
export interface RedisProxyPrefixRoutesRouteReadCommandPolicy {
  cluster?: string;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy */
export interface RedisProxyPrefixRoutesRouteRequestMirrorPolicy {
  cluster?: string;
  runtimeFraction?: RuntimeFractionalPercent;
  excludeReadCommands?: boolean;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ProtocolVersion */
export type RedisProxyProtocolVersion = 'RESP2' | 'RESP3';

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.RedisFault */
export interface RedisProxyRedisFault {
  faultType?: RedisProxyRedisFaultRedisFaultType;
  faultEnabled?: RuntimeFractionalPercent;
  delay?: number;
  commands?: string[];
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.RedisFault.RedisFaultType */
export type RedisProxyRedisFaultRedisFaultType = 'DELAY' | 'ERROR';

/** envoy.extensions.filters.network.tcp_proxy.v3.ProxyProtocolTlvMergePolicy */
export type ProxyProtocolTlvMergePolicy =
  | 'ADD_IF_ABSENT'
  | 'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD'
  | 'APPEND_IF_EXISTS_OR_ADD';

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy */
export interface TcpProxy {
  statPrefix?: string;
  cluster?: string;
  weightedClusters?: TcpProxyWeightedCluster;
  onDemand?: TcpProxyOnDemand;
  metadataMatch?: Metadata;
  idleTimeout?: number;
  downstreamIdleTimeout?: number;
  upstreamIdleTimeout?: number;
  accessLog?: AccessLog[];
  maxConnectAttempts?: number;
  backoffOptions?: BackoffStrategy;
  hashPolicy?: HashPolicy[];
  tunnelingConfig?: TcpProxyTunnelingConfig;
  maxDownstreamConnectionDuration?: number;
  maxDownstreamConnectionDurationJitterPercentage?: Percent;
  accessLogFlushInterval?: number;
  flushAccessLogOnConnected?: boolean;
  accessLogOptions?: TcpProxyTcpAccessLogOptions;
  proxyProtocolTlvs?: TlvEntry[];
  proxyProtocolTlvMergePolicy?: ProxyProtocolTlvMergePolicy;
  upstreamConnectMode?: UpstreamConnectMode;
  maxEarlyDataBytes?: number;
  checkDrainClose?: boolean;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.OnDemand */
export interface TcpProxyOnDemand {
  odcdsConfig?: ConfigSource;
  resourcesLocator?: string;
  timeout?: number;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions */
export interface TcpProxyTcpAccessLogOptions {
  accessLogFlushInterval?: number;
  flushAccessLogOnConnected?: boolean;
  flushAccessLogOnStart?: boolean;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig */
export interface TcpProxyTunnelingConfig {
  hostname?: string;
  usePost?: boolean;
  headersToAdd?: HeaderValueOption[];
  propagateResponseHeaders?: boolean;
  postPath?: string;
  propagateResponseTrailers?: boolean;
  requestIdExtension?: RequestIDExtension;
  requestIdHeader?: string;
  requestIdMetadataKey?: string;
  formatters?: TypedExtensionConfig[];
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster */
export interface TcpProxyWeightedCluster {
  clusters?: TcpProxyWeightedClusterClusterWeight[];
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight */
export interface TcpProxyWeightedClusterClusterWeight {
  name?: string;
  weight?: number;
  metadataMatch?: Metadata;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.UpstreamConnectMode */
export type UpstreamConnectMode = 'IMMEDIATE' | 'ON_DOWNSTREAM_DATA' | 'ON_DOWNSTREAM_TLS_HANDSHAKE';

/** envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig */
export interface ConsistentHashingLbConfig {
  useHostnameForHashing?: boolean;
  hashBalanceFactor?: number;
  hashPolicy?: RouteActionHashPolicy[];
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig */
export interface LocalityLbConfig {
  zoneAwareLbConfig?: LocalityLbConfigZoneAwareLbConfig;
  localityWeightedLbConfig?: LocalityLbConfigLocalityWeightedLbConfig;
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.LocalityWeightedLbConfig */
export type LocalityLbConfigLocalityWeightedLbConfig = Record<string, never>;

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig */
export interface LocalityLbConfigZoneAwareLbConfig {
  routingEnabled?: Percent;
  minClusterSize?: number;
  failTrafficOnPanic?: boolean;
  forceLocalityDirectRouting?: boolean;
  forceLocalZone?: LocalityLbConfigZoneAwareLbConfigForceLocalZone;
  localityBasis?: LocalityLbConfigZoneAwareLbConfigLocalityBasis;
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig.ForceLocalZone */
export interface LocalityLbConfigZoneAwareLbConfigForceLocalZone {
  minSize?: number;
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig.LocalityBasis */
export type LocalityLbConfigZoneAwareLbConfigLocalityBasis = 'HEALTHY_HOSTS_NUM' | 'HEALTHY_HOSTS_WEIGHT';

/** envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig */
export interface SlowStartConfig {
  slowStartWindow?: number;
  aggression?: RuntimeDouble;
  minWeightPercent?: Percent;
}

/** envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest */
export interface LeastRequest {
  choiceCount?: number;
  activeRequestBias?: RuntimeDouble;
  slowStartConfig?: SlowStartConfig;
  localityLbConfig?: LocalityLbConfig;
  enableFullScan?: boolean;
  selectionMethod?: LeastRequestSelectionMethod;
}

/** envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest.SelectionMethod */
export type LeastRequestSelectionMethod = 'N_CHOICES' | 'FULL_SCAN';

/** envoy.extensions.load_balancing_policies.maglev.v3.Maglev */
export interface Maglev {
  tableSize?: number;
  consistentHashingLbConfig?: ConsistentHashingLbConfig;
  localityWeightedLbConfig?: LocalityLbConfigLocalityWeightedLbConfig;
}

/** envoy.extensions.load_balancing_policies.random.v3.Random */
export interface Random {
  localityLbConfig?: LocalityLbConfig;
}

/** envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin */
export interface RoundRobin {
  slowStartConfig?: SlowStartConfig;
  localityLbConfig?: LocalityLbConfig;
}

/** envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig */
export interface CaresDnsResolverConfig {
  resolvers?: Address[];
  useResolversAsFallback?: boolean;
  filterUnroutableFamilies?: boolean;
  dnsResolverOptions?: DnsResolverOptions;
  udpMaxQueries?: number;
  queryTimeoutSeconds?: number;
  queryTries?: number;
  rotateNameservers?: boolean;
  edns0MaxPayloadSize?: number;
  maxUdpChannelDuration?: number;
  reinitChannelOnTimeout?: boolean;
  qcacheMaxTtl?: number;
}

/** envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer */
export type RawBuffer = Record<string, never>;

/** envoy.extensions.transport_sockets.tls.v3.CertificateProviderPluginInstance */
export interface CertificateProviderPluginInstance {
  instanceName?: string;
  certificateName?: string;
}

/** envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext */
export interface CertificateValidationContext {
  trustedCa?: DataSource;
  caCertificateProviderInstance?: CertificateProviderPluginInstance;
  systemRootCerts?: CertificateValidationContextSystemRootCerts;
  watchedDirectory?: WatchedDirectory;
  verifyCertificateSpki?: string[];
  verifyCertificateHash?: string[];
  matchTypedSubjectAltNames?: SubjectAltNameMatcher[];
  matchSubjectAltNames?: StringMatcher[];
  requireSignedCertificateTimestamp?: boolean;
  crl?: DataSource;
  allowExpiredCertificate?: boolean;
  trustChainVerification?: CertificateValidationContextTrustChainVerification;
  customValidatorConfig?: TypedExtensionConfig;
  onlyVerifyLeafCertCrl?: boolean;
  maxVerifyDepth?: number;
  suppressClientCaList?: boolean;
}

/** envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts */
export type CertificateValidationContextSystemRootCerts = Record<string, never>;

/** envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification */
export type CertificateValidationContextTrustChainVerification = 'VERIFY_TRUST_CHAIN' | 'ACCEPT_UNTRUSTED';

/** envoy.extensions.transport_sockets.tls.v3.GenericSecret */
export interface GenericSecret {
  secret?: DataSource;
  secrets?: Map<string, DataSource>;
}

/** envoy.extensions.transport_sockets.tls.v3.PrivateKeyProvider */
export interface PrivateKeyProvider {
  providerName?: string;
  typedConfig?: Any;
  fallback?: boolean;
}

/** envoy.extensions.transport_sockets.tls.v3.Secret */
export interface Secret {
  name?: string;
  tlsCertificate?: TlsCertificate;
  sessionTicketKeys?: TlsSessionTicketKeys;
  validationContext?: CertificateValidationContext;
  genericSecret?: GenericSecret;
}

/** envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher */
export interface SubjectAltNameMatcher {
  sanType?: SubjectAltNameMatcherSanType;
  matcher?: StringMatcher;
  oid?: string;
}

/** envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType */
export type SubjectAltNameMatcherSanType =
  | 'SAN_TYPE_UNSPECIFIED'
  | 'EMAIL'
  | 'DNS'
  | 'URI'
  | 'IP_ADDRESS'
  | 'OTHER_NAME';

/** envoy.extensions.transport_sockets.tls.v3.TlsCertificate */
export interface TlsCertificate {
  certificateChain?: DataSource;
  privateKey?: DataSource;
  pkcs12?: DataSource;
  watchedDirectory?: WatchedDirectory;
  privateKeyProvider?: PrivateKeyProvider;
  password?: DataSource;
  ocspStaple?: DataSource;
  signedCertificateTimestamp?: DataSource[];
  tlsParams?: TlsParameters;
}

/** envoy.extensions.transport_sockets.tls.v3.TlsParameters */
export interface TlsParameters {
  tlsMinimumProtocolVersion?: TlsParametersTlsProtocol;
  tlsMaximumProtocolVersion?: TlsParametersTlsProtocol;
  cipherSuites?: string[];
  ecdhCurves?: string[];
  signatureAlgorithms?: string[];
  compliancePolicies?: TlsParametersCompliancePolicy[];
}

/** envoy.extensions.transport_sockets.tls.v3.TlsParameters.CompliancePolicy */
export type TlsParametersCompliancePolicy = 'FIPS_202205' | 'CNSA2_202603' | 'CNSA1_202603';

/** envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol */
export type TlsParametersTlsProtocol = 'TLS_AUTO' | 'TLSv1_0' | 'TLSv1_1' | 'TLSv1_2' | 'TLSv1_3';

/** envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys */
export interface TlsSessionTicketKeys {
  keys?: DataSource[];
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions */
export interface HttpHttpProtocolOptions {
  commonHttpProtocolOptions?: CoreHttpProtocolOptions;
  upstreamHttpProtocolOptions?: UpstreamHttpProtocolOptions;
  explicitHttpConfig?: HttpProtocolOptionsExplicitHttpConfig;
  useDownstreamProtocolConfig?: HttpProtocolOptionsUseDownstreamHttpConfig;
  autoConfig?: HttpProtocolOptionsAutoHttpConfig;
  httpFilters?: HttpFilter[];
  headerValidationConfig?: TypedExtensionConfig;
  outlierDetection?: HttpProtocolOptionsOutlierDetection;
  requestMirrorPolicies?: RouteActionRequestMirrorPolicy[];
  hashPolicy?: RouteActionHashPolicy[];
  retryPolicy?: RouteRetryPolicy;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig */
export interface HttpProtocolOptionsAutoHttpConfig {
  httpProtocolOptions?: Http1ProtocolOptions;
  http2ProtocolOptions?: Http2ProtocolOptions;
  http3ProtocolOptions?: Http3ProtocolOptions;
  alternateProtocolsCacheOptions?: AlternateProtocolsCacheOptions;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig */
export interface HttpProtocolOptionsExplicitHttpConfig {
  httpProtocolOptions?: Http1ProtocolOptions;
  http2ProtocolOptions?: Http2ProtocolOptions;
  http3ProtocolOptions?: Http3ProtocolOptions;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.OutlierDetection */
export interface HttpProtocolOptionsOutlierDetection {
  errorMatcher?: MatchPredicate;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig */
export interface HttpProtocolOptionsUseDownstreamHttpConfig {
  httpProtocolOptions?: Http1ProtocolOptions;
  http2ProtocolOptions?: Http2ProtocolOptions;
  http3ProtocolOptions?: Http3ProtocolOptions;
}

/** envoy.type.http.v3.PathTransformation */
export interface PathTransformation {
  operations?: PathTransformationOperation[];
}

/** envoy.type.http.v3.PathTransformation.Operation */
export interface PathTransformationOperation {
  normalizePathRfc3986?: PathTransformationOperationNormalizePathRFC3986;
  mergeSlashes?: PathTransformationOperationMergeSlashes;
}

/** envoy.type.http.v3.PathTransformation.Operation.MergeSlashes */
export type PathTransformationOperationMergeSlashes = Record<string, never>;

/** envoy.type.http.v3.PathTransformation.Operation.NormalizePathRFC3986 */
export type PathTransformationOperationNormalizePathRFC3986 = Record<string, never>;

/** envoy.type.matcher.v3.AddressMatcher */
export interface AddressMatcher {
  ranges?: XdsCidrRange[];
  invertMatch?: boolean;
}

/** envoy.type.matcher.v3.DoubleMatcher */
export interface DoubleMatcher {
  range?: DoubleRange;
  exact?: number;
}

/** envoy.type.matcher.v3.FilterStateMatcher */
export interface FilterStateMatcher {
  key?: string;
  stringMatch?: StringMatcher;
  addressMatch?: AddressMatcher;
}

/** envoy.type.matcher.v3.ListMatcher */
export interface ListMatcher {
  oneOf?: ValueMatcher;
}

/** envoy.type.matcher.v3.ListStringMatcher */
export interface ListStringMatcher {
  patterns?: StringMatcher[];
}

/** envoy.type.matcher.v3.MetadataMatcher */
export interface MetadataMatcher {
  filter?: string;
  path?: MetadataMatcherPathSegment[];
  value?: ValueMatcher;
  invert?: boolean;
}

/** envoy.type.matcher.v3.MetadataMatcher.PathSegment */
export interface MetadataMatcherPathSegment {
  key?: string;
}

/** envoy.type.matcher.v3.OrMatcher */
export interface OrMatcher {
  valueMatchers?: ValueMatcher[];
}

/** envoy.type.matcher.v3.RegexMatchAndSubstitute */
export interface RegexMatchAndSubstitute {
  pattern?: RegexMatcher;
  substitution?: string;
}

/** envoy.type.matcher.v3.RegexMatcher */
export interface RegexMatcher {
  googleRe2?: RegexMatcherGoogleRE2;
  regex?: string;
}

/** envoy.type.matcher.v3.RegexMatcher.GoogleRE2 */
export interface RegexMatcherGoogleRE2 {
  maxProgramSize?: number;
}

/** envoy.type.matcher.v3.StringMatcher */
export interface StringMatcher {
  exact?: string;
  prefix?: string;
  suffix?: string;
  safeRegex?: RegexMatcher;
  contains?: string;
  custom?: XdsTypedExtensionConfig;
  ignoreCase?: boolean;
}

/** envoy.type.matcher.v3.ValueMatcher */
export interface ValueMatcher {
  nullMatch?: ValueMatcherNullMatch;
  doubleMatch?: DoubleMatcher;
  stringMatch?: StringMatcher;
  boolMatch?: boolean;
  presentMatch?: boolean;
  listMatch?: ListMatcher;
  orMatch?: OrMatcher;
}

/** envoy.type.matcher.v3.ValueMatcher.NullMatch */
export type ValueMatcherNullMatch = Record<string, never>;

/** envoy.type.metadata.v3.MetadataKey */
export interface MetadataKey {
  key?: string;
  path?: MetadataKeyPathSegment[];
}

/** envoy.type.metadata.v3.MetadataKey.PathSegment */
export interface MetadataKeyPathSegment {
  key?: string;
  index?: number;
}

/** envoy.type.metadata.v3.MetadataKind */
export interface MetadataKind {
  request?: MetadataKindRequest;
  route?: MetadataKindRoute;
  cluster?: MetadataKindCluster;
  host?: MetadataKindHost;
}

/** envoy.type.metadata.v3.MetadataKind.Cluster */
export type MetadataKindCluster = Record<string, never>;

/** envoy.type.metadata.v3.MetadataKind.Host */
export type MetadataKindHost = Record<string, never>;

/** envoy.type.metadata.v3.MetadataKind.Request */
export type MetadataKindRequest = Record<string, never>;

/** envoy.type.metadata.v3.MetadataKind.Route */
export type MetadataKindRoute = Record<string, never>;

/** envoy.type.tracing.v3.CustomTag */
export interface CustomTag {
  tag?: string;
  literal?: CustomTagLiteral;
  environment?: CustomTagEnvironment;
  requestHeader?: CustomTagHeader;
  metadata?: CustomTagMetadata;
  value?: string;
  valueType?: CustomTagValueType;
}

/** envoy.type.tracing.v3.CustomTag.Environment */
export interface CustomTagEnvironment {
  name?: string;
  defaultValue?: string;
}

/** envoy.type.tracing.v3.CustomTag.Header */
export interface CustomTagHeader {
  name?: string;
  defaultValue?: string;
}

/** envoy.type.tracing.v3.CustomTag.Literal */
export interface CustomTagLiteral {
  value?: string;
}

/** envoy.type.tracing.v3.CustomTag.Metadata */
export interface CustomTagMetadata {
  kind?: MetadataKind;
  metadataKey?: MetadataKey;
  defaultValue?: string;
}

/** envoy.type.tracing.v3.CustomTag.ValueType */
export type CustomTagValueType = 'UNSPECIFIED' | 'STRING' | 'INT' | 'DOUBLE' | 'BOOL';

/** envoy.type.v3.CodecClientType */
export type CodecClientType = 'HTTP1' | 'HTTP2' | 'HTTP3';

/** envoy.type.v3.DoubleRange */
export interface DoubleRange {
  start?: number;
  end?: number;
}

/** envoy.type.v3.FractionalPercent */
export interface FractionalPercent {
  numerator?: number;
  denominator?: FractionalPercentDenominatorType;
}

/** envoy.type.v3.FractionalPercent.DenominatorType */
export type FractionalPercentDenominatorType = 'HUNDRED' | 'TEN_THOUSAND' | 'MILLION';

/** envoy.type.v3.HashPolicy */
export interface HashPolicy {
  sourceIp?: HashPolicySourceIp;
  filterState?: HashPolicyFilterState;
}

/** envoy.type.v3.HashPolicy.FilterState */
export interface HashPolicyFilterState {
  key?: string;
}

/** envoy.type.v3.HashPolicy.SourceIp */
export type HashPolicySourceIp = Record<string, never>;

/** envoy.type.v3.Int32Range */
export interface Int32Range {
  start?: number;
  end?: number;
}

/** envoy.type.v3.Int64Range */
export interface Int64Range {
  start?: number;
  end?: number;
}

/** envoy.type.v3.Percent */
export interface Percent {
  value?: number;
}

/** envoy.type.v3.RateLimitUnit */
export type RateLimitUnit = 'UNKNOWN' | 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';

/** envoy.type.v3.SemanticVersion */
export interface SemanticVersion {
  majorNumber?: number;
  minorNumber?: number;
  patch?: number;
}

/** xds.core.v3.Authority */
export interface XdsAuthority {
  name?: string;
}

/** xds.core.v3.CidrRange */
export interface XdsCidrRange {
  addressPrefix?: string;
  prefixLen?: number;
}

/** xds.core.v3.ContextParams */
export interface XdsContextParams {
  params?: Map<string, string>;
}

/** xds.core.v3.TypedExtensionConfig */
export interface XdsTypedExtensionConfig {
  name?: string;
  typedConfig?: Any;
}

/** xds.type.matcher.v3.Matcher */
export interface XdsMatcher {
  matcherList?: XdsMatcherMatcherList;
  matcherTree?: XdsMatcherMatcherTree;
  onNoMatch?: XdsMatcherOnMatch;
}

/** xds.type.matcher.v3.Matcher.MatcherList */
export interface XdsMatcherMatcherList {
  matchers?: XdsMatcherMatcherListFieldMatcher[];
}

/** xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher */
export interface XdsMatcherMatcherListFieldMatcher {
  predicate?: XdsMatcherMatcherListPredicate;
  onMatch?: XdsMatcherOnMatch;
}

/** xds.type.matcher.v3.Matcher.MatcherList.Predicate */
export interface XdsMatcherMatcherListPredicate {
  singlePredicate?: XdsMatcherMatcherListPredicateSinglePredicate;
  orMatcher?: XdsMatcherMatcherListPredicatePredicateList;
  andMatcher?: XdsMatcherMatcherListPredicatePredicateList;
  notMatcher?: XdsMatcherMatcherListPredicate;
}

/** xds.type.matcher.v3.Matcher.MatcherList.Predicate.PredicateList */
export interface XdsMatcherMatcherListPredicatePredicateList {
  predicate?: XdsMatcherMatcherListPredicate[];
}

/** xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate */
export interface XdsMatcherMatcherListPredicateSinglePredicate {
  input?: XdsTypedExtensionConfig;
  valueMatch?: XdsStringMatcher;
  customMatch?: XdsTypedExtensionConfig;
}

/** xds.type.matcher.v3.Matcher.MatcherTree */
export interface XdsMatcherMatcherTree {
  input?: XdsTypedExtensionConfig;
  exactMatchMap?: XdsMatcherMatcherTreeMatchMap;
  prefixMatchMap?: XdsMatcherMatcherTreeMatchMap;
  customMatch?: XdsTypedExtensionConfig;
}

/** xds.type.matcher.v3.Matcher.MatcherTree.MatchMap */
export interface XdsMatcherMatcherTreeMatchMap {
  map?: Map<string, XdsMatcherOnMatch>;
}

/** xds.type.matcher.v3.Matcher.OnMatch */
export interface XdsMatcherOnMatch {
  matcher?: XdsMatcher;
  action?: XdsTypedExtensionConfig;
  keepMatching?: boolean;
}

/** xds.type.matcher.v3.RegexMatcher */
export interface XdsRegexMatcher {
  googleRe2?: XdsRegexMatcherGoogleRE2;
  regex?: string;
}

/** xds.type.matcher.v3.RegexMatcher.GoogleRE2 */
export type XdsRegexMatcherGoogleRE2 = Record<string, never>;

/** xds.type.matcher.v3.StringMatcher */
export interface XdsStringMatcher {
  exact?: string;
  prefix?: string;
  suffix?: string;
  safeRegex?: XdsRegexMatcher;
  contains?: string;
  custom?: XdsTypedExtensionConfig;
  ignoreCase?: boolean;
}
