/**
 * envoy.filters.http.connect_grpc_bridge: clients that speak Connect (connectrpc.com) before gRPC servers: unary calls by POST and GET, and
 * streams. Mirrors source/extensions/filters/http/connect_grpc_bridge/filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { own } from '../../platform/lent.ts';
import { isWritableValue, percentDecode } from '../../platform/wire-text.ts';
import { formatGrpcTimeout, isGrpcAnswer } from '../grpc.ts';
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
import { connectFrame, endOfStream, errorOf, FRAME_HEAD, httpStatusOf } from './connect-messages.ts';

const CONNECT = 'application/connect+';
const UNARY = 'application/';
const GRPC = 'application/grpc';
const COMPRESSED = 1;
const MAX_UINT64 = 18_446_744_073_709_551_615n;
const NOTHING = Buffer.alloc(0);
const TOO_LARGE = "the filter's internal buffer size exceeds the configured limit.";

class ConnectGrpcBridge extends StreamFilter {
  private kind: 'none' | 'unary' | 'stream' = 'none';
  /** Of the one frame of a unary request. */
  private flags = 0;
  /** A unary message, until it is whole. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  private grpcAnswer = false;
  /** Of a unary answer; null once they have gone on. */
  private answer: Headers | null = null;
  /** Bytes of its frame's head that have come. */
  private headBytes = 0;

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const type = h.get('content-type') ?? '';
    if (type.startsWith(CONNECT)) {
      this.kind = 'stream';
      h.set('content-type', `${GRPC}+${type.slice(CONNECT.length)}`);
      convertTimeout(h);
      h.remove('connect-protocol-version');
      h.set('te', 'trailers');
      rename(h, 'connect-content-encoding', 'grpc-encoding');
      rename(h, 'connect-accept-encoding', 'grpc-accept-encoding');
      h.remove('content-length');
      return CONTINUE;
    }
    if (h.has('connect-protocol-version') && type.startsWith(UNARY)) {
      this.kind = 'unary';
      h.set('content-type', `${GRPC}+${type.slice(UNARY.length)}`);
      convertTimeout(h);
      h.remove('connect-protocol-version');
      h.set('te', 'trailers');
      rename(h, 'content-encoding', 'grpc-encoding');
      rename(h, 'accept-encoding', 'grpc-accept-encoding');
      this.flags = (h.get('grpc-encoding') ?? 'identity') === 'identity' ? 0 : COMPRESSED;
      h.remove('content-length');
      if (endStream) this.stream.addDecoded(this, this.framedRequest());
      return CONTINUE;
    }
    const mark = h.path.indexOf('?');
    if (mark < 0) return CONTINUE;
    const query = queryOf(h.path.slice(mark + 1));
    return query.get('connect') === 'v1' ? this.get(h, query, mark, endStream) : CONTINUE;
  }

  /** A unary call by GET: its message is in the query. */
  private get(h: Headers, query: ReadonlyMap<string, string>, mark: number, endStream: boolean): HeadersStatus {
    this.kind = 'unary';
    h.method = 'POST';
    h.path = h.path.slice(0, mark);
    const message = query.get('message') ?? '';
    const compression = query.get('compression') || 'identity';
    const type = `${GRPC}+${query.get('encoding') ?? ''}`;
    if (!isWritableValue(compression) || !isWritableValue(type)) {
      this.stream.sendLocalReply({ status: 400, body: '', details: 'connect_bridge_bad_query' });
      return STOP;
    }
    this.flags = compression === 'identity' ? 0 : COMPRESSED;
    h.set('content-type', type);
    convertTimeout(h);
    h.set('te', 'trailers');
    h.add('grpc-encoding', compression);
    rename(h, 'accept-encoding', 'grpc-accept-encoding');
    const bytes = query.get('base64') === '1' ? fromBase64Url(message) : Buffer.from(message, 'latin1');
    if (!this.hold(bytes)) {
      this.requestTooLarge();
      return STOP;
    }
    h.remove('content-length');
    if (endStream) this.stream.addDecoded(this, this.framedRequest());
    return CONTINUE;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.kind !== 'unary') return CONTINUE;
    if (!this.hold(data)) {
      this.requestTooLarge();
      return STOP_NO_BUFFER;
    }
    if (!endStream) return STOP_NO_BUFFER;
    this.stream.putDecodedInstead(this.framedRequest());
    return CONTINUE;
  }

  override decodeTrailers(): TrailersStatus {
    if (this.kind === 'unary') this.stream.addDecoded(this, this.framedRequest());
    return CONTINUE;
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    // An answer on the way takes the place of what was held of the request.
    this.take();
    if (this.kind === 'none' || !isGrpcAnswer(h, endStream)) return CONTINUE;
    this.grpcAnswer = true;
    h.remove('content-length');
    const type = h.get('content-type') ?? '';
    const suffix = type.startsWith(`${GRPC}+`) ? type.slice(GRPC.length + 1) : 'proto';
    if (this.kind === 'stream') {
      h.set('content-type', CONNECT + suffix);
      rename(h, 'grpc-encoding', 'connect-content-encoding');
      rename(h, 'grpc-accept-encoding', 'connect-accept-encoding');
      h.remove('connect-protocol-version');
      if (endStream) {
        this.stream.addEncoded(this, endOfStream(h, false));
        removeGrpc(h);
      }
      return CONTINUE;
    }
    h.set('content-type', UNARY + suffix);
    rename(h, 'grpc-encoding', 'content-encoding');
    if (!endStream) {
      this.answer = h;
      return STOP;
    }
    const error = this.unaryError(h, h);
    if (error !== null) this.stream.addEncoded(this, error);
    removeGrpc(h);
    return CONTINUE;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (!this.grpcAnswer || this.kind !== 'unary') return CONTINUE;
    if (this.headBytes === 0 && data.length > 0 && (data[0] & COMPRESSED) === 0) {
      this.answer?.remove('content-encoding');
    }
    const head = Math.min(FRAME_HEAD - this.headBytes, data.length);
    this.headBytes += head;
    if (!this.hold(data.subarray(head))) {
      this.take();
      const body = `Response discarded because ${TOO_LARGE}`;
      this.stream.sendLocalReply({ status: 500, body, details: 'connect_bridge_unary_response_too_large' });
      return STOP_NO_BUFFER;
    }
    if (!endStream) return STOP_NO_BUFFER;
    this.stream.putEncodedInstead(this.take());
    return CONTINUE;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    if (!this.grpcAnswer) return CONTINUE;
    const { stream, answer } = this;
    if (this.kind === 'stream') stream.addEncoded(this, endOfStream(trailers, true));
    else if (answer !== null) {
      const { list } = trailers;
      for (let i = 0; i < list.length; i += 2) {
        if (!list[i].startsWith('grpc-')) answer.add(`trailer-${list[i]}`, list[i + 1]);
      }
      const error = this.unaryError(answer, trailers);
      const message = this.take();
      stream.addEncoded(this, error ?? message);
    }
    trailers.list = [];
    return CONTINUE;
  }

  override onDestroy(): void {
    this.take();
  }

  /** Changes the answer's head where the call has failed; null where it has not. */
  private unaryError(h: Headers, trailers: Headers): Buffer | null {
    h.remove('trailer');
    const error = errorOf(trailers);
    if (error === null) return null;
    h.status = httpStatusOf(error.code);
    h.set('content-type', 'application/json');
    h.remove('content-encoding');
    return Buffer.from(JSON.stringify(error.json));
  }

  private requestTooLarge(): void {
    this.take();
    const body = `Request rejected because ${TOO_LARGE}`;
    this.stream.sendLocalReply({ status: 413, body, details: 'connect_bridge_unary_request_too_large' });
  }

  /** False: it is more than may be held. */
  private hold(data: Buffer): boolean {
    this.heldBytes += data.length;
    const { bufferLimit } = this.stream;
    if (bufferLimit > 0 && this.heldBytes > bufferLimit) return false;
    if (data.length > 0) this.held.push(own(data, 0, data.length));
    return true;
  }

  private take(): Buffer {
    const all = this.held.length === 0 ? NOTHING : Buffer.concat(this.held);
    this.held = [];
    this.heldBytes = 0;
    return all;
  }

  private framedRequest(): Buffer {
    return connectFrame(this.flags, this.take());
  }
}

function rename(h: Headers, from: string, to: string): void {
  const { list } = h;
  const values: string[] = [];
  for (let i = 0; i < list.length; i += 2) if (list[i] === from) values.push(list[i + 1]);
  if (values.length === 0) return;
  h.remove(from);
  for (const value of values) h.add(to, value);
}

function removeGrpc(h: Headers): void {
  const { list } = h;
  const kept: string[] = [];
  for (let i = 0; i < list.length; i += 2) if (!list[i].startsWith('grpc-')) kept.push(list[i], list[i + 1]);
  h.list = kept;
}

/** The last of them counts; one that is no number stays as it is. */
function convertTimeout(h: Headers): void {
  const { list } = h;
  let last = '';
  for (let i = 0; i < list.length; i += 2) if (list[i] === 'connect-timeout-ms') last = list[i + 1];
  if (!/^\+?\d{1,20}$/.test(last) || BigInt(last) > MAX_UINT64) return;
  // Too many hours for eight digits are no timeout.
  if (Number(last) / 3_600_000 >= 100_000_000) return;
  h.add('grpc-timeout', formatGrpcTimeout(Number(last)));
  h.remove('connect-timeout-ms');
}

/** Decoded; the first of a name counts. */
function queryOf(text: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    if (!map.has(name)) map.set(name, equals < 0 ? '' : percentDecode(pair.slice(equals + 1)));
  }
  return map;
}

/** Empty for what is none, as what is padded is to Envoy. */
function fromBase64Url(text: string): Buffer {
  return /^[\w-]*$/.test(text) && text.length % 4 !== 1 ? Buffer.from(text, 'base64url') : NOTHING;
}

export function create(): HttpFilterFactory {
  return { terminal: false, create: () => new ConnectGrpcBridge() };
}
