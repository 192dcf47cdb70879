/**
 * envoy.filters.http.grpc_json_transcoder: HTTP with JSON for clients, gRPC for the service behind, by the http rules of a descriptor set.
 * Mirrors source/extensions/filters/http/grpc_json_transcoder/json_transcoder_filter.cc. What is transcoded is held until it is a whole message.
 */
import { create as createMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Headers } from '../../codec/headers.ts';
import { within } from '../../config/refusal.ts';
import type { GrpcJsonTranscoder } from '../../config/schema/types.ts';
import { FrameReader, frame } from '../../grpc/frames.ts';
import { WireError } from '../../grpc/wire-reader.ts';
import { heldMemory } from '../../platform/held-memory.ts';
import { fromWire, percentDecode } from '../../platform/wire-text.ts';
import { grpcToHttpStatus, isGrpcAnswer, isGrpcContentType, parseGrpcStatus } from '../grpc.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { type MethodInfo, resolve } from './grpc-json/descriptors.ts';
import { decodeHttpBody, encodeHttpBody } from './grpc-json/http-body.ts';
import {
  ArraySplitter,
  encodeRequest,
  parseJson,
  RequestError,
  type ResolvedBinding,
} from './grpc-json/json-request.ts';
import { ResponseError } from './grpc-json/json-response.ts';
import type { Binding } from './grpc-json/path-matcher.ts';
import {
  compileTranscoder,
  type RejectSettings,
  rejectSettings,
  type TranscoderSettings,
} from './grpc-json/settings.ts';

const EARLY = 'early_grpc_json_transcode_failure';
const FAILED = 'grpc_json_transcode_failure';
const REQUEST_TOO_LARGE =
  "Request rejected because the transcoder's internal buffer size exceeds the configured limit.";
const RESPONSE_TOO_LARGE =
  "Response not transcoded because the transcoder's internal buffer size exceeds the configured limit.";
const NOTHING = Buffer.alloc(0);
const UNAVAILABLE_CODE = 503;

class Transcoder extends StreamFilter {
  private readonly own: TranscoderSettings | null;
  private readonly rejects: RejectSettings;
  private s: TranscoderSettings | null = null;
  /** Null: the request passes as it is. */
  private method: MethodInfo | null = null;
  private bindings: readonly ResolvedBinding[] = [];
  private unknown: Map<string, string[]> | null = null;
  /** Of a body that is no JSON. */
  private contentType = '';
  private sentBody = false;
  /** Bytes of the request's body that have not gone on. */
  private body: Buffer[] = [];
  private bodyBytes = 0;
  private splitter: ArraySplitter | null = null;
  /** Of the answer; null where it passes as it is. */
  private answer: Headers | null = null;
  private frames: FrameReader | null = null;
  /** JSON of a message that has to wait for the end. */
  private out = '';
  private outBytes: Buffer[] = [];
  private messages = 0;
  private sawBody = false;
  private typeSet = false;
  private held = 0;

  constructor(own: TranscoderSettings | null, rejects: RejectSettings) {
    super();
    this.own = own;
    this.rejects = rejects;
  }

  // --- the request -------------------------------------------------------------------------------------------------

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { stream } = this;
    const route = stream.routeConfig<{ settings: TranscoderSettings | null }>(this);
    const s = route === null ? this.own : route.settings;
    if (s === null || isGrpcContentType(h.get('content-type'))) return CONTINUE;
    const mark = h.path.indexOf('?');
    const path = mark < 0 ? h.path : h.path.slice(0, mark);
    const found = s.matcher.find(h.method, path, mark < 0 ? '' : h.path.slice(mark + 1));
    if (found === null) {
      if (!this.rejects.unknownMethod) return CONTINUE;
      return this.refuse(404, `Could not resolve ${path} to a method.`, `${EARLY}{NOT_FOUND}`);
    }
    const wrong = this.bind(found.method, found.bindings, s);
    if (wrong !== null) {
      if (!this.rejects.unknownParameters) return CONTINUE;
      return this.refuse(400, wrong, `${EARLY}{INVALID_ARGUMENT}`);
    }
    this.s = s;
    this.method = found.method;
    if (found.method.bodyIsHttpBody) this.contentType = h.get('content-type') ?? '';
    this.toGrpc(h, found.method, s);
    if (!endStream) return CONTINUE;
    try {
      const message = this.lastMessage();
      if (message !== null) stream.addDecoded(this, message, true);
    } catch (e) {
      this.badRequest(e, EARLY);
      return STOP;
    }
    return CONTINUE;
  }

  /** The names of path and query as fields; a text: what is wrong with them. */
  private bind(method: MethodInfo, bindings: readonly Binding[], s: TranscoderSettings): string | null {
    const resolved: ResolvedBinding[] = [];
    for (const { fieldPath, value, query } of bindings) {
      const fields = resolve(method.desc.input, fieldPath);
      if (typeof fields === 'string') {
        if (query && s.capturesUnknown) this.capture(fieldPath.join('.'), value);
        else if (!s.ignoresUnknown) return fields;
        continue;
      }
      const inBody = method.bodyIsHttpBody && method.bodyPath.every((f, i) => fields[i] === f);
      if (!inBody) resolved.push({ fields, value: fromWire(value) });
    }
    this.bindings = resolved;
    return null;
  }

  private capture(key: string, value: string): void {
    this.unknown ??= new Map();
    const list = this.unknown.get(key);
    if (list === undefined) this.unknown.set(key, [value]);
    else list.push(value);
  }

  private toGrpc(h: Headers, method: MethodInfo, s: TranscoderSettings): void {
    h.remove('content-length');
    h.set('content-type', 'application/grpc');
    h.set('x-envoy-original-path', h.path);
    h.add('x-envoy-original-method', h.method);
    h.path = method.grpcPath;
    h.method = 'POST';
    h.set('te', 'trailers');
    if (!s.keepsRoute) this.stream.clearRoute();
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    const { method, stream } = this;
    if (method === null) return CONTINUE;
    try {
      const sent: Buffer[] = [];
      if (method.bodyIsHttpBody) {
        this.keep(data);
        if (method.clientStreams && !endStream) sent.push(this.httpBody());
      } else if (method.clientStreams) {
        this.splitter ??= new ArraySplitter();
        this.splitter.push(data, (text) => sent.push(this.jsonMessage(text)));
        this.account(this.splitter.held);
      } else {
        this.keep(data);
      }
      if (this.bodyBytes > this.limit(true) || (this.splitter?.held ?? 0) > this.limit(true)) {
        this.reply(413, REQUEST_TOO_LARGE, `${FAILED}{request_buffer_size_limit_reached}`);
        return STOP_NO_BUFFER;
      }
      if (endStream) {
        const last = this.lastMessage();
        if (last !== null) sent.push(last);
      }
      if (sent.length > 0 || endStream) stream.injectDecoded(this, Buffer.concat(sent), endStream);
    } catch (e) {
      this.badRequest(e, FAILED);
    }
    return STOP_NO_BUFFER;
  }

  override decodeTrailers(): TrailersStatus {
    if (this.method === null) return CONTINUE;
    try {
      const last = this.lastMessage();
      if (last !== null) this.stream.addDecoded(this, last, true);
      return CONTINUE;
    } catch (e) {
      this.badRequest(e, FAILED);
      return STOP;
    }
  }

  private keep(data: Buffer): void {
    this.body.push(data);
    this.bodyBytes += data.length;
    this.account(this.bodyBytes);
  }
  private take(): Buffer {
    const all = this.body.length === 1 ? this.body[0] : Buffer.concat(this.body, this.bodyBytes);
    this.body = [];
    this.bodyBytes = 0;
    this.account(0);
    return all;
  }

  /** With the request's end; null where there is none. */
  private lastMessage(): Buffer | null {
    const method = this.method as MethodInfo;
    if (method.bodyIsHttpBody) return this.sentBody && this.bodyBytes === 0 ? null : this.httpBody();
    if (this.splitter !== null) {
      this.splitter.end();
      return null;
    }
    const text = this.take().toString('utf8');
    const blank = /^[ \t\r\n]*$/.test(text);
    if (blank && method.clientStreams) throw new RequestError('Expected an array instead of an object');
    return this.jsonMessage(blank ? null : text);
  }

  private jsonMessage(text: string | null): Buffer {
    const { s, method } = this;
    const json = text === null ? undefined : parseJson(text);
    return frame(encodeRequest(method as MethodInfo, json, this.bindings, (s as TranscoderSettings).request));
  }

  private httpBody(): Buffer {
    const method = this.method as MethodInfo;
    const { request } = this.s as TranscoderSettings;
    const prefix = this.sentBody ? NOTHING : encodeRequest(method, undefined, this.bindings, request);
    const type = this.sentBody ? '' : this.contentType;
    this.sentBody = true;
    return frame(encodeHttpBody(prefix, method.bodyPath, type, this.take(), this.unknown));
  }

  private badRequest(e: unknown, details: string): void {
    if (!(e instanceof RequestError)) throw e;
    this.reply(400, e.message, `${details}{INVALID_ARGUMENT}`);
  }

  private refuse(status: number, body: string, details: string): HeadersStatus {
    this.reply(status, body, details);
    return STOP;
  }

  /** Nothing of the answer is transcoded then. */
  private reply(status: number, body: string, details: string): void {
    this.method = null;
    this.stream.sendLocalReply({ status, body, details });
  }

  private limit(request: boolean): number {
    const { s, stream } = this;
    const own = request ? s?.maxRequestBytes : s?.maxResponseBytes;
    return own || stream.bufferLimit || Number.POSITIVE_INFINITY;
  }

  private account(held: number): void {
    heldMemory.add(held - this.held);
    this.held = held;
  }
  override onDestroy(): void {
    this.account(0);
  }

  // --- the answer --------------------------------------------------------------------------------------------------

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { method } = this;
    if (method === null) return CONTINUE;
    if (!isGrpcAnswer(h, endStream)) {
      this.method = null;
      return CONTINUE;
    }
    this.answer = h;
    if (endStream) {
      if (method.serverStreams) h.set('content-type', 'application/json');
      this.finish(h, h);
      return CONTINUE;
    }
    h.set('content-type', this.s?.printer.contentType(method.serverStreams) ?? 'application/json');
    this.frames = new FrameReader(this.limit(false));
    return method.serverStreams && !method.responseIsHttpBody ? CONTINUE : STOP;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    const { method, answer, stream } = this;
    if (method === null || answer === null) return CONTINUE;
    this.sawBody = true;
    const frames = this.frames as FrameReader;
    try {
      const fault = frames.push(data, (message) => this.onMessage(message, method, answer));
      if (fault === 'too large' || frames.held + this.outLength() > this.limit(false)) {
        this.reply(500, RESPONSE_TOO_LARGE, `${FAILED}{response_buffer_size_limit_reached}`);
        return STOP_NO_BUFFER;
      }
      if (fault !== null) throw new ResponseError('Received invalid gRPC message.');
    } catch (e) {
      this.badAnswer(e);
      return STOP_NO_BUFFER;
    }
    this.account(frames.held + this.outLength());
    if (!endStream && (!method.serverStreams || (method.responseIsHttpBody && !this.typeSet))) return STOP_NO_BUFFER;
    if (endStream) this.closeStream(method);
    const out = this.takeOut();
    if (endStream && !method.serverStreams) answer.remove('content-length');
    if (out.length > 0 || endStream) stream.injectEncoded(this, out, endStream);
    return STOP_NO_BUFFER;
  }

  private onMessage(message: Buffer, method: MethodInfo, answer: Headers): void {
    const n = this.messages++;
    if (method.responseIsHttpBody) {
      if (message.length === 0 || (n > 0 && !method.serverStreams)) return;
      const { contentType, data } = decodeHttpBody(message, method.responsePath);
      if (!this.typeSet) answer.set('content-type', contentType);
      if (!method.serverStreams) answer.set('content-length', String(data.length));
      this.typeSet = true;
      this.outBytes.push(Buffer.from(data));
      return;
    }
    const { printer } = this.s as TranscoderSettings;
    const text = printer.message(method.desc.output, message);
    this.out += method.serverStreams ? printer.framed(text, n) : text;
  }

  private outLength(): number {
    return this.out.length + this.outBytes.reduce((sum, b) => sum + b.length, 0);
  }
  private takeOut(): Buffer {
    const all = this.outBytes.length > 0 ? Buffer.concat(this.outBytes) : Buffer.from(this.out);
    this.out = '';
    this.outBytes = [];
    return all;
  }
  private closeStream(method: MethodInfo): void {
    if (method.serverStreams && !method.responseIsHttpBody) {
      this.out += (this.s as TranscoderSettings).printer.closing(this.messages);
    }
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    if (this.method === null || this.answer === null) return CONTINUE;
    this.finish(this.answer, trailers);
    return CONTINUE;
  }

  /** `trailers` are the head itself where the answer has nothing else. */
  private finish(h: Headers, trailers: Headers): void {
    const method = this.method as MethodInfo;
    const { stream } = this;
    const value = trailers.get('grpc-status');
    const status = parseGrpcStatus(value);
    const alone = h === trailers;
    if (status > 0 && !this.sawBody && this.convertStatus(h, trailers, status)) return;
    this.closeStream(method);
    const out = this.takeOut();
    if (out.length > 0) stream.addEncoded(this, out, true);
    if (method.serverStreams && !alone) return;
    h.status = status < 0 ? UNAVAILABLE_CODE : grpcToHttpStatus(status);
    if (!alone) {
      if (status >= 0) h.set('grpc-status', String(status));
      const message = trailers.get('grpc-message');
      if (message !== undefined) h.set('grpc-message', message);
    }
    if (stream.info.protocol !== 'HTTP/2') h.remove('trailer');
    if (!method.serverStreams) h.set('content-length', String(out.length));
  }

  /** google.rpc.Status as the body of an answer that has none. */
  private convertStatus(h: Headers, trailers: Headers, status: number): boolean {
    const { status: desc, printer } = this.s as TranscoderSettings;
    if (desc === null) return false;
    let bytes = detailsOf(trailers);
    try {
      if (bytes === null) {
        const message = fromPercent(trailers.get('grpc-message') ?? '');
        bytes = toBinary(desc, createMessage(desc, { code: status, message } as never));
      } else {
        fromBinary(desc, bytes);
      }
      const json = Buffer.from(printer.message(desc, bytes));
      h.status = grpcToHttpStatus(status);
      if (h === trailers) for (const name of ['grpc-status', 'grpc-message', DETAILS]) h.remove(name);
      if (this.stream.info.protocol !== 'HTTP/2') h.remove('trailer');
      h.set('content-type', 'application/json');
      h.set('content-length', String(json.length));
      this.stream.addEncoded(this, json, false);
      return true;
    } catch {
      // Of a type that the descriptor set does not have.
      return false;
    }
  }

  private badAnswer(e: unknown): void {
    if (!(e instanceof ResponseError || e instanceof WireError)) throw e;
    this.reply(502, e.message, `${FAILED}{INTERNAL}`);
  }
}

const DETAILS = 'grpc-status-details-bin';

function detailsOf(trailers: Headers): Uint8Array | null {
  const value = trailers.get(DETAILS);
  return value === undefined || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) ? null : Buffer.from(value, 'base64');
}

function fromPercent(wire: string): string {
  const bytes = percentDecode(wire);
  return fromWire(bytes) ?? bytes;
}

export function create(config: GrpcJsonTranscoder): HttpFilterFactory {
  const settings = compileTranscoder(config);
  const rejects = rejectSettings(config);
  return {
    terminal: false,
    create: () => new Transcoder(settings, rejects),
    createRoute: (m) => ({ settings: within(m as object, () => compileTranscoder(m as GrpcJsonTranscoder)) }),
  };
}
