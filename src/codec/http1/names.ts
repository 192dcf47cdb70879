/**
 * From the bytes of a header name to one shared lower-case string. Names repeat on every message, so building and
 * lower-casing a string each time is waste; and one string object per name makes every later comparison a pointer
 * comparison. Two tables: the well-known names, and a bounded direct-mapped one for whatever else is seen.
 */
import { asciiLower } from '../../platform/wire-text.ts';
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
/** Longer names are built every time; the stride of the byte tables. */
const MAX_CACHED = 64;
/** Neighbouring slots tried in the fixed table; it is a tenth full. */
const PROBES = 4;

/** Names by slot, and beside them their bytes: comparing bytes with bytes is much cheaper than with a string's characters. */
const known: (HeaderName | null)[] = new Array<HeaderName | null>(SLOTS).fill(null);
const knownBytes = Buffer.alloc(SLOTS * MAX_CACHED);
const seen: (HeaderName | null)[] = new Array<HeaderName | null>(SLOTS).fill(null);
const seenBytes = new Uint8Array(SLOTS * MAX_CACHED);

/** One step of the hash; scanners fold each lower-cased byte in as they validate it. Start with 0. */
function hashByte(h: number, lower: number): number {
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
      knownBytes.write(text, slot * MAX_CACHED, 'latin1');
      return;
    }
  }
  // A framing name must never be missed; a plain one would only be slower.
  if (kind !== NAME_PLAIN) throw new Error(`header name table is too crowded for ${text}`);
}
for (const [text, kind] of FRAMING) addKnown(text, kind);
// The keys of an object are the engine's own single copies, which makes comparisons with literals pointer comparisons.
const plain: Record<string, number> = {};
for (const text of PLAIN.split(' ')) plain[text] = NAME_PLAIN;
for (const text of Object.keys(plain)) addKnown(text, NAME_PLAIN);

/** The name at `buf[start, end)`, all token bytes; `h` is its hash. */
export function headerName(buf: Buffer, start: number, end: number, h: number): HeaderName {
  const length = end - start;
  const first = slotOf(h);
  for (let i = 0; i < PROBES; i++) {
    const slot = (first + i) & (SLOTS - 1);
    const entry = known[slot];
    if (entry === null) break;
    if (entry.text.length !== length) continue;
    let at = slot * MAX_CACHED;
    let pos = start;
    while (pos < end && knownBytes[at] === TOKEN[buf[pos]]) {
      pos++;
      at++;
    }
    if (pos === end) return entry;
  }
  const entry = seen[first];
  if (entry !== null && entry.text.length === length) {
    let at = first * MAX_CACHED;
    let pos = start;
    while (pos < end && seenBytes[at] === TOKEN[buf[pos]]) {
      pos++;
      at++;
    }
    if (pos === end) return entry;
  }
  const made = new HeaderName(asciiLower(latin1(buf, start, end)), NAME_PLAIN);
  if (length <= MAX_CACHED) {
    seen[first] = made;
    for (let pos = start, at = first * MAX_CACHED; pos < end; pos++, at++) seenBytes[at] = TOKEN[buf[pos]];
  }
  return made;
}
