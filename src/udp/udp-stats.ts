/** What udp_proxy counts: `udp.<stat_prefix>.` for those who send to it, `cluster.<name>.udp.` for its hosts (docs/configuration/listeners/udp_filters/udp_proxy). */
import type { Counter, Gauge, Scope } from '../stats/store.ts';

export class UdpProxyStats {
  readonly sessNoRoute: Counter;
  readonly sessRxBytes: Counter;
  readonly sessRxDatagrams: Counter;
  readonly sessRxErrors: Counter;
  readonly sessTotal: Counter;
  readonly sessTxBytes: Counter;
  readonly sessTxDatagrams: Counter;
  readonly sessTxErrors: Counter;
  readonly idleTimeout: Counter;
  readonly sessActive: Gauge;

  constructor(scope: Scope) {
    this.sessNoRoute = scope.counter('downstream_sess_no_route');
    this.sessRxBytes = scope.counter('downstream_sess_rx_bytes');
    this.sessRxDatagrams = scope.counter('downstream_sess_rx_datagrams');
    this.sessRxErrors = scope.counter('downstream_sess_rx_errors');
    this.sessTotal = scope.counter('downstream_sess_total');
    this.sessTxBytes = scope.counter('downstream_sess_tx_bytes');
    this.sessTxDatagrams = scope.counter('downstream_sess_tx_datagrams');
    this.sessTxErrors = scope.counter('downstream_sess_tx_errors');
    this.idleTimeout = scope.counter('idle_timeout');
    this.sessActive = scope.gauge('downstream_sess_active');
    // Of session filters that are discovered: those are refused.
    scope.counter('session_filter_config_missing');
  }
}

export class UdpClusterStats {
  readonly rxDatagrams: Counter;
  readonly rxDatagramsDropped: Counter;
  readonly rxErrors: Counter;
  readonly txDatagrams: Counter;
  readonly txErrors: Counter;
  readonly tunnelSuccess: Counter;
  readonly tunnelFailure: Counter;
  readonly tunnelBufferOverflow: Counter;

  /** `scope`: `cluster.<name>.` */
  constructor(scope: Scope) {
    const s = scope.scope('udp.');
    this.rxDatagrams = s.counter('sess_rx_datagrams');
    this.rxDatagramsDropped = s.counter('sess_rx_datagrams_dropped');
    this.rxErrors = s.counter('sess_rx_errors');
    this.txDatagrams = s.counter('sess_tx_datagrams');
    this.txErrors = s.counter('sess_tx_errors');
    this.tunnelSuccess = s.counter('sess_tunnel_success');
    this.tunnelFailure = s.counter('sess_tunnel_failure');
    this.tunnelBufferOverflow = s.counter('sess_tunnel_buffer_overflow');
  }
}
