/**
 * What a cluster says itself of tries, copies and hashes of its requests (HttpProtocolOptions): it counts instead of what routes say. Compiled by
 * who knows of HTTP (http/route/cluster-policies.ts); here it is only kept. Mirrors extensions/upstreams/http/config.cc.
 */
import type {
  Cluster as ClusterMessage,
  HttpHttpProtocolOptions,
  LoadBalancingPolicy,
  Maglev,
  RouteActionHashPolicy,
} from '../config/schema/types.ts';
import { HTTP_PROTOCOL_OPTIONS } from './http-settings.ts';

export type PolicyCompiler = (options: HttpHttpProtocolOptions) => object;

/** The options, where they say something of it. A hash policy of the balancing policy counts before all. */
export function policyOptions(cluster: ClusterMessage): HttpHttpProtocolOptions | null {
  const options = cluster.typedExtensionProtocolOptions?.get(HTTP_PROTOCOL_OPTIONS)?.value as
    | HttpHttpProtocolOptions
    | undefined;
  const own = cluster.loadBalancingPolicy === undefined ? [] : balancingHash(cluster.loadBalancingPolicy);
  if (own.length > 0) return { ...options, hashPolicy: own };
  if (options === undefined) return null;
  const { retryPolicy, hashPolicy = [], requestMirrorPolicies = [] } = options;
  return retryPolicy === undefined && hashPolicy.length === 0 && requestMirrorPolicies.length === 0 ? null : options;
}

/** hash_policy of the first ring or table among the policies. */
function balancingHash({ policies = [] }: LoadBalancingPolicy): readonly RouteActionHashPolicy[] {
  for (const { typedExtensionConfig } of policies) {
    const { consistentHashingLbConfig } = (typedExtensionConfig?.typedConfig?.value ?? {}) as Maglev;
    if (consistentHashingLbConfig?.hashPolicy !== undefined) return consistentHashingLbConfig.hashPolicy;
  }
  return [];
}
