/**
 * JSON and what path and query say, as a message. What stands in the body goes before what path and query say of the same field. Unknown
 * fields are passed over. Roles of JsonRequestTranslator and RequestWeaver of grpc-httpjson-transcoding.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { fieldOf, type MethodInfo } from './descriptors.ts';

/** A value of path or query, with the fields it is for. */
export interface ResolvedBinding {
  readonly fields: readonly DescField[];
  /** Null: it is not UTF-8. */
  readonly value: string | null;
}

/** What is wrong with a request: 400. */
export class RequestError extends Error {}

export interface RequestSettings {
  readonly registry: Registry;
  readonly anyCaseEnums: boolean;
  readonly rejectCollisions: boolean;
}

export function encodeRequest(
  info: MethodInfo,
  json: JsonValue | undefined,
  bindings: readonly ResolvedBinding[],
  s: RequestSettings,
): Uint8Array {
  const message = info.desc.input;
  try {
    const root = jsonOf(info, json, bindings, s);
    return toBinary(message, fromJson(message, root, { registry: s.registry, ignoreUnknownFields: true }));
  } catch (e) {
    if (e instanceof RequestError) throw e;
    // Messages in messages without an end are no defect of ours.
    throw new RequestError(e instanceof RangeError ? 'Message too deep.' : (e as Error).message);
  }
}

function jsonOf(
  info: MethodInfo,
  json: JsonValue | undefined,
  bindings: readonly ResolvedBinding[],
  s: RequestSettings,
): JsonObject {
  const message = info.desc.input;
  let root: JsonObject = {};
  if (json !== undefined || (info.bodyPath.length > 0 && !info.bodyIsHttpBody)) {
    const placed = within(info.bodyPath, json ?? {});
    if (!isObject(placed)) throw new RequestError(`${message.typeName}: a message is an object`);
    root = normalised(message, placed, s) as JsonObject;
  }
  const fromBindings = new Set<string>();
  for (const binding of bindings) weave(root, binding, fromBindings, s);
  return root;
}

function within(path: readonly DescField[], json: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>((value, field) => ({ [field.jsonName]: value }), json);
}

const isObject = (v: JsonValue | undefined): v is JsonObject =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

/** Names of fields as JSON has them, enums by the names that they have, and texts that mean true or false. */
function normalised(message: DescMessage, json: JsonValue, s: RequestSettings, at = ''): JsonValue {
  if (message.typeName.startsWith('google.protobuf.') || json === null) return json;
  if (!isObject(json)) throw invalid(at, json, `type.googleapis.com/${message.typeName}`);
  const out: JsonObject = Object.create(null) as JsonObject;
  for (const [key, value] of Object.entries(json)) {
    const field = fieldOf(message, key);
    if (field !== undefined)
      out[field.jsonName] = fieldValue(field, value, s, at === '' ? field.name : `${at}.${field.name}`);
  }
  return out;
}

function fieldValue(field: DescField, value: JsonValue, s: RequestSettings, at: string): JsonValue {
  if (value === null) return value;
  if (field.fieldKind === 'list') {
    // One alone stands for a list of one.
    const list = Array.isArray(value) ? value : [value];
    return list.map((one) => single(field.listKind, field, one, s, at));
  }
  if (field.fieldKind === 'map') {
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, single(field.mapKind, field, v, s, at)]));
  }
  return single(field.fieldKind, field, value, s, at);
}

function single(
  kind: 'scalar' | 'enum' | 'message',
  field: DescField,
  value: JsonValue,
  s: RequestSettings,
  at: string,
): JsonValue {
  if (kind === 'message') return normalised(field.message as DescMessage, value, s, at);
  if (kind === 'enum') return enumValue(field.enum as DescEnum, value, s, at);
  return scalarValue(field.scalar as ScalarType, value, at);
}

const invalid = (at: string, value: JsonValue, type: string): RequestError =>
  new RequestError(`${at}: invalid value ${JSON.stringify(value)} for type ${type}`);

/** Of integers: how many bits, and whether there are negative ones. */
const INTEGERS = new Map<ScalarType, readonly [bits: number, signed: boolean]>([
  [ScalarType.INT32, [32, true]],
  [ScalarType.SINT32, [32, true]],
  [ScalarType.SFIXED32, [32, true]],
  [ScalarType.UINT32, [32, false]],
  [ScalarType.FIXED32, [32, false]],
  [ScalarType.INT64, [64, true]],
  [ScalarType.SINT64, [64, true]],
  [ScalarType.SFIXED64, [64, true]],
  [ScalarType.UINT64, [64, false]],
  [ScalarType.FIXED64, [64, false]],
]);

/** As the message is to have it; what it cannot be is said in Envoy's words. */
function scalarValue(type: ScalarType, value: JsonValue, at: string): JsonValue {
  if (value === null) return value;
  const name = `TYPE_${ScalarType[type]}`;
  const integer = INTEGERS.get(type);
  if (integer !== undefined) {
    if (!isInteger(value, integer)) throw invalid(at, value, name);
  } else if (type === ScalarType.BOOL) {
    if (value === 'true' || value === true) return true;
    if (value === 'false' || value === false) return false;
    throw invalid(at, value, name);
  } else if (type === ScalarType.STRING && typeof value !== 'string') {
    throw invalid(at, value, name);
  }
  return value;
}

function isInteger(value: JsonValue, [bits, signed]: readonly [number, boolean]): boolean {
  if (typeof value === 'number' && !Number.isInteger(value)) return false;
  if (typeof value === 'string' ? !/^-?\d{1,20}$/.test(value) : typeof value !== 'number') return false;
  const n = BigInt(value as string | number);
  return (signed ? BigInt.asIntN(bits, n) : BigInt.asUintN(bits, n)) === n;
}

function enumValue(type: DescEnum, value: JsonValue, s: RequestSettings, at: string): JsonValue {
  if (typeof value !== 'string' || type.typeName === 'google.protobuf.NullValue') return value;
  let found = type.values.find((v) => v.name === value);
  if (found === undefined && s.anyCaseEnums) {
    const wanted = value.toUpperCase().replaceAll('-', '_');
    found = type.values.find((v) => v.name.toUpperCase() === wanted);
  }
  if (found === undefined && /^-?\d{1,10}$/.test(value)) return Number(value);
  if (found === undefined) throw invalid(at, value, `type.googleapis.com/${type.typeName}`);
  return found.number;
}

function weave(root: JsonObject, { fields, value }: ResolvedBinding, mine: Set<string>, s: RequestSettings): void {
  if (value === null) throw new RequestError(`${fields.map((f) => f.name).join('.')}: the value is not UTF-8`);
  let at = root;
  const path = fields.map((f) => f.jsonName).join('.');
  for (const field of fields.slice(0, -1)) {
    const next = at[field.jsonName];
    if (isObject(next)) at = next;
    else {
      const made: JsonObject = {};
      at[field.jsonName] = made;
      at = made;
    }
  }
  const field = fields[fields.length - 1];
  const key = field.jsonName;
  const given = bound(field, value, s, fields.map((f) => f.name).join('.'));
  if (field.fieldKind === 'list') {
    const list = at[key];
    if (Array.isArray(list)) list.push(given);
    else at[key] = [given];
    return;
  }
  const there = Object.hasOwn(at, key) && !mine.has(path);
  if (there) {
    if (s.rejectCollisions && !same(at[key], given)) {
      throw new RequestError(
        `The binding value ${JSON.stringify(value)} of the field ${field.name} is conflicting with the value ${JSON.stringify(at[key])} in the body.`,
      );
    }
    return;
  }
  mine.add(path);
  at[key] = given;
}

const same = (a: JsonValue | undefined, b: JsonValue): boolean => String(a) === String(b);

/** The text of a path or query as JSON has it. */
function bound(field: DescField, value: string, s: RequestSettings, at: string): JsonValue {
  const kind = field.fieldKind === 'list' ? field.listKind : field.fieldKind;
  if (kind === 'enum') return enumValue(field.enum as DescEnum, value, s, at);
  if (kind === 'scalar') return scalarValue(field.scalar as ScalarType, value, at);
  if (field.message?.typeName === 'google.protobuf.BoolValue') return scalarValue(ScalarType.BOOL, value, at);
  if (field.message?.typeName.startsWith('google.protobuf.') === false) {
    throw invalid(at, value, `type.googleapis.com/${field.message.typeName}`);
  }
  return value;
}

// --- texts -----------------------------------------------------------------------------------------------------------

export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (e) {
    throw new RequestError(`Unable to parse JSON: ${(e as Error).message.replace(/[\r\n]+/g, ' ')}`);
  }
}

/** Cuts a JSON array that comes in pieces into its elements: messages of a client's stream. */
export class ArraySplitter {
  /** Bytes that are not part of a whole element yet. */
  private rest: Buffer = NOTHING;
  private at = 0;
  private depth = 0;
  private inText = false;
  private escaped = false;
  private state: 'before' | 'inside' | 'behind' = 'before';
  private start = -1;
  private comma = true;

  get held(): number {
    return this.rest.length;
  }

  /** Throws a RequestError for what is no array. */
  push(data: Buffer, onElement: (text: string) => void): void {
    this.rest = this.rest.length === 0 ? data : Buffer.concat([this.rest, data]);
    const { rest } = this;
    let kept = this.start < 0 ? rest.length : -1;
    for (; this.at < rest.length; this.at++) {
      const c = rest[this.at];
      if (this.inText) {
        if (this.escaped) this.escaped = false;
        else if (c === BACKSLASH) this.escaped = true;
        else if (c === QUOTE) this.inText = false;
        continue;
      }
      if (c <= SPACE) continue;
      if (this.state === 'behind') throw new RequestError('Parsing terminated before end of input.');
      if (this.state === 'before') {
        if (c !== OPEN_LIST) throw new RequestError('Expected an array instead of an object.');
        this.state = 'inside';
        continue;
      }
      if (this.depth === 0 && (c === COMMA || c === CLOSE_LIST)) {
        if (this.start >= 0) onElement(rest.toString('utf8', this.start, this.at));
        else if (c === COMMA || !this.comma) throw new RequestError('Expected a value.');
        this.start = -1;
        this.comma = c === COMMA ? false : this.comma;
        if (c === CLOSE_LIST) this.state = 'behind';
        continue;
      }
      if (this.start < 0) this.start = this.at;
      if (c === QUOTE) this.inText = true;
      else if (c === OPEN_LIST || c === OPEN_OBJECT) this.depth++;
      else if (c === CLOSE_LIST || c === CLOSE_OBJECT) this.depth--;
      if (this.depth > MAX_DEPTH) throw new RequestError('Message too deep.');
    }
    kept = this.start < 0 ? rest.length : this.start;
    this.rest = kept === rest.length ? NOTHING : rest.subarray(kept);
    this.at -= kept;
    if (this.start >= 0) this.start = 0;
  }

  /** Throws where the array is not whole. */
  end(): void {
    if (this.state === 'inside') throw new RequestError('Unexpected end of string. Expected a value.');
  }
}

const NOTHING = Buffer.alloc(0);
/** JSON in JSON, of the whole request: as protobuf's parser. */
const MAX_DEPTH = 100;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
