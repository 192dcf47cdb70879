/** The module of an extension that is built, by the type of its config. */
import { EXTENSIONS } from '../extensions.ts';
import type { ExtensionModule } from './context.ts';

/**
 * Throws Envoy's sentence for a type nobody registered. `empty`: of a filter whose config says nothing, for which Envoy also takes the type
 * of what a route says to it (CorsPolicy for Cors).
 */
export async function loadExtension(typeUrl: string, empty = false): Promise<ExtensionModule> {
  const row = EXTENSIONS.find((r) => r.typeUrl === typeUrl || (empty && r.routeType === typeUrl));
  if (row?.load === undefined) {
    const filter = EXTENSIONS.find((r) => r.routeType === typeUrl);
    if (filter !== undefined)
      throw new Error(`Unable to unpack as ${filter.typeUrl}: ${typeUrl} is what a route says to it`);
    throw new Error(`Didn't find a registered implementation for '' with type URL: '${typeUrl}'`);
  }
  return (await row.load()) as ExtensionModule;
}
