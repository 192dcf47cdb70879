/** gRPC facts the proxy needs: what is a gRPC request, status maps, message escaping. Source: gRPC over HTTP2 spec; Envoy common/grpc. */
import type { Headers } from '../codec/headers.ts';
import { percentEncode } from '../platform/wire-text.ts';

/** `application/grpc` or `application/grpc+…`. */
export function isGrpcContentType(value: string | undefined): boolean {
  if (value === undefined || value.length < 16) return false;
  if (!value.startsWith('application/grpc')) return false;
  return value.length === 16 || value.charCodeAt(16) === 43; /* + */
}

/** The head of an answer in gRPC; with `endStream` it is the trailers too (Envoy: Grpc::Common::isGrpcResponseHeaders). */
export function isGrpcAnswer(h: Headers, endStream: boolean): boolean {
  if (endStream) return h.has('grpc-status');
  return h.status === 200 && isGrpcContentType(h.get('content-type'));
}

export const GRPC_DEADLINE_EXCEEDED = 4;

/** The gRPC status a local reply of this HTTP status carries (Envoy: Grpc::Utility::httpToGrpcStatus). */
export function httpToGrpcStatus(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

const TO_HTTP = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

/** The HTTP status a gRPC status counts as (Envoy: Grpc::Utility::grpcToHttpStatus). */
export function grpcToHttpStatus(status: number): number {
  return TO_HTTP[status] ?? 500;
}

/** The value of grpc-status as a number; -1 when it is not one. */
export function parseGrpcStatus(value: string | undefined): number {
  if (value === undefined || !/^\d{1,9}$/.test(value)) return -1;
  return Number(value);
}

/** grpc-message escaping of wire text: bytes outside 0x20–0x7e and '%' as %XX (gRPC spec, Percent-Encoded). */
export const grpcMessage = (text: string): string => percentEncode(text, /[^ -~]|%/g);

const UNIT_MS: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000001 };

/** The value of grpc-timeout in whole ms, rounded up; undefined when there is none or it is malformed. At most 8 digits and a unit. */
export function parseGrpcTimeout(value: string | undefined): number | undefined {
  const m = value === undefined ? null : /^(\d{1,8})([HMSmun])$/.exec(value);
  return m === null ? undefined : Math.ceil(Number(m[1]) * UNIT_MS[m[2]]);
}

/** ms as a grpc-timeout value; what does not fit into 8 digits is given in a larger unit (Envoy: Grpc::Common::toGrpcTimeout). */
export function formatGrpcTimeout(ms: number): string {
  const MAX = 99_999_999;
  let n = Math.floor(ms);
  if (n <= MAX) return `${n}m`;
  n = Math.floor(n / 1000);
  if (n <= MAX) return `${n}S`;
  n = Math.floor(n / 60);
  if (n <= MAX) return `${n}M`;
  return `${Math.min(MAX, Math.floor(n / 60))}H`;
}
