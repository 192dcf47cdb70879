/**
 * RouteConfiguration, compiled: virtual host by authority (exact, then longest suffix `*.x`, then longest prefix `x.*`, then
 * `*`), then the first route that matches. Mirrors RouteMatcher::findVirtualHost in source/common/router/config_impl.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { each } from '../../config/refusal.ts';
import type { RouteConfiguration } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { loadRegexCompiler, type RegexCompiler } from '../headers/regex.ts';

import type { Route } from './route.ts';
import { NO_CONTEXT, type RouteContext } from './route-context.ts';
import { matchNeedsRegex, pathEnd } from './route-match.ts';
import { VirtualHost } from './virtual-host.ts';
import { WildcardHosts } from './wildcard-hosts.ts';

/** Where a connection manager's routes come from. A stream keeps the table that it began with, whatever comes after. */
export interface RouteSource {
  /** Null while there is none yet: no request finds a route. */
  readonly current: RouteTable | null;
}

export class RouteTable {
  readonly name: string;
  private readonly exact = new Map<string, VirtualHost>();
  private readonly suffixes = new WildcardHosts<VirtualHost>(true);
  private readonly prefixes = new WildcardHosts<VirtualHost>(false);
  private fallback: VirtualHost | null = null;
  /** Nothing but `*`: the authority need not be looked at. */
  private readonly onlyFallback: boolean;

  constructor(config: RouteConfiguration, regex: RegexCompiler | undefined, ctx: RouteContext) {
    this.name = config.name ?? '';
    each(config.virtualHosts, (vh) => {
      const host = new VirtualHost(vh, config, regex, ctx);
      for (const domain of vh.domains ?? []) this.addDomain(asciiLower(toWire(domain)), host);
    });
    this.onlyFallback = this.exact.size === 0 && this.suffixes.empty && this.prefixes.empty;
  }

  private addDomain(domain: string, host: VirtualHost): void {
    if (domain === '*') this.fallback = host;
    else if (domain.startsWith('*')) this.suffixes.set(domain.slice(1), host);
    else if (domain.endsWith('*')) this.prefixes.set(domain.slice(0, -1), host);
    else this.exact.set(domain, host);
  }

  /** The route for a request, or null. */
  find(headers: Headers): Route | null {
    const vh = this.onlyFallback ? this.fallback : this.virtualHost(headers.authority);
    if (vh === null) return null;
    const { path } = headers;
    const end = pathEnd(path);
    if (vh.index !== null) return vh.index.find(path, end, headers);
    const routes = vh.routes;
    for (let i = 0; i < routes.length; i++) if (routes[i].match.matches(path, end, headers)) return routes[i];
    return null;
  }

  private virtualHost(authority: string): VirtualHost | null {
    const host = asciiLower(authority);
    const exact = this.exact.get(host);
    if (exact !== undefined) return exact;
    return this.suffixes.find(host) ?? this.prefixes.find(host) ?? this.fallback;
  }
}

/** Compile a route configuration; the regex engine is loaded only if a route has a regex. */
export async function compileRoutes(config: RouteConfiguration, ctx: RouteContext = NO_CONTEXT): Promise<RouteTable> {
  const needsRegex = (config.virtualHosts ?? []).some((vh) => (vh.routes ?? []).some((r) => matchNeedsRegex(r.match)));
  return new RouteTable(config, needsRegex ? await loadRegexCompiler(ctx.envoy16) : undefined, ctx);
}
