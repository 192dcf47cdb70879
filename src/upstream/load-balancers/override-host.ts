/**
 * override_host: the request names the hosts it wants, in a header or in metadata, and each try goes to the next of them that the cluster has,
 * whatever its health; the fallback policy chooses where none is left. Mirrors OverrideHostLoadBalancer
 * (source/extensions/load_balancing_policies/override_host/load_balancer.cc).
 */
import { each, refuse } from '../../config/refusal.ts';
import type { MetadataKey, OverrideHost, OverrideHostOverrideHostSource } from '../../config/schema/types.ts';
import { textAt } from '../../config/struct.ts';
import type { Host } from '../host.ts';
import type { HostSet } from '../priority-set.ts';
import type { LbMetadata, LoadBalancer, LoadBalancerContext } from './load-balancer.ts';

/** Under which a request keeps what is left of its list. */
const STATE = 'envoy.extensions.load_balancing_policies.override_host.filter_state';
/** Hosts that one request may name: a client may write the header. */
export const MAX_NAMED_HOSTS = 64;

interface Source {
  /** '' for none. */
  readonly header: string;
  /** Of metadata, where there is no header. */
  readonly namespace: string;
  readonly names: readonly string[];
}

/** What a request has named, and how many tries have been there. */
class Named {
  readonly hosts: readonly string[];
  next = 0;
  constructor(hosts: readonly string[]) {
    this.hosts = hosts;
  }
}

export class OverrideHostBalancer implements LoadBalancer {
  readonly usesRequest = true;
  mayOverride?: (host: Host) => boolean;
  private readonly fallback: LoadBalancer;
  private readonly sources: readonly Source[];
  /** Where the address that was chosen is written; undefined for nowhere. */
  private readonly selected: MetadataKey | undefined;
  private byAddress: ReadonlyMap<string, Host> = new Map();

  constructor(config: OverrideHost, fallback: LoadBalancer) {
    this.fallback = fallback;
    this.sources = each(config.overrideHostSources, source);
    this.selected = config.selectedHostKey;
    if (fallback.mayOverride !== undefined) this.mayOverride = fallback.mayOverride;
  }

  get usesHash(): boolean {
    return this.fallback.usesHash;
  }
  get usesMetadata(): boolean {
    return this.fallback.usesMetadata === true;
  }

  update(sets: readonly HostSet[], changed: readonly HostSet[]): void {
    this.fallback.update(sets, changed);
    const hosts = new Map<string, Host>();
    for (const set of sets) for (const host of set.hosts) hosts.set(host.address.text, host);
    this.byAddress = hosts;
  }

  retire(): void {
    this.fallback.retire?.();
  }

  choose(ctx: LoadBalancerContext | null): Host | null {
    if (ctx === null) return this.fallback.choose(null);
    const host = this.wanted(ctx) ?? this.fallback.choose(ctx);
    if (host !== null && this.selected !== undefined) note(ctx, this.selected, host.address.text);
    return host;
  }

  private wanted(ctx: LoadBalancerContext): Host | null {
    const known = ctx.filterState?.(STATE);
    let named: Named;
    if (known instanceof Named) named = known;
    else {
      named = new Named(this.named(ctx));
      ctx.setFilterState?.(STATE, named);
    }
    while (named.next < named.hosts.length) {
      const host = this.byAddress.get(named.hosts[named.next++]);
      if (host !== undefined) return host;
    }
    return null;
  }

  private named(ctx: LoadBalancerContext): string[] {
    const hosts: string[] = [];
    for (const { header, namespace, names } of this.sources) {
      const text = header === '' ? textAt(ctx.dynamicMetadata?.(namespace), names) : ctx.headers?.get(header);
      if (text === undefined) continue;
      for (const part of text.split(',', MAX_NAMED_HOSTS)) if (part.trim() !== '') hosts.push(part.trim());
    }
    return hosts;
  }
}

function source(config: OverrideHostOverrideHostSource): Source {
  const header = (config.header ?? '').toLowerCase();
  if (header === '' && config.metadata === undefined) refuse(config, '', 'Empty override source');
  if (header !== '' && config.metadata !== undefined) refuse(config, '', 'Only one override source must be set');
  const { key: namespace = '', path = [] } = config.metadata ?? {};
  return { header, namespace, names: path.map(({ key = '' }) => key) };
}

function note(ctx: LoadBalancerContext, { key = '', path = [] }: MetadataKey, address: string): void {
  let value: unknown = address;
  for (const step of path.toReversed()) value = { [step.key ?? '']: value };
  ctx.addMetadata?.(key, value as LbMetadata);
}
