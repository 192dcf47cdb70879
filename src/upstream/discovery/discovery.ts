/**
 * How a cluster learns its hosts. One interface, a file per type (STATIC, STRICT_DNS, LOGICAL_DNS …); each passes
 * test/upstream/discovery/conformance.ts.
 */

import type { UpstreamHost } from '../host.ts';
import type { Cluster } from '../types.ts';

export interface Discovery {
  /**
   * Begin. `onReady` is called exactly once (perhaps before this returns): hosts are there, or the first attempt failed.
   * The cluster counts as initialised then.
   */
  start(onReady: () => void): void;
  /** No update after this. */
  stop(): void;
}

/** What a discovery tells its cluster. */
export interface HostSink {
  /** For the hosts it makes. */
  readonly cluster: Cluster;
  /** All hosts of one priority from now on. Hosts that were there before and are not in the list are drained. */
  setHosts(priority: number, hosts: readonly UpstreamHost[]): void;
  readonly updates: UpdateStats;
}

/** `cluster.<name>.update_*` and max_host_weight. */
export interface UpdateStats {
  attempt(): void;
  success(): void;
  failure(): void;
  empty(): void;
  noRebuild(): void;
  maxHostWeight(weight: number): void;
}
