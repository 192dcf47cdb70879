/** "Did you mean": the candidate nearest to a mistyped word, or none when nothing is near. */

/** Words longer than this are not compared: the work grows with the product of the lengths. */
const MAX_LENGTH = 64;

export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const plain = flatten(word);
  let best: string | undefined;
  let bestDistance = Math.floor(plain.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain, flatten(candidate), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** For dotted names: the nearest last word, of those the name whose package is most alike. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const lastWord = (n: string): string => n.slice(n.lastIndexOf('.') + 1);
  const sharedLength = (n: string): number => {
    let i = 0;
    while (i < n.length && n[i] === name[i]) i++;
    return i;
  };
  // In the right package first: Config and the like are in many.
  const beside = candidates.filter((c) => c.slice(0, c.lastIndexOf('.')) === name.slice(0, name.lastIndexOf('.')));
  const word = nearest(lastWord(name), beside.map(lastWord)) ?? nearest(lastWord(name), candidates.map(lastWord));
  if (word === undefined) return undefined;
  const pool = beside.some((c) => lastWord(c) === word) ? beside : candidates;
  return pool.filter((c) => lastWord(c) === word).sort((a, b) => sharedLength(b) - sharedLength(a))[0];
}

/** Case and separators are the least of the differences. */
const flatten = (word: string): string => word.toLowerCase().replace(/[_\-. ]/g, '');

/** Damerau–Levenshtein (neighbouring letters swapped count one); at least `limit` when it is that or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let d = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, before[j - 2] + 1);
      row.push(d);
      if (d < least) least = d;
    }
    if (least >= limit) return limit;
    before = last;
    last = row;
  }
  return last[b.length];
}
