/** Messages of Envoy's protocols to bytes and back: as protobufjs has them, and bytes that are no message. */

import protobuf from 'protobufjs';
import t from 'tap';
import { loadCodec, type MessageCodec } from '../../src/grpc/message-codec.ts';
import { WireError, WireReader } from '../../src/grpc/wire-reader.ts';
import { WireWriter } from '../../src/grpc/wire-writer.ts';

const CHECK = 'envoy.service.auth.v3.CheckRequest';
const ANSWER = 'envoy.service.auth.v3.CheckResponse';
const LIMIT = 'envoy.service.ratelimit.v3.RateLimitResponse';

t.test('what is written is read again: texts, maps, bytes, wrappers, enums, JSON, times', async (t) => {
  const request = await loadCodec(CHECK);
  const value = {
    attributes: {
      source: { address: { socketAddress: { address: '10.1.2.3', portValue: 65535 } }, principal: 'ü' },
      request: {
        time: 1_700_000_000_123.5,
        http: {
          method: 'GET',
          headers: new Map([
            ['a', 'b'],
            ['long', 'x'.repeat(100_000)],
          ]),
          size: -1,
          rawBody: Buffer.from([0, 255, 128]),
        },
      },
      metadataContext: { filterMetadata: new Map([['n', { a: [1, 'b', null, true, { c: 2.5 }] }]]) },
    },
  };
  const back = request.decode(request.encode(value));
  t.same(JSON.parse(text(back)), JSON.parse(text(value)));

  const answer = await loadCodec(ANSWER);
  const ok = {
    status: Buffer.from([8, 7]),
    okResponse: {
      headers: [{ header: { key: 'a', value: 'b' }, append: false }, { appendAction: 'OVERWRITE_IF_EXISTS' }],
      headersToRemove: ['', 'b'],
    },
  };
  t.same(JSON.parse(text(answer.decode(answer.encode(ok)))), JSON.parse(text(ok)));

  const limit = await loadCodec(LIMIT);
  const over = {
    overallCode: 'OVER_LIMIT',
    statuses: [
      {
        code: 'OK',
        currentLimit: { requestsPerUnit: 4294967295, unit: 'WEEK', unitMultiplier: 0 },
        durationUntilReset: 1500,
      },
    ],
  };
  t.same(JSON.parse(text(limit.decode(limit.encode(over)))), JSON.parse(text(over)));
});

const text = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => (v instanceof Map ? { ...Object.fromEntries(v) } : v));

t.test('protobufjs reads what is written, and what it writes is read', async (t) => {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    message Status { int32 code = 1; string message = 2; }
    message HeaderValue { string key = 1; string value = 2; bytes raw_value = 3; }
    message BoolValue { bool value = 1; }
    message HeaderValueOption { HeaderValue header = 1; BoolValue append = 2; int32 append_action = 3; bool keep_empty_value = 4; }
    message HttpStatus { int32 code = 1; }
    message Denied { HttpStatus status = 1; repeated HeaderValueOption headers = 2; string body = 3; }
    message CheckResponse { Status status = 1; Denied denied_response = 2; }`);
  const type = root.lookupType('CheckResponse');
  const sent = {
    status: { code: 7 },
    deniedResponse: {
      status: { code: 403 },
      headers: [{ header: { key: 'x', value: 'é' }, append: { value: true }, appendAction: 2 }],
      body: 'no',
    },
  };
  const answer = await loadCodec(ANSWER);
  const got = answer.decode(Buffer.from(type.encode(type.create(sent)).finish())) as never as {
    deniedResponse: { status: object; headers: object[]; body: string };
    status: Buffer;
  };
  t.same(got.status, Buffer.from([8, 7]));
  t.equal(got.deniedResponse.body, 'no');
  t.same(got.deniedResponse.status, { code: 'Forbidden' });
  t.same(got.deniedResponse.headers, [
    { header: { key: 'x', value: 'é' }, append: true, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
  ]);
  const back = type.toObject(type.decode(answer.encode(got)));
  t.same(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(sent)));
});

t.test('a message that is cut off anywhere is none, unless it is cut between fields', async (t) => {
  const answer = await loadCodec(ANSWER);
  const bytes = answer.encode({ deniedResponse: { body: 'text', status: { code: 'Forbidden' } } });
  for (let n = 1; n < bytes.length; n++) t.throws(() => answer.decode(bytes.subarray(0, n)), /cut off/, `${n} bytes`);
});

t.test('a text that is not UTF-8, a number without an end, messages in messages in messages', async (t) => {
  const answer = await loadCodec(ANSWER);
  t.throws(() => answer.decode(Buffer.from([0x12, 3, 0x1a, 1, 0xff])), /UTF-8/);
  t.throws(() => answer.decode(Buffer.from([0x08, ...new Array(11).fill(0xff)])), /another type/);
  t.throws(() => answer.decode(Buffer.from(new Array(12).fill(0xff))), /no end/);
  // dynamic_metadata: a Struct whose value is a Struct, and so on.
  let deep: Buffer = Buffer.alloc(0);
  for (let i = 0; i < 300; i++) {
    const w = new WireWriter();
    const entry = w.begin(1);
    w.string(1, 'k');
    const value = w.begin(2);
    w.bytesField(5, deep);
    w.end(value);
    w.end(entry);
    deep = w.finish();
  }
  const w = new WireWriter();
  w.bytesField(4, deep);
  t.throws(() => answer.decode(w.finish()), /messages in messages/);
  t.throws(() => new WireReader(Buffer.from([7])).next(), /number/);
});

/** A minute of it by hand: FUZZ_MS=60000. */
t.test('bytes at random are a message or a WireError, and nothing else', async (t) => {
  const codecs = await Promise.all([CHECK, ANSWER, LIMIT].map(loadCodec));
  const seed = codecs.map((c, i) => c.encode(SEEDS[i]));
  const end = Date.now() + Number(process.env.FUZZ_MS ?? 300);
  let n = 0;
  for (let i = 0; Date.now() < end; i++) {
    const codec = codecs[i % codecs.length] as MessageCodec;
    const bytes = Buffer.from(seed[i % seed.length]);
    for (let k = Math.random() * 4; k >= 0; k--) bytes[Math.floor(Math.random() * bytes.length)] = Math.random() * 256;
    try {
      codec.decode(bytes);
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      n++;
    }
  }
  t.ok(n > 0);
});

const SEEDS: readonly object[] = [
  { attributes: { request: { time: 5000, http: { headers: new Map([['a', 'b']]), path: '/x', size: 300 } } } },
  {
    status: Buffer.from([8, 0]),
    okResponse: { headers: [{ header: { key: 'a', value: 'b' } }] },
    dynamicMetadata: { a: { b: [1, 'c'] } },
  },
  { overallCode: 'OK', statuses: [{ currentLimit: { requestsPerUnit: 5, unit: 'DAY' } }], dynamicMetadata: { a: 1 } },
];
