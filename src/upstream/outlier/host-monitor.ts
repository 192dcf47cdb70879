/**
 * Who is told how a host did: outlier detection, once a cluster has it. Every host has a monitor, so nobody who reports asks whether there
 * is one. Role of Envoy's Outlier::DetectorHostMonitor (envoy/upstream/outlier_detection.h).
 */

/** What a host did, or what happened on our way to it (Outlier::Result). */
export const EXT_ORIGIN_REQUEST_FAILED = 0;
export const EXT_ORIGIN_REQUEST_SUCCESS = 1;
export const LOCAL_ORIGIN_CONNECT_FAILED = 2;
export const LOCAL_ORIGIN_CONNECT_SUCCESS = 3;
export const LOCAL_ORIGIN_TIMEOUT = 4;
/** Connected, and there is nothing else that could tell how the host does: bytes are passed on as they are. */
export const LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL = 5;
export type OutlierResult = 0 | 1 | 2 | 3 | 4 | 5;

export interface HostMonitor {
  /** An HTTP response began. */
  putStatus(httpStatus: number): void;
  /** `count` times in a row: replies that came in one read. */
  putResult(result: OutlierResult, count: number): void;
  /** It was ejected, and is used again. */
  unejected?(): void;
  /** Percent of the last interval's requests, -1 where there were too few. Known in the main thread. */
  readonly successRate?: number;
  readonly localOriginSuccessRate?: number;
}

/** For clusters without outlier detection. */
class NoMonitor implements HostMonitor {
  putStatus(): void {}
  putResult(): void {}
}
export const NO_MONITOR: HostMonitor = new NoMonitor();
