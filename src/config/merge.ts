/** protobuf's MergeFrom on typed config, for --config-yaml over --config-path: scalars replace, lists append, messages merge. */
import type { AnyValue, Message } from './origin.ts';
import type { Field, MessageType, SchemaRegistry } from './schema/registry.ts';

/** Puts `from` into `into`. Types were loaded when both were decoded. */
export function mergeMessage(schema: SchemaRegistry, type: MessageType, into: Message, from: Message): void {
  for (const field of type.fields) {
    const value = from[field.key];
    if (value === undefined) continue;
    const before = into[field.key];
    if (field.oneof >= 0 && before === undefined) clearOneof(type, field, into);
    into[field.key] = before === undefined ? value : mergeValue(schema, field, before, value);
  }
}

/** Setting one member of a oneof unsets the others. */
function clearOneof(type: MessageType, field: Field, into: Message): void {
  for (const other of type.fields) if (other.oneof === field.oneof && other !== field) delete into[other.key];
}

function mergeValue(schema: SchemaRegistry, field: Field, before: unknown, value: unknown): unknown {
  if (field.repeated) return [...(before as unknown[]), ...(value as unknown[])];
  if (field.mapKey !== '') return new Map([...(before as Map<unknown, unknown>), ...(value as Map<unknown, unknown>)]);
  if (field.letter === 'A') {
    // Serialised bytes replace, empty ones do not.
    const any = value as AnyValue;
    return any.typeUrl === '' ? before : any;
  }
  if (field.letter === 'S') return Object.assign(Object.create(null) as Message, before, value);
  if (field.kind !== 'message') return value;
  const type = schema.message(field.typeName);
  if (!type) return value;
  mergeMessage(schema, type, before as Message, value as Message);
  return before;
}
