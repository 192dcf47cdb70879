/** How long a request may take, and what its host is told of that (FilterUtility::finalTimeout and setTimeoutHeaders of Envoy's router.cc). */
import type { Headers } from '../../codec/headers.ts';
import { formatGrpcTimeout, parseGrpcTimeout } from '../grpc.ts';
import type { Forward } from '../route/forward.ts';
import { controls } from './control-headers.ts';

/** ms; 0 = for ever. The route's timeout unless the request says otherwise: in its headers, which are in `controls`, or as gRPC. */
export function requestTimeout(h: Headers, route: Forward, grpc: boolean): number {
  if (controls.timeoutMs >= 0) return controls.timeoutMs;
  const max = grpc ? route.maxGrpcTimeoutMs : -1;
  if (max < 0) return route.timeoutMs;
  let ms = parseGrpcTimeout(h.get('grpc-timeout')) ?? 0;
  if (route.grpcTimeoutOffsetMs < ms) ms -= route.grpcTimeoutOffsetMs;
  if (max > 0 && (ms === 0 || ms > max)) ms = max;
  return ms;
}

/** ms; 0 = no limit. A limit of a try that is not below that of the request is none. */
export function tryTimeout(ms: number, requestMs: number): number {
  return ms > 0 && (requestMs === 0 || ms < requestMs) ? ms : 0;
}

/** `perTryMs`, `requestMs`: 0 = no limit. `passedMs`: since the request was whole, 0 before. `tell`: by x-envoy-expected-rq-timeout-ms. */
export function tellTimeout(
  h: Headers,
  route: Forward,
  grpc: boolean,
  tell: boolean,
  perTryMs: number,
  requestMs: number,
  passedMs: number,
): void {
  let expected = perTryMs > 0 ? perTryMs : requestMs;
  if (expected === 0) return;
  // Nothing left is 1 ms, as 0 would be for ever.
  if (passedMs > 0 && requestMs > 0) expected = passedMs >= requestMs ? 1 : Math.min(expected, requestMs - passedMs);
  if (tell) h.setUnchecked('x-envoy-expected-rq-timeout-ms', String(Math.floor(expected)));
  if (grpc && route.maxGrpcTimeoutMs >= 0) h.set('grpc-timeout', formatGrpcTimeout(expected));
}
