/** HPACK alone: a header block to bytes and back, with fields that repeat and with a path that is never the same. */
import { Headers } from '../../src/codec/headers.ts';
import { HpackDecoder } from '../../src/codec/http2/hpack-decoder.ts';
import { HpackEncoder } from '../../src/codec/http2/hpack-encoder.ts';
import type { MicroCase, Suite } from './harness.ts';

const BLOCKS = 200;
const TABLE_BYTES = 4096;
const BUFFER_BYTES = 4096;

function request(path: string): Headers {
  const h = new Headers();
  h.method = 'POST';
  h.scheme = 'http';
  h.authority = 'svc.local:50051';
  h.path = path;
  h.list = [
    'content-type',
    'application/grpc',
    'te',
    'trailers',
    'user-agent',
    'grpc-node-js/1.14',
    'x-tenant',
    '4711',
  ];
  return h;
}

const KINDS: Record<string, (i: number) => Headers> = {
  'the same fields': () => request('/bench.Echo/Unary'),
  'another path each': (i) => request(`/items/${i}/details?page=${i % 7}`),
};

/** Blocks as bytes, each in a buffer of its own. */
function encodeAll(encoder: HpackEncoder, headers: readonly Headers[], out: Buffer): Buffer[] {
  return headers.map((h) => {
    const end = encoder.encode(h, false, out, 0);
    return Buffer.from(encoder.buf.subarray(0, end));
  });
}

function cases(kind: string): MicroCase[] {
  const headers = Array.from({ length: BLOCKS }, (_, i) => KINDS[kind](i));
  const out = Buffer.alloc(BUFFER_BYTES);
  const blocks = encodeAll(new HpackEncoder(TABLE_BYTES), headers, out);
  let fields = 0;
  const sink = {
    onField: () => {
      fields++;
    },
  };
  const perBlock = 4 + headers[0].list.length / 2;
  return [
    {
      name: `encode, ${kind}`,
      perCall: BLOCKS,
      run: () => {
        const encoder = new HpackEncoder(TABLE_BYTES);
        let bytes = 0;
        for (const h of headers) bytes += encoder.encode(h, false, out, 0);
        if (bytes < BLOCKS) throw new Error('nothing was encoded');
      },
    },
    {
      name: `decode, ${kind}`,
      perCall: BLOCKS,
      run: () => {
        const decoder = new HpackDecoder();
        fields = 0;
        for (const b of blocks) if (!decoder.decode(b, 0, b.length, sink)) throw new Error('a block was refused');
        if (fields !== BLOCKS * perBlock) throw new Error(`${fields} fields`);
      },
    },
  ];
}

export const suite: Suite = {
  name: 'hpack',
  unit: 'block of 8 fields',
  cases: () => Object.keys(KINDS).flatMap(cases),
};
