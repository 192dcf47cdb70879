/** For cluster types that discover no hosts and choose for each request: aggregate, dynamic_forward_proxy. */
import { refuse } from '../../config/refusal.ts';
import type { Cluster as ClusterMessage } from '../../config/schema/types.ts';
import { providedByType } from '../load-balancers/configured-balancer.ts';
import type { Discovery } from './discovery.ts';

/** Throws where the policy is another than the type's own. */
export function discoverNothing(config: ClusterMessage): Discovery {
  if (!providedByType(config)) {
    const message = `cluster manager: cluster provided LB not specified but cluster '${config.name ?? ''}' provided one. Check cluster documentation.`;
    refuse(config, 'lb_policy', message);
  }
  return { start: (onReady) => onReady(), stop: () => {} };
}
