/**
 * Which filter chain a socket goes to. Criteria are looked at in Envoy's order, at each the most specific entry wins, and there is no way
 * back: a socket that finds nothing behind it has no chain. Mirrors source/common/listener_manager/filter_chain_manager_impl.cc.
 *
 * The tables nest in that order: destination port → destination address → server name → transport protocol → application protocol →
 * direct source address → source type → source address → source port.
 */
import type { CidrRange, FilterChainMatch } from '../config/schema/types.ts';
import { IpPrefixMap, isIP } from '../platform/ip.ts';
import { asciiLower } from '../platform/wire-text.ts';
import type { Address } from '../transport/address.ts';
import type { SocketInfo } from '../transport/socket-info.ts';
import type { Wire } from '../transport/wire.ts';
import type { FilterChain, FilterChains } from './filter-chain.ts';

/** Any port, name or protocol. */
const ANY = '';
type ByPort = Map<string, FilterChain>;
type BySource = AddressMap<ByPort>;
type ByType = Map<string, BySource>;
type ByDirectSource = AddressMap<ByType>;
type ByApplication = Map<string, ByDirectSource>;
type ByTransport = Map<string, ByApplication>;
type ByName = Map<string, ByTransport>;
type ByDestination = AddressMap<ByName>;

/** What stands for the address of a Unix socket: only a range of everything has it. */
const NO_ADDRESS = '255.255.255.255';

/** Values by address range; one for any address, paths of Unix sockets among them. */
class AddressMap<T> {
  private readonly ranges = new IpPrefixMap<T>();
  private any: T | undefined;

  getOrAdd(range: string, make: () => T): T {
    if (range !== ANY) return this.ranges.getOrAdd(range, make);
    this.any ??= make();
    return this.any;
  }
  find(address: Address): T | undefined {
    return this.ranges.find(address.path === '' ? address.ip : NO_ADDRESS) ?? this.any;
  }
}

export class ChainMatcher implements FilterChains {
  readonly only: FilterChain | null = null;
  private readonly ports = new Map<string, ByDestination>();
  private readonly fallback: FilterChain | null;

  /** `fallback`: Listener.default_filter_chain. */
  constructor(fallback: FilterChain | null) {
    this.fallback = fallback;
  }

  /** A chain that has some of the same rules already, null when this one was added. */
  add(match: FilterChainMatch, chain: FilterChain): FilterChain | null {
    const ports = [match.destinationPort === undefined ? ANY : String(match.destinationPort)];
    const names = orAny((match.serverNames ?? []).map(nameKey));
    const applications = orAny(match.applicationProtocols ?? []);
    const type = match.sourceType ?? 'ANY';
    for (const port of ports)
      for (const destination of ranges(match.prefixRanges))
        for (const name of names)
          for (const application of applications)
            for (const direct of ranges(match.directSourcePrefixRanges))
              for (const source of ranges(match.sourcePrefixRanges))
                for (const sourcePort of orAny((match.sourcePorts ?? []).map(String))) {
                  const byName = entry(this.ports, port, newAddresses<ByName>).getOrAdd(destination, newMap);
                  const byTransport: ByTransport = entry(byName, name, newMap<ByApplication>);
                  const transport = match.transportProtocol ?? ANY;
                  const byApplication: ByApplication = entry(byTransport, transport, newMap<ByDirectSource>);
                  const byDirect = entry(byApplication, application, newAddresses<ByType>);
                  const bySource = entry(byDirect.getOrAdd(direct, newMap), type, newAddresses<ByPort>);
                  const byPort: ByPort = bySource.getOrAdd(source, newMap);
                  const before = byPort.get(sourcePort);
                  if (before !== undefined) return before;
                  byPort.set(sourcePort, chain);
                }
    return null;
  }

  find(raw: Wire, info: SocketInfo): FilterChain | null {
    return this.match(raw, info) ?? this.fallback;
  }

  private match(raw: Wire, info: SocketInfo): FilterChain | undefined {
    const to = info.localAddress ?? raw.localAddress();
    const from = info.remoteAddress ?? raw.remoteAddress();
    const byDestination = this.ports.get(String(to.port)) ?? this.ports.get(ANY);
    const byName = byDestination?.find(to);
    const byTransport = byName === undefined ? undefined : findName(byName, info.serverName);
    const byApplication = byTransport?.get(info.transportProtocol) ?? byTransport?.get(ANY);
    if (byApplication === undefined) return undefined;
    const byType = findApplication(byApplication, info.applicationProtocols)?.find(raw.remoteAddress());
    if (byType === undefined) return undefined;
    const local = byType.size > (byType.has('ANY') ? 1 : 0) && isLocal(from, to);
    const bySource = byType.get(local ? 'SAME_IP_OR_LOOPBACK' : 'EXTERNAL') ?? byType.get('ANY');
    const byPort = bySource?.find(from);
    return byPort?.get(String(from.port)) ?? byPort?.get(ANY);
  }
}

function newMap<V>(): Map<string, V> {
  return new Map();
}
function newAddresses<V>(): AddressMap<V> {
  return new AddressMap();
}
function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

const orAny = (list: readonly string[]): readonly string[] => (list.length === 0 ? [ANY] : list);
const ranges = (list: readonly CidrRange[] | undefined): readonly string[] => orAny((list ?? []).map(rangeText));

/** More bits than the address has are all of them. */
function rangeText(range: CidrRange): string {
  const ip = range.addressPrefix ?? '';
  return `${ip}/${Math.min(range.prefixLen ?? 0, isIP(ip) === 6 ? 128 : 32)}`;
}

/** `*.example.com` is kept as `.example.com`. */
function nameKey(name: string): string {
  const lower = asciiLower(name);
  return lower.startsWith('*.') ? lower.slice(1) : lower;
}

/** The exact name, then the longest wildcard, then any. */
function findName(byName: ByName, name: string): ByTransport | undefined {
  if (name === '') return byName.get(ANY);
  const exact = byName.get(name);
  if (exact !== undefined) return exact;
  for (let dot = name.indexOf('.', 1); dot >= 0 && dot < name.length - 1; dot = name.indexOf('.', dot + 1)) {
    const wild = byName.get(name.slice(dot));
    if (wild !== undefined) return wild;
  }
  return byName.get(ANY);
}

/** The first of the client's that some chain names. */
function findApplication(map: ByApplication, offered: readonly string[]): ByDirectSource | undefined {
  for (const protocol of offered) {
    const found = map.get(protocol);
    if (found !== undefined) return found;
  }
  return map.get(ANY);
}

/** Network::Utility::isSameIpOrLoopback: of 127.0.0.0/8 its first address alone. */
export function isLocal(from: Address, to: Address): boolean {
  return from.path !== '' || from.ip === to.ip || from.ip === '::1' || from.ip === '127.0.0.1';
}
