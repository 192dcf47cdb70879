/**
 * envoy.filters.http.grpc_web: browsers speak gRPC without trailers (application/grpc-web), as bytes or as base64 text. Requests become
 * gRPC; of an answer the trailers become a last frame of the body. Mirrors source/extensions/filters/http/grpc_web/grpc_web_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { trimOws } from '../../codec/ows.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import { grpcMessage, httpToGrpcStatus, isGrpcAnswer } from '../grpc.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_BUFFER,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { FramesAsBase64 } from './grpc-web-text.ts';

const BINARY = ['application/grpc-web', 'application/grpc-web+proto'];
const TEXT = ['application/grpc-web-text', 'application/grpc-web-text+proto'];
/** The flag of the frame that has the trailers. */
const TRAILERS_FRAME = 0x80;
/** Bytes of an answer that is no gRPC that go into grpc-message (MAX_BUFFERED_PLAINTEXT_LENGTH). */
const MAX_MESSAGE_BYTES = 16_384;
const NOTHING = Buffer.alloc(0);
const BAD_BASE64 = 'Bad gRPC-web request, invalid base64 data.';

class GrpcWebFilter extends StreamFilter {
  private web = false;
  private textRequest = false;
  /** Base64 that is not a whole group of four yet: fewer than four characters. */
  private rest = '';
  /** Null where the client takes bytes. */
  private text: FramesAsBase64 | null = null;
  /** An answer that is no gRPC: held until it is whole, then its body is the message of an error. */
  private foreign: Headers | null = null;

  override decodeHeaders(h: Headers): HeadersStatus {
    const type = h.get('content-type') ?? '';
    const text = TEXT.includes(type);
    if (!text && !BINARY.includes(type)) return CONTINUE;
    this.web = true;
    this.textRequest = text;
    h.remove('content-length');
    h.set('content-type', 'application/grpc');
    if (TEXT.includes(h.get('accept') ?? '')) this.text = new FramesAsBase64();
    h.set('te', 'trailers');
    if (!h.has('grpc-accept-encoding')) h.set('grpc-accept-encoding', 'identity');
    return CONTINUE;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (!this.textRequest) return CONTINUE;
    const all = this.rest + data.toString('latin1');
    if (endStream && all.length === 0) return CONTINUE;
    if (endStream && all.length % 4 !== 0) return this.badRequest('grpc_base_64_decode_failed_bad_size');
    const whole = all.length - (all.length % 4);
    this.rest = all.slice(whole);
    if (whole === 0) return STOP_NO_BUFFER;
    const text = all.slice(0, whole);
    const bytes = Buffer.from(text, 'base64');
    // What Node's decoder overlooks: other characters, padding inside, bits behind the end.
    if (bytes.toString('base64') !== text) return this.badRequest('grpc_base_64_decode_failed');
    this.stream.injectDecoded(this, bytes, endStream);
    return STOP_NO_BUFFER;
  }

  private badRequest(details: string): DataStatus {
    this.stream.sendLocalReply({ status: 400, body: BAD_BASE64, details });
    return STOP_NO_BUFFER;
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    if (!this.web) return CONTINUE;
    const foreign = !isGrpcAnswer(h, endStream) && !isGrpcWebAnswer(h);
    h.remove('content-length');
    h.set('content-type', this.text === null ? 'application/grpc-web+proto' : 'application/grpc-web-text+proto');
    if (endStream || !foreign) return CONTINUE;
    this.foreign = h;
    return STOP;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (!this.web) return CONTINUE;
    const { foreign, stream, text } = this;
    if (foreign !== null) {
      const held = stream.encodingBuffer();
      if (!endStream) return held !== null && held.length >= MAX_MESSAGE_BYTES ? STOP_NO_BUFFER : STOP_BUFFER;
      this.foreign = null;
      const all = (held === null ? data : Buffer.concat([held, data])).subarray(0, MAX_MESSAGE_BYTES);
      if (held !== null) stream.replaceEncodingBuffer(NOTHING);
      asError(foreign, all);
      stream.injectEncoded(this, NOTHING, true);
      return STOP_NO_BUFFER;
    }
    if (text === null) return CONTINUE;
    const encoded = text.encode(data);
    if (encoded !== '' || endStream) stream.injectEncoded(this, Buffer.from(encoded, 'latin1'), endStream);
    return STOP_NO_BUFFER;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    if (!this.web) return CONTINUE;
    const { foreign, stream } = this;
    if (foreign !== null) {
      this.foreign = null;
      const held = stream.encodingBuffer();
      asError(foreign, held === null ? NOTHING : held.subarray(0, MAX_MESSAGE_BYTES));
      if (held !== null) stream.replaceEncodingBuffer(NOTHING);
      return CONTINUE;
    }
    const frame = trailersFrame(trailers);
    trailers.list = [];
    stream.addEncoded(this, this.text === null ? frame : Buffer.from(frame.toString('base64'), 'latin1'), true);
    return CONTINUE;
  }
}

function trailersFrame(trailers: Headers): Buffer {
  const list = trailers.list;
  let text = '';
  for (let i = 0; i < list.length; i += 2) text += `${list[i]}:${list[i + 1]}\r\n`;
  const frame = Buffer.allocUnsafe(5 + text.length);
  frame[0] = TRAILERS_FRAME;
  frame.writeUInt32BE(text.length, 1);
  frame.write(text, 5, 'latin1');
  return frame;
}

/** The upstream speaks gRPC-Web itself. */
function isGrpcWebAnswer(h: Headers): boolean {
  if (h.status !== 200) return false;
  const type = h.get('content-type') ?? '';
  return BINARY.includes(asciiLower(trimOws(type.split(';', 1)[0])));
}

function asError(h: Headers, body: Buffer): void {
  h.set('grpc-message', grpcMessage(body.toString('latin1')));
  h.set('grpc-status', String(httpToGrpcStatus(h.status)));
  h.set('content-length', '0');
}

export function create(): HttpFilterFactory {
  return { terminal: false, create: () => new GrpcWebFilter() };
}
