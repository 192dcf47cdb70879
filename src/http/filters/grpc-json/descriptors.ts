/** The services of a descriptor set, and the methods that requests may mean. Mirrors JsonTranscoderConfig of json_transcoder_filter.cc. */
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
} from '@bufbuild/protobuf';
import {
  AnySchema,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { HTTP_OPTION, type HttpRule, readHttpRules } from './http-rule.ts';

const HTTP_BODY = 'google.api.HttpBody';
const STATUS = 'google.rpc.Status';

export interface MethodInfo {
  readonly desc: DescMethod;
  readonly grpcPath: string;
  readonly clientStreams: boolean;
  readonly serverStreams: boolean;
  /** Where the body goes; empty for all of the message. */
  readonly bodyPath: readonly DescField[];
  /** The body is no JSON: it goes into a google.api.HttpBody. */
  readonly bodyIsHttpBody: boolean;
  readonly responsePath: readonly DescField[];
  readonly responseIsHttpBody: boolean;
}

export function readDescriptors(bytes: Uint8Array, withStatus: boolean): FileRegistry {
  let set: FileDescriptorSet;
  try {
    set = fromBinary(FileDescriptorSetSchema, bytes);
  } catch {
    throw new Error('transcoding_filter: Unable to parse proto descriptor');
  }
  const names = new Set(set.file.map((f) => f.name));
  if (withStatus) {
    const any = AnySchema.file.proto;
    if (!names.has(any.name)) set.file.push(any);
    const status = set.file.some((f) => f.package === 'google.rpc' && f.messageType.some((m) => m.name === 'Status'));
    if (!status) set.file.push(fromJson(FileDescriptorProtoSchema, STATUS_FILE));
  }
  try {
    return createFileRegistry(set);
  } catch {
    throw new Error('transcoding_filter: Unable to build proto descriptor pool');
  }
}

export const statusMessage = (registry: FileRegistry): DescMessage | undefined => registry.getMessage(STATUS);

/** google/rpc/status.proto. */
const STATUS_FILE: JsonValue = {
  name: 'google/rpc/status.proto',
  package: 'google.rpc',
  syntax: 'proto3',
  dependency: ['google/protobuf/any.proto'],
  messageType: [
    {
      name: 'Status',
      field: [
        { name: 'code', number: 1, label: 'LABEL_OPTIONAL', type: 'TYPE_INT32', jsonName: 'code' },
        { name: 'message', number: 2, label: 'LABEL_OPTIONAL', type: 'TYPE_STRING', jsonName: 'message' },
        {
          name: 'details',
          number: 3,
          label: 'LABEL_REPEATED',
          type: 'TYPE_MESSAGE',
          typeName: '.google.protobuf.Any',
          jsonName: 'details',
        },
      ],
    },
  ],
};

/** Empty: nothing is said of it. */
export function httpRules(method: DescMethod, autoMapping: boolean): readonly HttpRule[] {
  const option = method.proto.options?.$unknown?.findLast((f) => f.no === HTTP_OPTION);
  if (option !== undefined) {
    // The bytes begin with their length.
    const bytes = Buffer.from(option.data);
    let at = 0;
    while (bytes[at] > 0x7f) at++;
    return readHttpRules(bytes.subarray(at + 1));
  }
  if (!autoMapping) return [];
  return [{ method: 'POST', path: `/${method.parent.typeName}/${method.name}`, body: '*', responseBody: '' }];
}

export function methodInfo(desc: DescMethod, rule: HttpRule): MethodInfo {
  const bodyPath = fieldPath(desc.input, rule.body);
  const responsePath = fieldPath(desc.output, rule.responseBody);
  const responseIsHttpBody = lastMessage(desc.output, responsePath)?.typeName === HTTP_BODY;
  if (responsePath.length > 0 && !responseIsHttpBody) {
    throw new Error(
      `Setting "response_body" is not supported yet for non-HttpBody fields: ${desc.parent.typeName}.${desc.name}`,
    );
  }
  const { methodKind } = desc;
  return {
    desc,
    grpcPath: `/${desc.parent.typeName}/${desc.name}`,
    clientStreams: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    serverStreams: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    bodyPath,
    bodyIsHttpBody: lastMessage(desc.input, bodyPath)?.typeName === HTTP_BODY,
    responsePath,
    responseIsHttpBody,
  };
}

function fieldPath(message: DescMessage, path: string): readonly DescField[] {
  if (path === '' || path === '*') return [];
  const fields = resolve(message, path.split('.'));
  if (typeof fields === 'string') throw new Error(fields);
  return fields;
}

const lastMessage = (message: DescMessage, path: readonly DescField[]): DescMessage | undefined =>
  path.length === 0 ? message : path[path.length - 1].message;

/** Fields by their names in the proto or in JSON; a text: what is wrong with the path. */
export function resolve(message: DescMessage, names: readonly string[]): readonly DescField[] | string {
  const fields: DescField[] = [];
  let at: DescMessage | undefined = message;
  for (const name of names) {
    if (at === undefined) return `Could not find field "${name}" in the type "".`;
    const field: DescField | undefined = fieldOf(at, name);
    if (field === undefined) return `Could not find field "${name}" in the type "${at.typeName}".`;
    fields.push(field);
    at = field.fieldKind === 'message' ? field.message : undefined;
  }
  return fields;
}

export function fieldOf(message: DescMessage, name: string): DescField | undefined {
  return message.fields.find((f) => f.name === name || f.jsonName === name);
}
