/** One route: what it matches, what it does, and what it says to the filters. Role of Envoy's Router::Route (envoy/router/router.h). */
import type { Headers } from '../../codec/headers.ts';
import { together } from '../../config/refusal.ts';
import type {
  Metadata,
  RouteConfiguration,
  Route as RouteMessage,
  VirtualHost as VhMessage,
} from '../../config/schema/types.ts';
import type { FormatInfo } from '../../format/format-context.ts';
import type { RouteTracing } from '../../tracing/route-tracing.ts';
import { compileMutations, type HeaderLevel, type HeaderMutations } from '../headers/header-mutations.ts';
import type { LocalReply } from '../reply.ts';
import { DEFAULT_MAX_DIRECT_BODY, DirectResponse } from './direct-response.ts';
import {
  type FilterConfigLevel,
  type FilterConfigs,
  type FilterSwitches,
  mergeFilterConfigs,
  type SaidToFilters,
} from './filter-configs.ts';
import { Forward } from './forward.ts';
import { compilePolicies, type ForwardPolicies } from './forward-policies.ts';
import type { RouteRateLimits } from './rate-limits.ts';
import { Redirect } from './redirect.ts';
import type { RouteBuild } from './route-context.ts';
import { RouteMatch } from './route-match.ts';
import type { VirtualHost } from './virtual-host.ts';
import { compileWeighted, type WeightedRoutes } from './weighted-routes.ts';

/** An action that answers by itself, as a redirect or a direct response does. */
export interface Answer {
  /** `keepOriginal`: a path that is rewritten stays in x-envoy-original-path. */
  reply(request: Headers, keepOriginal: boolean, info: FormatInfo): LocalReply;
}

/** What is decided when the table is built. */
export interface RouteParts {
  readonly name: string;
  readonly virtualHost: VirtualHost;
  readonly match: RouteMatch;
  readonly action: Forward | Answer;
  readonly metadata?: Metadata | undefined;
  readonly policies?: ForwardPolicies | null;
  readonly requestMutations?: HeaderMutations | null;
  readonly responseMutations?: HeaderMutations | null;
  readonly filterConfigs?: FilterConfigs;
  readonly filterSwitches?: FilterSwitches | null;
  readonly tracing?: RouteTracing | null;
  readonly rateLimits?: RouteRateLimits | null;
}

export class Route {
  readonly name: string;
  readonly virtualHost: VirtualHost;
  readonly metadata: Metadata | null;
  readonly match: RouteMatch;
  /** Either of both. */
  readonly action: Forward | Answer;
  readonly requestMutations: HeaderMutations | null;
  readonly responseMutations: HeaderMutations | null;
  /** Null where nothing is said of it. */
  readonly policies: ForwardPolicies | null;
  /** By the filter's place. */
  readonly filterConfigs: FilterConfigs;
  /** Which filters run; null where nothing is said of it. */
  readonly filterSwitches: FilterSwitches | null;
  /** What it says of spans; null for nothing. */
  readonly tracing: RouteTracing | null;
  /** rate_limits of the route and its virtual host; null for none. */
  readonly rateLimits: RouteRateLimits | null;
  /** weighted_clusters: one of these routes is taken instead. */
  weighted: WeightedRoutes | null;

  constructor(parts: RouteParts) {
    this.name = parts.name;
    this.virtualHost = parts.virtualHost;
    this.metadata = parts.metadata ?? null;
    this.match = parts.match;
    this.action = parts.action;
    this.policies = parts.policies ?? null;
    this.requestMutations = parts.requestMutations ?? null;
    this.responseMutations = parts.responseMutations ?? null;
    this.filterConfigs = parts.filterConfigs ?? [];
    this.filterSwitches = parts.filterSwitches ?? null;
    this.tracing = parts.tracing ?? null;
    this.rateLimits = parts.rateLimits ?? null;
    this.weighted = null;
  }

  /** Null for a route that answers by itself. */
  get forward(): Forward | null {
    return this.action instanceof Forward ? this.action : null;
  }
}

/** `above`: virtual host and route configuration. */
export type LevelsAbove = readonly [VhMessage, RouteConfiguration];

export function compileRoute(
  config: RouteMessage,
  virtualHost: VirtualHost,
  above: LevelsAbove,
  build: RouteBuild,
): Route {
  const levels = [config, ...above];
  const { way, policies, said, tracing, rateLimits } = together<{
    way: { readonly match: RouteMatch; readonly action: Forward | Answer };
    policies: ForwardPolicies | null;
    said: SaidByLevels;
    tracing: RouteTracing | null;
    rateLimits: RouteRateLimits | null;
  }>({
    way: () => {
      const match = new RouteMatch(config.match ?? {}, build.regexes.test);
      return { match, action: compileAction(config, match, above[1], build) };
    },
    policies: () => compilePolicies(config, above, build),
    said: () => compileLevels(null, levels, above[1], build),
    rateLimits: () => compileRateLimits(config, above[0], build),
    tracing: () => (build.tracing === null ? null : build.tracing(config, build.format)),
  });
  const route = new Route({
    name: config.name ?? '',
    virtualHost,
    ...way,
    metadata: config.metadata,
    policies,
    tracing,
    rateLimits,
    ...said,
  });
  const weighted = config.route?.weightedClusters;
  if (weighted !== undefined) route.weighted = compileWeighted(weighted, config, route, above, build);
  return route;
}

function compileRateLimits(config: RouteMessage, host: VhMessage, build: RouteBuild): RouteRateLimits | null {
  const own = config.route?.rateLimits ?? [];
  const above = host.rateLimits ?? [];
  if (build.rateLimits === null || (own.length === 0 && above.length === 0)) return null;
  return build.rateLimits(own, above, config.route?.includeVhRateLimits ?? false, build);
}

type SaidByLevels = Required<Pick<RouteParts, 'requestMutations' | 'responseMutations'>> & SaidToFilters;

/** `first`: applied before all others, whoever is to win. */
export function compileLevels(
  first: (HeaderLevel & FilterConfigLevel) | null,
  levels: readonly (HeaderLevel & FilterConfigLevel)[],
  table: RouteConfiguration,
  build: RouteBuild,
): SaidByLevels {
  const mostSpecificWins = table.mostSpecificHeaderMutationsWins ?? false;
  const { filters, ...mutations } = together<Omit<SaidByLevels, keyof SaidToFilters> & { filters: SaidToFilters }>({
    requestMutations: () => compileMutations('request', first, levels, mostSpecificWins, build.formats),
    responseMutations: () => compileMutations('response', first, levels, mostSpecificWins, build.formats),
    filters: () => mergeFilterConfigs(first === null ? levels : [first, ...levels], build.filters, build.regexes.test),
  });
  return { ...mutations, ...filters };
}

function compileAction(
  config: RouteMessage,
  match: RouteMatch,
  table: RouteConfiguration,
  build: RouteBuild,
): Forward | Answer {
  if (config.redirect !== undefined) return new Redirect(config.redirect, match, build);
  if (config.directResponse !== undefined) {
    const max = table.maxDirectResponseBodySizeBytes ?? DEFAULT_MAX_DIRECT_BODY;
    return new DirectResponse(config.directResponse, match, max, build.formats);
  }
  return new Forward(config.route ?? {}, match, build);
}
