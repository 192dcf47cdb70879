/** The published list of what is made equal before two transcripts are compared (README.md), and how bytes are shown. */
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import { withoutChance } from './oauth-form.ts';

const DATE = /\b(date: )(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:\w{3}) \d{4} \d\d:\d\d:\d\d GMT/gi;
/** Other dates of a case's `<now…>`: they are near. */
const NEAR_DATE = /\b((?:last-modified|expires|if-modified-since): )(\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT)/gi;
const NEAR_MS = 24 * 3600_000;
/** Seconds that an answer is old: whole tens count. */
const AGE = /\b(age: )(\d+)\b/gi;
const SERVICE_TIME = /(x-envoy-upstream-service-time: )\d+/gi;
/** A try's deadline shrinks by the time that those before it took: up to 60 ms below a multiple of 100 count as that multiple. */
const TRY_TIMEOUT = /(x-envoy-expected-rq-timeout-ms: )(\d+)/g;
const TRY_TIMEOUT_SLACK = 60;
/** The value of a cookie made for a hash policy: from the client's address, port included. */
const HASH_COOKIE = /(set-cookie: \w+=")[0-9a-f]{16}(?=")/g;
/** What a log says of time. A duration is labelled `ms=`, `us=` or `ns=`. */
const LOG_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3,9}(?=Z|[+-]\d{4})|(?=Z"))/g;
const DURATION = /\b([mun]s=)\d+/g;
/** Between an ejection and its end. */
const SINCE = /("secs_since_last_action":")\d+/g;
/** Envoy's default line: its two durations. */
const DEFAULT_LINE = /(\[TIMEZ\] "[^"]*" \d+ \S+ \d+ \d+ )\d+ (?:\d+|(-))(?= ")/g;
/** Ports that the system gave, once those with names are replaced; a log's ids of connections, labelled `id=`. */
/** The client's port in a PROXY header. */
const PROXY_PORT = /(PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 )\d{4,5} /g;
const EPHEMERAL_PORT = /\b(127\.0\.0\.1:|port=)\d{5}\b/g;
const CONNECTION_ID = /\b(id=)\d+/g;
/** What a tap has written: a moment, an id, the port of a connection. */
const TAP_DATE = /(value"?: ")\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g;
const TAP_ID = /(trace_id"?: "?)\d+/g;
const TAP_TIME = /(headers_received_time": "|^ *seconds: (?=1\d{9}$)|^ *nanos: (?=\d+$))[\dTZ:.-]+/gm;
const TAP_PORT = /(port_value"?: )\d{5}/g;
/** The digit behind the second dash says why a request is traced. */
const UUID_V4 = /\b[0-9a-f]{8}-[0-9a-f]{4}-([4-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g;

/** `ports` are those of one side of this run. */
export function normalise(text: string, ports: ReadonlyMap<string, number>): string {
  let out = withoutChance(decompressed(text))
    .replace(DATE, '$1DATE')
    .replace(NEAR_DATE, (all, name: string, date: string) =>
      Math.abs(Date.parse(date) - Date.now()) < NEAR_MS ? `${name}DATE` : all,
    )
    .replace(AGE, (_, name: string, age: string) => `${name}${Math.floor(Number(age) / 10) * 10}`)
    .replace(SERVICE_TIME, '$1MS')
    .replace(UUID_V4, (_, reason: string) => (reason === '4' ? 'UUID' : `UUID-${reason}`))
    .replace(HASH_COOKIE, '$1HASH')
    .replace(TAP_DATE, '$1DATE')
    .replace(TAP_ID, '$1ID')
    .replace(TAP_TIME, '$1TIME')
    .replace(LOG_TIME, 'TIME')
    .replace(DURATION, '$1N')
    .replace(SINCE, '$1N')
    .replace(DEFAULT_LINE, (_, head: string, none: string | undefined) => `${head}N ${none ?? 'N'}`)
    .replace(CONNECTION_ID, '$1N');
  out = out.replace(TRY_TIMEOUT, (_, name: string, ms: string) => {
    const whole = Math.ceil(Number(ms) / 100) * 100;
    return `${name}${whole - Number(ms) <= TRY_TIMEOUT_SLACK ? whole : ms}`;
  });
  out = withoutBase64(out, ports);
  for (const [name, port] of ports) out = out.replace(new RegExp(`(?<!\\d)${port}(?!\\d)`, 'g'), `<${name}>`);
  return out.replace(TAP_PORT, '$1PORT').replace(PROXY_PORT, '$1PORT ').replace(EPHEMERAL_PORT, '$1PORT');
}

/** Words of base64 that hold the address of one of this side's upstreams become what they hold. */
function withoutBase64(text: string, ports: ReadonlyMap<string, number>): string {
  const addresses = Array.from(ports.values(), (port) => `127.0.0.1:${port}`);
  return text.replace(/[A-Za-z0-9+/]{20,}={0,2}/g, (word) => {
    const plain = Buffer.from(word, 'base64').toString('latin1');
    if (!addresses.some((address) => plain.includes(address))) return word;
    return `base64(${plain.replace(EXPIRY, '\x10EXPIRES')})`;
  });
}
/** Of a session's cookie: a moment of the machine's clock. */
const EXPIRY = /\x10[\x80-\xff]*[\x00-\x7f]$/;

/** A head that says how its body is compressed, and that body: chunked, of a length, or as HTTP/2 transcripts show it. */
const COMPRESSED = /^content-encoding: (gzip|br|zstd)\r?\n/m;
const HTTP1_HEAD_END = '\r\n\r\n';
const HTTP2_DATA = /^data (\d+) bytes:\n/m;
const DECODE = {
  gzip: (b: Buffer) => zlib.gunzipSync(b, { finishFlush: zlib.constants.Z_SYNC_FLUSH }),
  br: (b: Buffer) => zlib.brotliDecompressSync(b, { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  zstd: (b: Buffer) => zlib.zstdDecompressSync(b, { finishFlush: zlib.constants.ZSTD_e_flush }),
};

/** What compressed bodies hold, without chunk boundaries: compressors may make other bytes of the same text. */
function decompressed(text: string): string {
  const head = COMPRESSED.exec(text);
  if (head === null) return text;
  const kind = head[1] as keyof typeof DECODE;
  const from = head.index + head[0].length;
  const data = HTTP2_DATA.exec(text.slice(from));
  const end = text.indexOf(HTTP1_HEAD_END, head.index);
  let at = data === null ? end + HTTP1_HEAD_END.length : from + data.index + data[0].length;
  if (data === null && end < 0) return text;
  const before = text.slice(0, data === null ? at : from + data.index);
  let body = '';
  if (data !== null) {
    body = text.slice(at, at + Number(data[1]));
    at += body.length;
  } else if (/^transfer-encoding: chunked/m.test(text.slice(0, end))) {
    for (let size = -1; size !== 0; ) {
      const line = text.indexOf('\r\n', at);
      size = Number.parseInt(text.slice(at, line), 16);
      if (Number.isNaN(size)) return text;
      body += text.slice(line + 2, line + 2 + size);
      at = size === 0 ? line + 2 : line + 4 + size;
    }
  } else {
    body = text.slice(at);
    at = text.length;
  }
  try {
    const plain = DECODE[kind](Buffer.from(body, 'latin1')).toString('latin1');
    return `${before}<${kind}>${plain}</${kind}>\n${decompressed(text.slice(at))}`;
  } catch {
    return text;
  }
}

/** More than this is shown by its length and hash. */
const LONGEST = 4096;

/** One line of text for each line of bytes, everything unprintable escaped. */
export function printable(bytes: string): string {
  if (bytes.length > LONGEST) {
    const hash = createHash('sha256').update(bytes, 'latin1').digest('hex').slice(0, 16);
    return `${printable(bytes.slice(0, 1024))}\n… ${bytes.length} bytes in all, sha256 ${hash}`;
  }
  const escaped = bytes.replace(/\\/g, '\\\\').replace(/[^\x20-\x7e\n\\]/g, escapeByte);
  return escaped.replace(/\n(?!$)/g, '\\n\n').replace(/\n$/, '\\n');
}

function escapeByte(char: string): string {
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
