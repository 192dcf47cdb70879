/** Endpoints of all clusters as envoy.admin.v3.EndpointsConfigDump, for `/config_dump?include_eds`. */
import { LazyJson } from '../config/lazy-json.ts';
import type { Cluster } from '../upstream/cluster.ts';
import { DEGRADED, HEALTHY } from '../upstream/health/health-flags.ts';
import type { Host } from '../upstream/host.ts';
import type { LocalityHosts } from '../upstream/priority-set.ts';
import { addressJson } from './address-json.ts';
import type { Matcher } from './regex.ts';
import type { Json, JsonObject } from './server-view.ts';

/** Empty when no cluster fits. Sorted by name, as Envoy keeps its clusters. `local`: the locality of the node, which comes first everywhere. */
export function endpointsDump(clusters: Iterable<Cluster>, keep: Matcher | null, local: Json | undefined): JsonObject {
  const key = local === null || typeof local !== 'object' ? '' : placeKey(local as JsonObject);
  const shown = [...clusters]
    .filter((c) => keep === null || keep(c.info.name))
    .sort((a, b) => (a.info.name < b.info.name ? -1 : 1));
  return shown.length > 0
    ? { static_endpoint_configs: shown.map((c) => new LazyJson(c.info.name, () => assignment(c, key))) }
    : {};
}

function placeKey({ region, zone, sub_zone }: JsonObject): string {
  return JSON.stringify([region || '', zone || '', sub_zone || '']);
}

function assignment(c: Cluster, local: string): JsonObject {
  const endpoints = c.priorities.flatMap(({ priority, localities }) =>
    localities
      .filter(({ hosts }) => hosts.length > 0)
      .sort((a, b) => Number(keyOf(b) === local) - Number(keyOf(a) === local))
      .map(({ locality: { region, zone, subZone }, weight, hosts }) => ({
        locality: { region: region || undefined, zone: zone || undefined, sub_zone: subZone || undefined },
        lb_endpoints: hosts.map(endpoint),
        load_balancing_weight: weight,
        priority: priority || undefined,
      })),
  );
  return {
    endpoint_config: {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: c.info.name,
      endpoints: endpoints.length > 0 ? endpoints : undefined,
      policy: { overprovisioning_factor: c.priorities[0].overprovisioning },
    },
  };
}

function keyOf({ locality: { region, zone, subZone } }: LocalityHosts): string {
  return JSON.stringify([region, zone, subZone]);
}

function endpoint(h: Host): JsonObject {
  return {
    endpoint: { address: addressJson(h.address), health_check_config: {}, hostname: h.hostname || undefined },
    health_status: h.level === HEALTHY ? 'HEALTHY' : h.level === DEGRADED ? 'DEGRADED' : 'UNHEALTHY',
    load_balancing_weight: h.weight,
  };
}
