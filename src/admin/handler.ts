/**
 * The admin interface without its transport: a request in, a response out (role of source/server/admin/admin.cc). Pages
 * are imported on their first request, so a start pays for none of them.
 */
import type { Headers } from '../codec/headers.ts';
import { logger } from '../log/logger.ts';
import { type Endpoint, endpoints, OWN } from './endpoints.ts';
import { refusal } from './guard.ts';
import { helpText } from './help-text.ts';
import { normalisedPath } from './path.ts';
import { Query } from './query.ts';
import { type AdminResponse, text } from './respond.ts';
import type { ServerView } from './server-view.ts';

export type { AdminResponse } from './respond.ts';

const log = logger('admin');

export interface AdminRequest {
  readonly method: string;
  /** Normalised, without the query. */
  readonly path: string;
  readonly query: Query;
  readonly headers: Headers;
  readonly body: Buffer;
}

export type Page = (req: AdminRequest, server: ServerView) => AdminResponse | Promise<AdminResponse>;

/** What a file in pages/ exports. */
export interface PageModule {
  readonly page: Page;
}

export interface AdminOptions {
  /** Host names browsers may use besides IP addresses and local names. */
  readonly allowedHosts?: readonly string[];
  /** Refuse everything that changes the server. Default false. */
  readonly readOnly?: boolean;
}

/** The parameters of a POST may come as a form, if there is no query. The transport bounds the body. */
export function adminRequest(headers: Headers, body: Buffer): AdminRequest {
  const mark = headers.path.indexOf('?');
  const path = normalisedPath(mark < 0 ? headers.path : headers.path.slice(0, mark));
  let query = new Query(mark < 0 ? '' : headers.path.slice(mark + 1));
  if (query.params.size === 0 && headers.get('content-type') === 'application/x-www-form-urlencoded') {
    query = new Query(body.toString('latin1'));
  }
  return { method: headers.method, path, query, headers, body };
}

export class AdminHandler {
  private readonly server: ServerView;
  private readonly options: AdminOptions;
  private readonly loaded: Map<Endpoint['load'], Page>;

  constructor(server: ServerView, options: AdminOptions = {}) {
    this.server = server;
    this.options = options;
    this.loaded = new Map();
  }

  handle(req: AdminRequest): AdminResponse | Promise<AdminResponse> {
    log.debug(`request complete: path: ${req.headers.path}`);
    const refused = refusal(req.headers, this.options.allowedHosts ?? []);
    if (refused !== null) return text(refused, 403);
    const endpoint = endpoints().find((e) => e.path === req.path) ?? OWN.find((e) => e.path === req.path);
    if (endpoint === undefined) return text(`invalid path. ${helpText()}`, 404);
    if (endpoint.mutates) {
      if (req.method !== 'POST') {
        log.error(`admin path "${endpoint.path}" mutates state, method=${req.method} rather than POST`);
        return text(`Method ${req.method} not allowed, POST required.`, 405);
      }
      if (this.options.readOnly === true) return text('the admin interface is read-only\n', 403);
    }
    const page = this.loaded.get(endpoint.load);
    return page !== undefined ? page(req, this.server) : this.first(endpoint, req);
  }

  private async first(endpoint: Endpoint, req: AdminRequest): Promise<AdminResponse> {
    const { page } = await endpoint.load();
    this.loaded.set(endpoint.load, page);
    return page(req, this.server);
  }
}
