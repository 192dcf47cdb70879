/**
 * A ClusterLoadAssignment that may be sent again: the same address is the same endpoint, of an address named twice the first one counts, and
 * what is not different is not told. Mirrors EdsClusterImpl::BatchUpdateHelper (source/extensions/clusters/eds/eds.cc).
 */

import { each } from '../../config/refusal.ts';
import type { ClusterLoadAssignment, LbEndpoint } from '../../config/schema/types.ts';
import { dropShare } from '../drop-overload.ts';
import {
  checkHealthAddress,
  type Endpoint,
  type LocalityEndpoints,
  makeEndpoint,
  makeLocalityEndpoints,
  type PriorityUpdate,
} from '../endpoint.ts';
import { literalAddress, otherAddresses } from './static.ts';

export class Assignment {
  /** Of an address. */
  private ids = new Map<string, number>();
  private nextId = 0;
  /** Priorities that had endpoints. */
  private count = 0;
  private before = '';
  maxWeight = 0;

  /** All priorities, also those that have nobody any more; null when nothing is different. Throws what is wrong, and nothing changes. */
  take(message: ClusterLoadAssignment): PriorityUpdate[] | null {
    const ids = new Map<string, number>();
    let nextId = this.nextId;
    let maxWeight = 0;
    const priorities: LocalityEndpoints[][] = [];
    each(message.endpoints, (locality) => {
      const endpoints: Endpoint[] = [];
      each(locality.lbEndpoints, (config: LbEndpoint) => {
        const address = literalAddress(config.endpoint?.address);
        if (ids.has(address.text)) return;
        checkHealthAddress(config, address.ip !== '');
        const id = this.ids.get(address.text) ?? nextId++;
        ids.set(address.text, id);
        const endpoint = makeEndpoint(id, address, config.endpoint?.hostname ?? '', config, otherAddresses(config));
        maxWeight = Math.max(maxWeight, endpoint.weight);
        endpoints.push(endpoint);
      });
      const { priority = 0 } = locality;
      while (priorities.length <= priority) priorities.push([]);
      if (endpoints.length > 0) priorities[priority].push(makeLocalityEndpoints(locality, endpoints));
    });
    const last = priorities.length;
    while (priorities.length < this.count) priorities.push([]);
    const { overprovisioningFactor, weightedPriorityHealth, dropOverloads } = message.policy ?? {};
    dropShare(dropOverloads);
    const policy = { overprovisioningFactor, weightedPriorityHealth, dropOverloads };
    const batch = priorities.map((localities, priority) => ({ priority, localities, policy }));
    this.ids = ids;
    this.nextId = nextId;
    this.maxWeight = maxWeight;
    const now = textOf(batch.slice(0, last));
    if (now === this.before) return null;
    this.before = now;
    this.count = last;
    return batch;
  }
}

function textOf(batch: readonly PriorityUpdate[]): string {
  return JSON.stringify(batch, (_, value) => (value instanceof Map ? [...value] : value));
}
