/**
 * envoy.filters.http.grpc_http1_bridge: lets an HTTP/1.1 client speak to a gRPC server. The response is held until its
 * trailers, whose grpc-status and grpc-message become headers; a status other than 0 makes it an HTTP 503.
 * Mirrors source/extensions/filters/http/grpc_http1_bridge (1.16). `cluster.<c>.grpc.*` counters are not kept, as since 1.17.
 */
import type { Headers } from '../../codec/headers.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';

class GrpcHttp1Bridge extends StreamFilter {
  private bridging = false;
  private held: Headers | null = null;

  override decodeHeaders(): HeadersStatus {
    this.bridging = this.stream.grpcRequest && this.stream.info.protocol !== 'HTTP/2';
    return CONTINUE;
  }

  override encodeHeaders(headers: Headers, endStream: boolean): HeadersStatus {
    if (!this.bridging || endStream) return CONTINUE;
    this.held = headers;
    return STOP;
  }

  override encodeData(_data: Buffer, endStream: boolean): DataStatus {
    return !this.bridging || endStream ? CONTINUE : STOP_BUFFER;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    const h = this.held;
    if (!this.bridging || h === null) return CONTINUE;
    const status = trailers.get('grpc-status');
    if (status !== undefined) {
      if (!/^\d+$/.test(status) || Number(status) !== 0) h.status = 503;
      h.set('grpc-status', status);
    }
    const message = trailers.get('grpc-message');
    if (message !== undefined) h.set('grpc-message', message);
    // The whole body is here: HTTP/1 clients that know no chunking can read it.
    h.set('content-length', String(this.stream.encodingBuffer()?.length ?? 0));
    return CONTINUE;
  }
}

export function create(): HttpFilterFactory {
  return { terminal: false, create: () => new GrpcHttp1Bridge() };
}
