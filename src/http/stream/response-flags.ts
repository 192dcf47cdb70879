/**
 * Why a request did not go as it should, as bits: a stream can have several, each once. Names and order are Envoy's
 * (envoy/stream_info/stream_info.h, source/common/stream_info/utility.cc).
 */

export const FAILED_LOCAL_HEALTH_CHECK = 1 << 0;
export const NO_HEALTHY_UPSTREAM_FLAG = 1 << 1;
export const UPSTREAM_REQUEST_TIMEOUT_FLAG = 1 << 2;
export const LOCAL_RESET = 1 << 3;
export const UPSTREAM_REMOTE_RESET = 1 << 4;
export const UPSTREAM_CONNECTION_FAILURE = 1 << 5;
export const UPSTREAM_CONNECTION_TERMINATION = 1 << 6;
export const UPSTREAM_OVERFLOW = 1 << 7;
export const NO_ROUTE_FOUND = 1 << 8;
export const DELAY_INJECTED = 1 << 9;
export const FAULT_INJECTED = 1 << 10;
export const RATE_LIMITED = 1 << 11;
export const UNAUTHORIZED_EXTERNAL_SERVICE = 1 << 12;
export const RATE_LIMIT_SERVICE_ERROR = 1 << 13;
export const DOWNSTREAM_CONNECTION_TERMINATION = 1 << 14;
export const UPSTREAM_RETRY_LIMIT_EXCEEDED = 1 << 15;
export const STREAM_IDLE_TIMEOUT = 1 << 16;
export const INVALID_ENVOY_REQUEST_HEADERS = 1 << 17;
export const DOWNSTREAM_PROTOCOL_ERROR = 1 << 18;
export const UPSTREAM_MAX_STREAM_DURATION_REACHED = 1 << 19;
export const RESPONSE_FROM_CACHE_FILTER = 1 << 20;
export const NO_FILTER_CONFIG_FOUND = 1 << 21;
export const DURATION_TIMEOUT = 1 << 22;
export const UPSTREAM_PROTOCOL_ERROR = 1 << 23;
export const NO_CLUSTER_FOUND = 1 << 24;
export const OVERLOAD_MANAGER = 1 << 25;
export const DNS_RESOLUTION_FAILED = 1 << 26;
export const DROP_OVERLOAD = 1 << 27;
export const DOWNSTREAM_REMOTE_RESET = 1 << 28;
export const UNCONDITIONAL_DROP_OVERLOAD = 1 << 29;

/** By bit: as %RESPONSE_FLAGS% and %RESPONSE_FLAGS_LONG% print them. */
export const RESPONSE_FLAGS: readonly (readonly [short: string, long: string])[] = [
  ['LH', 'FailedLocalHealthCheck'],
  ['UH', 'NoHealthyUpstream'],
  ['UT', 'UpstreamRequestTimeout'],
  ['LR', 'LocalReset'],
  ['UR', 'UpstreamRemoteReset'],
  ['UF', 'UpstreamConnectionFailure'],
  ['UC', 'UpstreamConnectionTermination'],
  ['UO', 'UpstreamOverflow'],
  ['NR', 'NoRouteFound'],
  ['DI', 'DelayInjected'],
  ['FI', 'FaultInjected'],
  ['RL', 'RateLimited'],
  ['UAEX', 'UnauthorizedExternalService'],
  ['RLSE', 'RateLimitServiceError'],
  ['DC', 'DownstreamConnectionTermination'],
  ['URX', 'UpstreamRetryLimitExceeded'],
  ['SI', 'StreamIdleTimeout'],
  ['IH', 'InvalidEnvoyRequestHeaders'],
  ['DPE', 'DownstreamProtocolError'],
  ['UMSDR', 'UpstreamMaxStreamDurationReached'],
  ['RFCF', 'ResponseFromCacheFilter'],
  ['NFCF', 'NoFilterConfigFound'],
  ['DT', 'DurationTimeout'],
  ['UPE', 'UpstreamProtocolError'],
  ['NC', 'NoClusterFound'],
  ['OM', 'OverloadManagerTerminated'],
  ['DF', 'DnsResolutionFailed'],
  ['DO', 'DropOverload'],
  ['DR', 'DownstreamRemoteReset'],
  ['UDO', 'UnconditionalDropOverload'],
];

const RETRY_LIMIT = Math.log2(UPSTREAM_RETRY_LIMIT_EXCEEDED);
const SHORT = 0;
const LONG = 1;

/**
 * Envoy prints them as they were set. Of two in one line, one is nearly always URX: the router finds that no further try is allowed before it
 * notes what ended the last one, tcp_proxy (`inOrder`) after it.
 */
function names(flags: number, form: 0 | 1, inOrder: boolean): string {
  const limit = inOrder ? -1 : RETRY_LIMIT;
  let text = limit < 0 || (flags & UPSTREAM_RETRY_LIMIT_EXCEEDED) === 0 ? '' : RESPONSE_FLAGS[limit][form];
  for (let i = 0; i < RESPONSE_FLAGS.length; i++) {
    if ((flags & (1 << i)) === 0 || i === limit) continue;
    const name = RESPONSE_FLAGS[i][form];
    text = text === '' ? name : `${text},${name}`;
  }
  return text;
}

/** `URX,UF`; '' for none. */
export const flagNames = (flags: number, inOrder = false): string => names(flags, SHORT, inOrder);
/** `UpstreamRetryLimitExceeded,UpstreamConnectionFailure`; '' for none. */
export const longFlagNames = (flags: number, inOrder = false): string => names(flags, LONG, inOrder);
