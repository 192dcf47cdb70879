/**
 * The hosts of one subset and how one of them is chosen: by priority, health and policy as the whole cluster would be, or the only one there
 * may be. Roles of PriorityLbSubset and SingleHostLbSubset (source/extensions/load_balancing_policies/subset/subset_lb.{h,cc}).
 */
import type { Host } from '../host.ts';
import { HostSet, type LocalityHosts } from '../priority-set.ts';
import type { LoadBalancer, LoadBalancerContext } from './load-balancer.ts';
import type { SubsetSettings } from './subset-selectors.ts';

export abstract class HostSubset {
  /** Hosts of the priority that is looked at. */
  found: Host[] = [];
  /** There are no others of this priority. */
  abstract take(set: HostSet): void;
  abstract get active(): boolean;
  abstract choose(ctx: LoadBalancerContext | null): Host | null;
  /** It is used no more. */
  retire(): void {}
}

export class BalancedSubset extends HostSubset {
  private readonly balancer: LoadBalancer;
  private readonly settings: SubsetSettings;
  private readonly sets: HostSet[] = [];
  private count = 0;

  constructor(balancer: LoadBalancer, settings: SubsetSettings) {
    super();
    this.balancer = balancer;
    this.settings = settings;
  }

  get active(): boolean {
    return this.count > 0;
  }

  take(set: HostSet): void {
    const { sets } = this;
    const changed: HostSet[] = [];
    while (sets.length <= set.priority) {
      const own = new HostSet(sets.length, set.overprovisioning, set.weighsHealth);
      own.weighsLocalities = this.settings.localityWeightAware;
      sets.push(own);
      changed.push(own);
    }
    const own = sets[set.priority];
    if (!changed.includes(own)) changed.push(own);
    const { found } = this;
    this.found = [];
    this.count += found.length - own.hosts.length;
    own.setHosts(found, this.places(set, found));
    this.balancer.update(sets, changed);
  }

  private places({ localities }: HostSet, found: readonly Host[]): readonly LocalityHosts[] {
    const those = new Set(found);
    const { scaleLocalityWeight } = this.settings;
    return localities.map(({ locality, weight, hosts }) => {
      const own = hosts.filter((h) => those.has(h));
      const all = hosts.length;
      const scaled = all === 0 ? 0 : Math.round((weight * own.length) / all);
      return { locality, weight: scaleLocalityWeight ? scaled : weight, hosts: own };
    });
  }

  choose(ctx: LoadBalancerContext | null): Host | null {
    return this.balancer.choose(ctx);
  }
  override retire(): void {
    this.balancer.retire?.();
  }
}

/** single_host_per_subset: one host a priority, the first priority's whatever its health. */
export class SingleHostSubset extends HostSubset {
  private readonly hosts: (Host | null)[] = [];
  private first: Host | null = null;

  get active(): boolean {
    return this.first !== null;
  }

  take({ priority }: HostSet): void {
    const { hosts } = this;
    while (hosts.length <= priority) hosts.push(null);
    hosts[priority] = this.found[0] ?? null;
    this.found = [];
    this.first = hosts.find((h) => h !== null) ?? null;
  }

  choose(): Host | null {
    return this.first;
  }
}
