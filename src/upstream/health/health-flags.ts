/**
 * Why a host is not (fully) healthy: bits, each owned by whoever found it out. Mirrors Host::HealthFlag
 * (envoy/upstream/upstream.h, 1.40) and HostUtility::healthFlagsToString.
 */

export const FAILED_ACTIVE_HC = 0x01;
export const FAILED_OUTLIER_CHECK = 0x02;
export const FAILED_EDS_HEALTH = 0x04;
export const DEGRADED_ACTIVE_HC = 0x08;
export const DEGRADED_EDS_HEALTH = 0x10;
export const PENDING_DYNAMIC_REMOVAL = 0x20;
/** Waits for its first active check (ignore_new_hosts_until_first_hc). */
export const PENDING_ACTIVE_HC = 0x40;
export const EXCLUDED_VIA_IMMEDIATE_HC_FAIL = 0x80;
export const ACTIVE_HC_TIMEOUT = 0x100;
export const EDS_STATUS_DRAINING = 0x200;
/** It said so in an answer (outlier_detection.detect_degraded_hosts). */
export const DEGRADED_OUTLIER_DETECTION = 0x400;
/** What discovery said, where the other bits do not tell; balancing does not look at it. */
export const EDS_STATUS_TIMEOUT = 0x800;
export const EDS_STATUS_HEALTHY = 0x1000;

/** Set by discovery; what checks found out stays when discovery speaks again. */
export const EDS_FLAGS =
  FAILED_EDS_HEALTH | DEGRADED_EDS_HEALTH | EDS_STATUS_DRAINING | EDS_STATUS_TIMEOUT | EDS_STATUS_HEALTHY;
/** What checks and outlier detection find out: a host that gets one of them is used no more. */
export const FAILURE_FLAGS = FAILED_ACTIVE_HC | FAILED_OUTLIER_CHECK;
const UNHEALTHY_FLAGS = FAILED_ACTIVE_HC | FAILED_OUTLIER_CHECK | FAILED_EDS_HEALTH | EDS_STATUS_DRAINING;
const DEGRADED_FLAGS = DEGRADED_ACTIVE_HC | DEGRADED_EDS_HEALTH | DEGRADED_OUTLIER_DETECTION;
/** Counted neither for nor against its priority in panic and overprovisioning. */
const EXCLUDED_FLAGS = PENDING_ACTIVE_HC | EXCLUDED_VIA_IMMEDIATE_HC_FAIL | EDS_STATUS_DRAINING;

/** What balancing looks at (Host::Health). */
export const UNHEALTHY = 0;
/** Used when the healthy ones do not suffice. */
export const DEGRADED = 1;
export const HEALTHY = 2;
export type HealthLevel = 0 | 1 | 2;

export function levelOf(flags: number): HealthLevel {
  if ((flags & UNHEALTHY_FLAGS) !== 0) return UNHEALTHY;
  return (flags & DEGRADED_FLAGS) !== 0 ? DEGRADED : HEALTHY;
}

export function isExcluded(flags: number): boolean {
  return (flags & EXCLUDED_FLAGS) !== 0;
}

/** LbEndpoint.health_status of the config → bits. */
export function flagsOfStatus(status: string | undefined): number {
  switch (status) {
    case 'HEALTHY':
      return EDS_STATUS_HEALTHY;
    case 'UNHEALTHY':
      return FAILED_EDS_HEALTH;
    case 'TIMEOUT':
      return FAILED_EDS_HEALTH | EDS_STATUS_TIMEOUT;
    case 'DRAINING':
      return EDS_STATUS_DRAINING;
    case 'DEGRADED':
      return DEGRADED_EDS_HEALTH;
    default:
      return 0;
  }
}

/** In the order of the bits; those Envoy does not print have none. */
const NAMES: readonly (readonly [flag: number, name: string])[] = [
  [FAILED_ACTIVE_HC, '/failed_active_hc'],
  [FAILED_OUTLIER_CHECK, '/failed_outlier_check'],
  [FAILED_EDS_HEALTH, '/failed_eds_health'],
  [DEGRADED_ACTIVE_HC, '/degraded_active_hc'],
  [DEGRADED_EDS_HEALTH, '/degraded_eds_health'],
  [PENDING_DYNAMIC_REMOVAL, '/pending_dynamic_removal'],
  [PENDING_ACTIVE_HC, '/pending_active_hc'],
  [EXCLUDED_VIA_IMMEDIATE_HC_FAIL, '/excluded_via_immediate_hc_fail'],
  [ACTIVE_HC_TIMEOUT, '/active_hc_timeout'],
  [EDS_STATUS_DRAINING, '/eds_status_draining'],
  [DEGRADED_OUTLIER_DETECTION, '/degraded_outlier_detection'],
];

/** As `/clusters` prints it. */
export function flagNames(flags: number): string {
  const named = NAMES.filter(([flag]) => (flags & flag) !== 0);
  return named.length === 0 ? 'healthy' : named.map(([, name]) => name).join('');
}
