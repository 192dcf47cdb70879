/** Config of a listener → its filter chains and listener filters. Mirrors source/server/configuration_impl.cc and listener_impl.cc. */
import { eachAsync, refuse, withinAsync } from '../config/refusal.ts';
import type {
  FilterChain as FilterChainMessage,
  Listener as ListenerMessage,
  NetworkFilter,
  TransportSocket,
} from '../config/schema/types.ts';
import type { FactoryContext, NetworkFilterFactory } from '../extension/context.ts';
import { RAW_BUFFER, type TransportFactory } from '../transport/transport-factory.ts';
import { FilterChain, type FilterChains, oneChain } from './filter-chain.ts';
import type { ListenerFilterFactory } from './listener-filter.ts';
import type { ReadFilterFactory } from './network-filter.ts';

/** Throws what is wrong with the config, in Envoy's words where it has some. */
export async function buildChains(message: ListenerMessage, ctx: FactoryContext): Promise<FilterChains> {
  const chains = message.filterChains ?? [];
  const fallback = message.defaultFilterChain;
  const [first] = chains;
  const matches = message.filterChainMatcher !== undefined || fallback !== undefined || chains.length !== 1;
  if (!matches && Object.keys(first.filterChainMatch ?? {}).length === 0) {
    return oneChain(await withinAsync(first, () => buildChain(first, ctx)));
  }
  const { manyChains } = await import('./many-chains.ts');
  return manyChains(message, (chain) => buildChain(chain, ctx));
}

async function buildChain(message: FilterChainMessage, listenerCtx: FactoryContext): Promise<FilterChain> {
  const { name: filterChainName = '', metadata } = message;
  const ctx: FactoryContext = { ...listenerCtx, filterChainName, ...(metadata && { filterChainMetadata: metadata }) };
  const messages = message.filters ?? [];
  const factories = (await eachAsync(messages, (m) => load(m, ctx))) as (NetworkFilterFactory | ReadFilterFactory)[];
  const reads: ReadFilterFactory[] = [];
  let terminal: NetworkFilterFactory | null = null;
  for (const [i, f] of factories.entries()) {
    const last = i === factories.length - 1;
    const named = `${messages[i].name ?? ''} of type ${messages[i].name ?? ''}`;
    if (isTerminal(f)) {
      if (!last) {
        const rule = 'must be the last filter in a network filter chain.';
        refuse(messages[i], 'name', `Error: terminal filter named ${named} ${rule}`);
      }
      terminal = f;
    } else {
      if (last) {
        const rule = 'is the last filter in a network filter chain.';
        refuse(messages[i], 'name', `Error: non-terminal filter named ${named} ${rule}`);
      }
      reads.push(f);
    }
  }
  const transport = await buildTransport(message.transportSocket, ctx);
  return new FilterChain(message.name ?? '', terminal, reads, transport, message.transportSocketConnectTimeout ?? 0);
}

function isTerminal(f: NetworkFilterFactory | ReadFilterFactory): f is NetworkFilterFactory {
  return f.terminal !== false;
}

/** Absent: the bytes as they are. */
async function buildTransport(message: TransportSocket | undefined, ctx: FactoryContext): Promise<TransportFactory> {
  if (message === undefined) return RAW_BUFFER;
  return withinAsync(message, async () => (await load(message, ctx)) as TransportFactory);
}

export async function buildListenerFilters(
  message: ListenerMessage,
  ctx: FactoryContext,
): Promise<readonly ListenerFilterFactory[]> {
  const filters = await eachAsync(message.listenerFilters, async (m) => {
    const factory = (await load(m, ctx)) as ListenerFilterFactory;
    if (m.filterDisabled === undefined) return factory;
    return (await import('./filter-disabled.ts')).unlessDisabled(factory, m.filterDisabled);
  });
  // The last one, as in Envoy.
  if (message.filterChains?.[0]?.useProxyProto === true) {
    const { create } = await import('./filters/proxy-protocol.ts');
    filters.push(create({}, ctx));
  }
  return filters;
}

/** A filter or transport of whichever kind, by its typed config. */
export async function load(
  message: Pick<NetworkFilter, 'name' | 'typedConfig'>,
  ctx: FactoryContext,
): Promise<unknown> {
  const typed = message.typedConfig;
  if (typed === undefined) {
    refuse(message, 'name', `Didn't find a registered implementation for '${message.name ?? ''}' with type URL: ''`);
  }
  return (await ctx.loadExtension(typed.typeUrl)).create(typed.value, ctx);
}
