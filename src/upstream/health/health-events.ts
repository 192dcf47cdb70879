/**
 * What became of hosts, a line of JSON each (envoy.data.core.v3.HealthCheckEvent, fields in protobuf's order). Mirrors
 * HealthCheckEventLoggerImpl (source/common/upstream/health_checker_event_logger.cc).
 */
import { timestamp } from '../../platform/timestamp.ts';
import type { Address } from '../../transport/address.ts';
import type { Host } from '../host.ts';
import type { FailureType } from './check-session.ts';

/** envoy.data.core.v3.HealthCheckerType. */
export type CheckerName = 'HTTP' | 'TCP' | 'GRPC' | 'REDIS';

/** Where lines go. */
export interface EventSink {
  write(line: string): void;
}

export class HealthEvents {
  private readonly sinks: readonly EventSink[];
  private readonly checker: CheckerName;

  constructor(checker: CheckerName, sinks: readonly EventSink[]) {
    this.checker = checker;
    this.sinks = sinks;
  }

  ejectUnhealthy(host: Host, type: FailureType, status: number): void {
    this.log(host, { eject_unhealthy_event: { failure_type: type, http_status_code: status } }, {}, {});
  }
  addHealthy(host: Host, first: boolean): void {
    this.log(host, { add_healthy_event: { first_check: first } }, {}, {});
  }
  failure(host: Host, type: FailureType, first: boolean, status: number): void {
    const event = { failure_type: type, first_check: first, http_status_code: status };
    this.log(host, {}, { health_check_failure_event: event }, {});
  }
  degraded(host: Host): void {
    this.log(host, {}, { degraded_healthy_host: {} }, {});
  }
  noLongerDegraded(host: Host): void {
    this.log(host, {}, { no_longer_degraded_host: {} }, {});
  }
  success(host: Host): void {
    this.log(host, {}, {}, { successful_health_check_event: {} });
  }

  /** The three places an event has among the fields that each line has. */
  private log(host: Host, first: object, second: object, last: object): void {
    const { region, zone, subZone } = host.locality;
    const line = `${JSON.stringify({
      health_checker_type: this.checker,
      host: protoAddress(host.address),
      cluster_name: host.cluster.name,
      ...first,
      timestamp: timestamp(Date.now()),
      ...second,
      metadata: protoMetadata(host),
      locality: { region, zone, sub_zone: subZone },
      ...last,
    })}\n`;
    for (const sink of this.sinks) sink.write(line);
  }
}

/** envoy.config.core.v3.Address with every field, as Envoy's events print it. */
export function protoAddress(a: Address): object {
  if (a.path !== '') return { pipe: { path: a.path, mode: 0 } };
  return {
    socket_address: {
      protocol: 'TCP',
      address: a.ip,
      port_value: a.port,
      resolver_name: '',
      ipv4_compat: false,
      network_namespace_filepath: '',
    },
  };
}

function protoMetadata(host: Host): object | undefined {
  const { metadata } = host;
  if (metadata === undefined) return undefined;
  return { filter_metadata: Object.fromEntries(metadata.filterMetadata ?? []), typed_filter_metadata: {} };
}
