/** What an HTTP filter's `create(config, ctx)` is given. */
import type { FactoryContext } from '../extension/context.ts';
import type { HttpStats } from './stats.ts';

export interface HttpFactoryContext extends FactoryContext {
  readonly httpStats: HttpStats;
}
