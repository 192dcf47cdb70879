/**
 * envoy.filters.http.ext_proc: a service sees requests and responses as they pass, part by part over one gRPC stream for each request, and changes
 * or answers them. Mirrors source/extensions/filters/http/ext_proc/ext_proc.cc. Beneath the filter in the same object: what the processor says
 * (ext-proc/answered.ts), what goes wrong with it (failing.ts), what it is told (asking.ts).
 */
import type { Headers } from '../../codec/headers.ts';
import type { ExternalProcessor, ExtProcPerRoute, GrpcService } from '../../config/schema/types.ts';
import { formatBuild } from '../../format/format-build.ts';
import { loadCodec } from '../../grpc/message-codec.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { formatCompiler } from '../headers/body-format.ts';
import { filterRegexes } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_BUFFER,
  STOP_NO_BUFFER,
  STOP_WATERMARK,
  type TrailersStatus,
} from '../stream/filter.ts';
import { Answered } from './ext-proc/answered.ts';
import { BUFFERED, type Direction, HEADERS, IDLE, PARTIAL, STREAMED } from './ext-proc/direction.ts';
import { compileSettings, mergeRoutes, type RouteLevel } from './ext-proc/settings.ts';

const NOTHING = Buffer.alloc(0);

class ExtProcFilter extends Answered {
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

export async function create(config: ExternalProcessor, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const regex = await filterRegexes(config, ctx.envoy16);
  const codecs = {
    request: await loadCodec('envoy.service.ext_proc.v3.ProcessingRequest'),
    response: await loadCodec('envoy.service.ext_proc.v3.ProcessingResponse'),
  };
  const { requestAttributes = [], responseAttributes = [] } = config;
  if (requestAttributes.length + responseAttributes.length > 0) await import('../../cel/engine.ts');
  const formats = formatCompiler(formatBuild(ctx, ctx.clientAddress));
  const settings = compileSettings(config, ctx, regex, formats);
  const own = config.grpcService as GrpcService;
  return {
    terminal: false,
    create: () => new ExtProcFilter(settings, codecs),
    createRoute: (m): RouteLevel => ({ config: m as ExtProcPerRoute }),
    mergeRoute: (levels) => mergeRoutes(levels as readonly RouteLevel[], own, ctx, formats),
  };
}
