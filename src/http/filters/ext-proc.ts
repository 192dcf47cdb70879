/**
 * envoy.filters.http.ext_proc: a service sees requests and responses as they pass, part by part over one gRPC stream for each request, and changes
 * or answers them. Mirrors source/extensions/filters/http/ext_proc/ext_proc.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type {
  BodyResponse,
  CommonResponse,
  ExternalProcessor,
  ExtProcPerRoute,
  GrpcService,
  ImmediateResponse,
  Metadata,
  ProcessingMode,
  ProcessingResponse,
  TrailersResponse,
} from '../../config/schema/types.ts';
import { statusNumber } from '../../config/status-code.ts';
import { isStruct } from '../../config/struct.ts';
import { formatBuild } from '../../format/format-build.ts';
import { loadCodec, type MessageCodec } from '../../grpc/message-codec.ts';
import type { GrpcServiceClient } from '../../grpc/service.ts';
import { WireError } from '../../grpc/wire-reader.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { formatCompiler } from '../headers/body-format.ts';
import { loadRegexCompiler, NO_REGEXES, needsRegex, type RegexCompiler } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_BUFFER,
  STOP_NO_BUFFER,
  STOP_WATERMARK,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { evaluate } from './attributes.ts';
import {
  BUFFERED,
  Direction,
  type DirectionOwner,
  type Fault,
  HEADERS,
  IDLE,
  PARTIAL,
  STREAMED,
  TRAILERS,
} from './ext-proc/direction.ts';
import { LogInfo } from './ext-proc/log-info.ts';
import { APPLIED, eachField, mutate, NO_EFFECT } from './ext-proc/mutations.ts';
import {
  compileSettings,
  mergeRoutes,
  type RouteLevel,
  type RouteSettings,
  requestMode,
  responseMode,
  type SendMode,
  type Settings,
} from './ext-proc/settings.ts';
import { Sidestream, type SidestreamListener } from './ext-proc/sidestream.ts';

const NAMESPACE = 'envoy.filters.http.ext_proc';
const OFF: SendMode = { headers: false, body: 'NONE', trailers: false };
const DEFAULT_RESPONSE_HEADERS = 100;
const DEFAULT_RESPONSE_BYTES = 60 * 1024;
const DEADLINE_EXCEEDED = 4;
const FAILED_PRECONDITION = 9;
const ABORTED = 10;
const INTERNAL = 13;
const INVALID_ARGUMENT = 3;
const GATEWAY_TIMEOUT = 504;
const DEFAULT_IMMEDIATE_STATUS = 200;
/** Three digits: what a status line has (docs/behaviour.md, H207). */
const MAX_STATUS = 999;
const NOTHING = Buffer.alloc(0);

interface Codecs {
  readonly request: MessageCodec;
  readonly response: MessageCodec;
}

class ExtProcFilter extends StreamFilter implements DirectionOwner, SidestreamListener {
  private readonly s: Settings;
  private readonly codecs: Codecs;
  private readonly decode: Direction;
  private readonly encode: Direction;
  private side: Sidestream | null = null;
  /** The processor has no more say. */
  private done = false;
  private merged = false;
  private toldProtocol = false;
  private service: GrpcServiceClient;
  private failureModeAllow: boolean;
  private emitsSpan: boolean;
  private forwarded: readonly string[];
  private received: readonly string[];
  private ofCluster: readonly string[];
  private log: LogInfo | null = null;

  constructor(settings: Settings, codecs: Codecs) {
    super();
    this.s = settings;
    this.codecs = codecs;
    this.service = settings.service;
    this.failureModeAllow = settings.failureModeAllow;
    this.emitsSpan = settings.emitsSpan;
    ({ forwarded: this.forwarded, received: this.received, ofCluster: this.ofCluster } = settings.metadata);
    this.decode = new Direction(true, this);
    this.encode = new Direction(false, this);
    this.setMode(settings.mode);
  }

  get messageTimeoutMs(): number {
    return this.s.messageTimeoutMs;
  }
  get sendsBodyAtOnce(): boolean {
    return this.s.sendBodyAtOnce;
  }

  private setMode(mode: ProcessingMode): void {
    this.decode.setMode(requestMode(mode));
    this.encode.setMode(responseMode(mode));
  }

  /** Once, when the first head comes by: an answer from here may come before a request does. */
  private merge(): void {
    if (this.merged) return;
    this.merged = true;
    const { stream, s } = this;
    const before = stream.info.filterState(s.name);
    this.log = before instanceof LogInfo ? before : new LogInfo();
    if (before === undefined) stream.info.setFilterState(s.name, this.log);
    const route = stream.routeConfig<RouteSettings>(this);
    if (route === null) return;
    if (route.disabled) {
      this.decode.setMode(OFF);
      this.encode.setMode(OFF);
      return;
    }
    if (route.mode !== null) this.setMode(route.mode);
    this.service = route.service ?? this.service;
    this.failureModeAllow = route.failureModeAllow ?? this.failureModeAllow;
    this.emitsSpan = route.emitsSpan ?? this.emitsSpan;
    this.forwarded = route.forwarded ?? this.forwarded;
    this.received = route.received ?? this.received;
    this.ofCluster = route.ofCluster ?? this.ofCluster;
  }

  // --- the message passes -------------------------------------------------------------------------------------------

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    this.merge();
    return this.onHeaders(this.decode, h, endStream);
  }
  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    this.merge();
    const status = this.onHeaders(this.encode, h, endStream);
    if (this.encode.idle) this.close();
    return status;
  }
  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    return this.onData(this.decode, data, endStream, this.stream.info.protocol);
  }
  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    return this.onData(this.encode, data, endStream, this.stream.info.upstream?.protocol);
  }
  override decodeTrailers(trailers: Headers): TrailersStatus {
    return this.onTrailers(this.decode, trailers);
  }
  override encodeTrailers(trailers: Headers): TrailersStatus {
    return this.onTrailers(this.encode, trailers);
  }

  private onHeaders(d: Direction, h: Headers, end: boolean): HeadersStatus {
    if (this.s.observes) {
      if (d.sendsHeaders && this.open()) this.send(d, this.headersMessage(d, h, end));
      return CONTINUE;
    }
    if (end) d.complete = true;
    let status: HeadersStatus = CONTINUE;
    if (d.sendsHeaders && this.open()) {
      d.headers = h;
      d.noBody = end;
      const message = this.headersMessage(d, h, end);
      d.begin(HEADERS);
      this.send(d, message);
      d.paused = true;
      status = STOP;
    }
    if (!this.done && d.changesLength && !this.s.keepsContentLength) h.remove('content-length');
    return status;
  }

  private onData(d: Direction, data: Buffer, end: boolean, protocol: string | null | undefined): DataStatus {
    const { s } = this;
    d.bodyReceived = true;
    if (s.observes) {
      if (d.bodyMode === 'STREAMED' && this.open()) this.sendPieces(d, data, end, protocol);
      return CONTINUE;
    }
    if (end) d.complete = true;
    if (d.replaced) {
      if (data.length > 0) this.putInstead(d, NOTHING);
      return CONTINUE;
    }
    if (this.done) return CONTINUE;
    const duplex = d.bodyMode === 'FULL_DUPLEX_STREAMED';
    if (d.waitsFor === HEADERS && !duplex && !(d.bodyMode === 'STREAMED' && s.sendBodyAtOnce)) {
      d.paused = true;
      return d.bodyMode === 'BUFFERED' ? STOP_BUFFER : STOP_WATERMARK;
    }
    if (d.bodyMode === 'BUFFERED') return this.onBufferedData(d, data, end);
    if (d.bodyMode === 'BUFFERED_PARTIAL') return this.onPartialData(d, data, end);
    return d.bodyMode === 'NONE' ? CONTINUE : this.onStreamedData(d, data, end, protocol);
  }

  private putInstead(d: Direction, data: Buffer): void {
    if (d.decode) this.stream.putDecodedInstead(data);
    else this.stream.putEncodedInstead(data);
  }

  private onBufferedData(d: Direction, data: Buffer, end: boolean): DataStatus {
    if (end) {
      if (!this.open()) return CONTINUE;
      const held = d.held();
      // What is held may be what is shown.
      this.sendBody(d, held === null || held === data ? data : Buffer.concat([held, data]), true, BUFFERED);
    }
    d.paused = true;
    return STOP_BUFFER;
  }

  /** Those behind see nothing of a piece before its answer has come: it is injected then. */
  private onStreamedData(d: Direction, data: Buffer, end: boolean, protocol: string | null | undefined): DataStatus {
    if (!this.open()) return CONTINUE;
    const early = d.waitsFor === HEADERS;
    d.begin(early ? HEADERS : STREAMED);
    this.sendPieces(d, data, end, protocol);
    if (end || early) d.paused = true;
    return STOP_NO_BUFFER;
  }
  /** With HTTP/1 the end of a body is a piece of its own, as Envoy's codec has it. */
  private sendPieces(d: Direction, data: Buffer, end: boolean, protocol: string | null | undefined): void {
    if (end && data.length > 0 && protocol?.startsWith('HTTP/1') === true) {
      this.sendPiece(d, data, false);
      this.sendPiece(d, NOTHING, true);
    } else {
      this.sendPiece(d, data, end);
    }
  }
  private sendPiece(d: Direction, data: Buffer, end: boolean): void {
    if (!this.s.observes && d.bodyMode === 'STREAMED') d.enqueue(data, end);
    this.send(d, this.bodyMessage(d, data, end));
  }

  private onPartialData(d: Direction, data: Buffer, end: boolean): DataStatus {
    if (d.partialDone) {
      d.headers = null;
      return CONTINUE;
    }
    const asked = d.waitsFor === PARTIAL;
    if (asked) d.paused = true;
    d.enqueue(data, end);
    if (asked || (!end && !d.queueIsFull)) return STOP_NO_BUFFER;
    if (!this.open()) return CONTINUE;
    const all = d.consolidate();
    this.sendBody(d, all.data, all.end, PARTIAL);
    d.paused = true;
    return STOP_NO_BUFFER;
  }

  private onTrailers(d: Direction, trailers: Headers): TrailersStatus {
    if (this.done) return CONTINUE;
    if (this.s.observes) {
      if (d.sendsTrailers && this.open()) this.sendTrailersOf(d, trailers);
      return CONTINUE;
    }
    const delivered = d.complete;
    d.complete = true;
    d.trailers = trailers;
    if (d.waitsFor !== IDLE && d.bodyMode !== 'FULL_DUPLEX_STREAMED') {
      d.paused = true;
      return STOP;
    }
    const held = d.held();
    const buffers = held !== null && d.bodyMode === 'BUFFERED';
    if (!delivered && (buffers || (d.queued && d.bodyMode === 'BUFFERED_PARTIAL'))) {
      if (!this.open()) return CONTINUE;
      if (buffers) this.sendBody(d, held, false, BUFFERED);
      else this.sendBody(d, d.consolidate().data, false, PARTIAL);
      d.paused = true;
      return STOP;
    }
    if (!d.sendsTrailers || !this.open()) return CONTINUE;
    this.sendTrailers(d);
    d.paused = true;
    return STOP;
  }

  // --- to the processor -----------------------------------------------------------------------------------------------

  /** False: there is nobody to ask any more. */
  private open(): boolean {
    if (this.done) return false;
    if (this.side !== null) return true;
    const { stream } = this;
    const { client, metadata } = this.service;
    const head =
      metadata === null ? {} : { metadata: (h: typeof stream.request) => metadata(h, stream.info, stream.request) };
    const sampled = this.emitsSpan ? undefined : false;
    this.side = new Sidestream(
      client,
      { timeoutMs: 0, parent: stream, meters: true, span: stream.info.span, sampled, ...head },
      this,
    );
    this.s.stats.streamsStarted.inc();
    return true;
  }

  private send(d: Direction, message: Record<string, unknown>): void {
    const { s, stream } = this;
    const all: Record<string, unknown> = { metadataContext: this.metadataContext(), ...message };
    const attributes = d.decode ? s.requestAttributes : s.responseAttributes;
    if (attributes.length > 0 && !d.attributesSent) {
      d.attributesSent = true;
      all['attributes'] = new Map([[NAMESPACE, evaluate(stream, attributes)]]);
    }
    if (s.observes) {
      all['observabilityMode'] = true;
    } else if (!this.toldProtocol) {
      this.toldProtocol = true;
      all['protocolConfig'] = {
        requestBodyMode: this.decode.bodyMode,
        responseBodyMode: this.encode.bodyMode,
        sendBodyWithoutWaitingForHeaderResponse: s.sendBodyAtOnce,
      };
    }
    this.side?.send(this.codecs.request.encode(all));
    s.stats.streamMsgsSent.inc();
  }

  private headersMessage(d: Direction, h: Headers, endOfStream: boolean): Record<string, unknown> {
    const part = { headers: this.fields(h), endOfStream };
    return d.decode ? { requestHeaders: part } : { responseHeaders: part };
  }
  private bodyMessage(d: Direction, body: Buffer, endOfStream: boolean): Record<string, unknown> {
    return d.decode ? { requestBody: { body, endOfStream } } : { responseBody: { body, endOfStream } };
  }
  private fields(h: Headers): object {
    const { forwards } = this.s;
    const headers: { key: string; rawValue: Buffer }[] = [];
    eachField(h, (key, value) => {
      if (forwards(key)) headers.push({ key, rawValue: Buffer.from(value, 'latin1') });
    });
    return { headers };
  }

  sendBody(d: Direction, data: Buffer, end: boolean, waitsFor: number): void {
    const message = this.bodyMessage(d, data, end);
    d.begin(waitsFor);
    this.send(d, message);
  }
  sendTrailers(d: Direction): void {
    if (d.trailersSent || d.trailers === null) return;
    d.begin(d.waitsFor === IDLE ? TRAILERS : d.waitsFor);
    this.sendTrailersOf(d, d.trailers);
  }
  private sendTrailersOf(d: Direction, trailers: Headers): void {
    d.trailersSent = true;
    const part = { trailers: this.fields(trailers) };
    this.send(d, d.decode ? { requestTrailers: part } : { responseTrailers: part });
  }

  private metadataContext(): Metadata {
    const { info } = this.stream;
    const filterMetadata = new Map<string, Readonly<Record<string, unknown>>>();
    const cluster = this.ofCluster.length === 0 ? undefined : info.cluster?.config.metadata?.filterMetadata;
    for (const name of this.ofCluster) {
      const values = cluster?.get(name);
      if (values !== undefined) filterMetadata.set(name, values);
    }
    for (const name of this.forwarded) {
      const values = info.dynamicMetadata(name);
      if (values !== undefined) filterMetadata.set(name, values);
    }
    return filterMetadata.size === 0 ? {} : { filterMetadata };
  }

  // --- from the processor -----------------------------------------------------------------------------------------------

  onMessage(bytes: Buffer): void {
    if (this.s.observes || this.done) return;
    let m: ProcessingResponse;
    try {
      m = this.codecs.response.decode(bytes) as ProcessingResponse;
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      // What is no message ends the stream, as in Envoy's gRPC client.
      const { side } = this;
      side?.close();
      this.onFailed(INTERNAL, side?.details ?? '');
      return;
    }
    if (m.overrideMessageTimeout !== undefined) {
      this.extend(m.overrideMessageTimeout);
      return;
    }
    if (m.modeOverride !== undefined) this.override(m.modeOverride);
    const last = this.isLast(m);
    this.settle(this.take(m), last || this.isLastHeaders(m));
  }

  private extend(ms: number): void {
    const { stats, maxMessageTimeoutMs } = this.s;
    const whole = Math.floor(ms);
    const allowed = whole >= 1 && whole <= maxMessageTimeoutMs;
    const decoding = allowed && this.decode.extend(whole);
    const encoding = allowed && this.encode.extend(whole);
    if (decoding || encoding) stats.overrideMessageTimeoutReceived.inc();
    else stats.overrideMessageTimeoutIgnored.inc();
  }

  private override(given: ProcessingMode): void {
    const { s } = this;
    const inHeaders = this.decode.waitsFor === HEADERS || this.encode.waitsFor === HEADERS;
    const duplex = [s.mode.requestBodyMode, s.mode.responseBodyMode].includes('FULL_DUPLEX_STREAMED');
    if (!s.modeOverride || s.sendBodyAtOnce || duplex || !inHeaders) return;
    const mode = effective(given, s.mode);
    if (s.overrideModes.length === 0 || s.overrideModes.some((other) => same(mode, other))) this.setMode(mode);
  }

  /** One of the seven answers: where there are several, the last one counts, as protobuf has it. */
  private take(m: ProcessingResponse): Fault {
    const which = Object.keys(m).findLast((key) => ANSWERS.has(key));
    if (m.dynamicMetadata !== undefined && which !== undefined) this.takeMetadata(m.dynamicMetadata);
    switch (which) {
      case 'requestHeaders':
        return this.decode.onHeadersResponse(m.requestHeaders ?? {});
      case 'responseHeaders':
        return this.encode.onHeadersResponse(m.responseHeaders ?? {});
      case 'requestBody':
        return this.decode.onBodyResponse(m.requestBody ?? {});
      case 'responseBody':
        return this.encode.onBodyResponse(m.responseBody ?? {});
      case 'requestTrailers':
        return this.decode.onTrailersResponse(m.requestTrailers ?? {});
      case 'responseTrailers':
        return this.encode.onTrailersResponse(m.responseTrailers ?? {});
      case 'immediateResponse':
        if (!this.s.immediateResponse) {
          return { spurious: true, text: 'unhandled immediate response due to config disabled it' };
        }
        this.finishCalls(0);
        this.close();
        this.answer(m.immediateResponse ?? {});
        return null;
      default:
        return { spurious: true, text: 'unhandled message' };
    }
  }

  private takeMetadata(metadata: Readonly<Record<string, unknown>>): void {
    for (const [name, values] of Object.entries(metadata)) {
      if (!this.received.includes(name)) continue;
      this.stream.info.addMetadata(name, isStruct(values) ? values : {});
    }
  }

  private settle(fault: Fault, last: boolean): void {
    const { stats } = this.s;
    if (fault === null) {
      stats.streamMsgsReceived.inc();
      if (!this.done && last) this.close();
      return;
    }
    if (!fault.spurious) {
      stats.streamMsgsReceived.inc();
      this.fail(INVALID_ARGUMENT, fault.text);
      return;
    }
    stats.spuriousMsgsReceived.inc();
    if (this.mayFail) this.letPass(FAILED_PRECONDITION);
    else this.fail(FAILED_PRECONDITION, fault.text);
  }

  /** Nothing more will be asked: the stream need not wait for the end of the request. Of bodies it is known before they are answered. */
  private isLast(m: ProcessingResponse): boolean {
    const { decode, encode } = this;
    if (m.requestBody !== undefined) return encode.idle && isLastBody(decode, m.requestBody);
    if (m.responseBody !== undefined) return isLastBody(encode, m.responseBody);
    return m.responseTrailers !== undefined || (m.requestTrailers !== undefined && encode.idle);
  }
  /** … of headers with the mode that their answer has set. */
  private isLastHeaders(m: ProcessingResponse): boolean {
    const { decode, encode } = this;
    if (m.requestHeaders !== undefined) return encode.idle && this.nothingAfterHeaders(decode);
    return m.responseHeaders !== undefined && this.nothingAfterHeaders(encode);
  }
  private nothingAfterHeaders(d: Direction): boolean {
    return d.noBody || (d.bodyMode === 'NONE' && !d.sendsTrailers);
  }

  mutate(d: Direction, h: Headers, response: CommonResponse | TrailersResponse, replaces: boolean): string | null {
    const part = h === d.trailers ? 'trailer' : d.waitsFor === HEADERS ? 'header' : 'body';
    const { s } = this;
    if (response.headerMutation === undefined) return null;
    const noLength = d.changesLength && !s.keepsContentLength;
    const { rejectedHeaderMutations: rejected } = s.stats;
    const c = { rules: s.rules, rejected, limits: this.limits(d), replaces, noLength };
    const { fault, effect } = mutate(h, response.headerMutation, c);
    if (effect !== NO_EFFECT) this.log?.recordEffect(d, part, effect);
    return fault;
  }
  private limits(d: Direction): Settings['limits'] {
    if (d.decode) return this.s.limits;
    const count = this.stream.info.cluster?.http.maxHeadersCount ?? DEFAULT_RESPONSE_HEADERS;
    return { count, bytes: DEFAULT_RESPONSE_BYTES };
  }

  bodyChanged(d: Direction): void {
    this.log?.recordEffect(d, 'body', APPLIED);
  }

  clearRouteCache(response: CommonResponse): void {
    const { stats, routeCache } = this.s;
    const asked = response.clearRouteCache === true;
    if (response.headerMutation === undefined) {
      if (asked) stats.clearRouteCacheIgnored.inc();
    } else if (routeCache === 'CLEAR' || (routeCache === 'DEFAULT' && asked)) {
      this.stream.clearRoute();
    } else if (routeCache === 'RETAIN' && asked) {
      stats.clearRouteCacheDisabled.inc();
    }
  }

  private answer(m: ImmediateResponse): void {
    const { s, stream } = this;
    s.stats.immediateResponsesSent.inc();
    this.log?.set('received_immediate_response', true);
    const code = statusNumber(m.status?.code);
    const status = m.status === undefined || code < 200 || code > MAX_STATUS ? DEFAULT_IMMEDIATE_STATUS : code;
    const details = withoutBlanks(m.details ?? '');
    const { headers, grpcStatus, body = NOTHING } = m;
    stream.sendLocalReply({
      status,
      body: '',
      bytes: body,
      details,
      ...(grpcStatus === undefined ? {} : { grpcStatus: grpcStatus.status ?? 0 }),
      ...(headers === undefined
        ? {}
        : {
            change: (h) => {
              const { rejectedHeaderMutations: rejected } = s.stats;
              mutate(h, headers, {
                rules: s.rules,
                rejected,
                limits: this.limits(this.encode),
                replaces: false,
                noLength: false,
              });
            },
          }),
    });
  }

  // --- what goes wrong ------------------------------------------------------------------------------------------------

  /** What has been given to a processor that answers with another body is lost without it. */
  private get mayFail(): boolean {
    const { decode, encode } = this;
    return this.failureModeAllow && !isLost(decode) && !isLost(encode);
  }

  onClosed(): void {
    this.s.stats.serverHalfClosed.inc();
    if (!this.done) this.closedByPeer(ABORTED);
  }
  private closedByPeer(status: number): void {
    this.s.stats.streamsClosed.inc();
    this.abandon(status);
  }

  onFailed(status: number, text: string): void {
    const { stats } = this.s;
    stats.streamsFailed.inc();
    if (this.done) return;
    if (this.mayFail) {
      this.closedByPeer(status);
      stats.failureModeAllowed.inc();
    } else {
      this.fail(status, `ext_proc_error_gRPC_error_${status}{${text}}`);
    }
  }

  onTimeout(): void {
    this.s.stats.messageTimeouts.inc();
    if (this.mayFail) this.letPass(DEADLINE_EXCEEDED);
    else this.fail(DEADLINE_EXCEEDED, 'ext_proc_error_per-message_timeout_exceeded', GATEWAY_TIMEOUT);
  }

  private letPass(status: number): void {
    this.s.stats.failureModeAllowed.inc();
    this.close();
    this.abandon(status);
  }

  private fail(status: number, details: string, code = this.s.statusOnError): void {
    this.done = true;
    this.finishCalls(status);
    this.close();
    this.stream.sendLocalReply({ status: code, body: '', details: withoutBlanks(details) });
  }

  private abandon(status: number): void {
    this.done = true;
    if (status !== ABORTED) this.log?.set('failed_open', true);
    this.decode.abandon(status);
    this.encode.abandon(status);
  }
  private finishCalls(status: number): void {
    this.decode.finish(status);
    this.encode.finish(status);
  }

  private close(): void {
    this.done = true;
    if (this.side?.close() === true) this.s.stats.streamsClosed.inc();
  }

  recordCall(d: Direction, waited: number, ms: number, status: number): void {
    if (waited !== IDLE) this.log?.recordCall(d, waited, ms, status);
    this.noteStream();
  }

  private noteStream(): void {
    const info = this.side?.info ?? null;
    if (info !== null) this.log?.recordStream(info);
  }

  // --- flow, and the end ------------------------------------------------------------------------------------------------

  onCongested(congested: boolean): void {
    this.stream.pauseSender(true, congested);
    this.stream.pauseSender(false, congested);
  }
  /** What the processor makes of a response is the client's to read. */
  override onAboveWriteBuffer(): void {
    this.side?.pause(true);
  }
  override onBelowWriteBuffer(): void {
    this.side?.pause(false);
  }

  override onDestroy(): void {
    this.decode.drop();
    this.encode.drop();
    const { s, side } = this;
    if (s.observes && !this.done) side?.closeLater(s.deferredCloseMs, () => s.stats.streamsClosed.inc());
    else this.close();
    this.done = true;
  }
}

const ANSWERS: ReadonlySet<string> = new Set([
  'requestHeaders',
  'responseHeaders',
  'requestBody',
  'responseBody',
  'requestTrailers',
  'responseTrailers',
  'immediateResponse',
  'streamedImmediateResponse',
]);

function isLastBody(d: Direction, { response }: BodyResponse): boolean {
  if (d.bodyMode === 'STREAMED') return d.nextEnds;
  return d.bodyMode === 'FULL_DUPLEX_STREAMED' && response?.bodyMutation?.streamedResponse?.endOfStream === true;
}

const withoutBlanks = (details: string): string => details.replace(/[ \t\n\v\f\r]/g, '_');

const isLost = (d: Direction): boolean => d.bodyMode === 'FULL_DUPLEX_STREAMED' && d.bodyReceived;

/** Modes of headers and trailers that say nothing stay as they are; bodies' always say something. */
function effective(given: ProcessingMode, before: ProcessingMode): ProcessingMode {
  const mode: Record<string, unknown> = { ...before };
  for (const field of [
    'requestHeaderMode',
    'responseHeaderMode',
    'requestTrailerMode',
    'responseTrailerMode',
  ] as const) {
    const value = given[field] ?? 'DEFAULT';
    if (value !== 'DEFAULT') mode[field] = value;
  }
  mode['requestBodyMode'] = given.requestBodyMode ?? 'NONE';
  mode['responseBodyMode'] = given.responseBodyMode ?? 'NONE';
  return mode as ProcessingMode;
}

function same(a: ProcessingMode, b: ProcessingMode): boolean {
  return (
    (a.requestBodyMode ?? 'NONE') === (b.requestBodyMode ?? 'NONE') &&
    (a.requestTrailerMode ?? 'DEFAULT') === (b.requestTrailerMode ?? 'DEFAULT') &&
    (a.responseHeaderMode ?? 'DEFAULT') === (b.responseHeaderMode ?? 'DEFAULT') &&
    (a.responseBodyMode ?? 'NONE') === (b.responseBodyMode ?? 'NONE') &&
    (a.responseTrailerMode ?? 'DEFAULT') === (b.responseTrailerMode ?? 'DEFAULT')
  );
}

export async function create(config: ExternalProcessor, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const regex: RegexCompiler = needsRegex(config) ? await loadRegexCompiler(ctx.envoy16) : NO_REGEXES.test;
  const codecs = {
    request: await loadCodec('envoy.service.ext_proc.v3.ProcessingRequest'),
    response: await loadCodec('envoy.service.ext_proc.v3.ProcessingResponse'),
  };
  if ((config.requestAttributes ?? config.responseAttributes ?? []).length > 0) await import('../../cel/engine.ts');
  const formats = formatCompiler(formatBuild(ctx, ctx.clientAddress ?? (() => undefined)));
  const settings = compileSettings(config, ctx, regex, formats);
  const own = config.grpcService as GrpcService;
  return {
    terminal: false,
    create: () => new ExtProcFilter(settings, codecs),
    createRoute: (m): RouteLevel => ({ config: m as ExtProcPerRoute }),
    mergeRoute: (levels) => mergeRoutes(levels as readonly RouteLevel[], own, ctx, formats),
  };
}
