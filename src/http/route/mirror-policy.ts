/** RouteAction.RequestMirrorPolicy, compiled: where copies of requests go, how many, and what they look like. Role of Envoy's ShadowPolicyImpl. */
import type { Headers } from '../../codec/headers.ts';
import type { RouteActionRequestMirrorPolicy } from '../../config/schema/types.ts';
import type { FormatInfo } from '../../format/format-context.ts';
import { asciiLower, fromWire, isWritableTarget, toWire } from '../../platform/wire-text.ts';
import { type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { ClusterLookup, ClusterRef } from '../../upstream/cluster-ref.ts';
import { headerValue } from '../headers/header-matcher.ts';
import type { HeaderMutations } from '../headers/header-mutations.ts';
import { compileMutationList } from '../headers/mutation-list.ts';
import type { RouteBuild } from './route-context.ts';

export class MirrorPolicy {
  private readonly clusters: ClusterLookup;
  /** Null when the request names the cluster. */
  private readonly ref: ClusterRef | null;
  private readonly clusterHeader: string;
  private readonly share: RuntimeShare;
  private readonly suffix: boolean;
  private readonly host: string;
  private readonly mutations: readonly HeaderMutations[];
  /** Whether a collector is told of the copies; undefined: as of their request. */
  readonly traceSampled: boolean | undefined;

  constructor(config: RouteActionRequestMirrorPolicy, { clusters, formats }: RouteBuild) {
    this.clusters = clusters;
    this.clusterHeader = asciiLower(toWire(config.clusterHeader ?? ''));
    this.ref = config.cluster ? clusters.ref(config.cluster) : null;
    this.share = runtimeShare(config.runtimeFraction, 1);
    this.suffix = config.disableShadowHostSuffixAppend !== true;
    this.host = toWire(config.hostRewriteLiteral ?? '');
    this.traceSampled = config.traceSampled;
    if (!isWritableTarget(this.host) && this.host !== '') throw new Error('host_rewrite_literal is no host');
    this.mutations = compileMutationList(config.requestHeadersMutations, formats);
  }

  /** Whether this request is one of those that are copied. */
  applies(): boolean {
    return this.share.happens();
  }

  /** Null when there is none of that name, or the request does not say one. */
  cluster(h: Headers): Cluster | null {
    if (this.ref !== null) return this.ref.current;
    return this.clusters.get(fromWire(headerValue(h, this.clusterHeader) ?? '') ?? '') ?? null;
  }

  /** The head of the copy, from the one that goes to the route's own cluster. */
  copy(h: Headers, info: FormatInfo): Headers {
    const copy = h.clone();
    // Nobody would use the tunnel.
    copy.protocol = '';
    if (this.host !== '') copy.authority = this.host;
    else if (this.suffix) copy.authority = shadowHost(h.authority);
    for (const m of this.mutations) m.apply(copy, info, copy, null);
    return copy;
  }
}

/** `a:80` → `a-shadow:80`. */
function shadowHost(authority: string): string {
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || colon < authority.lastIndexOf(']')) return `${authority}-shadow`;
  return `${authority.slice(0, colon)}-shadow${authority.slice(colon)}`;
}
