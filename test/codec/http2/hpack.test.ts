/** HPACK: the examples of RFC 7541 appendix C, what must be refused, and round trips through both tables. */
import t from 'tap';
import type { Headers } from '../../../src/codec/headers.ts';
import { HpackDecoder } from '../../../src/codec/http2/hpack-decoder.ts';
import { HpackEncoder } from '../../../src/codec/http2/hpack-encoder.ts';
import { huffmanDecode, huffmanDecodedBound, huffmanEncode, huffmanLength } from '../../../src/codec/http2/huffman.ts';
import { fields, request, response } from './pair.ts';
import { Random } from './random.ts';

/** `name: value` lines, or null for a compression error. */
function decode(d: HpackDecoder, block: Buffer): string[] | null {
  const lines: string[] = [];
  const ok = d.decode(block, 0, block.length, { onField: (name, value) => lines.push(`${name}: ${value}`) });
  return ok ? lines : null;
}
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

t.test('RFC 7541 C.2: single fields', (t) => {
  const custom = new HpackDecoder();
  t.strictSame(decode(custom, hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')), [
    'custom-key: custom-header',
  ]);
  t.equal(custom.tableSize, 55);
  const plain = new HpackDecoder();
  t.strictSame(decode(plain, hex('040c 2f73 616d 706c 652f 7061 7468')), [':path: /sample/path']);
  t.equal(plain.tableEntries, 0);
  t.strictSame(decode(new HpackDecoder(), hex('1008 7061 7373 776f 7264 0673 6563 7265 74')), ['password: secret']);
  t.strictSame(decode(new HpackDecoder(), hex('82')), [':method: GET']);
  t.end();
});

const REQUESTS = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
  [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'],
];

t.test('RFC 7541 C.3 and C.4: three requests on one connection, raw and Huffman-coded', (t) => {
  const raw = new HpackDecoder();
  t.strictSame(decode(raw, hex('8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d')), REQUESTS[0]);
  t.equal(raw.tableSize, 57);
  t.strictSame(decode(raw, hex('8286 84be 5808 6e6f 2d63 6163 6865')), REQUESTS[1]);
  t.equal(raw.tableSize, 110);
  t.strictSame(
    decode(raw, hex('8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65')),
    REQUESTS[2],
  );
  t.equal(raw.tableSize, 164);
  const coded = new HpackDecoder();
  t.strictSame(decode(coded, hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')), REQUESTS[0]);
  t.strictSame(decode(coded, hex('8286 84be 5886 a8eb 1064 9cbf')), REQUESTS[1]);
  t.strictSame(decode(coded, hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')), REQUESTS[2]);
  t.equal(coded.tableSize, 164);
  t.end();
});

const LOCATION = 'location: https://www.example.com';
const DATES = ['date: Mon, 21 Oct 2013 20:13:21 GMT', 'date: Mon, 21 Oct 2013 20:13:22 GMT'];
const RESPONSES = [
  [':status: 302', 'cache-control: private', DATES[0], LOCATION],
  [':status: 307', 'cache-control: private', DATES[0], LOCATION],
  [
    ':status: 200',
    'cache-control: private',
    DATES[1],
    LOCATION,
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
];

t.test('RFC 7541 C.5 and C.6: responses with a table of 256 bytes, so that entries are evicted', (t) => {
  // The examples assume a setting of 256; a size update says the same.
  const raw = new HpackDecoder();
  t.strictSame(decode(raw, hex('3fe101')), []);
  t.strictSame(
    decode(
      raw,
      hex(
        `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 54
           6e17 6874 7470 733a 2f2f 7777 772e 6578 616d 706c 652e 636f 6d`.replaceAll(/\s/g, ''),
      ),
    ),
    RESPONSES[0],
  );
  t.equal(raw.tableSize, 222);
  t.strictSame(decode(raw, hex('4803 3330 37c1 c0bf')), RESPONSES[1]);
  t.equal(raw.tableSize, 222);
  t.strictSame(
    decode(
      raw,
      hex(
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
           6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
           2076 6572 7369 6f6e 3d31`.replaceAll(/\s/g, ''),
      ),
    ),
    RESPONSES[2],
  );
  t.equal(raw.tableSize, 215);
  const coded = new HpackDecoder();
  t.strictSame(decode(coded, hex('3fe101')), []);
  t.strictSame(
    decode(
      coded,
      hex(
        `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
           8f0b 97c8 e9ae 82ae 43d3`.replaceAll(/\s/g, ''),
      ),
    ),
    RESPONSES[0],
  );
  t.strictSame(decode(coded, hex('4883 640e ffc1 c0bf')), RESPONSES[1]);
  t.strictSame(
    decode(
      coded,
      hex(
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
           dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`.replaceAll(
          /\s/g,
          '',
        ),
      ),
    ),
    RESPONSES[2],
  );
  t.equal(coded.tableSize, 215);
  t.end();
});

t.test('compression errors', (t) => {
  const bad: [string, string][] = [
    ['index 0', '80'],
    ['index beyond the tables', 'be'],
    ['literal with a name index beyond the tables', '7f00 0161'],
    ['integer that never ends', 'ffff ffff ffff ffff ff'],
    ['integer cut short', 'ff'],
    ['string longer than the block', '0001 6105 61'],
    ['no value', '0001 61'],
    ['size update above the setting', '3fe21f'],
    ['size update after a field', '8220'],
    ['Huffman padding of zeros', '0001 6181 18'],
    ['Huffman padding of 8 bits', '0001 6182 1fff'],
    ['Huffman EOS', '0001 6184 ffff ffff'],
  ];
  for (const [what, block] of bad) t.equal(decode(new HpackDecoder(), hex(block)), null, what);
  t.strictSame(decode(new HpackDecoder(), hex('3fe11f 82')), [':method: GET'], 'the setting itself is fine');
  t.end();
});

t.test('a lowered table size must be confirmed by the peer', (t) => {
  const d = new HpackDecoder();
  d.setLimit(100, false);
  t.strictSame(decode(d, hex('3fe11f 82')), [':method: GET'], 'not acknowledged yet: the default still holds');
  d.setLimit(100, true);
  t.equal(decode(d, hex('82')), null);
  const e = new HpackDecoder();
  e.setLimit(100, true);
  t.strictSame(decode(e, hex('3f45 82')), [':method: GET']);
  t.end();
});

t.test('an entry larger than the table empties it', (t) => {
  const d = new HpackDecoder();
  decode(d, hex('3f09'));
  t.equal(d.tableEntries, 0);
  decode(d, hex('4001 61 01 62'));
  t.equal(d.tableEntries, 1);
  decode(d, Buffer.concat([hex('4001 61 14'), Buffer.alloc(20, 'x')]));
  t.equal(d.tableEntries, 0);
  t.end();
});

t.test('Huffman: every byte value and random texts come back', (t) => {
  const r = new Random(7541);
  const texts = [String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))];
  for (let i = 0; i < 300; i++) {
    let s = '';
    for (let n = r.int(40); n > 0; n--) s += String.fromCharCode(r.int(i % 3 === 0 ? 256 : 128));
    texts.push(s);
  }
  for (const text of texts) {
    const coded = Buffer.alloc(text.length * 4 + 8);
    const end = huffmanEncode(text, coded, 0);
    t.equal(end, huffmanLength(text));
    const out = Buffer.alloc(huffmanDecodedBound(end));
    const n = huffmanDecode(coded, 0, end, out);
    if (out.toString('latin1', 0, n) !== text) t.fail(JSON.stringify(text));
  }
  t.end();
});

function lines(h: Headers): string[] {
  const out: string[] = [];
  const pseudo: [string, string][] = [
    [':method', h.method],
    [':scheme', h.scheme],
    [':path', h.path],
    [':authority', h.authority],
    [':status', h.status === 0 ? '' : String(h.status)],
  ];
  for (const [n, v] of pseudo) if (v !== '') out.push(`${n}: ${v}`);
  for (let i = 0; i < h.list.length; i += 2) out.push(`${h.list[i]}: ${h.list[i + 1]}`);
  return out;
}

t.test('encoder and decoder stay in step over random blocks, whatever the table size', (t) => {
  const names = ['x-a', 'x-b', 'content-type', 'date', 'x-request-id', 'accept', 'grpc-timeout', 'etag', 'x-long'];
  for (let seed = 1; seed <= 30; seed++) {
    const r = new Random(seed);
    const limit = r.pick([0, 64, 256, 4096, 16384]);
    const e = new HpackEncoder(limit);
    const d = new HpackDecoder();
    d.setLimit(Math.max(limit, 4096), false);
    const slab = Buffer.alloc(512);
    for (let n = 0; n < 120; n++) {
      const list: string[] = [];
      for (let i = r.int(12); i > 0; i--) {
        const name = r.int(10) === 0 ? `x-${r.int(200)}` : r.pick(names);
        list.push(name, r.int(3) === 0 ? r.text('abcdefgh', name === 'x-long' ? 600 : 30) : String(r.int(5)));
      }
      const kind = r.int(3);
      const h =
        kind === 0
          ? fields(...list)
          : kind === 1
            ? response(r.pick([200, 404, 418]), list)
            : request('POST', `/${r.int(3)}`, list);
      if (r.int(20) === 0) {
        const peer = r.pick([0, 100, 4096]);
        e.setPeerLimit(peer);
      }
      const end = e.encode(h, kind === 0, slab, 3);
      const got = decode(d, e.buf.subarray(3, end));
      if (JSON.stringify(got) !== JSON.stringify(lines(h))) {
        t.strictSame(got, lines(h), `seed ${seed}, block ${n}`);
        return t.end();
      }
    }
  }
  t.pass('all equal');
  t.end();
});

t.test('a repeated value costs one byte, a changing one does not push it out', (t) => {
  const e = new HpackEncoder(4096);
  const buf = Buffer.alloc(1024);
  let size = 0;
  for (let i = 0; i < 500; i++) {
    size = e.encode(
      response(200, ['content-type', 'application/grpc', 'x-request-id', `id-${i}-unique`]),
      false,
      buf,
      0,
    );
  }
  // :status, content-type, and the id as a literal whose name is in the dynamic table (two bytes of index).
  t.equal(size, 1 + 1 + 2 + 1 + 'id-499-unique'.length);
  t.end();
});

t.test('a string of more than 64 KiB is Huffman-coded, as nghttp2 refuses it otherwise', (t) => {
  for (const [length, coded] of [
    [65_535, false],
    [65_536, true],
    [100_000, true],
  ] as const) {
    const e = new HpackEncoder(4096);
    const value = 'e'.repeat(length);
    const end = e.encode(response(200, ['x-long', value]), false, Buffer.alloc(16), 0);
    t.equal(end > length, !coded, `${length} characters`);
    t.same(decode(new HpackDecoder(), e.buf.subarray(0, end)), [':status: 200', `x-long: ${value}`]);
  }
  // What no code makes shorter stays as it is.
  const e = new HpackEncoder(4096);
  t.ok(e.encode(response(200, ['x-long', '\xff'.repeat(70_000)]), false, Buffer.alloc(16), 0) > 70_000);
  t.end();
});

t.test('credentials and short cookies are never indexed, connection-specific fields are dropped', (t) => {
  const e = new HpackEncoder(4096);
  const buf = Buffer.alloc(1024);
  const secrets = ['authorization', 'Bearer x', 'cookie', 'a=b', 'proxy-authorization', 'y'];
  for (let i = 0; i < 3; i++) {
    const end = e.encode(
      fields(...secrets, 'connection', 'x', 'transfer-encoding', 'chunked', 'te', 'gzip'),
      true,
      buf,
      0,
    );
    const d = new HpackDecoder();
    t.strictSame(decode(d, buf.subarray(0, end)), ['authorization: Bearer x', 'cookie: a=b', 'proxy-authorization: y']);
    t.equal(d.tableEntries, 0);
    t.equal(buf[0] & 0xf0, 0x10, 'never-indexed representation');
  }
  t.end();
});
