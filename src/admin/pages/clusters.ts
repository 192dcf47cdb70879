/** /clusters: limits, hosts and their numbers; JSON is envoy.admin.v3.Clusters (clusters_handler.cc). */
import { LazyJson } from '../../config/lazy-json.ts';
import type { TextWriter } from '../../platform/text-writer.ts';
import type { ResourceManager } from '../../upstream/circuit-breakers.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Locality } from '../../upstream/endpoint.ts';
import {
  ACTIVE_HC_TIMEOUT,
  DEGRADED_ACTIVE_HC,
  DEGRADED_EDS_HEALTH,
  DEGRADED_OUTLIER_DETECTION,
  EDS_STATUS_DRAINING,
  EXCLUDED_VIA_IMMEDIATE_HC_FAIL,
  FAILED_ACTIVE_HC,
  FAILED_EDS_HEALTH,
  FAILED_OUTLIER_CHECK,
  flagNames,
  PENDING_ACTIVE_HC,
  PENDING_DYNAMIC_REMOVAL,
} from '../../upstream/health/health-flags.ts';
import type { Host, HostStats } from '../../upstream/host.ts';
import { addressJson } from '../address-json.ts';
import type { AdminRequest } from '../handler.ts';
import { writeProtoJson } from '../proto-json.ts';
import type { Matcher } from '../regex.ts';
import { type AdminResponse, json, text } from '../respond.ts';
import type { Json, JsonObject, ServerView } from '../server-view.ts';

export async function page(req: AdminRequest, server: ServerView): Promise<AdminResponse> {
  const filter = req.query.get('filter');
  let keep: Matcher | null = null;
  if (filter !== undefined) {
    const { compileRegex, RegexError } = await import('../regex.ts');
    try {
      keep = compileRegex(filter);
    } catch (e) {
      if (e instanceof RegexError) return text('Invalid re2 regex', 400);
      throw e;
    }
  }
  const others = (await server.gatherHosts?.()) ?? NO_OTHERS;
  const clusters = [...server.clusters].filter((c) => keep === null || keep(c.info.name));
  if (req.query.get('format') !== 'json') return text((out) => writeClusters(out, clusters, others));
  const statuses = clusters.map((c) => new LazyJson(c.info.name, () => clusterJson(c, others)));
  return json((out) => writeProtoJson(out, statuses.length > 0 ? { cluster_statuses: statuses } : {}));
}

function* writeClusters(out: TextWriter, clusters: readonly Cluster[], others: Others): Generator<null, void> {
  for (const c of clusters) {
    out.write(limitsText(c));
    yield null;
    for (const h of c.hosts) {
      out.write(hostText(c.info.name, h, others));
      yield null;
    }
  }
}

/** Of other event loops, by `<cluster>|<address>`. */
type Others = Readonly<Record<string, HostStats>>;
const NO_OTHERS: Others = {};

function summed(h: Host, others: Others): HostStats {
  if (others === NO_OTHERS) return h.stats;
  const more = others[`${h.cluster.name}|${h.address.text}`];
  if (more === undefined) return h.stats;
  const sum = { ...h.stats };
  for (const name of Object.keys(sum) as (keyof HostStats)[]) sum[name] += more[name];
  return sum;
}

/** Counters and gauges of a host by name. */
function hostNumbers(h: Host, others: Others): { counters: [string, number][]; gauges: [string, number][] } {
  const s = summed(h, others);
  return {
    counters: [
      ['cx_connect_fail', s.cxConnectFail],
      ['cx_total', s.cxTotal],
      ['rq_error', s.rqError],
      ['rq_success', s.rqSuccess],
      ['rq_timeout', s.rqTimeout],
      ['rq_total', s.rqTotal],
    ],
    gauges: [
      ['cx_active', s.cxActive],
      ['rq_active', s.rqActive],
      ['rq_pending_active', s.rqPendingActive],
    ],
  };
}

function limitsText({ info }: Cluster): string {
  const of = (priority: string, r: ResourceManager): string =>
    `${info.name}::${priority}::max_connections::${r.connections.max}\n` +
    `${info.name}::${priority}::max_pending_requests::${r.pending.max}\n` +
    `${info.name}::${priority}::max_requests::${r.requests.max}\n` +
    `${info.name}::${priority}::max_retries::${r.retries.max}\n`;
  return (
    `${info.name}::observability_name::${info.statName}\n` +
    outlierText(info) +
    `${of('default_priority', info.resources[0])}${of('high_priority', info.resources[1])}` +
    `${info.name}::added_via_api::${info.addedViaApi}\n`
  );
}

function outlierText({ name, outlierNumbers: o }: ClusterInfo): string {
  if (o === null) return '';
  return (
    `${name}::outlier::success_rate_average::${rate(o.average)}\n` +
    `${name}::outlier::success_rate_ejection_threshold::${rate(o.threshold)}\n` +
    `${name}::outlier::local_origin_success_rate_average::${rate(o.localAverage)}\n` +
    `${name}::outlier::local_origin_success_rate_ejection_threshold::${rate(o.localThreshold)}\n`
  );
}

/** As printf's %g. */
function rate(n: number | undefined): string {
  return n === undefined ? '-1' : String(Number(n.toPrecision(6)));
}

/** Protobuf's JSON of a Percent; absent where there is none. */
function percent(n: number | undefined, least: number): JsonObject | undefined {
  return n === undefined || n < least ? undefined : { value: n === 0 ? undefined : n };
}

function hostText(cluster: string, h: Host, others: Others): string {
  const start = `${cluster}::${h.address.text}::`;
  const { counters, gauges } = hostNumbers(h, others);
  let out = '';
  for (const [name, value] of [...counters, ...gauges].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    out += `${start}${name}::${value}\n`;
  }
  return (
    `${out}${start}hostname::${h.hostname}\n${start}health_flags::${flagNames(h.health)}\n${start}weight::${h.weight}\n` +
    `${start}region::${h.locality.region}\n${start}zone::${h.locality.zone}\n${start}sub_zone::${h.locality.subZone}\n` +
    `${start}canary::${h.canary}\n${start}priority::${h.priority}\n${start}success_rate::${rate(h.monitor.successRate)}\n` +
    `${start}local_origin_success_rate::${rate(h.monitor.localOriginSuccessRate)}\n`
  );
}

function clusterJson({ info, hosts }: Cluster, others: Others): JsonObject {
  return {
    name: info.name,
    added_via_api: info.addedViaApi ? true : undefined,
    success_rate_ejection_threshold: percent(info.outlierNumbers?.threshold, Number.MIN_VALUE),
    host_statuses: hosts.length > 0 ? hosts.map((h) => new LazyJson('', () => hostJson(h, others))) : undefined,
    local_origin_success_rate_ejection_threshold: percent(info.outlierNumbers?.localThreshold, Number.MIN_VALUE),
    circuit_breakers: { thresholds: [limitsJson(info.resources[0], undefined), limitsJson(info.resources[1], 'HIGH')] },
    observability_name: info.statName,
  };
}

function limitsJson(r: ResourceManager, priority: string | undefined): JsonObject {
  return {
    priority,
    max_connections: r.connections.max,
    max_pending_requests: r.pending.max,
    max_requests: r.requests.max,
    max_retries: r.retries.max,
  };
}

/** Zero values are absent, as everywhere in protobuf's JSON. */
function hostJson(h: Host, others: Others): JsonObject {
  const { counters, gauges } = hostNumbers(h, others);
  const stats: Json[] = [
    ...counters.map(([name, value]) => ({ value: value === 0 ? undefined : String(value), name })),
    ...gauges.map(([name, value]) => ({ type: 'GAUGE', value: value === 0 ? undefined : String(value), name })),
  ];
  return {
    address: addressJson(h.address),
    stats,
    health_status: healthJson(h.health),
    success_rate: percent(h.monitor.successRate, 0),
    weight: h.weight,
    hostname: h.hostname || undefined,
    priority: h.priority || undefined,
    local_origin_success_rate: percent(h.monitor.localOriginSuccessRate, 0),
    locality: localityJson(h.locality),
  };
}

function localityJson(l: Locality): JsonObject {
  return { region: l.region || undefined, zone: l.zone || undefined, sub_zone: l.subZone || undefined };
}

/** HealthFlag bits → envoy.admin.v3.HostHealthStatus (setHealthFlag in clusters_handler.cc). */
function healthJson(flags: number): JsonObject {
  const has = (flag: number): true | undefined => ((flags & flag) !== 0 ? true : undefined);
  return {
    failed_active_health_check: has(FAILED_ACTIVE_HC),
    failed_outlier_check: has(FAILED_OUTLIER_CHECK),
    failed_active_degraded_check: has(DEGRADED_ACTIVE_HC),
    pending_dynamic_removal: has(PENDING_DYNAMIC_REMOVAL),
    pending_active_hc: has(PENDING_ACTIVE_HC),
    excluded_via_immediate_hc_fail: has(EXCLUDED_VIA_IMMEDIATE_HC_FAIL),
    active_hc_timeout: has(ACTIVE_HC_TIMEOUT),
    failed_degraded_outlier_detection: has(DEGRADED_OUTLIER_DETECTION),
    eds_health_status: edsStatus(flags),
  };
}

function edsStatus(flags: number): string {
  if ((flags & FAILED_EDS_HEALTH) !== 0) return 'UNHEALTHY';
  if ((flags & EDS_STATUS_DRAINING) !== 0) return 'DRAINING';
  return (flags & DEGRADED_EDS_HEALTH) !== 0 ? 'DEGRADED' : 'HEALTHY';
}
