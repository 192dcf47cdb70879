/** /stats/recentlookups…: metric names are looked up only while a config is built, so there is nothing to record. */
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, text } from '../respond.ts';

export function page(req: AdminRequest): AdminResponse {
  if (req.path !== '/stats/recentlookups') return text('OK\n');
  return text('Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n');
}
