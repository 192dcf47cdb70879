/**
 * What a caller may ask of the router for its own request, in headers: timeouts, retries, an alternative answer. They are taken out as
 * they are read, obeyed or not, as Router::Filter and RetryStateImpl of Envoy do (source/common/router/router.cc). The connection
 * manager has removed most of them before where the client is not internal; what filters add counts all the same.
 */
import type { Headers } from '../../codec/headers.ts';
import { shorten } from '../../platform/shorten.ts';

const TIMEOUT = 1;
const PER_TRY = 2;
/** Taken out and not obeyed: see docs/behaviour.md for the statistics' name; there are no retries yet. */
const EARLY_UNUSED = 3;
/** From here on: read behind the route's own header mutations. */
const LATE = 4;
const ALT_RESPONSE = 4;
const DURATION = 5;
const LATE_UNUSED = 6;

const NAMES = new Map<string, number>([
  ['x-envoy-upstream-rq-timeout-ms', TIMEOUT],
  ['x-envoy-upstream-rq-per-try-timeout-ms', PER_TRY],
  ['x-envoy-upstream-alt-stat-name', EARLY_UNUSED],
  ['x-envoy-upstream-rq-timeout-alt-response', ALT_RESPONSE],
  ['x-envoy-upstream-stream-duration-ms', DURATION],
  ['x-envoy-hedge-on-per-try-timeout', LATE_UNUSED],
  ['x-envoy-retry-on', LATE_UNUSED],
  ['x-envoy-retry-grpc-on', LATE_UNUSED],
  ['x-envoy-max-retries', LATE_UNUSED],
  ['x-envoy-retriable-status-codes', LATE_UNUSED],
  ['x-envoy-retriable-header-names', LATE_UNUSED],
]);

/** What was asked; one for the process, read at once. Times in ms. */
export class Controls {
  /** -1: nothing, or no number. */
  timeoutMs = -1;
  perTryMs = -1;
  /** Answer 204 in place of 504. */
  altResponse = false;
  durationMs = -1;
}
export const controls = new Controls();

/** Takes out what was asked for about the timeouts and sets `controls`. */
export function takeControls(h: Headers): void {
  controls.timeoutMs = -1;
  controls.perTryMs = -1;
  take(h, false);
}

/** Behind the route's header mutations: everything else. */
export function takeLateControls(h: Headers): void {
  controls.altResponse = false;
  controls.durationMs = -1;
  take(h, true);
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
  }
}

/** absl::SimpleAtoi of an unsigned number; -1 when it is none. */
function milliseconds(value: string): number {
  return /^\+?\d{1,15}$/.test(value) ? Number(value) : -1;
}
