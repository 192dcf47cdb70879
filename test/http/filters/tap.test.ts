/**
 * envoy.filters.http.tap: protobuf files, clients and disks that fail, configs that are wrong. What JSON and text files hold is compared with Envoy:
 * conformance tap/*.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadCodec } from '../../../src/grpc/message-codec.ts';
import { answering, cluster, get, type TestProxy, Upstream, until } from '../proxy.ts';
import { rig } from './rig.ts';

type Teardown = { teardown(fn: () => unknown): void };
const TYPE = 'tap.v3.Tap';

function folder(t: Teardown): string {
  const path = mkdtempSync(join(tmpdir(), 'envoylet-tap-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}
const config = (sink: object, output: object = {}, more: object = {}): object => ({
  commonConfig: {
    staticConfig: { match: { anyMatch: true }, outputConfig: { sinks: [sink], ...output }, ...more },
  },
});
const toFile = (pathPrefix: string, format: string): object => ({ filePerTap: { pathPrefix }, format });

async function post(p: TestProxy, body: string): Promise<string> {
  const c = p.connect();
  const request = get('/x', `content-length: ${body.length}\r\n`).replace('GET', 'POST') + body;
  const { start } = await c.send(request).message();
  c.close();
  return start;
}
/** The one file there is, once it holds something that `read` takes. */
async function written<T>(path: string, read: (bytes: Buffer) => T | null): Promise<{ name: string; value: T }> {
  let found: { name: string; value: T } | null = null;
  await until(() => {
    const [name] = readdirSync(path);
    const value = name === undefined ? null : read(readFileSync(join(path, name)));
    found = value === null ? null : { name, value };
    return found !== null;
  });
  return found as unknown as { name: string; value: T };
}

t.test('protobuf files are what Envoy’s messages say', async (t) => {
  const codec = await loadCodec('envoy.data.tap.v3.TraceWrapper');
  for (const [format, extension, prefix] of [
    ['PROTO_BINARY', 'pb', false],
    ['PROTO_BINARY_LENGTH_DELIMITED', 'pb_length_delimited', true],
  ] as const) {
    const path = folder(t);
    const { p } = await rig(t, TYPE, config(toFile(join(path, 'x'), format)));
    t.match(await post(p, 'a\0b'), '200');
    const { name, value } = await written(path, (bytes) => (bytes.length === 0 ? null : bytes));
    t.match(name, new RegExp(`^x_\\d+\\.${extension}$`));
    let body = value;
    if (prefix) {
      t.equal((value[0] & 127) | (value[1] << 7), value.length - 2, 'its length is in front');
      body = value.subarray(2);
    }
    const { httpBufferedTrace: trace } = codec.decode(body) as { httpBufferedTrace: Record<string, never> };
    t.match(trace, {
      request: { body: { asBytes: Buffer.from('a\0b') } },
      response: { headers: [{ key: ':status', value: '200' }] },
    });
  }
});

t.test('bodies are kept up to their limits, whatever comes', async (t) => {
  const path = folder(t);
  const output = { maxBufferedRxBytes: 100_000, maxBufferedTxBytes: 0 };
  const { p } = await rig(t, TYPE, config(toFile(join(path, 'x'), 'JSON_BODY_AS_STRING'), output));
  t.match(await post(p, 'ab'.repeat(300_000)), '200');
  const { value } = await written(path, (bytes) => (bytes.includes('\n}\n') ? JSON.parse(bytes.toString()) : null));
  const { request } = value.http_buffered_trace;
  t.equal(request.body.as_string, 'ab'.repeat(50_000));
  t.equal(request.body.truncated, true);
});

t.test('patterns of a body are found where they are cut in two', async (t) => {
  const path = folder(t);
  const match = { httpRequestGenericBodyMatch: { patterns: [{ stringMatch: 'needle' }] } };
  const { p } = await rig(t, TYPE, config(toFile(join(path, 'x'), 'PROTO_TEXT'), {}, { match }));
  const c = p.connect();
  c.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\n.nee\r\n');
  for (const part of ['1\r\nd\r\n', '3\r\nle.\r\n', '0\r\n\r\n']) {
    await new Promise((resolve) => setImmediate(resolve));
    c.send(part);
  }
  t.match((await c.message()).start, '200');
  await until(() => p.value('http.h.tap.rq_tapped') === 1);
});

t.test('a client that goes away in the middle leaves a file of what came', async (t) => {
  const path = folder(t);
  const { p, seen } = await rig(t, TYPE, config(toFile(join(path, 'x'), 'JSON_BODY_AS_BYTES')));
  const c = p.connect();
  c.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc');
  await until(() => seen() !== '' || p.value('http.h.downstream_rq_active') === 1);
  c.close();
  const { value } = await written(path, (bytes) => (bytes.includes('\n}\n') ? JSON.parse(bytes.toString()) : null));
  t.equal(value.http_buffered_trace.request.headers[2].value, 'POST');
  t.equal(p.value('http.h.tap.rq_tapped'), 1);
});

t.test('a folder that is not there costs the file, not the request', async (t) => {
  const path = folder(t);
  const { p } = await rig(t, TYPE, config(toFile(join(path, 'none', 'x'), 'PROTO_TEXT')));
  t.match(await post(p, 'abc'), '200');
  t.match(await post(p, 'abc'), '200');
  t.equal(existsSync(join(path, 'none')), false);
});

t.test('times have milliseconds, and a streamed answer has the keep-alive of its host (H337)', async (t) => {
  const u = await Upstream.start(answering('HTTP/1.1 200 OK\r\nkeep-alive: timeout=5\r\ncontent-length: 0\r\n\r\n'));
  t.teardown(() => u.stop());
  const route = { route: { cluster: 'k' } };
  const more = { clusters: [cluster('k', [u.port])] };
  const json = (bytes: Buffer): string | null => (bytes.includes('server') ? bytes.toString() : null);

  const whole = folder(t);
  const timed = { ...config(toFile(join(whole, 'x'), 'JSON_BODY_AS_BYTES')), recordHeadersReceivedTime: true };
  const { p } = await rig(t, TYPE, timed, route, more);
  t.match(await post(p, 'a'), '200');
  const { value } = await written(whole, json);
  t.match(value, /"headers_received_time": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
  t.notMatch(value, 'keep-alive');

  const bits = folder(t);
  const streamed = config(toFile(join(bits, 'x'), 'JSON_BODY_AS_BYTES'), { streaming: true });
  const q = await rig(t, TYPE, streamed, route, more);
  t.match(await post(q.p, 'a'), '200');
  const seen = await written(bits, (bytes) => (bytes.includes('keep-alive') ? bytes.toString() : null));
  t.match(seen.value, '"timeout=5"');
});

t.test('configs that are wrong, and sinks that are not built (H335), are refused', async (t) => {
  const refused = (value: object, message: RegExp): Promise<unknown> => t.rejects(rig(t, TYPE, value), message);
  const file = toFile('/tmp/x', 'PROTO_TEXT');
  await refused(config({ streamingAdmin: {} }), /Specifying admin streaming output without configuring admin/);
  await refused(config({ bufferedAdmin: { maxTraces: 1 } }), /BufferedAdmin requires that the admin output/);
  await refused(
    config({ customSink: { name: 'x', typedConfig: { typeUrl: 'a.B', value: {} } } }),
    /'x' with type URL: 'a.B'/,
  );
  await refused(config({ streamingGrpc: {} }), /a tap writes to file_per_tap/);
  await refused(config(file, {}, { match: undefined }), /Neither match nor match_config is set/);
  const match = { httpRequestGenericBodyMatch: { bytesLimit: 1, patterns: [{ stringMatch: 'abc' }] } };
  await refused(config(file, {}, { match }), /longer than bytes_limit/);
});
