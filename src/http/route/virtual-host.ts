/** A virtual host: its routes, and what it says for all of them. */

import type { Headers } from '../../codec/headers.ts';
import { each } from '../../config/refusal.ts';
import type { RouteConfiguration, VirtualHost as VirtualHostMessage } from '../../config/schema/types.ts';
import { TlsRedirect } from './redirect.ts';
import type { RequestContext } from './request-context.ts';
import { compileRoute, Route } from './route.ts';
import type { RouteBuild } from './route-context.ts';
import { MIN_INDEXED_ROUTES, RouteIndex } from './route-index.ts';
import { RouteMatch } from './route-match.ts';
import { VirtualClusters } from './virtual-clusters.ts';

const TLS_NONE = 0;
const TLS_EXTERNAL = 1;
const TLS_ALL = 2;

export class VirtualHost {
  readonly name: string;
  readonly routes: readonly Route[];
  /** Null for a short list. */
  private readonly index: RouteIndex | null;
  /** Null where nothing is counted by what requests are. */
  readonly virtualClusters: VirtualClusters | null;
  private readonly requireTls: number;
  private readonly tlsRedirect: Route | null;

  constructor(config: VirtualHostMessage, table: RouteConfiguration, build: RouteBuild) {
    this.name = config.name ?? '';
    this.virtualClusters =
      config.virtualClusters?.length && build.stats !== null
        ? new VirtualClusters(config, build.stats, build.regexes.test)
        : null;
    this.routes = each(config.routes, (r) => compileRoute(r, this, [config, table], build));
    this.index = this.routes.length < MIN_INDEXED_ROUTES ? null : new RouteIndex(this.routes);
    const { requireTls } = config;
    this.requireTls = requireTls === 'ALL' ? TLS_ALL : requireTls === 'EXTERNAL_ONLY' ? TLS_EXTERNAL : TLS_NONE;
    this.tlsRedirect = this.requireTls === TLS_NONE ? null : this.redirectToTls();
  }

  private redirectToTls(): Route {
    return new Route({ name: '', virtualHost: this, match: new RouteMatch({}), action: new TlsRedirect() });
  }

  /** The route for a request, or null. `end`: where the path ends in `path`, the request's. */
  find(path: string, end: number, headers: Headers, context: RequestContext): Route | null {
    if (this.tlsRedirect !== null && this.wantsTls(headers)) return this.tlsRedirect;
    const route = this.match(path, end, headers, context);
    return route === null || route.weighted === null ? route : route.weighted.pick(headers);
  }

  private match(path: string, end: number, headers: Headers, context: RequestContext): Route | null {
    if (this.index !== null) return this.index.find(path, end, headers, context);
    const { routes } = this;
    for (let i = 0; i < routes.length; i++) {
      if (routes[i].match.matches(path, end, headers, context)) return routes[i];
    }
    return null;
  }

  private wantsTls(headers: Headers): boolean {
    if (headers.get('x-forwarded-proto') === 'https') return false;
    return this.requireTls === TLS_ALL || headers.get('x-envoy-internal') !== 'true';
  }
}
