/**
 * Serialises frames into shared slabs and hands them to the transport, and counts the frames a peer that does not read makes us
 * hold (Envoy's max_outbound_frames and max_outbound_control_frames).
 *
 * Consecutive frames of one connection lie side by side in the slab, so what a turn of the event loop wrote leaves as one buffer
 * where the transport offers `beforeFlush`, and as one small buffer per frame where it does not.
 */
import { writeBody } from '../body-output.ts';
import type { Headers } from '../headers.ts';
import type { CodecOutput } from '../http.ts';
import {
  FLAG_ACK,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FRAME_CONTINUATION,
  FRAME_DATA,
  FRAME_GOAWAY,
  FRAME_HEADER_BYTES,
  FRAME_HEADERS,
  FRAME_PING,
  FRAME_RST_STREAM,
  FRAME_SETTINGS,
  FRAME_WINDOW_UPDATE,
} from './constants.ts';
import type { HpackEncoder } from './hpack-encoder.ts';

/** Slab size: a turn's worth of frames of a busy proxy, and what one slow reader can pin. */
const SLAB_BYTES = 32 * 1024;
/** Room a HEADERS frame begins with; a larger block moves to a buffer of its own. */
const HEADERS_ROOM = 1024;
/** Payloads up to this size are copied beside their frame header; larger ones are passed on as they are. */
const COPY_LIMIT = 2048;
/** Marks of what was queued when, for counting the frames still held. */
const MARKS = 64;

let slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
let slabAt = 0;

export class FrameWriter {
  private readonly out: CodecOutput;
  private readonly hpack: HpackEncoder;
  /** The part of `region` written and not yet given to `out`. */
  private region: Buffer;
  private start: number;
  private end: number;
  private scheduled: boolean;
  private readonly maxFrames: number;
  private readonly maxControlFrames: number;
  /** The peer's SETTINGS_MAX_FRAME_SIZE. */
  maxFrameSize: number;
  /** Frames and bytes given to the output since it was last seen empty; marks say how many frames lay before which byte. */
  private frames: number;
  private controlFrames: number;
  private bytes: number;
  private readonly markBytes: number[];
  private readonly markFrames: number[];
  private readonly markControl: number[];
  private markCount: number;
  private readonly markEvery: number;
  private readonly markEveryControl: number;
  private lastMarkFrames: number;
  private lastMarkControl: number;

  constructor(out: CodecOutput, hpack: HpackEncoder, maxFrames: number, maxControlFrames: number) {
    this.out = out;
    this.hpack = hpack;
    this.region = slab;
    this.start = 0;
    this.end = 0;
    this.scheduled = false;
    this.maxFrames = maxFrames;
    this.maxControlFrames = maxControlFrames;
    this.maxFrameSize = 16384;
    this.frames = 0;
    this.controlFrames = 0;
    this.bytes = 0;
    this.markBytes = [];
    this.markFrames = [];
    this.markControl = [];
    this.markCount = 0;
    this.markEvery = Math.max(1, Math.ceil(maxFrames / (MARKS / 2)));
    this.markEveryControl = Math.max(1, Math.ceil(maxControlFrames / (MARKS / 2)));
    this.lastMarkFrames = 0;
    this.lastMarkControl = 0;
  }

  /** Hand over what has been gathered. Called by the transport before it writes, and before anything that must follow. */
  flush(): void {
    this.scheduled = false;
    if (this.end > this.start) {
      const piece = this.region.subarray(this.start, this.end);
      this.start = this.end;
      this.out.write(piece);
    }
  }

  /** Bytes written and not yet with the kernel. */
  get bufferedBytes(): number {
    return this.out.bufferedBytes + this.end - this.start;
  }

  // --- frames ------------------------------------------------------------------------------------------------------

  /** Returns the bytes of the frames. */
  headers(streamId: number, headers: Headers, trailers: boolean, endStream: boolean): number {
    const at = this.reserve(HEADERS_ROOM);
    const first = at + FRAME_HEADER_BYTES;
    const end = this.hpack.encode(headers, trailers, slab, first);
    const flags = endStream ? FLAG_END_STREAM : 0;
    const length = end - first;
    const buf = this.hpack.buf;
    if (buf === slab && length <= this.maxFrameSize) {
      frameHeader(slab, at, length, FRAME_HEADERS, flags | FLAG_END_HEADERS, streamId);
      this.commit(end, 0);
      return FRAME_HEADER_BYTES + length;
    }
    return this.largeBlock(buf, first, end, flags, streamId);
  }

  /** A block too large for the slab or for one frame: HEADERS and CONTINUATION frames in a buffer of their own. */
  private largeBlock(buf: Buffer, start: number, end: number, flags: number, streamId: number): number {
    this.flush();
    const max = this.maxFrameSize;
    const count = Math.ceil((end - start) / max);
    const whole = Buffer.allocUnsafe(end - start + count * FRAME_HEADER_BYTES);
    let to = 0;
    for (let from = start; from < end; from += max) {
      const n = Math.min(max, end - from);
      const type = from === start ? FRAME_HEADERS : FRAME_CONTINUATION;
      const f = (from === start ? flags : 0) | (from + n === end ? FLAG_END_HEADERS : 0);
      frameHeader(whole, to, n, type, f, streamId);
      to += FRAME_HEADER_BYTES;
      buf.copy(whole, to, from, from + n);
      to += n;
    }
    this.out.write(whole);
    this.count(whole.length, count, 0);
    return whole.length;
  }

  /** One DATA frame; `data` is not longer than the peer's maximum. */
  data(streamId: number, data: Buffer, endStream: boolean): void {
    const n = data.length;
    const flags = endStream ? FLAG_END_STREAM : 0;
    if (n <= COPY_LIMIT) {
      const at = this.reserve(FRAME_HEADER_BYTES + n);
      frameHeader(slab, at, n, FRAME_DATA, flags, streamId);
      if (n > 0) slab.set(data, at + FRAME_HEADER_BYTES);
      this.commit(at + FRAME_HEADER_BYTES + n, 0);
      return;
    }
    const at = this.reserve(FRAME_HEADER_BYTES);
    frameHeader(slab, at, n, FRAME_DATA, flags, streamId);
    this.end = slabAt = at + FRAME_HEADER_BYTES;
    this.flush();
    writeBody(this.out, data, n);
    this.count(FRAME_HEADER_BYTES + n, 1, 0);
  }

  rstStream(streamId: number, code: number): void {
    const at = this.reserve(FRAME_HEADER_BYTES + 4);
    frameHeader(slab, at, 4, FRAME_RST_STREAM, 0, streamId);
    uint32(slab, at + 9, code);
    this.commit(at + 13, 1);
  }

  windowUpdate(streamId: number, increment: number): void {
    const at = this.reserve(FRAME_HEADER_BYTES + 4);
    frameHeader(slab, at, 4, FRAME_WINDOW_UPDATE, 0, streamId);
    uint32(slab, at + 9, increment);
    this.commit(at + 13, 0);
  }

  settingsAck(): void {
    const at = this.reserve(FRAME_HEADER_BYTES);
    frameHeader(slab, at, 0, FRAME_SETTINGS, FLAG_ACK, 0);
    this.commit(at + 9, 1);
  }

  /** `settings`: identifier, value, identifier, value … */
  settings(settings: number[]): void {
    const n = settings.length * 3;
    let at = this.reserve(FRAME_HEADER_BYTES + n);
    frameHeader(slab, at, n, FRAME_SETTINGS, 0, 0);
    at += 9;
    for (let i = 0; i < settings.length; i += 2) {
      slab[at] = settings[i] >>> 8;
      slab[at + 1] = settings[i];
      uint32(slab, at + 2, settings[i + 1]);
      at += 6;
    }
    this.commit(at, 0);
  }

  /** `from` at `pos` holds the 8 opaque bytes. */
  ping(ack: boolean, from: Uint8Array, pos: number): void {
    const at = this.reserve(FRAME_HEADER_BYTES + 8);
    frameHeader(slab, at, 8, FRAME_PING, ack ? FLAG_ACK : 0, 0);
    for (let i = 0; i < 8; i++) slab[at + 9 + i] = from[pos + i];
    this.commit(at + 17, ack ? 1 : 0);
  }

  goAway(lastStreamId: number, code: number): void {
    const at = this.reserve(FRAME_HEADER_BYTES + 8);
    frameHeader(slab, at, 8, FRAME_GOAWAY, 0, 0);
    uint32(slab, at + 9, lastStreamId);
    uint32(slab, at + 13, code);
    this.commit(at + 17, 0);
  }

  /** Bytes as they are: the client's preface. */
  raw(bytes: Buffer): void {
    const at = this.reserve(bytes.length);
    slab.set(bytes, at);
    this.commit(at + bytes.length, 0);
  }

  // --- floods ------------------------------------------------------------------------------------------------------

  /** 0: within the limits; 1: too many frames held; 2: too many control frames held. */
  overLimit(): 0 | 1 | 2 {
    if (this.frames <= this.maxFrames && this.controlFrames <= this.maxControlFrames) return 0;
    this.settle();
    if (this.frames > this.maxFrames) return 1;
    return this.controlFrames > this.maxControlFrames ? 2 : 0;
  }

  /** Forget the frames the kernel has taken. */
  private settle(): void {
    const held = this.bufferedBytes;
    if (held === 0) {
      this.frames = 0;
      this.controlFrames = 0;
      this.bytes = 0;
      this.markCount = 0;
      this.lastMarkFrames = 0;
      this.lastMarkControl = 0;
      return;
    }
    const gone = this.bytes - held;
    let drop = 0;
    while (drop < this.markCount && this.markBytes[drop] <= gone) drop++;
    if (drop === 0) return;
    const bytes = this.markBytes[drop - 1];
    const frames = this.markFrames[drop - 1];
    const control = this.markControl[drop - 1];
    for (let i = drop; i < this.markCount; i++) {
      this.markBytes[i - drop] = this.markBytes[i] - bytes;
      this.markFrames[i - drop] = this.markFrames[i] - frames;
      this.markControl[i - drop] = this.markControl[i] - control;
    }
    this.markCount -= drop;
    this.bytes -= bytes;
    this.frames -= frames;
    this.controlFrames -= control;
    this.lastMarkFrames -= frames;
    this.lastMarkControl -= control;
  }

  private count(bytes: number, frames: number, control: number): void {
    this.bytes += bytes;
    this.frames += frames;
    this.controlFrames += control;
    if (
      this.frames - this.lastMarkFrames >= this.markEvery ||
      this.controlFrames - this.lastMarkControl >= this.markEveryControl
    ) {
      this.mark();
    }
  }

  private mark(): void {
    // Either nothing is held (the usual case), or the oldest marks are behind us, or the limit is near and marks may be coarse.
    this.settle();
    if (this.frames === 0) return;
    if (this.markCount === MARKS) return;
    const i = this.markCount++;
    this.markBytes[i] = this.bytes;
    this.markFrames[i] = this.frames;
    this.markControl[i] = this.controlFrames;
    this.lastMarkFrames = this.frames;
    this.lastMarkControl = this.controlFrames;
  }

  // --- slab --------------------------------------------------------------------------------------------------------

  /** Position in the slab where `n` bytes can be written. Nothing else may be written until `commit`. */
  private reserve(n: number): number {
    if (slab.length - slabAt < n) {
      this.flush();
      slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, n));
      slabAt = 0;
    } else if (this.end === slabAt && this.region === slab) {
      return slabAt;
    } else {
      this.flush();
    }
    this.region = slab;
    this.start = this.end = slabAt;
    return slabAt;
  }

  private commit(end: number, control: number): void {
    const n = end - slabAt;
    this.end = slabAt = end;
    this.count(n, 1, control);
    const out = this.out;
    if (out.beforeFlush === undefined) {
      this.flush();
    } else if (!this.scheduled) {
      this.scheduled = true;
      out.beforeFlush(this);
    }
  }
}

function frameHeader(buf: Buffer, at: number, length: number, type: number, flags: number, streamId: number): void {
  buf[at] = length >>> 16;
  buf[at + 1] = length >>> 8;
  buf[at + 2] = length;
  buf[at + 3] = type;
  buf[at + 4] = flags;
  buf[at + 5] = streamId >>> 24;
  buf[at + 6] = streamId >>> 16;
  buf[at + 7] = streamId >>> 8;
  buf[at + 8] = streamId;
}

function uint32(buf: Buffer, at: number, n: number): void {
  buf[at] = n >>> 24;
  buf[at + 1] = n >>> 16;
  buf[at + 2] = n >>> 8;
  buf[at + 3] = n;
}
