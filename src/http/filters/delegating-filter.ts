/** A filter that hands everything to another one, where there is one (composite), and may be told to pass everything by (match_delegate). */
import type { Headers } from '../../codec/headers.ts';
import type { LocalReply } from '../reply.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type RESET_INSTEAD,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { DelegateStream } from './delegate-stream.ts';

export class DelegatingFilter extends StreamFilter {
  protected delegate: StreamFilter | null = null;

  /** From now on `filter` gets what comes; it is told when the stream ends. */
  protected take(filter: StreamFilter): void {
    filter.stream = new DelegateStream(this.stream, this);
    filter.place = this.place;
    this.delegate = filter;
  }

  /** Who gets what comes now. */
  protected get target(): StreamFilter | null {
    return this.delegate;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    return this.target?.decodeHeaders?.(h, endStream) ?? CONTINUE;
  }
  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    return this.target?.decodeData?.(data, endStream) ?? CONTINUE;
  }
  override decodeTrailers(trailers: Headers): TrailersStatus {
    return this.target?.decodeTrailers?.(trailers) ?? CONTINUE;
  }
  override encode1xx(h: Headers): TrailersStatus {
    return this.target?.encode1xx?.(h) ?? CONTINUE;
  }
  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    return this.target?.encodeHeaders?.(h, endStream) ?? CONTINUE;
  }
  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    return this.target?.encodeData?.(data, endStream) ?? CONTINUE;
  }
  override encodeTrailers(trailers: Headers): TrailersStatus {
    return this.target?.encodeTrailers?.(trailers) ?? CONTINUE;
  }
  override onLocalReply(reply: LocalReply): typeof CONTINUE | typeof RESET_INSTEAD {
    return this.target?.onLocalReply?.(reply) ?? CONTINUE;
  }
  override onAboveWriteBuffer(): void {
    this.delegate?.onAboveWriteBuffer?.();
  }
  override onBelowWriteBuffer(): void {
    this.delegate?.onBelowWriteBuffer?.();
  }
  override onStreamComplete(): void {
    this.delegate?.onStreamComplete?.();
  }
  override onDestroy(): void {
    this.delegate?.onDestroy?.();
  }
}
