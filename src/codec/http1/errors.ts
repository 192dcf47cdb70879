/** The protocol errors of HTTP/1: one constructor per kind, with Envoy's status, body and response-code-details word. */
import { CodecError } from '../http.ts';
import { reasonPhrase } from './reason.ts';

/** Envoy's Http1ResponseCodeDetails (source/common/http/http1/codec_impl.cc). */
export type Http1ErrorCode =
  | 'http1.codec_error'
  | 'http1.invalid_characters'
  | 'http1.headers_too_large'
  | 'http1.too_many_headers'
  | 'http1.invalid_url'
  | 'http1.invalid_scheme'
  | 'http1.invalid_transfer_encoding'
  | 'http1.transfer_encoding_not_allowed'
  | 'http1.content_length_not_allowed'
  | 'http1.content_length_and_chunked_not_allowed'
  | 'http1.connection_header_rejected'
  | 'http1.body_disallowed'
  | 'http1.unsolicited'
  | 'http.invalid_authority'
  | 'missing_host_header'
  | 'low_version';

/** `status` is that of the local reply; a client codec's caller ignores it. */
export function protocolError(code: Http1ErrorCode, what: string, status = 400): CodecError {
  return new CodecError(code, `http/1.1 protocol error: ${what}`, status, reasonPhrase(status));
}

/** Malformed syntax: 400. */
export function malformed(what: string): CodecError {
  return protocolError('http1.codec_error', what);
}
