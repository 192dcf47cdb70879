import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { create, createFileRegistry, fromBinary, fromJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import t from 'tap';
import type { GrpcJsonTranscoder } from '../../../src/config/schema/types.ts';
import { FrameReader, frame } from '../../../src/grpc/frames.ts';
import { type MethodInfo, methodInfo, readDescriptors } from '../../../src/http/filters/grpc-json/descriptors.ts';
import {
  ArraySplitter,
  encodeRequest,
  parseJson,
  RequestError,
} from '../../../src/http/filters/grpc-json/json-request.ts';
import { PathMatcher, unescaped } from '../../../src/http/filters/grpc-json/path-matcher.ts';
import { parseTemplate } from '../../../src/http/filters/grpc-json/path-template.ts';
import { heldMemory } from '../../../src/platform/held-memory.ts';
import { H2, http2Service } from '../../support/http2-service.ts';
import { cluster, header, ROUTER, TestProxy, turns, until } from '../proxy.ts';
import { bookstore } from './bookstore.ts';

type Test = { teardown(fn: () => unknown): void };
const TYPE = 'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder';
const BOOKS: GrpcJsonTranscoder = { services: ['bookstore.Bookstore'], protoDescriptorBin: bookstore() };

async function rig(t: Test, config: GrpcJsonTranscoder, port = 1, listener = {}): Promise<TestProxy> {
  const filter = { name: 'j', typedConfig: { typeUrl: TYPE, value: config } };
  const p = await TestProxy.start({
    hcm: { httpFilters: [filter, ROUTER] },
    clusters: [cluster('u', [port], H2)],
    ...listener,
  });
  t.teardown(() => p.stop());
  return p;
}

t.test('templates: what is one, and which segments a variable stands for', (t) => {
  for (const bad of ['', 'a', '/a/', '/{', '/{}', '/{a', '/{a=}', '/{a={b}}', '/a b}', '/**/x/**', '/:', '/a:', '//'])
    t.equal(parseTemplate(bad), null, bad);
  t.same(parseTemplate('/v1/{a.b=x/*/y}/{c}:verb'), {
    segments: ['v1', 'x', '*', 'y', '*', 'verb'],
    verb: 'verb',
    variables: [
      { fieldPath: ['a', 'b'], start: 1, end: 4, rest: false },
      { fieldPath: ['c'], start: 4, end: 5, rest: false },
    ],
  });
  t.end();
});

t.test("literals go before *, and * before **; what two methods mean is nobody's", (t) => {
  const settings = {
    unescape: 'ALL_CHARACTERS_EXCEPT_RESERVED' as const,
    plusIsBlank: false,
    unregisteredVerbs: false,
    ignoredParameters: new Set<string>(),
  };
  const m = new PathMatcher<string>(settings);
  for (const [method, path, name] of [
    ['GET', '/a/b', 'literal'],
    ['GET', '/a/{x}', 'one'],
    ['GET', '/a/{x=**}', 'rest'],
    ['GET', '/a/{x}/c', 'one-c'],
    ['GET', '/{x=**}/end', 'ends'],
    ['*', '/any', 'any'],
    ['GET', '/twice/{a}', 't1'],
    ['GET', '/twice/{b}', 't2'],
    ['GET', '/{x=p/**}:do', 'verb'],
  ])
    t.ok(m.register(method, path, name), path);
  const found = (path: string, method = 'GET'): unknown => {
    const f = m.find(method, path, '');
    return f === null ? null : [f.method, ...f.bindings.map((b) => b.value)];
  };
  t.same(found('/a/b'), ['literal']);
  t.same(found('/a/z'), ['one', 'z']);
  t.same(found('/a/b/c'), ['one-c', 'b']);
  t.same(found('/a/b/d'), ['rest', 'b/d']);
  t.same(found('/q/r/end'), ['ends', 'q/r']);
  t.same(found('/any', 'DELETE'), ['any']);
  t.same(found('/twice/x'), null);
  t.same(found('/p/q/r:do'), ['verb', 'p/q/r']);
  t.same(found('/p/q/r:undo'), null);
  t.same(found('/a/b', 'POST'), null);
  t.equal(unescaped('%41%2f%25%zz%', 'ALL_CHARACTERS_EXCEPT_SLASH', false), 'A%2f%%zz%');
  t.equal(unescaped('a+b%20', 'ALL_CHARACTERS', true), 'a b ');
  t.end();
});

t.test('an array in pieces of any size is the same elements', (t) => {
  const text = ' [ {"a": "],{\\"}"} , 1,[2, [3]], "x,y" ,{"b":{}}] ';
  for (const size of [1, 2, 3, 7, 100]) {
    const splitter = new ArraySplitter();
    const got: string[] = [];
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size)
      splitter.push(bytes.subarray(at, at + size), (e) => got.push(e.trim()));
    splitter.end();
    t.same(got, ['{"a": "],{\\"}"}', '1', '[2, [3]]', '"x,y"', '{"b":{}}'], `pieces of ${size}`);
    t.equal(splitter.held, 0);
  }
  const bad = (s: string): void => {
    const splitter = new ArraySplitter();
    splitter.push(Buffer.from(s), () => {});
    splitter.end();
  };
  for (const s of ['{}', '[1', '[,]', '[1,]', '[1]x', `[${'['.repeat(200)}`]) t.throws(() => bad(s), s);
  t.end();
});

/** A minute of it by hand: FUZZ_MS=60000. */
t.test('paths, templates, queries and JSON at random: found, not found, or a RequestError', (t) => {
  const registry = readDescriptors(bookstore(), true);
  const method = registry.getService('bookstore.Bookstore')!.methods.find((m) => m.name === 'EchoBook')!;
  const info = methodInfo(method, { method: 'POST', path: '/echo', body: '*', responseBody: '' });
  const pick = (s: string): string => s[Math.floor(Math.random() * s.length)];
  const random = (chars: string, n: number): string =>
    Array.from({ length: Math.random() * n }, () => pick(chars)).join('');
  const end = Date.now() + Number(process.env.FUZZ_MS ?? 300);
  const seed =
    '{"id":"1","tags":["a"],"kind":"FICTION","counts":{"x":1},"shelf":{"theme":"t"},"written":"2020-01-02T03:04:05Z"}';
  let refused = 0;
  while (Date.now() < end) {
    const m = new PathMatcher<number>({
      unescape: 'ALL_CHARACTERS',
      plusIsBlank: true,
      unregisteredVerbs: Math.random() < 0.5,
      ignoredParameters: new Set(),
    });
    for (let i = 0; i < 5; i++) m.register('GET', `/${random('ab/*{}=:.', 14)}`, i);
    m.find('GET', `/${random('ab/%2f:', 20)}`, random('a=&%20.+', 20));
    const chars = [...seed];
    for (let k = Math.random() * 4; k >= 0; k--) chars[Math.floor(Math.random() * chars.length)] = pick('{}[]",:0a\\n');
    try {
      encodeRequest(info, parseJson(chars.join('')), [], { registry, anyCaseEnums: true, rejectCollisions: false });
    } catch (e) {
      if (!(e instanceof RequestError)) throw e;
      refused++;
    }
    const splitter = new ArraySplitter();
    try {
      splitter.push(Buffer.from(`[${chars.join('')}`), () => {});
      splitter.push(Buffer.from(random('{}[]",:0a\\', 30)), () => {});
      splitter.end();
    } catch (e) {
      if (!(e instanceof RequestError)) throw e;
    }
  }
  t.ok(refused > 0);
  t.end();
});

t.test('messages in messages without an end are a bad request, and no defect', (t) => {
  const child = {
    name: 'child',
    number: 1,
    label: 'LABEL_OPTIONAL',
    type: 'TYPE_MESSAGE',
    typeName: '.n.Node',
    jsonName: 'child',
  };
  const file = fromJson(FileDescriptorProtoSchema, {
    name: 'n.proto',
    package: 'n',
    syntax: 'proto3',
    messageType: [{ name: 'Node', field: [child] }],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const input = registry.getMessage('n.Node')!;
  const info = { desc: { input }, bodyPath: [], bodyIsHttpBody: false } as unknown as MethodInfo;
  const encode = (depth: number): Uint8Array =>
    encodeRequest(info, parseJson(`${'{"child":'.repeat(depth)}{}${'}'.repeat(depth)}`), [], {
      registry,
      anyCaseEnums: false,
      rejectCollisions: false,
    });
  t.equal(encode(3).length, 6);
  t.throws(() => encode(1000), /recursion depth/);
  t.throws(() => encode(200_000), /too deep|recursion depth/);
  try {
    encode(200_000);
  } catch (e) {
    t.type(e, RequestError);
  }
  t.end();
});

t.test(
  'a descriptor set that is none, services that are not in it, and rules that are none, do not start',
  async (t) => {
    await t.rejects(
      rig(t, { ...BOOKS, protoDescriptorBin: Buffer.from('rubbish') }),
      /Unable to parse proto descriptor/,
    );
    await t.rejects(rig(t, { services: ['a'], protoDescriptor: '/nowhere' }), /Invalid path: \/nowhere/);
    await t.rejects(rig(t, { ...BOOKS, services: ['a.B'] }), /Could not find 'a\.B' in the proto descriptor/);
    const set = fromBinary(FileDescriptorSetSchema, bookstore());
    t.ok(createFileRegistry(set).getService('bookstore.Bookstore'));
    const p = await rig(t, { services: [], protoDescriptorBin: Buffer.from('rubbish') });
    t.ok(p.port, "without services it is nobody's business");
  },
);

t.test("a client's stream goes on message by message, and so does the answer", async (t) => {
  const seen: string[] = [];
  const port = await http2Service(t, (s) => {
    const frames = new FrameReader(1 << 20);
    s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
    s.on('data', (d: Buffer) => {
      frames.push(d, (m) => {
        seen.push(m.toString('latin1'));
        s.write(frame(Buffer.from([8, seen.length])));
      });
    });
    s.on('end', () => s.end());
  });
  const p = await rig(t, BOOKS, port);
  const c = p.connect();
  c.send('POST /bulk HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n9\r\n[{"id":1}\r\n1\r\n,\r\n');
  await until(() => seen.length === 1);
  await until(() => c.text.includes('[{"id":"1"}'));
  c.send('8\r\n{"id":2}\r\n1\r\n]\r\n0\r\n\r\n');
  await until(() => c.text.includes(',{"id":"2"}'));
  await c.until('0\r\n\r\n');
  t.same(seen, ['\n\x02\b\x01', '\n\x02\b\x02']);
  c.close();
});

t.test(
  'a body longer than the limit is answered with 413, an answer with 500, and nothing of either is kept',
  async (t) => {
    const before = heldMemory.bytes;
    const port = await http2Service(t, (s) => {
      s.respond({ ':status': 200, 'content-type': 'application/grpc' });
      s.write(Buffer.from([0, 0x40, 0, 0, 0]));
    });
    const p = await rig(t, { ...BOOKS, maxRequestBodySize: 1000, maxResponseBodySize: 1000 }, port);
    const c = p.connect();
    c.send(`POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(2000)}`);
    t.match((await c.message()).start, /413/);
    const d = p.connect();
    d.send('GET /find HTTP/1.1\r\nhost: a\r\n\r\n');
    t.match((await d.message()).start, /500/);
    c.close();
    d.close();
    await turns();
    t.equal(heldMemory.bytes, before);
  },
);

t.test('a client that goes in the middle leaves nothing behind', async (t) => {
  const before = heldMemory.bytes;
  const p = await rig(t, BOOKS, await http2Service(t, () => {}));
  const c = p.connect();
  c.send('POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{"title":');
  await until(() => heldMemory.bytes > before);
  c.socket.resetAndDestroy();
  await until(() => heldMemory.bytes === before);
});

t.test('query parameters that are not known come with the body, where they are to be captured', async (t) => {
  let got = Buffer.alloc(0);
  const port = await http2Service(t, (s) => {
    s.on('data', (d: Buffer) => {
      got = Buffer.concat([got, d]);
    });
    s.on('end', () =>
      s.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true }),
    );
  });
  const p = await rig(t, { ...BOOKS, captureUnknownQueryParameters: true }, port);
  const c = p.connect();
  c.send('POST /upload/n?x=1&x=%32&y=z HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello');
  const m = await c.message();
  t.match(m.start, /200/);
  t.equal(header(m, 'content-length'), '0');
  t.match(got.toString('latin1'), /hello/);
  t.match(got.toString('latin1'), /UnknownQueryParams.*x\x12\x06\n\x011\n\x012.*y\x12\x03\n\x01z/s);
  c.close();
});

t.test('the descriptor set of the conformance config is the one that is built here', (t) => {
  const file = fileURLToPath(new URL('../../conformance/configs/transcoder.yaml', import.meta.url));
  t.ok(readFileSync(file, 'utf8').includes(bookstore().toString('base64')));
  t.end();
});
