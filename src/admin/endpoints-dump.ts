/** Endpoints of all clusters as envoy.admin.v3.EndpointsConfigDump, for `/config_dump?include_eds`. */
import type { Cluster, Host } from '../upstream/types.ts';
import { addressJson } from './address-json.ts';
import type { Matcher } from './regex.ts';
import type { JsonObject } from './server-view.ts';

/** The api's default: percent. */
const OVERPROVISIONING_FACTOR = 140;

/** Empty when no cluster fits. Sorted by name, as Envoy keeps its clusters. */
export function endpointsDump(clusters: Iterable<Cluster>, keep: Matcher | null): JsonObject {
  const shown = [...clusters].filter((c) => keep === null || keep(c.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return shown.length > 0 ? { static_endpoint_configs: shown.map(assignment) } : {};
}

function assignment(c: Cluster): JsonObject {
  const places = new Map<string, Host[]>();
  for (const h of c.hosts) {
    const key = JSON.stringify([h.priority, h.region, h.zone, h.subZone]);
    const hosts = places.get(key);
    if (hosts === undefined) places.set(key, [h]);
    else hosts.push(h);
  }
  const endpoints = [...places.values()].map((hosts) => {
    const { region, zone, subZone, priority } = hosts[0];
    return {
      locality: { region: region || undefined, zone: zone || undefined, sub_zone: subZone || undefined },
      lb_endpoints: hosts.map(endpoint),
      load_balancing_weight: 0,
      priority: priority || undefined,
    };
  });
  return {
    endpoint_config: {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: c.name,
      endpoints: endpoints.length > 0 ? endpoints : undefined,
      policy: { overprovisioning_factor: OVERPROVISIONING_FACTOR },
    },
  };
}

function endpoint(h: Host): JsonObject {
  return {
    endpoint: { address: addressJson(h.address), health_check_config: {}, hostname: h.hostname || undefined },
    health_status: h.healthy ? 'HEALTHY' : 'UNHEALTHY',
    load_balancing_weight: h.weight,
  };
}
