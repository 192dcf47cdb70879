/** What of a request, beside its headers, a route may depend on. A stream's info is one. */
import type { Connection } from '../../transport/connection.ts';
import type { MetadataSource } from './value-matcher.ts';

export interface RequestContext extends MetadataSource {
  /** The client's; null for requests of our own. */
  readonly connection: Connection | null;
  /** Who an extension says the client is; '' where none did, or none was asked. */
  readonly clientIp?: string;
}

/** Of a request that nothing is known of. */
export const NO_REQUEST_CONTEXT: RequestContext = { connection: null, dynamicMetadata: () => undefined };
