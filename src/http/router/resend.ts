/**
 * What a request keeps that may be sent more than once: its retries, its body, the tries beside the current one. Only a request that a
 * policy or its own headers allow another try, or whose redirects are followed here, has one.
 */
import type { Headers } from '../../codec/headers.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Forward } from '../route/forward.ts';
import type { ForwardPolicies } from '../route/forward-policies.ts';
import { NO_RETRIES } from '../route/retry-policy.ts';
import type { VirtualCluster } from '../route/virtual-clusters.ts';
import type { Attempt } from './attempt.ts';
import { controls } from './control-headers.ts';
import { RequestBuffer } from './request-buffer.ts';
import { RetryHosts } from './retry-hosts.ts';
import { type RetryResources, RetryState } from './retry-state.ts';

/** A request that is tried again is rare: what only that one needs is made then. */
const NO_ATTEMPTS: Attempt[] = [];
const NO_BODY: readonly Buffer[] = [];

export interface ResendOwner {
  /** What the request is, where that is counted. */
  readonly virtual: VirtualCluster | null;
  /** The back-off is over. */
  onBackOffEnd(): void;
}

export class Resend implements RetryResources {
  readonly policies: ForwardPolicies | null;
  readonly route: Forward;
  /** The head, as it goes to hosts. */
  readonly headers: Headers;
  /** Null when there is no other try (any more). */
  retry: RetryState | null;
  /** Null where any host will do. */
  readonly hosts: RetryHosts | null;
  readonly hedge: boolean;
  /** A try waits for its back-off. */
  pending: boolean;
  /** It follows one that was too slow. */
  afterTimeout: boolean;
  /** Tries that were too slow and still run, beside the newest. */
  others: Attempt[];
  private readonly owner: ResendOwner;
  private readonly cluster: ClusterInfo;
  /** Bytes of body that may be kept. */
  private readonly limit: number;
  private buffer: RequestBuffer | null;
  /** Not of the wheel, whose ticks are as long as a usual back-off. */
  private timer: NodeJS.Timeout | null;

  /** Reads `controls`. Null: this request is sent once. `streamLimit`: bytes, 0 = unlimited. */
  static make(
    policies: ForwardPolicies | null,
    route: Forward,
    h: Headers,
    cluster: ClusterInfo,
    streamLimit: number,
    owner: ResendOwner,
  ): Resend | null {
    const once =
      !RetryState.wanted(policies?.retry ?? NO_RETRIES, controls) &&
      (policies === null || (policies.redirects === null && !policies.attemptCountInResponse));
    return once ? null : new Resend(policies, route, h, cluster, streamLimit, owner);
  }

  private constructor(
    policies: ForwardPolicies | null,
    route: Forward,
    h: Headers,
    cluster: ClusterInfo,
    streamLimit: number,
    owner: ResendOwner,
  ) {
    const settings = policies?.retry ?? NO_RETRIES;
    const limit = policies?.bufferLimit ?? Number.POSITIVE_INFINITY;
    this.policies = policies;
    this.route = route;
    this.headers = h;
    this.owner = owner;
    this.cluster = cluster;
    this.retry = RetryState.make(settings, h, controls, this);
    this.hosts =
      this.retry !== null && (settings.hosts !== null || settings.priorityUpdateFrequency > 0)
        ? new RetryHosts(settings)
        : null;
    this.hedge = controls.hedge >= 0 ? controls.hedge === 1 : (policies?.hedgeOnPerTryTimeout ?? false);
    this.pending = false;
    this.afterTimeout = false;
    this.others = NO_ATTEMPTS;
    this.limit = streamLimit > 0 ? Math.min(streamLimit, limit) : limit;
    this.buffer = null;
    this.timer = null;
  }

  // --- the request, kept -------------------------------------------------------------------------------------------

  private get keeps(): boolean {
    return !this.overflowed && (this.retry !== null || (this.policies !== null && this.policies.redirects !== null));
  }

  /** False: it is more than may be kept, and there is no other try. */
  keep(data: Buffer): boolean {
    if (!this.keeps) return true;
    this.buffer ??= new RequestBuffer(this.limit);
    return this.buffer.add(data);
  }
  keepTrailers(trailers: Headers): void {
    if (!this.keeps) return;
    this.buffer ??= new RequestBuffer(this.limit);
    this.buffer.trailers = trailers;
  }
  get overflowed(): boolean {
    return this.buffer?.overflowed ?? false;
  }
  get body(): readonly Buffer[] {
    return this.buffer?.body ?? NO_BODY;
  }
  get trailers(): Headers | null {
    return this.buffer?.trailers ?? null;
  }
  /** Nothing follows the head. */
  get headersOnly(): boolean {
    return this.buffer?.empty ?? true;
  }

  // --- further tries -----------------------------------------------------------------------------------------------

  /** `retry` has said yes. */
  schedule(afterTimeout: boolean): void {
    this.pending = true;
    this.afterTimeout = afterTimeout;
    this.cancel();
    this.timer = setTimeout(backOffEnds, (this.retry as RetryState).delayMs, this.owner);
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

  /** It goes on beside a new one. */
  leave(attempt: Attempt): void {
    if (this.others === NO_ATTEMPTS) this.others = [];
    this.others.push(attempt);
  }

  /** An attempt is over, or is left to nobody. */
  remove(attempt: Attempt): void {
    const i = this.others.indexOf(attempt);
    if (i >= 0) this.others.splice(i, 1);
  }

  /** All that run beside the newest: they are no more of ours. */
  takeOthers(): Attempt[] {
    const { others } = this;
    this.others = NO_ATTEMPTS;
    return others;
  }

  /** Tries that run, or wait to, and have not answered. */
  waitsForOthers(current: Attempt | null): boolean {
    return this.pending || (current !== null && !current.answered) || this.others.some((a) => !a.answered);
  }

  resetOthers(): void {
    if (this.others !== NO_ATTEMPTS) for (const a of this.takeOthers()) a.reset();
  }

  /** The request is over. */
  end(): void {
    this.endRetries();
    this.buffer?.drop();
    this.resetOthers();
  }

  // --- the cluster's breaker for retries, and what is counted -------------------------------------------------------

  take(): boolean {
    const { retries } = this.cluster.resources[this.route.priority];
    if (!retries.canCreate()) return false;
    retries.inc();
    return true;
  }
  give(): void {
    this.cluster.resources[this.route.priority].retries.dec();
  }
  countRetry(): void {
    this.count('retry');
  }
  countSuccess(): void {
    this.count('retry_success');
  }
  countLimitExceeded(): void {
    this.count('retry_limit_exceeded');
  }
  countOverflow(): void {
    this.count('retry_overflow');
  }
  countBackOff(rateLimited: boolean): void {
    this.count(rateLimited ? 'retry_backoff_ratelimited' : 'retry_backoff_exponential');
  }
  private count(what: string): void {
    this.cluster.stats.scope.counter(`upstream_rq_${what}`).inc();
    this.owner.virtual?.countRetry(what);
  }
}

function backOffEnds(owner: ResendOwner): void {
  owner.onBackOffEnd();
}
