/** /redis/top, beyond Envoy: hot keys, biggest replies and slowest commands of the last minute, of clusters that ask for it (src/redis/top.ts). */
import type { ClusterTop } from '../../redis/top.ts';
import { gather } from '../../redis/top-exchange.ts';
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, json, text } from '../respond.ts';
import type { ServerView } from '../server-view.ts';

const DEFAULT_ROWS = 20;
const MOST_ROWS = 256;

export async function page(req: AdminRequest, server: ServerView): Promise<AdminResponse> {
  const wanted = Number(req.query.get('n') ?? DEFAULT_ROWS);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST_ROWS) return text(`n must be 1 to ${MOST_ROWS}\n`, 400);
  const loops = Number(server.commandLineOptions['concurrency'] ?? 1);
  const tops = await gather(loops - 1);
  if (req.query.get('format') === 'json')
    return json(`${JSON.stringify({ clusters: tops.map((t) => jsonOf(t, wanted)) })}\n`);
  if (tops.length === 0)
    return text('no cluster with filter_metadata envoylet.redis: { top: true } has been asked yet\n');
  return text(tops.map((t) => textOf(t, wanted)).join('\n'));
}

function jsonOf({ cluster, keys, biggest, slowest }: ClusterTop, n: number): object {
  return {
    name: cluster,
    hot_keys: keys.slice(0, n),
    biggest_replies: biggest.slice(0, n).map(({ command, key, value }) => ({ command, key, bytes: value })),
    slowest_commands: slowest.slice(0, n).map(({ command, key, value }) => ({ command, key, ms: value })),
  };
}

/** Keys hold anything: what is no printable character is escaped. */
function quoted(key: string): string {
  return JSON.stringify(key).replace(/[\x7f-\xff]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

function textOf({ cluster, keys, biggest, slowest }: ClusterTop, n: number): string {
  const lines = [`cluster ${cluster}, the last minute`, 'hot keys (requests; how many of them may be of other keys)'];
  for (const { key, count, error } of keys.slice(0, n)) lines.push(`  ${count} ${error} ${quoted(key)}`);
  lines.push('biggest replies (bytes)');
  for (const { command, key, value } of biggest.slice(0, n)) lines.push(`  ${value} ${command} ${quoted(key)}`);
  lines.push('slowest commands (ms)');
  for (const { command, key, value } of slowest.slice(0, n))
    lines.push(`  ${value.toFixed(1)} ${command} ${quoted(key)}`);
  return `${lines.join('\n')}\n`;
}
