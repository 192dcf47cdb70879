/**
 * Timers of one kind whose times shrink while memory or the like is short: towards `min_timeout`, or a share of themselves, as far as the
 * action reduce_timeouts goes. Those that run are set anew when it changes. Role of ScaledRangeTimerManagerImpl
 * (source/common/event/scaled_range_timer_manager_impl.cc). Loaded for configs that have the action.
 */
import { turnMs } from '../platform/clock.ts';
import { Timer } from './timers.ts';

/** What runs, linked without memory of its own. */
export interface Scaled {
  before: Scaled | null;
  after: Scaled | null;
  linked: boolean;
  /** `of` says something else now. */
  rescale(): void;
}

/** A stream, as reset_high_memory_stream sees it. */
export interface HoldingStream extends Scaled {
  /** Bytes held for its peers. */
  readonly heldBytes: number;
  /** It is given up, with all of them. */
  resetForOverload(): void;
}

export class ScaledTimers<S extends Scaled = Scaled> {
  private first: S | null = null;
  private readonly minMs: number;
  private readonly minShare: number;
  /** How much of the time above the least is left, 0 to 1. */
  private left = 1;

  /** Either ms, or a share of the time itself, 0 to 1; -1 for the other one. */
  constructor(minMs: number, minShare: number) {
    this.minMs = minMs;
    this.minShare = minShare;
  }

  /** What `ms` means now. */
  of(ms: number): number {
    if (this.left === 1) return ms;
    const least = Math.min(ms, this.minMs >= 0 ? this.minMs : ms * this.minShare);
    return Math.round(least + (ms - least) * this.left);
  }

  /** How far the action goes, 0 to 1. */
  reduce(share: number): void {
    this.left = 1 - share;
    for (const s of this.all()) s.rescale();
  }

  /** What runs, the latest first. */
  all(): S[] {
    const all: S[] = [];
    for (let s = this.first; s !== null; s = s.after as S | null) all.push(s);
    return all;
  }

  add(s: S): void {
    if (s.linked) return;
    s.linked = true;
    s.before = null;
    s.after = this.first;
    if (this.first !== null) this.first.before = s;
    this.first = s;
  }

  remove(s: S): void {
    if (!s.linked) return;
    s.linked = false;
    if (s.before !== null) s.before.after = s.after;
    else this.first = s.after as S | null;
    if (s.after !== null) s.after.before = s.before;
    s.before = null;
    s.after = null;
  }
}

export class ScaledTimer extends Timer implements Scaled {
  before: Scaled | null = null;
  after: Scaled | null = null;
  linked = false;
  private readonly kind: ScaledTimers;
  private ms = 0;
  private since = 0;

  constructor(kind: ScaledTimers, fire: () => void) {
    super(fire);
    this.kind = kind;
  }

  override arm(ms: number): void {
    this.ms = ms;
    this.since = turnMs();
    this.kind.add(this);
    super.arm(this.kind.of(ms));
  }

  override cancel(): void {
    this.kind.remove(this);
    super.cancel();
  }

  override expire(): void {
    this.kind.remove(this);
    super.expire();
  }

  rescale(): void {
    super.arm(Math.max(0, this.since + this.kind.of(this.ms) - turnMs()));
  }
}
