/** Route tables: domains that are unique, clusters that exist. */

import { asciiLower } from '../../platform/wire-text.ts';
import type { RouteConfiguration } from '../schema/types.ts';
import { nearest } from '../suggest.ts';
import type { KnownClusters } from './clusters.ts';
import type { Reporter } from './reporter.ts';

export function checkRoutes(config: RouteConfiguration, clusters: KnownClusters, report: Reporter): void {
  const domains = new Set<string>();
  const name = config.name ?? '';
  for (const host of config.virtualHosts ?? []) {
    (host.domains ?? []).forEach((domain, i) => {
      const lower = asciiLower(domain);
      if (domains.has(lower)) {
        const message =
          lower === '*'
            ? `Only a single wildcard domain is permitted in route ${name}`
            : `Only unique values for domains are permitted. Duplicate entry of domain ${lower} in route ${name}`;
        report.problem(host, `domains[${i}]`, message);
      }
      domains.add(lower);
    });
  }
  // A static table is checked unless it says otherwise.
  if (config.validateClusters === false) return;
  for (const host of config.virtualHosts ?? []) {
    for (const { route } of host.routes ?? []) {
      if (route?.cluster && !clusters.has(route.cluster)) {
        report.problem(route, 'cluster', `route: unknown cluster '${route.cluster}'`, similar(route.cluster, clusters));
      }
      const parts = route?.weightedClusters?.clusters ?? [];
      if (parts.length > 0 && parts.every((p) => report.isWhole(p) && (p.weight ?? 0) === 0)) {
        const message = 'Sum of weights in the weighted_cluster must be greater than 0.';
        report.problem(route?.weightedClusters as object, 'clusters', message);
      }
      for (const { cluster } of route?.requestMirrorPolicies ?? []) {
        if (!cluster || clusters.has(cluster)) continue;
        const message = `route: unknown shadow cluster '${cluster}'`;
        report.problem(route as object, 'request_mirror_policies', message, similar(cluster, clusters));
      }
      for (const part of parts) {
        if (part.name && !clusters.has(part.name)) {
          report.problem(part, 'name', `route: unknown weighted cluster '${part.name}'`, similar(part.name, clusters));
        }
      }
    }
  }
}

function similar(name: string, clusters: KnownClusters): string | undefined {
  const near = nearest(name, clusters.byName.keys());
  return near === undefined ? undefined : `did you mean '${near}'?`;
}

/** Every cluster a route names. */
export function clustersOf(config: RouteConfiguration): Set<string> {
  const names = new Set<string>();
  for (const host of config.virtualHosts ?? []) {
    for (const { route } of host.routes ?? []) {
      if (route?.cluster) names.add(route.cluster);
      for (const part of route?.weightedClusters?.clusters ?? []) if (part.name) names.add(part.name);
    }
  }
  return names;
}
