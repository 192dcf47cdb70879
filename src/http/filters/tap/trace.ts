/**
 * The messages that a tap writes (envoy.data.tap.v3.TraceWrapper), and their forms: JSON as Envoy's MessageUtil prints it with all members, protobuf
 * text and protobuf.
 */
import type { Headers } from '../../../codec/headers.ts';
import { quoted } from '../../../format/proto-text.ts';
import type { MessageCodec } from '../../../grpc/message-codec.ts';
import { WireWriter } from '../../../grpc/wire-writer.ts';
import { asciiLower, fromWire, toWire } from '../../../platform/wire-text.ts';

export interface HeaderValue {
  readonly key: string;
  readonly value: string;
}
export interface Body {
  /** At most as long as allowed. */
  asBytes: Buffer;
  truncated: boolean;
}
export interface Message {
  readonly headers: readonly HeaderValue[];
  readonly body: Body | null;
  readonly trailers: readonly HeaderValue[];
  /** ms since 1970; null where it is not recorded. */
  readonly receivedMs: number | null;
}
/** IP and port, or a path. */
export interface Place {
  readonly address: string;
  readonly port: number;
}
export interface Connection {
  readonly local: Place | null;
  readonly remote: Place | null;
}
export interface BufferedTrace {
  readonly request: Message;
  /** Null: none came. */
  readonly response: Message | null;
  readonly downstream: Connection | null;
  readonly upstream: Connection | null;
}
type Segments = 'requestHeaders' | 'requestTrailers' | 'responseHeaders' | 'responseTrailers';
export type Segment =
  | { readonly name: Segments; readonly headers: readonly HeaderValue[] }
  | { readonly name: 'requestBodyChunk' | 'responseBodyChunk'; readonly body: Body };
export interface Sample {
  readonly numerator: number;
  readonly denominator: string;
}
export type Trace =
  | { readonly buffered: BufferedTrace; readonly sample: Sample | null }
  | { readonly id: bigint; readonly segment: Segment; readonly sample: Sample | null };

/** With pseudo-headers in front, in Envoy's order. */
export function listOf(h: Headers, response: boolean): HeaderValue[] {
  const rows: HeaderValue[] = [];
  const add = (key: string, value: string): void => {
    if (value !== '') rows.push({ key, value });
  };
  if (response) add(':status', String(h.status));
  else {
    add(':authority', h.authority);
    add(':path', h.path);
    add(':method', h.method);
    add(':scheme', h.scheme);
  }
  const { list } = h;
  for (let i = 0; i < list.length; i += 2) rows.push({ key: list[i], value: list[i + 1] });
  return rows;
}

/** UTF-8; `instead` of what is none: Envoy writes `!` in headers, protobuf's JSON a blank. */
function textOf(wire: string, instead: '!' | ' '): string {
  const whole = fromWire(wire);
  if (whole !== null) return whole;
  return wire.replace(
    /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g,
    (part) => (part.length === 1 ? instead : (fromWire(part) ?? instead.repeat(part.length))),
  );
}

// --- as typed config, for protobuf and its text ----------------------------------------------------------------------

type Value = { readonly [key: string]: unknown };

const bodyValue = (body: Body): Value => ({ asBytes: body.asBytes, truncated: body.truncated });

function messageValue(m: Message): Value {
  const received = m.receivedMs === null ? {} : { headersReceivedTime: m.receivedMs };
  const body = m.body === null ? {} : { body: bodyValue(m.body) };
  return { headers: m.headers.map(wireText), ...body, trailers: m.trailers.map(wireText), ...received };
}
/** Strings of protobuf are text. */
const wireText = ({ key, value }: HeaderValue): HeaderValue => ({ key, value: textOf(value, '!') });

const placeValue = (p: Place | null): Value | undefined => {
  if (p === null) return undefined;
  return p.port < 0 ? { pipe: { path: p.address } } : { socketAddress: { address: p.address, portValue: p.port } };
};
const connectionValue = (c: Connection): Value => ({
  localAddress: placeValue(c.local),
  remoteAddress: placeValue(c.remote),
});

function traceValue(trace: Trace): Value {
  const sample = trace.sample === null ? {} : { configuredSampleRate: trace.sample };
  if ('segment' in trace) {
    const { segment, id } = trace;
    const part = 'body' in segment ? bodyValue(segment.body) : { headers: segment.headers.map(wireText) };
    return { httpStreamedTraceSegment: { traceId: id, [segment.name]: part }, ...sample };
  }
  const { request, response, downstream, upstream } = trace.buffered;
  return {
    httpBufferedTrace: {
      request: messageValue(request),
      ...(response === null ? {} : { response: messageValue(response) }),
      ...(downstream === null ? {} : { downstreamConnection: connectionValue(downstream) }),
      ...(upstream === null ? {} : { upstreamConnection: connectionValue(upstream) }),
    },
    ...sample,
  };
}

// --- JSON ------------------------------------------------------------------------------------------------------------

const snake = (key: string): string => key.replace(/[A-Z]/g, (c) => `_${asciiLower(c)}`);

const headersJson = (rows: readonly HeaderValue[]): Value[] =>
  rows.map(({ key, value }) => ({ key, value: textOf(value, '!'), raw_value: '' }));

const bodyJson = ({ asBytes, truncated }: Body, asText: boolean): Value => ({
  ...(asText ? { as_string: textOf(asBytes.toString('latin1'), ' ') } : { as_bytes: asBytes.toString('base64') }),
  truncated,
});

const messageJson = (m: Message, asText: boolean): Value => ({
  headers: headersJson(m.headers),
  ...(m.body === null ? {} : { body: bodyJson(m.body, asText) }),
  trailers: headersJson(m.trailers),
  ...(m.receivedMs === null ? {} : { headers_received_time: new Date(m.receivedMs).toISOString() }),
});

const placeJson = (p: Place): Value =>
  p.port < 0
    ? { pipe: { path: p.address, mode: 0 } }
    : {
        socket_address: {
          protocol: 'TCP',
          address: p.address,
          port_value: p.port,
          resolver_name: '',
          ipv4_compat: false,
          network_namespace_filepath: '',
        },
      };
const connectionJson = ({ local, remote }: Connection): Value => ({
  ...(local === null ? {} : { local_address: placeJson(local) }),
  ...(remote === null ? {} : { remote_address: placeJson(remote) }),
});

export function jsonOf(trace: Trace, asText: boolean): string {
  const sample = trace.sample === null ? {} : { configured_sample_rate: trace.sample };
  let value: Value;
  if ('segment' in trace) {
    const { segment, id } = trace;
    const part = 'body' in segment ? bodyJson(segment.body, asText) : { headers: headersJson(segment.headers) };
    value = { http_streamed_trace_segment: { trace_id: String(id), [snake(segment.name)]: part } };
  } else {
    const { request, response, downstream, upstream } = trace.buffered;
    value = {
      http_buffered_trace: {
        request: messageJson(request, asText),
        ...(response === null ? {} : { response: messageJson(response, asText) }),
        ...(downstream === null ? {} : { downstream_connection: connectionJson(downstream) }),
        ...(upstream === null ? {} : { upstream_connection: connectionJson(upstream) }),
      },
    };
  }
  const text = JSON.stringify({ ...value, ...sample }, null, 1);
  // As protobuf escapes.
  const escaped = text.replace(
    /[<>\x7f-\x9f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}

// --- protobuf text ---------------------------------------------------------------------------------------------------

function write(value: Value, indent: string): string {
  let text = '';
  for (const [key, v] of Object.entries(value)) {
    for (const one of Array.isArray(v) ? v : [v]) text += line(snake(key), one, indent);
  }
  return text;
}

function line(name: string, v: unknown, indent: string): string {
  if (v === undefined || v === '' || v === false || v === 0) return '';
  if (name === 'headers_received_time') {
    const ms = v as number;
    const nanos = (ms % 1000) * 1e6;
    const time = { seconds: Math.floor(ms / 1000), ...(nanos === 0 ? {} : { nanos }) };
    return `${indent}${name} {\n${write(time, `${indent}  `)}${indent}}\n`;
  }
  if (Buffer.isBuffer(v)) return `${indent}${name}: ${quoted(v.toString('latin1'))}\n`;
  if (typeof v === 'string') {
    if (name === 'denominator') return v === 'HUNDRED' ? '' : `${indent}${name}: ${v}\n`;
    return `${indent}${name}: ${quoted(toWire(v))}\n`;
  }
  if (typeof v === 'object') return `${indent}${name} {\n${write(v as Value, `${indent}  `)}${indent}}\n`;
  return `${indent}${name}: ${v}\n`;
}

export const textFormat = (trace: Trace): string => write(traceValue(trace), '');

// --- protobuf --------------------------------------------------------------------------------------------------------

export function binaryOf(trace: Trace, codec: MessageCodec, delimited: boolean): Buffer {
  const bytes = codec.encode(traceValue(trace));
  if (!delimited) return bytes;
  const w = new WireWriter();
  w.varint(bytes.length);
  w.raw(bytes);
  return w.finish();
}
