/** Scans request and status lines (RFC 9112 sections 3 and 4): one space between the parts, CRLF at the end, nothing tolerated. */
import { CR, FIELD, LF, latin1, SLASH, SP, TARGET, TOKEN } from './chars.ts';
import { malformed } from './errors.ts';
import { INCOMPLETE } from './fields.ts';

/** What the last scan found; one for the process, read before the next scan. */
export class StartLine {
  method: string;
  targetStart: number;
  targetEnd: number;
  /** 11 or 10; 0 for any other `HTTP/d.d`, and for a request line without a version. */
  version: number;
  status: number;

  constructor() {
    this.method = '';
    this.targetStart = 0;
    this.targetEnd = 0;
    this.version = 0;
    this.status = 0;
  }
}
export const startLine = new StartLine();

/**
 * Methods Envoy's parser knows, less MSEARCH (its misspelling of M-SEARCH), which llhttp does not know. Anything else is 400
 * unless allow_custom_methods.
 */
const METHODS = new Map(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH ' +
    'POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
  )
    .split(' ')
    .map((name) => [name, name]),
);
/** Longer than any known method; custom ones are bounded by the head. */
const MAX_METHOD = 64;

const GET = 0x47455420; // 'GET '
const POST = 0x504f5354; // 'POST'
const HTTP = 0x48545450; // 'HTTP'

/** `METHOD SP target SP HTTP/d.d CRLF` at `pos`. Returns the offset behind it, or INCOMPLETE. */
export function scanRequestLine(buf: Buffer, pos: number, end: number, customMethods: boolean): number {
  const line = startLine;
  if (end - pos >= 5 && word(buf, pos) === GET) {
    line.method = 'GET';
    pos += 4;
  } else if (end - pos >= 5 && word(buf, pos) === POST && buf[pos + 4] === SP) {
    line.method = 'POST';
    pos += 5;
  } else {
    const start = pos;
    while (pos < end && TOKEN[buf[pos]] !== 0) pos++;
    if (pos - start > MAX_METHOD && !customMethods) throw malformed('HPE_INVALID_METHOD');
    if (pos === end) return INCOMPLETE;
    if (buf[pos] !== SP || pos === start) throw malformed('HPE_INVALID_METHOD');
    const text = latin1(buf, start, pos);
    const method = METHODS.get(text);
    if (method === undefined && !customMethods) throw malformed('HPE_INVALID_METHOD');
    line.method = method ?? text;
    pos++;
  }
  line.targetStart = pos;
  while (pos < end && TARGET[buf[pos]] === 1) pos++;
  if (pos === end) return INCOMPLETE;
  if (pos === line.targetStart) throw malformed('HPE_INVALID_URL');
  line.targetEnd = pos;
  if (buf[pos] !== SP) {
    if (buf[pos] !== CR) throw malformed('HPE_INVALID_URL');
    // HTTP/0.9: Envoy tells it to upgrade like any old version.
    line.version = 0;
    return lineEnd(buf, pos, end);
  }
  pos = scanVersion(buf, pos + 1, end);
  return pos === INCOMPLETE ? INCOMPLETE : lineEnd(buf, pos, end);
}

/** `HTTP/d.d SP 3DIGIT [SP reason] CRLF`. */
export function scanStatusLine(buf: Buffer, pos: number, end: number): number {
  pos = scanVersion(buf, pos, end);
  if (pos === INCOMPLETE) return INCOMPLETE;
  if (pos + 4 >= end) return badStatusPrefix(buf, pos, end);
  const a = buf[pos + 1] - 0x30;
  const b = buf[pos + 2] - 0x30;
  const c = buf[pos + 3] - 0x30;
  if (buf[pos] !== SP || a < 1 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9) throw malformed('invalid status line');
  startLine.status = a * 100 + b * 10 + c;
  pos += 4;
  if (buf[pos] === SP) {
    pos++;
    while (pos < end && FIELD[buf[pos]] === 1) pos++;
    if (pos === end) return INCOMPLETE;
  }
  return lineEnd(buf, pos, end);
}

function badStatusPrefix(buf: Buffer, pos: number, end: number): number {
  if (pos < end && buf[pos] !== SP) throw malformed('invalid status line');
  for (pos++; pos < end; pos++) {
    if (buf[pos] < 0x30 || buf[pos] > 0x39) throw malformed('invalid status line');
  }
  return INCOMPLETE;
}

function scanVersion(buf: Buffer, pos: number, end: number): number {
  if (end - pos < 8) {
    for (let i = 0; pos + i < end; i++) {
      if (i < 5 && buf[pos + i] !== 'HTTP/'.charCodeAt(i)) throw malformed('HPE_INVALID_VERSION');
    }
    return INCOMPLETE;
  }
  const major = buf[pos + 5] - 0x30;
  const minor = buf[pos + 7] - 0x30;
  if (
    word(buf, pos) !== HTTP ||
    buf[pos + 4] !== SLASH ||
    buf[pos + 6] !== 0x2e ||
    major < 0 ||
    major > 9 ||
    minor < 0 ||
    minor > 9
  ) {
    throw malformed('HPE_INVALID_VERSION');
  }
  startLine.version = major === 1 && minor <= 1 ? 10 + minor : 0;
  return pos + 8;
}

function lineEnd(buf: Buffer, pos: number, end: number): number {
  if (buf[pos] !== CR && pos < end) throw malformed(buf[pos] === LF ? 'bare LF' : 'invalid start line');
  if (pos + 1 >= end) return INCOMPLETE;
  if (buf[pos + 1] !== LF) throw malformed('bare CR');
  return pos + 2;
}

function word(buf: Buffer, pos: number): number {
  return (buf[pos] << 24) | (buf[pos + 1] << 16) | (buf[pos + 2] << 8) | buf[pos + 3];
}
