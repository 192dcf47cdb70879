/**
 * envoy.filters.http.compressor: compresses answers for clients that accept it, and requests where that is asked for.
 * Mirrors source/extensions/filters/http/compressor/compressor_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { Compressor, CompressorPerRoute } from '../../config/schema/types.ts';
import { type Choice, chooseEncoding } from '../compression/accept-encoding.ts';
import { type Compressing, type CompressorLibrary, compressorLibrary } from '../compression/compressors.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { filterRegexes } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import {
  addVary,
  CONTENT_ENCODING,
  hasNoTransform,
  isLongEnough,
  isTransferEncodingAllowed,
  isTypeAllowed,
  isUpgrade,
} from './compressible.ts';
import { CompressorSettings, type DirectionStats, direction, oldResponseFields } from './compressor-settings.ts';

const ACCEPT_ENCODING = 'accept-encoding';
const NOTHING = Buffer.alloc(0);
/** What a route says. */
interface RouteSettings {
  /** Null: as the filter. */
  readonly enabled: boolean | null;
  readonly removeAcceptEncoding: boolean | null;
  readonly library: CompressorLibrary | null;
}

/** The compressors of a stream, in the chain's order, and what they have agreed on. */
class CompressorChain {
  readonly members: CompressorFilter[] = [];
  choice: Choice | null = null;
}
const CHAIN = 'envoy.compressors';

export class CompressorFilter extends StreamFilter {
  private readonly settings: CompressorSettings;
  private route: RouteSettings | null = null;
  private joined = false;
  private acceptEncoding: string | undefined = undefined;
  private request: Compressing | null = null;
  private response: Compressing | null = null;

  constructor(settings: CompressorSettings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { settings } = this;
    this.join();
    this.acceptEncoding = h.getAll(ACCEPT_ENCODING);
    if (this.enabled && (this.route?.removeAcceptEncoding ?? settings.response.removeAcceptEncoding)) {
      h.remove(ACCEPT_ENCODING);
    }
    const { request, requestStats } = settings;
    if (
      !endStream &&
      request.enabled.value &&
      isLongEnough(h, request, requestStats) &&
      isTypeAllowed(h, request) &&
      !h.has(CONTENT_ENCODING) &&
      isTransferEncodingAllowed(h, this.library.encoding)
    ) {
      h.remove('content-length');
      h.set(CONTENT_ENCODING, this.library.encoding);
      requestStats.compressed.inc();
      this.request = this.library.start();
    } else {
      requestStats.notCompressed.inc();
    }
    return CONTINUE;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.request === null) return CONTINUE;
    const out = compress(this.request, data, endStream, this.settings.requestStats);
    if (out.length === 0 && !endStream) return STOP_NO_BUFFER;
    this.stream.putDecodedInstead(out);
    return CONTINUE;
  }

  override decodeTrailers(): TrailersStatus {
    if (this.request === null) return CONTINUE;
    const out = compress(this.request, NOTHING, true, this.settings.requestStats);
    this.stream.addDecoded(this, out, true);
    return CONTINUE;
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    this.join();
    const { settings, library } = this;
    const { response, responseStats } = settings;
    if (response.statusHeader ? this.judgeSaying(h, endStream) : this.judge(h, endStream)) {
      const length = h.get('content-length') ?? '';
      this.sanitizeEtag(h);
      h.remove('content-length');
      h.set(CONTENT_ENCODING, library.encoding);
      if (response.statusHeader) this.say(h, `Compressed;OriginalLength=${length}`);
      responseStats.compressed.inc();
      this.response = library.start();
    } else {
      responseStats.notCompressed.inc();
    }
    if (this.compressible) addVary(h);
    return CONTINUE;
  }

  /** Of the answer's head: only the client's wishes or its end are against it. */
  private compressible = false;

  private judge(h: Headers, endStream: boolean): boolean {
    const { settings, library } = this;
    const { response, responseStats } = settings;
    const longEnough = this.enabled && isLongEnough(h, response, responseStats);
    this.compressible =
      longEnough &&
      !isUpgrade(h) &&
      isTypeAllowed(h, response) &&
      !hasNoTransform(h) &&
      this.isEtagAllowed(h) &&
      !response.uncompressibleCodes.has(h.status) &&
      !h.has(CONTENT_ENCODING);
    return (
      !endStream &&
      longEnough &&
      this.isAccepted(h) &&
      this.compressible &&
      isTransferEncodingAllowed(h, library.encoding)
    );
  }

  /** With status_header_enabled: the first thing in the answer's head that is against it is said to the client. */
  private judgeSaying(h: Headers, endStream: boolean): boolean {
    if (!this.enabled || isUpgrade(h) || hasNoTransform(h) || h.has(CONTENT_ENCODING)) return false;
    // Envoy asks for the length here, too, and counts it again for the reason.
    isLongEnough(h, this.settings.response, this.settings.responseStats);
    const reason = this.reasonAgainst(h, endStream);
    if (reason !== '') {
      if (!endStream) this.say(h, reason);
      return false;
    }
    addVary(h);
    return !endStream && this.isAccepted(h) && isTransferEncodingAllowed(h, this.library.encoding);
  }

  private reasonAgainst(h: Headers, endStream: boolean): string {
    const { response, responseStats } = this.settings;
    if (!isLongEnough(h, response, endStream ? null : responseStats)) return 'ContentLengthTooSmall';
    if (!isTypeAllowed(h, response)) return 'ContentTypeNotAllowed';
    if (!this.isEtagAllowed(h)) return 'EtagNotAllowed';
    return response.uncompressibleCodes.has(h.status) ? 'StatusCodeNotAllowed' : '';
  }

  private say(h: Headers, status: string): void {
    h.add('x-envoy-compression-status', `${this.library.encoding};${status}`);
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.response === null) return CONTINUE;
    const out = compress(this.response, data, endStream, this.settings.responseStats);
    if (out.length === 0 && !endStream) return STOP_NO_BUFFER;
    this.stream.putEncodedInstead(out);
    return CONTINUE;
  }

  override encodeTrailers(): TrailersStatus {
    if (this.response === null) return CONTINUE;
    const out = compress(this.response, NOTHING, true, this.settings.responseStats);
    this.stream.addEncoded(this, out, true);
    return CONTINUE;
  }

  override onDestroy(): void {
    this.request?.done();
    this.response?.done();
    this.request = null;
    this.response = null;
  }

  private join(): void {
    if (this.joined) return;
    this.joined = true;
    this.route = this.stream.routeConfig<RouteSettings>(this);
    this.chain.members.push(this);
  }

  private get chain(): CompressorChain {
    const { info } = this.stream;
    let chain = info.filterState(CHAIN) as CompressorChain | undefined;
    if (chain === undefined) info.setFilterState(CHAIN, (chain = new CompressorChain()));
    return chain;
  }

  private get enabled(): boolean {
    return this.route?.enabled ?? this.settings.response.enabled.value;
  }
  private get library(): CompressorLibrary {
    return this.route?.library ?? this.settings.library;
  }

  private isEtagAllowed(h: Headers): boolean {
    if (!this.settings.response.disableOnEtag || !h.has('etag')) return true;
    this.settings.notCompressedEtag.inc();
    return false;
  }

  /** Whether the client wants this compressor rather than another of the chain, or none. Counted. */
  private isAccepted(h: Headers): boolean {
    const { settings, acceptEncoding, chain } = this;
    if (acceptEncoding === undefined) {
      settings.noAcceptHeader.inc();
      return false;
    }
    chain.choice ??= chooseEncoding(acceptEncoding, candidates(chain.members, h));
    const { encoding, reason } = chain.choice;
    const chosen = encoding === this.library.encoding;
    if (reason === 'identity') settings.headerIdentity.inc();
    else if (reason === 'wildcard') settings.headerWildcard.inc();
    else if (reason === 'not valid') settings.headerNotValid.inc();
    else if (chosen) {
      settings.headerUsed.inc();
      settings.headerGzip?.inc();
    } else settings.headerOvershadowed.inc();
    return chosen;
  }

  candidate(h: Headers): { encoding: string; chooseFirst: boolean } | null {
    if (!isTypeAllowed(h, this.settings.response)) return null;
    return { encoding: this.library.encoding, chooseFirst: this.settings.chooseFirst };
  }

  /** What is compressed is not what a strong etag is of. */
  private sanitizeEtag(h: Headers): void {
    const etag = h.get('etag');
    if (etag === undefined) return;
    const weak = (etag[0] === 'W' || etag[0] === 'w') && etag[1] === '/';
    if (weak) return;
    if (this.settings.response.weakenEtag) h.set('etag', `W/${etag}`);
    else if (etag.length > 2) h.remove('etag');
  }
}

function candidates(members: readonly CompressorFilter[], h: Headers): { encoding: string; chooseFirst: boolean }[] {
  return members.flatMap((m) => m.candidate(h) ?? []);
}

function compress(message: Compressing, data: Buffer, end: boolean, stats: DirectionStats): Buffer {
  stats.totalUncompressedBytes.add(data.length);
  const out = message.compress(data, end);
  stats.totalCompressedBytes.add(out.length);
  if (end) message.done();
  return out;
}

export async function create(c: Compressor, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { compressorLibrary: named } = c;
  const typed = named?.typedConfig;
  if (named === undefined || typed === undefined)
    return refuse(c, 'compressor_library', 'compressor_library is missing');
  const regex = await filterRegexes(c, ctx.envoy16);
  const library = compressorLibrary(typed);
  const r = c.responseDirectionConfig;
  const prefix = `compressor.${named.name ?? ''}.${library.statName}.`;
  const settings = new CompressorSettings({
    library,
    chooseFirst: c.chooseFirst ?? false,
    request: direction(c.requestDirectionConfig?.commonConfig ?? {}, c.requestDirectionConfig !== undefined, regex),
    response: {
      ...direction(r === undefined ? oldResponseFields(c) : (r.commonConfig ?? {}), true, regex),
      disableOnEtag: (r === undefined ? c.disableOnEtagHeader : r.disableOnEtagHeader) ?? false,
      weakenEtag: r?.weakenEtagOnCompress ?? false,
      removeAcceptEncoding: (r === undefined ? c.removeAcceptEncodingHeader : r.removeAcceptEncodingHeader) ?? false,
      uncompressibleCodes: new Set(r?.uncompressibleResponseCodes ?? []),
      statusHeader: r?.statusHeaderEnabled ?? false,
    },
    scope: ctx.httpStats.scope,
    prefix,
    responsePrefix: r === undefined ? prefix : `${prefix}response.`,
  });
  return compressorFactory(settings);
}

export function compressorFactory(settings: CompressorSettings): HttpFilterFactory {
  return {
    terminal: false,
    create: () => new CompressorFilter(settings),
    createRoute: (config) => routeSettings(config as CompressorPerRoute),
  };
}

function routeSettings(c: CompressorPerRoute): RouteSettings {
  if (c.disabled) return { enabled: false, removeAcceptEncoding: null, library: null };
  const { responseDirectionConfig: r, compressorLibrary: named } = c.overrides ?? {};
  const typed = named?.typedConfig;
  return {
    enabled: r === undefined ? null : true,
    removeAcceptEncoding: r?.removeAcceptEncodingHeader ?? null,
    library: typed === undefined ? null : compressorLibrary(typed),
  };
}
