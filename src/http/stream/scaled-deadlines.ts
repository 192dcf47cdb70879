/** Deadlines of a stream whose idle timeout reduce_timeouts shortens, and that reset_high_memory_stream may reset. Loaded for configs with one of them. */
import { turnMs } from '../../platform/clock.ts';
import type { HoldingStream, ScaledTimers } from '../../transport/scaled-timers.ts';
import { at, type DeadlineOwner, Deadlines } from './deadlines.ts';
import type { StreamSettings } from './stream-settings.ts';

export interface HoldingOwner extends DeadlineOwner {
  readonly heldBytes: number;
  resetForOverload(): void;
}

export class ScaledDeadlines extends Deadlines implements HoldingStream {
  before: HoldingStream | null = null;
  after: HoldingStream | null = null;
  linked = false;
  private readonly streams: ScaledTimers<HoldingStream>;
  private readonly holder: HoldingOwner;
  /** ms, as configured; `idleMs` is what it means now. */
  private wholeMs: number;
  private touched: number;

  constructor(streams: ScaledTimers<HoldingStream>, owner: HoldingOwner, cfg: StreamSettings, now: number) {
    super(owner, cfg, now);
    this.streams = streams;
    this.holder = owner;
    this.wholeMs = cfg.streamIdleTimeoutMs;
    this.touched = now;
    streams.add(this);
    this.rescale();
  }

  override touch(): void {
    this.touched = turnMs();
    super.touch();
  }

  override setIdle(ms: number): void {
    this.wholeMs = ms;
    this.touched = turnMs();
    super.setIdle(this.scaled(ms));
  }

  /** 0 would mean none. */
  private scaled(ms: number): number {
    return ms > 0 ? Math.max(1, this.streams.of(ms)) : ms;
  }

  rescale(): void {
    this.idleMs = this.scaled(this.wholeMs);
    this.idleAt = at(this.touched, this.idleMs);
    this.start(turnMs());
  }

  /** The stream is over. */
  override cancel(): void {
    this.streams.remove(this);
    super.cancel();
  }

  get heldBytes(): number {
    return this.holder.heldBytes;
  }
  resetForOverload(): void {
    this.holder.resetForOverload();
  }
}
