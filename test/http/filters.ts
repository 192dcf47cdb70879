/** HTTP filters that live in tests only, under type URLs of their own. */
import type { ExtensionModule } from '../../src/extension/context.ts';
import { EXTENSIONS, type Extension } from '../../src/extensions.ts';
import type { HttpFactoryContext } from '../../src/http/factory-context.ts';
import type { AnyFilter } from '../../src/http/stream/filter.ts';
import { ROUTER } from './proxy.ts';

export interface FilterEntry {
  name: string;
  typedConfig: { typeUrl: string; value: unknown };
}

let made = 0;

/** An entry of `http_filters` whose filters `make` makes, one a stream. */
export function filterEntry(
  name: string,
  make: () => AnyFilter,
  more: { terminal?: boolean; init?: (ctx: HttpFactoryContext) => void } = {},
): FilterEntry {
  const typeUrl = `test.${name}.${made++}`;
  const module: ExtensionModule = {
    create: (_config, ctx) => {
      more.init?.(ctx as HttpFactoryContext);
      return { terminal: more.terminal ?? false, create: make };
    },
  };
  (EXTENSIONS as Extension[]).push({ typeUrl, kind: 'http filter', names: [], load: async () => module });
  return { name, typedConfig: { typeUrl, value: {} } };
}

/** A chain: these filters, then the router. */
export const chain = (...filters: FilterEntry[]): FilterEntry[] => [...filters, ROUTER];
