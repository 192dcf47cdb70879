/** Answers of admin pages, with the content types of Envoy's (source/server/admin/utils.cc). */

import type { PageBody } from './slices.ts';

export interface AdminResponse {
  readonly status: number;
  /** `date` and `server` are the connection manager's. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Large ones write themselves in slices. */
  readonly body: string | PageBody;
  /** Called once when nobody is there any more or all has been sent. */
  readonly over?: () => void;
}

const NO_CACHE = ['cache-control', 'no-cache, max-age=0'] as const;
const NO_SNIFF = ['x-content-type-options', 'nosniff'] as const;

function response(status: number, contentType: string, body: string | PageBody): AdminResponse {
  return { status, headers: [['content-type', contentType], NO_CACHE, NO_SNIFF], body };
}

export function text(body: string | PageBody, status = 200): AdminResponse {
  return response(status, 'text/plain; charset=UTF-8', body);
}

/** Errors of /config_dump: Envoy leaves the charset out. */
export function bareText(body: string, status: number): AdminResponse {
  return response(status, 'text/plain', body);
}

export function json(body: string | PageBody): AdminResponse {
  return response(200, 'application/json', body);
}

/** Beyond Envoy: nothing may be loaded or framed, forms go to this server only. */
export function html(body: string): AdminResponse {
  return {
    status: 200,
    headers: [
      ['content-type', 'text/html; charset=UTF-8'],
      NO_CACHE,
      NO_SNIFF,
      [
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
      ],
    ],
    body,
  };
}
