/** /runtime and /runtime_modify: without runtime layers, as Envoy answers then. */
import type { AdminRequest } from '../handler.ts';
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json, text } from '../respond.ts';

export function page(req: AdminRequest): AdminResponse {
  if (req.path === '/runtime_modify') {
    if (req.query.params.size === 0) {
      return text(
        'usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n       or send the parameters as form values\n' +
          'use an empty value to remove a previously added override',
        400,
      );
    }
    return text('No admin layer specified', 503);
  }
  return json(protoJson({ entries: {}, layers: [] }));
}
