/** How debug lines call a request, `[C1][S2]`: connection and stream, as 1.16 writes them. Asked for only where such lines are written: a number is nobody's before. */
const ids = new WeakMap<object, number>();
let last = 0;

export function logIds(connection: { readonly id: number } | null | undefined, stream: object): string {
  let id = ids.get(stream);
  if (id === undefined) ids.set(stream, (id = ++last));
  return `[C${connection?.id}][S${id}]`;
}
