/**
 * Everything under `cluster.<name>.` that Envoy shows from the start, so that dashboards find each name (1.40's list, checked
 * against its /stats, and the names only 1.16 has). What the data path counts is a field, named here and nowhere else; the rest is only registered.
 * What is shown need not be made: a cluster that nobody uses has the first of these classes only.
 * Source of the names: ALL_CLUSTER_STATS in envoy/upstream/upstream.h.
 */
import { type Roll, rollOf } from '../stats/roll.ts';
import type { Scope } from '../stats/store.ts';
import type { ByteStats } from '../transport/connection.ts';

/** Only shown. What is counted of them is counted by whoever asks the scope for the name: same name, same slot. */
// biome-ignore format: a word list
const OTHER_COUNTERS: readonly string[] = [
  'assignment_stale', 'assignment_timeout_received', 'assignment_use_cached', 'bind_errors',
  'lb_local_cluster_not_ok', 'lb_recalculate_zone_structures', 'lb_subsets_created', 'lb_subsets_fallback',
  'lb_subsets_fallback_panic', 'lb_subsets_removed', 'lb_subsets_selected', 'lb_zone_cluster_too_small',
  'lb_zone_no_capacity_left', 'lb_zone_number_differs', 'lb_zone_routing_all_directly', 'lb_zone_routing_cross_zone',
  'lb_zone_routing_sampled', 'original_dst_host_invalid', 'retry_or_shadow_abandoned',
  'upstream_cx_connect_with_0_rtt', 'upstream_cx_http3_total', 'upstream_cx_max_duration_reached',
  'upstream_cx_pool_overflow', 'upstream_cx_preconnect_skipped', 'upstream_http3_broken',
  'upstream_internal_redirect_failed_total', 'upstream_internal_redirect_succeeded_total',
  'upstream_rq_0rtt', 'upstream_rq_active_overflow', 'upstream_rq_completed',
  'upstream_rq_max_duration_reached', 'upstream_rq_per_try_idle_timeout', 'upstream_rq_retry',
  'upstream_rq_retry_backoff_exponential', 'upstream_rq_retry_backoff_ratelimited',
  'upstream_rq_retry_limit_exceeded', 'upstream_rq_retry_overflow', 'upstream_rq_retry_success',
  'upstream_rq_rx_reset_no_error',
];
const OTHER_GAUGES: readonly string[] = ['lb_subsets_active', 'upstream_queue_overloaded', 'version'];
const OTHER_HISTOGRAMS: readonly string[] = ['upstream_rq_per_cx'];

/** Field initialisers of a subclass run after its base has stored the scope. */
class Scoped {
  /** `cluster.<name>.` */
  readonly scope: Scope;
  constructor(scope: Scope) {
    this.scope = scope;
  }
}

/** What every cluster counts when it has hosts. */
export class MembershipStats extends Scoped {
  readonly membershipChange = this.scope.counter('membership_change');
  readonly membershipTotal = this.scope.gauge('membership_total');
  readonly membershipHealthy = this.scope.gauge('membership_healthy');
  readonly membershipDegraded = this.scope.gauge('membership_degraded');
  readonly membershipExcluded = this.scope.gauge('membership_excluded');
  readonly totalMatchCount = this.scope.counter('default.total_match_count');
}

/** … when somebody looks for them, or it comes later than the others. */
export class DiscoveryStats extends MembershipStats {
  readonly updateAttempt = this.scope.counter('update_attempt');
  readonly updateSuccess = this.scope.counter('update_success');
  readonly updateFailure = this.scope.counter('update_failure');
  readonly updateEmpty = this.scope.counter('update_empty');
  readonly updateNoRebuild = this.scope.counter('update_no_rebuild');
  readonly warmingState = this.scope.gauge('warming_state');
  readonly maxHostWeight = this.scope.gauge('max_host_weight');
}

/** … when it is used. Also all of it. */
export class ClusterStats extends DiscoveryStats {
  readonly upstreamCxTotal = this.scope.counter('upstream_cx_total');
  readonly upstreamCxActive = this.scope.gauge('upstream_cx_active');
  readonly upstreamCxHttp1Total = this.scope.counter('upstream_cx_http1_total');
  readonly upstreamCxHttp2Total = this.scope.counter('upstream_cx_http2_total');
  readonly upstreamCxConnectFail = this.scope.counter('upstream_cx_connect_fail');
  readonly upstreamCxConnectTimeout = this.scope.counter('upstream_cx_connect_timeout');
  readonly upstreamCxIdleTimeout = this.scope.counter('upstream_cx_idle_timeout');
  readonly upstreamCxConnectAttemptsExceeded = this.scope.counter('upstream_cx_connect_attempts_exceeded');
  readonly upstreamCxOverflow = this.scope.counter('upstream_cx_overflow');
  readonly upstreamCxConnectMs = this.scope.histogram('upstream_cx_connect_ms', 'ms');
  readonly upstreamCxLengthMs = this.scope.histogram('upstream_cx_length_ms', 'ms');
  readonly upstreamCxDestroy = this.scope.counter('upstream_cx_destroy');
  readonly upstreamCxDestroyLocal = this.scope.counter('upstream_cx_destroy_local');
  readonly upstreamCxDestroyRemote = this.scope.counter('upstream_cx_destroy_remote');
  readonly upstreamCxDestroyWithActiveRq = this.scope.counter('upstream_cx_destroy_with_active_rq');
  readonly upstreamCxDestroyLocalWithActiveRq = this.scope.counter('upstream_cx_destroy_local_with_active_rq');
  readonly upstreamCxDestroyRemoteWithActiveRq = this.scope.counter('upstream_cx_destroy_remote_with_active_rq');
  readonly upstreamCxCloseNotify = this.scope.counter('upstream_cx_close_notify');
  readonly upstreamCxRxBytesTotal = this.scope.counter('upstream_cx_rx_bytes_total');
  readonly upstreamCxRxBytesBuffered = this.scope.gauge('upstream_cx_rx_bytes_buffered');
  readonly upstreamCxTxBytesTotal = this.scope.counter('upstream_cx_tx_bytes_total');
  readonly upstreamCxTxBytesBuffered = this.scope.gauge('upstream_cx_tx_bytes_buffered');
  readonly upstreamCxProtocolError = this.scope.counter('upstream_cx_protocol_error');
  readonly upstreamCxMaxRequests = this.scope.counter('upstream_cx_max_requests');
  readonly upstreamCxNoneHealthy = this.scope.counter('upstream_cx_none_healthy');
  readonly upstreamRqTotal = this.scope.counter('upstream_rq_total');
  readonly upstreamRqActive = this.scope.gauge('upstream_rq_active');
  readonly upstreamRqPendingTotal = this.scope.counter('upstream_rq_pending_total');
  readonly upstreamRqPendingOverflow = this.scope.counter('upstream_rq_pending_overflow');
  readonly upstreamRqPendingFailureEject = this.scope.counter('upstream_rq_pending_failure_eject');
  readonly upstreamRqPendingActive = this.scope.gauge('upstream_rq_pending_active');
  readonly upstreamRqCancelled = this.scope.counter('upstream_rq_cancelled');
  readonly upstreamRqMaintenanceMode = this.scope.counter('upstream_rq_maintenance_mode');
  readonly upstreamRqTimeout = this.scope.counter('upstream_rq_timeout');
  readonly upstreamRqPerTryTimeout = this.scope.counter('upstream_rq_per_try_timeout');
  readonly upstreamRqRxReset = this.scope.counter('upstream_rq_rx_reset');
  readonly upstreamRqTxReset = this.scope.counter('upstream_rq_tx_reset');
  readonly upstreamFlowControlPausedReadingTotal = this.scope.counter('upstream_flow_control_paused_reading_total');
  readonly upstreamFlowControlResumedReadingTotal = this.scope.counter('upstream_flow_control_resumed_reading_total');
  readonly upstreamFlowControlBackedUpTotal = this.scope.counter('upstream_flow_control_backed_up_total');
  readonly upstreamFlowControlDrainedTotal = this.scope.counter('upstream_flow_control_drained_total');
  readonly lbHealthyPanic = this.scope.counter('lb_healthy_panic');
  /** What each connection to the cluster counts its bytes with. */
  readonly bytes: ByteStats = {
    rxTotal: this.upstreamCxRxBytesTotal,
    rxBuffered: this.upstreamCxRxBytesBuffered,
    txTotal: this.upstreamCxTxBytesTotal,
    txBuffered: this.upstreamCxTxBytesBuffered,
  };
}

let names: Roll | null = null;

/** The names of a cluster, whether or not it is ever used. */
export function clusterRoll(): Roll {
  names ??= rollOf((scope) => {
    for (const name of OTHER_COUNTERS) scope.counter(name);
    for (const name of OTHER_GAUGES) scope.gauge(name);
    for (const name of OTHER_HISTOGRAMS) scope.histogram(name, 'none');
    return new ClusterStats(scope);
  });
  return names;
}
