/**
 * The retries of one request: whether an answer or a reset is a reason to try again, and when. Only requests that a policy or their own
 * headers allow retries have one. Mirrors source/common/router/retry_state_impl.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import { shareByKey } from '../../runtime/runtime.ts';
import { parseGrpcStatus } from '../grpc.ts';
import { HeaderMatcher } from '../headers/header-matcher.ts';
import {
  ON_5XX,
  ON_ANY_GRPC,
  ON_CONNECT_FAILURE,
  ON_GATEWAY_ERROR,
  ON_GRPC_CANCELLED,
  ON_GRPC_DEADLINE_EXCEEDED,
  ON_GRPC_INTERNAL,
  ON_GRPC_RESOURCE_EXHAUSTED,
  ON_GRPC_UNAVAILABLE,
  ON_RATE_LIMITED,
  ON_REFUSED_STREAM,
  ON_RESET,
  ON_RESET_BEFORE_REQUEST,
  ON_RETRIABLE_4XX,
  ON_RETRIABLE_HEADERS,
  ON_RETRIABLE_STATUS_CODES,
  parseRetryGrpcOn,
  parseRetryOn,
  type RetrySettings,
} from '../route/retry-policy.ts';

/** Numbers of the grpc-status that a bit stands for. */
const GRPC_BITS: Readonly<Record<number, number>> = {
  1: ON_GRPC_CANCELLED,
  4: ON_GRPC_DEADLINE_EXCEEDED,
  8: ON_GRPC_RESOURCE_EXHAUSTED,
  13: ON_GRPC_INTERNAL,
  14: ON_GRPC_UNAVAILABLE,
};

/** The retries that a host's cluster allows at once, and what is counted. */
export interface RetryResources {
  /** Takes a place; false when there is none. */
  take(): boolean;
  give(): void;
  countRetry(): void;
  countSuccess(): void;
  countLimitExceeded(): void;
  countOverflow(): void;
  countBackOff(rateLimited: boolean): void;
}

export type RetryVerdict =
  | 'no'
  /** `delayMs` of the state says when. */
  | 'yes'
  /** All tries are used up. */
  | 'limit exceeded'
  /** The breaker for retries is open. */
  | 'overflow';

/** Values of the request's x-envoy-* headers; null: not there. */
export interface RetryAsked {
  readonly retryOn: string | null;
  readonly retryGrpcOn: string | null;
  readonly maxRetries: string | null;
  readonly retriableStatusCodes: string | null;
  readonly retriableHeaderNames: string | null;
}

/** A key that Envoy reads by itself: the share of tries that are made at all. */
const RETRIES = shareByKey('upstream.use_retry', { numerator: 100 });

/** At most so many statuses and names are taken from a request's own headers. */
const MAX_FROM_HEADERS = 64;

const DIGITS = /^\d{1,10}$/;

export class RetryState {
  /** ms until the try that `yes` stands for. */
  delayMs = 0;
  private readonly on: number;
  private readonly settings: RetrySettings;
  private readonly resources: RetryResources;
  private readonly codes: readonly number[];
  private readonly headers: readonly HeaderMatcher[];
  private left: number;
  private nextIntervalMs: number;
  /** A place among the cluster's retries is taken. */
  private holding = false;
  /** The delay is what the host asked for. */
  private limited = false;

  /** `asked`: what the request's own headers say; null when there will be no retries. */
  static make(settings: RetrySettings, h: Headers, asked: RetryAsked, resources: RetryResources): RetryState | null {
    return RetryState.wanted(settings, asked) ? new RetryState(settings, h, asked, resources) : null;
  }
  static wanted(settings: RetrySettings, asked: RetryAsked): boolean {
    return settings.on !== 0 || asked.retryOn !== null || asked.retryGrpcOn !== null;
  }

  private constructor(settings: RetrySettings, h: Headers, asked: RetryAsked, resources: RetryResources) {
    this.settings = settings;
    this.resources = resources;
    this.nextIntervalMs = settings.baseIntervalMs.value;
    let { on } = settings;
    if (asked.retryOn !== null) on |= parseRetryOn(asked.retryOn);
    if (asked.retryGrpcOn !== null) on |= parseRetryGrpcOn(asked.retryGrpcOn);
    const { requestHeaders } = settings;
    if (requestHeaders.length > 0 && !requestHeaders.some((m) => m.matches(h))) on = 0;
    this.on = on;
    const { maxRetries } = asked;
    this.left = on !== 0 && maxRetries !== null && DIGITS.test(maxRetries) ? Number(maxRetries) : settings.numRetries;
    this.codes = codesOf(settings, asked.retriableStatusCodes);
    this.headers = headersOf(settings, asked.retriableHeaderNames);
  }

  /** The host's answer has begun. */
  onHeaders(response: Headers): RetryVerdict {
    const again = this.wantsHeaders(response);
    return this.decide(again, again ? this.resetInterval(response) : 0);
  }

  /** Whether it would be, if this try had not been doubled already. */
  wouldRetry(response: Headers): boolean {
    return this.wantsHeaders(response);
  }

  /** `sent`: the request, or a part of it, is with the host. */
  onReset(reason: ResetReason, sent: boolean): RetryVerdict {
    return this.decide(this.wantsReset(reason, sent), 0);
  }

  /** hedge_on_per_try_timeout: another try beside the one that is late, whatever retry_on says. */
  onHedge(): RetryVerdict {
    return this.decide(true, 0);
  }

  /** The try that `yes` stands for is made now. */
  onRetry(): void {
    this.resources.countRetry();
    this.resources.countBackOff(this.limited);
  }

  /** The request is over, whoever ended it. */
  release(): void {
    if (!this.holding) return;
    this.holding = false;
    this.resources.give();
  }

  private decide(again: boolean, limitedMs: number): RetryVerdict {
    if (this.holding && !again) this.resources.countSuccess();
    this.release();
    if (!again) return 'no';
    if (this.left === 0) {
      this.resources.countLimitExceeded();
      return 'limit exceeded';
    }
    this.left--;
    if (!this.resources.take()) {
      this.resources.countOverflow();
      return 'overflow';
    }
    if (!RETRIES.happens()) {
      this.resources.give();
      return 'no';
    }
    this.holding = true;
    this.limited = limitedMs > 0;
    this.delayMs = limitedMs > 0 ? limitedMs * (1 + Math.random() / 2) : this.backOff();
    return 'yes';
  }

  /** JitteredExponentialBackOffStrategy: anything below an interval that doubles. */
  private backOff(): number {
    const interval = this.nextIntervalMs;
    this.nextIntervalMs = Math.min(interval * 2, this.settings.maxIntervalMs.value);
    return Math.random() * interval;
  }

  private wantsHeaders(r: Headers): boolean {
    const { on } = this;
    if (this.settings.overloadedIsFinal && r.has('x-envoy-overloaded')) return false;
    if (r.has('x-envoy-ratelimited')) return (on & ON_RATE_LIMITED) !== 0;
    const { status } = r;
    if ((on & ON_5XX) !== 0 && status >= 500 && status < 600) return true;
    if ((on & ON_GATEWAY_ERROR) !== 0 && status >= 502 && status <= 504) return true;
    if ((on & ON_RETRIABLE_4XX) !== 0 && status === 409) return true;
    if ((on & ON_RETRIABLE_STATUS_CODES) !== 0 && this.codes.includes(status)) return true;
    if ((on & ON_RETRIABLE_HEADERS) !== 0 && this.headers.some((m) => m.matches(r))) return true;
    if ((on & ON_ANY_GRPC) === 0) return false;
    return (on & (GRPC_BITS[parseGrpcStatus(r.get('grpc-status'))] ?? 0)) !== 0;
  }

  private wantsReset(reason: ResetReason, sent: boolean): boolean {
    const { on } = this;
    if (reason === 'overflow') return false;
    if ((on & ON_RESET_BEFORE_REQUEST) !== 0 && !sent) return true;
    if ((on & (ON_RESET | ON_5XX | ON_GATEWAY_ERROR)) !== 0) return true;
    if ((on & ON_REFUSED_STREAM) !== 0 && reason === 'remote refused stream reset') return true;
    return (on & ON_CONNECT_FAILURE) !== 0 && CONNECT_FAILURES.has(reason);
  }

  /** ms that the host asked to wait for; 0 = it did not, or for longer than is waited. */
  private resetInterval(r: Headers): number {
    for (const { name, timestamp } of this.settings.resetHeaders) {
      const text = r.get(name);
      if (text === undefined || !DIGITS.test(text)) continue;
      const ms = timestamp ? Number(text) * 1000 - Date.now() : Number(text) * 1000;
      if (ms > 1 && ms <= this.settings.resetMaxIntervalMs) return ms;
    }
    return 0;
  }
}

const CONNECT_FAILURES: ReadonlySet<ResetReason> = new Set<ResetReason>([
  'connection failure',
  'local connection failure',
  'remote connection failure',
  'connection timeout',
]);

function codesOf(settings: RetrySettings, more: string | null): readonly number[] {
  if (more === null) return settings.statusCodes;
  const codes = tokens(more).filter((c) => DIGITS.test(c));
  return [...settings.statusCodes, ...codes.map(Number)];
}

function headersOf(settings: RetrySettings, more: string | null): readonly HeaderMatcher[] {
  if (more === null) return settings.headers;
  return [...settings.headers, ...tokens(more).map((name) => new HeaderMatcher({ name, presentMatch: true }))];
}

function tokens(text: string): string[] {
  return text
    .split(',', MAX_FROM_HEADERS)
    .map((word) => word.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((word) => word !== '');
}
