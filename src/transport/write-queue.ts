/**
 * What a connection has been given to write and not handed to its wire yet: text, buffers, and single bytes gathered in a block. All of a
 * turn leaves in one system call.
 */
import type { Latin1Buffer } from '../platform/latin1.ts';
import { copyBytes, copyOf, LENT_BYTES, lasting, own } from '../platform/lent.ts';
import { shorten } from '../platform/shorten.ts';
import type { Wire } from './wire.ts';
import { JOIN_LIMIT, MAX_KEPT, scratchFor } from './write-scratch.ts';

/** Size of the blocks in which small pieces of lent chunks are gathered. */
const BLOCK_BYTES = 16 * 1024;
/** Blocks that wait to be used again; a connection has one only while it has something to write. */
const MAX_SPARE = 16;
const spareBlocks: Buffer[] = [];

export class WriteQueue {
  private pieces: (Buffer | string)[];
  private block: Buffer | null;
  /** Bytes of the block in use, and of those the ones that are among the pieces; the others are behind all pieces. */
  private blockUsed: number;
  private blockSealed: number;
  /** Some pieces are lent in bulk. */
  lent: boolean;

  constructor() {
    this.pieces = [];
    this.block = null;
    this.blockUsed = 0;
    this.blockSealed = 0;
    this.lent = false;
  }

  /** The buffer is the queue's. */
  push(data: Buffer): void {
    this.seal();
    this.pieces.push(data);
  }

  pushLatin1(text: string): void {
    this.seal();
    const pieces = this.pieces;
    const last = pieces.length - 1;
    if (last >= 0 && typeof pieces[last] === 'string') pieces[last] += text;
    else pieces.push(text);
  }

  /** `buf[from, to)` of a chunk that may be lent. */
  pushBytes(buf: Buffer, from: number, to: number): void {
    const n = to - from;
    if (n > LENT_BYTES) {
      this.push(own(buf, from, to));
      return;
    }
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

  /** Everything is among the pieces: the next goes behind it. */
  private seal(): void {
    if (this.blockUsed === this.blockSealed) return;
    this.pieces.push(this.block!.subarray(this.blockSealed, this.blockUsed));
    this.blockSealed = this.blockUsed;
  }

  /** Hand all `n` bytes to the wire. True when the kernel took them at once. */
  send(wire: Wire, n: number): boolean {
    const pieces = this.pieces;
    const block = this.block;
    // Long pieces go as they are: a copy costs more than a view that is made for one write.
    if (block !== null && (n > JOIN_LIMIT || (n > MAX_KEPT && pieces.length === 0))) this.seal();
    if (
      n > JOIN_LIMIT ||
      (pieces.length === 1 && this.blockUsed === this.blockSealed && typeof pieces[0] !== 'string')
    ) {
      const taken = this.sendPieces(wire);
      this.leaveBlock(taken || wire.copiesWrites === true);
      return taken;
    }
    const scratch = scratchFor(n);
    this.join(scratch.buffer);
    this.leaveBlock(true);
    if (wire.keepsWrites) return wire.writeBuffer(Buffer.from(scratch.buffer.subarray(0, n)));
    if (wire.writeBuffer(scratch.view(n))) return true;
    if (wire.copiesWrites !== true) scratch.abandon();
    return false;
  }

  /** A piece of a chunk that is lent in bulk: `sendNow` or `keepLent` has to follow within the loan. */
  pushLent(piece: Buffer): void {
    this.seal();
    this.pieces.push(piece);
    this.lent = true;
  }

  /** Nothing that is queued is lent any more. */
  keepLent(): void {
    if (!this.lent) return;
    this.lent = false;
    const { pieces } = this;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i];
      if (typeof piece !== 'string') pieces[i] = lasting(piece);
    }
  }

  /** The wire takes what it can of all `n` bytes at once, and is done with it; the rest stays queued. Returns how many it took. */
  sendNow(wire: Wire, n: number): number {
    this.seal();
    const chunks = this.chunks();
    const taken = (wire.writeSome as NonNullable<Wire['writeSome']>)(chunks);
    const { pieces } = this;
    shorten(pieces, 0);
    this.lent = false;
    if (taken < n) {
      let skip = taken;
      for (const chunk of chunks) {
        // The joined ones stand in the scratch, lent ones where the next read lands, small ones in the block.
        if (skip < chunk.length) pieces.push(copyOf(chunk, skip, chunk.length));
        skip = Math.max(0, skip - chunk.length);
      }
    }
    this.leaveBlock(true);
    return taken;
  }

  /** All pieces as buffers. Text is put into the scratch. */
  private chunks(): Buffer[] {
    const { pieces } = this;
    let text = 0;
    for (const piece of pieces) if (typeof piece === 'string') text += piece.length;
    if (text === 0) return pieces.slice() as Buffer[];
    const scratch = text <= JOIN_LIMIT ? scratchFor(text).buffer : (Buffer.allocUnsafe(text) as Latin1Buffer);
    let at = 0;
    return pieces.map((piece) => {
      if (typeof piece !== 'string') return piece;
      scratch.latin1Write(piece, at, piece.length);
      at += piece.length;
      return scratch.subarray(at - piece.length, at);
    });
  }

  /** Moves everything to the beginning of `target`. */
  private join(target: Latin1Buffer): void {
    const pieces = this.pieces;
    let at = 0;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i];
      if (typeof piece === 'string') target.latin1Write(piece, at, piece.length);
      else target.set(piece, at);
      at += piece.length;
    }
    if (this.blockUsed !== this.blockSealed) copyBytes(this.block!, this.blockSealed, this.blockUsed, target, at);
    shorten(pieces, 0);
  }

  private sendPieces(wire: Wire): boolean {
    const pieces = this.pieces;
    if (pieces.length === 1) return wire.writeBuffer(asBuffer(pieces.pop()!));
    this.pieces = [];
    return wire.writeMany(pieces.map(asBuffer));
  }

  /** `free`: nobody reads from the block any more. */
  private leaveBlock(free: boolean): void {
    const block = this.block;
    if (block === null) return;
    if (free && spareBlocks.length < MAX_SPARE) spareBlocks.push(block);
    this.block = null;
    this.blockUsed = 0;
    this.blockSealed = 0;
  }

  clear(): void {
    this.pieces = [];
    this.lent = false;
    this.leaveBlock(false);
  }
}

const asBuffer = (piece: Buffer | string): Buffer => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
