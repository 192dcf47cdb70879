/**
 * Small reads are lent: the same memory receives the next read, so nothing is allocated or copied for what is only looked at.
 * The rule that everybody who takes chunks goes by: a chunk of up to LENT_BYTES is valid during the call, what is kept of it is
 * `own()`ed; a longer one belongs to the receiver. Who asks for it (Connection.takesBulk) is lent those of BULK_BYTES and more as
 * well: what comes in bulk is mostly handed to the kernel again before the call is over, and is then not copied at all. `lasting()` is
 * for those who keep data of which they do not know where it came from.
 */
import { shorten } from './shorten.ts';

/** Bytes of the longest chunk that may be lent: most requests and answers. */
export const LENT_BYTES = 1024;

/** Bytes of the shortest read that is lent because it is long. */
export const BULK_BYTES: number = 16 * 1024;

/** Where reads land. An answer of 64 KiB with its head fits: another read for its last bytes costs more than the memory. */
export const landing: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(128 * 1024);
const landingMemory = landing.buffer;

/** For tests (`ENVOYLET_SPOIL_LENT=1`): who keeps a lent chunk finds it overwritten. */
export const spoilLent: boolean = process.env.ENVOYLET_SPOIL_LENT === '1';

/** Who has kept pieces of a long chunk that is lent, for as long as the call lasts. */
export interface LoanHolder {
  /** The memory is about to be used again: what is still wanted of it has to be copied now. */
  loanEnds(): void;
}

class Loan {
  active: boolean;
  readonly holders: LoanHolder[];
  /** Memory of blocks that is lent with it. */
  readonly blocks: ArrayBufferLike[];
  constructor() {
    this.active = false;
    this.holders = [];
    this.blocks = [];
  }
}
const loan = new Loan();

/** A long chunk is lent to whom is called next. */
export function beginLoan(): void {
  loan.active = true;
}

/** The call is over. */
export function endLoan(): void {
  const { holders } = loan;
  for (let i = 0; i < holders.length; i++) holders[i].loanEnds();
  shorten(holders, 0);
  loan.active = false;
  if (loan.blocks.length > 0) blocksAreBack();
}

// --- blocks: what is kept of one loan until another brings the rest -----------------------------------------------------

export const BLOCK_BYTES: number = 64 * 1024;
const MAX_SPARE_BLOCKS = 8;
const spareBlocks: Buffer[] = [];
const blockOf = new WeakMap<ArrayBufferLike, Buffer>();

/** Memory of BLOCK_BYTES to keep such bytes in. */
export function takeBlock(): Buffer {
  const spare = spareBlocks.pop();
  if (spare !== undefined) return spare;
  const made = allocate(BLOCK_BYTES);
  blockOf.set(made.buffer, made);
  return made;
}

/** Whose memory is a block is lent with the chunk at hand, and serves again when its loan ends. Without a loan it belongs to the receiver. */
export function lendAgain(pieces: readonly Buffer[]): void {
  if (!loan.active) return;
  for (const { buffer } of pieces) if (blockOf.has(buffer) && !loan.blocks.includes(buffer)) loan.blocks.push(buffer);
}

function blocksAreBack(): void {
  for (const memory of loan.blocks) {
    const block = blockOf.get(memory)!;
    if (spoilLent) block.fill('!');
    if (spareBlocks.length < MAX_SPARE_BLOCKS) spareBlocks.push(block);
  }
  shorten(loan.blocks, 0);
}

/** `holder` keeps pieces until it is told that the loan ends; once a loan. */
export function holdLoan(holder: LoanHolder): void {
  loan.holders.push(holder);
}

/** Copies up to this size share slabs; larger ones get memory of their own, so that a slab is not wasted on its end. */
const SLAB_SHARE = 8 * 1024;
const SLAB = 64 * 1024;
let slab = Buffer.alloc(0);
let slabUsed = SLAB;

class CopyCount {
  /** Bytes until it is time to look. */
  left: number;
  every: number;
  look: () => void;
  constructor() {
    this.left = Number.POSITIVE_INFINITY;
    this.every = this.left;
    this.look = () => {};
  }
}
const copied = new CopyCount();

/** `look` is called after every `bytes` of memory taken for copies. One listener. */
export function onCopied(bytes: number, look: () => void): void {
  copied.left = bytes;
  copied.every = bytes;
  copied.look = look;
}

function allocate(n: number): Buffer<ArrayBuffer> {
  copied.left -= n;
  if (copied.left < 0) {
    copied.left = copied.every;
    copied.look();
  }
  return Buffer.allocUnsafeSlow(n);
}

/** `buf[from, to)` to keep: a slice where the memory is ours, else a copy. */
export function own(buf: Buffer, from: number, to: number): Buffer {
  if (buf.length <= LENT_BYTES || isBulkLent(buf)) return copyOf(buf, from, to);
  return from === 0 && to === buf.length ? buf : buf.subarray(from, to);
}

/** A chunk that is lent in bulk, or a piece of one of more than LENT_BYTES. */
export function isBulkLent(buf: Buffer): boolean {
  if (!loan.active || buf.length <= LENT_BYTES) return false;
  return buf.buffer === landingMemory || (loan.blocks.length > 0 && loan.blocks.includes(buf.buffer));
}

/** `data` to keep: a copy where it is lent in bulk. */
export function lasting(data: Buffer): Buffer {
  return isBulkLent(data) ? copyOf(data, 0, data.length) : data;
}

/** A copy of `buf[from, to)` that stays. */
export function copyOf(buf: Buffer, from: number, to: number): Buffer {
  const n = to - from;
  if (n > SLAB_SHARE) {
    const alone = allocate(n);
    buf.copy(alone, 0, from, to);
    return alone;
  }
  if (slabUsed + n > SLAB) {
    slab = allocate(SLAB);
    slabUsed = 0;
  }
  const at = slabUsed;
  slabUsed += n;
  copyBytes(buf, from, to, slab, at);
  return slab.subarray(at, slabUsed);
}

/** Up to here a loop beats the call of `copy`. */
const LOOP_LIMIT = 48;

/** `buf[from, to)` to `target[at …]`, which has room for it. */
export function copyBytes(buf: Buffer, from: number, to: number, target: Buffer, at: number): void {
  if (to - from > LOOP_LIMIT) buf.copy(target, at, from, to);
  else for (let i = from, j = at; i < to; i++, j++) target[j] = buf[i];
}
