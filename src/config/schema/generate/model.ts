/**
 * Descriptors → a plain model of messages and enums with what the config loader needs: names, numbers, types, oneofs and
 * the options of protoc-gen-validate, udpa.annotations and envoy.annotations.
 */
import {
  create,
  createFileRegistry,
  type DescExtension,
  getExtension,
  hasExtension,
  type Message,
} from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  type FileDescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_timestamp,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

export type Rules = { [name: string]: unknown };

export interface FieldModel {
  name: string;
  number: number;
  /** One letter for a scalar or well-known type, `.name` for a message, `#name` for an enum; see schema/format.ts. */
  type: string;
  repeated: boolean;
  /** Letter of the key type; set for maps, whose `type` is the value's. */
  mapKey?: string;
  oneof?: number;
  deprecated: boolean;
  disallowed: boolean;
  sensitive: boolean;
  rules?: Rules;
}

export interface MessageModel {
  name: string;
  package: string;
  fields: FieldModel[];
  oneofs: { name: string; required: boolean }[];
  previous?: string;
  unvalidated: boolean;
}

export interface EnumModel {
  name: string;
  values: { name: string; number: number; deprecated: boolean; disallowed: boolean }[];
}

export interface Model {
  messages: Map<string, MessageModel>;
  enums: Map<string, EnumModel>;
}

const SCALARS: Partial<Record<Type, string>> = {
  [Type.STRING]: 's',
  [Type.BYTES]: 'y',
  [Type.BOOL]: 'b',
  [Type.DOUBLE]: 'd',
  [Type.FLOAT]: 'f',
  [Type.INT32]: 'i',
  [Type.SINT32]: 'i',
  [Type.SFIXED32]: 'i',
  [Type.UINT32]: 'u',
  [Type.FIXED32]: 'u',
  [Type.INT64]: 'I',
  [Type.SINT64]: 'I',
  [Type.SFIXED64]: 'I',
  [Type.UINT64]: 'U',
  [Type.FIXED64]: 'U',
};

const WELL_KNOWN: Record<string, string> = {
  '.google.protobuf.Any': 'A',
  '.google.protobuf.Duration': 'D',
  '.google.protobuf.Empty': 'E',
  '.google.protobuf.FieldMask': 'M',
  '.google.protobuf.ListValue': 'L',
  '.google.protobuf.Struct': 'S',
  '.google.protobuf.Timestamp': 'T',
  '.google.protobuf.Value': 'V',
  '.google.protobuf.BoolValue': 'wb',
  '.google.protobuf.BytesValue': 'wy',
  '.google.protobuf.DoubleValue': 'wd',
  '.google.protobuf.FloatValue': 'wf',
  '.google.protobuf.Int32Value': 'wi',
  '.google.protobuf.Int64Value': 'wI',
  '.google.protobuf.StringValue': 'ws',
  '.google.protobuf.UInt32Value': 'wu',
  '.google.protobuf.UInt64Value': 'wU',
};

type Options = (Message & { $unknown?: unknown[] }) | undefined;

/** Reads extension options by name; the files that declare them come first in every run. */
export class OptionReader {
  readonly #extensions = new Map<string, DescExtension>();

  constructor(files: FileDescriptorProto[]) {
    const wanted = new Set(['validate/validate.proto', 'envoy/annotations/deprecation.proto']);
    const declaring = files
      .filter((f) => wanted.has(f.name) || f.name.startsWith('udpa/annotations/'))
      // The registry wants a file's imports before it; only status.proto is imported by others.
      .sort((a, b) => Number(b.name.endsWith('/status.proto')) - Number(a.name.endsWith('/status.proto')));
    const set: FileDescriptorSet = create(FileDescriptorSetSchema, {
      file: [
        file_google_protobuf_descriptor.proto,
        file_google_protobuf_duration.proto,
        file_google_protobuf_timestamp.proto,
        ...declaring,
      ],
    });
    for (const type of createFileRegistry(set))
      if (type.kind === 'extension') this.#extensions.set(type.typeName, type);
  }

  get(options: Options, name: string): unknown {
    const extension = this.#extensions.get(name);
    if (extension === undefined) throw new Error(`no such option: ${name}`);
    if (options === undefined || !hasExtension(options as never, extension)) return undefined;
    return getExtension(options as never, extension);
  }

  flag(options: Options, name: string): boolean {
    return this.get(options, name) === true;
  }
}

export function buildModel(files: FileDescriptorProto[], options: OptionReader): Model {
  const model: Model = { messages: new Map(), enums: new Map() };
  for (const file of files) {
    const prefix = file.package === '' ? '' : `${file.package}.`;
    for (const m of file.messageType) addMessage(model, options, file.package, prefix, m);
    for (const e of file.enumType) addEnum(model, options, prefix, e);
  }
  return model;
}

function addMessage(model: Model, options: OptionReader, pkg: string, prefix: string, m: DescriptorProto): void {
  const name = prefix + m.name;
  const mapEntries = new Map<string, DescriptorProto>();
  for (const nested of m.nestedType) {
    if (nested.options?.mapEntry) mapEntries.set(`.${name}.${nested.name}`, nested);
    else addMessage(model, options, pkg, `${name}.`, nested);
  }
  for (const e of m.enumType) addEnum(model, options, `${name}.`, e);
  const versioning = options.get(m.options, 'udpa.annotations.versioning') as
    | { previousMessageType: string }
    | undefined;
  model.messages.set(name, {
    name,
    package: pkg,
    fields: m.field.map((f) => fieldModel(options, f, mapEntries)),
    oneofs: m.oneofDecl.map((o) => ({ name: o.name, required: options.flag(o.options, 'validate.required') })),
    previous: versioning?.previousMessageType || undefined,
    unvalidated: options.flag(m.options, 'validate.disabled') || options.flag(m.options, 'validate.ignored'),
  });
}

function addEnum(model: Model, options: OptionReader, prefix: string, e: EnumDescriptorProto): void {
  model.enums.set(prefix + e.name, {
    name: prefix + e.name,
    values: e.value.map((v) => ({
      name: v.name,
      number: v.number,
      deprecated: v.options?.deprecated ?? false,
      disallowed: options.flag(v.options, 'envoy.annotations.disallowed_by_default_enum'),
    })),
  });
}

function typeOf(f: FieldDescriptorProto): string {
  if (f.type === Type.MESSAGE) return WELL_KNOWN[f.typeName] ?? f.typeName;
  if (f.type === Type.ENUM) return `#${f.typeName.slice(1)}`;
  const letter = SCALARS[f.type];
  if (letter === undefined) throw new Error(`${f.name}: unexpected type ${f.type}`);
  return letter;
}

function fieldModel(options: OptionReader, f: FieldDescriptorProto, maps: Map<string, DescriptorProto>): FieldModel {
  const entry = maps.get(f.typeName);
  const rules = options.get(f.options, 'validate.rules') as
    | (Rules & { type: { case?: string; value?: Rules } })
    | undefined;
  return {
    name: f.name,
    number: f.number,
    type: entry === undefined ? typeOf(f) : typeOf(entry.field[1]),
    repeated: f.label === FieldDescriptorProto_Label.REPEATED && entry === undefined,
    mapKey: entry === undefined ? undefined : typeOf(entry.field[0]),
    // A proto3 `optional` scalar sits in a oneof of its own that nobody sees.
    oneof: Object.hasOwn(f, 'oneofIndex') && !f.proto3Optional ? f.oneofIndex : undefined,
    deprecated: f.options?.deprecated ?? false,
    disallowed: options.flag(f.options, 'envoy.annotations.disallowed_by_default'),
    sensitive: options.flag(f.options, 'udpa.annotations.sensitive'),
    rules: rules === undefined ? undefined : flattenRules(rules),
  };
}

/** FieldRules → one flat object: the kind of the rules follows from the field's type, so it is not repeated. */
function flattenRules(rules: Rules & { type?: { case?: string; value?: Rules }; message?: Rules }): Rules | undefined {
  const flat: Rules = {};
  if (rules.message !== undefined) copyRules(rules.message, flat);
  if (rules.type?.value !== undefined) copyRules(rules.type.value, flat);
  return Object.keys(flat).length === 0 ? undefined : flat;
}

function copyRules(from: Rules, to: Rules): void {
  for (const [key, value] of Object.entries(from)) {
    // Scalars of proto2 messages carry their defaults on the prototype: only what the proto wrote is an own property.
    if (key.startsWith('$') || value === undefined) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    if (key === 'wellKnown') {
      const wellKnown = value as { case?: string; value?: unknown };
      if (wellKnown.case === 'wellKnownRegex') to['well_known_regex'] = wellKnown.value;
      else if (wellKnown.case !== undefined) to[snake(wellKnown.case)] = wellKnown.value;
    } else if (key === 'items' || key === 'keys' || key === 'values') {
      const nested = flattenRules(value as Rules);
      if (nested !== undefined) to[key] = nested;
    } else {
      to[snake(key)] = plain(value);
    }
  }
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** Durations in rules become ms, 64-bit integers numbers (none is beyond 2^53), bytes text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value === 'object' && value !== null && 'seconds' in value && 'nanos' in value) {
    return Number(value.seconds) * 1000 + Number(value.nanos) / 1e6;
  }
  return value;
}
