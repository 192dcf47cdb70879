/**
 * Replies that came before their turn, by sequence number: with several hosts, or when an answer given here overtakes
 * one that is still upstream. Empty, and without an array, for a client whose requests all go to one host.
 */
import { heldMemory } from '../platform/held-memory.ts';

const FIRST_CAPACITY = 16;

export class ReplyHold {
  bytes: number;
  count: number;
  private slots: (Buffer | null)[];

  constructor() {
    this.bytes = 0;
    this.count = 0;
    this.slots = NONE;
  }

  /** `head` and `tail`: the window of outstanding numbers, `seq` among them. */
  put(head: number, tail: number, seq: number, reply: Buffer): void {
    const window = (tail - head) | 0;
    if (window > this.slots.length) this.grow(head, window);
    this.slots[seq & (this.slots.length - 1)] = reply;
    this.bytes += reply.length;
    heldMemory.add(reply.length);
    this.count++;
  }

  /** The reply with this number if it is here; it is not any more. */
  take(seq: number): Buffer | null {
    if (this.count === 0) return null;
    const i = seq & (this.slots.length - 1);
    const reply = this.slots[i];
    if (reply === null) return null;
    this.slots[i] = null;
    this.bytes -= reply.length;
    heldMemory.add(-reply.length);
    if (--this.count === 0) this.slots = NONE;
    return reply;
  }

  clear(): void {
    this.slots = NONE;
    heldMemory.add(-this.bytes);
    this.bytes = 0;
    this.count = 0;
  }

  private grow(head: number, window: number): void {
    let capacity = Math.max(FIRST_CAPACITY, this.slots.length);
    while (capacity < window) capacity *= 2;
    const wider: (Buffer | null)[] = new Array(capacity).fill(null);
    const old = this.slots;
    for (let k = 0; k < old.length; k++) {
      const seq = (head + k) | 0;
      wider[seq & (capacity - 1)] = old[seq & (old.length - 1)];
    }
    this.slots = wider;
  }
}

const NONE: (Buffer | null)[] = [];
