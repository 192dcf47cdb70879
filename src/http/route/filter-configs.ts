/**
 * typed_per_filter_config: what a route, its virtual host and its route configuration say to a filter, merged when the table is built,
 * so that a request finds it by the filter's place. Envoy does the same by name and per request (mostSpecificPerFilterConfig). A
 * FilterConfig around it may switch the filter off or on.
 */
import { refuse } from '../../config/refusal.ts';
import type { Any, RouteFilterConfig as FilterConfig } from '../../config/schema/types.ts';
import { EXTENSIONS } from '../../extensions.ts';
import type { RegexCompiler } from '../headers/regex.ts';

/** What a filter makes of its config at a route. */
export interface RouteConfigurable {
  /** typed_per_filter_config of a route, virtual host or route configuration; absent: the filter takes none. Once when the table is built. */
  createRoute?(config: unknown, regex: RegexCompiler): unknown;
  /** What it makes of a config is one for all filters of its name and kind in the chain. */
  readonly sharesRoute?: boolean;
  /** What all levels say, the most specific first; absent: the most specific one counts. */
  mergeRoute?(levels: readonly unknown[]): unknown;
  /** What `createRoute` began has ended: before a table is used. Throws what is wrong. */
  settled?(): Promise<void>;
  /** What a level says to the filter in a field of its own, older than typed_per_filter_config: counts where no level has that. */
  ownField?(level: object): unknown;
}

export interface NamedFilter {
  readonly name: string;
  readonly factory: RouteConfigurable;
  /** Of the filter's config. */
  readonly typeUrl?: string;
}

export interface FilterConfigLevel {
  readonly typedPerFilterConfig?: ReadonlyMap<string, Any>;
}

/** By place; shorter than the chain, or empty, where nothing is said. */
export type FilterConfigs = readonly unknown[];
const NOTHING: FilterConfigs = [];

/** By place: true: off, false: on, undefined: as the chain has it. */
export type FilterSwitches = readonly (boolean | undefined)[];

export interface SaidToFilters {
  readonly filterConfigs: FilterConfigs;
  /** Null where nothing is said of it. */
  readonly filterSwitches: FilterSwitches | null;
}
const NOTHING_SAID: SaidToFilters = { filterConfigs: NOTHING, filterSwitches: null };

/** `levels`: the most specific first. Throws for a filter that takes no such config. */
export function mergeFilterConfigs(
  levels: readonly FilterConfigLevel[],
  filters: readonly NamedFilter[],
  regex: RegexCompiler,
): SaidToFilters {
  if (!levels.some(saysSomething) && !filters.some(({ factory }) => factory.ownField)) return NOTHING_SAID;
  const switches: (boolean | undefined)[] = [];
  const merged = filters.map((filter, place) => {
    const { name, factory } = filter;
    const typed = levels.flatMap((level) => readLevel(level, filter) ?? []);
    if (typed.length > 0) switches[place] = typed[0].off;
    const { createRoute, ownField } = factory;
    let said = typed.flatMap(({ config, optional }) =>
      config === undefined || (optional && createRoute === undefined) ? [] : config,
    );
    if (typed.length === 0 && ownField !== undefined) said = levels.flatMap((l) => ownField(l) ?? []);
    if (said.length === 0) return null;
    if (createRoute === undefined) {
      throw new Error(`The filter ${name} doesn't support virtual host or route specific configurations`);
    }
    const built = said.map((config) => once(filter, config as object, regex));
    return factory.mergeRoute === undefined ? built[0] : factory.mergeRoute(built);
  });
  return {
    filterConfigs: merged.every((config) => config === null) ? NOTHING : merged,
    filterSwitches: switches.some((off) => off !== undefined) ? switches : null,
  };
}

/** What each said where: a virtual host's config is one for all its routes, and what it counts (a bucket of tokens) counts for all of them. */
const madeOf = new WeakMap<object, { filter: NamedFilter; built: unknown }[]>();

/** As in Envoy, where the object belongs to the place in the config, filters of one name and kind share it, if they let it be shared. */
function once(filter: NamedFilter, config: object, regex: RegexCompiler): unknown {
  const { name, typeUrl, factory } = filter;
  const known = madeOf.get(config) ?? [];
  const found = known.find(({ filter: f }) =>
    factory.sharesRoute === true ? f.name === name && f.typeUrl === typeUrl : f.factory === factory,
  );
  if (found !== undefined) return found.built;
  const built = factory.createRoute?.(config, regex);
  madeOf.set(config, [...known, { filter, built }]);
  return built;
}

const saysSomething = (l: FilterConfigLevel): boolean => (l.typedPerFilterConfig?.size ?? 0) > 0;

/** What one level says to a filter. */
interface Said {
  /** Whoever says something and does not switch off, switches on. */
  readonly off: boolean;
  readonly optional: boolean;
  /** Undefined where it is no more than a switch. */
  readonly config?: unknown;
}

function readLevel(level: FilterConfigLevel, filter: NamedFilter): Said | undefined {
  const any = level.typedPerFilterConfig?.get(filter.name);
  if (any === undefined) return undefined;
  if (any.typeUrl !== WRAPPER) return { off: false, optional: false, config: ofFilter(any, filter) };
  const { config, isOptional: optional = false, disabled } = any.value as FilterConfig;
  if (disabled === true) return { off: true, optional };
  if (config === undefined) {
    refuse(
      any.value as FilterConfig,
      '',
      `Empty route/virtual host per filter configuration for ${filter.name} filter`,
    );
  }
  if (config.typeUrl === '') return { off: false, optional };
  if (config.typeUrl === WRAPPER) {
    refuse(
      any.value as FilterConfig,
      'config',
      `Didn't find a registered implementation for '${filter.name}' with type URL: '${WRAPPER}'`,
    );
  }
  return { off: false, optional, config: ofFilter(config, filter) };
}

const WRAPPER = 'envoy.config.route.v3.FilterConfig';

/** The factory is found by the type, the filter by the name: what is for filters of another kind is read, and nobody asks for it. */
function ofFilter(any: Any, { typeUrl }: NamedFilter): unknown {
  const row = EXTENSIONS.find(({ routeType }) => routeType === any.typeUrl);
  return row === undefined || typeUrl === undefined || row.typeUrl === typeUrl ? any.value : undefined;
}
