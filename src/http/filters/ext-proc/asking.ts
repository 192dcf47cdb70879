/**
 * What is told to the processor: one gRPC stream for each request, opened when there is something to say, and the messages on it. The state of
 * the filter that everything else of it stands on.
 */
import type { Headers } from '../../../codec/headers.ts';
import type { CommonResponse, Metadata, ProcessingMode, TrailersResponse } from '../../../config/schema/types.ts';
import type { MessageCodec } from '../../../grpc/message-codec.ts';
import type { GrpcServiceClient } from '../../../grpc/service.ts';
import { StreamFilter } from '../../stream/filter.ts';
import { evaluate } from '../attributes.ts';
import { Direction, type DirectionOwner, IDLE, TRAILERS } from './direction.ts';
import { LogInfo } from './log-info.ts';
import { eachField } from './mutations.ts';
import { type RouteSettings, requestMode, responseMode, type SendMode, type Settings } from './settings.ts';
import { Sidestream, type SidestreamListener } from './sidestream.ts';

const NAMESPACE = 'envoy.filters.http.ext_proc';
const OFF: SendMode = { headers: false, body: 'NONE', trailers: false };

export interface Codecs {
  readonly request: MessageCodec;
  readonly response: MessageCodec;
}

export abstract class Asking extends StreamFilter implements DirectionOwner, SidestreamListener {
  protected readonly s: Settings;
  protected readonly codecs: Codecs;
  protected readonly decode: Direction;
  protected readonly encode: Direction;
  protected side: Sidestream | null = null;
  /** The processor has no more say. */
  protected done = false;
  protected merged = false;
  protected toldProtocol = false;
  protected service: GrpcServiceClient;
  protected failureModeAllow: boolean;
  protected emitsSpan: boolean;
  protected forwarded: readonly string[];
  protected received: readonly string[];
  protected ofCluster: readonly string[];
  protected log: LogInfo | null = null;

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

  protected setMode(mode: ProcessingMode): void {
    this.decode.setMode(requestMode(mode));
    this.encode.setMode(responseMode(mode));
  }

  /** Once, when the first head comes by: an answer from here may come before a request does. */
  protected merge(): void {
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

  abstract onMessage(bytes: Buffer): void;
  abstract onClosed(): void;
  abstract onFailed(status: number, text: string): void;
  abstract onTimeout(): void;
  abstract onCongested(congested: boolean): void;
  abstract recordCall(d: Direction, waited: number, ms: number, status: number): void;
  abstract mutate(
    d: Direction,
    h: Headers,
    response: CommonResponse | TrailersResponse,
    replaces: boolean,
  ): string | null;
  abstract bodyChanged(d: Direction): void;
  abstract clearRouteCache(response: CommonResponse): void;

  /** False: there is nobody to ask any more. */
  protected open(): boolean {
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

  protected send(d: Direction, message: Record<string, unknown>): void {
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

  protected headersMessage(d: Direction, h: Headers, endOfStream: boolean): Record<string, unknown> {
    const part = { headers: this.fields(h), endOfStream };
    return d.decode ? { requestHeaders: part } : { responseHeaders: part };
  }
  protected bodyMessage(d: Direction, body: Buffer, endOfStream: boolean): Record<string, unknown> {
    return d.decode ? { requestBody: { body, endOfStream } } : { responseBody: { body, endOfStream } };
  }
  protected fields(h: Headers): object {
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
  protected sendTrailersOf(d: Direction, trailers: Headers): void {
    d.trailersSent = true;
    const part = { trailers: this.fields(trailers) };
    this.send(d, d.decode ? { requestTrailers: part } : { responseTrailers: part });
  }

  protected metadataContext(): Metadata {
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
}
