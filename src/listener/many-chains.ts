/**
 * The chains of a listener that has more than one, or one with a match: what each is chosen by, and what Envoy says of matches that are
 * wrong. Mirrors FilterChainManagerImpl::addFilterChains (source/common/listener_manager/filter_chain_manager_impl.cc). Loaded for such
 * listeners.
 */
import { toProtoJson } from '../config/proto-json.ts';
import { eachAsync, refuse, withinAsync } from '../config/refusal.ts';
import type { FilterChain as FilterChainMessage, Listener as ListenerMessage } from '../config/schema/types.ts';
import { ChainMatcher } from './chain-match.ts';
import type { FilterChain, FilterChains } from './filter-chain.ts';
import { listenerAddresses } from './listener-address.ts';

type Build = (chain: FilterChainMessage) => Promise<FilterChain>;

export async function manyChains(message: ListenerMessage, build: Build): Promise<FilterChains> {
  const { filterChains, filterChainMatcher, defaultFilterChain } = message;
  const wrong = new Wrong(message);
  const chains: [FilterChainMessage, FilterChain][] = await eachAsync(filterChains, async (m) => {
    wrong.fields(m);
    return [m, await build(m)];
  });
  const fallback =
    defaultFilterChain === undefined ? null : await withinAsync(defaultFilterChain, () => build(defaultFilterChain));
  if (filterChainMatcher !== undefined) {
    const named = new Map<string, FilterChain>();
    for (const [m, chain] of chains) {
      const { name = '' } = m;
      if (name === '') wrong.say(m, '', '"name" field is required when using a listener matcher');
      if (named.has(name)) wrong.say(m, 'name', `"name" field is duplicated with value '${name}'`);
      named.set(name, chain);
    }
    const { chainTree } = await import('./chain-tree.ts');
    return withinAsync(filterChainMatcher, () => chainTree(filterChainMatcher, named, fallback));
  }
  const matcher = new ChainMatcher(fallback);
  const seen = new Map<string, string>();
  for (const [m, chain] of chains) {
    const { name = '', filterChainMatch = {} } = m;
    const key = canonical(filterChainMatch);
    const before = seen.get(key);
    if (before !== undefined) {
      const text = JSON.stringify(toProtoJson('envoy.config.listener.v3.FilterChainMatch', filterChainMatch));
      const rules = `filter chain '${name}' has the same matching rules defined as '${before}'`;
      wrong.say(m, 'filter_chain_match', `${rules}. duplicate matcher is: ${text}`);
    }
    seen.set(key, name);
    if (matcher.add(filterChainMatch, chain) !== null) {
      wrong.say(m, 'filter_chain_match', 'multiple filter chains with overlapping matching rules are defined');
    }
  }
  return matcher;
}

/** The same text for the same message, whatever the order of its fields. The schema would know it too, but workers have none. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${name}:${canonical(field)}`)
    .join()}}`;
}

class Wrong {
  private readonly listener: ListenerMessage;
  constructor(listener: ListenerMessage) {
    this.listener = listener;
  }

  say(about: FilterChainMessage, field: string, what: string): never {
    return refuse(about, field, `error adding listener '${listenerAddresses(this.listener)}': ${what}`);
  }

  /** Of one match by itself. */
  fields(m: FilterChainMessage): void {
    const { addressSuffix, suffixLen, serverNames = [] } = m.filterChainMatch ?? {};
    if ((addressSuffix ?? '') !== '' || suffixLen !== undefined) {
      this.say(m, 'filter_chain_match', `filter chain '${m.name ?? ''}' contains unimplemented fields`);
    }
    if (this.listener.filterChainMatcher !== undefined) return;
    if (serverNames.some((name) => name.includes('*') && !name.startsWith('*.'))) {
      this.say(m, 'filter_chain_match', 'partial wildcards are not supported in "server_names"');
    }
  }
}
