/**
 * The clusters of one event loop, by name. It does what the control plane tells it (cluster-control.ts); it knows of no discovery. Role of
 * ThreadLocalClusterManagerImpl (source/common/upstream/cluster_manager_impl.cc).
 */

import { refuse } from '../config/refusal.ts';
import type { BindConfig, Cluster as ClusterMessage } from '../config/schema/types.ts';
import type { StatsRoot } from '../stats/store.ts';
import { Timer } from '../transport/timers.ts';
import { Cluster, type ClusterContext, type LocalPlace } from './cluster.ts';
import { type ClusterLookup, type ClusterRef, ClusterRefs } from './cluster-ref.ts';
import type { ClusterReport, ConsecutiveError } from './cluster-report.ts';
import type { ClusterUpdate } from './cluster-update.ts';
import { CLUSTER_TYPES, type ClusterTypes, typeKey } from './discovery/cluster-types.ts';
import { type PolicyCompiler, policyOptions } from './http-policies.ts';
import type { Random } from './load-balancers/load-balancer.ts';
import { random32 } from './load-balancers/load-balancer.ts';
import { type OutlierCounts, OutlierMonitor } from './outlier/outlier-monitor.ts';
import { outlierSettings } from './outlier/outlier-settings.ts';
import { UpstreamTransports } from './upstream-transports.ts';

export interface ClusterManagerOptions {
  /** Tests only. */
  readonly random?: Random;
  /** Default: those that are built in. */
  readonly types?: ClusterTypes;
  /** In a worker: what its hosts did is told now and then. */
  readonly tellsCounts?: boolean;
  readonly local?: LocalPlace | undefined;
  /** Of clusters that say nothing of a local address. */
  readonly bind?: BindConfig | undefined;
}

export class ClusterManager implements ClusterLookup {
  readonly clusters = new Map<string, Cluster>();
  readonly context: ClusterContext;
  private readonly refs = new ClusterRefs();
  readonly transports = new UpstreamTransports();
  private readonly types: ClusterTypes;
  /** Compiles what clusters say of tries, copies and hashes; null where none did at the start. */
  policies: PolicyCompiler | null;
  /** To the control plane: in the main thread a call, in a worker a message. */
  report: (report: ClusterReport) => void;
  private readonly tellsCounts: boolean;
  private readonly bind: BindConfig | undefined;

  constructor(scope: StatsRoot, options: ClusterManagerOptions = {}) {
    const { random = random32, local } = options;
    this.context = { scope, random, clusters: this, transports: this.transports, ...(local && { local }) };
    this.types = options.types ?? CLUSTER_TYPES;
    this.report = () => {};
    this.tellsCounts = options.tellsCounts === true;
    this.bind = options.bind;
    this.policies = null;
  }

  get(name: string): Cluster | undefined {
    return this.clusters.get(name);
  }

  ref(name: string): ClusterRef {
    return this.refs.ref(name);
  }

  /** A cluster nobody sees before it is installed. Throws Envoy's sentence for what the configuration gets wrong. */
  compile(config: ClusterMessage, addedViaApi: boolean): Cluster {
    const { types } = this;
    const provided = config.lbPolicy === 'CLUSTER_PROVIDED' ? types.get(typeKey(config))?.balancer : undefined;
    const { options = null } = types;
    const chosen = types.balancer?.(config) ?? provided;
    const balancer = options === null ? chosen : options.peekingBalancer(config, chosen);
    const cluster = new Cluster(config, this.context, addedViaApi, balancer);
    const { info } = cluster;
    options?.applyOptions(cluster, this.bind);
    if (config.healthChecks !== undefined && config.healthChecks.length > 0) {
      info.onImmediateFailure = (host) => this.report({ kind: 'immediateFailure', cluster: info.name, host });
    }
    if (config.outlierDetection !== undefined) {
      const settings = outlierSettings(config.outlierDetection);
      const errors = (host: number, type: ConsecutiveError): void =>
        this.report({ kind: 'errors', cluster: info.name, host, type });
      info.monitor = (host) => new OutlierMonitor(settings, host, errors);
      if (settings.detectsDegraded) {
        info.onDegraded = (host) => this.report({ kind: 'degraded', cluster: info.name, host });
      }
      if (this.tellsCounts) this.tellCounts(cluster, settings.intervalMs);
    }
    const said = policyOptions(config);
    if (said !== null) {
      if (this.policies === null) {
        refuse(said, '', 'policies of a cluster that comes later than all others are not supported yet');
      }
      cluster.info.policies = this.policies(said);
    }
    return cluster;
  }

  /** To the main thread, which has no other way to see them. */
  private tellCounts(cluster: Cluster, intervalMs: number): void {
    const timer = new Timer(() => {
      if (cluster.retired) return;
      timer.arm(intervalMs);
      const hosts: [number, OutlierCounts][] = [];
      for (const { id, monitor } of cluster.hosts) {
        const counts = (monitor as OutlierMonitor).take();
        if (counts !== null) hosts.push([id, counts]);
      }
      if (hosts.length > 0) this.report({ kind: 'counts', cluster: cluster.info.name, hosts });
    });
    timer.arm(intervalMs);
  }

  /** The clusters of the bootstrap, without hosts: those are told. The main thread's ClusterControl has checked the configs. */
  loadStatic(configs: readonly ClusterMessage[]): void {
    for (const config of configs) this.install(this.compile(config, false));
  }

  /** Requests go to `cluster` from now on; what runs on another one of this name may finish. */
  install(cluster: Cluster): void {
    const name = cluster.info.name;
    const before = this.clusters.get(name);
    this.clusters.set(name, cluster);
    this.refs.set(name, cluster);
    // In this order: the numbers that both show are the new one's.
    before?.retire(true);
    cluster.show();
  }

  /** No request finds it any more; what runs on it may finish. */
  remove(name: string): void {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) return;
    this.clusters.delete(name);
    this.refs.clear(name);
    cluster.retire(false);
  }

  /** Updates of clusters that are gone are late, not wrong: they change nothing. */
  apply(update: ClusterUpdate): void {
    switch (update.kind) {
      case 'put': {
        const cluster = this.compile(update.config, update.addedViaApi);
        cluster.update(update.hosts);
        this.install(cluster);
        break;
      }
      case 'remove':
        this.remove(update.name);
        break;
      case 'hosts':
        this.clusters.get(update.name)?.update(update.batch);
        break;
      case 'health':
        this.clusters.get(update.name)?.setHealth(update.changes);
        break;
    }
  }

  shutdown(): void {
    for (const name of [...this.clusters.keys()]) this.remove(name);
  }
}
