/**
 * The compressor libraries envoy.compression.{gzip,brotli,zstd}.compressor: from their configs to what makes streams.
 * Defaults are those of source/extensions/compression/<library>/compressor/config.cc.
 */
import * as zlib from 'node:zlib';
import { readDataSource } from '../../config/data-source.ts';
import type {
  Any,
  CompressorBrotli as Brotli,
  CompressorGzip as Gzip,
  CompressorZstd as Zstd,
} from '../../config/schema/types.ts';
import { ZlibMessage, ZlibPool } from './zlib-stream.ts';

const { constants } = zlib;

/** One message that is being compressed. */
export class Compressing extends ZlibMessage<CompressorLibrary> {
  /** Everything that came so far can be read from what has been returned. */
  compress(data: Buffer, end: boolean): Buffer {
    const { stream, library } = this;
    if (stream === null) return data;
    return stream.write(data, end ? library.finish : library.flush);
  }
}

export class CompressorLibrary {
  /** As content-encoding and accept-encoding name it. */
  readonly encoding: string;
  /** The library's part of the names of statistics. */
  readonly statName: string;
  readonly pool: ZlibPool;
  readonly flush: number;
  readonly finish: number;

  constructor(encoding: string, statName: string, pool: ZlibPool, flush: number, finish: number) {
    this.encoding = encoding;
    this.statName = statName;
    this.pool = pool;
    this.flush = flush;
    this.finish = finish;
  }

  start(): Compressing {
    return new Compressing(this);
  }
}

const LEVELS: Readonly<Record<string, number>> = { DEFAULT_COMPRESSION: -1, BEST_SPEED: 1, BEST_COMPRESSION: 9 };
const STRATEGIES: Readonly<Record<string, number>> = {
  FILTERED: constants.Z_FILTERED,
  HUFFMAN_ONLY: constants.Z_HUFFMAN_ONLY,
  RLE: constants.Z_RLE,
  FIXED: constants.Z_FIXED,
};

/** Of zlib itself. */
export interface GzipSettings {
  readonly level: number;
  readonly strategy: number;
  readonly memLevel: number;
  readonly windowBits: number;
  readonly chunk: number;
}

export function gzipLibrary(s: GzipSettings): CompressorLibrary {
  const pool = new ZlibPool(() => zlib.createGzip(s), s.chunk);
  return new CompressorLibrary('gzip', 'gzip', pool, constants.Z_SYNC_FLUSH, constants.Z_FINISH);
}

function gzip(c: Gzip): CompressorLibrary {
  const level = c.compressionLevel ?? 'DEFAULT_COMPRESSION';
  return gzipLibrary({
    level: LEVELS[level] ?? Number(level.slice('COMPRESSION_LEVEL_'.length)),
    strategy: STRATEGIES[c.compressionStrategy ?? ''] ?? constants.Z_DEFAULT_STRATEGY,
    memLevel: c.memoryLevel ?? 5,
    windowBits: c.windowBits ?? 12,
    chunk: c.chunkSize ?? 4096,
  });
}

const MODES: Readonly<Record<string, number>> = {
  GENERIC: constants.BROTLI_MODE_GENERIC,
  TEXT: constants.BROTLI_MODE_TEXT,
  FONT: constants.BROTLI_MODE_FONT,
};

function brotli(c: Brotli): CompressorLibrary {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: c.quality ?? 3,
    [constants.BROTLI_PARAM_LGWIN]: c.windowBits ?? 18,
    [constants.BROTLI_PARAM_LGBLOCK]: c.inputBlockBits ?? 24,
    [constants.BROTLI_PARAM_MODE]: MODES[c.encoderMode ?? ''] ?? constants.BROTLI_DEFAULT_MODE,
    [constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: c.disableLiteralContextModeling ?? false,
  };
  const pool = new ZlibPool(() => zlib.createBrotliCompress({ params }), c.chunkSize ?? 4096);
  return new CompressorLibrary(
    'br',
    'brotli',
    pool,
    constants.BROTLI_OPERATION_FLUSH,
    constants.BROTLI_OPERATION_FINISH,
  );
}

/** ZSTD_CStreamOutSize(). */
const ZSTD_CHUNK = 131_591;
const ZSTD_STRATEGIES = [
  'DEFAULT',
  'FAST',
  'DFAST',
  'GREEDY',
  'LAZY',
  'LAZY2',
  'BTLAZY2',
  'BTOPT',
  'BTULTRA',
  'BTULTRA2',
];

function zstd(c: Zstd): CompressorLibrary {
  const params: Record<number, number | boolean> = {
    [constants.ZSTD_c_compressionLevel]: c.compressionLevel ?? 3,
    [constants.ZSTD_c_checksumFlag]: c.enableChecksum ?? false,
  };
  const strategy = ZSTD_STRATEGIES.indexOf(c.strategy ?? 'DEFAULT');
  if (strategy > 0) params[constants.ZSTD_c_strategy] = strategy;
  const dictionary = c.dictionary === undefined ? undefined : readDataSource(c.dictionary);
  const options = dictionary === undefined ? { params } : { params, dictionary };
  const pool = new ZlibPool(() => zlib.createZstdCompress(options), c.chunkSize ?? ZSTD_CHUNK);
  return new CompressorLibrary('zstd', 'zstd', pool, constants.ZSTD_e_flush, constants.ZSTD_e_end);
}

/** `about`: the TypedExtensionConfig, for what is wrong with it. */
export function compressorLibrary(config: Any): CompressorLibrary {
  switch (config.typeUrl) {
    case 'envoy.extensions.compression.gzip.compressor.v3.Gzip':
      return gzip(config.value as Gzip);
    case 'envoy.extensions.compression.brotli.compressor.v3.Brotli':
      return brotli(config.value as Brotli);
    default:
      return zstd(config.value as Zstd);
  }
}
