/** common_lb_config.override_host_status: of which health a host may be that a request asks for by its address (HostUtility::createOverrideHostStatus). */
import type { HealthStatus } from '../../config/schema/types.ts';
import {
  DEGRADED,
  DEGRADED_EDS_HEALTH,
  EDS_STATUS_DRAINING,
  EDS_STATUS_HEALTHY,
  EDS_STATUS_TIMEOUT,
  FAILED_EDS_HEALTH,
  FAILURE_FLAGS,
} from '../health/health-flags.ts';
import type { Host } from '../host.ts';

export function overridable(statuses: readonly HealthStatus[]): (host: Host) => boolean {
  const allowed = new Set(statuses);
  return (host) => allowed.has(statusOf(host));
}

/** What checks and outlier detection find out counts before what discovery says (HostImplBase::healthStatus). */
function statusOf(host: Host): HealthStatus {
  if ((host.health & FAILURE_FLAGS) !== 0) return 'UNHEALTHY';
  for (const [flag, status] of EDS) if ((host.health & flag) !== 0) return status;
  if (host.level === DEGRADED) return 'DEGRADED';
  return (host.health & EDS_STATUS_HEALTHY) !== 0 ? 'HEALTHY' : 'UNKNOWN';
}

const EDS: readonly (readonly [flag: number, status: HealthStatus])[] = [
  [EDS_STATUS_TIMEOUT, 'TIMEOUT'],
  [FAILED_EDS_HEALTH, 'UNHEALTHY'],
  [EDS_STATUS_DRAINING, 'DRAINING'],
  [DEGRADED_EDS_HEALTH, 'DEGRADED'],
];
