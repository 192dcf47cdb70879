/** The module of an extension that is built, by the type of its config. */
import { EXTENSIONS } from '../extensions.ts';
import type { ExtensionModule } from './context.ts';

/** Throws Envoy's sentence for a type nobody registered. */
export async function loadExtension(typeUrl: string): Promise<ExtensionModule> {
  const row = EXTENSIONS.find((r) => r.typeUrl === typeUrl);
  if (row?.load === undefined) {
    throw new Error(`Didn't find a registered implementation for '' with type URL: '${typeUrl}'`);
  }
  return (await row.load()) as ExtensionModule;
}
