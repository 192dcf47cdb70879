/**
 * Spans as a collector is sent them: Zipkin's JSON and protobuf, OTLP over HTTP and gRPC, made comparable. Times become `N`, the order of spans, tags
 * and members is theirs no more; ids stay, until all of a case is there to tell which are the same (`nameIds`).
 */

/** Field number → name, how it is read, what is in it. */
interface Shape {
  readonly [field: number]: readonly [name: string, kind: Kind, inner?: Shape];
}
type Kind = 'text' | 'hex' | 'number' | 'time' | 'message' | 'messages' | 'double';

const KEY_VALUE: Shape = {};
const ANY_VALUE: Shape = { 1: ['text', 'text'], 2: ['bool', 'number'], 3: ['int', 'number'], 4: ['double', 'double'] };
Object.assign(KEY_VALUE, { 1: ['key', 'text'], 2: ['value', 'message', ANY_VALUE] });
const OTLP_SPAN: Shape = {
  1: ['traceId', 'hex'],
  2: ['id', 'hex'],
  3: ['traceState', 'text'],
  4: ['parentId', 'hex'],
  5: ['name', 'text'],
  6: ['kind', 'number'],
  7: ['start', 'time'],
  8: ['end', 'time'],
  9: ['tags', 'messages', KEY_VALUE],
  10: ['droppedTags', 'number'],
  11: [
    'annotations',
    'messages',
    { 1: ['timestamp', 'time'], 2: ['value', 'text'], 3: ['tags', 'messages', KEY_VALUE] },
  ],
  15: ['status', 'message', { 2: ['message', 'text'], 3: ['code', 'number'] }],
  16: ['flags', 'number'],
};
const OTLP: Shape = {
  1: [
    'resourceSpans',
    'messages',
    {
      1: ['resource', 'message', { 1: ['tags', 'messages', KEY_VALUE] }],
      2: [
        'scopeSpans',
        'messages',
        {
          1: ['scope', 'message', { 1: ['name', 'text'], 2: ['version', 'text'] }],
          2: ['spans', 'messages', OTLP_SPAN],
          3: ['schemaUrl', 'text'],
        },
      ],
      3: ['schemaUrl', 'text'],
    },
  ],
};
const ENDPOINT: Shape = { 1: ['serviceName', 'text'], 2: ['ipv4', 'hex'], 3: ['ipv6', 'hex'], 4: ['port', 'number'] };
const ZIPKIN: Shape = {
  1: [
    'spans',
    'messages',
    {
      1: ['traceId', 'hex'],
      2: ['parentId', 'hex'],
      3: ['id', 'hex'],
      4: ['kind', 'number'],
      5: ['name', 'text'],
      6: ['timestamp', 'time'],
      7: ['duration', 'time'],
      8: ['localEndpoint', 'message', ENDPOINT],
      10: ['annotations', 'messages', { 1: ['timestamp', 'time'], 2: ['value', 'text'] }],
      11: ['tags', 'messages', { 1: ['key', 'text'], 2: ['value', 'text'] }],
      13: ['shared', 'number'],
    },
  ],
};

type Value = string | number | boolean | Value[] | { [name: string]: Value };
type Message = { [name: string]: Value };

class Reader {
  #at = 0;
  readonly #bytes: Buffer;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('a message is cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  read(shape: Shape): Message {
    const message: Message = {};
    while (this.#at < this.#bytes.length) {
      const tag = Number(this.#varint());
      const [name, kind, inner] = shape[tag >> 3] ?? [`field${tag >> 3}`, 'hex'];
      const value = this.#value(tag & 7, kind, inner);
      if (kind === 'messages') ((message[name] ??= []) as Value[]).push(value);
      else message[name] = value;
    }
    return message;
  }

  #value(wire: number, kind: Kind, inner: Shape | undefined): Value {
    if (wire === 0) {
      const number = this.#varint();
      return kind === 'time' ? 'N' : Number(BigInt.asIntN(64, number));
    }
    const length = wire === 1 ? 8 : wire === 5 ? 4 : Number(this.#varint());
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    if (kind === 'time') return 'N';
    if (kind === 'double') return bytes.readDoubleLE();
    if (kind === 'number') return bytes.readUInt32LE();
    if (kind === 'text') return bytes.toString('utf8');
    return inner === undefined ? bytes.toString('hex') : new Reader(bytes).read(inner);
  }
}

/** One request to a collector: how it begins, and the spans in it, each as lines. */
export interface SpanReport {
  readonly head: string;
  readonly spans: string[];
}

/** An HTTP/2 upstream writes its note bit by bit. */
export const isWhole = (seen: string): boolean =>
  / HTTP\/1\.1\r\n/.test(seen) || /^(end|reset .*|trailers:)$/m.test(seen);

export function readReport(seen: string): SpanReport {
  const { head, body } = split(seen);
  const spans = decode(head, body).map((span) => JSON.stringify(tidy(span), undefined, 1).replace(VERSION, 'VERSION'));
  return { head: head.replace(/(content-length: )\d+/i, '$1N').replace(VERSION, 'VERSION'), spans };
}

/** What a proxy calls itself. */
const VERSION = /\b[0-9a-f]{40}\/[^"\s]*/g;

/** An HTTP/1 message as it came, or what an HTTP/2 upstream notes of one. */
function split(seen: string): { head: string; body: Buffer } {
  const data = /^data (\d+) bytes:\n/m.exec(seen);
  if (data !== null) {
    const from = data.index + data[0].length;
    return { head: seen.slice(0, data.index), body: Buffer.from(seen.slice(from, from + Number(data[1])), 'latin1') };
  }
  const end = seen.indexOf('\r\n\r\n') + 4;
  const head = seen.slice(0, end);
  let rest = seen.slice(end);
  if (!/transfer-encoding: chunked/i.test(head)) return { head, body: Buffer.from(rest, 'latin1') };
  let body = '';
  for (let size = Number.parseInt(rest, 16); size > 0; size = Number.parseInt(rest, 16)) {
    const from = rest.indexOf('\r\n') + 2;
    body += rest.slice(from, from + size);
    rest = rest.slice(from + size + 2);
  }
  return { head, body: Buffer.from(body, 'latin1') };
}

function decode(head: string, body: Buffer): Message[] {
  if (/content-type: application\/json/i.test(head)) return JSON.parse(body.toString('utf8')) as Message[];
  const grpc = /content-type: application\/grpc/i.test(head);
  if (!grpc && !/\/v1\/traces/.test(head)) return (new Reader(body).read(ZIPKIN)['spans'] ?? []) as Message[];
  const all = new Reader(grpc ? body.subarray(5) : body).read(OTLP);
  return ((all['resourceSpans'] ?? []) as Message[]).flatMap(({ scopeSpans, ...resource }) =>
    ((scopeSpans ?? []) as Message[]).flatMap(({ spans, ...scope }) =>
      ((spans ?? []) as Message[]).map((span) => ({ ...span, ...resource, ...scope })),
    ),
  );
}

/** `key: text`, or `key: {"int":1}`. */
function shortTag(tag: Value): string {
  const { key, value } = tag as Message;
  const only = typeof value === 'object' ? (value as Message)['text'] : value;
  return `${String(key)}: ${typeof only === 'string' ? only : JSON.stringify(value)}`;
}

const TIMES = /^(timestamp|duration)$/;

function tidy(value: Value, name = ''): Value {
  if (TIMES.test(name)) return 'N';
  if (name === 'annotations') return (value as Message[]).map((a) => String(a['value'])).join(', ');
  if (Array.isArray(value)) {
    const list = value.map((v) => tidy(v));
    return name === 'tags' ? list.map(shortTag).sort() : list;
  }
  if (typeof value !== 'object') return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((n) => [n, tidy(value[n]!, n)]));
}

const ID = /[0-9a-f]{16,32}/g;
/** Where ids stand: headers, spans, logs. */
const PLACES =
  /((?:x-b3-(?:traceid|spanid|parentspanid)|b3|traceparent): |"(?:traceId|id|parentId)": "|\b(?:trace|span)=)([0-9a-f-]{16,})/g;
/** Ids that a case gives have this in them, and are shown as they are. */
const GIVEN = '00000';
const ZEROS = '0'.repeat(16);

/** Ids that a proxy made, called by the order in which they come. */
export function nameIds(lines: readonly string[]): string[] {
  const names = new Map<string, string>();
  const name = (id: string): string => {
    if (id.startsWith(ZEROS) && id.length === 32) return `ZEROS${name(id.slice(16))}`;
    if (id.includes(GIVEN)) return id;
    let found = names.get(id);
    if (found === undefined) {
      const wide = [...names.keys()].find((other) => other.length === 32 && other.endsWith(id));
      found = wide === undefined ? `ID${names.size + 1}` : `${names.get(wide)}LOW`;
      names.set(id, found);
    }
    return found;
  };
  return lines.map((line) => line.replace(PLACES, (_, place: string, ids: string) => place + ids.replace(ID, name)));
}

/** What of a span says nothing of its ids, to sort spans by. */
export const withoutIds = (span: string): string =>
  span.replace(ID, 'ID').replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID');
