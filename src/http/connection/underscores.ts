/** headers_with_underscores_action for HTTP/1 requests. */
import type { Headers } from '../../codec/headers.ts';
import type { ConnectionManagerSettings } from './settings.ts';

/** Drops names with an underscore; true when the request is to be refused for them. */
export function dropUnderscores(h: Headers, cfg: ConnectionManagerSettings): boolean {
  if (cfg.headersWithUnderscores === 'ALLOW') return false;
  const list = h.unchecked;
  const root = cfg.stats.root;
  for (let i = list.length - 2; i >= 0; i -= 2) {
    if (!list[i].includes('_')) continue;
    if (cfg.headersWithUnderscores === 'REJECT_REQUEST') {
      root.counter('http1.requests_rejected_with_underscores_in_headers').inc();
      return true;
    }
    root.counter('http1.dropped_headers_with_underscores').inc();
    list.splice(i, 2);
  }
  return false;
}
