/** Bodies through the compressor filter's gzip, beside zlib itself with the same settings: what a filter adds to it. `npm run bench:micro -- compressor`. */
import { constants, gzipSync } from 'node:zlib';
import { gzipLibrary } from '../../src/http/compression/compressors.ts';
import type { MicroCase, Suite } from './harness.ts';

const SIZES = [1024, 16 * 1024, 256 * 1024];
/** The filter's defaults. */
const SETTINGS = { level: -1, memLevel: 5, windowBits: 12, strategy: constants.Z_DEFAULT_STRATEGY };

/** Lines of JSON that repeat themselves as answers do. */
function body(bytes: number): Buffer {
  let text = '';
  for (let i = 0; text.length < bytes; i++) {
    text += `{"id":${i},"name":"item ${(i * 7919) % 1000}","price":${((i * 31) % 997) / 10},"tags":["a","b"]}\n`;
  }
  return Buffer.from(text.slice(0, bytes));
}

const zlib = (data: Buffer): MicroCase => ({
  name: `zlib, ${data.length} bytes`,
  perCall: 1,
  run: () => {
    const out = gzipSync(data, SETTINGS);
    if (out.length === 0) throw new Error('nothing');
  },
});

function filter(data: Buffer): MicroCase {
  const library = gzipLibrary({ ...SETTINGS, chunk: 4096 });
  return {
    name: `compressor, ${data.length} bytes`,
    perCall: 1,
    run: () => {
      const message = library.start();
      const out = message.compress(data, true);
      message.done();
      if (out.length === 0) throw new Error('nothing');
    },
  };
}

export const suite: Suite = {
  name: 'compressor',
  unit: 'body compressed',
  cases: () => SIZES.map(body).flatMap((data) => [zlib(data), filter(data)]),
};
