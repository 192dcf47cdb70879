/** How Envoy names a DataSource in what it says of it: its path, `<inline>`. */
import type { DataSource } from '../config/schema/types.ts';

export function sourceName(source: DataSource | undefined): string {
  return source?.filename !== undefined && source.filename !== '' ? source.filename : '<inline>';
}
