/**
 * What few clusters ask for: connections made ahead, a limit of pools, several addresses of a host, a
 * local address. Loaded with the first cluster
 * that does (discovery/cluster-types.ts), so that others do not pay for it.
 */
import type { BindConfig, Cluster as ClusterMessage, ClusterPreconnectPolicy } from '../config/schema/types.ts';
import { type BalancerFactory, type Cluster, plainBalancer } from './cluster.ts';
import { firstKnownType } from './load-balancers/configured-balancer.ts';
import { PeekingBalancer } from './load-balancers/peeking-balancer.ts';
import { HostPools, type Pooling } from './pools/host-pools.ts';
import { LimitedPools } from './pools/limited-pools.ts';
import { Preconnect, PreconnectingPool } from './pools/preconnecting-pool.ts';
import { ProtocolPool } from './pools/protocol-pool.ts';
import { hasSeveralAddresses, makeReach } from './reach.ts';

const POLICIES = 'envoy.extensions.load_balancing_policies';
/** Policies of which it is known who comes next. */
const PEEKED: ReadonlySet<string> = new Set([
  'ROUND_ROBIN',
  'RANDOM',
  'LEAST_REQUEST',
  `${POLICIES}.round_robin.v3.RoundRobin`,
  `${POLICIES}.random.v3.Random`,
  `${POLICIES}.least_request.v3.LeastRequest`,
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
  if (!PEEKED.has(policy) || hasSubsets) return inner;
  const onlyWeighted = policy === 'LEAST_REQUEST' || policy.endsWith('.LeastRequest');
  return (cluster, ctx) => {
    const balancer = new PeekingBalancer((inner ?? plainBalancer)(cluster, ctx), onlyWeighted);
    peekers.set(cluster, balancer);
    return balancer;
  };
}

const peekers = new WeakMap<Cluster, PeekingBalancer>();

/** Once, before it has hosts. */
export function applyOptions(cluster: Cluster, bind: BindConfig | undefined): void {
  const { info } = cluster;
  const { config } = info;
  info.reach = makeReach(info, bind, hasSeveralAddresses(config));
  const ratios = ratiosOf(config.preconnectPolicy);
  const isAhead = ratios.perUpstream > 1 || ratios.predictive > 1;
  const isLimited = hasPoolLimit(config);
  if (!isAhead && !isLimited) return;
  const preconnect = isAhead ? new Preconnect(ratios.perUpstream, ratios.predictive) : null;
  const peeker = peekers.get(cluster);
  if (preconnect !== null && peeker !== undefined) preconnect.peek = () => peeker.peek();
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

function hasPoolLimit(config: ClusterMessage): boolean {
  return config.circuitBreakers?.thresholds?.some((t) => t.maxConnectionPools !== undefined) === true;
}
