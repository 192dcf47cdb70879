/**
 * How the control plane learns the hosts of a cluster. One interface, a file per type (STATIC, STRICT_DNS, LOGICAL_DNS …); each passes
 * test/upstream/discovery/conformance.ts.
 */

import type { Cluster as ClusterMessage } from '../../config/schema/types.ts';
import type { ConnectOptions } from '../../transport/connection.ts';
import type { BalancerFactory } from '../cluster.ts';
import type { DiscoveryStats } from '../cluster-stats.ts';
import type { PriorityUpdate } from '../endpoint.ts';
import type { Random } from '../load-balancers/load-balancer.ts';
import type { DnsResolver } from './dns-resolver.ts';

export interface Discovery {
  /**
   * Begin. `onReady` is called exactly once (perhaps before this returns): hosts are there, or the first attempt failed.
   * The cluster counts as initialised then.
   */
  start(onReady: () => void): void;
  /** No update after this. */
  stop(): void;
  /** Something has moved: look again now. Absent: it looks when it looks. */
  refresh?(): void;
}

/** Where a discovery puts what it learns. */
export interface HostSink {
  /** `update_*` and `max_host_weight` are the discovery's to count. */
  readonly stats: DiscoveryStats;
  /** How the cluster's hosts are connected to. */
  readonly connection: ConnectOptions;
  /** All hosts of these priorities from now on, at once; of others nothing changes. The list is the receiver's. */
  update(batch: readonly PriorityUpdate[]): void;
}

export interface DiscoveryContext {
  readonly random: Random;
  /** The node has no id, or no cluster: nobody can be asked in its name. */
  readonly nameless: boolean;
  /** The process' resolver, or the one of the servers this cluster names. */
  resolver(config: ClusterMessage): DnsResolver;
}

/** A cluster type: how hosts are found, and for types that choose hosts themselves, how. */
export interface ClusterType {
  /** Once per process. Throws Envoy's sentence for what the configuration gets wrong. */
  discover(config: ClusterMessage, sink: HostSink, ctx: DiscoveryContext): Discovery;
  /** Once per event loop. */
  readonly balancer?: BalancerFactory;
}
