/** What of a request, beside its headers, a route may depend on. A stream's info is one. */

import { toWire } from '../../platform/wire-text.ts';
import type { Connection } from '../../transport/connection.ts';
import type { MetadataSource } from './value-matcher.ts';

export interface RequestContext extends MetadataSource {
  /** The client's; null for requests of our own. */
  readonly connection: Connection | null;
  /** Who an extension says the client is; '' where none did, or none was asked. */
  readonly clientIp?: string;
  filterState(name: string): unknown;
}

/** Of a request that nothing is known of. */
export const NO_REQUEST_CONTEXT: RequestContext = {
  connection: null,
  dynamicMetadata: () => undefined,
  filterState: () => undefined,
};

/** What filters share under `key`, or the field of it that is asked for, as wire text; undefined where it is no text. */
export function filterStateText(
  context: Pick<RequestContext, 'filterState'>,
  key: string,
  field = '',
): string | undefined {
  let value = context.filterState(key);
  if (field !== '' && typeof value === 'object' && value !== null) {
    value = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
  }
  return typeof value === 'string' ? toWire(value) : typeof value === 'number' ? String(value) : undefined;
}
