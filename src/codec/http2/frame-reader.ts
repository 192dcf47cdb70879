/**
 * Takes an HTTP/2 byte stream apart into frames (RFC 9113 section 4.1), however it is cut. A frame that lies whole in the chunk is
 * parsed where it lies. DATA payload is passed on as it arrives, as slices of the chunk; other frames wait until complete.
 */

import type { CodecError } from '../http.ts';
import {
  FLAG_PADDED,
  FRAME_CONTINUATION,
  FRAME_DATA,
  FRAME_HEADER_BYTES,
  FRAME_SETTINGS,
  FRAME_SIZE_ERROR,
  MAX_FRAME_SIZE,
  PROTOCOL_ERROR,
} from './constants.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);

export abstract class FrameReader {
  /** The first SETTINGS of the peer have been seen. */
  protected sawSettings: boolean;
  /** Stream whose header block is incomplete, 0 for none: nothing else may come in between. */
  protected blockStream: number;
  /** Of the DATA frame being read: payload and padding bytes to come. */
  protected dataLeft: number;
  protected padLeft: number;
  /** A frame header, or a whole frame other than DATA, that is not complete. */
  private carry: Buffer;
  private carried: number;
  private carryNeed: number;

  constructor() {
    this.sawSettings = false;
    this.blockStream = 0;
    this.dataLeft = 0;
    this.padLeft = 0;
    this.carry = NO_BYTES;
    this.carried = 0;
    this.carryNeed = 0;
  }

  /** A complete frame other than DATA. */
  protected abstract frame(buf: Buffer, pos: number, length: number, type: number, flags: number, id: number): void;
  /** The header of a DATA frame (and its pad length) is at `pos`; sets `dataLeft` and `padLeft`. */
  protected abstract dataHeader(buf: Buffer, pos: number, length: number): void;
  /** Payload of that frame, the last part when `dataLeft` is 0. */
  protected abstract dataPart(chunk: Buffer, pos: number, end: number): void;
  /** Ends the connection; the error is thrown here. */
  protected abstract fail(code: number, detail: string): CodecError;

  /** Take frames apart from `pos` on. */
  protected read(chunk: Buffer, pos: number): void {
    const end = chunk.length;
    while (pos < end) {
      if (this.dataLeft > 0) {
        const n = Math.min(this.dataLeft, end - pos);
        this.dataLeft -= n;
        this.dataPart(chunk, pos, pos + n);
        pos += n;
        continue;
      }
      if (this.padLeft > 0) {
        const n = Math.min(this.padLeft, end - pos);
        this.padLeft -= n;
        pos += n;
        continue;
      }
      if (this.carryNeed > 0) {
        pos = this.readCarried(chunk, pos, end);
        continue;
      }
      if (end - pos < FRAME_HEADER_BYTES) {
        this.keep(chunk, pos, end, FRAME_HEADER_BYTES);
        return;
      }
      const length = (chunk[pos] << 16) | (chunk[pos + 1] << 8) | chunk[pos + 2];
      const type = chunk[pos + 3];
      const next = pos + FRAME_HEADER_BYTES + length;
      if (next > end || type === FRAME_DATA) {
        this.checkHeader(length, type, streamIdAt(chunk, pos));
        if (type !== FRAME_DATA) {
          this.keep(chunk, pos, end, FRAME_HEADER_BYTES + length);
          return;
        }
        pos = this.beginData(chunk, pos, end, length);
        continue;
      }
      this.frame(chunk, pos + FRAME_HEADER_BYTES, length, type, chunk[pos + 4], streamIdAt(chunk, pos));
      pos = next;
    }
  }

  private keep(chunk: Buffer, pos: number, end: number, need: number): void {
    if (this.carry.length < need) this.carry = Buffer.allocUnsafeSlow(Math.max(need, 256));
    chunk.copy(this.carry, 0, pos, end);
    this.carried = end - pos;
    this.carryNeed = need;
  }

  private readCarried(chunk: Buffer, pos: number, end: number): number {
    const n = Math.min(this.carryNeed - this.carried, end - pos);
    chunk.copy(this.carry, this.carried, pos, pos + n);
    this.carried += n;
    pos += n;
    if (this.carried < this.carryNeed) return pos;
    const c = this.carry;
    const length = (c[0] << 16) | (c[1] << 8) | c[2];
    const type = c[3];
    if (this.carryNeed === FRAME_HEADER_BYTES) {
      this.checkHeader(length, type, streamIdAt(c, 0));
      // Padding's length byte is part of the header, as far as waiting is concerned.
      const need = type === FRAME_DATA ? ((c[4] & FLAG_PADDED) !== 0 && length > 0 ? 1 : 0) : length;
      if (need > 0) {
        this.carryNeed += need;
        if (c.length < this.carryNeed) {
          this.carry = Buffer.allocUnsafeSlow(this.carryNeed);
          c.copy(this.carry, 0, 0, FRAME_HEADER_BYTES);
        }
        return pos;
      }
    }
    this.carryNeed = 0;
    if (type === FRAME_DATA) this.dataHeader(c, 0, length);
    else this.frame(c, FRAME_HEADER_BYTES, length, type, c[4], streamIdAt(c, 0));
    // A large frame's buffer is not kept for the life of the connection.
    if (this.carry.length > 4096 && this.carryNeed === 0) this.carry = NO_BYTES;
    return pos;
  }

  /** What can be judged before a frame is complete. */
  protected checkHeader(length: number, type: number, id: number): void {
    if (length > MAX_FRAME_SIZE) throw this.fail(FRAME_SIZE_ERROR, 'frame larger than SETTINGS_MAX_FRAME_SIZE');
    if (this.blockStream !== 0 && (type !== FRAME_CONTINUATION || id !== this.blockStream)) {
      throw this.fail(PROTOCOL_ERROR, 'header block interrupted by another frame');
    }
    if (!this.sawSettings && type !== FRAME_SETTINGS) {
      throw this.fail(PROTOCOL_ERROR, 'connection preface without SETTINGS');
    }
  }

  /** A DATA frame's header is in `chunk` at `pos`; returns the position of its first payload byte not taken here. */
  private beginData(chunk: Buffer, pos: number, end: number, length: number): number {
    const padded = (chunk[pos + 4] & FLAG_PADDED) !== 0 && length > 0;
    const head = FRAME_HEADER_BYTES + (padded ? 1 : 0);
    if (end - pos < head) {
      this.keep(chunk, pos, end, head);
      return end;
    }
    this.dataHeader(chunk, pos, length);
    return pos + head;
  }
}

export function uint32At(buf: Buffer, at: number): number {
  return (buf[at] << 24) | (buf[at + 1] << 16) | (buf[at + 2] << 8) | buf[at + 3];
}

/** Of the frame header at `at`; the reserved bit is ignored. */
export function streamIdAt(buf: Buffer, at: number): number {
  return uint32At(buf, at + 5) & 0x7fffffff;
}
