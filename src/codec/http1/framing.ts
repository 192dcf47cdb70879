/**
 * Turns a scanned field section into a Headers list and works out how the message is framed (RFC 9112 section 6.3).
 * Whatever two parsers could read differently is an error: a repeated, signed, listed or overlong content-length, a
 * content-length beside a transfer-encoding, a transfer-encoding other than one `chunked`.
 */
import { asciiLower } from '../../platform/wire-text.ts';
import type { Headers } from '../headers.ts';
import { connectionTokens } from './connection-header.ts';
import { malformed, protocolError } from './errors.ts';
import { fields } from './fields.ts';
import {
  NAME_CONNECTION,
  NAME_CONTENT_LENGTH,
  NAME_HOST,
  NAME_PLAIN,
  NAME_PROXY_CONNECTION,
  NAME_TRANSFER_ENCODING,
  NAME_UPGRADE,
} from './names.ts';

/** What `buildHeaders` found; one for the process, read at once. */
export class Framing {
  /** -1 when there is none. */
  contentLength: number;
  chunked: boolean;
  hasHost: boolean;
  /** TOKEN_ bits of all Connection values. */
  connection: number;
  /** TOKEN_ bits of all Proxy-Connection values. */
  proxyConnection: number;
  /** Value of Upgrade; '' when there is none. */
  upgrade: string;

  constructor() {
    this.contentLength = -1;
    this.chunked = false;
    this.hasHost = false;
    this.connection = 0;
    this.proxyConnection = 0;
    this.upgrade = '';
  }
}
export const framing = new Framing();

/** Digits of a content-length, leading zeros included. */
const MAX_LENGTH_DIGITS = 16;

/** 0 … 2^53 - 1, or -1 when `text` is not a plain decimal number in that range. */
export function parseContentLength(text: string): number {
  const n = text.length;
  if (n === 0 || n > MAX_LENGTH_DIGITS) return -1;
  let value = 0;
  for (let i = 0; i < n; i++) {
    const d = text.charCodeAt(i) - 0x30;
    if (d < 0 || d > 9) return -1;
    value = value * 10 + d;
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : -1;
}

/**
 * Fill `headers` from the last scanFields; `text` is the latin1 text of the head and `base` the offset of its first byte.
 * Transfer-Encoding is consumed, Host becomes the authority. Throws CodecError 400 or 501.
 */
export function buildHeaders(
  headers: Headers,
  text: string,
  base: number,
  isRequest: boolean,
  allowChunkedLength: boolean,
): void {
  const f = framing;
  f.contentLength = -1;
  f.chunked = false;
  f.hasHost = false;
  f.connection = 0;
  f.proxyConnection = 0;
  f.upgrade = '';
  let encodings = 0;
  let encoding = '';
  const list = headers.unchecked;
  const { count, names, spans } = fields;
  for (let i = 0; i < count; i++) {
    const name = names[i];
    const value = text.slice(spans[2 * i] - base, spans[2 * i + 1] - base);
    switch (name.kind) {
      case NAME_PLAIN:
        list.push(name.text, value);
        break;
      case NAME_HOST:
        // It means nothing in a response and is passed on like any other field.
        if (!isRequest) {
          list.push(name.text, value);
          break;
        }
        if (f.hasHost) throw malformed('several Host headers');
        f.hasHost = true;
        headers.authority = value;
        break;
      case NAME_CONTENT_LENGTH:
        if (f.contentLength >= 0) throw malformed('HPE_UNEXPECTED_CONTENT_LENGTH');
        f.contentLength = parseContentLength(value);
        if (f.contentLength < 0) throw malformed('HPE_INVALID_CONTENT_LENGTH');
        list.push(name.text, value);
        break;
      case NAME_TRANSFER_ENCODING:
        encodings++;
        encoding = value;
        // llhttp reads `chunked<HT>` as another coding: two readings, so neither.
        if (tabFollows(text, spans[2 * i + 1] - base)) encoding = '';
        break;
      case NAME_CONNECTION:
        f.connection |= connectionTokens(value);
        list.push(name.text, value);
        break;
      case NAME_PROXY_CONNECTION:
        f.proxyConnection |= connectionTokens(value);
        list.push(name.text, value);
        break;
      case NAME_UPGRADE:
        f.upgrade = f.upgrade === '' ? value : `${f.upgrade},${value}`;
        list.push(name.text, value);
        break;
    }
  }
  if (encodings > 0) transferEncoding(headers, encodings, encoding, allowChunkedLength);
}

/** A tab in the white space behind a value. */
function tabFollows(text: string, at: number): boolean {
  return text.slice(at, text.indexOf('\r', at)).includes('\t');
}

function transferEncoding(headers: Headers, count: number, value: string, allowChunkedLength: boolean): void {
  const chunked = count === 1 && (value === 'chunked' || asciiLower(value) === 'chunked');
  if (framing.contentLength >= 0) {
    if (!chunked || !allowChunkedLength) {
      throw protocolError(
        'http1.content_length_and_chunked_not_allowed',
        "both 'Content-Length' and 'Transfer-Encoding' are set",
      );
    }
    headers.remove('content-length');
    framing.contentLength = -1;
  }
  if (!chunked) throw protocolError('http1.invalid_transfer_encoding', 'unsupported transfer encoding', 501);
  framing.chunked = true;
}
