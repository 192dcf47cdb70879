/**
 * What makes the connection manager refuse a request before any filter has seen it, and what it reads from a request's head for itself.
 * Mirrors the checks of ConnectionManagerImpl::ActiveStream::decodeHeaders (source/common/http/conn_manager_impl.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { listHas } from '../../codec/ows.ts';
import type { LocalReply } from '../reply.ts';

export interface Refusal extends LocalReply {
  /** No request is served behind this one. */
  readonly ends: boolean;
}

export const UNDERSCORE: Refusal = {
  status: 400,
  body: 'Bad Request',
  details: 'http1.unexpected_underscore',
  ends: true,
};
/** An upgrade that neither the connection manager nor the route lets through. What was sent behind it is not read. */
export const UPGRADE: Refusal = { status: 403, body: '', details: 'upgrade_failed', ends: true };
export const NOT_RELATIVE: Refusal = { status: 404, body: '', details: 'absolute_path_rejected', ends: false };
const NO_HOST: Refusal = { status: 400, body: '', details: 'missing_host_header', ends: false };
const NO_PATH: Refusal = { status: 404, body: '', details: 'missing_path', ends: false };
const FRAGMENT: Refusal = { status: 400, body: '', details: 'path_normalization_failed', ends: true };
const NO_CONTENT_TYPE: Refusal = { status: 400, body: '', details: 'missing_content_type', ends: true };
/** An HTTP/2 connection carries others' streams, too. */
const FRAGMENT_HTTP2: Refusal = { ...FRAGMENT, ends: false };
const NO_CONTENT_TYPE_HTTP2: Refusal = { ...NO_CONTENT_TYPE, ends: false };

/** Null when there is nothing to say against the request. */
export function refusalOf(h: Headers, http1: boolean): Refusal | null {
  // HTTP/1: the codec refuses a request without Host; an empty one is fine.
  if (h.authority === '' && !http1) return NO_HOST;
  if (h.path === '') {
    if (h.method !== 'CONNECT') return NO_PATH;
  } else if (h.path.charCodeAt(0) !== 47 /* / */) {
    return NOT_RELATIVE;
  }
  // What stands behind a fragment would escape whoever matches on the path.
  if (h.path.includes('#')) return http1 ? FRAGMENT : FRAGMENT_HTTP2;
  // A QUERY must say of what type its body is, even an empty one (draft-ietf-httpbis-safe-method-w-body section 2; as 1.40).
  if (h.method === 'QUERY' && (h.get('content-type') ?? '') === '') {
    return http1 ? NO_CONTENT_TYPE : NO_CONTENT_TYPE_HTTP2;
  }
  return null;
}

/** HTTP/1: the client wants no further answer on this connection (HeaderUtility::shouldCloseConnection). */
export function wantsClose(h: Headers, protocol: string): boolean {
  const connection = h.getAll('connection');
  if (connection !== undefined && listHas(connection, 'close')) return true;
  if (protocol === 'HTTP/1.0' && !(connection !== undefined && listHas(connection, 'keep-alive'))) return true;
  const proxy = h.getAll('proxy-connection');
  return proxy !== undefined && listHas(proxy, 'close');
}
