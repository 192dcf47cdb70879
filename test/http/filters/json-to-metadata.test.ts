/** envoy.filters.http.json_to_metadata: bodies that are hostile, and configs that are wrong. What it sets is compared with Envoy: conformance json-to-metadata/*. */
import t from 'tap';
import { JsonNumber, readJson } from '../../../src/http/filters/json-body.ts';
import { header, until } from '../proxy.ts';
import { rig } from './rig.ts';

const TYPE = 'json_to_metadata.v3.JsonToMetadata';
const read = (text: string | Buffer): unknown => readJson(Buffer.from(text as string));
const post = (body: string): string =>
  `POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

t.test('JSON as Envoy reads it', (t) => {
  t.same(read('{"a":[true,null,"x"]}'), { a: [true, null, 'x'] });
  t.same(read('\ufeff[]'), []);
  t.same(read('[]\0rubbish'), [], "a NUL is the text's end");
  for (const text of [
    '',
    ' ',
    '{',
    '[1,]',
    '[01]',
    '[1e400]',
    '[9223372036854775808]',
    '[18446744073709551615]',
    '"\\ud800"',
    '{"\\udfff":1}',
    '\0[]',
    '["\0"]',
  ])
    t.equal(read(text), undefined, JSON.stringify(text));
  t.equal(readJson(Buffer.from([0x22, 0xff, 0x22])), undefined, 'no UTF-8');
  t.equal(read(`${'['.repeat(1001)}${']'.repeat(1001)}`), undefined, 'too deep');
  t.ok(read(`${'['.repeat(1000)}${']'.repeat(1000)}`), 'not too deep');
  t.equal(read('['.repeat(1_000_000)), undefined, 'nothing recurses');
  t.equal(read(`"${'['.repeat(2000)}\\"["`), `${'['.repeat(2000)}"[`, 'what is in a text is no level');
  t.end();
});

t.test('numbers as texts', (t) => {
  const text = (source: string): string => new JsonNumber(source).text;
  for (const [source, shown] of [
    ['1', '1'],
    ['-0', '0'],
    ['-0.0', '-0.000000'],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['18446744073709551616', '18446744073709551616.000000'],
    ['1e2', '100.000000'],
    ['1e21', '1000000000000000000000.000000'],
    ['0.0078125', '0.007812'],
    ['0.0234375', '0.023438'],
    ['-0.0000005', '-0.000000'],
    ['0.0000006', '0.000001'],
    ['0.0000015', '0.000002'],
    ['0.0000045', '0.000005'],
    ['0.9999999', '1.000000'],
    ['1e-300', '0.000000'],
  ])
    t.equal(text(source), shown, source);
  t.end();
});

t.test('a body that does not fit into the buffer is answered with 413, and counted nowhere', async (t) => {
  const rules = [{ selectors: [{ key: 'a' }], onPresent: { key: 'v' } }];
  const { p, seen } = await rig(t, TYPE, { requestRules: { rules } });
  const c = p.connect();
  const answer = await c.send(post(`{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`)).message();
  t.match(answer.start, '413');
  t.equal(seen(), '');
  t.equal(p.value('json_to_metadata.rq.success'), 0);
  c.close();
});

t.test('a client that goes away in the middle of its body leaves nothing behind', async (t) => {
  const rules = [{ selectors: [{ key: 'a' }], onPresent: { key: 'v' } }];
  const { p, seen } = await rig(t, TYPE, { requestRules: { rules } });
  const c = p.connect();
  c.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"');
  await until(() => p.value('http.h.downstream_rq_active') === 1);
  c.socket.resetAndDestroy();
  await until(() => p.value('http.h.downstream_rq_active') === 0);
  t.equal(seen(), '');
  const next = p.connect();
  t.match((await next.send(post('{"a":1}')).message()).start, '200');
  t.equal(p.value('json_to_metadata.rq.success'), 1);
  next.close();
});

t.test('what is no finite number is missing (H305)', async (t) => {
  const rules = [
    { selectors: [{ key: 'a' }], onPresent: { key: 'v', type: 'NUMBER' }, onMissing: { key: 'v', value: 'missing' } },
  ];
  const route = {
    responseHeadersToAdd: [
      { header: { key: 'x-v', value: '%DYNAMIC_METADATA(envoy.filters.http.json_to_metadata:v)%' } },
    ],
  };
  const { p } = await rig(t, TYPE, { requestRules: { rules } }, route);
  const c = p.connect();
  for (const a of ['inf', 'nan', '1e999'])
    t.equal(header(await c.send(post(JSON.stringify({ a }))).message(), 'x-v'), 'missing', a);
  t.equal(header(await c.send(post('{"a":"7"}')).message(), 'x-v'), '7');
  c.close();
});

t.test('rules that say nothing are refused (H306)', async (t) => {
  const refused = async (rule: object, why: RegExp): Promise<void> => {
    const rules = [{ selectors: [{ key: 'a' }], ...rule }];
    await t.rejects(rig(t, TYPE, { requestRules: { rules } }), why);
    await t.rejects(rig(t, TYPE, { responseRules: { rules } }), why);
  };
  await refused({}, /neither `on_present` nor `on_missing` set/);
  await refused({ onMissing: { key: 'a' } }, /cannot specify on_missing rule with empty value/);
  await refused({ onPresent: { key: 'a' }, onError: { key: 'a' } }, /cannot specify on_error rule with empty value/);
  const route = {
    typedPerFilterConfig: new Map([['f', { typeUrl: `envoy.extensions.filters.http.${TYPE}`, value: {} }]]),
  };
  await t.rejects(rig(t, TYPE, {}, route), /must at least specify one of request_rules or response_rules/);
});
