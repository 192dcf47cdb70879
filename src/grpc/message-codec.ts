/**
 * Messages of Envoy's own protocols (authorisation, rate limits, access logs) to bytes and back, by the schema that the config is read with: values
 * have the form of typed config. Loaded for configs that ask such a service. Foreign messages (google.rpc.Status) are left as bytes.
 */
import { type Field, type MessageType, schema } from '../config/schema/registry.ts';
import { readJsonValue, writeJsonValue } from './json-values.ts';
import { MAX_DEPTH, WireError, WireReader } from './wire-reader.ts';
import { FIXED32, FIXED64, LENGTH, VARINT, WireWriter, writeTime } from './wire-writer.ts';

type Value = Record<string, unknown>;

/** One message type. */
export class MessageCodec {
  private readonly byNumber = new Map<number, Field>();
  private readonly ordered: readonly Field[];

  constructor(type: MessageType) {
    this.ordered = [...type.fields].sort((a, b) => a.number - b.number);
    for (const f of this.ordered) this.byNumber.set(f.number, f);
  }

  encode(value: object): Buffer {
    const w = new WireWriter();
    this.write(w, value as Value);
    return w.finish();
  }

  write(w: WireWriter, value: Value): void {
    for (const f of this.ordered) {
      const v = value[f.key];
      if (v === undefined) continue;
      if (f.mapKey !== '') {
        for (const [key, one] of v as ReadonlyMap<unknown, unknown>) {
          const at = w.begin(f.number);
          writeScalar(w, 1, f.mapKey, key);
          writeOne(w, 2, f, one);
          w.end(at);
        }
      } else if (f.repeated) {
        writeList(w, f, v as readonly unknown[]);
      } else if (f.oneof >= 0 || !isDefault(f, v)) {
        writeOne(w, f.number, f, v);
      }
    }
  }

  /** Throws a WireError for what is no such message. */
  decode(bytes: Buffer): Value {
    return this.read(new WireReader(bytes), {}, 0);
  }

  read(r: WireReader, into: Value, depth: number): Value {
    if (depth > MAX_DEPTH) throw new WireError('messages in messages');
    while (r.next()) {
      const f = this.byNumber.get(r.field);
      if (f === undefined) {
        r.skip();
      } else if (f.mapKey !== '') {
        readEntry(r, f, into, depth);
      } else if (f.repeated) {
        const list = (into[f.key] ??= []) as unknown[];
        if (r.wireType === LENGTH && wireTypeOf(f) !== LENGTH) {
          for (const packed = r.message(); !packed.done; ) list.push(readScalar(packed, f));
        } else {
          list.push(readOne(r, f, undefined, depth));
        }
      } else {
        into[f.key] = readOne(r, f, into[f.key], depth);
      }
    }
    return into;
  }
}

const codecs = new Map<string, MessageCodec>();

function codecOf(name: string): MessageCodec {
  let codec = codecs.get(name);
  if (codec === undefined) {
    const type = schema.message(name);
    if (!type) throw new Error(`the schema has no message ${name}`);
    codec = new MessageCodec(type);
    codecs.set(name, codec);
  }
  return codec;
}

/** Of a message by its full name, with what its fields refer to. */
export async function loadCodec(name: string): Promise<MessageCodec> {
  const seen = new Set<string>();
  let queue = [name];
  while (queue.length > 0) {
    const waiting: string[] = [];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const type = schema.message(next);
      if (type === undefined) waiting.push(next);
      if (!type) continue;
      seen.add(next);
      for (const f of type.fields) {
        if (f.kind === 'message' && !seen.has(f.typeName)) queue.push(f.typeName);
        if (f.kind === 'enum' && !seen.has(f.typeName)) {
          if (schema.enum(f.typeName) === undefined) waiting.push(next);
          else seen.add(f.typeName);
        }
      }
    }
    if (waiting.length > 0) await schema.load();
    queue = waiting;
  }
  return codecOf(name);
}

function isDefault(f: Field, v: unknown): boolean {
  if (f.kind === 'enum') return v === 0 || schema.enum(f.typeName)?.byNumber(0)?.name === v;
  if (f.kind !== 'scalar') return false;
  return v === 0 || v === '' || v === false || v === 0n || (Buffer.isBuffer(v) && v.length === 0);
}

function writeList(w: WireWriter, f: Field, list: readonly unknown[]): void {
  if (wireTypeOf(f) === LENGTH || list.length === 0) {
    for (const one of list) writeOne(w, f.number, f, one);
    return;
  }
  const at = w.begin(f.number);
  for (const one of list)
    rawScalar(w, f.kind === 'enum' ? 'i' : f.letter, f.kind === 'enum' ? enumNumber(f, one) : one);
  w.end(at);
}

function writeOne(w: WireWriter, number: number, f: Field, v: unknown): void {
  switch (f.kind) {
    case 'message': {
      const at = w.begin(number);
      codecOf(f.typeName).write(w, v as Value);
      w.end(at);
      return;
    }
    case 'enum':
      w.uint(number, enumNumber(f, v));
      return;
    case 'wrapper': {
      const at = w.begin(number);
      if (v !== 0 && v !== '' && v !== false) writeScalar(w, 1, f.letter, v);
      w.end(at);
      return;
    }
    case 'well-known':
      writeWellKnown(w, number, f.letter, v);
      return;
    default:
      writeScalar(w, number, f.letter, v);
  }
}

function enumNumber(f: Field, v: unknown): number {
  if (typeof v === 'number') return v;
  const number = schema.enum(f.typeName)?.byName(v as string)?.number;
  if (number === undefined) throw new Error(`${f.name}: no such value`);
  return number;
}

function writeWellKnown(w: WireWriter, number: number, letter: string, v: unknown): void {
  switch (letter) {
    case 'D':
    case 'T':
      writeTime(w, number, v as number);
      return;
    case 'A': {
      const { typeUrl, value } = v as { typeUrl: string; value: Buffer };
      const at = w.begin(number);
      w.string(1, `type.googleapis.com/${typeUrl}`);
      if (value.length > 0) w.bytesField(2, value);
      w.end(at);
      return;
    }
    case 'V':
      w.bytesField(number, v as Buffer);
      return;
    case 'M': {
      const at = w.begin(number);
      for (const path of (v as string).split(',')) w.string(1, path);
      w.end(at);
      return;
    }
    default: {
      const at = w.begin(number);
      writeJsonValue(w, letter, v);
      w.end(at);
    }
  }
}

function wireTypeOf(f: Field): number {
  if (f.kind === 'enum') return VARINT;
  if (f.kind !== 'scalar') return LENGTH;
  if (f.letter === 's' || f.letter === 'y') return LENGTH;
  return f.letter === 'd' ? FIXED64 : f.letter === 'f' ? FIXED32 : VARINT;
}

function writeScalar(w: WireWriter, number: number, letter: string, v: unknown): void {
  if (letter === 's') w.string(number, v as string);
  else if (letter === 'y') w.bytesField(number, v as Buffer);
  else {
    w.tag(number, letter === 'd' ? FIXED64 : letter === 'f' ? FIXED32 : VARINT);
    rawScalar(w, letter, v);
  }
}

function rawScalar(w: WireWriter, letter: string, v: unknown): void {
  if (letter === 'd') w.rawDouble(v as number);
  else if (letter === 'f') w.rawFloat(v as number);
  else if (typeof v === 'bigint') w.varint64(v);
  else w.varint(Number(v));
}

// --- back ------------------------------------------------------------------------------------------------------------

function readEntry(r: WireReader, f: Field, into: Value, depth: number): void {
  const map = (into[f.key] ??= new Map<unknown, unknown>()) as Map<unknown, unknown>;
  expect(r, LENGTH);
  const entry = r.message();
  let key: unknown = f.mapKey === 's' ? '' : f.mapKey === 'b' ? false : 0;
  let value: unknown;
  while (entry.next()) {
    if (entry.field === 1) key = scalar(entry, f.mapKey);
    else if (entry.field === 2) value = readOne(entry, f, value, depth);
    else entry.skip();
  }
  map.set(key, value ?? emptyOf(f));
}

function emptyOf(f: Field): unknown {
  if (f.kind !== 'scalar') return f.kind === 'enum' ? schema.enum(f.typeName)?.byNumber(0)?.name : {};
  return f.letter === 's' ? '' : f.letter === 'y' ? Buffer.alloc(0) : f.letter === 'b' ? false : 0;
}

function expect(r: WireReader, wireType: number): void {
  if (r.wireType !== wireType) throw new WireError('a field is of another type');
}

function readOne(r: WireReader, f: Field, before: unknown, depth: number): unknown {
  expect(r, wireTypeOf(f));
  switch (f.kind) {
    case 'message':
      return codecOf(f.typeName).read(r.message(), (before as Value | undefined) ?? {}, depth + 1);
    case 'wrapper': {
      const inner = r.message();
      let value: unknown =
        before ?? (f.letter === 's' ? '' : f.letter === 'y' ? Buffer.alloc(0) : f.letter === 'b' ? false : 0);
      while (inner.next()) {
        if (inner.field === 1) value = scalar(inner, f.letter);
        else inner.skip();
      }
      return value;
    }
    case 'well-known':
      return readWellKnown(r, f.letter, before);
    default:
      return readScalar(r, f);
  }
}

function readWellKnown(r: WireReader, letter: string, before: unknown): unknown {
  if (letter === 'V') return r.bytesValue();
  const inner = r.message();
  switch (letter) {
    case 'D':
    case 'T': {
      let ms = 0;
      while (inner.next()) {
        if (inner.field === 1) ms += Number(BigInt.asIntN(64, inner.varint64())) * 1000;
        else if (inner.field === 2) ms += inner.int32() / 1e6;
        else inner.skip();
      }
      return ms;
    }
    case 'A': {
      let typeUrl = '';
      let value: Buffer = Buffer.alloc(0);
      while (inner.next()) {
        if (inner.field === 1) typeUrl = inner.string().replace(/^.*\//, '');
        else if (inner.field === 2) value = inner.bytesValue();
        else inner.skip();
      }
      return { typeUrl, value };
    }
    case 'M': {
      const paths: string[] = [];
      while (inner.next()) {
        if (inner.field === 1) paths.push(inner.string());
        else inner.skip();
      }
      return paths.join(',');
    }
    default:
      return readJsonValue(inner, letter, before);
  }
}

function readScalar(r: WireReader, f: Field): unknown {
  if (f.kind !== 'enum') return scalar(r, f.letter);
  const number = r.int32();
  return schema.enum(f.typeName)?.byNumber(number)?.name ?? number;
}

function scalar(r: WireReader, letter: string): unknown {
  switch (letter) {
    case 's':
      return r.string();
    case 'y':
      return r.bytesValue();
    case 'b':
      return r.bool();
    case 'd':
      return r.double();
    case 'f':
      return r.float();
    case 'i':
      return r.int32();
    case 'u':
      return r.uint32();
    case 'I':
      return Number(BigInt.asIntN(64, r.varint64()));
    default:
      return Number(r.varint64());
  }
}
