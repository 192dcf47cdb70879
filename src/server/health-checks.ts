/**
 * The kinds of active health checks, and where their events are logged. Loaded when a cluster has checks. Role of HealthCheckerFactory
 * (source/common/upstream/health_checker_impl.cc).
 */
import { about, refuse } from '../config/refusal.ts';
import type {
  Cluster as ClusterMessage,
  CoreHealthCheck as HealthCheck,
  HealthCheckCustomHealthCheck,
  HealthCheckEventFileSink,
  Redis,
} from '../config/schema/types.ts';
import { type FormatCompiler, hasFormats } from '../http/headers/header-mutations.ts';
import { loadRegexes, NO_REGEXES, type Regexes } from '../http/headers/regex.ts';
import { grpcCheck } from '../http/health-checks/grpc-check.ts';
import { httpCheck } from '../http/health-checks/http-check.ts';
import { NO_CONTEXT } from '../http/route/route-context.ts';
import { fileSinks } from '../log/file-sink.ts';
import { redisCheck } from '../redis/health-check.ts';
import type { Cluster } from '../upstream/cluster.ts';
import type { CheckType, HealthCheckTypes } from '../upstream/health/health-checker.ts';
import { type CheckerName, type EventSink, HealthEvents } from '../upstream/health/health-events.ts';
import { tcpCheck } from '../upstream/health/tcp-check.ts';

const REDIS = 'envoy.extensions.health_checkers.redis.v3.Redis';
const FILE_SINK = 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink';

class Types implements HealthCheckTypes {
  private readonly regexes: Regexes;
  private readonly formats: FormatCompiler | null;

  constructor(regexes: Regexes, formats: FormatCompiler | null) {
    this.regexes = regexes;
    this.formats = formats;
  }

  make(config: HealthCheck, cluster: Cluster): { type: CheckType; events: HealthEvents | null } {
    const { name, type } = this.kind(config, cluster);
    const sinks = eventSinks(config);
    return { type, events: sinks.length === 0 ? null : new HealthEvents(name, sinks) };
  }

  private kind(c: HealthCheck, { info }: Cluster): { name: CheckerName; type: CheckType } {
    if (c.httpHealthCheck !== undefined) {
      return { name: 'HTTP', type: httpCheck(c.httpHealthCheck, this.formats, this.regexes.test) };
    }
    if (c.tcpHealthCheck !== undefined) return { name: 'TCP', type: tcpCheck(c.tcpHealthCheck) };
    if (c.grpcHealthCheck !== undefined) {
      if (info.http.protocol === 'HTTP/1.1') {
        refuse(c, 'grpc_health_check', `${info.name} cluster must support HTTP/2 for gRPC healthchecking`);
      }
      return { name: 'GRPC', type: grpcCheck(c.grpcHealthCheck, this.formats) };
    }
    return { name: 'REDIS', type: redisCheck(redisConfig(c, c.customHealthCheck ?? {})) };
  }
}

function redisConfig(c: HealthCheck, custom: HealthCheckCustomHealthCheck): Redis {
  const typed = custom.typedConfig;
  if (typed === undefined || typed.typeUrl !== REDIS) {
    refuse(c, 'custom_health_check', `Didn't find a registered implementation for '${custom.name ?? ''}'`);
  }
  return typed.value as Redis;
}

/** Throws `unable to open file '<path>': <reason>`. */
function eventSinks(c: HealthCheck): EventSink[] {
  const paths: string[] = [];
  if (c.eventLogPath !== undefined && c.eventLogPath !== '') paths.push(c.eventLogPath);
  for (const { typedConfig } of c.eventLogger ?? []) {
    if (typedConfig?.typeUrl === FILE_SINK)
      paths.push((typedConfig.value as HealthCheckEventFileSink).eventLogPath ?? '');
  }
  return paths.map((path) => about(c, '', () => fileSinks.open(path)));
}

let regexes: Regexes = NO_REGEXES;
let formats: FormatCompiler | null = null;

/** With what the checks of these clusters need: regular expressions, commands in headers. */
export async function healthCheckTypes(clusters: readonly ClusterMessage[]): Promise<HealthCheckTypes> {
  const checks = clusters.flatMap((c) => c.healthChecks ?? []);
  if (checks.some((c) => c.httpHealthCheck?.serviceNameMatcher?.safeRegex !== undefined)) regexes = await loadRegexes();
  if (hasFormats(checks)) {
    formats ??= (await import('../http/headers/body-format.ts')).formatCompiler(NO_CONTEXT.format);
  }
  return new Types(regexes, formats);
}
