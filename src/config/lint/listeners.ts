/** Listeners: addresses, filter chains, the order of filters, and what the filters of a chain refer to. */
import { isIP } from '../../platform/ip.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import { extensionNames } from '../extension-names.ts';
import type {
  Address,
  Any,
  CidrRange,
  FilterChain,
  HttpConnectionManager,
  Listener,
  RedisProxy,
  RedisProxyPrefixRoutes,
  TracingHttp,
} from '../schema/types.ts';
import { checkLiteral, checkRange } from './addresses.ts';
import { type KnownClusters, speaksHttp1 } from './clusters.ts';
import { checkKind, LISTENER_FILTERS, TRANSPORT_SOCKETS, UDP_FILTERS } from './extensions.ts';
import { checkRouteParts, checkUpgrades } from './http.ts';
import type { Reporter } from './reporter.ts';
import { checkRoutes, clustersOf } from './routes.ts';
import { checkTracer } from './tracers.ts';

const NETWORK = 'envoy.extensions.filters.network.';
const HTTP = 'envoy.extensions.filters.http.';

/** `tracer`: of connection managers that trace and name none. */
export function checkListeners(
  listeners: readonly Listener[],
  clusters: KnownClusters,
  report: Reporter,
  tracer?: TracingHttp,
): void {
  const addresses = new Set<string>();
  const names = new Set<string>();
  for (const listener of listeners) {
    const { name } = listener;
    if (name !== undefined && name !== '' && names.has(name)) {
      report.warning(listener, 'name', `a second listener '${name}': Envoy keeps the first, this one is never opened`);
      continue;
    }
    names.add(name ?? '');
    if (
      listener.address === undefined &&
      listener.apiListener === undefined &&
      listener.internalListener === undefined
    ) {
      if (report.isWhole(listener)) {
        report.problem(listener, '', `error adding listener named '${listener.name ?? ''}': address is necessary`);
      }
      continue;
    }
    const address = listener.address?.socketAddress;
    if (listener.address !== undefined) checkLiteral(listener.address, listener, report);
    // One that has an address twice has it once.
    const own = new Set<string>();
    checkAddress(listener, listener.address, addresses, own, report);
    for (const more of listener.additionalAddresses ?? []) {
      checkLiteral(more.address, more, report);
      checkAddress(listener, more.address, addresses, own, report);
    }
    const chains = listener.filterChains ?? [];
    const none = chains.length === 0 && listener.defaultFilterChain === undefined && address?.protocol !== 'UDP';
    if (none && report.isWhole(listener)) {
      report.problem(listener, '', `error adding listener '${show(listener)}': no filter chains specified`);
    }
    if (listener.filterChainMatcher === undefined) checkMatches(listener, chains, report);
    const kind = address?.protocol === 'UDP' ? UDP_FILTERS : LISTENER_FILTERS;
    for (const filter of listener.listenerFilters ?? []) checkKind(filter, kind, report);
    const all = listener.defaultFilterChain === undefined ? chains : [...chains, listener.defaultFilterChain];
    for (const chain of all) {
      checkKind(chain.transportSocket, TRANSPORT_SOCKETS, report);
      const {
        prefixRanges = [],
        directSourcePrefixRanges = [],
        sourcePrefixRanges = [],
      } = chain.filterChainMatch ?? {};
      for (const range of [...prefixRanges, ...directSourcePrefixRanges, ...sourcePrefixRanges]) {
        checkMatchRange(range, report);
      }
      checkChain(chain, clusters, report, tracer);
    }
  }
}

function checkMatchRange(range: CidrRange, report: Reporter): void {
  const ip = range.addressPrefix ?? '';
  if (isIP(ip) === 0) report.problem(range, 'address_prefix', `malformed IP address: ${ip}`);
}

function checkAddress(
  listener: Listener,
  at: Address | undefined,
  seen: Set<string>,
  own: Set<string>,
  report: Reporter,
): void {
  const address = at?.socketAddress;
  // Port 0 is another port each time.
  if (address?.portValue === 0 || at === undefined) return;
  const text = showAddress(at);
  const key = `${address?.protocol ?? 'TCP'} ${text}`;
  if (own.has(key)) return;
  own.add(key);
  if (seen.has(key)) {
    const message = `error adding listener: '${listener.name ?? ''}' has duplicate address '${text}' as existing listener`;
    report.problem(address ?? listener, address === undefined ? '' : 'port_value', message);
  }
  seen.add(key);
}

const show = (listener: Listener): string =>
  listener.internalListener !== undefined ? `envoy://${listener.name ?? ''}/` : allAddresses(listener);

const allAddresses = (listener: Listener): string =>
  [listener, ...(listener.additionalAddresses ?? [])].map((m) => showAddress(m.address)).join();

function showAddress(address: Address | undefined): string {
  const { socketAddress, pipe } = address ?? {};
  if (pipe !== undefined) return pipe.path ?? '';
  const host = socketAddress?.address ?? '';
  return `${host.includes(':') ? `[${host}]` : host}:${socketAddress?.portValue ?? 0}`;
}

/** Two chains without a match would both take every connection. */
function checkMatches(listener: Listener, chains: readonly FilterChain[], report: Reporter): void {
  const open = chains.filter((c) => c.filterChainMatch === undefined || Object.keys(c.filterChainMatch).length === 0);
  if (open.length < 2) return;
  const [first, second] = open.map((c) => c.name ?? '');
  const message = `error adding listener '${show(listener)}': filter chain '${second}' has the same matching rules defined as '${first}'. duplicate matcher is: {}`;
  report.problem(open[1], '', message);
}

function checkChain(chain: FilterChain, clusters: KnownClusters, report: Reporter, tracer?: TracingHttp): void {
  const filters = chain.filters ?? [];
  checkOrder(filters, 'network', NETWORK, report);
  for (const filter of filters) {
    const kind = family(filter.typedConfig);
    if (kind === `${NETWORK}http_connection_manager`) {
      const hcm = filter.typedConfig!.value as HttpConnectionManager;
      checkHttp(hcm, clusters, report);
      if (hcm.tracing !== undefined) checkTracer(hcm.tracing.provider ?? tracer, clusters, report);
    } else if (kind === `${NETWORK}redis_proxy`) {
      const proxy = filter.typedConfig!.value as RedisProxy;
      const routes = proxy.prefixRoutes;
      if (routes?.catchAllRoute === undefined && (routes?.routes ?? []).length === 0) {
        if (report.isWhole(proxy) && report.isWhole(routes)) {
          report.problem(proxy, 'prefix_routes', 'cannot configure a redis-proxy without any upstream');
        }
      }
      checkPrefixes(routes, report);
    }
  }
}

function checkPrefixes(routes: RedisProxyPrefixRoutes | undefined, report: Reporter): void {
  const seen = new Set<string>();
  for (const route of routes?.routes ?? []) {
    const prefix = route.prefix ?? '';
    const key = routes?.caseInsensitive === true ? asciiLower(prefix) : prefix;
    if (seen.has(key)) report.problem(route, 'prefix', `prefix \`${prefix}\` already exists.`);
    seen.add(key);
  }
}

interface AnyFilter {
  name?: string;
  typedConfig?: Any;
}

function checkOrder(filters: readonly AnyFilter[], level: string, prefix: string, report: Reporter): void {
  filters.forEach((filter, i) => {
    const kind = family(filter.typedConfig);
    if (kind === undefined) return;
    const url = filter.typedConfig!.typeUrl;
    if (!url.startsWith(prefix)) {
      // Filters of xds.type and of other families exist; only what is surely no filter is refused.
      if (!report.asEnvoy && /^(envoy\.(config|type|service|admin|data)|google\.protobuf)\./.test(url)) {
        report.problem(
          filter,
          'typed_config',
          `Didn't find a registered implementation for '${filter.name ?? ''}' with type URL: '${url}'`,
        );
      }
      return;
    }
    const type = kind.replace('envoy.extensions.', 'envoy.');
    const last = i === filters.length - 1;
    if (extensionNames.isTerminal(url) === last) return;
    const message = last
      ? `Error: non-terminal filter named ${filter.name} of type ${type} is the last filter in a ${level} filter chain.`
      : `Error: terminal filter named ${filter.name} of type ${type} must be the last filter in a ${level} filter chain.`;
    report.problem(filter, 'name', message);
  });
}

/** `envoy.extensions.filters.http.router` of a filter's message type. */
const family = (any: Any | undefined): string | undefined => any?.typeUrl.replace(/\.v\d\w*\.\w+$/, '');

function checkHttp(hcm: HttpConnectionManager, clusters: KnownClusters, report: Reporter): void {
  checkOrder(hcm.httpFilters ?? [], 'http', HTTP, report);
  for (const range of hcm.internalAddressConfig?.cidrRanges ?? []) checkRange(range, report);
  checkUpgrades(hcm, report);
  if (hcm.routeConfig === undefined) return;
  checkRouteParts(hcm.routeConfig, report);
  checkRoutes(hcm.routeConfig, clusters, report);
  warnOfBridge(hcm, clusters, report);
}

/** Measured: behind grpc_http1_bridge a gRPC answer from an HTTP/1 upstream arrives without its trailers, so without a status. */
function warnOfBridge(hcm: HttpConnectionManager, clusters: KnownClusters, report: Reporter): void {
  const bridge = hcm.httpFilters?.find((f) => family(f.typedConfig) === `${HTTP}grpc_http1_bridge`);
  if (bridge === undefined) return;
  for (const name of clustersOf(hcm.routeConfig!)) {
    const cluster = clusters.byName.get(name);
    if (cluster !== undefined && speaksHttp1(cluster)) {
      const message = `cluster '${name}' is spoken to in HTTP/1: gRPC answers lose their trailers unless grpc_http1_bridge runs there as well`;
      report.warning(bridge, 'name', message);
    }
  }
}
