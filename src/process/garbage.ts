/**
 * When memory of reads that nobody uses any more is collected. V8 counts it as external: bulk data makes hardly any objects, so that its own
 * collections come only after some 64 MB of it, and then as full ones, 10 ms each. Looked at every few MiB of reads; a collection of the
 * young objects finds what went through at once (under a ms), a full one only what had waited for a slow reader meanwhile.
 */
import { heldMemory } from '../platform/held-memory.ts';
import { onCopied } from '../platform/lent.ts';

/** Bytes of reads between two looks: 20 µs, and the collection of the young. A quarter of the budget for what is held, within these. */
const LEAST_LOOK_BYTES = 2 * 1024 * 1024;
const MOST_LOOK_BYTES = 8 * 1024 * 1024;
/** Bytes nobody uses from which all is collected, where memory is not limited to less than twice as much. */
const ALL_BYTES = 32 * 1024 * 1024;
/** When less than this share of what nobody uses goes with the young, they are left alone until the next full collection: it has grown old. */
const WORTH_IT = 1 / 4;

export interface Collector {
  /** Bytes of all array buffers, used or not. */
  bufferBytes(): number;
  minor(): void;
  major(): void;
}

export class GarbageWatch {
  /** Bytes of reads after which it wants to look. */
  readonly every: number;
  private readonly collector: Collector;
  private readonly all: number;
  /** The least seen beyond what is held: what the program itself has in buffers. */
  private base: number;
  /** At the look before, when the young were collected; -1: they were not. */
  private before: number;

  constructor(collector: Collector) {
    this.collector = collector;
    const { budget } = heldMemory;
    this.every = Math.min(MOST_LOOK_BYTES, Math.max(LEAST_LOOK_BYTES, budget / 4));
    this.all = Math.min(ALL_BYTES, Math.max(2 * this.every, budget));
    this.base = Number.POSITIVE_INFINITY;
    this.before = 0;
  }

  /** After `every` bytes of reads. */
  look(): void {
    const beyond = this.collector.bufferBytes() - heldMemory.bytes;
    if (beyond < this.base) this.base = beyond;
    const garbage = beyond - this.base;
    if (garbage >= this.all) {
      this.collector.major();
      // What a full collection leaves is in use, whatever it is.
      this.base = Math.max(this.base, this.collector.bufferBytes() - heldMemory.bytes);
      this.before = 0;
    } else if (this.before >= 0) {
      const found = this.before + this.every - garbage;
      if (found < this.before * WORTH_IT) {
        this.before = -1;
      } else {
        this.collector.minor();
        this.before = garbage;
      }
    }
  }
}

/** V8's own, asked for when it is needed first: some ms, and a context that lives no longer than that call. */
export function v8Collector(): Collector {
  let found: ((how: { type: 'minor' | 'major' }) => void) | null = null;
  const collect = (type: 'minor' | 'major'): void => {
    if (found === null) {
      const v8 = process.getBuiltinModule('node:v8');
      v8.setFlagsFromString('--expose-gc');
      found = process.getBuiltinModule('node:vm').runInNewContext('gc') as NonNullable<typeof found>;
      v8.setFlagsFromString('--no-expose-gc');
    }
    found({ type });
  };
  return {
    bufferBytes: () => process.memoryUsage().arrayBuffers,
    minor: () => collect('minor'),
    major: () => collect('major'),
  };
}

/** From now on, for this event loop. */
export function watchGarbage(): void {
  const watch = new GarbageWatch(v8Collector());
  onCopied(watch.every, () => watch.look());
}
