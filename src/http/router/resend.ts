/**
 * What a request keeps that may be sent more than once: its retries, its body, the tries beside the current one. Only a request that a
 * policy or its own headers allow another try, or whose redirects are followed here, has one.
 */
import type { Headers } from '../../codec/headers.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Forward } from '../route/forward.ts';
import type { ForwardPolicies } from '../route/forward-policies.ts';
import { NO_RETRIES } from '../route/retry-policy.ts';
import type { Attempt } from './attempt.ts';
import { ClusterRetries } from './cluster-retries.ts';
import { controls } from './control-headers.ts';
import { RequestBuffer } from './request-buffer.ts';
import { RetryHosts } from './retry-hosts.ts';
import { RetryState } from './retry-state.ts';

export class Resend {
  readonly policies: ForwardPolicies | null;
  readonly route: Forward;
  /** The head, as it goes to hosts. */
  readonly headers: Headers;
  readonly buffer: RequestBuffer;
  /** Null when there is no other try (any more). */
  retry: RetryState | null;
  /** Null where any host will do. */
  readonly hosts: RetryHosts | null;
  readonly hedge: boolean;
  /** A try waits for its back-off. */
  pending = false;
  /** It follows one that was too slow. */
  afterTimeout = false;
  /** Tries that were too slow and still run, beside the newest. */
  readonly others: Attempt[] = [];
  /** Not of the wheel, whose ticks are as long as a usual back-off. */
  private timer: NodeJS.Timeout | null = null;
  private readonly onDue: () => void;

  /** Reads `controls`. Null: this request is sent once. */
  static make(
    policies: ForwardPolicies | null,
    route: Forward,
    h: Headers,
    cluster: ClusterInfo,
    streamLimit: number,
    onDue: () => void,
  ): Resend | null {
    const settings = policies?.retry ?? NO_RETRIES;
    const retry = RetryState.make(settings, h, controls, new ClusterRetries(cluster, route.priority));
    const redirects = policies?.redirects ?? null;
    const counts = policies?.attemptCountInResponse ?? false;
    if (retry === null && redirects === null && !counts) return null;
    const limit = policies?.bufferLimit ?? Number.POSITIVE_INFINITY;
    const buffer = new RequestBuffer(streamLimit > 0 ? Math.min(streamLimit, limit) : limit);
    return new Resend(policies, route, h, retry, buffer, onDue);
  }

  private constructor(
    policies: ForwardPolicies | null,
    route: Forward,
    h: Headers,
    retry: RetryState | null,
    buffer: RequestBuffer,
    onDue: () => void,
  ) {
    const settings = policies?.retry ?? NO_RETRIES;
    this.policies = policies;
    this.route = route;
    this.headers = h;
    this.retry = retry;
    this.buffer = buffer;
    this.hosts =
      retry !== null && (settings.hosts !== null || settings.priorityUpdateFrequency > 0)
        ? new RetryHosts(settings)
        : null;
    this.hedge = controls.hedge >= 0 ? controls.hedge === 1 : (policies?.hedgeOnPerTryTimeout ?? false);
    this.onDue = onDue;
  }

  /** What comes of the body has to be kept. */
  get keeps(): boolean {
    return !this.buffer.overflowed && (this.retry !== null || (this.policies?.redirects ?? null) !== null);
  }

  /** `retry` has said yes. */
  schedule(afterTimeout: boolean): void {
    this.pending = true;
    this.afterTimeout = afterTimeout;
    this.cancel();
    this.timer = setTimeout(this.onDue, (this.retry as RetryState).delayMs);
  }

  private cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** No other try from now on. */
  endRetries(): void {
    this.pending = false;
    this.cancel();
    this.retry?.release();
    this.retry = null;
  }

  /** An attempt is over, or is left to nobody. */
  remove(attempt: Attempt): void {
    const i = this.others.indexOf(attempt);
    if (i >= 0) this.others.splice(i, 1);
  }

  /** Tries that run beside `attempt`, or wait to, and have not answered. */
  waitsForOthers(current: Attempt | null): boolean {
    return this.pending || (current !== null && !current.answered) || this.others.some((a) => !a.answered);
  }

  resetOthers(): void {
    for (const a of this.others.splice(0)) a.reset();
  }

  /** The request is over. */
  end(): void {
    this.endRetries();
    this.buffer.drop();
    this.resetOthers();
  }
}
