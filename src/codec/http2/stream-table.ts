/**
 * The open streams of a connection by id. Not a Map: V8 gives a Map with many insertions and deletions a new table now and then, and the
 * old one keeps its entries and points to the new one. Once such a table has grown old, every stream after it survives minor
 * collections until a major one comes: 20 % of the CPU under HTTP/2 load went into copying dead streams.
 *
 * Open addressing with linear probing. Ids of one side rise by two, so a slot is nearly always free at once.
 */
import type { Http2Stream } from './stream.ts';

const FIRST_SLOTS = 16;

export class StreamTable {
  private slots: (Http2Stream | null)[];
  private mask: number;
  private count: number;

  constructor() {
    this.slots = new Array<Http2Stream | null>(FIRST_SLOTS).fill(null);
    this.mask = FIRST_SLOTS - 1;
    this.count = 0;
  }

  get size(): number {
    return this.count;
  }

  get(id: number): Http2Stream | undefined {
    const { slots, mask } = this;
    for (let i = (id >>> 1) & mask; ; i = (i + 1) & mask) {
      const s = slots[i];
      if (s === null) return undefined;
      if (s.id === id) return s;
    }
  }

  /** The id must not be in the table. */
  add(stream: Http2Stream): void {
    // At least half of the slots stay free.
    if (this.count * 2 >= this.slots.length) this.grow();
    this.put(stream);
    this.count++;
  }

  private put(stream: Http2Stream): void {
    const { slots, mask } = this;
    let i = (stream.id >>> 1) & mask;
    while (slots[i] !== null) i = (i + 1) & mask;
    slots[i] = stream;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Array<Http2Stream | null>(old.length * 2).fill(null);
    this.mask = this.slots.length - 1;
    for (let i = 0; i < old.length; i++) {
      const s = old[i];
      if (s === null) continue;
      this.put(s);
      old[i] = null;
    }
  }

  delete(id: number): void {
    const { slots, mask } = this;
    let hole = (id >>> 1) & mask;
    for (; ; hole = (hole + 1) & mask) {
      const s = slots[hole];
      if (s === null) return;
      if (s.id === id) break;
    }
    this.count--;
    // What follows without a gap moves up where the hole lies between its first place and where it is.
    for (let i = (hole + 1) & mask; ; i = (i + 1) & mask) {
      const s = slots[i];
      if (s === null) break;
      const home = (s.id >>> 1) & mask;
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = s;
        hole = i;
      }
    }
    slots[hole] = null;
  }

  /** A copy, by rising id: the table may change while it is walked. */
  list(): Http2Stream[] {
    const all: Http2Stream[] = [];
    for (const s of this.slots) if (s !== null) all.push(s);
    return all.sort((a, b) => a.id - b.id);
  }

  clear(): void {
    this.slots.fill(null);
    this.count = 0;
  }
}
