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
  [`${CLUSTER}.CircuitBreakers.Thresholds.RetryBudget`]: { does: 'budget_percent min_retry_concurrency' },
  [`${CLUSTER}.Cluster.CustomClusterType`]: { does: 'name typed_config' },
  'envoy.extensions.clusters.redis.v3.RedisClusterConfig': { does: '*' },
  [`${CLUSTER}.Cluster.MaglevLbConfig`]: { does: 'table_size' },
  [`${CLUSTER}.Cluster.RingHashLbConfig`]: {
    does: 'minimum_ring_size maximum_ring_size hash_function',
    values: { hash_function: 'XX_HASH' },
  },
  [`${CLUSTER}.Cluster.CommonLbConfig`]: {
    does: 'healthy_panic_threshold zone_aware_lb_config consistent_hashing_lb_config ignore_new_hosts_until_first_hc',
    inert: 'update_merge_window',
  },
  // Without a local cluster (cluster_manager.local_cluster_name) there is no zone aware routing to configure.
  [`${CLUSTER}.Cluster.CommonLbConfig.ZoneAwareLbConfig`]: {
    does: 'fail_traffic_on_panic',
    inert: 'routing_enabled min_cluster_size',
  },
  [`${CLUSTER}.Cluster.CommonLbConfig.ConsistentHashingLbConfig`]: { does: 'use_hostname_for_hashing' },
  [`${CLUSTER}.LoadBalancingPolicy`]: { does: 'policies' },
  [`${CLUSTER}.LoadBalancingPolicy.Policy`]: { does: 'typed_extension_config' },
  [`${LB}.round_robin.v3.RoundRobin`]: {},
  [`${LB}.random.v3.Random`]: {},
  [`${LB}.least_request.v3.LeastRequest`]: { does: 'choice_count active_request_bias' },
  [`${LB}.maglev.v3.Maglev`]: { does: 'table_size consistent_hashing_lb_config' },
  [`${LB}.ring_hash.v3.RingHash`]: {
    does: 'minimum_ring_size maximum_ring_size hash_function use_hostname_for_hashing consistent_hashing_lb_config',
    values: { hash_function: 'XX_HASH' },
  },
  [`${LB}.common.v3.ConsistentHashingLbConfig`]: { does: 'use_hostname_for_hashing' },
  'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig': { does: 'resolvers' },
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
  [`${CLUSTER}.UpstreamConnectionOptions`]: { does: 'tcp_keepalive' },
  [`${ENDPOINT}.Endpoint.HealthCheckConfig`]: { does: '*' },
  'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink': { does: '*' },
  'envoy.extensions.health_checkers.redis.v3.Redis': { does: 'key' },
  [`${ENDPOINT}.ClusterLoadAssignment.Policy`]: { does: 'overprovisioning_factor' },
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig': {
    does: 'http_protocol_options http2_protocol_options',
  },
  'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate': {},
  'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig': { does: 'metadata_match' },
  'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate': {},
  'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig': { does: 'update_frequency' },
};
export default entries;
