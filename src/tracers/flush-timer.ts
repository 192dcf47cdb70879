/** Flushes what a tracer has gathered every so often, as long as anybody holds the tracer. */
import { Timer } from '../transport/timers.ts';

export interface Flushed {
  onFlushTimer(): void;
}

export function flushEvery(ms: number, flushed: Flushed): void {
  const held = new WeakRef(flushed);
  const timer = new Timer(() => {
    const target = held.deref();
    if (target === undefined) return;
    timer.arm(ms);
    target.onFlushTimer();
  });
  timer.arm(ms);
}
