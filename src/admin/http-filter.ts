/** Serves the admin pages as the terminal filter of an HTTP connection manager, as Envoy does (source/server/admin/admin_filter.cc). */
import { Headers } from '../codec/headers.ts';
import {
  CONTINUE,
  type FilterCallbacks,
  type FilterStatus,
  type HttpFilter,
  type HttpFilterFactory,
} from '../http/stream/filter.ts';
import { logger } from '../log/logger.ts';
import { type AdminHandler, adminRequest } from './handler.ts';
import type { AdminResponse } from './respond.ts';

const log = logger('admin');

/** No admin page takes more than a form. */
const MAX_BODY = 64 * 1024;
const EMPTY = Buffer.alloc(0);

class AdminFilter implements HttpFilter {
  private readonly handler: AdminHandler;
  private readonly cb: FilterCallbacks;
  private body: Buffer[] = [];
  private bodyBytes = 0;
  private done = false;

  constructor(handler: AdminHandler, callbacks: FilterCallbacks) {
    this.handler = handler;
    this.cb = callbacks;
  }

  decodeHeaders(_headers: Headers, endStream: boolean): FilterStatus {
    if (endStream) this.answer();
    return CONTINUE;
  }

  decodeData(data: Buffer, endStream: boolean): FilterStatus {
    if (this.done) return CONTINUE;
    this.bodyBytes += data.length;
    if (this.bodyBytes > MAX_BODY) {
      this.done = true;
      this.cb.sendLocalReply(413, 'Payload Too Large', 'request_payload_too_large');
      return CONTINUE;
    }
    this.body.push(data);
    if (endStream) this.answer();
    return CONTINUE;
  }

  decodeTrailers(): FilterStatus {
    this.answer();
    return CONTINUE;
  }

  private answer(): void {
    if (this.done) return;
    this.done = true;
    const body = this.body.length === 0 ? EMPTY : Buffer.concat(this.body);
    Promise.resolve()
      .then(() => this.handler.handle(adminRequest(this.cb.requestHeaders, body)))
      .then(
        (r) => this.send(r),
        (e: unknown) => {
          log.error(`admin page ${this.cb.requestHeaders.path}: ${e instanceof Error ? e.stack : String(e)}`);
          this.cb.sendLocalReply(500, 'internal error\n', 'admin_filter_response');
        },
      );
  }

  private send(r: AdminResponse): void {
    const h = new Headers();
    h.status = r.status;
    for (const [name, value] of r.headers) h.add(name, value);
    this.cb.info.details = 'admin_filter_response';
    const body = typeof r.body === 'string' ? Buffer.from(r.body) : r.body;
    // Even an empty page is chunked, as Envoy's are.
    const headersOnly = this.cb.requestHeaders.method === 'HEAD';
    this.cb.encodeHeaders(h, headersOnly);
    if (!headersOnly) this.cb.encodeData(body, true);
  }
}

export function adminFilter(handler: AdminHandler): HttpFilterFactory {
  return { terminal: true, create: (callbacks) => new AdminFilter(handler, callbacks) };
}
