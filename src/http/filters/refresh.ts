/** What filters keep of a service (key sets, tokens) is got anew in the background. */

/** The longest that a timer of Node's waits, ms: with more it would not wait at all. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface Refreshed {
  refresh(): void;
}

/** Sooner where a timer cannot wait as long. Nothing here keeps what belongs to a listener that is gone. */
export function refreshIn(target: Refreshed, ms: number): void {
  const held = new WeakRef(target);
  setTimeout(() => held.deref()?.refresh(), Math.min(ms, MAX_TIMER_MS)).unref();
}
