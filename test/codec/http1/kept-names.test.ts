// Names as they were written, where a codec is to keep them (test/conformance/cases/header-case beside Envoy).
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import { encodeFields, framingLine } from '../../../src/codec/http1/encode.ts';
import { INCOMPLETE, scanFields } from '../../../src/codec/http1/fields.ts';
import { keepNames, keepResponse } from '../../../src/codec/http1/kept-names.ts';
import { answering, cluster, header, TestProxy, Upstream } from '../../http/proxy.ts';

function scan(text: string, at: number): string {
  const bytes = Buffer.from(text, 'latin1');
  t.not(scanFields(bytes, at, bytes.length, 100), INCOMPLETE);
  return text;
}
const PLAIN = { reason: false, properCase: false };

t.test('the first way in which a name is written counts, white space or not', async (t) => {
  const text = scan('X-One:1\r\nx-oNE: \t2\r\nA:b: c\r\n\r\n', 0);
  const kept = keepNames(text, 0, PLAIN);
  t.equal(
    encodeFields('', ['x-one', '1', 'x-one', '2', 'a', 'b: c', 'x-new', '3'], false, kept),
    '\r\nX-One: 1\r\nX-One: 2\r\nA: b: c\r\nx-new: 3',
  );
});

t.test('names that did not come with it may be in proper case', async (t) => {
  const kept = keepNames(scan('X-oNE: 1\r\n\r\n', 0), 0, { reason: false, properCase: true });
  t.equal(framingLine('transfer-encoding', false, kept), '\r\nTransfer-Encoding: ');
  t.equal(framingLine('x-one', false, kept), '\r\nX-oNE: ');
});

t.test('a reason is kept when it is asked for', async (t) => {
  const text = scan('HTTP/1.1 200 All well\r\nA: b\r\n\r\n', 23);
  t.equal(keepResponse(text, 0, { reason: true, properCase: false }).reason, 'All well');
  t.equal(keepResponse(text, 0, PLAIN).reason, '');
});

t.test('a copy of a head has none', async (t) => {
  const h = new Headers();
  h.written = keepNames(scan('A: b\r\n\r\n', 0), 0, PLAIN);
  t.equal(h.clone().written, null);
});

t.test('a head that comes in pieces keeps its names', async (t) => {
  const seen: string[] = [];
  const u = await Upstream.start(
    answering((request) => {
      seen.push(request);
      return 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    }),
  );
  const typedConfig = {
    typeUrl: 'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
    value: {},
  };
  const httpProtocolOptions = { headerKeyFormat: { statefulFormatter: { name: 'preserve_case', typedConfig } } };
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port])], hcm: { httpProtocolOptions } });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  for (const byte of 'GET / HTTP/1.1\r\nHOST: a\r\nX-ThiNg: 1\r\n\r\n') c.send(byte);
  const answer = await c.message();
  t.equal(header(answer, 'content-length'), '0');
  t.match(seen[0], /^GET \/ HTTP\/1.1\r\nHOST: a\r\nX-ThiNg: 1\r\nx-forwarded-proto: http\r\n/);
});

t.test('a formatter of another kind is refused', async (t) => {
  const typedConfig = { typeUrl: 'envoy.extensions.filters.http.router.v3.Router', value: {} };
  const httpProtocolOptions = { headerKeyFormat: { statefulFormatter: { name: 'x', typedConfig } } };
  await t.rejects(TestProxy.start({ hcm: { httpProtocolOptions } }), {
    message: /Didn't find a registered implementation for 'x'/,
  });
});
