/** What is most frequent, or largest, among more than can be kept: bounded however many names come by. */

/** The most frequent names, by Space-Saving (Metwally, Agrawal, El Abbadi 2005): no count is too low, and each is too high by its `error` at most. */
export class FrequentNames {
  private readonly capacity: number;
  private readonly places = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly counts: number[] = [];
  private readonly errors: number[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(name: string): void {
    const at = this.places.get(name);
    if (at !== undefined) {
      this.counts[at]++;
      return;
    }
    if (this.names.length < this.capacity) {
      this.places.set(name, this.names.length);
      this.names.push(name);
      this.counts.push(1);
      this.errors.push(0);
      return;
    }
    // The least frequent one gives its place and its count.
    let least = 0;
    for (let i = 1; i < this.counts.length; i++) if (this.counts[i] < this.counts[least]) least = i;
    this.places.delete(this.names[least]);
    this.places.set(name, least);
    this.names[least] = name;
    this.errors[least] = this.counts[least]++;
  }

  list(): NameCount[] {
    return this.names.map((key, i) => ({ key, count: this.counts[i], error: this.errors[i] }));
  }
}

export interface NameCount {
  readonly key: string;
  readonly count: number;
  /** So much of the count may be others'. */
  readonly error: number;
}

/** A command that was answered: `value` is its time in ms, or the length of its reply in bytes. */
export interface Answered {
  readonly command: string;
  /** Its first key; '' where it has none. */
  readonly key: string;
  readonly value: number;
}

/** The largest values, one for each command and key. */
export class Largest {
  private readonly capacity: number;
  private readonly kept: Answered[] = [];
  /** What is not above it cannot be among them. */
  private floor = -1;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(command: string, key: string, value: number): void {
    if (value <= this.floor) return;
    const { kept } = this;
    const same = kept.findIndex((k) => k.key === key && k.command === command);
    if (same >= 0 && kept[same].value >= value) return;
    let at = same;
    if (at < 0 && kept.length >= this.capacity) {
      at = 0;
      for (let i = 1; i < kept.length; i++) if (kept[i].value < kept[at].value) at = i;
    }
    if (at < 0) kept.push({ command, key, value });
    else kept[at] = { command, key, value };
    if (kept.length >= this.capacity) this.floor = Math.min(...kept.map((k) => k.value));
  }

  list(): readonly Answered[] {
    return this.kept;
  }
}
