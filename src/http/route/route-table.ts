/**
 * RouteConfiguration, compiled: virtual host by authority (exact, then longest suffix `*.x`, then longest prefix `x.*`, then
 * `*`), then the first route that matches. Mirrors RouteMatcher::findVirtualHost in source/common/router/config_impl.cc.
 */

import type { Headers } from '../../codec/headers.ts';
import { each } from '../../config/refusal.ts';
import type { RouteConfiguration, VirtualHost as VirtualHostMessage } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';

import { loadRegexCompiler, type RegexCompiler } from '../headers/regex.ts';
import { RouteEntry, routeNeedsRegex } from './route-entry.ts';
import { MIN_INDEXED_ROUTES, RouteIndex } from './route-index.ts';

class VirtualHost {
  readonly name: string;
  readonly routes: readonly RouteEntry[];
  /** Null for a short list. */
  readonly index: RouteIndex | null;
  constructor(config: VirtualHostMessage, regex: RegexCompiler | undefined, table: RouteConfiguration) {
    this.name = config.name ?? '';
    const specific = table.mostSpecificHeaderMutationsWins ?? false;
    this.routes = each(config.routes, (r) => new RouteEntry(r, regex, [config, table], specific));
    this.index = this.routes.length < MIN_INDEXED_ROUTES ? null : new RouteIndex(this.routes);
  }
}

/** Wildcards of one length: the text they share → virtual host. */
interface WildcardGroup {
  readonly length: number;
  readonly hosts: Map<string, VirtualHost>;
}

export class RouteTable {
  readonly name: string;
  private readonly exact = new Map<string, VirtualHost>();
  private readonly suffixes: WildcardGroup[] = [];
  private readonly prefixes: WildcardGroup[] = [];
  private fallback: VirtualHost | null = null;
  /** Nothing but `*`: the authority need not be looked at. */
  private readonly onlyFallback: boolean;

  constructor(config: RouteConfiguration, regex: RegexCompiler | undefined) {
    this.name = config.name ?? '';
    each(config.virtualHosts, (vh) => {
      const host = new VirtualHost(vh, regex, config);
      for (const domain of vh.domains ?? []) this.addDomain(asciiLower(toWire(domain)), host);
    });
    const longestFirst = (a: WildcardGroup, b: WildcardGroup): number => b.length - a.length;
    this.suffixes.sort(longestFirst);
    this.prefixes.sort(longestFirst);
    this.onlyFallback = this.exact.size === 0 && this.suffixes.length === 0 && this.prefixes.length === 0;
  }

  private addDomain(domain: string, host: VirtualHost): void {
    if (domain === '*') this.fallback = host;
    else if (domain.startsWith('*')) addWildcard(this.suffixes, domain.slice(1), host);
    else if (domain.endsWith('*')) addWildcard(this.prefixes, domain.slice(0, -1), host);
    else this.exact.set(domain, host);
  }

  /** The route for a request, or null. */
  find(headers: Headers): RouteEntry | null {
    const vh = this.onlyFallback ? this.fallback : this.virtualHost(headers.authority);
    if (vh === null) return null;
    const path = pathOnly(headers.path);
    if (vh.index !== null) return vh.index.find(path, headers);
    const routes = vh.routes;
    for (let i = 0; i < routes.length; i++) if (routes[i].matches(path, headers)) return routes[i];
    return null;
  }

  private virtualHost(authority: string): VirtualHost | null {
    const host = asciiLower(authority);
    const exact = this.exact.get(host);
    if (exact !== undefined) return exact;
    for (const g of this.suffixes) {
      // The wildcard stands for at least one character.
      if (host.length <= g.length) continue;
      const vh = g.hosts.get(host.slice(host.length - g.length));
      if (vh !== undefined) return vh;
    }
    for (const g of this.prefixes) {
      if (host.length <= g.length) continue;
      const vh = g.hosts.get(host.slice(0, g.length));
      if (vh !== undefined) return vh;
    }
    return this.fallback;
  }
}

function addWildcard(groups: WildcardGroup[], text: string, host: VirtualHost): void {
  let g = groups.find((x) => x.length === text.length);
  if (g === undefined) {
    g = { length: text.length, hosts: new Map() };
    groups.push(g);
  }
  g.hosts.set(text, host);
}

/** Path without query and fragment. */
export function pathOnly(path: string): string {
  let end = path.indexOf('?');
  const hash = path.indexOf('#');
  if (hash >= 0 && (end < 0 || hash < end)) end = hash;
  return end < 0 ? path : path.slice(0, end);
}

/** Compile a route configuration; the regex engine is loaded only if a route has a regex. */
export async function compileRoutes(config: RouteConfiguration, envoy16 = false): Promise<RouteTable> {
  const needsRegex = (config.virtualHosts ?? []).some((vh) => (vh.routes ?? []).some(routeNeedsRegex));
  return new RouteTable(config, needsRegex ? await loadRegexCompiler(envoy16) : undefined);
}
