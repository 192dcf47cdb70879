/**
 * envoy.filters.http.gzip, which 1.16 has and 1.40 does not: the compressor with gzip for answers, under its own names of statistics. Mirrors
 * source/extensions/filters/http/gzip/gzip_filter.cc (1.16).
 */
import * as zlib from 'node:zlib';
import type { GzipGzip as Gzip } from '../../config/schema/types.ts';
import { gzipLibrary } from '../compression/compressors.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { NO_REGEXES } from '../headers/regex.ts';
import type { HttpFilterFactory } from '../stream/filter.ts';
import { compressorFactory } from './compressor.ts';
import { CompressorSettings, direction, oldResponseFields } from './compressor-settings.ts';

const { constants } = zlib;
const LEVELS: Readonly<Record<string, number>> = { DEFAULT: -1, BEST: 9, SPEED: 1 };
const STRATEGIES: Readonly<Record<string, number>> = {
  DEFAULT: constants.Z_DEFAULT_STRATEGY,
  FILTERED: constants.Z_FILTERED,
  HUFFMAN: constants.Z_HUFFMAN_ONLY,
  RLE: constants.Z_RLE,
};

export function create(c: Gzip, ctx: HttpFactoryContext): HttpFilterFactory {
  const { scope } = ctx.httpStats;
  const common = c.compressor ?? {};
  const settings = new CompressorSettings({
    library: gzipLibrary({
      level: LEVELS[c.compressionLevel ?? 'DEFAULT'],
      strategy: STRATEGIES[c.compressionStrategy ?? 'DEFAULT'],
      memLevel: c.memoryLevel ?? 5,
      windowBits: c.windowBits ?? 12,
      chunk: c.chunkSize ?? 4096,
    }),
    chooseFirst: false,
    request: direction({}, false, NO_REGEXES.test),
    response: {
      ...direction(oldResponseFields(common), true, NO_REGEXES.test),
      disableOnEtag: common.disableOnEtagHeader ?? false,
      weakenEtag: false,
      removeAcceptEncoding: common.removeAcceptEncodingHeader ?? false,
      uncompressibleCodes: new Set(),
      statusHeader: false,
    },
    scope,
    prefix: 'gzip.',
    responsePrefix: 'gzip.',
    headerGzip: scope.counter('gzip.header_gzip'),
  });
  const { terminal, create: make } = compressorFactory(settings);
  return { terminal, create: make };
}
