/**
 * envoy.filters.http.buffer: holds a request until it is whole, so that the upstream gets it with its length and at once.
 * Mirrors source/extensions/filters/http/buffer/buffer_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import type { BufferBuffer as BufferMessage, BufferPerRoute } from '../../config/schema/types.ts';
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

/** What a route says. */
interface RouteSettings {
  /** Bytes; null: the filter does nothing. */
  readonly maxRequestBytes: number | null;
}

class BufferFilter extends StreamFilter {
  private readonly maxRequestBytes: number;
  private headers: Headers | null = null;
  private length = 0;

  constructor(maxRequestBytes: number) {
    super();
    this.maxRequestBytes = maxRequestBytes;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    if (endStream) return CONTINUE;
    const route = this.stream.routeConfig<RouteSettings>(this);
    const limit = route === null ? this.maxRequestBytes : route.maxRequestBytes;
    if (limit === null) return CONTINUE;
    this.stream.bufferLimit = limit;
    this.headers = h;
    return STOP;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.headers === null) return CONTINUE;
    this.length += data.length;
    if (!endStream) return STOP_BUFFER;
    this.addLength(this.headers);
    return CONTINUE;
  }

  override decodeTrailers(): TrailersStatus {
    if (this.headers !== null) this.addLength(this.headers);
    return CONTINUE;
  }

  private addLength(h: Headers): void {
    if (!h.has('content-length')) h.add('content-length', String(this.length));
  }
}

export function create(c: BufferMessage): HttpFilterFactory {
  const limit = c.maxRequestBytes ?? 0;
  return {
    terminal: false,
    create: () => new BufferFilter(limit),
    createRoute: (config): RouteSettings => {
      const { disabled, buffer } = config as BufferPerRoute;
      return { maxRequestBytes: disabled ? null : (buffer?.maxRequestBytes ?? 0) };
    },
  };
}
