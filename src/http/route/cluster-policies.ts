/** retry_policy, request_mirror_policies and hash_policy of a cluster, compiled: each takes the place of what a route says of the same. */

import { each, refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, HttpHttpProtocolOptions } from '../../config/schema/types.ts';
import type { ServerContext } from '../../extension/context.ts';
import { policyOptions } from '../../upstream/http-policies.ts';
import { hasFormats } from '../headers/header-mutations.ts';
import { loadRegexes, NO_REGEXES, needsRegex } from '../headers/regex.ts';
import type { ForwardPolicies } from './forward-policies.ts';
import { HashPolicies } from './hash-policy.ts';
import { MirrorPolicy } from './mirror-policy.ts';
import { compileRetryPolicy, type RetrySettings } from './retry-policy.ts';
import { NO_BUILD, type RouteBuild } from './route-context.ts';

/** A route that says nothing. */
const NOTHING: ForwardPolicies = {
  retry: null,
  hedgeOnPerTryTimeout: false,
  redirects: null,
  mirrors: [],
  bufferLimit: Number.POSITIVE_INFINITY,
  attemptCountInRequest: false,
  attemptCountInResponse: false,
  timeoutRetryInRequest: false,
};

export class ClusterPolicies {
  /** Null: the route's counts. */
  readonly hash: HashPolicies | null;
  private readonly retry: RetrySettings | null;
  private readonly mirrors: readonly MirrorPolicy[];
  /** By what the route says. */
  private readonly merged: Map<ForwardPolicies | null, ForwardPolicies>;

  constructor(options: HttpHttpProtocolOptions, build: RouteBuild) {
    const { retryPolicy, hashPolicy = [] } = options;
    this.retry = retryPolicy === undefined ? null : compileRetryPolicy(retryPolicy, build.regexes.test, build.envoy16);
    this.mirrors = each(options.requestMirrorPolicies, (m) => new MirrorPolicy(m, build));
    for (const policy of hashPolicy) {
      // Who the client is, each connection manager decides for itself.
      if (policy.connectionProperties?.sourceIp === true) {
        refuse(policy, 'connection_properties', 'source_ip in the hash_policy of a cluster is not supported yet');
      }
    }
    this.hash = hashPolicy.length > 0 ? new HashPolicies(hashPolicy, build.regexes, build.format.clientAddress) : null;
    this.merged = new Map();
  }

  /** What holds for a request of a route that says `policies`. */
  over(policies: ForwardPolicies | null): ForwardPolicies | null {
    if (this.retry === null && this.mirrors.length === 0) return policies;
    let merged = this.merged.get(policies);
    if (merged === undefined) {
      const said = policies ?? NOTHING;
      merged = {
        ...said,
        retry: this.retry ?? said.retry,
        mirrors: this.mirrors.length > 0 ? this.mirrors : said.mirrors,
      };
      // Tables of routes come and go.
      if (this.merged.size >= MAX_MERGED) this.merged.clear();
      this.merged.set(policies, merged);
    }
    return merged;
  }
}
const MAX_MERGED = 1024;

/** Null where no cluster says anything: then none may later. */
export async function clusterPolicies(
  clusters: readonly ClusterMessage[],
  ctx: ServerContext,
): Promise<((options: HttpHttpProtocolOptions) => ClusterPolicies) | null> {
  const said = clusters.map(policyOptions).filter((options) => options !== null);
  if (said.length === 0) return null;
  const format = { ...NO_BUILD.format, localInfo: ctx.localInfo };
  const build: RouteBuild = {
    ...NO_BUILD,
    format,
    clusters: ctx.clusters,
    envoy16: ctx.envoy16,
    regexes: needsRegex(said) ? await loadRegexes(ctx.envoy16) : NO_REGEXES,
    formats: hasFormats(said) ? (await import('../headers/body-format.ts')).formatCompiler(format) : null,
  };
  return (options) => new ClusterPolicies(options, build);
}
