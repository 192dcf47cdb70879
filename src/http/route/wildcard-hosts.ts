/**
 * Wildcard domains: finds the longest `*.x` that ends a host, or the longest `x.*` that begins it. The wildcard stands for at least one
 * character. One pass along the host makes a number of each length that there is; nothing is cut out of it.
 */

interface Entry<T> {
  readonly text: string;
  value: T;
  /** Another text of the same number. */
  readonly next: Entry<T> | undefined;
}

interface Group<T> {
  readonly length: number;
  readonly entries: Map<number, Entry<T>>;
}

export class WildcardHosts<T> {
  /** `*.x`: what is looked at is the host's end. */
  private readonly suffixes: boolean;
  /** Ascending. */
  private readonly groups: Group<T>[] = [];
  /** Of the host at hand, by group. */
  private readonly numbers: number[] = [];

  constructor(suffixes: boolean) {
    this.suffixes = suffixes;
  }

  get empty(): boolean {
    return this.groups.length === 0;
  }

  /** `text` without its `*`. One that is there is replaced, as in Envoy's map. */
  set(text: string, value: T): void {
    let group = this.groups.find((g) => g.length === text.length);
    if (group === undefined) {
      group = { length: text.length, entries: new Map() };
      this.groups.push(group);
      this.numbers.push(0);
      this.groups.sort((a, b) => a.length - b.length);
    }
    let number = 0;
    for (let i = 0; i < text.length; i++)
      number = mix(number, text.charCodeAt(this.suffixes ? text.length - 1 - i : i));
    const first = group.entries.get(number);
    const same = this.among(first, text);
    if (same !== undefined) same.value = value;
    else group.entries.set(number, { text, value, next: first });
  }

  find(host: string): T | null {
    const { groups, numbers } = this;
    const step = this.suffixes ? -1 : 1;
    let at = this.suffixes ? host.length - 1 : 0;
    let seen = 0;
    let number = 0;
    let g = 0;
    for (; g < groups.length && groups[g].length < host.length; g++) {
      for (const { length } = groups[g]; seen < length; seen++, at += step) number = mix(number, host.charCodeAt(at));
      numbers[g] = number;
    }
    for (g--; g >= 0; g--) {
      const entry = this.among(groups[g].entries.get(numbers[g]), host);
      if (entry !== undefined) return entry.value;
    }
    return null;
  }

  private among(entry: Entry<T> | undefined, host: string): Entry<T> | undefined {
    let e = entry;
    while (e !== undefined && !(this.suffixes ? host.endsWith(e.text) : host.startsWith(e.text))) e = e.next;
    return e;
  }
}

const mix = (number: number, unit: number): number => (Math.imul(number, 31) + unit) | 0;
