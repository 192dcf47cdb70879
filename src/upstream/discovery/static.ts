/**
 * STATIC: the addresses of the load assignment, once. Mirrors StaticClusterImpl (source/common/upstream/static_cluster.cc).
 */
import { each } from '../../config/refusal.ts';
import type { Address as AddressMessage, Cluster as ClusterMessage, LbEndpoint } from '../../config/schema/types.ts';
import { isIP } from '../../platform/ip.ts';
import { Address } from '../../transport/address.ts';
import { INTERNAL } from '../../transport/internal.ts';
import {
  checkHealthAddress,
  type LocalityEndpoints,
  makeEndpoint,
  makeLocalityEndpoints,
  type PriorityUpdate,
} from '../endpoint.ts';
import type { Discovery, HostSink } from './discovery.ts';

export class StaticDiscovery implements Discovery {
  private readonly sink: HostSink;
  private batch: readonly PriorityUpdate[];

  /** Throws Envoy's "malformed IP address" for a name. */
  constructor(config: ClusterMessage, sink: HostSink) {
    this.sink = sink;
    const priorities: { priority: number; localities: LocalityEndpoints[] }[] = [];
    let id = 0;
    each(config.loadAssignment?.endpoints, (locality) => {
      const endpoints = each(locality.lbEndpoints, (ep) => {
        const address = literalAddress(ep.endpoint?.address);
        checkHealthAddress(ep, address.ip !== '');
        return makeEndpoint(id++, address, ep.endpoint?.hostname ?? '', ep, otherAddresses(ep));
      });
      const priority = locality.priority ?? 0;
      let found = priorities.find((p) => p.priority === priority);
      if (found === undefined) priorities.push((found = { priority, localities: [] }));
      found.localities.push(makeLocalityEndpoints(locality, endpoints));
    });
    this.batch = priorities;
  }

  start(onReady: () => void): void {
    const batch = this.batch;
    this.batch = NOTHING;
    if (batch.length > 0) this.sink.update(batch);
    onReady();
  }

  stop(): void {}
}

const NOTHING: readonly PriorityUpdate[] = [];

/** additional_addresses. */
export function otherAddresses({ endpoint }: LbEndpoint): Address[] {
  return (endpoint?.additionalAddresses ?? []).map((a) => literalAddress(a.address));
}

/** An address that needs no resolving: IP and port, a pipe, or a listener inside the process. */
export function literalAddress(a: AddressMessage | undefined): Address {
  if (a?.pipe !== undefined) return new Address('', 0, a.pipe.path ?? '');
  const inside = a?.envoyInternalAddress;
  if (inside !== undefined) {
    return new Address('', 0, `${INTERNAL}${inside.serverListenerName ?? ''}/${inside.endpointId ?? ''}`);
  }
  const ip = a?.socketAddress?.address ?? '';
  if (isIP(ip) === 0) {
    throw new Error(
      `malformed IP address: ${ip}. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'`,
    );
  }
  return new Address(ip, a?.socketAddress?.portValue ?? 0);
}
