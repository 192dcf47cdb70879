/**
 * From a scanned request head to the request it means, or the error it is: target, authority, version, Connection and upgrade
 * rules. Role of ServerConnectionImpl::onHeadersCompleteBase (source/common/http/http1/codec_impl.cc).
 */
import { asciiLower } from '../../platform/wire-text.ts';
import { Headers } from '../headers.ts';
import { CodecError } from '../http.ts';
import { isAuthority, latin1, SLASH } from './chars.ts';
import {
  ignoreUpgrades,
  removeH2cUpgrade,
  removeNominated,
  TOKEN_CLOSE,
  TOKEN_KEEP_ALIVE,
  TOKEN_OTHER,
  TOKEN_UPGRADE,
} from './connection-header.ts';
import { malformed, protocolError } from './errors.ts';
import { buildHeaders, framing } from './framing.ts';
import { keepNames } from './kept-names.ts';
import type { Http1Settings } from './settings.ts';
import { startLine } from './start-line.ts';
import { applyTarget } from './target.ts';

/** What `buildRequest` found beside the headers and `framing`; one for the process, read at once. */
export class RequestHead {
  /** An upgrade is asked for. */
  upgrade: boolean;
  /** No request may follow this one. */
  close: boolean;

  constructor() {
    this.upgrade = false;
    this.close = false;
  }
}
export const requestHead = new RequestHead();

/** The request whose head was just scanned at `buf[start, end)`. Throws CodecError 400, 426 or 501. */
export function buildRequest(buf: Buffer, start: number, end: number, settings: Http1Settings): Headers {
  const line = startLine;
  const version = line.version;
  const text = latin1(buf, start, end);
  const target = text.slice(line.targetStart - start, line.targetEnd - start);
  const headers = new Headers();
  headers.method = line.method;
  if (settings.keepNames !== null) headers.written = keepNames(text, start, settings.keepNames);
  const isConnect = line.method === 'CONNECT';
  buildHeaders(headers, text, start, true, settings.allowChunkedLength);
  const f = framing;
  // RFC 9110 section 7.8: HTTP/1.0 cannot ask for an upgrade.
  let upgrade = version === 11 && f.upgrade !== '' && (f.connection & TOKEN_UPGRADE) !== 0;
  if (upgrade && asciiLower(f.upgrade) === 'h2c') {
    removeH2cUpgrade(headers);
    upgrade = false;
  } else if (upgrade && settings.ignoreUpgrade !== null) {
    f.upgrade = ignoreUpgrades(headers, f.upgrade, settings.ignoreUpgrade);
    upgrade = f.upgrade !== '';
  }
  let hostNominated = false;
  if (isConnect) checkConnect(headers);
  else if (!upgrade && (f.connection & TOKEN_OTHER) !== 0) hostNominated = removeNominated(headers);
  // RFC 9112 section 3.2.2: the host of an absolute target wins over Host.
  if (target.charCodeAt(0) === SLASH && !isConnect) headers.path = target;
  else applyTarget(headers, target, settings.allowAbsoluteUrl);
  if (version !== 11) oldVersion(headers, version, settings);
  // RFC 9112 section 3.2: an HTTP/1.1 request without Host is refused whatever its target says.
  if (!f.hasHost && (version === 11 || headers.authority === '')) throw missingHost(headers);
  if (hostNominated && headers.authority === '') throw missingHost(headers);
  if (!isAuthority(headers.authority)) {
    throw protocolError('http.invalid_authority', 'request headers failed spec compliance checks');
  }
  // A length beside an upgrade leaves open where the request ends.
  if (upgrade && (f.chunked || f.contentLength > 0))
    throw protocolError('http1.body_disallowed', 'body with an upgrade');
  const close = version === 11 ? (f.connection & TOKEN_CLOSE) !== 0 : (f.connection & TOKEN_KEEP_ALIVE) === 0;
  requestHead.upgrade = upgrade;
  if (upgrade) headers.protocol = f.upgrade;
  requestHead.close = close || (f.proxyConnection & TOKEN_CLOSE) !== 0 || upgrade || isConnect;
  return headers;
}

function checkConnect(headers: Headers): void {
  if (framing.chunked) throw protocolError('http1.invalid_transfer_encoding', 'unsupported transfer encoding', 501);
  if (framing.contentLength > 0) throw protocolError('http1.body_disallowed', 'unsupported content length');
  headers.remove('content-length');
}

function oldVersion(headers: Headers, version: number, settings: Http1Settings): void {
  if (!settings.acceptHttp10) throw protocolError('low_version', 'upgrade required for HTTP/1.0 or HTTP/0.9', 426);
  if (version !== 10) throw malformed('HPE_INVALID_VERSION');
  // Chunked is not of HTTP/1.0: whoever wrote it may have meant another end (RFC 9112 section 6.1).
  if (framing.chunked) throw protocolError('http1.invalid_transfer_encoding', 'chunked in HTTP/1.0');
  if (!framing.hasHost && headers.authority === '') headers.authority = settings.defaultHostForHttp10;
}

/** Envoy answers this one with an empty body. */
function missingHost(request: Headers): Error {
  const error = new CodecError('missing_host_header', 'http/1.1 protocol error: no Host header', 400, '');
  error.request = request;
  return error;
}
