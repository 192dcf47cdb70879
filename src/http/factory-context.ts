/** What an HTTP filter's `create(config, ctx)` is given. */
import type { FactoryContext } from '../extension/context.ts';
import type { ClientAddress, FormatBuild } from '../format/format-context.ts';
import type { RouterSettings } from './router/router-settings.ts';
import type { HttpStats } from './stats.ts';
import type { AnyFilter } from './stream/filter.ts';

export interface HttpFactoryContext extends FactoryContext {
  readonly httpStats: HttpStats;
  /** Of the filter, as the config has it. */
  readonly filterName?: string;
  /** Who the connection manager takes for the client. */
  readonly clientAddress?: ClientAddress;
  /** Of a request's head: fields, and bytes. */
  readonly requestLimits: { readonly count: number; readonly bytes: number };
  /** What formats of this connection manager's filters are compiled for. */
  readonly format: FormatBuild;
  /** Of streams that are traced: the router is one of their own. */
  readonly makeRouter?: (settings: RouterSettings) => AnyFilter;
}
