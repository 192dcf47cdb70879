/**
 * Ejections and their ends, a line of JSON each (envoy.data.cluster.v3.OutlierDetectionEvent) in the file that
 * cluster_manager.outlier_detection.event_log_path names. Mirrors EventLoggerImpl (source/common/upstream/outlier_detection_impl.cc).
 */
import { timestamp } from '../../platform/timestamp.ts';
import type { Host } from '../host.ts';
import type { OutlierType } from './outlier-settings.ts';

export interface OutlierEventSink {
  write(line: string): void;
}

/** What the lines say of a host besides its name. */
export interface EjectionRecord {
  readonly host: Host;
  /** Ever. */
  readonly ejections: number;
}

export interface RateNumbers {
  readonly host: number;
  readonly average: number;
  readonly threshold: number;
}

/** `secondsSince`: the last action of the other kind; null: there was none. */
export function ejectLine(
  record: EjectionRecord,
  type: OutlierType | 'DEGRADED',
  enforced: boolean,
  secondsSince: number | null,
  rates: RateNumbers,
): string {
  let more: object = { eject_consecutive_event: {} };
  if (type === 'SUCCESS_RATE' || type === 'SUCCESS_RATE_LOCAL_ORIGIN') {
    more = {
      eject_success_rate_event: {
        host_success_rate: whole(rates.host),
        cluster_average_success_rate: whole(rates.average),
        cluster_success_rate_ejection_threshold: whole(rates.threshold),
      },
    };
  } else if (type === 'FAILURE_PERCENTAGE' || type === 'FAILURE_PERCENTAGE_LOCAL_ORIGIN') {
    more = { eject_failure_percentage_event: { host_success_rate: whole(rates.host) } };
  }
  return line(record, type, 'EJECT', enforced, secondsSince, more);
}

export function unejectLine(record: EjectionRecord, secondsSince: number | null): string {
  // The type is not said: Envoy prints the first one.
  return line(record, 'CONSECUTIVE_5XX', 'UNEJECT', false, secondsSince, {});
}

/** An unsigned integer of the message: a negative threshold is none. */
function whole(n: number): number {
  return Math.max(0, Math.floor(n));
}

function line(
  { host, ejections }: EjectionRecord,
  type: string,
  action: string,
  enforced: boolean,
  secondsSince: number | null,
  more: object,
): string {
  return `${JSON.stringify({
    type,
    timestamp: timestamp(Date.now()),
    secs_since_last_action: secondsSince === null ? undefined : String(secondsSince),
    cluster_name: host.cluster.name,
    upstream_url: host.address.text,
    action,
    num_ejections: ejections,
    enforced,
    ...more,
  })}\n`;
}
