/**
 * envoy.filters.network.set_filter_state: shares values with whoever comes after on this connection, its requests among them. Mirrors
 * source/extensions/filters/network/set_filter_state/config.cc.
 */
import type { NetworkSetFilterStateConfig as Config } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { compileStateValues, type StateValues } from '../../format/filter-state-value.ts';
import { formatBuild } from '../../format/format-build.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory, ReadVerdict } from '../network-filter.ts';

class SetFilterStateFilter implements ReadFilter {
  private readonly callbacks: ReadFilterCallbacks;
  private readonly newConnection: StateValues;
  readonly onHandshake?: () => void;
  readonly onData?: () => ReadVerdict;

  constructor(callbacks: ReadFilterCallbacks, newConnection: StateValues, handshake: StateValues, data: StateValues) {
    this.callbacks = callbacks;
    this.newConnection = newConnection;
    if (!handshake.empty) this.onHandshake = () => this.set(handshake);
    if (data.empty) return;
    this.onData = () => {
      this.set(data);
      return 'done';
    };
  }

  onNewConnection(): 'continue' {
    this.set(this.newConnection);
    return 'continue';
  }

  private set(values: StateValues): void {
    const { info } = this.callbacks;
    values.each(info, (key, value) => info.shareState(key, value));
  }
}

export function create(config: Config, ctx: FactoryContext): ReadFilterFactory {
  const build = formatBuild(ctx, () => undefined);
  const newConnection = compileStateValues(config.onNewConnection, build);
  const handshake = compileStateValues(config.onDownstreamTlsHandshake, build);
  const data = compileStateValues(config.onDownstreamData, build);
  return {
    terminal: false,
    create: (callbacks) => new SetFilterStateFilter(callbacks, newConnection, handshake, data),
  };
}
