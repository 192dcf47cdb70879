/** /listeners: name and address of every listener; JSON is envoy.admin.v3.Listeners. */

import { addressJson } from '../address-json.ts';
import type { AdminRequest } from '../handler.ts';
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json, text } from '../respond.ts';
import type { ServerView } from '../server-view.ts';

export function page(req: AdminRequest, server: ServerView): AdminResponse {
  if (req.query.get('format') === 'json') {
    const statuses = server.listeners.map((l) => {
      const [first, ...more] = l.localAddresses.map(addressJson);
      return { name: l.name, local_address: first, additional_local_addresses: more.length > 0 ? more : undefined };
    });
    return json(protoJson(statuses.length > 0 ? { listener_statuses: statuses } : {}));
  }
  let out = '';
  for (const l of server.listeners) for (const address of l.localAddresses) out += `${l.name}::${address.text}\n`;
  return text(out);
}
