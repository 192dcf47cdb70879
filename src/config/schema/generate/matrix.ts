/**
 * `node src/config/schema/generate/matrix.ts`: writes docs/support-matrix.md from support.ts and the generated schema. With
 * `--check` it only says whether the file is up to date (exit code 1 if not).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEFT_OUT } from '../../left-out.ts';
import { type Entry, supportChunks } from '../../support/support.ts';
import { whyNotField } from '../../why-not-fields.ts';
import { type Field, type MessageType, SchemaRegistry } from '../registry.ts';

const SUPPORT: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(await supportChunks()));

const target = join(import.meta.dirname, '../../../../docs/support-matrix.md');

const INTRO = `# Support matrix

Written by \`src/config/schema/generate/matrix.ts\` from \`src/config/support/\` and Envoy's API; do not edit.

- **does**: carried out as Envoy does it.
- **inert**: accepted, has no effect here and needs none.
- **not yet**: Envoy knows it, this release refuses it ("not supported yet"). A value that protobuf takes for absent (false, 0, an
  empty text or list) is no use of a field.
- **refused**: as what is not yet there, with the reason.
- **left out**: not yet either, but \`--allow-unsupported\` starts without it and says so: logs, spans, statistics. What protects, chooses
  where a request goes, or bounds something is never left out.

Fields of the v2 API are read as well and turned into what v3 has; [reference/config.md](reference/config.md) says how.
`;

/** Package prefixes of extension families; each sub-package is one extension. */
const FAMILIES: readonly (readonly [title: string, prefix: string])[] = [
  ['Network filters', 'envoy.extensions.filters.network.'],
  ['HTTP filters', 'envoy.extensions.filters.http.'],
  ['Listener filters', 'envoy.extensions.filters.listener.'],
  ['UDP filters', 'envoy.extensions.filters.udp.'],
  ['Transport sockets', 'envoy.extensions.transport_sockets.'],
  ['Load-balancing policies', 'envoy.extensions.load_balancing_policies.'],
  ['Cluster types', 'envoy.extensions.clusters.'],
  ['Access loggers', 'envoy.extensions.access_loggers.'],
  ['Health checkers', 'envoy.extensions.health_checkers.'],
  ['Upstreams', 'envoy.extensions.upstreams.'],
];

const registry = new SchemaRegistry();

async function messageType(name: string): Promise<MessageType> {
  let type = registry.message(name);
  if (type === undefined) {
    await registry.load();
    type = registry.message(name);
  }
  if (!type) throw new Error(`support/ names ${name}, which Envoy does not have`);
  return type;
}

async function allNames(): Promise<string[]> {
  const dir = join(import.meta.dirname, '../generated');
  const names: string[] = [];
  for (const file of readdirSync(dir)) {
    if (file.startsWith('successors')) continue;
    const { default: chunk } = (await import(join(dir, file))) as { default: Record<string, string> };
    names.push(...Object.keys(chunk));
  }
  return names;
}

function families(names: readonly string[]): string {
  let text = '\n## Extensions\n\n| family | supported | not yet |\n|---|---|---|\n';
  for (const [title, prefix] of FAMILIES) {
    const found = new Set<string>();
    for (const name of names) if (name.startsWith(prefix)) found.add(name.slice(prefix.length).replace(/\.v\d.*$/, ''));
    // What an extension is made of (filters of a filter, its actions) is not listed beside it.
    const all = [...found].filter(
      (n) => !/[A-Z]/.test(n) && n !== 'common' && !found.has(n.split('.')[0] === n ? '' : n.split('.')[0]),
    );
    all.sort();
    const done = all.filter((n) => Object.keys(SUPPORT).some((s) => s.startsWith(`${prefix}${n}.v`)));
    const rest = all.filter((n) => !done.includes(n));
    text += `| ${title} | ${done.join(', ') || '–'} | ${rest.join(', ') || '–'} |\n`;
  }
  return text;
}

const list = (words: readonly string[]): string => words.map((w) => `\`${w}\``).join(', ');
const split = (words: string | undefined): string[] => (words ? words.split(' ') : []);

function lines(
  message: string,
  fields: readonly Field[],
  entry: Entry,
  left: Readonly<Record<string, string>> = {},
): string {
  const current = fields.filter((f) => !f.v2Only).map((f) => f.name);
  const inert = split(entry.inert);
  const does = entry.does === '*' ? current.filter((n) => !inert.includes(n)) : split(entry.does);
  const rest = current.filter((n) => !does.includes(n) && !inert.includes(n) && !Object.hasOwn(left, n));
  let text = '';
  if (does.length > 0) text += `- does: ${list(does)}\n`;
  for (const [field, values] of Object.entries(entry.values ?? {}))
    text += `- \`${field}\` only: ${list(split(values))}\n`;
  if (inert.length > 0) text += `- inert: ${list(inert)}\n`;
  if (Object.keys(left).length > 0) text += `- left out: ${list(Object.keys(left))}\n`;
  const why = (field: string): string | undefined => whyNotField(message, field);
  const unsaid = rest.filter((n) => why(n) === undefined);
  if (unsaid.length > 0) text += `- not yet: ${list(unsaid)}\n`;
  for (const n of rest.filter((n) => why(n) !== undefined)) text += `- refused: \`${n}\`: ${why(n)}\n`;
  return text === '' ? '- has no fields\n' : text;
}

async function messages(): Promise<string> {
  let text = '\n## Messages\n';
  for (const [name, entry] of Object.entries(SUPPORT)) {
    const type = await messageType(name);
    text += `\n### ${name}\n\n${lines(name, type.fields, entry, LEFT_OUT[name])}`;
    for (const [field, inner] of Object.entries(entry.within ?? {})) {
      const innerType = await messageType(type.field(field)!.typeName);
      text += `\nIn \`${field}\`:\n\n${lines(innerType.name, innerType.fields, inner)}`;
    }
  }
  return text;
}

const text = INTRO + families(await allNames()) + (await messages());
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/support-matrix.md is out of date: node src/config/schema/generate/matrix.ts');
    process.exitCode = 1;
  }
} else writeFileSync(target, text);
