/**
 * Time for the data path: one hashed timer wheel per event loop, driven by a single Node timer that is set only for the
 * next occupied slot, so an idle process does not tick. Arming, re-arming and cancelling are O(1) list operations on
 * the timer object itself; nothing is allocated. Role of Envoy's Event::Timer (source/common/event/timer_impl.h).
 */
import { clockMs, turnMs } from '../platform/clock.ts';

/** Granularity in ms: a timer fires up to one tick late; counted from turnMs(), never early. */
export const TICK_MS = 10;
/** The wheel turns this late, in ms: the process had no time, or one turn of the loop took it. */
const LATE_MS = 2 * TICK_MS;
/** 2^13 slots × 10 ms = 81.92 s a turn; longer timers stay in their slot for several turns. */
const SLOTS = 8192;
const MASK = SLOTS - 1;
/** `tick` of a timer that is about to be fired in this walk. */
const DUE = -2;

/** A restartable one-shot timer. Make one per connection or stream that needs it and keep it. */
export class Timer {
  /** Absolute tick at which it fires; -1 when not armed. */
  tick: number;
  prev: Timer | null;
  next: Timer | null;
  /** Tick of the slot the timer is linked in; later than or equal to no deadline that is due (lazy re-arm). */
  slotTick: number;
  private readonly fire: () => void;

  constructor(fire: () => void) {
    this.tick = -1;
    this.prev = null;
    this.next = null;
    this.slotTick = -1;
    this.fire = fire;
  }

  get armed(): boolean {
    return this.tick >= 0;
  }

  /** (Re)start: fires once, `ms` from this turn of the loop, at the first tick after that. Pushing a deadline later only stores a number. */
  arm(ms: number): void {
    wheel.arm(this, ms);
  }

  /** The same, up to half of `slackMs` sooner or later: timers of the same slack come due together. */
  armAbout(ms: number, slackMs: number): void {
    wheel.armAbout(this, ms, Math.floor(slackMs / TICK_MS));
  }

  cancel(): void {
    this.tick = -1;
    if (this.slotTick >= 0) wheel.unlink(this);
  }

  /** Called by the wheel. */
  expire(): void {
    this.fire();
  }
}

class Wheel {
  /** Heads of doubly linked lists; the list ends are null. */
  private readonly slots: (Timer | null)[] = new Array(SLOTS).fill(null);
  private count = 0;
  /** Last tick that has been processed. */
  private done = 0;
  private handle: NodeJS.Timeout | null = null;
  /** Tick the Node timer is set for. */
  private wakeTick = Number.MAX_SAFE_INTEGER;
  private readonly epoch = clockMs();
  /** `run` waits for a look at what there is to read. */
  private deferred = false;

  arm(t: Timer, ms: number): void {
    const elapsed = turnMs() - this.epoch;
    const now = Math.floor(elapsed / TICK_MS);
    // `now` may lie behind a walk of this turn: what is already due waits for the next slot.
    const tick = Math.max(Math.ceil((elapsed + ms) / TICK_MS), now + 1, this.done + 1);
    if (t.slotTick >= 0) {
      if (t.slotTick <= tick) {
        // Linked early enough: it is moved when its old slot comes up.
        t.tick = tick;
        return;
      }
      this.unlink(t);
    } else if (this.count === 0) {
      this.done = now;
    }
    t.tick = tick;
    this.link(t, tick);
    if (tick < this.wakeTick) this.wakeAt(tick, elapsed);
  }

  /** The deadline is a multiple of `grid` ticks. */
  armAbout(t: Timer, ms: number, grid: number): void {
    const elapsed = turnMs() - this.epoch;
    const tick = Math.round(Math.ceil((elapsed + ms) / TICK_MS) / grid) * grid;
    // From the middle of the tick before it: rounded up, that is the tick.
    this.arm(t, grid > 1 ? (tick - 0.5) * TICK_MS - elapsed : ms);
  }

  private link(t: Timer, tick: number): void {
    const i = tick & MASK;
    const head = this.slots[i];
    t.slotTick = tick;
    t.prev = null;
    t.next = head;
    if (head !== null) head.prev = t;
    this.slots[i] = t;
    this.count++;
  }

  unlink(t: Timer): void {
    if (t.prev !== null) t.prev.next = t.next;
    else this.slots[t.slotTick & MASK] = t.next;
    if (t.next !== null) t.next.prev = t.prev;
    t.prev = null;
    t.next = null;
    t.slotTick = -1;
    this.count--;
  }

  private wakeAt(tick: number, elapsed: number): void {
    this.wakeTick = tick;
    if (this.handle !== null) clearTimeout(this.handle);
    // Node counts whole ms from the last whole one: one more, or the slot would not be due yet.
    this.handle = setTimeout(this.run, Math.max(1, Math.ceil(tick * TICK_MS - elapsed) + 1));
    this.handle.unref();
  }

  private readonly run = (): void => {
    const elapsed = clockMs() - this.epoch;
    // The loop stood still: what has come meanwhile came in time, and is read before anybody is told that it did not (as libevent does).
    if (!this.deferred && elapsed - this.wakeTick * TICK_MS > LATE_MS) {
      this.deferred = true;
      setImmediate(this.run);
      return;
    }
    this.deferred = false;
    this.handle = null;
    this.wakeTick = Number.MAX_SAFE_INTEGER;
    const now = Math.floor(elapsed / TICK_MS);
    const turns = Math.min(now - this.done, SLOTS);
    const first = now - turns + 1;
    for (let tick = first; tick <= now; tick++) {
      let t = this.slots[tick & MASK];
      while (t !== null) {
        const next: Timer | null = t.next;
        if (t.slotTick <= now) {
          this.unlink(t);
          if (t.tick > now) {
            this.link(t, t.tick);
          } else if (t.tick >= 0) {
            t.tick = DUE;
            this.due.push(t);
          }
        }
        t = next;
      }
    }
    this.done = now;
    // Fire after the walk: callbacks may arm, cancel or unlink anything.
    const due = this.due;
    this.due = [];
    for (let i = 0; i < due.length; i++) {
      const t = due[i];
      if (t.tick !== DUE) continue; // re-armed or cancelled by an earlier callback of this walk
      t.tick = -1;
      try {
        t.expire();
      } catch (e) {
        // A defect behind one timer must cost no other its time.
        throwLater(e);
      }
    }
    if (this.count > 0) this.scheduleNext();
  };
  private due: Timer[] = [];

  /**
   * Find the next occupied slot. Slots are scanned from the last one processed (callbacks may have taken longer than a tick, and what
   * became due meanwhile lies before now): cheap, as it happens once per wake-up.
   */
  private scheduleNext(): void {
    for (let tick = this.done + 1; tick <= this.done + SLOTS; tick++) {
      if (this.slots[tick & MASK] !== null) {
        if (tick < this.wakeTick) this.wakeAt(tick, clockMs() - this.epoch);
        return;
      }
    }
  }
}

/** From a stack of its own, where the process finds it as it finds any other defect. */
function throwLater(e: unknown): void {
  setImmediate(() => {
    throw e;
  });
}

const wheel = new Wheel();
