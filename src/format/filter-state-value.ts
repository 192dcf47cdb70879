/**
 * FilterStateValue (envoy.extensions.filters.common.set_filter_state.v3), compiled: a key, and the text that is shared under it. Mirrors
 * source/extensions/filters/common/set_filter_state/filter_config.cc. Objects are kept as the text they are made of; whoever looks for one reads it; numbers are numbers.
 */
import { each, refuse } from '../config/refusal.ts';
import type { FilterStateValue } from '../config/schema/types.ts';
import { fromWire } from '../platform/wire-text.ts';
import { NUMBERS, STATE_FACTORIES } from './filter-state-factories.ts';
import type { FormatBuild, FormatContext, Formatter } from './format-context.ts';
import { NO_LOG } from './format-context.ts';
import { compileFormatString } from './substitution-format.ts';

interface Value {
  readonly key: string;
  readonly format: Formatter;
  readonly skipIfEmpty: boolean;
  readonly isNumber: boolean;
  /** Whether a text makes an object of the key's kind. */
  readonly takes: (text: string) => boolean;
}

export class StateValues {
  private readonly values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.values = values;
  }

  get empty(): boolean {
    return this.values.length === 0;
  }

  /** `set` is called for each that has a value now. */
  each(context: FormatContext, set: (key: string, value: string | number) => void): void {
    for (const { key, format, skipIfEmpty, isNumber, takes } of this.values) {
      const wire = format(context, NO_LOG);
      if (wire === '' && skipIfEmpty) continue;
      const text = fromWire(wire) ?? wire;
      if (takes(text)) set(key, isNumber ? Number(text) : text);
    }
  }
}

export function compileStateValues(messages: readonly FilterStateValue[] | undefined, build: FormatBuild): StateValues {
  return new StateValues(
    each(messages, (m) => {
      const key = m.objectKey ?? '';
      const factory = m.factoryKey || key;
      const takes = Object.hasOwn(STATE_FACTORIES, factory) ? STATE_FACTORIES[factory] : undefined;
      if (takes === undefined) return refuse(m, 'object_key', `'${key}' does not have an object factory`);
      if (takes === null) return refuse(m, 'object_key', `'${factory}' is not supported yet`);
      const format = compileFormatString(m.formatString ?? {}, build);
      return { key, format, skipIfEmpty: m.skipIfEmpty ?? false, isNumber: NUMBERS.includes(factory), takes };
    }),
  );
}
