/** Objects that filters share, as a gRPC access log carries them: google.protobuf.Any of what they are (FilterState::Object::serializeAsProto). */
import { FieldsOnly, SharedMessage } from '../format/shared-message.ts';
import { writeStruct } from '../grpc/json-values.ts';
import { WireWriter } from '../grpc/wire-writer.ts';

const TYPE = 'type.googleapis.com/google.protobuf.';

/** Nothing for what is not there. */
export function writeFilterState(w: WireWriter, field: number, name: string, value: unknown): void {
  if (value === undefined || value === null || value instanceof FieldsOnly) return;
  const at = w.begin(field);
  w.string(1, name);
  const any = w.begin(2);
  const inner = new WireWriter();
  w.string(1, value instanceof SharedMessage ? message(inner, value) : TYPE + write(inner, value));
  w.bytesField(2, inner.finish());
  w.end(any);
  w.end(at);
}

function message(w: WireWriter, value: SharedMessage): string {
  value.write(w);
  return `type.googleapis.com/${value.typeName}`;
}

function write(w: WireWriter, value: unknown): string {
  if (typeof value === 'string') {
    w.string(1, value);
    return 'StringValue';
  }
  if (typeof value === 'boolean') {
    w.bool(1, value);
    return 'BoolValue';
  }
  if (typeof value === 'number') {
    w.uint(1, value);
    return 'UInt64Value';
  }
  writeStruct(w, value as Record<string, unknown>);
  return 'Struct';
}
