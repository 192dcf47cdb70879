/**
 * Which cluster a datagram is for: `cluster`, or `matcher` with a tree over its addresses. Mirrors
 * source/extensions/filters/udp/udp_proxy/router/router_impl.cc.
 */
import { refuse, refuseUnregistered, within } from '../config/refusal.ts';
import type { UdpProxyConfig, UdpProxyRoute, XdsMatcher } from '../config/schema/types.ts';
import { loadRegexes } from '../http/headers/regex.ts';
import { compileMatchTree, type MatchInput, type MatchTree, type TypedConfig } from '../http/route/match-tree.ts';
import type { Address } from '../transport/address.ts';
import type { Cluster } from '../upstream/cluster.ts';
import type { ClusterRef } from '../upstream/cluster-ref.ts';
import type { UdpFilterContext } from './udp-filter.ts';
import { UdpClusterStats } from './udp-stats.ts';

const ROUTE = 'envoy.extensions.filters.udp.udp_proxy.v3.Route';
const INPUTS = 'envoy.extensions.matching.common_inputs.network.v3.';

/** A cluster that is routed to. */
export class UdpTarget {
  private readonly ref: ClusterRef;
  private seen: Cluster | null = null;
  /** Of `seen`. */
  stats: UdpClusterStats | null = null;

  constructor(ref: ClusterRef) {
    this.ref = ref;
    // Its statistics are shown from the start.
    this.current;
  }

  /** Null while there is none of this name. `stats` are its from then on. */
  get current(): Cluster | null {
    const { current } = this.ref;
    if (current !== null && current !== this.seen) {
      this.seen = current;
      this.stats = new UdpClusterStats(current.info.stats.scope);
    }
    return current;
  }
}

export interface Peer {
  readonly ip: string;
  readonly port: number;
}

/** Null: nothing matches. */
export type UdpRoutes = (local: Address, peer: Peer) => UdpTarget | null;

type Input = MatchInput<Address, Peer>;

const PEER_INPUTS: Readonly<Record<string, Input>> = {
  DestinationIPInput: (local) => local.ip,
  DestinationPortInput: (local) => String(local.port),
  SourceIPInput: (_, peer) => peer.ip,
  SourcePortInput: (_, peer) => String(peer.port),
};

export async function udpRoutes(config: UdpProxyConfig, ctx: UdpFilterContext): Promise<UdpRoutes> {
  const { cluster, matcher } = config;
  if (matcher === undefined) {
    const target = new UdpTarget(ctx.clusters.ref(cluster ?? ''));
    return () => target;
  }
  const { test } = await loadRegexes();
  return within(matcher, () => treeOf(matcher, test, ctx));
}

function treeOf(
  matcher: XdsMatcher,
  regex: Parameters<typeof compileMatchTree>[1]['regex'],
  ctx: UdpFilterContext,
): UdpRoutes {
  const tree: MatchTree<UdpTarget, Address, Peer> = compileMatchTree<UdpTarget, Address, Peer>(matcher, {
    regex,
    keepsMatching: true,
    input: (input) => inputOf(input, ctx),
    action: (action) => {
      const { typedConfig } = action;
      if (typedConfig?.typeUrl !== ROUTE) return refuseUnregistered(action);
      return new UdpTarget(ctx.clusters.ref((typedConfig.value as UdpProxyRoute).cluster ?? ''));
    },
  });
  return tree;
}

function inputOf(config: TypedConfig, { addresses }: UdpFilterContext): Input {
  const type = config.typedConfig?.typeUrl ?? '';
  const name = type.startsWith(INPUTS) ? type.slice(INPUTS.length) : '';
  if (!Object.hasOwn(PEER_INPUTS, name)) return refuseUnregistered(config);
  if (name === 'DestinationIPInput' && addresses.some((a) => /^[0:.]+$/.test(a.ip))) {
    const message = 'DestinationIPInput is not supported where a UDP listener has all addresses';
    refuse(config, '', message, { hint: 'Node does not tell which address a datagram came to: give the listener one' });
  }
  return PEER_INPUTS[name];
}
