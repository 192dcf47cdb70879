/** How long a stream may last: max_stream_duration of its route, and the request's own grpc-timeout (ActiveStream::refreshDurationTimeout). */
import type { Headers } from '../../codec/headers.ts';
import { formatGrpcTimeout, parseGrpcTimeout } from '../grpc.ts';
import type { Forward } from '../route/forward.ts';

/** The route says nothing: what the connection manager says holds. */
export const NO_LIMIT = -1;

/** ms from the stream's start, 0 = for ever. A grpc-timeout that counts is set to what is left of it. */
export function applyStreamDuration(route: Forward, h: Headers, grpc: boolean): number {
  const ms = route.maxStreamDurationMs;
  const max = route.grpcTimeoutHeaderMaxMs;
  if (max < 0 || !grpc) return ms >= 0 ? ms : NO_LIMIT;
  const asked = parseGrpcTimeout(h.get('grpc-timeout'));
  if (asked === undefined) return ms >= 0 ? ms : NO_LIMIT;
  let left = max > 0 && asked > max ? max : asked;
  if (left > 0) left = Math.max(0, left - route.grpcTimeoutHeaderOffsetMs);
  h.set('grpc-timeout', formatGrpcTimeout(left));
  return Math.max(1, left);
}
