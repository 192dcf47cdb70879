/** What is done with the messages of schema/generated/upstream.ts; see support.ts. */
import type { Entry } from './support.ts';

const CLUSTER = 'envoy.config.cluster.v3';
const ENDPOINT = 'envoy.config.endpoint.v3';
const LB = 'envoy.extensions.load_balancing_policies';

const entries: Readonly<Record<string, Entry>> = {
  [`${CLUSTER}.Cluster.TransportSocketMatch`]: { does: '*' },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig': {
    does: 'http_protocol_options http2_protocol_options',
  },
  [`${CLUSTER}.Cluster.RefreshRate`]: { does: '*' },
  [`${CLUSTER}.Cluster.PreconnectPolicy`]: {
    does: 'per_upstream_preconnect_ratio predictive_preconnect_ratio',
  },
  [`${CLUSTER}.CircuitBreakers.Thresholds.RetryBudget`]: { does: 'budget_percent min_retry_concurrency' },
  [`${CLUSTER}.Cluster.CustomClusterType`]: { does: 'name typed_config' },
  'envoy.extensions.clusters.aggregate.v3.ClusterConfig': { does: '*' },
  'envoy.extensions.clusters.dns.v3.DnsCluster': { does: '*' },
  'envoy.extensions.clusters.dns.v3.DnsCluster.RefreshRate': { does: '*' },
  'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig': {
    does: 'dns_cache_config allow_insecure_cluster_options',
  },
  'envoy.extensions.clusters.original_dst.v3.OriginalDstCluster': { does: '*' },
  'envoy.extensions.clusters.redis.v3.RedisClusterConfig': { does: '*' },
  [`${CLUSTER}.Cluster.MaglevLbConfig`]: { does: 'table_size' },
  [`${CLUSTER}.Cluster.RingHashLbConfig`]: { does: '*' },
  [`${CLUSTER}.Cluster.EdsClusterConfig`]: { does: '*' },
  [`${CLUSTER}.Cluster.OriginalDstLbConfig`]: { does: '*' },
  [`${CLUSTER}.Cluster.RoundRobinLbConfig`]: { does: '*' },
  [`${CLUSTER}.Cluster.SlowStartConfig`]: { does: '*' },
  [`${CLUSTER}.Cluster.LbSubsetConfig`]: { does: '*' },
  [`${CLUSTER}.Cluster.LbSubsetConfig.LbSubsetSelector`]: { does: '*' },
  [`${CLUSTER}.Cluster.CommonLbConfig.LocalityWeightedLbConfig`]: {},
  [`${LB}.cluster_provided.v3.ClusterProvided`]: {},
  [`${LB}.common.v3.LocalityLbConfig`]: { does: '*' },
  [`${LB}.common.v3.LocalityLbConfig.LocalityWeightedLbConfig`]: {},
  [`${LB}.common.v3.LocalityLbConfig.ZoneAwareLbConfig`]: { does: '*' },
  [`${LB}.common.v3.LocalityLbConfig.ZoneAwareLbConfig.ForceLocalZone`]: { does: '*' },
  [`${LB}.common.v3.SlowStartConfig`]: { does: '*' },
  [`${LB}.subset.v3.Subset`]: { does: '*' },
  [`${LB}.subset.v3.Subset.LbSubsetSelector`]: { does: '*' },
  [`${CLUSTER}.Cluster.CommonLbConfig`]: {
    does: [
      'healthy_panic_threshold zone_aware_lb_config consistent_hashing_lb_config ignore_new_hosts_until_first_hc',
      'locality_weighted_lb_config override_host_status close_connections_on_host_set_change',
    ].join(' '),
    inert: 'update_merge_window',
  },
  [`${CLUSTER}.Cluster.CommonLbConfig.ZoneAwareLbConfig`]: { does: '*' },
  [`${CLUSTER}.Cluster.CommonLbConfig.ConsistentHashingLbConfig`]: { does: '*' },
  [`${CLUSTER}.LoadBalancingPolicy`]: { does: 'policies' },
  [`${CLUSTER}.LoadBalancingPolicy.Policy`]: { does: 'typed_extension_config' },
  [`${LB}.round_robin.v3.RoundRobin`]: { does: '*' },
  [`${LB}.random.v3.Random`]: { does: '*' },
  [`${LB}.least_request.v3.LeastRequest`]: {
    does: 'choice_count active_request_bias slow_start_config locality_lb_config selection_method',
    // Envoy 1.40 looks at selection_method alone.
    inert: 'enable_full_scan',
  },
  [`${LB}.maglev.v3.Maglev`]: { does: '*' },
  [`${LB}.ring_hash.v3.RingHash`]: { does: '*' },
  [`${LB}.common.v3.ConsistentHashingLbConfig`]: { does: '*' },
  [`${LB}.override_host.v3.OverrideHost`]: { does: '*' },
  [`${LB}.override_host.v3.OverrideHost.OverrideHostSource`]: { does: '*' },
  'envoy.extensions.network.socket_interface.v3.DefaultSocketInterface': {},
  'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig': {
    does: 'resolvers query_timeout_seconds query_tries dns_resolver_options use_resolvers_as_fallback filter_unroutable_families',
  },
  [`${CLUSTER}.OutlierDetection`]: {
    does: [
      'consecutive_5xx interval base_ejection_time max_ejection_percent enforcing_consecutive_5xx enforcing_success_rate',
      'success_rate_minimum_hosts success_rate_request_volume success_rate_stdev_factor consecutive_gateway_failure',
      'enforcing_consecutive_gateway_failure split_external_local_origin_errors consecutive_local_origin_failure',
      'enforcing_consecutive_local_origin_failure enforcing_local_origin_success_rate failure_percentage_threshold',
      'enforcing_failure_percentage enforcing_failure_percentage_local_origin failure_percentage_minimum_hosts',
      'failure_percentage_request_volume max_ejection_time max_ejection_time_jitter',
      'successful_active_health_check_uneject_host always_eject_one_host detect_degraded_hosts',
    ].join(' '),
  },
  [`${CLUSTER}.UpstreamConnectionOptions`]: { does: 'tcp_keepalive happy_eyeballs_config' },
  [`${CLUSTER}.UpstreamConnectionOptions.HappyEyeballsConfig`]: { does: '*' },
  [`${ENDPOINT}.Endpoint.AdditionalAddress`]: { does: '*' },
  [`${ENDPOINT}.Endpoint.HealthCheckConfig`]: { does: '*' },
  'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink': { does: '*' },
  'envoy.extensions.health_checkers.redis.v3.Redis': { does: 'key' },
  [`${ENDPOINT}.ClusterLoadAssignment.Policy.DropOverload`]: { does: '*' },
  [`${ENDPOINT}.ClusterLoadAssignment.Policy`]: {
    does: '*',
  },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig': {
    does: 'http_protocol_options http2_protocol_options',
  },
  'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate': {},
  'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig': { does: 'metadata_match' },
  'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate': {},
  'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig': { does: 'update_frequency' },
};
export default entries;
