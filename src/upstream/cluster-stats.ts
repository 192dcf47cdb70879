/**
 * Everything under `cluster.<name>.` that Envoy shows from the start, so that dashboards find each name (1.40's list, checked
 * against its /stats, and the names only 1.16 has). What the data path counts is a field; the rest is only registered.
 * Source of the names: ALL_CLUSTER_STATS in envoy/upstream/upstream.h.
 */
import type { Counter, Gauge, Histogram, Scope } from '../stats/store.ts';
import type { ClusterStats } from './types.ts';

/** Shown by Envoy, counted by nobody in this directory (some by http/router through the scope: same name, same slot). */
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
  'upstream_queue_overloaded', 'upstream_rq_0rtt', 'upstream_rq_active_overflow', 'upstream_rq_completed',
  'upstream_rq_max_duration_reached', 'upstream_rq_per_try_idle_timeout', 'upstream_rq_retry',
  'upstream_rq_retry_backoff_exponential', 'upstream_rq_retry_backoff_ratelimited',
  'upstream_rq_retry_limit_exceeded', 'upstream_rq_retry_overflow', 'upstream_rq_retry_success',
  'upstream_rq_rx_reset_no_error',
];
const OTHER_GAUGES: readonly string[] = ['lb_subsets_active', 'membership_excluded', 'version', 'warming_state'];
const OTHER_HISTOGRAMS: readonly string[] = ['upstream_rq_per_cx'];

export class ClusterStatsSet implements ClusterStats {
  readonly scope: Scope;
  readonly upstreamCxTotal: Counter;
  readonly upstreamCxActive: Gauge;
  readonly upstreamCxHttp1Total: Counter;
  readonly upstreamCxHttp2Total: Counter;
  readonly upstreamCxConnectFail: Counter;
  readonly upstreamCxConnectTimeout: Counter;
  readonly upstreamCxIdleTimeout: Counter;
  readonly upstreamCxConnectAttemptsExceeded: Counter;
  readonly upstreamCxOverflow: Counter;
  readonly upstreamCxConnectMs: Histogram;
  readonly upstreamCxLengthMs: Histogram;
  readonly upstreamCxDestroy: Counter;
  readonly upstreamCxDestroyLocal: Counter;
  readonly upstreamCxDestroyRemote: Counter;
  readonly upstreamCxDestroyWithActiveRq: Counter;
  readonly upstreamCxDestroyLocalWithActiveRq: Counter;
  readonly upstreamCxDestroyRemoteWithActiveRq: Counter;
  readonly upstreamCxCloseNotify: Counter;
  readonly upstreamCxRxBytesTotal: Counter;
  readonly upstreamCxRxBytesBuffered: Gauge;
  readonly upstreamCxTxBytesTotal: Counter;
  readonly upstreamCxTxBytesBuffered: Gauge;
  readonly upstreamCxProtocolError: Counter;
  readonly upstreamCxMaxRequests: Counter;
  readonly upstreamCxNoneHealthy: Counter;
  readonly upstreamRqTotal: Counter;
  readonly upstreamRqActive: Gauge;
  readonly upstreamRqPendingTotal: Counter;
  readonly upstreamRqPendingOverflow: Counter;
  readonly upstreamRqPendingFailureEject: Counter;
  readonly upstreamRqPendingActive: Gauge;
  readonly upstreamRqCancelled: Counter;
  readonly upstreamRqMaintenanceMode: Counter;
  readonly upstreamRqTimeout: Counter;
  readonly upstreamRqPerTryTimeout: Counter;
  readonly upstreamRqRxReset: Counter;
  readonly upstreamRqTxReset: Counter;
  readonly upstreamFlowControlPausedReadingTotal: Counter;
  readonly upstreamFlowControlResumedReadingTotal: Counter;
  readonly upstreamFlowControlBackedUpTotal: Counter;
  readonly upstreamFlowControlDrainedTotal: Counter;
  readonly lbHealthyPanic: Counter;
  readonly updateAttempt: Counter;
  readonly updateSuccess: Counter;
  readonly updateFailure: Counter;
  readonly updateEmpty: Counter;
  readonly updateNoRebuild: Counter;
  readonly membershipChange: Counter;
  readonly membershipTotal: Gauge;
  readonly membershipHealthy: Gauge;
  readonly membershipDegraded: Gauge;
  readonly maxHostWeight: Gauge;
  readonly totalMatchCount: Counter;

  constructor(scope: Scope) {
    this.scope = scope;
    this.upstreamCxTotal = scope.counter('upstream_cx_total');
    this.upstreamCxActive = scope.gauge('upstream_cx_active');
    this.upstreamCxHttp1Total = scope.counter('upstream_cx_http1_total');
    this.upstreamCxHttp2Total = scope.counter('upstream_cx_http2_total');
    this.upstreamCxConnectFail = scope.counter('upstream_cx_connect_fail');
    this.upstreamCxConnectTimeout = scope.counter('upstream_cx_connect_timeout');
    this.upstreamCxIdleTimeout = scope.counter('upstream_cx_idle_timeout');
    this.upstreamCxConnectAttemptsExceeded = scope.counter('upstream_cx_connect_attempts_exceeded');
    this.upstreamCxOverflow = scope.counter('upstream_cx_overflow');
    this.upstreamCxConnectMs = scope.histogram('upstream_cx_connect_ms', 'ms');
    this.upstreamCxLengthMs = scope.histogram('upstream_cx_length_ms', 'ms');
    this.upstreamCxDestroy = scope.counter('upstream_cx_destroy');
    this.upstreamCxDestroyLocal = scope.counter('upstream_cx_destroy_local');
    this.upstreamCxDestroyRemote = scope.counter('upstream_cx_destroy_remote');
    this.upstreamCxDestroyWithActiveRq = scope.counter('upstream_cx_destroy_with_active_rq');
    this.upstreamCxDestroyLocalWithActiveRq = scope.counter('upstream_cx_destroy_local_with_active_rq');
    this.upstreamCxDestroyRemoteWithActiveRq = scope.counter('upstream_cx_destroy_remote_with_active_rq');
    this.upstreamCxCloseNotify = scope.counter('upstream_cx_close_notify');
    this.upstreamCxRxBytesTotal = scope.counter('upstream_cx_rx_bytes_total');
    this.upstreamCxRxBytesBuffered = scope.gauge('upstream_cx_rx_bytes_buffered');
    this.upstreamCxTxBytesTotal = scope.counter('upstream_cx_tx_bytes_total');
    this.upstreamCxTxBytesBuffered = scope.gauge('upstream_cx_tx_bytes_buffered');
    this.upstreamCxProtocolError = scope.counter('upstream_cx_protocol_error');
    this.upstreamCxMaxRequests = scope.counter('upstream_cx_max_requests');
    this.upstreamCxNoneHealthy = scope.counter('upstream_cx_none_healthy');
    this.upstreamRqTotal = scope.counter('upstream_rq_total');
    this.upstreamRqActive = scope.gauge('upstream_rq_active');
    this.upstreamRqPendingTotal = scope.counter('upstream_rq_pending_total');
    this.upstreamRqPendingOverflow = scope.counter('upstream_rq_pending_overflow');
    this.upstreamRqPendingFailureEject = scope.counter('upstream_rq_pending_failure_eject');
    this.upstreamRqPendingActive = scope.gauge('upstream_rq_pending_active');
    this.upstreamRqCancelled = scope.counter('upstream_rq_cancelled');
    this.upstreamRqMaintenanceMode = scope.counter('upstream_rq_maintenance_mode');
    this.upstreamRqTimeout = scope.counter('upstream_rq_timeout');
    this.upstreamRqPerTryTimeout = scope.counter('upstream_rq_per_try_timeout');
    this.upstreamRqRxReset = scope.counter('upstream_rq_rx_reset');
    this.upstreamRqTxReset = scope.counter('upstream_rq_tx_reset');
    this.upstreamFlowControlPausedReadingTotal = scope.counter('upstream_flow_control_paused_reading_total');
    this.upstreamFlowControlResumedReadingTotal = scope.counter('upstream_flow_control_resumed_reading_total');
    this.upstreamFlowControlBackedUpTotal = scope.counter('upstream_flow_control_backed_up_total');
    this.upstreamFlowControlDrainedTotal = scope.counter('upstream_flow_control_drained_total');
    this.lbHealthyPanic = scope.counter('lb_healthy_panic');
    this.updateAttempt = scope.counter('update_attempt');
    this.updateSuccess = scope.counter('update_success');
    this.updateFailure = scope.counter('update_failure');
    this.updateEmpty = scope.counter('update_empty');
    this.updateNoRebuild = scope.counter('update_no_rebuild');
    this.membershipChange = scope.counter('membership_change');
    this.membershipTotal = scope.gauge('membership_total');
    this.membershipHealthy = scope.gauge('membership_healthy');
    this.membershipDegraded = scope.gauge('membership_degraded');
    this.maxHostWeight = scope.gauge('max_host_weight');
    this.totalMatchCount = scope.counter('default.total_match_count');
    for (const name of OTHER_COUNTERS) scope.counter(name);
    for (const name of OTHER_GAUGES) scope.gauge(name);
    for (const name of OTHER_HISTOGRAMS) scope.histogram(name, 'none');
  }
}
