/**
 * From the bytes of a header name to one shared lower-case string. Names repeat on every message, so building and
 * lower-casing a string each time is waste; and one string object per name makes every later comparison a pointer
 * comparison. Two tables: the well-known names, and a bounded direct-mapped one for whatever else is seen.
 */
import { latin1, TOKEN } from './chars.ts';

/** What a name means to HTTP/1 framing. */
export const NAME_PLAIN = 0;
export const NAME_HOST = 1;
export const NAME_CONTENT_LENGTH = 2;
export const NAME_TRANSFER_ENCODING = 3;
export const NAME_CONNECTION = 4;
export const NAME_UPGRADE = 5;
export const NAME_PROXY_CONNECTION = 6;

export class HeaderName {
  readonly text: string;
  /** One of the NAME_ constants. */
  readonly kind: number;
  constructor(text: string, kind: number) {
    this.text = text;
    this.kind = kind;
  }
}

const FRAMING: [string, number][] = [
  ['host', NAME_HOST],
  ['content-length', NAME_CONTENT_LENGTH],
  ['transfer-encoding', NAME_TRANSFER_ENCODING],
  ['connection', NAME_CONNECTION],
  ['upgrade', NAME_UPGRADE],
  ['proxy-connection', NAME_PROXY_CONNECTION],
];

const PLAIN =
  'accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials ' +
  'access-control-allow-headers access-control-allow-methods access-control-allow-origin access-control-expose-headers ' +
  'access-control-max-age access-control-request-headers access-control-request-method age allow alt-svc authorization ' +
  'cache-control content-disposition content-encoding content-language content-location content-range content-type cookie ' +
  'date dnt etag expect expires forwarded from grpc-accept-encoding grpc-encoding grpc-message grpc-status grpc-timeout ' +
  'http2-settings if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified link ' +
  'location max-forwards origin pragma priority proxy-authenticate proxy-authorization range referer retry-after ' +
  'sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-websocket-accept sec-websocket-extensions ' +
  'sec-websocket-key sec-websocket-protocol sec-websocket-version server set-cookie strict-transport-security te ' +
  'traceparent tracestate trailer upgrade-insecure-requests user-agent vary via www-authenticate x-b3-flags ' +
  'x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid x-content-type-options x-envoy-attempt-count ' +
  'x-envoy-decorator-operation x-envoy-expected-rq-timeout-ms x-envoy-external-address x-envoy-internal ' +
  'x-envoy-upstream-service-time x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-proto ' +
  'x-frame-options x-powered-by x-real-ip x-request-id x-requested-with x-xss-protection';

/** Slots of each table; a power of two. */
const SLOTS = 1024;
/** Longer names are built every time, so a slot is at most this big. */
const MAX_CACHED = 64;
/** Hash probes in the fixed table before giving up; the table is a tenth full. */
const PROBES = 4;

const known: (HeaderName | null)[] = new Array<HeaderName | null>(SLOTS).fill(null);
const seen: (HeaderName | null)[] = new Array<HeaderName | null>(SLOTS).fill(null);

/** One step of the hash; scanners fold each lower-cased byte in as they validate it. Start with 0. */
export function hashByte(h: number, lower: number): number {
  return (Math.imul(h, 31) + lower) | 0;
}

function slotOf(h: number): number {
  return (h ^ (h >>> 10) ^ (h >>> 20)) & (SLOTS - 1);
}

function addKnown(text: string, kind: number): void {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = hashByte(h, text.charCodeAt(i));
  let slot = slotOf(h);
  for (let i = 0; i < PROBES; i++, slot = (slot + 1) & (SLOTS - 1)) {
    if (known[slot] === null) {
      known[slot] = new HeaderName(text, kind);
      return;
    }
  }
  // A framing name must never be missed; a plain one would only be slower.
  if (kind !== NAME_PLAIN) throw new Error(`header name table is too crowded for ${text}`);
}
for (const [text, kind] of FRAMING) addKnown(text, kind);
for (const text of PLAIN.split(' ')) addKnown(text, NAME_PLAIN);

function equals(text: string, buf: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = start, k = 0; i < end; i++, k++) if (text.charCodeAt(k) !== TOKEN[buf[i]]) return false;
  return true;
}

/** The name at `buf[start, end)`, all token bytes; `h` is its hash. */
export function headerName(buf: Buffer, start: number, end: number, h: number): HeaderName {
  let slot = slotOf(h);
  const recent = seen[slot];
  for (let i = 0; i < PROBES; i++) {
    const entry = known[slot];
    if (entry === null) break;
    if (equals(entry.text, buf, start, end)) return entry;
    slot = (slot + 1) & (SLOTS - 1);
  }
  if (recent !== null && equals(recent.text, buf, start, end)) return recent;
  const made = new HeaderName(latin1(buf, start, end).toLowerCase(), NAME_PLAIN);
  if (end - start <= MAX_CACHED) seen[slotOf(h)] = made;
  return made;
}
