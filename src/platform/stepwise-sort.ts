/** A merge sort that can be done a little at a time, for lists that are too long to be sorted while requests wait. */

/** Elements that are sorted or merged in one step. */
const RUN = 64;

/** Sorts in place, stable; each step takes some ten µs. */
export function* sorting<T>(list: T[], compare: (a: T, b: T) => number): Generator<null, void> {
  for (let from = 0; from < list.length; from += RUN) {
    const run = list.slice(from, from + RUN).sort(compare);
    for (let i = 0; i < run.length; i++) list[from + i] = run[i];
    yield null;
  }
  for (let width = RUN; width < list.length; width *= 2) {
    for (let from = 0; from + width < list.length; from += 2 * width) {
      yield* merging(list, from, from + width, Math.min(from + 2 * width, list.length), compare);
    }
  }
}
function* merging<T>(
  list: T[],
  from: number,
  middle: number,
  to: number,
  compare: (a: T, b: T) => number,
): Generator<null, void> {
  if (compare(list[middle - 1], list[middle]) <= 0) return;
  const left = list.slice(from, middle);
  let i = 0;
  let j = middle;
  for (let at = from; i < left.length; at++) {
    list[at] = j < to && compare(list[j], left[i]) < 0 ? list[j++] : left[i++];
    if ((at & (RUN - 1)) === 0) yield null;
  }
}
