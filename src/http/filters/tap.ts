/**
 * envoy.filters.http.tap: writes requests and their answers, whole or as they pass, into files. Mirrors
 * source/extensions/filters/http/tap/{tap_filter,tap_config_impl}.cc.
 */
import { randomBytes } from 'node:crypto';
import type { Headers } from '../../codec/headers.ts';
import { refuse, refuseUnregistered } from '../../config/refusal.ts';
import type { Messages } from '../../config/schema/types.ts';
import { UPSTREAM_ADDRESSES } from '../../format/format-context.ts';
import { fractionOf, type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { filterRegexes } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import type { AdminTap, Deliver, TapConfig } from './tap/configs.ts';
import { type OpenTap, type TapSink, TraceFormat } from './tap/format.ts';
import {
  compilePredicate,
  type Part,
  type Predicate,
  REQUEST_BODY,
  REQUEST_HEADERS,
  REQUEST_TRAILERS,
  RESPONSE_BODY,
  RESPONSE_HEADERS,
  RESPONSE_TRAILERS,
  type Verdict,
} from './tap/predicate.ts';
import {
  type Body,
  type Connection,
  listOf,
  type Message,
  type Place,
  type Sample,
  type Segment,
} from './tap/trace.ts';

type Tap = Messages['envoy.extensions.filters.http.tap.v3.Tap'];
type Sink = Messages['envoy.config.tap.v3.OutputSink'];

/** max_buffered_rx_bytes, max_buffered_tx_bytes. */
const DEFAULT_BODY_BYTES = 1024;

interface Settings {
  readonly predicate: Predicate;
  readonly sink: TapSink;
  readonly streaming: boolean;
  /** Of the request's body, and of the answer's. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Null: all. */
  readonly enabled: RuntimeShare | null;
  readonly sample: Sample | null;
  readonly times: boolean;
  readonly downstream: boolean;
  readonly upstream: boolean;
  /** `http.<p>.tap.` */
  readonly tapped: Counter;
  readonly sampledOut: Counter;
}

class TapFilter extends StreamFilter {
  private readonly s: Settings;
  /** Null: this request is not looked at. */
  private verdict: Verdict | null = null;
  private file!: OpenTap;
  private id = 0n;
  /** Segments are being written. */
  private started = false;
  private request: Headers | null = null;
  private requestBody: Body | null = null;
  private requestTrailers: Headers | null = null;
  private requestMs = 0;
  private response: Headers | null = null;
  private responseBody: Body | null = null;
  private responseTrailers: Headers | null = null;
  private responseMs = 0;

  constructor(settings: Settings) {
    super();
    this.s = settings;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { s } = this;
    if (s.enabled !== null && !s.enabled.happens()) {
      s.sampledOut.inc();
      return CONTINUE;
    }
    this.verdict = s.predicate();
    this.id = randomBytes(8).readBigUInt64LE();
    this.file = s.sink.open(this.id);
    this.request = h;
    this.requestMs = Date.now();
    if (this.see(REQUEST_HEADERS, h, null)) this.begin(REQUEST_HEADERS);
    return CONTINUE;
  }

  override decodeData(data: Buffer): DataStatus {
    if (this.verdict === null) return CONTINUE;
    this.see(REQUEST_BODY, null, data);
    const { requestBytes } = this.s;
    if (this.started) this.write({ name: 'requestBodyChunk', body: added(null, data, requestBytes) });
    else if (this.keeps()) this.requestBody = added(this.requestBody, data, requestBytes);
    return CONTINUE;
  }

  override decodeTrailers(trailers: Headers): TrailersStatus {
    if (this.verdict === null) return CONTINUE;
    this.requestTrailers = trailers;
    if (this.see(REQUEST_TRAILERS, trailers, null)) {
      if (this.started) this.writeHeaders('requestTrailers', trailers);
      else this.begin(REQUEST_TRAILERS);
    }
    return CONTINUE;
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    if (this.verdict === null) return CONTINUE;
    this.response = h;
    this.responseMs = Date.now();
    if (this.see(RESPONSE_HEADERS, h, null)) {
      if (this.started) this.writeHeaders('responseHeaders', h, true);
      else this.begin(RESPONSE_HEADERS);
    }
    return CONTINUE;
  }

  override encodeData(data: Buffer): DataStatus {
    if (this.verdict === null) return CONTINUE;
    this.see(RESPONSE_BODY, null, data);
    const { responseBytes } = this.s;
    if (this.started) this.write({ name: 'responseBodyChunk', body: added(null, data, responseBytes) });
    else if (this.keeps()) this.responseBody = added(this.responseBody, data, responseBytes);
    return CONTINUE;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    if (this.verdict === null) return CONTINUE;
    this.responseTrailers = trailers;
    if (this.see(RESPONSE_TRAILERS, trailers, null)) {
      if (this.started) this.writeHeaders('responseTrailers', trailers);
      else this.begin(RESPONSE_TRAILERS);
    }
    return CONTINUE;
  }

  /** Of a stream that is streamed: whether it is tapped. */
  private see(part: Part, headers: Headers | null, body: Buffer | null): boolean {
    const verdict = this.verdict as Verdict;
    verdict.see(part, headers, body);
    return this.s.streaming && verdict.matches;
  }

  /** A body: of what is written whole, or may still match. */
  private keeps(): boolean {
    return !this.s.streaming || (this.verdict as Verdict).mayChange;
  }

  /** What has passed before it was known that it matches. */
  private begin(part: Part): void {
    this.started = true;
    const { request, requestBody, requestTrailers, response, responseBody, responseTrailers } = this;
    if (request !== null) this.writeHeaders('requestHeaders', request);
    if (requestBody !== null) this.write({ name: 'requestBodyChunk', body: requestBody });
    if (requestTrailers !== null) this.writeHeaders('requestTrailers', requestTrailers);
    if (part >= RESPONSE_HEADERS && response !== null) this.writeHeaders('responseHeaders', response, true);
    if (responseBody !== null) this.write({ name: 'responseBodyChunk', body: responseBody });
    if (responseTrailers !== null) this.writeHeaders('responseTrailers', responseTrailers);
    this.requestBody = null;
    this.responseBody = null;
  }

  private writeHeaders(
    name: 'requestHeaders' | 'requestTrailers' | 'responseHeaders' | 'responseTrailers',
    h: Headers,
    response = false,
  ): void {
    this.write({ name, headers: listOf(h, response) });
  }

  private write(segment: Segment): void {
    this.file.write({ id: this.id, segment, sample: this.s.sample });
  }

  override onStreamComplete(): void {
    const { s, verdict, request, response } = this;
    if (verdict === null) return;
    if (verdict.matches) {
      if (!s.streaming && request !== null) {
        const buffered = {
          request: this.message(request, this.requestBody, this.requestTrailers, this.requestMs, false),
          response:
            response === null
              ? null
              : this.message(response, this.responseBody, this.responseTrailers, this.responseMs, true),
          downstream: s.downstream ? this.downstream() : null,
          upstream: s.upstream ? this.upstream() : null,
        };
        this.file.write({ buffered, sample: s.sample });
      }
      s.tapped.inc();
    }
    this.file.end();
  }

  private message(h: Headers, body: Body | null, trailers: Headers | null, ms: number, response: boolean): Message {
    return {
      headers: listOf(h, response),
      body,
      trailers: trailers === null ? [] : listOf(trailers, false),
      receivedMs: this.s.times ? ms : null,
    };
  }

  private downstream(): Connection | null {
    const c = this.stream.info.connection;
    return c == null ? null : { local: place(c.localAddress), remote: place(c.remoteAddress) };
  }

  private upstream(): Connection | null {
    const c = this.stream.info.upstream?.connection;
    return c == null ? null : { local: place(c.localAddress), remote: place(c.remoteAddress) };
  }
}

/** `body` and as much of `data` as `limit` leaves. The bytes are copied: what they are a slice of may be long. */
function added(body: Body | null, data: Buffer, limit: number): Body {
  const before = body?.asBytes ?? Buffer.alloc(0);
  const room = Math.max(limit - before.length, 0);
  const taken = data.subarray(0, room);
  return {
    asBytes: Buffer.concat([before, taken]),
    truncated: body?.truncated === true || taken.length < data.length,
  };
}

function place(
  a: { readonly ip: string; readonly port: number; readonly text: string } | null | undefined,
): Place | null {
  if (a == null) return null;
  return a.ip === '' ? { address: a.text, port: -1 } : { address: a.ip, port: a.port };
}

/** What the filter says beside what is to be tapped. */
class TapParts {
  private readonly tap: Tap;
  private readonly envoy16: boolean;
  private readonly tapped: Counter;
  private readonly sampledOut: Counter;

  constructor(tap: Tap, ctx: HttpFactoryContext) {
    this.tap = tap;
    this.envoy16 = ctx.envoy16;
    const scope = ctx.httpStats.scope.scope('tap.');
    this.tapped = scope.counter('rq_tapped');
    this.sampledOut = scope.counter('rq_sampled_out');
    if (tap.recordUpstreamConnection === true) ctx.format.needs.bits |= UPSTREAM_ADDRESSES;
  }

  /** `deliver`: to the admin interface, which has asked for it; null for the configuration of the file. */
  async compile(config: TapConfig, deliver: Deliver | null): Promise<Settings> {
    const { tap } = this;
    const { outputConfig = {}, tapEnabled } = config;
    const match = config.match ?? config.matchConfig;
    if (match === undefined) refuse(config, 'match', 'Neither match nor match_config is set in TapConfig');
    const share = fractionOf(tapEnabled?.defaultValue);
    return {
      predicate: compilePredicate(match, await filterRegexes(config, this.envoy16)),
      sink: await sinkOf(outputConfig.sinks?.[0] ?? {}, deliver),
      streaming: outputConfig.streaming ?? false,
      requestBytes: outputConfig.maxBufferedRxBytes ?? DEFAULT_BODY_BYTES,
      responseBytes: outputConfig.maxBufferedTxBytes ?? DEFAULT_BODY_BYTES,
      enabled: tapEnabled === undefined ? null : runtimeShare(tapEnabled, 1),
      sample:
        tapEnabled === undefined
          ? null
          : { numerator: share.numerator, denominator: tapEnabled.defaultValue?.denominator ?? 'HUNDRED' },
      times: tap.recordHeadersReceivedTime ?? false,
      downstream: tap.recordDownstreamConnection ?? false,
      upstream: tap.recordUpstreamConnection ?? false,
      tapped: this.tapped,
      sampledOut: this.sampledOut,
    };
  }
}

async function sinkOf(sink: Sink, deliver: Deliver | null): Promise<TapSink> {
  const format = sink.format ?? 'JSON_BODY_AS_BYTES';
  if (sink.streamingAdmin !== undefined || sink.bufferedAdmin !== undefined) {
    const { adminSink } = await import('./tap/admin-sink.ts');
    return adminSink(sink, deliver, await TraceFormat.load(format));
  }
  if (sink.customSink !== undefined) refuseUnregistered(sink.customSink);
  if (sink.filePerTap === undefined) refuse(sink, '', 'a tap writes to file_per_tap');
  const { FileSink } = await import('./tap/file-sink.ts');
  return new FileSink(sink.filePerTap.pathPrefix ?? '', await TraceFormat.load(format));
}

/** Nothing is tapped until POST /tap says what. */
class WaitingTap implements AdminTap {
  private readonly parts: TapParts;
  private readonly droppedTraces: Counter;
  settings: Settings | null = null;

  constructor(parts: TapParts, ctx: HttpFactoryContext) {
    this.parts = parts;
    this.droppedTraces = ctx.store.scope('envoylet.').counter('tap_traces_dropped');
  }

  async attach(config: TapConfig, deliver: Deliver): Promise<void> {
    this.settings = await this.parts.compile(config, deliver);
  }

  detach(): void {
    this.settings = null;
  }

  dropped(): void {
    this.droppedTraces.inc();
  }
}

/** Of a request that came while nothing was to be tapped. */
class NotTapped extends StreamFilter {}

export async function create(tap: Tap, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { staticConfig, adminConfig } = tap.commonConfig ?? {};
  const parts = new TapParts(tap, ctx);
  if (staticConfig !== undefined) {
    const settings = await parts.compile(staticConfig, null);
    return { terminal: false, create: () => new TapFilter(settings) };
  }
  const waiting = new WaitingTap(parts, ctx);
  const { joinTaps } = await import('./tap/attachment.ts');
  await joinTaps(adminConfig?.configId ?? '', waiting);
  return {
    terminal: false,
    create: () => (waiting.settings === null ? new NotTapped() : new TapFilter(waiting.settings)),
  };
}
