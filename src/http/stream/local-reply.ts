/**
 * Answers the proxy gives itself. Status and body are Envoy's, and so is the gRPC form: HTTP 200 with grpc-status and
 * grpc-message, headers only. Source: Http::Utility::sendLocalReply.
 */

import { Headers } from '../../codec/headers.ts';
import type { FormatContext } from '../../format/format-context.ts';
import { toWire } from '../../platform/wire-text.ts';
import { httpToGrpcStatus, percentEncode } from '../grpc.ts';
import type { LocalReply } from '../reply.ts';
import type { Route } from '../route/route.ts';

export const UPSTREAM_REQUEST_TIMEOUT = 'upstream request timeout';
export const UPSTREAM_DURATION_REACHED = 'upstream max stream duration reached';
export const NO_HEALTHY_UPSTREAM = 'no healthy upstream';
export const STREAM_TIMEOUT = 'stream timeout';
export const REQUEST_TIMEOUT = 'request timeout';
export const DOWNSTREAM_DURATION_TIMEOUT = 'downstream duration timeout';
export const UPSTREAM_CONNECT_ERROR = 'upstream connect error or disconnect/reset before headers. reset reason: ';

/** Head of the answer. The route's response headers are on local replies too. */
export function localReplyHeaders(reply: LocalReply, grpc: boolean, route: Route | null, c: FormatContext): Headers {
  const mutations = route === null ? null : route.responseMutations;
  const { status, body, bytes, headers } = reply;
  const h = new Headers();
  h.status = status;
  if (!reply.headersFirst) mutations?.apply(h, c.info, c.request, h);
  if (headers !== undefined) for (let i = 0; i < headers.length; i += 2) h.add(headers[i], headers[i + 1]);
  if (reply.headersFirst) mutations?.apply(h, c.info, c.request, h);
  if (grpc) {
    h.status = 200;
    h.set('content-type', 'application/grpc');
    h.add('grpc-status', String(reply.grpcStatus ?? httpToGrpcStatus(status)));
    const message = bytes === undefined ? toWire(body) : bytes.toString('latin1');
    if (message !== '') h.add('grpc-message', percentEncode(message));
    return h;
  }
  const length = bytes === undefined ? Buffer.byteLength(body) : bytes.length;
  if (length > 0) {
    h.add('content-length', String(length));
    // The route may know better what its body is.
    if (!h.has('content-type')) h.add('content-type', 'text/plain');
  }
  return h;
}
