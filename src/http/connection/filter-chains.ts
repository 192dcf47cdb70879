/**
 * The filter chains of a connection manager: http_filters, and one for each upgrade that brings filters of its own. All of them are
 * numbered through, so that a route keeps what it says to a filter under one number.
 * Mirrors Http::FilterChainHelper (source/common/http/filter_chain_helper.h).
 */
import { eachAsync, refuse } from '../../config/refusal.ts';
import type { HttpConnectionManager, HttpFilter } from '../../config/schema/types.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import type { NamedFilter } from '../route/filter-configs.ts';
import type { HttpFilterFactory } from '../stream/filter.ts';
import { HttpFilterChain } from '../stream/filter-chain.ts';
import type { Upgrade, Upgrades } from '../stream/upgrades.ts';

export interface FilterChains {
  readonly chain: HttpFilterChain;
  readonly upgrades: Upgrades;
  /** Of all chains, by place. */
  readonly named: readonly NamedFilter[];
}

const NO_UPGRADES: Upgrades = new Map();

/** For reading the rest of a config whose filters cannot be built. */
export const NO_FILTERS: FilterChains = { chain: new HttpFilterChain([], 0), upgrades: NO_UPGRADES, named: [] };

/** One filter and no upgrades. */
export function onlyFilter(factory: HttpFilterFactory): FilterChains {
  return { chain: new HttpFilterChain([factory], 0), upgrades: NO_UPGRADES, named: [{ name: '', factory }] };
}

export async function buildFilterChains(
  message: HttpConnectionManager,
  ctx: HttpFactoryContext,
): Promise<FilterChains> {
  const named: NamedFilter[] = [];
  const chain = await buildChain(message, message.httpFilters ?? [], named, ctx);
  const configs = message.upgradeConfigs ?? [];
  if (configs.length === 0) return { chain, upgrades: NO_UPGRADES, named };
  const rows = await eachAsync(configs, async (config): Promise<[string, Upgrade]> => {
    const own = config.filters ?? [];
    return [
      asciiLower(config.upgradeType ?? ''),
      {
        enabled: config.enabled ?? true,
        chain: own.length === 0 ? chain : await buildChain(config, own, named, ctx),
      },
    ];
  });
  return { chain, upgrades: new Map(rows), named };
}

async function buildChain(
  owner: object,
  messages: readonly HttpFilter[],
  named: NamedFilter[],
  ctx: HttpFactoryContext,
): Promise<HttpFilterChain> {
  const factories = await eachAsync(messages, async (f) => {
    const typed = f.typedConfig;
    if (typed === undefined) {
      return refuse(f, 'name', `Didn't find a registered implementation for '${f.name ?? ''}' with type URL: ''`);
    }
    const module = await ctx.loadExtension(typed.typeUrl, Object.keys(typed.value as object).length === 0);
    const own: HttpFactoryContext = { ...ctx, filterName: f.name ?? '' };
    return (await module.create(typed.value, own)) as HttpFilterFactory;
  });
  checkTerminal(owner, messages, factories);
  const firstPlace = named.length;
  factories.forEach((factory, i) => {
    const { name = '', typedConfig } = messages[i];
    named.push({ name, factory, ...(typedConfig && { typeUrl: typedConfig.typeUrl }) });
  });
  const off = messages.map((m) => m.disabled ?? false);
  return new HttpFilterChain(factories, firstPlace, off);
}

/** Envoy: a terminal filter must be the last, and the last must be terminal. An empty chain is allowed (and answers nothing). */
function checkTerminal(owner: object, messages: readonly HttpFilter[], factories: readonly HttpFilterFactory[]): void {
  factories.forEach((f, i) => {
    const last = i === factories.length - 1;
    const message = messages[i] ?? owner;
    const name = messages[i]?.name ?? '';
    if (f.terminal && !last) {
      refuse(message, 'name', `Error: terminal filter named ${name} must be the last filter in a http filter chain.`);
    }
    if (last && messages[i]?.disabled === true) {
      refuse(
        message,
        'disabled',
        `Error: the last (terminal) filter (${name}) in the chain cannot be disabled by default.`,
      );
    }
    if (!f.terminal && last) {
      refuse(message, 'name', `Error: non-terminal filter named ${name} is the last filter in a http filter chain.`);
    }
  });
}
