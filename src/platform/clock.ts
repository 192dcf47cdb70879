/**
 * The monotonic clock of everything that measures or waits. Not `performance.now()`: its global loads perf_hooks and ten more of
 * Node's modules, 0.9 ms of CPU that a start does not have; a call of either costs some 50 ns.
 */
import { atTurnEnd, type TurnTask, turnIsEnding } from './turn.ts';

const { hrtime } = process;

/** ms since an arbitrary moment, with fractions; never runs backwards. */
export function clockMs(): number {
  const time = hrtime();
  return time[0] * 1000 + time[1] / 1e6;
}

class TurnClock implements TurnTask {
  /** 0: not read in this turn. */
  now: number;
  constructor() {
    this.now = 0;
  }
  turnEnded(): void {
    this.now = 0;
  }
}
const turnClock = new TurnClock();

let listener: ((now: number) => void) | null = null;

/** `listen` gets the time, in ms, of every turn that asks for it. One listener; null takes it away. */
export function onTurnClock(listen: ((now: number) => void) | null): void {
  listener = listen;
}

/**
 * `clockMs()` when it was first asked for in this turn of the event loop, for what happens per request: a request asks ten times.
 * Envoy's timers (libevent), nginx and HAProxy read the time once a turn too.
 */
export function turnMs(): number {
  if (turnClock.now !== 0) return turnClock.now;
  const now = clockMs();
  if (!turnIsEnding()) {
    turnClock.now = now;
    atTurnEnd(turnClock);
    if (listener !== null) listener(now);
  }
  return now;
}
