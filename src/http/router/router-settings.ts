/** What all requests of one router have in common, and what it counts of itself; a cluster's responses: upstream/response-stats.ts. */
import type { Counter, Scope } from '../../stats/store.ts';
import type { LoadShedPoint } from '../../transport/overload.ts';
import type { AsyncClient } from '../../upstream/async.ts';
import type { ClusterLookup } from '../../upstream/cluster-ref.ts';
import type { AttemptLogs } from './attempt.ts';

export type PassedRedirect = 'bad_location' | 'no_route' | 'predicate' | 'too_many_redirects' | 'unsafe_scheme';

/** `http.<prefix>.` metrics of a router (envoy/router.h, ALL_ROUTER_STATS). */
export class RouterStats {
  readonly rqTotal: Counter;
  readonly noRoute: Counter;
  readonly noCluster: Counter;
  readonly rqDirectResponse: Counter;
  readonly rqOverloadLocalReply: Counter;
  readonly rqResetAfterDownstreamResponseStarted: Counter;
  /** Redirects of hosts that go to the client, by reason. */
  readonly passedRedirects: Readonly<Record<PassedRedirect, Counter>>;

  constructor(scope: Scope) {
    this.rqTotal = scope.counter('rq_total');
    this.noRoute = scope.counter('no_route');
    this.noCluster = scope.counter('no_cluster');
    this.rqDirectResponse = scope.counter('rq_direct_response');
    this.rqResetAfterDownstreamResponseStarted = scope.counter('rq_reset_after_downstream_response_started');
    // Envoy counts none either.
    scope.counter('rq_redirect');
    this.rqOverloadLocalReply = scope.counter('rq_overload_local_reply');
    const passed = (name: PassedRedirect): Counter => scope.counter(`passthrough_internal_redirect_${name}`);
    this.passedRedirects = {
      bad_location: passed('bad_location'),
      no_route: passed('no_route'),
      predicate: passed('predicate'),
      too_many_redirects: passed('too_many_redirects'),
      unsafe_scheme: passed('unsafe_scheme'),
    };
  }
}

export interface RouterSettings {
  readonly clusters: ClusterLookup;
  readonly stats: RouterStats;
  /** Answer as 1.16 where 1.40 differs (v2 configs). */
  readonly envoy16: boolean;
  readonly suppressEnvoyHeaders: boolean;
  readonly dynamicStats: boolean;
  /** What sends the copies of requests. */
  readonly client: AsyncClient;
  /** upstream_log; null for none. */
  readonly upstreamLogs: AttemptLogs | null;
  /** Load-shed point http_downstream_filter_check; null without. */
  readonly sheds: LoadShedPoint | null;
}
