/** `listener.<address>.` of Envoy's statistics (docs/configuration/listeners/stats). */
import type { Counter, Gauge, Histogram, Scope } from '../stats/store.ts';

export class ListenerStats {
  readonly scope: Scope;
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxLengthMs: Histogram;
  /** Sockets that listener filters still look at. */
  readonly preCxActive: Gauge;
  readonly preCxTimeout: Counter;
  readonly listenerFilterError: Counter;
  readonly listenerFilterRemoteClose: Counter;
  readonly noFilterChainMatch: Counter;
  /** By ConnectionLimits. */
  readonly cxOverflow: Counter;
  readonly globalCxOverflow: Counter;
  readonly cxOverloadReject: Counter;
  readonly transportConnectTimeout: Counter;
  readonly workerTotal: Counter;
  readonly workerActive: Gauge;

  /** `worker` -1: the admin's, which belongs to no worker. */
  constructor(scope: Scope, worker: number) {
    this.scope = scope;
    this.cxTotal = scope.counter('downstream_cx_total');
    this.cxActive = scope.gauge('downstream_cx_active');
    this.cxDestroy = scope.counter('downstream_cx_destroy');
    this.cxLengthMs = scope.histogram('downstream_cx_length_ms', 'ms');
    this.cxOverflow = scope.counter('downstream_cx_overflow');
    this.preCxTimeout = scope.counter('downstream_pre_cx_timeout');
    this.preCxActive = scope.gauge('downstream_pre_cx_active');
    this.noFilterChainMatch = scope.counter('no_filter_chain_match');
    this.transportConnectTimeout = scope.counter('downstream_cx_transport_socket_connect_timeout');
    this.listenerFilterError = scope.counter('downstream_listener_filter_error');
    this.listenerFilterRemoteClose = scope.counter('downstream_listener_filter_remote_close');
    this.globalCxOverflow = scope.counter('downstream_global_cx_overflow');
    // No discovered extensions: names only. How many connections one readiness event brings is not known above
    // libuv.
    this.cxOverloadReject = scope.counter('downstream_cx_overload_reject');
    if (worker >= 0) for (const name of EXTENSION_COUNTERS) scope.counter(name);
    scope.histogram('connections_accepted_per_socket_event', 'none');
    const thread = worker < 0 ? 'main_thread' : `worker_${worker}`;
    this.workerTotal = scope.counter(`${thread}.downstream_cx_total`);
    this.workerActive = scope.gauge(`${thread}.downstream_cx_active`);
  }
}

// biome-ignore format: a word list
const EXTENSION_COUNTERS: readonly string[] = ['extension_config_missing', 'network_extension_config_missing'];
