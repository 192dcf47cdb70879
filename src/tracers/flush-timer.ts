/** Flushes what a tracer has gathered every so often, as long as anybody holds the tracer. */
import type { RuntimeValue } from '../runtime/runtime.ts';
import { Timer } from '../transport/timers.ts';

export interface Flushed {
  onFlushTimer(): void;
}

/** `interval`: ms, as the runtime has it at the time. */
export function flushEvery(interval: RuntimeValue<number>, flushed: Flushed): void {
  const held = new WeakRef(flushed);
  const timer = new Timer(() => {
    const target = held.deref();
    if (target === undefined) return;
    timer.arm(interval.value);
    target.onFlushTimer();
  });
  timer.arm(interval.value);
}
