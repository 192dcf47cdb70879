/** google.protobuf.Struct, Value and ListValue on the wire, as plain JSON values; an Empty is a Struct without fields. */
import { MAX_DEPTH, WireError, type WireReader } from './wire-reader.ts';
import { LENGTH, type WireWriter } from './wire-writer.ts';

/** The message itself; whoever calls has written its length. `letter`: S, L or E of the schema. */
export function writeJsonValue(w: WireWriter, letter: string, v: unknown): void {
  if (letter === 'L') writeList(w, v as readonly unknown[]);
  else if (letter === 'S') writeStruct(w, v as Record<string, unknown>);
}

export function writeStruct(w: WireWriter, struct: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(struct)) {
    const at = w.begin(1);
    w.string(1, key);
    const inner = w.begin(2);
    writeValue(w, value);
    w.end(inner);
    w.end(at);
  }
}

function writeList(w: WireWriter, list: readonly unknown[]): void {
  for (const value of list) {
    const at = w.begin(1);
    writeValue(w, value);
    w.end(at);
  }
}

export function writeValue(w: WireWriter, value: unknown): void {
  if (value === null || value === undefined) w.uint(1, 0);
  else if (typeof value === 'number') w.double(2, value);
  else if (typeof value === 'string') w.string(3, value);
  else if (typeof value === 'boolean') w.bool(4, value);
  else {
    const list = Array.isArray(value);
    const at = w.begin(list ? 6 : 5);
    if (list) writeList(w, value);
    else writeStruct(w, value as Record<string, unknown>);
    w.end(at);
  }
}

export function readJsonValue(r: WireReader, letter: string, before: unknown): unknown {
  if (letter === 'L') return readList(r, 0, (before as unknown[] | undefined) ?? []);
  return readStruct(r, 0, before as Record<string, unknown> | undefined);
}

/** No prototype: keys are whatever a peer calls them. */
export function readStruct(r: WireReader, depth: number, before?: Record<string, unknown>): Record<string, unknown> {
  const struct = before ?? (Object.create(null) as Record<string, unknown>);
  while (r.next()) {
    if (r.field !== 1) {
      r.skip();
      continue;
    }
    const entry = nested(r, depth);
    let key = '';
    let value: unknown = null;
    while (entry.next()) {
      if (entry.field === 1) key = entry.string();
      else if (entry.field === 2) value = readValue(nested(entry, depth), depth + 1);
      else entry.skip();
    }
    struct[key] = value;
  }
  return struct;
}

function nested(r: WireReader, depth: number): WireReader {
  if (r.wireType !== LENGTH) throw new WireError('a field is of another type');
  if (depth > MAX_DEPTH) throw new WireError('messages in messages');
  return r.message();
}

function readList(r: WireReader, depth: number, list: unknown[]): unknown[] {
  while (r.next()) {
    if (r.field === 1) list.push(readValue(nested(r, depth), depth + 1));
    else r.skip();
  }
  return list;
}

export function readValue(r: WireReader, depth: number): unknown {
  let value: unknown = null;
  while (r.next()) {
    switch (r.field) {
      case 1:
        r.skip();
        value = null;
        break;
      case 2:
        value = r.double();
        break;
      case 3:
        value = r.string();
        break;
      case 4:
        value = r.bool();
        break;
      case 5:
        value = readStruct(nested(r, depth), depth + 1);
        break;
      case 6:
        value = readList(nested(r, depth), depth + 1, []);
        break;
      default:
        r.skip();
    }
  }
  return value;
}
