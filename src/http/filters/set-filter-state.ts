/**
 * envoy.filters.http.set_filter_state: values of formats as what filters share, on request headers; the filter's own, then those of each
 * level of the route, the most general first. Mirrors source/extensions/filters/http/set_filter_state/config.cc.
 */
import type { SetFilterStateConfig as Config } from '../../config/schema/types.ts';
import { compileStateValues, type StateValues } from '../../format/filter-state-value.ts';
import type { FormatBuild, FormatContext } from '../../format/format-context.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, StreamFilter } from '../stream/filter.ts';

interface Settings {
  readonly values: StateValues;
  readonly clearRoute: boolean;
}

class SetFilterState extends StreamFilter {
  private readonly settings: Settings;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(): HeadersStatus {
    const { stream, settings } = this;
    const context = { info: stream.info, request: stream.request, response: null, responseTrailers: null };
    this.set(context, settings.values);
    const levels = stream.routeConfig<readonly Settings[]>(this);
    if (levels !== null) for (const { values } of levels) this.set(context, values);
    if (settings.clearRoute) stream.clearRoute();
    return CONTINUE;
  }

  private set(context: FormatContext, values: StateValues): void {
    const { info } = this.stream;
    values.each(context, (key, value) => info.setFilterState(key, value));
  }
}

const compile = (c: Config, build: FormatBuild): Settings => ({
  values: compileStateValues(c.onRequestHeaders, build),
  clearRoute: c.clearRouteCache ?? false,
});

export function create(c: Config, ctx: HttpFactoryContext): HttpFilterFactory {
  const settings = compile(c, ctx.format);
  return {
    terminal: false,
    create: () => new SetFilterState(settings),
    createRoute: (config) => compile(config as Config, ctx.format),
    mergeRoute: (levels) => [...levels].reverse(),
  };
}
