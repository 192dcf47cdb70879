// Written by src/config/schema/generate/main.ts from Envoy's protos; do not edit.
// Typed config: absent = undefined, Durations and Timestamps in ms, wrappers unwrapped, enums as names, 64-bit as number.

export interface Any {
  /** Full v3 message name, without a host. */
  readonly typeUrl: string;
  readonly value: unknown;
}

/** No prototype. */
export type Struct = { readonly [key: string]: unknown };

/** cel.expr.CheckedExpr */
export interface CelCheckedExpr {
  readonly referenceMap?: ReadonlyMap<number, CelReference>;
  readonly typeMap?: ReadonlyMap<number, CelType>;
  readonly sourceInfo?: CelSourceInfo;
  readonly exprVersion?: string;
  readonly expr?: CelExpr;
}

/** cel.expr.Constant */
export interface CelConstant {
  readonly nullValue?: unknown;
  readonly boolValue?: boolean;
  readonly int64Value?: number;
  readonly uint64Value?: number;
  readonly doubleValue?: number;
  readonly stringValue?: string;
  readonly bytesValue?: Buffer;
  readonly durationValue?: number;
  readonly timestampValue?: number;
}

/** cel.expr.Expr */
export interface CelExpr {
  readonly id?: number;
  readonly constExpr?: CelConstant;
  readonly identExpr?: CelExprIdent;
  readonly selectExpr?: CelExprSelect;
  readonly callExpr?: CelExprCall;
  readonly listExpr?: CelExprCreateList;
  readonly structExpr?: CelExprCreateStruct;
  readonly comprehensionExpr?: CelExprComprehension;
}

/** cel.expr.Expr.Call */
export interface CelExprCall {
  readonly target?: CelExpr;
  readonly function?: string;
  readonly args?: readonly CelExpr[];
}

/** cel.expr.Expr.Comprehension */
export interface CelExprComprehension {
  readonly iterVar?: string;
  readonly iterVar2?: string;
  readonly iterRange?: CelExpr;
  readonly accuVar?: string;
  readonly accuInit?: CelExpr;
  readonly loopCondition?: CelExpr;
  readonly loopStep?: CelExpr;
  readonly result?: CelExpr;
}

/** cel.expr.Expr.CreateList */
export interface CelExprCreateList {
  readonly elements?: readonly CelExpr[];
  readonly optionalIndices?: readonly number[];
}

/** cel.expr.Expr.CreateStruct */
export interface CelExprCreateStruct {
  readonly messageName?: string;
  readonly entries?: readonly CelExprCreateStructEntry[];
}

/** cel.expr.Expr.CreateStruct.Entry */
export interface CelExprCreateStructEntry {
  readonly id?: number;
  readonly fieldKey?: string;
  readonly mapKey?: CelExpr;
  readonly value?: CelExpr;
  readonly optionalEntry?: boolean;
}

/** cel.expr.Expr.Ident */
export interface CelExprIdent {
  readonly name?: string;
}

/** cel.expr.Expr.Select */
export interface CelExprSelect {
  readonly operand?: CelExpr;
  readonly field?: string;
  readonly testOnly?: boolean;
}

/** cel.expr.ParsedExpr */
export interface CelParsedExpr {
  readonly expr?: CelExpr;
  readonly sourceInfo?: CelSourceInfo;
}

/** cel.expr.Reference */
export interface CelReference {
  readonly name?: string;
  readonly overloadId?: readonly string[];
  readonly value?: CelConstant;
}

/** cel.expr.SourceInfo */
export interface CelSourceInfo {
  readonly syntaxVersion?: string;
  readonly location?: string;
  readonly lineOffsets?: readonly number[];
  readonly positions?: ReadonlyMap<number, number>;
  readonly macroCalls?: ReadonlyMap<number, CelExpr>;
  readonly extensions?: readonly CelSourceInfoExtension[];
}

/** cel.expr.SourceInfo.Extension */
export interface CelSourceInfoExtension {
  readonly id?: string;
  readonly affectedComponents?: readonly CelSourceInfoExtensionComponent[];
  readonly version?: CelSourceInfoExtensionVersion;
}

/** cel.expr.SourceInfo.Extension.Component */
export type CelSourceInfoExtensionComponent =
  | 'COMPONENT_UNSPECIFIED'
  | 'COMPONENT_PARSER'
  | 'COMPONENT_TYPE_CHECKER'
  | 'COMPONENT_RUNTIME';

/** cel.expr.SourceInfo.Extension.Version */
export interface CelSourceInfoExtensionVersion {
  readonly major?: number;
  readonly minor?: number;
}

/** cel.expr.Type */
export interface CelType {
  readonly dyn?: Record<string, never>;
  readonly null?: unknown;
  readonly primitive?: CelTypePrimitiveType;
  readonly wrapper?: CelTypePrimitiveType;
  readonly wellKnown?: CelTypeWellKnownType;
  readonly listType?: CelTypeListType;
  readonly mapType?: CelTypeMapType;
  readonly function?: CelTypeFunctionType;
  readonly messageType?: string;
  readonly typeParam?: string;
  readonly type?: CelType;
  readonly error?: Record<string, never>;
  readonly abstractType?: CelTypeAbstractType;
}

/** cel.expr.Type.AbstractType */
export interface CelTypeAbstractType {
  readonly name?: string;
  readonly parameterTypes?: readonly CelType[];
}

/** cel.expr.Type.FunctionType */
export interface CelTypeFunctionType {
  readonly resultType?: CelType;
  readonly argTypes?: readonly CelType[];
}

/** cel.expr.Type.ListType */
export interface CelTypeListType {
  readonly elemType?: CelType;
}

/** cel.expr.Type.MapType */
export interface CelTypeMapType {
  readonly keyType?: CelType;
  readonly valueType?: CelType;
}

/** cel.expr.Type.PrimitiveType */
export type CelTypePrimitiveType =
  | 'PRIMITIVE_TYPE_UNSPECIFIED'
  | 'BOOL'
  | 'INT64'
  | 'UINT64'
  | 'DOUBLE'
  | 'STRING'
  | 'BYTES';

/** cel.expr.Type.WellKnownType */
export type CelTypeWellKnownType = 'WELL_KNOWN_TYPE_UNSPECIFIED' | 'ANY' | 'TIMESTAMP' | 'DURATION';

/** envoy.admin.v3.TapRequest */
export interface TapRequest {
  readonly configId?: string;
  readonly tapConfig?: TapConfig;
}

/** envoy.config.accesslog.v3.AccessLog */
export interface AccessLog {
  readonly name?: string;
  readonly filter?: AccessLogFilter;
  readonly typedConfig?: Any;
}

/** envoy.config.accesslog.v3.AccessLogFilter */
export interface AccessLogFilter {
  readonly statusCodeFilter?: StatusCodeFilter;
  readonly durationFilter?: DurationFilter;
  readonly notHealthCheckFilter?: NotHealthCheckFilter;
  readonly traceableFilter?: TraceableFilter;
  readonly runtimeFilter?: RuntimeFilter;
  readonly andFilter?: AndFilter;
  readonly orFilter?: OrFilter;
  readonly headerFilter?: HeaderFilter;
  readonly responseFlagFilter?: ResponseFlagFilter;
  readonly grpcStatusFilter?: GrpcStatusFilter;
  readonly extensionFilter?: ExtensionFilter;
  readonly metadataFilter?: MetadataFilter;
  readonly logTypeFilter?: LogTypeFilter;
}

/** envoy.config.accesslog.v3.AndFilter */
export interface AndFilter {
  readonly filters?: readonly AccessLogFilter[];
}

/** envoy.config.accesslog.v3.ComparisonFilter */
export interface ComparisonFilter {
  readonly op?: ComparisonFilterOp;
  readonly value?: RuntimeUInt32;
}

/** envoy.config.accesslog.v3.ComparisonFilter.Op */
export type ComparisonFilterOp = 'EQ' | 'GE' | 'LE' | 'NE';

/** envoy.config.accesslog.v3.DurationFilter */
export interface DurationFilter {
  readonly comparison?: ComparisonFilter;
}

/** envoy.config.accesslog.v3.ExtensionFilter */
export interface ExtensionFilter {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.accesslog.v3.GrpcStatusFilter */
export interface GrpcStatusFilter {
  readonly statuses?: readonly GrpcStatusFilterStatus[];
  readonly exclude?: boolean;
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
  readonly header?: HeaderMatcher;
}

/** envoy.config.accesslog.v3.LogTypeFilter */
export interface LogTypeFilter {
  readonly types?: readonly AccessLogType[];
  readonly exclude?: boolean;
}

/** envoy.config.accesslog.v3.MetadataFilter */
export interface MetadataFilter {
  readonly matcher?: MetadataMatcher;
  readonly matchIfKeyNotFound?: boolean;
}

/** envoy.config.accesslog.v3.NotHealthCheckFilter */
export type NotHealthCheckFilter = Record<string, never>;

/** envoy.config.accesslog.v3.OrFilter */
export interface OrFilter {
  readonly filters?: readonly AccessLogFilter[];
}

/** envoy.config.accesslog.v3.ResponseFlagFilter */
export interface ResponseFlagFilter {
  readonly flags?: readonly string[];
}

/** envoy.config.accesslog.v3.RuntimeFilter */
export interface RuntimeFilter {
  readonly runtimeKey?: string;
  readonly percentSampled?: FractionalPercent;
  readonly useIndependentRandomness?: boolean;
}

/** envoy.config.accesslog.v3.StatusCodeFilter */
export interface StatusCodeFilter {
  readonly comparison?: ComparisonFilter;
}

/** envoy.config.accesslog.v3.TraceableFilter */
export type TraceableFilter = Record<string, never>;

/** envoy.config.bootstrap.v3.Admin */
export interface Admin {
  readonly accessLog?: readonly AccessLog[];
  readonly accessLogPath?: string;
  readonly profilePath?: string;
  readonly address?: Address;
  readonly socketOptions?: readonly SocketOption[];
  readonly ignoreGlobalConnLimit?: boolean;
  readonly allowPaths?: readonly StringMatcher[];
}

/** envoy.config.bootstrap.v3.Bootstrap */
export interface Bootstrap {
  readonly node?: Node;
  readonly nodeContextParams?: readonly string[];
  readonly staticResources?: BootstrapStaticResources;
  readonly dynamicResources?: BootstrapDynamicResources;
  readonly clusterManager?: ClusterManager;
  readonly hdsConfig?: ApiConfigSource;
  readonly flagsPath?: string;
  readonly statsSinks?: readonly StatsSink[];
  readonly deferredStatOptions?: BootstrapDeferredStatOptions;
  readonly statsConfig?: StatsConfig;
  readonly statsFlushInterval?: number;
  readonly statsFlushOnAdmin?: boolean;
  readonly statsEvictionInterval?: number;
  readonly watchdog?: Watchdog;
  readonly watchdogs?: Watchdogs;
  readonly tracing?: TraceTracing;
  readonly layeredRuntime?: LayeredRuntime;
  readonly admin?: Admin;
  readonly overloadManager?: OverloadManager;
  readonly enableDispatcherStats?: boolean;
  readonly headerPrefix?: string;
  readonly statsServerVersionOverride?: number;
  readonly useTcpForDnsLookups?: boolean;
  readonly dnsResolutionConfig?: DnsResolutionConfig;
  readonly typedDnsResolverConfig?: TypedExtensionConfig;
  readonly bootstrapExtensions?: readonly TypedExtensionConfig[];
  readonly fatalActions?: readonly FatalAction[];
  readonly configSources?: readonly ConfigSource[];
  readonly defaultConfigSource?: ConfigSource;
  readonly defaultSocketInterface?: string;
  readonly certificateProviderInstances?: ReadonlyMap<string, TypedExtensionConfig>;
  readonly inlineHeaders?: readonly CustomInlineHeader[];
  readonly perfTracingFilePath?: string;
  readonly defaultRegexEngine?: TypedExtensionConfig;
  readonly xdsDelegateExtension?: TypedExtensionConfig;
  readonly xdsConfigTrackerExtension?: TypedExtensionConfig;
  readonly listenerManager?: TypedExtensionConfig;
  readonly applicationLogConfig?: BootstrapApplicationLogConfig;
  readonly grpcAsyncClientManagerConfig?: BootstrapGrpcAsyncClientManagerConfig;
  readonly memoryAllocatorManager?: MemoryAllocatorManager;
  readonly enableWorkerCpuAffinity?: boolean;
}

/** envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig */
export interface BootstrapApplicationLogConfig {
  readonly logFormat?: BootstrapApplicationLogConfigLogFormat;
}

/** envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig.LogFormat */
export interface BootstrapApplicationLogConfigLogFormat {
  readonly jsonFormat?: Struct;
  readonly textFormat?: string;
}

/** envoy.config.bootstrap.v3.Bootstrap.DeferredStatOptions */
export interface BootstrapDeferredStatOptions {
  readonly enableDeferredCreationStats?: boolean;
}

/** envoy.config.bootstrap.v3.Bootstrap.DynamicResources */
export interface BootstrapDynamicResources {
  readonly ldsConfig?: ConfigSource;
  readonly ldsResourcesLocator?: string;
  readonly cdsConfig?: ConfigSource;
  readonly cdsResourcesLocator?: string;
  readonly adsConfig?: ApiConfigSource;
}

/** envoy.config.bootstrap.v3.Bootstrap.GrpcAsyncClientManagerConfig */
export interface BootstrapGrpcAsyncClientManagerConfig {
  readonly maxCachedEntryIdleDuration?: number;
}

/** envoy.config.bootstrap.v3.Bootstrap.StaticResources */
export interface BootstrapStaticResources {
  readonly listeners?: readonly Listener[];
  readonly clusters?: readonly Cluster[];
  readonly secrets?: readonly Secret[];
}

/** envoy.config.bootstrap.v3.ClusterManager */
export interface ClusterManager {
  readonly localClusterName?: string;
  readonly outlierDetection?: ClusterManagerOutlierDetection;
  readonly upstreamBindConfig?: BindConfig;
  readonly loadStatsConfig?: ApiConfigSource;
  readonly enableDeferredClusterCreation?: boolean;
}

/** envoy.config.bootstrap.v3.ClusterManager.OutlierDetection */
export interface ClusterManagerOutlierDetection {
  readonly eventLogPath?: string;
  readonly eventService?: EventServiceConfig;
}

/** envoy.config.bootstrap.v3.CustomInlineHeader */
export interface CustomInlineHeader {
  readonly inlineHeaderName?: string;
  readonly inlineHeaderType?: CustomInlineHeaderInlineHeaderType;
}

/** envoy.config.bootstrap.v3.CustomInlineHeader.InlineHeaderType */
export type CustomInlineHeaderInlineHeaderType =
  | 'REQUEST_HEADER'
  | 'REQUEST_TRAILER'
  | 'RESPONSE_HEADER'
  | 'RESPONSE_TRAILER';

/** envoy.config.bootstrap.v3.FatalAction */
export interface FatalAction {
  readonly config?: TypedExtensionConfig;
}

/** envoy.config.bootstrap.v3.LayeredRuntime */
export interface LayeredRuntime {
  readonly layers?: readonly RuntimeLayer[];
}

/** envoy.config.bootstrap.v3.ListenerManager */
export type ListenerManager = Record<string, never>;

/** envoy.config.bootstrap.v3.MemoryAllocatorManager */
export interface MemoryAllocatorManager {
  readonly bytesToRelease?: number;
  readonly memoryReleaseInterval?: number;
  readonly softMemoryLimitBytes?: number;
  readonly maxPerCpuCacheSizeBytes?: number;
  readonly maxUnfreedMemoryBytes?: number;
}

/** envoy.config.bootstrap.v3.Runtime */
export interface Runtime {
  readonly symlinkRoot?: string;
  readonly subdirectory?: string;
  readonly overrideSubdirectory?: string;
  readonly base?: Struct;
}

/** envoy.config.bootstrap.v3.RuntimeLayer */
export interface RuntimeLayer {
  readonly name?: string;
  readonly staticLayer?: Struct;
  readonly diskLayer?: RuntimeLayerDiskLayer;
  readonly adminLayer?: RuntimeLayerAdminLayer;
  readonly rtdsLayer?: RuntimeLayerRtdsLayer;
}

/** envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer */
export type RuntimeLayerAdminLayer = Record<string, never>;

/** envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer */
export interface RuntimeLayerDiskLayer {
  readonly symlinkRoot?: string;
  readonly subdirectory?: string;
  readonly appendServiceCluster?: boolean;
}

/** envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer */
export interface RuntimeLayerRtdsLayer {
  readonly name?: string;
  readonly rtdsConfig?: ConfigSource;
}

/** envoy.config.bootstrap.v3.Watchdog */
export interface Watchdog {
  readonly actions?: readonly WatchdogWatchdogAction[];
  readonly missTimeout?: number;
  readonly megamissTimeout?: number;
  readonly killTimeout?: number;
  readonly maxKillTimeoutJitter?: number;
  readonly multikillTimeout?: number;
  readonly multikillThreshold?: Percent;
}

/** envoy.config.bootstrap.v3.Watchdog.WatchdogAction */
export interface WatchdogWatchdogAction {
  readonly config?: TypedExtensionConfig;
  readonly event?: WatchdogWatchdogActionWatchdogEvent;
}

/** envoy.config.bootstrap.v3.Watchdog.WatchdogAction.WatchdogEvent */
export type WatchdogWatchdogActionWatchdogEvent = 'UNKNOWN' | 'KILL' | 'MULTIKILL' | 'MEGAMISS' | 'MISS';

/** envoy.config.bootstrap.v3.Watchdogs */
export interface Watchdogs {
  readonly mainThreadWatchdog?: Watchdog;
  readonly workerWatchdog?: Watchdog;
}

/** envoy.config.cluster.v3.CircuitBreakers */
export interface CircuitBreakers {
  readonly thresholds?: readonly CircuitBreakersThresholds[];
  readonly perHostThresholds?: readonly CircuitBreakersThresholds[];
}

/** envoy.config.cluster.v3.CircuitBreakers.Thresholds */
export interface CircuitBreakersThresholds {
  readonly priority?: RoutingPriority;
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
  readonly maxRetries?: number;
  readonly retryBudget?: CircuitBreakersThresholdsRetryBudget;
  readonly trackRemaining?: boolean;
  readonly maxConnectionPools?: number;
}

/** envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget */
export interface CircuitBreakersThresholdsRetryBudget {
  readonly budgetPercent?: Percent;
  readonly budgetInterval?: number;
  readonly minRetryConcurrency?: number;
}

/** envoy.config.cluster.v3.Cluster */
export interface Cluster {
  readonly transportSocketMatches?: readonly ClusterTransportSocketMatch[];
  readonly transportSocketMatcher?: XdsMatcher;
  readonly name?: string;
  readonly altStatName?: string;
  readonly statsMatcher?: StatsMatcher;
  readonly type?: ClusterDiscoveryType;
  readonly clusterType?: ClusterCustomClusterType;
  readonly edsClusterConfig?: ClusterEdsClusterConfig;
  readonly connectTimeout?: number;
  readonly perConnectionBufferLimitBytes?: number;
  readonly perConnectionBufferHighWatermarkTimeout?: number;
  readonly lbPolicy?: ClusterLbPolicy;
  readonly loadAssignment?: ClusterLoadAssignment;
  readonly healthChecks?: readonly CoreHealthCheck[];
  readonly maxRequestsPerConnection?: number;
  readonly circuitBreakers?: CircuitBreakers;
  readonly upstreamHttpProtocolOptions?: UpstreamHttpProtocolOptions;
  readonly commonHttpProtocolOptions?: CoreHttpProtocolOptions;
  readonly httpProtocolOptions?: Http1ProtocolOptions;
  readonly http2ProtocolOptions?: Http2ProtocolOptions;
  readonly typedExtensionProtocolOptions?: ReadonlyMap<string, Any>;
  readonly dnsRefreshRate?: number;
  readonly dnsJitter?: number;
  readonly dnsFailureRefreshRate?: ClusterRefreshRate;
  readonly respectDnsTtl?: boolean;
  readonly dnsLookupFamily?: ClusterDnsLookupFamily;
  readonly dnsResolvers?: readonly Address[];
  readonly useTcpForDnsLookups?: boolean;
  readonly dnsResolutionConfig?: DnsResolutionConfig;
  readonly typedDnsResolverConfig?: TypedExtensionConfig;
  readonly waitForWarmOnInit?: boolean;
  readonly outlierDetection?: OutlierDetection;
  readonly cleanupInterval?: number;
  readonly upstreamBindConfig?: BindConfig;
  readonly lbSubsetConfig?: ClusterLbSubsetConfig;
  readonly ringHashLbConfig?: ClusterRingHashLbConfig;
  readonly maglevLbConfig?: ClusterMaglevLbConfig;
  readonly originalDstLbConfig?: ClusterOriginalDstLbConfig;
  readonly leastRequestLbConfig?: ClusterLeastRequestLbConfig;
  readonly roundRobinLbConfig?: ClusterRoundRobinLbConfig;
  readonly commonLbConfig?: ClusterCommonLbConfig;
  readonly transportSocket?: TransportSocket;
  readonly metadata?: Metadata;
  readonly protocolSelection?: ClusterClusterProtocolSelection;
  readonly upstreamConnectionOptions?: UpstreamConnectionOptions;
  readonly closeConnectionsOnHostHealthFailure?: boolean;
  readonly ignoreHealthOnHostRemoval?: boolean;
  readonly filters?: readonly ClusterFilter[];
  readonly loadBalancingPolicy?: LoadBalancingPolicy;
  readonly lrsServer?: ConfigSource;
  readonly lrsReportEndpointMetrics?: readonly string[];
  readonly trackTimeoutBudgets?: boolean;
  readonly upstreamConfig?: TypedExtensionConfig;
  readonly trackClusterStats?: TrackClusterStats;
  readonly preconnectPolicy?: ClusterPreconnectPolicy;
  readonly connectionPoolPerDownstreamConnection?: boolean;
  readonly queuingPolicies?: ClusterQueuingPolicies;
}

/** envoy.config.cluster.v3.Cluster.ClusterProtocolSelection */
export type ClusterClusterProtocolSelection = 'USE_CONFIGURED_PROTOCOL' | 'USE_DOWNSTREAM_PROTOCOL';

/** envoy.config.cluster.v3.Cluster.CommonLbConfig */
export interface ClusterCommonLbConfig {
  readonly healthyPanicThreshold?: Percent;
  readonly zoneAwareLbConfig?: ClusterCommonLbConfigZoneAwareLbConfig;
  readonly localityWeightedLbConfig?: ClusterCommonLbConfigLocalityWeightedLbConfig;
  readonly updateMergeWindow?: number;
  readonly ignoreNewHostsUntilFirstHc?: boolean;
  readonly closeConnectionsOnHostSetChange?: boolean;
  readonly consistentHashingLbConfig?: ClusterCommonLbConfigConsistentHashingLbConfig;
  readonly overrideHostStatus?: HealthStatusSet;
}

/** envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig */
export interface ClusterCommonLbConfigConsistentHashingLbConfig {
  readonly useHostnameForHashing?: boolean;
  readonly hashBalanceFactor?: number;
}

/** envoy.config.cluster.v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig */
export type ClusterCommonLbConfigLocalityWeightedLbConfig = Record<string, never>;

/** envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig */
export interface ClusterCommonLbConfigZoneAwareLbConfig {
  readonly routingEnabled?: Percent;
  readonly minClusterSize?: number;
  readonly failTrafficOnPanic?: boolean;
}

/** envoy.config.cluster.v3.Cluster.CustomClusterType */
export interface ClusterCustomClusterType {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.cluster.v3.Cluster.DiscoveryType */
export type ClusterDiscoveryType = 'STATIC' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'EDS' | 'ORIGINAL_DST';

/** envoy.config.cluster.v3.Cluster.DnsLookupFamily */
export type ClusterDnsLookupFamily = 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL';

/** envoy.config.cluster.v3.Cluster.EdsClusterConfig */
export interface ClusterEdsClusterConfig {
  readonly edsConfig?: ConfigSource;
  readonly serviceName?: string;
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
  readonly fallbackPolicy?: ClusterLbSubsetConfigLbSubsetFallbackPolicy;
  readonly defaultSubset?: Struct;
  readonly subsetSelectors?: readonly ClusterLbSubsetConfigLbSubsetSelector[];
  readonly localityWeightAware?: boolean;
  readonly scaleLocalityWeight?: boolean;
  readonly panicModeAny?: boolean;
  readonly listAsAny?: boolean;
  readonly metadataFallbackPolicy?: ClusterLbSubsetConfigLbSubsetMetadataFallbackPolicy;
}

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy */
export type ClusterLbSubsetConfigLbSubsetFallbackPolicy = 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET';

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetMetadataFallbackPolicy */
export type ClusterLbSubsetConfigLbSubsetMetadataFallbackPolicy = 'METADATA_NO_FALLBACK' | 'FALLBACK_LIST';

/** envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector */
export interface ClusterLbSubsetConfigLbSubsetSelector {
  readonly keys?: readonly string[];
  readonly singleHostPerSubset?: boolean;
  readonly fallbackPolicy?: ClusterLbSubsetConfigLbSubsetSelectorLbSubsetSelectorFallbackPolicy;
  readonly fallbackKeysSubset?: readonly string[];
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
  readonly choiceCount?: number;
  readonly activeRequestBias?: RuntimeDouble;
  readonly slowStartConfig?: ClusterSlowStartConfig;
}

/** envoy.config.cluster.v3.Cluster.MaglevLbConfig */
export interface ClusterMaglevLbConfig {
  readonly tableSize?: number;
}

/** envoy.config.cluster.v3.Cluster.OriginalDstLbConfig */
export interface ClusterOriginalDstLbConfig {
  readonly useHttpHeader?: boolean;
  readonly httpHeaderName?: string;
  readonly upstreamPortOverride?: number;
  readonly metadataKey?: MetadataKey;
}

/** envoy.config.cluster.v3.Cluster.PreconnectPolicy */
export interface ClusterPreconnectPolicy {
  readonly perUpstreamPreconnectRatio?: number;
  readonly predictivePreconnectRatio?: number;
  readonly preconnectEnabledMetadata?: MetadataMatcher;
}

/** envoy.config.cluster.v3.Cluster.QueuingPolicies */
export interface ClusterQueuingPolicies {
  readonly pendingRqPolicy?: TypedExtensionConfig;
}

/** envoy.config.cluster.v3.Cluster.RefreshRate */
export interface ClusterRefreshRate {
  readonly baseInterval?: number;
  readonly maxInterval?: number;
}

/** envoy.config.cluster.v3.Cluster.RingHashLbConfig */
export interface ClusterRingHashLbConfig {
  readonly minimumRingSize?: number;
  readonly hashFunction?: ClusterRingHashLbConfigHashFunction;
  readonly maximumRingSize?: number;
}

/** envoy.config.cluster.v3.Cluster.RingHashLbConfig.HashFunction */
export type ClusterRingHashLbConfigHashFunction = 'XX_HASH' | 'MURMUR_HASH_2';

/** envoy.config.cluster.v3.Cluster.RoundRobinLbConfig */
export interface ClusterRoundRobinLbConfig {
  readonly slowStartConfig?: ClusterSlowStartConfig;
}

/** envoy.config.cluster.v3.Cluster.SlowStartConfig */
export interface ClusterSlowStartConfig {
  readonly slowStartWindow?: number;
  readonly aggression?: RuntimeDouble;
  readonly minWeightPercent?: Percent;
}

/** envoy.config.cluster.v3.Cluster.TransportSocketMatch */
export interface ClusterTransportSocketMatch {
  readonly name?: string;
  readonly match?: Struct;
  readonly transportSocket?: TransportSocket;
}

/** envoy.config.cluster.v3.Filter */
export interface ClusterFilter {
  readonly name?: string;
  readonly typedConfig?: Any;
  readonly configDiscovery?: ExtensionConfigSource;
}

/** envoy.config.cluster.v3.LoadBalancingPolicy */
export interface LoadBalancingPolicy {
  readonly policies?: readonly LoadBalancingPolicyPolicy[];
}

/** envoy.config.cluster.v3.LoadBalancingPolicy.Policy */
export interface LoadBalancingPolicyPolicy {
  readonly typedExtensionConfig?: TypedExtensionConfig;
}

/** envoy.config.cluster.v3.OutlierDetection */
export interface OutlierDetection {
  readonly consecutive5xx?: number;
  readonly interval?: number;
  readonly baseEjectionTime?: number;
  readonly maxEjectionPercent?: number;
  readonly enforcingConsecutive5xx?: number;
  readonly enforcingSuccessRate?: number;
  readonly successRateMinimumHosts?: number;
  readonly successRateRequestVolume?: number;
  readonly successRateStdevFactor?: number;
  readonly consecutiveGatewayFailure?: number;
  readonly enforcingConsecutiveGatewayFailure?: number;
  readonly splitExternalLocalOriginErrors?: boolean;
  readonly consecutiveLocalOriginFailure?: number;
  readonly enforcingConsecutiveLocalOriginFailure?: number;
  readonly enforcingLocalOriginSuccessRate?: number;
  readonly failurePercentageThreshold?: number;
  readonly enforcingFailurePercentage?: number;
  readonly enforcingFailurePercentageLocalOrigin?: number;
  readonly failurePercentageMinimumHosts?: number;
  readonly failurePercentageRequestVolume?: number;
  readonly maxEjectionTime?: number;
  readonly maxEjectionTimeJitter?: number;
  readonly successfulActiveHealthCheckUnejectHost?: boolean;
  readonly monitors?: readonly TypedExtensionConfig[];
  readonly alwaysEjectOneHost?: boolean;
  readonly detectDegradedHosts?: boolean;
}

/** envoy.config.cluster.v3.TrackClusterStats */
export interface TrackClusterStats {
  readonly timeoutBudgets?: boolean;
  readonly requestResponseSizes?: boolean;
  readonly perEndpointStats?: boolean;
}

/** envoy.config.cluster.v3.UpstreamConnectionOptions */
export interface UpstreamConnectionOptions {
  readonly tcpKeepalive?: TcpKeepalive;
  readonly setLocalInterfaceNameOnUpstreamConnections?: boolean;
  readonly happyEyeballsConfig?: UpstreamConnectionOptionsHappyEyeballsConfig;
}

/** envoy.config.cluster.v3.UpstreamConnectionOptions.FirstAddressFamilyVersion */
export type UpstreamConnectionOptionsFirstAddressFamilyVersion = 'DEFAULT' | 'V4' | 'V6' | 'PIPE' | 'INTERNAL';

/** envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig */
export interface UpstreamConnectionOptionsHappyEyeballsConfig {
  readonly firstAddressFamilyVersion?: UpstreamConnectionOptionsFirstAddressFamilyVersion;
  readonly firstAddressFamilyCount?: number;
}

/** envoy.config.common.key_value.v3.KeyValueStoreConfig */
export interface KeyValueStoreConfig {
  readonly config?: TypedExtensionConfig;
}

/** envoy.config.common.matcher.v3.HttpGenericBodyMatch */
export interface MatcherHttpGenericBodyMatch {
  readonly bytesLimit?: number;
  readonly patterns?: readonly MatcherHttpGenericBodyMatchGenericTextMatch[];
}

/** envoy.config.common.matcher.v3.HttpGenericBodyMatch.GenericTextMatch */
export interface MatcherHttpGenericBodyMatchGenericTextMatch {
  readonly stringMatch?: string;
  readonly binaryMatch?: Buffer;
}

/** envoy.config.common.matcher.v3.HttpHeadersMatch */
export interface MatcherHttpHeadersMatch {
  readonly headers?: readonly HeaderMatcher[];
}

/** envoy.config.common.matcher.v3.MatchPredicate */
export interface MatcherMatchPredicate {
  readonly orMatch?: MatcherMatchPredicateMatchSet;
  readonly andMatch?: MatcherMatchPredicateMatchSet;
  readonly notMatch?: MatcherMatchPredicate;
  readonly anyMatch?: boolean;
  readonly httpRequestHeadersMatch?: MatcherHttpHeadersMatch;
  readonly httpRequestTrailersMatch?: MatcherHttpHeadersMatch;
  readonly httpResponseHeadersMatch?: MatcherHttpHeadersMatch;
  readonly httpResponseTrailersMatch?: MatcherHttpHeadersMatch;
  readonly httpRequestGenericBodyMatch?: MatcherHttpGenericBodyMatch;
  readonly httpResponseGenericBodyMatch?: MatcherHttpGenericBodyMatch;
}

/** envoy.config.common.matcher.v3.MatchPredicate.MatchSet */
export interface MatcherMatchPredicateMatchSet {
  readonly rules?: readonly MatcherMatchPredicate[];
}

/** envoy.config.common.matcher.v3.Matcher */
export interface Matcher {
  readonly matcherList?: MatcherMatcherList;
  readonly matcherTree?: MatcherMatcherTree;
  readonly onNoMatch?: MatcherOnMatch;
}

/** envoy.config.common.matcher.v3.Matcher.MatcherList */
export interface MatcherMatcherList {
  readonly matchers?: readonly MatcherMatcherListFieldMatcher[];
}

/** envoy.config.common.matcher.v3.Matcher.MatcherList.FieldMatcher */
export interface MatcherMatcherListFieldMatcher {
  readonly predicate?: MatcherMatcherListPredicate;
  readonly onMatch?: MatcherOnMatch;
}

/** envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate */
export interface MatcherMatcherListPredicate {
  readonly singlePredicate?: MatcherMatcherListPredicateSinglePredicate;
  readonly orMatcher?: MatcherMatcherListPredicatePredicateList;
  readonly andMatcher?: MatcherMatcherListPredicatePredicateList;
  readonly notMatcher?: MatcherMatcherListPredicate;
}

/** envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.PredicateList */
export interface MatcherMatcherListPredicatePredicateList {
  readonly predicate?: readonly MatcherMatcherListPredicate[];
}

/** envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate */
export interface MatcherMatcherListPredicateSinglePredicate {
  readonly input?: TypedExtensionConfig;
  readonly valueMatch?: StringMatcher;
  readonly customMatch?: TypedExtensionConfig;
}

/** envoy.config.common.matcher.v3.Matcher.MatcherTree */
export interface MatcherMatcherTree {
  readonly input?: TypedExtensionConfig;
  readonly exactMatchMap?: MatcherMatcherTreeMatchMap;
  readonly prefixMatchMap?: MatcherMatcherTreeMatchMap;
  readonly customMatch?: TypedExtensionConfig;
}

/** envoy.config.common.matcher.v3.Matcher.MatcherTree.MatchMap */
export interface MatcherMatcherTreeMatchMap {
  readonly map?: ReadonlyMap<string, MatcherOnMatch>;
}

/** envoy.config.common.matcher.v3.Matcher.OnMatch */
export interface MatcherOnMatch {
  readonly matcher?: Matcher;
  readonly action?: TypedExtensionConfig;
  readonly keepMatching?: boolean;
}

/** envoy.config.common.mutation_rules.v3.HeaderMutation */
export interface MutationRulesHeaderMutation {
  readonly remove?: string;
  readonly append?: HeaderValueOption;
  readonly removeOnMatch?: HeaderMutationRemoveOnMatch;
}

/** envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch */
export interface HeaderMutationRemoveOnMatch {
  readonly keyMatcher?: StringMatcher;
}

/** envoy.config.common.mutation_rules.v3.HeaderMutationRules */
export interface HeaderMutationRules {
  readonly allowAllRouting?: boolean;
  readonly allowEnvoy?: boolean;
  readonly disallowSystem?: boolean;
  readonly disallowAll?: boolean;
  readonly allowExpression?: RegexMatcher;
  readonly disallowExpression?: RegexMatcher;
  readonly disallowIsError?: boolean;
}

/** envoy.config.core.v3.Address */
export interface Address {
  readonly socketAddress?: SocketAddress;
  readonly pipe?: Pipe;
  readonly envoyInternalAddress?: EnvoyInternalAddress;
}

/** envoy.config.core.v3.AggregatedConfigSource */
export type AggregatedConfigSource = Record<string, never>;

/** envoy.config.core.v3.AlternateProtocolsCacheOptions */
export interface AlternateProtocolsCacheOptions {
  readonly name?: string;
  readonly maxEntries?: number;
  readonly keyValueStoreConfig?: TypedExtensionConfig;
  readonly prepopulatedEntries?: readonly AlternateProtocolsCacheOptionsAlternateProtocolsCacheEntry[];
  readonly canonicalSuffixes?: readonly string[];
}

/** envoy.config.core.v3.AlternateProtocolsCacheOptions.AlternateProtocolsCacheEntry */
export interface AlternateProtocolsCacheOptionsAlternateProtocolsCacheEntry {
  readonly hostname?: string;
  readonly port?: number;
}

/** envoy.config.core.v3.ApiConfigSource */
export interface ApiConfigSource {
  readonly apiType?: ApiConfigSourceApiType;
  readonly transportApiVersion?: ApiVersion;
  readonly clusterNames?: readonly string[];
  readonly grpcServices?: readonly GrpcService[];
  readonly refreshDelay?: number;
  readonly requestTimeout?: number;
  readonly rateLimitSettings?: RateLimitSettings;
  readonly setNodeOnFirstMessageOnly?: boolean;
  readonly configValidators?: readonly TypedExtensionConfig[];
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
  readonly baseInterval?: number;
  readonly maxInterval?: number;
}

/** envoy.config.core.v3.BindConfig */
export interface BindConfig {
  readonly sourceAddress?: SocketAddress;
  readonly freebind?: boolean;
  readonly socketOptions?: readonly SocketOption[];
  readonly extraSourceAddresses?: readonly ExtraSourceAddress[];
  readonly additionalSourceAddresses?: readonly SocketAddress[];
  readonly localAddressSelector?: TypedExtensionConfig;
  readonly validateNetworkNamespaces?: boolean;
}

/** envoy.config.core.v3.BuildVersion */
export interface BuildVersion {
  readonly version?: SemanticVersion;
  readonly metadata?: Struct;
}

/** envoy.config.core.v3.CelExpressionConfig */
export interface CelExpressionConfig {
  readonly enableStringConversion?: boolean;
  readonly enableStringConcat?: boolean;
  readonly enableStringFunctions?: boolean;
}

/** envoy.config.core.v3.CidrRange */
export interface CidrRange {
  readonly addressPrefix?: string;
  readonly prefixLen?: number;
}

/** envoy.config.core.v3.ConfigSource */
export interface ConfigSource {
  readonly authorities?: readonly XdsAuthority[];
  readonly path?: string;
  readonly pathConfigSource?: PathConfigSource;
  readonly apiConfigSource?: ApiConfigSource;
  readonly ads?: AggregatedConfigSource;
  readonly self?: SelfConfigSource;
  readonly initialFetchTimeout?: number;
  readonly resourceApiVersion?: ApiVersion;
}

/** envoy.config.core.v3.ControlPlane */
export interface ControlPlane {
  readonly identifier?: string;
}

/** envoy.config.core.v3.DataSource */
export interface DataSource {
  readonly filename?: string;
  readonly inlineBytes?: Buffer;
  readonly inlineString?: string;
  readonly environmentVariable?: string;
  readonly watchedDirectory?: WatchedDirectory;
}

/** envoy.config.core.v3.DnsResolutionConfig */
export interface DnsResolutionConfig {
  readonly resolvers?: readonly Address[];
  readonly dnsResolverOptions?: DnsResolverOptions;
}

/** envoy.config.core.v3.DnsResolverOptions */
export interface DnsResolverOptions {
  readonly useTcpForDnsLookups?: boolean;
  readonly noDefaultSearchDomain?: boolean;
}

/** envoy.config.core.v3.EnvoyInternalAddress */
export interface EnvoyInternalAddress {
  readonly serverListenerName?: string;
  readonly endpointId?: string;
}

/** envoy.config.core.v3.EventServiceConfig */
export interface EventServiceConfig {
  readonly grpcService?: GrpcService;
}

/** envoy.config.core.v3.Extension */
export interface Extension {
  readonly name?: string;
  readonly category?: string;
  readonly typeDescriptor?: string;
  readonly version?: BuildVersion;
  readonly disabled?: boolean;
  readonly typeUrls?: readonly string[];
}

/** envoy.config.core.v3.ExtensionConfigSource */
export interface ExtensionConfigSource {
  readonly configSource?: ConfigSource;
  readonly defaultConfig?: Any;
  readonly applyDefaultConfigWithoutWarming?: boolean;
  readonly typeUrls?: readonly string[];
}

/** envoy.config.core.v3.ExtraSourceAddress */
export interface ExtraSourceAddress {
  readonly address?: SocketAddress;
  readonly socketOptions?: SocketOptionsOverride;
}

/** envoy.config.core.v3.GrpcMethodList */
export interface GrpcMethodList {
  readonly services?: readonly GrpcMethodListService[];
}

/** envoy.config.core.v3.GrpcMethodList.Service */
export interface GrpcMethodListService {
  readonly name?: string;
  readonly methodNames?: readonly string[];
}

/** envoy.config.core.v3.GrpcService */
export interface GrpcService {
  readonly envoyGrpc?: GrpcServiceEnvoyGrpc;
  readonly googleGrpc?: GrpcServiceGoogleGrpc;
  readonly timeout?: number;
  readonly initialMetadata?: readonly HeaderValue[];
  readonly retryPolicy?: CoreRetryPolicy;
}

/** envoy.config.core.v3.GrpcService.EnvoyGrpc */
export interface GrpcServiceEnvoyGrpc {
  readonly clusterName?: string;
  readonly authority?: string;
  readonly retryPolicy?: CoreRetryPolicy;
  readonly maxReceiveMessageLength?: number;
  readonly skipEnvoyHeaders?: boolean;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc */
export interface GrpcServiceGoogleGrpc {
  readonly targetUri?: string;
  readonly channelCredentials?: GrpcServiceGoogleGrpcChannelCredentials;
  readonly channelCredentialsPlugin?: readonly Any[];
  readonly callCredentials?: readonly GrpcServiceGoogleGrpcCallCredentials[];
  readonly callCredentialsPlugin?: readonly Any[];
  readonly statPrefix?: string;
  readonly credentialsFactoryName?: string;
  readonly config?: Struct;
  readonly perStreamBufferLimitBytes?: number;
  readonly channelArgs?: GrpcServiceGoogleGrpcChannelArgs;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials */
export interface GrpcServiceGoogleGrpcCallCredentials {
  readonly accessToken?: string;
  readonly googleComputeEngine?: Record<string, never>;
  readonly googleRefreshToken?: string;
  readonly serviceAccountJwtAccess?: GrpcServiceGoogleGrpcCallCredentialsServiceAccountJWTAccessCredentials;
  readonly googleIam?: GrpcServiceGoogleGrpcCallCredentialsGoogleIAMCredentials;
  readonly fromPlugin?: GrpcServiceGoogleGrpcCallCredentialsMetadataCredentialsFromPlugin;
  readonly stsService?: GrpcServiceGoogleGrpcCallCredentialsStsService;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials */
export interface GrpcServiceGoogleGrpcCallCredentialsGoogleIAMCredentials {
  readonly authorizationToken?: string;
  readonly authoritySelector?: string;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin */
export interface GrpcServiceGoogleGrpcCallCredentialsMetadataCredentialsFromPlugin {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials */
export interface GrpcServiceGoogleGrpcCallCredentialsServiceAccountJWTAccessCredentials {
  readonly jsonKey?: string;
  readonly tokenLifetimeSeconds?: number;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.StsService */
export interface GrpcServiceGoogleGrpcCallCredentialsStsService {
  readonly tokenExchangeServiceUri?: string;
  readonly resource?: string;
  readonly audience?: string;
  readonly scope?: string;
  readonly requestedTokenType?: string;
  readonly subjectTokenPath?: string;
  readonly subjectTokenType?: string;
  readonly actorTokenPath?: string;
  readonly actorTokenType?: string;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs */
export interface GrpcServiceGoogleGrpcChannelArgs {
  readonly args?: ReadonlyMap<string, GrpcServiceGoogleGrpcChannelArgsValue>;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs.Value */
export interface GrpcServiceGoogleGrpcChannelArgsValue {
  readonly stringValue?: string;
  readonly intValue?: number;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelCredentials */
export interface GrpcServiceGoogleGrpcChannelCredentials {
  readonly sslCredentials?: GrpcServiceGoogleGrpcSslCredentials;
  readonly googleDefault?: Record<string, never>;
  readonly localCredentials?: GrpcServiceGoogleGrpcGoogleLocalCredentials;
}

/** envoy.config.core.v3.GrpcService.GoogleGrpc.GoogleLocalCredentials */
export type GrpcServiceGoogleGrpcGoogleLocalCredentials = Record<string, never>;

/** envoy.config.core.v3.GrpcService.GoogleGrpc.SslCredentials */
export interface GrpcServiceGoogleGrpcSslCredentials {
  readonly rootCerts?: DataSource;
  readonly privateKey?: DataSource;
  readonly certChain?: DataSource;
}

/** envoy.config.core.v3.HeaderMap */
export interface HeaderMap {
  readonly headers?: readonly HeaderValue[];
}

/** envoy.config.core.v3.HeaderValue */
export interface HeaderValue {
  readonly key?: string;
  readonly value?: string;
  readonly rawValue?: Buffer;
}

/** envoy.config.core.v3.HeaderValueOption */
export interface HeaderValueOption {
  readonly header?: HeaderValue;
  readonly append?: boolean;
  readonly appendAction?: HeaderValueOptionHeaderAppendAction;
  readonly keepEmptyValue?: boolean;
}

/** envoy.config.core.v3.HeaderValueOption.HeaderAppendAction */
export type HeaderValueOptionHeaderAppendAction =
  | 'APPEND_IF_EXISTS_OR_ADD'
  | 'ADD_IF_ABSENT'
  | 'OVERWRITE_IF_EXISTS_OR_ADD'
  | 'OVERWRITE_IF_EXISTS';

/** envoy.config.core.v3.HealthCheck */
export interface CoreHealthCheck {
  readonly name?: string;
  readonly timeout?: number;
  readonly interval?: number;
  readonly initialJitter?: number;
  readonly intervalJitter?: number;
  readonly intervalJitterPercent?: number;
  readonly unhealthyThreshold?: number;
  readonly healthyThreshold?: number;
  readonly altPort?: number;
  readonly reuseConnection?: boolean;
  readonly httpHealthCheck?: HealthCheckHttpHealthCheck;
  readonly tcpHealthCheck?: HealthCheckTcpHealthCheck;
  readonly grpcHealthCheck?: HealthCheckGrpcHealthCheck;
  readonly customHealthCheck?: HealthCheckCustomHealthCheck;
  readonly noTrafficInterval?: number;
  readonly noTrafficHealthyInterval?: number;
  readonly unhealthyInterval?: number;
  readonly unhealthyEdgeInterval?: number;
  readonly healthyEdgeInterval?: number;
  readonly eventLogPath?: string;
  readonly eventLogger?: readonly TypedExtensionConfig[];
  readonly eventService?: EventServiceConfig;
  readonly alwaysLogHealthCheckFailures?: boolean;
  readonly alwaysLogHealthCheckSuccess?: boolean;
  readonly tlsOptions?: HealthCheckTlsOptions;
  readonly transportSocketMatchCriteria?: Struct;
}

/** envoy.config.core.v3.HealthCheck.CustomHealthCheck */
export interface HealthCheckCustomHealthCheck {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.core.v3.HealthCheck.GrpcHealthCheck */
export interface HealthCheckGrpcHealthCheck {
  readonly serviceName?: string;
  readonly authority?: string;
  readonly initialMetadata?: readonly HeaderValueOption[];
}

/** envoy.config.core.v3.HealthCheck.HttpHealthCheck */
export interface HealthCheckHttpHealthCheck {
  readonly host?: string;
  readonly path?: string;
  readonly send?: HealthCheckPayload;
  readonly receive?: readonly HealthCheckPayload[];
  readonly responseBufferSize?: number;
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToRemove?: readonly string[];
  readonly expectedStatuses?: readonly Int64Range[];
  readonly retriableStatuses?: readonly Int64Range[];
  readonly codecClientType?: CodecClientType;
  readonly useAlpnProtocol?: boolean;
  readonly serviceNameMatcher?: StringMatcher;
  readonly method?: RequestMethod;
}

/** envoy.config.core.v3.HealthCheck.Payload */
export interface HealthCheckPayload {
  readonly text?: string;
  readonly binary?: Buffer;
}

/** envoy.config.core.v3.HealthCheck.TcpHealthCheck */
export interface HealthCheckTcpHealthCheck {
  readonly send?: HealthCheckPayload;
  readonly receive?: readonly HealthCheckPayload[];
  readonly proxyProtocolConfig?: ProxyProtocolConfig;
}

/** envoy.config.core.v3.HealthCheck.TlsOptions */
export interface HealthCheckTlsOptions {
  readonly alpnProtocols?: readonly string[];
}

/** envoy.config.core.v3.HealthStatus */
export type HealthStatus = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED';

/** envoy.config.core.v3.HealthStatusSet */
export interface HealthStatusSet {
  readonly statuses?: readonly HealthStatus[];
}

/** envoy.config.core.v3.Http1ProtocolOptions */
export interface Http1ProtocolOptions {
  readonly allowAbsoluteUrl?: boolean;
  readonly acceptHttp10?: boolean;
  readonly defaultHostForHttp10?: string;
  readonly headerKeyFormat?: Http1ProtocolOptionsHeaderKeyFormat;
  readonly enableTrailers?: boolean;
  readonly allowChunkedLength?: boolean;
  readonly overrideStreamErrorOnInvalidHttpMessage?: boolean;
  readonly sendFullyQualifiedUrl?: boolean;
  readonly useBalsaParser?: boolean;
  readonly allowCustomMethods?: boolean;
  readonly ignoreHttp11Upgrade?: readonly StringMatcher[];
}

/** envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat */
export interface Http1ProtocolOptionsHeaderKeyFormat {
  readonly properCaseWords?: Http1ProtocolOptionsHeaderKeyFormatProperCaseWords;
  readonly statefulFormatter?: TypedExtensionConfig;
}

/** envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords */
export type Http1ProtocolOptionsHeaderKeyFormatProperCaseWords = Record<string, never>;

/** envoy.config.core.v3.Http2ProtocolOptions */
export interface Http2ProtocolOptions {
  readonly hpackTableSize?: number;
  readonly maxConcurrentStreams?: number;
  readonly initialStreamWindowSize?: number;
  readonly initialConnectionWindowSize?: number;
  readonly allowConnect?: boolean;
  readonly allowMetadata?: boolean;
  readonly maxOutboundFrames?: number;
  readonly maxOutboundControlFrames?: number;
  readonly maxConsecutiveInboundFramesWithEmptyPayload?: number;
  readonly maxInboundPriorityFramesPerStream?: number;
  readonly maxInboundWindowUpdateFramesPerDataFrameSent?: number;
  readonly streamErrorOnInvalidHttpMessaging?: boolean;
  readonly overrideStreamErrorOnInvalidHttpMessage?: boolean;
  readonly customSettingsParameters?: readonly Http2ProtocolOptionsSettingsParameter[];
  readonly connectionKeepalive?: KeepaliveSettings;
  readonly useOghttp2Codec?: boolean;
  readonly maxMetadataSize?: number;
  readonly enableHuffmanEncoding?: boolean;
  readonly maxHeaderFieldSizeKb?: number;
  readonly disallowObsText?: boolean;
  readonly streamResetBurst?: number;
  readonly streamResetRate?: number;
}

/** envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter */
export interface Http2ProtocolOptionsSettingsParameter {
  readonly identifier?: number;
  readonly value?: number;
}

/** envoy.config.core.v3.Http3ProtocolOptions */
export interface Http3ProtocolOptions {
  readonly quicProtocolOptions?: CoreQuicProtocolOptions;
  readonly overrideStreamErrorOnInvalidHttpMessage?: boolean;
  readonly allowExtendedConnect?: boolean;
  readonly allowMetadata?: boolean;
  readonly disableQpack?: boolean;
  readonly disableConnectionFlowControlForStreams?: boolean;
  readonly disallowObsText?: boolean;
}

/** envoy.config.core.v3.HttpProtocolOptions */
export interface CoreHttpProtocolOptions {
  readonly idleTimeout?: number;
  readonly maxConnectionDuration?: number;
  readonly maxConnectionDurationJitter?: Percent;
  readonly maxHeadersCount?: number;
  readonly maxResponseHeadersKb?: number;
  readonly maxStreamDuration?: number;
  readonly headersWithUnderscoresAction?: HttpProtocolOptionsHeadersWithUnderscoresAction;
  readonly maxRequestsPerConnection?: number;
}

/** envoy.config.core.v3.HttpProtocolOptions.HeadersWithUnderscoresAction */
export type HttpProtocolOptionsHeadersWithUnderscoresAction = 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';

/** envoy.config.core.v3.HttpService */
export interface CoreHttpService {
  readonly httpUri?: HttpUri;
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly formatters?: readonly TypedExtensionConfig[];
}

/** envoy.config.core.v3.HttpUri */
export interface HttpUri {
  readonly uri?: string;
  readonly cluster?: string;
  readonly timeout?: number;
}

/** envoy.config.core.v3.JsonFormatOptions */
export interface JsonFormatOptions {
  readonly sortProperties?: boolean;
}

/** envoy.config.core.v3.KeepaliveSettings */
export interface KeepaliveSettings {
  readonly interval?: number;
  readonly timeout?: number;
  readonly intervalJitter?: Percent;
  readonly connectionIdleInterval?: number;
}

/** envoy.config.core.v3.KeyValue */
export interface KeyValue {
  readonly key?: string;
  readonly value?: Buffer;
}

/** envoy.config.core.v3.KeyValueAppend */
export interface KeyValueAppend {
  readonly record?: KeyValuePair;
  readonly entry?: KeyValue;
  readonly action?: KeyValueAppendKeyValueAppendAction;
}

/** envoy.config.core.v3.KeyValueAppend.KeyValueAppendAction */
export type KeyValueAppendKeyValueAppendAction =
  | 'APPEND_IF_EXISTS_OR_ADD'
  | 'ADD_IF_ABSENT'
  | 'OVERWRITE_IF_EXISTS_OR_ADD'
  | 'OVERWRITE_IF_EXISTS';

/** envoy.config.core.v3.KeyValueMutation */
export interface KeyValueMutation {
  readonly append?: KeyValueAppend;
  readonly remove?: string;
}

/** envoy.config.core.v3.KeyValuePair */
export interface KeyValuePair {
  readonly key?: string;
  readonly value?: unknown;
}

/** envoy.config.core.v3.Locality */
export interface Locality {
  readonly region?: string;
  readonly zone?: string;
  readonly subZone?: string;
}

/** envoy.config.core.v3.Metadata */
export interface Metadata {
  readonly filterMetadata?: ReadonlyMap<string, Struct>;
  readonly typedFilterMetadata?: ReadonlyMap<string, Any>;
}

/** envoy.config.core.v3.Node */
export interface Node {
  readonly id?: string;
  readonly cluster?: string;
  readonly metadata?: Struct;
  readonly dynamicParameters?: ReadonlyMap<string, XdsContextParams>;
  readonly locality?: Locality;
  readonly userAgentName?: string;
  readonly userAgentVersion?: string;
  readonly userAgentBuildVersion?: BuildVersion;
  readonly extensions?: readonly Extension[];
  readonly clientFeatures?: readonly string[];
  readonly listeningAddresses?: readonly Address[];
}

/** envoy.config.core.v3.PathConfigSource */
export interface PathConfigSource {
  readonly path?: string;
  readonly watchedDirectory?: WatchedDirectory;
  readonly pollInterval?: number;
}

/** envoy.config.core.v3.PerHostConfig */
export interface PerHostConfig {
  readonly addedTlvs?: readonly TlvEntry[];
}

/** envoy.config.core.v3.Pipe */
export interface Pipe {
  readonly path?: string;
  readonly mode?: number;
}

/** envoy.config.core.v3.ProxyProtocolConfig */
export interface ProxyProtocolConfig {
  readonly version?: ProxyProtocolConfigVersion;
  readonly passThroughTlvs?: ProxyProtocolPassThroughTLVs;
  readonly addedTlvs?: readonly TlvEntry[];
}

/** envoy.config.core.v3.ProxyProtocolConfig.Version */
export type ProxyProtocolConfigVersion = 'V1' | 'V2';

/** envoy.config.core.v3.ProxyProtocolPassThroughTLVs */
export interface ProxyProtocolPassThroughTLVs {
  readonly matchType?: ProxyProtocolPassThroughTLVsPassTLVsMatchType;
  readonly tlvType?: readonly number[];
}

/** envoy.config.core.v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType */
export type ProxyProtocolPassThroughTLVsPassTLVsMatchType = 'INCLUDE_ALL' | 'INCLUDE';

/** envoy.config.core.v3.QueryParameter */
export interface QueryParameter {
  readonly key?: string;
  readonly value?: string;
}

/** envoy.config.core.v3.QuicKeepAliveSettings */
export interface QuicKeepAliveSettings {
  readonly maxInterval?: number;
  readonly initialInterval?: number;
}

/** envoy.config.core.v3.QuicProtocolOptions */
export interface CoreQuicProtocolOptions {
  readonly maxConcurrentStreams?: number;
  readonly initialStreamWindowSize?: number;
  readonly initialConnectionWindowSize?: number;
  readonly numTimeoutsToTriggerPortMigration?: number;
  readonly connectionKeepalive?: QuicKeepAliveSettings;
  readonly connectionOptions?: string;
  readonly clientConnectionOptions?: string;
  readonly idleNetworkTimeout?: number;
  readonly maxPacketLength?: number;
  readonly clientPacketWriter?: TypedExtensionConfig;
  readonly connectionMigration?: QuicProtocolOptionsConnectionMigrationSettings;
  readonly memoryReductionTimeout?: number;
  readonly enableScone?: boolean;
}

/** envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings */
export interface QuicProtocolOptionsConnectionMigrationSettings {
  readonly migrateIdleConnections?: QuicProtocolOptionsConnectionMigrationSettingsMigrateIdleConnectionSettings;
  readonly maxTimeOnNonDefaultNetwork?: number;
}

/** envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings.MigrateIdleConnectionSettings */
export interface QuicProtocolOptionsConnectionMigrationSettingsMigrateIdleConnectionSettings {
  readonly maxIdleTimeBeforeMigration?: number;
}

/** envoy.config.core.v3.RateLimitSettings */
export interface RateLimitSettings {
  readonly maxTokens?: number;
  readonly fillRate?: number;
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
  readonly retryBackOff?: BackoffStrategy;
  readonly numRetries?: number;
  readonly retryOn?: string;
  readonly retryPriority?: CoreRetryPolicyRetryPriority;
  readonly retryHostPredicate?: readonly CoreRetryPolicyRetryHostPredicate[];
  readonly hostSelectionRetryMaxAttempts?: number;
}

/** envoy.config.core.v3.RetryPolicy.RetryHostPredicate */
export interface CoreRetryPolicyRetryHostPredicate {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.core.v3.RetryPolicy.RetryPriority */
export interface CoreRetryPolicyRetryPriority {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.core.v3.RoutingPriority */
export type RoutingPriority = 'DEFAULT' | 'HIGH';

/** envoy.config.core.v3.RuntimeDouble */
export interface RuntimeDouble {
  readonly defaultValue?: number;
  readonly runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimeFeatureFlag */
export interface RuntimeFeatureFlag {
  readonly defaultValue?: boolean;
  readonly runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimeFractionalPercent */
export interface RuntimeFractionalPercent {
  readonly defaultValue?: FractionalPercent;
  readonly runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimePercent */
export interface RuntimePercent {
  readonly defaultValue?: Percent;
  readonly runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimeUInt32 */
export interface RuntimeUInt32 {
  readonly defaultValue?: number;
  readonly runtimeKey?: string;
}

/** envoy.config.core.v3.RuntimeUInt64 */
export interface RuntimeUInt64 {
  readonly defaultValue?: number;
  readonly runtimeKey?: string;
}

/** envoy.config.core.v3.SchemeHeaderTransformation */
export interface SchemeHeaderTransformation {
  readonly schemeToOverwrite?: string;
  readonly matchUpstream?: boolean;
}

/** envoy.config.core.v3.SelfConfigSource */
export interface SelfConfigSource {
  readonly transportApiVersion?: ApiVersion;
}

/** envoy.config.core.v3.SocketAddress */
export interface SocketAddress {
  readonly protocol?: SocketAddressProtocol;
  readonly address?: string;
  readonly portValue?: number;
  readonly namedPort?: string;
  readonly resolverName?: string;
  readonly ipv4Compat?: boolean;
  readonly networkNamespaceFilepath?: string;
}

/** envoy.config.core.v3.SocketAddress.Protocol */
export type SocketAddressProtocol = 'TCP' | 'UDP';

/** envoy.config.core.v3.SocketCmsgHeaders */
export interface SocketCmsgHeaders {
  readonly level?: number;
  readonly type?: number;
  readonly expectedSize?: number;
}

/** envoy.config.core.v3.SocketOption */
export interface SocketOption {
  readonly description?: string;
  readonly level?: number;
  readonly name?: number;
  readonly intValue?: number;
  readonly bufValue?: Buffer;
  readonly state?: SocketOptionSocketState;
  readonly type?: SocketOptionSocketType;
  readonly ipVersion?: SocketOptionSocketIpVersion;
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
  readonly stream?: SocketOptionSocketTypeStream;
  readonly datagram?: SocketOptionSocketTypeDatagram;
}

/** envoy.config.core.v3.SocketOption.SocketType.Datagram */
export type SocketOptionSocketTypeDatagram = Record<string, never>;

/** envoy.config.core.v3.SocketOption.SocketType.Stream */
export type SocketOptionSocketTypeStream = Record<string, never>;

/** envoy.config.core.v3.SocketOptionsOverride */
export interface SocketOptionsOverride {
  readonly socketOptions?: readonly SocketOption[];
}

/** envoy.config.core.v3.SubstitutionFormatString */
export interface SubstitutionFormatString {
  readonly textFormat?: string;
  readonly jsonFormat?: Struct;
  readonly textFormatSource?: DataSource;
  readonly omitEmptyValues?: boolean;
  readonly contentType?: string;
  readonly formatters?: readonly TypedExtensionConfig[];
  readonly jsonFormatOptions?: JsonFormatOptions;
}

/** envoy.config.core.v3.TcpKeepalive */
export interface TcpKeepalive {
  readonly keepaliveProbes?: number;
  readonly keepaliveTime?: number;
  readonly keepaliveInterval?: number;
}

/** envoy.config.core.v3.TlvEntry */
export interface TlvEntry {
  readonly type?: number;
  readonly value?: Buffer;
  readonly formatString?: SubstitutionFormatString;
}

/** envoy.config.core.v3.TrafficDirection */
export type TrafficDirection = 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND';

/** envoy.config.core.v3.TransportSocket */
export interface TransportSocket {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.core.v3.TypedExtensionConfig */
export interface TypedExtensionConfig {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.core.v3.UdpSocketConfig */
export interface UdpSocketConfig {
  readonly maxRxDatagramSize?: number;
  readonly preferGro?: boolean;
}

/** envoy.config.core.v3.UpstreamHttpProtocolOptions */
export interface UpstreamHttpProtocolOptions {
  readonly autoSni?: boolean;
  readonly autoSanValidation?: boolean;
  readonly overrideAutoSniHeader?: string;
}

/** envoy.config.core.v3.WatchedDirectory */
export interface WatchedDirectory {
  readonly path?: string;
  readonly watchModify?: boolean;
}

/** envoy.config.endpoint.v3.ClusterLoadAssignment */
export interface ClusterLoadAssignment {
  readonly clusterName?: string;
  readonly endpoints?: readonly LocalityLbEndpoints[];
  readonly namedEndpoints?: ReadonlyMap<string, Endpoint>;
  readonly policy?: ClusterLoadAssignmentPolicy;
}

/** envoy.config.endpoint.v3.ClusterLoadAssignment.Policy */
export interface ClusterLoadAssignmentPolicy {
  readonly dropOverloads?: readonly ClusterLoadAssignmentPolicyDropOverload[];
  readonly overprovisioningFactor?: number;
  readonly endpointStaleAfter?: number;
  readonly weightedPriorityHealth?: boolean;
}

/** envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload */
export interface ClusterLoadAssignmentPolicyDropOverload {
  readonly category?: string;
  readonly dropPercentage?: FractionalPercent;
}

/** envoy.config.endpoint.v3.Endpoint */
export interface Endpoint {
  readonly address?: Address;
  readonly healthCheckConfig?: EndpointHealthCheckConfig;
  readonly hostname?: string;
  readonly additionalAddresses?: readonly EndpointAdditionalAddress[];
  readonly observabilityName?: string;
}

/** envoy.config.endpoint.v3.Endpoint.AdditionalAddress */
export interface EndpointAdditionalAddress {
  readonly address?: Address;
}

/** envoy.config.endpoint.v3.Endpoint.HealthCheckConfig */
export interface EndpointHealthCheckConfig {
  readonly portValue?: number;
  readonly hostname?: string;
  readonly address?: Address;
  readonly disableActiveHealthCheck?: boolean;
}

/** envoy.config.endpoint.v3.LbEndpoint */
export interface LbEndpoint {
  readonly endpoint?: Endpoint;
  readonly endpointName?: string;
  readonly healthStatus?: HealthStatus;
  readonly metadata?: Metadata;
  readonly loadBalancingWeight?: number;
}

/** envoy.config.endpoint.v3.LedsClusterLocalityConfig */
export interface LedsClusterLocalityConfig {
  readonly ledsConfig?: ConfigSource;
  readonly ledsCollectionName?: string;
}

/** envoy.config.endpoint.v3.LocalityLbEndpoints */
export interface LocalityLbEndpoints {
  readonly locality?: Locality;
  readonly metadata?: Metadata;
  readonly lbEndpoints?: readonly LbEndpoint[];
  readonly loadBalancerEndpoints?: LocalityLbEndpointsLbEndpointList;
  readonly ledsClusterLocalityConfig?: LedsClusterLocalityConfig;
  readonly loadBalancingWeight?: number;
  readonly priority?: number;
  readonly proximity?: number;
}

/** envoy.config.endpoint.v3.LocalityLbEndpoints.LbEndpointList */
export interface LocalityLbEndpointsLbEndpointList {
  readonly lbEndpoints?: readonly LbEndpoint[];
}

/** envoy.config.listener.v3.AdditionalAddress */
export interface AdditionalAddress {
  readonly address?: Address;
  readonly socketOptions?: SocketOptionsOverride;
  readonly tcpKeepalive?: TcpKeepalive;
}

/** envoy.config.listener.v3.ApiListener */
export interface ApiListener {
  readonly apiListener?: Any;
}

/** envoy.config.listener.v3.Filter */
export interface NetworkFilter {
  readonly name?: string;
  readonly typedConfig?: Any;
  readonly configDiscovery?: ExtensionConfigSource;
}

/** envoy.config.listener.v3.FilterChain */
export interface FilterChain {
  readonly filterChainMatch?: FilterChainMatch;
  readonly filters?: readonly NetworkFilter[];
  readonly useProxyProto?: boolean;
  readonly metadata?: Metadata;
  readonly transportSocket?: TransportSocket;
  readonly transportSocketConnectTimeout?: number;
  readonly name?: string;
}

/** envoy.config.listener.v3.FilterChainMatch */
export interface FilterChainMatch {
  readonly destinationPort?: number;
  readonly prefixRanges?: readonly CidrRange[];
  readonly addressSuffix?: string;
  readonly suffixLen?: number;
  readonly directSourcePrefixRanges?: readonly CidrRange[];
  readonly sourceType?: FilterChainMatchConnectionSourceType;
  readonly sourcePrefixRanges?: readonly CidrRange[];
  readonly sourcePorts?: readonly number[];
  readonly serverNames?: readonly string[];
  readonly transportProtocol?: string;
  readonly applicationProtocols?: readonly string[];
}

/** envoy.config.listener.v3.FilterChainMatch.ConnectionSourceType */
export type FilterChainMatchConnectionSourceType = 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL';

/** envoy.config.listener.v3.Listener */
export interface Listener {
  readonly name?: string;
  readonly address?: Address;
  readonly additionalAddresses?: readonly AdditionalAddress[];
  readonly statPrefix?: string;
  readonly statsMatcher?: StatsMatcher;
  readonly filterChains?: readonly FilterChain[];
  readonly fcdsConfig?: ListenerFcdsConfig;
  readonly filterChainMatcher?: XdsMatcher;
  readonly useOriginalDst?: boolean;
  readonly defaultFilterChain?: FilterChain;
  readonly perConnectionBufferLimitBytes?: number;
  readonly perConnectionBufferHighWatermarkTimeout?: number;
  readonly metadata?: Metadata;
  readonly deprecatedV1?: ListenerDeprecatedV1;
  readonly drainType?: ListenerDrainType;
  readonly listenerFilters?: readonly ListenerFilter[];
  readonly listenerFiltersTimeout?: number;
  readonly continueOnListenerFiltersTimeout?: boolean;
  readonly transparent?: boolean;
  readonly freebind?: boolean;
  readonly socketOptions?: readonly SocketOption[];
  readonly tcpFastOpenQueueLength?: number;
  readonly trafficDirection?: TrafficDirection;
  readonly udpListenerConfig?: UdpListenerConfig;
  readonly apiListener?: ApiListener;
  readonly connectionBalanceConfig?: ListenerConnectionBalanceConfig;
  readonly reusePort?: boolean;
  readonly enableReusePort?: boolean;
  readonly accessLog?: readonly AccessLog[];
  readonly tcpBacklogSize?: number;
  readonly maxConnectionsToAcceptPerSocketEvent?: number;
  readonly bindToPort?: boolean;
  readonly internalListener?: ListenerInternalListenerConfig;
  readonly enableMptcp?: boolean;
  readonly ignoreGlobalConnLimit?: boolean;
  readonly bypassOverloadManager?: boolean;
  readonly tcpKeepalive?: TcpKeepalive;
}

/** envoy.config.listener.v3.Listener.ConnectionBalanceConfig */
export interface ListenerConnectionBalanceConfig {
  readonly exactBalance?: ListenerConnectionBalanceConfigExactBalance;
  readonly extendBalance?: TypedExtensionConfig;
  readonly cpuLocalityBalance?: ListenerConnectionBalanceConfigCpuLocalityBalance;
}

/** envoy.config.listener.v3.Listener.ConnectionBalanceConfig.CpuLocalityBalance */
export type ListenerConnectionBalanceConfigCpuLocalityBalance = Record<string, never>;

/** envoy.config.listener.v3.Listener.ConnectionBalanceConfig.ExactBalance */
export type ListenerConnectionBalanceConfigExactBalance = Record<string, never>;

/** envoy.config.listener.v3.Listener.DeprecatedV1 */
export interface ListenerDeprecatedV1 {
  readonly bindToPort?: boolean;
}

/** envoy.config.listener.v3.Listener.DrainType */
export type ListenerDrainType = 'DEFAULT' | 'MODIFY_ONLY';

/** envoy.config.listener.v3.Listener.FcdsConfig */
export interface ListenerFcdsConfig {
  readonly name?: string;
  readonly configSource?: ConfigSource;
}

/** envoy.config.listener.v3.Listener.InternalListenerConfig */
export type ListenerInternalListenerConfig = Record<string, never>;

/** envoy.config.listener.v3.ListenerFilter */
export interface ListenerFilter {
  readonly name?: string;
  readonly typedConfig?: Any;
  readonly configDiscovery?: ExtensionConfigSource;
  readonly filterDisabled?: ListenerFilterChainMatchPredicate;
}

/** envoy.config.listener.v3.ListenerFilterChainMatchPredicate */
export interface ListenerFilterChainMatchPredicate {
  readonly orMatch?: ListenerFilterChainMatchPredicateMatchSet;
  readonly andMatch?: ListenerFilterChainMatchPredicateMatchSet;
  readonly notMatch?: ListenerFilterChainMatchPredicate;
  readonly anyMatch?: boolean;
  readonly destinationPortRange?: Int32Range;
}

/** envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet */
export interface ListenerFilterChainMatchPredicateMatchSet {
  readonly rules?: readonly ListenerFilterChainMatchPredicate[];
}

/** envoy.config.listener.v3.QuicProtocolOptions */
export interface ListenerQuicProtocolOptions {
  readonly quicProtocolOptions?: CoreQuicProtocolOptions;
  readonly idleTimeout?: number;
  readonly cryptoHandshakeTimeout?: number;
  readonly enabled?: RuntimeFeatureFlag;
  readonly packetsToReadToConnectionCountRatio?: number;
  readonly cryptoStreamConfig?: TypedExtensionConfig;
  readonly proofSourceConfig?: TypedExtensionConfig;
  readonly connectionIdGeneratorConfig?: TypedExtensionConfig;
  readonly serverPreferredAddressConfig?: TypedExtensionConfig;
  readonly sendDisableActiveMigration?: boolean;
  readonly connectionDebugVisitorConfig?: TypedExtensionConfig;
  readonly saveCmsgConfig?: readonly SocketCmsgHeaders[];
  readonly rejectNewConnections?: boolean;
  readonly maxSessionsPerEventLoop?: number;
}

/** envoy.config.listener.v3.UdpListenerConfig */
export interface UdpListenerConfig {
  readonly downstreamSocketConfig?: UdpSocketConfig;
  readonly quicOptions?: ListenerQuicProtocolOptions;
  readonly udpPacketPacketWriterConfig?: TypedExtensionConfig;
}

/** envoy.config.metrics.v3.DogStatsdSink */
export interface DogStatsdSink {
  readonly address?: Address;
  readonly prefix?: string;
  readonly maxBytesPerDatagram?: number;
  readonly scaleHistogramUnitsToMilliseconds?: boolean;
}

/** envoy.config.metrics.v3.HistogramBucketSettings */
export interface HistogramBucketSettings {
  readonly match?: StringMatcher;
  readonly buckets?: readonly number[];
  readonly bins?: number;
}

/** envoy.config.metrics.v3.HistogramEmitMode */
export type HistogramEmitMode = 'SUMMARY_AND_HISTOGRAM' | 'SUMMARY' | 'HISTOGRAM';

/** envoy.config.metrics.v3.MetricsServiceConfig */
export interface MetricsServiceConfig {
  readonly grpcService?: GrpcService;
  readonly transportApiVersion?: ApiVersion;
  readonly reportCountersAsDeltas?: boolean;
  readonly emitTagsAsLabels?: boolean;
  readonly histogramEmitMode?: HistogramEmitMode;
  readonly batchSize?: number;
}

/** envoy.config.metrics.v3.StatsConfig */
export interface StatsConfig {
  readonly statsTags?: readonly TagSpecifier[];
  readonly useAllDefaultTags?: boolean;
  readonly statsMatcher?: StatsMatcher;
  readonly histogramBucketSettings?: readonly HistogramBucketSettings[];
  readonly allowDefaultTagOverrides?: boolean;
}

/** envoy.config.metrics.v3.StatsMatcher */
export interface StatsMatcher {
  readonly rejectAll?: boolean;
  readonly exclusionList?: ListStringMatcher;
  readonly inclusionList?: ListStringMatcher;
}

/** envoy.config.metrics.v3.StatsSink */
export interface StatsSink {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.metrics.v3.StatsdSink */
export interface StatsdSink {
  readonly address?: Address;
  readonly tcpClusterName?: string;
  readonly prefix?: string;
  readonly scaleHistogramUnitsToMilliseconds?: boolean;
}

/** envoy.config.metrics.v3.TagSpecifier */
export interface TagSpecifier {
  readonly tagName?: string;
  readonly regex?: string;
  readonly fixedValue?: string;
}

/** envoy.config.overload.v3.BufferFactoryConfig */
export interface BufferFactoryConfig {
  readonly minimumAccountToTrackPowerOfTwo?: number;
}

/** envoy.config.overload.v3.LoadShedPoint */
export interface LoadShedPoint {
  readonly name?: string;
  readonly triggers?: readonly Trigger[];
}

/** envoy.config.overload.v3.OverloadAction */
export interface OverloadAction {
  readonly name?: string;
  readonly triggers?: readonly Trigger[];
  readonly typedConfig?: Any;
}

/** envoy.config.overload.v3.OverloadManager */
export interface OverloadManager {
  readonly refreshInterval?: number;
  readonly resourceMonitors?: readonly ResourceMonitor[];
  readonly actions?: readonly OverloadAction[];
  readonly loadshedPoints?: readonly LoadShedPoint[];
  readonly bufferFactoryConfig?: BufferFactoryConfig;
}

/** envoy.config.overload.v3.ResourceMonitor */
export interface ResourceMonitor {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.overload.v3.ScaleTimersOverloadActionConfig */
export interface ScaleTimersOverloadActionConfig {
  readonly timerScaleFactors?: readonly ScaleTimersOverloadActionConfigScaleTimer[];
}

/** envoy.config.overload.v3.ScaleTimersOverloadActionConfig.ScaleTimer */
export interface ScaleTimersOverloadActionConfigScaleTimer {
  readonly timer?: ScaleTimersOverloadActionConfigTimerType;
  readonly minTimeout?: number;
  readonly minScale?: Percent;
}

/** envoy.config.overload.v3.ScaleTimersOverloadActionConfig.TimerType */
export type ScaleTimersOverloadActionConfigTimerType =
  | 'UNSPECIFIED'
  | 'HTTP_DOWNSTREAM_CONNECTION_IDLE'
  | 'HTTP_DOWNSTREAM_STREAM_IDLE'
  | 'TRANSPORT_SOCKET_CONNECT'
  | 'HTTP_DOWNSTREAM_CONNECTION_MAX'
  | 'HTTP_DOWNSTREAM_STREAM_FLUSH';

/** envoy.config.overload.v3.ScaledTrigger */
export interface ScaledTrigger {
  readonly scalingThreshold?: number;
  readonly saturationThreshold?: number;
}

/** envoy.config.overload.v3.ShrinkHeapConfig */
export interface ShrinkHeapConfig {
  readonly timerInterval?: number;
  readonly maxUnfreedMemoryBytes?: number;
}

/** envoy.config.overload.v3.ThresholdTrigger */
export interface ThresholdTrigger {
  readonly value?: number;
}

/** envoy.config.overload.v3.Trigger */
export interface Trigger {
  readonly name?: string;
  readonly threshold?: ThresholdTrigger;
  readonly scaled?: ScaledTrigger;
}

/** envoy.config.ratelimit.v3.RateLimitServiceConfig */
export interface RateLimitServiceConfig {
  readonly grpcService?: GrpcService;
  readonly transportApiVersion?: ApiVersion;
}

/** envoy.config.rbac.v3.Action */
export interface Action {
  readonly name?: string;
  readonly action?: RBACAction;
}

/** envoy.config.rbac.v3.MetadataSource */
export type MetadataSource = 'DYNAMIC' | 'ROUTE';

/** envoy.config.rbac.v3.Permission */
export interface Permission {
  readonly andRules?: PermissionSet;
  readonly orRules?: PermissionSet;
  readonly any?: boolean;
  readonly header?: HeaderMatcher;
  readonly urlPath?: PathMatcher;
  readonly destinationIp?: CidrRange;
  readonly destinationPort?: number;
  readonly destinationPortRange?: Int32Range;
  readonly metadata?: MetadataMatcher;
  readonly notRule?: Permission;
  readonly requestedServerName?: StringMatcher;
  readonly matcher?: TypedExtensionConfig;
  readonly uriTemplate?: TypedExtensionConfig;
  readonly sourcedMetadata?: SourcedMetadata;
}

/** envoy.config.rbac.v3.Permission.Set */
export interface PermissionSet {
  readonly rules?: readonly Permission[];
}

/** envoy.config.rbac.v3.Policy */
export interface Policy {
  readonly permissions?: readonly Permission[];
  readonly principals?: readonly Principal[];
  readonly condition?: OlderCelExpr;
  readonly checkedCondition?: OlderCelCheckedExpr;
  readonly celConfig?: CelExpressionConfig;
}

/** envoy.config.rbac.v3.Principal */
export interface Principal {
  readonly andIds?: PrincipalSet;
  readonly orIds?: PrincipalSet;
  readonly any?: boolean;
  readonly authenticated?: PrincipalAuthenticated;
  readonly sourceIp?: CidrRange;
  readonly directRemoteIp?: CidrRange;
  readonly remoteIp?: CidrRange;
  readonly header?: HeaderMatcher;
  readonly urlPath?: PathMatcher;
  readonly metadata?: MetadataMatcher;
  readonly filterState?: FilterStateMatcher;
  readonly notId?: Principal;
  readonly sourcedMetadata?: SourcedMetadata;
  readonly custom?: TypedExtensionConfig;
}

/** envoy.config.rbac.v3.Principal.Authenticated */
export interface PrincipalAuthenticated {
  readonly principalName?: StringMatcher;
}

/** envoy.config.rbac.v3.Principal.Set */
export interface PrincipalSet {
  readonly ids?: readonly Principal[];
}

/** envoy.config.rbac.v3.RBAC */
export interface RbacRBAC {
  readonly action?: RBACAction;
  readonly policies?: ReadonlyMap<string, Policy>;
  readonly auditLoggingOptions?: RBACAuditLoggingOptions;
}

/** envoy.config.rbac.v3.RBAC.Action */
export type RBACAction = 'ALLOW' | 'DENY' | 'LOG';

/** envoy.config.rbac.v3.RBAC.AuditLoggingOptions */
export interface RBACAuditLoggingOptions {
  readonly auditCondition?: RBACAuditLoggingOptionsAuditCondition;
  readonly loggerConfigs?: readonly RBACAuditLoggingOptionsAuditLoggerConfig[];
}

/** envoy.config.rbac.v3.RBAC.AuditLoggingOptions.AuditCondition */
export type RBACAuditLoggingOptionsAuditCondition = 'NONE' | 'ON_DENY' | 'ON_ALLOW' | 'ON_DENY_AND_ALLOW';

/** envoy.config.rbac.v3.RBAC.AuditLoggingOptions.AuditLoggerConfig */
export interface RBACAuditLoggingOptionsAuditLoggerConfig {
  readonly auditLogger?: TypedExtensionConfig;
  readonly isOptional?: boolean;
}

/** envoy.config.rbac.v3.SourcedMetadata */
export interface SourcedMetadata {
  readonly metadataMatcher?: MetadataMatcher;
  readonly metadataSource?: MetadataSource;
}

/** envoy.config.route.v3.ClusterSpecifierPlugin */
export interface ClusterSpecifierPlugin {
  readonly extension?: TypedExtensionConfig;
  readonly isOptional?: boolean;
}

/** envoy.config.route.v3.CookieMatcher */
export interface CookieMatcher {
  readonly name?: string;
  readonly stringMatch?: StringMatcher;
  readonly invertMatch?: boolean;
}

/** envoy.config.route.v3.CorsPolicy */
export interface RouteCorsPolicy {
  readonly allowOriginStringMatch?: readonly StringMatcher[];
  readonly allowMethods?: string;
  readonly allowHeaders?: string;
  readonly exposeHeaders?: string;
  readonly maxAge?: string;
  readonly allowCredentials?: boolean;
  readonly filterEnabled?: RuntimeFractionalPercent;
  readonly shadowEnabled?: RuntimeFractionalPercent;
  readonly allowPrivateNetworkAccess?: boolean;
  readonly forwardNotMatchingPreflights?: boolean;
}

/** envoy.config.route.v3.Decorator */
export interface Decorator {
  readonly operation?: string;
  readonly propagate?: boolean;
}

/** envoy.config.route.v3.DirectResponseAction */
export interface DirectResponseAction {
  readonly status?: number;
  readonly body?: DataSource;
  readonly bodyFormat?: SubstitutionFormatString;
}

/** envoy.config.route.v3.FilterAction */
export interface FilterAction {
  readonly action?: Any;
}

/** envoy.config.route.v3.FilterConfig */
export interface RouteFilterConfig {
  readonly config?: Any;
  readonly isOptional?: boolean;
  readonly disabled?: boolean;
}

/** envoy.config.route.v3.HeaderMatcher */
export interface HeaderMatcher {
  readonly name?: string;
  readonly exactMatch?: string;
  readonly safeRegexMatch?: RegexMatcher;
  readonly rangeMatch?: Int64Range;
  readonly presentMatch?: boolean;
  readonly prefixMatch?: string;
  readonly suffixMatch?: string;
  readonly containsMatch?: string;
  readonly stringMatch?: StringMatcher;
  readonly invertMatch?: boolean;
  readonly treatMissingHeaderAsEmpty?: boolean;
}

/** envoy.config.route.v3.HedgePolicy */
export interface HedgePolicy {
  readonly initialRequests?: number;
  readonly additionalRequestChance?: FractionalPercent;
  readonly hedgeOnPerTryTimeout?: boolean;
}

/** envoy.config.route.v3.InternalRedirectPolicy */
export interface InternalRedirectPolicy {
  readonly maxInternalRedirects?: number;
  readonly redirectResponseCodes?: readonly number[];
  readonly predicates?: readonly TypedExtensionConfig[];
  readonly allowCrossSchemeRedirect?: boolean;
  readonly responseHeadersToCopy?: readonly string[];
}

/** envoy.config.route.v3.NonForwardingAction */
export type NonForwardingAction = Record<string, never>;

/** envoy.config.route.v3.QueryParameterMatcher */
export interface QueryParameterMatcher {
  readonly name?: string;
  readonly stringMatch?: StringMatcher;
  readonly presentMatch?: boolean;
}

/** envoy.config.route.v3.RateLimit */
export interface RouteRateLimit {
  readonly stage?: number;
  readonly disableKey?: string;
  readonly actions?: readonly RateLimitAction[];
  readonly limit?: RateLimitOverride;
  readonly hitsAddend?: RateLimitHitsAddend;
  readonly applyOnStreamDone?: boolean;
  readonly xRatelimitOption?: RateLimitXRateLimitOption;
}

/** envoy.config.route.v3.RateLimit.Action */
export interface RateLimitAction {
  readonly sourceCluster?: RateLimitActionSourceCluster;
  readonly destinationCluster?: RateLimitActionDestinationCluster;
  readonly requestHeaders?: RateLimitActionRequestHeaders;
  readonly queryParameters?: RateLimitActionQueryParameters;
  readonly remoteAddress?: RateLimitActionRemoteAddress;
  readonly genericKey?: RateLimitActionGenericKey;
  readonly headerValueMatch?: RateLimitActionHeaderValueMatch;
  readonly dynamicMetadata?: RateLimitActionDynamicMetaData;
  readonly metadata?: RateLimitActionMetaData;
  readonly extension?: TypedExtensionConfig;
  readonly maskedRemoteAddress?: RateLimitActionMaskedRemoteAddress;
  readonly queryParameterValueMatch?: RateLimitActionQueryParameterValueMatch;
  readonly remoteAddressMatch?: RateLimitActionRemoteAddressMatch;
}

/** envoy.config.route.v3.RateLimit.Action.DestinationCluster */
export type RateLimitActionDestinationCluster = Record<string, never>;

/** envoy.config.route.v3.RateLimit.Action.DynamicMetaData */
export interface RateLimitActionDynamicMetaData {
  readonly descriptorKey?: string;
  readonly metadataKey?: MetadataKey;
  readonly defaultValue?: string;
}

/** envoy.config.route.v3.RateLimit.Action.GenericKey */
export interface RateLimitActionGenericKey {
  readonly descriptorValue?: string;
  readonly defaultValue?: string;
  readonly descriptorKey?: string;
}

/** envoy.config.route.v3.RateLimit.Action.HeaderValueMatch */
export interface RateLimitActionHeaderValueMatch {
  readonly descriptorValue?: string;
  readonly defaultValue?: string;
  readonly descriptorKey?: string;
  readonly expectMatch?: boolean;
  readonly headers?: readonly HeaderMatcher[];
}

/** envoy.config.route.v3.RateLimit.Action.MaskedRemoteAddress */
export interface RateLimitActionMaskedRemoteAddress {
  readonly v4PrefixMaskLen?: number;
  readonly v6PrefixMaskLen?: number;
}

/** envoy.config.route.v3.RateLimit.Action.MetaData */
export interface RateLimitActionMetaData {
  readonly descriptorKey?: string;
  readonly metadataKey?: MetadataKey;
  readonly defaultValue?: string;
  readonly source?: RateLimitActionMetaDataSource;
  readonly skipIfAbsent?: boolean;
}

/** envoy.config.route.v3.RateLimit.Action.MetaData.Source */
export type RateLimitActionMetaDataSource = 'DYNAMIC' | 'ROUTE_ENTRY' | 'CLUSTER_ENTRY' | 'CLUSTER_LOCALITY_ENTRY';

/** envoy.config.route.v3.RateLimit.Action.QueryParameterValueMatch */
export interface RateLimitActionQueryParameterValueMatch {
  readonly descriptorValue?: string;
  readonly defaultValue?: string;
  readonly descriptorKey?: string;
  readonly expectMatch?: boolean;
  readonly queryParameters?: readonly QueryParameterMatcher[];
}

/** envoy.config.route.v3.RateLimit.Action.QueryParameters */
export interface RateLimitActionQueryParameters {
  readonly queryParameterName?: string;
  readonly descriptorKey?: string;
  readonly skipIfAbsent?: boolean;
}

/** envoy.config.route.v3.RateLimit.Action.RemoteAddress */
export type RateLimitActionRemoteAddress = Record<string, never>;

/** envoy.config.route.v3.RateLimit.Action.RemoteAddressMatch */
export interface RateLimitActionRemoteAddressMatch {
  readonly descriptorValue?: string;
  readonly descriptorKey?: string;
  readonly defaultValue?: string;
  readonly addressMatcher?: AddressMatcher;
}

/** envoy.config.route.v3.RateLimit.Action.RequestHeaders */
export interface RateLimitActionRequestHeaders {
  readonly headerName?: string;
  readonly descriptorKey?: string;
  readonly skipIfAbsent?: boolean;
}

/** envoy.config.route.v3.RateLimit.Action.SourceCluster */
export type RateLimitActionSourceCluster = Record<string, never>;

/** envoy.config.route.v3.RateLimit.HitsAddend */
export interface RateLimitHitsAddend {
  readonly number?: number;
  readonly format?: string;
  readonly isNegativeHits?: boolean;
}

/** envoy.config.route.v3.RateLimit.Override */
export interface RateLimitOverride {
  readonly dynamicMetadata?: RateLimitOverrideDynamicMetadata;
  readonly rateLimit?: RateLimitOverrideRateLimitOverride;
}

/** envoy.config.route.v3.RateLimit.Override.DynamicMetadata */
export interface RateLimitOverrideDynamicMetadata {
  readonly metadataKey?: MetadataKey;
}

/** envoy.config.route.v3.RateLimit.Override.RateLimitOverride */
export interface RateLimitOverrideRateLimitOverride {
  readonly requestsPerUnit?: number;
  readonly unit?: RateLimitUnit;
}

/** envoy.config.route.v3.RateLimit.XRateLimitOption */
export type RateLimitXRateLimitOption = 'UNSPECIFIED' | 'OFF' | 'DRAFT_VERSION_03';

/** envoy.config.route.v3.RedirectAction */
export interface RedirectAction {
  readonly httpsRedirect?: boolean;
  readonly schemeRedirect?: string;
  readonly hostRedirect?: string;
  readonly portRedirect?: number;
  readonly pathRedirect?: string;
  readonly prefixRewrite?: string;
  readonly regexRewrite?: RegexMatchAndSubstitute;
  readonly pathRewrite?: string;
  readonly responseCode?: RedirectActionRedirectResponseCode;
  readonly stripQuery?: boolean;
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
  readonly retryOn?: string;
  readonly numRetries?: number;
  readonly perTryTimeout?: number;
  readonly perTryIdleTimeout?: number;
  readonly retryPriority?: RouteRetryPolicyRetryPriority;
  readonly retryHostPredicate?: readonly RouteRetryPolicyRetryHostPredicate[];
  readonly retryOptionsPredicates?: readonly TypedExtensionConfig[];
  readonly hostSelectionRetryMaxAttempts?: number;
  readonly retriableStatusCodes?: readonly number[];
  readonly retryBackOff?: RetryPolicyRetryBackOff;
  readonly rateLimitedRetryBackOff?: RetryPolicyRateLimitedRetryBackOff;
  readonly retriableHeaders?: readonly HeaderMatcher[];
  readonly retriableRequestHeaders?: readonly HeaderMatcher[];
  readonly refreshClusterOnRetry?: boolean;
}

/** envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff */
export interface RetryPolicyRateLimitedRetryBackOff {
  readonly resetHeaders?: readonly RetryPolicyResetHeader[];
  readonly maxInterval?: number;
}

/** envoy.config.route.v3.RetryPolicy.ResetHeader */
export interface RetryPolicyResetHeader {
  readonly name?: string;
  readonly format?: RetryPolicyResetHeaderFormat;
}

/** envoy.config.route.v3.RetryPolicy.ResetHeaderFormat */
export type RetryPolicyResetHeaderFormat = 'SECONDS' | 'UNIX_TIMESTAMP';

/** envoy.config.route.v3.RetryPolicy.RetryBackOff */
export interface RetryPolicyRetryBackOff {
  readonly baseInterval?: number;
  readonly maxInterval?: number;
}

/** envoy.config.route.v3.RetryPolicy.RetryHostPredicate */
export interface RouteRetryPolicyRetryHostPredicate {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.route.v3.RetryPolicy.RetryPriority */
export interface RouteRetryPolicyRetryPriority {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.route.v3.Route */
export interface Route {
  readonly name?: string;
  readonly match?: RouteMatch;
  readonly route?: RouteAction;
  readonly redirect?: RedirectAction;
  readonly directResponse?: DirectResponseAction;
  readonly filterAction?: FilterAction;
  readonly nonForwardingAction?: NonForwardingAction;
  readonly metadata?: Metadata;
  readonly decorator?: Decorator;
  readonly typedPerFilterConfig?: ReadonlyMap<string, Any>;
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToRemove?: readonly string[];
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly responseHeadersToRemove?: readonly string[];
  readonly tracing?: RouteTracing;
  readonly perRequestBufferLimitBytes?: number;
  readonly statPrefix?: string;
  readonly requestBodyBufferLimit?: number;
  readonly routeSpecifiers?: readonly TypedExtensionConfig[];
}

/** envoy.config.route.v3.RouteAction */
export interface RouteAction {
  readonly cluster?: string;
  readonly clusterHeader?: string;
  readonly weightedClusters?: WeightedCluster;
  readonly clusterSpecifierPlugin?: string;
  readonly inlineClusterSpecifierPlugin?: ClusterSpecifierPlugin;
  readonly clusterNotFoundResponseCode?: RouteActionClusterNotFoundResponseCode;
  readonly metadataMatch?: Metadata;
  readonly prefixRewrite?: string;
  readonly regexRewrite?: RegexMatchAndSubstitute;
  readonly pathRewritePolicy?: TypedExtensionConfig;
  readonly pathRewrite?: string;
  readonly hostRewriteLiteral?: string;
  readonly autoHostRewrite?: boolean;
  readonly hostRewriteHeader?: string;
  readonly hostRewritePathRegex?: RegexMatchAndSubstitute;
  readonly hostRewrite?: string;
  readonly appendXForwardedHost?: boolean;
  readonly timeout?: number;
  readonly idleTimeout?: number;
  readonly flushTimeout?: number;
  readonly earlyDataPolicy?: TypedExtensionConfig;
  readonly retryPolicy?: RouteRetryPolicy;
  readonly retryPolicyTypedConfig?: Any;
  readonly requestMirrorPolicies?: readonly RouteActionRequestMirrorPolicy[];
  readonly priority?: RoutingPriority;
  readonly rateLimits?: readonly RouteRateLimit[];
  readonly includeVhRateLimits?: boolean;
  readonly hashPolicy?: readonly RouteActionHashPolicy[];
  readonly cors?: RouteCorsPolicy;
  readonly maxGrpcTimeout?: number;
  readonly grpcTimeoutOffset?: number;
  readonly upgradeConfigs?: readonly RouteActionUpgradeConfig[];
  readonly internalRedirectPolicy?: InternalRedirectPolicy;
  readonly internalRedirectAction?: RouteActionInternalRedirectAction;
  readonly maxInternalRedirects?: number;
  readonly hedgePolicy?: HedgePolicy;
  readonly maxStreamDuration?: RouteActionMaxStreamDuration;
}

/** envoy.config.route.v3.RouteAction.ClusterNotFoundResponseCode */
export type RouteActionClusterNotFoundResponseCode = 'SERVICE_UNAVAILABLE' | 'NOT_FOUND' | 'INTERNAL_SERVER_ERROR';

/** envoy.config.route.v3.RouteAction.HashPolicy */
export interface RouteActionHashPolicy {
  readonly header?: RouteActionHashPolicyHeader;
  readonly cookie?: RouteActionHashPolicyCookie;
  readonly connectionProperties?: RouteActionHashPolicyConnectionProperties;
  readonly queryParameter?: RouteActionHashPolicyQueryParameter;
  readonly filterState?: RouteActionHashPolicyFilterState;
  readonly terminal?: boolean;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties */
export interface RouteActionHashPolicyConnectionProperties {
  readonly sourceIp?: boolean;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.Cookie */
export interface RouteActionHashPolicyCookie {
  readonly name?: string;
  readonly ttl?: number;
  readonly path?: string;
  readonly attributes?: readonly RouteActionHashPolicyCookieAttribute[];
}

/** envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute */
export interface RouteActionHashPolicyCookieAttribute {
  readonly name?: string;
  readonly value?: string;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.FilterState */
export interface RouteActionHashPolicyFilterState {
  readonly key?: string;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.Header */
export interface RouteActionHashPolicyHeader {
  readonly headerName?: string;
  readonly regexRewrite?: RegexMatchAndSubstitute;
}

/** envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter */
export interface RouteActionHashPolicyQueryParameter {
  readonly name?: string;
}

/** envoy.config.route.v3.RouteAction.InternalRedirectAction */
export type RouteActionInternalRedirectAction = 'PASS_THROUGH_INTERNAL_REDIRECT' | 'HANDLE_INTERNAL_REDIRECT';

/** envoy.config.route.v3.RouteAction.MaxStreamDuration */
export interface RouteActionMaxStreamDuration {
  readonly maxStreamDuration?: number;
  readonly grpcTimeoutHeaderMax?: number;
  readonly grpcTimeoutHeaderOffset?: number;
}

/** envoy.config.route.v3.RouteAction.RequestMirrorPolicy */
export interface RouteActionRequestMirrorPolicy {
  readonly cluster?: string;
  readonly clusterHeader?: string;
  readonly runtimeFraction?: RuntimeFractionalPercent;
  readonly traceSampled?: boolean;
  readonly disableShadowHostSuffixAppend?: boolean;
  readonly requestHeadersMutations?: readonly MutationRulesHeaderMutation[];
  readonly hostRewriteLiteral?: string;
}

/** envoy.config.route.v3.RouteAction.UpgradeConfig */
export interface RouteActionUpgradeConfig {
  readonly upgradeType?: string;
  readonly enabled?: boolean;
  readonly connectConfig?: RouteActionUpgradeConfigConnectConfig;
}

/** envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig */
export interface RouteActionUpgradeConfigConnectConfig {
  readonly proxyProtocolConfig?: ProxyProtocolConfig;
  readonly allowPost?: boolean;
}

/** envoy.config.route.v3.RouteConfiguration */
export interface RouteConfiguration {
  readonly name?: string;
  readonly virtualHosts?: readonly VirtualHost[];
  readonly vhds?: Vhds;
  readonly internalOnlyHeaders?: readonly string[];
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly responseHeadersToRemove?: readonly string[];
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToRemove?: readonly string[];
  readonly mostSpecificHeaderMutationsWins?: boolean;
  readonly validateClusters?: boolean;
  readonly maxDirectResponseBodySizeBytes?: number;
  readonly clusterSpecifierPlugins?: readonly ClusterSpecifierPlugin[];
  readonly requestMirrorPolicies?: readonly RouteActionRequestMirrorPolicy[];
  readonly ignorePortInHostMatching?: boolean;
  readonly vhostHeader?: string;
  readonly ignorePathParametersInPathMatching?: boolean;
  readonly typedPerFilterConfig?: ReadonlyMap<string, Any>;
  readonly metadata?: Metadata;
  readonly routeSpecifiers?: readonly TypedExtensionConfig[];
}

/** envoy.config.route.v3.RouteList */
export interface RouteList {
  readonly routes?: readonly Route[];
}

/** envoy.config.route.v3.RouteMatch */
export interface RouteMatch {
  readonly prefix?: string;
  readonly path?: string;
  readonly safeRegex?: RegexMatcher;
  readonly connectMatcher?: RouteMatchConnectMatcher;
  readonly pathSeparatedPrefix?: string;
  readonly pathMatchPolicy?: TypedExtensionConfig;
  readonly caseSensitive?: boolean;
  readonly runtimeFraction?: RuntimeFractionalPercent;
  readonly headers?: readonly HeaderMatcher[];
  readonly queryParameters?: readonly QueryParameterMatcher[];
  readonly cookies?: readonly CookieMatcher[];
  readonly grpc?: RouteMatchGrpcRouteMatchOptions;
  readonly tlsContext?: RouteMatchTlsContextMatchOptions;
  readonly dynamicMetadata?: readonly MetadataMatcher[];
  readonly filterState?: readonly FilterStateMatcher[];
}

/** envoy.config.route.v3.RouteMatch.ConnectMatcher */
export type RouteMatchConnectMatcher = Record<string, never>;

/** envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions */
export type RouteMatchGrpcRouteMatchOptions = Record<string, never>;

/** envoy.config.route.v3.RouteMatch.TlsContextMatchOptions */
export interface RouteMatchTlsContextMatchOptions {
  readonly presented?: boolean;
  readonly validated?: boolean;
}

/** envoy.config.route.v3.ScopedRouteConfiguration */
export interface ScopedRouteConfiguration {
  readonly onDemand?: boolean;
  readonly name?: string;
  readonly routeConfigurationName?: string;
  readonly routeConfiguration?: RouteConfiguration;
  readonly key?: ScopedRouteConfigurationKey;
}

/** envoy.config.route.v3.ScopedRouteConfiguration.Key */
export interface ScopedRouteConfigurationKey {
  readonly fragments?: readonly ScopedRouteConfigurationKeyFragment[];
}

/** envoy.config.route.v3.ScopedRouteConfiguration.Key.Fragment */
export interface ScopedRouteConfigurationKeyFragment {
  readonly stringKey?: string;
}

/** envoy.config.route.v3.Tracing */
export interface RouteTracing {
  readonly clientSampling?: FractionalPercent;
  readonly randomSampling?: FractionalPercent;
  readonly overallSampling?: FractionalPercent;
  readonly customTags?: readonly CustomTag[];
  readonly operation?: string;
  readonly upstreamOperation?: string;
}

/** envoy.config.route.v3.Vhds */
export interface Vhds {
  readonly configSource?: ConfigSource;
}

/** envoy.config.route.v3.VirtualCluster */
export interface VirtualCluster {
  readonly headers?: readonly HeaderMatcher[];
  readonly name?: string;
}

/** envoy.config.route.v3.VirtualHost */
export interface VirtualHost {
  readonly name?: string;
  readonly domains?: readonly string[];
  readonly routes?: readonly Route[];
  readonly matcher?: XdsMatcher;
  readonly requireTls?: VirtualHostTlsRequirementType;
  readonly virtualClusters?: readonly VirtualCluster[];
  readonly rateLimits?: readonly RouteRateLimit[];
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToRemove?: readonly string[];
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly responseHeadersToRemove?: readonly string[];
  readonly cors?: RouteCorsPolicy;
  readonly typedPerFilterConfig?: ReadonlyMap<string, Any>;
  readonly includeRequestAttemptCount?: boolean;
  readonly includeAttemptCountInResponse?: boolean;
  readonly retryPolicy?: RouteRetryPolicy;
  readonly retryPolicyTypedConfig?: Any;
  readonly hedgePolicy?: HedgePolicy;
  readonly includeIsTimeoutRetryHeader?: boolean;
  readonly perRequestBufferLimitBytes?: number;
  readonly requestBodyBufferLimit?: number;
  readonly requestMirrorPolicies?: readonly RouteActionRequestMirrorPolicy[];
  readonly metadata?: Metadata;
  readonly routeSpecifiers?: readonly TypedExtensionConfig[];
}

/** envoy.config.route.v3.VirtualHost.TlsRequirementType */
export type VirtualHostTlsRequirementType = 'NONE' | 'EXTERNAL_ONLY' | 'ALL';

/** envoy.config.route.v3.WeightedCluster */
export interface WeightedCluster {
  readonly clusters?: readonly WeightedClusterClusterWeight[];
  readonly totalWeight?: number;
  readonly runtimeKeyPrefix?: string;
  readonly headerName?: string;
  readonly useHashPolicy?: boolean;
}

/** envoy.config.route.v3.WeightedCluster.ClusterWeight */
export interface WeightedClusterClusterWeight {
  readonly name?: string;
  readonly clusterHeader?: string;
  readonly weight?: number;
  readonly metadataMatch?: Metadata;
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToRemove?: readonly string[];
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly responseHeadersToRemove?: readonly string[];
  readonly typedPerFilterConfig?: ReadonlyMap<string, Any>;
  readonly hostRewriteLiteral?: string;
}

/** envoy.config.tap.v3.BufferedAdminSink */
export interface BufferedAdminSink {
  readonly maxTraces?: number;
  readonly timeout?: number;
}

/** envoy.config.tap.v3.FilePerTapSink */
export interface FilePerTapSink {
  readonly pathPrefix?: string;
}

/** envoy.config.tap.v3.HttpGenericBodyMatch */
export interface TapHttpGenericBodyMatch {
  readonly bytesLimit?: number;
  readonly patterns?: readonly TapHttpGenericBodyMatchGenericTextMatch[];
}

/** envoy.config.tap.v3.HttpGenericBodyMatch.GenericTextMatch */
export interface TapHttpGenericBodyMatchGenericTextMatch {
  readonly stringMatch?: string;
  readonly binaryMatch?: Buffer;
}

/** envoy.config.tap.v3.HttpHeadersMatch */
export interface TapHttpHeadersMatch {
  readonly headers?: readonly HeaderMatcher[];
}

/** envoy.config.tap.v3.MatchPredicate */
export interface TapMatchPredicate {
  readonly orMatch?: TapMatchPredicateMatchSet;
  readonly andMatch?: TapMatchPredicateMatchSet;
  readonly notMatch?: TapMatchPredicate;
  readonly anyMatch?: boolean;
  readonly httpRequestHeadersMatch?: TapHttpHeadersMatch;
  readonly httpRequestTrailersMatch?: TapHttpHeadersMatch;
  readonly httpResponseHeadersMatch?: TapHttpHeadersMatch;
  readonly httpResponseTrailersMatch?: TapHttpHeadersMatch;
  readonly httpRequestGenericBodyMatch?: TapHttpGenericBodyMatch;
  readonly httpResponseGenericBodyMatch?: TapHttpGenericBodyMatch;
}

/** envoy.config.tap.v3.MatchPredicate.MatchSet */
export interface TapMatchPredicateMatchSet {
  readonly rules?: readonly TapMatchPredicate[];
}

/** envoy.config.tap.v3.OutputConfig */
export interface OutputConfig {
  readonly sinks?: readonly OutputSink[];
  readonly maxBufferedRxBytes?: number;
  readonly maxBufferedTxBytes?: number;
  readonly streaming?: boolean;
  readonly minStreamedSentBytes?: number;
}

/** envoy.config.tap.v3.OutputSink */
export interface OutputSink {
  readonly format?: OutputSinkFormat;
  readonly streamingAdmin?: StreamingAdminSink;
  readonly filePerTap?: FilePerTapSink;
  readonly streamingGrpc?: StreamingGrpcSink;
  readonly bufferedAdmin?: BufferedAdminSink;
  readonly customSink?: TypedExtensionConfig;
}

/** envoy.config.tap.v3.OutputSink.Format */
export type OutputSinkFormat =
  | 'JSON_BODY_AS_BYTES'
  | 'JSON_BODY_AS_STRING'
  | 'PROTO_BINARY'
  | 'PROTO_BINARY_LENGTH_DELIMITED'
  | 'PROTO_TEXT';

/** envoy.config.tap.v3.StreamingAdminSink */
export type StreamingAdminSink = Record<string, never>;

/** envoy.config.tap.v3.StreamingGrpcSink */
export interface StreamingGrpcSink {
  readonly tapId?: string;
  readonly grpcService?: GrpcService;
}

/** envoy.config.tap.v3.TapConfig */
export interface TapConfig {
  readonly matchConfig?: TapMatchPredicate;
  readonly match?: MatcherMatchPredicate;
  readonly outputConfig?: OutputConfig;
  readonly tapEnabled?: RuntimeFractionalPercent;
}

/** envoy.config.trace.v3.OpenTelemetryConfig */
export interface OpenTelemetryConfig {
  readonly grpcService?: GrpcService;
  readonly httpService?: CoreHttpService;
  readonly exporter?: TypedExtensionConfig;
  readonly serviceName?: string;
  readonly resourceDetectors?: readonly TypedExtensionConfig[];
  readonly sampler?: TypedExtensionConfig;
  readonly maxCacheSize?: number;
  readonly setTelemetrySdkResourceAttributes?: boolean;
  readonly setServiceNameResourceAttribute?: boolean;
  readonly setInstrumentationScope?: boolean;
}

/** envoy.config.trace.v3.Tracing */
export interface TraceTracing {
  readonly http?: TracingHttp;
}

/** envoy.config.trace.v3.Tracing.Http */
export interface TracingHttp {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** envoy.config.trace.v3.ZipkinConfig */
export interface ZipkinConfig {
  readonly collectorCluster?: string;
  readonly collectorEndpoint?: string;
  readonly traceId128bit?: boolean;
  readonly sharedSpanContext?: boolean;
  readonly collectorEndpointVersion?: ZipkinConfigCollectorEndpointVersion;
  readonly collectorHostname?: string;
  readonly splitSpansForRequest?: boolean;
  readonly traceContextOption?: ZipkinConfigTraceContextOption;
  readonly collectorService?: CoreHttpService;
  readonly timestampTraceIds?: boolean;
}

/** envoy.config.trace.v3.ZipkinConfig.CollectorEndpointVersion */
export type ZipkinConfigCollectorEndpointVersion =
  | 'DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE'
  | 'HTTP_JSON'
  | 'HTTP_PROTO'
  | 'GRPC';

/** envoy.config.trace.v3.ZipkinConfig.TraceContextOption */
export type ZipkinConfigTraceContextOption = 'USE_B3' | 'USE_B3_WITH_W3C_PROPAGATION';

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
  readonly path?: string;
  readonly format?: string;
  readonly jsonFormat?: Struct;
  readonly typedJsonFormat?: Struct;
  readonly logFormat?: SubstitutionFormatString;
}

/** envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter */
export interface ExpressionFilter {
  readonly expression?: string;
  readonly celConfig?: CelExpressionConfig;
}

/** envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig */
export interface CommonGrpcAccessLogConfig {
  readonly logName?: string;
  readonly grpcService?: GrpcService;
  readonly transportApiVersion?: ApiVersion;
  readonly bufferFlushInterval?: number;
  readonly bufferSizeBytes?: number;
  readonly filterStateObjectsToLog?: readonly string[];
  readonly grpcStreamRetryPolicy?: CoreRetryPolicy;
  readonly customTags?: readonly CustomTag[];
}

/** envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig */
export interface HttpGrpcAccessLogConfig {
  readonly commonConfig?: CommonGrpcAccessLogConfig;
  readonly additionalRequestHeadersToLog?: readonly string[];
  readonly additionalResponseHeadersToLog?: readonly string[];
  readonly additionalResponseTrailersToLog?: readonly string[];
}

/** envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig */
export interface TcpGrpcAccessLogConfig {
  readonly commonConfig?: CommonGrpcAccessLogConfig;
}

/** envoy.extensions.access_loggers.stream.v3.StderrAccessLog */
export interface StderrAccessLog {
  readonly logFormat?: SubstitutionFormatString;
}

/** envoy.extensions.access_loggers.stream.v3.StdoutAccessLog */
export interface StdoutAccessLog {
  readonly logFormat?: SubstitutionFormatString;
}

/** envoy.extensions.bootstrap.internal_listener.v3.InternalListener */
export interface InternalListener {
  readonly bufferSizeKb?: number;
}

/** envoy.extensions.clusters.aggregate.v3.ClusterConfig */
export interface AggregateClusterConfig {
  readonly clusters?: readonly string[];
}

/** envoy.extensions.clusters.common.dns.v3.DnsLookupFamily */
export type DnsLookupFamily = 'UNSPECIFIED' | 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL';

/** envoy.extensions.clusters.dns.v3.DnsCluster */
export interface DnsCluster {
  readonly dnsRefreshRate?: number;
  readonly dnsFailureRefreshRate?: DnsClusterRefreshRate;
  readonly respectDnsTtl?: boolean;
  readonly dnsJitter?: number;
  readonly typedDnsResolverConfig?: TypedExtensionConfig;
  readonly dnsLookupFamily?: DnsLookupFamily;
  readonly allAddressesInSingleEndpoint?: boolean;
  readonly dnsMinRefreshRate?: number;
}

/** envoy.extensions.clusters.dns.v3.DnsCluster.RefreshRate */
export interface DnsClusterRefreshRate {
  readonly baseInterval?: number;
  readonly maxInterval?: number;
}

/** envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig */
export interface DynamicForwardProxyClusterConfig {
  readonly dnsCacheConfig?: DnsCacheConfig;
  readonly subClustersConfig?: SubClustersConfig;
  readonly allowInsecureClusterOptions?: boolean;
  readonly allowCoalescedConnections?: boolean;
}

/** envoy.extensions.clusters.dynamic_forward_proxy.v3.SubClustersConfig */
export interface SubClustersConfig {
  readonly lbPolicy?: ClusterLbPolicy;
  readonly maxSubClusters?: number;
  readonly subClusterTtl?: number;
  readonly preresolveClusters?: readonly SocketAddress[];
  readonly dnsClusterConfig?: DnsCluster;
}

/** envoy.extensions.clusters.original_dst.v3.OriginalDstCluster */
export interface OriginalDstCluster {
  readonly useHttpHeader?: boolean;
  readonly httpHeaderName?: string;
  readonly upstreamPortOverride?: number;
  readonly metadataKey?: MetadataKey;
}

/** envoy.extensions.clusters.redis.v3.RedisClusterConfig */
export interface RedisClusterConfig {
  readonly clusterRefreshRate?: number;
  readonly clusterRefreshTimeout?: number;
  readonly redirectRefreshInterval?: number;
  readonly redirectRefreshThreshold?: number;
  readonly failureRefreshThreshold?: number;
  readonly hostDegradedRefreshThreshold?: number;
  readonly enableZoneDiscovery?: boolean;
}

/** envoy.extensions.common.aws.v3.AssumeRoleCredentialProvider */
export interface AssumeRoleCredentialProvider {
  readonly roleArn?: string;
  readonly roleSessionName?: string;
  readonly externalId?: string;
  readonly sessionDuration?: number;
  readonly credentialProvider?: AwsCredentialProvider;
}

/** envoy.extensions.common.aws.v3.AssumeRoleWithWebIdentityCredentialProvider */
export interface AssumeRoleWithWebIdentityCredentialProvider {
  readonly webIdentityTokenDataSource?: DataSource;
  readonly roleArn?: string;
  readonly roleSessionName?: string;
}

/** envoy.extensions.common.aws.v3.AwsCredentialProvider */
export interface AwsCredentialProvider {
  readonly assumeRoleWithWebIdentityProvider?: AssumeRoleWithWebIdentityCredentialProvider;
  readonly inlineCredential?: InlineCredentialProvider;
  readonly credentialsFileProvider?: CredentialsFileCredentialProvider;
  readonly customCredentialProviderChain?: boolean;
  readonly iamRolesAnywhereCredentialProvider?: IAMRolesAnywhereCredentialProvider;
  readonly configCredentialProvider?: ConfigCredentialProvider;
  readonly containerCredentialProvider?: ContainerCredentialProvider;
  readonly environmentCredentialProvider?: EnvironmentCredentialProvider;
  readonly instanceProfileCredentialProvider?: InstanceProfileCredentialProvider;
  readonly assumeRoleCredentialProvider?: AssumeRoleCredentialProvider;
}

/** envoy.extensions.common.aws.v3.ConfigCredentialProvider */
export type ConfigCredentialProvider = Record<string, never>;

/** envoy.extensions.common.aws.v3.ContainerCredentialProvider */
export type ContainerCredentialProvider = Record<string, never>;

/** envoy.extensions.common.aws.v3.CredentialsFileCredentialProvider */
export interface CredentialsFileCredentialProvider {
  readonly credentialsDataSource?: DataSource;
  readonly profile?: string;
}

/** envoy.extensions.common.aws.v3.EnvironmentCredentialProvider */
export type EnvironmentCredentialProvider = Record<string, never>;

/** envoy.extensions.common.aws.v3.IAMRolesAnywhereCredentialProvider */
export interface IAMRolesAnywhereCredentialProvider {
  readonly roleArn?: string;
  readonly certificate?: DataSource;
  readonly certificateChain?: DataSource;
  readonly privateKey?: DataSource;
  readonly trustAnchorArn?: string;
  readonly profileArn?: string;
  readonly roleSessionName?: string;
  readonly sessionDuration?: number;
}

/** envoy.extensions.common.aws.v3.InlineCredentialProvider */
export interface InlineCredentialProvider {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
}

/** envoy.extensions.common.aws.v3.InstanceProfileCredentialProvider */
export type InstanceProfileCredentialProvider = Record<string, never>;

/** envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheCircuitBreakers */
export interface DnsCacheCircuitBreakers {
  readonly maxPendingRequests?: number;
}

/** envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig */
export interface DnsCacheConfig {
  readonly name?: string;
  readonly dnsLookupFamily?: ClusterDnsLookupFamily;
  readonly dnsRefreshRate?: number;
  readonly dnsMinRefreshRate?: number;
  readonly hostTtl?: number;
  readonly maxHosts?: number;
  readonly disableDnsRefreshOnFailure?: boolean;
  readonly dnsFailureRefreshRate?: ClusterRefreshRate;
  readonly dnsCacheCircuitBreaker?: DnsCacheCircuitBreakers;
  readonly useTcpForDnsLookups?: boolean;
  readonly dnsResolutionConfig?: DnsResolutionConfig;
  readonly typedDnsResolverConfig?: TypedExtensionConfig;
  readonly preresolveHostnames?: readonly SocketAddress[];
  readonly dnsQueryTimeout?: number;
  readonly keyValueConfig?: KeyValueStoreConfig;
  readonly resolvedAddressFilter?: AddressMatcher;
}

/** envoy.extensions.common.matching.v3.ExtensionWithMatcher */
export interface ExtensionWithMatcher {
  readonly matcher?: Matcher;
  readonly xdsMatcher?: XdsMatcher;
  readonly extensionConfig?: TypedExtensionConfig;
}

/** envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute */
export interface ExtensionWithMatcherPerRoute {
  readonly xdsMatcher?: XdsMatcher;
}

/** envoy.extensions.common.ratelimit.v3.LocalClusterRateLimit */
export type LocalClusterRateLimit = Record<string, never>;

/** envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor */
export interface LocalRateLimitDescriptor {
  readonly entries?: readonly RateLimitDescriptorEntry[];
  readonly tokenBucket?: TokenBucket;
  readonly shadowMode?: boolean;
}

/** envoy.extensions.common.ratelimit.v3.RateLimitDescriptor */
export interface RateLimitDescriptor {
  readonly entries?: readonly RateLimitDescriptorEntry[];
  readonly limit?: RateLimitDescriptorRateLimitOverride;
  readonly hitsAddend?: number;
  readonly isNegativeHits?: boolean;
}

/** envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry */
export interface RateLimitDescriptorEntry {
  readonly key?: string;
  readonly value?: string;
}

/** envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.RateLimitOverride */
export interface RateLimitDescriptorRateLimitOverride {
  readonly requestsPerUnit?: number;
  readonly unit?: RateLimitUnit;
  readonly unitMultiplier?: number;
}

/** envoy.extensions.common.ratelimit.v3.VhRateLimitsOptions */
export type VhRateLimitsOptions = 'OVERRIDE' | 'INCLUDE' | 'IGNORE';

/** envoy.extensions.common.ratelimit.v3.XRateLimitHeadersRFCVersion */
export type XRateLimitHeadersRFCVersion = 'OFF' | 'DRAFT_VERSION_03';

/** envoy.extensions.common.tap.v3.AdminConfig */
export interface AdminConfig {
  readonly configId?: string;
}

/** envoy.extensions.common.tap.v3.CommonExtensionConfig */
export interface CommonExtensionConfig {
  readonly adminConfig?: AdminConfig;
  readonly staticConfig?: TapConfig;
}

/** envoy.extensions.compression.brotli.compressor.v3.Brotli */
export interface CompressorBrotli {
  readonly quality?: number;
  readonly encoderMode?: BrotliEncoderMode;
  readonly windowBits?: number;
  readonly inputBlockBits?: number;
  readonly chunkSize?: number;
  readonly disableLiteralContextModeling?: boolean;
}

/** envoy.extensions.compression.brotli.compressor.v3.Brotli.EncoderMode */
export type BrotliEncoderMode = 'DEFAULT' | 'GENERIC' | 'TEXT' | 'FONT';

/** envoy.extensions.compression.brotli.decompressor.v3.Brotli */
export interface DecompressorBrotli {
  readonly disableRingBufferReallocation?: boolean;
  readonly chunkSize?: number;
}

/** envoy.extensions.compression.gzip.compressor.v3.Gzip */
export interface CompressorGzip {
  readonly memoryLevel?: number;
  readonly compressionLevel?: GzipCompressionLevel;
  readonly compressionStrategy?: CompressorGzipCompressionStrategy;
  readonly windowBits?: number;
  readonly chunkSize?: number;
}

/** envoy.extensions.compression.gzip.compressor.v3.Gzip.CompressionLevel */
export type GzipCompressionLevel =
  | 'DEFAULT_COMPRESSION'
  | 'BEST_SPEED'
  | 'COMPRESSION_LEVEL_1'
  | 'COMPRESSION_LEVEL_2'
  | 'COMPRESSION_LEVEL_3'
  | 'COMPRESSION_LEVEL_4'
  | 'COMPRESSION_LEVEL_5'
  | 'COMPRESSION_LEVEL_6'
  | 'COMPRESSION_LEVEL_7'
  | 'COMPRESSION_LEVEL_8'
  | 'COMPRESSION_LEVEL_9'
  | 'BEST_COMPRESSION';

/** envoy.extensions.compression.gzip.compressor.v3.Gzip.CompressionStrategy */
export type CompressorGzipCompressionStrategy = 'DEFAULT_STRATEGY' | 'FILTERED' | 'HUFFMAN_ONLY' | 'RLE' | 'FIXED';

/** envoy.extensions.compression.gzip.decompressor.v3.Gzip */
export interface DecompressorGzip {
  readonly windowBits?: number;
  readonly chunkSize?: number;
  readonly maxInflateRatio?: number;
}

/** envoy.extensions.compression.zstd.compressor.v3.Zstd */
export interface CompressorZstd {
  readonly compressionLevel?: number;
  readonly enableChecksum?: boolean;
  readonly strategy?: ZstdStrategy;
  readonly dictionary?: DataSource;
  readonly chunkSize?: number;
}

/** envoy.extensions.compression.zstd.compressor.v3.Zstd.Strategy */
export type ZstdStrategy =
  | 'DEFAULT'
  | 'FAST'
  | 'DFAST'
  | 'GREEDY'
  | 'LAZY'
  | 'LAZY2'
  | 'BTLAZY2'
  | 'BTOPT'
  | 'BTULTRA'
  | 'BTULTRA2';

/** envoy.extensions.compression.zstd.decompressor.v3.Zstd */
export interface DecompressorZstd {
  readonly dictionaries?: readonly DataSource[];
  readonly chunkSize?: number;
}

/** envoy.extensions.filters.common.fault.v3.FaultDelay */
export interface FaultDelay {
  readonly fixedDelay?: number;
  readonly headerDelay?: FaultDelayHeaderDelay;
  readonly percentage?: FractionalPercent;
}

/** envoy.extensions.filters.common.fault.v3.FaultDelay.HeaderDelay */
export type FaultDelayHeaderDelay = Record<string, never>;

/** envoy.extensions.filters.common.fault.v3.FaultRateLimit */
export interface FaultRateLimit {
  readonly fixedLimit?: FaultRateLimitFixedLimit;
  readonly headerLimit?: FaultRateLimitHeaderLimit;
  readonly percentage?: FractionalPercent;
}

/** envoy.extensions.filters.common.fault.v3.FaultRateLimit.FixedLimit */
export interface FaultRateLimitFixedLimit {
  readonly limitKbps?: number;
}

/** envoy.extensions.filters.common.fault.v3.FaultRateLimit.HeaderLimit */
export type FaultRateLimitHeaderLimit = Record<string, never>;

/** envoy.extensions.filters.common.matcher.action.v3.SkipFilter */
export type SkipFilter = Record<string, never>;

/** envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue */
export interface FilterStateValue {
  readonly objectKey?: string;
  readonly factoryKey?: string;
  readonly formatString?: SubstitutionFormatString;
  readonly readOnly?: boolean;
  readonly sharedWithUpstream?: FilterStateValueSharedWithUpstream;
  readonly skipIfEmpty?: boolean;
}

/** envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue.SharedWithUpstream */
export type FilterStateValueSharedWithUpstream = 'NONE' | 'ONCE' | 'TRANSITIVE';

/** envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency */
export interface AdaptiveConcurrency {
  readonly gradientControllerConfig?: GradientControllerConfig;
  readonly enabled?: RuntimeFeatureFlag;
  readonly concurrencyLimitExceededStatus?: HttpStatus;
}

/** envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig */
export interface GradientControllerConfig {
  readonly sampleAggregatePercentile?: Percent;
  readonly concurrencyLimitParams?: GradientControllerConfigConcurrencyLimitCalculationParams;
  readonly minRttCalcParams?: GradientControllerConfigMinimumRTTCalculationParams;
}

/** envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.ConcurrencyLimitCalculationParams */
export interface GradientControllerConfigConcurrencyLimitCalculationParams {
  readonly maxConcurrencyLimit?: number;
  readonly concurrencyUpdateInterval?: number;
  readonly minConcurrencyLimit?: number;
}

/** envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.MinimumRTTCalculationParams */
export interface GradientControllerConfigMinimumRTTCalculationParams {
  readonly interval?: number;
  readonly fixedValue?: number;
  readonly requestCount?: number;
  readonly jitter?: Percent;
  readonly minConcurrency?: number;
  readonly buffer?: Percent;
}

/** envoy.extensions.filters.http.admission_control.v3.AdmissionControl */
export interface AdmissionControl {
  readonly enabled?: RuntimeFeatureFlag;
  readonly successCriteria?: AdmissionControlSuccessCriteria;
  readonly samplingWindow?: number;
  readonly aggression?: RuntimeDouble;
  readonly srThreshold?: RuntimePercent;
  readonly rpsThreshold?: RuntimeUInt32;
  readonly maxRejectionProbability?: RuntimePercent;
}

/** envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria */
export interface AdmissionControlSuccessCriteria {
  readonly httpCriteria?: AdmissionControlSuccessCriteriaHttpCriteria;
  readonly grpcCriteria?: AdmissionControlSuccessCriteriaGrpcCriteria;
}

/** envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.GrpcCriteria */
export interface AdmissionControlSuccessCriteriaGrpcCriteria {
  readonly grpcSuccessStatus?: readonly number[];
}

/** envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.HttpCriteria */
export interface AdmissionControlSuccessCriteriaHttpCriteria {
  readonly httpSuccessStatus?: readonly Int32Range[];
}

/** envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth */
export interface ApiKeyAuth {
  readonly credentials?: readonly Credential[];
  readonly keySources?: readonly KeySource[];
  readonly forwarding?: Forwarding;
}

/** envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute */
export interface ApiKeyAuthPerRoute {
  readonly credentials?: readonly Credential[];
  readonly keySources?: readonly KeySource[];
  readonly allowedClients?: readonly string[];
  readonly forwarding?: Forwarding;
}

/** envoy.extensions.filters.http.api_key_auth.v3.Credential */
export interface Credential {
  readonly key?: string;
  readonly client?: string;
}

/** envoy.extensions.filters.http.api_key_auth.v3.Forwarding */
export interface Forwarding {
  readonly header?: string;
  readonly hideCredentials?: boolean;
}

/** envoy.extensions.filters.http.api_key_auth.v3.KeySource */
export interface KeySource {
  readonly header?: string;
  readonly query?: string;
  readonly cookie?: string;
}

/** envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit */
export interface BandwidthLimit {
  readonly statPrefix?: string;
  readonly enableMode?: BandwidthLimitEnableMode;
  readonly limitKbps?: number;
  readonly fillInterval?: number;
  readonly runtimeEnabled?: RuntimeFeatureFlag;
  readonly enableResponseTrailers?: boolean;
  readonly responseTrailerPrefix?: string;
}

/** envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit.EnableMode */
export type BandwidthLimitEnableMode = 'DISABLED' | 'REQUEST' | 'RESPONSE' | 'REQUEST_AND_RESPONSE';

/** envoy.extensions.filters.http.basic_auth.v3.BasicAuth */
export interface BasicAuth {
  readonly users?: DataSource;
  readonly forwardUsernameHeader?: string;
  readonly authenticationHeader?: string;
  readonly allowMissing?: boolean;
  readonly emitDynamicMetadata?: boolean;
  readonly realm?: string;
}

/** envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute */
export interface BasicAuthPerRoute {
  readonly users?: DataSource;
  readonly realm?: string;
}

/** envoy.extensions.filters.http.buffer.v3.Buffer */
export interface BufferBuffer {
  readonly maxRequestBytes?: number;
}

/** envoy.extensions.filters.http.buffer.v3.BufferPerRoute */
export interface BufferPerRoute {
  readonly disabled?: boolean;
  readonly buffer?: BufferBuffer;
}

/** envoy.extensions.filters.http.cache.v3.CacheConfig */
export interface CacheConfig {
  readonly typedConfig?: Any;
  readonly disabled?: boolean;
  readonly allowedVaryHeaders?: readonly StringMatcher[];
  readonly keyCreatorParams?: CacheConfigKeyCreatorParams;
  readonly maxBodyBytes?: number;
  readonly ignoreRequestCacheControlHeader?: boolean;
}

/** envoy.extensions.filters.http.cache.v3.CacheConfig.KeyCreatorParams */
export interface CacheConfigKeyCreatorParams {
  readonly excludeScheme?: boolean;
  readonly excludeHost?: boolean;
  readonly queryParametersIncluded?: readonly QueryParameterMatcher[];
  readonly queryParametersExcluded?: readonly QueryParameterMatcher[];
}

/** envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig */
export interface CdnLoopConfig {
  readonly cdnId?: string;
  readonly maxAllowedOccurrences?: number;
}

/** envoy.extensions.filters.http.composite.v3.Composite */
export interface Composite {
  readonly namedFilterChains?: ReadonlyMap<string, FilterChainConfiguration>;
  readonly matcher?: XdsMatcher;
}

/** envoy.extensions.filters.http.composite.v3.CompositePerRoute */
export interface CompositePerRoute {
  readonly matcher?: XdsMatcher;
}

/** envoy.extensions.filters.http.composite.v3.DynamicConfig */
export interface DynamicConfig {
  readonly name?: string;
  readonly configDiscovery?: ExtensionConfigSource;
}

/** envoy.extensions.filters.http.composite.v3.ExecuteFilterAction */
export interface ExecuteFilterAction {
  readonly typedConfig?: TypedExtensionConfig;
  readonly dynamicConfig?: DynamicConfig;
  readonly filterChain?: FilterChainConfiguration;
  readonly filterChainName?: string;
  readonly samplePercent?: RuntimeFractionalPercent;
}

/** envoy.extensions.filters.http.composite.v3.FilterChainConfiguration */
export interface FilterChainConfiguration {
  readonly typedConfig?: readonly TypedExtensionConfig[];
}

/** envoy.extensions.filters.http.compressor.v3.Compressor */
export interface Compressor {
  readonly contentLength?: number;
  readonly contentType?: readonly string[];
  readonly disableOnEtagHeader?: boolean;
  readonly removeAcceptEncodingHeader?: boolean;
  readonly runtimeEnabled?: RuntimeFeatureFlag;
  readonly compressorLibrary?: TypedExtensionConfig;
  readonly requestDirectionConfig?: CompressorRequestDirectionConfig;
  readonly responseDirectionConfig?: CompressorResponseDirectionConfig;
  readonly chooseFirst?: boolean;
}

/** envoy.extensions.filters.http.compressor.v3.Compressor.CommonDirectionConfig */
export interface CompressorCommonDirectionConfig {
  readonly enabled?: RuntimeFeatureFlag;
  readonly minContentLength?: number;
  readonly contentType?: readonly string[];
  readonly contentTypeMatcher?: readonly StringMatcher[];
}

/** envoy.extensions.filters.http.compressor.v3.Compressor.RequestDirectionConfig */
export interface CompressorRequestDirectionConfig {
  readonly commonConfig?: CompressorCommonDirectionConfig;
}

/** envoy.extensions.filters.http.compressor.v3.Compressor.ResponseDirectionConfig */
export interface CompressorResponseDirectionConfig {
  readonly commonConfig?: CompressorCommonDirectionConfig;
  readonly disableOnEtagHeader?: boolean;
  readonly weakenEtagOnCompress?: boolean;
  readonly removeAcceptEncodingHeader?: boolean;
  readonly uncompressibleResponseCodes?: readonly number[];
  readonly statusHeaderEnabled?: boolean;
}

/** envoy.extensions.filters.http.compressor.v3.CompressorOverrides */
export interface CompressorOverrides {
  readonly responseDirectionConfig?: ResponseDirectionOverrides;
  readonly compressorLibrary?: TypedExtensionConfig;
}

/** envoy.extensions.filters.http.compressor.v3.CompressorPerRoute */
export interface CompressorPerRoute {
  readonly disabled?: boolean;
  readonly overrides?: CompressorOverrides;
}

/** envoy.extensions.filters.http.compressor.v3.ResponseDirectionOverrides */
export interface ResponseDirectionOverrides {
  readonly removeAcceptEncodingHeader?: boolean;
}

/** envoy.extensions.filters.http.connect_grpc_bridge.v3.FilterConfig */
export type ConnectGrpcBridgeFilterConfig = Record<string, never>;

/** envoy.extensions.filters.http.cors.v3.Cors */
export type Cors = Record<string, never>;

/** envoy.extensions.filters.http.cors.v3.CorsPolicy */
export interface CorsCorsPolicy {
  readonly allowOriginStringMatch?: readonly StringMatcher[];
  readonly allowMethods?: string;
  readonly allowHeaders?: string;
  readonly exposeHeaders?: string;
  readonly maxAge?: string;
  readonly allowCredentials?: boolean;
  readonly filterEnabled?: RuntimeFractionalPercent;
  readonly shadowEnabled?: RuntimeFractionalPercent;
  readonly allowPrivateNetworkAccess?: boolean;
  readonly forwardNotMatchingPreflights?: boolean;
}

/** envoy.extensions.filters.http.credential_injector.v3.CredentialInjector */
export interface CredentialInjector {
  readonly overwrite?: boolean;
  readonly allowRequestWithoutCredential?: boolean;
  readonly credential?: TypedExtensionConfig;
}

/** envoy.extensions.filters.http.csrf.v3.CsrfPolicy */
export interface CsrfPolicy {
  readonly filterEnabled?: RuntimeFractionalPercent;
  readonly shadowEnabled?: RuntimeFractionalPercent;
  readonly additionalOrigins?: readonly StringMatcher[];
}

/** envoy.extensions.filters.http.custom_response.v3.CustomResponse */
export interface CustomResponse {
  readonly customResponseMatcher?: XdsMatcher;
}

/** envoy.extensions.filters.http.decompressor.v3.Decompressor */
export interface Decompressor {
  readonly decompressorLibrary?: TypedExtensionConfig;
  readonly requestDirectionConfig?: DecompressorRequestDirectionConfig;
  readonly responseDirectionConfig?: DecompressorResponseDirectionConfig;
}

/** envoy.extensions.filters.http.decompressor.v3.Decompressor.CommonDirectionConfig */
export interface DecompressorCommonDirectionConfig {
  readonly enabled?: RuntimeFeatureFlag;
  readonly ignoreNoTransformHeader?: boolean;
}

/** envoy.extensions.filters.http.decompressor.v3.Decompressor.RequestDirectionConfig */
export interface DecompressorRequestDirectionConfig {
  readonly commonConfig?: DecompressorCommonDirectionConfig;
  readonly advertiseAcceptEncoding?: boolean;
}

/** envoy.extensions.filters.http.decompressor.v3.Decompressor.ResponseDirectionConfig */
export interface DecompressorResponseDirectionConfig {
  readonly commonConfig?: DecompressorCommonDirectionConfig;
}

/** envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig */
export interface DynamicForwardProxyFilterConfig {
  readonly dnsCacheConfig?: DnsCacheConfig;
  readonly subClusterConfig?: SubClusterConfig;
  readonly saveUpstreamAddress?: boolean;
  readonly allowDynamicHostFromFilterState?: boolean;
}

/** envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig */
export interface DynamicForwardProxyPerRouteConfig {
  readonly hostRewriteLiteral?: string;
  readonly hostRewriteHeader?: string;
}

/** envoy.extensions.filters.http.dynamic_forward_proxy.v3.SubClusterConfig */
export interface SubClusterConfig {
  readonly clusterInitTimeout?: number;
}

/** envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest */
export interface AuthorizationRequest {
  readonly allowedHeaders?: ListStringMatcher;
  readonly headersToAdd?: readonly HeaderValue[];
}

/** envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse */
export interface AuthorizationResponse {
  readonly allowedUpstreamHeaders?: ListStringMatcher;
  readonly allowedUpstreamHeadersToAppend?: ListStringMatcher;
  readonly allowedClientHeaders?: ListStringMatcher;
  readonly allowedClientHeadersOnSuccess?: ListStringMatcher;
  readonly dynamicMetadataFromHeaders?: ListStringMatcher;
}

/** envoy.extensions.filters.http.ext_authz.v3.BufferSettings */
export interface BufferSettings {
  readonly maxRequestBytes?: number;
  readonly allowPartialMessage?: boolean;
  readonly packAsBytes?: boolean;
}

/** envoy.extensions.filters.http.ext_authz.v3.CheckSettings */
export interface CheckSettings {
  readonly contextExtensions?: ReadonlyMap<string, string>;
  readonly disableRequestBodyBuffering?: boolean;
  readonly withRequestBody?: BufferSettings;
  readonly grpcService?: GrpcService;
  readonly httpService?: ExtAuthzHttpService;
  readonly emitClientSpan?: boolean;
}

/** envoy.extensions.filters.http.ext_authz.v3.ExtAuthz */
export interface ExtAuthz {
  readonly grpcService?: GrpcService;
  readonly httpService?: ExtAuthzHttpService;
  readonly transportApiVersion?: ApiVersion;
  readonly failureModeAllow?: boolean;
  readonly failureModeAllowHeaderAdd?: boolean;
  readonly withRequestBody?: BufferSettings;
  readonly clearRouteCache?: boolean;
  readonly clearRouteCacheHeaders?: readonly string[];
  readonly statusOnError?: HttpStatus;
  readonly validateMutations?: boolean;
  readonly metadataContextNamespaces?: readonly string[];
  readonly typedMetadataContextNamespaces?: readonly string[];
  readonly routeMetadataContextNamespaces?: readonly string[];
  readonly routeTypedMetadataContextNamespaces?: readonly string[];
  readonly filterEnabled?: RuntimeFractionalPercent;
  readonly filterEnabledMetadata?: MetadataMatcher;
  readonly denyAtDisable?: RuntimeFeatureFlag;
  readonly includePeerCertificate?: boolean;
  readonly statPrefix?: string;
  readonly bootstrapMetadataLabelsKey?: string;
  readonly allowedHeaders?: ListStringMatcher;
  readonly disallowedHeaders?: ListStringMatcher;
  readonly includeTlsSession?: boolean;
  readonly chargeClusterResponseStats?: boolean;
  readonly encodeRawHeaders?: boolean;
  readonly decoderHeaderMutationRules?: HeaderMutationRules;
  readonly enableDynamicMetadataIngestion?: boolean;
  readonly filterMetadata?: Struct;
  readonly emitFilterStateStats?: boolean;
  readonly maxDeniedResponseBodyBytes?: number;
  readonly enforceResponseHeaderLimits?: boolean;
  readonly shadowMode?: boolean;
  readonly emitClientSpan?: boolean;
}

/** envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute */
export interface ExtAuthzPerRoute {
  readonly disabled?: boolean;
  readonly checkSettings?: CheckSettings;
}

/** envoy.extensions.filters.http.ext_authz.v3.HttpService */
export interface ExtAuthzHttpService {
  readonly serverUri?: HttpUri;
  readonly pathPrefix?: string;
  readonly pathOverride?: string;
  readonly authorizationRequest?: AuthorizationRequest;
  readonly authorizationResponse?: AuthorizationResponse;
  readonly retryPolicy?: CoreRetryPolicy;
}

/** envoy.extensions.filters.http.ext_proc.v3.ExtProcHttpService */
export interface ExtProcHttpService {
  readonly httpService?: CoreHttpService;
}

/** envoy.extensions.filters.http.ext_proc.v3.ExtProcOverrides */
export interface ExtProcOverrides {
  readonly processingMode?: ProcessingMode;
  readonly asyncMode?: boolean;
  readonly requestAttributes?: readonly string[];
  readonly responseAttributes?: readonly string[];
  readonly grpcService?: GrpcService;
  readonly metadataOptions?: MetadataOptions;
  readonly grpcInitialMetadata?: readonly HeaderValue[];
  readonly failureModeAllow?: boolean;
  readonly processingRequestModifier?: TypedExtensionConfig;
  readonly emitClientSpan?: boolean;
}

/** envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute */
export interface ExtProcPerRoute {
  readonly disabled?: boolean;
  readonly overrides?: ExtProcOverrides;
}

/** envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor */
export interface ExternalProcessor {
  readonly grpcService?: GrpcService;
  readonly httpService?: ExtProcHttpService;
  readonly failureModeAllow?: boolean;
  readonly processingMode?: ProcessingMode;
  readonly requestAttributes?: readonly string[];
  readonly responseAttributes?: readonly string[];
  readonly messageTimeout?: number;
  readonly statPrefix?: string;
  readonly mutationRules?: HeaderMutationRules;
  readonly maxMessageTimeout?: number;
  readonly forwardRules?: HeaderForwardingRules;
  readonly filterMetadata?: Struct;
  readonly allowModeOverride?: boolean;
  readonly disableImmediateResponse?: boolean;
  readonly metadataOptions?: MetadataOptions;
  readonly observabilityMode?: boolean;
  readonly disableClearRouteCache?: boolean;
  readonly routeCacheAction?: ExternalProcessorRouteCacheAction;
  readonly deferredCloseTimeout?: number;
  readonly sendBodyWithoutWaitingForHeaderResponse?: boolean;
  readonly allowedOverrideModes?: readonly ProcessingMode[];
  readonly processingRequestModifier?: TypedExtensionConfig;
  readonly onProcessingResponse?: TypedExtensionConfig;
  readonly statusOnError?: HttpStatus;
  readonly allowContentLengthHeader?: boolean;
  readonly emitClientSpan?: boolean;
}

/** envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor.RouteCacheAction */
export type ExternalProcessorRouteCacheAction = 'DEFAULT' | 'CLEAR' | 'RETAIN';

/** envoy.extensions.filters.http.ext_proc.v3.HeaderForwardingRules */
export interface HeaderForwardingRules {
  readonly allowedHeaders?: ListStringMatcher;
  readonly disallowedHeaders?: ListStringMatcher;
}

/** envoy.extensions.filters.http.ext_proc.v3.MetadataOptions */
export interface MetadataOptions {
  readonly forwardingNamespaces?: MetadataOptionsMetadataNamespaces;
  readonly receivingNamespaces?: MetadataOptionsMetadataNamespaces;
  readonly clusterMetadataForwardingNamespaces?: MetadataOptionsMetadataNamespaces;
}

/** envoy.extensions.filters.http.ext_proc.v3.MetadataOptions.MetadataNamespaces */
export interface MetadataOptionsMetadataNamespaces {
  readonly untyped?: readonly string[];
  readonly typed?: readonly string[];
}

/** envoy.extensions.filters.http.ext_proc.v3.ProcessingMode */
export interface ProcessingMode {
  readonly requestHeaderMode?: ProcessingModeHeaderSendMode;
  readonly responseHeaderMode?: ProcessingModeHeaderSendMode;
  readonly requestBodyMode?: ProcessingModeBodySendMode;
  readonly responseBodyMode?: ProcessingModeBodySendMode;
  readonly requestTrailerMode?: ProcessingModeHeaderSendMode;
  readonly responseTrailerMode?: ProcessingModeHeaderSendMode;
}

/** envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode */
export type ProcessingModeBodySendMode =
  | 'NONE'
  | 'STREAMED'
  | 'BUFFERED'
  | 'BUFFERED_PARTIAL'
  | 'FULL_DUPLEX_STREAMED'
  | 'GRPC';

/** envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.HeaderSendMode */
export type ProcessingModeHeaderSendMode = 'DEFAULT' | 'SEND' | 'SKIP';

/** envoy.extensions.filters.http.fault.v3.FaultAbort */
export interface FaultAbort {
  readonly httpStatus?: number;
  readonly grpcStatus?: number;
  readonly headerAbort?: FaultAbortHeaderAbort;
  readonly percentage?: FractionalPercent;
  readonly responseBody?: string;
}

/** envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort */
export type FaultAbortHeaderAbort = Record<string, never>;

/** envoy.extensions.filters.http.fault.v3.HTTPFault */
export interface HTTPFault {
  readonly delay?: FaultDelay;
  readonly abort?: FaultAbort;
  readonly upstreamCluster?: string;
  readonly headers?: readonly HeaderMatcher[];
  readonly downstreamNodes?: readonly string[];
  readonly maxActiveFaults?: number;
  readonly responseRateLimit?: FaultRateLimit;
  readonly delayPercentRuntime?: string;
  readonly abortPercentRuntime?: string;
  readonly delayDurationRuntime?: string;
  readonly abortHttpStatusRuntime?: string;
  readonly maxActiveFaultsRuntime?: string;
  readonly responseRateLimitPercentRuntime?: string;
  readonly abortGrpcStatusRuntime?: string;
  readonly disableDownstreamClusterStats?: boolean;
  readonly filterMetadata?: Struct;
}

/** envoy.extensions.filters.http.grpc_http1_bridge.v3.Config */
export interface GrpcHttp1BridgeConfig {
  readonly upgradeProtobufToGrpc?: boolean;
  readonly ignoreQueryParameters?: boolean;
}

/** envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig */
export interface GrpcHttp1ReverseBridgeFilterConfig {
  readonly contentType?: string;
  readonly withholdGrpcFrames?: boolean;
  readonly responseSizeHeader?: string;
}

/** envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfigPerRoute */
export interface FilterConfigPerRoute {
  readonly disabled?: boolean;
}

/** envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder */
export interface GrpcJsonTranscoder {
  readonly protoDescriptor?: string;
  readonly protoDescriptorBin?: Buffer;
  readonly services?: readonly string[];
  readonly printOptions?: GrpcJsonTranscoderPrintOptions;
  readonly matchIncomingRequestRoute?: boolean;
  readonly ignoredQueryParameters?: readonly string[];
  readonly autoMapping?: boolean;
  readonly ignoreUnknownQueryParameters?: boolean;
  readonly convertGrpcStatus?: boolean;
  readonly urlUnescapeSpec?: GrpcJsonTranscoderUrlUnescapeSpec;
  readonly queryParamUnescapePlus?: boolean;
  readonly matchUnregisteredCustomVerb?: boolean;
  readonly requestValidationOptions?: GrpcJsonTranscoderRequestValidationOptions;
  readonly caseInsensitiveEnumParsing?: boolean;
  readonly maxRequestBodySize?: number;
  readonly maxResponseBodySize?: number;
  readonly captureUnknownQueryParameters?: boolean;
}

/** envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder.PrintOptions */
export interface GrpcJsonTranscoderPrintOptions {
  readonly addWhitespace?: boolean;
  readonly alwaysPrintPrimitiveFields?: boolean;
  readonly alwaysPrintEnumsAsInts?: boolean;
  readonly preserveProtoFieldNames?: boolean;
  readonly streamNewlineDelimited?: boolean;
  readonly streamSseStyleDelimited?: boolean;
}

/** envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder.RequestValidationOptions */
export interface GrpcJsonTranscoderRequestValidationOptions {
  readonly rejectUnknownMethod?: boolean;
  readonly rejectUnknownQueryParameters?: boolean;
  readonly rejectBindingBodyFieldCollisions?: boolean;
}

/** envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder.UrlUnescapeSpec */
export type GrpcJsonTranscoderUrlUnescapeSpec =
  | 'ALL_CHARACTERS_EXCEPT_RESERVED'
  | 'ALL_CHARACTERS_EXCEPT_SLASH'
  | 'ALL_CHARACTERS';

/** envoy.extensions.filters.http.grpc_stats.v3.FilterConfig */
export interface GrpcStatsFilterConfig {
  readonly emitFilterState?: boolean;
  readonly individualMethodStatsAllowlist?: GrpcMethodList;
  readonly statsForAllMethods?: boolean;
  readonly enableUpstreamStats?: boolean;
  readonly replaceDotsInGrpcServiceName?: boolean;
}

/** envoy.extensions.filters.http.grpc_web.v3.GrpcWeb */
export type GrpcWeb = Record<string, never>;

/** envoy.extensions.filters.http.gzip.v3.Gzip */
export interface GzipGzip {
  readonly memoryLevel?: number;
  readonly compressionLevel?: GzipCompressionLevelEnum;
  readonly compressionStrategy?: GzipGzipCompressionStrategy;
  readonly windowBits?: number;
  readonly compressor?: Compressor;
  readonly chunkSize?: number;
}

/** envoy.extensions.filters.http.gzip.v3.Gzip.CompressionLevel.Enum */
export type GzipCompressionLevelEnum = 'DEFAULT' | 'BEST' | 'SPEED';

/** envoy.extensions.filters.http.gzip.v3.Gzip.CompressionStrategy */
export type GzipGzipCompressionStrategy = 'DEFAULT' | 'FILTERED' | 'HUFFMAN' | 'RLE';

/** envoy.extensions.filters.http.header_mutation.v3.HeaderMutation */
export interface HttpHeaderMutation {
  readonly mutations?: Mutations;
  readonly mostSpecificHeaderMutationsWins?: boolean;
}

/** envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute */
export interface HeaderMutationPerRoute {
  readonly mutations?: Mutations;
}

/** envoy.extensions.filters.http.header_mutation.v3.Mutations */
export interface Mutations {
  readonly requestMutations?: readonly MutationRulesHeaderMutation[];
  readonly queryParameterMutations?: readonly KeyValueMutation[];
  readonly responseMutations?: readonly MutationRulesHeaderMutation[];
  readonly responseTrailersMutations?: readonly MutationRulesHeaderMutation[];
  readonly requestTrailersMutations?: readonly MutationRulesHeaderMutation[];
  readonly formatters?: readonly TypedExtensionConfig[];
}

/** envoy.extensions.filters.http.header_to_metadata.v3.Config */
export interface HeaderToMetadataConfig {
  readonly requestRules?: readonly ConfigRule[];
  readonly responseRules?: readonly ConfigRule[];
  readonly statPrefix?: string;
}

/** envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair */
export interface ConfigKeyValuePair {
  readonly metadataNamespace?: string;
  readonly key?: string;
  readonly value?: string;
  readonly regexValueRewrite?: RegexMatchAndSubstitute;
  readonly type?: ConfigValueType;
  readonly encode?: ConfigValueEncode;
}

/** envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule */
export interface ConfigRule {
  readonly header?: string;
  readonly cookie?: string;
  readonly onHeaderPresent?: ConfigKeyValuePair;
  readonly onHeaderMissing?: ConfigKeyValuePair;
  readonly remove?: boolean;
}

/** envoy.extensions.filters.http.header_to_metadata.v3.Config.ValueEncode */
export type ConfigValueEncode = 'NONE' | 'BASE64';

/** envoy.extensions.filters.http.header_to_metadata.v3.Config.ValueType */
export type ConfigValueType = 'STRING' | 'NUMBER' | 'PROTOBUF_VALUE';

/** envoy.extensions.filters.http.health_check.v3.HealthCheck */
export interface HealthCheckHealthCheck {
  readonly passThroughMode?: boolean;
  readonly cacheTime?: number;
  readonly clusterMinHealthyPercentages?: ReadonlyMap<string, Percent>;
  readonly headers?: readonly HeaderMatcher[];
}

/** envoy.extensions.filters.http.ip_tagging.v3.IPTagging */
export interface IPTagging {
  readonly requestType?: IPTaggingRequestType;
  readonly ipTags?: readonly IPTaggingIPTag[];
  readonly ipTagHeader?: IPTaggingIpTagHeader;
  readonly ipTagsDatasource?: DataSource;
}

/** envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTag */
export interface IPTaggingIPTag {
  readonly ipTagName?: string;
  readonly ipList?: readonly CidrRange[];
}

/** envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTags */
export interface IPTaggingIPTags {
  readonly ipTags?: readonly IPTaggingIPTag[];
}

/** envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IpTagHeader */
export interface IPTaggingIpTagHeader {
  readonly header?: string;
  readonly action?: IPTaggingIpTagHeaderHeaderAction;
}

/** envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IpTagHeader.HeaderAction */
export type IPTaggingIpTagHeaderHeaderAction = 'SANITIZE' | 'APPEND_IF_EXISTS_OR_ADD';

/** envoy.extensions.filters.http.ip_tagging.v3.IPTagging.RequestType */
export type IPTaggingRequestType = 'BOTH' | 'INTERNAL' | 'EXTERNAL';

/** envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata */
export interface JsonToMetadata {
  readonly requestRules?: JsonToMetadataMatchRules;
  readonly responseRules?: JsonToMetadataMatchRules;
}

/** envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.KeyValuePair */
export interface JsonToMetadataKeyValuePair {
  readonly metadataNamespace?: string;
  readonly key?: string;
  readonly value?: unknown;
  readonly type?: JsonToMetadataValueType;
  readonly preserveExistingMetadataValue?: boolean;
}

/** envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.MatchRules */
export interface JsonToMetadataMatchRules {
  readonly rules?: readonly JsonToMetadataRule[];
  readonly allowContentTypes?: readonly string[];
  readonly allowEmptyContentType?: boolean;
  readonly allowContentTypesRegex?: RegexMatcher;
}

/** envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Rule */
export interface JsonToMetadataRule {
  readonly selectors?: readonly JsonToMetadataSelector[];
  readonly onPresent?: JsonToMetadataKeyValuePair;
  readonly onMissing?: JsonToMetadataKeyValuePair;
  readonly onError?: JsonToMetadataKeyValuePair;
}

/** envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Selector */
export interface JsonToMetadataSelector {
  readonly key?: string;
}

/** envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.ValueType */
export type JsonToMetadataValueType = 'PROTOBUF_VALUE' | 'STRING' | 'NUMBER';

/** envoy.extensions.filters.http.jwt_authn.v3.ExtractOnlyWithoutValidation */
export interface ExtractOnlyWithoutValidation {
  readonly verificationStatusHeader?: string;
}

/** envoy.extensions.filters.http.jwt_authn.v3.FilterStateRule */
export interface FilterStateRule {
  readonly name?: string;
  readonly requires?: ReadonlyMap<string, JwtRequirement>;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwksAsyncFetch */
export interface JwksAsyncFetch {
  readonly fastListener?: boolean;
  readonly failedRefetchDuration?: number;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication */
export interface JwtAuthentication {
  readonly providers?: ReadonlyMap<string, JwtProvider>;
  readonly rules?: readonly RequirementRule[];
  readonly filterStateRules?: FilterStateRule;
  readonly bypassCorsPreflight?: boolean;
  readonly requirementMap?: ReadonlyMap<string, JwtRequirement>;
  readonly stripFailureResponse?: boolean;
  readonly statPrefix?: string;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtCacheConfig */
export interface JwtCacheConfig {
  readonly jwtCacheSize?: number;
  readonly jwtMaxTokenSize?: number;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader */
export interface JwtClaimToHeader {
  readonly headerName?: string;
  readonly claimName?: string;
  readonly claimPath?: readonly JwtClaimToHeaderPathSegment[];
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader.PathSegment */
export interface JwtClaimToHeaderPathSegment {
  readonly key?: string;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtHeader */
export interface JwtHeader {
  readonly name?: string;
  readonly valuePrefix?: string;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtProvider */
export interface JwtProvider {
  readonly issuer?: string;
  readonly audiences?: readonly string[];
  readonly subjects?: StringMatcher;
  readonly requireExpiration?: boolean;
  readonly maxLifetime?: number;
  readonly remoteJwks?: RemoteJwks;
  readonly localJwks?: DataSource;
  readonly forward?: boolean;
  readonly fromHeaders?: readonly JwtHeader[];
  readonly fromParams?: readonly string[];
  readonly fromCookies?: readonly string[];
  readonly forwardPayloadHeader?: string;
  readonly padForwardPayloadHeader?: boolean;
  readonly payloadInMetadata?: string;
  readonly normalizePayloadInMetadata?: JwtProviderNormalizePayload;
  readonly headerInMetadata?: string;
  readonly failedStatusInMetadata?: string;
  readonly clockSkewSeconds?: number;
  readonly jwtCacheConfig?: JwtCacheConfig;
  readonly claimToHeaders?: readonly JwtClaimToHeader[];
  readonly clearRouteCache?: boolean;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.NormalizePayload */
export interface JwtProviderNormalizePayload {
  readonly spaceDelimitedClaims?: readonly string[];
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement */
export interface JwtRequirement {
  readonly providerName?: string;
  readonly providerAndAudiences?: ProviderWithAudiences;
  readonly requiresAny?: JwtRequirementOrList;
  readonly requiresAll?: JwtRequirementAndList;
  readonly allowMissingOrFailed?: Record<string, never>;
  readonly allowMissing?: Record<string, never>;
  readonly extractOnlyWithoutValidation?: ExtractOnlyWithoutValidation;
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList */
export interface JwtRequirementAndList {
  readonly requirements?: readonly JwtRequirement[];
}

/** envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList */
export interface JwtRequirementOrList {
  readonly requirements?: readonly JwtRequirement[];
}

/** envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig */
export interface JwtAuthnPerRouteConfig {
  readonly disabled?: boolean;
  readonly requirementName?: string;
}

/** envoy.extensions.filters.http.jwt_authn.v3.ProviderWithAudiences */
export interface ProviderWithAudiences {
  readonly providerName?: string;
  readonly audiences?: readonly string[];
}

/** envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks */
export interface RemoteJwks {
  readonly httpUri?: HttpUri;
  readonly cacheDuration?: number;
  readonly asyncFetch?: JwksAsyncFetch;
  readonly retryPolicy?: CoreRetryPolicy;
}

/** envoy.extensions.filters.http.jwt_authn.v3.RequirementRule */
export interface RequirementRule {
  readonly match?: RouteMatch;
  readonly requires?: JwtRequirement;
  readonly requirementName?: string;
}

/** envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit */
export interface LocalRateLimit {
  readonly statPrefix?: string;
  readonly status?: HttpStatus;
  readonly tokenBucket?: TokenBucket;
  readonly filterEnabled?: RuntimeFractionalPercent;
  readonly filterEnforced?: RuntimeFractionalPercent;
  readonly requestHeadersToAddWhenNotEnforced?: readonly HeaderValueOption[];
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly descriptors?: readonly LocalRateLimitDescriptor[];
  readonly stage?: number;
  readonly localRateLimitPerDownstreamConnection?: boolean;
  readonly localClusterRateLimit?: LocalClusterRateLimit;
  readonly enableXRatelimitHeaders?: XRateLimitHeadersRFCVersion;
  readonly vhRateLimits?: VhRateLimitsOptions;
  readonly alwaysConsumeDefaultTokenBucket?: boolean;
  readonly rateLimitedAsResourceExhausted?: boolean;
  readonly rateLimits?: readonly RouteRateLimit[];
  readonly maxDynamicDescriptors?: number;
  readonly enableRetryAfterHeader?: boolean;
}

/** envoy.extensions.filters.http.lua.v3.Lua */
export interface Lua {
  readonly inlineCode?: string;
  readonly sourceCodes?: ReadonlyMap<string, DataSource>;
  readonly defaultSourceCode?: DataSource;
  readonly statPrefix?: string;
  readonly clearRouteCache?: boolean;
  readonly filterContext?: Struct;
  readonly packagePaths?: readonly string[];
  readonly packageCpaths?: readonly string[];
  readonly sharedVmId?: string;
}

/** envoy.extensions.filters.http.lua.v3.LuaPerRoute */
export interface LuaPerRoute {
  readonly disabled?: boolean;
  readonly name?: string;
  readonly sourceCode?: DataSource;
  readonly filterContext?: Struct;
  readonly packagePaths?: readonly string[];
  readonly packageCpaths?: readonly string[];
  readonly sharedVmId?: string;
}

/** envoy.extensions.filters.http.oauth2.v3.CookieConfig */
export interface CookieConfig {
  readonly sameSite?: CookieConfigSameSite;
  readonly path?: string;
  readonly partitioned?: boolean;
}

/** envoy.extensions.filters.http.oauth2.v3.CookieConfig.SameSite */
export type CookieConfigSameSite = 'DISABLED' | 'STRICT' | 'LAX' | 'NONE';

/** envoy.extensions.filters.http.oauth2.v3.CookieConfigs */
export interface CookieConfigs {
  readonly bearerTokenCookieConfig?: CookieConfig;
  readonly oauthHmacCookieConfig?: CookieConfig;
  readonly oauthExpiresCookieConfig?: CookieConfig;
  readonly idTokenCookieConfig?: CookieConfig;
  readonly refreshTokenCookieConfig?: CookieConfig;
  readonly oauthNonceCookieConfig?: CookieConfig;
  readonly codeVerifierCookieConfig?: CookieConfig;
}

/** envoy.extensions.filters.http.oauth2.v3.OAuth2 */
export interface HttpOAuth2 {
  readonly config?: OAuth2Config;
}

/** envoy.extensions.filters.http.oauth2.v3.OAuth2Config */
export interface OAuth2Config {
  readonly tokenEndpoint?: HttpUri;
  readonly retryPolicy?: CoreRetryPolicy;
  readonly authorizationEndpoint?: string;
  readonly endSessionEndpoint?: string;
  readonly postLogoutRedirectUri?: PostLogoutRedirectUri;
  readonly credentials?: OAuth2Credentials;
  readonly redirectUri?: string;
  readonly redirectPathMatcher?: PathMatcher;
  readonly signoutPath?: PathMatcher;
  readonly forwardBearerToken?: boolean;
  readonly forwardIdToken?: OAuth2TokenForwarding;
  readonly preserveAuthorizationHeader?: boolean;
  readonly passThroughMatcher?: readonly HeaderMatcher[];
  readonly authScopes?: readonly string[];
  readonly resources?: readonly string[];
  readonly authType?: OAuth2ConfigAuthType;
  readonly useRefreshToken?: boolean;
  readonly defaultExpiresIn?: number;
  readonly denyRedirectMatcher?: readonly HeaderMatcher[];
  readonly defaultRefreshTokenExpiresIn?: number;
  readonly disableIdTokenSetCookie?: boolean;
  readonly disableAccessTokenSetCookie?: boolean;
  readonly disableRefreshTokenSetCookie?: boolean;
  readonly cookieConfigs?: CookieConfigs;
  readonly statPrefix?: string;
  readonly csrfTokenExpiresIn?: number;
  readonly codeVerifierTokenExpiresIn?: number;
  readonly disableTokenEncryption?: boolean;
  readonly allowFailedMatcher?: readonly HeaderMatcher[];
  readonly originalRequestUri?: string;
  readonly allowedRedirectDomains?: readonly string[];
  readonly useAccessTokenExpiryForIdTokenCookie?: boolean;
  readonly privateKeyJwtConfig?: PrivateKeyJwtConfig;
  readonly tokenCookieChunking?: TokenCookieChunking;
}

/** envoy.extensions.filters.http.oauth2.v3.OAuth2Config.AuthType */
export type OAuth2ConfigAuthType = 'URL_ENCODED_BODY' | 'BASIC_AUTH' | 'TLS_CLIENT_AUTH' | 'PRIVATE_KEY_JWT';

/** envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials */
export interface OAuth2Credentials {
  readonly clientId?: string;
  readonly tokenSecret?: SdsSecretConfig;
  readonly hmacSecret?: SdsSecretConfig;
  readonly cookieNames?: OAuth2CredentialsCookieNames;
  readonly cookieDomain?: string;
}

/** envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials.CookieNames */
export interface OAuth2CredentialsCookieNames {
  readonly bearerToken?: string;
  readonly oauthHmac?: string;
  readonly oauthExpires?: string;
  readonly idToken?: string;
  readonly refreshToken?: string;
  readonly oauthNonce?: string;
  readonly codeVerifier?: string;
}

/** envoy.extensions.filters.http.oauth2.v3.OAuth2PerRoute */
export interface OAuth2PerRoute {
  readonly config?: OAuth2Config;
}

/** envoy.extensions.filters.http.oauth2.v3.OAuth2TokenForwarding */
export interface OAuth2TokenForwarding {
  readonly header?: string;
}

/** envoy.extensions.filters.http.oauth2.v3.PostLogoutRedirectUri */
export interface PostLogoutRedirectUri {
  readonly disabled?: boolean;
  readonly uri?: string;
}

/** envoy.extensions.filters.http.oauth2.v3.PrivateKeyJwtConfig */
export interface PrivateKeyJwtConfig {
  readonly signingAlgorithm?: PrivateKeyJwtConfigSigningAlgorithm;
  readonly assertionLifetime?: number;
  readonly assertionAudience?: string;
}

/** envoy.extensions.filters.http.oauth2.v3.PrivateKeyJwtConfig.SigningAlgorithm */
export type PrivateKeyJwtConfigSigningAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512';

/** envoy.extensions.filters.http.oauth2.v3.TokenCookieChunking */
export interface TokenCookieChunking {
  readonly maxCookieSize?: number;
  readonly maxChunks?: number;
}

/** envoy.extensions.filters.http.on_demand.v3.OnDemand */
export interface OnDemand {
  readonly odcds?: OnDemandCds;
}

/** envoy.extensions.filters.http.on_demand.v3.OnDemandCds */
export interface OnDemandCds {
  readonly source?: ConfigSource;
  readonly resourcesLocator?: string;
  readonly timeout?: number;
}

/** envoy.extensions.filters.http.on_demand.v3.PerRouteConfig */
export interface OnDemandPerRouteConfig {
  readonly odcds?: OnDemandCds;
}

/** envoy.extensions.filters.http.ratelimit.v3.RateLimit */
export interface RatelimitRateLimit {
  readonly domain?: string;
  readonly stage?: number;
  readonly requestType?: string;
  readonly timeout?: number;
  readonly failureModeDeny?: boolean;
  readonly rateLimitedAsResourceExhausted?: boolean;
  readonly rateLimitService?: RateLimitServiceConfig;
  readonly enableXRatelimitHeaders?: RateLimitXRateLimitHeadersRFCVersion;
  readonly disableXEnvoyRatelimitedHeader?: boolean;
  readonly rateLimitedStatus?: HttpStatus;
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly statusOnError?: HttpStatus;
  readonly statPrefix?: string;
  readonly filterEnabled?: RuntimeFractionalPercent;
  readonly filterEnforced?: RuntimeFractionalPercent;
  readonly failureModeDenyPercent?: RuntimeFractionalPercent;
  readonly rateLimits?: readonly RouteRateLimit[];
  readonly metadataNamespace?: string;
  readonly enableRetryAfterHeader?: boolean;
}

/** envoy.extensions.filters.http.ratelimit.v3.RateLimit.XRateLimitHeadersRFCVersion */
export type RateLimitXRateLimitHeadersRFCVersion = 'OFF' | 'DRAFT_VERSION_03';

/** envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute */
export interface RateLimitPerRoute {
  readonly vhRateLimits?: RateLimitPerRouteVhRateLimitsOptions;
  readonly overrideOption?: RateLimitPerRouteOverrideOptions;
  readonly rateLimits?: readonly RouteRateLimit[];
  readonly domain?: string;
}

/** envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute.OverrideOptions */
export type RateLimitPerRouteOverrideOptions = 'DEFAULT' | 'OVERRIDE_POLICY' | 'INCLUDE_POLICY' | 'IGNORE_POLICY';

/** envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute.VhRateLimitsOptions */
export type RateLimitPerRouteVhRateLimitsOptions = 'OVERRIDE' | 'INCLUDE' | 'IGNORE';

/** envoy.extensions.filters.http.rbac.v3.RBAC */
export interface HttpRbac {
  readonly rules?: RbacRBAC;
  readonly rulesStatPrefix?: string;
  readonly matcher?: XdsMatcher;
  readonly shadowRules?: RbacRBAC;
  readonly shadowMatcher?: XdsMatcher;
  readonly shadowRulesStatPrefix?: string;
  readonly trackPerRuleStats?: boolean;
}

/** envoy.extensions.filters.http.rbac.v3.RBACPerRoute */
export interface RBACPerRoute {
  readonly rbac?: HttpRbac;
}

/** envoy.extensions.filters.http.router.v3.Router */
export interface Router {
  readonly dynamicStats?: boolean;
  readonly startChildSpan?: boolean;
  readonly upstreamLog?: readonly AccessLog[];
  readonly upstreamLogOptions?: RouterUpstreamAccessLogOptions;
  readonly suppressEnvoyHeaders?: boolean;
  readonly strictCheckHeaders?: readonly string[];
  readonly respectExpectedRqTimeout?: boolean;
  readonly suppressGrpcRequestFailureCodeStats?: boolean;
  readonly upstreamHttpFilters?: readonly HttpFilter[];
  readonly rejectConnectRequestEarlyData?: boolean;
}

/** envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions */
export interface RouterUpstreamAccessLogOptions {
  readonly flushUpstreamLogOnUpstreamStream?: boolean;
  readonly upstreamLogFlushInterval?: number;
}

/** envoy.extensions.filters.http.set_filter_state.v3.Config */
export interface SetFilterStateConfig {
  readonly onRequestHeaders?: readonly FilterStateValue[];
  readonly clearRouteCache?: boolean;
}

/** envoy.extensions.filters.http.set_metadata.v3.Config */
export interface SetMetadataConfig {
  readonly metadataNamespace?: string;
  readonly value?: Struct;
  readonly metadata?: readonly SetMetadataMetadata[];
}

/** envoy.extensions.filters.http.set_metadata.v3.Metadata */
export interface SetMetadataMetadata {
  readonly metadataNamespace?: string;
  readonly allowOverwrite?: boolean;
  readonly value?: Struct;
  readonly typedValue?: Any;
}

/** envoy.extensions.filters.http.stateful_session.v3.StatefulSession */
export interface StatefulSession {
  readonly sessionState?: TypedExtensionConfig;
  readonly strict?: boolean;
  readonly statPrefix?: string;
  readonly statusOnStrictDestinationNotFound?: number;
}

/** envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute */
export interface StatefulSessionPerRoute {
  readonly disabled?: boolean;
  readonly statefulSession?: StatefulSession;
}

/** envoy.extensions.filters.http.tap.v3.Tap */
export interface Tap {
  readonly commonConfig?: CommonExtensionConfig;
  readonly recordHeadersReceivedTime?: boolean;
  readonly recordDownstreamConnection?: boolean;
  readonly recordUpstreamConnection?: boolean;
}

/** envoy.extensions.filters.listener.http_inspector.v3.HttpInspector */
export type HttpInspector = Record<string, never>;

/** envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit */
export interface ListenerLocalRateLimit {
  readonly statPrefix?: string;
  readonly tokenBucket?: TokenBucket;
  readonly runtimeEnabled?: RuntimeFeatureFlag;
}

/** envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol */
export interface ProxyProtocol {
  readonly rules?: readonly ProxyProtocolRule[];
  readonly allowRequestsWithoutProxyProtocol?: boolean;
  readonly passThroughTlvs?: ProxyProtocolPassThroughTLVs;
  readonly disallowedVersions?: readonly ProxyProtocolConfigVersion[];
  readonly statPrefix?: string;
  readonly tlvLocation?: ProxyProtocolTlvLocation;
}

/** envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair */
export interface ProxyProtocolKeyValuePair {
  readonly metadataNamespace?: string;
  readonly key?: string;
  readonly valueStringEncoding?: ProxyProtocolKeyValuePairValueStringEncoding;
}

/** envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair.ValueStringEncoding */
export type ProxyProtocolKeyValuePairValueStringEncoding = 'UNSPECIFIED' | 'SANITIZED_UTF8' | 'BASE64';

/** envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.Rule */
export interface ProxyProtocolRule {
  readonly tlvType?: number;
  readonly onTlvPresent?: ProxyProtocolKeyValuePair;
}

/** envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.TlvLocation */
export type ProxyProtocolTlvLocation = 'DYNAMIC_METADATA' | 'FILTER_STATE';

/** envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector */
export interface TlsInspector {
  readonly enableJa3Fingerprinting?: boolean;
  readonly enableJa4Fingerprinting?: boolean;
  readonly initialReadBufferSize?: number;
  readonly closeConnectionOnClientHelloParsingErrors?: boolean;
  readonly maxClientHelloSize?: number;
}

/** envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit */
export interface ConnectionLimit {
  readonly statPrefix?: string;
  readonly maxConnections?: number;
  readonly delay?: number;
  readonly runtimeEnabled?: RuntimeFeatureFlag;
}

/** envoy.extensions.filters.network.direct_response.v3.Config */
export interface DirectResponseConfig {
  readonly response?: DataSource;
}

/** envoy.extensions.filters.network.echo.v3.Echo */
export type Echo = Record<string, never>;

/** envoy.extensions.filters.network.ext_authz.v3.ExtAuthz */
export interface NetworkExtAuthz {
  readonly statPrefix?: string;
  readonly grpcService?: GrpcService;
  readonly failureModeAllow?: boolean;
  readonly includePeerCertificate?: boolean;
  readonly transportApiVersion?: ApiVersion;
  readonly filterEnabledMetadata?: MetadataMatcher;
  readonly bootstrapMetadataLabelsKey?: string;
  readonly includeTlsSession?: boolean;
  readonly sendTlsAlertOnDenial?: boolean;
  readonly metadataContextNamespaces?: readonly string[];
  readonly typedMetadataContextNamespaces?: readonly string[];
  readonly shadowMode?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ForwardProtoConfig */
export interface ForwardProtoConfig {
  readonly httpsDestinationPorts?: readonly number[];
  readonly httpDestinationPorts?: readonly number[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager */
export interface HttpConnectionManager {
  readonly codecType?: HttpConnectionManagerCodecType;
  readonly statPrefix?: string;
  readonly rds?: Rds;
  readonly routeConfig?: RouteConfiguration;
  readonly scopedRoutes?: ScopedRoutes;
  readonly httpFilters?: readonly HttpFilter[];
  readonly addUserAgent?: boolean;
  readonly tracing?: HttpConnectionManagerTracing;
  readonly commonHttpProtocolOptions?: CoreHttpProtocolOptions;
  readonly http1SafeMaxConnectionDuration?: boolean;
  readonly httpProtocolOptions?: Http1ProtocolOptions;
  readonly http2ProtocolOptions?: Http2ProtocolOptions;
  readonly http3ProtocolOptions?: Http3ProtocolOptions;
  readonly serverName?: string;
  readonly serverHeaderTransformation?: HttpConnectionManagerServerHeaderTransformation;
  readonly schemeHeaderTransformation?: SchemeHeaderTransformation;
  readonly maxRequestHeadersKb?: number;
  readonly streamIdleTimeout?: number;
  readonly streamFlushTimeout?: number;
  readonly requestTimeout?: number;
  readonly requestHeadersTimeout?: number;
  readonly drainTimeout?: number;
  readonly drainTimeoutJitter?: Percent;
  readonly delayedCloseTimeout?: number;
  readonly accessLog?: readonly AccessLog[];
  readonly accessLogFlushInterval?: number;
  readonly flushAccessLogOnNewRequest?: boolean;
  readonly accessLogOptions?: HttpConnectionManagerHcmAccessLogOptions;
  readonly useRemoteAddress?: boolean;
  readonly xffNumTrustedHops?: number;
  readonly originalIpDetectionExtensions?: readonly TypedExtensionConfig[];
  readonly earlyHeaderMutationExtensions?: readonly TypedExtensionConfig[];
  readonly internalAddressConfig?: HttpConnectionManagerInternalAddressConfig;
  readonly skipXffAppend?: boolean;
  readonly via?: string;
  readonly generateRequestId?: boolean;
  readonly preserveExternalRequestId?: boolean;
  readonly alwaysSetRequestIdInResponse?: boolean;
  readonly forwardClientCertDetails?: HttpConnectionManagerForwardClientCertDetails;
  readonly setCurrentClientCertDetails?: HttpConnectionManagerSetCurrentClientCertDetails;
  readonly forwardClientCertMatcher?: XdsMatcher;
  readonly proxy100Continue?: boolean;
  readonly representIpv4RemoteAddressAsIpv4MappedIpv6?: boolean;
  readonly upgradeConfigs?: readonly HttpConnectionManagerUpgradeConfig[];
  readonly normalizePath?: boolean;
  readonly mergeSlashes?: boolean;
  readonly pathWithEscapedSlashesAction?: HttpConnectionManagerPathWithEscapedSlashesAction;
  readonly requestIdExtension?: RequestIDExtension;
  readonly localReplyConfig?: LocalReplyConfig;
  readonly stripMatchingHostPort?: boolean;
  readonly stripAnyHostPort?: boolean;
  readonly streamErrorOnInvalidHttpMessage?: boolean;
  readonly pathNormalizationOptions?: HttpConnectionManagerPathNormalizationOptions;
  readonly stripTrailingHostDot?: boolean;
  readonly proxyStatusConfig?: HttpConnectionManagerProxyStatusConfig;
  readonly typedHeaderValidationConfig?: TypedExtensionConfig;
  readonly appendXForwardedPort?: boolean;
  readonly appendLocalOverload?: boolean;
  readonly addProxyProtocolConnectionState?: boolean;
  readonly forwardProtoConfig?: ForwardProtoConfig;
  readonly recordRouteResolutionStats?: boolean;
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
  readonly accessLogFlushInterval?: number;
  readonly flushAccessLogOnNewRequest?: boolean;
  readonly flushLogOnTunnelSuccessfullyEstablished?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig */
export interface HttpConnectionManagerInternalAddressConfig {
  readonly unixSockets?: boolean;
  readonly cidrRanges?: readonly CidrRange[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathNormalizationOptions */
export interface HttpConnectionManagerPathNormalizationOptions {
  readonly forwardingTransformation?: PathTransformation;
  readonly httpFilterTransformation?: PathTransformation;
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
  readonly removeDetails?: boolean;
  readonly removeConnectionTerminationDetails?: boolean;
  readonly removeResponseFlags?: boolean;
  readonly setRecommendedResponseCode?: boolean;
  readonly useNodeId?: boolean;
  readonly literalProxyName?: string;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation */
export type HttpConnectionManagerServerHeaderTransformation = 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH';

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails */
export interface HttpConnectionManagerSetCurrentClientCertDetails {
  readonly subject?: boolean;
  readonly cert?: boolean;
  readonly chain?: boolean;
  readonly dns?: boolean;
  readonly uri?: boolean;
  readonly issuer?: boolean;
  readonly format?: HttpConnectionManagerForwardClientCertFormat;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing */
export interface HttpConnectionManagerTracing {
  readonly clientSampling?: Percent;
  readonly randomSampling?: Percent;
  readonly overallSampling?: Percent;
  readonly verbose?: boolean;
  readonly maxPathTagLength?: number;
  readonly customTags?: readonly CustomTag[];
  readonly provider?: TracingHttp;
  readonly spawnUpstreamSpan?: boolean;
  readonly operation?: string;
  readonly upstreamOperation?: string;
  readonly noContextPropagation?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig */
export interface HttpConnectionManagerUpgradeConfig {
  readonly upgradeType?: string;
  readonly filters?: readonly HttpFilter[];
  readonly enabled?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter */
export interface HttpFilter {
  readonly name?: string;
  readonly typedConfig?: Any;
  readonly configDiscovery?: ExtensionConfigSource;
  readonly isOptional?: boolean;
  readonly disabled?: boolean;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig */
export interface LocalReplyConfig {
  readonly mappers?: readonly ResponseMapper[];
  readonly bodyFormat?: SubstitutionFormatString;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.Rds */
export interface Rds {
  readonly configSource?: ConfigSource;
  readonly routeConfigName?: string;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension */
export interface RequestIDExtension {
  readonly typedConfig?: Any;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper */
export interface ResponseMapper {
  readonly filter?: AccessLogFilter;
  readonly statusCode?: number;
  readonly body?: DataSource;
  readonly bodyFormatOverride?: SubstitutionFormatString;
  readonly headersToAdd?: readonly HeaderValueOption[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds */
export interface ScopedRds {
  readonly scopedRdsConfigSource?: ConfigSource;
  readonly srdsResourcesLocator?: string;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRouteConfigurationsList */
export interface ScopedRouteConfigurationsList {
  readonly scopedRouteConfigurations?: readonly ScopedRouteConfiguration[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes */
export interface ScopedRoutes {
  readonly name?: string;
  readonly scopeKeyBuilder?: ScopedRoutesScopeKeyBuilder;
  readonly rdsConfigSource?: ConfigSource;
  readonly scopedRouteConfigurationsList?: ScopedRouteConfigurationsList;
  readonly scopedRds?: ScopedRds;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder */
export interface ScopedRoutesScopeKeyBuilder {
  readonly fragments?: readonly ScopedRoutesScopeKeyBuilderFragmentBuilder[];
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder */
export interface ScopedRoutesScopeKeyBuilderFragmentBuilder {
  readonly headerValueExtractor?: ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractor;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor */
export interface ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractor {
  readonly name?: string;
  readonly elementSeparator?: string;
  readonly index?: number;
  readonly element?: ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractorKvElement;
}

/** envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement */
export interface ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractorKvElement {
  readonly separator?: string;
  readonly key?: string;
}

/** envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit */
export interface NetworkLocalRateLimit {
  readonly statPrefix?: string;
  readonly tokenBucket?: TokenBucket;
  readonly runtimeEnabled?: RuntimeFeatureFlag;
  readonly shareKey?: string;
}

/** envoy.extensions.filters.network.ratelimit.v3.RateLimit */
export interface NetworkRateLimit {
  readonly statPrefix?: string;
  readonly domain?: string;
  readonly descriptors?: readonly RateLimitDescriptor[];
  readonly timeout?: number;
  readonly failureModeDeny?: boolean;
  readonly rateLimitService?: RateLimitServiceConfig;
}

/** envoy.extensions.filters.network.rbac.v3.RBAC */
export interface NetworkRBAC {
  readonly rules?: RbacRBAC;
  readonly matcher?: XdsMatcher;
  readonly shadowRules?: RbacRBAC;
  readonly shadowMatcher?: XdsMatcher;
  readonly shadowRulesStatPrefix?: string;
  readonly statPrefix?: string;
  readonly enforcementType?: RBACEnforcementType;
  readonly delayDeny?: number;
}

/** envoy.extensions.filters.network.rbac.v3.RBAC.EnforcementType */
export type RBACEnforcementType = 'ONE_TIME_ON_FIRST_BYTE' | 'CONTINUOUS';

/** envoy.extensions.filters.network.redis_proxy.v3.AwsIam */
export interface AwsIam {
  readonly credentialProvider?: AwsCredentialProvider;
  readonly cacheName?: string;
  readonly serviceName?: string;
  readonly region?: string;
  readonly expirationTime?: number;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisExternalAuthProvider */
export interface RedisExternalAuthProvider {
  readonly grpcService?: GrpcService;
  readonly enableAuthExpiration?: boolean;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions */
export interface RedisProtocolOptions {
  readonly authPassword?: DataSource;
  readonly authUsername?: DataSource;
  readonly awsIam?: AwsIam;
  readonly credentials?: readonly RedisProtocolOptionsCredential[];
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions.Credential */
export interface RedisProtocolOptionsCredential {
  readonly address?: Address;
  readonly authPassword?: DataSource;
  readonly authUsername?: DataSource;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy */
export interface RedisProxy {
  readonly statPrefix?: string;
  readonly settings?: RedisProxyConnPoolSettings;
  readonly latencyInMicros?: boolean;
  readonly prefixRoutes?: RedisProxyPrefixRoutes;
  readonly downstreamAuthPassword?: DataSource;
  readonly downstreamAuthPasswords?: readonly DataSource[];
  readonly faults?: readonly RedisProxyRedisFault[];
  readonly downstreamAuthUsername?: DataSource;
  readonly externalAuthProvider?: RedisExternalAuthProvider;
  readonly customCommands?: readonly string[];
  readonly protocolVersion?: RedisProxyProtocolVersion;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnPoolSettings */
export interface RedisProxyConnPoolSettings {
  readonly opTimeout?: number;
  readonly enableHashtagging?: boolean;
  readonly enableRedirection?: boolean;
  readonly dnsCacheConfig?: DnsCacheConfig;
  readonly maxBufferSizeBeforeFlush?: number;
  readonly bufferFlushTimeout?: number;
  readonly maxUpstreamUnknownConnections?: number;
  readonly enableCommandStats?: boolean;
  readonly readPolicy?: RedisProxyConnPoolSettingsReadPolicy;
  readonly connectionRateLimit?: RedisProxyConnectionRateLimit;
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
  readonly connectionRateLimitPerSec?: number;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes */
export interface RedisProxyPrefixRoutes {
  readonly routes?: readonly RedisProxyPrefixRoutesRoute[];
  readonly caseInsensitive?: boolean;
  readonly catchAllRoute?: RedisProxyPrefixRoutesRoute;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route */
export interface RedisProxyPrefixRoutesRoute {
  readonly prefix?: string;
  readonly removePrefix?: boolean;
  readonly cluster?: string;
  readonly requestMirrorPolicy?: readonly RedisProxyPrefixRoutesRouteRequestMirrorPolicy[];
  readonly keyFormatter?: string;
  readonly readCommandPolicy?: RedisProxyPrefixRoutesRouteReadCommandPolicy;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.ReadCommandPolicy */
export interface RedisProxyPrefixRoutesRouteReadCommandPolicy {
  readonly cluster?: string;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy */
export interface RedisProxyPrefixRoutesRouteRequestMirrorPolicy {
  readonly cluster?: string;
  readonly runtimeFraction?: RuntimeFractionalPercent;
  readonly excludeReadCommands?: boolean;
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ProtocolVersion */
export type RedisProxyProtocolVersion = 'RESP2' | 'RESP3';

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.RedisFault */
export interface RedisProxyRedisFault {
  readonly faultType?: RedisProxyRedisFaultRedisFaultType;
  readonly faultEnabled?: RuntimeFractionalPercent;
  readonly delay?: number;
  readonly commands?: readonly string[];
}

/** envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.RedisFault.RedisFaultType */
export type RedisProxyRedisFaultRedisFaultType = 'DELAY' | 'ERROR';

/** envoy.extensions.filters.network.set_filter_state.v3.Config */
export interface NetworkSetFilterStateConfig {
  readonly onNewConnection?: readonly FilterStateValue[];
  readonly onDownstreamTlsHandshake?: readonly FilterStateValue[];
  readonly onDownstreamData?: readonly FilterStateValue[];
}

/** envoy.extensions.filters.network.sni_cluster.v3.SniCluster */
export type SniCluster = Record<string, never>;

/** envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig */
export interface SniDynamicForwardProxyFilterConfig {
  readonly dnsCacheConfig?: DnsCacheConfig;
  readonly portValue?: number;
  readonly saveUpstreamAddress?: boolean;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.ProxyProtocolTlvMergePolicy */
export type ProxyProtocolTlvMergePolicy =
  | 'ADD_IF_ABSENT'
  | 'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD'
  | 'APPEND_IF_EXISTS_OR_ADD';

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy */
export interface TcpProxy {
  readonly statPrefix?: string;
  readonly cluster?: string;
  readonly weightedClusters?: TcpProxyWeightedCluster;
  readonly onDemand?: TcpProxyOnDemand;
  readonly metadataMatch?: Metadata;
  readonly idleTimeout?: number;
  readonly downstreamIdleTimeout?: number;
  readonly upstreamIdleTimeout?: number;
  readonly accessLog?: readonly AccessLog[];
  readonly maxConnectAttempts?: number;
  readonly backoffOptions?: BackoffStrategy;
  readonly hashPolicy?: readonly HashPolicy[];
  readonly tunnelingConfig?: TcpProxyTunnelingConfig;
  readonly maxDownstreamConnectionDuration?: number;
  readonly maxDownstreamConnectionDurationJitterPercentage?: Percent;
  readonly accessLogFlushInterval?: number;
  readonly flushAccessLogOnConnected?: boolean;
  readonly accessLogOptions?: TcpProxyTcpAccessLogOptions;
  readonly proxyProtocolTlvs?: readonly TlvEntry[];
  readonly proxyProtocolTlvMergePolicy?: ProxyProtocolTlvMergePolicy;
  readonly upstreamConnectMode?: UpstreamConnectMode;
  readonly maxEarlyDataBytes?: number;
  readonly checkDrainClose?: boolean;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.OnDemand */
export interface TcpProxyOnDemand {
  readonly odcdsConfig?: ConfigSource;
  readonly resourcesLocator?: string;
  readonly timeout?: number;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions */
export interface TcpProxyTcpAccessLogOptions {
  readonly accessLogFlushInterval?: number;
  readonly flushAccessLogOnConnected?: boolean;
  readonly flushAccessLogOnStart?: boolean;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig */
export interface TcpProxyTunnelingConfig {
  readonly hostname?: string;
  readonly usePost?: boolean;
  readonly headersToAdd?: readonly HeaderValueOption[];
  readonly propagateResponseHeaders?: boolean;
  readonly postPath?: string;
  readonly propagateResponseTrailers?: boolean;
  readonly requestIdExtension?: RequestIDExtension;
  readonly requestIdHeader?: string;
  readonly requestIdMetadataKey?: string;
  readonly formatters?: readonly TypedExtensionConfig[];
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster */
export interface TcpProxyWeightedCluster {
  readonly clusters?: readonly TcpProxyWeightedClusterClusterWeight[];
}

/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight */
export interface TcpProxyWeightedClusterClusterWeight {
  readonly name?: string;
  readonly weight?: number;
  readonly metadataMatch?: Metadata;
}

/** envoy.extensions.filters.network.tcp_proxy.v3.UpstreamConnectMode */
export type UpstreamConnectMode = 'IMMEDIATE' | 'ON_DOWNSTREAM_DATA' | 'ON_DOWNSTREAM_TLS_HANDSHAKE';

/** envoy.extensions.filters.udp.udp_proxy.session.dynamic_forward_proxy.v3.FilterConfig */
export interface DynamicForwardProxyFilterConfig {
  readonly statPrefix?: string;
  readonly dnsCacheConfig?: DnsCacheConfig;
  readonly bufferOptions?: DynamicForwardProxyFilterConfigBufferOptions;
}

/** envoy.extensions.filters.udp.udp_proxy.session.dynamic_forward_proxy.v3.FilterConfig.BufferOptions */
export interface DynamicForwardProxyFilterConfigBufferOptions {
  readonly maxBufferedDatagrams?: number;
  readonly maxBufferedBytes?: number;
}

/** envoy.extensions.filters.udp.udp_proxy.session.ext_authz.v3.FilterConfig */
export interface ExtAuthzFilterConfig {
  readonly statPrefix?: string;
  readonly grpcService?: GrpcService;
  readonly failureModeAllow?: boolean;
  readonly bufferOptions?: ExtAuthzFilterConfigBufferOptions;
}

/** envoy.extensions.filters.udp.udp_proxy.session.ext_authz.v3.FilterConfig.BufferOptions */
export interface ExtAuthzFilterConfigBufferOptions {
  readonly maxBufferedDatagrams?: number;
  readonly maxBufferedBytes?: number;
}

/** envoy.extensions.filters.udp.udp_proxy.session.http_capsule.v3.FilterConfig */
export type HttpCapsuleFilterConfig = Record<string, never>;

/** envoy.extensions.filters.udp.udp_proxy.v3.Route */
export interface UdpProxyRoute {
  readonly cluster?: string;
}

/** envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig */
export interface UdpProxyConfig {
  readonly statPrefix?: string;
  readonly cluster?: string;
  readonly matcher?: XdsMatcher;
  readonly idleTimeout?: number;
  readonly useOriginalSrcIp?: boolean;
  readonly hashPolicies?: readonly UdpProxyConfigHashPolicy[];
  readonly upstreamSocketConfig?: UdpSocketConfig;
  readonly usePerPacketLoadBalancing?: boolean;
  readonly accessLog?: readonly AccessLog[];
  readonly proxyAccessLog?: readonly AccessLog[];
  readonly sessionFilters?: readonly UdpProxyConfigSessionFilter[];
  readonly tunnelingConfig?: UdpProxyConfigUdpTunnelingConfig;
  readonly accessLogOptions?: UdpProxyConfigUdpAccessLogOptions;
}

/** envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.HashPolicy */
export interface UdpProxyConfigHashPolicy {
  readonly sourceIp?: boolean;
  readonly key?: string;
}

/** envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.SessionFilter */
export interface UdpProxyConfigSessionFilter {
  readonly name?: string;
  readonly typedConfig?: Any;
  readonly configDiscovery?: ExtensionConfigSource;
}

/** envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpAccessLogOptions */
export interface UdpProxyConfigUdpAccessLogOptions {
  readonly accessLogFlushInterval?: number;
  readonly flushAccessLogOnTunnelConnected?: boolean;
}

/** envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig */
export interface UdpProxyConfigUdpTunnelingConfig {
  readonly proxyHost?: string;
  readonly proxyPort?: number;
  readonly targetHost?: string;
  readonly defaultTargetPort?: number;
  readonly usePost?: boolean;
  readonly postPath?: string;
  readonly retryOptions?: UdpProxyConfigUdpTunnelingConfigRetryOptions;
  readonly headersToAdd?: readonly HeaderValueOption[];
  readonly bufferOptions?: UdpProxyConfigUdpTunnelingConfigBufferOptions;
  readonly propagateResponseHeaders?: boolean;
  readonly propagateResponseTrailers?: boolean;
  readonly formatters?: readonly TypedExtensionConfig[];
}

/** envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig.BufferOptions */
export interface UdpProxyConfigUdpTunnelingConfigBufferOptions {
  readonly maxBufferedDatagrams?: number;
  readonly maxBufferedBytes?: number;
}

/** envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig.RetryOptions */
export interface UdpProxyConfigUdpTunnelingConfigRetryOptions {
  readonly maxConnectAttempts?: number;
  readonly backoffOptions?: BackoffStrategy;
}

/** envoy.extensions.formatter.cel.v3.Cel */
export interface Cel {
  readonly celConfig?: CelExpressionConfig;
}

/** envoy.extensions.formatter.metadata.v3.Metadata */
export type MetadataMetadata = Record<string, never>;

/** envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink */
export interface HealthCheckEventFileSink {
  readonly eventLogPath?: string;
}

/** envoy.extensions.health_checkers.redis.v3.Redis */
export interface Redis {
  readonly key?: string;
  readonly awsIam?: AwsIam;
}

/** envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig */
export type SimpleHttpCacheConfig = Record<string, never>;

/** envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy */
export interface LocalResponsePolicy {
  readonly body?: DataSource;
  readonly bodyFormat?: SubstitutionFormatString;
  readonly statusCode?: number;
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly preserveResponseCodeDetails?: boolean;
  readonly responseCodeDetails?: string;
}

/** envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy */
export interface RedirectPolicy {
  readonly uri?: string;
  readonly redirectAction?: RedirectAction;
  readonly statusCode?: number;
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly modifyRequestHeadersAction?: TypedExtensionConfig;
}

/** envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation */
export interface HeaderMutationHeaderMutation {
  readonly mutations?: readonly MutationRulesHeaderMutation[];
}

/** envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig */
export interface PreserveCaseFormatterConfig {
  readonly forwardReasonPhrase?: boolean;
  readonly formatterTypeOnEnvoyHeaders?: PreserveCaseFormatterConfigFormatterTypeOnEnvoyHeaders;
}

/** envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig.FormatterTypeOnEnvoyHeaders */
export type PreserveCaseFormatterConfigFormatterTypeOnEnvoyHeaders = 'DEFAULT' | 'PROPER_CASE';

/** envoy.extensions.http.injected_credentials.generic.v3.Generic */
export interface Generic {
  readonly credential?: SdsSecretConfig;
  readonly header?: string;
  readonly headerValuePrefix?: string;
}

/** envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2 */
export interface OAuth2 {
  readonly tokenEndpoint?: HttpUri;
  readonly scopes?: readonly string[];
  readonly clientCredentials?: OAuth2ClientCredentials;
  readonly tokenFetchRetryInterval?: number;
  readonly endpointParams?: readonly OAuth2EndpointParameter[];
}

/** envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.AuthType */
export type OAuth2AuthType = 'BASIC_AUTH' | 'URL_ENCODED_BODY' | 'TLS_CLIENT_AUTH';

/** envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.ClientCredentials */
export interface OAuth2ClientCredentials {
  readonly clientId?: string;
  readonly clientSecret?: SdsSecretConfig;
  readonly authType?: OAuth2AuthType;
}

/** envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.EndpointParameter */
export interface OAuth2EndpointParameter {
  readonly name?: string;
  readonly value?: string;
}

/** envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig */
export interface CustomHeaderConfig {
  readonly headerName?: string;
  readonly allowExtensionToSetAddressAsTrusted?: boolean;
  readonly rejectWithStatus?: HttpStatus;
}

/** envoy.extensions.http.original_ip_detection.xff.v3.XffConfig */
export interface XffConfig {
  readonly xffNumTrustedHops?: number;
  readonly xffTrustedCidrs?: XffTrustedCidrs;
  readonly skipXffAppend?: boolean;
}

/** envoy.extensions.http.original_ip_detection.xff.v3.XffTrustedCidrs */
export interface XffTrustedCidrs {
  readonly cidrs?: readonly CidrRange[];
}

/** envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState */
export interface CookieBasedSessionState {
  readonly cookie?: Cookie;
}

/** envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState */
export interface EnvelopeSessionState {
  readonly header?: EnvelopeSessionStateHeader;
}

/** envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState.Header */
export interface EnvelopeSessionStateHeader {
  readonly name?: string;
}

/** envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState */
export interface HeaderBasedSessionState {
  readonly name?: string;
}

/** envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig */
export interface AllowListedRoutesConfig {
  readonly allowedRouteNames?: readonly string[];
}

/** envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig */
export type PreviousRoutesConfig = Record<string, never>;

/** envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig */
export type SafeCrossSchemeConfig = Record<string, never>;

/** envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided */
export type ClusterProvided = Record<string, never>;

/** envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig */
export interface ConsistentHashingLbConfig {
  readonly useHostnameForHashing?: boolean;
  readonly hashBalanceFactor?: number;
  readonly hashPolicy?: readonly RouteActionHashPolicy[];
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig */
export interface LocalityLbConfig {
  readonly zoneAwareLbConfig?: LocalityLbConfigZoneAwareLbConfig;
  readonly localityWeightedLbConfig?: LocalityLbConfigLocalityWeightedLbConfig;
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.LocalityWeightedLbConfig */
export type LocalityLbConfigLocalityWeightedLbConfig = Record<string, never>;

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig */
export interface LocalityLbConfigZoneAwareLbConfig {
  readonly routingEnabled?: Percent;
  readonly minClusterSize?: number;
  readonly failTrafficOnPanic?: boolean;
  readonly forceLocalityDirectRouting?: boolean;
  readonly forceLocalZone?: LocalityLbConfigZoneAwareLbConfigForceLocalZone;
  readonly localityBasis?: LocalityLbConfigZoneAwareLbConfigLocalityBasis;
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig.ForceLocalZone */
export interface LocalityLbConfigZoneAwareLbConfigForceLocalZone {
  readonly minSize?: number;
}

/** envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig.LocalityBasis */
export type LocalityLbConfigZoneAwareLbConfigLocalityBasis = 'HEALTHY_HOSTS_NUM' | 'HEALTHY_HOSTS_WEIGHT';

/** envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig */
export interface SlowStartConfig {
  readonly slowStartWindow?: number;
  readonly aggression?: RuntimeDouble;
  readonly minWeightPercent?: Percent;
}

/** envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest */
export interface LeastRequest {
  readonly choiceCount?: number;
  readonly activeRequestBias?: RuntimeDouble;
  readonly slowStartConfig?: SlowStartConfig;
  readonly localityLbConfig?: LocalityLbConfig;
  readonly enableFullScan?: boolean;
  readonly selectionMethod?: LeastRequestSelectionMethod;
}

/** envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest.SelectionMethod */
export type LeastRequestSelectionMethod = 'N_CHOICES' | 'FULL_SCAN';

/** envoy.extensions.load_balancing_policies.maglev.v3.Maglev */
export interface Maglev {
  readonly tableSize?: number;
  readonly consistentHashingLbConfig?: ConsistentHashingLbConfig;
  readonly localityWeightedLbConfig?: LocalityLbConfigLocalityWeightedLbConfig;
}

/** envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost */
export interface OverrideHost {
  readonly overrideHostSources?: readonly OverrideHostOverrideHostSource[];
  readonly selectedHostKey?: MetadataKey;
  readonly fallbackPolicy?: LoadBalancingPolicy;
}

/** envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost.OverrideHostSource */
export interface OverrideHostOverrideHostSource {
  readonly header?: string;
  readonly metadata?: MetadataKey;
}

/** envoy.extensions.load_balancing_policies.random.v3.Random */
export interface Random {
  readonly localityLbConfig?: LocalityLbConfig;
}

/** envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash */
export interface RingHash {
  readonly hashFunction?: RingHashHashFunction;
  readonly minimumRingSize?: number;
  readonly maximumRingSize?: number;
  readonly useHostnameForHashing?: boolean;
  readonly hashBalanceFactor?: number;
  readonly consistentHashingLbConfig?: ConsistentHashingLbConfig;
  readonly localityWeightedLbConfig?: LocalityLbConfigLocalityWeightedLbConfig;
}

/** envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash.HashFunction */
export type RingHashHashFunction = 'DEFAULT_HASH' | 'XX_HASH' | 'MURMUR_HASH_2';

/** envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin */
export interface RoundRobin {
  readonly slowStartConfig?: SlowStartConfig;
  readonly localityLbConfig?: LocalityLbConfig;
}

/** envoy.extensions.load_balancing_policies.subset.v3.Subset */
export interface Subset {
  readonly fallbackPolicy?: SubsetLbSubsetFallbackPolicy;
  readonly defaultSubset?: Struct;
  readonly subsetSelectors?: readonly SubsetLbSubsetSelector[];
  readonly allowRedundantKeys?: boolean;
  readonly localityWeightAware?: boolean;
  readonly scaleLocalityWeight?: boolean;
  readonly panicModeAny?: boolean;
  readonly listAsAny?: boolean;
  readonly metadataFallbackPolicy?: SubsetLbSubsetMetadataFallbackPolicy;
  readonly subsetLbPolicy?: LoadBalancingPolicy;
}

/** envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetFallbackPolicy */
export type SubsetLbSubsetFallbackPolicy = 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET';

/** envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetMetadataFallbackPolicy */
export type SubsetLbSubsetMetadataFallbackPolicy = 'METADATA_NO_FALLBACK' | 'FALLBACK_LIST';

/** envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetSelector */
export interface SubsetLbSubsetSelector {
  readonly keys?: readonly string[];
  readonly singleHostPerSubset?: boolean;
  readonly fallbackPolicy?: SubsetLbSubsetSelectorLbSubsetSelectorFallbackPolicy;
  readonly fallbackKeysSubset?: readonly string[];
}

/** envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetSelector.LbSubsetSelectorFallbackPolicy */
export type SubsetLbSubsetSelectorLbSubsetSelectorFallbackPolicy =
  | 'NOT_DEFINED'
  | 'NO_FALLBACK'
  | 'ANY_ENDPOINT'
  | 'DEFAULT_SUBSET'
  | 'KEYS_SUBSET';

/** envoy.extensions.matching.common_inputs.network.v3.ApplicationProtocolInput */
export type ApplicationProtocolInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.DestinationIPInput */
export type DestinationIPInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput */
export type DestinationPortInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.DirectSourceIPInput */
export type DirectSourceIPInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput */
export interface DynamicMetadataInput {
  readonly filter?: string;
  readonly path?: readonly DynamicMetadataInputPathSegment[];
}

/** envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput.PathSegment */
export interface DynamicMetadataInputPathSegment {
  readonly key?: string;
}

/** envoy.extensions.matching.common_inputs.network.v3.FilterStateInput */
export interface FilterStateInput {
  readonly key?: string;
  readonly field?: string;
}

/** envoy.extensions.matching.common_inputs.network.v3.ServerNameInput */
export type ServerNameInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.SourceIPInput */
export type SourceIPInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.SourcePortInput */
export type SourcePortInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.SourceTypeInput */
export type SourceTypeInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.network.v3.TransportProtocolInput */
export type TransportProtocolInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.ssl.v3.DnsSanInput */
export type DnsSanInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.ssl.v3.SubjectInput */
export type SubjectInput = Record<string, never>;

/** envoy.extensions.matching.common_inputs.ssl.v3.UriSanInput */
export type UriSanInput = Record<string, never>;

/** envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing */
export interface ConsistentHashing {
  readonly threshold?: number;
  readonly modulo?: number;
  readonly seed?: number;
}

/** envoy.extensions.matching.input_matchers.ip.v3.Ip */
export interface Ip {
  readonly cidrRanges?: readonly CidrRange[];
  readonly statPrefix?: string;
}

/** envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction */
export interface RuntimeFraction {
  readonly runtimeFraction?: RuntimeFractionalPercent;
  readonly seed?: number;
}

/** envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig */
export interface CaresDnsResolverConfig {
  readonly resolvers?: readonly Address[];
  readonly useResolversAsFallback?: boolean;
  readonly filterUnroutableFamilies?: boolean;
  readonly dnsResolverOptions?: DnsResolverOptions;
  readonly udpMaxQueries?: number;
  readonly queryTimeoutSeconds?: number;
  readonly queryTries?: number;
  readonly rotateNameservers?: boolean;
  readonly edns0MaxPayloadSize?: number;
  readonly maxUdpChannelDuration?: number;
  readonly reinitChannelOnTimeout?: boolean;
  readonly qcacheMaxTtl?: number;
}

/** envoy.extensions.network.socket_interface.v3.DefaultSocketInterface */
export interface DefaultSocketInterface {
  readonly ioUringOptions?: IoUringOptions;
}

/** envoy.extensions.network.socket_interface.v3.IoUringOptions */
export interface IoUringOptions {
  readonly ioUringSize?: number;
  readonly enableSubmissionQueuePolling?: boolean;
  readonly readBufferSize?: number;
  readonly writeTimeoutMs?: number;
  readonly writeHighWatermarkBytes?: number;
  readonly writeLowWatermarkBytes?: number;
  readonly enableMultishotReceive?: boolean;
}

/** envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig */
export interface UriTemplateMatchConfig {
  readonly pathTemplate?: string;
}

/** envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig */
export interface UriTemplateRewriteConfig {
  readonly pathTemplateRewrite?: string;
}

/** envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor */
export interface Descriptor {
  readonly descriptorKey?: string;
  readonly skipIfError?: boolean;
  readonly text?: string;
  readonly parsed?: OlderCelExpr;
}

/** envoy.extensions.regex_engines.v3.GoogleRE2 */
export type GoogleRE2 = Record<string, never>;

/** envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig */
export interface UuidRequestIdConfig {
  readonly packTraceReason?: boolean;
  readonly useRequestIdForTraceSampling?: boolean;
}

/** envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig */
export interface CgroupMemoryConfig {
  readonly maxMemoryBytes?: number;
}

/** envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig */
export interface CpuUtilizationConfig {
  readonly mode?: CpuUtilizationConfigUtilizationComputeStrategy;
}

/** envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig.UtilizationComputeStrategy */
export type CpuUtilizationConfigUtilizationComputeStrategy = 'HOST' | 'CONTAINER';

/** envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig */
export interface DownstreamConnectionsConfig {
  readonly maxActiveDownstreamConnections?: number;
}

/** envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig */
export interface FixedHeapConfig {
  readonly maxHeapSizeBytes?: number;
  readonly maxHeapSizeBytesRuntime?: RuntimeUInt64;
}

/** envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig */
export interface InjectedResourceConfig {
  readonly filename?: string;
}

/** envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate */
export type OmitCanaryHostsPredicate = Record<string, never>;

/** envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig */
export interface OmitHostMetadataConfig {
  readonly metadataMatch?: Metadata;
}

/** envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate */
export type PreviousHostsPredicate = Record<string, never>;

/** envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig */
export interface PreviousPrioritiesConfig {
  readonly updateFrequency?: number;
}

/** envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig */
export interface LuaConfig {
  readonly sourceCode?: DataSource;
  readonly defaultCluster?: string;
}

/** envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink */
export interface GraphiteStatsdSink {
  readonly address?: Address;
  readonly prefix?: string;
  readonly maxBytesPerDatagram?: number;
  readonly scaleHistogramUnitsToMilliseconds?: boolean;
}

/** envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig */
export interface SinkConfig {
  readonly grpcService?: GrpcService;
  readonly httpService?: CoreHttpService;
  readonly resourceDetectors?: readonly TypedExtensionConfig[];
  readonly reportCountersAsDeltas?: boolean;
  readonly reportHistogramsAsDeltas?: boolean;
  readonly emitTagsAsAttributes?: boolean;
  readonly useTagExtractedName?: boolean;
  readonly prefix?: string;
  readonly customMetricConversions?: XdsMatcher;
  readonly maxDataPointsPerRequest?: number;
}

/** envoy.extensions.tracers.opentelemetry.resource_detectors.v3.EnvironmentResourceDetectorConfig */
export type EnvironmentResourceDetectorConfig = Record<string, never>;

/** envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig */
export interface StaticConfigResourceDetectorConfig {
  readonly attributes?: ReadonlyMap<string, string>;
}

/** envoy.extensions.tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig */
export type AlwaysOnSamplerConfig = Record<string, never>;

/** envoy.extensions.tracers.opentelemetry.samplers.v3.ParentBasedSamplerConfig */
export interface ParentBasedSamplerConfig {
  readonly wrappedSampler?: TypedExtensionConfig;
}

/** envoy.extensions.tracers.opentelemetry.samplers.v3.TraceIdRatioBasedSamplerConfig */
export interface TraceIdRatioBasedSamplerConfig {
  readonly samplingPercentage?: FractionalPercent;
}

/** envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport */
export interface Http11ProxyUpstreamTransport {
  readonly transportSocket?: TransportSocket;
  readonly defaultProxyAddress?: Address;
}

/** envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport */
export interface ProxyProtocolUpstreamTransport {
  readonly config?: ProxyProtocolConfig;
  readonly transportSocket?: TransportSocket;
  readonly allowUnspecifiedAddress?: boolean;
  readonly tlvAsPoolKey?: boolean;
}

/** envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer */
export type RawBuffer = Record<string, never>;

/** envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig */
export interface StartTlsConfig {
  readonly cleartextSocketConfig?: RawBuffer;
  readonly tlsSocketConfig?: DownstreamTlsContext;
}

/** envoy.extensions.transport_sockets.starttls.v3.UpstreamStartTlsConfig */
export interface UpstreamStartTlsConfig {
  readonly cleartextSocketConfig?: RawBuffer;
  readonly tlsSocketConfig?: UpstreamTlsContext;
}

/** envoy.extensions.transport_sockets.tls.v3.CertificateProviderPluginInstance */
export interface CertificateProviderPluginInstance {
  readonly instanceName?: string;
  readonly certificateName?: string;
}

/** envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext */
export interface CertificateValidationContext {
  readonly trustedCa?: DataSource;
  readonly caCertificateProviderInstance?: CertificateProviderPluginInstance;
  readonly systemRootCerts?: CertificateValidationContextSystemRootCerts;
  readonly watchedDirectory?: WatchedDirectory;
  readonly verifyCertificateSpki?: readonly string[];
  readonly verifyCertificateHash?: readonly string[];
  readonly matchTypedSubjectAltNames?: readonly SubjectAltNameMatcher[];
  readonly matchSubjectAltNames?: readonly StringMatcher[];
  readonly requireSignedCertificateTimestamp?: boolean;
  readonly crl?: DataSource;
  readonly allowExpiredCertificate?: boolean;
  readonly trustChainVerification?: CertificateValidationContextTrustChainVerification;
  readonly customValidatorConfig?: TypedExtensionConfig;
  readonly onlyVerifyLeafCertCrl?: boolean;
  readonly maxVerifyDepth?: number;
  readonly suppressClientCaList?: boolean;
}

/** envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts */
export type CertificateValidationContextSystemRootCerts = Record<string, never>;

/** envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification */
export type CertificateValidationContextTrustChainVerification = 'VERIFY_TRUST_CHAIN' | 'ACCEPT_UNTRUSTED';

/** envoy.extensions.transport_sockets.tls.v3.CommonTlsContext */
export interface CommonTlsContext {
  readonly tlsParams?: TlsParameters;
  readonly tlsCertificates?: readonly TlsCertificate[];
  readonly tlsCertificateSdsSecretConfigs?: readonly SdsSecretConfig[];
  readonly tlsCertificateProviderInstance?: CertificateProviderPluginInstance;
  readonly customTlsCertificateSelector?: TypedExtensionConfig;
  readonly tlsCertificateCertificateProvider?: CommonTlsContextCertificateProvider;
  readonly tlsCertificateCertificateProviderInstance?: CommonTlsContextCertificateProviderInstance;
  readonly validationContext?: CertificateValidationContext;
  readonly validationContextSdsSecretConfig?: SdsSecretConfig;
  readonly combinedValidationContext?: CommonTlsContextCombinedCertificateValidationContext;
  readonly validationContextCertificateProvider?: CommonTlsContextCertificateProvider;
  readonly validationContextCertificateProviderInstance?: CommonTlsContextCertificateProviderInstance;
  readonly alpnProtocols?: readonly string[];
  readonly customHandshaker?: TypedExtensionConfig;
  readonly keyLog?: TlsKeyLog;
}

/** envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CertificateProvider */
export interface CommonTlsContextCertificateProvider {
  readonly name?: string;
  readonly typedConfig?: TypedExtensionConfig;
}

/** envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CertificateProviderInstance */
export interface CommonTlsContextCertificateProviderInstance {
  readonly instanceName?: string;
  readonly certificateName?: string;
}

/** envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext */
export interface CommonTlsContextCombinedCertificateValidationContext {
  readonly defaultValidationContext?: CertificateValidationContext;
  readonly validationContextSdsSecretConfig?: SdsSecretConfig;
  readonly validationContextCertificateProvider?: CommonTlsContextCertificateProvider;
  readonly validationContextCertificateProviderInstance?: CommonTlsContextCertificateProviderInstance;
}

/** envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext */
export interface DownstreamTlsContext {
  readonly commonTlsContext?: CommonTlsContext;
  readonly requireClientCertificate?: boolean;
  readonly requireSni?: boolean;
  readonly sessionTicketKeys?: TlsSessionTicketKeys;
  readonly sessionTicketKeysSdsSecretConfig?: SdsSecretConfig;
  readonly disableStatelessSessionResumption?: boolean;
  readonly disableStatefulSessionResumption?: boolean;
  readonly sessionTimeout?: number;
  readonly ocspStaplePolicy?: DownstreamTlsContextOcspStaplePolicy;
  readonly fullScanCertsOnSniMismatch?: boolean;
  readonly preferClientCiphers?: boolean;
}

/** envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext.OcspStaplePolicy */
export type DownstreamTlsContextOcspStaplePolicy = 'LENIENT_STAPLING' | 'STRICT_STAPLING' | 'MUST_STAPLE';

/** envoy.extensions.transport_sockets.tls.v3.GenericSecret */
export interface GenericSecret {
  readonly secret?: DataSource;
  readonly secrets?: ReadonlyMap<string, DataSource>;
}

/** envoy.extensions.transport_sockets.tls.v3.PrivateKeyProvider */
export interface PrivateKeyProvider {
  readonly providerName?: string;
  readonly typedConfig?: Any;
  readonly fallback?: boolean;
}

/** envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig */
export interface SPIFFECertValidatorConfig {
  readonly trustDomains?: readonly SPIFFECertValidatorConfigTrustDomain[];
  readonly trustBundles?: DataSource;
}

/** envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig.TrustDomain */
export interface SPIFFECertValidatorConfigTrustDomain {
  readonly name?: string;
  readonly trustBundle?: DataSource;
  readonly workloadTrustDomain?: string;
}

/** envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig */
export interface SdsSecretConfig {
  readonly name?: string;
  readonly sdsConfig?: ConfigSource;
}

/** envoy.extensions.transport_sockets.tls.v3.Secret */
export interface Secret {
  readonly name?: string;
  readonly tlsCertificate?: TlsCertificate;
  readonly sessionTicketKeys?: TlsSessionTicketKeys;
  readonly validationContext?: CertificateValidationContext;
  readonly genericSecret?: GenericSecret;
}

/** envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher */
export interface SubjectAltNameMatcher {
  readonly sanType?: SubjectAltNameMatcherSanType;
  readonly matcher?: StringMatcher;
  readonly oid?: string;
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
  readonly certificateChain?: DataSource;
  readonly privateKey?: DataSource;
  readonly pkcs12?: DataSource;
  readonly watchedDirectory?: WatchedDirectory;
  readonly privateKeyProvider?: PrivateKeyProvider;
  readonly password?: DataSource;
  readonly ocspStaple?: DataSource;
  readonly signedCertificateTimestamp?: readonly DataSource[];
  readonly tlsParams?: TlsParameters;
}

/** envoy.extensions.transport_sockets.tls.v3.TlsKeyLog */
export interface TlsKeyLog {
  readonly path?: string;
  readonly localAddressRange?: readonly CidrRange[];
  readonly remoteAddressRange?: readonly CidrRange[];
}

/** envoy.extensions.transport_sockets.tls.v3.TlsParameters */
export interface TlsParameters {
  readonly tlsMinimumProtocolVersion?: TlsParametersTlsProtocol;
  readonly tlsMaximumProtocolVersion?: TlsParametersTlsProtocol;
  readonly cipherSuites?: readonly string[];
  readonly ecdhCurves?: readonly string[];
  readonly signatureAlgorithms?: readonly string[];
  readonly compliancePolicies?: readonly TlsParametersCompliancePolicy[];
}

/** envoy.extensions.transport_sockets.tls.v3.TlsParameters.CompliancePolicy */
export type TlsParametersCompliancePolicy = 'FIPS_202205' | 'CNSA2_202603' | 'CNSA1_202603';

/** envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol */
export type TlsParametersTlsProtocol = 'TLS_AUTO' | 'TLSv1_0' | 'TLSv1_1' | 'TLSv1_2' | 'TLSv1_3';

/** envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys */
export interface TlsSessionTicketKeys {
  readonly keys?: readonly DataSource[];
}

/** envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext */
export interface UpstreamTlsContext {
  readonly commonTlsContext?: CommonTlsContext;
  readonly sni?: string;
  readonly autoHostSni?: boolean;
  readonly autoSniSanValidation?: boolean;
  readonly allowRenegotiation?: boolean;
  readonly maxSessionKeys?: number;
  readonly enforceRsaKeyUsage?: boolean;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions */
export interface HttpHttpProtocolOptions {
  readonly commonHttpProtocolOptions?: CoreHttpProtocolOptions;
  readonly upstreamHttpProtocolOptions?: UpstreamHttpProtocolOptions;
  readonly explicitHttpConfig?: HttpProtocolOptionsExplicitHttpConfig;
  readonly useDownstreamProtocolConfig?: HttpProtocolOptionsUseDownstreamHttpConfig;
  readonly autoConfig?: HttpProtocolOptionsAutoHttpConfig;
  readonly httpFilters?: readonly HttpFilter[];
  readonly headerValidationConfig?: TypedExtensionConfig;
  readonly outlierDetection?: HttpProtocolOptionsOutlierDetection;
  readonly requestMirrorPolicies?: readonly RouteActionRequestMirrorPolicy[];
  readonly hashPolicy?: readonly RouteActionHashPolicy[];
  readonly retryPolicy?: RouteRetryPolicy;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig */
export interface HttpProtocolOptionsAutoHttpConfig {
  readonly httpProtocolOptions?: Http1ProtocolOptions;
  readonly http2ProtocolOptions?: Http2ProtocolOptions;
  readonly http3ProtocolOptions?: Http3ProtocolOptions;
  readonly alternateProtocolsCacheOptions?: AlternateProtocolsCacheOptions;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig */
export interface HttpProtocolOptionsExplicitHttpConfig {
  readonly httpProtocolOptions?: Http1ProtocolOptions;
  readonly http2ProtocolOptions?: Http2ProtocolOptions;
  readonly http3ProtocolOptions?: Http3ProtocolOptions;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.OutlierDetection */
export interface HttpProtocolOptionsOutlierDetection {
  readonly errorMatcher?: MatcherMatchPredicate;
}

/** envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig */
export interface HttpProtocolOptionsUseDownstreamHttpConfig {
  readonly httpProtocolOptions?: Http1ProtocolOptions;
  readonly http2ProtocolOptions?: Http2ProtocolOptions;
  readonly http3ProtocolOptions?: Http3ProtocolOptions;
}

/** envoy.service.auth.v3.AttributeContext */
export interface AttributeContext {
  readonly source?: AttributeContextPeer;
  readonly destination?: AttributeContextPeer;
  readonly request?: AttributeContextRequest;
  readonly contextExtensions?: ReadonlyMap<string, string>;
  readonly metadataContext?: Metadata;
  readonly routeMetadataContext?: Metadata;
  readonly tlsSession?: AttributeContextTLSSession;
}

/** envoy.service.auth.v3.AttributeContext.HttpRequest */
export interface AttributeContextHttpRequest {
  readonly id?: string;
  readonly method?: string;
  readonly headers?: ReadonlyMap<string, string>;
  readonly headerMap?: HeaderMap;
  readonly path?: string;
  readonly host?: string;
  readonly scheme?: string;
  readonly query?: string;
  readonly fragment?: string;
  readonly size?: number;
  readonly protocol?: string;
  readonly body?: string;
  readonly rawBody?: Buffer;
}

/** envoy.service.auth.v3.AttributeContext.Peer */
export interface AttributeContextPeer {
  readonly address?: Address;
  readonly service?: string;
  readonly labels?: ReadonlyMap<string, string>;
  readonly principal?: string;
  readonly certificate?: string;
}

/** envoy.service.auth.v3.AttributeContext.Request */
export interface AttributeContextRequest {
  readonly time?: number;
  readonly http?: AttributeContextHttpRequest;
}

/** envoy.service.auth.v3.AttributeContext.TLSSession */
export interface AttributeContextTLSSession {
  readonly sni?: string;
}

/** envoy.service.auth.v3.CheckRequest */
export interface CheckRequest {
  readonly attributes?: AttributeContext;
}

/** envoy.service.auth.v3.CheckResponse */
export interface CheckResponse {
  readonly status?: unknown;
  readonly deniedResponse?: DeniedHttpResponse;
  readonly okResponse?: OkHttpResponse;
  readonly errorResponse?: DeniedHttpResponse;
  readonly dynamicMetadata?: Struct;
}

/** envoy.service.auth.v3.DeniedHttpResponse */
export interface DeniedHttpResponse {
  readonly status?: HttpStatus;
  readonly headers?: readonly HeaderValueOption[];
  readonly body?: string;
}

/** envoy.service.auth.v3.OkHttpResponse */
export interface OkHttpResponse {
  readonly headers?: readonly HeaderValueOption[];
  readonly headersToRemove?: readonly string[];
  readonly dynamicMetadata?: Struct;
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly queryParametersToSet?: readonly QueryParameter[];
  readonly queryParametersToRemove?: readonly string[];
}

/** envoy.service.discovery.v3.DiscoveryResponse */
export interface DiscoveryResponse {
  readonly versionInfo?: string;
  readonly resources?: readonly Any[];
  readonly canary?: boolean;
  readonly typeUrl?: string;
  readonly nonce?: string;
  readonly controlPlane?: ControlPlane;
  readonly resourceErrors?: readonly ResourceError[];
}

/** envoy.service.discovery.v3.DynamicParameterConstraints */
export interface DynamicParameterConstraints {
  readonly constraint?: DynamicParameterConstraintsSingleConstraint;
  readonly orConstraints?: DynamicParameterConstraintsConstraintList;
  readonly andConstraints?: DynamicParameterConstraintsConstraintList;
  readonly notConstraints?: DynamicParameterConstraints;
}

/** envoy.service.discovery.v3.DynamicParameterConstraints.ConstraintList */
export interface DynamicParameterConstraintsConstraintList {
  readonly constraints?: readonly DynamicParameterConstraints[];
}

/** envoy.service.discovery.v3.DynamicParameterConstraints.SingleConstraint */
export interface DynamicParameterConstraintsSingleConstraint {
  readonly key?: string;
  readonly value?: string;
  readonly exists?: DynamicParameterConstraintsSingleConstraintExists;
}

/** envoy.service.discovery.v3.DynamicParameterConstraints.SingleConstraint.Exists */
export type DynamicParameterConstraintsSingleConstraintExists = Record<string, never>;

/** envoy.service.discovery.v3.ResourceError */
export interface ResourceError {
  readonly resourceName?: ResourceName;
  readonly errorDetail?: unknown;
}

/** envoy.service.discovery.v3.ResourceName */
export interface ResourceName {
  readonly name?: string;
  readonly dynamicParameterConstraints?: DynamicParameterConstraints;
}

/** envoy.service.ext_proc.v3.BodyMutation */
export interface BodyMutation {
  readonly body?: Buffer;
  readonly clearBody?: boolean;
  readonly streamedResponse?: StreamedBodyResponse;
}

/** envoy.service.ext_proc.v3.BodyResponse */
export interface BodyResponse {
  readonly response?: CommonResponse;
}

/** envoy.service.ext_proc.v3.CommonResponse */
export interface CommonResponse {
  readonly status?: CommonResponseResponseStatus;
  readonly headerMutation?: ExtProcHeaderMutation;
  readonly bodyMutation?: BodyMutation;
  readonly trailers?: HeaderMap;
  readonly clearRouteCache?: boolean;
}

/** envoy.service.ext_proc.v3.CommonResponse.ResponseStatus */
export type CommonResponseResponseStatus = 'CONTINUE' | 'CONTINUE_AND_REPLACE';

/** envoy.service.ext_proc.v3.GrpcStatus */
export interface GrpcStatus {
  readonly status?: number;
}

/** envoy.service.ext_proc.v3.HeaderMutation */
export interface ExtProcHeaderMutation {
  readonly setHeaders?: readonly HeaderValueOption[];
  readonly removeHeaders?: readonly string[];
}

/** envoy.service.ext_proc.v3.HeadersResponse */
export interface HeadersResponse {
  readonly response?: CommonResponse;
}

/** envoy.service.ext_proc.v3.HttpBody */
export interface HttpBody {
  readonly body?: Buffer;
  readonly endOfStream?: boolean;
  readonly endOfStreamWithoutMessage?: boolean;
  readonly grpcMessageCompressed?: boolean;
  readonly drainComplete?: boolean;
}

/** envoy.service.ext_proc.v3.HttpHeaders */
export interface HttpHeaders {
  readonly headers?: HeaderMap;
  readonly attributes?: ReadonlyMap<string, Struct>;
  readonly endOfStream?: boolean;
}

/** envoy.service.ext_proc.v3.HttpTrailers */
export interface HttpTrailers {
  readonly trailers?: HeaderMap;
}

/** envoy.service.ext_proc.v3.ImmediateResponse */
export interface ImmediateResponse {
  readonly status?: HttpStatus;
  readonly headers?: ExtProcHeaderMutation;
  readonly body?: Buffer;
  readonly grpcStatus?: GrpcStatus;
  readonly details?: string;
}

/** envoy.service.ext_proc.v3.ProcessingRequest */
export interface ProcessingRequest {
  readonly requestHeaders?: HttpHeaders;
  readonly responseHeaders?: HttpHeaders;
  readonly requestBody?: HttpBody;
  readonly responseBody?: HttpBody;
  readonly requestTrailers?: HttpTrailers;
  readonly responseTrailers?: HttpTrailers;
  readonly metadataContext?: Metadata;
  readonly attributes?: ReadonlyMap<string, Struct>;
  readonly observabilityMode?: boolean;
  readonly protocolConfig?: ProtocolConfiguration;
  readonly flowControlInit?: ProcessingRequestFlowControlInit;
  readonly clientWindowUpdate?: ProcessingRequestClientWindowUpdate;
}

/** envoy.service.ext_proc.v3.ProcessingRequest.ClientWindowUpdate */
export interface ProcessingRequestClientWindowUpdate {
  readonly windowIncrementSidestreamToUpstream?: number;
  readonly windowIncrementSidestreamToDownstream?: number;
}

/** envoy.service.ext_proc.v3.ProcessingRequest.FlowControlInit */
export interface ProcessingRequestFlowControlInit {
  readonly initialWindowDownstreamToSidestream?: number;
  readonly initialWindowSidestreamToUpstream?: number;
  readonly initialWindowUpstreamToSidestream?: number;
  readonly initialWindowSidestreamToDownstream?: number;
}

/** envoy.service.ext_proc.v3.ProcessingResponse */
export interface ProcessingResponse {
  readonly requestHeaders?: HeadersResponse;
  readonly responseHeaders?: HeadersResponse;
  readonly requestBody?: BodyResponse;
  readonly responseBody?: BodyResponse;
  readonly requestTrailers?: TrailersResponse;
  readonly responseTrailers?: TrailersResponse;
  readonly immediateResponse?: ImmediateResponse;
  readonly streamedImmediateResponse?: StreamedImmediateResponse;
  readonly dynamicMetadata?: Struct;
  readonly typedDynamicMetadata?: ReadonlyMap<string, Any>;
  readonly modeOverride?: ProcessingMode;
  readonly requestDrain?: boolean;
  readonly requestDrainRequests?: boolean;
  readonly requestDrainResponses?: boolean;
  readonly overrideMessageTimeout?: number;
  readonly serverWindowUpdate?: ProcessingResponseServerWindowUpdate;
}

/** envoy.service.ext_proc.v3.ProcessingResponse.ServerWindowUpdate */
export interface ProcessingResponseServerWindowUpdate {
  readonly windowIncrementDownstreamToSidestream?: number;
  readonly windowIncrementUpstreamToSidestream?: number;
}

/** envoy.service.ext_proc.v3.ProtocolConfiguration */
export interface ProtocolConfiguration {
  readonly requestBodyMode?: ProcessingModeBodySendMode;
  readonly responseBodyMode?: ProcessingModeBodySendMode;
  readonly sendBodyWithoutWaitingForHeaderResponse?: boolean;
}

/** envoy.service.ext_proc.v3.StreamedBodyResponse */
export interface StreamedBodyResponse {
  readonly body?: Buffer;
  readonly endOfStream?: boolean;
  readonly endOfStreamWithoutMessage?: boolean;
  readonly grpcMessageCompressed?: boolean;
  readonly drainComplete?: boolean;
}

/** envoy.service.ext_proc.v3.StreamedImmediateResponse */
export interface StreamedImmediateResponse {
  readonly headersResponse?: HttpHeaders;
  readonly bodyResponse?: StreamedBodyResponse;
  readonly trailersResponse?: HeaderMap;
}

/** envoy.service.ext_proc.v3.TrailersResponse */
export interface TrailersResponse {
  readonly headerMutation?: ExtProcHeaderMutation;
}

/** envoy.service.ratelimit.v3.RateLimitRequest */
export interface RateLimitRequest {
  readonly domain?: string;
  readonly descriptors?: readonly RateLimitDescriptor[];
  readonly hitsAddend?: number;
}

/** envoy.service.ratelimit.v3.RateLimitResponse */
export interface RateLimitResponse {
  readonly overallCode?: RateLimitResponseCode;
  readonly statuses?: readonly RateLimitResponseDescriptorStatus[];
  readonly responseHeadersToAdd?: readonly HeaderValue[];
  readonly requestHeadersToAdd?: readonly HeaderValue[];
  readonly rawBody?: Buffer;
  readonly dynamicMetadata?: Struct;
  readonly quota?: RateLimitResponseQuota;
}

/** envoy.service.ratelimit.v3.RateLimitResponse.Code */
export type RateLimitResponseCode = 'UNKNOWN' | 'OK' | 'OVER_LIMIT';

/** envoy.service.ratelimit.v3.RateLimitResponse.DescriptorStatus */
export interface RateLimitResponseDescriptorStatus {
  readonly code?: RateLimitResponseCode;
  readonly currentLimit?: RateLimitResponseRateLimit;
  readonly limitRemaining?: number;
  readonly durationUntilReset?: number;
  readonly quota?: RateLimitResponseQuota;
}

/** envoy.service.ratelimit.v3.RateLimitResponse.Quota */
export interface RateLimitResponseQuota {
  readonly requests?: number;
  readonly validUntil?: number;
  readonly id?: string;
}

/** envoy.service.ratelimit.v3.RateLimitResponse.RateLimit */
export interface RateLimitResponseRateLimit {
  readonly name?: string;
  readonly requestsPerUnit?: number;
  readonly unit?: RateLimitResponseRateLimitUnit;
  readonly unitMultiplier?: number;
}

/** envoy.service.ratelimit.v3.RateLimitResponse.RateLimit.Unit */
export type RateLimitResponseRateLimitUnit =
  | 'UNKNOWN'
  | 'SECOND'
  | 'MINUTE'
  | 'HOUR'
  | 'DAY'
  | 'WEEK'
  | 'MONTH'
  | 'YEAR';

/** envoy.type.http.v3.Cookie */
export interface Cookie {
  readonly name?: string;
  readonly ttl?: number;
  readonly path?: string;
  readonly attributes?: readonly CookieAttribute[];
}

/** envoy.type.http.v3.CookieAttribute */
export interface CookieAttribute {
  readonly name?: string;
  readonly value?: string;
}

/** envoy.type.http.v3.PathTransformation */
export interface PathTransformation {
  readonly operations?: readonly PathTransformationOperation[];
}

/** envoy.type.http.v3.PathTransformation.Operation */
export interface PathTransformationOperation {
  readonly normalizePathRfc3986?: PathTransformationOperationNormalizePathRFC3986;
  readonly mergeSlashes?: PathTransformationOperationMergeSlashes;
}

/** envoy.type.http.v3.PathTransformation.Operation.MergeSlashes */
export type PathTransformationOperationMergeSlashes = Record<string, never>;

/** envoy.type.http.v3.PathTransformation.Operation.NormalizePathRFC3986 */
export type PathTransformationOperationNormalizePathRFC3986 = Record<string, never>;

/** envoy.type.matcher.v3.AddressMatcher */
export interface AddressMatcher {
  readonly ranges?: readonly XdsCidrRange[];
  readonly invertMatch?: boolean;
}

/** envoy.type.matcher.v3.DoubleMatcher */
export interface DoubleMatcher {
  readonly range?: DoubleRange;
  readonly exact?: number;
}

/** envoy.type.matcher.v3.FilterStateMatcher */
export interface FilterStateMatcher {
  readonly key?: string;
  readonly stringMatch?: StringMatcher;
  readonly addressMatch?: AddressMatcher;
}

/** envoy.type.matcher.v3.HttpRequestHeaderMatchInput */
export interface HttpRequestHeaderMatchInput {
  readonly headerName?: string;
}

/** envoy.type.matcher.v3.HttpRequestQueryParamMatchInput */
export interface HttpRequestQueryParamMatchInput {
  readonly queryParam?: string;
}

/** envoy.type.matcher.v3.HttpResponseHeaderMatchInput */
export interface HttpResponseHeaderMatchInput {
  readonly headerName?: string;
}

/** envoy.type.matcher.v3.HttpResponseStatusCodeClassMatchInput */
export type HttpResponseStatusCodeClassMatchInput = Record<string, never>;

/** envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput */
export type HttpResponseStatusCodeMatchInput = Record<string, never>;

/** envoy.type.matcher.v3.HttpResponseTrailerMatchInput */
export interface HttpResponseTrailerMatchInput {
  readonly headerName?: string;
}

/** envoy.type.matcher.v3.ListMatcher */
export interface ListMatcher {
  readonly oneOf?: ValueMatcher;
}

/** envoy.type.matcher.v3.ListStringMatcher */
export interface ListStringMatcher {
  readonly patterns?: readonly StringMatcher[];
}

/** envoy.type.matcher.v3.MetadataMatcher */
export interface MetadataMatcher {
  readonly filter?: string;
  readonly path?: readonly MetadataMatcherPathSegment[];
  readonly value?: ValueMatcher;
  readonly invert?: boolean;
}

/** envoy.type.matcher.v3.MetadataMatcher.PathSegment */
export interface MetadataMatcherPathSegment {
  readonly key?: string;
}

/** envoy.type.matcher.v3.OrMatcher */
export interface OrMatcher {
  readonly valueMatchers?: readonly ValueMatcher[];
}

/** envoy.type.matcher.v3.PathMatcher */
export interface PathMatcher {
  readonly path?: StringMatcher;
}

/** envoy.type.matcher.v3.RegexMatchAndSubstitute */
export interface RegexMatchAndSubstitute {
  readonly pattern?: RegexMatcher;
  readonly substitution?: string;
}

/** envoy.type.matcher.v3.RegexMatcher */
export interface RegexMatcher {
  readonly googleRe2?: RegexMatcherGoogleRE2;
  readonly regex?: string;
}

/** envoy.type.matcher.v3.RegexMatcher.GoogleRE2 */
export interface RegexMatcherGoogleRE2 {
  readonly maxProgramSize?: number;
}

/** envoy.type.matcher.v3.StringMatcher */
export interface StringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly safeRegex?: RegexMatcher;
  readonly contains?: string;
  readonly custom?: XdsTypedExtensionConfig;
  readonly ignoreCase?: boolean;
}

/** envoy.type.matcher.v3.ValueMatcher */
export interface ValueMatcher {
  readonly nullMatch?: ValueMatcherNullMatch;
  readonly doubleMatch?: DoubleMatcher;
  readonly stringMatch?: StringMatcher;
  readonly boolMatch?: boolean;
  readonly presentMatch?: boolean;
  readonly listMatch?: ListMatcher;
  readonly orMatch?: OrMatcher;
}

/** envoy.type.matcher.v3.ValueMatcher.NullMatch */
export type ValueMatcherNullMatch = Record<string, never>;

/** envoy.type.metadata.v3.MetadataKey */
export interface MetadataKey {
  readonly key?: string;
  readonly path?: readonly MetadataKeyPathSegment[];
}

/** envoy.type.metadata.v3.MetadataKey.PathSegment */
export interface MetadataKeyPathSegment {
  readonly key?: string;
  readonly index?: number;
}

/** envoy.type.metadata.v3.MetadataKind */
export interface MetadataKind {
  readonly request?: MetadataKindRequest;
  readonly route?: MetadataKindRoute;
  readonly cluster?: MetadataKindCluster;
  readonly host?: MetadataKindHost;
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
  readonly tag?: string;
  readonly literal?: CustomTagLiteral;
  readonly environment?: CustomTagEnvironment;
  readonly requestHeader?: CustomTagHeader;
  readonly metadata?: CustomTagMetadata;
  readonly value?: string;
  readonly valueType?: CustomTagValueType;
}

/** envoy.type.tracing.v3.CustomTag.Environment */
export interface CustomTagEnvironment {
  readonly name?: string;
  readonly defaultValue?: string;
}

/** envoy.type.tracing.v3.CustomTag.Header */
export interface CustomTagHeader {
  readonly name?: string;
  readonly defaultValue?: string;
}

/** envoy.type.tracing.v3.CustomTag.Literal */
export interface CustomTagLiteral {
  readonly value?: string;
}

/** envoy.type.tracing.v3.CustomTag.Metadata */
export interface CustomTagMetadata {
  readonly kind?: MetadataKind;
  readonly metadataKey?: MetadataKey;
  readonly defaultValue?: string;
}

/** envoy.type.tracing.v3.CustomTag.ValueType */
export type CustomTagValueType = 'UNSPECIFIED' | 'STRING' | 'INT' | 'DOUBLE' | 'BOOL';

/** envoy.type.v3.CodecClientType */
export type CodecClientType = 'HTTP1' | 'HTTP2' | 'HTTP3';

/** envoy.type.v3.DoubleRange */
export interface DoubleRange {
  readonly start?: number;
  readonly end?: number;
}

/** envoy.type.v3.FractionalPercent */
export interface FractionalPercent {
  readonly numerator?: number;
  readonly denominator?: FractionalPercentDenominatorType;
}

/** envoy.type.v3.FractionalPercent.DenominatorType */
export type FractionalPercentDenominatorType = 'HUNDRED' | 'TEN_THOUSAND' | 'MILLION';

/** envoy.type.v3.HashPolicy */
export interface HashPolicy {
  readonly sourceIp?: HashPolicySourceIp;
  readonly filterState?: HashPolicyFilterState;
}

/** envoy.type.v3.HashPolicy.FilterState */
export interface HashPolicyFilterState {
  readonly key?: string;
}

/** envoy.type.v3.HashPolicy.SourceIp */
export type HashPolicySourceIp = Record<string, never>;

/** envoy.type.v3.HttpStatus */
export interface HttpStatus {
  readonly code?: StatusCode;
}

/** envoy.type.v3.Int32Range */
export interface Int32Range {
  readonly start?: number;
  readonly end?: number;
}

/** envoy.type.v3.Int64Range */
export interface Int64Range {
  readonly start?: number;
  readonly end?: number;
}

/** envoy.type.v3.Percent */
export interface Percent {
  readonly value?: number;
}

/** envoy.type.v3.RateLimitUnit */
export type RateLimitUnit = 'UNKNOWN' | 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';

/** envoy.type.v3.SemanticVersion */
export interface SemanticVersion {
  readonly majorNumber?: number;
  readonly minorNumber?: number;
  readonly patch?: number;
}

/** envoy.type.v3.StatusCode */
export type StatusCode =
  | 'Empty'
  | 'Continue'
  | 'OK'
  | 'Created'
  | 'Accepted'
  | 'NonAuthoritativeInformation'
  | 'NoContent'
  | 'ResetContent'
  | 'PartialContent'
  | 'MultiStatus'
  | 'AlreadyReported'
  | 'IMUsed'
  | 'MultipleChoices'
  | 'MovedPermanently'
  | 'Found'
  | 'SeeOther'
  | 'NotModified'
  | 'UseProxy'
  | 'TemporaryRedirect'
  | 'PermanentRedirect'
  | 'BadRequest'
  | 'Unauthorized'
  | 'PaymentRequired'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'ProxyAuthenticationRequired'
  | 'RequestTimeout'
  | 'Conflict'
  | 'Gone'
  | 'LengthRequired'
  | 'PreconditionFailed'
  | 'PayloadTooLarge'
  | 'URITooLong'
  | 'UnsupportedMediaType'
  | 'RangeNotSatisfiable'
  | 'ExpectationFailed'
  | 'MisdirectedRequest'
  | 'UnprocessableEntity'
  | 'Locked'
  | 'FailedDependency'
  | 'UpgradeRequired'
  | 'PreconditionRequired'
  | 'TooManyRequests'
  | 'RequestHeaderFieldsTooLarge'
  | 'InternalServerError'
  | 'NotImplemented'
  | 'BadGateway'
  | 'ServiceUnavailable'
  | 'GatewayTimeout'
  | 'HTTPVersionNotSupported'
  | 'VariantAlsoNegotiates'
  | 'InsufficientStorage'
  | 'LoopDetected'
  | 'NotExtended'
  | 'NetworkAuthenticationRequired';

/** envoy.type.v3.TokenBucket */
export interface TokenBucket {
  readonly maxTokens?: number;
  readonly tokensPerFill?: number;
  readonly fillInterval?: number;
}

/** google.api.expr.v1alpha1.CheckedExpr */
export interface OlderCelCheckedExpr {
  readonly referenceMap?: ReadonlyMap<number, OlderCelReference>;
  readonly typeMap?: ReadonlyMap<number, OlderCelType>;
  readonly sourceInfo?: OlderCelSourceInfo;
  readonly exprVersion?: string;
  readonly expr?: OlderCelExpr;
}

/** google.api.expr.v1alpha1.Constant */
export interface OlderCelConstant {
  readonly nullValue?: unknown;
  readonly boolValue?: boolean;
  readonly int64Value?: number;
  readonly uint64Value?: number;
  readonly doubleValue?: number;
  readonly stringValue?: string;
  readonly bytesValue?: Buffer;
  readonly durationValue?: number;
  readonly timestampValue?: number;
}

/** google.api.expr.v1alpha1.Expr */
export interface OlderCelExpr {
  readonly id?: number;
  readonly constExpr?: OlderCelConstant;
  readonly identExpr?: OlderCelExprIdent;
  readonly selectExpr?: OlderCelExprSelect;
  readonly callExpr?: OlderCelExprCall;
  readonly listExpr?: OlderCelExprCreateList;
  readonly structExpr?: OlderCelExprCreateStruct;
  readonly comprehensionExpr?: OlderCelExprComprehension;
}

/** google.api.expr.v1alpha1.Expr.Call */
export interface OlderCelExprCall {
  readonly target?: OlderCelExpr;
  readonly function?: string;
  readonly args?: readonly OlderCelExpr[];
}

/** google.api.expr.v1alpha1.Expr.Comprehension */
export interface OlderCelExprComprehension {
  readonly iterVar?: string;
  readonly iterVar2?: string;
  readonly iterRange?: OlderCelExpr;
  readonly accuVar?: string;
  readonly accuInit?: OlderCelExpr;
  readonly loopCondition?: OlderCelExpr;
  readonly loopStep?: OlderCelExpr;
  readonly result?: OlderCelExpr;
}

/** google.api.expr.v1alpha1.Expr.CreateList */
export interface OlderCelExprCreateList {
  readonly elements?: readonly OlderCelExpr[];
  readonly optionalIndices?: readonly number[];
}

/** google.api.expr.v1alpha1.Expr.CreateStruct */
export interface OlderCelExprCreateStruct {
  readonly messageName?: string;
  readonly entries?: readonly OlderCelExprCreateStructEntry[];
}

/** google.api.expr.v1alpha1.Expr.CreateStruct.Entry */
export interface OlderCelExprCreateStructEntry {
  readonly id?: number;
  readonly fieldKey?: string;
  readonly mapKey?: OlderCelExpr;
  readonly value?: OlderCelExpr;
  readonly optionalEntry?: boolean;
}

/** google.api.expr.v1alpha1.Expr.Ident */
export interface OlderCelExprIdent {
  readonly name?: string;
}

/** google.api.expr.v1alpha1.Expr.Select */
export interface OlderCelExprSelect {
  readonly operand?: OlderCelExpr;
  readonly field?: string;
  readonly testOnly?: boolean;
}

/** google.api.expr.v1alpha1.ParsedExpr */
export interface OlderCelParsedExpr {
  readonly expr?: OlderCelExpr;
  readonly sourceInfo?: OlderCelSourceInfo;
}

/** google.api.expr.v1alpha1.Reference */
export interface OlderCelReference {
  readonly name?: string;
  readonly overloadId?: readonly string[];
  readonly value?: OlderCelConstant;
}

/** google.api.expr.v1alpha1.SourceInfo */
export interface OlderCelSourceInfo {
  readonly syntaxVersion?: string;
  readonly location?: string;
  readonly lineOffsets?: readonly number[];
  readonly positions?: ReadonlyMap<number, number>;
  readonly macroCalls?: ReadonlyMap<number, OlderCelExpr>;
  readonly extensions?: readonly OlderCelSourceInfoExtension[];
}

/** google.api.expr.v1alpha1.SourceInfo.Extension */
export interface OlderCelSourceInfoExtension {
  readonly id?: string;
  readonly affectedComponents?: readonly OlderCelSourceInfoExtensionComponent[];
  readonly version?: OlderCelSourceInfoExtensionVersion;
}

/** google.api.expr.v1alpha1.SourceInfo.Extension.Component */
export type OlderCelSourceInfoExtensionComponent =
  | 'COMPONENT_UNSPECIFIED'
  | 'COMPONENT_PARSER'
  | 'COMPONENT_TYPE_CHECKER'
  | 'COMPONENT_RUNTIME';

/** google.api.expr.v1alpha1.SourceInfo.Extension.Version */
export interface OlderCelSourceInfoExtensionVersion {
  readonly major?: number;
  readonly minor?: number;
}

/** google.api.expr.v1alpha1.Type */
export interface OlderCelType {
  readonly dyn?: Record<string, never>;
  readonly null?: unknown;
  readonly primitive?: OlderCelTypePrimitiveType;
  readonly wrapper?: OlderCelTypePrimitiveType;
  readonly wellKnown?: OlderCelTypeWellKnownType;
  readonly listType?: OlderCelTypeListType;
  readonly mapType?: OlderCelTypeMapType;
  readonly function?: OlderCelTypeFunctionType;
  readonly messageType?: string;
  readonly typeParam?: string;
  readonly type?: OlderCelType;
  readonly error?: Record<string, never>;
  readonly abstractType?: OlderCelTypeAbstractType;
}

/** google.api.expr.v1alpha1.Type.AbstractType */
export interface OlderCelTypeAbstractType {
  readonly name?: string;
  readonly parameterTypes?: readonly OlderCelType[];
}

/** google.api.expr.v1alpha1.Type.FunctionType */
export interface OlderCelTypeFunctionType {
  readonly resultType?: OlderCelType;
  readonly argTypes?: readonly OlderCelType[];
}

/** google.api.expr.v1alpha1.Type.ListType */
export interface OlderCelTypeListType {
  readonly elemType?: OlderCelType;
}

/** google.api.expr.v1alpha1.Type.MapType */
export interface OlderCelTypeMapType {
  readonly keyType?: OlderCelType;
  readonly valueType?: OlderCelType;
}

/** google.api.expr.v1alpha1.Type.PrimitiveType */
export type OlderCelTypePrimitiveType =
  | 'PRIMITIVE_TYPE_UNSPECIFIED'
  | 'BOOL'
  | 'INT64'
  | 'UINT64'
  | 'DOUBLE'
  | 'STRING'
  | 'BYTES';

/** google.api.expr.v1alpha1.Type.WellKnownType */
export type OlderCelTypeWellKnownType = 'WELL_KNOWN_TYPE_UNSPECIFIED' | 'ANY' | 'TIMESTAMP' | 'DURATION';

/** xds.core.v3.Authority */
export interface XdsAuthority {
  readonly name?: string;
}

/** xds.core.v3.CidrRange */
export interface XdsCidrRange {
  readonly addressPrefix?: string;
  readonly prefixLen?: number;
}

/** xds.core.v3.ContextParams */
export interface XdsContextParams {
  readonly params?: ReadonlyMap<string, string>;
}

/** xds.core.v3.TypedExtensionConfig */
export interface XdsTypedExtensionConfig {
  readonly name?: string;
  readonly typedConfig?: Any;
}

/** xds.type.matcher.v3.CelMatcher */
export interface XdsCelMatcher {
  readonly exprMatch?: XdsCelExpression;
  readonly description?: string;
}

/** xds.type.matcher.v3.HttpAttributesCelMatchInput */
export type XdsHttpAttributesCelMatchInput = Record<string, never>;

/** xds.type.matcher.v3.IPMatcher */
export interface XdsIPMatcher {
  readonly rangeMatchers?: readonly XdsIPMatcherIPRangeMatcher[];
}

/** xds.type.matcher.v3.IPMatcher.IPRangeMatcher */
export interface XdsIPMatcherIPRangeMatcher {
  readonly ranges?: readonly XdsCidrRange[];
  readonly onMatch?: XdsMatcherOnMatch;
  readonly exclusive?: boolean;
}

/** xds.type.matcher.v3.Matcher */
export interface XdsMatcher {
  readonly matcherList?: XdsMatcherMatcherList;
  readonly matcherTree?: XdsMatcherMatcherTree;
  readonly onNoMatch?: XdsMatcherOnMatch;
}

/** xds.type.matcher.v3.Matcher.MatcherList */
export interface XdsMatcherMatcherList {
  readonly matchers?: readonly XdsMatcherMatcherListFieldMatcher[];
}

/** xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher */
export interface XdsMatcherMatcherListFieldMatcher {
  readonly predicate?: XdsMatcherMatcherListPredicate;
  readonly onMatch?: XdsMatcherOnMatch;
}

/** xds.type.matcher.v3.Matcher.MatcherList.Predicate */
export interface XdsMatcherMatcherListPredicate {
  readonly singlePredicate?: XdsMatcherMatcherListPredicateSinglePredicate;
  readonly orMatcher?: XdsMatcherMatcherListPredicatePredicateList;
  readonly andMatcher?: XdsMatcherMatcherListPredicatePredicateList;
  readonly notMatcher?: XdsMatcherMatcherListPredicate;
}

/** xds.type.matcher.v3.Matcher.MatcherList.Predicate.PredicateList */
export interface XdsMatcherMatcherListPredicatePredicateList {
  readonly predicate?: readonly XdsMatcherMatcherListPredicate[];
}

/** xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate */
export interface XdsMatcherMatcherListPredicateSinglePredicate {
  readonly input?: XdsTypedExtensionConfig;
  readonly valueMatch?: XdsStringMatcher;
  readonly customMatch?: XdsTypedExtensionConfig;
}

/** xds.type.matcher.v3.Matcher.MatcherTree */
export interface XdsMatcherMatcherTree {
  readonly input?: XdsTypedExtensionConfig;
  readonly exactMatchMap?: XdsMatcherMatcherTreeMatchMap;
  readonly prefixMatchMap?: XdsMatcherMatcherTreeMatchMap;
  readonly customMatch?: XdsTypedExtensionConfig;
}

/** xds.type.matcher.v3.Matcher.MatcherTree.MatchMap */
export interface XdsMatcherMatcherTreeMatchMap {
  readonly map?: ReadonlyMap<string, XdsMatcherOnMatch>;
}

/** xds.type.matcher.v3.Matcher.OnMatch */
export interface XdsMatcherOnMatch {
  readonly matcher?: XdsMatcher;
  readonly action?: XdsTypedExtensionConfig;
  readonly keepMatching?: boolean;
}

/** xds.type.matcher.v3.RegexMatcher */
export interface XdsRegexMatcher {
  readonly googleRe2?: XdsRegexMatcherGoogleRE2;
  readonly regex?: string;
}

/** xds.type.matcher.v3.RegexMatcher.GoogleRE2 */
export type XdsRegexMatcherGoogleRE2 = Record<string, never>;

/** xds.type.matcher.v3.ServerNameMatcher */
export interface XdsServerNameMatcher {
  readonly domainMatchers?: readonly XdsServerNameMatcherDomainMatcher[];
}

/** xds.type.matcher.v3.ServerNameMatcher.DomainMatcher */
export interface XdsServerNameMatcherDomainMatcher {
  readonly domains?: readonly string[];
  readonly onMatch?: XdsMatcherOnMatch;
}

/** xds.type.matcher.v3.StringMatcher */
export interface XdsStringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly safeRegex?: XdsRegexMatcher;
  readonly contains?: string;
  readonly custom?: XdsTypedExtensionConfig;
  readonly ignoreCase?: boolean;
}

/** xds.type.v3.CelExpression */
export interface XdsCelExpression {
  readonly parsedExpr?: OlderCelParsedExpr;
  readonly checkedExpr?: OlderCelCheckedExpr;
  readonly celExprParsed?: CelParsedExpr;
  readonly celExprChecked?: CelCheckedExpr;
  readonly celExprString?: string;
}

/** Of each message that can stand in an Any: what its value is. */
export interface Messages {
  readonly 'cel.expr.CheckedExpr': CelCheckedExpr;
  readonly 'cel.expr.Constant': CelConstant;
  readonly 'cel.expr.Expr': CelExpr;
  readonly 'cel.expr.Expr.Call': CelExprCall;
  readonly 'cel.expr.Expr.Comprehension': CelExprComprehension;
  readonly 'cel.expr.Expr.CreateList': CelExprCreateList;
  readonly 'cel.expr.Expr.CreateStruct': CelExprCreateStruct;
  readonly 'cel.expr.Expr.CreateStruct.Entry': CelExprCreateStructEntry;
  readonly 'cel.expr.Expr.Ident': CelExprIdent;
  readonly 'cel.expr.Expr.Select': CelExprSelect;
  readonly 'cel.expr.ParsedExpr': CelParsedExpr;
  readonly 'cel.expr.Reference': CelReference;
  readonly 'cel.expr.SourceInfo': CelSourceInfo;
  readonly 'cel.expr.SourceInfo.Extension': CelSourceInfoExtension;
  readonly 'cel.expr.SourceInfo.Extension.Version': CelSourceInfoExtensionVersion;
  readonly 'cel.expr.Type': CelType;
  readonly 'cel.expr.Type.AbstractType': CelTypeAbstractType;
  readonly 'cel.expr.Type.FunctionType': CelTypeFunctionType;
  readonly 'cel.expr.Type.ListType': CelTypeListType;
  readonly 'cel.expr.Type.MapType': CelTypeMapType;
  readonly 'envoy.admin.v3.TapRequest': TapRequest;
  readonly 'envoy.config.accesslog.v3.AccessLog': AccessLog;
  readonly 'envoy.config.accesslog.v3.AccessLogFilter': AccessLogFilter;
  readonly 'envoy.config.accesslog.v3.AndFilter': AndFilter;
  readonly 'envoy.config.accesslog.v3.ComparisonFilter': ComparisonFilter;
  readonly 'envoy.config.accesslog.v3.DurationFilter': DurationFilter;
  readonly 'envoy.config.accesslog.v3.ExtensionFilter': ExtensionFilter;
  readonly 'envoy.config.accesslog.v3.GrpcStatusFilter': GrpcStatusFilter;
  readonly 'envoy.config.accesslog.v3.HeaderFilter': HeaderFilter;
  readonly 'envoy.config.accesslog.v3.LogTypeFilter': LogTypeFilter;
  readonly 'envoy.config.accesslog.v3.MetadataFilter': MetadataFilter;
  readonly 'envoy.config.accesslog.v3.NotHealthCheckFilter': NotHealthCheckFilter;
  readonly 'envoy.config.accesslog.v3.OrFilter': OrFilter;
  readonly 'envoy.config.accesslog.v3.ResponseFlagFilter': ResponseFlagFilter;
  readonly 'envoy.config.accesslog.v3.RuntimeFilter': RuntimeFilter;
  readonly 'envoy.config.accesslog.v3.StatusCodeFilter': StatusCodeFilter;
  readonly 'envoy.config.accesslog.v3.TraceableFilter': TraceableFilter;
  readonly 'envoy.config.bootstrap.v3.Admin': Admin;
  readonly 'envoy.config.bootstrap.v3.Bootstrap': Bootstrap;
  readonly 'envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig': BootstrapApplicationLogConfig;
  readonly 'envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig.LogFormat': BootstrapApplicationLogConfigLogFormat;
  readonly 'envoy.config.bootstrap.v3.Bootstrap.DeferredStatOptions': BootstrapDeferredStatOptions;
  readonly 'envoy.config.bootstrap.v3.Bootstrap.DynamicResources': BootstrapDynamicResources;
  readonly 'envoy.config.bootstrap.v3.Bootstrap.GrpcAsyncClientManagerConfig': BootstrapGrpcAsyncClientManagerConfig;
  readonly 'envoy.config.bootstrap.v3.Bootstrap.StaticResources': BootstrapStaticResources;
  readonly 'envoy.config.bootstrap.v3.ClusterManager': ClusterManager;
  readonly 'envoy.config.bootstrap.v3.ClusterManager.OutlierDetection': ClusterManagerOutlierDetection;
  readonly 'envoy.config.bootstrap.v3.CustomInlineHeader': CustomInlineHeader;
  readonly 'envoy.config.bootstrap.v3.FatalAction': FatalAction;
  readonly 'envoy.config.bootstrap.v3.LayeredRuntime': LayeredRuntime;
  readonly 'envoy.config.bootstrap.v3.ListenerManager': ListenerManager;
  readonly 'envoy.config.bootstrap.v3.MemoryAllocatorManager': MemoryAllocatorManager;
  readonly 'envoy.config.bootstrap.v3.Runtime': Runtime;
  readonly 'envoy.config.bootstrap.v3.RuntimeLayer': RuntimeLayer;
  readonly 'envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer': RuntimeLayerAdminLayer;
  readonly 'envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer': RuntimeLayerDiskLayer;
  readonly 'envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer': RuntimeLayerRtdsLayer;
  readonly 'envoy.config.bootstrap.v3.Watchdog': Watchdog;
  readonly 'envoy.config.bootstrap.v3.Watchdog.WatchdogAction': WatchdogWatchdogAction;
  readonly 'envoy.config.bootstrap.v3.Watchdogs': Watchdogs;
  readonly 'envoy.config.cluster.v3.CircuitBreakers': CircuitBreakers;
  readonly 'envoy.config.cluster.v3.CircuitBreakers.Thresholds': CircuitBreakersThresholds;
  readonly 'envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget': CircuitBreakersThresholdsRetryBudget;
  readonly 'envoy.config.cluster.v3.Cluster': Cluster;
  readonly 'envoy.config.cluster.v3.Cluster.CommonLbConfig': ClusterCommonLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig': ClusterCommonLbConfigConsistentHashingLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig': ClusterCommonLbConfigLocalityWeightedLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig': ClusterCommonLbConfigZoneAwareLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.CustomClusterType': ClusterCustomClusterType;
  readonly 'envoy.config.cluster.v3.Cluster.EdsClusterConfig': ClusterEdsClusterConfig;
  readonly 'envoy.config.cluster.v3.Cluster.LbSubsetConfig': ClusterLbSubsetConfig;
  readonly 'envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector': ClusterLbSubsetConfigLbSubsetSelector;
  readonly 'envoy.config.cluster.v3.Cluster.LeastRequestLbConfig': ClusterLeastRequestLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.MaglevLbConfig': ClusterMaglevLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.OriginalDstLbConfig': ClusterOriginalDstLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.PreconnectPolicy': ClusterPreconnectPolicy;
  readonly 'envoy.config.cluster.v3.Cluster.QueuingPolicies': ClusterQueuingPolicies;
  readonly 'envoy.config.cluster.v3.Cluster.RefreshRate': ClusterRefreshRate;
  readonly 'envoy.config.cluster.v3.Cluster.RingHashLbConfig': ClusterRingHashLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.RoundRobinLbConfig': ClusterRoundRobinLbConfig;
  readonly 'envoy.config.cluster.v3.Cluster.SlowStartConfig': ClusterSlowStartConfig;
  readonly 'envoy.config.cluster.v3.Cluster.TransportSocketMatch': ClusterTransportSocketMatch;
  readonly 'envoy.config.cluster.v3.Filter': ClusterFilter;
  readonly 'envoy.config.cluster.v3.LoadBalancingPolicy': LoadBalancingPolicy;
  readonly 'envoy.config.cluster.v3.LoadBalancingPolicy.Policy': LoadBalancingPolicyPolicy;
  readonly 'envoy.config.cluster.v3.OutlierDetection': OutlierDetection;
  readonly 'envoy.config.cluster.v3.TrackClusterStats': TrackClusterStats;
  readonly 'envoy.config.cluster.v3.UpstreamConnectionOptions': UpstreamConnectionOptions;
  readonly 'envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig': UpstreamConnectionOptionsHappyEyeballsConfig;
  readonly 'envoy.config.common.key_value.v3.KeyValueStoreConfig': KeyValueStoreConfig;
  readonly 'envoy.config.common.matcher.v3.HttpGenericBodyMatch': MatcherHttpGenericBodyMatch;
  readonly 'envoy.config.common.matcher.v3.HttpGenericBodyMatch.GenericTextMatch': MatcherHttpGenericBodyMatchGenericTextMatch;
  readonly 'envoy.config.common.matcher.v3.HttpHeadersMatch': MatcherHttpHeadersMatch;
  readonly 'envoy.config.common.matcher.v3.MatchPredicate': MatcherMatchPredicate;
  readonly 'envoy.config.common.matcher.v3.MatchPredicate.MatchSet': MatcherMatchPredicateMatchSet;
  readonly 'envoy.config.common.matcher.v3.Matcher': Matcher;
  readonly 'envoy.config.common.matcher.v3.Matcher.MatcherList': MatcherMatcherList;
  readonly 'envoy.config.common.matcher.v3.Matcher.MatcherList.FieldMatcher': MatcherMatcherListFieldMatcher;
  readonly 'envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate': MatcherMatcherListPredicate;
  readonly 'envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.PredicateList': MatcherMatcherListPredicatePredicateList;
  readonly 'envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate': MatcherMatcherListPredicateSinglePredicate;
  readonly 'envoy.config.common.matcher.v3.Matcher.MatcherTree': MatcherMatcherTree;
  readonly 'envoy.config.common.matcher.v3.Matcher.MatcherTree.MatchMap': MatcherMatcherTreeMatchMap;
  readonly 'envoy.config.common.matcher.v3.Matcher.OnMatch': MatcherOnMatch;
  readonly 'envoy.config.common.mutation_rules.v3.HeaderMutation': MutationRulesHeaderMutation;
  readonly 'envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch': HeaderMutationRemoveOnMatch;
  readonly 'envoy.config.common.mutation_rules.v3.HeaderMutationRules': HeaderMutationRules;
  readonly 'envoy.config.core.v3.Address': Address;
  readonly 'envoy.config.core.v3.AggregatedConfigSource': AggregatedConfigSource;
  readonly 'envoy.config.core.v3.AlternateProtocolsCacheOptions': AlternateProtocolsCacheOptions;
  readonly 'envoy.config.core.v3.AlternateProtocolsCacheOptions.AlternateProtocolsCacheEntry': AlternateProtocolsCacheOptionsAlternateProtocolsCacheEntry;
  readonly 'envoy.config.core.v3.ApiConfigSource': ApiConfigSource;
  readonly 'envoy.config.core.v3.BackoffStrategy': BackoffStrategy;
  readonly 'envoy.config.core.v3.BindConfig': BindConfig;
  readonly 'envoy.config.core.v3.BuildVersion': BuildVersion;
  readonly 'envoy.config.core.v3.CelExpressionConfig': CelExpressionConfig;
  readonly 'envoy.config.core.v3.CidrRange': CidrRange;
  readonly 'envoy.config.core.v3.ConfigSource': ConfigSource;
  readonly 'envoy.config.core.v3.ControlPlane': ControlPlane;
  readonly 'envoy.config.core.v3.DataSource': DataSource;
  readonly 'envoy.config.core.v3.DnsResolutionConfig': DnsResolutionConfig;
  readonly 'envoy.config.core.v3.DnsResolverOptions': DnsResolverOptions;
  readonly 'envoy.config.core.v3.EnvoyInternalAddress': EnvoyInternalAddress;
  readonly 'envoy.config.core.v3.EventServiceConfig': EventServiceConfig;
  readonly 'envoy.config.core.v3.Extension': Extension;
  readonly 'envoy.config.core.v3.ExtensionConfigSource': ExtensionConfigSource;
  readonly 'envoy.config.core.v3.ExtraSourceAddress': ExtraSourceAddress;
  readonly 'envoy.config.core.v3.GrpcMethodList': GrpcMethodList;
  readonly 'envoy.config.core.v3.GrpcMethodList.Service': GrpcMethodListService;
  readonly 'envoy.config.core.v3.GrpcService': GrpcService;
  readonly 'envoy.config.core.v3.GrpcService.EnvoyGrpc': GrpcServiceEnvoyGrpc;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc': GrpcServiceGoogleGrpc;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials': GrpcServiceGoogleGrpcCallCredentials;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials': GrpcServiceGoogleGrpcCallCredentialsGoogleIAMCredentials;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin': GrpcServiceGoogleGrpcCallCredentialsMetadataCredentialsFromPlugin;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials': GrpcServiceGoogleGrpcCallCredentialsServiceAccountJWTAccessCredentials;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.StsService': GrpcServiceGoogleGrpcCallCredentialsStsService;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs': GrpcServiceGoogleGrpcChannelArgs;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs.Value': GrpcServiceGoogleGrpcChannelArgsValue;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelCredentials': GrpcServiceGoogleGrpcChannelCredentials;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.GoogleLocalCredentials': GrpcServiceGoogleGrpcGoogleLocalCredentials;
  readonly 'envoy.config.core.v3.GrpcService.GoogleGrpc.SslCredentials': GrpcServiceGoogleGrpcSslCredentials;
  readonly 'envoy.config.core.v3.HeaderMap': HeaderMap;
  readonly 'envoy.config.core.v3.HeaderValue': HeaderValue;
  readonly 'envoy.config.core.v3.HeaderValueOption': HeaderValueOption;
  readonly 'envoy.config.core.v3.HealthCheck': CoreHealthCheck;
  readonly 'envoy.config.core.v3.HealthCheck.CustomHealthCheck': HealthCheckCustomHealthCheck;
  readonly 'envoy.config.core.v3.HealthCheck.GrpcHealthCheck': HealthCheckGrpcHealthCheck;
  readonly 'envoy.config.core.v3.HealthCheck.HttpHealthCheck': HealthCheckHttpHealthCheck;
  readonly 'envoy.config.core.v3.HealthCheck.Payload': HealthCheckPayload;
  readonly 'envoy.config.core.v3.HealthCheck.TcpHealthCheck': HealthCheckTcpHealthCheck;
  readonly 'envoy.config.core.v3.HealthCheck.TlsOptions': HealthCheckTlsOptions;
  readonly 'envoy.config.core.v3.HealthStatusSet': HealthStatusSet;
  readonly 'envoy.config.core.v3.Http1ProtocolOptions': Http1ProtocolOptions;
  readonly 'envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat': Http1ProtocolOptionsHeaderKeyFormat;
  readonly 'envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords': Http1ProtocolOptionsHeaderKeyFormatProperCaseWords;
  readonly 'envoy.config.core.v3.Http2ProtocolOptions': Http2ProtocolOptions;
  readonly 'envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter': Http2ProtocolOptionsSettingsParameter;
  readonly 'envoy.config.core.v3.Http3ProtocolOptions': Http3ProtocolOptions;
  readonly 'envoy.config.core.v3.HttpProtocolOptions': CoreHttpProtocolOptions;
  readonly 'envoy.config.core.v3.HttpService': CoreHttpService;
  readonly 'envoy.config.core.v3.HttpUri': HttpUri;
  readonly 'envoy.config.core.v3.JsonFormatOptions': JsonFormatOptions;
  readonly 'envoy.config.core.v3.KeepaliveSettings': KeepaliveSettings;
  readonly 'envoy.config.core.v3.KeyValue': KeyValue;
  readonly 'envoy.config.core.v3.KeyValueAppend': KeyValueAppend;
  readonly 'envoy.config.core.v3.KeyValueMutation': KeyValueMutation;
  readonly 'envoy.config.core.v3.KeyValuePair': KeyValuePair;
  readonly 'envoy.config.core.v3.Locality': Locality;
  readonly 'envoy.config.core.v3.Metadata': Metadata;
  readonly 'envoy.config.core.v3.Node': Node;
  readonly 'envoy.config.core.v3.PathConfigSource': PathConfigSource;
  readonly 'envoy.config.core.v3.PerHostConfig': PerHostConfig;
  readonly 'envoy.config.core.v3.Pipe': Pipe;
  readonly 'envoy.config.core.v3.ProxyProtocolConfig': ProxyProtocolConfig;
  readonly 'envoy.config.core.v3.ProxyProtocolPassThroughTLVs': ProxyProtocolPassThroughTLVs;
  readonly 'envoy.config.core.v3.QueryParameter': QueryParameter;
  readonly 'envoy.config.core.v3.QuicKeepAliveSettings': QuicKeepAliveSettings;
  readonly 'envoy.config.core.v3.QuicProtocolOptions': CoreQuicProtocolOptions;
  readonly 'envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings': QuicProtocolOptionsConnectionMigrationSettings;
  readonly 'envoy.config.core.v3.QuicProtocolOptions.ConnectionMigrationSettings.MigrateIdleConnectionSettings': QuicProtocolOptionsConnectionMigrationSettingsMigrateIdleConnectionSettings;
  readonly 'envoy.config.core.v3.RateLimitSettings': RateLimitSettings;
  readonly 'envoy.config.core.v3.RetryPolicy': CoreRetryPolicy;
  readonly 'envoy.config.core.v3.RetryPolicy.RetryHostPredicate': CoreRetryPolicyRetryHostPredicate;
  readonly 'envoy.config.core.v3.RetryPolicy.RetryPriority': CoreRetryPolicyRetryPriority;
  readonly 'envoy.config.core.v3.RuntimeDouble': RuntimeDouble;
  readonly 'envoy.config.core.v3.RuntimeFeatureFlag': RuntimeFeatureFlag;
  readonly 'envoy.config.core.v3.RuntimeFractionalPercent': RuntimeFractionalPercent;
  readonly 'envoy.config.core.v3.RuntimePercent': RuntimePercent;
  readonly 'envoy.config.core.v3.RuntimeUInt32': RuntimeUInt32;
  readonly 'envoy.config.core.v3.RuntimeUInt64': RuntimeUInt64;
  readonly 'envoy.config.core.v3.SchemeHeaderTransformation': SchemeHeaderTransformation;
  readonly 'envoy.config.core.v3.SelfConfigSource': SelfConfigSource;
  readonly 'envoy.config.core.v3.SocketAddress': SocketAddress;
  readonly 'envoy.config.core.v3.SocketCmsgHeaders': SocketCmsgHeaders;
  readonly 'envoy.config.core.v3.SocketOption': SocketOption;
  readonly 'envoy.config.core.v3.SocketOption.SocketType': SocketOptionSocketType;
  readonly 'envoy.config.core.v3.SocketOption.SocketType.Datagram': SocketOptionSocketTypeDatagram;
  readonly 'envoy.config.core.v3.SocketOption.SocketType.Stream': SocketOptionSocketTypeStream;
  readonly 'envoy.config.core.v3.SocketOptionsOverride': SocketOptionsOverride;
  readonly 'envoy.config.core.v3.SubstitutionFormatString': SubstitutionFormatString;
  readonly 'envoy.config.core.v3.TcpKeepalive': TcpKeepalive;
  readonly 'envoy.config.core.v3.TlvEntry': TlvEntry;
  readonly 'envoy.config.core.v3.TransportSocket': TransportSocket;
  readonly 'envoy.config.core.v3.TypedExtensionConfig': TypedExtensionConfig;
  readonly 'envoy.config.core.v3.UdpSocketConfig': UdpSocketConfig;
  readonly 'envoy.config.core.v3.UpstreamHttpProtocolOptions': UpstreamHttpProtocolOptions;
  readonly 'envoy.config.core.v3.WatchedDirectory': WatchedDirectory;
  readonly 'envoy.config.endpoint.v3.ClusterLoadAssignment': ClusterLoadAssignment;
  readonly 'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy': ClusterLoadAssignmentPolicy;
  readonly 'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload': ClusterLoadAssignmentPolicyDropOverload;
  readonly 'envoy.config.endpoint.v3.Endpoint': Endpoint;
  readonly 'envoy.config.endpoint.v3.Endpoint.AdditionalAddress': EndpointAdditionalAddress;
  readonly 'envoy.config.endpoint.v3.Endpoint.HealthCheckConfig': EndpointHealthCheckConfig;
  readonly 'envoy.config.endpoint.v3.LbEndpoint': LbEndpoint;
  readonly 'envoy.config.endpoint.v3.LedsClusterLocalityConfig': LedsClusterLocalityConfig;
  readonly 'envoy.config.endpoint.v3.LocalityLbEndpoints': LocalityLbEndpoints;
  readonly 'envoy.config.endpoint.v3.LocalityLbEndpoints.LbEndpointList': LocalityLbEndpointsLbEndpointList;
  readonly 'envoy.config.listener.v3.AdditionalAddress': AdditionalAddress;
  readonly 'envoy.config.listener.v3.ApiListener': ApiListener;
  readonly 'envoy.config.listener.v3.Filter': NetworkFilter;
  readonly 'envoy.config.listener.v3.FilterChain': FilterChain;
  readonly 'envoy.config.listener.v3.FilterChainMatch': FilterChainMatch;
  readonly 'envoy.config.listener.v3.Listener': Listener;
  readonly 'envoy.config.listener.v3.Listener.ConnectionBalanceConfig': ListenerConnectionBalanceConfig;
  readonly 'envoy.config.listener.v3.Listener.ConnectionBalanceConfig.CpuLocalityBalance': ListenerConnectionBalanceConfigCpuLocalityBalance;
  readonly 'envoy.config.listener.v3.Listener.ConnectionBalanceConfig.ExactBalance': ListenerConnectionBalanceConfigExactBalance;
  readonly 'envoy.config.listener.v3.Listener.DeprecatedV1': ListenerDeprecatedV1;
  readonly 'envoy.config.listener.v3.Listener.FcdsConfig': ListenerFcdsConfig;
  readonly 'envoy.config.listener.v3.Listener.InternalListenerConfig': ListenerInternalListenerConfig;
  readonly 'envoy.config.listener.v3.ListenerFilter': ListenerFilter;
  readonly 'envoy.config.listener.v3.ListenerFilterChainMatchPredicate': ListenerFilterChainMatchPredicate;
  readonly 'envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet': ListenerFilterChainMatchPredicateMatchSet;
  readonly 'envoy.config.listener.v3.QuicProtocolOptions': ListenerQuicProtocolOptions;
  readonly 'envoy.config.listener.v3.UdpListenerConfig': UdpListenerConfig;
  readonly 'envoy.config.metrics.v3.DogStatsdSink': DogStatsdSink;
  readonly 'envoy.config.metrics.v3.HistogramBucketSettings': HistogramBucketSettings;
  readonly 'envoy.config.metrics.v3.MetricsServiceConfig': MetricsServiceConfig;
  readonly 'envoy.config.metrics.v3.StatsConfig': StatsConfig;
  readonly 'envoy.config.metrics.v3.StatsMatcher': StatsMatcher;
  readonly 'envoy.config.metrics.v3.StatsSink': StatsSink;
  readonly 'envoy.config.metrics.v3.StatsdSink': StatsdSink;
  readonly 'envoy.config.metrics.v3.TagSpecifier': TagSpecifier;
  readonly 'envoy.config.overload.v3.BufferFactoryConfig': BufferFactoryConfig;
  readonly 'envoy.config.overload.v3.LoadShedPoint': LoadShedPoint;
  readonly 'envoy.config.overload.v3.OverloadAction': OverloadAction;
  readonly 'envoy.config.overload.v3.OverloadManager': OverloadManager;
  readonly 'envoy.config.overload.v3.ResourceMonitor': ResourceMonitor;
  readonly 'envoy.config.overload.v3.ScaleTimersOverloadActionConfig': ScaleTimersOverloadActionConfig;
  readonly 'envoy.config.overload.v3.ScaleTimersOverloadActionConfig.ScaleTimer': ScaleTimersOverloadActionConfigScaleTimer;
  readonly 'envoy.config.overload.v3.ScaledTrigger': ScaledTrigger;
  readonly 'envoy.config.overload.v3.ShrinkHeapConfig': ShrinkHeapConfig;
  readonly 'envoy.config.overload.v3.ThresholdTrigger': ThresholdTrigger;
  readonly 'envoy.config.overload.v3.Trigger': Trigger;
  readonly 'envoy.config.ratelimit.v3.RateLimitServiceConfig': RateLimitServiceConfig;
  readonly 'envoy.config.rbac.v3.Action': Action;
  readonly 'envoy.config.rbac.v3.Permission': Permission;
  readonly 'envoy.config.rbac.v3.Permission.Set': PermissionSet;
  readonly 'envoy.config.rbac.v3.Policy': Policy;
  readonly 'envoy.config.rbac.v3.Principal': Principal;
  readonly 'envoy.config.rbac.v3.Principal.Authenticated': PrincipalAuthenticated;
  readonly 'envoy.config.rbac.v3.Principal.Set': PrincipalSet;
  readonly 'envoy.config.rbac.v3.RBAC': RbacRBAC;
  readonly 'envoy.config.rbac.v3.RBAC.AuditLoggingOptions': RBACAuditLoggingOptions;
  readonly 'envoy.config.rbac.v3.RBAC.AuditLoggingOptions.AuditLoggerConfig': RBACAuditLoggingOptionsAuditLoggerConfig;
  readonly 'envoy.config.rbac.v3.SourcedMetadata': SourcedMetadata;
  readonly 'envoy.config.route.v3.ClusterSpecifierPlugin': ClusterSpecifierPlugin;
  readonly 'envoy.config.route.v3.CookieMatcher': CookieMatcher;
  readonly 'envoy.config.route.v3.CorsPolicy': RouteCorsPolicy;
  readonly 'envoy.config.route.v3.Decorator': Decorator;
  readonly 'envoy.config.route.v3.DirectResponseAction': DirectResponseAction;
  readonly 'envoy.config.route.v3.FilterAction': FilterAction;
  readonly 'envoy.config.route.v3.FilterConfig': RouteFilterConfig;
  readonly 'envoy.config.route.v3.HeaderMatcher': HeaderMatcher;
  readonly 'envoy.config.route.v3.HedgePolicy': HedgePolicy;
  readonly 'envoy.config.route.v3.InternalRedirectPolicy': InternalRedirectPolicy;
  readonly 'envoy.config.route.v3.NonForwardingAction': NonForwardingAction;
  readonly 'envoy.config.route.v3.QueryParameterMatcher': QueryParameterMatcher;
  readonly 'envoy.config.route.v3.RateLimit': RouteRateLimit;
  readonly 'envoy.config.route.v3.RateLimit.Action': RateLimitAction;
  readonly 'envoy.config.route.v3.RateLimit.Action.DestinationCluster': RateLimitActionDestinationCluster;
  readonly 'envoy.config.route.v3.RateLimit.Action.DynamicMetaData': RateLimitActionDynamicMetaData;
  readonly 'envoy.config.route.v3.RateLimit.Action.GenericKey': RateLimitActionGenericKey;
  readonly 'envoy.config.route.v3.RateLimit.Action.HeaderValueMatch': RateLimitActionHeaderValueMatch;
  readonly 'envoy.config.route.v3.RateLimit.Action.MaskedRemoteAddress': RateLimitActionMaskedRemoteAddress;
  readonly 'envoy.config.route.v3.RateLimit.Action.MetaData': RateLimitActionMetaData;
  readonly 'envoy.config.route.v3.RateLimit.Action.QueryParameterValueMatch': RateLimitActionQueryParameterValueMatch;
  readonly 'envoy.config.route.v3.RateLimit.Action.QueryParameters': RateLimitActionQueryParameters;
  readonly 'envoy.config.route.v3.RateLimit.Action.RemoteAddress': RateLimitActionRemoteAddress;
  readonly 'envoy.config.route.v3.RateLimit.Action.RemoteAddressMatch': RateLimitActionRemoteAddressMatch;
  readonly 'envoy.config.route.v3.RateLimit.Action.RequestHeaders': RateLimitActionRequestHeaders;
  readonly 'envoy.config.route.v3.RateLimit.Action.SourceCluster': RateLimitActionSourceCluster;
  readonly 'envoy.config.route.v3.RateLimit.HitsAddend': RateLimitHitsAddend;
  readonly 'envoy.config.route.v3.RateLimit.Override': RateLimitOverride;
  readonly 'envoy.config.route.v3.RateLimit.Override.DynamicMetadata': RateLimitOverrideDynamicMetadata;
  readonly 'envoy.config.route.v3.RateLimit.Override.RateLimitOverride': RateLimitOverrideRateLimitOverride;
  readonly 'envoy.config.route.v3.RedirectAction': RedirectAction;
  readonly 'envoy.config.route.v3.RetryPolicy': RouteRetryPolicy;
  readonly 'envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff': RetryPolicyRateLimitedRetryBackOff;
  readonly 'envoy.config.route.v3.RetryPolicy.ResetHeader': RetryPolicyResetHeader;
  readonly 'envoy.config.route.v3.RetryPolicy.RetryBackOff': RetryPolicyRetryBackOff;
  readonly 'envoy.config.route.v3.RetryPolicy.RetryHostPredicate': RouteRetryPolicyRetryHostPredicate;
  readonly 'envoy.config.route.v3.RetryPolicy.RetryPriority': RouteRetryPolicyRetryPriority;
  readonly 'envoy.config.route.v3.Route': Route;
  readonly 'envoy.config.route.v3.RouteAction': RouteAction;
  readonly 'envoy.config.route.v3.RouteAction.HashPolicy': RouteActionHashPolicy;
  readonly 'envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties': RouteActionHashPolicyConnectionProperties;
  readonly 'envoy.config.route.v3.RouteAction.HashPolicy.Cookie': RouteActionHashPolicyCookie;
  readonly 'envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute': RouteActionHashPolicyCookieAttribute;
  readonly 'envoy.config.route.v3.RouteAction.HashPolicy.FilterState': RouteActionHashPolicyFilterState;
  readonly 'envoy.config.route.v3.RouteAction.HashPolicy.Header': RouteActionHashPolicyHeader;
  readonly 'envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter': RouteActionHashPolicyQueryParameter;
  readonly 'envoy.config.route.v3.RouteAction.MaxStreamDuration': RouteActionMaxStreamDuration;
  readonly 'envoy.config.route.v3.RouteAction.RequestMirrorPolicy': RouteActionRequestMirrorPolicy;
  readonly 'envoy.config.route.v3.RouteAction.UpgradeConfig': RouteActionUpgradeConfig;
  readonly 'envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig': RouteActionUpgradeConfigConnectConfig;
  readonly 'envoy.config.route.v3.RouteConfiguration': RouteConfiguration;
  readonly 'envoy.config.route.v3.RouteList': RouteList;
  readonly 'envoy.config.route.v3.RouteMatch': RouteMatch;
  readonly 'envoy.config.route.v3.RouteMatch.ConnectMatcher': RouteMatchConnectMatcher;
  readonly 'envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions': RouteMatchGrpcRouteMatchOptions;
  readonly 'envoy.config.route.v3.RouteMatch.TlsContextMatchOptions': RouteMatchTlsContextMatchOptions;
  readonly 'envoy.config.route.v3.ScopedRouteConfiguration': ScopedRouteConfiguration;
  readonly 'envoy.config.route.v3.ScopedRouteConfiguration.Key': ScopedRouteConfigurationKey;
  readonly 'envoy.config.route.v3.ScopedRouteConfiguration.Key.Fragment': ScopedRouteConfigurationKeyFragment;
  readonly 'envoy.config.route.v3.Tracing': RouteTracing;
  readonly 'envoy.config.route.v3.Vhds': Vhds;
  readonly 'envoy.config.route.v3.VirtualCluster': VirtualCluster;
  readonly 'envoy.config.route.v3.VirtualHost': VirtualHost;
  readonly 'envoy.config.route.v3.WeightedCluster': WeightedCluster;
  readonly 'envoy.config.route.v3.WeightedCluster.ClusterWeight': WeightedClusterClusterWeight;
  readonly 'envoy.config.tap.v3.BufferedAdminSink': BufferedAdminSink;
  readonly 'envoy.config.tap.v3.FilePerTapSink': FilePerTapSink;
  readonly 'envoy.config.tap.v3.HttpGenericBodyMatch': TapHttpGenericBodyMatch;
  readonly 'envoy.config.tap.v3.HttpGenericBodyMatch.GenericTextMatch': TapHttpGenericBodyMatchGenericTextMatch;
  readonly 'envoy.config.tap.v3.HttpHeadersMatch': TapHttpHeadersMatch;
  readonly 'envoy.config.tap.v3.MatchPredicate': TapMatchPredicate;
  readonly 'envoy.config.tap.v3.MatchPredicate.MatchSet': TapMatchPredicateMatchSet;
  readonly 'envoy.config.tap.v3.OutputConfig': OutputConfig;
  readonly 'envoy.config.tap.v3.OutputSink': OutputSink;
  readonly 'envoy.config.tap.v3.StreamingAdminSink': StreamingAdminSink;
  readonly 'envoy.config.tap.v3.StreamingGrpcSink': StreamingGrpcSink;
  readonly 'envoy.config.tap.v3.TapConfig': TapConfig;
  readonly 'envoy.config.trace.v3.OpenTelemetryConfig': OpenTelemetryConfig;
  readonly 'envoy.config.trace.v3.Tracing': TraceTracing;
  readonly 'envoy.config.trace.v3.Tracing.Http': TracingHttp;
  readonly 'envoy.config.trace.v3.ZipkinConfig': ZipkinConfig;
  readonly 'envoy.extensions.access_loggers.file.v3.FileAccessLog': FileAccessLog;
  readonly 'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter': ExpressionFilter;
  readonly 'envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig': CommonGrpcAccessLogConfig;
  readonly 'envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig': HttpGrpcAccessLogConfig;
  readonly 'envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig': TcpGrpcAccessLogConfig;
  readonly 'envoy.extensions.access_loggers.stream.v3.StderrAccessLog': StderrAccessLog;
  readonly 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog': StdoutAccessLog;
  readonly 'envoy.extensions.bootstrap.internal_listener.v3.InternalListener': InternalListener;
  readonly 'envoy.extensions.clusters.aggregate.v3.ClusterConfig': AggregateClusterConfig;
  readonly 'envoy.extensions.clusters.dns.v3.DnsCluster': DnsCluster;
  readonly 'envoy.extensions.clusters.dns.v3.DnsCluster.RefreshRate': DnsClusterRefreshRate;
  readonly 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig': DynamicForwardProxyClusterConfig;
  readonly 'envoy.extensions.clusters.dynamic_forward_proxy.v3.SubClustersConfig': SubClustersConfig;
  readonly 'envoy.extensions.clusters.original_dst.v3.OriginalDstCluster': OriginalDstCluster;
  readonly 'envoy.extensions.clusters.redis.v3.RedisClusterConfig': RedisClusterConfig;
  readonly 'envoy.extensions.common.aws.v3.AssumeRoleCredentialProvider': AssumeRoleCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.AssumeRoleWithWebIdentityCredentialProvider': AssumeRoleWithWebIdentityCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.AwsCredentialProvider': AwsCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.ConfigCredentialProvider': ConfigCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.ContainerCredentialProvider': ContainerCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.CredentialsFileCredentialProvider': CredentialsFileCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.EnvironmentCredentialProvider': EnvironmentCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.IAMRolesAnywhereCredentialProvider': IAMRolesAnywhereCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.InlineCredentialProvider': InlineCredentialProvider;
  readonly 'envoy.extensions.common.aws.v3.InstanceProfileCredentialProvider': InstanceProfileCredentialProvider;
  readonly 'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheCircuitBreakers': DnsCacheCircuitBreakers;
  readonly 'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig': DnsCacheConfig;
  readonly 'envoy.extensions.common.matching.v3.ExtensionWithMatcher': ExtensionWithMatcher;
  readonly 'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute': ExtensionWithMatcherPerRoute;
  readonly 'envoy.extensions.common.ratelimit.v3.LocalClusterRateLimit': LocalClusterRateLimit;
  readonly 'envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor': LocalRateLimitDescriptor;
  readonly 'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor': RateLimitDescriptor;
  readonly 'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry': RateLimitDescriptorEntry;
  readonly 'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.RateLimitOverride': RateLimitDescriptorRateLimitOverride;
  readonly 'envoy.extensions.common.tap.v3.AdminConfig': AdminConfig;
  readonly 'envoy.extensions.common.tap.v3.CommonExtensionConfig': CommonExtensionConfig;
  readonly 'envoy.extensions.compression.brotli.compressor.v3.Brotli': CompressorBrotli;
  readonly 'envoy.extensions.compression.brotli.decompressor.v3.Brotli': DecompressorBrotli;
  readonly 'envoy.extensions.compression.gzip.compressor.v3.Gzip': CompressorGzip;
  readonly 'envoy.extensions.compression.gzip.decompressor.v3.Gzip': DecompressorGzip;
  readonly 'envoy.extensions.compression.zstd.compressor.v3.Zstd': CompressorZstd;
  readonly 'envoy.extensions.compression.zstd.decompressor.v3.Zstd': DecompressorZstd;
  readonly 'envoy.extensions.filters.common.fault.v3.FaultDelay': FaultDelay;
  readonly 'envoy.extensions.filters.common.fault.v3.FaultDelay.HeaderDelay': FaultDelayHeaderDelay;
  readonly 'envoy.extensions.filters.common.fault.v3.FaultRateLimit': FaultRateLimit;
  readonly 'envoy.extensions.filters.common.fault.v3.FaultRateLimit.FixedLimit': FaultRateLimitFixedLimit;
  readonly 'envoy.extensions.filters.common.fault.v3.FaultRateLimit.HeaderLimit': FaultRateLimitHeaderLimit;
  readonly 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter': SkipFilter;
  readonly 'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue': FilterStateValue;
  readonly 'envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency': AdaptiveConcurrency;
  readonly 'envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig': GradientControllerConfig;
  readonly 'envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.ConcurrencyLimitCalculationParams': GradientControllerConfigConcurrencyLimitCalculationParams;
  readonly 'envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.MinimumRTTCalculationParams': GradientControllerConfigMinimumRTTCalculationParams;
  readonly 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl': AdmissionControl;
  readonly 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria': AdmissionControlSuccessCriteria;
  readonly 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.GrpcCriteria': AdmissionControlSuccessCriteriaGrpcCriteria;
  readonly 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria.HttpCriteria': AdmissionControlSuccessCriteriaHttpCriteria;
  readonly 'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth': ApiKeyAuth;
  readonly 'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute': ApiKeyAuthPerRoute;
  readonly 'envoy.extensions.filters.http.api_key_auth.v3.Credential': Credential;
  readonly 'envoy.extensions.filters.http.api_key_auth.v3.Forwarding': Forwarding;
  readonly 'envoy.extensions.filters.http.api_key_auth.v3.KeySource': KeySource;
  readonly 'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit': BandwidthLimit;
  readonly 'envoy.extensions.filters.http.basic_auth.v3.BasicAuth': BasicAuth;
  readonly 'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute': BasicAuthPerRoute;
  readonly 'envoy.extensions.filters.http.buffer.v3.Buffer': BufferBuffer;
  readonly 'envoy.extensions.filters.http.buffer.v3.BufferPerRoute': BufferPerRoute;
  readonly 'envoy.extensions.filters.http.cache.v3.CacheConfig': CacheConfig;
  readonly 'envoy.extensions.filters.http.cache.v3.CacheConfig.KeyCreatorParams': CacheConfigKeyCreatorParams;
  readonly 'envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig': CdnLoopConfig;
  readonly 'envoy.extensions.filters.http.composite.v3.Composite': Composite;
  readonly 'envoy.extensions.filters.http.composite.v3.CompositePerRoute': CompositePerRoute;
  readonly 'envoy.extensions.filters.http.composite.v3.DynamicConfig': DynamicConfig;
  readonly 'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction': ExecuteFilterAction;
  readonly 'envoy.extensions.filters.http.composite.v3.FilterChainConfiguration': FilterChainConfiguration;
  readonly 'envoy.extensions.filters.http.compressor.v3.Compressor': Compressor;
  readonly 'envoy.extensions.filters.http.compressor.v3.Compressor.CommonDirectionConfig': CompressorCommonDirectionConfig;
  readonly 'envoy.extensions.filters.http.compressor.v3.Compressor.RequestDirectionConfig': CompressorRequestDirectionConfig;
  readonly 'envoy.extensions.filters.http.compressor.v3.Compressor.ResponseDirectionConfig': CompressorResponseDirectionConfig;
  readonly 'envoy.extensions.filters.http.compressor.v3.CompressorOverrides': CompressorOverrides;
  readonly 'envoy.extensions.filters.http.compressor.v3.CompressorPerRoute': CompressorPerRoute;
  readonly 'envoy.extensions.filters.http.compressor.v3.ResponseDirectionOverrides': ResponseDirectionOverrides;
  readonly 'envoy.extensions.filters.http.connect_grpc_bridge.v3.FilterConfig': ConnectGrpcBridgeFilterConfig;
  readonly 'envoy.extensions.filters.http.cors.v3.Cors': Cors;
  readonly 'envoy.extensions.filters.http.cors.v3.CorsPolicy': CorsCorsPolicy;
  readonly 'envoy.extensions.filters.http.credential_injector.v3.CredentialInjector': CredentialInjector;
  readonly 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy': CsrfPolicy;
  readonly 'envoy.extensions.filters.http.custom_response.v3.CustomResponse': CustomResponse;
  readonly 'envoy.extensions.filters.http.decompressor.v3.Decompressor': Decompressor;
  readonly 'envoy.extensions.filters.http.decompressor.v3.Decompressor.CommonDirectionConfig': DecompressorCommonDirectionConfig;
  readonly 'envoy.extensions.filters.http.decompressor.v3.Decompressor.RequestDirectionConfig': DecompressorRequestDirectionConfig;
  readonly 'envoy.extensions.filters.http.decompressor.v3.Decompressor.ResponseDirectionConfig': DecompressorResponseDirectionConfig;
  readonly 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig': DynamicForwardProxyFilterConfig;
  readonly 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig': DynamicForwardProxyPerRouteConfig;
  readonly 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.SubClusterConfig': SubClusterConfig;
  readonly 'envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest': AuthorizationRequest;
  readonly 'envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse': AuthorizationResponse;
  readonly 'envoy.extensions.filters.http.ext_authz.v3.BufferSettings': BufferSettings;
  readonly 'envoy.extensions.filters.http.ext_authz.v3.CheckSettings': CheckSettings;
  readonly 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz': ExtAuthz;
  readonly 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute': ExtAuthzPerRoute;
  readonly 'envoy.extensions.filters.http.ext_authz.v3.HttpService': ExtAuthzHttpService;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.ExtProcHttpService': ExtProcHttpService;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.ExtProcOverrides': ExtProcOverrides;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute': ExtProcPerRoute;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor': ExternalProcessor;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.HeaderForwardingRules': HeaderForwardingRules;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.MetadataOptions': MetadataOptions;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.MetadataOptions.MetadataNamespaces': MetadataOptionsMetadataNamespaces;
  readonly 'envoy.extensions.filters.http.ext_proc.v3.ProcessingMode': ProcessingMode;
  readonly 'envoy.extensions.filters.http.fault.v3.FaultAbort': FaultAbort;
  readonly 'envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort': FaultAbortHeaderAbort;
  readonly 'envoy.extensions.filters.http.fault.v3.HTTPFault': HTTPFault;
  readonly 'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config': GrpcHttp1BridgeConfig;
  readonly 'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig': GrpcHttp1ReverseBridgeFilterConfig;
  readonly 'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfigPerRoute': FilterConfigPerRoute;
  readonly 'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder': GrpcJsonTranscoder;
  readonly 'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder.PrintOptions': GrpcJsonTranscoderPrintOptions;
  readonly 'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder.RequestValidationOptions': GrpcJsonTranscoderRequestValidationOptions;
  readonly 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig': GrpcStatsFilterConfig;
  readonly 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb': GrpcWeb;
  readonly 'envoy.extensions.filters.http.gzip.v3.Gzip': GzipGzip;
  readonly 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation': HttpHeaderMutation;
  readonly 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute': HeaderMutationPerRoute;
  readonly 'envoy.extensions.filters.http.header_mutation.v3.Mutations': Mutations;
  readonly 'envoy.extensions.filters.http.header_to_metadata.v3.Config': HeaderToMetadataConfig;
  readonly 'envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair': ConfigKeyValuePair;
  readonly 'envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule': ConfigRule;
  readonly 'envoy.extensions.filters.http.health_check.v3.HealthCheck': HealthCheckHealthCheck;
  readonly 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging': IPTagging;
  readonly 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTag': IPTaggingIPTag;
  readonly 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTags': IPTaggingIPTags;
  readonly 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IpTagHeader': IPTaggingIpTagHeader;
  readonly 'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata': JsonToMetadata;
  readonly 'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.KeyValuePair': JsonToMetadataKeyValuePair;
  readonly 'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.MatchRules': JsonToMetadataMatchRules;
  readonly 'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Rule': JsonToMetadataRule;
  readonly 'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata.Selector': JsonToMetadataSelector;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.ExtractOnlyWithoutValidation': ExtractOnlyWithoutValidation;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.FilterStateRule': FilterStateRule;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwksAsyncFetch': JwksAsyncFetch;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication': JwtAuthentication;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtCacheConfig': JwtCacheConfig;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader': JwtClaimToHeader;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader.PathSegment': JwtClaimToHeaderPathSegment;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtHeader': JwtHeader;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider': JwtProvider;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.NormalizePayload': JwtProviderNormalizePayload;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement': JwtRequirement;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList': JwtRequirementAndList;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList': JwtRequirementOrList;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig': JwtAuthnPerRouteConfig;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.ProviderWithAudiences': ProviderWithAudiences;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks': RemoteJwks;
  readonly 'envoy.extensions.filters.http.jwt_authn.v3.RequirementRule': RequirementRule;
  readonly 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': LocalRateLimit;
  readonly 'envoy.extensions.filters.http.lua.v3.Lua': Lua;
  readonly 'envoy.extensions.filters.http.lua.v3.LuaPerRoute': LuaPerRoute;
  readonly 'envoy.extensions.filters.http.oauth2.v3.CookieConfig': CookieConfig;
  readonly 'envoy.extensions.filters.http.oauth2.v3.CookieConfigs': CookieConfigs;
  readonly 'envoy.extensions.filters.http.oauth2.v3.OAuth2': HttpOAuth2;
  readonly 'envoy.extensions.filters.http.oauth2.v3.OAuth2Config': OAuth2Config;
  readonly 'envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials': OAuth2Credentials;
  readonly 'envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials.CookieNames': OAuth2CredentialsCookieNames;
  readonly 'envoy.extensions.filters.http.oauth2.v3.OAuth2PerRoute': OAuth2PerRoute;
  readonly 'envoy.extensions.filters.http.oauth2.v3.OAuth2TokenForwarding': OAuth2TokenForwarding;
  readonly 'envoy.extensions.filters.http.oauth2.v3.PostLogoutRedirectUri': PostLogoutRedirectUri;
  readonly 'envoy.extensions.filters.http.oauth2.v3.PrivateKeyJwtConfig': PrivateKeyJwtConfig;
  readonly 'envoy.extensions.filters.http.oauth2.v3.TokenCookieChunking': TokenCookieChunking;
  readonly 'envoy.extensions.filters.http.on_demand.v3.OnDemand': OnDemand;
  readonly 'envoy.extensions.filters.http.on_demand.v3.OnDemandCds': OnDemandCds;
  readonly 'envoy.extensions.filters.http.on_demand.v3.PerRouteConfig': OnDemandPerRouteConfig;
  readonly 'envoy.extensions.filters.http.ratelimit.v3.RateLimit': RatelimitRateLimit;
  readonly 'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute': RateLimitPerRoute;
  readonly 'envoy.extensions.filters.http.rbac.v3.RBAC': HttpRbac;
  readonly 'envoy.extensions.filters.http.rbac.v3.RBACPerRoute': RBACPerRoute;
  readonly 'envoy.extensions.filters.http.router.v3.Router': Router;
  readonly 'envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions': RouterUpstreamAccessLogOptions;
  readonly 'envoy.extensions.filters.http.set_filter_state.v3.Config': SetFilterStateConfig;
  readonly 'envoy.extensions.filters.http.set_metadata.v3.Config': SetMetadataConfig;
  readonly 'envoy.extensions.filters.http.set_metadata.v3.Metadata': SetMetadataMetadata;
  readonly 'envoy.extensions.filters.http.stateful_session.v3.StatefulSession': StatefulSession;
  readonly 'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute': StatefulSessionPerRoute;
  readonly 'envoy.extensions.filters.http.tap.v3.Tap': Tap;
  readonly 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector': HttpInspector;
  readonly 'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit': ListenerLocalRateLimit;
  readonly 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol': ProxyProtocol;
  readonly 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair': ProxyProtocolKeyValuePair;
  readonly 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.Rule': ProxyProtocolRule;
  readonly 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector': TlsInspector;
  readonly 'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit': ConnectionLimit;
  readonly 'envoy.extensions.filters.network.direct_response.v3.Config': DirectResponseConfig;
  readonly 'envoy.extensions.filters.network.echo.v3.Echo': Echo;
  readonly 'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz': NetworkExtAuthz;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ForwardProtoConfig': ForwardProtoConfig;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager': HttpConnectionManager;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.HcmAccessLogOptions': HttpConnectionManagerHcmAccessLogOptions;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig': HttpConnectionManagerInternalAddressConfig;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathNormalizationOptions': HttpConnectionManagerPathNormalizationOptions;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ProxyStatusConfig': HttpConnectionManagerProxyStatusConfig;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails': HttpConnectionManagerSetCurrentClientCertDetails;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing': HttpConnectionManagerTracing;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig': HttpConnectionManagerUpgradeConfig;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter': HttpFilter;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig': LocalReplyConfig;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.Rds': Rds;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension': RequestIDExtension;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper': ResponseMapper;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds': ScopedRds;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRouteConfigurationsList': ScopedRouteConfigurationsList;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes': ScopedRoutes;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder': ScopedRoutesScopeKeyBuilder;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder': ScopedRoutesScopeKeyBuilderFragmentBuilder;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor': ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractor;
  readonly 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement': ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractorKvElement;
  readonly 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit': NetworkLocalRateLimit;
  readonly 'envoy.extensions.filters.network.ratelimit.v3.RateLimit': NetworkRateLimit;
  readonly 'envoy.extensions.filters.network.rbac.v3.RBAC': NetworkRBAC;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.AwsIam': AwsIam;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisExternalAuthProvider': RedisExternalAuthProvider;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions': RedisProtocolOptions;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions.Credential': RedisProtocolOptionsCredential;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy': RedisProxy;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnPoolSettings': RedisProxyConnPoolSettings;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.ConnectionRateLimit': RedisProxyConnectionRateLimit;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes': RedisProxyPrefixRoutes;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route': RedisProxyPrefixRoutesRoute;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.ReadCommandPolicy': RedisProxyPrefixRoutesRouteReadCommandPolicy;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy': RedisProxyPrefixRoutesRouteRequestMirrorPolicy;
  readonly 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.RedisFault': RedisProxyRedisFault;
  readonly 'envoy.extensions.filters.network.set_filter_state.v3.Config': NetworkSetFilterStateConfig;
  readonly 'envoy.extensions.filters.network.sni_cluster.v3.SniCluster': SniCluster;
  readonly 'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig': SniDynamicForwardProxyFilterConfig;
  readonly 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy': TcpProxy;
  readonly 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.OnDemand': TcpProxyOnDemand;
  readonly 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions': TcpProxyTcpAccessLogOptions;
  readonly 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig': TcpProxyTunnelingConfig;
  readonly 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster': TcpProxyWeightedCluster;
  readonly 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight': TcpProxyWeightedClusterClusterWeight;
  readonly 'envoy.extensions.filters.udp.udp_proxy.session.dynamic_forward_proxy.v3.FilterConfig': DynamicForwardProxyFilterConfig;
  readonly 'envoy.extensions.filters.udp.udp_proxy.session.dynamic_forward_proxy.v3.FilterConfig.BufferOptions': DynamicForwardProxyFilterConfigBufferOptions;
  readonly 'envoy.extensions.filters.udp.udp_proxy.session.ext_authz.v3.FilterConfig': ExtAuthzFilterConfig;
  readonly 'envoy.extensions.filters.udp.udp_proxy.session.ext_authz.v3.FilterConfig.BufferOptions': ExtAuthzFilterConfigBufferOptions;
  readonly 'envoy.extensions.filters.udp.udp_proxy.session.http_capsule.v3.FilterConfig': HttpCapsuleFilterConfig;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.Route': UdpProxyRoute;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig': UdpProxyConfig;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.HashPolicy': UdpProxyConfigHashPolicy;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.SessionFilter': UdpProxyConfigSessionFilter;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpAccessLogOptions': UdpProxyConfigUdpAccessLogOptions;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig': UdpProxyConfigUdpTunnelingConfig;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig.BufferOptions': UdpProxyConfigUdpTunnelingConfigBufferOptions;
  readonly 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig.RetryOptions': UdpProxyConfigUdpTunnelingConfigRetryOptions;
  readonly 'envoy.extensions.formatter.cel.v3.Cel': Cel;
  readonly 'envoy.extensions.formatter.metadata.v3.Metadata': MetadataMetadata;
  readonly 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink': HealthCheckEventFileSink;
  readonly 'envoy.extensions.health_checkers.redis.v3.Redis': Redis;
  readonly 'envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig': SimpleHttpCacheConfig;
  readonly 'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy': LocalResponsePolicy;
  readonly 'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy': RedirectPolicy;
  readonly 'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation': HeaderMutationHeaderMutation;
  readonly 'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig': PreserveCaseFormatterConfig;
  readonly 'envoy.extensions.http.injected_credentials.generic.v3.Generic': Generic;
  readonly 'envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2': OAuth2;
  readonly 'envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.ClientCredentials': OAuth2ClientCredentials;
  readonly 'envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2.EndpointParameter': OAuth2EndpointParameter;
  readonly 'envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig': CustomHeaderConfig;
  readonly 'envoy.extensions.http.original_ip_detection.xff.v3.XffConfig': XffConfig;
  readonly 'envoy.extensions.http.original_ip_detection.xff.v3.XffTrustedCidrs': XffTrustedCidrs;
  readonly 'envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState': CookieBasedSessionState;
  readonly 'envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState': EnvelopeSessionState;
  readonly 'envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState.Header': EnvelopeSessionStateHeader;
  readonly 'envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState': HeaderBasedSessionState;
  readonly 'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig': AllowListedRoutesConfig;
  readonly 'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig': PreviousRoutesConfig;
  readonly 'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig': SafeCrossSchemeConfig;
  readonly 'envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided': ClusterProvided;
  readonly 'envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig': ConsistentHashingLbConfig;
  readonly 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig': LocalityLbConfig;
  readonly 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.LocalityWeightedLbConfig': LocalityLbConfigLocalityWeightedLbConfig;
  readonly 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig': LocalityLbConfigZoneAwareLbConfig;
  readonly 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig.ForceLocalZone': LocalityLbConfigZoneAwareLbConfigForceLocalZone;
  readonly 'envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig': SlowStartConfig;
  readonly 'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest': LeastRequest;
  readonly 'envoy.extensions.load_balancing_policies.maglev.v3.Maglev': Maglev;
  readonly 'envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost': OverrideHost;
  readonly 'envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost.OverrideHostSource': OverrideHostOverrideHostSource;
  readonly 'envoy.extensions.load_balancing_policies.random.v3.Random': Random;
  readonly 'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash': RingHash;
  readonly 'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin': RoundRobin;
  readonly 'envoy.extensions.load_balancing_policies.subset.v3.Subset': Subset;
  readonly 'envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetSelector': SubsetLbSubsetSelector;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.ApplicationProtocolInput': ApplicationProtocolInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.DestinationIPInput': DestinationIPInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput': DestinationPortInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.DirectSourceIPInput': DirectSourceIPInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput': DynamicMetadataInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput.PathSegment': DynamicMetadataInputPathSegment;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.FilterStateInput': FilterStateInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.ServerNameInput': ServerNameInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.SourceIPInput': SourceIPInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.SourcePortInput': SourcePortInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.SourceTypeInput': SourceTypeInput;
  readonly 'envoy.extensions.matching.common_inputs.network.v3.TransportProtocolInput': TransportProtocolInput;
  readonly 'envoy.extensions.matching.common_inputs.ssl.v3.DnsSanInput': DnsSanInput;
  readonly 'envoy.extensions.matching.common_inputs.ssl.v3.SubjectInput': SubjectInput;
  readonly 'envoy.extensions.matching.common_inputs.ssl.v3.UriSanInput': UriSanInput;
  readonly 'envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing': ConsistentHashing;
  readonly 'envoy.extensions.matching.input_matchers.ip.v3.Ip': Ip;
  readonly 'envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction': RuntimeFraction;
  readonly 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig': CaresDnsResolverConfig;
  readonly 'envoy.extensions.network.socket_interface.v3.DefaultSocketInterface': DefaultSocketInterface;
  readonly 'envoy.extensions.network.socket_interface.v3.IoUringOptions': IoUringOptions;
  readonly 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig': UriTemplateMatchConfig;
  readonly 'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig': UriTemplateRewriteConfig;
  readonly 'envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor': Descriptor;
  readonly 'envoy.extensions.regex_engines.v3.GoogleRE2': GoogleRE2;
  readonly 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig': UuidRequestIdConfig;
  readonly 'envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig': CgroupMemoryConfig;
  readonly 'envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig': CpuUtilizationConfig;
  readonly 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig': DownstreamConnectionsConfig;
  readonly 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig': FixedHeapConfig;
  readonly 'envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig': InjectedResourceConfig;
  readonly 'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate': OmitCanaryHostsPredicate;
  readonly 'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig': OmitHostMetadataConfig;
  readonly 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate': PreviousHostsPredicate;
  readonly 'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig': PreviousPrioritiesConfig;
  readonly 'envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig': LuaConfig;
  readonly 'envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink': GraphiteStatsdSink;
  readonly 'envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig': SinkConfig;
  readonly 'envoy.extensions.tracers.opentelemetry.resource_detectors.v3.EnvironmentResourceDetectorConfig': EnvironmentResourceDetectorConfig;
  readonly 'envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig': StaticConfigResourceDetectorConfig;
  readonly 'envoy.extensions.tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig': AlwaysOnSamplerConfig;
  readonly 'envoy.extensions.tracers.opentelemetry.samplers.v3.ParentBasedSamplerConfig': ParentBasedSamplerConfig;
  readonly 'envoy.extensions.tracers.opentelemetry.samplers.v3.TraceIdRatioBasedSamplerConfig': TraceIdRatioBasedSamplerConfig;
  readonly 'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport': Http11ProxyUpstreamTransport;
  readonly 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport': ProxyProtocolUpstreamTransport;
  readonly 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': RawBuffer;
  readonly 'envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig': StartTlsConfig;
  readonly 'envoy.extensions.transport_sockets.starttls.v3.UpstreamStartTlsConfig': UpstreamStartTlsConfig;
  readonly 'envoy.extensions.transport_sockets.tls.v3.CertificateProviderPluginInstance': CertificateProviderPluginInstance;
  readonly 'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext': CertificateValidationContext;
  readonly 'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts': CertificateValidationContextSystemRootCerts;
  readonly 'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext': CommonTlsContext;
  readonly 'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CertificateProvider': CommonTlsContextCertificateProvider;
  readonly 'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CertificateProviderInstance': CommonTlsContextCertificateProviderInstance;
  readonly 'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext': CommonTlsContextCombinedCertificateValidationContext;
  readonly 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext': DownstreamTlsContext;
  readonly 'envoy.extensions.transport_sockets.tls.v3.GenericSecret': GenericSecret;
  readonly 'envoy.extensions.transport_sockets.tls.v3.PrivateKeyProvider': PrivateKeyProvider;
  readonly 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig': SPIFFECertValidatorConfig;
  readonly 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig.TrustDomain': SPIFFECertValidatorConfigTrustDomain;
  readonly 'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig': SdsSecretConfig;
  readonly 'envoy.extensions.transport_sockets.tls.v3.Secret': Secret;
  readonly 'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher': SubjectAltNameMatcher;
  readonly 'envoy.extensions.transport_sockets.tls.v3.TlsCertificate': TlsCertificate;
  readonly 'envoy.extensions.transport_sockets.tls.v3.TlsKeyLog': TlsKeyLog;
  readonly 'envoy.extensions.transport_sockets.tls.v3.TlsParameters': TlsParameters;
  readonly 'envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys': TlsSessionTicketKeys;
  readonly 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext': UpstreamTlsContext;
  readonly 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': HttpHttpProtocolOptions;
  readonly 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig': HttpProtocolOptionsAutoHttpConfig;
  readonly 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig': HttpProtocolOptionsExplicitHttpConfig;
  readonly 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.OutlierDetection': HttpProtocolOptionsOutlierDetection;
  readonly 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig': HttpProtocolOptionsUseDownstreamHttpConfig;
  readonly 'envoy.service.auth.v3.AttributeContext': AttributeContext;
  readonly 'envoy.service.auth.v3.AttributeContext.HttpRequest': AttributeContextHttpRequest;
  readonly 'envoy.service.auth.v3.AttributeContext.Peer': AttributeContextPeer;
  readonly 'envoy.service.auth.v3.AttributeContext.Request': AttributeContextRequest;
  readonly 'envoy.service.auth.v3.AttributeContext.TLSSession': AttributeContextTLSSession;
  readonly 'envoy.service.auth.v3.CheckRequest': CheckRequest;
  readonly 'envoy.service.auth.v3.CheckResponse': CheckResponse;
  readonly 'envoy.service.auth.v3.DeniedHttpResponse': DeniedHttpResponse;
  readonly 'envoy.service.auth.v3.OkHttpResponse': OkHttpResponse;
  readonly 'envoy.service.discovery.v3.DiscoveryResponse': DiscoveryResponse;
  readonly 'envoy.service.discovery.v3.DynamicParameterConstraints': DynamicParameterConstraints;
  readonly 'envoy.service.discovery.v3.DynamicParameterConstraints.ConstraintList': DynamicParameterConstraintsConstraintList;
  readonly 'envoy.service.discovery.v3.DynamicParameterConstraints.SingleConstraint': DynamicParameterConstraintsSingleConstraint;
  readonly 'envoy.service.discovery.v3.DynamicParameterConstraints.SingleConstraint.Exists': DynamicParameterConstraintsSingleConstraintExists;
  readonly 'envoy.service.discovery.v3.ResourceError': ResourceError;
  readonly 'envoy.service.discovery.v3.ResourceName': ResourceName;
  readonly 'envoy.service.ext_proc.v3.BodyMutation': BodyMutation;
  readonly 'envoy.service.ext_proc.v3.BodyResponse': BodyResponse;
  readonly 'envoy.service.ext_proc.v3.CommonResponse': CommonResponse;
  readonly 'envoy.service.ext_proc.v3.GrpcStatus': GrpcStatus;
  readonly 'envoy.service.ext_proc.v3.HeaderMutation': ExtProcHeaderMutation;
  readonly 'envoy.service.ext_proc.v3.HeadersResponse': HeadersResponse;
  readonly 'envoy.service.ext_proc.v3.HttpBody': HttpBody;
  readonly 'envoy.service.ext_proc.v3.HttpHeaders': HttpHeaders;
  readonly 'envoy.service.ext_proc.v3.HttpTrailers': HttpTrailers;
  readonly 'envoy.service.ext_proc.v3.ImmediateResponse': ImmediateResponse;
  readonly 'envoy.service.ext_proc.v3.ProcessingRequest': ProcessingRequest;
  readonly 'envoy.service.ext_proc.v3.ProcessingRequest.ClientWindowUpdate': ProcessingRequestClientWindowUpdate;
  readonly 'envoy.service.ext_proc.v3.ProcessingRequest.FlowControlInit': ProcessingRequestFlowControlInit;
  readonly 'envoy.service.ext_proc.v3.ProcessingResponse': ProcessingResponse;
  readonly 'envoy.service.ext_proc.v3.ProcessingResponse.ServerWindowUpdate': ProcessingResponseServerWindowUpdate;
  readonly 'envoy.service.ext_proc.v3.ProtocolConfiguration': ProtocolConfiguration;
  readonly 'envoy.service.ext_proc.v3.StreamedBodyResponse': StreamedBodyResponse;
  readonly 'envoy.service.ext_proc.v3.StreamedImmediateResponse': StreamedImmediateResponse;
  readonly 'envoy.service.ext_proc.v3.TrailersResponse': TrailersResponse;
  readonly 'envoy.service.ratelimit.v3.RateLimitRequest': RateLimitRequest;
  readonly 'envoy.service.ratelimit.v3.RateLimitResponse': RateLimitResponse;
  readonly 'envoy.service.ratelimit.v3.RateLimitResponse.DescriptorStatus': RateLimitResponseDescriptorStatus;
  readonly 'envoy.service.ratelimit.v3.RateLimitResponse.Quota': RateLimitResponseQuota;
  readonly 'envoy.service.ratelimit.v3.RateLimitResponse.RateLimit': RateLimitResponseRateLimit;
  readonly 'envoy.type.http.v3.Cookie': Cookie;
  readonly 'envoy.type.http.v3.CookieAttribute': CookieAttribute;
  readonly 'envoy.type.http.v3.PathTransformation': PathTransformation;
  readonly 'envoy.type.http.v3.PathTransformation.Operation': PathTransformationOperation;
  readonly 'envoy.type.http.v3.PathTransformation.Operation.MergeSlashes': PathTransformationOperationMergeSlashes;
  readonly 'envoy.type.http.v3.PathTransformation.Operation.NormalizePathRFC3986': PathTransformationOperationNormalizePathRFC3986;
  readonly 'envoy.type.matcher.v3.AddressMatcher': AddressMatcher;
  readonly 'envoy.type.matcher.v3.DoubleMatcher': DoubleMatcher;
  readonly 'envoy.type.matcher.v3.FilterStateMatcher': FilterStateMatcher;
  readonly 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput': HttpRequestHeaderMatchInput;
  readonly 'envoy.type.matcher.v3.HttpRequestQueryParamMatchInput': HttpRequestQueryParamMatchInput;
  readonly 'envoy.type.matcher.v3.HttpResponseHeaderMatchInput': HttpResponseHeaderMatchInput;
  readonly 'envoy.type.matcher.v3.HttpResponseStatusCodeClassMatchInput': HttpResponseStatusCodeClassMatchInput;
  readonly 'envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput': HttpResponseStatusCodeMatchInput;
  readonly 'envoy.type.matcher.v3.HttpResponseTrailerMatchInput': HttpResponseTrailerMatchInput;
  readonly 'envoy.type.matcher.v3.ListMatcher': ListMatcher;
  readonly 'envoy.type.matcher.v3.ListStringMatcher': ListStringMatcher;
  readonly 'envoy.type.matcher.v3.MetadataMatcher': MetadataMatcher;
  readonly 'envoy.type.matcher.v3.MetadataMatcher.PathSegment': MetadataMatcherPathSegment;
  readonly 'envoy.type.matcher.v3.OrMatcher': OrMatcher;
  readonly 'envoy.type.matcher.v3.PathMatcher': PathMatcher;
  readonly 'envoy.type.matcher.v3.RegexMatchAndSubstitute': RegexMatchAndSubstitute;
  readonly 'envoy.type.matcher.v3.RegexMatcher': RegexMatcher;
  readonly 'envoy.type.matcher.v3.RegexMatcher.GoogleRE2': RegexMatcherGoogleRE2;
  readonly 'envoy.type.matcher.v3.StringMatcher': StringMatcher;
  readonly 'envoy.type.matcher.v3.ValueMatcher': ValueMatcher;
  readonly 'envoy.type.matcher.v3.ValueMatcher.NullMatch': ValueMatcherNullMatch;
  readonly 'envoy.type.metadata.v3.MetadataKey': MetadataKey;
  readonly 'envoy.type.metadata.v3.MetadataKey.PathSegment': MetadataKeyPathSegment;
  readonly 'envoy.type.metadata.v3.MetadataKind': MetadataKind;
  readonly 'envoy.type.metadata.v3.MetadataKind.Cluster': MetadataKindCluster;
  readonly 'envoy.type.metadata.v3.MetadataKind.Host': MetadataKindHost;
  readonly 'envoy.type.metadata.v3.MetadataKind.Request': MetadataKindRequest;
  readonly 'envoy.type.metadata.v3.MetadataKind.Route': MetadataKindRoute;
  readonly 'envoy.type.tracing.v3.CustomTag': CustomTag;
  readonly 'envoy.type.tracing.v3.CustomTag.Environment': CustomTagEnvironment;
  readonly 'envoy.type.tracing.v3.CustomTag.Header': CustomTagHeader;
  readonly 'envoy.type.tracing.v3.CustomTag.Literal': CustomTagLiteral;
  readonly 'envoy.type.tracing.v3.CustomTag.Metadata': CustomTagMetadata;
  readonly 'envoy.type.v3.DoubleRange': DoubleRange;
  readonly 'envoy.type.v3.FractionalPercent': FractionalPercent;
  readonly 'envoy.type.v3.HashPolicy': HashPolicy;
  readonly 'envoy.type.v3.HashPolicy.FilterState': HashPolicyFilterState;
  readonly 'envoy.type.v3.HashPolicy.SourceIp': HashPolicySourceIp;
  readonly 'envoy.type.v3.HttpStatus': HttpStatus;
  readonly 'envoy.type.v3.Int32Range': Int32Range;
  readonly 'envoy.type.v3.Int64Range': Int64Range;
  readonly 'envoy.type.v3.Percent': Percent;
  readonly 'envoy.type.v3.SemanticVersion': SemanticVersion;
  readonly 'envoy.type.v3.TokenBucket': TokenBucket;
  readonly 'google.api.expr.v1alpha1.CheckedExpr': OlderCelCheckedExpr;
  readonly 'google.api.expr.v1alpha1.Constant': OlderCelConstant;
  readonly 'google.api.expr.v1alpha1.Expr': OlderCelExpr;
  readonly 'google.api.expr.v1alpha1.Expr.Call': OlderCelExprCall;
  readonly 'google.api.expr.v1alpha1.Expr.Comprehension': OlderCelExprComprehension;
  readonly 'google.api.expr.v1alpha1.Expr.CreateList': OlderCelExprCreateList;
  readonly 'google.api.expr.v1alpha1.Expr.CreateStruct': OlderCelExprCreateStruct;
  readonly 'google.api.expr.v1alpha1.Expr.CreateStruct.Entry': OlderCelExprCreateStructEntry;
  readonly 'google.api.expr.v1alpha1.Expr.Ident': OlderCelExprIdent;
  readonly 'google.api.expr.v1alpha1.Expr.Select': OlderCelExprSelect;
  readonly 'google.api.expr.v1alpha1.ParsedExpr': OlderCelParsedExpr;
  readonly 'google.api.expr.v1alpha1.Reference': OlderCelReference;
  readonly 'google.api.expr.v1alpha1.SourceInfo': OlderCelSourceInfo;
  readonly 'google.api.expr.v1alpha1.SourceInfo.Extension': OlderCelSourceInfoExtension;
  readonly 'google.api.expr.v1alpha1.SourceInfo.Extension.Version': OlderCelSourceInfoExtensionVersion;
  readonly 'google.api.expr.v1alpha1.Type': OlderCelType;
  readonly 'google.api.expr.v1alpha1.Type.AbstractType': OlderCelTypeAbstractType;
  readonly 'google.api.expr.v1alpha1.Type.FunctionType': OlderCelTypeFunctionType;
  readonly 'google.api.expr.v1alpha1.Type.ListType': OlderCelTypeListType;
  readonly 'google.api.expr.v1alpha1.Type.MapType': OlderCelTypeMapType;
  readonly 'xds.core.v3.Authority': XdsAuthority;
  readonly 'xds.core.v3.CidrRange': XdsCidrRange;
  readonly 'xds.core.v3.ContextParams': XdsContextParams;
  readonly 'xds.core.v3.TypedExtensionConfig': XdsTypedExtensionConfig;
  readonly 'xds.type.matcher.v3.CelMatcher': XdsCelMatcher;
  readonly 'xds.type.matcher.v3.HttpAttributesCelMatchInput': XdsHttpAttributesCelMatchInput;
  readonly 'xds.type.matcher.v3.IPMatcher': XdsIPMatcher;
  readonly 'xds.type.matcher.v3.IPMatcher.IPRangeMatcher': XdsIPMatcherIPRangeMatcher;
  readonly 'xds.type.matcher.v3.Matcher': XdsMatcher;
  readonly 'xds.type.matcher.v3.Matcher.MatcherList': XdsMatcherMatcherList;
  readonly 'xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher': XdsMatcherMatcherListFieldMatcher;
  readonly 'xds.type.matcher.v3.Matcher.MatcherList.Predicate': XdsMatcherMatcherListPredicate;
  readonly 'xds.type.matcher.v3.Matcher.MatcherList.Predicate.PredicateList': XdsMatcherMatcherListPredicatePredicateList;
  readonly 'xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate': XdsMatcherMatcherListPredicateSinglePredicate;
  readonly 'xds.type.matcher.v3.Matcher.MatcherTree': XdsMatcherMatcherTree;
  readonly 'xds.type.matcher.v3.Matcher.MatcherTree.MatchMap': XdsMatcherMatcherTreeMatchMap;
  readonly 'xds.type.matcher.v3.Matcher.OnMatch': XdsMatcherOnMatch;
  readonly 'xds.type.matcher.v3.RegexMatcher': XdsRegexMatcher;
  readonly 'xds.type.matcher.v3.RegexMatcher.GoogleRE2': XdsRegexMatcherGoogleRE2;
  readonly 'xds.type.matcher.v3.ServerNameMatcher': XdsServerNameMatcher;
  readonly 'xds.type.matcher.v3.ServerNameMatcher.DomainMatcher': XdsServerNameMatcherDomainMatcher;
  readonly 'xds.type.matcher.v3.StringMatcher': XdsStringMatcher;
  readonly 'xds.type.v3.CelExpression': XdsCelExpression;
}
