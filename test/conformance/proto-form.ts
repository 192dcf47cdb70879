/** Messages of services that proxies ask, as a case writes them (`proto:` of an HTTP/2 reply) and as a transcript shows them. */
import { createFileRegistry, type FileRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { schema } from '../../src/config/schema/registry.ts';
import { FrameReader, frame } from '../../src/grpc/frames.ts';
import { loadCodec, type MessageCodec } from '../../src/grpc/message-codec.ts';
import { bookstore } from '../http/filters/bookstore.ts';
import { asList, asMap, type Yaml } from './case.ts';

/** Path of a method, its request and its answer. */
const METHODS: Readonly<Record<string, readonly [request: string, response: string]>> = {
  '/envoy.service.auth.v3.Authorization/Check': [
    'envoy.service.auth.v3.CheckRequest',
    'envoy.service.auth.v3.CheckResponse',
  ],
  '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit': [
    'envoy.service.ratelimit.v3.RateLimitRequest',
    'envoy.service.ratelimit.v3.RateLimitResponse',
  ],
  '/envoy.service.redis_auth.v3.RedisProxyExternalAuth/Authenticate': [
    'envoy.service.redis_auth.v3.RedisProxyExternalAuthRequest',
    'envoy.service.redis_auth.v3.RedisProxyExternalAuthResponse',
  ],
  '/envoy.service.ext_proc.v3.ExternalProcessor/Process': [
    'envoy.service.ext_proc.v3.ProcessingRequest',
    'envoy.service.ext_proc.v3.ProcessingResponse',
  ],
};
const codecs = new Map<string, MessageCodec>();

export async function loadProtos(): Promise<void> {
  for (const name of Object.values(METHODS).flat()) codecs.set(name, await loadCodec(name));
}

/** Of a frame, an answer to `path`. */
export function encodeAnswer(path: string, yaml: Yaml): Buffer {
  const type = METHODS[path]?.[1] ?? '';
  const codec = codecs.get(type);
  if (codec === undefined) throw new Error(`no message of ${path} is known`);
  return frame(codec.encode(typed(type, yaml)));
}

/** Null where nothing is known of the path, or the bytes are no messages. */
export function showRequest(path: string, body: string): string | null {
  if (path.startsWith(BOOKSTORE)) return showBookstore(path.slice(BOOKSTORE.length), body);
  const codec = codecs.get(METHODS[path]?.[0] ?? '');
  if (codec === undefined) return null;
  const messages: string[] = [];
  new FrameReader(1 << 24).push(Buffer.from(body, 'latin1'), (m) => {
    messages.push(JSON.stringify(codec.decode(m), shown, 1));
  });
  return `${messages.join('\n')}\n`;
}

const BOOKSTORE = '/bookstore.Bookstore/';
let books: FileRegistry | null = null;

/** By what its messages mean: the order of fields is nobody's business. */
function showBookstore(name: string, body: string): string | null {
  books ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, bookstore()));
  const method = books.getService('bookstore.Bookstore')?.methods.find((m) => m.name === name);
  if (method === undefined) return null;
  const registry = books;
  const messages: string[] = [];
  try {
    new FrameReader(1 << 24).push(Buffer.from(body, 'latin1'), (m) => {
      const json = toJson(method.input, fromBinary(method.input, m), { registry });
      messages.push(JSON.stringify(json, null, 1));
    });
  } catch {
    return null;
  }
  return `${messages.join('\n')}\n`;
}

function shown(this: Record<string, unknown>, key: string, value: unknown): unknown {
  if (key === 'source') return JSON.parse(JSON.stringify(value).replace(/"portValue":\d+/, '"portValue":"PORT"'));
  if (key === 'rawValue' && this['key'] === 'x-envoy-upstream-service-time') return 'MS';
  if (key === 'time' && typeof value === 'number') return 'TIME';
  if (key === 'id' && typeof value === 'string' && 'protocol' in this) return 'ID';
  // In the order in which a client of HTTP/2 sends them.
  if (key === 'headers' && Array.isArray(value)) {
    const pseudo = (h: { key?: string }): string => (h.key?.startsWith(':') ? h.key : '~');
    return value.toSorted((a, b) => (pseudo(a) < pseudo(b) ? -1 : pseudo(a) > pseudo(b) ? 1 : 0));
  }
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null)
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (value instanceof Map) return Object.fromEntries([...value].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer')
    return Buffer.from((value as unknown as { data: number[] }).data).toString('latin1');
  return value;
}

/** Names of the proto; a foreign message (google.rpc.Status) is its code. */
function typed(typeName: string, yaml: Yaml): object {
  const type = schema.message(typeName);
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(asMap(yaml, typeName))) {
    const field = type?.field(name);
    if (field === undefined) throw new Error(`${typeName} has no field ${name}`);
    const one = (v: Yaml): unknown => {
      if (field.kind === 'message') return typed(field.typeName, v);
      if (field.letter === 'y') return Buffer.from(String(v), 'latin1');
      if (field.letter === 'V') return v === 0 ? Buffer.alloc(0) : Buffer.from([8, Number(v)]);
      return v;
    };
    if (field.mapKey !== '') out[field.key] = new Map(Object.entries(asMap(value, name)).map(([k, v]) => [k, one(v)]));
    else out[field.key] = field.repeated ? asList(value).map(one) : one(value);
  }
  return out;
}
