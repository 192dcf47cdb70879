/** Merged model → schema/types.ts: TypeScript interfaces of the v3 messages a bootstrap can hold in what is supported. */
import { writeFileSync } from 'node:fs';
import { camelCase } from '../registry.ts';
import type { MergedField, MergedModel } from './merge.ts';

const SCALARS: Record<string, string> = {
  s: 'string',
  y: 'Buffer',
  b: 'boolean',
  d: 'number',
  f: 'number',
  i: 'number',
  u: 'number',
  I: 'number',
  U: 'number',
  A: 'Any',
  D: 'number',
  E: 'Record<string, never>',
  L: 'readonly unknown[]',
  M: 'string',
  S: 'Struct',
  T: 'number',
  V: 'unknown',
};

const HEADER = `// Written by src/config/schema/generate/main.ts from Envoy's protos; do not edit.
// Typed config: absent = undefined, Durations and Timestamps in ms, wrappers unwrapped, enums as names, 64-bit as number.

export interface Any {
  /** Full v3 message name, without a host. */
  readonly typeUrl: string;
  readonly value: unknown;
}

/** No prototype. */
export type Struct = { readonly [key: string]: unknown };
`;

/** Interfaces of `roots` and of everything their fields refer to. */
export function writeTypes(model: MergedModel, roots: Iterable<string>, path: string): void {
  const reachable = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reachable.has(name)) continue;
    const message = model.messages.get(name);
    if (message === undefined && !model.enums.has(name)) continue;
    reachable.add(name);
    for (const f of message?.fields ?? []) if (!f.v2Only && /^[.#]/.test(f.type)) queue.push(f.type.slice(1));
  }
  const names = typeNames([...reachable].sort());
  let text = HEADER;
  for (const [name, tsName] of names) {
    const message = model.messages.get(name);
    text += `\n/** ${name} */\n`;
    if (message === undefined) {
      const values = model.enums.get(name)!.values.filter((v) => !v.v2);
      text += `export type ${tsName} =${values.map((v) => `\n  | '${v.name}'`).join('')};\n`;
    } else if (message.fields.every((f) => f.v2Only)) {
      text += `export type ${tsName} = Record<string, never>;\n`;
    } else {
      text += `export interface ${tsName} {\n`;
      for (const f of message.fields)
        if (!f.v2Only) text += `  readonly ${camelCase(f.name)}?: ${fieldType(f, names)};\n`;
      text += '}\n';
    }
  }
  text += '\n/** Of each message that can stand in an Any: what its value is. */\nexport interface Messages {\n';
  for (const [name, tsName] of names) if (model.messages.has(name)) text += `  readonly '${name}': ${tsName};\n`;
  writeFileSync(path, `${text}}\n`);
}

function fieldType(f: MergedField, names: Map<string, string>): string {
  const one = /^[.#]/.test(f.type) ? (names.get(f.type.slice(1)) ?? 'unknown') : SCALARS[f.type.replace('w', '')];
  if (f.mapKey !== undefined) return `ReadonlyMap<${SCALARS[f.mapKey]}, ${one}>`;
  return f.repeated ? `readonly ${/ /.test(one) ? `(${one})` : one}[]` : one;
}

/** The message's own name, nested ones joined; where two packages share it, the package's last word is put in front. */
function typeNames(fullNames: string[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const name of fullNames) counts.set(shortName(name), (counts.get(shortName(name)) ?? 0) + 1);
  const unique = (name: string): boolean => counts.get(shortName(name)) === 1 && !TAKEN.has(shortName(name));
  return new Map(fullNames.map((name) => [name, CHOSEN[name] ?? (unique(name) ? shortName(name) : qualified(name))]));
}

/** What everybody uses keeps its own name, whatever filters call their messages. */
const CHOSEN: Record<string, string> = {
  'envoy.config.core.v3.Metadata': 'Metadata',
  'envoy.config.route.v3.Route': 'Route',
  'envoy.config.listener.v3.Filter': 'NetworkFilter',
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation': 'HttpHeaderMutation',
  'envoy.config.rbac.v3.RBAC': 'RbacRBAC',
  'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz': 'ExtAuthz',
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': 'LocalRateLimit',
  'envoy.extensions.filters.http.oauth2.v3.OAuth2': 'HttpOAuth2',
  'envoy.extensions.filters.http.ratelimit.v3.RateLimit': 'RatelimitRateLimit',
  'envoy.extensions.filters.http.rbac.v3.RBAC': 'HttpRbac',
  'envoy.extensions.filters.http.set_filter_state.v3.Config': 'SetFilterStateConfig',
  'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit': 'ListenerLocalRateLimit',
  'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz': 'NetworkExtAuthz',
  'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit': 'NetworkLocalRateLimit',
  'envoy.extensions.filters.network.ratelimit.v3.RateLimit': 'NetworkRateLimit',
  'envoy.extensions.filters.network.rbac.v3.RBAC': 'NetworkRBAC',
  'envoy.extensions.filters.network.set_filter_state.v3.Config': 'NetworkSetFilterStateConfig',
  'envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2': 'OAuth2',
};

/** The xDS protos have namesakes of Envoy's messages. */
function shortName(name: string): string {
  const own = name.slice(name.search(/\.[A-Z]/) + 1).replace(/\./g, '');
  if (name.startsWith('google.api.expr.')) return `OlderCel${own}`;
  if (name.startsWith('cel.expr.')) return `Cel${own}`;
  return name.startsWith('envoy.') ? own : `Xds${own}`;
}

/** Names that mean something else in TypeScript or say too little. */
const TAKEN = new Set(['Any', 'Struct', 'Config', 'FilterConfig', 'Map', 'Buffer', 'Record']);

function qualified(name: string): string {
  const packageWords = name.slice(0, name.search(/\.[A-Z]/)).split('.');
  const word = packageWords.filter((w) => !/^v\d/.test(w)).at(-1)!;
  return word.replace(/(?:^|_)(.)/g, (_, c: string) => c.toUpperCase()) + shortName(name);
}
