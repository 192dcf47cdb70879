/**
 * outlier_detection of a cluster with its defaults filled in. Mirrors DetectorConfig (source/common/upstream/outlier_detection_impl.cc);
 * the defaults are those of api/envoy/config/cluster/v3/outlier_detection.proto.
 */
import { refuse } from '../../config/refusal.ts';
import type { OutlierDetection } from '../../config/schema/types.ts';

/** Times in ms, shares in percent. */
export interface OutlierSettings {
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxEjectionJitterMs: number;
  readonly maxEjectionPercent: number;
  readonly alwaysEjectOneHost: boolean;
  /** 0: never. */
  readonly consecutive5xx: number;
  readonly consecutiveGatewayFailure: number;
  readonly consecutiveLocalOriginFailure: number;
  readonly splitsLocalOrigin: boolean;
  readonly detectsDegraded: boolean;
  readonly unejectsByHealthCheck: boolean;
  readonly successRateMinimumHosts: number;
  readonly successRateRequestVolume: number;
  /** Standard deviations. */
  readonly successRateStdevFactor: number;
  readonly failurePercentageThreshold: number;
  readonly failurePercentageMinimumHosts: number;
  readonly failurePercentageRequestVolume: number;
  /** How many of 100 that are detected are ejected. */
  readonly enforcing: Readonly<Record<OutlierType, number>>;
}

/** envoy.data.cluster.v3.OutlierEjectionType. */
export type OutlierType =
  | 'CONSECUTIVE_5XX'
  | 'CONSECUTIVE_GATEWAY_FAILURE'
  | 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE'
  | 'SUCCESS_RATE'
  | 'SUCCESS_RATE_LOCAL_ORIGIN'
  | 'FAILURE_PERCENTAGE'
  | 'FAILURE_PERCENTAGE_LOCAL_ORIGIN';

const DEFAULT_MAX_EJECTION_MS = 300_000;

/** Throws Envoy's sentence for times that contradict each other. */
export function outlierSettings(c: OutlierDetection): OutlierSettings {
  const baseEjectionMs = c.baseEjectionTime ?? 30_000;
  const maxEjectionMs = c.maxEjectionTime ?? Math.max(DEFAULT_MAX_EJECTION_MS, baseEjectionMs);
  if (maxEjectionMs < baseEjectionMs) {
    refuse(c, 'max_ejection_time', "outlier detector's max_ejection_time cannot be smaller than base_ejection_time");
  }
  return {
    intervalMs: c.interval ?? 10_000,
    baseEjectionMs,
    maxEjectionMs,
    maxEjectionJitterMs: c.maxEjectionTimeJitter ?? 0,
    maxEjectionPercent: c.maxEjectionPercent ?? 10,
    alwaysEjectOneHost: c.alwaysEjectOneHost ?? false,
    consecutive5xx: c.consecutive5xx ?? 5,
    consecutiveGatewayFailure: c.consecutiveGatewayFailure ?? 5,
    consecutiveLocalOriginFailure: c.consecutiveLocalOriginFailure ?? 5,
    splitsLocalOrigin: c.splitExternalLocalOriginErrors === true,
    detectsDegraded: c.detectDegradedHosts === true,
    unejectsByHealthCheck: c.successfulActiveHealthCheckUnejectHost ?? true,
    successRateMinimumHosts: c.successRateMinimumHosts ?? 5,
    successRateRequestVolume: c.successRateRequestVolume ?? 100,
    successRateStdevFactor: (c.successRateStdevFactor ?? 1900) / 1000,
    failurePercentageThreshold: c.failurePercentageThreshold ?? 85,
    failurePercentageMinimumHosts: c.failurePercentageMinimumHosts ?? 5,
    failurePercentageRequestVolume: c.failurePercentageRequestVolume ?? 50,
    enforcing: {
      CONSECUTIVE_5XX: c.enforcingConsecutive5xx ?? 100,
      CONSECUTIVE_GATEWAY_FAILURE: c.enforcingConsecutiveGatewayFailure ?? 0,
      CONSECUTIVE_LOCAL_ORIGIN_FAILURE: c.enforcingConsecutiveLocalOriginFailure ?? 100,
      SUCCESS_RATE: c.enforcingSuccessRate ?? 100,
      SUCCESS_RATE_LOCAL_ORIGIN: c.enforcingLocalOriginSuccessRate ?? 100,
      FAILURE_PERCENTAGE: c.enforcingFailurePercentage ?? 0,
      FAILURE_PERCENTAGE_LOCAL_ORIGIN: c.enforcingFailurePercentageLocalOrigin ?? 0,
    },
  };
}
