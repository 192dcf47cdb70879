/**
 * envoy.filters.network.set_filter_state: shares values with whoever comes after on this connection, its requests among them. Mirrors
 * source/extensions/filters/network/set_filter_state/config.cc.
 */
import type { NetworkSetFilterStateConfig as Config } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { compileStateValues, type StateValues } from '../../format/filter-state-value.ts';
import { formatBuild } from '../../format/format-build.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory, ReadVerdict } from '../network-filter.ts';

interface Moments {
  readonly newConnection: StateValues;
  readonly data: StateValues;
}

class SetFilterStateFilter implements ReadFilter {
  private readonly callbacks: ReadFilterCallbacks;
  private readonly moments: Moments;

  constructor(callbacks: ReadFilterCallbacks, moments: Moments) {
    this.callbacks = callbacks;
    this.moments = moments;
  }

  onNewConnection(): 'continue' {
    this.set(this.moments.newConnection);
    return 'continue';
  }

  onData(): ReadVerdict {
    this.set(this.moments.data);
    return 'done';
  }

  private set(values: StateValues): void {
    const { info } = this.callbacks;
    values.each(info, (key, value) => info.shareState(key, value));
  }
}

export function create(config: Config, ctx: FactoryContext): ReadFilterFactory {
  const build = formatBuild(ctx, () => undefined);
  const moments: Moments = {
    newConnection: compileStateValues(config.onNewConnection, build),
    data: compileStateValues(config.onDownstreamData, build),
  };
  return { terminal: false, create: (callbacks) => new SetFilterStateFilter(callbacks, moments) };
}
