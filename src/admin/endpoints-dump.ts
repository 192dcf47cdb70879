/** Endpoints of all clusters as envoy.admin.v3.EndpointsConfigDump, for `/config_dump?include_eds`. */
import type { Cluster } from '../upstream/cluster.ts';
import { DEGRADED, HEALTHY } from '../upstream/health/health-flags.ts';
import type { Host } from '../upstream/host.ts';
import { addressJson } from './address-json.ts';
import type { Matcher } from './regex.ts';
import type { JsonObject } from './server-view.ts';

/** Empty when no cluster fits. Sorted by name, as Envoy keeps its clusters. */
export function endpointsDump(clusters: Iterable<Cluster>, keep: Matcher | null): JsonObject {
  const shown = [...clusters]
    .filter((c) => keep === null || keep(c.info.name))
    .sort((a, b) => (a.info.name < b.info.name ? -1 : 1));
  return shown.length > 0 ? { static_endpoint_configs: shown.map(assignment) } : {};
}

function assignment(c: Cluster): JsonObject {
  const endpoints = c.priorities.flatMap(({ priority, localities }) =>
    localities
      .filter(({ hosts }) => hosts.length > 0)
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

function endpoint(h: Host): JsonObject {
  return {
    endpoint: { address: addressJson(h.address), health_check_config: {}, hostname: h.hostname || undefined },
    health_status: h.level === HEALTHY ? 'HEALTHY' : h.level === DEGRADED ? 'DEGRADED' : 'UNHEALTHY',
    load_balancing_weight: h.weight,
  };
}
