/** The clusters of one event loop and the control that finds their hosts, as a process with one thread has them. For tests. */

import type { Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import type { Store } from '../../src/stats/store.ts';
import type { Cluster } from '../../src/upstream/cluster.ts';
import { ClusterControl, type ClusterControlOptions } from '../../src/upstream/cluster-control.ts';
import { ClusterManager, type ClusterManagerOptions } from '../../src/upstream/cluster-manager.ts';
import type { ClusterLookup, ClusterRef } from '../../src/upstream/cluster-ref.ts';

export class TestClusters implements ClusterLookup {
  readonly manager: ClusterManager;
  readonly control: ClusterControl;

  constructor(store: Store, options: ClusterManagerOptions & ClusterControlOptions = {}) {
    this.manager = new ClusterManager(store, options);
    this.control = new ClusterControl(store, this.manager, options);
  }

  /** Initialised. */
  static async start(store: Store, configs: readonly ClusterMessage[]): Promise<TestClusters> {
    const c = new TestClusters(store);
    c.loadStatic(configs);
    await c.initialize();
    return c;
  }

  get clusters(): ReadonlyMap<string, Cluster> {
    return this.manager.clusters;
  }
  get(name: string): Cluster | undefined {
    return this.manager.get(name);
  }
  ref(name: string): ClusterRef {
    return this.manager.ref(name);
  }
  loadStatic(configs: readonly ClusterMessage[]): void {
    this.control.loadStatic(configs);
  }
  initialize(): Promise<void> {
    return this.control.initialize();
  }
  shutdown(): void {
    this.control.shutdown();
  }
}
