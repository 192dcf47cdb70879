/**
 * How connections to hosts begin where that is more than one address to connect to: several addresses of one host, tried by the rules of
 * RFC 8305 (`additional_addresses`, a name's addresses in LOGICAL_DNS), and a local address to come from (`upstream_bind_config`). Mirrors
 * HappyEyeballsConnectionProvider::sortAddresses and DefaultUpstreamLocalAddressSelector
 * (source/common/network/happy_eyeballs_connection_impl.cc, source/common/upstream/default_local_address_selector.cc).
 */
import { refuse } from '../config/refusal.ts';
import type {
  BindConfig,
  UpstreamConnectionOptionsHappyEyeballsConfig as HappyEyeballsConfig,
  SocketAddress,
} from '../config/schema/types.ts';
import { systemSentence } from '../platform/errno.ts';
import { isIP } from '../platform/ip.ts';
import { Address, BoundAddress } from '../transport/address.ts';
import { BIND_FAILED } from '../transport/connection.ts';
import { INTERNAL } from '../transport/internal.ts';
import { RaceWire } from '../transport/race-wire.ts';
import { RAW_BUFFER, type TransportFactory, type TransportOptions } from '../transport/transport-factory.ts';
import type { Wire, WireOwner } from '../transport/wire.ts';
import type { ClusterInfo } from './cluster-info.ts';
import type { Host, Reach } from './host.ts';

/** Null where hosts are reached as usual. `bootstrap`: cluster_manager.upstream_bind_config. Throws Envoy's sentences. */
export function makeReach(info: ClusterInfo, bootstrap: BindConfig | undefined, hasSeveral: boolean): Reach | null {
  const { config } = info;
  const own = config.upstreamBindConfig;
  const bind = own ?? bootstrap;
  const locals =
    bind === undefined ? [] : localAddresses(bind, own === undefined ? 'Bootstrap' : `Cluster ${info.name}`);
  if (locals.length === 0 && !hasSeveral) return null;
  const bindErrors = info.scope.counter('bind_errors');
  const from = locals.length === 0 ? (a: Address) => a : (a: Address) => boundTo(a, locals, () => bindErrors.inc());
  const order = config.upstreamConnectionOptions?.happyEyeballsConfig ?? {};
  return {
    transport(host, inner = RAW_BUFFER) {
      return new Reaching(host, inner, from, order);
    },
    from,
  };
}

/** A cluster's transport, to a host's addresses and from where it is to come. */
class Reaching implements TransportFactory {
  readonly name: string;
  readonly secure: boolean;
  private readonly host: Host;
  private readonly inner: TransportFactory;
  private readonly from: (address: Address) => Address;
  private readonly order: HappyEyeballsConfig;

  constructor(host: Host, inner: TransportFactory, from: (address: Address) => Address, order: HappyEyeballsConfig) {
    this.name = inner.name;
    this.secure = inner.secure;
    this.host = host;
    this.inner = inner;
    this.from = from;
    this.order = order;
  }

  accept(): never {
    throw new Error('hosts do not come to us');
  }

  connect(address: Address, owner: WireOwner, options: TransportOptions | null): Wire {
    const { host, inner, from } = this;
    if (host.others.length === 0) return inner.connect(from(address), owner, options);
    const addresses = sortAddresses([address, ...host.others], this.order).map(from);
    const tried = (): void => {
      host.stats.cxTotal++;
      host.cluster.stats.upstreamCxTotal.inc();
    };
    return new RaceWire({ addresses, transport: inner, options, tried }, owner);
  }
}

/** `first_address_family_count` addresses of the first family, then one of each other, and so on; without a family, the first address' own. */
export function sortAddresses(addresses: readonly Address[], order: HappyEyeballsConfig): Address[] {
  const { firstAddressFamilyVersion: version = 'DEFAULT', firstAddressFamilyCount: count = 1 } = order;
  const first = version === 'DEFAULT' ? familyOf(addresses[0]) : version;
  const families = new Map<string, Address[]>();
  for (const a of addresses) {
    const family = familyOf(a);
    const known = families.get(family);
    if (known === undefined) families.set(family, [a]);
    else known.push(a);
  }
  const rest = [...families].sort(([a], [b]) => Number(b === first) - Number(a === first));
  const sorted: Address[] = [];
  while (sorted.length < addresses.length) {
    for (const [family, left] of rest) sorted.push(...left.splice(0, family === first ? count : 1));
  }
  return sorted;
}

/** As HappyEyeballsConfig's AddressFamily calls it. */
function familyOf(a: Address): string {
  if (a.path !== '') return a.path.startsWith(INTERNAL) ? 'INTERNAL' : 'PIPE';
  return a.ip.includes(':') ? 'V6' : 'V4';
}

/** At most two, of different families. */
function localAddresses(bind: BindConfig, of: string): Address[] {
  const { sourceAddress, extraSourceAddresses: extra = [], additionalSourceAddresses: additional = [] } = bind;
  if (extra.length > 0 && additional.length > 0) {
    refuse(
      bind,
      'extra_source_addresses',
      `Can't specify both \`extra_source_addresses\` and \`additional_source_addresses\` in the ${of}'s upstream binding config`,
    );
  }
  const more = [...extra.map((e) => e.address), ...additional];
  if (sourceAddress === undefined) {
    if (more.length === 0) return [];
    refuse(
      bind,
      '',
      `${of}'s upstream binding config has extra/additional source addresses but no source_address. Extra/additional addresses cannot be specified if source_address is not set.`,
    );
  }
  const all = [sourceAddress, ...more].map((a) => localAddress(a ?? {}));
  if (all.length > 2) {
    refuse(
      bind,
      '',
      `${of}'s upstream binding config has more than one extra/additional source addresses. Only one extra/additional source can be supported in BindConfig's extra_source_addresses/additional_source_addresses field`,
    );
  }
  if (all.length === 2 && familyOf(all[0]) === familyOf(all[1])) {
    refuse(
      bind,
      '',
      `${of}'s upstream binding config has two same IP version source addresses. Only two different IP version source addresses can be supported in BindConfig's source_address and extra_source_addresses/additional_source_addresses fields`,
    );
  }
  return all;
}

function localAddress(a: SocketAddress): Address {
  const ip = a.address ?? '';
  if (isIP(ip) === 0) refuse(a, 'address', `malformed IP address: ${ip}`);
  return new Address(ip, a.portValue ?? 0);
}

/** From the local address of its family, else from the first. */
function boundTo(address: Address, locals: readonly Address[], failed: () => void): Address {
  if (address.path !== '') return address;
  const family = familyOf(address);
  const local = locals.find((l) => familyOf(l) === family) ?? locals[0];
  return new BoundAddress(address, local, (code) => {
    failed();
    return `${BIND_FAILED}${local.text}: ${systemSentence(code)}`;
  });
}
