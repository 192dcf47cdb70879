/**
 * What one event loop sees of one host, counted: errors in a row, which are reported when they are enough, and successes since somebody asked.
 * What follows from it decides the control plane (outlier-detector.ts). Mirrors DetectorHostMonitorImpl
 * (source/common/upstream/outlier_detection_impl.cc).
 */
import type { ConsecutiveError } from '../cluster-report.ts';
import {
  EXT_ORIGIN_REQUEST_FAILED,
  EXT_ORIGIN_REQUEST_SUCCESS,
  type HostMonitor,
  LOCAL_ORIGIN_CONNECT_FAILED,
  LOCAL_ORIGIN_CONNECT_SUCCESS,
  LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL,
  LOCAL_ORIGIN_TIMEOUT,
  type OutlierResult,
} from './host-monitor.ts';
import type { OutlierSettings } from './outlier-settings.ts';

/** Whom monitors of a cluster report to. */
export type OutlierReport = (hostId: number, type: ConsecutiveError) => void;

/** Requests and, of them, successes since they were taken last; by whose fault they would have failed. */
export interface OutlierCounts {
  readonly total: number;
  readonly success: number;
  readonly localTotal: number;
  readonly localSuccess: number;
}

export class OutlierMonitor implements HostMonitor {
  private readonly settings: OutlierSettings;
  private readonly hostId: number;
  private readonly report: OutlierReport;
  private consecutive5xx = 0;
  private gatewayFailures = 0;
  private localFailures = 0;
  private total = 0;
  private success = 0;
  private localTotal = 0;
  private localSuccess = 0;
  successRate = -1;
  localOriginSuccessRate = -1;

  constructor(settings: OutlierSettings, hostId: number, report: OutlierReport) {
    this.settings = settings;
    this.hostId = hostId;
    this.report = report;
  }

  putStatus(status: number): void {
    this.status(status, 1);
    if (this.settings.splitsLocalOrigin && status < 500) this.localNoFailure(1);
  }

  putResult(result: OutlierResult, count: number): void {
    const split = this.settings.splitsLocalOrigin;
    switch (result) {
      case EXT_ORIGIN_REQUEST_SUCCESS:
        this.status(200, count);
        if (split) this.localNoFailure(count);
        break;
      case EXT_ORIGIN_REQUEST_FAILED:
        this.status(split ? 503 : 500, count);
        break;
      case LOCAL_ORIGIN_CONNECT_SUCCESS:
        // Without the split what comes of the request says enough.
        if (split) this.localNoFailure(count);
        break;
      case LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL:
        if (split) this.localNoFailure(count);
        else this.status(200, count);
        break;
      case LOCAL_ORIGIN_CONNECT_FAILED:
        if (split) this.localFailure();
        else this.status(503, count);
        break;
      case LOCAL_ORIGIN_TIMEOUT:
        if (split) this.localFailure();
        else this.status(504, count);
        break;
    }
  }

  private status(status: number, count: number): void {
    this.total += count;
    if (status < 500 || status > 599) {
      this.success += count;
      this.consecutive5xx = 0;
      this.gatewayFailures = 0;
      return;
    }
    if (status === 502 || status === 503 || status === 504) {
      if (++this.gatewayFailures === this.settings.consecutiveGatewayFailure) {
        this.gatewayFailures = 0;
        this.report(this.hostId, 'CONSECUTIVE_GATEWAY_FAILURE');
      }
    } else {
      this.gatewayFailures = 0;
    }
    if (++this.consecutive5xx === this.settings.consecutive5xx) {
      this.consecutive5xx = 0;
      this.report(this.hostId, 'CONSECUTIVE_5XX');
    }
  }

  private localFailure(): void {
    this.localTotal++;
    if (++this.localFailures === this.settings.consecutiveLocalOriginFailure) {
      this.localFailures = 0;
      this.report(this.hostId, 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE');
    }
  }

  private localNoFailure(count: number): void {
    this.localTotal += count;
    this.localSuccess += count;
    this.localFailures = 0;
  }

  /** It is used again: what it did before does not count against it. */
  unejected(): void {
    this.consecutive5xx = 0;
    this.gatewayFailures = 0;
    this.localFailures = 0;
  }

  /** Null when there was nothing. */
  take(): OutlierCounts | null {
    const { total, success, localTotal, localSuccess } = this;
    if (total === 0 && localTotal === 0) return null;
    this.total = 0;
    this.success = 0;
    this.localTotal = 0;
    this.localSuccess = 0;
    return { total, success, localTotal, localSuccess };
  }
}
