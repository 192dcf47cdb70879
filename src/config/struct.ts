/** Values of a google.protobuf.Struct, such as metadata, and of JSON: structs, lists and scalars. */

export type Struct = Readonly<Record<string, unknown>>;

/** Rather than a list or a scalar. */
export function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
