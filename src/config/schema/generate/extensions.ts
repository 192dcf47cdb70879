/**
 * `node src/config/schema/generate/extensions.ts < server_info.json`: writes lint/envoy-extensions.ts, the extensions that a real Envoy has,
 * from what its admin says at /server_info (node.extensions). An Envoy upgrade is a re-run.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface ServerInfo {
  readonly version: string;
  readonly node: { readonly extensions: { category: string; type_urls?: string[]; disabled?: boolean }[] };
}

const info = JSON.parse(readFileSync(0, 'utf8')) as ServerInfo;
const categories = new Map<string, Set<string>>();
for (const { category, type_urls: urls = [], disabled } of info.node.extensions) {
  if (urls.length === 0 || disabled === true) continue;
  const types = categories.get(category) ?? new Set();
  categories.set(category, types);
  for (const url of urls) types.add(url);
}
const [, version] = info.version.split('/');
const rows = [...categories]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([category, types]) => {
    const list = [...types].sort().map((type) => `    '${type}',`);
    return `  '${category}': [\n${list.join('\n')}\n  ],`;
  });
const file = join(import.meta.dirname, '../../lint/envoy-extensions.ts');
writeFileSync(
  file,
  `/** What Envoy ${version} has registered: category → message types. Written by schema/generate/extensions.ts; loaded for --for envoy. */
export const ENVOY_EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
${rows.join('\n')}
};
`,
);
execFileSync(join(import.meta.dirname, '../../../../node_modules/.bin/biome'), ['format', '--write', file]);
