/**
 * envoy.filters.http.grpc_http1_bridge: lets an HTTP/1.1 client speak to a gRPC server. The response is held until its
 * trailers, whose grpc-status and grpc-message become headers; a status other than 0 makes it an HTTP 503.
 * Mirrors source/extensions/filters/http/grpc_http1_bridge (1.16). `cluster.<c>.grpc.*` counters are not kept, as since 1.17.
 */
import type { Headers } from '../../codec/headers.ts';
import {
  CONTINUE,
  type FilterCallbacks,
  type FilterStatus,
  type HttpFilter,
  type HttpFilterFactory,
  STOP_AND_BUFFER,
  STOP_ITERATION,
} from '../stream/filter.ts';

class GrpcHttp1Bridge implements HttpFilter {
  private readonly cb: FilterCallbacks;
  private bridging = false;
  private responseHeaders: Headers | null = null;

  constructor(callbacks: FilterCallbacks) {
    this.cb = callbacks;
  }

  decodeHeaders(): FilterStatus {
    this.bridging = this.cb.grpcRequest && this.cb.info.protocol !== 'HTTP/2';
    return CONTINUE;
  }

  encodeHeaders(headers: Headers, endStream: boolean): FilterStatus {
    if (!this.bridging || endStream) return CONTINUE;
    this.responseHeaders = headers;
    return STOP_ITERATION;
  }

  encodeData(_data: Buffer, endStream: boolean): FilterStatus {
    return !this.bridging || endStream ? CONTINUE : STOP_AND_BUFFER;
  }

  encodeTrailers(trailers: Headers): FilterStatus {
    const h = this.responseHeaders;
    if (!this.bridging || h === null) return CONTINUE;
    const status = trailers.get('grpc-status');
    if (status !== undefined) {
      if (!/^\d+$/.test(status) || Number(status) !== 0) h.status = 503;
      h.set('grpc-status', status);
    }
    const message = trailers.get('grpc-message');
    if (message !== undefined) h.set('grpc-message', message);
    // The whole body is here: HTTP/1 clients that know no chunking can read it.
    h.set('content-length', String(this.cb.encodingBuffer()?.length ?? 0));
    return CONTINUE;
  }
}

export function create(): HttpFilterFactory {
  return { terminal: false, create: (callbacks) => new GrpcHttp1Bridge(callbacks) };
}
