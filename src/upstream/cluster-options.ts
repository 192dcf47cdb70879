/**
 * What few clusters ask for: connections made ahead, a limit of pools, several addresses of a host, a local address. Loaded with the first
 * cluster that does (discovery/cluster-types.ts), so that others do not pay for it.
 */
import type { BindConfig, Cluster as ClusterMessage, ClusterPreconnectPolicy } from '../config/schema/types.ts';
import { type BalancerFactory, type Cluster, plainBalancer } from './cluster.ts';
import { hasPoolLimit, hasSeveralAddresses } from './discovery/cluster-types.ts';
import { firstKnownType } from './load-balancers/configured-balancer.ts';
import { PeekingBalancer } from './load-balancers/peeking-balancer.ts';
import { HostPools, type Pooling } from './pools/host-pools.ts';
import { LimitedPools } from './pools/limited-pools.ts';
import { Preconnect, PreconnectingPool } from './pools/preconnecting-pool.ts';
import { ProtocolPool } from './pools/protocol-pool.ts';
import { makeReach } from './reach.ts';

const POLICIES = 'envoy.extensions.load_balancing_policies';
/** Policies of which it is known who comes next; true: where weights are unequal only. */
const PEEKED: ReadonlyMap<string, boolean> = new Map([
  ['ROUND_ROBIN', false],
  ['RANDOM', false],
  ['LEAST_REQUEST', true],
  [`${POLICIES}.round_robin.v3.RoundRobin`, false],
  [`${POLICIES}.random.v3.Random`, false],
  [`${POLICIES}.least_request.v3.LeastRequest`, true],
]);

/** The balancer of a cluster that may be asked who is next. */
export function peekingBalancer(
  config: ClusterMessage,
  inner: BalancerFactory | undefined,
): BalancerFactory | undefined {
  if (ratiosOf(config.preconnectPolicy).predictive <= 1) return inner;
  const policy =
    config.loadBalancingPolicy === undefined
      ? (config.lbPolicy ?? 'ROUND_ROBIN')
      : (firstKnownType(config.loadBalancingPolicy) ?? '');
  const hasSubsets = (config.lbSubsetConfig?.subsetSelectors ?? []).length > 0;
  const onlyWeighted = PEEKED.get(policy);
  if (onlyWeighted === undefined || hasSubsets) return inner;
  return (cluster, ctx) => new PeekingBalancer((inner ?? plainBalancer)(cluster, ctx), onlyWeighted);
}

/** Once, before it has hosts. */
export function applyOptions(cluster: Cluster, bind: BindConfig | undefined): void {
  const { info, balancer } = cluster;
  const { config } = info;
  info.reach = makeReach(info, bind, hasSeveralAddresses(config));
  const ratios = ratiosOf(config.preconnectPolicy);
  const isAhead = ratios.perUpstream > 1 || ratios.predictive > 1;
  const isLimited = hasPoolLimit(config);
  if (!isAhead && !isLimited) return;
  const preconnect = isAhead ? new Preconnect(ratios.perUpstream, ratios.predictive) : null;
  if (preconnect !== null && balancer instanceof PeekingBalancer) preconnect.peek = () => balancer.peek();
  info.pooling = {
    pools: (host) => (isLimited ? new LimitedPools(host) : new HostPools(host)),
    pool: (host, protocol, priority, transport) =>
      preconnect === null
        ? new ProtocolPool(host, protocol, priority, transport)
        : new PreconnectingPool(host, protocol, priority, transport, preconnect),
  } satisfies Pooling;
}

function ratiosOf(policy: ClusterPreconnectPolicy | undefined): { perUpstream: number; predictive: number } {
  return { perUpstream: policy?.perUpstreamPreconnectRatio ?? 1, predictive: policy?.predictivePreconnectRatio ?? 1 };
}
