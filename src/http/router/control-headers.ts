/**
 * What a caller may ask of the router for its own request, in headers: timeouts, retries, an alternative answer. They are taken out as
 * they are read, obeyed or not, as Router::Filter and RetryStateImpl of Envoy do (source/common/router/router.cc). The connection
 * manager has removed most of them before where the client is not internal; what filters add counts all the same.
 */
import type { Headers } from '../../codec/headers.ts';
import { shorten } from '../../platform/shorten.ts';

const TIMEOUT = 1;
const PER_TRY = 2;
/** Taken out and not obeyed: see docs/behaviour.md. */
const EARLY_UNUSED = 3;
/** From here on: read behind the route's own header mutations. */
const LATE = 4;
const ALT_RESPONSE = 4;
const DURATION = 5;
/** Read before them, and taken out behind them. */
const HEDGE = 6;
const RETRY_ON = 7;
const RETRY_GRPC_ON = 8;
const MAX_RETRIES = 9;
const STATUS_CODES = 10;
const HEADER_NAMES = 11;

const NAMES = new Map<string, number>([
  ['x-envoy-upstream-rq-timeout-ms', TIMEOUT],
  ['x-envoy-upstream-rq-per-try-timeout-ms', PER_TRY],
  ['x-envoy-upstream-alt-stat-name', EARLY_UNUSED],
  ['x-envoy-upstream-rq-timeout-alt-response', ALT_RESPONSE],
  ['x-envoy-upstream-stream-duration-ms', DURATION],
  ['x-envoy-hedge-on-per-try-timeout', HEDGE],
  ['x-envoy-retry-on', RETRY_ON],
  ['x-envoy-retry-grpc-on', RETRY_GRPC_ON],
  ['x-envoy-max-retries', MAX_RETRIES],
  ['x-envoy-retriable-status-codes', STATUS_CODES],
  ['x-envoy-retriable-header-names', HEADER_NAMES],
]);

/** What was asked; one for the process, read at once. Times in ms. */
export class Controls {
  /** -1: nothing, or no number. */
  timeoutMs = -1;
  perTryMs = -1;
  /** Answer 204 in place of 504. */
  altResponse = false;
  durationMs = -1;
  /** hedge_on_per_try_timeout; -1: nothing said, 0, 1. */
  hedge = -1;
  /** Any of what follows was said: it is not looked at otherwise. */
  retries = false;
  retryOn: string | null = null;
  retryGrpcOn: string | null = null;
  maxRetries: string | null = null;
  retriableStatusCodes: string | null = null;
  retriableHeaderNames: string | null = null;
}
export const controls = new Controls();

/** Takes out what was asked for about the timeouts and sets `controls`. */
export function takeControls(h: Headers): void {
  controls.timeoutMs = -1;
  controls.perTryMs = -1;
  controls.hedge = -1;
  take(h, false);
}

/** Behind the route's header mutations: everything else. */
export function takeLateControls(h: Headers): void {
  controls.altResponse = false;
  controls.durationMs = -1;
  if (controls.retries) forgetRetries();
  take(h, true);
}

function forgetRetries(): void {
  controls.retries = false;
  controls.retryOn = null;
  controls.retryGrpcOn = null;
  controls.maxRetries = null;
  controls.retriableStatusCodes = null;
  controls.retriableHeaderNames = null;
}

function take(h: Headers, late: boolean): void {
  const list = h.unchecked;
  let w = 0;
  for (let r = 0; r < list.length; r += 2) {
    const name = list[r];
    // Nearly no name gets further than this.
    const kind = name.length > 15 && name.startsWith('x-envoy-') ? (NAMES.get(name) ?? 0) : 0;
    if (kind !== 0) {
      if (kind >= LATE === late) {
        read(kind, list[r + 1]);
        continue;
      }
      // Too late to be obeyed, and taken out all the same.
      if (kind === PER_TRY) continue;
      if (kind === HEDGE) controls.hedge = hedge(list[r + 1]);
    }
    if (w !== r) {
      list[w] = name;
      list[w + 1] = list[r + 1];
    }
    w += 2;
  }
  if (w < list.length) shorten(list, w);
}

function read(kind: number, value: string): void {
  switch (kind) {
    case TIMEOUT:
      controls.timeoutMs = milliseconds(value);
      break;
    case PER_TRY:
      controls.perTryMs = milliseconds(value);
      break;
    case DURATION:
      controls.durationMs = milliseconds(value);
      break;
    case ALT_RESPONSE:
      controls.altResponse = true;
      break;
    case RETRY_ON:
      controls.retries = true;
      controls.retryOn ??= value;
      break;
    case RETRY_GRPC_ON:
      controls.retries = true;
      controls.retryGrpcOn ??= value;
      break;
    case MAX_RETRIES:
      controls.retries = true;
      controls.maxRetries ??= value;
      break;
    case STATUS_CODES:
      controls.retries = true;
      controls.retriableStatusCodes ??= value;
      break;
    case HEADER_NAMES:
      controls.retries = true;
      controls.retriableHeaderNames ??= value;
      break;
  }
}

function hedge(value: string): number {
  return value === 'true' ? 1 : value === 'false' ? 0 : -1;
}

/** absl::SimpleAtoi of an unsigned number; -1 when it is none. */
function milliseconds(value: string): number {
  return /^\+?\d{1,15}$/.test(value) ? Number(value) : -1;
}
