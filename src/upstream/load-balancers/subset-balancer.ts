/**
 * Subsets: hosts whose metadata has the same values under the keys of a selector are balanced among themselves, and a request that asks for
 * those values goes to them. Mirrors SubsetLoadBalancer (source/extensions/load_balancing_policies/subset/subset_lb.cc).
 */
import { isStruct } from '../../config/struct.ts';
import type { Counter, Gauge, Scope } from '../../stats/store.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';
import { BalancedSubset, type HostSubset, SingleHostSubset } from './host-subset.ts';
import type { LbMetadata, LoadBalancer, LoadBalancerContext } from './load-balancer.ts';
import { type Criteria, criteriaOf, only, valueKey } from './subset-criteria.ts';
import type { Selector, SubsetSettings } from './subset-selectors.ts';

/** envoy.lb of a request may list what else would do, in its order (Config::MetadataEnvoyLbKeys). */
const FALLBACK_LIST = 'fallback_list';

/** Hosts that agree in the values so far, and in one more. */
class Entry {
  subset: HostSubset | null = null;
  readonly children = new Map<string, Map<string, Entry>>();
}

/** The selector whose keys lead here. */
class SelectorNode {
  selector: Selector | null = null;
  readonly children = new Map<string, SelectorNode>();
}

/** Where the choice for what a request asks goes: the same until hosts change. */
interface Way {
  readonly subset: HostSubset | null;
  /** Counted whoever is found; null for nothing. */
  readonly chosen: Counter | null;
  /** It is the cluster's fallback. */
  readonly fallback: boolean;
}

export class SubsetBalancer implements LoadBalancer {
  readonly usesHash: boolean;
  readonly usesMetadata = true;
  private readonly settings: SubsetSettings;
  private readonly makeChild: () => LoadBalancer;
  private readonly active: Gauge;
  private readonly created: Counter;
  private readonly removed: Counter;
  private readonly selected: Counter;
  private readonly fellBack: Counter;
  private readonly fellBackInPanic: Counter;
  private readonly duplicates: Gauge;
  private readonly root = new Entry();
  private readonly selectorRoot = new SelectorNode();
  /** All hosts, and those of default_subset, where a fallback may ask for them. */
  private readonly any: HostSubset | null;
  private readonly byDefault: HostSubset | null;
  private readonly fallbackWay: readonly Way[];
  private ways = new WeakMap<LbMetadata, readonly Way[]>();
  private lastAsked: LbMetadata | null = null;
  private lastWays: readonly Way[];

  /** `makeChild`: what balances a subset. `scope`: the cluster's. */
  constructor(settings: SubsetSettings, makeChild: () => LoadBalancer, scope: Scope) {
    this.settings = settings;
    this.makeChild = makeChild;
    this.active = scope.gauge('lb_subsets_active');
    this.created = scope.counter('lb_subsets_created');
    this.removed = scope.counter('lb_subsets_removed');
    this.selected = scope.counter('lb_subsets_selected');
    this.fellBack = scope.counter('lb_subsets_fallback');
    this.fellBackInPanic = scope.counter('lb_subsets_fallback_panic');
    this.duplicates = scope.gauge('lb_subsets_single_host_per_subset_duplicate');
    const { selectors, fallback, panicModeAny } = settings;
    const needs = (policy: string): boolean => fallback === policy || selectors.some((s) => s.fallback === policy);
    this.any = needs('ANY_ENDPOINT') || panicModeAny ? this.balanced() : null;
    this.byDefault = needs('DEFAULT_SUBSET') ? this.balanced() : null;
    for (const selector of selectors) this.addSelector(selector);
    const last = fallback === 'ANY_ENDPOINT' ? this.any : fallback === 'DEFAULT_SUBSET' ? this.byDefault : null;
    this.fallbackWay = [{ subset: last, chosen: null, fallback: true }];
    this.lastWays = this.fallbackWay;
    this.usesHash = makeChild().usesHash;
  }

  private balanced(): HostSubset {
    return new BalancedSubset(this.makeChild(), this.settings);
  }

  /** Of two selectors with the same keys the first one counts. */
  private addSelector(selector: Selector): void {
    let node = this.selectorRoot;
    let isNew = false;
    for (const key of selector.keys) {
      let child = node.children.get(key);
      isNew = child === undefined;
      if (child === undefined) node.children.set(key, (child = new SelectorNode()));
      node = child;
    }
    if (isNew) node.selector = selector;
  }

  // --- hosts -------------------------------------------------------------------------------------------------------

  update(_sets: readonly HostSet[], changed: readonly HostSet[]): void {
    for (const set of changed) this.take(set);
    this.purge(this.root);
    this.ways = new WeakMap();
    this.lastAsked = null;
  }

  private take(set: HostSet): void {
    const { any, byDefault, settings } = this;
    if (any !== null) {
      any.found = [...set.hosts];
      any.take(set);
    }
    if (byDefault !== null) {
      byDefault.found = set.hosts.filter((h) => this.matchesDefault(h));
      byDefault.take(set);
    }
    let duplicates = 0;
    for (const host of set.hosts) {
      for (const selector of settings.selectors) {
        for (const values of this.valuesOf(host, selector.keys)) {
          const entry = this.entryFor(selector.keys, values);
          entry.subset ??= this.makeSubset(selector.singleHost);
          if (entry.subset instanceof SingleHostSubset && entry.subset.found.length > 0) duplicates++;
          else entry.subset.found.push(host);
        }
      }
    }
    this.duplicates.set(duplicates);
    eachSubset(this.root, (subset) => subset.take(set));
  }

  private makeSubset(singleHost: boolean): HostSubset {
    this.active.inc();
    this.created.inc();
    return singleHost ? new SingleHostSubset() : this.balanced();
  }

  private matchesDefault(host: Host): boolean {
    const lb = lbOf(host);
    return Object.entries(this.settings.defaultSubset).every(([name, wanted]) => {
      const value = lb?.[name];
      if (value === undefined) return false;
      const key = valueKey(wanted);
      if (this.settings.listAsAny && Array.isArray(value) && value.some((v) => valueKey(v) === key)) return true;
      return valueKey(value) === key;
    });
  }

  /** What a host has under these keys; several times where lists stand for each of their values; not at all where one is missing. */
  private valuesOf(host: Host, keys: readonly string[]): string[][] {
    const lb = lbOf(host);
    if (lb === undefined) return [];
    let all: string[][] = [[]];
    for (const key of keys) {
      const value = lb[key];
      if (value === undefined) return [];
      const each = this.settings.listAsAny && Array.isArray(value) ? value.map(valueKey) : [valueKey(value)];
      all = all.flatMap((values) => each.map((v) => [...values, v]));
    }
    return all;
  }

  private entryFor(keys: readonly string[], values: readonly string[]): Entry {
    let entry = this.root;
    for (let i = 0; i < keys.length; i++) {
      let byValue = entry.children.get(keys[i]);
      if (byValue === undefined) entry.children.set(keys[i], (byValue = new Map()));
      let next = byValue.get(values[i]);
      if (next === undefined) byValue.set(values[i], (next = new Entry()));
      entry = next;
    }
    return entry;
  }

  private purge(entry: Entry): void {
    for (const [name, byValue] of entry.children) {
      for (const [value, child] of byValue) {
        this.purge(child);
        if (child.subset?.active === true || child.children.size > 0) continue;
        if (child.subset !== null) {
          this.active.dec();
          this.removed.inc();
          child.subset.retire();
        }
        byValue.delete(value);
      }
      if (byValue.size === 0) entry.children.delete(name);
    }
  }

  /** What it has counted as active is no more. */
  retire(): void {
    eachSubset(this.root, (subset) => {
      subset.retire();
      if (!subset.active) return;
      this.active.dec();
      this.removed.inc();
    });
    this.any?.retire();
    this.byDefault?.retire();
  }

  // --- requests ----------------------------------------------------------------------------------------------------

  choose(ctx: LoadBalancerContext | null): Host | null {
    const asked = ctx === null ? undefined : ctx.metadata;
    const ways = asked === undefined || asked === null ? this.fallbackWay : this.waysFor(asked);
    for (const way of ways) {
      const host = this.along(way, ctx);
      if (host !== null) return host;
    }
    return null;
  }

  private along({ subset, chosen, fallback }: Way, ctx: LoadBalancerContext | null): Host | null {
    if (subset === null) return null;
    chosen?.inc();
    const host = subset.choose(ctx);
    if (!fallback) return host;
    if (host !== null) {
      this.fellBack.inc();
      return host;
    }
    if (!this.settings.panicModeAny || this.any === null) return null;
    const any = this.any.choose(ctx);
    if (any !== null) this.fellBackInPanic.inc();
    return any;
  }

  private waysFor(asked: LbMetadata): readonly Way[] {
    if (asked === this.lastAsked) return this.lastWays;
    let ways = this.ways.get(asked);
    if (ways === undefined) {
      ways = this.findWays(asked);
      this.ways.set(asked, ways);
    }
    this.lastAsked = asked;
    this.lastWays = ways;
    return ways;
  }

  private findWays(asked: LbMetadata): readonly Way[] {
    const list = asked[FALLBACK_LIST];
    if (!this.settings.fallbackList || list === undefined) return [this.wayFor(criteriaOf(asked))];
    const { [FALLBACK_LIST]: _, ...rest } = asked;
    const others = Array.isArray(list) ? list : [];
    if (others.length === 0) return [this.wayFor(criteriaOf(rest))];
    return others.map((other) => this.wayFor(criteriaOf({ ...rest, ...(isStruct(other) ? other : {}) })));
  }

  private wayFor(all: Criteria): Way {
    const criteria = this.settings.allowRedundantKeys ? this.withoutRedundant(all) : all;
    const subset = this.find(criteria);
    if (subset?.active === true) return { subset, chosen: this.selected, fallback: false };
    const selector = this.selectorOf(criteria);
    switch (selector?.fallback) {
      case 'NO_FALLBACK':
        return { subset: null, chosen: null, fallback: false };
      case 'ANY_ENDPOINT':
        return { subset: this.any, chosen: null, fallback: false };
      case 'DEFAULT_SUBSET':
        return { subset: this.byDefault, chosen: null, fallback: false };
      case 'KEYS_SUBSET':
        return this.wayFor(only(criteria, selector.fallbackKeys));
      default:
        return this.fallbackWay[0];
    }
  }

  /** The longest selector all of whose keys are there says which ones count. */
  private withoutRedundant(criteria: Criteria): Criteria {
    for (const { keySet } of this.settings.selectors) {
      const some = only(criteria, keySet);
      if (some.names.length === keySet.size) return some;
    }
    return criteria;
  }

  private find({ names, values }: Criteria): HostSubset | null {
    let entry: Entry | undefined = this.root;
    for (let i = 0; i < names.length; i++) {
      entry = entry.children.get(names[i])?.get(values[i]);
      if (entry === undefined) return null;
    }
    return entry.subset;
  }

  private selectorOf({ names }: Criteria): Selector | null {
    let node: SelectorNode | undefined = this.selectorRoot;
    for (const name of names) {
      node = node.children.get(name);
      if (node === undefined) return null;
    }
    return node.selector;
  }
}

function lbOf(host: Host): LbMetadata | undefined {
  return host.metadata?.filterMetadata?.get('envoy.lb');
}

function eachSubset(entry: Entry, call: (subset: HostSubset) => void): void {
  for (const byValue of entry.children.values()) {
    for (const child of byValue.values()) {
      if (child.subset !== null) call(child.subset);
      eachSubset(child, call);
    }
  }
}
