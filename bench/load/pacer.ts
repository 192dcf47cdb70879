/**
 * When the next request is sent and from when its latency counts. Closed loop: a lane (one request at a time) sends again
 * as soon as it was answered. Open loop: request k is due at k / rate whatever the answers do; when no lane is free it
 * waits, and its latency counts from when it was due. So a proxy that stalls for a second is charged for all requests of
 * that second, not for the one that happened to be on its way (no coordinated omission). The same holds at the window's
 * end: requests on their way get DRAIN_MS to be answered and then count with what they have waited so far, as do those
 * that were due and never sent. What is late only because this process' timer was, is recorded apart, as the generator's
 * own lateness.
 */
import type { Latencies, Percentiles } from './histogram.ts';

/** One request at a time. `began` belongs to the pacer. */
export interface Lane {
  /** ms of the pacer's clock from when the request on its way counts; NaN when there is none. */
  began: number;
  /** Requests of one `send`: a pipeline's batch, a stream's messages. */
  readonly size: number;
  /** Sends a request (or one batch, one stream); `Pacer.done` or `Pacer.failed` follows exactly once. */
  send(): void;
}

export interface Clock {
  /** ms, monotonic, fractions. */
  now(): number;
  setTimer(ms: number, call: () => void): unknown;
  clearTimer(timer: unknown): void;
}

const REAL: Clock = {
  now: () => performance.now(),
  setTimer: (ms, call) => setTimeout(call, ms),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export interface PacerOptions {
  /** Requests per second of an open loop; 0 = closed loop. */
  rate: number;
  /** Seconds before the measured window. */
  warmup: number;
  /** Seconds of the measured window. */
  seconds: number;
}

export interface PacerResult {
  /** Completed within the window. */
  requests: number;
  errors: number;
  seconds: number;
  latency: Percentiles | null;
  /** ms the generator itself was late at worst; open loop only. */
  lateMs: number;
  /** Due within the window or before and never sent: the offered rate was too high. */
  unsent: number;
}

/** ms between looks at what is due. */
const TICK_MS = 1;
/** A lane that failed rests, so that a dead proxy is not hammered. */
const RETRY_MS = 20;
/** Grace for answers that are on their way when the window ends. */
const DRAIN_MS = 500;

export class Pacer {
  private readonly options: PacerOptions;
  private readonly latencies: Latencies;
  private readonly clock: Clock;
  private readonly onWindow: (begins: boolean) => void;
  private free: Lane[] = [];
  private lanes: readonly Lane[] = [];
  private startedAt = 0;
  private windowFrom = 0;
  private windowTo = 0;
  /** Requests due so far and sent so far (open loop). */
  private due = 0;
  private sent = 0;
  /** Requests up to this one became due while no lane was free. */
  private held = 0;
  private requests = 0;
  private errors = 0;
  private late = 0;
  private inWindow = false;
  /** The window has ended: nothing is sent any more. */
  private over = false;
  /** So has the grace after it: nothing counts any more. */
  private closed = false;
  private busy = 0;
  private timer: unknown = null;
  private finish: (() => void) | null = null;

  constructor(
    options: PacerOptions,
    latencies: Latencies,
    onWindow: (begins: boolean) => void = () => {},
    clock: Clock = REAL,
  ) {
    this.options = options;
    this.latencies = latencies;
    this.onWindow = onWindow;
    this.clock = clock;
  }

  /** Runs all lanes to the end of the window. */
  async run(lanes: readonly Lane[]): Promise<PacerResult> {
    const { rate, warmup, seconds } = this.options;
    this.lanes = lanes;
    this.startedAt = this.clock.now();
    this.windowFrom = this.startedAt + warmup * 1000;
    this.windowTo = this.windowFrom + seconds * 1000;
    const ended = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    this.clock.setTimer(warmup * 1000, () => this.beginWindow());
    if (rate > 0) {
      this.free = [...lanes];
      this.tick();
    } else {
      for (const lane of lanes) this.issue(lane, this.clock.now());
    }
    await ended;
    this.closed = true;
    const unsent = rate > 0 ? Math.max(0, this.due - this.sent) : 0;
    this.chargeUnanswered();
    return {
      requests: this.requests,
      errors: this.errors,
      seconds: (this.windowTo - this.windowFrom) / 1000,
      latency: this.latencies.percentiles(),
      lateMs: this.late,
      unsent,
    };
  }

  private beginWindow(): void {
    this.windowFrom = this.clock.now();
    this.windowTo = this.windowFrom + this.options.seconds * 1000;
    this.latencies.reset();
    this.requests = 0;
    this.errors = 0;
    this.late = 0;
    if (this.options.rate > 0 && this.options.warmup > 0) this.forgetWarmUp();
    this.inWindow = true;
    this.onWindow(true);
    this.clock.setTimer(this.options.seconds * 1000, () => this.endWindow());
  }

  /** What a cold proxy still owes from the warm-up is not the window's: the schedule begins anew, and so does what is on its way. */
  private forgetWarmUp(): void {
    this.startedAt = this.windowFrom;
    this.due = 0;
    this.sent = 0;
    this.held = 0;
    for (const lane of this.lanes) if (lane.began < this.windowFrom) lane.began = this.windowFrom;
  }

  private endWindow(): void {
    this.windowTo = this.clock.now();
    if (this.options.rate > 0) this.sendDue(this.windowTo);
    this.inWindow = false;
    this.over = true;
    this.onWindow(false);
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    if (this.busy === 0) this.finish?.();
    else this.clock.setTimer(DRAIN_MS, () => this.finish?.());
  }

  /** What was not answered by now has waited at least this long. */
  private chargeUnanswered(): void {
    const now = this.clock.now();
    for (const lane of this.lanes) {
      if (!Number.isNaN(lane.began)) this.latencies.record((now - lane.began) * 1000, lane.size);
    }
    for (let k = this.sent; k < this.due; k++) this.latencies.record((now - this.dueAt(k)) * 1000, 1);
  }

  /** A lane was answered: `lane.size` requests are done. */
  done(lane: Lane): void {
    const now = this.clock.now();
    this.busy--;
    if (this.inWindow) this.requests += lane.size;
    if (!this.closed) this.latencies.record((now - lane.began) * 1000, lane.size);
    lane.began = Number.NaN;
    this.next(lane, now);
  }

  /** A lane got a wrong answer or lost its connection. */
  failed(lane: Lane): void {
    this.busy--;
    lane.began = Number.NaN;
    if (this.inWindow) this.errors++;
    if (this.over) this.next(lane, 0);
    else this.clock.setTimer(RETRY_MS, () => this.next(lane, this.clock.now()));
  }

  private next(lane: Lane, now: number): void {
    if (this.over) {
      if (this.busy === 0) this.finish?.();
      return;
    }
    if (this.options.rate === 0) {
      this.issue(lane, now);
      return;
    }
    this.free.push(lane);
    this.sendDue(now);
  }

  private issue(lane: Lane, began: number): void {
    lane.began = began;
    this.busy++;
    lane.send();
  }

  private dueAt(k: number): number {
    return this.startedAt + (k * 1000) / this.options.rate;
  }

  private tick(): void {
    if (this.over) return;
    this.sendDue(this.clock.now());
    this.timer = this.clock.setTimer(TICK_MS, () => this.tick());
  }

  private sendDue(now: number): void {
    this.due = Math.floor(((now - this.startedAt) * this.options.rate) / 1000) + 1;
    while (this.sent < this.due && this.free.length > 0) {
      const dueAt = this.dueAt(this.sent);
      const waited = this.sent < this.held;
      this.sent++;
      if (!waited) this.late = Math.max(this.late, now - dueAt);
      this.issue(this.free.pop()!, waited ? dueAt : now);
    }
    if (this.free.length === 0) this.held = this.due;
  }
}
