/** /runtime and /runtime_modify, as Envoy answers (source/server/admin/runtime_handler.cc). */
import type { AdminRequest } from '../handler.ts';
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json, text } from '../respond.ts';
import type { RuntimeView, ServerView } from '../server-view.ts';

const USAGE =
  'usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n       or send the parameters as form values\n' +
  'use an empty value to remove a previously added override';

export function page(req: AdminRequest, server: ServerView): AdminResponse {
  const runtime = server.runtime ?? null;
  return req.path === '/runtime_modify' ? modify(req, runtime) : shown(runtime);
}

function modify(req: AdminRequest, runtime: RuntimeView | null): AdminResponse {
  if (req.query.params.size === 0) return text(USAGE, 400);
  try {
    return runtime?.modify(req.query.params) === true ? text('OK\n') : text('No admin layer specified', 503);
  } catch (error) {
    return text((error as Error).message, 503);
  }
}

function shown(runtime: RuntimeView | null): AdminResponse {
  if (runtime === null) return json(protoJson({ entries: {}, layers: [] }));
  const { layers, entries } = runtime.dump;
  // Any key may come, `__proto__` too.
  const byKey = Object.create(null) as Record<string, { layer_values: readonly string[]; final_value: string }>;
  for (const e of entries) byKey[e.key] = { layer_values: e.layerValues, final_value: e.finalValue };
  return json(protoJson({ entries: byKey, layers }));
}
