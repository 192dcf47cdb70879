/** A virtual host: its routes, and what it says for all of them. */

import type { Headers } from '../../codec/headers.ts';
import { each, refuse } from '../../config/refusal.ts';
import type {
  Metadata,
  RouteConfiguration,
  Route as RouteMessage,
  VirtualHost as VirtualHostMessage,
} from '../../config/schema/types.ts';
import { TlsRedirect } from './redirect.ts';
import type { RequestContext } from './request-context.ts';
import { compileRoute, Route } from './route.ts';
import type { RouteBuild } from './route-context.ts';
import { MIN_INDEXED_ROUTES, RouteIndex } from './route-index.ts';
import { RouteMatch } from './route-match.ts';
import type { RouteTree } from './route-tree.ts';
import { VirtualClusters } from './virtual-clusters.ts';

const NO_ROUTES: readonly Route[] = [];

const TLS_NONE = 0;
const TLS_EXTERNAL = 1;
const TLS_ALL = 2;

export class VirtualHost {
  readonly name: string;
  readonly metadata: Metadata | null;
  readonly routes: readonly Route[];
  /** VirtualHost.matcher, instead of a list; null for none. */
  private readonly tree: RouteTree | null;
  /** Null for a short list. */
  private readonly index: RouteIndex | null;
  /** Null where nothing is counted by what requests are. */
  readonly virtualClusters: VirtualClusters | null;
  private readonly requireTls: number;
  private readonly tlsRedirect: Route | null;

  constructor(config: VirtualHostMessage, table: RouteConfiguration, build: RouteBuild) {
    this.name = config.name ?? '';
    this.metadata = config.metadata ?? null;
    this.virtualClusters =
      config.virtualClusters?.length && build.stats !== null
        ? new VirtualClusters(config, build.stats, build.regexes.test)
        : null;
    const compile = (r: RouteMessage): Route => compileRoute(r, this, [config, table], build);
    this.routes = each(config.routes, compile);
    if (config.matcher !== undefined && this.routes.length > 0) {
      refuse(config, 'matcher', 'cannot set both matcher and routes on virtual host');
    }
    this.tree =
      config.matcher === undefined || build.trees === null ? null : build.trees(config.matcher, compile, build);
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
    return route === null || route.weighted === null ? route : route.weighted.pick(headers, context);
  }

  private match(path: string, end: number, headers: Headers, context: RequestContext): Route | null {
    if (this.index !== null) return this.index.find(path, end, headers, context);
    const routes = this.tree === null ? this.routes : (this.tree(headers, context) ?? NO_ROUTES);
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
