/**
 * envoy.filters.http.composite: becomes the filter that a tree of matchers chooses for the stream. The tree is the filter's own, or that of the
 * match_delegate around it. Mirrors source/extensions/filters/http/composite/filter.cc.
 */
import type { Composite, CompositePerRoute } from '../../config/schema/types.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { filterRegexes } from '../headers/regex.ts';
import type { HttpFilterFactory, StreamFilter } from '../stream/filter.ts';
import { DelegatingFilter } from './delegating-filter.ts';
import { type Execute, FilterMatches } from './filter-match.ts';
import { matching } from './match-delegate.ts';

interface CompositeStats {
  readonly success: Counter;
  readonly error: Counter;
}

export class CompositeFilter extends DelegatingFilter {
  private readonly stats: CompositeStats;

  constructor(stats: CompositeStats) {
    super();
    this.stats = stats;
  }

  /** From now on it is that filter. One that is chosen by the answer sees that alone, as in Envoy. */
  execute({ factory, share }: Execute): void {
    if (factory === null || (share !== null && !share.happens())) return;
    const filter = factory.create() as StreamFilter;
    if (this.delegate !== null) {
      this.stats.error.inc();
      return;
    }
    this.stats.success.inc();
    this.take(filter);
  }
}

export async function create(c: Composite, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { scope } = ctx.httpStats;
  const stats: CompositeStats = {
    success: scope.counter('composite.filter_delegation_success'),
    error: scope.counter('composite.filter_delegation_error'),
  };
  const inner: HttpFilterFactory = { terminal: false, create: () => new CompositeFilter(stats) };
  const matches = new FilterMatches(ctx);
  const regex = await filterRegexes(c, ctx.envoy16);
  const own = c.matcher === undefined ? null : matches.compile(c.matcher, regex);
  await matches.settled();
  return {
    ...inner,
    create: matching(inner, own, false),
    settled: () => matches.settled(),
    createRoute: (config, regex) => matches.compile((config as CompositePerRoute).matcher ?? {}, regex),
  };
}
