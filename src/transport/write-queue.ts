/**
 * What a connection has been given to write and not handed to its wire yet: text, buffers, and single bytes gathered in a block. All of a
 * turn leaves in one system call.
 */
import { copyBytes, LENT_BYTES, own } from '../platform/lent.ts';
import { shorten } from '../platform/shorten.ts';
import type { Wire } from './wire.ts';
import { JOIN_LIMIT, scratchFor } from './write-scratch.ts';

/** Size of the blocks in which small pieces of lent chunks are gathered. */
const BLOCK_BYTES = 16 * 1024;
/** Blocks that wait to be used again; a connection has one only while it has something to write. */
const MAX_SPARE = 16;
const spareBlocks: Buffer[] = [];

export class WriteQueue {
  /** Behind all chunks. */
  private text: string;
  private chunks: Buffer[];
  private block: Buffer | null;
  /** Bytes of the block in use, and of those the ones that are among the chunks. */
  private blockUsed: number;
  private blockSealed: number;

  constructor() {
    this.text = '';
    this.chunks = [];
    this.block = null;
    this.blockUsed = 0;
    this.blockSealed = 0;
  }

  /** The buffer is the queue's. */
  push(data: Buffer): void {
    this.seal();
    this.chunks.push(data);
  }

  pushLatin1(text: string): void {
    if (this.blockUsed !== this.blockSealed) this.seal();
    this.text = this.text === '' ? text : this.text + text;
  }

  /** `buf[from, to)` of a chunk that may be lent. */
  pushBytes(buf: Buffer, from: number, to: number): void {
    const n = to - from;
    if (n > LENT_BYTES) {
      this.push(own(buf, from, to));
      return;
    }
    if (this.text !== '') this.seal();
    let block = this.block;
    if (block === null || this.blockUsed + n > BLOCK_BYTES) {
      this.seal();
      block = spareBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.block = block;
      this.blockUsed = 0;
      this.blockSealed = 0;
    }
    copyBytes(buf, from, to, block, this.blockUsed);
    this.blockUsed += n;
  }

  /** Everything is among the chunks: the next piece goes behind it. */
  private seal(): void {
    if (this.text !== '') {
      this.chunks.push(Buffer.from(this.text, 'latin1'));
      this.text = '';
    }
    if (this.blockUsed !== this.blockSealed) {
      this.chunks.push(this.block!.subarray(this.blockSealed, this.blockUsed));
      this.blockSealed = this.blockUsed;
    }
  }

  /** Hand all `n` bytes to the wire. True when the kernel took them at once. */
  send(wire: Wire, n: number): boolean {
    if (this.block !== null) return this.sendBlock(wire, n);
    return this.sendChunks(wire, n);
  }

  private sendBlock(wire: Wire, n: number): boolean {
    const block = this.block!;
    this.seal();
    this.block = null;
    this.blockUsed = 0;
    this.blockSealed = 0;
    const taken = this.sendChunks(wire, n);
    if (taken && spareBlocks.length < MAX_SPARE) spareBlocks.push(block);
    return taken;
  }

  private sendChunks(wire: Wire, n: number): boolean {
    const chunks = this.chunks;
    const text = this.text;
    this.text = '';
    if (chunks.length === 1 && text === '') {
      const only = chunks[0];
      chunks.pop();
      return wire.writeBuffer(only);
    }
    if (n <= JOIN_LIMIT) {
      const scratch = scratchFor(n);
      const joined = scratch.buffer;
      let at = 0;
      for (let i = 0; i < chunks.length; i++) {
        const c = chunks[i];
        joined.set(c, at);
        at += c.length;
      }
      if (text !== '') joined.latin1Write(text, at, text.length);
      shorten(chunks, 0);
      if (wire.keepsWrites) return wire.writeBuffer(Buffer.from(joined.subarray(0, n)));
      if (wire.writeBuffer(scratch.view(n))) return true;
      scratch.abandon();
      return false;
    }
    if (text !== '') chunks.push(Buffer.from(text, 'latin1'));
    this.chunks = [];
    return wire.writeMany(chunks);
  }

  clear(): void {
    this.text = '';
    this.chunks = [];
    this.block = null;
    this.blockUsed = 0;
    this.blockSealed = 0;
  }
}
