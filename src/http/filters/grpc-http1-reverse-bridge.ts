/**
 * envoy.filters.http.grpc_http1_reverse_bridge: gRPC clients before a server that speaks HTTP with protobuf in its bodies. Mirrors
 * source/extensions/filters/http/grpc_http1_reverse_bridge/filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type {
  GrpcHttp1ReverseBridgeFilterConfig as FilterConfig,
  FilterConfigPerRoute,
} from '../../config/schema/types.ts';
import { FRAME_HEAD_BYTES, frame } from '../../grpc/frames.ts';
import { toWire } from '../../platform/wire-text.ts';
import { httpToGrpcStatus } from '../grpc.ts';
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

const UNKNOWN = 2;
const NOTHING = Buffer.alloc(0);

interface Settings {
  readonly contentType: string;
  readonly withholdFrames: boolean;
}

class ReverseBridge extends StreamFilter {
  private readonly settings: Settings;
  private enabled = false;
  private stripped = false;
  private contentType = '';
  private status = 0;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { stream, settings } = this;
    if (endStream || stream.routeConfig<FilterConfigPerRoute>(this)?.disabled || !stream.grpcRequest) return CONTINUE;
    this.enabled = true;
    this.contentType = h.get('content-type') ?? '';
    h.set('content-type', settings.contentType);
    h.set('accept', settings.contentType);
    if (settings.withholdFrames) addLength(h, -FRAME_HEAD_BYTES);
    stream.clearRoute();
    return CONTINUE;
  }

  override decodeData(data: Buffer): DataStatus {
    if (!this.enabled || !this.settings.withholdFrames || this.stripped) return CONTINUE;
    if (data.length < FRAME_HEAD_BYTES) {
      const details = 'grpc_bridge_data_too_small';
      this.stream.sendLocalReply({ status: 200, body: 'invalid request body', details, grpcStatus: UNKNOWN });
      return STOP_NO_BUFFER;
    }
    this.stripped = true;
    this.stream.putDecodedInstead(data.subarray(FRAME_HEAD_BYTES));
    return CONTINUE;
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { settings, stream } = this;
    if (!this.enabled) return CONTINUE;
    const type = h.get('content-type');
    if (type !== settings.contentType) {
      this.enabled = false;
      const what = type === undefined ? 'no content-type header' : `unsupported content-type ${type}`;
      const body = `envoy reverse bridge: upstream responded with ${what}, status code ${h.status}`;
      stream.sendLocalReply({ status: 200, body, details: 'grpc_bridge_content_type_wrong', grpcStatus: UNKNOWN });
      return STOP;
    }
    h.set('content-type', this.contentType);
    if (settings.withholdFrames) addLength(h, FRAME_HEAD_BYTES);
    this.status = h.status === 200 ? 0 : httpToGrpcStatus(h.status);
    h.status = 200;
    if (endStream && settings.withholdFrames) {
      // A frame without a message, and trailers behind it.
      h.set('content-length', String(FRAME_HEAD_BYTES));
      stream.addEncodedTrailers().set('grpc-status', String(this.status));
      stream.addEncoded(this, frame(NOTHING));
    }
    return CONTINUE;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (!this.enabled) return CONTINUE;
    const { settings, stream } = this;
    if (!endStream) return settings.withholdFrames ? STOP_BUFFER : CONTINUE;
    stream.addEncodedTrailers().set('grpc-status', String(this.status));
    if (settings.withholdFrames) {
      const held = stream.encodingBuffer();
      const body = held === null ? data : Buffer.concat([held, data]);
      if (held !== null) stream.replaceEncodingBuffer(NOTHING);
      stream.putEncodedInstead(frame(body));
    }
    return CONTINUE;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    if (!this.enabled) return CONTINUE;
    const { settings, stream } = this;
    trailers.set('grpc-status', String(this.status));
    const held = stream.encodingBuffer();
    if (settings.withholdFrames) stream.replaceEncodingBuffer(frame(held ?? NOTHING));
    return CONTINUE;
  }
}

function addLength(h: Headers, n: number): void {
  const length = h.get('content-length');
  if (length !== undefined && /^\d+$/.test(length) && Number(length) + n >= 0)
    h.set('content-length', String(Number(length) + n));
}

export function create(c: FilterConfig): HttpFilterFactory {
  const settings: Settings = {
    contentType: toWire(c.contentType ?? ''),
    withholdFrames: c.withholdGrpcFrames ?? false,
  };
  return { terminal: false, create: () => new ReverseBridge(settings), createRoute: (config) => config };
}
