/**
 * The decompressor libraries envoy.compression.{gzip,brotli,zstd}.decompressor. What a few bytes would become is bounded by a ratio, so that
 * a bomb ends as an error. Mirrors source/extensions/compression/<library>/decompressor.
 */
import * as zlib from 'node:zlib';
import { readDataSource } from '../../config/data-source.ts';
import { refuse } from '../../config/refusal.ts';
import type {
  Any,
  DecompressorBrotli as Brotli,
  DecompressorGzip as Gzip,
  DecompressorZstd as Zstd,
} from '../../config/schema/types.ts';
import type { Counter, Scope } from '../../stats/store.ts';
import { ZlibMessage, ZlibPool } from './zlib-stream.ts';

const { constants } = zlib;

/** Times that what comes out of a piece may be longer than the piece (MaxInflateRatio). */
const MAX_RATIO = 100;
const NOTHING = Buffer.alloc(0);

/** One message that is being read. */
export class Decompressing extends ZlibMessage<DecompressorLibrary> {
  /** Nothing comes any more after an error; which one is counted. */
  decompress(data: Buffer): Buffer {
    const { stream, library } = this;
    if (stream === null || stream.error !== '' || data.length === 0) return NOTHING;
    const out = stream.write(data, library.flush, data.length * library.maxRatio);
    if (stream.error !== '') library.countError(stream.error);
    else if (stream.passedLimit) {
      library.bomb.inc();
      // Envoy goes on with the next piece, at a place of the stream that nobody knows.
      stream.error = 'bomb';
    }
    return out;
  }
}

export class DecompressorLibrary {
  readonly encoding: string;
  readonly statName: string;
  readonly pool: ZlibPool;
  readonly flush: number;
  readonly maxRatio: number;
  /** Set by `count`. */
  bomb!: Counter;
  private readonly errorNames: readonly string[];
  private readonly bombName: string;
  private readonly nameOf: (error: string) => string;
  private errors!: ReadonlyMap<string, Counter>;

  constructor(parts: {
    encoding: string;
    statName: string;
    pool: ZlibPool;
    flush: number;
    maxRatio: number;
    /** Names of counters. */
    errors: readonly string[];
    bomb: string;
    nameOf: (error: string) => string;
  }) {
    this.encoding = parts.encoding;
    this.statName = parts.statName;
    this.pool = parts.pool;
    this.flush = parts.flush;
    this.maxRatio = parts.maxRatio;
    this.errorNames = parts.errors;
    this.bombName = parts.bomb;
    this.nameOf = parts.nameOf;
  }

  /** Where errors are counted: `…decompressor_library.`. */
  count(scope: Scope): void {
    this.errors = new Map(this.errorNames.map((name) => [name, scope.counter(name)]));
    this.bomb = scope.counter(this.bombName);
  }

  countError(error: string): void {
    this.errors.get(this.nameOf(error))?.inc();
  }

  start(): Decompressing {
    return new Decompressing(this);
  }
}

const GZIP_ERRORS: Readonly<Record<string, string>> = {
  Z_ERRNO: 'zlib_errno',
  Z_STREAM_ERROR: 'zlib_stream_error',
  Z_DATA_ERROR: 'zlib_data_error',
  Z_NEED_DICT: 'zlib_data_error',
  Z_MEM_ERROR: 'zlib_mem_error',
  Z_BUF_ERROR: 'zlib_buf_error',
  Z_VERSION_ERROR: 'zlib_version_error',
};

function gzip(c: Gzip): DecompressorLibrary {
  const options = { windowBits: c.windowBits ?? 15 };
  return new DecompressorLibrary({
    encoding: 'gzip',
    statName: 'gzip',
    pool: new ZlibPool(() => zlib.createGunzip(options), c.chunkSize ?? 4096),
    flush: constants.Z_NO_FLUSH,
    maxRatio: c.maxInflateRatio ?? MAX_RATIO,
    errors: [...new Set(Object.values(GZIP_ERRORS))],
    bomb: 'zlib_data_error',
    nameOf: (error) => GZIP_ERRORS[error] ?? 'zlib_data_error',
  });
}

function brotli(c: Brotli): DecompressorLibrary {
  const { BROTLI_DECODER_PARAM_DISABLE_RING_BUFFER_REALLOCATION: noRealloc } = constants;
  const params = { [noRealloc]: c.disableRingBufferReallocation ?? false };
  return new DecompressorLibrary({
    encoding: 'br',
    statName: 'brotli',
    pool: new ZlibPool(() => zlib.createBrotliDecompress({ params }), c.chunkSize ?? 4096),
    flush: constants.BROTLI_OPERATION_PROCESS,
    maxRatio: MAX_RATIO,
    errors: ['brotli_error', 'brotli_output_overflow', 'brotli_redundant_input'],
    bomb: 'brotli_error',
    nameOf: () => 'brotli_error',
  });
}

/** ZSTD_DStreamOutSize(). */
const ZSTD_CHUNK = 131_072;
const ZSTD_ERRORS: Readonly<Record<string, string>> = {
  ZSTD_error_dictionary_corrupted: 'zstd_dictionary_error',
  ZSTD_error_dictionary_wrong: 'zstd_dictionary_error',
  ZSTD_error_checksum_wrong: 'zstd_checksum_wrong_error',
  ZSTD_error_memory_allocation: 'zstd_memory_error',
};

function zstd(c: Zstd): DecompressorLibrary {
  const sources = c.dictionaries ?? [];
  if (sources.length > 1)
    refuse(c, 'dictionaries', 'more than one dictionary is not supported: Node gives a stream one');
  const dictionary = sources.length === 0 ? undefined : readDataSource(sources[0]);
  const options = dictionary === undefined ? {} : { dictionary };
  return new DecompressorLibrary({
    encoding: 'zstd',
    statName: 'zstd',
    pool: new ZlibPool(() => zlib.createZstdDecompress(options), c.chunkSize ?? ZSTD_CHUNK),
    flush: constants.ZSTD_e_continue,
    maxRatio: MAX_RATIO,
    errors: ['zstd_generic_error', 'zstd_dictionary_error', 'zstd_checksum_wrong_error', 'zstd_memory_error'],
    bomb: 'zstd_generic_error',
    nameOf: (error) => ZSTD_ERRORS[error] ?? 'zstd_generic_error',
  });
}

export function decompressorLibrary(config: Any): DecompressorLibrary {
  switch (config.typeUrl) {
    case 'envoy.extensions.compression.gzip.decompressor.v3.Gzip':
      return gzip(config.value as Gzip);
    case 'envoy.extensions.compression.brotli.decompressor.v3.Brotli':
      return brotli(config.value as Brotli);
    default:
      return zstd(config.value as Zstd);
  }
}
