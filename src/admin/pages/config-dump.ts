/** /config_dump: what the proxy runs with, secrets redacted; `resource`, `mask`, `name_regex` (config_dump_handler.cc). */
import { LazyJson, made } from '../../config/lazy-json.ts';
import { type ConfigPart, configParts } from '../config-parts.ts';
import { applyMask, parseMask } from '../field-mask.ts';
import type { AdminRequest } from '../handler.ts';
import { writeProtoJson } from '../proto-json.ts';
import type { Matcher } from '../regex.ts';
import { type AdminResponse, bareText, json } from '../respond.ts';
import type { JsonObject, ServerView } from '../server-view.ts';

export async function page(req: AdminRequest, server: ServerView): Promise<AdminResponse> {
  const pattern = req.query.get('name_regex');
  let keep: Matcher | null = null;
  if (pattern !== undefined) {
    const { compileRegex, RegexError } = await import('../regex.ts');
    try {
      keep = compileRegex(pattern, true);
    } catch (e) {
      if (!(e instanceof RegexError)) throw e;
      return bareText(`INVALID_ARGUMENT: Error while parsing name_regex from ${pattern}: ${e.message}`, 400);
    }
  }
  const endpoints = req.query.has('include_eds')
    ? (await import('../endpoints-dump.ts')).endpointsDump(server.clusters, keep, server.node.locality)
    : null;
  const parts = configParts(await server.configDump(), keep, endpoints);
  const mask = req.query.get('mask');
  const resource = req.query.get('resource');
  const configs = resource === undefined ? whole(parts, mask) : items(parts, resource, mask);
  if (!Array.isArray(configs)) return configs;
  return json((out) => writeProtoJson(out, configs.length > 0 ? { configs } : {}));
}

function whole(parts: readonly ConfigPart[], mask: string | undefined): JsonObject[] | AdminResponse {
  const out: JsonObject[] = [];
  for (const p of parts) {
    let message: JsonObject | null = p.message;
    if (mask !== undefined) {
      const paths = parseMask(mask);
      // A part that does not have such a field is left out without a word.
      const fits = paths.every(
        ([first, ...more]) => p.single.includes(first) || (p.lists.includes(first) && more.length === 0),
      );
      message = fits ? applyMask(message, paths) : null;
      if (message === null) continue;
    }
    out.push({ '@type': `type.googleapis.com/${p.type}`, ...message });
  }
  if (out.length === 0) return bareText(`FieldMask ${mask} could not be successfully applied to any configs.`, 400);
  return out;
}

function items(
  parts: readonly ConfigPart[],
  resource: string,
  mask: string | undefined,
): (JsonObject | LazyJson)[] | AdminResponse {
  for (const p of parts) {
    if (p.single.includes(resource)) {
      return bareText(`${resource} is not a repeated field. Use ?mask=${resource} to get only this field`, 400);
    }
    if (!p.lists.includes(resource)) continue;
    const type = { '@type': `type.googleapis.com/${p.type}.${p.itemTypes[resource]}` };
    const out: (JsonObject | LazyJson)[] = [];
    for (const item of (p.message[resource] ?? []) as readonly (JsonObject | LazyJson)[]) {
      if (mask === undefined) {
        out.push(new LazyJson('', () => ({ ...type, ...made(item) })));
        continue;
      }
      const kept = applyMask(made(item), parseMask(mask));
      if (kept === null) {
        const paths = mask.split(',').map((path) => `paths: ${JSON.stringify(path)}\n`);
        return bareText(`FieldMask ${paths.join('')} could not be successfully used.`, 400);
      }
      out.push({ ...type, ...kept });
    }
    return out;
  }
  return bareText(`${resource} not found in config dump`, 404);
}
