/**
 * RouteConfiguration, compiled: virtual host by authority (exact, then longest suffix `*.x`, then longest prefix `x.*`, then
 * `*`), then the first route that matches. Mirrors RouteMatcher::findVirtualHost in source/common/router/config_impl.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { each } from '../../config/refusal.ts';
import type { RouteConfiguration, Route as RouteMessage } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { hasFormats } from '../headers/header-mutations.ts';
import { withoutPort } from '../headers/host-port.ts';
import { loadRegexes, NO_REGEXES, needsRegex } from '../headers/regex.ts';
import { NO_REQUEST_CONTEXT } from './request-context.ts';

import type { Route } from './route.ts';
import { NO_CONTEXT, type RouteBuild, type RouteContext } from './route-context.ts';
import { pathEnd } from './route-match.ts';
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

  /** A header that names the virtual host instead of the authority; '' for none. */
  private readonly hostHeader: string;
  private readonly internalOnly: readonly string[];
  private readonly ignorePort: boolean;
  /** What stands behind a `;` in a segment of the path is no matter. */
  private readonly ignoreParameters: boolean;

  constructor(config: RouteConfiguration, build: RouteBuild) {
    this.name = config.name ?? '';
    each(config.virtualHosts, (vh) => {
      const host = new VirtualHost(vh, config, build);
      for (const domain of vh.domains ?? []) this.addDomain(asciiLower(toWire(domain)), host);
    });
    this.hostHeader = asciiLower(toWire(config.vhostHeader ?? ''));
    this.onlyFallback = this.exact.size === 0 && this.suffixes.empty && this.prefixes.empty && this.hostHeader === '';
    this.internalOnly = (config.internalOnlyHeaders ?? []).map((name) => asciiLower(toWire(name)));
    this.ignorePort = config.ignorePortInHostMatching ?? false;
    this.ignoreParameters = config.ignorePathParametersInPathMatching ?? false;
  }

  private addDomain(domain: string, host: VirtualHost): void {
    if (domain === '*') this.fallback = host;
    else if (domain.startsWith('*')) this.suffixes.set(domain.slice(1), host);
    else if (domain.endsWith('*')) this.prefixes.set(domain.slice(0, -1), host);
    else this.exact.set(domain, host);
  }

  /** internal_only_headers: out of a request from outside. */
  removeInternal(headers: Headers): void {
    for (const name of this.internalOnly) headers.remove(name);
  }

  /** The route for a request, or null. */
  find(headers: Headers, context = NO_REQUEST_CONTEXT): Route | null {
    const vh = this.onlyFallback ? this.fallback : this.virtualHost(headers);
    if (vh === null) return null;
    const path = this.ignoreParameters ? withoutParameters(headers.path) : headers.path;
    return vh.find(path, pathEnd(path), headers, context);
  }

  private virtualHost(headers: Headers): VirtualHost | null {
    const name = this.hostHeader === '' ? headers.authority : headers.get(this.hostHeader);
    if (name === undefined) return null;
    const host = asciiLower(this.ignorePort ? withoutPort(name) : name);
    const exact = this.exact.get(host);
    if (exact !== undefined) return exact;
    return this.suffixes.find(host) ?? this.prefixes.find(host) ?? this.fallback;
  }
}

const withoutParameters = (target: string): string =>
  target.includes(';') ? target.replace(/^[^?#]*/, (path) => path.replace(/;[^/]*/g, '')) : target;

const someRoute = (config: RouteConfiguration, test: (route: RouteMessage) => boolean): boolean =>
  (config.virtualHosts ?? []).some((vh) => (vh.routes ?? []).some(test));

const hasTracing = (config: RouteConfiguration): boolean =>
  someRoute(config, (r) => r.decorator !== undefined || r.tracing !== undefined);

const hasRateLimits = (config: RouteConfiguration): boolean =>
  (config.virtualHosts ?? []).some((vh) => (vh.rateLimits ?? []).length > 0) ||
  someRoute(config, (r) => (r.route?.rateLimits ?? []).length > 0);

const hasHashes = (config: RouteConfiguration): boolean =>
  someRoute(config, (r) => (r.route?.hashPolicy ?? []).length > 0);

const hasSpecifiers = (config: RouteConfiguration): boolean =>
  (config.clusterSpecifierPlugins ?? []).length > 0 ||
  someRoute(
    config,
    ({ route }) => route?.inlineClusterSpecifierPlugin !== undefined || route?.clusterSpecifierPlugin !== undefined,
  );

const hasTree = (config: RouteConfiguration): boolean =>
  (config.virtualHosts ?? []).some((vh) => vh.matcher !== undefined);

/** Compile a route configuration; the regex engine and formats are loaded only if something in it has one. */
export async function compileRoutes(config: RouteConfiguration, ctx: RouteContext = NO_CONTEXT): Promise<RouteTable> {
  const regexes = needsRegex(config) ? await loadRegexes(ctx.envoy16) : NO_REGEXES;
  const formats = hasFormats(config) ? (await import('../headers/body-format.ts')).formatCompiler(ctx.format) : null;
  // What routes in a tree say is not looked for.
  const tree = hasTree(config);
  const tracing =
    tree || hasTracing(config) ? (await import('../../tracing/route-tracing.ts')).compileRouteTracing : null;
  const rateLimits = tree || hasRateLimits(config) ? (await import('./rate-limits.ts')).compileRouteRateLimits : null;
  const trees = tree ? (await import('./route-tree.ts')).compileRouteTree : null;
  const hashes = tree || hasHashes(config) ? (await import('./hash-policy.ts')).HashPolicies : null;
  const specifiers =
    tree || hasSpecifiers(config)
      ? await (await import('./cluster-specifier.ts')).ClusterSpecifiers.load(config, ctx.clusters)
      : null;
  const table = new RouteTable(config, { ...ctx, regexes, formats, tracing, rateLimits, trees, specifiers, hashes });
  for (const { factory } of ctx.filters) await factory.settled?.();
  return table;
}
