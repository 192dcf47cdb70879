/**
 * envoy.filters.http.cache: answers from memory what may be, and keeps what comes. Mirrors source/extensions/filters/http/cache/cache_filter.cc;
 * where it is finished and Envoy's is not is said in docs/behaviour.md (H340 to H347).
 */
import type { Headers } from '../../../codec/headers.ts';
import { refuse } from '../../../config/refusal.ts';
import type { CacheConfig } from '../../../config/schema/types.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import { stringTest } from '../../headers/header-matcher.ts';
import { filterRegexes } from '../../headers/regex.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../../stream/filter.ts';
import { RESPONSE_FROM_CACHE_FILTER } from '../../stream/response-flags.ts';
import { byteRange, UNSATISFIABLE } from './byte-range.ts';
import { mayBeServed } from './cacheability.ts';
import { httpTime, requestDirectives, SAYS_NOTHING } from './directives.ts';
import { Fill, type FillOwner, type FillSettings } from './fill.ts';
import { MAX_BODY_BYTES, simpleCache } from './simple-cache.ts';
import type { StoredResponse } from './stored-response.ts';

const SIMPLE = 'envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig';
/** Bytes given at once where the stream has no limit. */
const DEFAULT_PIECE = 1024 * 1024;

interface Settings extends FillSettings {
  readonly ignoresRequest: boolean;
}

class CacheFilter extends StreamFilter implements FillOwner {
  private readonly settings: Settings;
  private fill: Fill | null = null;
  private gone = false;
  /** What is being served, and how far it has come. */
  private serving: StoredResponse | null = null;
  private at = 0;
  private to = 0;
  private withTrailers = true;
  private busy = false;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { settings, stream } = this;
    if (!endStream || !mayBeServed(h)) return CONTINUE;
    const route = stream.route();
    // One that answers by itself (H344).
    if (route !== null && route.forward === null) return CONTINUE;
    const asks = settings.ignoresRequest ? SAYS_NOTHING : requestDirectives(h);
    const found = settings.cache.find(h, settings.vary);
    if (found === null) {
      this.ask(h, null, !asks.noStore);
      return STOP;
    }
    const now = Date.now();
    const age = found.age(now);
    if (found.needsValidation(asks, age)) {
      askAbout(found, h);
      this.ask(h, found, !asks.noStore);
      return STOP;
    }
    const answer = found.headers.clone();
    answer.set('age', String(age));
    this.serve(answer, found, byteRange(h, found.body.length));
    return STOP;
  }

  override onAboveWriteBuffer(): void {
    this.fill?.pause(true);
  }
  override onBelowWriteBuffer(): void {
    this.fill?.pause(false);
    if (this.serving !== null) this.give(this.serving);
  }

  override onDestroy(): void {
    this.gone = true;
    this.serving = null;
    this.fill?.leave();
    this.fill = null;
  }

  private ask(h: Headers, stale: StoredResponse | null, mayKeep: boolean): void {
    const { stream, settings } = this;
    const forward = stream.route()?.forward ?? null;
    if (forward === null) {
      stream.sendLocalReply({ status: 404, body: '', details: 'cache_no_route' });
      return;
    }
    const cluster = forward.cluster(h);
    if (cluster === null) {
      stream.sendLocalReply({ status: 503, body: '', details: 'cache_no_cluster' });
      return;
    }
    const fill = new Fill(this, settings, h, stale, mayKeep);
    this.fill = fill;
    for (let k = stream.above; k > 0; k--) fill.pause(true);
    fill.start(cluster);
  }

  // --- from the cache ----------------------------------------------------------------------------------------------

  private serve(h: Headers, entry: StoredResponse, range: ReturnType<typeof byteRange>): void {
    const { stream } = this;
    const { info, request } = stream;
    const { body } = entry;
    this.at = 0;
    this.to = body.length;
    if (range === UNSATISFIABLE) {
      h.status = 416;
      h.add('content-range', `bytes */${body.length}`);
      h.set('content-length', '0');
      this.to = 0;
    } else if (range !== null) {
      h.status = 206;
      h.add('content-range', `bytes ${range.from}-${range.to - 1}/${body.length}`);
      h.set('content-length', String(range.to - range.from));
      this.at = range.from;
      this.to = range.to;
    }
    info.flags |= RESPONSE_FROM_CACHE_FILTER;
    info.details = 'cache.response_from_cache_filter';
    const trailers = range === null && entry.trailers !== null;
    const ends = request.method === 'HEAD' || (this.at === this.to && !trailers);
    if (!ends) this.serving = entry;
    // A part is without trailers.
    if (range !== null) this.withTrailers = false;
    this.busy = true;
    stream.encodeHeaders(h, ends);
    this.busy = false;
    if (!ends && !this.gone) this.give(entry);
  }

  /** Pieces, as long as the client takes them. */
  private give(entry: StoredResponse): void {
    if (this.busy) return;
    const { stream } = this;
    const trailers = this.withTrailers ? entry.trailers : null;
    const most = stream.bufferLimit === 0 ? DEFAULT_PIECE : stream.bufferLimit;
    this.busy = true;
    while (this.at < this.to && stream.above === 0 && !this.gone) {
      const end = Math.min(this.to, this.at + most);
      const piece = entry.body.subarray(this.at, end);
      this.at = end;
      stream.encodeData(piece, end === this.to && trailers === null);
    }
    this.busy = false;
    if (this.at < this.to || this.gone) return;
    this.serving = null;
    if (trailers !== null) stream.encodeTrailers(trailers.clone());
  }

  // --- from the host -----------------------------------------------------------------------------------------------

  filled(h: Headers, endStream: boolean): void {
    this.stream.info.details = 'via_upstream';
    this.stream.encodeHeaders(h, endStream || this.stream.request.method === 'HEAD');
  }
  filledData(data: Buffer, endStream: boolean): void {
    this.stream.encodeData(data, endStream);
  }
  filledTrailers(trailers: Headers): void {
    this.stream.encodeTrailers(trailers);
  }
  validated(h: Headers, entry: StoredResponse): void {
    this.fill = null;
    this.serve(h, entry, null);
  }
  notFilled(): void {
    this.stream.sendLocalReply({ status: 503, body: '', details: 'cache_upstream_reset' });
  }
  failed(error: unknown): void {
    this.stream.failed(error);
  }
}

/** Makes the request a question whether `entry` still holds. */
function askAbout(entry: StoredResponse, h: Headers): void {
  const { headers } = entry;
  const etag = headers.getAll('etag');
  const modified = headers.getAll('last-modified');
  if (etag !== undefined) h.set('if-none-match', etag);
  // RFC 9110 section 13.1.3: otherwise the moment it was made.
  h.set('if-modified-since', httpTime(modified) > 0 ? (modified as string) : (headers.getAll('date') ?? ''));
}

export async function create(c: CacheConfig, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  if (c.disabled === true) return { terminal: false, create: () => new NoCache() };
  const { typedConfig } = c;
  if (typedConfig === undefined) refuse(c, '', 'at least one of typed_config or disabled must be set');
  else if (typedConfig.typeUrl !== SIMPLE) {
    refuse(c, 'typed_config', `Didn't find a registered implementation for type: '${typedConfig.typeUrl}'`);
  }
  const regex = await filterRegexes(c, ctx.envoy16);
  const most = c.maxBodyBytes ?? 0;
  const settings: Settings = {
    cache: simpleCache(ctx),
    client: ctx.asyncClient(),
    vary: (c.allowedVaryHeaders ?? []).map((m) => stringTest(m, regex)),
    maxBody: most === 0 ? MAX_BODY_BYTES : Math.min(most, MAX_BODY_BYTES),
    ignoresRequest: c.ignoreRequestCacheControlHeader ?? false,
  };
  return { terminal: false, create: () => new CacheFilter(settings) };
}

class NoCache extends StreamFilter {}
