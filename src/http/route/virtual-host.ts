/** A virtual host: its routes, and what it says for all of them. */

import { each } from '../../config/refusal.ts';
import type { RouteConfiguration, VirtualHost as VirtualHostMessage } from '../../config/schema/types.ts';
import type { RegexCompiler } from '../headers/regex.ts';
import { Route } from './route.ts';
import type { RouteContext } from './route-context.ts';
import { MIN_INDEXED_ROUTES, RouteIndex } from './route-index.ts';

export class VirtualHost {
  readonly name: string;
  readonly routes: readonly Route[];
  /** Null for a short list. */
  readonly index: RouteIndex | null;

  constructor(
    config: VirtualHostMessage,
    table: RouteConfiguration,
    regex: RegexCompiler | undefined,
    ctx: RouteContext,
  ) {
    this.name = config.name ?? '';
    this.routes = each(config.routes, (r) => new Route(r, this, [config, table], regex, ctx));
    this.index = this.routes.length < MIN_INDEXED_ROUTES ? null : new RouteIndex(this.routes);
  }
}
