/**
 * From a cluster's lb_policy to a Policy. Mirrors the choice in ClusterInfoImpl
 * (source/common/upstream/upstream_impl.cc). Policies not here are refused by config validation before this is reached.
 */
import { refuse, within } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, LeastRequest, Maglev, RingHash } from '../../config/schema/types.ts';
import { runtimeDouble } from '../../runtime/runtime.ts';
import type { ClusterInfo } from '../cluster-info.ts';
import type { Policy } from './host-picker.ts';
import { DEFAULT_ACTIVE_REQUEST_BIAS, DEFAULT_CHOICE_COUNT, leastRequest } from './least-request.ts';
import type { Random } from './load-balancer.ts';
import { DEFAULT_TABLE_SIZE, maglev } from './maglev.ts';
import { randomPolicy } from './random.ts';
import { DEFAULT_MAX_RING_SIZE, DEFAULT_MIN_RING_SIZE, ringHash } from './ring-hash.ts';
import { roundRobin } from './round-robin.ts';

/** What the typed messages of the policies say, and the older fields of the cluster. */
export type PolicyOptions = Pick<LeastRequest, 'choiceCount' | 'activeRequestBias'> &
  Pick<Maglev, 'tableSize' | 'consistentHashingLbConfig'> &
  Pick<RingHash, 'minimumRingSize' | 'maximumRingSize' | 'useHostnameForHashing'>;

/** lb_policy and its own fields say all there is to it; anything more is configured-balancer.ts', which is loaded for it. */
export function isPlain(c: ClusterMessage): boolean {
  const common = c.commonLbConfig;
  return (
    c.loadBalancingPolicy === undefined &&
    c.lbSubsetConfig === undefined &&
    c.roundRobinLbConfig === undefined &&
    c.leastRequestLbConfig?.slowStartConfig === undefined &&
    c.ringHashLbConfig?.hashFunction !== 'MURMUR_HASH_2' &&
    (common === undefined ||
      (common.localityWeightedLbConfig === undefined &&
        common.overrideHostStatus === undefined &&
        common.consistentHashingLbConfig?.hashBalanceFactor === undefined))
  );
}

/** Throws for a policy that is not built and for an invalid Maglev table size. */
export function makePolicy(c: ClusterMessage, info: ClusterInfo, random: Random): Policy {
  return within(c.ringHashLbConfig ?? c, () => basePolicy(c.lbPolicy ?? 'ROUND_ROBIN', ownOptions(c), info, random));
}

export function ownOptions(c: ClusterMessage): PolicyOptions {
  const byName = c.commonLbConfig?.consistentHashingLbConfig;
  return {
    choiceCount: c.leastRequestLbConfig?.choiceCount,
    activeRequestBias: c.leastRequestLbConfig?.activeRequestBias,
    tableSize: c.maglevLbConfig?.tableSize,
    minimumRingSize: c.ringHashLbConfig?.minimumRingSize,
    maximumRingSize: c.ringHashLbConfig?.maximumRingSize,
    consistentHashingLbConfig: byName,
  };
}

/** `ringOf`: how the hashes of a ring are made, where not by xxHash. */
export function basePolicy(
  policy: string,
  o: PolicyOptions,
  info: ClusterInfo,
  random: Random,
  ringOf?: Parameters<typeof ringHash>[4],
): Policy {
  const c = info.config;
  const { scope } = info;
  const byName = (o.consistentHashingLbConfig?.useHostnameForHashing ?? o.useHostnameForHashing) === true;
  switch (policy) {
    case 'ROUND_ROBIN':
      return roundRobin(random);
    case 'LEAST_REQUEST': {
      const bias = runtimeDouble(o.activeRequestBias, DEFAULT_ACTIVE_REQUEST_BIAS);
      return leastRequest(random, o.choiceCount ?? DEFAULT_CHOICE_COUNT, bias);
    }
    case 'RANDOM':
      return randomPolicy(random);
    case 'MAGLEV': {
      const lb = scope.scope('maglev_lb.');
      return maglev(
        o.tableSize ?? DEFAULT_TABLE_SIZE,
        byName,
        lb.gauge('min_entries_per_host'),
        lb.gauge('max_entries_per_host'),
      );
    }
    case 'RING_HASH': {
      const lb = scope.scope('ring_hash_lb.');
      const stats = {
        size: lb.gauge('size'),
        minHashesPerHost: lb.gauge('min_hashes_per_host'),
        maxHashesPerHost: lb.gauge('max_hashes_per_host'),
      };
      const min = o.minimumRingSize ?? DEFAULT_MIN_RING_SIZE;
      return ringHash(min, o.maximumRingSize ?? DEFAULT_MAX_RING_SIZE, byName, stats, ringOf);
    }
    case 'LOAD_BALANCING_POLICY_CONFIG':
      return refuse(c, 'lb_policy', 'cluster: field load_balancing_policy need to be set');
    default:
      return refuse(c, 'lb_policy', `cluster '${c.name ?? ''}': lb_policy ${policy} is not supported yet`);
  }
}
