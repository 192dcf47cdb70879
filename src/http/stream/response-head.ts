/** What every response's head gets on its way to the client. Mirrors ConnectionManagerImpl::ActiveStream::encodeHeaders. */
import type { Headers } from '../../codec/headers.ts';
import { listHas } from '../../codec/ows.ts';
import { httpDate } from '../date.ts';
import { cleanResponseHeaders } from '../headers/forwarding.ts';
import type { StreamSettings } from './stream-settings.ts';

export function finishResponseHead(h: Headers, request: Headers, cfg: StreamSettings, internal: boolean): void {
  cleanResponseHeaders(h, request.protocol !== '' && answersUpgrade(h));
  if (!h.has('date')) h.addUnchecked('date', httpDate());
  if (cfg.serverHeader === 'OVERWRITE' || (cfg.serverHeader === 'APPEND_IF_ABSENT' && !h.has('server'))) {
    h.setUnchecked('server', cfg.serverName);
  }
  if (cfg.alwaysSetRequestIdInResponse || (internal && request.has('x-envoy-force-trace'))) {
    const id = request.get('x-request-id');
    if (id !== undefined) h.set('x-request-id', id);
  }
  if (cfg.via !== '') {
    const via = h.get('via');
    h.set('via', via === undefined ? cfg.via : `${via}, ${cfg.via}`);
  }
}

/** Utility::isUpgrade: the answer to an upgrade that says so keeps its hop-by-hop headers, whatever its status. */
function answersUpgrade(h: Headers): boolean {
  const connection = h.getAll('connection');
  return h.has('upgrade') && connection !== undefined && listHas(connection, 'upgrade');
}
