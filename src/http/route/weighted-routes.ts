/**
 * weighted_clusters: a share of a route's requests for each cluster, with its own headers, filter configs and host. Every part is a route
 * of its own, made when the table is built. Role of WeightedClusterSpecifierPlugin (source/common/router/weighted_cluster_specifier.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { each, refuse } from '../../config/refusal.ts';
import type { Route as RouteMessage, WeightedCluster } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { type RuntimeValue, runtime, uintByKey } from '../../runtime/runtime.ts';
import { Forward } from './forward.ts';
import type { HashPolicies } from './hash-policy.ts';
import type { RequestContext } from './request-context.ts';
import { compileLevels, type LevelsAbove, Route } from './route.ts';
import type { RouteBuild } from './route-context.ts';

const DIGITS = /^\d{1,20}$/;

export class WeightedRoutes {
  private readonly routes: readonly Route[];
  private readonly weights: readonly RuntimeValue<number>[];
  /** Where the share of each one ends, by the weights of this version of the runtime. */
  private ends: readonly number[] = [];
  private total = 0;
  private version = -1;
  /** A request header that brings the random number; '' for none. */
  private readonly randomHeader: string;
  /** use_hash_policy: what of the request brings it; null for none. */
  private readonly hash: HashPolicies | null;

  constructor(
    routes: readonly Route[],
    weights: readonly RuntimeValue<number>[],
    randomHeader: string,
    hash: HashPolicies | null,
  ) {
    this.routes = routes;
    this.weights = weights;
    this.randomHeader = randomHeader;
    this.hash = hash;
    this.weigh();
  }

  private weigh(): void {
    this.version = runtime.version;
    let sum = 0;
    this.ends = this.weights.map((w) => {
      sum += w.value;
      return sum;
    });
    // The runtime may make all of them 0: then the last one is as good as any.
    this.total = Math.max(sum, 1);
  }

  pick(headers: Headers, context: RequestContext): Route {
    if (this.version !== runtime.version) this.weigh();
    const at = this.value(headers, context);
    const { ends, routes } = this;
    const last = routes.length - 1;
    for (let i = 0; i < last; i++) if (at < ends[i]) return routes[i];
    return routes[last];
  }

  private value(headers: Headers, context: RequestContext): number {
    if (this.hash !== null) {
      const { hasHash = false, hashHi = 0, hashLo = 0 } = this.hash.compute(headers, context, null);
      if (hasHash) return Number(((BigInt(hashHi) << 32n) | BigInt(hashLo)) % BigInt(this.total));
    }
    if (this.randomHeader !== '') {
      // Several values are joined here, and so no number: chance decides, as in Envoy.
      const text = headers.getAll(this.randomHeader);
      if (text !== undefined && DIGITS.test(text)) return Number(BigInt(text) % BigInt(this.total));
    }
    return Math.floor(Math.random() * this.total);
  }
}

export function compileWeighted(
  config: WeightedCluster,
  message: RouteMessage,
  route: Route,
  above: LevelsAbove,
  build: RouteBuild,
): WeightedRoutes {
  const parts = config.clusters ?? [];
  const weights = parts.map((p) => p.weight ?? 0);
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) refuse(config, 'clusters', 'Sum of weights in the weighted_cluster must be greater than 0.');
  const routes = each(parts, (part) => {
    if ((part.name ?? '') !== '' && (part.clusterHeader ?? '') !== '') {
      refuse(part, 'cluster_header', 'Only one of name or cluster_header can be specified');
    }
    if ((part.name ?? '') === '' && (part.clusterHeader ?? '') === '') {
      refuse(part, 'name', 'At least one of name or cluster_header need to be specified');
    }
    const action = new Forward(
      { ...message.route, cluster: part.name, clusterHeader: part.clusterHeader, metadataMatch: part.metadataMatch },
      route.match,
      build,
      route.forward?.metadataMatch,
    );
    action.hostBefore = toWire(part.hostRewriteLiteral ?? '');
    return new Route({
      name: route.name,
      virtualHost: route.virtualHost,
      match: route.match,
      action,
      metadata: message.metadata,
      policies: route.policies,
      tracing: route.tracing,
      rateLimits: route.rateLimits,
      ...compileLevels(part, [message, ...above], above[1], build),
    });
  });
  const hash = config.useHashPolicy === true ? (route.forward?.hashPolicies ?? null) : null;
  const prefix = config.runtimeKeyPrefix ?? '';
  const byKey = parts.map((p, i) => uintByKey(prefix === '' ? '' : `${prefix}.${p.name ?? ''}`, weights[i]));
  return new WeightedRoutes(routes, byKey, asciiLower(toWire(config.headerName ?? '')), hash);
}
