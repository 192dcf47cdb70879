/**
 * From a cluster's lb_policy (or its typed load_balancing_policy) to a Policy. Mirrors the choice in ClusterInfoImpl
 * (source/common/upstream/upstream_impl.cc). Policies not here are refused by config validation before this is reached.
 */
import type { Scope } from '../../stats/store.ts';
import type { ClusterConfig } from '../cluster-config.ts';
import { DEFAULT_ACTIVE_REQUEST_BIAS, DEFAULT_CHOICE_COUNT, leastRequest } from './least-request.ts';
import type { Policy, Random } from './load-balancer.ts';
import { DEFAULT_TABLE_SIZE, maglev } from './maglev.ts';
import { randomPolicy } from './random.ts';
import { roundRobin } from './round-robin.ts';

/** Throws for a policy that is not built and for an invalid Maglev table size. */
export function makePolicy(c: ClusterConfig, scope: Scope, random: Random): Policy {
  const policy = c.lbPolicy ?? 'ROUND_ROBIN';
  switch (policy) {
    case 'ROUND_ROBIN':
      return roundRobin(random);
    case 'LEAST_REQUEST': {
      const lr = c.leastRequestLbConfig;
      const bias = lr?.activeRequestBias?.defaultValue ?? DEFAULT_ACTIVE_REQUEST_BIAS;
      return leastRequest(random, lr?.choiceCount ?? DEFAULT_CHOICE_COUNT, bias);
    }
    case 'RANDOM':
      return randomPolicy(random);
    case 'MAGLEV': {
      const lb = scope.scope('maglev_lb.');
      return maglev(
        c.maglevLbConfig?.tableSize ?? DEFAULT_TABLE_SIZE,
        c.commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing === true,
        lb.gauge('min_entries_per_host'),
        lb.gauge('max_entries_per_host'),
      );
    }
    default:
      throw new Error(`cluster '${c.name}': lb_policy ${policy} is not supported yet`);
  }
}
