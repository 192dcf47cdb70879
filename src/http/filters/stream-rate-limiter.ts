/**
 * Lets a message through at so many bytes a second: what comes is held and leaves in slices of 50 ms. Mirrors
 * source/extensions/filters/http/common/stream_rate_limiter.cc.
 */
import { turnMs } from '../../platform/clock.ts';
import { own } from '../../platform/lent.ts';
import { Timer } from '../../transport/timers.ts';
import type { StreamFilter } from '../stream/filter.ts';

/** Envoy's default; bandwidth_limit sets its own. */
export const DEFAULT_FILL_INTERVAL_MS = 50;

/** Slices of bytes that may leave; several limiters may share one. */
export class SliceBucket {
  readonly intervalMs: number;
  readonly bytesPerSlice: number;
  private readonly max: number;
  private tokens: number;
  private filledMs: number;

  /** `kbps`: KiB a second. `initial`: slices that may leave at once. */
  constructor(kbps: number, intervalMs: number, initial: number) {
    const slices = Math.max(1, Math.floor(1000 / intervalMs));
    this.intervalMs = intervalMs;
    this.bytesPerSlice = Math.max(1, Math.floor((kbps * 1024) / slices));
    this.max = slices;
    this.tokens = Math.min(initial, slices);
    this.filledMs = turnMs();
  }

  take(wanted: number): number {
    const now = turnMs();
    this.tokens = Math.min(this.max, this.tokens + (now - this.filledMs) / this.intervalMs);
    this.filledMs = now;
    const taken = Math.min(wanted, Math.floor(this.tokens));
    this.tokens -= taken;
    return taken;
  }

  /** ms until the next slice. */
  get waitMs(): number {
    return this.tokens >= 1 ? 0 : (1 - this.tokens) * this.intervalMs;
  }
}

export interface LimiterOwner {
  /** Bytes for those behind. */
  write(data: Buffer, end: boolean): void;
  /** Everything has left, and trailers wait. */
  goOn(): void;
  /** More than `highMark` is held; the sender must wait until half of it is gone. */
  pause(paused: boolean): void;
}

/** What leaves goes on behind the filter, in one direction. */
export function onward(f: StreamFilter, decode: boolean): LimiterOwner {
  const { stream } = f;
  return {
    write(data, end) {
      if (decode) stream.injectDecoded(f, data, end);
      else stream.injectEncoded(f, data, end);
    },
    goOn() {
      if (decode) stream.continueDecoding(f);
      else stream.continueEncoding(f);
    },
    pause: (paused) => stream.pauseSender(decode, paused),
  };
}

const NOTHING = Buffer.alloc(0);

export class StreamRateLimiter {
  private readonly bucket: SliceBucket;
  private readonly owner: LimiterOwner;
  /** Bytes; 0: no limit. */
  private readonly highMark: number;
  private readonly timer: Timer;
  private held: Buffer[] = [];
  private bytes = 0;
  private ended = false;
  private trailers = false;
  private paused = false;
  /** Nothing is to be written any more. */
  private over = false;

  constructor(bucket: SliceBucket, highMark: number, owner: LimiterOwner) {
    this.bucket = bucket;
    this.owner = owner;
    this.highMark = highMark;
    this.timer = new Timer(() => this.onTimer());
  }

  /** Bytes that wait. */
  get waiting(): number {
    return this.bytes;
  }

  push(data: Buffer, end: boolean): void {
    if (data.length > 0) this.held.push(own(data, 0, data.length));
    this.bytes += data.length;
    this.ended = end;
    if (!this.paused && this.highMark > 0 && this.bytes > this.highMark) this.setPaused(true);
    if (!this.timer.armed) this.timer.arm(0);
  }

  /** True: they wait for what is held. */
  onTrailers(): boolean {
    this.ended = true;
    this.trailers = true;
    return this.bytes > 0 || this.timer.armed;
  }

  stop(): void {
    this.over = true;
    this.timer.cancel();
    this.held = [];
    this.bytes = 0;
    if (this.paused) this.setPaused(false);
  }

  private onTimer(): void {
    const { bucket } = this;
    const slices = bucket.take(Math.ceil(this.bytes / bucket.bytesPerSlice));
    const data = this.cut(Math.min(slices * bucket.bytesPerSlice, this.bytes));
    if (this.bytes > 0) this.timer.arm(bucket.waitMs || bucket.intervalMs);
    if (this.paused && this.bytes <= this.highMark >>> 1) this.setPaused(false);
    const last = this.ended && this.bytes === 0;
    if (data.length > 0 || (last && !this.trailers)) this.owner.write(data, last && !this.trailers);
    if (last && this.trailers && !this.over) this.owner.goOn();
  }

  private cut(n: number): Buffer {
    if (n === 0) return NOTHING;
    this.bytes -= n;
    const out: Buffer[] = [];
    while (n > 0) {
      const first = this.held[0];
      if (first.length <= n) {
        out.push(first);
        this.held.shift();
      } else {
        out.push(first.subarray(0, n));
        this.held[0] = first.subarray(n);
      }
      n -= Math.min(n, first.length);
    }
    return out.length === 1 ? out[0] : Buffer.concat(out);
  }

  private setPaused(paused: boolean): void {
    this.paused = paused;
    this.owner.pause(paused);
  }
}
