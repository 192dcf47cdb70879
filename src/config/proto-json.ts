/**
 * Typed config → protobuf's JSON as Envoy's /config_dump prints it: snake_case names, Durations as text, bytes in base64, an Any
 * with its "@type", fields in the order of their numbers as protobuf writes them, sensitive ones redacted.
 */

import { formatDuration } from './duration.ts';
import { LazyJson } from './lazy-json.ts';
import type { AnyValue, Message } from './origin.ts';
import { type Field, type MessageType, schema } from './schema/registry.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json } | LazyJson;

const TYPE_URL = 'type.googleapis.com/';
const REDACTED = '[redacted]';
/** Protobuf prints 64-bit integers as text. */
const AS_TEXT = new Set(['I', 'U']);

/** Lists of more messages than this are converted one by one when they are printed, where `lazy` is asked for. */
const LAZY_FROM = 4;

/**
 * `messageName` is the full v3 name; its schema must be loaded, as it is after loadBootstrap gave the value. `lazy`: the messages of long
 * lists, at any depth, are LazyJson, for who prints a large configuration piece by piece.
 */
export function toProtoJson(messageName: string, value: unknown, lazy = false): { [key: string]: Json } {
  const type = schema.message(messageName);
  if (!type) throw new Error(`no message type ${messageName}`);
  return messageJson(type, value as Message, false, lazy);
}

function messageJson(type: MessageType, message: Message, redact: boolean, lazy: boolean): { [key: string]: Json } {
  const fields = Object.keys(message).map((key) => type.field(key));
  const out: { [key: string]: Json } = {};
  for (const field of fields.filter((f) => f !== undefined).sort((a, b) => a.number - b.number)) {
    const value = message[field.key];
    if (value === undefined || isDefault(field, value)) continue;
    const hide = redact || field.sensitive;
    if (hide && isCleared(field)) continue;
    out[field.name] = fieldJson(field, value, hide, lazy);
  }
  return out;
}

/** Below a sensitive field only texts and bytes are shown at all, as `[redacted]` (MessageUtil::redact, source/common/protobuf/utility.cc). */
function isCleared(field: Field): boolean {
  return field.kind === 'enum' || (field.kind !== 'message' && !'syAESLV'.includes(field.letter));
}

/** Plain proto3 fields that hold their default are not printed; members of oneofs and wrappers are. */
function isDefault(field: Field, value: unknown): boolean {
  if (field.oneof >= 0) return false;
  if (field.repeated) return (value as unknown[]).length === 0;
  if (field.mapKey !== '') return (value as Map<unknown, unknown>).size === 0;
  if (field.kind === 'scalar')
    return value === '' || value === 0 || value === false || (Buffer.isBuffer(value) && value.length === 0);
  if (field.kind !== 'enum') return false;
  return schema.enum(field.typeName)?.byName(value as string)?.number === 0;
}

function fieldJson(field: Field, value: unknown, redact: boolean, lazy: boolean): Json {
  if (field.repeated) {
    const items = value as unknown[];
    const type = lazy && items.length > LAZY_FROM && field.kind === 'message' ? schema.message(field.typeName) : null;
    if (type) return items.map((item) => lazyMessage(type, item as Message, redact));
    return items.map((item) => one(field, item, redact, lazy));
  }
  if (field.mapKey === '') return one(field, value, redact, lazy);
  const out: { [key: string]: Json } = {};
  for (const [key, item] of value as Map<unknown, unknown>) out[String(key)] = one(field, item, redact, lazy);
  return out;
}

function lazyMessage(type: MessageType, message: Message, redact: boolean): LazyJson {
  const { name } = message;
  return new LazyJson(typeof name === 'string' ? name : '', () => messageJson(type, message, redact, true));
}

function one(field: Field, value: unknown, redact: boolean, lazy: boolean): Json {
  if (field.kind === 'message') {
    const type = schema.message(field.typeName);
    return type ? messageJson(type, value as Message, redact, lazy) : {};
  }
  if (field.kind === 'enum') {
    // An open enum's unknown number.
    return /^-?\d+$/.test(value as string) ? Number(value) : (value as string);
  }
  if (field.letter === 'A') return anyJson(value as AnyValue, redact, lazy);
  if (field.letter === 'D') return formatDuration(value as number);
  if (field.letter === 'T') return new Date(value as number).toISOString().replace('.000Z', 'Z');
  if (redact && (field.letter === 's' || field.letter === 'y')) {
    return field.letter === 's' ? REDACTED : Buffer.from(REDACTED).toString('base64');
  }
  if (redact) return redacted(value as Json);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (AS_TEXT.has(field.letter)) return BigInt(value as number).toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value as Json;
}

/** Of a Struct, ListValue or Value. */
function redacted(value: Json): Json {
  if (typeof value === 'string') return REDACTED;
  if (Array.isArray(value)) return value.filter((item) => typeof item !== 'number').map(redacted);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(item as Json)]));
}

function anyJson(any: AnyValue, redact: boolean, lazy: boolean): Json {
  if (any.typeUrl === '') return {};
  const type = schema.message(any.typeUrl);
  const url = { '@type': `${TYPE_URL}${any.typeUrl}` };
  if (type) return { ...url, ...messageJson(type, any.value as Message, redact, lazy) };
  // Well-known types.
  return any.typeUrl === 'google.protobuf.Empty'
    ? url
    : { ...url, value: redact ? redacted(any.value as Json) : (any.value as Json) };
}
