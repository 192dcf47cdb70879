/** envoy.filters.http.decompressor: pieces of any size, what is broken, bombs. What it decides is compared with Envoy: conformance decompressor/*. */
import * as zlib from 'node:zlib';
import t from 'tap';
import { answering, cluster, get, OK, type ProxyConfig, ROUTER, TestProxy, Upstream } from '../proxy.ts';

const COMPRESSION = 'envoy.extensions.compression';
const LIBRARIES = {
  gzip: { type: `${COMPRESSION}.gzip.decompressor.v3.Gzip`, write: zlib.gzipSync, encoding: 'gzip' },
  brotli: { type: `${COMPRESSION}.brotli.decompressor.v3.Brotli`, write: zlib.brotliCompressSync, encoding: 'br' },
  zstd: { type: `${COMPRESSION}.zstd.decompressor.v3.Zstd`, write: zlib.zstdCompressSync, encoding: 'zstd' },
};

function filter(type: string, value: object = {}, name = 'Lib'): object {
  return {
    name: 'decompressor',
    typedConfig: {
      typeUrl: 'envoy.extensions.filters.http.decompressor.v3.Decompressor',
      value: { decompressorLibrary: { name, typedConfig: { typeUrl: type, value } } },
    },
  };
}

type Teardown = { teardown(fn: () => unknown): void };

async function proxy(t: Teardown, filters: readonly object[], port: number): Promise<TestProxy> {
  const p = await TestProxy.start({
    hcm: { httpFilters: [...filters, ROUTER], httpProtocolOptions: { enableTrailers: true } } as ProxyConfig['hcm'],
    clusters: [cluster('u', [port])],
  } as ProxyConfig);
  t.teardown(() => p.stop());
  return p;
}

/** Answers with this body, in one piece. */
async function rig(t: Teardown, filters: readonly object[], encoding: string, body: Buffer): Promise<TestProxy> {
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const u = await Upstream.start(answering(head + body.toString('latin1')));
  t.teardown(() => u.stop());
  return proxy(t, filters, u.port);
}

async function bodyOf(p: TestProxy): Promise<string> {
  const c = p.connect();
  const text = await c.send(get()).until('\r\n0\r\n');
  c.close();
  let out = '';
  for (let at = text.indexOf('\r\n\r\n') + 4; ; ) {
    const line = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) return out;
    out += text.slice(line + 2, line + 2 + size);
    at = line + 4 + size;
  }
}

for (const [name, { type, write, encoding }] of Object.entries(LIBRARIES)) {
  t.test(`${name}: a request in pieces of one byte`, async (t) => {
    const u = await Upstream.start();
    t.teardown(() => u.stop());
    const p = await proxy(t, [filter(type)], u.port);
    const bytes = write(Buffer.from('hello, hello, hello'));
    const c = p
      .connect()
      .send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    const up = await u.accept();
    for (const byte of bytes) {
      c.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const seen = await up.until('\r\n0\r\n');
    t.notMatch(seen, /content-encoding|content-length/);
    t.equal(
      seen
        .slice(seen.indexOf('\r\n\r\n') + 4)
        .replace(/[0-9a-f]+\r\n(.*)\r\n/g, '$1')
        .replace('0\r\n', ''),
      'hello, hello, hello',
    );
    up.send(OK);
    await c.message();
    t.equal(p.value(`http.h.decompressor.Lib.${name}.request.decompressed`), 1);
    t.equal(p.value(`http.h.decompressor.Lib.${name}.request.total_compressed_bytes`), bytes.length);
    c.close();
  });

  t.test(
    `${name}: bytes that are none end the body and are counted once; the next request is not touched by it`,
    async (t) => {
      const p = await rig(t, [filter(type)], encoding, Buffer.from('this was never compressed by anybody'));
      t.equal(await bodyOf(p), '');
      t.equal(await bodyOf(p), '');
      const errors = { gzip: 'zlib_data_error', brotli: 'brotli_error', zstd: 'zstd_generic_error' };
      const scope = `http.h.decompressor.Lib.${name}.decompressor_library`;
      t.equal(p.value(`${scope}.${errors[name as keyof typeof errors]}`), 2);
    },
  );

  t.test(`${name}: a bomb ends soon after a hundred times of what came`, async (t) => {
    const bomb = write(Buffer.alloc(50_000_000, 'x'));
    const p = await rig(t, [filter(type)], encoding, bomb);
    const out = await bodyOf(p);
    t.ok(out.length >= 100 * Math.min(bomb.length, 60_000) || name !== 'gzip', `${out.length} of ${bomb.length}`);
    t.ok(out.length <= 100 * bomb.length + 131_072, `${out.length} of ${bomb.length}`);
    t.ok(out.length < 50_000_000);
  });
}

t.test('a ratio of the config counts', async (t) => {
  const p = await rig(
    t,
    [filter(LIBRARIES.gzip.type, { maxInflateRatio: 2 })],
    'gzip',
    zlib.gzipSync(Buffer.alloc(100_000, 'ab')),
  );
  t.equal((await bodyOf(p)).length, 4096);
  t.equal(p.value('http.h.decompressor.Lib.gzip.decompressor_library.zlib_data_error'), 1);
});

t.test('gzip of two members is read whole, and other bytes behind the end are counted (H122)', async (t) => {
  const two = Buffer.concat([zlib.gzipSync('one '), zlib.gzipSync('two')]);
  t.equal(await bodyOf(await rig(t, [filter(LIBRARIES.gzip.type)], 'gzip', two)), 'one two');
  const p = await rig(
    t,
    [filter(LIBRARIES.gzip.type)],
    'gzip',
    Buffer.concat([zlib.gzipSync('one '), Buffer.from('rubbish')]),
  );
  await bodyOf(p);
  t.equal(p.value('http.h.decompressor.Lib.gzip.decompressor_library.zlib_data_error'), 1);
});

t.test('each of two decompressors says in trailers of its own name how much it was (H120)', async (t) => {
  const inner = zlib.gzipSync('hello');
  const outer = zlib.brotliCompressSync(inner);
  const filters = [filter(LIBRARIES.gzip.type, {}, 'A'), filter(LIBRARIES.brotli.type, {}, 'B')];
  const p = await rig(t, filters, 'br,gzip', outer);
  const c = p.connect();
  const text = await c.send(get('/', 'te: trailers\r\n')).until(`x-envoy-decompressor-a-uncompressed-bytes: 5\r\n`);
  t.match(text, `x-envoy-decompressor-b-compressed-bytes: ${outer.length}\r\n`);
  t.match(text, `x-envoy-decompressor-b-uncompressed-bytes: ${inner.length}\r\n`);
  t.match(text, `x-envoy-decompressor-a-compressed-bytes: ${inner.length}\r\n`);
  c.close();
});

t.test('a zstd dictionary is used; a second one is refused', async (t) => {
  const dictionary = Buffer.from('a dictionary of words that are said again and again');
  const body = zlib.zstdCompressSync(Buffer.from('words that are said again'), { dictionary });
  const sources = [{ inlineBytes: dictionary }];
  t.equal(
    await bodyOf(await rig(t, [filter(LIBRARIES.zstd.type, { dictionaries: sources })], 'zstd', body)),
    'words that are said again',
  );
  const p = await rig(t, [filter(LIBRARIES.zstd.type)], 'zstd', body);
  t.equal(await bodyOf(p), '');
  await t.rejects(
    rig(t, [filter(LIBRARIES.zstd.type, { dictionaries: [...sources, ...sources] })], 'zstd', body),
    /more than one dictionary is not supported/,
  );
});
