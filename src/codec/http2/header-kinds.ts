/**
 * What a header name means to HTTP/2, decided once per name and then carried as a small number: pseudo-headers, the names RFC
 * 9113 section 8.2.2 forbids, and those with a rule of their own. And the byte classes names and values must keep
 * (RFC 9113 section 8.2.1 as nghttp2, which Envoy uses, applies it: obs-text is allowed in values, controls but tab are not).
 */

export const KIND_REGULAR = 0;
/** From here on a name needs a closer look; below, it is simply appended. */
export const KIND_AUTHORITY = 1;
export const KIND_METHOD = 2;
export const KIND_PATH = 3;
export const KIND_SCHEME = 4;
export const KIND_STATUS = 5;
export const KIND_PROTOCOL = 6;
/** Last of the pseudo-headers. */
export const KIND_PSEUDO_MAX = 6;
export const KIND_TE = 7;
export const KIND_CONTENT_LENGTH = 8;
export const KIND_COOKIE = 9;
export const KIND_HOST = 10;
/** connection, keep-alive, proxy-connection, transfer-encoding, upgrade. */
export const KIND_CONNECTION = 11;
/** Not a lower-case token, or an unknown pseudo-header. */
export const KIND_INVALID = 12;
/** A regular name with an underscore: `headers_with_underscores_action` decides. */
export const KIND_UNDERSCORE = 13;

const NAMED = new Map<string, number>([
  [':authority', KIND_AUTHORITY],
  [':method', KIND_METHOD],
  [':path', KIND_PATH],
  [':scheme', KIND_SCHEME],
  [':status', KIND_STATUS],
  [':protocol', KIND_PROTOCOL],
  ['te', KIND_TE],
  ['content-length', KIND_CONTENT_LENGTH],
  ['cookie', KIND_COOKIE],
  ['host', KIND_HOST],
  ['connection', KIND_CONNECTION],
  ['keep-alive', KIND_CONNECTION],
  ['proxy-connection', KIND_CONNECTION],
  ['transfer-encoding', KIND_CONNECTION],
  ['upgrade', KIND_CONNECTION],
]);

/** Lower-case token characters. */
const NAME_OK = new Uint8Array(256);
/** Token characters of either case, for :method. */
const TOKEN_OK = new Uint8Array(256);
const VALUE_OK = new Uint8Array(256);
/** :path: visible ASCII and obs-text. */
const PATH_OK = new Uint8Array(256);
/** :authority and host: host, port, percent-encoding, IPv6 brackets; no user information (RFC 9113 section 8.3.1). */
const AUTHORITY_OK = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") NAME_OK[c.charCodeAt(0)] = 1;
TOKEN_OK.set(NAME_OK);
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') TOKEN_OK[c.charCodeAt(0)] = 1;
VALUE_OK.fill(1, 0x20);
VALUE_OK[0x7f] = 0;
VALUE_OK[0x09] = 1;
PATH_OK.fill(1, 0x21);
PATH_OK[0x7f] = 0;
const URI = "!$%&'()*+,-./:;=@[]_~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
for (const c of URI) if (c !== '/' && c !== '@') AUTHORITY_OK[c.charCodeAt(0)] = 1;

function all(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** Classify a received name. */
export function nameKind(name: string): number {
  const known = NAMED.get(name);
  if (known !== undefined) return known;
  if (name.length === 0 || !all(name, NAME_OK)) return KIND_INVALID;
  return name.includes('_') ? KIND_UNDERSCORE : KIND_REGULAR;
}

/** Whether `value` may stand behind a name of this kind; what depends on the message is header-block.ts's. */
export function valueValidFor(kind: number, value: string): boolean {
  switch (kind) {
    case KIND_METHOD:
      return value.length > 0 && all(value, TOKEN_OK);
    case KIND_PATH:
      return value.length > 0 && all(value, PATH_OK);
    case KIND_AUTHORITY:
    case KIND_HOST:
      return value.length > 0 && all(value, AUTHORITY_OK);
    case KIND_SCHEME:
      // RFC 3986 section 3.1.
      return /^[A-Za-z][A-Za-z0-9+.-]*$/.test(value);
    case KIND_STATUS:
      return parseStatus(value) > 0;
    default:
      return all(value, VALUE_OK);
  }
}

/** 100..999 from its three digits, else 0. */
export function parseStatus(value: string): number {
  if (value.length !== 3) return 0;
  const a = value.charCodeAt(0) - 48;
  const b = value.charCodeAt(1) - 48;
  const c = value.charCodeAt(2) - 48;
  return a >= 1 && a <= 9 && b >= 0 && b <= 9 && c >= 0 && c <= 9 ? a * 100 + b * 10 + c : 0;
}

/** Digits only, at most 2^53; else -1. */
export function parseContentLength(value: string): number {
  const len = value.length;
  if (len === 0 || len > 16) return -1;
  let n = 0;
  for (let i = 0; i < len; i++) {
    const d = value.charCodeAt(i) - 48;
    if (d < 0 || d > 9) return -1;
    n = n * 10 + d;
  }
  return n <= Number.MAX_SAFE_INTEGER ? n : -1;
}
