/**
 * Answers the proxy gives itself. Status and body are Envoy's, and so is the gRPC form: HTTP 200 with grpc-status and
 * grpc-message, headers only. Source: Http::Utility::sendLocalReply.
 */

import { Headers } from '../../codec/headers.ts';
import type { FormatContext } from '../../format/format-context.ts';
import { toWire } from '../../platform/wire-text.ts';
import { grpcMessage, httpToGrpcStatus } from '../grpc.ts';
import type { LocalReply } from '../reply.ts';
import type { Route } from '../route/route.ts';

export const UPSTREAM_REQUEST_TIMEOUT = 'upstream request timeout';
export const UPSTREAM_DURATION_REACHED = 'upstream max stream duration reached';
export const NO_HEALTHY_UPSTREAM = 'no healthy upstream';
export const STREAM_TIMEOUT = 'stream timeout';
export const REQUEST_TIMEOUT = 'request timeout';
export const DOWNSTREAM_DURATION_TIMEOUT = 'downstream duration timeout';
export const UPSTREAM_CONNECT_ERROR = 'upstream connect error or disconnect/reset before headers. ';

/** Head of the answer. The route's response headers are on local replies too. */
export function localReplyHeaders(reply: LocalReply, grpc: boolean, route: Route | null, c: FormatContext): Headers {
  const h = beginReply(reply, route, c);
  finishReply(h, reply, grpc);
  return h;
}

/** Before local_reply_config is asked. */
export function beginReply(reply: LocalReply, route: Route | null, c: FormatContext): Headers {
  const { status, headers, headersFirst: own } = reply;
  // To whoever else answers, a route that answers by itself says nothing.
  const mutations = route === null || (!own && route.forward === null) ? null : route.responseMutations;
  const h = new Headers();
  h.status = status;
  if (!own) mutations?.apply(h, c.info, c.request, h);
  if (headers !== undefined && reply.replaces) for (let i = 0; i < headers.length; i += 2) h.remove(headers[i]);
  if (headers !== undefined) for (let i = 0; i < headers.length; i += 2) h.add(headers[i], headers[i + 1]);
  if (own) mutations?.apply(h, c.info, c.request, h);
  reply.change?.(h);
  return h;
}

/** What says how the body is to be read. */
export function finishReply(h: Headers, reply: LocalReply, grpc: boolean): void {
  const { status, body, bytes, contentType } = reply;
  if (grpc) {
    h.status = 200;
    h.remove('content-length');
    h.set('content-type', 'application/grpc');
    h.add('grpc-status', String(reply.grpcStatus ?? httpToGrpcStatus(status)));
    const message = bytes === undefined ? toWire(body) : bytes.toString('latin1');
    // JSON ends with a line break, which a header does not have.
    const end = contentType === 'application/json' && message.endsWith('\n') ? -1 : message.length;
    if (message !== '') h.add('grpc-message', grpcMessage(message.slice(0, end)));
    return;
  }
  const length = bytes === undefined ? Buffer.byteLength(body) : bytes.length;
  if (length === 0) {
    h.remove('content-length');
    h.remove('content-type');
    return;
  }
  h.set('content-length', String(length));
  if (contentType !== undefined) h.set('content-type', contentType);
  // The route may know better what its body is.
  else if (!h.has('content-type')) h.add('content-type', 'text/plain');
}
