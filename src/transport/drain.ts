/**
 * A drain sequence: when it began, how it goes on, and what it says to a connection that asks. The rules are 1.40's, measured
 * (source/common/network/drain_close_util.cc, source/server/drain_manager_impl.cc); `--drain-time-s` and `--drain-strategy` set it.
 */
import { clockMs } from '../platform/clock.ts';

export interface DrainSettings {
  readonly strategy: 'gradual' | 'immediate';
  /** ms; `--drain-time-s`, 600 s when absent. */
  readonly timeMs: number;
}

/** HTTP connections end within the first half of the drain time, those without a request within the second. */
const HTTP_SHARE = 0.5;

export class DrainSequence {
  private readonly startMs: number;
  private readonly settings: DrainSettings;
  private readonly random: () => number;
  private readonly now: () => number;

  /** `random`: 0 ≤ x < 1, as Math.random; `now`: as clockMs. Other ones are for tests. */
  constructor(settings: DrainSettings, random: () => number = Math.random, now: () => number = clockMs) {
    this.settings = settings;
    this.random = random;
    this.now = now;
    this.startMs = now();
  }

  private get elapsedMs(): number {
    return this.now() - this.startMs;
  }

  /** Whether an HTTP connection ends with the answer it gives now: never in the first second, always from half of the time on. */
  closesHttp(): boolean {
    const { strategy, timeMs } = this.settings;
    if (strategy === 'immediate') return true;
    const ramp = Math.ceil((timeMs / 1000) * HTTP_SHARE);
    const elapsed = Math.floor(this.elapsedMs / 1000);
    return elapsed >= ramp || this.random() * ramp < elapsed;
  }

  /** The same for other protocols: with the share of the drain time that has gone by, the second that runs included. */
  closes(): boolean {
    const { strategy, timeMs } = this.settings;
    if (strategy === 'immediate') return true;
    return this.random() * timeMs < (Math.floor(this.elapsedMs / 1000) + 1) * 1000;
  }

  /**
   * ms from now until an HTTP connection that gives no answer goes away by itself: at some moment of the second half that leaves
   * `graceMs` before the end, whatever the strategy. 0: not at all, for that half has begun or is too short.
   */
  idleDelayMs(graceMs: number): number {
    const { timeMs } = this.settings;
    const from = timeMs * HTTP_SHARE;
    const wait = from - this.elapsedMs;
    const window = timeMs - graceMs - from;
    if (window <= 0 || wait <= 0) return 0;
    return wait + this.random() * window;
  }
}

/** What a listener's connections are to do, for the filters that ask with each answer. Role of Envoy's DrainDecision. */
export class ListenerDrain {
  /** Null while nobody has asked for it. */
  sequence: DrainSequence | null = null;
  /** Anything at all, so that the usual case costs one look. */
  private active = false;
  private healthFailed = false;
  /** The server fails health checks, whatever that is to its connections. */
  healthCheckFailed = false;
  private readonly ignoresHealth: boolean;

  /** `ignoresHealth`: Listener.drain_type MODIFY_ONLY. */
  constructor(ignoresHealth = false) {
    this.ignoresHealth = ignoresHealth;
  }

  /** False when it drains already: the first sequence goes on. */
  begin(sequence: DrainSequence): boolean {
    if (this.sequence !== null) return false;
    this.sequence = sequence;
    this.active = true;
    return true;
  }

  /** /healthcheck/fail and /healthcheck/ok: every answer is a connection's last one in between. */
  setHealthFailed(failed: boolean): void {
    this.healthCheckFailed = failed;
    if (this.ignoresHealth) return;
    this.healthFailed = failed;
    this.active = failed || this.sequence !== null;
  }

  /** HTTP, asked with each answer. */
  closesHttp(): boolean {
    return this.active && (this.healthFailed || (this.sequence?.closesHttp() ?? false));
  }

  /** Other protocols, asked with each answer. */
  closes(): boolean {
    return this.active && (this.healthFailed || (this.sequence?.closes() ?? false));
  }
}
