/** Values of a google.protobuf.Struct, such as metadata, and of JSON: structs, lists and scalars. */
import { fromWire } from '../platform/wire-text.ts';

export type Struct = Readonly<Record<string, unknown>>;

/** Rather than a list or a scalar. */
export function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON as wire text; null where it is none, or is not of a struct. */
export function readStruct(wire: string): Struct | null {
  const text = fromWire(wire);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isStruct(value) ? value : null;
  } catch {
    return null;
  }
}

/** What a path of names leads to, from struct to struct; undefined where it leads nowhere. */
export function memberOf(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (!isStruct(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

/** The text that it leads to; undefined where it leads to none. */
export function textAt(value: unknown, path: readonly string[]): string | undefined {
  const text = memberOf(value, path);
  return typeof text === 'string' ? text : undefined;
}
