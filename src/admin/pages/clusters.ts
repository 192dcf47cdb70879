/** /clusters: limits, hosts and their numbers; JSON is envoy.admin.v3.Clusters (clusters_handler.cc). */
import type { Cluster, Host, HostStats, ResourceManager } from '../../upstream/types.ts';
import { addressJson } from '../address-json.ts';
import type { AdminRequest } from '../handler.ts';
import { protoJson } from '../proto-json.ts';
import type { Matcher } from '../regex.ts';
import { type AdminResponse, json, text } from '../respond.ts';
import type { Json, JsonObject, ServerView } from '../server-view.ts';

/** Fields that some implementations of the interfaces have beyond them. */
interface HostDetails {
  /** As Envoy prints it: `healthy`, `/failed_active_hc` … */
  readonly healthFlags?: string;
  readonly canary?: boolean;
}
interface ClusterDetails {
  readonly addedViaApi?: boolean;
  /** EDS service name, '' when there is none. */
  readonly edsServiceName?: string;
}

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
  const clusters = [...server.clusters].filter((c) => keep === null || keep(c.name));
  if (req.query.get('format') !== 'json') return text(clusters.map((c) => clusterText(c, others)).join(''));
  return json(protoJson(clusters.length > 0 ? { cluster_statuses: clusters.map((c) => clusterJson(c, others)) } : {}));
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

function healthFlags(h: Host & HostDetails): string {
  return h.healthFlags ?? (h.healthy ? 'healthy' : '/failed_active_hc');
}

function clusterText(c: Cluster & ClusterDetails, others: Others): string {
  const out: string[] = [];
  const limits = (priority: string, r: ResourceManager): void => {
    out.push(`${priority}::max_connections::${r.connections.max}`);
    out.push(`${priority}::max_pending_requests::${r.pending.max}`);
    out.push(`${priority}::max_requests::${r.requests.max}`);
    out.push(`${priority}::max_retries::${r.retries.max}`);
  };
  out.push(`observability_name::${c.statName}`);
  limits('default_priority', c.resources[0]);
  limits('high_priority', c.resources[1]);
  out.push(`added_via_api::${c.addedViaApi === true}`);
  if (c.edsServiceName) out.push(`eds_service_name::${c.edsServiceName}`);
  for (const h of c.hosts as readonly (Host & HostDetails)[]) {
    const address = h.address.text;
    const { counters, gauges } = hostNumbers(h, others);
    for (const [name, value] of [...counters, ...gauges].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
      out.push(`${address}::${name}::${value}`);
    }
    out.push(`${address}::hostname::${h.hostname}`);
    out.push(`${address}::health_flags::${healthFlags(h)}`);
    out.push(`${address}::weight::${h.weight}`);
    out.push(`${address}::region::${h.region}`);
    out.push(`${address}::zone::${h.zone}`);
    out.push(`${address}::sub_zone::${h.subZone}`);
    out.push(`${address}::canary::${h.canary === true}`);
    out.push(`${address}::priority::${h.priority}`);
    out.push(`${address}::success_rate::-1`);
    out.push(`${address}::local_origin_success_rate::-1`);
  }
  return out.map((line) => `${c.name}::${line}\n`).join('');
}

function clusterJson(c: Cluster & ClusterDetails, others: Others): JsonObject {
  return {
    name: c.name,
    added_via_api: c.addedViaApi === true ? true : undefined,
    host_statuses: c.hosts.length > 0 ? c.hosts.map((h) => hostJson(h, others)) : undefined,
    circuit_breakers: { thresholds: [limitsJson(c.resources[0], undefined), limitsJson(c.resources[1], 'HIGH')] },
    observability_name: c.statName,
    eds_service_name: c.edsServiceName || undefined,
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
function hostJson(h: Host & HostDetails, others: Others): JsonObject {
  const { counters, gauges } = hostNumbers(h, others);
  const stats: Json[] = [
    ...counters.map(([name, value]) => ({ value: value === 0 ? undefined : String(value), name })),
    ...gauges.map(([name, value]) => ({ type: 'GAUGE', value: value === 0 ? undefined : String(value), name })),
  ];
  return {
    address: addressJson(h.address),
    stats,
    health_status: healthJson(healthFlags(h)),
    weight: h.weight,
    hostname: h.hostname || undefined,
    locality: { region: h.region || undefined, zone: h.zone || undefined, sub_zone: h.subZone || undefined },
    priority: h.priority || undefined,
  };
}

/** `/failed_active_hc/degraded_eds_health` → envoy.admin.v3.HostHealthStatus. */
function healthJson(flags: string): JsonObject {
  const has = (flag: string): true | undefined => (flags.includes(flag) ? true : undefined);
  return {
    failed_active_health_check: has('/failed_active_hc'),
    failed_outlier_check: has('/failed_outlier_check'),
    failed_active_degraded_check: has('/degraded_active_hc'),
    pending_dynamic_removal: has('/pending_dynamic_removal'),
    pending_active_hc: has('/pending_active_hc'),
    eds_health_status: has('/failed_eds_health') ? 'UNHEALTHY' : has('/degraded_eds_health') ? 'DEGRADED' : 'HEALTHY',
  };
}
