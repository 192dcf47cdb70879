/**
 * The one table of extensions: type URL → how to load it. It is handed down to the layers below, so that none of them imports
 * upwards, and nothing is loaded that the config does not use. A new filter is one file and one row here.
 */
import type { ExtensionModule } from './extension/context.ts';

type Loader = () => Promise<ExtensionModule>;
/** Modules declare their own message types; the table only passes them through. */
const load =
  (importer: () => Promise<unknown>): Loader =>
  async () =>
    (await importer()) as ExtensionModule;

const FILTERS_NETWORK = 'envoy.extensions.filters.network';
const FILTERS_HTTP = 'envoy.extensions.filters.http';

export const EXTENSIONS: ReadonlyMap<string, Loader> = new Map([
  [
    `${FILTERS_NETWORK}.http_connection_manager.v3.HttpConnectionManager`,
    load(() => import('./http/connection/connection-manager.ts')),
  ],
  [`${FILTERS_NETWORK}.redis_proxy.v3.RedisProxy`, load(() => import('./redis/filter.ts'))],
  [`${FILTERS_NETWORK}.tcp_proxy.v3.TcpProxy`, load(() => import('./tcp/tcp-proxy.ts'))],
  [`${FILTERS_HTTP}.router.v3.Router`, load(() => import('./http/router/router.ts'))],
  [`${FILTERS_HTTP}.grpc_http1_bridge.v3.Config`, load(() => import('./http/filters/grpc-http1-bridge.ts'))],
]);

/** Throws Envoy's sentence for a type nobody registered. */
export async function loadExtension(typeUrl: string): Promise<ExtensionModule> {
  const loader = EXTENSIONS.get(typeUrl);
  if (loader === undefined) {
    throw new Error(`Didn't find a registered implementation for '' with type URL: '${typeUrl}'`);
  }
  return loader();
}
