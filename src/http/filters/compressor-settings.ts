/** What a compressor filter is told by its config, and what it counts. Mirrors CompressorFilterConfig (source/extensions/filters/http/compressor). */
import type {
  CompressorCommonDirectionConfig as CommonDirectionConfig,
  Compressor,
} from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import { type RuntimeValue, runtimeFlag } from '../../runtime/runtime.ts';
import type { Counter, Scope } from '../../stats/store.ts';
import type { CompressorLibrary } from '../compression/compressors.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { StringTest } from '../headers/regex.ts';

/** Bytes; below, an answer is not worth it. */
const DEFAULT_MIN_LENGTH = 30;
const DEFAULT_TYPES = [
  ...['application/javascript', 'application/json', 'application/xhtml+xml', 'image/svg+xml'],
  ...['text/css', 'text/html', 'text/plain', 'text/xml'],
];

export class DirectionStats {
  readonly compressed: Counter;
  readonly notCompressed: Counter;
  readonly totalUncompressedBytes: Counter;
  readonly totalCompressedBytes: Counter;
  readonly contentLengthTooSmall: Counter;

  constructor(scope: Scope, prefix: string) {
    this.compressed = scope.counter(`${prefix}compressed`);
    this.notCompressed = scope.counter(`${prefix}not_compressed`);
    this.totalUncompressedBytes = scope.counter(`${prefix}total_uncompressed_bytes`);
    this.totalCompressedBytes = scope.counter(`${prefix}total_compressed_bytes`);
    this.contentLengthTooSmall = scope.counter(`${prefix}content_length_too_small`);
  }
}

/** What one direction compresses. */
export interface DirectionSettings {
  readonly enabled: RuntimeValue<boolean>;
  readonly minLength: number;
  /** In lower case; null with `matchers`. */
  readonly types: ReadonlySet<string> | null;
  readonly matchers: readonly StringTest[];
}

export interface ResponseSettings extends DirectionSettings {
  readonly disableOnEtag: boolean;
  readonly weakenEtag: boolean;
  readonly removeAcceptEncoding: boolean;
  readonly uncompressibleCodes: ReadonlySet<number>;
  readonly statusHeader: boolean;
}

/** One filter of a chain. */
export class CompressorSettings {
  readonly library: CompressorLibrary;
  readonly chooseFirst: boolean;
  readonly request: DirectionSettings;
  readonly response: ResponseSettings;
  readonly requestStats: DirectionStats;
  readonly responseStats: DirectionStats;
  readonly noAcceptHeader: Counter;
  readonly headerIdentity: Counter;
  readonly headerUsed: Counter;
  readonly headerOvershadowed: Counter;
  readonly headerWildcard: Counter;
  readonly headerNotValid: Counter;
  readonly notCompressedEtag: Counter;
  /** Of the gzip filter alone: counts as header_compressor_used does. */
  readonly headerGzip: Counter | null;

  constructor(parts: {
    library: CompressorLibrary;
    chooseFirst: boolean;
    request: DirectionSettings;
    response: ResponseSettings;
    scope: Scope;
    prefix: string;
    /** Of what both directions count. */
    responsePrefix: string;
    headerGzip?: Counter;
  }) {
    const { scope, prefix } = parts;
    this.library = parts.library;
    this.chooseFirst = parts.chooseFirst;
    this.request = parts.request;
    this.response = parts.response;
    this.requestStats = new DirectionStats(scope, `${prefix}request.`);
    this.responseStats = new DirectionStats(scope, parts.responsePrefix);
    this.noAcceptHeader = scope.counter(`${prefix}no_accept_header`);
    this.headerIdentity = scope.counter(`${prefix}header_identity`);
    this.headerUsed = scope.counter(`${prefix}header_compressor_used`);
    this.headerOvershadowed = scope.counter(`${prefix}header_compressor_overshadowed`);
    this.headerWildcard = scope.counter(`${prefix}header_wildcard`);
    this.headerNotValid = scope.counter(`${prefix}header_not_valid`);
    this.notCompressedEtag = scope.counter(`${prefix}not_compressed_etag`);
    this.headerGzip = parts.headerGzip ?? null;
  }
}

/** `enabled` where the config has none. */
export function direction(
  c: CommonDirectionConfig,
  otherwise: boolean,
  regex: Parameters<typeof stringTest>[1],
): DirectionSettings {
  const matchers = (c.contentTypeMatcher ?? []).map((m) => stringTest(m, regex));
  const types = c.contentType ?? [];
  return {
    enabled: runtimeFlag(c.enabled, c.enabled === undefined ? otherwise : true),
    minLength: c.minContentLength ?? DEFAULT_MIN_LENGTH,
    types:
      matchers.length > 0
        ? null
        : new Set((types.length > 0 ? types : DEFAULT_TYPES).map((t) => asciiLower(toWire(t)))),
    matchers,
  };
}

/** Fields of the time before there were directions. */
export function oldResponseFields(
  c: Pick<Compressor, 'contentLength' | 'contentType' | 'runtimeEnabled'>,
): CommonDirectionConfig {
  return {
    ...(c.contentLength === undefined ? {} : { minContentLength: c.contentLength }),
    ...(c.contentType === undefined ? {} : { contentType: c.contentType }),
    ...(c.runtimeEnabled === undefined ? {} : { enabled: c.runtimeEnabled }),
  };
}
