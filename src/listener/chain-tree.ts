/**
 * filter_chain_matcher: a filter chain found by a tree of matchers over what is known of a socket; what it finds is a chain's name. Mirrors
 * source/common/network/matching/inputs.h and FilterChainManagerImpl::findFilterChainUsingMatcher. Loaded for listeners that have one.
 */
import { refuseUnregistered } from '../config/refusal.ts';
import type { FilterStateInput, XdsMatcher } from '../config/schema/types.ts';
import { loadRegexes } from '../http/headers/regex.ts';
import { compileMatchTree, type MatchInput, type MatchTree, type TypedConfig } from '../http/route/match-tree.ts';
import { toWire } from '../platform/wire-text.ts';
import type { Address } from '../transport/address.ts';
import type { SocketInfo } from '../transport/socket-info.ts';
import type { Wire } from '../transport/wire.ts';
import { isLocal } from './chain-match.ts';
import type { FilterChain, FilterChains } from './filter-chain.ts';

type SocketInput = MatchInput<Wire, SocketInfo>;
/** Undefined: the tree names a chain that is not there. */
type Found = { readonly chain: FilterChain | undefined };

export async function chainTree(
  matcher: XdsMatcher,
  chains: ReadonlyMap<string, FilterChain>,
  fallback: FilterChain | null,
): Promise<FilterChains> {
  const { test } = await loadRegexes();
  const tree = compileMatchTree<Found, Wire, SocketInfo>(matcher, {
    regex: test,
    keepsMatching: true,
    input: socketInput,
    action: (config) => ({ chain: chains.get(chainName(config)) }),
  });
  return new ChainTree(tree, fallback);
}

class ChainTree implements FilterChains {
  readonly only = null;
  private readonly tree: MatchTree<Found, Wire, SocketInfo>;
  private readonly fallback: FilterChain | null;

  constructor(tree: MatchTree<Found, Wire, SocketInfo>, fallback: FilterChain | null) {
    this.tree = tree;
    this.fallback = fallback;
  }

  find(raw: Wire, info: SocketInfo): FilterChain | null {
    const found = this.tree(raw, info);
    return found === null ? this.fallback : (found.chain ?? null);
  }
}

function chainName(config: TypedConfig): string {
  const { typedConfig } = config;
  if (typedConfig?.typeUrl === 'google.protobuf.StringValue') return String(typedConfig.value);
  return refuseUnregistered(config);
}

const local = (raw: Wire, info: SocketInfo): Address => info.localAddress ?? raw.localAddress();
const remote = (raw: Wire, info: SocketInfo): Address => info.remoteAddress ?? raw.remoteAddress();
const ip = (address: Address): string | undefined => (address.path === '' ? address.ip : undefined);
const port = (address: Address): string | undefined => (address.path === '' ? String(address.port) : undefined);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? toWire(value) : undefined);
const some = (text: string): string | undefined => (text === '' ? undefined : text);

const INPUTS: Readonly<Record<string, SocketInput>> = {
  DestinationIPInput: (raw, info) => ip(local(raw, info)),
  DestinationPortInput: (raw, info) => port(local(raw, info)),
  SourceIPInput: (raw, info) => ip(remote(raw, info)),
  SourcePortInput: (raw, info) => port(remote(raw, info)),
  DirectSourceIPInput: (raw) => ip(raw.remoteAddress()),
  SourceTypeInput: (raw, info) => (isLocal(remote(raw, info), local(raw, info)) ? 'local' : undefined),
  ServerNameInput: (_, info) => some(info.serverName),
  TransportProtocolInput: (_, info) => some(info.transportProtocol),
  ApplicationProtocolInput: (_, info) => some(info.applicationProtocols.map((p) => `'${p}'`).join(',')),
};
const PACKAGE = 'envoy.extensions.matching.common_inputs.network.v3.';

function socketInput(config: TypedConfig): SocketInput {
  const { typedConfig } = config;
  const type = typedConfig?.typeUrl ?? '';
  if (type === `${PACKAGE}FilterStateInput`) {
    const { key = '', field = '' } = (typedConfig?.value ?? {}) as FilterStateInput;
    return (_, info) => {
      const value = info.filterState?.get(key);
      if (field === '' || typeof value !== 'object' || value === null) return text(value);
      return Object.hasOwn(value, field) ? text((value as Record<string, unknown>)[field]) : undefined;
    };
  }
  const input = type.startsWith(PACKAGE) ? INPUTS[type.slice(PACKAGE.length)] : undefined;
  return input ?? refuseUnregistered(config);
}
