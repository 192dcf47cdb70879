/**
 * envoy.filters.http.decompressor: reads compressed requests and answers, so that those behind it see them as they were, and tells upstreams that it can.
 * Mirrors source/extensions/filters/http/decompressor/decompressor_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { trimOws } from '../../codec/ows.ts';
import { refuse } from '../../config/refusal.ts';
import type {
  DecompressorCommonDirectionConfig as CommonDirectionConfig,
  Decompressor,
} from '../../config/schema/types.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import { type RuntimeValue, runtimeFlag } from '../../runtime/runtime.ts';
import type { Counter, Scope } from '../../stats/store.ts';
import { type Decompressing, type DecompressorLibrary, decompressorLibrary } from '../compression/decompressors.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { CONTENT_ENCODING, hasNoTransform } from './compressible.ts';

const ACCEPT_ENCODING = 'accept-encoding';

class Direction {
  readonly enabled: RuntimeValue<boolean>;
  readonly ignoreNoTransform: boolean;
  readonly decompressed: Counter;
  readonly notDecompressed: Counter;
  readonly totalUncompressedBytes: Counter;
  readonly totalCompressedBytes: Counter;

  constructor(c: CommonDirectionConfig, scope: Scope) {
    this.enabled = runtimeFlag(c.enabled, true);
    this.ignoreNoTransform = c.ignoreNoTransformHeader ?? false;
    this.decompressed = scope.counter('decompressed');
    this.notDecompressed = scope.counter('not_decompressed');
    this.totalUncompressedBytes = scope.counter('total_uncompressed_bytes');
    this.totalCompressedBytes = scope.counter('total_compressed_bytes');
  }
}

interface Settings {
  readonly library: DecompressorLibrary;
  readonly advertise: boolean;
  readonly request: Direction;
  readonly response: Direction;
  /** Trailers that say how much it was. */
  readonly compressedTrailer: string;
  readonly uncompressedTrailer: string;
}

/** One message of a stream. */
class Message {
  readonly stream: Decompressing;
  private readonly direction: Direction;
  private compressed = 0;
  private uncompressed = 0;

  constructor(stream: Decompressing, direction: Direction) {
    this.stream = stream;
    this.direction = direction;
  }

  read(data: Buffer): Buffer {
    const out = this.stream.decompress(data);
    this.compressed += data.length;
    this.uncompressed += out.length;
    this.direction.totalCompressedBytes.add(data.length);
    this.direction.totalUncompressedBytes.add(out.length);
    return out;
  }

  report(trailers: Headers, settings: Settings): void {
    trailers.add(settings.compressedTrailer, String(this.compressed));
    trailers.add(settings.uncompressedTrailer, String(this.uncompressed));
  }
}

class DecompressorFilter extends StreamFilter {
  private readonly settings: Settings;
  private request: Message | null = null;
  private response: Message | null = null;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { settings } = this;
    if (settings.response.enabled.value && settings.advertise) {
      h.set(ACCEPT_ENCODING, withEncoding(h.getAll(ACCEPT_ENCODING) ?? '', settings.library.encoding));
    }
    if (!endStream) this.request = begin(h, settings.request, settings.library);
    return CONTINUE;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    const { request, stream } = this;
    if (request === null) return CONTINUE;
    const out = request.read(data);
    if (endStream) request.report(stream.addDecodedTrailers(), this.settings);
    if (out.length === 0 && !endStream) return STOP_NO_BUFFER;
    stream.putDecodedInstead(out);
    return CONTINUE;
  }

  override decodeTrailers(trailers: Headers): TrailersStatus {
    this.request?.report(trailers, this.settings);
    return CONTINUE;
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    if (!endStream) this.response = begin(h, this.settings.response, this.settings.library);
    return CONTINUE;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    const { response, stream } = this;
    if (response === null) return CONTINUE;
    const out = response.read(data);
    if (endStream) response.report(stream.addEncodedTrailers(), this.settings);
    if (out.length === 0 && !endStream) return STOP_NO_BUFFER;
    stream.putEncodedInstead(out);
    return CONTINUE;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    this.response?.report(trailers, this.settings);
    return CONTINUE;
  }

  override onDestroy(): void {
    this.request?.stream.done();
    this.response?.stream.done();
    this.request = null;
    this.response = null;
  }
}

/** Null: it is left as it is. */
function begin(h: Headers, direction: Direction, library: DecompressorLibrary): Message | null {
  if (
    !direction.enabled.value ||
    (hasNoTransform(h) && !direction.ignoreNoTransform) ||
    !isOuterEncoding(h, library.encoding)
  ) {
    direction.notDecompressed.inc();
    return null;
  }
  direction.decompressed.inc();
  h.remove('content-length');
  const all = trimOws(h.getAll(CONTENT_ENCODING) ?? '');
  const comma = all.indexOf(',');
  if (comma < 0) h.remove(CONTENT_ENCODING);
  else h.set(CONTENT_ENCODING, trimOws(all.slice(comma + 1)));
  return new Message(library.start(), direction);
}

function isOuterEncoding(h: Headers, encoding: string): boolean {
  const value = h.getAll(CONTENT_ENCODING);
  return value !== undefined && asciiLower(trimOws(value.split(',', 1)[0])) === encoding;
}

/** Envoy's addEncodingToAcceptEncoding: the encoding once, without a quality, at the end. */
function withEncoding(value: string, encoding: string): string {
  const others = value
    .split(',')
    .map(trimOws)
    .filter((token) => token !== '' && asciiLower(trimOws(token.split(';', 1)[0])) !== encoding);
  return [...others, encoding].join(',');
}

export function create(c: Decompressor, ctx: HttpFactoryContext): HttpFilterFactory {
  const named = c.decompressorLibrary;
  const typed = named?.typedConfig;
  if (named === undefined || typed === undefined) {
    return refuse(c, 'decompressor_library', 'decompressor_library is missing');
  }
  const library = decompressorLibrary(typed);
  const name = named.name ?? '';
  const scope = ctx.httpStats.scope.scope(`decompressor.${name}.${library.statName}.`);
  library.count(scope.scope('decompressor_library.'));
  const trailer = `x-envoy-decompressor-${asciiLower(name)}`;
  const settings: Settings = {
    library,
    advertise: c.requestDirectionConfig?.advertiseAcceptEncoding ?? true,
    request: new Direction(c.requestDirectionConfig?.commonConfig ?? {}, scope.scope('request.')),
    response: new Direction(c.responseDirectionConfig?.commonConfig ?? {}, scope.scope('response.')),
    compressedTrailer: `${trailer}-compressed-bytes`,
    uncompressedTrailer: `${trailer}-uncompressed-bytes`,
  };
  return { terminal: false, create: () => new DecompressorFilter(settings) };
}
