/**
 * The numbers of one connection to a host that is not pooled: cluster metrics, host metrics, the circuit breaker. Mirrors
 * ActiveConn and PendingRequest of source/common/tcp/original_conn_pool.cc.
 */
import { turnMs } from '../platform/clock.ts';
import type { ClusterInfo } from './cluster-info.ts';
import type { Host } from './host.ts';
import {
  LOCAL_ORIGIN_CONNECT_FAILED,
  LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL,
  LOCAL_ORIGIN_TIMEOUT,
} from './outlier/host-monitor.ts';

const PENDING = 0;
const ACTIVE = 1;
const OVER = 2;

export class ConnectionAccount {
  readonly cluster: ClusterInfo;
  readonly host: Host;
  private state: number;
  private readonly startMs: number;

  /** Counts the attempt. */
  constructor(host: Host) {
    const cluster = host.cluster;
    this.cluster = cluster;
    this.host = host;
    this.state = PENDING;
    this.startMs = turnMs();
    const s = cluster.stats;
    s.upstreamCxTotal.inc();
    s.upstreamCxActive.inc();
    s.upstreamRqPendingTotal.inc();
    s.upstreamRqPendingActive.inc();
    host.stats.cxTotal++;
    host.stats.cxActive++;
    host.stats.rqPendingActive++;
    cluster.resources[0].connections.inc();
    cluster.resources[0].pending.inc();
  }

  connected(): void {
    const s = this.cluster.stats;
    this.leavePending();
    this.state = ACTIVE;
    this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL, 1);
    s.upstreamCxConnectMs.record(Math.round(turnMs() - this.startMs));
    s.upstreamRqTotal.inc();
    s.upstreamRqActive.inc();
    this.host.stats.rqTotal++;
    this.host.stats.rqActive++;
  }

  /** The downstream left before there was a connection. Call before `closed`. */
  cancelled(): void {
    this.cluster.stats.upstreamRqCancelled.inc();
  }

  /** `failed`: it never connected although we waited for it. */
  closed(local: boolean, failed: boolean, timeout: boolean): void {
    const s = this.cluster.stats;
    if (this.state === PENDING) {
      this.leavePending();
      // A connection given up while connecting counts as a connect failure too, as in Envoy.
      s.upstreamCxConnectFail.inc();
      this.host.stats.cxConnectFail++;
      if (failed) s.upstreamRqPendingFailureEject.inc();
      if (timeout) s.upstreamCxConnectTimeout.inc();
      if (failed) this.host.monitor.putResult(timeout ? LOCAL_ORIGIN_TIMEOUT : LOCAL_ORIGIN_CONNECT_FAILED, 1);
    } else {
      s.upstreamRqActive.dec();
      this.host.stats.rqActive--;
      s.upstreamCxDestroyWithActiveRq.inc();
      if (local) s.upstreamCxDestroyLocalWithActiveRq.inc();
      else s.upstreamCxDestroyRemoteWithActiveRq.inc();
    }
    this.state = OVER;
    s.upstreamCxDestroy.inc();
    if (local) s.upstreamCxDestroyLocal.inc();
    else s.upstreamCxDestroyRemote.inc();
    s.upstreamCxActive.dec();
    s.upstreamCxLengthMs.record(Math.round(turnMs() - this.startMs));
    this.host.stats.cxActive--;
    this.cluster.resources[0].connections.dec();
  }

  private leavePending(): void {
    this.cluster.stats.upstreamRqPendingActive.dec();
    this.host.stats.rqPendingActive--;
    this.cluster.resources[0].pending.dec();
  }
}
