/**
 * What a cluster says itself of tries, copies and hashes of its requests (HttpProtocolOptions): it counts instead of what routes say. Compiled by
 * who knows of HTTP (http/route/cluster-policies.ts); here it is only kept. Mirrors extensions/upstreams/http/config.cc.
 */
import type { Cluster as ClusterMessage, HttpHttpProtocolOptions } from '../config/schema/types.ts';
import { HTTP_PROTOCOL_OPTIONS } from './http-settings.ts';

export type PolicyCompiler = (options: HttpHttpProtocolOptions) => object;

/** The options, where they say something of it. */
export function policyOptions(cluster: ClusterMessage): HttpHttpProtocolOptions | null {
  const options = cluster.typedExtensionProtocolOptions?.get(HTTP_PROTOCOL_OPTIONS)?.value as
    | HttpHttpProtocolOptions
    | undefined;
  if (options === undefined) return null;
  const { retryPolicy, hashPolicy = [], requestMirrorPolicies = [] } = options;
  return retryPolicy === undefined && hashPolicy.length === 0 && requestMirrorPolicies.length === 0 ? null : options;
}
