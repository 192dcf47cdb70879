/** envoy.filters.http.compressor and 1.16's gzip: many pieces, streams one after the other, ends in the middle. What it decides is compared with Envoy: conformance compressor/*. */
import * as zlib from 'node:zlib';
import t from 'tap';
import { gzipLibrary } from '../../../src/http/compression/compressors.ts';
import { answering, cluster, get, header, type ProxyConfig, ROUTER, TestProxy, Upstream, until } from '../proxy.ts';

const COMPRESSION = 'envoy.extensions.compression';
const LIBRARIES = {
  gzip: { type: `${COMPRESSION}.gzip.compressor.v3.Gzip`, read: zlib.gunzipSync, encoding: 'gzip' },
  brotli: { type: `${COMPRESSION}.brotli.compressor.v3.Brotli`, read: zlib.brotliDecompressSync, encoding: 'br' },
  zstd: { type: `${COMPRESSION}.zstd.compressor.v3.Zstd`, read: zlib.zstdDecompressSync, encoding: 'zstd' },
};

function filter(library: string, value: object, more: object = {}): object {
  return {
    name: 'compressor',
    typedConfig: {
      typeUrl: 'envoy.extensions.filters.http.compressor.v3.Compressor',
      value: { compressorLibrary: { name: 'l', typedConfig: { typeUrl: library, value } }, ...more },
    },
  };
}

async function rig(
  t: { teardown(fn: () => unknown): void },
  filters: readonly object[],
  answer: string,
): Promise<{ p: TestProxy; u: Upstream }> {
  const u = await Upstream.start(answering(answer));
  t.teardown(() => u.stop());
  const p = await TestProxy.start({
    hcm: { httpFilters: [...filters, ROUTER] } as ProxyConfig['hcm'],
    clusters: [cluster('u', [u.port])],
  } as ProxyConfig);
  t.teardown(() => p.stop());
  return { p, u };
}

/** The body of a chunked message. */
function body(text: string): Buffer {
  const pieces: Buffer[] = [];
  for (let at = text.indexOf('\r\n\r\n') + 4; ; ) {
    const line = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(Buffer.from(text.slice(line + 2, line + 2 + size), 'latin1'));
    at = line + 4 + size;
  }
}

const LONG = Array.from({ length: 20_000 }, (_, i) => `line ${i * 7919}\n`).join('');

for (const [name, { type, read, encoding }] of Object.entries(LIBRARIES)) {
  t.test(`${name}: a long answer comes out as it was, also from a stream that was used before`, async (t) => {
    const answer = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${LONG.length}\r\n\r\n${LONG}`;
    const { p } = await rig(t, [filter(type, {})], answer);
    const c = p.connect();
    for (let i = 0; i < 3; i++) {
      const text = await c.send(get('/', `accept-encoding: ${encoding}\r\n`)).until('\r\n0\r\n\r\n');
      t.equal(read(body(text)).toString(), LONG);
      t.ok(body(text).length < LONG.length / 2);
    }
    t.equal(p.value(`http.h.compressor.l.${name}.total_uncompressed_bytes`), 3 * LONG.length);
    t.equal(p.value(`http.h.compressor.l.${name}.compressed`), 3);
    c.close();
  });
}

t.test('what has come so far can be read before the answer ends, and a client that leaves ends it', async (t) => {
  const u = await Upstream.start();
  t.teardown(() => u.stop());
  const hcm = { httpFilters: [filter(LIBRARIES.gzip.type, {}), ROUTER] } as ProxyConfig['hcm'];
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] } as ProxyConfig);
  t.teardown(() => p.stop());
  const c = p.connect().send(get('/', 'accept-encoding: gzip\r\n'));
  const up = await u.accept();
  await up.until('\r\n\r\n');
  up.send('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n');
  const head = await c.until('\r\n\r\n');
  t.match(head, 'content-encoding: gzip');
  await until(() => /^[0-9a-f]+\r\n[\s\S]+\r\n$/.test(c.text));
  const size = Number.parseInt(c.text, 16);
  const bytes = Buffer.from(c.text.slice(c.text.indexOf('\r\n') + 2, c.text.indexOf('\r\n') + 2 + size), 'latin1');
  t.equal(zlib.gunzipSync(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).toString(), 'hello');
  c.close();
  await until(() => up.ended);
  // The handle is whole again for the next one.
  const d = p.connect().send(get('/', 'accept-encoding: gzip\r\n'));
  const next = await u.accept();
  await next.until('\r\n\r\n');
  next.send(
    'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 31\r\n\r\nthis is another one, and longer!',
  );
  t.equal(zlib.gunzipSync(body(await d.until('\r\n0\r\n\r\n'))).toString(), 'this is another one, and longer');
  d.close();
});

t.test('at most four handles are kept, and one that failed is not', (t) => {
  const library = gzipLibrary({ level: 1, strategy: 0, memLevel: 1, windowBits: 9, chunk: 4096 });
  const streams = Array.from({ length: 6 }, () => library.start());
  for (const s of streams) {
    t.equal(zlib.gunzipSync(s.compress(Buffer.from('x'), true)).toString(), 'x');
    s.done();
    s.done();
  }
  t.equal(library.pool['kept'].length, 4);
  const failing = library.pool.take();
  failing.error = 'Z_DATA_ERROR';
  library.pool.give(failing);
  t.equal(library.pool.take().error, '');
  t.end();
});

t.test('settings of a library reach it', async (t) => {
  const answer = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${LONG.length}\r\n\r\n${LONG}`;
  const sizes: number[] = [];
  const settings: readonly [string, object, string][] = [
    [LIBRARIES.gzip.type, { compressionLevel: 'BEST_SPEED', memoryLevel: 1, windowBits: 9, chunkSize: 8192 }, 'gzip'],
    [LIBRARIES.gzip.type, { compressionLevel: 'COMPRESSION_LEVEL_9', memoryLevel: 9, windowBits: 15 }, 'gzip'],
    [LIBRARIES.gzip.type, { compressionStrategy: 'HUFFMAN_ONLY' }, 'gzip'],
    [LIBRARIES.brotli.type, { quality: 0, windowBits: 10, inputBlockBits: 16, encoderMode: 'TEXT' }, 'br'],
    [LIBRARIES.brotli.type, { quality: 9, disableLiteralContextModeling: true }, 'br'],
    [LIBRARIES.zstd.type, { compressionLevel: 1, strategy: 'FAST', enableChecksum: true }, 'zstd'],
    [LIBRARIES.zstd.type, { compressionLevel: 19, dictionary: { inlineString: 'line 7919\n'.repeat(10) } }, 'zstd'],
  ];
  for (const [type, value, encoding] of settings) {
    const { p } = await rig(t, [filter(type, value)], answer);
    const c = p.connect();
    sizes.push(body(await c.send(get('/', `accept-encoding: ${encoding}\r\n`)).until('\r\n0\r\n\r\n')).length);
    c.close();
  }
  t.ok(sizes[0] > sizes[1] && sizes[2] > sizes[0], `gzip ${sizes.slice(0, 3)}`);
  t.ok(sizes[3] > sizes[4], `brotli ${sizes.slice(3, 5)}`);
  t.ok(sizes[5] > sizes[6], `zstd ${sizes.slice(5)}`);
});

t.test("1.16's gzip filter: its settings and its names", async (t) => {
  const gzip = {
    name: 'envoy.gzip',
    typedConfig: {
      typeUrl: 'envoy.extensions.filters.http.gzip.v3.Gzip',
      value: { compressionLevel: 'SPEED', compressor: { contentLength: 3, contentType: ['text/x'] } },
    },
  };
  const { p } = await rig(t, [gzip], 'HTTP/1.1 200 OK\r\ncontent-type: text/x\r\ncontent-length: 4\r\n\r\nabcd');
  const c = p.connect();
  const text = await c.send(get('/', 'accept-encoding: gzip\r\n')).until('\r\n0\r\n\r\n');
  t.equal(zlib.gunzipSync(body(text)).toString(), 'abcd');
  for (const n of ['compressed', 'header_gzip', 'header_compressor_used']) t.equal(p.value(`http.h.gzip.${n}`), 1, n);
  t.equal(header(await c.send(get()).message(), 'content-length'), '4');
  t.equal(p.value('http.h.gzip.no_accept_header'), 1);
  c.close();
});
