/** What a route says of spans: `decorator` and `tracing`. Mirrors DecoratorImpl and RouteTracingImpl (source/common/router/config_impl.cc). */
import { about } from '../config/refusal.ts';
import type { Route } from '../config/schema/types.ts';
import { compileText } from '../format/compile.ts';
import type { FormatBuild, Formatter } from '../format/format-context.ts';
import { toWire } from '../platform/wire-text.ts';
import { type CustomTag, compileCustomTags } from './custom-tags.ts';
import { routeSampling, type Sampling } from './sampling.ts';

export interface RouteTracing {
  /** What its spans are called; '' for no decorator. */
  readonly decorator: string;
  /** Whether the other side is told. */
  readonly propagates: boolean;
  /** Null: the connection manager's. */
  readonly sampling: Sampling | null;
  readonly tags: readonly CustomTag[];
  readonly operation: Formatter | null;
  readonly upstreamOperation: Formatter | null;
}

/** Null for a route that says nothing of it. */
export function compileRouteTracing({ decorator, tracing }: Route, build: FormatBuild): RouteTracing | null {
  if (decorator === undefined && tracing === undefined) return null;
  return {
    decorator: toWire(decorator?.operation ?? ''),
    propagates: decorator?.propagate ?? true,
    sampling: tracing === undefined ? null : routeSampling(tracing),
    ...compileNames(tracing, build),
  };
}

/** Of a route, or of a connection manager. */
export function compileNames(
  m: Pick<NonNullable<Route['tracing']>, 'customTags' | 'operation' | 'upstreamOperation'> | undefined,
  build: FormatBuild,
): Pick<RouteTracing, 'tags' | 'operation' | 'upstreamOperation'> {
  const format = (field: string, text: string | undefined): Formatter | null =>
    m === undefined || text === undefined || text === '' ? null : about(m, field, () => compileText(text, build, true));
  return {
    tags: compileCustomTags(m?.customTags, build),
    operation: format('operation', m?.operation),
    upstreamOperation: format('upstream_operation', m?.upstreamOperation),
  };
}
