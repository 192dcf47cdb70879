/**
 * typed_per_filter_config: what a route, its virtual host and its route configuration say to a filter, merged when the table is built,
 * so that a request finds it by the filter's place. Envoy does the same by name and per request (mostSpecificPerFilterConfig).
 */
import type { Any } from '../../config/schema/types.ts';
import type { RegexCompiler } from '../headers/regex.ts';

/** What a filter makes of its config at a route. */
export interface RouteConfigurable {
  /** typed_per_filter_config of a route, virtual host or route configuration; absent: the filter takes none. Once when the table is built. */
  createRoute?(config: unknown, regex: RegexCompiler): unknown;
  /** What all levels say, the most specific first; absent: the most specific one counts. */
  mergeRoute?(levels: readonly unknown[]): unknown;
  /** What a level says to the filter in a field of its own, older than typed_per_filter_config: counts where no level has that. */
  ownField?(level: object): unknown;
}

export interface NamedFilter {
  readonly name: string;
  readonly factory: RouteConfigurable;
}

export interface FilterConfigLevel {
  readonly typedPerFilterConfig?: ReadonlyMap<string, Any>;
}

/** By place; shorter than the chain, or empty, where nothing is said. */
export type FilterConfigs = readonly unknown[];
const NOTHING: FilterConfigs = [];

/** `levels`: the most specific first. Throws for a filter that takes no such config. */
export function mergeFilterConfigs(
  levels: readonly FilterConfigLevel[],
  filters: readonly NamedFilter[],
  regex: RegexCompiler,
): FilterConfigs {
  if (!levels.some(saysSomething) && !filters.some(({ factory }) => factory.ownField)) return NOTHING;
  const merged = filters.map(({ name, factory }) => {
    const said = saidTo(name, factory, levels);
    if (said.length === 0) return null;
    const { createRoute } = factory;
    if (createRoute === undefined) {
      throw new Error(`The filter ${name} doesn't support virtual host or route specific configurations`);
    }
    const built = said.map((config) => createRoute(config, regex));
    return factory.mergeRoute === undefined ? built[0] : factory.mergeRoute(built);
  });
  return merged.every((config) => config === null) ? NOTHING : merged;
}

const saysSomething = (l: FilterConfigLevel): boolean => (l.typedPerFilterConfig?.size ?? 0) > 0;

function saidTo(name: string, factory: RouteConfigurable, levels: readonly FilterConfigLevel[]): readonly unknown[] {
  const typed = levels.flatMap((l) => l.typedPerFilterConfig?.get(name)?.value ?? []);
  const { ownField } = factory;
  return typed.length > 0 || ownField === undefined ? typed : levels.flatMap((l) => ownField(l) ?? []);
}
