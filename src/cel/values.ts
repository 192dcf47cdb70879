/**
 * Values of CEL as they are here: an int is a bigint, a double a number, a string wire text (platform/wire-text.ts), a list an array. An
 * error is `undefined`, as nothing is done with any of them but to be none. Mirrors cel-cpp's CelValue and its comparisons.
 */
import { fromWire, toWire } from '../platform/wire-text.ts';

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

export class Bytes {
  /** One char a byte. */
  readonly bytes: string;
  constructor(bytes: string) {
    this.bytes = bytes;
  }
}

export class Duration {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** `ns` since 1970. */
export class Timestamp {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** What `type()` says. */
export class Type {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A map of CEL's: a map that was written, a Struct, headers, or the attributes of something. */
export abstract class MapValue {
  /** Undefined: there is none, or it is an error. */
  abstract get(key: Value): Value | undefined;
  abstract keys(): readonly Value[];
}

/** Attributes: their keys are not told, so it has no other form. */
export abstract class UncountedMap extends MapValue {
  keys(): readonly Value[] {
    return [];
  }
}

/** A message of protobuf's: its fields by their names, all that its type has. */
export interface MessageField {
  readonly name: string;
  readonly value: Value;
  /** Whether it stands there, for has(). */
  readonly present: boolean;
  /** In protobuf's text form, '' where it is absent. */
  readonly text: () => string;
}
export class Message {
  readonly typeName: string;
  readonly fields: readonly MessageField[];
  constructor(typeName: string, fields: readonly MessageField[]) {
    this.typeName = typeName;
    this.fields = fields;
  }
  field(name: string): MessageField | undefined {
    return this.fields.find((f) => f.name === name);
  }
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint
  | Bytes
  | Duration
  | Timestamp
  | Type
  | MapValue
  | Message
  | readonly Value[];

const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
export const inInt64 = (n: bigint): boolean => n <= MAX_INT64 && n >= -MAX_INT64 - 1n;
export const inUint64 = (n: bigint): boolean => n >= 0n && n <= MAX_UINT64;

/** What was written as a map. Keys are ints, uints, bools and strings; a number is the same key in any of its types. */
export class MapLiteral extends MapValue {
  private readonly entries: ReadonlyMap<string, readonly [key: Value, value: Value]>;

  private constructor(entries: ReadonlyMap<string, readonly [Value, Value]>) {
    super();
    this.entries = entries;
  }

  /** Undefined: a key is twice there, or none that a map may have. */
  static of(pairs: readonly (readonly [key: Value, value: Value])[]): MapLiteral | undefined {
    const entries = new Map<string, readonly [Value, Value]>();
    for (const pair of pairs) {
      const [key] = pair;
      const name = typeof key === 'number' ? undefined : keyName(key);
      if (name === undefined || entries.has(name)) return undefined;
      entries.set(name, pair);
    }
    return new MapLiteral(entries);
  }

  get(key: Value): Value | undefined {
    const name = keyName(key);
    return name === undefined ? undefined : this.entries.get(name)?.[1];
  }

  keys(): readonly Value[] {
    return Array.from(this.entries.values(), ([key]) => key);
  }
}

function keyName(key: Value): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
  return key instanceof Uint ? `n${key.value}` : undefined;
}

/** A google.protobuf.Struct. */
export class StructMap extends MapValue {
  readonly struct: Readonly<Record<string, unknown>>;
  constructor(struct: Readonly<Record<string, unknown>>) {
    super();
    this.struct = struct;
  }

  get(key: Value): Value | undefined {
    const name = typeof key === 'string' ? fromWire(key) : null;
    return name !== null && Object.hasOwn(this.struct, name) ? fromJson(this.struct[name]) : undefined;
  }

  keys(): readonly Value[] {
    return Object.keys(this.struct).map(toWire);
  }
}

/** A google.protobuf.Value. */
export function fromJson(json: unknown): Value {
  if (typeof json === 'string') return toWire(json);
  if (typeof json === 'number' || typeof json === 'boolean') return json;
  if (Array.isArray(json)) return json.map(fromJson);
  return typeof json === 'object' && json !== null ? new StructMap(json as Record<string, unknown>) : null;
}

/** A number of any type, for comparisons: they go by what it is, not by its type. */
function numberOf(v: Value): bigint | number | undefined {
  if (typeof v === 'bigint' || typeof v === 'number') return v;
  return v instanceof Uint ? v.value : undefined;
}

export function equal(a: Value, b: Value): boolean {
  const x = numberOf(a);
  if (x !== undefined) {
    const y = numberOf(b);
    // A bigint and a number are compared by what they are, but for ===.
    return y !== undefined && x <= y && x >= y;
  }
  if (typeof a !== 'object' || a === null) return a === b;
  if (a instanceof Bytes) return b instanceof Bytes && a.bytes === b.bytes;
  if (a instanceof Duration) return b instanceof Duration && a.ns === b.ns;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ns === b.ns;
  if (a instanceof Type) return b instanceof Type && a.name === b.name;
  if (a instanceof MapValue) return b instanceof MapValue && sameMaps(a, b);
  if (a instanceof Message) return b instanceof Message && sameMessages(a, b);
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item: Value, i) => equal(item, b[i]));
}

function sameMaps(a: MapValue, b: MapValue): boolean {
  const keys = a.keys();
  if (keys.length !== b.keys().length) return false;
  return keys.every((key) => {
    const x = a.get(key);
    const y = b.get(key);
    return x !== undefined && y !== undefined && equal(x, y);
  });
}

function sameMessages(a: Message, b: Message): boolean {
  if (a.typeName !== b.typeName) return false;
  return a.fields.every((f, i) => f.present === b.fields[i].present && equal(f.value, b.fields[i].value));
}

/** Negative, 0, positive; NaN for numbers of which one is none; undefined: they have no order. */
export function compare(a: Value, b: Value): number | undefined {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x !== undefined || y !== undefined) {
    if (x === undefined || y === undefined) return undefined;
    return x < y ? -1 : x > y ? 1 : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0;
  }
  if (typeof a === 'string' && typeof b === 'string') return order(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Bytes && b instanceof Bytes) return order(a.bytes, b.bytes);
  if (a instanceof Duration && b instanceof Duration) return order(a.ns, b.ns);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.ns, b.ns);
  return undefined;
}

function order<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export const INT = new Type('int');
export const TYPES: ReadonlyMap<string, Type> = new Map(
  ['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'].map((name) => [
    name,
    name === 'int' ? INT : new Type(name),
  ]),
);

export function typeOf(v: Value): Type {
  const name = typeName(v);
  return TYPES.get(name) ?? new Type(name);
}

function typeName(v: Value): string {
  if (v === null) return 'null_type';
  switch (typeof v) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
  }
  if (v instanceof Uint) return 'uint';
  if (v instanceof Bytes) return 'bytes';
  if (v instanceof Duration) return 'google.protobuf.Duration';
  if (v instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (v instanceof Type) return 'type';
  if (v instanceof MapValue) return 'map';
  return v instanceof Message ? v.typeName : 'list';
}
