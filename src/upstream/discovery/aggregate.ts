/**
 * envoy.clusters.aggregate: the priorities of other clusters, one cluster behind the other, as if they were this one's; a host of the priority
 * that is drawn is chosen by its own cluster. Mirrors source/extensions/clusters/aggregate/{cluster,lb_context}.cc.
 */
import type { AggregateClusterConfig } from '../../config/schema/types.ts';
import type { Cluster, ClusterContext } from '../cluster.ts';
import type { ClusterRef } from '../cluster-ref.ts';
import type { Host } from '../host.ts';
import { ChosenPriority } from '../load-balancers/chosen-priority.ts';
import type { LoadBalancer, LoadBalancerContext, Random } from '../load-balancers/load-balancer.ts';
import { type PriorityBalancerSettings, panicOf } from '../load-balancers/priority-balancer.ts';
import { HostSet, shareLoad } from '../priority-set.ts';
import type { ClusterType } from './discovery.ts';
import { discoverNothing } from './no-discovery.ts';

class AggregateBalancer implements LoadBalancer {
  private readonly refs: readonly ClusterRef[];
  /** What they were when they were last looked at. */
  private readonly seen: (Cluster | null)[];
  private readonly random: Random;
  private readonly panic: PriorityBalancerSettings;
  private readonly changed = (): void => this.refresh();
  /** All priorities that have hosts, and whose they are. */
  private sets: HostSet[] = [];
  private owners: { readonly cluster: Cluster; readonly priority: number }[] = [];

  constructor({ info }: Cluster, { clusters, random }: ClusterContext) {
    const config = info.config.clusterType?.typedConfig?.value as AggregateClusterConfig;
    this.refs = (config.clusters ?? []).filter((name) => name !== info.name).map((name) => clusters.ref(name));
    this.seen = this.refs.map(() => null);
    this.random = random;
    this.panic = panicOf(info.config);
  }

  get usesHash(): boolean {
    return this.refs.some((r) => r.current?.usesHash === true);
  }
  get usesMetadata(): boolean {
    return this.refs.some((r) => r.current?.usesMetadata === true);
  }
  get usesRequest(): boolean {
    return this.refs.some((r) => r.current?.usesRequest === true);
  }

  /** It has no hosts of its own. */
  update(): void {}

  choose(ctx: LoadBalancerContext | null): Host | null {
    const { refs, seen } = this;
    for (let i = 0; i < refs.length; i++) {
      if (refs[i].current !== seen[i]) {
        this.watch();
        break;
      }
    }
    const at = this.draw();
    if (at === null) return null;
    const { cluster, priority } = this.owners[at.index];
    return cluster.balance(new ChosenPriority(ctx, priority, at.degraded));
  }

  /** Clusters came, went or were replaced. */
  private watch(): void {
    const { refs, seen } = this;
    for (let i = 0; i < refs.length; i++) {
      const { current } = refs[i];
      if (current === seen[i]) continue;
      seen[i]?.watchers.delete(this.changed);
      current?.watchers.add(this.changed);
      seen[i] = current;
    }
    this.refresh();
  }

  private refresh(): void {
    this.sets = [];
    this.owners = [];
    for (const cluster of this.seen) {
      if (cluster === null) continue;
      for (const set of cluster.priorities) {
        if (set.hosts.length === 0) continue;
        // Of its own: how much of the load it gets there is another question.
        const own = new HostSet(this.sets.length, set.overprovisioning, set.weighsHealth);
        own.setHosts(set.hosts, []);
        this.sets.push(own);
        this.owners.push({ cluster, priority: set.priority });
      }
    }
    if (this.sets.length > 0) shareLoad(this.sets, this.panic.panicThreshold);
  }

  private draw(): { readonly index: number; readonly degraded: boolean } | null {
    if (this.sets.length === 0) return null;
    const dice = (this.random() % 100) + 1;
    let sum = 0;
    for (const degraded of [false, true]) {
      for (const [index, set] of this.sets.entries()) {
        sum += degraded ? set.degradedLoad : set.healthyLoad;
        if (dice <= sum) return { index, degraded };
      }
    }
    return null;
  }

  retire(): void {
    for (const cluster of this.seen) cluster?.watchers.delete(this.changed);
  }
}

export function create(): ClusterType {
  return {
    discover: discoverNothing,
    balancer: (cluster, ctx) => new AggregateBalancer(cluster, ctx),
  };
}
