/** What the control plane tells every event loop about clusters: data, since with workers it crosses threads. */

import type { Cluster as ClusterMessage } from '../config/schema/types.ts';
import { Address } from '../transport/address.ts';
import type { PriorityUpdate } from './endpoint.ts';

export type ClusterUpdate =
  /** There is a cluster, or another one under a name that was there, with all its hosts so far. */
  | {
      readonly kind: 'put';
      readonly config: ClusterMessage;
      readonly addedViaApi: boolean;
      readonly hosts: readonly PriorityUpdate[];
    }
  | { readonly kind: 'remove'; readonly name: string }
  /** All hosts of these priorities from now on. */
  | { readonly kind: 'hosts'; readonly name: string; readonly batch: readonly PriorityUpdate[] }
  /** HealthFlag bits of hosts, by the id of their endpoint. */
  | {
      readonly kind: 'health';
      readonly name: string;
      readonly changes: readonly (readonly [id: number, flags: number])[];
    };

/** An update that came from another thread: addresses arrive as the data of one. */
export function revived(update: ClusterUpdate): ClusterUpdate {
  switch (update.kind) {
    case 'put':
      return { ...update, hosts: update.hosts.map(revivedPriority) };
    case 'hosts':
      return { ...update, batch: update.batch.map(revivedPriority) };
    default:
      return update;
  }
}

function revivedPriority({ localities, ...rest }: PriorityUpdate): PriorityUpdate {
  return {
    ...rest,
    localities: localities.map((l) => ({
      ...l,
      endpoints: l.endpoints.map((e) => ({
        ...e,
        address: revivedAddress(e.address),
        ...(e.others && { others: e.others.map(revivedAddress) }),
      })),
    })),
  };
}

function revivedAddress({ ip, port, path }: Address): Address {
  return new Address(ip, port, path);
}
