/**
 * RetryPolicy, compiled: what is tried again, how often, after how long and where. A route's own policy replaces its virtual host's.
 * Mirrors source/common/router/retry_policy_impl.cc and the word lists of retry_state_impl.cc.
 */
import { each, refuse } from '../../config/refusal.ts';
import type {
  OmitHostMetadataConfig,
  PreviousPrioritiesConfig,
  RouteRetryPolicy,
  RouteRetryPolicyRetryHostPredicate,
} from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { RuntimeValue } from '../../runtime/runtime.ts';
import { HeaderMatcher } from '../headers/header-matcher.ts';
import type { RegexCompiler } from '../headers/regex.ts';

export const ON_5XX = 1;
export const ON_GATEWAY_ERROR = 1 << 1;
export const ON_CONNECT_FAILURE = 1 << 2;
export const ON_RETRIABLE_4XX = 1 << 3;
export const ON_REFUSED_STREAM = 1 << 4;
export const ON_RETRIABLE_STATUS_CODES = 1 << 5;
export const ON_RESET = 1 << 6;
export const ON_RETRIABLE_HEADERS = 1 << 7;
export const ON_RATE_LIMITED = 1 << 8;
export const ON_RESET_BEFORE_REQUEST = 1 << 9;
export const ON_GRPC_CANCELLED = 1 << 10;
export const ON_GRPC_DEADLINE_EXCEEDED = 1 << 11;
export const ON_GRPC_RESOURCE_EXHAUSTED = 1 << 12;
export const ON_GRPC_UNAVAILABLE = 1 << 13;
export const ON_GRPC_INTERNAL = 1 << 14;
export const ON_ANY_GRPC =
  ON_GRPC_CANCELLED | ON_GRPC_DEADLINE_EXCEEDED | ON_GRPC_RESOURCE_EXHAUSTED | ON_GRPC_UNAVAILABLE | ON_GRPC_INTERNAL;

const WORDS: ReadonlyMap<string, number> = new Map([
  ['5xx', ON_5XX],
  ['gateway-error', ON_GATEWAY_ERROR],
  ['connect-failure', ON_CONNECT_FAILURE],
  ['envoy-ratelimited', ON_RATE_LIMITED],
  ['retriable-4xx', ON_RETRIABLE_4XX],
  ['refused-stream', ON_REFUSED_STREAM],
  ['retriable-status-codes', ON_RETRIABLE_STATUS_CODES],
  ['retriable-headers', ON_RETRIABLE_HEADERS],
  ['reset', ON_RESET],
  ['reset-before-request', ON_RESET_BEFORE_REQUEST],
  // There is no HTTP/3 upstream: it never comes to that.
  ['http3-post-connect-failure', 0],
]);
const GRPC_WORDS: ReadonlyMap<string, number> = new Map([
  ['cancelled', ON_GRPC_CANCELLED],
  ['deadline-exceeded', ON_GRPC_DEADLINE_EXCEEDED],
  ['resource-exhausted', ON_GRPC_RESOURCE_EXHAUSTED],
  ['unavailable', ON_GRPC_UNAVAILABLE],
  ['internal', ON_GRPC_INTERNAL],
]);

/** Words that nobody knows are passed over, as in Envoy. */
export function parseRetryOn(text: string, words = WORDS): number {
  let bits = 0;
  for (const word of text.split(',')) bits |= words.get(word.replace(/^[ \t]+|[ \t]+$/g, '')) ?? 0;
  return bits;
}
export const parseRetryGrpcOn = (text: string): number => parseRetryOn(text, GRPC_WORDS);

/** RetryPolicy.num_retries. */
const DEFAULT_NUM_RETRIES = 1;
/** Runtime key upstream.base_retry_backoff_ms. */
const DEFAULT_BASE_INTERVAL_MS = 25;
/** The longest back-off, in base intervals. */
const DEFAULT_MAX_INTERVALS = 10;
/** RateLimitedRetryBackOff.max_interval. */
const DEFAULT_RESET_MAX_INTERVAL_MS = 300_000;
/** Envoy counts in whole ms, at least one. */
const MIN_INTERVAL_MS = 1;

export interface ResetHeader {
  readonly name: string;
  /** Unix time of the end of the limit instead of seconds until then. */
  readonly timestamp: boolean;
}

/** Which hosts a further try keeps away from. */
export interface HostPredicates {
  /** Those that this request was sent to. */
  readonly previous: boolean;
  readonly canary: boolean;
  /** Those that have all of one of these in their `envoy.lb` metadata. */
  readonly metadata: readonly Readonly<Record<string, unknown>>[];
}

export interface RetrySettings {
  readonly on: number;
  /** `x-envoy-overloaded` in an answer says that there is to be no other try (1.16; 1.40 tries all the same). */
  readonly overloadedIsFinal: boolean;
  readonly numRetries: number;
  /** ms; 0 = the route's timeout alone. */
  readonly perTryTimeoutMs: number;
  /** ms without a byte in either direction; 0 = no limit. */
  readonly perTryIdleTimeoutMs: number;
  readonly statusCodes: readonly number[];
  /** Of the answer: any of them. */
  readonly headers: readonly HeaderMatcher[];
  /** Of the request: none but those that one of these matches are tried again; empty = all. */
  readonly requestHeaders: readonly HeaderMatcher[];
  readonly baseIntervalMs: RuntimeValue<number>;
  readonly maxIntervalMs: RuntimeValue<number>;
  readonly resetHeaders: readonly ResetHeader[];
  readonly resetMaxIntervalMs: number;
  /** Null: any host will do. */
  readonly hosts: HostPredicates | null;
  /** How often another host is looked for when a predicate refuses the one that was chosen. */
  readonly hostSelectionMaxAttempts: number;
  /** previous_priorities: after so many tries priorities that were tried are left out; 0 = never. */
  readonly priorityUpdateFrequency: number;
}

/** `configured` in ms; where the config says nothing, `times` what `upstream.base_retry_backoff_ms` says, or else the default. */
function interval(configured: number | undefined, otherwise: number, times: number): RuntimeValue<number> {
  const key = configured === undefined ? 'upstream.base_retry_backoff_ms' : '';
  return new RuntimeValue(key, Math.max(MIN_INTERVAL_MS, configured ?? otherwise * times), ({ uint }) =>
    uint === undefined ? undefined : Math.max(MIN_INTERVAL_MS, uint * times),
  );
}

export function compileRetryPolicy(config: RouteRetryPolicy, regex: RegexCompiler, envoy16 = false): RetrySettings {
  const { baseInterval, maxInterval } = config.retryBackOff ?? {};
  const base = interval(baseInterval, DEFAULT_BASE_INTERVAL_MS, 1);
  const limited = config.rateLimitedRetryBackOff;
  const matchers = (list: RouteRetryPolicy['retriableHeaders']): HeaderMatcher[] =>
    each(list, (h) => new HeaderMatcher(h, regex));
  const priority = config.retryPriority?.typedConfig;
  return {
    on: parseRetryOn(config.retryOn ?? '') | parseRetryGrpcOn(config.retryOn ?? ''),
    overloadedIsFinal: envoy16,
    numRetries: config.numRetries ?? DEFAULT_NUM_RETRIES,
    perTryTimeoutMs: config.perTryTimeout ?? 0,
    perTryIdleTimeoutMs: config.perTryIdleTimeout ?? 0,
    statusCodes: config.retriableStatusCodes ?? [],
    headers: matchers(config.retriableHeaders),
    requestHeaders: matchers(config.retriableRequestHeaders),
    baseIntervalMs: base,
    maxIntervalMs:
      maxInterval === undefined && baseInterval === undefined
        ? interval(undefined, DEFAULT_BASE_INTERVAL_MS, DEFAULT_MAX_INTERVALS)
        : interval(maxInterval ?? base.value * DEFAULT_MAX_INTERVALS, 0, 1),
    resetHeaders: (limited?.resetHeaders ?? []).map((h) => ({
      name: asciiLower(toWire(h.name ?? '')),
      timestamp: h.format === 'UNIX_TIMESTAMP',
    })),
    resetMaxIntervalMs: limited?.maxInterval ?? DEFAULT_RESET_MAX_INTERVAL_MS,
    hosts: hostPredicates(config.retryHostPredicate ?? []),
    hostSelectionMaxAttempts: config.hostSelectionRetryMaxAttempts ?? 1,
    priorityUpdateFrequency:
      priority === undefined ? 0 : ((priority.value as PreviousPrioritiesConfig).updateFrequency ?? 0),
  };
}

const HOST = 'envoy.extensions.retry.host';

function hostPredicates(list: readonly RouteRetryPolicyRetryHostPredicate[]): HostPredicates | null {
  if (list.length === 0) return null;
  let previous = false;
  let canary = false;
  const metadata: Readonly<Record<string, unknown>>[] = [];
  for (const predicate of list) {
    const typed = predicate.typedConfig;
    switch (typed?.typeUrl) {
      case `${HOST}.previous_hosts.v3.PreviousHostsPredicate`:
        previous = true;
        break;
      case `${HOST}.omit_canary_hosts.v3.OmitCanaryHostsPredicate`:
        canary = true;
        break;
      case `${HOST}.omit_host_metadata.v3.OmitHostMetadataConfig`: {
        const lb = (typed.value as OmitHostMetadataConfig).metadataMatch?.filterMetadata?.get('envoy.lb');
        if (lb !== undefined && Object.keys(lb).length > 0) metadata.push(lb);
        break;
      }
      default:
        refuse(predicate, 'name', `Didn't find a registered implementation for name: '${predicate.name ?? ''}'`);
    }
  }
  return { previous, canary, metadata };
}

/** For requests that ask for retries on a route without a policy. */
export const NO_RETRIES: RetrySettings = compileRetryPolicy({}, () => () => false);
