/** /ready: the state, for probes; 503 unless LIVE. */
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, text } from '../respond.ts';
import type { ServerView } from '../server-view.ts';

export function page(_req: AdminRequest, server: ServerView): AdminResponse {
  return text(`${server.state}\n`, server.state === 'LIVE' ? 200 : 503);
}
