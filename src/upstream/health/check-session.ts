/**
 * The checks of one host, one after the other: when the next one is due, how many have passed or failed in a row, and what that makes of the
 * host. What a check is says the subclass. Mirrors ActiveHealthCheckSession
 * (source/extensions/health_checkers/common/health_checker_base_impl.cc).
 */
import { Timer } from '../../transport/timers.ts';
import type { Host } from '../host.ts';
import type { HealthChecker } from './health-checker.ts';
import {
  ACTIVE_HC_TIMEOUT,
  DEGRADED_ACTIVE_HC,
  EXCLUDED_VIA_IMMEDIATE_HC_FAIL,
  FAILED_ACTIVE_HC,
  PENDING_ACTIVE_HC,
} from './health-flags.ts';

/** envoy.data.core.v3.HealthCheckFailureType. PASSIVE: the host itself said so in an answer to a request. */
export type FailureType = 'ACTIVE' | 'PASSIVE' | 'NETWORK' | 'NETWORK_TIMEOUT';

/** What a check has made of the host. PENDING: it has begun to change, a threshold is not reached yet. */
export const UNCHANGED = 0;
export const CHANGE_PENDING = 1;
export const CHANGED = 2;
export type Transition = 0 | 1 | 2;

/** A check may come earlier or later by half of this share of its wait … */
export const SLACK = 0.02;
/** … and of this, ms. */
export const MAX_SLACK_MS = 100;

export abstract class CheckSession {
  readonly host: Host;
  protected readonly checker: HealthChecker;
  protected readonly interval = new Timer(() => this.begin());
  private readonly timeout = new Timer(() => this.onTimeout());
  /** Since the last one of the other kind. */
  private passed = 0;
  private failed = 0;
  private first = true;
  protected over = false;

  constructor(checker: HealthChecker, host: Host) {
    this.checker = checker;
    this.host = host;
  }

  /** Begin a check: exactly one `succeed` or `fail` follows, unless `abandon` or `close` comes first. */
  protected abstract check(): void;
  /** The check took too long: whatever runs is given up, and does not report. */
  protected abstract abandon(): void;
  /** The host is not checked any more: nothing may stay open. */
  protected abstract close(): void;

  /** The first check, at once or at some time within `initial_jitter`. */
  start(): void {
    const wait = this.checker.initialWaitMs();
    if (wait === 0) this.begin();
    else this.interval.arm(wait);
  }

  stop(): void {
    if (this.over) return;
    this.over = true;
    this.interval.cancel();
    this.timeout.cancel();
    this.close();
    if (this.first) this.checker.firstResult(this);
  }

  private begin(): void {
    this.check();
    this.timeout.arm(this.checker.timeoutMs);
    this.checker.stats.attempt.inc();
  }

  private onTimeout(): void {
    this.abandon();
    this.fail('NETWORK_TIMEOUT');
  }

  private has(flag: number): boolean {
    return (this.host.health & flag) !== 0;
  }
  /** Bits to set, bits to clear. */
  protected flag(set: number, clear: number): void {
    this.host.setHealth((this.host.health & ~clear) | set);
  }

  protected succeed(degraded: boolean): void {
    if (this.over) return;
    const { checker, host } = this;
    const { stats, events } = checker;
    this.failed = 0;
    let change: Transition = UNCHANGED;
    if (this.has(FAILED_ACTIVE_HC)) {
      // The first result of all counts at once: hosts are there sooner after a start.
      if (this.first || ++this.passed === checker.healthyThreshold) {
        this.flag(0, ACTIVE_HC_TIMEOUT | EXCLUDED_VIA_IMMEDIATE_HC_FAIL | FAILED_ACTIVE_HC);
        stats.healthy.inc();
        change = CHANGED;
        events?.addHealthy(host, this.first);
      } else {
        change = CHANGE_PENDING;
      }
    }
    if (change !== CHANGED && checker.logsSuccess) events?.success(host);
    change = this.noLongerPending(change);
    if (degraded !== this.has(DEGRADED_ACTIVE_HC)) {
      if (degraded) {
        this.flag(DEGRADED_ACTIVE_HC, 0);
        stats.degraded.inc();
        events?.degraded(host);
      } else {
        // Envoy never counts the gauge down here; /stats would show degraded hosts for ever.
        this.flag(0, DEGRADED_ACTIVE_HC);
        stats.degraded.dec();
        events?.noLongerDegraded(host);
      }
      if (change === UNCHANGED) change = CHANGED;
    }
    stats.success.inc();
    this.timeout.cancel();
    this.wait(checker.waitMs(true, change));
    this.reported(change, true);
  }

  protected fail(type: FailureType, retriable = false, httpStatus = 0): void {
    if (this.over) return;
    this.timeout.cancel();
    const change = this.unhealthy(type, retriable, httpStatus);
    // What was told of it may have ended these checks.
    if (!this.over) this.wait(this.checker.waitMs(false, change));
  }

  /** A wake-up for one check costs as much as the check: those of many hosts come due together. */
  private wait(ms: number): void {
    this.interval.armAbout(ms, Math.min(ms * SLACK, MAX_SLACK_MS));
  }

  /** The host said in an answer to a request that it is not healthy (x-envoy-immediate-health-check-fail). */
  failAtOnce(): void {
    if (this.over) return;
    this.flag(EXCLUDED_VIA_IMMEDIATE_HC_FAIL, 0);
    this.unhealthy('PASSIVE', false, 0);
  }

  private unhealthy(type: FailureType, retriable: boolean, httpStatus: number): Transition {
    const { checker, host } = this;
    const { stats, events } = checker;
    const network = type === 'NETWORK' || type === 'NETWORK_TIMEOUT';
    this.passed = 0;
    let change: Transition = UNCHANGED;
    if (!this.has(FAILED_ACTIVE_HC)) {
      // A host that answers that it is not healthy is believed at once.
      if ((!network && !retriable) || ++this.failed === checker.unhealthyThreshold) {
        this.flag(FAILED_ACTIVE_HC, 0);
        stats.healthy.dec();
        change = CHANGED;
        events?.ejectUnhealthy(host, type, httpStatus);
      } else {
        change = CHANGE_PENDING;
      }
    }
    if (type === 'NETWORK_TIMEOUT' && this.has(FAILED_ACTIVE_HC)) this.flag(ACTIVE_HC_TIMEOUT, 0);
    else this.flag(0, ACTIVE_HC_TIMEOUT);
    change = this.noLongerPending(change);
    if (this.first || checker.logsFailures) events?.failure(host, type, this.first, httpStatus);
    stats.failure.inc();
    if (network) stats.networkFailure.inc();
    else if (type === 'PASSIVE') stats.passiveFailure.inc();
    this.reported(change, false);
    return change;
  }

  /** It has been checked once: balancing counts it from now on, as what it is. */
  private noLongerPending(change: Transition): Transition {
    if (!this.has(PENDING_ACTIVE_HC)) return change;
    this.flag(0, PENDING_ACTIVE_HC);
    return CHANGED;
  }

  private reported(change: Transition, healthy: boolean): void {
    const first = this.first;
    this.first = false;
    if (change === CHANGED) this.checker.changed(this.host);
    if (healthy) this.checker.passedCheck(this.host);
    if (first) this.checker.firstResult(this);
  }
}
