/**
 * From a cluster's lb_policy (or its typed load_balancing_policy) to a Policy. Mirrors the choice in ClusterInfoImpl
 * (source/common/upstream/upstream_impl.cc). Policies not here are refused by config validation before this is reached.
 */
import { refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage, LeastRequest, Maglev, RingHash } from '../../config/schema/types.ts';
import type { Scope } from '../../stats/store.ts';
import type { Policy } from './host-picker.ts';
import { DEFAULT_ACTIVE_REQUEST_BIAS, DEFAULT_CHOICE_COUNT, leastRequest } from './least-request.ts';
import type { Random } from './load-balancer.ts';
import { DEFAULT_TABLE_SIZE, maglev } from './maglev.ts';
import { randomPolicy } from './random.ts';
import { DEFAULT_MAX_RING_SIZE, DEFAULT_MIN_RING_SIZE, ringHash } from './ring-hash.ts';
import { roundRobin } from './round-robin.ts';

/** Type URL of a typed policy → the lb_policy it is. */
const TYPED: Readonly<Record<string, string>> = {
  'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin': 'ROUND_ROBIN',
  'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest': 'LEAST_REQUEST',
  'envoy.extensions.load_balancing_policies.random.v3.Random': 'RANDOM',
  'envoy.extensions.load_balancing_policies.maglev.v3.Maglev': 'MAGLEV',
  'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash': 'RING_HASH',
};

/** What the typed messages of the policies say, and the older fields of the cluster. */
type PolicyOptions = Pick<LeastRequest, 'choiceCount' | 'activeRequestBias'> &
  Pick<Maglev, 'tableSize' | 'consistentHashingLbConfig'> &
  Pick<RingHash, 'minimumRingSize' | 'maximumRingSize' | 'useHostnameForHashing'>;

/** Throws for a policy that is not built and for an invalid Maglev table size. */
export function makePolicy(c: ClusterMessage, scope: Scope, random: Random): Policy {
  for (const p of c.loadBalancingPolicy?.policies ?? []) {
    const typed = p.typedExtensionConfig?.typedConfig;
    const name = typed === undefined ? undefined : TYPED[typed.typeUrl];
    // The list is in order of preference; what is not known is passed over, as in Envoy.
    if (typed !== undefined && name !== undefined) return make(name, typed.value as PolicyOptions, c, scope, random);
  }
  const own: PolicyOptions = {
    choiceCount: c.leastRequestLbConfig?.choiceCount,
    activeRequestBias: c.leastRequestLbConfig?.activeRequestBias,
    tableSize: c.maglevLbConfig?.tableSize,
    minimumRingSize: c.ringHashLbConfig?.minimumRingSize,
    maximumRingSize: c.ringHashLbConfig?.maximumRingSize,
    consistentHashingLbConfig: c.commonLbConfig?.consistentHashingLbConfig,
  };
  return make(c.lbPolicy ?? 'ROUND_ROBIN', own, c, scope, random);
}

function make(policy: string, o: PolicyOptions, c: ClusterMessage, scope: Scope, random: Random): Policy {
  switch (policy) {
    case 'ROUND_ROBIN':
      return roundRobin(random);
    case 'LEAST_REQUEST': {
      const bias = o.activeRequestBias?.defaultValue ?? DEFAULT_ACTIVE_REQUEST_BIAS;
      return leastRequest(random, o.choiceCount ?? DEFAULT_CHOICE_COUNT, bias);
    }
    case 'RANDOM':
      return randomPolicy(random);
    case 'MAGLEV': {
      const lb = scope.scope('maglev_lb.');
      return maglev(
        o.tableSize ?? DEFAULT_TABLE_SIZE,
        o.consistentHashingLbConfig?.useHostnameForHashing === true,
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
      const byName = o.consistentHashingLbConfig?.useHostnameForHashing ?? o.useHostnameForHashing;
      return ringHash(min, o.maximumRingSize ?? DEFAULT_MAX_RING_SIZE, byName === true, stats);
    }
    case 'LOAD_BALANCING_POLICY_CONFIG':
      return refuse(
        c,
        'load_balancing_policy',
        `cluster '${c.name ?? ''}': none of the policies in load_balancing_policy is supported yet`,
      );
    default:
      return refuse(c, 'lb_policy', `cluster '${c.name ?? ''}': lb_policy ${policy} is not supported yet`);
  }
}
