/** What a filter shares (filter state) that is a message of protobuf's to whoever logs it: FilterState::Object::serializeAsProto and serializeAsString. */

/** What a message's fields are written with; a WireWriter is one. */
export interface FieldWriter {
  uint(field: number, n: number): void;
}

export abstract class SharedMessage {
  /** Full name of the message. */
  abstract readonly typeName: string;
  /** In protobuf's JSON form: `%FILTER_STATE(key:TYPED)%`. */
  abstract json(): object;
  /** `%FILTER_STATE(key:PLAIN)%`. */
  abstract plain(): string;
  abstract write(w: FieldWriter): void;
}

/** What is shared as fields alone: `%FILTER_STATE(key:FIELD:name)%`; it has no other form. */
export class FieldsOnly {}
