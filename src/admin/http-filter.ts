/** Serves the admin pages as the terminal filter of an HTTP connection manager, as Envoy does (source/server/admin/admin_filter.cc). */
import { Headers } from '../codec/headers.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  StreamFilter,
  type TerminalStream,
  type TrailersStatus,
} from '../http/stream/filter.ts';
import { logger } from '../log/logger.ts';
import { lasting } from '../platform/lent.ts';
import { type AdminHandler, adminRequest } from './handler.ts';
import type { AdminResponse } from './respond.ts';
import { type PageSink, SlicedWork } from './slices.ts';

const log = logger('admin');

/** No admin page takes more than a form. */
const MAX_BODY = 64 * 1024;
const EMPTY = Buffer.alloc(0);

class AdminFilter extends StreamFilter<TerminalStream> implements PageSink {
  private readonly handler: AdminHandler;
  private body: Buffer[] = [];
  private bodyBytes = 0;
  private done = false;
  private destroyed = false;
  /** How often the client's side is full: it does not take what was sent so far. */
  private above = 0;
  private work: SlicedWork | null = null;
  private over: (() => void) | undefined;

  constructor(handler: AdminHandler) {
    super();
    this.handler = handler;
  }

  override decodeHeaders(_headers: Headers, endStream: boolean): HeadersStatus {
    if (endStream) this.answer();
    return CONTINUE;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.done) return CONTINUE;
    this.bodyBytes += data.length;
    if (this.bodyBytes > MAX_BODY) {
      this.done = true;
      this.stream.sendLocalReply({
        status: 413,
        body: 'Payload Too Large',
        details: 'request_payload_too_large',
      });
      return CONTINUE;
    }
    this.body.push(lasting(data));
    if (endStream) this.answer();
    return CONTINUE;
  }

  override decodeTrailers(): TrailersStatus {
    this.answer();
    return CONTINUE;
  }

  private answer(): void {
    if (this.done) return;
    this.done = true;
    const body = this.body.length === 0 ? EMPTY : Buffer.concat(this.body);
    Promise.resolve()
      .then(() => this.handler.handle(adminRequest(this.stream.request, body)))
      .then(
        (r) => this.send(r),
        (e: unknown) => {
          this.report(e);
          if (!this.destroyed)
            this.stream.sendLocalReply({ status: 500, body: 'internal error\n', details: 'admin_filter_response' });
        },
      );
  }

  private send(r: AdminResponse): void {
    if (this.destroyed) {
      r.over?.();
      return;
    }
    this.over = r.over;
    const h = new Headers();
    h.status = r.status;
    for (const [name, value] of r.headers) h.add(name, value);
    this.stream.info.details = 'admin_filter_response';
    // Even an empty page is chunked, as Envoy's are.
    const headersOnly = this.stream.request.method === 'HEAD';
    this.stream.encodeHeaders(h, headersOnly);
    if (headersOnly) return;
    if (typeof r.body === 'string') this.stream.encodeData(Buffer.from(r.body), true);
    else this.work = new SlicedWork(r.body, this);
  }

  // --- a body that writes itself -----------------------------------------------------------------------------------

  data(chunk: Buffer): boolean {
    if (!this.destroyed) this.stream.encodeData(chunk, false);
    return this.above === 0;
  }

  end(): void {
    if (!this.destroyed) this.stream.encodeData(EMPTY, true);
  }

  failed(e: unknown): void {
    this.report(e);
    if (!this.destroyed) this.stream.reset('local reset');
  }

  private report(e: unknown): void {
    log.error(`admin page ${this.stream.request.path}: ${e instanceof Error ? e.stack : String(e)}`);
  }

  override onAboveWriteBuffer(): void {
    this.above++;
  }

  override onBelowWriteBuffer(): void {
    if (--this.above === 0) this.work?.resume();
  }

  override onDestroy(): void {
    this.destroyed = true;
    this.work?.cancel();
    this.over?.();
  }
}

export function adminFilter(handler: AdminHandler): HttpFilterFactory {
  return { terminal: true, create: () => new AdminFilter(handler) };
}
