/** `http.<stat_prefix>.` and `listener.<address>.http.<stat_prefix>.` metrics of a connection manager. Names are Envoy's (conn_manager_config.h, router.h). */
import type { Counter, Gauge, Histogram, Scope } from '../stats/store.ts';
import type { ByteStats } from '../transport/connection.ts';

/** downstream_rq_1xx … 5xx and downstream_rq_completed. */
class ResponseClasses {
  private readonly classes: readonly Counter[];
  private readonly completed: Counter;
  constructor(scope: Scope) {
    this.classes = [1, 2, 3, 4, 5].map((n) => scope.counter(`downstream_rq_${n}xx`));
    this.completed = scope.counter('downstream_rq_completed');
  }
  count(status: number): void {
    this.completed.inc();
    if (status >= 100 && status < 600) this.classes[((status / 100) | 0) - 1].inc();
  }
}

/** Shown by Envoy; here nothing of the kind can happen. */
// biome-ignore format: a word list
const UNUSED_COUNTERS: readonly string[] = [
  'downstream_cx_http3_total', 'downstream_cx_overload_disable_keepalive',
  'downstream_rq_http3_total', 'downstream_rq_overload_close',
];
const UNUSED_GAUGES: readonly string[] = ['downstream_cx_http3_active'];

/** `http.<prefix>.tracing.` of a connection manager from a listener's config, there whether it traces or not; the admin's has none of them. */
export function makeTracingStats(scope: Scope): void {
  for (const name of ['client_enabled', 'health_check', 'not_traceable', 'random_sampling', 'service_forced'])
    scope.counter(`tracing.${name}`);
}

/** They exist from the first HTTP/1 codec on, as in Envoy (source/common/http/http1/codec_stats.h). */
export function makeHttp1Stats(scope: Scope): void {
  const s = scope.scope('http1.');
  for (const name of [
    'dropped_headers_with_underscores',
    'metadata_not_supported_error',
    'requests_rejected_with_underscores_in_headers',
    'response_flood',
  ])
    s.counter(name);
}

export class HttpStats {
  readonly scope: Scope;
  readonly root: Scope;
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxSslTotal: Counter;
  readonly cxSslActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxDestroyLocal: Counter;
  readonly cxDestroyRemote: Counter;
  readonly cxDestroyActiveRq: Counter;
  readonly cxDestroyLocalActiveRq: Counter;
  readonly cxDestroyRemoteActiveRq: Counter;
  readonly cxHttp1Total: Counter;
  readonly cxHttp1Active: Gauge;
  readonly cxHttp2Total: Counter;
  readonly cxHttp2Active: Gauge;
  readonly cxIdleTimeout: Counter;
  readonly cxMaxDurationReached: Counter;
  readonly cxMaxRequestsReached: Counter;
  readonly cxDelayedCloseTimeout: Counter;
  readonly cxDrainClose: Counter;
  readonly cxProtocolError: Counter;
  readonly cxLengthMs: Histogram;
  readonly flowControlPaused: Counter;
  readonly flowControlResumed: Counter;
  readonly rqTotal: Counter;
  readonly rqHttp1Total: Counter;
  readonly rqHttp2Total: Counter;
  readonly rqActive: Gauge;
  readonly rqTimeout: Counter;
  readonly rqHeaderTimeout: Counter;
  readonly rqIdleTimeout: Counter;
  readonly rqMaxDurationReached: Counter;
  readonly rqRxReset: Counter;
  readonly rqTxReset: Counter;
  readonly rqTooLarge: Counter;
  readonly rqTooManyPrematureResets: Counter;
  readonly rqNonRelativePath: Counter;
  readonly rqFailedPathNormalization: Counter;
  readonly rqRedirectedWithNormalizedPath: Counter;
  readonly rqRejectedViaIpDetection: Counter;
  readonly cxHttp1SoftDrain: Gauge;
  readonly rqResponseBeforeRqComplete: Counter;
  readonly rqWsOnNonWsRoute: Counter;
  readonly cxUpgradesTotal: Counter;
  readonly cxUpgradesActive: Gauge;
  readonly rqTime: Histogram;
  readonly rsTooLarge: Counter;
  readonly bytes: ByteStats;
  private readonly own: ResponseClasses;
  private readonly listener: ResponseClasses;

  constructor(root: Scope, statPrefix: string, listenerPrefix: string) {
    const s = root.scope(`http.${statPrefix}.`);
    this.scope = s;
    this.root = root;
    this.cxTotal = s.counter('downstream_cx_total');
    this.cxActive = s.gauge('downstream_cx_active');
    this.cxSslTotal = s.counter('downstream_cx_ssl_total');
    this.cxSslActive = s.gauge('downstream_cx_ssl_active');
    this.cxDestroy = s.counter('downstream_cx_destroy');
    this.cxDestroyLocal = s.counter('downstream_cx_destroy_local');
    this.cxDestroyRemote = s.counter('downstream_cx_destroy_remote');
    this.cxDestroyActiveRq = s.counter('downstream_cx_destroy_active_rq');
    this.cxDestroyLocalActiveRq = s.counter('downstream_cx_destroy_local_active_rq');
    this.cxDestroyRemoteActiveRq = s.counter('downstream_cx_destroy_remote_active_rq');
    this.cxHttp1Total = s.counter('downstream_cx_http1_total');
    this.cxHttp1Active = s.gauge('downstream_cx_http1_active');
    this.cxHttp2Total = s.counter('downstream_cx_http2_total');
    this.cxHttp2Active = s.gauge('downstream_cx_http2_active');
    this.cxIdleTimeout = s.counter('downstream_cx_idle_timeout');
    this.cxMaxDurationReached = s.counter('downstream_cx_max_duration_reached');
    this.cxMaxRequestsReached = s.counter('downstream_cx_max_requests_reached');
    this.cxDelayedCloseTimeout = s.counter('downstream_cx_delayed_close_timeout');
    this.cxDrainClose = s.counter('downstream_cx_drain_close');
    this.cxProtocolError = s.counter('downstream_cx_protocol_error');
    this.cxLengthMs = s.histogram('downstream_cx_length_ms', 'ms');
    this.flowControlPaused = s.counter('downstream_flow_control_paused_reading_total');
    this.flowControlResumed = s.counter('downstream_flow_control_resumed_reading_total');
    this.rqTotal = s.counter('downstream_rq_total');
    this.rqHttp1Total = s.counter('downstream_rq_http1_total');
    this.rqHttp2Total = s.counter('downstream_rq_http2_total');
    this.rqActive = s.gauge('downstream_rq_active');
    this.rqTimeout = s.counter('downstream_rq_timeout');
    this.rqHeaderTimeout = s.counter('downstream_rq_header_timeout');
    this.rqIdleTimeout = s.counter('downstream_rq_idle_timeout');
    this.rqMaxDurationReached = s.counter('downstream_rq_max_duration_reached');
    this.rqRxReset = s.counter('downstream_rq_rx_reset');
    this.rqTxReset = s.counter('downstream_rq_tx_reset');
    this.rqTooLarge = s.counter('downstream_rq_too_large');
    this.rqTooManyPrematureResets = s.counter('downstream_rq_too_many_premature_resets');
    this.rqNonRelativePath = s.counter('downstream_rq_non_relative_path');
    this.rqFailedPathNormalization = s.counter('downstream_rq_failed_path_normalization');
    this.rqRedirectedWithNormalizedPath = s.counter('downstream_rq_redirected_with_normalized_path');
    this.rqRejectedViaIpDetection = s.counter('downstream_rq_rejected_via_ip_detection');
    this.cxHttp1SoftDrain = s.gauge('downstream_cx_http1_soft_drain');
    this.rqResponseBeforeRqComplete = s.counter('downstream_rq_response_before_rq_complete');
    this.rqWsOnNonWsRoute = s.counter('downstream_rq_ws_on_non_ws_route');
    this.cxUpgradesTotal = s.counter('downstream_cx_upgrades_total');
    this.cxUpgradesActive = s.gauge('downstream_cx_upgrades_active');
    this.rqTime = s.histogram('downstream_rq_time', 'ms');
    this.rsTooLarge = s.counter('rs_too_large');
    for (const name of UNUSED_COUNTERS) s.counter(name);
    for (const name of UNUSED_GAUGES) s.gauge(name);
    this.bytes = {
      rxTotal: s.counter('downstream_cx_rx_bytes_total'),
      rxBuffered: s.gauge('downstream_cx_rx_bytes_buffered'),
      txTotal: s.counter('downstream_cx_tx_bytes_total'),
      txBuffered: s.gauge('downstream_cx_tx_bytes_buffered'),
    };
    this.own = new ResponseClasses(s);
    this.listener = new ResponseClasses(root.scope(`${listenerPrefix}http.${statPrefix}.`));
  }

  /** Ours alone, so it is there once there was one: a stream that ended because something in it threw. */
  countInternalError(): void {
    this.scope.counter('downstream_rq_internal_error').inc();
  }

  countResponse(status: number): void {
    this.own.count(status);
    this.listener.count(status);
  }
}
