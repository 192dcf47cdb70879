/** One route: what it matches, what it does, and what it says to the filters. Role of Envoy's Router::Route (envoy/router/router.h). */
import type { Headers } from '../../codec/headers.ts';
import type {
  Metadata,
  RouteConfiguration,
  Route as RouteMessage,
  VirtualHost as VhMessage,
} from '../../config/schema/types.ts';
import { compileMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import type { RegexCompiler } from '../headers/regex.ts';
import type { LocalReply } from '../reply.ts';
import { type FilterConfigs, mergeFilterConfigs } from './filter-configs.ts';
import { Forward } from './forward.ts';
import { compilePolicies, type ForwardPolicies } from './forward-policies.ts';
import type { RouteContext } from './route-context.ts';
import { RouteMatch } from './route-match.ts';
import type { VirtualHost } from './virtual-host.ts';

/** An action that answers by itself, as a redirect or a direct response does. */
export interface Answer {
  reply(request: Headers): LocalReply;
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

  /** `above`: virtual host and route configuration. */
  constructor(
    config: RouteMessage,
    virtualHost: VirtualHost,
    above: readonly [VhMessage, RouteConfiguration],
    regex: RegexCompiler | undefined,
    ctx: RouteContext,
  ) {
    const levels = [config, ...above];
    const mostSpecificWins = above[1].mostSpecificHeaderMutationsWins ?? false;
    this.name = config.name ?? '';
    this.virtualHost = virtualHost;
    this.metadata = config.metadata ?? null;
    this.match = new RouteMatch(config.match ?? {}, regex);
    this.action = new Forward(config.route ?? {}, ctx.clusters);
    this.policies = compilePolicies(config, above, ctx);
    this.requestMutations = compileMutations('request', levels, mostSpecificWins);
    this.responseMutations = compileMutations('response', levels, mostSpecificWins);
    this.filterConfigs = mergeFilterConfigs(levels, ctx.filters);
  }

  /** Null for a route that answers by itself. */
  get forward(): Forward | null {
    return this.action instanceof Forward ? this.action : null;
  }
}
