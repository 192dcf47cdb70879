/**
 * Collects the fields of one header block into a Headers object and checks them as nghttp2 does for Envoy (RFC 9113 sections 8.2
 * and 8.3): pseudo-headers first, known, once each and complete; no connection-specific fields; valid bytes; Envoy's limits on
 * bytes and count. One instance per connection; the Headers are new for each block.
 */
import { asciiLower } from '../../platform/wire-text.ts';
import { Headers } from '../headers.ts';
import { requestAsUpgrade } from './extended-connect.ts';
import {
  KIND_AUTHORITY,
  KIND_CONNECTION,
  KIND_CONTENT_LENGTH,
  KIND_COOKIE,
  KIND_HOST,
  KIND_INVALID,
  KIND_METHOD,
  KIND_PATH,
  KIND_PROTOCOL,
  KIND_PSEUDO_MAX,
  KIND_REGULAR,
  KIND_SCHEME,
  KIND_STATUS,
  KIND_TE,
  KIND_UNDERSCORE,
  parseContentLength,
  parseStatus,
} from './header-kinds.ts';
import type { FieldSink } from './hpack-decoder.ts';
import type { Http2Options } from './options.ts';
import type { Http2CodecStats } from './stats.ts';

export const BLOCK_REQUEST = 0;
export const BLOCK_RESPONSE = 1;
export const BLOCK_TRAILERS = 2;
/** Only keeps the HPACK state right: a block of a stream that is gone. */
export const BLOCK_IGNORED = 3;

export const FIELDS_OK = 0;
/** A field that may not be there: `http2.invalid.header.field`. */
export const FIELDS_INVALID = 1;
export const FIELDS_TOO_LARGE = 2;
export const FIELDS_TOO_MANY = 3;
/** A name with an underscore, and the configuration says REJECT_REQUEST. */
export const FIELDS_UNDERSCORE = 4;
/** A pseudo-header is missing: `http2.violation.of.messaging.rule`. */
export const FIELDS_INCOMPLETE = 5;

const NOTHING = new Headers();

export class HeaderBlock implements FieldSink {
  headers: Headers;
  /** FIELDS_*; the first fault wins. */
  fault: number;
  /** Declared body length, -1 when there is none. */
  contentLength: number;
  private readonly opts: Http2Options;
  private readonly stats: Http2CodecStats;
  private readonly isServer: boolean;
  private mode: number;
  /** Of names and values, so far. */
  bytes: number;
  private count: number;
  /** Bit per pseudo-header kind. */
  private pseudo: number;
  private regularSeen: boolean;
  private host: string | null;
  private cookies: string;

  constructor(opts: Http2Options, stats: Http2CodecStats, isServer: boolean) {
    this.headers = NOTHING;
    this.fault = FIELDS_OK;
    this.contentLength = -1;
    this.opts = opts;
    this.stats = stats;
    this.isServer = isServer;
    this.mode = BLOCK_IGNORED;
    this.bytes = 0;
    this.count = 0;
    this.pseudo = 0;
    this.regularSeen = false;
    this.host = null;
    this.cookies = '';
  }

  begin(mode: number): void {
    this.mode = mode;
    this.headers = mode === BLOCK_IGNORED ? NOTHING : new Headers();
    this.fault = FIELDS_OK;
    this.contentLength = -1;
    this.bytes = 0;
    this.count = 0;
    this.pseudo = 0;
    this.regularSeen = false;
    this.host = null;
    this.cookies = '';
  }

  /** Whoever wanted the headers has them: do not keep them alive. */
  release(): void {
    this.headers = NOTHING;
    this.cookies = '';
    this.host = null;
  }

  onField(name: string, value: string, kind: number, validValue: boolean): void {
    if (this.mode === BLOCK_IGNORED) return;
    this.bytes += name.length + value.length;
    this.count++;
    if (this.bytes > this.opts.maxHeadersBytes || this.count > this.opts.maxHeadersCount) {
      // What follows is decoded for the table's sake and dropped.
      if (this.fault === FIELDS_OK) {
        this.fault = this.bytes > this.opts.maxHeadersBytes ? FIELDS_TOO_LARGE : FIELDS_TOO_MANY;
      }
      return;
    }
    if (kind === KIND_REGULAR && validValue) {
      this.regularSeen = true;
      this.headers.unchecked.push(name, value);
      return;
    }
    if (!validValue || !this.special(name, value, kind)) this.invalid();
  }

  private invalid(): void {
    if (this.fault === FIELDS_OK) this.fault = FIELDS_INVALID;
  }

  /** False: malformed. */
  private special(name: string, value: string, kind: number): boolean {
    if (kind >= KIND_AUTHORITY && kind <= KIND_PSEUDO_MAX) return this.pseudoField(value, kind);
    this.regularSeen = true;
    const list = this.headers.unchecked;
    switch (kind) {
      case KIND_TE:
        // RFC 9113 section 8.2.2; nghttp2 compares without regard to case.
        if (this.mode === BLOCK_REQUEST && value !== 'trailers' && asciiLower(value) !== 'trailers') return false;
        list.push(name, value);
        return true;
      case KIND_CONTENT_LENGTH:
        if (this.mode !== BLOCK_TRAILERS) {
          if (this.contentLength >= 0) return false;
          this.contentLength = parseContentLength(value);
          if (this.contentLength < 0) return false;
        }
        list.push(name, value);
        return true;
      case KIND_COOKIE:
        if (!this.isServer) list.push(name, value);
        else this.cookies = this.cookies === '' ? value : `${this.cookies}; ${value}`;
        return true;
      case KIND_HOST:
        if (this.mode !== BLOCK_REQUEST) {
          list.push(name, value);
          return true;
        }
        if (this.host !== null) return false;
        this.host = value;
        return true;
      case KIND_UNDERSCORE:
        if (this.isServer && this.opts.headersWithUnderscoresAction !== 'ALLOW') {
          if (this.opts.headersWithUnderscoresAction === 'DROP_HEADER') {
            this.stats.droppedHeadersWithUnderscores.inc();
          } else {
            this.stats.requestsRejectedWithUnderscoresInHeaders.inc();
            if (this.fault === FIELDS_OK) this.fault = FIELDS_UNDERSCORE;
          }
          return true;
        }
        list.push(name, value);
        return true;
      case KIND_CONNECTION:
      case KIND_INVALID:
        return false;
      default:
        list.push(name, value);
        return true;
    }
  }

  private pseudoField(value: string, kind: number): boolean {
    const bit = 1 << kind;
    if (this.regularSeen || (this.pseudo & bit) !== 0) return false;
    this.pseudo |= bit;
    const h = this.headers;
    if (this.mode === BLOCK_RESPONSE) {
      if (kind !== KIND_STATUS) return false;
      h.status = parseStatus(value);
      // 101 has no meaning in HTTP/2, RFC 9113 section 8.6.
      return h.status >= 100 && h.status !== 101;
    }
    if (this.mode !== BLOCK_REQUEST) return false;
    switch (kind) {
      case KIND_METHOD:
        h.method = value;
        return true;
      case KIND_PATH:
        h.path = value;
        return true;
      case KIND_AUTHORITY:
        h.authority = value;
        return true;
      case KIND_SCHEME:
        h.scheme = value;
        return true;
      case KIND_PROTOCOL:
        h.protocol = value;
        return this.opts.allowConnect && value !== '';
      default:
        return false;
    }
  }

  /** After the last field. */
  finish(): void {
    const complete =
      this.mode === BLOCK_REQUEST ? this.completeRequest() : this.mode !== BLOCK_RESPONSE || this.pseudo !== 0;
    if (!complete && this.fault === FIELDS_OK) this.fault = FIELDS_INCOMPLETE;
    if (this.cookies !== '') this.headers.unchecked.push('cookie', this.cookies);
    if (this.headers.protocol !== '' && this.fault === FIELDS_OK) requestAsUpgrade(this.headers);
  }

  private completeRequest(): boolean {
    const h = this.headers;
    if (this.host !== null && h.authority === '') h.authority = this.host;
    const has = this.pseudo;
    if ((has & (1 << KIND_METHOD)) === 0) return false;
    const schemeAndPath = (1 << KIND_SCHEME) | (1 << KIND_PATH);
    if (h.method === 'CONNECT' && h.protocol === '') {
      return (has & schemeAndPath) === 0 && h.authority !== '';
    }
    if (h.protocol !== '' && h.method !== 'CONNECT') return false;
    if ((has & schemeAndPath) !== schemeAndPath) return false;
    if ((has & (1 << KIND_AUTHORITY)) === 0 && this.host === null) return false;
    if (h.path.charCodeAt(0) === 0x2f || (h.scheme !== 'http' && h.scheme !== 'https')) return true;
    return h.path === '*' && h.method === 'OPTIONS';
  }
}
