/** envoy.type.v3.HttpStatus as a number: the schema has its codes by name. */
import { schema } from '../../config/schema/registry.ts';

/** 0 for none; a number that has no name comes as it is. */
export function statusNumber(code: string | number | undefined): number {
  if (code === undefined) return 0;
  if (typeof code === 'number') return code;
  return schema.enum('envoy.type.v3.StatusCode')?.byName(code)?.number ?? 0;
}
