/**
 * STATIC: the addresses of the load assignment, once. Mirrors StaticClusterImpl (source/common/upstream/static_cluster.cc).
 */
import { isIP } from '../../platform/ip.ts';
import { Address } from '../../transport/address.ts';
import type { AddressConfig, ClusterConfig } from '../cluster-config.ts';
import { UpstreamHost } from '../host.ts';
import type { Discovery, HostSink } from './discovery.ts';

export class StaticDiscovery implements Discovery {
  private readonly sink: HostSink;
  private readonly byPriority: UpstreamHost[][] = [];

  /** Throws Envoy's "malformed IP address" for a name. */
  constructor(config: ClusterConfig, sink: HostSink) {
    this.sink = sink;
    for (const locality of config.loadAssignment?.endpoints ?? []) {
      const priority = locality.priority ?? 0;
      while (this.byPriority.length <= priority) this.byPriority.push([]);
      for (const ep of locality.lbEndpoints ?? []) {
        const address = literalAddress(ep.endpoint?.address);
        this.byPriority[priority].push(
          new UpstreamHost(sink.cluster, address, ep.endpoint?.hostname ?? '', locality, ep),
        );
      }
    }
  }

  start(onReady: () => void): void {
    for (let p = 0; p < this.byPriority.length; p++) this.sink.setHosts(p, this.byPriority[p]);
    onReady();
  }

  stop(): void {}
}

/** An address that needs no resolving: IP and port, or a pipe. */
export function literalAddress(a: AddressConfig | undefined): Address {
  if (a?.pipe !== undefined) return new Address('', 0, a.pipe.path ?? '');
  const ip = a?.socketAddress?.address ?? '';
  if (isIP(ip) === 0) {
    throw new Error(
      `malformed IP address: ${ip}. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'`,
    );
  }
  return new Address(ip, a?.socketAddress?.portValue ?? 0);
}
