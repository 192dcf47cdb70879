/** What a route table is built for. */
import type { Route, XdsMatcher } from '../../config/schema/types.ts';
import { type FormatBuild, StreamNeeds } from '../../format/format-context.ts';
import type { StatsRoot } from '../../stats/store.ts';
import type { RouteTracing } from '../../tracing/route-tracing.ts';
import { type ClusterLookup, ClusterRefs } from '../../upstream/cluster-ref.ts';
import type { FormatCompiler } from '../headers/header-mutations.ts';
import { NO_REGEXES, type Regexes } from '../headers/regex.ts';
import type { ClusterSpecifiers } from './cluster-specifier.ts';
import type { NamedFilter } from './filter-configs.ts';
import type { HashPolicies } from './hash-policy.ts';
import type { compileRouteRateLimits } from './rate-limits.ts';
import type { Route as CompiledRoute } from './route.ts';
import type { RouteTree } from './route-tree.ts';

export interface RouteContext {
  /** Null where nothing is counted by route. */
  readonly stats: StatsRoot | null;
  /** What values of headers are formatted for. */
  readonly format: FormatBuild;
  readonly clusters: ClusterLookup;
  /** By place; filters whose routes may have a config of their own. */
  readonly filters: readonly NamedFilter[];
  /** A v2 config: regexes read UTF-8. */
  readonly envoy16: boolean;
}

/** And what was loaded for it. */
export interface RouteBuild extends RouteContext {
  readonly regexes: Regexes;
  /** Null where no header's value has a command. */
  readonly formats: FormatCompiler | null;
  /** Null where no virtual host finds its routes by a tree. */
  readonly trees:
    | ((matcher: XdsMatcher, compile: (route: Route) => CompiledRoute, build: RouteBuild) => RouteTree)
    | null;
  /** Null where every route says its cluster, or a header. */
  readonly specifiers: ClusterSpecifiers | null;
  /** Null where nothing of a request chooses its host. */
  readonly hashes: typeof HashPolicies | null;
  /** Null where nothing is limited. */
  readonly rateLimits: typeof compileRouteRateLimits | null;
  /** Null where no route says anything of spans. */
  readonly tracing: ((route: Route, build: FormatBuild) => RouteTracing | null) | null;
}

/** No clusters, no filters: a table to look routes up in. */
export const NO_CONTEXT: RouteContext = {
  stats: null,
  format: {
    localInfo: { nodeId: '', nodeCluster: '', zone: '' },
    clientAddress: () => undefined,
    needs: new StreamNeeds(),
    listenerName: '',
    filterChainName: '',
  },
  clusters: new ClusterRefs(),
  filters: [],
  envoy16: false,
};
export const NO_BUILD: RouteBuild = {
  ...NO_CONTEXT,
  regexes: NO_REGEXES,
  formats: null,
  tracing: null,
  rateLimits: null,
  trees: null,
  specifiers: null,
  hashes: null,
};
