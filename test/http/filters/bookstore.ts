/** A descriptor set as `protoc --include_imports` makes it, with everything that a transcoder meets. `node test/http/filters/bookstore.ts` prints it as base64. */
import { create, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';
import { WireWriter } from '../../../src/grpc/wire-writer.ts';
import { HTTP_OPTION } from '../../../src/http/filters/grpc-json/http-rule.ts';

type Field = readonly [name: string, type: string, more?: Record<string, JsonValue>];
const camel = (name: string): string => name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());

/** `*` before a type: repeated. */
function message(name: string, fields: readonly Field[], more: Record<string, JsonValue> = {}): JsonValue {
  return {
    name,
    field: fields.map(([field, type, extra], i) => {
      const repeated = type.startsWith('*');
      const bare = repeated ? type.slice(1) : type;
      const reference = bare.startsWith('.');
      return {
        name: field,
        number: i + 1,
        label: repeated ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL',
        type: reference ? 'TYPE_MESSAGE' : bare === 'Kind' ? 'TYPE_ENUM' : `TYPE_${bare.toUpperCase()}`,
        ...(reference ? { typeName: bare } : bare === 'Kind' ? { typeName: '.bookstore.Kind' } : {}),
        jsonName: camel(field),
        ...extra,
      };
    }),
    ...more,
  };
}

const COUNTS: JsonValue = {
  nestedType: [
    {
      ...(message('CountsEntry', [
        ['key', 'string'],
        ['value', 'int32'],
      ]) as object),
      options: { mapEntry: true },
    },
  ],
  oneofDecl: [{ name: '_pages' }],
};
const MESSAGES: JsonValue[] = [
  message('Shelf', [
    ['id', 'int64'],
    ['theme', 'string'],
  ]),
  message(
    'Book',
    [
      ['id', 'int64'],
      ['author_name', 'string'],
      ['title', 'string'],
      ['tags', '*string'],
      ['kind', 'Kind'],
      ['counts', '*.bookstore.Book.CountsEntry'],
      ['shelf', '.bookstore.Shelf'],
      ['sold', 'bool'],
      ['price', 'double'],
      ['cover', 'bytes'],
      ['written', '.google.protobuf.Timestamp'],
      ['note', '.google.protobuf.StringValue'],
      ['shelves', '*.bookstore.Shelf'],
      ['pages', 'int32', { proto3Optional: true, oneofIndex: 0 }],
      ['extra', '.google.protobuf.Any'],
    ],
    COUNTS as Record<string, JsonValue>,
  ),
  message('GetShelfRequest', [['shelf', 'int64']]),
  message('CreateShelfRequest', [['shelf', '.bookstore.Shelf']]),
  message('CreateBookRequest', [
    ['shelf', 'int64'],
    ['book', '.bookstore.Book'],
    ['note', 'string'],
  ]),
  message('ListBooksRequest', [
    ['shelf', 'int64'],
    ['author_name', 'string'],
    ['kind', 'Kind'],
    ['ids', '*int64'],
    ['nested', '.bookstore.Shelf'],
    ['sold', 'bool'],
    ['price', 'double'],
    ['written', '.google.protobuf.Timestamp'],
    ['note', '.google.protobuf.StringValue'],
  ]),
  message('NameRequest', [
    ['name', 'string'],
    ['part', 'string'],
  ]),
  message('UploadRequest', [
    ['name', 'string'],
    ['body', '.google.api.HttpBody'],
  ]),
];

interface Rule {
  get?: string;
  put?: string;
  post?: string;
  delete?: string;
  patch?: string;
  custom?: readonly [kind: string, path: string];
  body?: string;
  more?: readonly Rule[];
}

function writeRule(w: WireWriter, r: Rule): void {
  for (const [field, key] of [
    [2, 'get'],
    [3, 'put'],
    [4, 'post'],
    [5, 'delete'],
    [6, 'patch'],
  ] as const) {
    if (r[key] !== undefined) w.string(field, r[key]);
  }
  if (r.body !== undefined) w.string(7, r.body);
  if (r.custom !== undefined) {
    const at = w.begin(8);
    w.string(1, r.custom[0]);
    w.string(2, r.custom[1]);
    w.end(at);
  }
  for (const one of r.more ?? []) {
    const at = w.begin(11);
    writeRule(w, one);
    w.end(at);
  }
}

type Method = readonly [name: string, input: string, output: string, rule: Rule | null];
/** `*` before a type: a stream. */
const METHODS: readonly Method[] = [
  ['GetShelf', 'GetShelfRequest', 'Shelf', { get: '/shelves/{shelf}', more: [{ get: '/v2/shelves/{shelf}:read' }] }],
  [
    'CreateShelf',
    'CreateShelfRequest',
    'Shelf',
    { post: '/shelf', body: 'shelf', more: [{ put: '/shelf/{shelf.id}', body: 'shelf' }] },
  ],
  ['CreateBook', 'CreateBookRequest', 'Book', { post: '/shelves/{shelf}/books', body: 'book' }],
  ['EchoBook', 'Book', 'Book', { post: '/echo', body: '*', more: [{ patch: '/echo/{id}', body: '*' }] }],
  ['ListBooks', 'ListBooksRequest', '*Book', { get: '/shelves/{shelf}/books' }],
  [
    'FindBooks',
    'ListBooksRequest',
    'Book',
    { get: '/find', more: [{ delete: '/find/{shelf}' }, { custom: ['REPORT', '/find'] }] },
  ],
  ['Bulk', '*CreateShelfRequest', '*Shelf', { post: '/bulk', body: 'shelf' }],
  [
    'Wild',
    'NameRequest',
    'Shelf',
    {
      get: '/wild/{name=**}',
      more: [{ get: '/res/{name=projects/*/books/*}:open' }, { get: '/one/{name}/{part=x/*}' }, { get: '/wild/exact' }],
    },
  ],
  ['Upload', 'UploadRequest', 'Shelf', { post: '/upload/{name}', body: 'body' }],
  ['Raw', '.google.api.HttpBody', '.google.api.HttpBody', { post: '/raw', body: '*' }],
  ['Download', 'NameRequest', '*.google.api.HttpBody', { get: '/download' }],
  ['NoRule', 'Book', 'Book', null],
];

const typeName = (name: string): string => {
  const bare = name.replace('*', '');
  return bare.startsWith('.') ? bare : `.bookstore.${bare}`;
};

export function bookstore(): Buffer {
  const httpBody = fromJson(FileDescriptorProtoSchema, {
    name: 'google/api/httpbody.proto',
    package: 'google.api',
    syntax: 'proto3',
    dependency: ['google/protobuf/any.proto'],
    messageType: [
      message('HttpBody', [
        ['content_type', 'string'],
        ['data', 'bytes'],
        ['extensions', '*.google.protobuf.Any'],
      ]),
    ],
  });
  const file = fromJson(FileDescriptorProtoSchema, {
    name: 'bookstore.proto',
    package: 'bookstore',
    syntax: 'proto3',
    dependency: [
      'google/protobuf/timestamp.proto',
      'google/protobuf/wrappers.proto',
      'google/protobuf/any.proto',
      'google/api/httpbody.proto',
    ],
    messageType: MESSAGES,
    enumType: [
      {
        name: 'Kind',
        value: ['KIND_UNSPECIFIED', 'FICTION', 'NON_FICTION'].map((name, number) => ({ name, number })),
      },
    ],
    service: [
      {
        name: 'Bookstore',
        method: METHODS.map(([name, input, output]) => ({
          name,
          inputType: typeName(input),
          outputType: typeName(output),
          clientStreaming: input.startsWith('*'),
          serverStreaming: output.startsWith('*'),
          options: {},
        })),
      },
    ],
  });
  METHODS.forEach(([, , , rule], i) => {
    if (rule === null) return;
    const w = new WireWriter();
    writeRule(w, rule);
    const bytes = w.finish();
    w.varint(bytes.length);
    w.raw(bytes);
    file.service[0].method[i].options!.$unknown = [{ no: HTTP_OPTION, wireType: 2, data: w.finish() }];
  });
  const imports = [file_google_protobuf_timestamp, file_google_protobuf_wrappers, file_google_protobuf_any];
  const set = create(FileDescriptorSetSchema, { file: [...imports.map((f) => f.proto), httpBody, file] });
  return Buffer.from(toBinary(FileDescriptorSetSchema, set));
}

if (process.argv[1] === import.meta.filename) console.log(bookstore().toString('base64'));
